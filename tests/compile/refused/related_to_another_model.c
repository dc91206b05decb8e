/* gcc: the_object_is_not_of_the_model_that_the_relationship_leads_to */
/* clang: the_object_is_not_of_the_model_that_the_relationship_leads_to */
#include "relationships.h"

void program(calx_session *session, Customer *customer, Order *order, Account *account)
{
    (void)session, (void)customer, (void)order, (void)account;
    calx_relate(order, customer, account);
}
