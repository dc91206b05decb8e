/* type_blob.c: LargeBinary; base64 (RFC 4648) in JSON. */
#include "core/schema/type.h"

#include <openssl/evp.h>
#include <string.h>

static int blob_encode(const calx_column *column, const void *member, calx_arena *arena,
                       calx_value *out, calx_error *err)
{
    (void)arena;
    calx_blob blob = *(const calx_blob *)member;
    if (blob.data == NULL && !column->nullable)
        return calx__type_refuse_null(column, CALX_ERROR_NOT_NULL, err);
    *out = calx_value_blob(blob);
    return 0;
}

static int blob_keep(const calx_column *column, void *member, calx_arena *arena, calx_error *err)
{
    calx_blob *blob = member;
    (void)column;
    if (blob->data == NULL)
        return 0;
    calx_text copy = calx_arena_copy(arena, blob->data, blob->length);
    if (copy.data == NULL)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    *blob = (calx_blob){copy.data, copy.length};
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
    .keep = blob_keep,
    .json_write = blob_json_write,
    .json_read = blob_json_read,
};
