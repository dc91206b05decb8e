/* loader.c: from rows to objects, through the identity map. */
#include "core/engine/reads.h"
#include "core/orm/key.h"
#include "core/orm/relationship.h"
#include "core/schema/type.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define LIST_CAPACITY_MIN 64u
#define PRINTED_MAX 64u /* bytes of a key in a message */

void calx__session_begin_work(calx_session *session)
{
    session->working_for++;
}

void calx__session_end_work(calx_session *session)
{
    if (--session->working_for == 0 && session->working.blocks != NULL)
        calx_arena_clear(&session->working);
}

int calx__session_compile(calx_session *session, const calx__statement *statement,
                          calx_unit_statement *out)
{
    if (calx__session_state(session) < 0)
        return session->error.code;
    calx_error err = {0};
    calx_value *binds = NULL;
    int code = calx__statement_compile(calx__engine_sql_cache(session->engine),
                                       calx__engine_dialect(session->engine), statement,
                                       &session->working, &out->sql, &binds, &err);
    out->binds = binds;
    return code < 0 ? calx__session_fail_with(session, &err) : 0;
}

int calx__session_connect(calx_session *session, int64_t deadline_us, calx__connection **out,
                          calx_error *err)
{
    *out = session->connection;
    if (*out != NULL)
        return 0;
    int code = calx__connection_acquire(session->engine, deadline_us, out, err);
    if (code < 0 || session->isolation <= CALX_ISOLATION_READ_COMMITTED)
        return code;
    code = calx__connection_begin(*out, session->isolation, false, deadline_us, err);
    if (code == 0)
        session->connection = *out;
    return code;
}

/* In the session's transaction, which this may begin. */
static int read_within(calx_session *session, calx_unit_statement *statement, int64_t deadline_us,
                       calx_error *err)
{
    calx__connection *connection = NULL;
    calx_unit unit = {
        .statements = statement, .statement_count = 1, .isolation = session->isolation};
    int code = calx__session_connect(session, deadline_us, &connection, err);
    if (code == 0)
        code = calx__connection_run(connection, &unit, deadline_us, err);
    if (connection != session->connection)
        calx__connection_release(connection);
    return code;
}

int calx__session_read(calx_session *session, calx_unit_statement *statement)
{
    calx_error err = {0};
    int64_t deadline_us = calx__session_deadline(session);
    bool within = session->connection || session->isolation > CALX_ISOLATION_READ_COMMITTED;
    statement->rows_expected = CALX_ROWS_ANY;
    int code = within ? read_within(session, statement, deadline_us, &err)
                      : calx__engine_read(session->engine, statement, deadline_us, &err);
    return code < 0 ? calx__session_fail_with(session, &err) : calx__session_state(session);
}

int calx__session_execute(calx_session *session, const calx__statement *statement,
                          calx__row_reader *row, void *context)
{
    calx_unit_statement one = {.row = row, .context = context};
    calx__session_begin_work(session);
    int code = calx__session_compile(session, statement, &one);
    if (code == 0)
        code = calx__session_lock_before(session, statement);
    if (code == 0)
        code = calx__session_read(session, &one);
    calx__session_end_work(session);
    return code;
}

int calx__session_flush_for(calx_session *session, const calx_model *model)
{
    if (calx__session_state(session) == 0 && session->autoflush &&
        calx__session_is_dirty(session, model))
        calx_session_flush(session);
    return calx__session_state(session);
}

static bool is_dirty(const void *session, const calx_model *model)
{
    return calx__session_is_dirty(session, model);
}

int calx__session_flush_before(calx_session *session, const calx__statement *statement)
{
    if (calx__session_state(session) == 0 && session->autoflush &&
        calx__statement_reads(statement, is_dirty, session))
        calx_session_flush(session);
    return calx__session_state(session);
}

int calx__session_flush_and_execute(calx_session *session, const calx__statement *statement,
                                    calx__row_reader *row, void *context)
{
    calx__session_flush_before(session, statement);
    return calx__session_execute(session, statement, row, context);
}

/* Whole characters, not too many of them. */
static size_t printed_length(calx_text text)
{
    size_t length = text.length < PRINTED_MAX ? text.length : PRINTED_MAX;
    while (length > 0 && length < text.length && ((unsigned char)text.data[length] & 0xc0) == 0x80)
        length--;
    return length;
}

/* "table "todos", row 3, column "order"": where a stored value is that does not fit. */
static void name_the_place(const calx_model *model, const calx_value *key,
                           const calx_column *column, calx_error *err)
{
    const char *name = calx_column_name(column);
    if (key->kind == CALX_KIND_INTEGER)
        calx_error_prefix(err, "table \"%s\", row %" PRId64 ", column \"%s\"", model->table,
                          key->as.integer, name);
    else if (key->kind == CALX_KIND_TEXT)
        calx_error_prefix(err, "table \"%s\", row \"%.*s\", column \"%s\"", model->table,
                          (int)printed_length(key->as.text), key->as.text.data, name);
    else
        calx_error_prefix(err, "table \"%s\", column \"%s\"", model->table, name);
}

