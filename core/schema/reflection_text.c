/* reflection_text.c: what SQLite keeps only as the text of CREATE TABLE and CREATE INDEX. The text
 * was understood by SQLite, so nothing here complains: what is not found is left out. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "core/schema/reflection.h"

/* A piece of the text: a word, a sign, a name or a text with its quotes. */
typedef struct token {
    const char *start;
    size_t length; /* 0: the end */
} token;

/* ---- Tokens ---- */

static const char *skip_blanks(const char *at)
{
    for (;;) {
        if (isspace((unsigned char)*at)) {
            at++;
        } else if (at[0] == '-' && at[1] == '-') {
            at += strcspn(at, "\n");
        } else if (at[0] == '/' && at[1] == '*') {
            const char *end = strstr(at + 2, "*/");
            at = end != NULL ? end + 2 : at + strlen(at);
        } else {
            return at;
        }
    }
}

/* Behind a text or a name in quotes; a doubled quote is one inside. */
static const char *skip_quoted(const char *at)
{
    char quote = *at == '[' ? ']' : *at;
    for (at++; *at != '\0'; at++) {
        if (*at == quote && (at[1] != quote || quote == ']'))
            return at + 1;
        at += *at == quote;
    }
    return at;
}

static token next_token(const char *at)
{
    at = skip_blanks(at);
    const char *end = at;
    if (*at != '\0' && strchr("'\"`[", *at) != NULL)
        end = skip_quoted(at);
    else if (isalnum((unsigned char)*at) || *at == '_' || (unsigned char)*at >= 0x80)
        while (isalnum((unsigned char)*end) || *end == '_' || *end == '$' ||
               (unsigned char)*end >= 0x80)
            end++;
    else if (*at != '\0')
        end = at + 1;
    return (token){at, (size_t)(end - at)};
}

static token after(token t)
{
    return next_token(t.start + t.length);
}

static bool is_word(token t, const char *word)
{
    return t.length == strlen(word) && strncasecmp(t.start, word, t.length) == 0;
}

/* From an opening bracket to the closing one. */
static token close_of(token open)
{
    int depth = 0;
    token t = open;
    for (; t.length > 0; t = after(t)) {
        depth += is_word(t, "(");
        depth -= is_word(t, ")");
        if (depth == 0)
            break;
    }
    return t;
}

/* Without the blanks around it. */
static const char *copy_between(const char *start, const char *end, calx_arena *arena)
{
    start = skip_blanks(start);
    while (end > start && isspace((unsigned char)end[-1]))
        end--;
    return calx_arena_copy(arena, start, end > start ? (size_t)(end - start) : 0).data;
}

static const char *name_of(token t, calx_arena *arena)
{
    if (strchr("'\"`[", *t.start) == NULL)
        return calx_arena_copy(arena, t.start, t.length).data;
    char *name = calx_arena_alloc(arena, t.length);
    size_t length = 0;
    for (size_t i = 1; name != NULL && i + 1 < t.length; i++) {
        name[length++] = t.start[i];
        i += t.start[i] == *t.start && *t.start != '[';
    }
    return name;
}

static bool is_name(token t, const char *name, calx_arena *arena)
{
    const char *bare = name_of(t, arena);
    return bare != NULL && strcasecmp(bare, name) == 0;
}

/* Does "(a, b)" list these columns? */
static bool lists(token open, const char **columns, size_t count, calx_arena *arena)
{
    token t = after(open);
    for (size_t i = 0; i < count; i++) {
        if (!is_name(t, columns[i], arena))
            return false;
        t = after(t);
        if (is_word(t, ","))
            t = after(t);
    }
    return is_word(t, ")");
}

/* ---- CREATE TABLE ---- */

typedef struct definition {
    calx_reflected_table *table;
    calx_arena *arena;
    const char *column; /* whose definition this is; NULL in a constraint of the table */
    const char *name;   /* behind CONSTRAINT, until the constraint has come */
    bool failed;
} definition;

static void name_unique(definition *of, token open)
{
    for (size_t i = 0; i < of->table->unique_count; i++) {
        calx_reflected_key *key = &of->table->uniques[i];
        bool same = of->column != NULL
                        ? key->column_count == 1 && strcasecmp(key->columns[0], of->column) == 0
                        : lists(open, key->columns, key->column_count, of->arena);
        if (same && key->name == NULL)
            key->name = of->name;
    }
}

