/* relationship_load.c: loading what objects are related to: a statement for each relationship of a
 * path and each CALX_LOAD_BATCH_MAX objects. */
#include <stdlib.h>
#include <string.h>

#include "core/orm/key.h"
#include "core/orm/relationship.h"

/* Objects in the session's working memory. */
typedef struct group {
    calx_session *session;
    calx__object **objects;
    size_t count;
} group;

static group group_create(calx_session *session, size_t capacity)
{
    group made = {.session = session};
    made.objects = calx_arena_alloc(&session->working, (capacity + 1) * sizeof(calx__object *));
    calx__session_state(session);
    return made;
}

static int address_compare(const void *left, const void *right)
{
    uintptr_t a = (uintptr_t) * (calx__object *const *)left;
    uintptr_t b = (uintptr_t) * (calx__object *const *)right;
    return a < b ? -1 : a > b;
}

/* Each object once. */
static void make_unique(group *all)
{
    size_t count = 0;
    if (all->count > 1)
        qsort(all->objects, all->count, sizeof *all->objects, address_compare);
    for (size_t i = 0; i < all->count; i++)
        if (count == 0 || all->objects[i] != all->objects[count - 1])
            all->objects[count++] = all->objects[i];
    all->count = count;
}

/* ---- Conditions ---- */

/* Keys that columns of a model are to have: columns[k] of every key is values[i * width + k]. */
typedef struct keys {
    const calx_model *model;
    const uint8_t *columns;
    size_t width;
    calx_value *values;
    size_t count;
} keys;

/* Of keys of several columns one, or any, as a tree that is not deep. */
static calx_expression *any_of(calx_arena *arena, const keys *wanted, size_t first, size_t count)
{
    calx_expression *made = calx_arena_alloc(arena, sizeof *made);
    if (made == NULL)
        return NULL;
    if (count > 1) {
        made->op = CALX_OPERATOR_OR;
        made->left = any_of(arena, wanted, first, count / 2);
        made->right = any_of(arena, wanted, first + count / 2, count - count / 2);
        return made->left != NULL && made->right != NULL ? made : NULL;
    }
    for (size_t k = 0; k < wanted->width; k++) {
        calx_expression *both = k > 0 ? calx_arena_alloc(arena, 2 * sizeof *both) : made;
        if (both == NULL)
            return NULL;
        both[0].op = CALX_OPERATOR_EQUAL;
        both[0].column = &wanted->model->columns[wanted->columns[k]];
        both[0].value = wanted->values[first * wanted->width + k];
        if (k == 0)
            continue;
        both[1] = (calx_expression){.op = CALX_OPERATOR_AND, .left = made, .right = &both[0]};
        made = &both[1];
    }
    return made;
}

static calx_expression *one_of(calx_arena *arena, const keys *wanted, size_t first, size_t count)
{
    calx_expression *made = calx_arena_alloc(arena, 2 * sizeof *made);
    if (made == NULL || wanted->width > 1)
        return made ? any_of(arena, wanted, first, count) : NULL;
    made[1] = (calx_expression){.op = CALX_OPERATOR_COLUMN,
                                .column = &wanted->model->columns[wanted->columns[0]]};
    made[0] = (calx_expression){
        .op = CALX_OPERATOR_IN, .left = &made[1], .values = &wanted->values[first], .count = count};
    return made;
}

/* Room for a power of two of them. The last key again fills it: so there are few texts. */
static size_t fill(const keys *wanted, size_t first, size_t count)
{
    size_t size = wanted->width * sizeof *wanted->values;
    size_t filled = 1;
    while (filled < count)
        filled *= 2;
    for (size_t i = count; i < filled; i++)
        memcpy(&wanted->values[(first + i) * wanted->width],
               &wanted->values[(first + count - 1) * wanted->width], size);
    return filled;
}

/* All objects whose columns have one of the keys. */
static group load_by_keys(calx_session *session, keys *wanted)
{
    group all = {.session = session};
    for (size_t done = 0; done < wanted->count; done += CALX_LOAD_BATCH_MAX) {
        size_t count = wanted->count - done;
        count = count < CALX_LOAD_BATCH_MAX ? count : CALX_LOAD_BATCH_MAX;
        size_t filled = fill(wanted, done, count);
        calx__statement statement = {.model = wanted->model, .limit = -1};
        statement.where = one_of(&session->working, wanted, done, filled);
        if (statement.where == NULL)
            break;
        calx__object_list rows = calx__session_load(session, &statement);
        group more = group_create(session, all.count + rows.count);
        if (calx__session_state(session) < 0)
            break;
        if (all.count > 0)
            memcpy(more.objects, all.objects, all.count * sizeof *all.objects);
        for (size_t i = 0; i < rows.count; i++)
            more.objects[all.count + i] = calx__object_of(rows.items[i]);
        more.count = all.count + rows.count;
        all = more;
    }
    calx__session_state(session);
    return all;
}

