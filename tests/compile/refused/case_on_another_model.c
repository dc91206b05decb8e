/* gcc: type mismatch in conditional expression */
/* clang: incompatible operand types */
#include "models.h"

void program(calx_session *session, Todo *todo, Todo_query *todos)
{
    (void)session, (void)todo, (void)todos;
    calx_order_by(todos, CASE(EQUAL(Person_.age, 1), Todo_.title, "x"));
}
