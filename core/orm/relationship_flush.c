/* relationship_flush.c: relationships before and after a flush, and after a transaction. */
#include "core/orm/relationship.h"

static size_t key_count(const calx_model *model)
{
    size_t count;
    calx_model_foreign_keys(model, &count);
    return count;
}

static const calx_foreign_key *key_at(const calx_model *model, size_t index)
{
    size_t count;
    return &calx_model_foreign_keys(model, &count)[index];
}

/* ---- A flush ---- */

uint64_t calx__relations_changes(const calx__object *object)
{
    uint64_t changes = 0;
    if (object->relations == NULL)
        return 0;
    for (size_t i = 0; i < key_count(object->model); i++) {
        const calx__parent *parent = &object->relations->parents[i];
        const calx_foreign_key *key = key_at(object->model, i);
        if (!calx__parent_is_awaited(parent) && !parent->none && !parent->orphan)
            continue;
        for (size_t k = 0; k < key->column_count; k++)
            changes |= UINT64_C(1) << key->columns[k];
    }
    return changes;
}

/* The relationship of a foreign key, or else its first column, in a message. */
static int fail(const calx__object *object, const calx_foreign_key *key, calx_error_class code,
                const char *problem)
{
    const calx_model *model = object->model;
    for (size_t i = 0; i < model->relationship_count; i++)
        if (model->relationships[i].kind == CALX_MANY_TO_ONE &&
            calx_relationship_foreign_key(&model->relationships[i]) == key)
            return calx__relationship_fail(object, &model->relationships[i], code, problem);
    return calx_session_fail(object->session, code, "model %s, column \"%s\": %s", model->name,
                             model->columns[key->columns[0]].member, problem);
}

static int link_parents(calx__unit_of_work *plan, calx__object *object)
{
    for (size_t i = 0; i < key_count(object->model); i++) {
        const calx_foreign_key *key = key_at(object->model, i);
        const calx__parent *parent = &object->relations->parents[i];
        if (parent->none)
            return fail(object, key, CALX_ERROR_NOT_NULL, "it leads nowhere, but must");
        if (!calx__parent_is_awaited(parent))
            continue;
        if (parent->object->state == CALX__TRANSIENT)
            return fail(object, key, CALX_ERROR_STATE,
                        "it leads to an object that is not part of the session");
        if (calx__unit_of_work_link(plan, object, key, parent->object) < 0)
            return object->session->error.code;
    }
    return 0;
}

/* Deleted unless it has found another parent. */
static bool is_orphan(const calx__object *object)
{
    for (size_t i = 0; i < key_count(object->model); i++) {
        calx__object *parent;
        if (object->relations->parents[i].orphan &&
            calx__parent_find(object, key_at(object->model, i), &parent) && parent == NULL)
            return true;
    }
    return false;
}

/* One may make others, which are then touched. */
static bool delete_orphans(calx_session *session)
{
    bool any = false;
    for (calx__relations *at = session->touched; at; at = at->next) {
        if (!calx__is_in_session(at->object) || !is_orphan(at->object))
            continue;
        calx_session_delete(session, at->object->record);
        any = true;
    }
    return any && calx__session_state(session) == 0;
}

int calx__relations_prepare(calx__unit_of_work *plan)
{
    calx_session *session = plan->session;
    while (delete_orphans(session))
        continue;
    if (calx__links_find_stored(session) < 0 || calx__session_take_over(session) < 0)
        return session->error.code;
    for (calx__relations *at = session->touched; at; at = at->next)
        if (calx__is_in_session(at->object) && link_parents(plan, at->object) < 0)
            break;
    return calx__session_state(session);
}

void calx__relations_flushed(calx_session *session)
{
    for (calx__relations *at = session->touched; at; at = at->next)
        for (size_t i = 0; i < key_count(at->object->model); i++)
            if (calx__is_in_session(at->object))
                at->parents[i].written = at->parents[i].object != NULL;
}

/* ---- Forgetting ---- */

/* It leaves the list of one object for that of another, which is not asked for if it is not loaded.
 */
static void change_lists(calx__object *object, const calx_relationship *relationship,
                         calx__object *from, calx__object *to)
{
    const calx_relationship *other = calx_relationship_other(relationship);
    if (other == NULL || from == to)
        return;
    if (from != NULL)
        calx__list_remove(from, other, object);
    if (to != NULL && calx__list_is_loaded(to, other) &&
        calx__list_find(calx__list_of(to, other), object) == calx__list_of(to, other)->count)
        calx__list_add(to, other, object, NULL);
}

