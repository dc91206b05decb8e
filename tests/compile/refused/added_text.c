/* gcc: the_function_does_not_take_such_values */
/* clang: the_function_does_not_take_such_values */
#include "models.h"

void program(calx_session *session, Todo *todo, Todo_query *todos)
{
    (void)session, (void)todo, (void)todos;
    calx_order_by(todos, ADD(Todo_.title, "x"));
}
