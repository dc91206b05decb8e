/* gcc: type mismatch in conditional expression */
/* clang: incompatible operand types */
#include "models.h"

void program(calx_session *session, Todo *todo, Todo_query *todos)
{
    (void)session, (void)todo, (void)todos;
    calx_filter(todos, IN_QUERY(Todo_.order, calx_query_of(session, Person), Todo_.order));
}