void calx__relations_forget(calx__object *object)
{
    const calx_model *model = object->model;
    calx__object *parents[CALX_RELATIONSHIPS_MAX] = {NULL};
    for (size_t i = 0; i < model->relationship_count; i++)
        if (model->relationships[i].kind == CALX_MANY_TO_ONE)
            parents[i] =
                calx__parent_held(object, calx_relationship_foreign_key(&model->relationships[i]));
    calx__record_copy(model, object->record, object->snapshot, &object->session->arena);
    for (size_t i = 0; object->relations != NULL && i < key_count(model); i++)
        object->relations->parents[i] = (calx__parent){.object = NULL};
    for (size_t i = 0; i < model->relationship_count; i++)
        if (model->relationships[i].kind == CALX_MANY_TO_ONE)
            change_lists(
                object, &model->relationships[i], parents[i],
                calx__parent_held(object, calx_relationship_foreign_key(&model->relationships[i])));
}

/* ---- After a transaction ---- */

static void forget_list(calx__list *list)
{
    *list = (calx__list){.loaded = false};
}

static void finish_list(const calx__object *object, calx__list *list)
{
    list->kept = false;
    if (!list->loaded && !object->made)
        forget_list(list);
}

void calx__relations_committed(calx_session *session)
{
    calx__relations *next;
    for (calx__relations *at = session->touched; at; at = next) {
        calx__object *object = at->object;
        next = at->next;
        at->touched = false;
        at->next = NULL;
        for (size_t i = 0; i < key_count(object->model); i++)
            if (calx__is_in_session(object))
                at->parents[i] = (calx__parent){.object = NULL};
        for (size_t i = 0; i < object->model->relationship_count; i++)
            finish_list(object, &at->lists[i]);
    }
    session->touched = NULL;
}

/* A new object's lists all hold, without a mark of their own: the others get theirs. */
static void mark_loaded(calx__object *object)
{
    for (size_t i = 0; object->made && i < object->model->relationship_count; i++) {
        calx__list *list = calx__list_of(object, &object->model->relationships[i]);
        if (list != NULL)
            list->loaded = true;
    }
    object->made = false;
}

/* A list is again what it was before the transaction. */
static void restore_list(calx__list *list)
{
    if (list->kept && list->before.loaded)
        *list = (calx__list){.items = list->before.items,
                             .links = list->before.links,
                             .count = list->before.count,
                             .capacity = list->before.count,
                             .loaded = true,
                             .lent = true};
    else if (list->kept || !list->loaded)
        forget_list(list);
}

/* What is not part of the session any more stays together: it may be added again. */
static void filter_list(calx_session *session, calx__list *list)
{
    calx__list old = *list;
    forget_list(list);
    for (size_t i = 0; i < old.count; i++) {
        calx__object *item = calx__object_of(old.items[i]);
        if (item->state == CALX__TRANSIENT)
            calx__list_push(session, list, item, old.links[i]);
    }
}

static void restore_parents(calx__relations *relations)
{
    calx__object *object = relations->object;
    for (size_t i = 0; i < key_count(object->model); i++) {
        calx__object *parent = relations->parents[i].object;
        relations->parents[i] = (calx__parent){.object = NULL};
        if (object->state != CALX__TRANSIENT || parent == NULL)
            continue;
        if (parent->state == CALX__TRANSIENT)
            calx__parent_unwrite(object, key_at(object->model, i));
        calx__parent_set(object, key_at(object->model, i), parent);
    }
}

void calx__relations_rolled_back(calx_session *session)
{
    calx__relations *touched = session->touched;
    calx__relations *next;
    session->touched = NULL;
    for (calx__relations *at = touched; at; at = next) {
        next = at->next;
        at->touched = false;
        at->next = NULL;
        restore_parents(at);
        if (at->object->state != CALX__TRANSIENT)
            mark_loaded(at->object);
        for (size_t i = 0; i < at->object->model->relationship_count; i++) {
            if (at->object->state == CALX__TRANSIENT)
                filter_list(session, &at->lists[i]);
            else
                restore_list(&at->lists[i]);
        }
    }
}

/* What a changed list held at the savepoint is not known: it is to be loaded again. */
static void unload_changed(calx__list *list)
{
    if (list->kept || !list->loaded)
        *list = (calx__list){.kept = list->kept, .before = list->before};
}

