/*
 * json_plain.c: the JSON that most requests send, from its text straight into a record: one object
 * of the model's columns, without another inside, whose values are null, truths, integers and text
 * without escapes. All else, what is wrong among it, is left to jansson, which begins anew.
 */
#include <string.h>

#include "core/orm/json.h"
#include "core/orm/object.h"
#include "core/schema/type.h"

#define DIGITS_MAX 18 /* so many fit an int64_t, whatever they are */

typedef struct plain {
    const char *at;
    const char *end;
} plain;

/* ---- Words (RFC 8259) ---- */

static void skip_space(plain *from)
{
    while (from->at < from->end &&
           (*from->at == ' ' || *from->at == '\n' || *from->at == '\r' || *from->at == '\t'))
        from->at++;
}

/* This character, and the space behind it. */
static bool take(plain *from, char c)
{
    if (from->at == from->end || *from->at != c)
        return false;
    from->at++;
    skip_space(from);
    return true;
}

static bool take_word(plain *from, const char *word, size_t length)
{
    if ((size_t)(from->end - from->at) < length || memcmp(from->at, word, length) != 0)
        return false;
    from->at += length;
    return true;
}

static bool take_text(plain *from, calx_text *out)
{
    unsigned char all = 0;
    if (from->at == from->end || *from->at != '"')
        return false;
    const char *begin = ++from->at;
    for (; from->at < from->end && *from->at != '"'; from->at++) {
        unsigned char c = (unsigned char)*from->at;
        if (c < 0x20 || c == '\\')
            return false;
        all |= c;
    }
    *out = (calx_text){begin, (size_t)(from->at - begin)};
    return take_word(from, "\"", 1) && (all < 0x80 || calx_utf8_valid(out->data, out->length));
}

static bool take_integer(plain *from, int64_t *out)
{
    bool negative = take_word(from, "-", 1);
    const char *begin = from->at;
    int64_t value = 0;
    for (; from->at < from->end && *from->at >= '0' && *from->at <= '9'; from->at++) {
        if (from->at - begin == DIGITS_MAX)
            return false;
        value = value * 10 + (*from->at - '0');
    }
    *out = negative ? -value : value;
    return from->at > begin && (*begin != '0' || from->at == begin + 1);
}

static bool take_value(plain *from, calx_value *out)
{
    *out = calx_value_null();
    if (from->at == from->end)
        return false;
    switch (*from->at) {
    case '"':
        out->kind = CALX_KIND_TEXT;
        return take_text(from, &out->as.text);
    case 't':
        *out = calx_value_boolean(true);
        return take_word(from, "true", 4);
    case 'f':
        *out = calx_value_boolean(false);
        return take_word(from, "false", 5);
    case 'n':
        return take_word(from, "null", 4);
    default:
        out->kind = CALX_KIND_INTEGER;
        return take_integer(from, &out->as.integer);
    }
}

/* ---- Members ---- */

/* The column of this name; column_count if there is none. */
static size_t find(const calx_model *model, calx_text name)
{
    size_t at = 0;
    while (at < model->column_count && (strlen(model->columns[at].member) != name.length ||
                                        memcmp(model->columns[at].member, name.data, name.length)))
        at++;
    return at;
}

/* Is it what json_read of the column's type takes, and calx__column_decode then puts as it is? */
static bool fits(const calx_column *column, const calx_value *value)
{
    switch (column->type->id) {
    case CALX_TYPE_INTEGER:
        return value->kind == CALX_KIND_INTEGER && value->as.integer == (int32_t)value->as.integer;
    case CALX_TYPE_BIG_INTEGER:
        return value->kind == CALX_KIND_INTEGER;
    case CALX_TYPE_BOOLEAN:
        return value->kind == CALX_KIND_BOOLEAN;
    case CALX_TYPE_STRING:
    case CALX_TYPE_TEXT:
        return value->kind == CALX_KIND_TEXT &&
               (column->length == 0 || value->as.text.length <= column->length);
    default:
        return false;
    }
}

static bool put(const calx_column *column, const calx_value *value, void *record, calx_arena *arena)
{
    calx_error ignored = {0};
    bool is_null = value->kind == CALX_KIND_NULL;
    return (is_null ? column->nullable : fits(column, value)) &&
           calx__column_decode(column, value, calx__member(column, record), arena, &ignored) == 0;
}

/* What was read of an object until now, as bits of columns. */
typedef struct members {
    uint64_t seen;
    uint64_t set; /* to something else than NULL */
} members;

/* A member that no column has may stand there twice, which nobody would see. */
static bool read_member(plain *from, const calx_model *model, members *of, void *record,
                        calx_arena *arena)
{
    calx_text name;
    calx_value value;
    if (!take_text(from, &name))
        return false;
    size_t at = find(model, name);
    skip_space(from);
    if (at == model->column_count || of->seen >> at & 1 || !take(from, ':') ||
        !take_value(from, &value))
        return false;
    skip_space(from);
    const calx_column *column = &model->columns[at];
    of->seen |= UINT64_C(1) << at;
    if (!calx__json_sets(column))
        return true;
    if (value.kind != CALX_KIND_NULL)
        of->set |= UINT64_C(1) << at;
    return put(column, &value, record, arena);
}

bool calx__json_read_plain(const calx_model *model, calx_text text, void *record, calx_arena *arena,
                           uint64_t *set)
{
    plain from = {text.data, text.data + text.length};
    members of = {0};
    skip_space(&from);
    if (!take(&from, '{'))
        return false;
    if (!take(&from, '}')) {
        do {
            if (!read_member(&from, model, &of, record, arena))
                return false;
        } while (take(&from, ','));
        if (!take(&from, '}'))
            return false;
    }
    *set = of.set;
    return from.at == from.end;
}
