/* gcc: the_argument_is_not_made_by_BIND */
/* clang: the_argument_is_not_made_by_BIND */
#include "models.h"

void program(calx_session *session, Todo *todo, Todo_query *todos)
{
    calx_sql_execute(session, "DELETE FROM todos WHERE id = :id", todo->id);
    (void)todos;
}
