/* gcc: the_object_is_not_a_row_of_the_query */
/* clang: the_object_is_not_a_row_of_the_query */
#include "models.h"

void program(calx_session *session, Todo *todo, Todo_query *todos)
{
    (void)todo;
    calx_page_token(todos, calx_first(calx_query_of(session, Person)));
}
