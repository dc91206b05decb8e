/* objects.c: objects become part of a session, and leave it. */
#include "core/orm/key.h"
#include "core/orm/relationship.h"

#include <string.h>

/* ---- Extents ---- */

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
    calx_record_init(model, blank);
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
    calx__object *object =
        calx_arena_alloc_raw(&session->arena, sizeof *object + size + model->size);
    if (object == NULL || extent == NULL)
        return NULL;
    *object = (calx__object){
        .magic = CALX__OBJECT_MAGIC,
        .session = session,
        .model = model,
        .extent = extent,
        .snapshot = object->record + size,
    };
    memset(object->record, 0, model->size);
    *extent->end = object;
    extent->end = &object->next;
    return object;
}

/* ---- In and out ---- */

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

/* What was to be deleted with it stays, too. */
static void keep_links(calx__object *object)
{
    calx_session *session = object->session;
    session->deletes_end = &session->deletes;
    for (calx__bulk_delete *at = session->deletes; at; at = at->next) {
        if (at->links_of == object)
            continue;
        *session->deletes_end = at;
        session->deletes_end = &at->next;
    }
    *session->deletes_end = NULL;
}

void calx__object_add(calx__object *object)
{
    if (object->state == CALX__TRANSIENT) {
        calx__object_set_state(object, CALX__PENDING);
    } else if (object->state == CALX__DELETED) {
        calx__object_set_state(object, CALX__PERSISTENT);
        keep_links(object);
    }
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
    if (calx__session_state(session) < 0 || object->scratch)
        return;
    calx__object_add(object);
    calx__relations_added(object);
}

void calx_session_delete(calx_session *session, void *record)
{
    calx__object *object = calx__object_of(record);
    assert(object->session == session);
    if (calx__session_state(session) < 0 || !calx__is_in_session(object))
        return;
    calx__object_delete(object);
    calx__relations_deleted(object);
}

void calx__object_lose_row(calx__object *object)
{
    calx_session *session = object->session;
    if (session->connection != NULL && !calx__undo_keep(&session->undo, object))
        calx_session_fail(session, CALX_ERROR_NO_MEMORY, "out of memory");
    calx__identity_map_remove(&session->map, object);
    calx__object_set_state(object, CALX__TRANSIENT);
}

/* The object as the session knows it, if it has a row. */
static calx__object *persistent(calx_session *session, const void *record)
{
    calx__object *object = calx__object_of(record);
    assert(object->session == session);
    return calx__session_state(session) == 0 && object->state == CALX__PERSISTENT ? object : NULL;
}

void calx_session_expire(calx_session *session, void *record)
{
    calx__object *object = persistent(session, record);
    if (object == NULL)
        return;
    calx__relations_forget(object);
    object->expired = true;
}

void calx__session_expire_all(calx_session *session, const calx_model *model)
{
    calx__extent *extent = calx__session_extent(session, model);
    for (calx__object *object = extent ? extent->first : NULL; object; object = object->next)
        object->expired = true;
    calx__relations_expire_lists(session, model);
}

int calx_session_refresh(calx_session *session, void *record)
{
    calx__object *object = persistent(session, record);
    calx_value key[CALX_KEY_COLUMNS_MAX];
    size_t count;
    if (object == NULL)
        return calx_session_fail(session, CALX_ERROR_STATE,
                                 "model %s: an object without a row cannot be loaded anew",
                                 calx_object_model(record)->name);
    calx_session_expire(session, record);
    calx_model_key(object->model, &count);
    calx__key_of_record(object->model, object->snapshot, key);
    if (calx__session_get(session, object->model, key, count) == record)
        return 0;
    return calx_session_fail(session, CALX_ERROR_STALE,
                             "table \"%s\": the row is not there any more", object->model->table);
}

void calx_session_expunge(calx_session *session, void *record)
{
    calx__object *object = calx__object_of(record);
    assert(object->session == session);
    if (calx__session_state(session) < 0 || object->scratch)
        return;
    calx__relations_expunged(object);
    calx__identity_map_remove(&session->map, object);
    calx__object_set_state(object, CALX__TRANSIENT);
    object->expired = false;
    calx__undo_forget(object);
}

void *calx__session_merge(calx_session *session, const calx_model *model, const void *record)
{
    if (calx_model_check(model, &session->error) < 0 || calx__session_state(session) < 0)
        return calx_session_scratch(session, model);
    calx_value key[CALX_KEY_COLUMNS_MAX];
    size_t count;
    calx_model_key(model, &count);
    calx__key_of_record(model, record, key);
    void *own = calx__session_get(session, model, key, count);
    if (own == NULL)
        own = calx_session_new(session, model);
    for (size_t i = 0; i < model->column_count; i++)
        if (!model->columns[i].version || calx__object_of(own)->state == CALX__PENDING)
            calx__member_copy(&model->columns[i], own, record, &session->arena);
    return own;
}

const calx_model *calx_object_model(const void *record)
{
    return calx__object_of(record)->model;
}
