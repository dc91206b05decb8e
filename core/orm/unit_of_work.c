/* unit_of_work.c: a flush as one unit of the driver contract: its statements, with values that were
 * checked before anything is sent. */
#include "core/orm/unit_of_work.h"

/* Bytes that were lent by the user until now are the session's from here on. */
static int take_value(calx_session *session, const calx_column *column, void *member,
                      calx_value *out, calx_error *err)
{
    const calx_type *type = column->type;
    int code = type->keep ? type->keep(column, member, &session->arena, err) : 0;
    return code < 0 ? code : type->encode(column, member, &session->arena, out, err);
}

/* The values of the columns that are written; refused ones name their column, and nothing has been
 * sent yet. */
static int encode(calx_session *session, const calx__work *item, uint64_t columns, calx_value **out)
{
    const calx_model *model = item->object->model;
    calx_value *values = calx_arena_alloc(&session->arena, model->column_count * sizeof *values);
    if (values == NULL)
        return calx__session_state(session);
    for (size_t i = 0; i < model->column_count; i++) {
        const calx_column *column = &model->columns[i];
        calx_error err = {0};
        if (!(columns >> i & 1))
            continue;
        if (take_value(session, column, calx__member(column, item->object->record), &values[i],
                       &err) < 0) {
            calx_error_prefix(&err, "column \"%s\"", column->member);
            return calx__session_fail_with(session, &err);
        }
    }
    *out = values;
    return 0;
}

static uint64_t all_columns(const calx_model *model)
{
    return model->column_count == 64 ? UINT64_MAX : (UINT64_C(1) << model->column_count) - 1;
}

/* The statement that writes one object. where is storage for its condition. */
static int describe(calx_session *session, const calx__work *item, calx_expression *where,
                    calx__statement *out)
{
    const calx_model *model = item->object->model;
    const calx_column *key = calx_model_primary_key(model);
    uint64_t key_bit = UINT64_C(1) << (key - model->columns);
    *out = (calx__statement){.kind = item->kind, .model = model, .limit = -1};
    if (item->kind == CALX__INSERT) {
        out->generates_key = calx__key_is_generated(&item->key);
        out->columns = all_columns(model) & ~(out->generates_key ? key_bit : 0);
    } else {
        *where = (calx_expression){.op = CALX_OPERATOR_EQUAL, .column = key, .value = item->key};
        out->where = where;
        out->columns = item->kind == CALX__UPDATE ? item->changes : 0;
    }
    if (item->kind == CALX__UPDATE && item->changes & key_bit)
        return calx_session_fail(session, CALX_ERROR_INVALID,
                                 "column \"%s\": a primary key cannot be changed", key->member);
    calx_value *values = NULL;
    int code = out->columns ? encode(session, item, out->columns, &values) : 0;
    out->values = values;
    return code;
}

static int add_statement(calx__unit_of_work *plan, const calx__statement *statement,
                         int64_t rows_expected)
{
    calx_session *session = plan->session;
    calx_unit_statement *to = &plan->unit.statements[plan->unit.statement_count];
    calx_error err = {0};
    calx_value *binds;
    int code = calx__statement_compile(calx__engine_sql_cache(session->engine),
                                       calx__engine_dialect(session->engine), statement,
                                       &session->arena, &to->sql, &binds, &err);
    if (code < 0)
        return calx__session_fail_with(session, &err);
    to->binds = binds;
    to->rows_expected = rows_expected;
    to->generates_key = statement->generates_key;
    plan->unit.statement_count++;
    return 0;
}

/* An object's row may have been deleted by a condition of the same flush. */
static int64_t rows_expected(const calx_session *session, const calx__work *item)
{
    bool either =
        item->kind == CALX__DELETE && calx__session_has_deletes(session, item->object->model);
    return either ? CALX_ROWS_ANY : 1;
}

static int build(calx__unit_of_work *plan)
{
    calx_session *session = plan->session;
    size_t capacity = plan->delete_count + plan->work_count;
    plan->unit.statements =
        calx_arena_alloc(&session->arena, capacity * sizeof *plan->unit.statements);
    if (plan->unit.statements == NULL)
        return calx__session_state(session);
    for (calx__bulk_delete *delete = session->deletes; delete; delete = delete->next)
        if (add_statement(plan, &delete->statement, CALX_ROWS_ANY) < 0)
            return session->error.code;
    for (size_t i = 0; i < plan->work_count; i++) {
        calx_expression where;
        calx__statement statement;
        if (describe(session, &plan->works[i], &where, &statement) < 0 ||
            add_statement(plan, &statement, rows_expected(session, &plan->works[i])) < 0)
            return session->error.code;
    }
    return 0;
}

/* Runs the unit in the session's transaction, or in one of its own. */
static int run(calx__unit_of_work *plan, bool commit)
{
    calx_session *session = plan->session;
    calx__connection *connection = session->connection;
    calx_error err = {0};
    int64_t deadline_us = calx__session_deadline(session);
    plan->unit.begin = connection == NULL;
    plan->unit.commit = commit;
    plan->unit.write = true;
    plan->unit.isolation = session->isolation;
    int code = 0;
    if (connection == NULL)
        code = calx__connection_acquire(session->engine, deadline_us, &connection, &err);
    if (code == 0)
        code = calx__connection_run(connection, &plan->unit, deadline_us, &err);
    if (plan->unit.begin && (code < 0 || commit)) {
        calx__connection_release(connection);
        connection = NULL;
    }
    session->connection = connection;
    return code < 0 ? calx__session_fail_with(session, &err) : 0;
}

static int commit_alone(calx_session *session)
{
    calx_error err = {0};
    if (session->connection != NULL &&
        calx__connection_commit(session->connection, calx__session_deadline(session), &err) < 0)
        return calx__session_fail_with(session, &err);
    calx__session_finish_transaction(session);
    return 0;
}

int calx__session_write(calx_session *session, bool commit)
{
    if (calx__session_state(session) < 0)
        return session->error.code;
    calx__unit_of_work plan = {.session = session};
    if (calx__unit_of_work_collect(&plan) < 0)
        return session->error.code;
    if (plan.work_count + plan.delete_count == 0)
        return commit ? commit_alone(session) : 0;
    if (build(&plan) < 0 || run(&plan, commit) < 0)
        return session->error.code;
    calx__unit_of_work_apply(&plan, commit);
    if (commit)
        calx__session_finish_transaction(session);
    return calx__session_state(session);
}
