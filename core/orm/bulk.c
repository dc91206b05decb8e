/* bulk.c: rows that are changed by a condition, without loading them. */
#include "core/orm/key.h"
#include "core/orm/session.h"

/* An update that is being made. */
typedef struct update {
    calx_query *query;
    calx__assignment *assignments;
    size_t count;
    uint64_t columns; /* those that are set */
} update;

static calx_session *session_of(const update *made)
{
    return made->query->session;
}

/* ---- What is set ---- */

static int add(update *made, const calx_column *column, const calx_expression *expression)
{
    uint64_t bit = UINT64_C(1) << (column - made->query->statement.model->columns);
    if (expression == NULL)
        return calx__session_state(session_of(made));
    if (made->columns & bit)
        return calx_session_fail(session_of(made), CALX_ERROR_INVALID, "column \"%s\" is set twice",
                                 column->member);
    made->columns |= bit;
    made->assignments[made->count++] = (calx__assignment){column, expression};
    return 0;
}

static int encode(calx_session *session, const calx_column *column, void *member, calx_value *out,
                  calx_error *err)
{
    const calx_type *type = column->type;
    int code = type->encode(column, member, &session->arena, out, err);
    if (code == 0 && out->kind != CALX_KIND_NULL)
        code = calx__member_validate(column, member, err);
    return code;
}

/* A value as the column stores it, if it is one that an object could hold. */
static int take_value(calx_session *session, const calx_column *column, calx_value *value)
{
    calx_error err = {0};
    void *member = calx_arena_alloc(&session->arena, calx__member_size(column));
    if (member == NULL)
        return calx__session_state(session);
    int code = column->type->decode(column, value, member, &session->arena, &err);
    if (code == CALX_ERROR_MISFIT)
        err.code = CALX_ERROR_INVALID;
    if (code == 0)
        code = encode(session, column, member, value, &err);
    if (code == 0)
        return 0;
    calx_error_prefix(&err, "column \"%s\"", column->member);
    return calx__session_fail_with(session, &err);
}

static int set(update *made, const calx__set *wanted)
{
    calx_session *session = session_of(made);
    const calx_model *model = made->query->statement.model;
    const calx_column *column = wanted->column.column;
    calx_expression expression = wanted->expression;
    if (wanted->column.op != CALX_OPERATOR_COLUMN)
        return calx_session_fail(session, CALX_ERROR_INVALID, "SET of what is not a column");
    if (calx__key_bits(model) >> (column - model->columns) & 1)
        return calx_session_fail(session, CALX_ERROR_INVALID,
                                 "column \"%s\": a primary key cannot be changed", column->member);
    if (expression.op == CALX_OPERATOR_VALUE && take_value(session, column, &expression.value) < 0)
        return session->error.code;
    return add(made, column, calx__query_keep(made->query, &expression));
}

/* ---- What is computed ---- */

/* version + 1: who has loaded the row before finds it changed. */
static int count_version(update *made)
{
    const calx_column *version = calx_model_version(made->query->statement.model);
    if (version == NULL || made->columns >> (version - made->query->statement.model->columns) & 1)
        return 0;
    calx_expression operands[] = {
        {.op = CALX_OPERATOR_COLUMN, .column = version},
        {.op = CALX_OPERATOR_VALUE, .value = calx_value_integer(1)},
    };
    const calx_expression next = {
        .op = CALX_OPERATOR_FUNCTION, .detail = CALX_FUNCTION_ADD, .list = operands, .count = 2};
    return add(made, version, calx__query_keep(made->query, &next));
}

static int compute(update *made, const calx_column *column)
{
    calx_session *session = session_of(made);
    calx_error err = {0};
    calx_expression computed = {.op = CALX_OPERATOR_VALUE};
    void *member = calx_arena_alloc(&session->arena, calx__member_size(column));
    if (member == NULL)
        return calx__session_state(session);
    column->on_update(column, member);
    if (encode(session, column, member, &computed.value, &err) < 0) {
        calx_error_prefix(&err, "column \"%s\"", column->member);
        return calx__session_fail_with(session, &err);
    }
    return add(made, column, calx__query_keep(made->query, &computed));
}

static int compute_all(update *made)
{
    const calx_model *model = made->query->statement.model;
    for (size_t i = 0; i < model->column_count; i++)
        if (model->columns[i].on_update != NULL && !(made->columns >> i & 1) &&
            compute(made, &model->columns[i]) < 0)
            return session_of(made)->error.code;
    return count_version(made);
}

/* ---- The statement ---- */

static int begin(update *made, calx_query *query)
{
    calx_arena *arena = &query->session->arena;
    *made = (update){.query = query};
    made->assignments = calx_arena_alloc(arena, CALX_MODEL_COLUMNS_MAX * sizeof *made->assignments);
    return calx__session_state(query->session);
}

static int end(const update *made)
{
    calx__clauses *clauses = calx__query_clauses(made->query);
    clauses->assignments = made->assignments;
    clauses->assignment_count = made->count;
    made->query->statement.kind = CALX__UPDATE;
    return calx__session_state(session_of(made));
}

int calx__query_assign(calx_query *query, const calx__set *sets, size_t count)
{
    update made;
    int code = begin(&made, query);
    for (size_t i = 0; i < count && code == 0; i++)
        code = set(&made, &sets[i]);
    if (code == 0)
        code = compute_all(&made);
    return code < 0 ? code : end(&made);
}

int calx__query_assign_itself(calx_query *query, const calx_column *column)
{
    const calx_expression itself = {.op = CALX_OPERATOR_COLUMN, .column = column};
    update made;
    int code = begin(&made, query);
    if (code == 0)
        code = add(&made, column, calx__query_keep(query, &itself));
    return code < 0 ? code : end(&made);
}

/* How many rows it has matched; -1 after an error. */
static int64_t run(calx_session *session, const calx__statement *statement)
{
    calx_unit_statement one = {.rows_expected = CALX_ROWS_ANY};
    calx_unit unit = {.statements = &one, .statement_count = 1};
    calx__session_begin_work(session);
    int code = calx__session_compile(session, statement, &one);
    if (code == 0)
        code = calx__session_send(session, &unit, false);
    calx__session_end_work(session);
    return code < 0 ? -1 : one.rows_affected;
}

int64_t calx__query_update(const calx_query *query, const calx__set *sets, size_t count)
{
    calx_session *session = query->session;
    calx_query *changed = calx__query_copy(query);
    if (calx__session_state(session) < 0 || calx__query_check_rows(query, "update") < 0 ||
        calx__query_assign(changed, sets, count) < 0 ||
        calx__session_flush_before(session, &changed->statement) < 0)
        return -1;
    int64_t rows = run(session, &changed->statement);
    if (rows > 0)
        calx__session_expire_all(session, query->statement.model);
    return rows;
}