static void name_foreign_key(definition *of, token open)
{
    for (size_t i = 0; i < of->table->foreign_key_count; i++) {
        calx_reflected_foreign_key *key = &of->table->foreign_keys[i];
        bool same = of->column != NULL
                        ? key->column_count == 1 && strcasecmp(key->columns[0], of->column) == 0
                        : lists(open, key->columns, key->column_count, of->arena);
        if (same && key->name == NULL)
            key->name = of->name;
    }
}

static token take_check(definition *of, token open)
{
    token close = close_of(open);
    calx_reflected_check *checks = calx__reflection_append(of->arena, of->table->checks,
                                                           &of->table->check_count, sizeof *checks);
    if (checks == NULL) {
        of->failed = true;
        return close;
    }
    of->table->checks = checks;
    checks[of->table->check_count - 1] =
        (calx_reflected_check){of->name, copy_between(open.start + 1, close.start, of->arena)};
    return close;
}

static void take_collation(definition *of, token name)
{
    for (size_t i = 0; of->column != NULL && i < of->table->column_count; i++)
        if (strcasecmp(of->table->columns[i].name, of->column) == 0)
            of->table->columns[i].collation = name_of(name, of->arena);
}

/* At a word of a definition, outside of brackets; returns the last token that it has taken. */
static token take_word(definition *of, token t)
{
    token next = after(t);
    if (is_word(t, "CONSTRAINT")) {
        of->name = name_of(next, of->arena);
        return next;
    }
    if (is_word(t, "COLLATE")) {
        take_collation(of, next);
        return next;
    }
    bool check = is_word(t, "CHECK");
    bool unique = is_word(t, "UNIQUE");
    bool primary = is_word(t, "PRIMARY");
    bool foreign = is_word(t, of->column != NULL ? "REFERENCES" : "FOREIGN");
    token end = t;
    if (check)
        end = take_check(of, next);
    else if (unique)
        name_unique(of, next);
    else if (foreign)
        name_foreign_key(of, after(next));
    else if (primary)
        of->table->primary_key.name = of->name;
    if (check || unique || primary || foreign)
        of->name = NULL;
    return end;
}

/* Does the item define a column, or a constraint of the table? */
static const char *column_of(definition *of, token t)
{
    static const char *const words[] = {"CONSTRAINT", "CHECK", "UNIQUE", "PRIMARY", "FOREIGN"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (is_word(t, words[i]))
            return NULL;
    return name_of(t, of->arena);
}

static token opening_bracket(const char *text)
{
    token t = next_token(text);
    while (t.length > 0 && !is_word(t, "("))
        t = after(t);
    return t;
}

bool calx__reflection_read_table(calx_reflected_table *table, const char *text, calx_arena *arena)
{
    definition of = {.table = table, .arena = arena};
    token t = after(opening_bracket(text));
    while (t.length > 0 && !is_word(t, ")") && !of.failed) {
        of.column = column_of(&of, t);
        of.name = NULL;
        if (of.column != NULL)
            t = after(t);
        for (; t.length > 0 && !is_word(t, ",") && !is_word(t, ")"); t = after(t)) {
            if (is_word(t, "("))
                t = close_of(t);
            else
                t = take_word(&of, t);
        }
        if (is_word(t, ","))
            t = after(t);
    }
    return !of.failed && !arena->failed;
}

/* ---- CREATE INDEX ---- */

bool calx__reflection_read_index(calx_reflected_index *index, const char *text, calx_arena *arena)
{
    token open = opening_bracket(text);
    token t = after(open);
    size_t place = 0;
    for (; t.length > 0 && place < index->column_count; place++) {
        const char *start = t.start;
        for (; t.length > 0 && !is_word(t, ",") && !is_word(t, ")"); t = after(t))
            if (is_word(t, "("))
                t = close_of(t);
        if (index->columns[place] == NULL)
            index->expressions[place] = copy_between(start, t.start, arena);
        if (is_word(t, ","))
            t = after(t);
    }
    if (is_word(t, ")"))
        t = after(t);
    if (is_word(t, "WHERE"))
        index->where = copy_between(t.start + t.length, text + strlen(text), arena);
    return !arena->failed;
}
