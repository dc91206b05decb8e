/* gcc: no member named 'leads_to_one' */
/* clang: no member named 'leads_to_one' */
#include "relationships.h"

void program(calx_session *session, Customer *customer, Order *order, Account *account)
{
    (void)session, (void)customer, (void)order, (void)account;
    calx_related(customer, orders);
}
