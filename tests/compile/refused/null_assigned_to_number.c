/* gcc: incompatible types when assigning */
/* clang: assigning to 'int32_t' */
#include "models.h"

void program(calx_session *session, Todo *todo, Todo_query *todos)
{
    (void)session, (void)todo, (void)todos;
    todo->id = (calx_integer_or_null){.is_null = true};
}
