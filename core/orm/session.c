/* session.c: the life of a session and of its objects. */
#include "core/orm/relationship.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

calx_session *calx_session_create(calx_engine *engine)
{
    calx_session *session = calloc(1, sizeof *session);
    calx__object *scratch = calloc(1, sizeof *scratch + CALX_MODEL_SIZE_MAX);
    if (session == NULL || scratch == NULL) {
        free(session);
        free(scratch);
        return NULL;
    }
    scratch->magic = CALX__OBJECT_MAGIC;
    scratch->session = session;
    session->engine = engine;
    session->scratch = scratch;
    session->deadline_us = CALX_NO_DEADLINE;
    session->autoflush = true;
    session->deletes_end = &session->deletes;
    session->spare_query.session = session;
    session->spare_typed.query = &session->spare_query;
    return session;
}

void calx_session_destroy(calx_session *session)
{
    if (session == NULL)
        return;
    calx__connection_release(session->connection);
    calx__identity_map_finish(&session->map);
    calx_arena_finish(&session->arena);
    calx_arena_finish(&session->working);
    free(session->scratch);
    free(session);
}

void calx_session_set_deadline(calx_session *session, int64_t deadline_us)
{
    session->deadline_us = deadline_us;
}

void calx_session_set_isolation(calx_session *session, calx_isolation isolation)
{
    session->isolation = isolation;
}

void calx_session_set_autoflush(calx_session *session, bool autoflush)
{
    session->autoflush = autoflush;
}

calx_engine *calx_session_engine(const calx_session *session)
{
    return session->engine;
}

calx_arena *calx_session_arena(calx_session *session)
{
    return &session->arena;
}

const calx_error *calx_session_error(const calx_session *session)
{
    return session->error.code ? &session->error : NULL;
}

