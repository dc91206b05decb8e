/* gcc: 'Nothing_list' undeclared */
/* clang: use of undeclared identifier 'Nothing_list' */
#include "models.h"

void program(calx_session *session, Todo *todo, Todo_query *todos)
{
    (void)todo, (void)todos;
    calx_sql_all(session, Nothing, "SELECT * FROM todos");
}
