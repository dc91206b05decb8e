/* gcc: 'Todo' has no member named 'nick' */
/* clang: no member named 'nick' in 'struct Todo' */
#include "models.h"

void program(calx_session *session, Todo *todo, Todo_query *todos)
{
    (void)session, (void)todo;
    calx_each(todos, each) calx_text_equal(each->nick, each->nick);
}
