/* gcc: incompatible types when assigning */
/* clang: assigning to 'calx_text' */
#include "models.h"

void program(calx_session *session, Todo *todo, Todo_query *todos)
{
    (void)session, (void)todo, (void)todos;
    todo->title = "a";
}
