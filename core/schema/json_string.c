/* json_string.c: text as a JSON string (RFC 8259, section 7). Most text needs no escape: it is
 * looked through sixteen bytes at a time. */
#include <calx/json.h>

#include <string.h>

/* ---- Plain bytes: printable ASCII but for quote and backslash ---- */

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c != '"' && c != '\\' && c < 0x7f;
}

typedef unsigned char block __attribute__((vector_size(16)));

static bool is_plain_block(const unsigned char *bytes)
{
    block these;
    uint64_t others[2];
    memcpy(&these, bytes, sizeof these);
    __auto_type is_other = (these < 0x20) | (these == '"') | (these == '\\') | (these >= 0x7f);
    memcpy(others, &is_other, sizeof others);
    return (others[0] | others[1]) == 0;
}

static size_t plain_length(const unsigned char *bytes, size_t length)
{
    size_t at = 0;
    while (length - at >= sizeof(block) && is_plain_block(bytes + at))
        at += sizeof(block);
    size_t left = length - at;
    /* The rest, together with what was looked at already. */
    if (left < sizeof(block) && at > 0 && is_plain_block(bytes + length - sizeof(block)))
        return length;
    while (at < length && is_plain(bytes[at]))
        at++;
    return at;
}

/* ---- The others ---- */

/* How many bytes from here form one character; 0 when they form none. */
static size_t character_length(const unsigned char *at, size_t left)
{
    size_t length = at[0] < 0x80 ? 1 : at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
    return length <= left && calx_utf8_valid((const char *)at, length) ? length : 0;
}

static void write_escaped(calx_buffer *out, unsigned char c)
{
    static const char letters[] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f',
                                   ['\r'] = 'r', ['"'] = '"',  ['\\'] = '\\'};
    if (c < sizeof letters && letters[c] != 0)
        calx_buffer_append(out, (const char[]){'\\', letters[c]}, 2);
    else
        calx_buffer_append_format(out, "\\u%04x", c);
}

/* One character that is not plain; returns its length. */
static size_t write_character(calx_buffer *out, const unsigned char *at, size_t left)
{
    size_t length = character_length(at, left);
    if (length == 0)
        calx_buffer_append(out, "\xef\xbf\xbd", 3); /* U+FFFD */
    else if (length == 1)
        write_escaped(out, *at);
    else
        calx_buffer_append(out, at, length);
    return length ? length : 1;
}

void calx_json_write_string(calx_buffer *out, calx_text text)
{
    const unsigned char *bytes = (const unsigned char *)text.data;
    size_t plain = plain_length(bytes, text.length);
    char *to = calx_buffer_reserve(out, plain + 2);
    if (to == NULL)
        return;
    to[0] = '"';
    if (plain > 0)
        memcpy(to + 1, bytes, plain);
    if (plain == text.length) {
        to[plain + 1] = '"';
        out->length += plain + 2;
        return;
    }
    out->length += plain + 1;
    for (size_t at = plain; at < text.length; at += plain) {
        at += write_character(out, bytes + at, text.length - at);
        plain = plain_length(bytes + at, text.length - at);
        calx_buffer_append(out, bytes + at, plain);
    }
    calx_buffer_append(out, "\"", 1);
}
