/* gcc: 'Toda' undeclared */
/* clang: use of undeclared identifier 'Toda' */
#include "models.h"

void program(calx_session *session, Todo *todo, Todo_query *todos)
{
    (void)session, (void)todo, (void)todos;
    calx_get(session, Toda, 1);
}
