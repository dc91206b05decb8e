/* array.c: arrays, which above the driver are JSON text, as the server's array literals: {1,2,NULL}
 * or {"a b","c\"d"} ("Array Input and Output Syntax" in its manual). One dimension only. */
#include "pgsql.h"

#include <string.h>

typedef struct reader {
    const char *at;
    const char *end;
} reader;

static bool read_character(reader *r, char expected)
{
    if (r->at == r->end || *r->at != expected)
        return false;
    r->at++;
    return true;
}

/* ---- JSON to literal ---- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The character behind a backslash; of \u the control characters only, others are written as they
 * are. */
static bool read_escape(reader *r, char *out)
{
    static const char letters[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    const char *letter = r->at < r->end && *r->at != '\0' ? strchr(letters, *r->at) : NULL;
    if (letter != NULL) {
        r->at++;
        *out = meanings[letter - letters];
        return true;
    }
    if (r->end - r->at < 5 || memcmp(r->at, "u00", 3) != 0)
        return false;
    int high = hex_digit(r->at[3]);
    int low = hex_digit(r->at[4]);
    r->at += 5;
    *out = (char)(high * 16 + low);
    return high >= 0 && high < 8 && low >= 0 && *out != '\0';
}

static bool write_string(reader *r, char **out)
{
    *(*out)++ = '"';
    while (r->at < r->end && *r->at != '"') {
        char c = *r->at++;
        if (c == '\\' && !read_escape(r, &c))
            return false;
        if (c == '"' || c == '\\')
            *(*out)++ = '\\';
        *(*out)++ = c;
    }
    *(*out)++ = '"';
    return read_character(r, '"');
}

/* A number, true, false or null. */
static bool write_word(reader *r, char **out)
{
    const char *start = r->at;
    while (r->at < r->end && strchr(",]", *r->at) == NULL)
        r->at++;
    size_t length = (size_t)(r->at - start);
    bool is_null = length == 4 && memcmp(start, "null", 4) == 0;
    *out = mempcpy(*out, is_null ? "NULL" : start, length);
    return length > 0 && memchr(start, '"', length) == NULL && memchr(start, '[', length) == NULL &&
           memchr(start, '{', length) == NULL && memchr(start, '\\', length) == NULL;
}

size_t calx__pgsql_array_encode(const char *json, size_t length, char *out)
{
    reader r = {json, json + length};
    char *end = out;
    bool any = false;

    if (!read_character(&r, '['))
        return 0;
    *end++ = '{';
    while (!read_character(&r, ']')) {
        if (any && !read_character(&r, ','))
            return 0;
        if (any)
            *end++ = ',';
        bool written = read_character(&r, '"') ? write_string(&r, &end) : write_word(&r, &end);
        if (!written)
            return 0;
        any = true;
    }
    *end++ = '}';
    return r.at == r.end ? (size_t)(end - out) : 0;
}

/* ---- Literal to JSON ---- */

/* At most a quote on either side and six bytes for each. */
size_t calx__pgsql_array_room(bool binary, const char *data, size_t length)
{
    (void)binary;
    (void)data;
    return 8 * length + 2;
}

static void write_json_character(char c, char **out)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char byte = (unsigned char)c;

    if (byte < ' ') {
        *out = mempcpy(*out, "\\u00", 4);
        *(*out)++ = digits[byte >> 4];
        *(*out)++ = digits[byte & 15];
        return;
    }
    if (c == '"' || c == '\\')
        *(*out)++ = '\\';
    *(*out)++ = c;
}

static bool read_quoted(reader *r, char **out)
{
    *(*out)++ = '"';
    while (r->at < r->end && *r->at != '"') {
        if (*r->at == '\\')
            r->at++;
        if (r->at == r->end)
            return false;
        write_json_character(*r->at++, out);
    }
    *(*out)++ = '"';
    return read_character(r, '"');
}

typedef bool write_item(const char *data, size_t length, char **out);

static bool write_text(const char *data, size_t length, char **out)
{
    *(*out)++ = '"';
    for (size_t i = 0; i < length; i++)
        write_json_character(data[i], out);
    *(*out)++ = '"';
    return true;
}

/* What JSON has a number for: no infinity, and nothing that is not one. */
static bool write_number(const char *data, size_t length, char **out)
{
    for (size_t i = 0; i < length; i++)
        if (data[i] == '\0' || strchr("+-.0123456789eE", data[i]) == NULL)
            return false;
    *out = mempcpy(*out, data, length);
    return true;
}

static bool write_bool(const char *data, size_t length, char **out)
{
    if (length != 1 || (*data != 't' && *data != 'f'))
        return false;
    *out = stpcpy(*out, *data == 't' ? "true" : "false");
    return true;
}

static bool read_plain(reader *r, write_item *write, char **out)
{
    const char *start = r->at;
    while (r->at < r->end && strchr(",{}\"\\", *r->at) == NULL)
        r->at++;
    size_t length = (size_t)(r->at - start);
    if (length == 4 && memcmp(start, "NULL", 4) == 0) {
        *out = stpcpy(*out, "null");
        return true;
    }
    return length > 0 && write(start, length, out);
}

static bool decode(const char *data, size_t length, write_item *write, char **scratch,
                   calx_value *value)
{
    reader r = {data, data + length};
    char *start = *scratch;
    char *out = start;
    bool any = false;

    if (!read_character(&r, '{'))
        return false;
    *out++ = '[';
    while (!read_character(&r, '}')) {
        if (any && !read_character(&r, ','))
            return false;
        if (any)
            *out++ = ',';
        bool quoted = write == write_text && read_character(&r, '"');
        if (!(quoted ? read_quoted(&r, &out) : read_plain(&r, write, &out)))
            return false;
        any = true;
    }
    *out++ = ']';
    value->kind = CALX_KIND_ARRAY;
    value->as.text = (calx_text){start, (size_t)(out - start)};
    *scratch = out;
    return r.at == r.end;
}

bool calx__pgsql_array_of_text(const char *data, size_t length, char **scratch, calx_value *out)
{
    return decode(data, length, write_text, scratch, out);
}

bool calx__pgsql_array_of_numbers(const char *data, size_t length, char **scratch, calx_value *out)
{
    return decode(data, length, write_number, scratch, out);
}

bool calx__pgsql_array_of_bools(const char *data, size_t length, char **scratch, calx_value *out)
{
    return decode(data, length, write_bool, scratch, out);
}
