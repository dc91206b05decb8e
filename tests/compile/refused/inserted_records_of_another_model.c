/* gcc: is not compatible with any association */
/* clang: not compatible with any generic association type */
#include "models.h"

void program(calx_session *session, Todo *todo, Todo_query *todos)
{
    Person people[2];
    (void)todo, (void)todos;
    calx_insert_all(session, Todo, people, 2);
}
