/* takeover.c: a new object with the key of one that is to be deleted takes over its row, as in
 * SQLAlchemy: one UPDATE, which is right whatever refers to the row meanwhile. */
#include "core/orm/key.h"
#include "core/orm/relationship.h"

/* The object whose row the new one takes over; NULL if there is none. Where columns of the key are
 * still to come, its row is another one. */
static calx__object *predecessor(const calx__object *fresh)
{
    const calx_model *model = fresh->model;
    calx_value key[CALX_KEY_COLUMNS_MAX];
    if (calx__object_generates_key(fresh) ||
        (calx__relations_changes(fresh) & calx__key_bits(model)) != 0)
        return NULL;
    calx__key_of_record(model, fresh->record, key);
    calx__object *old = calx__identity_map_find(&fresh->session->map, model, key);
    return old != NULL && old->state == CALX__DELETED ? old : NULL;
}

/* From here on it is an object with a row that was changed. What would have been left to the server
 * stays as it is in the row. */
static int take_over(calx__object *fresh, calx__object *old)
{
    calx_session *session = fresh->session;
    const calx_model *model = fresh->model;
    bool left_out;
    if (!calx__undo_keep(&session->undo, fresh) || !calx__undo_keep(&session->undo, old))
        return calx_session_fail(session, CALX_ERROR_NO_MEMORY, "out of memory");
    uint64_t columns = calx__record_complete(model, fresh->record, fresh->extent->blank,
                                             calx__relations_changes(fresh), &left_out);
    for (size_t i = 0; i < model->column_count; i++)
        if (!(columns >> i & 1))
            calx__member_copy(&model->columns[i], fresh->record, old->snapshot, &session->arena);
    calx__record_copy(model, fresh->snapshot, old->snapshot, &session->arena);
    calx__object_lose_row(old);
    calx__object_set_state(fresh, CALX__PERSISTENT);
    fresh->made = false; /* others may refer to the row */
    if (!calx__identity_map_add(&session->map, fresh))
        calx_session_fail(session, CALX_ERROR_NO_MEMORY, "out of memory");
    return calx__session_state(session);
}

/* A delete by condition comes before the changes: what it has taken cannot be changed. */
static bool is_certain(const calx_session *session, const calx_model *model)
{
    size_t foreign_keys;
    calx_model_foreign_keys(model, &foreign_keys);
    return !calx__session_has_deletes(session, foreign_keys > 0 ? NULL : model);
}

int calx__session_take_over(calx_session *session)
{
    for (calx__extent *extent = session->extents; extent; extent = extent->next) {
        if (extent->deleted == 0 || extent->waiting == extent->deleted ||
            !is_certain(session, extent->model))
            continue;
        for (calx__object *object = extent->first; object; object = object->next) {
            calx__object *old = object->state == CALX__PENDING ? predecessor(object) : NULL;
            if (old != NULL && take_over(object, old) < 0)
                return session->error.code;
        }
    }
    return 0;
}
