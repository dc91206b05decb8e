/*
 * upsert.c: an INSERT that becomes an UPDATE where the row is there already.
 *
 * A database that can be told which unique columns count (ON CONFLICT) does both in one statement.
 * Where any unique column would count, the UPDATE is tried first: then the INSERT can fail only
 * because of another key, or because somebody has just inserted the row, and then the UPDATE finds
 * it. The row is read afterwards, locked by what was done: so the key comes back in any case.
 */
#include "core/orm/key.h"
#include "core/orm/relationship.h"
#include "core/schema/model.h"

#include <assert.h>

typedef struct upsert {
    calx_session *session;
    calx__object *object;
    calx__unit_of_work plan;
    calx__work work;      /* the INSERT */
    calx_value *values;   /* one for each of its columns */
    uint64_t conflict;    /* columns that tell whether the row is there */
    calx_value *match;    /* and their values */
    bool plain;           /* nothing can be there: a key that is still to be generated, a NULL */
    calx_query *update;   /* with the assignments */
    calx__object *of_row; /* what stands for the row */
} upsert;

static const calx_model *model_of(const upsert *made)
{
    return made->object->model;
}

/* ---- What is asked for ---- */

static int check(upsert *made, const calx_column *const *conflict, size_t count)
{
    const calx_model *model = model_of(made);
    uint8_t columns[CALX_MODEL_COLUMNS_MAX];
    for (size_t i = 0; i < count; i++) {
        columns[i] = (uint8_t)(conflict[i] - model->columns);
        made->conflict |= UINT64_C(1) << columns[i];
    }
    if (made->object->state != CALX__PENDING)
        return calx_session_fail(made->session, CALX_ERROR_INVALID,
                                 "model %s: upsert of an object that is not new", model->name);
    if (calx__relations_changes(made->object) != 0)
        return calx_session_fail(made->session, CALX_ERROR_UNSUPPORTED,
                                 "model %s: upsert of an object that was related to others: set "
                                 "its foreign keys",
                                 model->name);
    if (!calx__model_is_unique(model, columns, count))
        return calx_session_fail(made->session, CALX_ERROR_INVALID,
                                 "model %s: the columns of ON are neither its primary key nor "
                                 "UNIQUE",
                                 model->name);
    return 0;
}

/* The values of the columns that tell. */
static int take_match(upsert *made)
{
    const calx_value *value = made->values;
    size_t count = 0;
    for (size_t i = 0; i < model_of(made)->column_count; i++) {
        bool written = made->work.columns >> i & 1;
        if (made->conflict >> i & 1) {
            made->plain = made->plain || !written || value->kind == CALX_KIND_NULL;
            made->match[count++] = written ? *value : calx_value_null();
        }
        value += written;
    }
    return calx__session_state(made->session);
}

static int take_values(upsert *made, uint64_t update)
{
    calx_arena *arena = &made->session->working;
    made->work = (calx__work){.object = made->object, .kind = CALX__INSERT};
    if (calx__work_complete_insert(&made->plan, &made->work) < 0)
        return made->session->error.code;
    made->work.columns |= update;
    made->values = calx_arena_alloc(arena, CALX_MODEL_COLUMNS_MAX * sizeof *made->values);
    made->match = calx_arena_alloc(arena, CALX_MODEL_COLUMNS_MAX * sizeof *made->match);
    if (made->values == NULL || made->match == NULL ||
        calx__work_encode(&made->plan, &made->work, made->values) < 0)
        return calx__session_state(made->session);
    return take_match(made);
}

static calx_expression column_node(const calx_column *column)
{
    return (calx_expression){.op = CALX_OPERATOR_COLUMN, .column = column};
}

/* The columns take the object's values; without any the first one that tells takes its own. */
static int assign(upsert *made, uint64_t update)
{
    const calx_model *model = model_of(made);
    const calx_value *value = made->values;
    calx__set sets[CALX_MODEL_COLUMNS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < model->column_count; i++) {
        if (update >> i & 1)
            sets[count++] = (calx__set){column_node(&model->columns[i]),
                                        {.op = CALX_OPERATOR_VALUE, .value = *value}};
        value += made->work.columns >> i & 1;
    }
    made->update = ((calx__typed_query *)calx__query_create(made->session, model, NULL))->query;
    if (count > 0)
        return calx__query_assign(made->update, sets, count);
    return calx__query_assign_itself(made->update,
                                     &model->columns[__builtin_ctzll(made->conflict)]);
}

/* ---- What is sent ---- */

