/*
 * json.h: the parsing of JSON that is no object. Private to core.
 */
#ifndef CALX_CORE_ORM_JSON_H
#define CALX_CORE_ORM_JSON_H

#include <calx/json.h>

/* As calx_json_parse, for any value. */
int calx__json_parse(calx_text text, json_t **out, calx_error *err);

#endif
