/*
 * identity_map.h: one object per row and session, found by model and primary key. Private to core.
 */
#ifndef CALX_CORE_ORM_IDENTITY_MAP_H
#define CALX_CORE_ORM_IDENTITY_MAP_H

#include "core/orm/object.h"

#define CALX__IDENTITY_MAP_FIRST 16u /* buckets that need no memory of their own */

/* Zero-initialised is empty; stays where it is. Does not own the objects. The keys in their
 * snapshots are the keys of the map; what they hash to is kept in the objects. */
typedef struct calx__identity_map {
    calx__object **buckets;
    size_t bucket_count; /* a power of two, or 0 */
    size_t count;
    calx__object *first[CALX__IDENTITY_MAP_FIRST];
} calx__identity_map;

/* By the values of the key's columns; NULL if there is none. */
calx__object *calx__identity_map_find(const calx__identity_map *map, const calx_model *model,
                                      const calx_value *key);

/* False when out of memory. The object's key must not be in the map. */
bool calx__identity_map_add(calx__identity_map *map, calx__object *object);

/* The same with what calx__key_hash makes of the key: each row is looked for before it is added. */
calx__object *calx__identity_map_find_hashed(const calx__identity_map *map, const calx_model *model,
                                             const calx_value *key, uint32_t hash);
bool calx__identity_map_add_hashed(calx__identity_map *map, calx__object *object, uint32_t hash);

/* No effect if it is not there. */
void calx__identity_map_remove(calx__identity_map *map, calx__object *object);

void calx__identity_map_finish(calx__identity_map *map);

#endif
