/* gcc: 'Todo' has no member named 'titel' */
/* clang: no member named 'titel' in 'struct Todo' */
#include "models.h"

void program(calx_session *session, Todo *todo, Todo_query *todos)
{
    (void)session, (void)todo, (void)todos;
    todo->titel = calx_text_of("a");
}