int calx_session_fail(calx_session *session, calx_error_class code, const char *format, ...)
{
    char message[CALX_ERROR_MESSAGE_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    return calx_error_set(&session->error, code, "%s", message);
}

int calx__session_fail_with(calx_session *session, const calx_error *err)
{
    if (session->error.code == CALX_OK)
        session->error = *err;
    return session->error.code;
}

int calx__session_state(calx_session *session)
{
    if (session->arena.failed || session->working.failed)
        calx_error_set(&session->error, CALX_ERROR_NO_MEMORY, "out of memory");
    return session->error.code;
}

/* Without a deadline of the caller a statement has its own limit, and the time to find out that the
 * server has stopped keeping it. */
int64_t calx__session_deadline(const calx_session *session)
{
    if (session->deadline_us != CALX_NO_DEADLINE)
        return session->deadline_us;
    const calx_engine_options *options = calx__engine_options(session->engine);
    int limit_ms = options->statement_timeout_ms;
    return limit_ms ? calx_deadline_in_ms((int64_t)limit_ms + options->connect_timeout_ms)
                    : CALX_NO_DEADLINE;
}

void *calx_session_scratch(calx_session *session, const calx_model *model)
{
    session->scratch->model = model;
    calx__record_init(model, session->scratch->record);
    return session->scratch->record;
}

calx__extent *calx__session_extent(const calx_session *session, const calx_model *model)
{
    calx__extent *extent = session->extents;
    while (extent != NULL && extent->model != model)
        extent = extent->next;
    return extent;
}

calx__extent *calx__session_make_extent(calx_session *session, const calx_model *model)
{
    calx__extent *extent = calx__session_extent(session, model);
    if (extent != NULL)
        return extent;
    extent = calx_arena_alloc(&session->arena, sizeof *extent);
    void *blank = calx_arena_alloc(&session->arena, model->size);
    if (extent == NULL || blank == NULL)
        return NULL;
    calx__record_init(model, blank);
    calx__record_set_defaults(model, blank);
    *extent = (calx__extent){.model = model, .blank = blank, .next = session->extents};
    extent->end = &extent->first;
    session->extents = extent;
    return extent;
}

calx__object *calx__session_object_create(calx_session *session, const calx_model *model)
{
    calx__extent *extent = calx__session_make_extent(session, model);
    size_t unit = alignof(max_align_t);
    size_t size = (model->size + unit - 1) / unit * unit;
    calx__object *object = calx_arena_alloc(&session->arena, sizeof *object + size + model->size);
    if (object == NULL || extent == NULL)
        return NULL;
    object->magic = CALX__OBJECT_MAGIC;
    object->session = session;
    object->model = model;
    object->extent = extent;
    object->snapshot = object->record + size;
    *extent->end = object;
    extent->end = &object->next;
    return object;
}

void *calx_session_new(calx_session *session, const calx_model *model)
{
    if (calx_model_check(model, &session->error) < 0 || calx__session_state(session) < 0)
        return calx_session_scratch(session, model);
    calx__object *object = calx__session_object_create(session, model);
    if (object == NULL) {
        calx__session_state(session);
        return calx_session_scratch(session, model);
    }
    memcpy(object->record, object->extent->blank, model->size);
    memcpy(object->snapshot, object->extent->blank, model->size);
    calx__object_set_state(object, CALX__PENDING);
    object->made = true;
    return object->record;
}

void calx__object_add(calx__object *object)
{
    if (object->state == CALX__TRANSIENT)
        calx__object_set_state(object, CALX__PENDING);
    else if (object->state == CALX__DELETED)
        calx__object_set_state(object, CALX__PERSISTENT);
}

void calx__object_delete(calx__object *object)
{
    if (object->state == CALX__PENDING)
        calx__object_set_state(object, CALX__TRANSIENT);
    else if (object->state == CALX__PERSISTENT)
        calx__object_set_state(object, CALX__DELETED);
}

void calx_session_add(calx_session *session, void *record)
{
    calx__object *object = calx__object_of(record);
    assert(object->session == session);
    if (calx__session_state(session) < 0 || object == session->scratch)
        return;
    calx__object_add(object);
    calx__relations_added(object);
}

void calx_session_delete(calx_session *session, void *record)
{
    calx__object *object = calx__object_of(record);
    assert(object->session == session);
    if (calx__session_state(session) < 0 || object == session->scratch)
        return;
    calx__object_delete(object);
    calx__relations_deleted(object);
}

int calx_session_flush(calx_session *session)
{
    return calx__session_write(session, false);
}

int calx_session_commit(calx_session *session)
{
    return calx__session_write(session, true);
}

/* An insert that was rolled back leaves a new object without the key that the database had made. */
static void object_forget_insert(calx__object *object)
{
    calx__identity_map_remove(&object->session->map, object);
    calx__object_set_state(object, CALX__TRANSIENT);
    const calx_column *key = calx_model_generated_key(object->model);
    if (object->key_generated)
        memset(calx__member(key, object->record), 0, key->type->size);
    object->key_generated = false;
    object->expired = false;
    calx__record_init(object->model, object->snapshot);
}

void calx__object_lose_row(calx__object *object)
{
    calx__identity_map_remove(&object->session->map, object);
    calx__object_set_state(object, CALX__TRANSIENT);
    object->removed = object->removed || !object->inserted;
}

static void object_rollback(calx__object *object)
{
    calx__identity_map *map = &object->session->map;
    if (object->removed && object->inserted)
        calx__identity_map_remove(map, object); /* under the key of its second row */
    else if (object->inserted)
        object_forget_insert(object);
    if (object->before != NULL)
        memcpy(object->snapshot, object->before, object->model->size);
    if (object->removed)
        calx__object_set_state(object, calx__identity_map_add(map, object) ? CALX__PERSISTENT
                                                                           : CALX__TRANSIENT);
    else if (object->state == CALX__DELETED)
        calx__object_set_state(object, CALX__PERSISTENT);
    else if (object->state == CALX__PENDING)
        calx__object_set_state(object, CALX__TRANSIENT);
    if (object->state == CALX__PERSISTENT) {
        calx__record_copy(object->model, object->record, object->snapshot, &object->session->arena);
        object->expired = true;
    }
    object->inserted = false;
    object->removed = false;
    object->before = NULL;
}

void calx_session_rollback(calx_session *session)
{
    /* Which rolls back, in a time of its own: the session's may be over. */
    calx__connection_release(session->connection);
    session->connection = NULL;
    for (calx__extent *extent = session->extents; extent; extent = extent->next)
        for (calx__object *object = extent->first; object; object = object->next)
            object_rollback(object);
    calx__relations_rolled_back(session);
    session->deletes = NULL;
    session->deletes_end = &session->deletes;
    session->arena.failed = false;
    session->working.failed = false;
    calx_error_clear(&session->error);
}

const calx_model *calx_object_model(const void *record)
{
    return calx__object_of(record)->model;
}
