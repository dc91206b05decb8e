/* gcc: CALX__LEADS_MANY_TO_FEW */
/* clang: type name requires a specifier or qualifier */
#include "relationships.h"

#define BAD(RELATIONSHIP, Model) RELATIONSHIP(Model, MANY_TO_FEW, customer, Customer, customer_id)
CALX_MODEL_DECLARE(Bad, ORDER, RELATIONSHIPS(BAD))
