/* gcc: type mismatch in conditional expression */
/* clang: incompatible operand types */
#include "relationships.h"

void program(calx_session *session, Customer *customer, Order *order, Account *account)
{
    (void)session, (void)customer, (void)order, (void)account;
    calx_load(calx_query_of(session, Order), Order_.customer, Account_.customer);
}
