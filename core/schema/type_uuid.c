/* type_uuid.c: Uuid; in JSON a string with dashes. */
#include "core/schema/type.h"

#include <string.h>

static int uuid_encode(const calx_column *column, const void *member, calx_arena *arena,
                       calx_value *out, calx_error *err)
{
    (void)arena;
    (void)err;
    *out = calx__plain_is_null(column, member) ? calx_value_null()
                                               : calx_value_uuid(*(const calx_uuid *)member);
    return 0;
}

static int uuid_decode(const calx_column *column, const calx_value *value, void *member,
                       calx_arena *arena, calx_error *err)
{
    calx_uuid uuid = {{0}};
    (void)arena;
    if (value->kind == CALX_KIND_NULL && !column->nullable)
        return calx__type_refuse_null(column, CALX_ERROR_MISFIT, err);
    if (value->kind == CALX_KIND_UUID)
        uuid = value->as.uuid;
    else if (value->kind == CALX_KIND_TEXT && !calx_uuid_parse(value->as.text, &uuid))
        return calx_error_set(err, CALX_ERROR_MISFIT, "stored text is no UUID");
    else if (value->kind != CALX_KIND_NULL && value->kind != CALX_KIND_TEXT)
        return calx__type_misfit(column, value, err);
    calx__plain_put(column, member, value->kind == CALX_KIND_NULL, &uuid);
    return 0;
}

static bool uuid_equal(const calx_column *column, const void *a, const void *b)
{
    bool is_null = calx__plain_is_null(column, a);
    if (is_null || calx__plain_is_null(column, b))
        return is_null == calx__plain_is_null(column, b);
    return memcmp(a, b, sizeof(calx_uuid)) == 0;
}

static void uuid_json_write(const calx_column *column, const void *member, calx_buffer *out)
{
    char text[CALX_UUID_TEXT_MAX];
    if (calx__plain_is_null(column, member)) {
        calx_buffer_append(out, "null", 4);
        return;
    }
    calx_uuid_format(*(const calx_uuid *)member, true, text);
    calx_buffer_append_format(out, "\"%s\"", text);
}

static int uuid_json_read(const calx_column *column, const void *json, void *member,
                          calx_arena *arena, calx_error *err)
{
    calx_uuid uuid;
    (void)arena;
    if (!json_is_string((const json_t *)json))
        return calx__type_json_mismatch("string (UUID)", json, err);
    if (!calx_uuid_parse((calx_text){json_string_value(json), json_string_length(json)}, &uuid))
        return calx_error_set(err, CALX_ERROR_INVALID, "expected a UUID");
    calx__plain_put(column, member, false, &uuid);
    return 0;
}

const calx_type calx_type_uuid = {
    .id = CALX_TYPE_UUID,
    .name = "Uuid",
    .kind = CALX_KIND_UUID,
    .size = sizeof(calx_uuid),
    .size_or_null = sizeof(calx_uuid_or_null),
    .encode = uuid_encode,
    .decode = uuid_decode,
    .equal = uuid_equal,
    .json_write = uuid_json_write,
    .json_read = uuid_json_read,
};
