/* relationship_parent.c: what the foreign keys of an object refer to. */
#include <string.h>

#include "core/orm/key.h"
#include "core/orm/relationship.h"

static size_t key_index(const calx_model *model, const calx_foreign_key *key)
{
    size_t count;
    return (size_t)(key - calx_model_foreign_keys(model, &count));
}

/* A new object's columns are zero until they are set. */
static bool is_unset(const calx__object *object, const calx_foreign_key *key,
                     const calx_value *values)
{
    if (object->state != CALX__PENDING && object->state != CALX__TRANSIENT)
        return false;
    for (size_t i = 0; i < key->column_count; i++)
        if (values[i].kind != CALX_KIND_INTEGER || values[i].as.integer != 0)
            return false;
    return true;
}

static calx__parent *parent_of(const calx__object *object, const calx_foreign_key *key)
{
    return object->relations ? &object->relations->parents[key_index(object->model, key)] : NULL;
}

/* True when it is certain; else what the session holds for the columns, NULL if nothing. */
static bool look_up(const calx__object *object, const calx_foreign_key *key, calx__object **held)
{
    const calx__parent *set = parent_of(object, key);
    calx_value values[CALX_KEY_COLUMNS_MAX];
    *held = NULL;
    if (set != NULL && set->none)
        return true;
    if (set != NULL && calx__parent_is_awaited(set)) {
        *held = set->object;
        return true;
    }
    if (!calx__key_referred(object->model, key, object->record, values) ||
        is_unset(object, key, values))
        return true;
    *held = calx__identity_map_find(&object->session->map, key->model, values);
    return false;
}

calx__object *calx__parent_held(const calx__object *object, const calx_foreign_key *key)
{
    calx__object *held;
    look_up(object, key, &held);
    return held;
}

bool calx__parent_find(const calx__object *object, const calx_foreign_key *key,
                       calx__object **parent)
{
    const calx__parent *set = parent_of(object, key);
    calx__object *held;
    *parent = NULL;
    if (!look_up(object, key, &held)) {
        bool was_set = held != NULL && set != NULL && held == set->object;
        /* Whoever was loaded anew knows only of what was loaded anew. */
        if (held == NULL || (held->expired && !object->expired && !was_set && !object->made))
            return false;
    }
    *parent = held;
    return true;
}

/* Writes the parent's key into the columns. */
static int write_key(calx__object *object, const calx_foreign_key *key, const calx__object *parent)
{
    calx_session *session = object->session;
    calx_error err = {0};
    for (size_t i = 0; i < key->column_count; i++) {
        const calx_column *from = &key->model->columns[key->referenced[i]];
        const calx_column *to = &object->model->columns[key->columns[i]];
        calx_value value;
        int code = from->type->encode(from, calx__member(from, parent->record), &session->arena,
                                      &value, &err);
        if (code == 0)
            code = to->type->decode(to, &value, calx__member(to, object->record), &session->arena,
                                    &err);
        if (code < 0) {
            calx_error_prefix(&err, "column \"%s\"", to->member);
            return calx__session_fail_with(session, &err);
        }
    }
    return 0;
}

void calx__parent_unwrite(calx__object *object, const calx_foreign_key *key)
{
    for (size_t i = 0; i < key->column_count; i++)
        calx__member_copy(&object->model->columns[key->columns[i]], object->record,
                          object->extent->blank, &object->session->arena);
}

/* NULL in the columns that may be; false when none of them may. */
static bool clear_columns(calx__object *object, const calx_foreign_key *key)
{
    const calx_value null = calx_value_null();
    bool cleared = false;
    for (size_t i = 0; i < key->column_count; i++) {
        const calx_column *column = &object->model->columns[key->columns[i]];
        if (!column->nullable)
            continue;
        column->type->decode(column, &null, calx__member(column, object->record), NULL, NULL);
        cleared = true;
    }
    return cleared;
}

void calx__parent_set(calx__object *object, const calx_foreign_key *key, calx__object *parent)
{
    calx__relations *relations = calx__relations_of(object);
    if (relations == NULL)
        return;
    calx__parent *set = &relations->parents[key_index(object->model, key)];
    *set = (calx__parent){.object = parent};
    if (parent == NULL)
        set->none = !clear_columns(object, key);
    else if (parent->state == CALX__PERSISTENT)
        set->written = write_key(object, key, parent) == 0;
    calx__relations_touch(relations);
}

/* A new object that was never related is in no list: so that a long one is not searched for each.
 */
static void add_to_list(calx__object *parent, const calx_relationship *relationship,
                        calx__object *object, bool is_new)
{
    const calx__list *list = calx__list_of(parent, relationship);
    if (list != NULL && (is_new || calx__list_find(list, object) == list->count))
        calx__list_add(parent, relationship, object, NULL);
}

void calx__parent_change(calx__object *object, const calx_relationship *relationship,
                         calx__object *parent)
{
    bool is_new = object->made && object->relations == NULL;
    const calx_foreign_key *key = calx_relationship_foreign_key(relationship);
    const calx_relationship *other = calx_relationship_other(relationship);
    calx__object *old = NULL;
    bool known = calx__parent_find(object, key, &old);
    if (known && old == parent && parent != NULL)
        return;
    if (!known)
        old = calx__parent_held(object, key); /* it may have a list, however old it is */
    if (other != NULL && old != NULL)
        calx__list_remove(old, other, object);
    if (other != NULL && other->kind == CALX_ONE_TO_ONE && parent != NULL) {
        const calx__list *list = calx__list_of(parent, other);
        if (list != NULL && list->count > 0)
            calx__parent_change(calx__object_of(list->items[0]), relationship, NULL);
    }
    calx__parent_set(object, key, parent);
    if (other != NULL && parent != NULL)
        add_to_list(parent, other, object, is_new);
    if (other != NULL && parent == NULL && object->relations != NULL)
        object->relations->parents[key_index(object->model, key)].orphan =
            calx__cascades(other, CALX_CASCADE_DELETE_ORPHAN) && !(known && old == NULL);
}