void calx__relations_rolled_back_to_savepoint(calx_session *session)
{
    for (calx__relations *at = session->touched; at; at = at->next) {
        bool is_out = at->object->state == CALX__TRANSIENT;
        restore_parents(at);
        if (!is_out)
            mark_loaded(at->object);
        for (size_t i = 0; i < at->object->model->relationship_count; i++) {
            if (is_out) {
                filter_list(session, &at->lists[i]);
                at->lists[i].kept = true; /* who was deleted may yet come back: without it */
            } else {
                unload_changed(&at->lists[i]);
            }
        }
    }
}

/* Does it refer to the object by what was not flushed yet? Then it stays in the list. */
static bool is_added(const calx__object *object, const calx_relationship *relationship,
                     const calx__object *item, const calx__object *link)
{
    const calx_foreign_key *key = calx_relationship_foreign_key(relationship);
    if (link != NULL)
        return link->state == CALX__PENDING;
    const calx__parent *parent =
        item->relations ? &item->relations->parents[key - key_at(item->model, 0)] : NULL;
    if (parent == NULL || parent->object != object)
        return false;
    bool changed = !parent->written;
    for (size_t i = 0; !changed && i < key->column_count; i++)
        changed = !calx__object_is_unchanged(item, &item->model->columns[key->columns[i]]);
    return changed;
}

void calx__list_expire(calx__object *object, const calx_relationship *relationship)
{
    calx__list *list = calx__list_of(object, relationship);
    if (list == NULL)
        return;
    calx__list old = *list;
    forget_list(list);
    for (size_t i = 0; i < old.count; i++) {
        calx__object *item = calx__object_of(old.items[i]);
        if (is_added(object, relationship, item, old.links[i]))
            calx__list_push(object->session, list, item, old.links[i]);
    }
}

static void expire_lists_of(calx__extent *extent, const calx_relationship *relationship,
                            const calx_model *model)
{
    bool is_list = relationship->kind != CALX_MANY_TO_ONE;
    if (!is_list || (relationship->target != model && relationship->through != model))
        return;
    for (calx__object *object = extent->first; object; object = object->next) {
        if (object->state != CALX__PERSISTENT)
            continue;
        mark_loaded(object);
        if (object->relations != NULL)
            calx__list_expire(object, relationship);
    }
}

void calx__relations_expire_lists(calx_session *session, const calx_model *model)
{
    for (calx__extent *extent = session->extents; extent; extent = extent->next)
        for (size_t i = 0; i < extent->model->relationship_count; i++)
            expire_lists_of(extent, &extent->model->relationships[i], model);
}

/* Out of a list; where a row says that the item belongs there, the list does not hold all any more.
 */
static void drop(calx__object *owner, const calx_relationship *relationship,
                 const calx__object *item, const calx__object *row)
{
    calx__list *list = relationship ? calx__list_of(owner, relationship) : NULL;
    if (list == NULL || calx__list_find(list, item) == list->count)
        return;
    calx__list_remove(owner, relationship, item);
    if (row->state == CALX__PENDING)
        return;
    mark_loaded(owner);
    calx__list_expire(owner, relationship);
}

static void drop_from_many(calx__object *object, const calx_relationship *relationship)
{
    calx__list list = *calx__list_of(object, relationship);
    for (size_t i = 0; i < list.count; i++) {
        drop(calx__object_of(list.items[i]), calx_relationship_other(relationship), object,
             list.links[i]);
        if (list.links[i]->state == CALX__PENDING)
            calx__object_delete(list.links[i]);
    }
}

void calx__relations_expunged(calx__object *object)
{
    for (size_t i = 0; i < object->model->relationship_count; i++) {
        const calx_relationship *relationship = &object->model->relationships[i];
        if (relationship->kind == CALX_MANY_TO_MANY && object->relations != NULL)
            drop_from_many(object, relationship);
        if (relationship->kind != CALX_MANY_TO_ONE)
            continue;
        calx__object *parent =
            calx__parent_held(object, calx_relationship_foreign_key(relationship));
        if (parent != NULL)
            drop(parent, calx_relationship_other(relationship), object, object);
    }
}

void calx__relations_expire(calx__object *object)
{
    object->made = false;
    for (size_t i = 0; object->relations != NULL && i < object->model->relationship_count; i++)
        calx__list_expire(object, &object->model->relationships[i]);
}
