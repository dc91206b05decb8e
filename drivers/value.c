/* value.c: names of kinds, text, UTF-8, and UUIDs. */
#include <calx/value.h>

#include <string.h>

calx_text calx_text_of(const char *string)
{
    return (calx_text){.data = string, .length = string ? strlen(string) : 0};
}

bool calx_text_equal(calx_text a, calx_text b)
{
    if (!a.data || !b.data)
        return !a.data && !b.data;
    return a.length == b.length && memcmp(a.data, b.data, a.length) == 0;
}

/* ---- UTF-8 ---- */

/* The length of the well-formed sequence of two to four bytes at s, else 0. RFC 3629, section 4:
 * the second byte's range depends on the first, which rules out overlong forms and surrogates. */
static size_t utf8_sequence(const unsigned char *s, size_t left)
{
    unsigned char lead = s[0];
    unsigned char low = 0x80;
    unsigned char high = 0xBF;
    size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || left < length)
        return 0;
    if (lead == 0xE0)
        low = 0xA0;
    else if (lead == 0xED)
        high = 0x9F;
    else if (lead == 0xF0)
        low = 0x90;
    else if (lead == 0xF4)
        high = 0x8F;
    if (s[1] < low || s[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++)
        if ((s[i] & 0xC0u) != 0x80u)
            return 0;
    return length;
}

bool calx_utf8_valid(const char *data, size_t length)
{
    const unsigned char *s = (const unsigned char *)data;
    size_t at = 0;
    while (at < length) {
        uint64_t word;
        if (length - at >= sizeof(word)) {
            memcpy(&word, s + at, sizeof(word));
            if ((word & UINT64_C(0x8080808080808080)) == 0) {
                at += sizeof(word);
                continue;
            }
        }
        size_t sequence = s[at] < 0x80 ? 1 : utf8_sequence(s + at, length - at);
        if (sequence == 0)
            return false;
        at += sequence;
    }
    return true;
}

const char *calx_kind_name(calx_kind kind)
{
    switch (kind) {
#define KIND_NAME(name, text)                                                                      \
    case CALX_KIND_##name:                                                                         \
        return text;
        CALX_KINDS(KIND_NAME)
#undef KIND_NAME
    }
    return "unknown kind";
}

/* ---- UUID ---- */

size_t calx_uuid_format(calx_uuid uuid, bool dashes, char out[CALX_UUID_TEXT_MAX])
{
    static const char digits[] = "0123456789abcdef";
    char *end = out;
    for (size_t i = 0; i < sizeof uuid.bytes; i++) {
        if (dashes && (i == 4 || i == 6 || i == 8 || i == 10))
            *end++ = '-';
        *end++ = digits[uuid.bytes[i] >> 4];
        *end++ = digits[uuid.bytes[i] & 15];
    }
    *end = '\0';
    return (size_t)(end - out);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool calx_uuid_parse(calx_text text, calx_uuid *out)
{
    bool dashes = text.length == CALX_UUID_TEXT_MAX - 1;
    calx_uuid uuid;
    const char *at = text.data;
    if (!text.data || (!dashes && text.length != 2 * sizeof uuid.bytes))
        return false;
    for (size_t i = 0; i < sizeof uuid.bytes; i++, at += 2) {
        if (dashes && (i == 4 || i == 6 || i == 8 || i == 10) && *at++ != '-')
            return false;
        int high = hex_digit(at[0]);
        int low = hex_digit(at[1]);
        if (high < 0 || low < 0)
            return false;
        uuid.bytes[i] = (unsigned char)(high << 4 | low);
    }
    *out = uuid;
    return true;
}
