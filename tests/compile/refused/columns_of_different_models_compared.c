/* gcc: the_expression_belongs_to_another_model */
/* clang: the_expression_belongs_to_another_model */
#include "models.h"

void program(calx_session *session, Todo *todo, Todo_query *todos)
{
    (void)session, (void)todo, (void)todos;
    calx_filter(todos, EQUAL(Todo_.order, Person_.age));
}
