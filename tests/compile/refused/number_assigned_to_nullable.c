/* gcc: incompatible types when assigning */
/* clang: assigning to 'calx_integer_or_null' */
#include "models.h"

void program(calx_session *session, Todo *todo, Todo_query *todos)
{
    (void)session, (void)todo, (void)todos;
    todo->order = 5;
}
