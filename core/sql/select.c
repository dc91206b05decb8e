/* select.c: SELECT and COUNT, in themselves and inside of other statements. */
#include "core/schema/type.h"
#include "core/sql/writer.h"

/* ---- Tables ---- */

const calx_model *calx__model_numbered(const calx__statement *statement, unsigned table)
{
    if (table == 0)
        return statement->model;
    const calx__join *join = statement->clauses->joins;
    for (unsigned i = 1; i < table; i++)
        join = join->next;
    return join->model;
}

/* todos, todos_1: only the table of the outermost query has its own name. */
void calx__write_table(calx__writer *to, const calx__scope *scope, unsigned table)
{
    const char *name = calx__model_numbered(scope->statement, table)->table;
    if (table == 0 && scope->around == NULL) {
        calx__write_name(to, name);
        return;
    }
    if (to->text == NULL) {
        calx__write_decision(to, (uintptr_t)name);
    } else {
        calx_buffer alias = {0};
        calx_buffer_append_format(&alias, "%s_%u%c", name, scope->base + table, '\0');
        if (alias.data != NULL)
            calx__write_name(to, alias.data);
        else
            calx__write_fails(to, CALX_ERROR_NO_MEMORY, "out of memory");
        calx_buffer_finish(&alias);
    }
    calx__write_decision(to, scope->base + table);
}

static void write_joined_by_columns(calx__writer *to, const calx__join *join, unsigned table)
{
    for (size_t i = 0; i < join->column_count; i++) {
        calx__write(to, i == 0 ? "" : " AND ");
        calx__write_table(to, to->scope, table);
        calx__write(to, ".");
        calx__write_name(to, calx_column_name(join->other[i]));
        calx__write(to, " = ");
        calx__write_table(to, to->scope, join->from);
        calx__write(to, ".");
        calx__write_name(to, calx_column_name(join->own[i]));
    }
}

static void write_joins(calx__writer *to, const calx__clauses *clauses)
{
    unsigned table = 1;
    for (const calx__join *join = clauses->joins; join; join = join->next, table++) {
        calx__write(to, join->outer ? " LEFT JOIN " : " JOIN ");
        calx__write_name(to, join->model->table);
        calx__write(to, " AS ");
        calx__write_table(to, to->scope, table);
        calx__write(to, " ON ");
        if (join->on != NULL)
            calx__write_condition(to, join->on);
        else
            write_joined_by_columns(to, join, table);
    }
}

static void write_from(calx__writer *to, const calx__statement *statement)
{
    calx__write(to, " FROM ");
    calx__write_name(to, statement->model->table);
    if (to->scope->around != NULL) {
        calx__write(to, " AS ");
        calx__write_table(to, to->scope, 0);
    }
    write_joins(to, calx__clauses_of(statement));
    calx__write_where(to, statement);
}

void calx__write_where(calx__writer *to, const calx__statement *statement)
{
    const calx_value *match = statement->match;
    const char *separator = " WHERE ";
    for (size_t i = 0; i < statement->model->column_count; i++) {
        if (statement->matched >> i & 1) {
            const calx_column *column = &statement->model->columns[i];
            calx__write(to, separator);
            calx__write_column(to, column, 0);
            calx__write(to, " = ");
            calx__write_bind(to, *match++, calx__column_kind(column));
            separator = " AND ";
        }
    }
    if (statement->where != NULL) {
        calx__check_filter(to, statement->where);
        calx__write(to, separator);
        calx__write_condition_within(to, statement->where,
                                     statement->matched ? CALX_OPERATOR_AND : CALX_OPERATOR_NONE);
    }
}

/* ---- Groups and order ---- */

static bool has_values(const calx_expression *expression)
{
    if (expression == NULL)
        return false;
    if (expression->op == CALX_OPERATOR_VALUE || has_values(expression->left) ||
        has_values(expression->right))
        return true;
    for (size_t i = 0; expression->list != NULL && i < expression->count; i++)
        if (has_values(&expression->list[i]))
            return true;
    return false;
}

/*
 * What is grouped by has to be the same as what is selected, but to PostgreSQL no two binds are:
 * an expression with values in it is written as the number of the field that it is. 0: of none.
 */
static unsigned number_of_field(const calx__clauses *clauses, const calx_expression *expression)
{
    if (!has_values(expression))
        return 0;
    for (size_t i = 0; i < clauses->field_count; i++)
        if (calx__expression_equal(clauses->fields[i].expression, expression))
            return (unsigned)i + 1;
    return 0;
}

static void write_groups(calx__writer *to, const calx__clauses *clauses)
{
    for (size_t i = 0; i < clauses->group_count; i++) {
        unsigned number = number_of_field(clauses, clauses->groups[i]);
        calx__write(to, i == 0 ? " GROUP BY " : ", ");
        if (number > 0)
            calx__write_number(to, number);
        else
            calx__write_equated(to, clauses->groups[i]);
    }
    if (clauses->having != NULL) {
        calx__write(to, " HAVING ");
        calx__write_condition(to, clauses->having);
    }
}

