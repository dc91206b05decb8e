/* reflection_type.c: the type of a model's column that is stored under a name of the catalogue. */
#include "core/schema/reflection.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/dialect/catalog.h"

/* What the catalogues call the types; "(…)" is left out. Aliases are those that SQLite keeps as
 * they were written. */
static const calx__type_word words[] = {
    {"smallint", &calx_type_small_integer},
    {"int2", &calx_type_small_integer},
    {"tinyint", &calx_type_small_integer},
    {"tinyint unsigned", &calx_type_small_integer},
    {"year", &calx_type_small_integer},
    {"integer", &calx_type_integer},
    {"int", &calx_type_integer},
    {"int4", &calx_type_integer},
    {"mediumint", &calx_type_integer},
    {"mediumint unsigned", &calx_type_integer},
    {"smallint unsigned", &calx_type_integer},
    {"bigint", &calx_type_big_integer},
    {"int8", &calx_type_big_integer},
    {"int unsigned", &calx_type_big_integer},
    {"boolean", &calx_type_boolean},
    {"bool", &calx_type_boolean},
    {"float", &calx_type_float},
    {"real", &calx_type_float},
    {"double", &calx_type_double},
    {"double precision", &calx_type_double},
    {"numeric", &calx_type_numeric},
    {"decimal", &calx_type_numeric},
    {"varchar", &calx_type_string},
    {"character varying", &calx_type_string},
    {"char", &calx_type_string},
    {"character", &calx_type_string},
    {"nvarchar", &calx_type_string},
    {"nchar", &calx_type_string},
    {"text", &calx_type_text},
    {"tinytext", &calx_type_text},
    {"mediumtext", &calx_type_text},
    {"longtext", &calx_type_text},
    {"clob", &calx_type_text},
    {"blob", &calx_type_large_binary},
    {"tinyblob", &calx_type_large_binary},
    {"mediumblob", &calx_type_large_binary},
    {"longblob", &calx_type_large_binary},
    {"binary", &calx_type_large_binary},
    {"varbinary", &calx_type_large_binary},
    {"bytea", &calx_type_large_binary},
    {"date", &calx_type_date},
    {"time", &calx_type_time},
    {"time without time zone", &calx_type_time},
    {"datetime", &calx_type_datetime},
    {"timestamp", &calx_type_datetime},
    {"timestamp without time zone", &calx_type_datetime},
    {"timestamp with time zone", &calx_type_datetime},
    {"interval", &calx_type_interval},
    {"uuid", &calx_type_uuid},
    {"json", &calx_type_json_document},
    {"jsonb", &calx_type_json_document},
    {"hstore", &calx_type_hstore},
    {"enum", &calx_type_enum},
    {NULL, NULL},
};

/* The most that a model's NUMERIC can have. */
#define DIGITS_MAX 65
#define FRACTION_MAX 30

#define UUID_CHARACTERS 32 /* SQLAlchemy's CHAR(32) where the database has no UUID */

static const calx_type *find(const calx__type_word *list, const char *word)
{
    for (; list->word != NULL; list++)
        if (strcmp(list->word, word) == 0)
            return list->type;
    return NULL;
}

static const calx_type *type_of(const calx__dialect *dialect, const char *word)
{
    const calx_type *type = find(dialect->catalog->types, word);
    return type != NULL ? type : find(words, word);
}

/* "TIMESTAMP(6) without time zone" becomes "timestamp without time zone"; *brackets is what stood
 * in them, or NULL. In the arena; NULL when out of memory. */
static char *bare_word(const char *text, const char **brackets, calx_arena *arena)
{
    char *word = calx_arena_alloc(arena, strlen(text) + 1);
    size_t length = 0;
    *brackets = NULL;
    for (const char *at = text; word != NULL && *at != '\0'; at++) {
        if (*at == '(' && *brackets == NULL) {
            *brackets = at + 1;
            const char *close = strrchr(at, ')');
            at = close != NULL ? close : at + strlen(at) - 1;
        } else if (*at != ' ' || (length > 0 && word[length - 1] != ' ')) {
            word[length++] = (char)tolower((unsigned char)*at);
        }
    }
    while (length > 0 && word[length - 1] == ' ')
        word[--length] = '\0';
    return word;
}

