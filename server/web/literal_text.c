/* literal_text.c: text in quotes, with Python's prefixes and escapes, in both directions. */
#include <stdio.h>
#include <string.h>

#include "server/web/literal_private.h"

#define POINT_MAX 0x10FFFFu

/* What one text looks like. */
typedef struct text_form {
    char quote;
    bool raw;
    bool triple; /* three quotes: may span lines */
} text_form;

static bool fail(calx_literal_reader *reader, const char *problem)
{
    reader->problem = problem;
    return false;
}

static bool is_quote(char c)
{
    return c == '\'' || c == '"';
}

bool calx__literal_text_begins(const calx_literal_reader *reader)
{
    const char *at = reader->at;
    return is_quote(at[0]) || (at[0] != '\0' && strchr("rRuU", at[0]) && is_quote(at[1]));
}

/* ---- Escapes ---- */

static bool append_point(calx_literal_reader *reader, unsigned long point, calx_buffer *out)
{
    char bytes[4];
    size_t length;
    if (point == 0)
        return fail(reader, "a NUL cannot stand in text");
    if (point > POINT_MAX || (point >= 0xD800 && point <= 0xDFFF))
        return fail(reader, "an escape that is no character");
    if (point < 0x80) {
        bytes[0] = (char)point;
        length = 1;
    } else {
        length = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
        for (size_t i = length - 1; i > 0; i--, point >>= 6)
            bytes[i] = (char)(0x80 | (point & 0x3F));
        bytes[0] = (char)((0xF00u >> length & 0xFF) | point);
    }
    calx_buffer_append(out, bytes, length);
    return true;
}

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 16;
}

/* Hexadecimal escapes have exactly so many digits, octal ones at most. */
static bool read_point(calx_literal_reader *reader, int base, int digits, calx_buffer *out)
{
    unsigned long point = 0;
    int count = 0;
    for (; count < digits && digit_value(*reader->at) < base; count++, reader->at++)
        point = point * (unsigned long)base + (unsigned long)digit_value(*reader->at);
    if (base == 16 && count < digits)
        return fail(reader, "an escape with too few digits in text");
    return append_point(reader, point, out);
}

/* The reader stands behind the backslash. An unknown escape is no escape, as in Python. */
static bool read_escape(calx_literal_reader *reader, calx_buffer *out)
{
    static const char names[] = "\\'\"abfnrtv";
    static const char values[] = "\\'\"\a\b\f\n\r\t\v";
    char c = *reader->at;
    if (c == '\0')
        return true; /* the caller sees that the text is not closed */
    if (c >= '0' && c <= '7')
        return read_point(reader, 8, 3, out);
    reader->at++;
    const char *name = strchr(names, c);
    if (name) {
        calx_buffer_append(out, &values[name - names], 1);
        return true;
    }
    switch (c) {
    case '\n':
        reader->line++;
        return true;
    case 'x':
        return read_point(reader, 16, 2, out);
    case 'u':
        return read_point(reader, 16, 4, out);
    case 'U':
        return read_point(reader, 16, 8, out);
    case 'N':
        return fail(reader, "\\N in text is not supported, write \\u and four digits");
    default:
        calx_buffer_append(out, "\\", 1);
        calx_buffer_append(out, &c, 1);
        return true;
    }
}

/* ---- Reading ---- */

static bool is_closed(const calx_literal_reader *reader, const text_form *form)
{
    const char *at = reader->at;
    if (at[0] != form->quote)
        return false;
    return !form->triple || (at[1] == form->quote && at[2] == form->quote);
}

/* A backslash in raw text stays, and so does the quote that it protects. */
static void read_raw_escape(calx_literal_reader *reader, calx_buffer *out)
{
    calx_buffer_append(out, "\\", 1);
    if (*reader->at == '\0')
        return;
    reader->line += *reader->at == '\n';
    calx_buffer_append(out, reader->at++, 1);
}

static bool read_body(calx_literal_reader *reader, const text_form *form, calx_buffer *out)
{
    while (!is_closed(reader, form)) {
        char c = *reader->at;
        if (c == '\0' || (c == '\n' && !form->triple))
            return fail(reader, "text that is not closed");
        reader->at++;
        if (c == '\\' && form->raw) {
            read_raw_escape(reader, out);
        } else if (c == '\\') {
            if (!read_escape(reader, out))
                return false;
        } else {
            reader->line += c == '\n';
            calx_buffer_append(out, &c, 1);
        }
    }
    reader->at += form->triple ? 3 : 1;
    return true;
}

bool calx__literal_read_text(calx_literal_reader *reader, calx_buffer *out)
{
    text_form form = {.raw = *reader->at == 'r' || *reader->at == 'R'};
    if (!is_quote(*reader->at))
        reader->at++;
    form.quote = *reader->at;
    form.triple = reader->at[1] == form.quote && reader->at[2] == form.quote;
    reader->at += form.triple ? 3 : 1;
    return read_body(reader, &form, out);
}

/* ---- Writing ---- */

void calx__literal_write_text(const char *text, size_t length, calx_buffer *out)
{
    static const char values[] = "\\\n\r\t";
    static const char names[] = "\\nrt";
    char quote = memchr(text, '\'', length) && !memchr(text, '"', length) ? '"' : '\'';
    calx_buffer_append(out, &quote, 1);
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        const char *value = c ? strchr(values, c) : NULL;
        if (value)
            calx_buffer_append_format(out, "\\%c", names[value - values]);
        else if (c < 0x20 || c == 0x7F)
            calx_buffer_append_format(out, "\\x%02x", c);
        else if (text[i] == quote)
            calx_buffer_append_format(out, "\\%c", quote);
        else
            calx_buffer_append(out, &text[i], 1);
    }
    calx_buffer_append(out, &quote, 1);
}