/* The number of the field that the order is by; 0: it is written out. */
static unsigned number_in_order(const calx__writer *to, const calx__statement *statement,
                                const calx_expression *expression)
{
    bool by_place = calx__expression_is_enumerator(expression) && !to->dialect->enum_is_named;
    return by_place ? 0 : number_of_field(calx__clauses_of(statement), expression);
}

static void write_order(calx__writer *to, const calx__statement *statement)
{
    for (size_t i = 0; i < statement->order_count; i++) {
        const calx__order *order = &statement->order[i];
        unsigned number = number_in_order(to, statement, order->expression);
        calx__write(to, i == 0 ? " ORDER BY " : ", ");
        if (number == 0) {
            calx__write_sorted(to, order->expression, order->descending);
            continue;
        }
        calx__write_number(to, number);
        calx__write_direction(to, order->expression, order->descending);
    }
}

static void write_limit(calx__writer *to, const calx__statement *statement)
{
    if (statement->limit >= 0) {
        calx__write(to, " LIMIT ");
        calx__write_bind(to, calx_value_integer(statement->limit), CALX_KIND_INTEGER);
    } else if (statement->offset > 0) {
        calx__write(to, " LIMIT ");
        calx__write(to, to->dialect->limit_all);
    }
    if (statement->offset > 0) {
        calx__write(to, " OFFSET ");
        calx__write_bind(to, calx_value_integer(statement->offset), CALX_KIND_INTEGER);
    }
}

static void write_lock(calx__writer *to, const calx__statement *statement)
{
    const calx__clauses *clauses = calx__clauses_of(statement);
    const char *how = clauses->lock == CALX__LOCK_SKIP_LOCKED ? " SKIP LOCKED" : " NOWAIT";
    if (clauses->lock == CALX__LOCK_NONE)
        return;
    if (clauses->distinct || clauses->group_count > 0 || clauses->rows != NULL)
        calx__write_fails(to, CALX_ERROR_UNSUPPORTED,
                          "FOR UPDATE of rows that are not those of a table");
    else if (statement != to->outermost)
        calx__write_fails(to, CALX_ERROR_UNSUPPORTED,
                          "FOR UPDATE in a query that is a part of another");
    else if (!to->dialect->locks_rows && clauses->lock != CALX__LOCK_WAIT)
        calx__write_fails(to, CALX_ERROR_UNSUPPORTED, "%s does not lock single rows: FOR UPDATE%s",
                          to->dialect->name, how);
    else if (to->dialect->locks_rows) {
        calx__write(to, " FOR UPDATE");
        if (to->dialect->locks_tables_by_name && clauses->joins != NULL) {
            calx__write(to, " OF ");
            calx__write_table(to, to->scope, 0);
        }
        calx__write(to, clauses->lock == CALX__LOCK_WAIT ? "" : how);
    }
}

/* ---- SELECT ---- */

/* Does the order name the field by its number? */
static bool is_sorted_by_number(const calx__writer *to, const calx__statement *statement,
                                unsigned number)
{
    for (size_t i = 0; i < statement->order_count; i++)
        if (number_in_order(to, statement, statement->order[i].expression) == number)
            return true;
    return false;
}

/* Rows that are made of rows may have longer text and larger numbers than the first ones. */
static const char *cast_of(const calx__writer *to, const calx__statement *statement,
                           const calx_expression *expression)
{
    if (statement != to->recursive || calx__expression_is_enumerator(expression))
        return NULL;
    return to->dialect->recursive_types[calx__expression_kind(expression)];
}

static void write_field(calx__writer *to, const calx__statement *statement, size_t index)
{
    const calx__field *field = &calx__clauses_of(statement)->fields[index];
    const char *cast = cast_of(to, statement, field->expression);
    calx__write(to, cast ? "CAST(" : "");
    calx__write_field(to, field->expression,
                      is_sorted_by_number(to, statement, (unsigned)index + 1));
    calx__write(to, cast ? cast : "");
    if (field->column != NULL && field->expression->column != field->column) {
        calx__write(to, " AS ");
        calx__write_name(to, calx_column_name(field->column));
    }
}

static void write_columns(calx__writer *to, const calx__statement *statement)
{
    const calx__clauses *clauses = calx__clauses_of(statement);
    size_t count = clauses->fields ? clauses->field_count : statement->model->column_count;
    calx__write(to, clauses->distinct ? "SELECT DISTINCT " : "SELECT ");
    for (size_t i = 0; i < count; i++) {
        const calx_column *column =
            clauses->fields ? clauses->fields[i].expression->column : &statement->model->columns[i];
        calx__write(to, i == 0 ? "" : ", ");
        if (clauses->distinct && column != NULL)
            calx__check_comparable(to, column);
        if (clauses->fields != NULL)
            write_field(to, statement, i);
        else
            calx__write_column(to, column, 0);
    }
}

