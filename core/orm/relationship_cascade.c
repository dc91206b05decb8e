/* relationship_cascade.c: who comes into the session with an object, and who goes with it. */
#include <string.h>

#include "core/orm/key.h"
#include "core/orm/relationship.h"

#define PILE_MIN 16u

/* Objects whose relationships are still to be looked at. A chain of them may be long: no recursion.
 */
typedef struct pile {
    calx_session *session;
    calx__object **objects;
    size_t count;
    size_t capacity;
} pile;

static void put(pile *to, calx__object *object)
{
    if (to->count == to->capacity) {
        size_t capacity = to->capacity ? to->capacity * 2 : PILE_MIN;
        calx__object **objects =
            calx_arena_alloc(&to->session->working, capacity * sizeof(calx__object *));
        if (objects == NULL) {
            calx__session_state(to->session);
            return;
        }
        if (to->count > 0)
            memcpy(objects, to->objects, to->count * sizeof(calx__object *));
        to->objects = objects;
        to->capacity = capacity;
    }
    to->objects[to->count++] = object;
}

typedef void visitor(pile *more, calx__object *object, const calx_relationship *relationship);

/* Visits each relationship of an object, and of those that the visitor puts on the pile. */
static void visit(calx__object *object, visitor *each)
{
    calx_session *session = object->session;
    pile more = {.session = session};
    calx__session_begin_work(session);
    put(&more, object);
    while (more.count > 0 && calx__session_state(session) == 0) {
        calx__object *next = more.objects[--more.count];
        for (size_t i = 0; i < next->model->relationship_count; i++)
            each(&more, next, &next->model->relationships[i]);
    }
    calx__session_end_work(session);
}

/* The list as it is; empty if nothing is kept of it. The array stays as it is. */
static calx__list list_of(calx__object *object, const calx_relationship *relationship)
{
    if (object->relations == NULL)
        return (calx__list){0};
    calx__list *list = calx__list_of(object, relationship);
    list->lent = true;
    return *list;
}

/* ---- Coming ---- */

static void bring(pile *more, calx__object *object)
{
    if (calx__is_in_session(object))
        return;
    calx__object_add(object);
    if (object->relations != NULL)
        calx__relations_touch(object->relations); /* the next flush has to look at it */
    put(more, object);
}

/* It is in the other side's list again, if it had to leave that. */
static void join(calx__object *other, const calx_relationship *relationship, calx__object *object,
                 calx__object *link)
{
    const calx__list *list = relationship ? calx__list_of(other, relationship) : NULL;
    if (list != NULL && calx__list_find(list, object) == list->count)
        calx__list_add(other, relationship, object, link);
}

static void come_along(pile *more, calx__object *object, const calx_relationship *relationship)
{
    const calx_relationship *other = calx_relationship_other(relationship);
    bool saves = calx__cascades(relationship, CALX_CASCADE_SAVE);
    if (relationship->kind == CALX_MANY_TO_ONE) {
        calx__object *parent =
            calx__parent_held(object, calx_relationship_foreign_key(relationship));
        if (parent != NULL && saves)
            bring(more, parent);
        if (parent != NULL)
            join(parent, other, object, NULL);
        return;
    }
    calx__list list = list_of(object, relationship);
    for (size_t i = 0; i < list.count; i++) {
        calx__object *item = calx__object_of(list.items[i]);
        if (saves)
            bring(more, item);
        if (relationship->kind != CALX_MANY_TO_MANY)
            continue;
        if (calx__is_in_session(item))
            bring(more, list.links[i]);
        join(item, other, object, list.links[i]);
    }
}

void calx__relations_added(calx__object *object)
{
    if (object->relations == NULL)
        return;
    calx__relations_touch(object->relations);
    visit(object, come_along);
}

/* ---- Going ---- */

static void take(pile *more, calx__object *object)
{
    if (!calx__is_in_session(object))
        return;
    calx__object_delete(object);
    put(more, object);
}

/* Deletes the rows between it and whatever it is related to, by their key: they need not be loaded.
 */
static void delete_links(calx__object *object, const calx_relationship *relationship)
{
    calx_session *session = object->session;
    const calx_foreign_key *key = calx_relationship_foreign_key(relationship);
    if (object->state != CALX__DELETED || key->on_delete == CALX_ACTION_CASCADE)
        return;
    calx__bulk_delete *links = calx_arena_alloc(&session->arena, sizeof *links);
    calx_value *values = calx_arena_alloc(&session->arena, key->column_count * sizeof *values);
    if (links == NULL || values == NULL) {
        calx__session_state(session);
        return;
    }
    links->links_of = object;
    links->statement = (calx__statement){
        .kind = CALX__DELETE, .model = relationship->through, .match = values, .limit = -1};
    for (size_t i = 0; i < relationship->through->column_count; i++) {
        const uint8_t *at = memchr(key->columns, (int)i, key->column_count);
        if (at == NULL)
            continue;
        const calx_column *column = &object->model->columns[key->referenced[at - key->columns]];
        column->type->encode(column, calx__member(column, object->snapshot), NULL, values++, NULL);
        links->statement.matched |= UINT64_C(1) << i;
    }
    *session->deletes_end = links;
    session->deletes_end = &links->next;
}

static void leave_links(pile *more, calx__object *object, const calx_relationship *relationship)
{
    const calx_relationship *other = calx_relationship_other(relationship);
    calx__list list = list_of(object, relationship);
    for (size_t i = 0; i < list.count; i++) {
        calx__object *item = calx__object_of(list.items[i]);
        take(more, list.links[i]);
        if (other != NULL)
            calx__list_remove(item, other, object);
        if (calx__cascades(relationship, CALX_CASCADE_DELETE))
            take(more, item);
    }
    if (!calx__list_is_loaded(object, relationship))
        delete_links(object, relationship);
}

