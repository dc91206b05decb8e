/* type_text.c: String, Text, LargeBinary, DateTime, and what all types share. */
#include "core/schema/type.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

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

/* ---- String, Text ---- */

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

static int text_encode(const calx_column *column, const void *member, calx_value *out,
                       calx_error *err)
{
    calx_text text = *(const calx_text *)member;
    if (text.data == NULL && !column->nullable)
        return calx__type_refuse_null(column, CALX_ERROR_NOT_NULL, err);
    int code = text.data ? text_check(column, text, err) : 0;
    if (code == 0)
        *out = calx_value_text(text);
    return code;
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
    .json_write = text_json_write,
    .json_read = text_json_read,
};

/* ---- LargeBinary: base64 (RFC 4648) in JSON ---- */

static int blob_encode(const calx_column *column, const void *member, calx_value *out,
                       calx_error *err)
{
    calx_blob blob = *(const calx_blob *)member;
    if (blob.data == NULL && !column->nullable)
        return calx__type_refuse_null(column, CALX_ERROR_NOT_NULL, err);
    *out = calx_value_blob(blob);
    return 0;
}

static int blob_decode(const calx_column *column, const calx_value *value, void *member,
                       calx_arena *arena, calx_error *err)
{
    if (value->kind == CALX_KIND_NULL) {
        if (!column->nullable)
            return calx__type_refuse_null(column, CALX_ERROR_MISFIT, err);
        *(calx_blob *)member = (calx_blob){0};
        return 0;
    }
    if (value->kind != CALX_KIND_BLOB)
        return calx__type_misfit(column, value, err);
    calx_text copy = calx_arena_copy(arena, value->as.blob.data, value->as.blob.length);
    if (copy.data == NULL)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    *(calx_blob *)member = (calx_blob){copy.data, copy.length};
    return 0;
}

static bool blob_equal(const calx_column *column, const void *a, const void *b)
{
    (void)column;
    const calx_blob *left = a;
    const calx_blob *right = b;
    return calx_text_equal((calx_text){left->data, left->length},
                           (calx_text){right->data, right->length});
}

#define BASE64_CHUNK 3072u /* a multiple of 3, so that chunks join without padding */

static void blob_json_write(const calx_column *column, const void *member, calx_buffer *out)
{
    (void)column;
    calx_blob blob = *(const calx_blob *)member;
    if (blob.data == NULL) {
        calx_buffer_append(out, "null", 4);
        return;
    }
    calx_buffer_append(out, "\"", 1);
    for (size_t at = 0; at < blob.length; at += BASE64_CHUNK) {
        size_t length = blob.length - at < BASE64_CHUNK ? blob.length - at : BASE64_CHUNK;
        char *to = calx_buffer_reserve(out, (length + 2) / 3 * 4 + 1);
        if (to == NULL)
            return;
        out->length += (size_t)EVP_EncodeBlock((unsigned char *)to,
                                               (const unsigned char *)blob.data + at, (int)length);
    }
    calx_buffer_append(out, "\"", 1);
}

static size_t base64_padding(const char *data, size_t length)
{
    size_t padding = 0;
    while (padding < 2 && padding < length && data[length - 1 - padding] == '=')
        padding++;
    return padding;
}

static int blob_json_read(const calx_column *column, const void *json, void *member,
                          calx_arena *arena, calx_error *err)
{
    (void)column;
    if (!json_is_string((const json_t *)json))
        return calx__type_json_mismatch("string (base64)", json, err);
    const char *data = json_string_value(json);
    size_t length = json_string_length(json);
    size_t padding = base64_padding(data, length);
    if (length % 4 != 0 || length > INT32_MAX || strcspn(data, "\t\n\v\f\r -") != length ||
        strcspn(data, "=") < length - padding)
        return calx_error_set(err, CALX_ERROR_INVALID, "expected base64");
    unsigned char *bytes = calx_arena_alloc(arena, length / 4 * 3 + 1);
    if (bytes == NULL)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    int count = EVP_DecodeBlock(bytes, (const unsigned char *)data, (int)length);
    if (count < 0)
        return calx_error_set(err, CALX_ERROR_INVALID, "expected base64");
    *(calx_blob *)member = (calx_blob){bytes, (size_t)count - padding};
    return 0;
}

