/* gcc: no member named 'query' */
/* clang: no member named 'query' */
#include "models.h"

void program(calx_session *session, Todo *todo, Todo_query *todos)
{
    (void)session, (void)todo, (void)todos;
    calx_count(todo);
}
