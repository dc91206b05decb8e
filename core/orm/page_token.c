/* page_token.c: values as bytes, and bytes as text: what a page token is made of. It comes back
 * from outside, so nothing in it is believed. */
#include <string.h>

#include "core/orm/page.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* ---- Values: a byte for the kind, then so many bytes, or a length and the bytes ---- */

/* The bytes of a kind that has a fixed number of them; 0: it has not. */
static size_t fixed_size(calx_kind kind)
{
    switch (kind) {
    case CALX_KIND_BOOLEAN:
        return sizeof(bool);
    case CALX_KIND_INTEGER:
    case CALX_KIND_TIME:
    case CALX_KIND_INTERVAL:
    case CALX_KIND_DATETIME:
        return sizeof(int64_t);
    case CALX_KIND_DOUBLE:
        return sizeof(double);
    case CALX_KIND_DATE:
        return sizeof(calx_date);
    case CALX_KIND_UUID:
        return sizeof(calx_uuid);
    default:
        return 0;
    }
}

static bool has_length(calx_kind kind)
{
    return kind == CALX_KIND_TEXT || kind == CALX_KIND_DECIMAL || kind == CALX_KIND_BLOB;
}

bool calx__page_value_write(const calx_value *value, calx_buffer *out)
{
    unsigned char kind = (unsigned char)value->kind;
    bool is_blob = value->kind == CALX_KIND_BLOB;
    calx_buffer_append(out, &kind, 1);
    if (!has_length(value->kind)) {
        calx_buffer_append(out, &value->as, fixed_size(value->kind));
        return value->kind == CALX_KIND_NULL || fixed_size(value->kind) > 0;
    }
    calx_text bytes =
        is_blob ? (calx_text){value->as.blob.data, value->as.blob.length} : value->as.text;
    uint32_t length = (uint32_t)bytes.length;
    calx_buffer_append(out, &length, sizeof length);
    calx_buffer_append(out, bytes.data, bytes.length);
    return true;
}

size_t calx__page_value_read(const unsigned char *bytes, size_t length, calx_value *out)
{
    uint32_t more;
    *out = (calx_value){.kind = length > 0 ? (calx_kind)bytes[0] : CALX_KIND_NULL};
    size_t size = fixed_size(out->kind);
    if (length == 0 || (size == 0 && out->kind != CALX_KIND_NULL && !has_length(out->kind)))
        return 0;
    if (out->kind == CALX_KIND_BOOLEAN && length > 1 && bytes[1] > 1)
        return 0;
    if (!has_length(out->kind)) {
        if (length - 1 < size)
            return 0;
        memcpy(&out->as, bytes + 1, size);
        return 1 + size;
    }
    if (length - 1 < sizeof more)
        return 0;
    memcpy(&more, bytes + 1, sizeof more);
    size = 1 + sizeof more;
    if (length - size < more)
        return 0;
    if (out->kind == CALX_KIND_BLOB)
        out->as.blob = (calx_blob){bytes + size, more};
    else
        out->as.text = (calx_text){(const char *)bytes + size, more};
    return size + more;
}

/* ---- base64url (RFC 4648, section 5) ---- */

void calx__page_text(const calx_buffer *bytes, calx_buffer *out)
{
    for (size_t i = 0; i < bytes->length; i += 3) {
        size_t count = bytes->length - i < 3 ? bytes->length - i : 3;
        uint32_t bits = 0;
        char text[4];
        for (size_t k = 0; k < 3; k++)
            bits = bits << 8 | (k < count ? (unsigned char)bytes->data[i + k] : 0);
        for (size_t k = 0; k < 4; k++)
            text[k] = digits[bits >> (18 - 6 * k) & 63];
        calx_buffer_append(out, text, count + 1);
    }
}

bool calx__page_bytes(calx_text text, calx_buffer *out)
{
    uint32_t bits = 0;
    size_t held = 0;
    for (size_t i = 0; i < text.length; i++) {
        const char *digit = text.data[i] != '\0' ? strchr(digits, text.data[i]) : NULL;
        if (digit == NULL)
            return false;
        bits = bits << 6 | (uint32_t)(digit - digits);
        held += 6;
        if (held < 8)
            continue;
        held -= 8;
        char byte = (char)(bits >> held);
        calx_buffer_append(out, &byte, 1);
    }
    /* One text for the same bytes: what is left over has to be nothing. */
    return held < 6 && (bits & ((1u << held) - 1)) == 0 && !out->failed;
}
