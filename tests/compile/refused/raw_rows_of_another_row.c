/* gcc: invalid initializer */
/* clang: initializing 'Person_list' */
#include "models.h"

void program(calx_session *session, Todo *todo, Todo_query *todos)
{
    Person_list people = calx_sql_all(session, Todo, "SELECT * FROM todos");
    (void)people, (void)todo, (void)todos;
}
