/* page.c: rows as JSON, and the page around them. */
#include "tests/bench/page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLACE "{{{todos}}}"
#define ROW_SIZE_MAX                                                                               \
    (BENCH_TITLE_SIZE * 6 + 80) /* each character escaped, and what is around it                   \
                                 */

static char template_text[16384];
static const char *template_end; /* what stands behind the todos */

void bench_page_read_template(void)
{
    FILE *file = fopen(BENCH_TEMPLATE, "r");
    size_t length = file ? fread(template_text, 1, sizeof template_text - 1, file) : 0;
    char *place = strstr(template_text, PLACE);

    if (!file || length == sizeof template_text - 1 || !place)
        bench_die("template", BENCH_TEMPLATE);
    fclose(file);
    *place = '\0';
    template_end = place + strlen(PLACE);
}

/* The place for so many more bytes. */
static char *reserve(bench_text *out, size_t more)
{
    if (out->capacity - out->length < more) {
        size_t capacity = (out->length + more) * 2;
        char *data = realloc(out->data, capacity);
        if (!data)
            bench_die("answer", "out of memory");
        out->data = data;
        out->capacity = capacity;
    }
    return out->data + out->length;
}

static char *write_text(char *to, const char *text)
{
    return stpcpy(to, text);
}

static char *write_integer(char *to, int32_t value)
{
    char digits[11];
    char *at = digits + sizeof digits;
    uint32_t left = value < 0 ? -(uint32_t)value : (uint32_t)value;

    do
        *--at = (char)('0' + left % 10);
    while (left /= 10);
    if (value < 0)
        *--at = '-';
    return mempcpy(to, at, (size_t)(digits + sizeof digits - at));
}

/* Safe in a script element, too. */
static char *write_string(char *to, const char *bytes, size_t length)
{
    *to++ = '"';
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c < 0x20 || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&')
            to += sprintf(to, "\\u%04x", c);
        else
            *to++ = (char)c;
    }
    *to++ = '"';
    return to;
}

void bench_row_write(bench_text *out, const bench_row *row)
{
    char *from = reserve(out, ROW_SIZE_MAX);
    char *to = write_integer(write_text(from, "{\"id\":"), row->id);
    to = write_string(write_text(to, ",\"title\":"), row->title, row->title_length);
    to = write_integer(write_text(to, ",\"order\":"), row->order);
    to = write_text(to, row->completed ? ",\"completed\":true}" : ",\"completed\":false}");
    out->length += (size_t)(to - from);
}

static void append(bench_text *out, const char *text)
{
    size_t length = strlen(text);
    memcpy(reserve(out, length), text, length);
    out->length += length;
}

void bench_page_write(bench_text *out, const bench_row *rows, int count)
{
    append(out, template_text);
    append(out, "[");
    for (int i = 0; i < count; i++) {
        if (i > 0)
            append(out, ",");
        bench_row_write(out, &rows[i]);
    }
    append(out, "]");
    append(out, template_end);
}
