/* gcc: has no member named 'titel' */
/* clang: no member named 'titel' in 'struct Todo_columns' */
#include "models.h"

void program(calx_session *session, Todo *todo, Todo_query *todos)
{
    (void)session, (void)todo, (void)todos;
    calx_filter_by(todos, titel, "a");
}
