/* unit_of_work.c: what a flush has to do, as one unit of the driver contract, in an order that is
 * the same for every session. */
#include "core/orm/session.h"

#include <stdlib.h>
#include <string.h>

/* One object that is to be written. */
typedef struct work {
    calx__object *object;
    calx__statement_kind kind;
    size_t sequence; /* objects of one table without a key keep the order of their making */
    uint64_t changes;
    calx_value key;
} work;

typedef struct unit_of_work {
    calx_session *session;
    work *works;
    size_t work_count;
    size_t
        delete_count; /* deletes by condition come first: they were asked for before the changes */
    calx_unit unit;
} unit_of_work;

static bool object_work(const calx__object *object, work *out)
{
    *out = (work){.object = (calx__object *)object};
    if (object->state == CALX__PENDING) {
        out->kind = CALX__INSERT;
    } else if (object->state == CALX__DELETED) {
        out->kind = CALX__DELETE;
    } else if (object->state == CALX__PERSISTENT) {
        out->kind = CALX__UPDATE;
        out->changes = calx__object_changes(object);
        return out->changes != 0;
    } else {
        return false;
    }
    return true;
}

bool calx__session_has_changes(const calx_session *session, const calx_model *model)
{
    work unused;
    for (const calx__object *object = session->objects; object; object = object->next)
        if ((model == NULL || object->model == model) && object_work(object, &unused))
            return true;
    return false;
}

bool calx__session_has_deletes(const calx_session *session, const calx_model *model)
{
    for (const calx__bulk_delete *delete = session->deletes; delete; delete = delete->next)
        if (model == NULL || delete->statement.model == model)
            return true;
    return false;
}

bool calx__session_is_dirty(const calx_session *session, const calx_model *model)
{
    return calx__session_has_deletes(session, model) || calx__session_has_changes(session, model);
}

static int key_compare(const calx_value *a, const calx_value *b)
{
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->kind == CALX_KIND_INTEGER)
        return a->as.integer < b->as.integer ? -1 : a->as.integer > b->as.integer;
    if (a->kind != CALX_KIND_TEXT)
        return 0;
    size_t length = a->as.text.length < b->as.text.length ? a->as.text.length : b->as.text.length;
    int order = memcmp(a->as.text.data, b->as.text.data, length);
    if (order != 0)
        return order;
    return a->as.text.length < b->as.text.length ? -1 : a->as.text.length > b->as.text.length;
}

/*
 * By table and key: sessions that lock the same rows lock them in the same order. New rows come
 * after those that exist: SQLite gives the key of a row that somebody else has deleted to the next
 * one that is inserted, and an update or delete meant for the old one would hit it.
 */
static int work_compare(const void *left, const void *right)
{
    const work *a = left;
    const work *b = right;
    bool a_inserts = a->kind == CALX__INSERT;
    bool b_inserts = b->kind == CALX__INSERT;
    int order = strcmp(a->object->model->table, b->object->model->table);
    if (order == 0 && a_inserts != b_inserts)
        return a_inserts ? 1 : -1;
    if (order == 0)
        order = key_compare(&a->key, &b->key);
    if (order == 0)
        order = a->sequence < b->sequence ? -1 : 1;
    return order;
}

/* Is the key left to the database? An integer that is 0. */
static bool key_is_generated(const calx_value *key)
{
    return key->kind == CALX_KIND_INTEGER && key->as.integer == 0;
}

/* Lists what has changed, in order. */
static int collect(unit_of_work *plan)
{
    calx_session *session = plan->session;
    size_t capacity = 0;
    work one;
    for (calx__object *object = session->objects; object; object = object->next)
        capacity += object_work(object, &one);
    plan->works = calx_arena_alloc(&session->arena, capacity * sizeof *plan->works);
    if (plan->works == NULL)
        return calx__session_state(session);
    for (calx__object *object = session->objects; object; object = object->next) {
        if (plan->work_count < capacity && object_work(object, &one)) {
            one.sequence = plan->work_count;
            one.key = calx__record_key(object->model, one.kind == CALX__INSERT ? object->record
                                                                               : object->snapshot);
            plan->works[plan->work_count++] = one;
        }
    }
    if (plan->work_count > 1)
        qsort(plan->works, plan->work_count, sizeof *plan->works, work_compare);
    for (calx__bulk_delete *delete = session->deletes; delete; delete = delete->next)
        plan->delete_count++;
    return 0;
}

/* Bytes that were lent by the user until now are the session's from here on. */
static int keep_bytes(calx_session *session, const calx_column *column, calx__object *object,
                      calx_value *value)
{
    if (value->kind != CALX_KIND_TEXT && value->kind != CALX_KIND_BLOB)
        return 0;
    bool is_text = value->kind == CALX_KIND_TEXT;
    const void *data = is_text ? (const void *)value->as.text.data : value->as.blob.data;
    size_t length = is_text ? value->as.text.length : value->as.blob.length;
    calx_text copy = calx_arena_copy(&session->arena, data, length);
    if (copy.data == NULL)
        return calx__session_state(session);
    if (is_text) {
        value->as.text = copy;
        *(calx_text *)calx__member(column, object->record) = copy;
    } else {
        value->as.blob = (calx_blob){copy.data, copy.length};
        *(calx_blob *)calx__member(column, object->record) = value->as.blob;
    }
    return 0;
}

/* The values of the columns that are written; refused ones name their column, and nothing has been
 * sent yet. */
