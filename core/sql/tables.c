/* tables.c: which tables a statement reads, in itself and in the queries within it; and what its
 * fields hide of them. */
#include "core/sql/writer.h"

#include <string.h>

typedef struct question {
    calx__model_question *is;
    const void *context;
} question;

static bool asks_statement(const question *ask, const calx__statement *statement);

static bool asks_expression(const question *ask, const calx_expression *expression)
{
    if (expression == NULL)
        return false;
    if (expression->query != NULL && asks_statement(ask, calx__query_statement(expression->query)))
        return true;
    if (asks_expression(ask, expression->left) || asks_expression(ask, expression->right))
        return true;
    for (size_t i = 0; expression->list != NULL && i < expression->count; i++)
        if (asks_expression(ask, &expression->list[i]))
            return true;
    return false;
}

static bool asks_joins(const question *ask, const calx__join *join)
{
    for (; join; join = join->next)
        if (ask->is(ask->context, join->model) || asks_expression(ask, join->on) ||
            asks_statement(ask, join->rows))
            return true;
    return false;
}

static bool asks_clauses(const question *ask, const calx__clauses *clauses)
{
    if (asks_joins(ask, clauses->joins) || asks_statement(ask, clauses->rows) ||
        asks_statement(ask, clauses->other_rows) || asks_expression(ask, clauses->having))
        return true;
    for (size_t i = 0; i < clauses->field_count && clauses->fields != NULL; i++)
        if (asks_expression(ask, clauses->fields[i].expression))
            return true;
    for (size_t i = 0; i < clauses->group_count; i++)
        if (asks_expression(ask, clauses->groups[i]))
            return true;
    for (size_t i = 0; i < clauses->assignment_count; i++)
        if (asks_expression(ask, clauses->assignments[i].expression))
            return true;
    return false;
}

static bool asks_statement(const question *ask, const calx__statement *statement)
{
    if (statement == NULL)
        return false;
    if (ask->is(ask->context, statement->model) || asks_expression(ask, statement->where) ||
        (statement->clauses != NULL && asks_clauses(ask, statement->clauses)))
        return true;
    for (size_t i = 0; i < statement->order_count; i++)
        if (asks_expression(ask, statement->order[i].expression))
            return true;
    return false;
}

bool calx__statement_reads(const calx__statement *statement, calx__model_question *is,
                           const void *context)
{
    return asks_statement(&(question){.is = is, .context = context}, statement);
}

bool calx__fields_hide_a_column(const calx__statement *statement)
{
    const calx__clauses *clauses = calx__clauses_of(statement);
    const calx_model *model = statement->model;
    for (size_t i = 0; i < clauses->field_count; i++) {
        const calx__field *field = &clauses->fields[i];
        const char *name = calx_column_name(field->column);
        for (size_t k = 0; k < model->column_count; k++)
            if (strcmp(name, calx_column_name(&model->columns[k])) == 0 &&
                field->expression->column != &model->columns[k])
                return true;
    }
    return false;
}
