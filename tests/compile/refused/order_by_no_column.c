/* gcc: not a structure or union */
/* clang: is not a structure or union */
#include "models.h"

void program(calx_session *session, Todo *todo, Todo_query *todos)
{
    (void)session, (void)todo, (void)todos;
    calx_order_by(todos, 1);
}
