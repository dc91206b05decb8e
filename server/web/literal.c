/* literal.c: Python literals: names of constants, containers, and what holds the parts together. */
#include "server/web/literal.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/web/literal_private.h"

#define EXPECTED_LITERAL                                                                           \
    "expected text in quotes, a number, True, False, None, or a list, tuple or dict of them"

static json_t *read_value(calx_literal_reader *reader, int depth);

static json_t *fail(calx_literal_reader *reader, const char *problem)
{
    reader->problem = problem;
    return NULL;
}

static json_t *made(calx_literal_reader *reader, json_t *value)
{
    return value ? value : fail(reader, "out of memory");
}

/* ---- Between literals ---- */

void calx__literal_skip_blanks(calx_literal_reader *reader)
{
    for (;; reader->at++) {
        if (reader->at[0] == '\\' && reader->at[1] == '\n') {
            reader->line++;
            reader->at++;
        } else if (*reader->at == '\0' || !strchr(" \t\f", *reader->at)) {
            return;
        }
    }
}

void calx__literal_skip_comment(calx_literal_reader *reader)
{
    if (*reader->at == '#')
        reader->at += strcspn(reader->at, "\n");
}

/* Within brackets lines may end anywhere. */
static void skip(calx_literal_reader *reader, int depth)
{
    for (;;) {
        calx__literal_skip_blanks(reader);
        if (depth == 0)
            return;
        calx__literal_skip_comment(reader);
        if (*reader->at != '\n')
            return;
        reader->line++;
        reader->at++;
    }
}

/* ---- Constants and text ---- */

static size_t name_length(const char *at)
{
    size_t length = 0;
    while (isalnum((unsigned char)at[length]) || at[length] == '_')
        length++;
    return length;
}

static bool is_name(const char *at, size_t length, const char *name)
{
    return strlen(name) == length && memcmp(at, name, length) == 0;
}

static bool is_name_of_any_case(const char *at, size_t length, const char *name)
{
    return strlen(name) == length && strncasecmp(at, name, length) == 0;
}

static json_t *read_constant(calx_literal_reader *reader)
{
    const char *at = reader->at;
    size_t length = name_length(at);
    if (at[length] == '\'' || at[length] == '"')
        return fail(reader, "text with a prefix other than r and u");
    reader->at += length;
    if (is_name(at, length, "True"))
        return json_true();
    if (is_name(at, length, "False"))
        return json_false();
    if (is_name(at, length, "None"))
        return json_null();
    if (is_name_of_any_case(at, length, "true") || is_name_of_any_case(at, length, "false") ||
        is_name_of_any_case(at, length, "none") || is_name_of_any_case(at, length, "null"))
        return fail(reader, "True, False and None are written with one capital letter");
    return fail(reader, EXPECTED_LITERAL);
}

/* Texts that follow each other are one. */
static json_t *read_texts(calx_literal_reader *reader, int depth)
{
    calx_buffer text = {0};
    bool complete = true;
    while (complete && calx__literal_text_begins(reader)) {
        complete = calx__literal_read_text(reader, &text);
        skip(reader, complete ? depth : 0);
    }
    json_t *value = NULL;
    if (complete)
        value = made(reader,
                     text.failed ? NULL : json_stringn(text.data ? text.data : "", text.length));
    calx_buffer_finish(&text);
    return value;
}

/* ---- Containers: the reader stands behind the opening bracket ---- */

static bool take(calx_literal_reader *reader, char c)
{
    if (*reader->at != c)
        return false;
    reader->at++;
    return true;
}

/* The comma after an item or the closing bracket. */
static bool item_ends(calx_literal_reader *reader, char close, int depth, bool *comma)
{
    skip(reader, depth);
    *comma = take(reader, ',');
    skip(reader, depth);
    if (*comma || *reader->at == close)
        return true;
    fail(reader, *reader->at ? "expected a comma or a closing bracket" : "a bracket is not closed");
    return false;
}

/* A value in parentheses without a comma is no tuple but that value. */
static json_t *read_list(calx_literal_reader *reader, char close, int depth)
{
    json_t *list = made(reader, json_array());
    bool comma = false;
    bool complete = list != NULL;
    skip(reader, depth);
    while (complete && !take(reader, close)) {
        json_t *item = read_value(reader, depth);
        complete = item && item_ends(reader, close, depth, &comma);
        if (json_array_append_new(list, item) < 0 && complete)
            complete = made(reader, NULL) != NULL;
    }
    if (complete && close == ')' && !comma && json_array_size(list) == 1) {
        json_t *only = json_incref(json_array_get(list, 0));
        json_decref(list);
        return only;
    }
    if (complete)
        return list;
    json_decref(list);
    return NULL;
}

