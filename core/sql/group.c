/* group.c: what may stand beside aggregates. Databases see it differently: PostgreSQL refuses what
 * has many values in a group, SQLite and MariaDB give one of them. */
#include "core/sql/writer.h"

static bool is_aggregate(const calx_expression *expression)
{
    return expression->op == CALX_OPERATOR_FUNCTION && expression->detail >= CALX_FUNCTION_COUNT &&
           expression->detail <= CALX_FUNCTION_MAXIMUM;
}

typedef bool question(const calx_expression *expression);

/* Is it so of any part of the expression? Not of its subqueries. */
static bool any_part(const calx_expression *expression, question *is)
{
    if (expression == NULL)
        return false;
    if (is(expression) || any_part(expression->left, is) || any_part(expression->right, is))
        return true;
    for (size_t i = 0; expression->list != NULL && i < expression->count; i++)
        if (any_part(&expression->list[i], is))
            return true;
    return false;
}

static bool is_over_rows(const calx_expression *expression)
{
    return is_aggregate(expression) || expression->op == CALX_OPERATOR_OVER;
}

void calx__check_filter(calx__writer *to, const calx_expression *where)
{
    if (to->text != NULL && any_part(where, is_over_rows))
        calx__write_fails(to, CALX_ERROR_INVALID,
                          "an aggregate or a window in a filter: calx_having is for groups, and "
                          "the rows of calx_select can be filtered by what they have");
}

/* ---- One value for each group ---- */

static bool is_grouped_by(const calx__clauses *clauses, const calx_expression *expression)
{
    for (size_t i = 0; i < clauses->group_count; i++) {
        const calx_expression *group = clauses->groups[i];
        if (calx__expression_equal(group->op == CALX_OPERATOR_WITHIN ? group->left : group,
                                   expression))
            return true;
    }
    return false;
}

/* A whole primary key among the groups settles every column of its table. */
static bool has_grouped_key(const calx__clauses *clauses, const calx_model *model, unsigned detail)
{
    size_t count = 0;
    const uint8_t *key = model->info ? calx_model_key(model, &count) : NULL;
    for (size_t i = 0; i < count; i++) {
        const calx_column *column = &model->columns[key[i]];
        if (!is_grouped_by(
                clauses,
                &(calx_expression){.op = CALX_OPERATOR_COLUMN, .column = column, .detail = detail}))
            return false;
    }
    return count > 0;
}

/* Has it one value in a group? One of the queries around has. */
static bool is_settled(const calx__writer *to, const calx_expression *column)
{
    const calx__statement *statement = to->scope->statement;
    unsigned table = column->detail;
    const calx__scope *scope =
        table == CALX__TABLE_WITHIN ? calx__column_scope(to, column->column, &table) : to->scope;
    return scope != to->scope ||
           has_grouped_key(calx__clauses_of(statement), calx__model_numbered(statement, table),
                           column->detail);
}

static const calx_column *unsettled(const calx__writer *to, const calx_expression *expression);

static const calx_column *unsettled_part(const calx__writer *to, const calx_expression *whole)
{
    const calx_column *found = whole->left ? unsettled(to, whole->left) : NULL;
    for (size_t i = 0; found == NULL && whole->list != NULL && i < whole->count; i++)
        found = unsettled(to, &whole->list[i]);
    return found == NULL && whole->right ? unsettled(to, whole->right) : found;
}

/* The first column with more than one value in a group; NULL: there is none. */
static const calx_column *unsettled(const calx__writer *to, const calx_expression *expression)
{
    if (is_aggregate(expression) ||
        is_grouped_by(calx__clauses_of(to->scope->statement), expression))
        return NULL;
    if (expression->op == CALX_OPERATOR_COLUMN)
        return is_settled(to, expression) ? NULL : expression->column;
    if (expression->op != CALX_OPERATOR_OVER)
        return unsettled_part(to, expression);
    /* A window over the groups: its function is none of theirs. */
    calx_expression window = *expression;
    const calx_column *found = unsettled_part(to, window.left);
    window.left = NULL;
    return found ? found : unsettled_part(to, &window);
}

/* Aggregates under OVER are of rows, not of groups, but for those in their operands. */
static bool has_aggregate(const calx_expression *expression)
{
    if (expression->op != CALX_OPERATOR_OVER)
        return any_part(expression, is_aggregate);
    for (size_t i = 0; i < expression->left->count; i++)
        if (any_part(&expression->left->list[i], is_aggregate))
            return true;
    return false;
}

static bool has_groups(const calx__statement *statement, const calx__clauses *clauses)
{
    bool has = clauses->group_count > 0 || clauses->having != NULL;
    for (size_t i = 0; !has && i < clauses->field_count; i++)
        has = has_aggregate(clauses->fields[i].expression);
    for (size_t i = 0; !has && i < statement->order_count; i++)
        has = has_aggregate(statement->order[i].expression);
    return has;
}

static const calx_column *unsettled_column(const calx__writer *to, const calx_model *model)
{
    const calx_column *found = NULL;
    for (size_t i = 0; found == NULL && i < model->column_count; i++)
        found = unsettled(
            to, &(calx_expression){.op = CALX_OPERATOR_COLUMN, .column = &model->columns[i]});
    return found;
}

void calx__check_groups(calx__writer *to, const calx__statement *statement)
{
    const calx__clauses *clauses = calx__clauses_of(statement);
    if (to->text == NULL || !has_groups(statement, clauses))
        return;
    const calx_column *found = clauses->fields ? NULL : unsettled_column(to, statement->model);
    for (size_t i = 0; found == NULL && i < clauses->field_count; i++)
        found = unsettled(to, clauses->fields[i].expression);
    for (size_t i = 0; found == NULL && i < statement->order_count; i++)
        found = unsettled(to, statement->order[i].expression);
    if (found == NULL && clauses->having != NULL)
        found = unsettled(to, clauses->having);
    if (found != NULL)
        calx__write_fails(to, CALX_ERROR_INVALID,
                          "column \"%s\" has many values in a group: group by it too, or take an "
                          "aggregate of it",
                          calx_column_name(found));
}
