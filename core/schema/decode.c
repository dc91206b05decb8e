/* decode.c: stored values to members, and to JSON. The types that most columns have take no call of
 * their own where the value is what such a column usually holds; its type is asked for all else. */
#include "core/schema/type.h"

#include <string.h>

/* Its member becomes the value, which is not NULL. */
static inline void put(const calx_column *column, void *member, const void *value, size_t size)
{
    memcpy(member, value, size);
    if (column->nullable)
        *((bool *)member + size) = false;
}

/* False: the type has to look at it. */
static bool decode_integer(const calx_column *column, int64_t value, void *member)
{
    int32_t narrow = (int32_t)value;
    bool truth = value != 0;
    switch (column->type->id) {
    case CALX_TYPE_INTEGER:
        if (narrow != value)
            return false;
        put(column, member, &narrow, sizeof narrow);
        return true;
    case CALX_TYPE_BIG_INTEGER:
        put(column, member, &value, sizeof value);
        return true;
    case CALX_TYPE_BOOLEAN:
        if (truth != value)
            return false;
        put(column, member, &truth, sizeof truth);
        return true;
    default:
        return false;
    }
}

static bool decode_text(const calx_column *column, calx_text value, void *member, calx_arena *arena)
{
    if (column->type->id != CALX_TYPE_STRING && column->type->id != CALX_TYPE_TEXT)
        return false;
    calx_text copy = calx_arena_copy(arena, value.data, value.length);
    if (copy.data != NULL)
        *(calx_text *)member = copy;
    return copy.data != NULL;
}

int calx__column_decode(const calx_column *column, const calx_value *value, void *member,
                        calx_arena *arena, calx_error *err)
{
    bool done = false;
    if (value->kind == CALX_KIND_INTEGER) {
        done = decode_integer(column, value->as.integer, member);
    } else if (value->kind == CALX_KIND_TEXT) {
        done = decode_text(column, value->as.text, member, arena);
    } else if (value->kind == CALX_KIND_BOOLEAN && column->type->id == CALX_TYPE_BOOLEAN) {
        put(column, member, &value->as.boolean, sizeof(bool));
        done = true;
    } else if (value->kind == CALX_KIND_DOUBLE && column->type->id == CALX_TYPE_DOUBLE) {
        put(column, member, &value->as.real, sizeof(double));
        done = true;
    }
    return done ? 0 : column->type->decode(column, value, member, arena, err);
}

static bool write_integer(const calx_column *column, int64_t value, calx_buffer *out)
{
    calx_type_id type = column->type->id;
    bool fits =
        type == CALX_TYPE_BIG_INTEGER || (type == CALX_TYPE_INTEGER && value == (int32_t)value);
    if (fits)
        calx_buffer_append_integer(out, value);
    else if (type == CALX_TYPE_BOOLEAN && value == 1)
        calx_buffer_append(out, "true", 4);
    else if (type == CALX_TYPE_BOOLEAN && value == 0)
        calx_buffer_append(out, "false", 5);
    else
        return false;
    return true;
}

bool calx__column_json_write(const calx_column *column, const calx_value *value, calx_buffer *out)
{
    calx_type_id type = column->type->id;
    if (value->kind == CALX_KIND_INTEGER)
        return write_integer(column, value->as.integer, out);
    if (value->kind == CALX_KIND_BOOLEAN && type == CALX_TYPE_BOOLEAN)
        return write_integer(column, value->as.boolean, out);
    if (value->kind != CALX_KIND_TEXT || (type != CALX_TYPE_STRING && type != CALX_TYPE_TEXT))
        return false;
    calx_json_write_string(out, value->as.text);
    return true;
}
