/* identity_map.c: a chained hash table that doubles; the first one is part of the map. */
#include "core/orm/identity_map.h"

#include <stdlib.h>

#include "core/orm/key.h"

static calx__object **bucket_of(const calx__identity_map *map, uint32_t hash)
{
    return &map->buckets[hash & (map->bucket_count - 1)];
}

static bool is_at(const calx__object *object, const calx_model *model, const calx_value *key)
{
    calx_value own[CALX_KEY_COLUMNS_MAX];
    calx__key_of_record(model, object->snapshot, own);
    return calx__key_compare(model, own, key) == 0;
}

calx__object *calx__identity_map_find(const calx__identity_map *map, const calx_model *model,
                                      const calx_value *key)
{
    return map->count > 0
               ? calx__identity_map_find_hashed(map, model, key, calx__key_hash(model, key))
               : NULL;
}

calx__object *calx__identity_map_find_hashed(const calx__identity_map *map, const calx_model *model,
                                             const calx_value *key, uint32_t hash)
{
    if (map->count == 0)
        return NULL;
    for (calx__object *object = *bucket_of(map, hash); object; object = object->next_in_bucket)
        if (object->hash == hash && object->model == model && is_at(object, model, key))
            return object;
    return NULL;
}

static void insert(calx__identity_map *map, calx__object *object)
{
    calx__object **bucket = bucket_of(map, object->hash);
    object->next_in_bucket = *bucket;
    *bucket = object;
}

static bool grow(calx__identity_map *map)
{
    calx__object **before = map->buckets;
    size_t count = map->bucket_count;
    size_t bigger = count ? count * 2 : CALX__IDENTITY_MAP_FIRST;
    calx__object **buckets = count ? calloc(bigger, sizeof *buckets) : map->first;
    if (buckets == NULL)
        return false;
    map->buckets = buckets;
    map->bucket_count = bigger;
    for (size_t i = 0; i < count; i++) {
        calx__object *next;
        for (calx__object *object = before[i]; object; object = next) {
            next = object->next_in_bucket;
            insert(map, object);
        }
    }
    if (before != map->first)
        free(before);
    return true;
}

bool calx__identity_map_add(calx__identity_map *map, calx__object *object)
{
    calx_value key[CALX_KEY_COLUMNS_MAX];
    calx__key_of_record(object->model, object->snapshot, key);
    return calx__identity_map_add_hashed(map, object, calx__key_hash(object->model, key));
}

bool calx__identity_map_add_hashed(calx__identity_map *map, calx__object *object, uint32_t hash)
{
    if (map->count >= map->bucket_count && !grow(map))
        return false;
    object->hash = hash;
    insert(map, object);
    map->count++;
    return true;
}

void calx__identity_map_remove(calx__identity_map *map, calx__object *object)
{
    if (map->count == 0)
        return;
    calx__object **link = bucket_of(map, object->hash);
    while (*link != NULL && *link != object)
        link = &(*link)->next_in_bucket;
    if (*link != NULL) {
        *link = object->next_in_bucket;
        object->next_in_bucket = NULL;
        map->count--;
    }
}

void calx__identity_map_finish(calx__identity_map *map)
{
    if (map->buckets != map->first)
        free(map->buckets);
    *map = (calx__identity_map){0};
}
