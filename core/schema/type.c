/* type.c: what all types share: refusals, and the length of text. */
#include "core/schema/type.h"

#include <stdio.h>
#include <string.h>

#define FOLLOWS(type)                                                                              \
    _Static_assert(offsetof(type, is_null) == sizeof(((type *)NULL)->value), #type)
FOLLOWS(calx_small_integer_or_null);
FOLLOWS(calx_integer_or_null);
FOLLOWS(calx_big_integer_or_null);
FOLLOWS(calx_boolean_or_null);
FOLLOWS(calx_float_or_null);
FOLLOWS(calx_double_or_null);
FOLLOWS(calx_date_or_null);
FOLLOWS(calx_time_or_null);
FOLLOWS(calx_datetime_or_null);
FOLLOWS(calx_interval_or_null);
FOLLOWS(calx_uuid_or_null);

void calx__plain_put(const calx_column *column, void *member, bool is_null, const void *value)
{
    const calx_type *type = column->type;
    if (is_null)
        memset(member, 0, type->size);
    else
        memcpy(member, value, type->size);
    if (column->nullable)
        *((bool *)member + type->size) = is_null;
}

int calx__type_refuse_null(const calx_column *column, calx_error_class code, calx_error *err)
{
    calx_error_set(err, code, "NULL in a column that is not nullable");
    if (err != NULL && code == CALX_ERROR_NOT_NULL && err->constraint[0] == '\0')
        snprintf(err->constraint, sizeof err->constraint, "%s", calx_column_name(column));
    return code;
}

int calx__type_misfit(const calx_column *column, const calx_value *value, calx_error *err)
{
    return calx_error_set(err, CALX_ERROR_MISFIT, "stored %s does not fit type %s",
                          calx_kind_name(value->kind), column->type->name);
}

int calx__type_stored_misfit(calx_error *err)
{
    if (err != NULL && err->code == CALX_ERROR_INVALID)
        err->code = CALX_ERROR_MISFIT;
    calx_error_prefix(err, "stored value");
    return CALX_ERROR_MISFIT;
}

void calx__make_point(char *text)
{
    char *to = text;
    for (const char *from = text; *from != '\0'; from++) {
        if (strchr("+-0123456789e", *from) != NULL)
            *to++ = *from;
        else if (to > text && to[-1] != '.')
            *to++ = '.';
    }
    *to = '\0';
}

int calx__type_json_mismatch(const char *expected, const json_t *json, calx_error *err)
{
    static const char *const names[] = {
        [JSON_OBJECT] = "object",   [JSON_ARRAY] = "array",      [JSON_STRING] = "string",
        [JSON_INTEGER] = "integer", [JSON_REAL] = "real number", [JSON_TRUE] = "boolean",
        [JSON_FALSE] = "boolean",   [JSON_NULL] = "null",
    };
    return calx_error_set(err, CALX_ERROR_INVALID, "expected %s, got %s", expected,
                          names[json_typeof(json)]);
}

size_t calx__utf8_count(calx_text text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.length; i++)
        count += ((unsigned char)text.data[i] & 0xc0) != 0x80;
    return count;
}