/* 'a','it''s' as an array; false when out of memory. */
static bool read_labels(calx_reflected_column *column, const char *at, calx_arena *arena)
{
    while (at != NULL && *at == '\'') {
        size_t length = 0;
        char *label = calx_arena_alloc(arena, strlen(at));
        if (label == NULL)
            return false;
        for (at++; *at != '\0' && (*at != '\'' || at[1] == '\''); at++) {
            at += *at == '\'';
            label[length++] = *at;
        }
        const char **labels = calx__reflection_append(arena, column->labels, &column->label_count,
                                                      sizeof *column->labels);
        if (labels == NULL)
            return false;
        labels[column->label_count - 1] = label;
        column->labels = labels;
        at = *at == '\'' && at[1] == ',' ? at + 2 : NULL;
    }
    return true;
}

static void read_numbers(calx_reflected_column *column, const char *brackets)
{
    char *end = NULL;
    unsigned long first = brackets ? strtoul(brackets, &end, 10) : 0;
    unsigned long second = end != NULL && *end == ',' ? strtoul(end + 1, NULL, 10) : 0;
    if (column->type == &calx_type_string && first <= UINT32_MAX)
        column->length = (uint32_t)first;
    if (column->type == &calx_type_numeric && first <= UINT32_MAX && second <= first) {
        column->precision = (uint32_t)first;
        column->scale = (uint32_t)second;
    }
}

/* What is more than its word. */
static void refine(calx_reflected_column *column, const char *word, const char *brackets)
{
    unsigned long size = brackets ? strtoul(brackets, NULL, 10) : 0;
    if (strcmp(word, "tinyint") == 0 && size == 1)
        column->type = &calx_type_boolean;
    else if ((strcmp(word, "char") == 0 || strcmp(word, "character") == 0) &&
             size == UUID_CHARACTERS)
        column->type = &calx_type_uuid;
    column->timezone = strcmp(word, "timestamp with time zone") == 0;
    read_numbers(column, brackets);
}

bool calx__reflection_type(const calx__dialect *dialect, calx_reflected_column *column,
                           calx_arena *arena)
{
    const char *brackets;
    char *word = bare_word(column->type_text, &brackets, arena);
    if (word == NULL)
        return false;
    size_t length = strlen(word);
    if (length > 2 && strcmp(word + length - 2, "[]") == 0) {
        word[length - 2] = '\0';
        column->item = type_of(dialect, word);
        column->type = column->item != NULL ? &calx_type_array : NULL;
        return true;
    }
    column->type = type_of(dialect, word);
    refine(column, word, brackets);
    return column->type != &calx_type_enum || read_labels(column, brackets, arena);
}

/* "TEXT COLLATE name": a decimal where the database has no exact ones. It does not know how many
 * digits. */
static bool is_decimal_text(const calx__dialect *dialect, const calx_reflected_column *column)
{
    const char *decimal = dialect->types[CALX_TYPE_NUMERIC];
    size_t length = strlen(column->type_text);
    const char *collate = " COLLATE ";
    return column->collation != NULL && strncasecmp(decimal, column->type_text, length) == 0 &&
           strncmp(decimal + length, collate, strlen(collate)) == 0 &&
           strcmp(decimal + length + strlen(collate), column->collation) == 0;
}

static bool begins_with(const char *text, const char *start)
{
    return strncasecmp(text, start, strlen(start)) == 0;
}

void calx__reflection_refine(const calx__dialect *dialect, calx_reflected_column *column)
{
    if (is_decimal_text(dialect, column)) {
        column->type = &calx_type_numeric;
        column->precision = DIGITS_MAX;
        column->scale = FRACTION_MAX;
    }
    if (column->type == &calx_type_datetime && column->server_default != NULL) {
        const char *sql = column->server_default + (column->server_default[0] == '(');
        column->defaults_to_now =
            begins_with(sql, "CURRENT_TIMESTAMP") || begins_with(sql, dialect->current_timestamp);
    }
}
