/* type_enum.c: Enum; its label in the database and in JSON. */
#include "core/schema/type.h"

#include <string.h>

/* What a compiler makes of every enumeration without negative values, alone and nullable. */
typedef struct enumerator_or_null {
    unsigned value;
    bool is_null;
} enumerator_or_null;

static unsigned enum_get(const void *member)
{
    unsigned value;
    memcpy(&value, member, sizeof value);
    return value;
}

static const char *label_of(const calx_column *column, const void *member)
{
    unsigned value = enum_get(member);
    return value < column->enumeration->count ? column->enumeration->labels[value] : NULL;
}

static bool find_label(const calx_enumeration *enumeration, calx_text text, unsigned *out)
{
    for (unsigned i = 0; i < enumeration->count; i++) {
        if (calx_text_equal(text, calx_text_of(enumeration->labels[i]))) {
            *out = i;
            return true;
        }
    }
    return false;
}

calx_value calx__value_of_enumerator(const calx_enumeration *enumeration, unsigned value)
{
    return value < enumeration->count ? calx_value_text(calx_text_of(enumeration->labels[value]))
                                      : calx_value_double(__builtin_nan(""));
}

static int enum_encode(const calx_column *column, const void *member, calx_arena *arena,
                       calx_value *out, calx_error *err)
{
    bool is_null = calx__plain_is_null(column, member);
    const char *label = label_of(column, member);
    (void)arena;
    if (!is_null && label == NULL)
        return calx_error_set(err, CALX_ERROR_INVALID, "%u is no value of the enumeration",
                              enum_get(member));
    *out = is_null ? calx_value_null() : calx_value_text(calx_text_of(label));
    return 0;
}

static int enum_decode(const calx_column *column, const calx_value *value, void *member,
                       calx_arena *arena, calx_error *err)
{
    unsigned index = 0;
    (void)arena;
    if (value->kind == CALX_KIND_NULL && !column->nullable)
        return calx__type_refuse_null(column, CALX_ERROR_MISFIT, err);
    if (value->kind != CALX_KIND_NULL && value->kind != CALX_KIND_TEXT)
        return calx__type_misfit(column, value, err);
    if (value->kind == CALX_KIND_TEXT && !find_label(column->enumeration, value->as.text, &index))
        return calx_error_set(err, CALX_ERROR_MISFIT, "stored text is no label of the enumeration");
    calx__plain_put(column, member, value->kind == CALX_KIND_NULL, &index);
    return 0;
}

static bool enum_equal(const calx_column *column, const void *a, const void *b)
{
    bool is_null = calx__plain_is_null(column, a);
    if (is_null || calx__plain_is_null(column, b))
        return is_null == calx__plain_is_null(column, b);
    return enum_get(a) == enum_get(b);
}

static void enum_json_write(const calx_column *column, const void *member, calx_buffer *out)
{
    const char *label = label_of(column, member);
    if (calx__plain_is_null(column, member) || label == NULL)
        calx_buffer_append(out, "null", 4);
    else
        calx_json_write_string(out, calx_text_of(label));
}

static int enum_json_read(const calx_column *column, const void *json, void *member,
                          calx_arena *arena, calx_error *err)
{
    unsigned index;
    (void)arena;
    if (!json_is_string((const json_t *)json))
        return calx__type_json_mismatch("string", json, err);
    calx_text text = {json_string_value(json), json_string_length(json)};
    if (!find_label(column->enumeration, text, &index))
        return calx_error_set(err, CALX_ERROR_INVALID, "not one of the values: \"%s\" …",
                              column->enumeration->labels[0]);
    calx__plain_put(column, member, false, &index);
    return 0;
}

const calx_type calx_type_enum = {
    .id = CALX_TYPE_ENUM,
    .name = "Enum",
    .kind = CALX_KIND_TEXT,
    .size = sizeof(unsigned),
    .size_or_null = sizeof(enumerator_or_null),
    .encode = enum_encode,
    .decode = enum_decode,
    .equal = enum_equal,
    .json_write = enum_json_write,
    .json_read = enum_json_read,
};
