/* get.c: objects by their primary key. */
#include "core/orm/key.h"
#include "core/orm/session.h"

#include <string.h>

typedef struct one_reader {
    calx_session *session;
    const calx_model *model;
    calx__object *object; /* NULL while there was no row */
} one_reader;

static int read_one(void *context, const calx_value *values, size_t count, calx_error *err)
{
    one_reader *reader = context;
    (void)count;
    return calx__object_of_row(reader->session, reader->model, values, &reader->object, err);
}

static int read_by_key(calx_session *session, const calx_value *key, one_reader *reader)
{
    calx__sql_cache *cache = calx__engine_sql_cache(session->engine);
    calx_unit_statement one = {.sql = calx__sql_cache_get(cache, reader->model),
                               .binds = key,
                               .row = read_one,
                               .context = reader};
    if (one.sql != NULL)
        return calx__session_read(session, &one);
    calx__statement statement = {.model = reader->model,
                                 .matched = calx__key_bits(reader->model),
                                 .match = key,
                                 .limit = -1};
    calx__session_begin_work(session);
    int code = calx__session_compile(session, &statement, &one);
    if (code == 0) {
        calx__sql_cache_keep_get(cache, one.sql);
        code = calx__session_read(session, &one);
    }
    calx__session_end_work(session);
    return code;
}

/* Can a row have such a key? Text that no database stores is not asked for. */
static bool is_storable(const calx_value *value)
{
    if (value->kind != CALX_KIND_TEXT)
        return value->kind != CALX_KIND_NULL && value->kind != CALX_KIND_DOUBLE;
    return memchr(value->as.text.data, '\0', value->as.text.length) == NULL &&
           calx_utf8_valid(value->as.text.data, value->as.text.length);
}

/* 1: ask for it; 0: there can be no such row; negative: it is no key of the model. */
static int check_key(calx_session *session, const calx_model *model, const calx_value *key,
                     size_t count)
{
    size_t columns;
    const uint8_t *indexes = calx_model_key(model, &columns);
    if (count != columns)
        return calx_session_fail(session, CALX_ERROR_INVALID,
                                 "model %s: the primary key has %zu columns, got %zu values",
                                 model->name, columns, count);
    for (size_t i = 0; i < count; i++) {
        const calx_column *column = &model->columns[indexes[i]];
        if (!is_storable(&key[i]))
            return 0;
        if (key[i].kind != column->type->kind)
            return calx_session_fail(
                session, CALX_ERROR_INVALID, "column \"%s\": expected %s, got %s", column->member,
                calx_kind_name(column->type->kind), calx_kind_name(key[i].kind));
    }
    return 1;
}

/* A row that is gone leaves its object outside the session; if the open transaction has deleted it,
 * a rollback brings both back. */
static void object_forget(calx__object *object)
{
    calx__object_lose_row(object);
    object->expired = false;
}

void *calx__session_get(calx_session *session, const calx_model *model, const calx_value *key,
                        size_t count)
{
    if (calx_model_check(model, &session->error) < 0 || calx__session_state(session) < 0)
        return NULL;
    if (check_key(session, model, key, count) <= 0)
        return NULL;
    calx__object *held = calx__identity_map_find(&session->map, model, key);
    if (held != NULL && !held->expired && !calx__session_has_deletes(session, model))
        return held->record;
    /* An update cannot change a key: only rows that come or go are to be flushed first. */
    if (session->autoflush && calx__session_moves_keys(session, model)) {
        if (calx_session_flush(session) < 0)
            return NULL;
        held = calx__identity_map_find(&session->map, model, key);
    }
    one_reader reader = {.session = session, .model = model};
    if (read_by_key(session, key, &reader) < 0)
        return NULL;
    if (reader.object == NULL && held != NULL)
        object_forget(held);
    return reader.object ? reader.object->record : NULL;
}
