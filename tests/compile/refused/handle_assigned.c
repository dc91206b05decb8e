/* gcc: assignment of member 'column' in read-only object */
/* clang: cannot assign to variable 'Todo_' */
#include "models.h"

void program(calx_session *session, Todo *todo, Todo_query *todos)
{
    (void)session, (void)todo, (void)todos;
    Todo_.id.expression.column = NULL;
}
