/* relationship_list.c: the objects that refer to one, as they were loaded and changed. */
#include <stdlib.h>
#include <string.h>

#include "core/orm/key.h"
#include "core/orm/relationship.h"

#define CAPACITY_MIN 8u

bool calx__list_is_loaded(const calx__object *object, const calx_relationship *relationship)
{
    size_t index = (size_t)(relationship - object->model->relationships);
    return object->made || (object->relations != NULL && object->relations->lists[index].loaded);
}

calx__list *calx__list_of(calx__object *object, const calx_relationship *relationship)
{
    calx__relations *relations = calx__relations_of(object);
    return relations ? &relations->lists[relationship - object->model->relationships] : NULL;
}

size_t calx__list_find(const calx__list *list, const calx__object *item)
{
    size_t i = 0;
    while (i < list->count && list->items[i] != item->record)
        i++;
    return i;
}

/* Room in arrays that nobody else looks at, for so many items. */
static bool reserve(calx_session *session, calx__list *list, size_t capacity)
{
    void **items = calx_arena_alloc(&session->arena, capacity * sizeof *items);
    calx__object **links = calx_arena_alloc(&session->arena, capacity * sizeof(calx__object *));
    if (items == NULL || links == NULL) {
        calx__session_state(session);
        return false;
    }
    if (list->count > 0) {
        memcpy(items, list->items, list->count * sizeof *items);
        memcpy(links, list->links, list->count * sizeof(calx__object *));
    }
    list->items = items;
    list->links = links;
    list->capacity = capacity;
    list->lent = false;
    return true;
}

bool calx__list_push(calx_session *session, calx__list *list, calx__object *item,
                     calx__object *link)
{
    if (list->count == list->capacity &&
        !reserve(session, list, list->capacity ? list->capacity * 2 : CAPACITY_MIN))
        return false;
    /* Behind the end of whatever was given out before. */
    list->items[list->count] = item->record;
    list->links[list->count++] = link;
    return true;
}

/* What it is now comes back with a rollback. */
static void keep(calx__list *list, bool loaded)
{
    if (list->kept)
        return;
    list->before.items = list->items;
    list->before.links = list->links;
    list->before.count = list->count;
    list->before.loaded = loaded;
    list->kept = true;
    list->lent = true;
}

void calx__list_add(calx__object *object, const calx_relationship *relationship, calx__object *item,
                    calx__object *link)
{
    calx__list *list = calx__list_of(object, relationship);
    if (list == NULL)
        return;
    keep(list, calx__list_is_loaded(object, relationship));
    calx__relations_touch(object->relations);
    calx__list_push(object->session, list, item, link);
}

void calx__list_remove(calx__object *object, const calx_relationship *relationship,
                       const calx__object *item)
{
    calx__list *list = calx__list_of(object, relationship);
    size_t at = list ? calx__list_find(list, item) : 0;
    if (list == NULL || at == list->count)
        return;
    keep(list, calx__list_is_loaded(object, relationship));
    calx__relations_touch(object->relations);
    if (list->lent && !reserve(object->session, list, list->capacity))
        return;
    list->count--;
    memmove(&list->items[at], &list->items[at + 1], (list->count - at) * sizeof *list->items);
    memmove(&list->links[at], &list->links[at + 1], (list->count - at) * sizeof(calx__object *));
}

/* ---- Loading ---- */

void calx__list_begin(calx__object *owner, const calx_relationship *relationship, calx__list *added)
{
    calx__list_expire(owner, relationship);
    calx__list *list = calx__list_of(owner, relationship);
    *added = (calx__list){.loaded = false};
    if (list == NULL)
        return;
    *added = *list;
    *list = (calx__list){.filling = true};
}

typedef struct entry {
    calx__object *item;
    calx__object *link;
} entry;

/* By primary key: text by its bytes, whatever the database's own order is. */
static int entry_compare(const void *left, const void *right)
{
    const calx__object *a = ((const entry *)left)->item;
    const calx__object *b = ((const entry *)right)->item;
    calx_value a_key[CALX_KEY_COLUMNS_MAX];
    calx_value b_key[CALX_KEY_COLUMNS_MAX];
    calx__key_of_record(a->model, a->snapshot, a_key);
    calx__key_of_record(b->model, b->snapshot, b_key);
    return calx__key_compare(a->model, a_key, b_key);
}

static void sort(calx_session *session, calx__list *list)
{
    entry *entries = calx_arena_alloc(&session->working, (list->count + 1) * sizeof *entries);
    if (entries == NULL)
        return;
    for (size_t i = 0; i < list->count; i++)
        entries[i] = (entry){.item = calx__object_of(list->items[i]), .link = list->links[i]};
    if (list->count > 1)
        qsort(entries, list->count, sizeof *entries, entry_compare);
    for (size_t i = 0; i < list->count; i++) {
        list->items[i] = entries[i].item->record;
        list->links[i] = entries[i].link;
    }
}

void calx__list_end(calx__object *owner, const calx_relationship *relationship,
                    const calx__list *added)
{
    calx_session *session = owner->session;
    calx__list *list = calx__list_of(owner, relationship);
    if (list == NULL)
        return;
    sort(session, list);
    for (size_t i = 0; i < added->count; i++) {
        calx__object *item = calx__object_of(added->items[i]);
        if (calx__list_find(list, item) == list->count)
            calx__list_push(session, list, item, added->links[i]);
    }
    list->filling = false;
    list->loaded = calx__session_state(session) == 0;
    /* A rollback would undo what the transaction, or what was not flushed, has made of it. */
    if (session->connection != NULL || !session->autoflush) {
        list->kept = true;
        calx__relations_touch(owner->relations);
    }
}