const calx_type calx_type_large_binary = {
    .id = CALX_TYPE_LARGE_BINARY,
    .name = "LargeBinary",
    .kind = CALX_KIND_BLOB,
    .size = sizeof(calx_blob),
    .size_or_null = sizeof(calx_blob),
    .encode = blob_encode,
    .decode = blob_decode,
    .equal = blob_equal,
    .json_write = blob_json_write,
    .json_read = blob_json_read,
};

/* ---- DateTime: ISO 8601 in JSON ---- */

static calx_datetime_or_null datetime_get(const calx_column *column, const void *member)
{
    if (column->nullable)
        return *(const calx_datetime_or_null *)member;
    return (calx_datetime_or_null){.value = *(const calx_datetime *)member};
}

static void datetime_put(const calx_column *column, void *member, bool is_null, calx_datetime value)
{
    if (column->nullable)
        *(calx_datetime_or_null *)member = (calx_datetime_or_null){value, is_null};
    else
        *(calx_datetime *)member = value;
}

static int datetime_encode(const calx_column *column, const void *member, calx_value *out,
                           calx_error *err)
{
    calx_datetime_or_null value = datetime_get(column, member);
    int64_t microseconds = value.is_null ? 0 : value.value.microseconds;
    if (microseconds < CALX_DATETIME_MIN || microseconds > CALX_DATETIME_MAX)
        return calx_error_set(err, CALX_ERROR_INVALID, "not in the years 1 to 9999");
    *out = value.is_null ? calx_value_null() : calx_value_datetime(value.value);
    return 0;
}

static int datetime_decode(const calx_column *column, const calx_value *value, void *member,
                           calx_arena *arena, calx_error *err)
{
    (void)arena;
    calx_datetime datetime = {0};
    if (value->kind == CALX_KIND_NULL && !column->nullable)
        return calx__type_refuse_null(column, CALX_ERROR_MISFIT, err);
    if (value->kind == CALX_KIND_DATETIME)
        datetime = value->as.datetime;
    else if (value->kind == CALX_KIND_TEXT && !calx_datetime_parse(value->as.text, &datetime, NULL))
        return calx_error_set(err, CALX_ERROR_MISFIT, "stored text is no date and time");
    else if (value->kind != CALX_KIND_NULL && value->kind != CALX_KIND_TEXT)
        return calx__type_misfit(column, value, err);
    datetime_put(column, member, value->kind == CALX_KIND_NULL, datetime);
    return 0;
}

static bool datetime_equal(const calx_column *column, const void *a, const void *b)
{
    calx_datetime_or_null left = datetime_get(column, a);
    calx_datetime_or_null right = datetime_get(column, b);
    return left.is_null == right.is_null &&
           (left.is_null || left.value.microseconds == right.value.microseconds);
}

static void datetime_json_write(const calx_column *column, const void *member, calx_buffer *out)
{
    calx_datetime_or_null value = datetime_get(column, member);
    char text[CALX_DATETIME_TEXT_MAX];
    if (value.is_null || value.value.microseconds < CALX_DATETIME_MIN ||
        value.value.microseconds > CALX_DATETIME_MAX) {
        calx_buffer_append(out, "null", 4);
        return;
    }
    size_t length = calx_datetime_format(value.value, 'T', text);
    calx_buffer_append_format(out, "\"%.*s\"", (int)length, text);
}

static int datetime_json_read(const calx_column *column, const void *json, void *member,
                              calx_arena *arena, calx_error *err)
{
    (void)arena;
    if (!json_is_string((const json_t *)json))
        return calx__type_json_mismatch("string (date and time)", json, err);
    calx_text text = {json_string_value(json), json_string_length(json)};
    calx_datetime datetime;
    if (!calx_datetime_parse(text, &datetime, NULL))
        return calx_error_set(err, CALX_ERROR_INVALID, "expected a date and time as in ISO 8601");
    datetime_put(column, member, false, datetime);
    return 0;
}

const calx_type calx_type_datetime = {
    .id = CALX_TYPE_DATETIME,
    .name = "DateTime",
    .kind = CALX_KIND_DATETIME,
    .size = sizeof(calx_datetime),
    .size_or_null = sizeof(calx_datetime_or_null),
    .encode = datetime_encode,
    .decode = datetime_decode,
    .equal = datetime_equal,
    .json_write = datetime_json_write,
    .json_read = datetime_json_read,
};
