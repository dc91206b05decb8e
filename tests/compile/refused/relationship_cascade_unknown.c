/* gcc: CALX_CASCADE_EVERYTHING */
/* clang: CALX_CASCADE_EVERYTHING */
#include "relationships.h"

#define BAD(RELATIONSHIP, Model)                                                                   \
    RELATIONSHIP(Model, MANY_TO_ONE, customer, Customer, customer_id, CASCADE(EVERYTHING))
CALX_MODEL_DECLARE(Bad, ORDER, RELATIONSHIPS(BAD))
CALX_MODEL_DEFINE(Bad, "bad", ORDER, RELATIONSHIPS(BAD))
