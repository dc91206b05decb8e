/* type_text.c: String and Text. */
#include "core/schema/type.h"

#include <string.h>

/* What every database would store: PostgreSQL knows no NUL in text, SQLite would cut it at its own
 * functions. */
static int text_check(const calx_column *column, calx_text text, calx_error *err)
{
    if (memchr(text.data, '\0', text.length) != NULL)
        return calx_error_set(err, CALX_ERROR_INVALID, "text with a NUL character");
    if (!calx_utf8_valid(text.data, text.length))
        return calx_error_set(err, CALX_ERROR_INVALID, "text that is not valid UTF-8");
    if (column->length > 0 && text.length > column->length &&
        calx__utf8_count(text) > column->length)
        return calx_error_set(err, CALX_ERROR_INVALID, "more than %u characters", column->length);
    return 0;
}

static int text_encode(const calx_column *column, const void *member, calx_arena *arena,
                       calx_value *out, calx_error *err)
{
    (void)arena;
    calx_text text = *(const calx_text *)member;
    if (text.data == NULL && !column->nullable)
        return calx__type_refuse_null(column, CALX_ERROR_NOT_NULL, err);
    int code = text.data ? text_check(column, text, err) : 0;
    if (code == 0)
        *out = calx_value_text(text);
    return code;
}

static int text_keep(const calx_column *column, void *member, calx_arena *arena, calx_error *err)
{
    calx_text *text = member;
    (void)column;
    if (text->data == NULL)
        return 0;
    calx_text copy = calx_arena_copy(arena, text->data, text->length);
    if (copy.data == NULL)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    *text = copy;
    return 0;
}

static int text_decode(const calx_column *column, const calx_value *value, void *member,
                       calx_arena *arena, calx_error *err)
{
    if (value->kind == CALX_KIND_NULL) {
        if (!column->nullable)
            return calx__type_refuse_null(column, CALX_ERROR_MISFIT, err);
        *(calx_text *)member = (calx_text){0};
        return 0;
    }
    if (value->kind != CALX_KIND_TEXT)
        return calx__type_misfit(column, value, err);
    calx_text copy = calx_arena_copy(arena, value->as.text.data, value->as.text.length);
    if (copy.data == NULL)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    *(calx_text *)member = copy;
    return 0;
}

static bool text_equal(const calx_column *column, const void *a, const void *b)
{
    (void)column;
    return calx_text_equal(*(const calx_text *)a, *(const calx_text *)b);
}

static void text_json_write(const calx_column *column, const void *member, calx_buffer *out)
{
    (void)column;
    calx_text text = *(const calx_text *)member;
    if (text.data == NULL)
        calx_buffer_append(out, "null", 4);
    else
        calx_json_write_string(out, text);
}

static int text_json_read(const calx_column *column, const void *json, void *member,
                          calx_arena *arena, calx_error *err)
{
    if (!json_is_string((const json_t *)json))
        return calx__type_json_mismatch("string", json, err);
    calx_text text = {json_string_value(json), json_string_length(json)};
    int code = text_check(column, text, err);
    if (code < 0)
        return code;
    calx_text copy = calx_arena_copy(arena, text.data, text.length);
    if (copy.data == NULL)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    *(calx_text *)member = copy;
    return 0;
}

const calx_type calx_type_string = {
    .id = CALX_TYPE_STRING,
    .name = "String",
    .kind = CALX_KIND_TEXT,
    .size = sizeof(calx_text),
    .size_or_null = sizeof(calx_text),
    .encode = text_encode,
    .decode = text_decode,
    .equal = text_equal,
    .keep = text_keep,
    .json_write = text_json_write,
    .json_read = text_json_read,
};

const calx_type calx_type_text = {
    .id = CALX_TYPE_TEXT,
    .name = "Text",
    .kind = CALX_KIND_TEXT,
    .size = sizeof(calx_text),
    .size_or_null = sizeof(calx_text),
    .encode = text_encode,
    .decode = text_decode,
    .equal = text_equal,
    .keep = text_keep,
    .json_write = text_json_write,
    .json_read = text_json_read,
};
