/* gcc: no member named 'custmer' */
/* clang: no member named 'custmer' */
#include "relationships.h"

void program(calx_session *session, Customer *customer, Order *order, Account *account)
{
    (void)session, (void)customer, (void)order, (void)account;
    calx_related(order, custmer);
}