int calx__record_decode(const calx_model *model, const calx_value *values, void *record,
                        calx_arena *arena, calx_error *err)
{
    const calx_value *key = &values[calx_model_primary_key(model) - model->columns];
    for (size_t i = 0; i < model->column_count; i++) {
        const calx_column *column = &model->columns[i];
        int code =
            calx__column_decode(column, &values[i], calx__member(column, record), arena, err);
        if (code < 0) {
            name_the_place(model, key, column, err);
            return code;
        }
    }
    return 0;
}

int calx__object_load(calx__object *object, const calx_value *values, calx_error *err)
{
    const calx_model *model = object->model;
    uint64_t changes = calx__object_changes(object);
    int code = calx__record_decode(model, values, object->snapshot, &object->session->arena, err);
    if (code < 0)
        return code;
    for (size_t i = 0; i < model->column_count; i++)
        if (!(changes >> i & 1))
            calx__member_copy(&model->columns[i], object->record, object->snapshot,
                              &object->session->arena);
    object->expired = false;
    calx__relations_expire(object);
    return 0;
}

/* What the session holds already is read anew only if it has to be, or if it is asked for. */
static int object_of_row(calx_session *session, const calx_model *model, const calx_value *values,
                         bool anew, calx__object **out, calx_error *err)
{
    calx_value key[CALX_KEY_COLUMNS_MAX];
    calx__key_of_row(model, values, key);
    uint32_t hash = calx__key_hash(model, key);
    calx__object *object = calx__identity_map_find_hashed(&session->map, model, key, hash);
    if (object != NULL) {
        *out = object;
        return object->expired || anew ? calx__object_load(object, values, err) : 0;
    }
    object = calx__session_object_create(session, model);
    if (object == NULL)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    int code = calx__record_decode(model, values, object->record, &session->arena, err);
    if (code < 0)
        return code;
    calx__record_copy(model, object->snapshot, object->record, &session->arena);
    calx__object_set_state(object, CALX__PERSISTENT);
    if (!calx__identity_map_add_hashed(&session->map, object, hash))
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    *out = object;
    return 0;
}

int calx__object_of_row(calx_session *session, const calx_model *model, const calx_value *values,
                        calx__object **out, calx_error *err)
{
    return object_of_row(session, model, values, false, out, err);
}

static int collection_grow(calx__collection *to, calx_error *err)
{
    size_t capacity = to->capacity ? to->capacity * 2 : LIST_CAPACITY_MIN;
    void **items = realloc(to->items, capacity * sizeof *items);
    if (items == NULL)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    to->items = items;
    to->capacity = capacity;
    return 0;
}

int calx__collect_row(void *context, const calx_value *values, size_t count, calx_error *err)
{
    calx__collection *to = context;
    const calx__statement *statement = to->statement;
    calx__object *object = NULL;
    void *record = NULL;
    bool locked = statement->clauses != NULL && statement->clauses->lock != CALX__LOCK_NONE;
    (void)count;
    int code = statement->model->info != NULL
                   ? object_of_row(to->session, statement->model, values, locked, &object, err)
                   : calx__row_create(to->session, statement, values, &record, err);
    if (code == 0 && to->count == to->capacity)
        code = collection_grow(to, err);
    if (code == 0)
        to->items[to->count++] = object ? object->record : record;
    return code;
}

calx__object_list calx__collection_finish(calx__collection *collection)
{
    calx_session *session = collection->session;
    calx__object_list list = {0};
    if (calx__session_state(session) == 0 && collection->count > 0)
        list.items = calx_arena_alloc(&session->arena, collection->count * sizeof *list.items);
    if (list.items != NULL) {
        memcpy(list.items, collection->items, collection->count * sizeof *list.items);
        list.count = collection->count;
    }
    free(collection->items);
    calx__session_state(session);
    return list;
}

calx__object_list calx__session_load(calx_session *session, const calx__statement *statement)
{
    calx__collection rows = {.session = session, .statement = statement};
    calx__session_flush_and_execute(session, statement, calx__collect_row, &rows);
    return calx__collection_finish(&rows);
}

calx__object_list *calx__object_list_keep(calx_session *session, const calx__object_list *list)
{
    static calx__object_list nothing;
    calx__object_list *kept = calx_arena_alloc(&session->arena, sizeof *kept);
    if (kept == NULL) {
        calx__session_state(session);
        return &nothing;
    }
    *kept = *list;
    return kept;
}

void *calx__query_all(calx_query *query)
{
    calx__object_list list = calx__query_objects(query);
    return calx__object_list_keep(query->session, &list);
}

void *calx__query_first(calx_query *query)
{
    calx_query one = *query;
    if (one.statement.limit != 0)
        one.statement.limit = 1;
    calx__object_list list = calx__query_objects(&one);
    return list.count > 0 ? list.items[0] : NULL;
}