static bool read_member(calx_literal_reader *reader, json_t *dict, int depth)
{
    bool comma;
    json_t *key = read_value(reader, depth);
    json_t *value = NULL;
    bool complete = false;
    skip(reader, depth);
    if (key && !json_is_string(key))
        fail(reader, "a key of a dict must be text");
    else if (key && !take(reader, ':'))
        fail(reader,
             *reader->at ? "expected a colon after a key of a dict" : "a bracket is not closed");
    else if (key) {
        skip(reader, depth);
        value = read_value(reader, depth);
    }
    if (value && item_ends(reader, '}', depth, &comma))
        complete =
            json_object_set(dict, json_string_value(key), value) == 0 || made(reader, NULL) != NULL;
    json_decref(value);
    json_decref(key);
    return complete;
}

static json_t *read_dict(calx_literal_reader *reader, int depth)
{
    json_t *dict = made(reader, json_object());
    bool complete = dict != NULL;
    skip(reader, depth);
    while (complete && !take(reader, '}'))
        complete = read_member(reader, dict, depth);
    if (complete)
        return dict;
    json_decref(dict);
    return NULL;
}

/* ---- Values ---- */

static json_t *read_brackets(calx_literal_reader *reader, int depth)
{
    char open = *reader->at;
    if (depth == CALX_LITERAL_DEPTH_MAX)
        return fail(reader, "too many brackets within brackets");
    reader->at++;
    if (open == '{')
        return read_dict(reader, depth + 1);
    return read_list(reader, open == '[' ? ']' : ')', depth + 1);
}

static json_t *read_value(calx_literal_reader *reader, int depth)
{
    if (calx__literal_text_begins(reader))
        return read_texts(reader, depth);
    if (calx__literal_number_begins(reader))
        return calx__literal_read_number(reader);
    if (*reader->at != '\0' && strchr("{[(", *reader->at))
        return read_brackets(reader, depth);
    if (isalpha((unsigned char)*reader->at))
        return read_constant(reader);
    return fail(reader,
                *reader->at == '\0' && depth > 0 ? "a bracket is not closed" : EXPECTED_LITERAL);
}

json_t *calx__literal_read(calx_literal_reader *reader)
{
    reader->problem = NULL;
    return read_value(reader, 0);
}

json_t *calx__literal_read_whole(const char *text)
{
    calx_literal_reader reader = {.at = text, .line = 1};
    skip(&reader, 1);
    json_t *value = calx__literal_read(&reader);
    skip(&reader, 1);
    if (value && *reader.at == '\0')
        return value;
    json_decref(value);
    return NULL;
}

/* ---- Writing ---- */

static void write_real(double real, calx_buffer *out)
{
    json_t *value = json_real(real);
    char *text = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15)) : NULL;
    if (text)
        calx_buffer_append_string(out, text);
    out->failed |= text == NULL;
    free(text);
    json_decref(value);
}

static void write_list(const json_t *list, calx_buffer *out)
{
    calx_buffer_append_string(out, "[");
    for (size_t i = 0; i < json_array_size(list); i++) {
        calx_buffer_append_string(out, i > 0 ? ", " : "");
        calx__literal_write(json_array_get(list, i), out);
    }
    calx_buffer_append_string(out, "]");
}

static void write_dict(const json_t *dict, calx_buffer *out)
{
    const char *key;
    json_t *value;
    const char *separator = "";
    calx_buffer_append_string(out, "{");
    json_object_foreach((json_t *)dict, key, value)
    {
        calx_buffer_append_string(out, separator);
        calx__literal_write_text(key, strlen(key), out);
        calx_buffer_append_string(out, ": ");
        calx__literal_write(value, out);
        separator = ", ";
    }
    calx_buffer_append_string(out, "}");
}

void calx__literal_write(const json_t *value, calx_buffer *out)
{
    switch (json_typeof(value)) {
    case JSON_NULL:
        calx_buffer_append_string(out, "None");
        break;
    case JSON_TRUE:
        calx_buffer_append_string(out, "True");
        break;
    case JSON_FALSE:
        calx_buffer_append_string(out, "False");
        break;
    case JSON_INTEGER:
        calx_buffer_append_format(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        break;
    case JSON_REAL:
        write_real(json_real_value(value), out);
        break;
    case JSON_STRING:
        calx__literal_write_text(json_string_value(value), json_string_length(value), out);
        break;
    case JSON_ARRAY:
        write_list(value, out);
        break;
    case JSON_OBJECT:
        write_dict(value, out);
        break;
    }
}
