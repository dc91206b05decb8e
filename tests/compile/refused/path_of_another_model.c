/* gcc: type mismatch in conditional expression */
/* clang: incompatible operand types */
#include "relationships.h"

void program(calx_session *session, Customer *customer, Order *order, Account *account)
{
    (void)customer, (void)order, (void)account;
    calx_filter(calx_query_of(session, Order), EQUAL(AT(Order_.customer, Account_.customer_id), 1));
}
