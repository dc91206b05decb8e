/* gcc: the_value_does_not_have_the_type_of_the_column */
/* clang: the_value_does_not_have_the_type_of_the_column */
#include "models.h"

void program(calx_session *session, Todo *todo, Todo_query *todos)
{
    calx_sql_execute(session, "DELETE FROM todos WHERE id = :id", BIND(id, *todo));
    (void)todos;
}
