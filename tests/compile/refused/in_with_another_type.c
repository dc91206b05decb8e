/* gcc: the_value_does_not_have_the_type_of_the_column */
/* clang: the_value_does_not_have_the_type_of_the_column */
#include "models.h"

void program(calx_session *session, Todo *todo, Todo_query *todos)
{
    (void)session, (void)todo, (void)todos;
    calx_filter(todos, IN(Todo_.order, 1, "2", 3));
}
