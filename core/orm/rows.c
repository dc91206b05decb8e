/* rows.c: queries whose results are rows of the caller's own, groups, unions. */
#include "core/orm/session.h"

#include <string.h>

#include "core/schema/type.h"

/* ---- Clauses ---- */

static bool is_usable(const calx_query *query)
{
    return calx__session_state(query->session) == 0;
}

void calx__query_group_by(calx_query *query, calx_expression expression)
{
    const calx_expression *kept = calx__query_keep(query, &expression);
    if (kept == NULL)
        return;
    calx__clauses *clauses = calx__query_clauses(query);
    if (clauses->group_count == CALX_ORDER_MAX)
        calx_session_fail(query->session, CALX_ERROR_LIMIT, "more than %d columns to group by",
                          CALX_ORDER_MAX);
    else
        clauses->groups[clauses->group_count++] = kept;
}

void calx__query_having(calx_query *query, calx_expression condition)
{
    const calx_expression *kept =
        condition.op == CALX_OPERATOR_NONE ? NULL : calx__query_keep(query, &condition);
    if (kept == NULL)
        return;
    calx__clauses *clauses = calx__query_clauses(query);
    clauses->having = calx__query_both(query, clauses->having, kept);
}

void calx__query_distinct(calx_query *query)
{
    if (is_usable(query))
        calx__query_clauses(query)->distinct = true;
}

void calx__query_join(calx_query *query, const calx_relationship *from,
                      const calx_relationship *path, bool outer)
{
    if (!is_usable(query))
        return;
    unsigned table = from ? calx__query_table(query, 0, from, false) : 0;
    if (is_usable(query))
        calx__query_table(query, table, path, outer);
}

void calx__query_join_on(calx_query *query, const calx_model *model, const calx_query *rows,
                         calx_expression condition, bool outer)
{
    calx_session *session = query->session;
    if (!is_usable(query) || (model->info != NULL && calx_model_check(model, &session->error) < 0))
        return;
    calx__join *join = calx__query_join_add(query);
    if (join == NULL)
        return;
    join->model = model;
    join->outer = outer;
    join->rows = rows ? &calx__query_copy(rows)->statement : NULL;
    join->on = calx__query_keep(query, &condition);
}

/* ---- Select ---- */

/* The fields of the query below, as they are called above it: columns of the row. */
static const calx__field *outer_fields(calx_arena *arena, const calx__field *fields, size_t count)
{
    calx__field *made = calx_arena_alloc(arena, count * sizeof *made);
    calx_expression *columns = calx_arena_alloc(arena, count * sizeof *columns);
    for (size_t i = 0; made != NULL && columns != NULL && i < count; i++) {
        columns[i] = (calx_expression){.op = CALX_OPERATOR_COLUMN, .column = fields[i].column};
        made[i] = (calx__field){.column = fields[i].column, .expression = &columns[i]};
    }
    return columns ? made : NULL;
}

/* A query of rows that come from one query or two. */
static void *rows_create(calx_session *session, const calx_model *row, const void *columns,
                         const calx__clauses *how)
{
    calx__typed_query *typed = calx__query_create(session, row, columns);
    const calx__clauses *below = how->rows->clauses;
    if (calx__session_state(session) < 0)
        return typed;
    calx__clauses *clauses = calx__query_clauses(typed->query);
    *clauses = *how;
    clauses->field_count = below->field_count;
    clauses->fields = outer_fields(&session->arena, below->fields, below->field_count);
    return typed;
}

static const calx__field *keep_fields(calx_query *query, const calx_model *row,
                                      const calx__selected *selected, size_t count)
{
    calx__field *fields = calx_arena_alloc(&query->session->arena, count * sizeof *fields);
    for (size_t i = 0; fields != NULL && i < count; i++) {
        fields[i].column = &row->columns[selected[i].column];
        fields[i].expression = calx__query_keep(query, &selected[i].expression);
        if (fields[i].expression == NULL)
            return NULL;
    }
    return fields;
}

void *calx__query_select(calx_query *query, const calx_model *row, const void *columns,
                         const calx__selected *selected, size_t count)
{
    calx_session *session = query->session;
    calx_query *below = calx__query_copy(query);
    const calx__field *fields = is_usable(query) ? keep_fields(below, row, selected, count) : NULL;
    if (fields == NULL)
        return calx__query_create(session, row, columns);
    calx__clauses *clauses = calx__query_clauses(below);
    clauses->reselects = clauses->rows != NULL;
    clauses->fields = fields;
    clauses->field_count = count;
    return rows_create(session, row, columns, &(calx__clauses){.rows = &below->statement});
}

const calx_query *calx__query_of_one(const calx_query *query, calx_expression of)
{
    calx_query *copy = calx__query_copy(query);
    calx__field *field = calx_arena_alloc(&query->session->arena, sizeof *field);
    if (field == NULL || !is_usable(query))
        return copy;
    calx__clauses *clauses = calx__query_clauses(copy);
    clauses->reselects = clauses->rows != NULL;
    *field = (calx__field){.expression = calx__query_keep(copy, &of)};
    clauses->fields = field;
    clauses->field_count = 1;
    return copy;
}

/* ---- Unions ---- */

static bool same_fields(const calx__clauses *a, const calx__clauses *b)
{
    if (a == NULL || b == NULL || a->field_count != b->field_count)
        return false;
    for (size_t i = 0; i < a->field_count; i++)
        if (a->fields[i].column != b->fields[i].column)
            return false;
    return true;
}

void *calx__query_union(const calx_query *query, const void *columns, const calx_query *other,
                        calx__union how)
{
    calx_session *session = query->session;
    const calx_model *row = query->statement.model;
    if (is_usable(query) && !same_fields(query->statement.clauses, other->statement.clauses))
        calx_session_fail(session, CALX_ERROR_INVALID,
                          "union of queries that were not made by calx_select with the same "
                          "fields in the same order");
    if (!is_usable(query))
        return calx__query_create(session, row, columns);
    calx__clauses both = {.rows = &calx__query_copy(query)->statement,
                          .other_rows = &calx__query_copy(other)->statement,
                          .how = how};
    return rows_create(session, row, columns, &both);
}

/* ---- Results ---- */

int calx__statement_decode(const calx__statement *statement, const calx_value *values, void *record,
                           calx_arena *arena, calx_error *err)
{
    const calx__clauses *clauses = statement->clauses;
    if (clauses == NULL || clauses->fields == NULL)
        return calx__record_decode(statement->model, values, record, arena, err);
    for (size_t i = 0; i < clauses->field_count; i++) {
        const calx_column *column = clauses->fields[i].column;
        int code =
            calx__column_decode(column, &values[i], calx__member(column, record), arena, err);
        if (code < 0) {
            calx_error_prefix(err, "row \"%s\", column \"%s\"", statement->model->name,
                              column->member);
            return code;
        }
    }
    return 0;
}

int calx__row_create(calx_session *session, const calx__statement *statement,
                     const calx_value *values, void **out, calx_error *err)
{
    void *record = calx_arena_alloc(&session->arena, statement->model->size);
    if (record == NULL)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    calx__record_clear(statement->model, record);
    *out = record;
    return calx__statement_decode(statement, values, record, &session->arena, err);
}