static keys keys_create(calx_session *session, const calx_model *model, const uint8_t *columns,
                        size_t width, size_t capacity)
{
    keys made = {.model = model, .columns = columns, .width = width};
    /* fill needs room behind the last of them. */
    made.values = calx_arena_alloc(&session->working,
                                   (capacity + CALX_LOAD_BATCH_MAX) * width * sizeof *made.values);
    calx__session_state(session);
    return made;
}

/* ---- MANY_TO_ONE ---- */

/* Is the parent to be asked for? False also when there is none. */
static bool lacks_parent(const calx__object *object, const calx_foreign_key *key)
{
    calx__object *parent;
    return !calx__parent_find(object, key, &parent) ||
           (parent != NULL && parent->state == CALX__PERSISTENT && parent->expired);
}

static int load_parents(const group *objects, const calx_foreign_key *key)
{
    calx_session *session = objects->session;
    size_t width;
    const uint8_t *primary = calx_model_key(key->model, &width);
    keys wanted = keys_create(session, key->model, primary, width, objects->count);
    if (wanted.values == NULL)
        return session->error.code;
    for (size_t i = 0; i < objects->count; i++)
        if (lacks_parent(objects->objects[i], key) &&
            calx__key_referred(objects->objects[i]->model, key, objects->objects[i]->record,
                               &wanted.values[wanted.count * width]))
            wanted.count++;
    load_by_keys(session, &wanted);
    return calx__session_state(session);
}

static group parents_of(const group *objects, const calx_foreign_key *key)
{
    group parents = group_create(objects->session, objects->count);
    for (size_t i = 0; parents.objects != NULL && i < objects->count; i++) {
        calx__object *parent;
        if (calx__parent_find(objects->objects[i], key, &parent) && parent != NULL)
            parents.objects[parents.count++] = parent;
    }
    make_unique(&parents);
    return parents;
}

/* What a commit or rollback has left as it was is loaded anew. */
static void refresh(const group *objects)
{
    calx_session *session = objects->session;
    const calx_model *model = objects->objects[0]->model;
    size_t width;
    const uint8_t *primary = calx_model_key(model, &width);
    keys wanted = keys_create(session, model, primary, width, objects->count);
    for (size_t i = 0; wanted.values != NULL && i < objects->count; i++) {
        const calx__object *object = objects->objects[i];
        if (object->state == CALX__PERSISTENT && object->expired)
            calx__key_of_record(model, object->snapshot, &wanted.values[wanted.count++ * width]);
    }
    load_by_keys(session, &wanted);
}

/* ---- Lists ---- */

/* Those whose list does not hold any more, or never did. What they have is forgotten. */
static group lacking_list(const group *owners, const calx_relationship *relationship)
{
    group lacking = group_create(owners->session, owners->count);
    for (size_t i = 0; lacking.objects != NULL && i < owners->count; i++) {
        calx__object *owner = owners->objects[i];
        bool holds = calx__list_is_loaded(owner, relationship) && !owner->expired;
        if (!holds && owner->state == CALX__PERSISTENT)
            lacking.objects[lacking.count++] = owner;
    }
    return lacking;
}

/* The objects that refer to these owners; of a MANY_TO_MANY those between. */
static group load_referring(const group *owners, const calx_relationship *relationship)
{
    calx_session *session = owners->session;
    const calx_foreign_key *key = calx_relationship_foreign_key(relationship);
    const calx_model *model = relationship->through ? relationship->through : relationship->target;
    keys wanted = keys_create(session, model, key->columns, key->column_count, owners->count);
    for (size_t i = 0; wanted.values != NULL && i < owners->count; i++) {
        const calx__object *owner = owners->objects[i];
        for (size_t k = 0; k < key->column_count; k++) {
            const calx_column *column = &owner->model->columns[key->referenced[k]];
            column->type->encode(column, calx__member(column, owner->snapshot), NULL,
                                 &wanted.values[wanted.count * wanted.width + k], NULL);
        }
        wanted.count++;
    }
    return load_by_keys(session, &wanted);
}

static void fill_list(calx__object *owner, const calx_relationship *relationship,
                      calx__object *item, calx__object *link)
{
    calx__list *list = calx__list_of(owner, relationship);
    if (list != NULL && list->filling)
        calx__list_push(owner->session, list, item, link);
}

