/* undo.c: keeps and restores what objects were. */
#include "core/orm/undo.h"

#include <string.h>

#include "core/orm/key.h"
#include "core/orm/session.h"

bool calx__undo_keep(calx__undo_log *log, calx__object *object)
{
    if (object->undo != NULL && object->undo->level == log->level)
        return true;
    size_t size = object->model->size;
    bool has_row = object->state == CALX__PERSISTENT || object->state == CALX__DELETED;
    struct calx__undo *kept = calx_arena_alloc(&log->memory, sizeof *kept);
    void *snapshot = has_row ? calx_arena_alloc(&log->memory, size) : NULL;
    if (kept == NULL || (has_row && snapshot == NULL))
        return false;
    if (has_row)
        memcpy(snapshot, object->snapshot, size);
    *kept = (struct calx__undo){.object = object,
                                .key_generated = object->key_generated,
                                .level = log->level,
                                .snapshot = snapshot,
                                .earlier = log->latest,
                                .older = object->undo};
    log->latest = kept;
    object->undo = kept;
    return true;
}

void calx__undo_forget(calx__object *object)
{
    for (struct calx__undo *kept = object->undo; kept; kept = kept->older)
        kept->object = NULL;
    object->undo = NULL;
}

/* An insert that was rolled back leaves a new object without the key that the database had made. */
static void restore_new(calx__object *object, const struct calx__undo *kept)
{
    const calx_column *key = calx_model_generated_key(object->model);
    if (object->key_generated && !kept->key_generated)
        memset(calx__member(key, object->record), 0, key->type->size);
    object->expired = false;
    calx__object_set_state(object, CALX__TRANSIENT);
}

/* The object of the row that was, again. Another one may have been loaded for its key meanwhile. */
static bool restore_row(calx__object *object)
{
    calx__identity_map *map = &object->session->map;
    calx_value key[CALX_KEY_COLUMNS_MAX];
    calx__key_of_record(object->model, object->snapshot, key);
    calx__object *other = calx__identity_map_find(map, object->model, key);
    if (other != NULL) {
        calx__identity_map_remove(map, other);
        calx__object_set_state(other, CALX__TRANSIENT);
    }
    return calx__identity_map_add(map, object);
}

static void restore(const struct calx__undo *kept)
{
    calx__object *object = kept->object;
    if (object == NULL)
        return;
    bool had_row = kept->snapshot != NULL;
    calx__identity_map_remove(&object->session->map, object);
    memcpy(object->snapshot, had_row ? kept->snapshot : object->extent->blank, object->model->size);
    if (had_row && restore_row(object))
        calx__object_set_state(object, CALX__PERSISTENT);
    else
        restore_new(object, kept);
    object->key_generated = kept->key_generated;
    object->undo = kept->older;
}

void calx__undo_restore(calx__undo_log *log, unsigned level)
{
    for (; log->latest != NULL && log->latest->level >= level; log->latest = log->latest->earlier)
        restore(log->latest);
    log->level = level > 0 ? level - 1 : 0;
    if (log->latest == NULL)
        calx__undo_clear(log);
}

void calx__undo_release(calx__undo_log *log)
{
    for (struct calx__undo *kept = log->latest; kept && kept->level == log->level;
         kept = kept->earlier)
        kept->level--;
    log->level--;
}

void calx__undo_clear(calx__undo_log *log)
{
    for (struct calx__undo *kept = log->latest; kept; kept = kept->earlier)
        if (kept->object != NULL)
            kept->object->undo = NULL;
    log->latest = NULL;
    if (log->memory.blocks != NULL)
        calx_arena_clear(&log->memory);
}
