/* gcc: Order__relationship_custmer */
/* clang: Order__relationship_custmer */
#include "relationships.h"

#define BAD(RELATIONSHIP, Model) RELATIONSHIP(Model, ONE_TO_MANY, orders, Order, custmer)
CALX_MODEL_DECLARE(Bad, CUSTOMER, RELATIONSHIPS(BAD))
CALX_MODEL_DEFINE(Bad, "bad", CUSTOMER, RELATIONSHIPS(BAD))
