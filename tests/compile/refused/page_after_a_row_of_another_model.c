/* gcc: the_object_is_not_a_row_of_the_query */
/* clang: the_object_is_not_a_row_of_the_query */
#include "models.h"

void program(calx_session *session, Todo *todo, Todo_query *todos)
{
    (void)todos;
    calx_after(calx_order_by(calx_query_of(session, Person), Person_.age), todo);
}
