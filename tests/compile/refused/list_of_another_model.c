/* gcc: invalid initializer */
/* clang: initializing 'Person_list' */
#include "models.h"

void program(calx_session *session, Todo *todo, Todo_query *todos)
{
    (void)session, (void)todo, (void)todos;
    Person_list people = calx_all(todos);
    (void)people;
}
