/* gcc: type mismatch in conditional expression */
/* clang: incompatible operand types */
#include "models.h"

void program(calx_session *session, Todo *todo, Todo_query *todos)
{
    (void)session, (void)todo, (void)todos;
    calx_upsert(session, Todo, todo, ON(Person_.nick), UPDATE(Todo_.title));
}
