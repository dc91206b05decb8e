/* gcc: type mismatch in conditional expression */
/* clang: pointer type mismatch */
#include "models.h"

#define NAMES(COLUMN, Row) COLUMN(Row, STRING, name)
#define AGES(COLUMN, Row) COLUMN(Row, INTEGER, age)
CALX_ROW_DECLARE(Name, NAMES)
CALX_ROW_DECLARE(Age, AGES)

void program(calx_session *session, Todo *todo, Todo_query *todos)
{
    (void)session, (void)todo, (void)todos;
    calx_union(calx_select(calx_query_of(session, Person), Name, FIELD(name, Person_.nick)),
               calx_select(calx_query_of(session, Person), Age, FIELD(age, Person_.age)));
}
