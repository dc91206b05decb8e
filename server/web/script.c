/* script.c: in JSON all that HTML could misread stands in strings, where it can be escaped. */
#include "server/web/script.h"

/* The bytes of U+2028 or U+2029, which end a line in old JavaScript. */
static bool is_separator(const char *at, size_t left)
{
    const unsigned char *bytes = (const unsigned char *)at;
    return left >= 3 && bytes[0] == 0xe2 && bytes[1] == 0x80 &&
           (bytes[2] == 0xa8 || bytes[2] == 0xa9);
}

void calx__script_append_json(calx_buffer *out, const calx_buffer *json)
{
    size_t from = 0;
    for (size_t at = 0; at < json->length; at++) {
        char c = json->data[at];
        bool separator = is_separator(json->data + at, json->length - at);
        if (c != '<' && c != '>' && c != '&' && !separator)
            continue;
        calx_buffer_append(out, json->data + from, at - from);
        if (separator)
            at += 2;
        calx_buffer_append_format(out, "\\u%04x", separator ? 0x2000 + (json->data[at] & 0x3f) : c);
        from = at + 1;
    }
    if (from < json->length)
        calx_buffer_append(out, json->data + from, json->length - from);
    out->failed |= json->failed;
}
