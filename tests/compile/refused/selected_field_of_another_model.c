/* gcc: type mismatch in conditional expression */
/* clang: incompatible operand types */
#include "models.h"

#define COUNTED(COLUMN, Row)                                                                       \
    COLUMN(Row, STRING, title)                                                                     \
    COLUMN(Row, BIG_INTEGER, number)
CALX_ROW_DECLARE(Counted, COUNTED)

void program(calx_session *session, Todo *todo, Todo_query *todos)
{
    (void)session, (void)todo;
    calx_select(todos, Counted, FIELD(number, Person_.age));
}
