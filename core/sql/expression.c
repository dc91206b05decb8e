/* expression.c: expressions as SQL text. */
#include "core/schema/type.h"
#include "core/sql/writer.h"

#include <string.h>

calx_kind calx__expression_kind(const calx_expression *expression)
{
    switch (expression->op) {
    case CALX_OPERATOR_COLUMN:
        return calx__column_kind(expression->column);
    case CALX_OPERATOR_VALUE:
        return expression->value.kind;
    case CALX_OPERATOR_FUNCTION:
        return calx__function_kind(expression);
    case CALX_OPERATOR_CASE:
        return calx__expression_kind(&expression->list[0]);
    case CALX_OPERATOR_QUERY:
        return calx__expression_kind(
            calx__query_statement(expression->query)->clauses->fields[0].expression);
    case CALX_OPERATOR_WITHIN:
    case CALX_OPERATOR_OVER:
    case CALX_OPERATOR_DESCENDING:
        return calx__expression_kind(expression->left);
    default:
        return CALX_KIND_BOOLEAN;
    }
}

/* ---- Columns ---- */

static bool has_column(const calx_model *model, const calx_column *column)
{
    return column >= model->columns && column < model->columns + model->column_count;
}

static const calx__join *join_numbered(const calx__statement *statement, unsigned table)
{
    const calx__join *join = statement->clauses->joins;
    for (unsigned i = 1; i < table; i++)
        join = join->next;
    return join;
}

const calx__scope *calx__column_scope(const calx__writer *to, const calx_column *column,
                                      unsigned *table)
{
    for (const calx__scope *scope = to->scope; scope; scope = scope->around) {
        const calx__clauses *clauses = scope->statement->clauses;
        const calx__join *join = clauses ? clauses->joins : NULL;
        *table = 0;
        if (scope != to->scope && has_column(scope->statement->model, column))
            return scope;
        for (*table = 1; join; join = join->next, ++*table)
            if (has_column(join->model, column))
                return scope;
    }
    return NULL;
}

void calx__write_column(calx__writer *to, const calx_column *column, unsigned table)
{
    const calx__scope *scope = to->scope;
    if (table == CALX__TABLE_WITHIN && (scope = calx__column_scope(to, column, &table)) == NULL) {
        calx__write_fails(to, CALX_ERROR_INVALID,
                          "column \"%s\" is of a table that the query does not have",
                          calx_column_name(column));
        return;
    }
    if (scope != NULL && scope->qualified) {
        calx__write_table(to, scope, table);
        calx__write(to, ".");
    }
    calx__write_name(to, calx_column_name(column));
}

bool calx__expression_is_nullable(const calx__writer *to, const calx_expression *expression)
{
    if (expression->op != CALX_OPERATOR_COLUMN || expression->column->nullable)
        return true;
    unsigned table = expression->detail;
    return table != 0 && (table == CALX__TABLE_WITHIN || to->scope == NULL ||
                          join_numbered(to->scope->statement, table)->outer);
}

/* ---- Others ---- */

static void write_case(calx__writer *to, const calx_expression *choice)
{
    calx__write(to, "CASE WHEN ");
    calx__write_condition(to, choice->left);
    calx__write(to, " THEN ");
    calx__write_expression(to, &choice->list[0]);
    calx__write(to, " ELSE ");
    calx__write_expression(to, &choice->list[1]);
    calx__write(to, " END");
}

static void write_value(calx__writer *to, const calx_expression *expression)
{
    if (expression->value.kind == CALX_KIND_NULL)
        calx__write(to, "NULL");
    else
        calx__write_bind(to, expression->value, expression->value.kind);
}

static void write_one(calx__writer *to, const calx_expression *expression)
{
    switch (expression->op) {
    case CALX_OPERATOR_COLUMN:
        calx__write_column(to, expression->column, expression->detail);
        break;
    case CALX_OPERATOR_VALUE:
        write_value(to, expression);
        break;
    case CALX_OPERATOR_FUNCTION:
        calx__write_function(to, expression, NULL);
        break;
    case CALX_OPERATOR_CASE:
        write_case(to, expression);
        break;
    case CALX_OPERATOR_OVER:
        calx__write_over(to, expression);
        break;
    case CALX_OPERATOR_WITHIN:
        calx__write_expression(to, expression->left);
        break;
    case CALX_OPERATOR_QUERY:
        calx__write(to, "(");
        calx__write_subquery(to, calx__query_statement(expression->query));
        calx__write(to, ")");
        break;
    default:
        calx__write_condition(to, expression);
    }
}

void calx__write_expression(calx__writer *to, const calx_expression *expression)
{
    bool ends = expression->op == CALX_OPERATOR_COLUMN || expression->op == CALX_OPERATOR_VALUE;
    if (to->depth == 0 && !ends) {
        calx__write_fails(to, CALX_ERROR_LIMIT, "expression is nested deeper than %d levels",
                          CALX_EXPRESSION_DEPTH_MAX);
        return;
    }
    to->depth -= !ends;
    write_one(to, expression);
    to->depth += !ends;
}

/* ---- Comparing trees ---- */

/* Not by the union's bytes: what its member leaves over is anything. */
static bool value_equal(const calx_value *a, const calx_value *b)
{
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case CALX_KIND_NULL:
        return true;
    case CALX_KIND_BOOLEAN:
        return a->as.boolean == b->as.boolean;
    case CALX_KIND_INTEGER:
        return a->as.integer == b->as.integer;
    case CALX_KIND_DOUBLE:
        return memcmp(&a->as.real, &b->as.real, sizeof a->as.real) == 0;
    case CALX_KIND_TEXT:
    case CALX_KIND_DECIMAL:
    case CALX_KIND_ARRAY:
        return calx_text_equal(a->as.text, b->as.text);
    case CALX_KIND_BLOB:
        return calx_text_equal((calx_text){a->as.blob.data, a->as.blob.length},
                               (calx_text){b->as.blob.data, b->as.blob.length});
    case CALX_KIND_DATETIME:
        return a->as.datetime.microseconds == b->as.datetime.microseconds &&
               a->utc_offset == b->utc_offset;
    case CALX_KIND_DATE:
        return a->as.date.year == b->as.date.year && a->as.date.month == b->as.date.month &&
               a->as.date.day == b->as.date.day;
    case CALX_KIND_TIME:
        return a->as.time.microseconds == b->as.time.microseconds;
    case CALX_KIND_INTERVAL:
        return a->as.interval.microseconds == b->as.interval.microseconds;
    case CALX_KIND_UUID:
        return memcmp(&a->as.uuid, &b->as.uuid, sizeof a->as.uuid) == 0;
    }
    return false;
}

static bool both_equal(const calx_expression *a, const calx_expression *b)
{
    return a == b || (a != NULL && b != NULL && calx__expression_equal(a, b));
}

bool calx__expression_equal(const calx_expression *a, const calx_expression *b)
{
    if (a->op != b->op || a->detail != b->detail || a->column != b->column ||
        a->count != b->count || a->query != b->query || !value_equal(&a->value, &b->value) ||
        (a->values == NULL) != (b->values == NULL))
        return false;
    for (size_t i = 0; a->values != NULL && i < a->count; i++)
        if (!value_equal(&a->values[i], &b->values[i]))
            return false;
    if (!both_equal(a->left, b->left) || !both_equal(a->right, b->right))
        return false;
    if ((a->list == NULL) != (b->list == NULL))
        return false;
    for (size_t i = 0; a->list != NULL && i < a->count; i++)
        if (!calx__expression_equal(&a->list[i], &b->list[i]))
            return false;
    return true;
}