/* PostgreSQL orders DISTINCT rows only by what they have, and text with another order is not that:
 * there the rows are made first, in a table of the same name. */
static bool orders_afterwards(const calx__writer *to, const calx__statement *statement)
{
    return to->dialect->text_order != NULL && calx__clauses_of(statement)->distinct &&
           statement->order_count > 0;
}

static void write_query(calx__writer *to, const calx__statement *statement)
{
    const calx__clauses *clauses = calx__clauses_of(statement);
    bool afterwards = orders_afterwards(to, statement);
    calx__check_groups(to, statement);
    calx__write(to, afterwards ? "SELECT * FROM (" : "");
    write_columns(to, statement);
    write_from(to, statement);
    write_groups(to, clauses);
    if (afterwards) {
        calx__write(to, ") AS ");
        calx__write_table(to, to->scope, 0);
    }
    write_order(to, statement);
    write_limit(to, statement);
    write_lock(to, statement);
}

/* Enters a scope, and says how to leave it. */
static const calx__scope *enter(calx__writer *to, const calx__statement *statement,
                                const calx__scope *around, calx__scope *scope)
{
    const calx__scope *before = to->scope;
    const calx__clauses *clauses = calx__clauses_of(statement);
    *scope = (calx__scope){.statement = statement,
                           .base = to->table_count,
                           .qualified = clauses->joins != NULL || clauses->has_subqueries ||
                                        around != NULL || calx__fields_hide_a_column(statement),
                           .around = around};
    to->table_count += 1 + clauses->join_count;
    to->scope = scope;
    return before;
}

void calx__write_select(calx__writer *to, const calx__statement *statement,
                        const calx__scope *around)
{
    if (calx__is_direct(statement)) {
        calx__write_rows(to, statement->clauses);
        return;
    }
    calx__scope scope;
    const calx__scope *before = enter(to, statement, around, &scope);
    calx__write_with(to, statement);
    write_query(to, statement);
    to->scope = before;
}

void calx__write_subquery(calx__writer *to, const calx__statement *statement)
{
    if (to->depth == 0) {
        calx__write_fails(to, CALX_ERROR_LIMIT, "queries are nested deeper than %d levels",
                          CALX_EXPRESSION_DEPTH_MAX);
        return;
    }
    to->depth--;
    calx__write_select(to, statement, to->scope);
    to->depth++;
}

/* ---- COUNT ---- */

static void write_count(calx__writer *to, const calx__statement *statement)
{
    const calx__clauses *clauses = calx__clauses_of(statement);
    bool bounded = statement->limit >= 0 || statement->offset > 0;
    bool whole = clauses->distinct || clauses->group_count > 0 || clauses->having != NULL ||
                 clauses->rows != NULL || clauses->fields != NULL;
    if (calx__clauses_of(to->outermost)->lock != CALX__LOCK_NONE)
        calx__write_fails(to, CALX_ERROR_UNSUPPORTED, "FOR UPDATE of a count");
    if (whole) {
        calx__statement inner = *statement;
        inner.kind = CALX__SELECT;
        inner.order_count = bounded ? inner.order_count : 0;
        calx__write(to, "SELECT count(*) FROM (");
        calx__write_select(to, &inner, NULL);
        calx__write(to, ") AS counted");
        return;
    }
    calx__scope scope;
    const calx__scope *before = enter(to, statement, NULL, &scope);
    calx__write_with(to, statement);
    calx__write(to, bounded ? "SELECT count(*) FROM (SELECT 1 AS one" : "SELECT count(*)");
    write_from(to, statement);
    if (bounded) {
        write_limit(to, statement);
        calx__write(to, ") AS counted");
    }
    to->scope = before;
}

/* The table of an UPDATE or DELETE is the scope of its conditions. */
static void write_change(calx__writer *to, const calx__statement *statement,
                         void (*write)(calx__writer *to, const calx__statement *statement))
{
    calx__scope scope;
    const calx__scope *before = enter(to, statement, NULL, &scope);
    if (calx__clauses_of(statement)->joins != NULL)
        calx__write_fails(to, CALX_ERROR_UNSUPPORTED,
                          "UPDATE or DELETE with a join: use IN_QUERY or EXISTS");
    else
        write(to, statement);
    to->scope = before;
}

void calx__write_statement(calx__writer *to, const calx__statement *statement)
{
    calx__write_decision(to, statement->kind);
    to->outermost = calx__statement_outermost(statement);
    switch (statement->kind) {
    case CALX__SELECT:
        calx__write_select(to, statement, NULL);
        break;
    case CALX__COUNT:
        write_count(to, statement);
        break;
    case CALX__INSERT:
        calx__write_insert(to, statement);
        break;
    case CALX__UPDATE:
        write_change(to, statement, calx__write_update);
        break;
    case CALX__DELETE:
        write_change(to, statement, calx__write_delete);
        break;
    }
}
