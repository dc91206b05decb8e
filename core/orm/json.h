/*
 * json.h: JSON that is no object: parsing any value, reading one into a member. Private to core.
 */
#ifndef CALX_CORE_ORM_JSON_H
#define CALX_CORE_ORM_JSON_H

#include <calx/json.h>

/* As calx_json_parse, for any value, nested up to depth_max levels. */
int calx__json_parse(calx_text text, int depth_max, json_t **out, calx_error *err);

/* Is a member of this column's name in a JSON object for it? */
static inline bool calx__json_sets(const calx_column *column)
{
    return column->json && !column->primary_key;
}

/* Is there one in the JSON object that is written? */
static inline bool calx__json_has(const calx_column *column)
{
    return column->json || column->primary_key;
}

/*
 * Reads an object into a record if it is one of those that json_plain.c knows and all is right with
 * it; *set gets the bits of the columns that are not NULL now, for their validators. False: the
 * record may have been changed, and nothing is said about the text.
 */
bool calx__json_read_plain(const calx_model *model, calx_text text, void *record, calx_arena *arena,
                           uint64_t *set);

/* Reads a value into a member: null is NULL, and in a document that cannot be NULL a document. */
int calx__json_read_value(const calx_column *column, const json_t *json, void *member,
                          calx_arena *arena, calx_error *err);

#endif