/* What refers to it is deleted with it, by us or by the database, or refers to nothing. */
static void leave_list(pile *more, calx__object *object, const calx_relationship *relationship)
{
    bool by_database =
        calx_relationship_foreign_key(relationship)->on_delete == CALX_ACTION_CASCADE;
    calx__list list = list_of(object, relationship);
    for (size_t i = 0; i < list.count; i++) {
        calx__object *item = calx__object_of(list.items[i]);
        if (by_database || calx__cascades(relationship, CALX_CASCADE_DELETE))
            take(more, item);
        else
            calx__parent_change(item, calx_relationship_other(relationship), NULL);
    }
}

/* Must it be loaded, so that what is deleted with the object is known? */
static bool is_needed(const calx_relationship *relationship)
{
    bool is_list = relationship->kind == CALX_ONE_TO_MANY || relationship->kind == CALX_ONE_TO_ONE;
    bool by_database =
        is_list && calx_relationship_foreign_key(relationship)->on_delete == CALX_ACTION_CASCADE;
    return calx__cascades(relationship, CALX_CASCADE_DELETE) && !by_database;
}

static void leave(pile *more, calx__object *object, const calx_relationship *relationship)
{
    const calx_relationship *other = calx_relationship_other(relationship);
    size_t index = (size_t)(relationship - object->model->relationships);
    if (is_needed(relationship) && !calx__relationship_is_loaded(object->record, index)) {
        calx__relationship_fail(object, relationship, CALX_ERROR_STATE,
                                "it was not loaded, and is to be deleted with the object");
        return;
    }
    if (relationship->kind == CALX_MANY_TO_MANY) {
        leave_links(more, object, relationship);
    } else if (relationship->kind != CALX_MANY_TO_ONE) {
        leave_list(more, object, relationship);
    } else {
        calx__object *parent =
            calx__parent_held(object, calx_relationship_foreign_key(relationship));
        if (parent != NULL && other != NULL)
            calx__list_remove(parent, other, object);
        if (parent != NULL && calx__cascades(relationship, CALX_CASCADE_DELETE))
            take(more, parent);
    }
}

void calx__relations_deleted(calx__object *object)
{
    if (object->model->relationship_count > 0)
        visit(object, leave);
}

/* ---- Following what ON DELETE has done ---- */

/* Like the database: the columns are NULL, in the row too. */
static void lead_nowhere(calx__object *object, const calx_foreign_key *key)
{
    if (!calx__undo_keep(&object->session->undo, object)) {
        calx_session_fail(object->session, CALX_ERROR_NO_MEMORY, "out of memory");
        return;
    }
    calx__parent_set(object, key, NULL);
    for (size_t i = 0; i < key->column_count; i++)
        calx__member_copy(&object->model->columns[key->columns[i]], object->snapshot,
                          object->record, &object->session->arena);
}

/* Marks the objects whose rows have gone, and puts them on the pile. */
static void follow_key(pile *gone, calx__extent *extent, const calx_foreign_key *key)
{
    for (calx__object *object = extent->first; object; object = object->next) {
        calx_value values[CALX_KEY_COLUMNS_MAX];
        if (object->state != CALX__PERSISTENT ||
            !calx__key_referred(object->model, key, object->record, values))
            continue;
        const calx__object *parent =
            calx__identity_map_find(&object->session->map, key->model, values);
        if (parent == NULL || parent->state != CALX__DELETED)
            continue;
        object->expired = true; /* whoever knows less than the database asks it */
        if (key->on_delete == CALX_ACTION_SET_NULL) {
            lead_nowhere(object, key);
            continue;
        }
        calx__object_set_state(object, CALX__DELETED);
        put(gone, object);
    }
}

static void follow(pile *gone, calx__extent *extent)
{
    calx_session *session = gone->session;
    size_t before = gone->count;
    size_t count;
    const calx_foreign_key *keys = calx_model_foreign_keys(extent->model, &count);
    for (size_t i = 0; i < count; i++) {
        const calx__extent *parents = calx__session_extent(session, keys[i].model);
        if (keys[i].on_delete >= CALX_ACTION_CASCADE && parents != NULL && parents->deleted > 0)
            follow_key(gone, extent, &keys[i]);
    }
    if (gone->count > before)
        calx__relations_expire_lists(session, extent->model);
}

void calx__relations_follow_deletes(calx_session *session)
{
    pile gone = {.session = session};
    size_t before;
    do {
        before = gone.count;
        for (calx__extent *extent = session->extents; extent; extent = extent->next)
            follow(&gone, extent);
    } while (gone.count > before);
    while (gone.count > 0)
        calx__object_lose_row(gone.objects[--gone.count]);
}

/* Does the database change rows of this model when it deletes those of the other? */
static bool follows(const calx_model *model, const calx_model *deleted)
{
    size_t count;
    const calx_foreign_key *keys = calx_model_foreign_keys(model, &count);
    for (size_t i = 0; i < count; i++)
        if (keys[i].model == deleted && keys[i].on_delete >= CALX_ACTION_CASCADE)
            return true;
    return false;
}

void calx__relations_follow_condition(calx_session *session, const calx_model *model)
{
    calx__extent *extent = calx__session_extent(session, model);
    if (extent != NULL && extent->is_doubted)
        return;
    if (extent != NULL)
        extent->is_doubted = true;
    calx__session_expire_all(session, model);
    for (calx__extent *other = session->extents; other; other = other->next)
        if (follows(other->model, model))
            calx__relations_follow_condition(session, other->model);
    if (extent != NULL)
        extent->is_doubted = false;
}
