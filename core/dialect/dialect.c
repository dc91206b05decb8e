/* dialect.c: names and types, for every dialect alike. */
#include "core/dialect/dialects.h"

#include <stdlib.h>
#include <string.h>

#include "core/schema/type.h"

static const calx__dialect *const dialects[] = {
    &calx__dialect_sqlite,
    &calx__dialect_postgresql,
    &calx__dialect_mysql,
};

const calx__dialect *calx__dialect_find(const char *name)
{
    for (size_t i = 0; i < sizeof dialects / sizeof *dialects; i++)
        if (strcmp(dialects[i]->name, name) == 0)
            return dialects[i];
    return NULL;
}

static int word_compare(const void *key, const void *element)
{
    return strcmp(key, *(const char *const *)element);
}

/* As SQLAlchemy: lower case, not in any locale, and nothing that one database folds or refuses. */
static bool needs_quotes(const calx__dialect *dialect, const char *name)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz_0123456789$";
    if (strspn(name, plain) != strlen(name) || strchr("0123456789$", name[0]) != NULL)
        return true;
    return bsearch(name, dialect->reserved, dialect->reserved_count, sizeof *dialect->reserved,
                   word_compare) != NULL;
}

void calx__dialect_identifier(const calx__dialect *dialect, const char *name, calx_buffer *out)
{
    if (!needs_quotes(dialect, name)) {
        calx_buffer_append_string(out, name);
        return;
    }
    calx_buffer_append(out, &dialect->quote, 1);
    for (const char *at = name; *at != '\0'; at++) {
        if (*at == dialect->quote)
            calx_buffer_append(out, at, 1);
        calx_buffer_append(out, at, 1);
    }
    calx_buffer_append(out, &dialect->quote, 1);
}

calx_text calx__dialect_identifier_copy(const calx__dialect *dialect, const char *name,
                                        calx_arena *arena)
{
    calx_buffer text = {0};
    calx__dialect_identifier(dialect, name, &text);
    arena->failed = arena->failed || text.failed;
    calx_text copy = calx_arena_copy(arena, text.data, text.length);
    calx_buffer_finish(&text);
    return copy;
}

/* The text that holds every label. */
static size_t longest_label(const calx_enumeration *enumeration)
{
    size_t longest = 1;
    for (size_t i = 0; i < enumeration->count; i++) {
        size_t length = calx__utf8_count(calx_text_of(enumeration->labels[i]));
        longest = length > longest ? length : longest;
    }
    return longest;
}

static void enum_type(const calx__dialect *dialect, const calx_enumeration *enumeration,
                      calx_buffer *out)
{
    if (dialect->enum_is_named) {
        calx__dialect_identifier(dialect, enumeration->name, out);
        return;
    }
    calx_buffer_append_string(out, dialect->types[CALX_TYPE_ENUM]);
    if (dialect->enum_has_labels)
        calx__dialect_labels(enumeration, out);
    else
        calx_buffer_append_format(out, "(%zu)", longest_label(enumeration));
}

void calx__dialect_type(const calx__dialect *dialect, const calx_column *of, calx_buffer *out)
{
    calx_column column = calx__column_stored(of);
    calx_type_id type = column.type->id;
    if (type == CALX_TYPE_ENUM) {
        enum_type(dialect, column.enumeration, out);
    } else if (type == CALX_TYPE_ARRAY && dialect->has_arrays) {
        calx__dialect_type(dialect, column.element, out);
        calx_buffer_append_string(out, dialect->types[type]);
    } else if (column.length > 0) {
        calx_buffer_append_format(out, "VARCHAR(%u)", column.length);
    } else {
        calx_buffer_append_string(out, column.timezone ? dialect->datetime_with_zone
                                                       : dialect->types[type]);
    }
    if (type == CALX_TYPE_NUMERIC && dialect->numeric_has_scale)
        calx_buffer_append_format(out, "(%u, %u)", column.precision, column.scale);
}