/* Whoever refers to an owner now is in its list: changes that were not flushed count. */
static void fill_lists(const group *referring, const calx_relationship *relationship)
{
    const calx_foreign_key *key = calx_relationship_foreign_key(relationship);
    const calx_foreign_key *target_key = calx_relationship_target_key(relationship);
    for (size_t i = 0; i < referring->count; i++) {
        calx__object *object = referring->objects[i];
        calx__object *owner;
        calx__object *item = object;
        if (!calx__is_in_session(object) || !calx__parent_find(object, key, &owner) ||
            owner == NULL)
            continue;
        if (target_key == NULL)
            fill_list(owner, relationship, object, NULL);
        else if (calx__parent_find(object, target_key, &item) && item != NULL)
            fill_list(owner, relationship, item, object);
    }
}

static int load_lists(const group *owners, const calx_relationship *relationship)
{
    calx_session *session = owners->session;
    /* What is flushed first is part of what is loaded. */
    if (calx__session_flush_for(session, relationship->through ? relationship->through
                                                               : relationship->target) < 0)
        return session->error.code;
    group lacking = lacking_list(owners, relationship);
    calx__list *added = calx_arena_alloc(&session->working, (lacking.count + 1) * sizeof *added);
    if (added == NULL || lacking.objects == NULL)
        return calx__session_state(session);
    for (size_t i = 0; i < lacking.count; i++)
        calx__list_begin(lacking.objects[i], relationship, &added[i]);
    group referring = load_referring(&lacking, relationship);
    if (relationship->kind == CALX_MANY_TO_MANY)
        load_parents(&referring, calx_relationship_target_key(relationship));
    fill_lists(&referring, relationship);
    for (size_t i = 0; i < lacking.count; i++)
        calx__list_end(lacking.objects[i], relationship, &added[i]);
    return calx__session_state(session);
}

static group items_of(const group *owners, const calx_relationship *relationship)
{
    size_t count = 0;
    for (size_t i = 0; i < owners->count; i++) {
        const calx__list *list = calx__list_of(owners->objects[i], relationship);
        count += list ? list->count : 0;
    }
    group items = group_create(owners->session, count);
    for (size_t i = 0; items.objects != NULL && i < owners->count; i++) {
        const calx__list *list = calx__list_of(owners->objects[i], relationship);
        for (size_t k = 0; list != NULL && k < list->count; k++)
            items.objects[items.count++] = calx__object_of(list->items[k]);
    }
    make_unique(&items);
    return items;
}

/* ---- Paths ---- */

static group load_step(const group *owners, const calx_relationship *relationship)
{
    const calx_foreign_key *key = calx_relationship_foreign_key(relationship);
    bool to_parent = relationship->kind == CALX_MANY_TO_ONE;
    int code = to_parent ? load_parents(owners, key) : load_lists(owners, relationship);
    if (code < 0)
        return (group){.session = owners->session};
    return to_parent ? parents_of(owners, key) : items_of(owners, relationship);
}

static int load_path(calx_session *session, void *const *records, size_t count,
                     const calx_relationship *const *path, size_t length)
{
    calx__session_begin_work(session);
    group owners = group_create(session, count);
    for (size_t i = 0; owners.objects != NULL && i < count; i++)
        owners.objects[owners.count++] = calx__object_of(records[i]);
    make_unique(&owners);
    if (owners.count > 0)
        refresh(&owners);
    for (size_t i = 0; i < length && owners.count > 0; i++)
        owners = load_step(&owners, path[i]);
    calx__session_end_work(session);
    return calx__session_state(session);
}

int calx__load_for(void *const *records, size_t count, const calx_relationship *const *path,
                   size_t length)
{
    if (count == 0)
        return 0;
    calx_session *session = calx__object_of(records[0])->session;
    if (calx__session_state(session) < 0)
        return session->error.code;
    return load_path(session, records, count, path, length);
}

void calx__query_load(calx_query *query, bool joined, const calx_relationship *const *path,
                      size_t length)
{
    calx_session *session = query->session;
    if (calx__session_state(session) < 0)
        return;
    calx__load *load = calx_arena_alloc(&session->arena, sizeof *load);
    if (load == NULL) {
        calx__session_state(session);
        return;
    }
    memcpy(load->path, path, length * sizeof *path);
    load->length = length;
    load->joined = joined;
    calx__load **end = &query->loads;
    while (*end != NULL)
        end = &(*end)->next;
    *end = load;
}

void calx__query_load_related(const calx_query *query, const calx__object_list *list)
{
    for (const calx__load *load = query->loads; load && list->count > 0; load = load->next)
        if (load_path(query->session, list->items, list->count, load->path, load->length) < 0)
            break;
}
