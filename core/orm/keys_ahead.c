/*
 * keys_ahead.c: keys that the database generates, taken before the rows that get them. Rows that
 * come back from an INSERT of several have no order that is promised; with their keys they need
 * none, and whatever refers to them travels along.
 */
#include "core/orm/key.h"
#include "core/orm/unit_of_work.h"

typedef struct taking {
    int64_t *keys;
    size_t count;
    size_t taken;
} taking;

/* NULL: the database does not say where its keys come from. */
static int take_key(void *context, const calx_value *values, size_t count, calx_error *err)
{
    taking *to = context;
    (void)count;
    (void)err;
    if (values[0].kind == CALX_KIND_INTEGER && to->taken < to->count)
        to->keys[to->taken++] = values[0].as.integer;
    return 0;
}

static int ask(calx_session *session, calx_unit *unit)
{
    calx_error err = {0};
    int64_t deadline_us = calx__session_deadline(session);
    int code = session->connection != NULL
                   ? calx__connection_run(session->connection, unit, deadline_us, &err)
                   : calx__engine_run(session->engine, unit, deadline_us, &err);
    return code < 0 ? calx__session_fail_with(session, &err) : 0;
}

int calx__session_take_keys(calx_session *session, const calx_model *model, size_t count,
                            int64_t **out)
{
    const calx__dialect *dialect = calx__engine_dialect(session->engine);
    const calx_sql *sql =
        calx__sql_cache_take_keys(calx__engine_sql_cache(session->engine), dialect);
    if (sql == NULL || count < CALX__KEYS_AHEAD_MIN)
        return CALX_RECORDS_DECLINED;
    taking to = {.keys = calx_arena_alloc(&session->working, count * sizeof *to.keys),
                 .count = count};
    const calx_value binds[] = {
        calx_value_text(calx__dialect_identifier_copy(dialect, model->table, &session->working)),
        calx_value_text(calx_text_of(calx_column_name(calx_model_generated_key(model)))),
        calx_value_integer((int64_t)count),
    };
    calx_unit_statement statement = {.sql = sql,
                                     .binds = binds,
                                     .rows_expected = CALX_ROWS_ANY,
                                     .row = take_key,
                                     .context = &to};
    calx_unit unit = {.statements = &statement, .statement_count = 1, .write = true};
    int code = calx__session_state(session);
    if (code == 0)
        code = ask(session, &unit);
    if (code < 0 || to.taken < count)
        return code < 0 ? code : CALX_RECORDS_DECLINED;
    *out = to.keys;
    return 0;
}

/* ---- For a flush ---- */

/* A rollback takes it away again. */
static int give(calx__unit_of_work *plan, calx__work *work, int64_t key)
{
    calx__object *object = work->object;
    const calx_column *column = calx_model_generated_key(object->model);
    calx_value *value = calx_arena_alloc(&plan->session->working, sizeof *value);
    calx_error err = {0};
    if (value == NULL || !calx__undo_keep(&plan->session->undo, object))
        return calx_session_fail(plan->session, CALX_ERROR_NO_MEMORY, "out of memory");
    if (calx__record_set_key(object->model, object->record, key, &err) < 0)
        return calx__session_fail_with(plan->session, &err);
    *value = calx_value_integer(key);
    object->key_generated = true;
    work->key = value;
    work->generates_key = false;
    work->columns |= UINT64_C(1) << (column - object->model->columns);
    return 0;
}

/* Works of one table. */
static int take_for(calx__unit_of_work *plan, calx__work *works, size_t count)
{
    size_t wanted = 0;
    int64_t *keys;
    for (size_t i = 0; i < count; i++)
        wanted += works[i].generates_key;
    int code = calx__session_take_keys(plan->session, works->object->model, wanted, &keys);
    for (size_t i = 0; i < count && code == 0; i++)
        if (works[i].generates_key)
            code = give(plan, &works[i], *keys++);
    return code < 0 ? code : 0;
}

int calx__unit_of_work_take_keys(calx__unit_of_work *plan)
{
    int code = 0;
    for (size_t first = 0, end; first < plan->work_count && code == 0; first = end) {
        calx__work *works = &plan->works[first];
        for (end = first + 1;
             end < plan->work_count && plan->works[end].object->extent == works->object->extent;)
            end++;
        code = take_for(plan, works, end - first);
    }
    return code;
}
