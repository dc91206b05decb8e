/* script.c: in JSON all that HTML could misread stands in strings, where it can be escaped. */
#include "server/web/script.h"

#include <string.h>

/* The bytes of U+2028 or U+2029, which end a line in old JavaScript. */
static bool is_separator(const char *at, size_t left)
{
    const unsigned char *bytes = (const unsigned char *)at;
    return left >= 3 && bytes[0] == 0xe2 && bytes[1] == 0x80 &&
           (bytes[2] == 0xa8 || bytes[2] == 0xa9);
}

static bool has_separator(const char *data, size_t length)
{
    const char *end = data + length;
    for (const char *at = data; (at = memchr(at, 0xe2, (size_t)(end - at))) != NULL; at++)
        if (is_separator(at, (size_t)(end - at)))
            return true;
    return false;
}

/* The library looks at many bytes at a time. */
static bool is_safe(const char *data, size_t length)
{
    return memchr(data, '<', length) == NULL && memchr(data, '>', length) == NULL &&
           memchr(data, '&', length) == NULL && !has_separator(data, length);
}

static void append_safely(calx_buffer *out, const char *data, size_t length)
{
    size_t from = 0;
    for (size_t at = 0; at < length; at++) {
        char c = data[at];
        bool separator = is_separator(data + at, length - at);
        if (c != '<' && c != '>' && c != '&' && !separator)
            continue;
        calx_buffer_append(out, data + from, at - from);
        if (separator)
            at += 2;
        calx_buffer_append_format(out, "\\u%04x", separator ? 0x2000 + (data[at] & 0x3f) : c);
        from = at + 1;
    }
    calx_buffer_append(out, data + from, length - from);
}

void calx__script_make_safe(calx_buffer *out, size_t from)
{
    size_t length = out->length - from;
    if (length == 0 || is_safe(out->data + from, length))
        return;
    calx_buffer json = {0};
    calx_buffer_append(&json, out->data + from, length);
    out->length = from;
    append_safely(out, json.data, json.length);
    out->failed |= json.failed;
    calx_buffer_finish(&json);
}
