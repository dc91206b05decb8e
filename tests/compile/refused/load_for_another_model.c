/* gcc: type mismatch in conditional expression */
/* clang: incompatible operand types */
#include "relationships.h"

void program(calx_session *session, Customer *customer, Order *order, Account *account)
{
    (void)session, (void)customer, (void)order, (void)account;
    calx_load_for(order, Customer_.orders);
}