static int read_row(void *context, const calx_value *values, size_t count, calx_error *err)
{
    upsert *made = context;
    calx_session *session = made->session;
    calx__object *object = made->object;
    calx_value key[CALX_KEY_COLUMNS_MAX];
    (void)count;
    calx__key_of_row(object->model, values, key);
    made->of_row = calx__identity_map_find(&session->map, object->model, key);
    if (made->of_row != NULL)
        return calx__object_load(made->of_row, values, err);
    if (!calx__undo_keep(&session->undo, object))
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    object->key_generated = calx__object_generates_key(object);
    int code = calx__record_decode(object->model, values, object->record, &session->arena, err);
    if (code < 0)
        return code;
    calx__record_copy(object->model, object->snapshot, object->record, &session->arena);
    calx__object_set_state(object, CALX__PERSISTENT);
    object->made = false; /* others may refer to its row */
    made->of_row = object;
    return calx__identity_map_add(&session->map, object)
               ? 0
               : calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
}

static calx__statement insert_of(const upsert *made)
{
    return (calx__statement){.kind = CALX__INSERT,
                             .model = model_of(made),
                             .columns = made->work.columns,
                             .values = made->values,
                             .limit = -1};
}

static int send(upsert *made, const calx__statement *statement, calx_unit_statement *one)
{
    calx_unit unit = {.statements = one, .statement_count = 1};
    *one = (calx_unit_statement){
        .rows_expected = CALX_ROWS_ANY, .row = one->row, .context = one->context};
    if (calx__session_compile(made->session, statement, one) < 0)
        return made->session->error.code;
    return calx__session_send(made->session, &unit, false);
}

/* INSERT … ON CONFLICT (…) DO UPDATE SET … */
static int insert_or_update(upsert *made)
{
    calx__statement statement = insert_of(made);
    calx__clauses clauses = *made->update->statement.clauses;
    calx_unit_statement one = {0};
    clauses.conflict = made->conflict;
    statement.clauses = &clauses;
    return send(made, &statement, &one);
}

/* 1: somebody has the row, or another one with a unique column of this one. */
static int insert(upsert *made, calx_error *err)
{
    calx_session *session = made->session;
    calx__statement statement = insert_of(made);
    calx_unit_statement one = {.rows_expected = 1};
    calx_unit unit = {.statements = &one, .statement_count = 1, .write = true};
    if (calx__session_compile(session, &statement, &one) < 0)
        return session->error.code;
    int code =
        calx__connection_run(session->connection, &unit, calx__session_deadline(session), err);
    if (code == CALX_ERROR_UNIQUE && calx__connection_in_transaction(session->connection))
        return 1;
    return code < 0 ? calx__session_fail_with(session, err) : 0;
}

static int update_or_insert(upsert *made)
{
    calx_error err = {0};
    calx_unit_statement one = {0};
    made->update->statement.matched = made->conflict;
    made->update->statement.match = made->match;
    for (int tries = 0; tries < 2; tries++) {
        if (send(made, &made->update->statement, &one) < 0)
            return made->session->error.code;
        if (one.rows_affected > 0)
            return 0;
        if (err.code != CALX_OK)
            break;
        int code = insert(made, &err);
        if (code <= 0)
            return code;
    }
    return calx__session_fail_with(made->session, &err);
}

/* What is there now, even if the transaction's snapshot is older. */
static int read_back(upsert *made)
{
    calx__clauses clauses = {.lock = CALX__LOCK_WAIT};
    calx__statement statement = {.model = model_of(made),
                                 .matched = made->conflict,
                                 .match = made->match,
                                 .clauses = &clauses,
                                 .limit = -1};
    calx_unit_statement one = {.row = read_row, .context = made};
    int code = send(made, &statement, &one);
    if (code == 0 && made->of_row == NULL)
        return calx_session_fail(made->session, CALX_ERROR_STALE,
                                 "table \"%s\": the row is not there any more",
                                 model_of(made)->table);
    return code;
}

static int run(upsert *made, uint64_t update)
{
    bool named = calx__engine_dialect(made->session->engine)->on_conflict != NULL;
    if (take_values(made, update) < 0)
        return made->session->error.code;
    if (made->plain) {
        calx__object_set_state(made->object, CALX__PENDING);
        made->of_row = made->object;
        return calx_session_flush(made->session);
    }
    if (assign(made, update) < 0 || (named ? insert_or_update(made) : update_or_insert(made)) < 0 ||
        read_back(made) < 0)
        return made->session->error.code;
    calx__relations_expire_lists(made->session, model_of(made));
    return 0;
}

void *calx__session_upsert(calx_session *session, void *record, const calx_column *const *conflict,
                           size_t conflict_count, const calx_column *const *update,
                           size_t update_count)
{
    calx__object *object = calx__object_of(record);
    upsert made = {.session = session, .object = object, .plan = {.session = session}};
    uint64_t columns = 0;
    assert(object->session == session);
    if (calx__session_state(session) < 0 || object->scratch ||
        check(&made, conflict, conflict_count) < 0)
        return record;
    for (size_t i = 0; i < update_count; i++)
        columns |= UINT64_C(1) << (update[i] - object->model->columns);
    calx__object_set_state(object, CALX__TRANSIENT);
    if (calx_session_flush(session) < 0)
        return record;
    calx__session_begin_work(session);
    run(&made, columns);
    calx__session_end_work(session);
    return made.of_row ? made.of_row->record : record;
}
