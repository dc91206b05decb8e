/* type_custom.c: types of the application: through the member of the type below to all else. */
#include "core/schema/type.h"

#include <calx/custom.h>
#include <calx/session.h>
#include <stdalign.h>

typedef struct stored {
    alignas(max_align_t) unsigned char member[CALX_CUSTOM_STORED_MAX];
} stored;

calx_column calx__column_stored(const calx_column *column)
{
    if (column->type->stored == NULL)
        return *column;
    calx_column below = *column->type->stored;
    below.member = column->member;
    below.sql_name = column->sql_name;
    below.length = column->length ? column->length : below.length;
    return below;
}

int calx__custom_encode(const calx_column *column, const void *member, calx_arena *arena,
                        calx_value *out, calx_error *err)
{
    stored room = {{0}};
    if (calx__plain_is_null(column, member)) {
        *out = calx_value_null();
        return 0;
    }
    calx_column below = calx__column_stored(column);
    int code = column->type->to_stored(member, &room, arena, err);
    if (code < 0)
        return code;
    code = below.type->keep ? below.type->keep(&below, &room, arena, err) : 0;
    return code < 0 ? code : below.type->encode(&below, &room, arena, out, err);
}

int calx__custom_decode(const calx_column *column, const calx_value *value, void *member,
                        calx_arena *arena, calx_error *err)
{
    stored room = {{0}};
    if (value->kind == CALX_KIND_NULL && !column->nullable)
        return calx__type_refuse_null(column, CALX_ERROR_MISFIT, err);
    if (value->kind == CALX_KIND_NULL) {
        calx__plain_put(column, member, true, NULL);
        return 0;
    }
    calx_column below = calx__column_stored(column);
    int code = below.type->decode(&below, value, &room, arena, err);
    if (code < 0)
        return code;
    code = column->type->from_stored(&room, member, arena, err);
    if (code == CALX_ERROR_INVALID)
        return calx__type_stored_misfit(err);
    if (code == 0 && column->nullable)
        calx__plain_put(column, member, false, member);
    return code;
}

bool calx__custom_equal(const calx_column *column, const void *a, const void *b)
{
    stored left = {{0}};
    stored right = {{0}};
    calx_arena arena = {0};
    bool is_null = calx__plain_is_null(column, a);
    if (is_null || calx__plain_is_null(column, b))
        return is_null == calx__plain_is_null(column, b);
    calx_column below = calx__column_stored(column);
    bool equal = column->type->to_stored(a, &left, &arena, NULL) == 0 &&
                 column->type->to_stored(b, &right, &arena, NULL) == 0 &&
                 below.type->equal(&below, &left, &right);
    calx_arena_finish(&arena);
    return equal;
}

/* There and back: whatever it points to is made anew in the arena. */
int calx__custom_keep(const calx_column *column, void *member, calx_arena *arena, calx_error *err)
{
    stored room = {{0}};
    if (calx__plain_is_null(column, member))
        return 0;
    calx_column below = calx__column_stored(column);
    int code = column->type->to_stored(member, &room, arena, err);
    if (code == 0 && below.type->keep != NULL)
        code = below.type->keep(&below, &room, arena, err);
    return code < 0 ? code : column->type->from_stored(&room, member, arena, err);
}

void calx__custom_json_write(const calx_column *column, const void *member, calx_buffer *out)
{
    stored room = {{0}};
    calx_arena arena = {0};
    calx_column below = calx__column_stored(column);
    if (calx__plain_is_null(column, member) ||
        column->type->to_stored(member, &room, &arena, NULL) < 0)
        calx_buffer_append(out, "null", 4);
    else
        below.type->json_write(&below, &room, out);
    calx_arena_finish(&arena);
}

int calx__custom_json_read(const calx_column *column, const void *json, void *member,
                           calx_arena *arena, calx_error *err)
{
    stored room = {{0}};
    calx_column below = calx__column_stored(column);
    int code = below.type->json_read(&below, json, &room, arena, err);
    if (code == 0)
        code = column->type->from_stored(&room, member, arena, err);
    if (code == 0 && column->nullable)
        calx__plain_put(column, member, false, member);
    return code;
}

calx_value calx__custom_value(calx_session *session, const calx_type *type, const void *value)
{
    calx_column column = {.member = type->name, .type = type};
    calx_value out = calx_value_double(__builtin_nan(""));
    calx_value encoded;
    if (calx__custom_encode(&column, value, calx_session_arena(session), &encoded, NULL) == 0)
        out = encoded;
    return out;
}
