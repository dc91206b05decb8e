/* gcc: the_value_does_not_have_the_type_of_the_column */
/* clang: the_value_does_not_have_the_type_of_the_column */
#include "models.h"

#define COUNTED(COLUMN, Row)                                                                       \
    COLUMN(Row, STRING, title)                                                                     \
    COLUMN(Row, BIG_INTEGER, number)
CALX_ROW_DECLARE(Counted, COUNTED)

void program(calx_session *session, Todo *todo, Todo_query *todos)
{
    (void)session, (void)todo;
    calx_select(todos, Counted, FIELD(number, Todo_.title));
}
