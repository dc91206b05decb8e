/* load_text.c: records in COPY's text format ("File Formats" of COPY in the server's manual): tabs
 * between the values, \N for NULL, a line for each. */
#include "load.h"

#include <stdlib.h>
#include <string.h>

/* ---- Room ---- */

/* The most that a value takes, and what stands behind it. */
static size_t room_of(const calx_value *value)
{
    if (calx_kind_is_text(value->kind))
        return 2 * value->as.text.length + sizeof "\\N\t";
    if (value->kind == CALX_KIND_BLOB)
        return 2 * value->as.blob.length + sizeof "\\\\x\t";
    return CALX__PGSQL_NUMBER_TEXT_MAX + sizeof "\t";
}

static int reserve(calx__pgsql_text *text, const calx_load *load, calx_error *err)
{
    const calx_sql *sql = load->sql;
    const calx_value *values = load->values;
    size_t size = 1;

    for (size_t record = 0; record < load->record_count; record++, values += sql->bind_count) {
        size_t line = 0;
        int code = calx__pgsql_binds_check(sql, values, err);
        if (code)
            return code;
        for (size_t i = 0; i < sql->bind_count; i++)
            line += room_of(&values[i]);
        if (line > CALX__PGSQL_LINE_MAX)
            return CALX_RECORDS_DECLINED;
        size += line;
    }
    text->data = malloc(size);
    return text->data ? 0
                      : calx_error_set(err, CALX_ERROR_NO_MEMORY, "no memory for %zu bytes", size);
}

/* ---- Values ---- */

static char letter_of(char c)
{
    switch (c) {
    case '\\':
        return '\\';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    default:
        return '\0';
    }
}

static char *write_escaped(char *to, const char *from, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        char letter = letter_of(from[i]);
        if (letter)
            *to++ = '\\';
        *to++ = letter ? letter : from[i];
    }
    return to;
}

/* "\\x" and two digits for each: the server's hex format, behind an escaped backslash. */
static char *write_bytes(char *to, const unsigned char *from, size_t length)
{
    static const char digits[] = "0123456789abcdef";

    to = mempcpy(to, "\\\\x", 3);
    for (size_t i = 0; i < length; i++) {
        *to++ = digits[from[i] >> 4];
        *to++ = digits[from[i] & 15];
    }
    return to;
}

/* At the end of its room, from where it is escaped: what is read is never overtaken by what is
 * written, which is at most twice as long. */
static char *write_array(char *to, calx_text json)
{
    char *literal = to + json.length + sizeof "\\N";
    size_t length = calx__pgsql_array_encode(json.data, json.length, literal);

    return length ? write_escaped(to, literal, length) : NULL;
}

/* NULL: an array that is none. */
static char *write_value(char *to, const calx_value *value, Oid type)
{
    if (calx__pgsql_is_null(value))
        return mempcpy(to, "\\N", 2);
    if (calx__pgsql_is_array(value, type))
        return write_array(to, value->as.text);
    if (calx_kind_is_text(value->kind))
        return write_escaped(to, value->as.text.data, value->as.text.length);
    if (value->kind == CALX_KIND_BLOB)
        return write_bytes(to, (const unsigned char *)value->as.blob.data, value->as.blob.length);
    return to + calx__pgsql_value_text(value, to);
}

int calx__pgsql_text_write(calx__pgsql_text *text, const calx_load *load, const Oid *types,
                           calx_error *err)
{
    size_t columns = load->sql->bind_count;
    const calx_value *value = load->values;

    int code = reserve(text, load, err);
    if (code)
        return code;
    char *to = text->data;
    for (size_t record = 0; record < load->record_count; record++) {
        for (size_t i = 0; i < columns; i++, value++) {
            to = write_value(to, value, types[i]);
            if (!to)
                return calx_error_set(err, CALX_ERROR_INVALID, "bind %zu: not a plain JSON array",
                                      i + 1);
            *to++ = i + 1 < columns ? '\t' : '\n';
        }
    }
    text->length = (size_t)(to - text->data);
    return 0;
}
