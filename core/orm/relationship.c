/* relationship.c: what an object is related to: asked, and changed on both sides at once. */
#include "core/orm/relationship.h"

calx__relations *calx__relations_of(calx__object *object)
{
    const calx_model *model = object->model;
    calx_arena *arena = &object->session->arena;
    size_t key_count;
    calx_model_foreign_keys(model, &key_count);
    if (object->relations != NULL)
        return object->relations;
    calx__relations *relations = calx_arena_alloc(arena, sizeof *relations);
    calx__parent *parents = calx_arena_alloc(arena, key_count * sizeof *parents);
    calx__list *lists = calx_arena_alloc(arena, model->relationship_count * sizeof *lists);
    if (relations == NULL || parents == NULL || lists == NULL) {
        calx__session_state(object->session);
        return NULL;
    }
    *relations = (calx__relations){.object = object, .parents = parents, .lists = lists};
    object->relations = relations;
    return relations;
}

void calx__relations_touch(calx__relations *relations)
{
    calx_session *session = relations->object->session;
    if (relations->touched)
        return;
    relations->touched = true;
    relations->next = session->touched;
    session->touched = relations;
}

bool calx__cascades(const calx_relationship *relationship, unsigned cascade)
{
    unsigned bits = relationship->cascade ? relationship->cascade : CALX_CASCADE_SAVE;
    return (bits & cascade) != 0;
}

int calx__relationship_fail(const calx__object *object, const calx_relationship *relationship,
                            calx_error_class code, const char *problem)
{
    return calx_session_fail(object->session, code, "model %s, relationship \"%s\": %s",
                             object->model->name, relationship->name, problem);
}

/* The object, where the session has not failed and it is no scratch object; else NULL. */
static calx__object *usable(const void *record)
{
    calx__object *object = calx__object_of(record);
    calx_session *session = object->session;
    return calx__session_state(session) < 0 || object->scratch ? NULL : object;
}

static const calx_relationship *relationship_at(const calx__object *object, size_t index)
{
    return &object->model->relationships[index];
}

calx__list *calx__list_loaded(calx__object *object, const calx_relationship *relationship)
{
    if (!calx__list_is_loaded(object, relationship)) {
        calx__relationship_fail(object, relationship, CALX_ERROR_STATE, "it was not loaded");
        return NULL;
    }
    return calx__list_of(object, relationship);
}

/* ---- Asked ---- */

bool calx__relationship_is_loaded(const void *record, size_t index)
{
    const calx__object *object = usable(record);
    calx__object *parent;
    if (object == NULL)
        return false;
    const calx_relationship *relationship = relationship_at(object, index);
    if (relationship->kind != CALX_MANY_TO_ONE)
        return calx__list_is_loaded(object, relationship);
    return calx__parent_find(object, calx_relationship_foreign_key(relationship), &parent);
}

void *calx__related(const void *record, size_t index)
{
    calx__object *object = usable(record);
    calx__object *parent = NULL;
    if (object == NULL)
        return NULL;
    const calx_relationship *relationship = relationship_at(object, index);
    if (relationship->kind == CALX_ONE_TO_ONE) {
        const calx__list *list = calx__list_loaded(object, relationship);
        return list != NULL && list->count > 0 ? list->items[0] : NULL;
    }
    if (!calx__parent_find(object, calx_relationship_foreign_key(relationship), &parent))
        calx__relationship_fail(object, relationship, CALX_ERROR_STATE, "it was not loaded");
    return parent ? parent->record : NULL;
}

void *calx__related_list(const void *record, size_t index)
{
    static calx__list nothing;
    calx__object *object = usable(record);
    calx__list *list = object ? calx__list_loaded(object, relationship_at(object, index)) : NULL;
    if (list == NULL)
        return &nothing;
    list->lent = true;
    return list;
}

/* ---- Changed ---- */

void calx__relationship_save(calx__object *object, const calx_relationship *relationship,
                             calx__object *target)
{
    const calx_relationship *other = calx_relationship_other(relationship);
    bool there = calx__is_in_session(object);
    bool target_there = calx__is_in_session(target);
    if (there && !target_there && calx__cascades(relationship, CALX_CASCADE_SAVE))
        calx_session_add(object->session, target->record);
    if (target_there && !there && other != NULL && calx__cascades(other, CALX_CASCADE_SAVE))
        calx_session_add(object->session, object->record);
}

/* The object to relate to; false when that makes no sense. */
static bool target_of(const calx__object *object, const calx_relationship *relationship,
                      const void *record, calx__object **out)
{
    *out = record ? calx__object_of(record) : NULL;
    if (*out == NULL || (*out)->session == object->session)
        return true;
    calx__relationship_fail(object, relationship, CALX_ERROR_STATE,
                            "the other object is of another session");
    return false;
}

/* ONE_TO_ONE: what it led to before leads nowhere. */
static void change_one(calx__object *object, const calx_relationship *relationship,
                       calx__object *target)
{
    const calx_relationship *other = calx_relationship_other(relationship);
    const calx__list *list = calx__list_loaded(object, relationship);
    if (list == NULL)
        return;
    if (target != NULL)
        calx__parent_change(target, other, object);
    else if (list->count > 0)
        calx__parent_change(calx__object_of(list->items[0]), other, NULL);
}

void calx__relate(void *record, size_t index, void *target_record)
{
    calx__object *object = usable(record);
    calx__object *target;
    if (object == NULL ||
        !target_of(object, relationship_at(object, index), target_record, &target))
        return;
    const calx_relationship *relationship = relationship_at(object, index);
    if (relationship->kind == CALX_ONE_TO_ONE)
        change_one(object, relationship, target);
    else
        calx__parent_change(object, relationship, target);
    if (target != NULL)
        calx__relationship_save(object, relationship, target);
}

void calx__append(void *record, size_t index, void *target_record)
{
    calx__object *object = usable(record);
    calx__object *target;
    if (object == NULL ||
        !target_of(object, relationship_at(object, index), target_record, &target))
        return;
    const calx_relationship *relationship = relationship_at(object, index);
    if (target == NULL) {
        calx__relationship_fail(object, relationship, CALX_ERROR_INVALID, "no object to append");
    } else if (relationship->kind == CALX_MANY_TO_MANY) {
        calx__link_add(object, relationship, target);
    } else {
        calx__parent_change(target, calx_relationship_other(relationship), object);
        calx__relationship_save(object, relationship, target);
    }
}

void calx__detach(void *record, size_t index, void *target_record)
{
    calx__object *object = usable(record);
    calx__object *target;
    calx__object *parent = NULL;
    if (object == NULL ||
        !target_of(object, relationship_at(object, index), target_record, &target))
        return;
    const calx_relationship *relationship = relationship_at(object, index);
    if (target != NULL && relationship->kind == CALX_MANY_TO_MANY) {
        calx__link_remove(object, relationship, target);
        return;
    }
    if (target != NULL)
        parent = calx__parent_held(target, calx_relationship_foreign_key(relationship));
    if (parent == object)
        calx__parent_change(target, calx_relationship_other(relationship), NULL);
    else
        calx__relationship_fail(object, relationship, CALX_ERROR_INVALID,
                                "the object is not there");
}
