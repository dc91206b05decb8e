/* with.c: queries that read the rows of other queries: WITH, UNION. */
#include "core/sql/writer.h"

const calx__clauses *calx__clauses_of(const calx__statement *statement)
{
    static const calx__clauses none;
    return statement->clauses ? statement->clauses : &none;
}

bool calx__is_direct(const calx__statement *statement)
{
    const calx__clauses *clauses = calx__clauses_of(statement);
    return clauses->rows != NULL && clauses->how != CALX__RECURSIVE && statement->where == NULL &&
           clauses->joins == NULL && clauses->group_count == 0 && clauses->having == NULL &&
           statement->order_count == 0 && statement->limit < 0 && statement->offset == 0 &&
           !clauses->distinct && !clauses->reselects && clauses->lock == CALX__LOCK_NONE;
}

const calx__statement *calx__statement_outermost(const calx__statement *statement)
{
    while (calx__is_direct(statement) && statement->clauses->other_rows == NULL)
        statement = statement->clauses->rows;
    return statement;
}

/* Can it stand in a UNION as it is? */
static bool is_simple(const calx__statement *statement)
{
    const calx__clauses *clauses = calx__clauses_of(statement);
    if (calx__is_direct(statement) && clauses->other_rows == NULL)
        return is_simple(clauses->rows);
    for (const calx__join *join = clauses->joins; join; join = join->next)
        if (join->rows != NULL)
            return false;
    return clauses->rows == NULL && statement->order_count == 0 && statement->limit < 0 &&
           statement->offset == 0;
}

static void write_part(calx__writer *to, const calx__statement *statement, bool recursive)
{
    bool simple = is_simple(statement);
    const calx__statement *before = to->recursive;
    to->recursive = recursive ? calx__statement_outermost(statement) : NULL;
    calx__write(to, simple ? "" : "SELECT * FROM (");
    calx__write_select(to, statement, NULL);
    calx__write(to, simple ? "" : ") AS part");
    to->recursive = before;
}

void calx__write_rows(calx__writer *to, const calx__clauses *clauses)
{
    if (clauses->other_rows == NULL) {
        calx__write_select(to, clauses->rows, NULL);
        return;
    }
    write_part(to, clauses->rows, clauses->how == CALX__RECURSIVE);
    calx__write(to, clauses->how == CALX__UNION ? " UNION " : " UNION ALL ");
    write_part(to, clauses->other_rows, clauses->how == CALX__RECURSIVE);
}

static void write_with_one(calx__writer *to, const char *before, const calx_model *row,
                           const calx__statement *rows, const calx__clauses *direct)
{
    calx__write(to, before);
    calx__write_name(to, row->table);
    calx__write(to, " AS (");
    if (direct != NULL)
        calx__write_rows(to, direct);
    else
        calx__write_select(to, rows, NULL);
    calx__write(to, ")");
}

static bool is_recursive(const calx__statement *statement)
{
    return statement != NULL && calx__clauses_of(statement)->how == CALX__RECURSIVE &&
           calx__clauses_of(statement)->rows != NULL;
}

void calx__write_with(calx__writer *to, const calx__statement *statement)
{
    const calx__clauses *clauses = calx__clauses_of(statement);
    bool recursive = is_recursive(statement);
    for (const calx__join *join = clauses->joins; join; join = join->next)
        recursive = recursive || is_recursive(join->rows);
    const char *before = recursive ? "WITH RECURSIVE " : "WITH ";
    const char *first = before;
    if (clauses->rows != NULL) {
        write_with_one(to, before, statement->model, NULL, clauses);
        before = ", ";
    }
    for (const calx__join *join = clauses->joins; join; join = join->next) {
        if (join->rows == NULL)
            continue;
        bool direct = is_recursive(join->rows);
        write_with_one(to, before, join->model, join->rows, direct ? join->rows->clauses : NULL);
        before = ", ";
    }
    calx__write(to, before == first ? "" : " ");
}
