/* json_string.c: text as a JSON string (RFC 8259, section 7). */
#include <calx/json.h>

/* How many bytes from here form one character; 0 when they form none. */
static size_t character_length(const unsigned char *at, size_t left)
{
    size_t length = at[0] < 0x80 ? 1 : at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
    return length <= left && calx_utf8_valid((const char *)at, length) ? length : 0;
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c != '"' && c != '\\' && c != 0x7f && c < 0x80;
}

static void write_escaped(calx_buffer *out, unsigned char c)
{
    static const char letters[] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f',
                                   ['\r'] = 'r', ['"'] = '"',  ['\\'] = '\\'};
    if (c < sizeof letters && letters[c] != 0)
        calx_buffer_append_format(out, "\\%c", letters[c]);
    else
        calx_buffer_append_format(out, "\\u%04x", c);
}

void calx_json_write_string(calx_buffer *out, calx_text text)
{
    const unsigned char *bytes = (const unsigned char *)text.data;
    calx_buffer_append(out, "\"", 1);
    for (size_t at = 0; at < text.length;) {
        size_t end = at;
        while (end < text.length && is_plain(bytes[end]))
            end++;
        calx_buffer_append(out, bytes + at, end - at);
        if (end == text.length)
            break;
        size_t length = character_length(bytes + end, text.length - end);
        if (length == 0)
            calx_buffer_append(out, "\xef\xbf\xbd", 3); /* U+FFFD */
        else if (length == 1)
            write_escaped(out, bytes[end]);
        else
            calx_buffer_append(out, bytes + end, length);
        at = end + (length ? length : 1);
    }
    calx_buffer_append(out, "\"", 1);
}