static int encode(calx_session *session, const work *item, uint64_t columns, calx_value **out)
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
        if (column->type->encode(column, calx__member(column, item->object->record), &values[i],
                                 &err) < 0) {
            calx_error_prefix(&err, "column \"%s\"", column->member);
            return calx__session_fail_with(session, &err);
        }
        if (keep_bytes(session, column, item->object, &values[i]) < 0)
            return session->error.code;
    }
    *out = values;
    return 0;
}

static uint64_t all_columns(const calx_model *model)
{
    return model->column_count == 64 ? UINT64_MAX : (UINT64_C(1) << model->column_count) - 1;
}

/* The statement that writes one object. where is storage for its condition. */
static int describe(calx_session *session, const work *item, calx_expression *where,
                    calx__statement *out)
{
    const calx_model *model = item->object->model;
    const calx_column *key = calx_model_primary_key(model);
    uint64_t key_bit = UINT64_C(1) << (key - model->columns);
    *out = (calx__statement){.kind = item->kind, .model = model, .limit = -1};
    if (item->kind == CALX__INSERT) {
        out->generates_key = key_is_generated(&item->key);
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

static int add_statement(unit_of_work *plan, const calx__statement *statement,
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
static int64_t rows_expected(const calx_session *session, const work *item)
{
    bool either =
        item->kind == CALX__DELETE && calx__session_has_deletes(session, item->object->model);
    return either ? CALX_ROWS_ANY : 1;
}

static int build(unit_of_work *plan)
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
static int run(unit_of_work *plan, bool commit)
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

/* Another object that still stands for this key: its row was deleted by a condition before. */
static void displace(calx_session *session, calx__object *object)
{
    calx_value key = calx__record_key(object->model, object->snapshot);
    calx__object *other = calx__identity_map_find(&session->map, object->model, &key);
    if (other != NULL) {
        calx__object_lose_row(other);
    }
}

/* Keeps what the row was before the open transaction, for a rollback. */
static void keep_before(calx_session *session, calx__object *object)
{
    size_t size = object->model->size;
    if (object->before != NULL || (object->inserted && !object->removed))
        return;
    object->before = calx_arena_alloc(&session->arena, size);
    if (object->before != NULL)
        memcpy(object->before, object->snapshot, size);
}

/* What was written is the new snapshot. */
static void apply_update(calx_session *session, calx__object *object, bool commit)
{
    if (!commit)
        keep_before(session, object);
    memcpy(object->snapshot, object->record, object->model->size);
}

static void apply_insert(calx_session *session, calx__object *object,
                         const calx_unit_statement *done, bool commit)
{
    const calx_column *key = calx_model_primary_key(object->model);
    calx_error err = {.outcome = commit ? CALX_OUTCOME_DONE : CALX_OUTCOME_NOT_DONE};
    calx_value generated = calx_value_integer(done->generated_key);
    if (done->generates_key &&
        key->type->decode(key, &generated, calx__member(key, object->record), NULL, &err) < 0) {
        calx_error_prefix(&err, "generated key of table \"%s\"", object->model->table);
        calx__session_fail_with(session, &err);
        object->state = CALX__TRANSIENT;
        return;
    }
    if (!commit && object->removed)
        keep_before(session, object);
    memcpy(object->snapshot, object->record, object->model->size);
    object->key_generated = done->generates_key;
    object->state = CALX__PERSISTENT;
    object->expired = false;
    object->inserted = true;
    displace(session, object);
    if (!calx__identity_map_add(&session->map, object)) {
        calx_error_set(&err, CALX_ERROR_NO_MEMORY, "out of memory");
        calx__session_fail_with(session, &err);
    }
}

/* What was sent is what the objects are now. */
static void apply(unit_of_work *plan, bool commit)
{
    calx_session *session = plan->session;
    size_t index = 0;
    for (calx__bulk_delete *delete = session->deletes; delete; delete = delete->next) {
        delete->rows = plan->unit.statements[index++].rows_affected;
        for (calx__object *object = session->objects; object; object = object->next)
            if (object->model == delete->statement.model)
                object->expired = true;
    }
    session->deletes = NULL;
    session->deletes_end = &session->deletes;
    for (size_t i = 0; i < plan->work_count; i++) {
        calx__object *object = plan->works[i].object;
        if (plan->works[i].kind == CALX__INSERT) {
            apply_insert(session, object, &plan->unit.statements[index + i], commit);
        } else if (plan->works[i].kind == CALX__UPDATE) {
            apply_update(session, object, commit);
        } else {
            calx__object_lose_row(object);
        }
    }
}

/* After a commit the next get of every object asks the database. */
static void finish_transaction(calx_session *session)
{
    calx__connection_release(session->connection);
    session->connection = NULL;
    for (calx__object *object = session->objects; object; object = object->next) {
        object->expired = object->state == CALX__PERSISTENT;
        object->inserted = false;
        object->removed = false;
        object->before = NULL;
    }
}

static int commit_alone(calx_session *session)
{
    calx_error err = {0};
    if (session->connection != NULL &&
        calx__connection_commit(session->connection, calx__session_deadline(session), &err) < 0)
        return calx__session_fail_with(session, &err);
    finish_transaction(session);
    return 0;
}

int calx__session_write(calx_session *session, bool commit)
{
    if (calx__session_state(session) < 0)
        return session->error.code;
    unit_of_work plan = {.session = session};
    if (!calx__session_is_dirty(session, NULL))
        return commit ? commit_alone(session) : 0;
    if (collect(&plan) < 0 || build(&plan) < 0 || run(&plan, commit) < 0)
        return session->error.code;
    apply(&plan, commit);
    if (commit)
        finish_transaction(session);
    return calx__session_state(session);
}
