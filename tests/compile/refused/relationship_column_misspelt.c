/* gcc: Bad__custmer_id */
/* clang: Bad__custmer_id */
#include "relationships.h"

#define BAD(RELATIONSHIP, Model) RELATIONSHIP(Model, MANY_TO_ONE, customer, Customer, custmer_id)
CALX_MODEL_DECLARE(Bad, ORDER, RELATIONSHIPS(BAD))
CALX_MODEL_DEFINE(Bad, "bad", ORDER, RELATIONSHIPS(BAD))
