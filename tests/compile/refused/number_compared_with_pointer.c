/* gcc: 'todo' is a pointer */
/* clang: type 'Todo *' (aka 'struct Todo *') is a pointer */
#include "models.h"

void program(calx_session *session, Todo *todo, Todo_query *todos)
{
    (void)session, (void)todo, (void)todos;
    calx_filter(todos, EQUAL(Todo_.id, todo));
}
