/*
 * json.h: JSON that is no object: parsing any value, reading one into a member. Private to core.
 */
#ifndef CALX_CORE_ORM_JSON_H
#define CALX_CORE_ORM_JSON_H

#include <calx/json.h>

/* As calx_json_parse, for any value, nested up to depth_max levels. */
int calx__json_parse(calx_text text, int depth_max, json_t **out, calx_error *err);

/* Reads a value into a member: null is NULL, and in a document that cannot be NULL a document. */
int calx__json_read_value(const calx_column *column, const json_t *json, void *member,
                          calx_arena *arena, calx_error *err);

#endif
