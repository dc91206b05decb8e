/* gcc: type mismatch in conditional expression */
/* clang: incompatible operand types */
#include "models.h"

void program(calx_session *session, Todo *todo, Todo_query *todos)
{
    (void)session, (void)todo, (void)todos;
    calx_filter(todos, AND(EQUAL(Todo_.id, 1), EQUAL(Person_.age, 5)));
}
