/* inspect_names.c: names of tables and columns as C has them. */
#include <ctype.h>
#include <string.h>

#include "server/cli/inspect.h"

/* Words that a member or a label cannot have: C's, and macros of headers that everybody includes.
 */
static const char *const keywords[] = {
    "auto",   "bool",   "break",  "case",    "char",   "const",    "continue", "default",
    "do",     "double", "else",   "enum",    "errno",  "extern",   "false",    "float",
    "for",    "goto",   "if",     "inline",  "int",    "long",     "register", "restrict",
    "return", "short",  "signed", "sizeof",  "static", "stderr",   "stdin",    "stdout",
    "struct", "switch", "true",   "typedef", "union",  "unsigned", "void",     "volatile",
    "while",  "asm",    "typeof", "NULL",    "EOF",
};

/* What a list of columns is made of: no list can be called so. */
static const char *const list_words[] = {
#define WORD(name, lower) #name,
    CALX_TYPES(WORD)
#undef WORD
        "CHECK",
    "COLUMN",
    "CONSTRAINT",
    "CUSTOM",
    "DEFAULT",
    "EACH",
    "INDEX",
    "JSON",
    "LENGTH",
    "NAME",
    "ON_DELETE",
    "ON_INSERT",
    "ON_UPDATE",
    "TABLE",
    "TIMEZONE",
    "UNIQUE",
    "VALIDATE",
    "VALUE",
    "VERSION",
    "FOREIGN_KEY",
    "PRIMARY_KEY",
    "ALL",
    "AND",
    "OR",
    "NOT",
    "SET",
};

static bool is_among(const char *word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    return false;
}

#define IS_AMONG(word, words) is_among((word), (words), sizeof(words) / sizeof(*(words)))

/* ---- Words ---- */

char *calx__cli_camel(const char *words, calx_arena *arena)
{
    char *out = calx_arena_alloc(arena, strlen(words) + 2);
    size_t length = 0;
    bool begins = true;
    for (const char *at = words; out && *at != '\0'; at++) {
        unsigned char byte = (unsigned char)*at;
        if (!isalnum(byte)) {
            begins = true;
            continue;
        }
        if (length == 0 && isdigit(byte))
            out[length++] = 'N';
        out[length++] = (char)(begins ? toupper(byte) : byte);
        begins = false;
    }
    if (out && length == 0)
        out[0] = 'N';
    return out;
}

/* An identifier; change is toupper, or tolower, or NULL. */
static char *identifier(const char *words, int (*change)(int), calx_arena *arena)
{
    char *out = calx_arena_alloc(arena, strlen(words) + 3);
    size_t length = 0;
    for (const char *at = words; out && *at != '\0'; at++) {
        unsigned char byte = (unsigned char)*at;
        bool fits = isalnum(byte) || (byte == '_' && length > 0);
        if (length == 0 && !isalpha(byte))
            out[length++] = change == toupper ? 'N' : 'n';
        if (fits)
            out[length++] = (char)(change ? change(byte) : byte);
        else if (length > 0 && out[length - 1] != '_')
            out[length++] = '_';
    }
    while (out && length > 1 && out[length - 1] == '_')
        out[--length] = '\0';
    if (out && IS_AMONG(out, keywords))
        out[length] = '_';
    return out;
}

char *calx__cli_capitals(const char *words, calx_arena *arena)
{
    return identifier(words, toupper, arena);
}

/* Of the last word, by the common rules of English. */
static char *singular(const char *table, calx_arena *arena)
{
    char *out = calx_arena_copy(arena, table, strlen(table)).data
                    ? calx_arena_format(arena, "%s", table)
                    : NULL;
    size_t length = out ? strlen(out) : 0;
    if (length < 4 || out[length - 1] != 's' || strchr("sui", out[length - 2]))
        return out;
    if (strcmp(out + length - 3, "ies") == 0)
        strcpy(out + length - 3, "y");
    else if (strcmp(out + length - 3, "ses") == 0 || strcmp(out + length - 3, "xes") == 0 ||
             strcmp(out + length - 4, "ches") == 0 || strcmp(out + length - 4, "shes") == 0)
        out[length - 2] = '\0';
    else
        out[length - 1] = '\0';
    return out;
}

const char *calx__cli_chosen_name(const char *prefix, const char *table, const char *name,
                                  calx_arena *arena)
{
    const char *start = calx_arena_format(arena, "%s_%s_", prefix, table);
    if (!start)
        return NULL;
    size_t length = strlen(start);
    bool ours = strncmp(name, start, length) == 0 && name[length] != '\0';
    return identifier(ours ? name + length : name, NULL, arena);
}

/* ---- All names ---- */

static bool model_is_taken(const calx__cli_names *names, size_t count, const char *model)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i].model, model) == 0)
            return true;
    return false;
}

static bool name_table(calx__cli_names *names, size_t place, calx_arena *arena)
{
    calx__cli_names *own = &names[place];
    char *words = singular(own->table->name, arena);
    if (!words)
        return false;
    own->model = calx__cli_camel(words, arena);
    own->list = calx__cli_capitals(words, arena);
    if (own->model && model_is_taken(names, place, own->model)) {
        own->model = calx_arena_format(arena, "%s%zu", own->model, place + 1);
        own->list = calx_arena_format(arena, "%s_%zu", own->list, place + 1);
    }
    if (own->list && IS_AMONG(own->list, list_words))
        own->list = calx_arena_format(arena, "%s_LIST", own->list);
    return own->model && own->list;
}

static bool column_is_taken(const calx__cli_names *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names->columns[i].c, name) == 0)
            return true;
    return false;
}

static bool name_columns(calx__cli_names *names, calx_arena *arena)
{
    const calx_reflected_table *table = names->table;
    names->columns = calx_arena_alloc(arena, (table->column_count + 1) * sizeof(*names->columns));
    for (size_t i = 0; names->columns && i < table->column_count; i++) {
        const char *sql = table->columns[i].name;
        const char *c = identifier(sql, NULL, arena);
        if (c && column_is_taken(names, i, c))
            c = calx_arena_format(arena, "%s_%zu", c, i + 1);
        if (!c)
            return false;
        names->columns[i] = (calx__cli_name){c, sql};
    }
    return names->columns != NULL;
}

calx__cli_names *calx__cli_names_make(const calx_reflection *all, calx_arena *arena)
{
    calx__cli_names *names = calx_arena_alloc(arena, (all->table_count + 1) * sizeof(*names));
    for (size_t i = 0; names && i < all->table_count; i++) {
        names[i].table = &all->tables[i];
        if (!name_table(names, i, arena) || !name_columns(&names[i], arena))
            return NULL;
    }
    return names;
}

const calx__cli_names *calx__cli_names_of_table(const calx__cli_names *names, size_t count,
                                                const char *table)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i].table->name, table) == 0)
            return &names[i];
    return NULL;
}

const char *calx__cli_name_of_column(const calx__cli_names *names, const char *column)
{
    for (size_t i = 0; i < names->table->column_count; i++)
        if (strcmp(names->columns[i].sql, column) == 0)
            return names->columns[i].c;
    return NULL;
}
