/* raw.c: looks through SQL text for binds by name, past quotes and comments, as far as a dialect's
 * lexis goes. The grammar is left to the database. */
#include "core/sql/raw.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* What a text that only reads begins with. */
static const char *const reading[] = {"SELECT",  "WITH", "VALUES",   "TABLE",
                                      "EXPLAIN", "SHOW", "DESCRIBE", "DESC"};

/* What it does not have: the first two also stand for a lock. */
static const char *const writing[] = {"UPDATE", "DELETE", "INSERT", "MERGE", "INTO"};

typedef struct parser {
    const calx__dialect *dialect;
    const char *at;
    const char *end;
    const char *copied; /* the text is part of the output until here */
    const calx__bind *binds;
    size_t bind_count;
    size_t *numbers; /* numbered binds: that of each given one, 0: not seen yet */
    bool *used;
    size_t capacity; /* of out->values */
    bool any_word;
    calx_buffer text;
    calx_arena *arena;
    calx__raw_sql *out;
} parser;

static bool has(const parser *p, calx__lexis what)
{
    return p->dialect->lexis & what;
}

static bool begins_word(char c)
{
    return isalpha((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

static bool continues_word(char c)
{
    return begins_word(c) || isdigit((unsigned char)c) || c == '$';
}

/* ---- Quotes and comments: each from its first byte to behind its last ---- */

/* Twice the closing character is one of the text, but for a bracket. */
static const char *skip_quoted(const char *at, const char *end, char close, bool escapes)
{
    for (at++; at < end; at++) {
        if (escapes && *at == '\\' && end - at > 1)
            at++;
        else if (*at == close && close != ']' && end - at > 1 && at[1] == close)
            at++;
        else if (*at == close)
            return at + 1;
    }
    return end;
}

static const char *skip_line(const char *at, const char *end)
{
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    return newline ? newline + 1 : end;
}

static const char *skip_comment(const char *at, const char *end, bool nests)
{
    int depth = 0;
    while (at < end) {
        bool pair = end - at > 1;
        if (pair && at[0] == '/' && at[1] == '*' && (nests || depth == 0)) {
            depth++;
            at += 2;
        } else if (pair && at[0] == '*' && at[1] == '/') {
            at += 2;
            if (--depth == 0)
                return at;
        } else {
            at++;
        }
    }
    return end;
}

/* $tag$ … $tag$; `at` itself when it is no such thing. */
static const char *skip_dollars(const char *at, const char *end)
{
    const char *tag_end = at + 1;
    while (tag_end < end && *tag_end != '$' && continues_word(*tag_end))
        tag_end++;
    if (tag_end == end || *tag_end != '$' || isdigit((unsigned char)at[1]))
        return at;
    size_t length = (size_t)(tag_end + 1 - at);
    const char *close = memmem(tag_end + 1, (size_t)(end - tag_end) - 1, at, length);
    return close ? close + length : end;
}

static bool is_dash_comment(const parser *p)
{
    if (p->end - p->at < 2 || p->at[0] != '-' || p->at[1] != '-')
        return false;
    /* MySQL: 5--1 is 6. */
    return !has(p, CALX__LEXIS_HASH) || p->end - p->at == 2 || (unsigned char)p->at[2] <= ' ';
}

/* MySQL runs what is in a comment that begins so: past that and the version. `at` of all others. */
static const char *skip_opening(const parser *p)
{
    const char *at = p->at + 2;
    at += at < p->end && *at == 'M';
    if (!has(p, CALX__LEXIS_HASH) || at == p->end || *at != '!')
        return p->at;
    do
        at++;
    while (at < p->end && isdigit((unsigned char)*at));
    return at;
}

/* Past what begins here if it is no code; `at` when it is. */
static const char *skip_opaque(const parser *p)
{
    const char *at = p->at;
    char c = *at;
    bool backslash = has(p, CALX__LEXIS_BACKSLASH);
    if (c == '\'')
        return skip_quoted(at, p->end, c, backslash);
    if (c == '"' || (c == '`' && has(p, CALX__LEXIS_BACKTICKS)))
        return skip_quoted(at, p->end, c, false);
    if (c == '[' && has(p, CALX__LEXIS_BRACKETS))
        return skip_quoted(at, p->end, ']', false);
    if (is_dash_comment(p) || (c == '#' && has(p, CALX__LEXIS_HASH)))
        return skip_line(at, p->end);
    if (c == '/' && p->end - at > 1 && at[1] == '*') {
        const char *code = skip_opening(p);
        return code > at ? code : skip_comment(at, p->end, has(p, CALX__LEXIS_NESTS));
    }
    return c == '$' && has(p, CALX__LEXIS_DOLLARS) ? skip_dollars(at, p->end) : at;
}

/* ---- Words ---- */

static bool is_one_of(const char *word, size_t length, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(words[i]) == length && strncasecmp(word, words[i], length) == 0)
            return true;
    return false;
}

#define IS_ONE_OF(word, length, words)                                                             \
    is_one_of((word), (length), (words), sizeof(words) / sizeof *(words))

#define PRINTED_MAX 40u /* bytes of a word in a message */

static void judge_word(parser *p, const char *word, size_t length, bool first)
{
    if (p->out->writes != NULL)
        return;
    const char *what = NULL;
    if (first && !IS_ONE_OF(word, length, reading))
        what = "it begins with";
    else if (IS_ONE_OF(word, length, writing))
        what = "it has";
    int printed = (int)(length < PRINTED_MAX ? length : PRINTED_MAX);
    if (what != NULL)
        p->out->writes = calx_arena_format(p->arena, "%s %.*s", what, printed, word);
}

/* A word or a number: what follows at once is not a bind. */
static void read_word(parser *p)
{
    const char *word = p->at;
    bool is_member = word > p->copied && word[-1] == '.';
    while (p->at < p->end && continues_word(*p->at))
        p->at++;
    size_t length = (size_t)(p->at - word);
    if (begins_word(*word) && !is_member)
        judge_word(p, word, length, !p->any_word);
    p->any_word = p->any_word || begins_word(*word);
    bool escapes = length == 1 && (*word == 'E' || *word == 'e');
    if (escapes && has(p, CALX__LEXIS_ESCAPE_STRINGS) && p->at < p->end && *p->at == '\'')
        p->at = skip_quoted(p->at, p->end, '\'', true);
    else if (p->at < p->end && *p->at == ':' && !(p->end - p->at > 1 && p->at[1] == ':'))
        p->at++;
}

/* ---- Binds ---- */

static int find_bind(const parser *p, const char *name, size_t length, size_t *out, calx_error *err)
{
    for (size_t i = 0; i < p->bind_count; i++)
        if (strlen(p->binds[i].name) == length && memcmp(p->binds[i].name, name, length) == 0) {
            *out = i;
            return 0;
        }
    int printed = (int)(length < PRINTED_MAX ? length : PRINTED_MAX);
    return calx_error_set(err, CALX_ERROR_INVALID, "bind \"%.*s\": it has no value", printed, name);
}

static void copy_until(parser *p, const char *until)
{
    calx_buffer_append(&p->text, p->copied, (size_t)(until - p->copied));
    p->copied = until;
}

static int add_value(parser *p, size_t given, calx_error *err)
{
    calx__raw_sql *out = p->out;
    if (out->bind_count == CALX_BINDS_MAX)
        return calx_error_set(err, CALX_ERROR_LIMIT, "more than %d binds", CALX_BINDS_MAX);
    if (out->bind_count == p->capacity) {
        size_t capacity = p->capacity ? p->capacity * 2 : 8;
        size_t *values = calx_arena_alloc(p->arena, capacity * sizeof *values);
        if (values == NULL)
            return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
        if (out->bind_count > 0)
            memcpy(values, out->values, out->bind_count * sizeof *values);
        out->values = values;
        p->capacity = capacity;
    }
    out->values[out->bind_count++] = given;
    return 0;
}

static int read_bind(parser *p, calx_error *err)
{
    const char *name = p->at + 1;
    const char *name_end = name;
    size_t given = 0;
    while (name_end < p->end && (isalnum((unsigned char)*name_end) || *name_end == '_'))
        name_end++;
    int code = find_bind(p, name, (size_t)(name_end - name), &given, err);
    bool again = code == 0 && p->dialect->numbered_binds && p->numbers[given] > 0;
    if (code == 0 && !again)
        code = add_value(p, given, err);
    if (code < 0)
        return code;
    p->used[given] = true;
    if (!again)
        p->numbers[given] = p->out->bind_count;
    copy_until(p, p->at);
    if (p->dialect->numbered_binds)
        calx_buffer_append_format(&p->text, "$%zu", p->numbers[given]);
    else
        calx_buffer_append_string(&p->text, "?");
    p->at = p->copied = name_end;
    return 0;
}

static bool is_bind(const parser *p)
{
    return p->at[0] == ':' && p->end - p->at > 1 &&
           (isalpha((unsigned char)p->at[1]) || p->at[1] == '_');
}

/* The database's own: its number might be that of one of ours. */
static bool is_foreign_bind(const parser *p)
{
    if (!p->dialect->numbered_binds)
        return *p->at == '?';
    return *p->at == '$' && p->end - p->at > 1 && isdigit((unsigned char)p->at[1]);
}

static int read_one(parser *p, calx_error *err)
{
    const char *behind = skip_opaque(p);
    bool pair = p->end - p->at > 1;
    if (behind > p->at) {
        p->at = behind;
    } else if (is_bind(p)) {
        return read_bind(p, err);
    } else if (is_foreign_bind(p)) {
        return calx_error_set(err, CALX_ERROR_INVALID, "a bind is written as :name, not as %c",
                              *p->at);
    } else if (pair && p->at[0] == '\\' && p->at[1] == ':') {
        copy_until(p, p->at);
        p->copied = p->at + 1;
        p->at += 2;
    } else if (continues_word(*p->at) && *p->at != '$') {
        read_word(p);
    } else {
        p->at += 1 + (pair && p->at[0] == ':' && p->at[1] == ':'); /* a cast */
    }
    return 0;
}

static int check_given(const parser *p, calx_error *err)
{
    for (size_t i = 0; i < p->bind_count; i++) {
        const char *name = p->binds[i].name;
        for (size_t j = 0; j < i; j++)
            if (strcmp(name, p->binds[j].name) == 0)
                return calx_error_set(err, CALX_ERROR_INVALID, "bind \"%s\": it has two values",
                                      name);
        if (!p->used[i])
            return calx_error_set(err, CALX_ERROR_INVALID, "bind \"%s\": it is not in the text",
                                  name);
    }
    return 0;
}

int calx__raw_parse(const calx__dialect *dialect, calx_text text, const calx__bind *binds,
                    size_t bind_count, calx_arena *arena, calx__raw_sql *out, calx_error *err)
{
    *out = (calx__raw_sql){0};
    parser p = {.dialect = dialect,
                .at = text.data,
                .end = text.data + text.length,
                .copied = text.data,
                .binds = binds,
                .bind_count = bind_count,
                .numbers = calx_arena_alloc(arena, (bind_count + 1) * sizeof *p.numbers),
                .used = calx_arena_alloc(arena, (bind_count + 1) * sizeof *p.used),
                .arena = arena,
                .out = out};
    if (p.numbers == NULL || p.used == NULL)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    int code = 0;
    while (code == 0 && p.at < p.end)
        code = read_one(&p, err);
    if (code == 0)
        code = check_given(&p, err);
    copy_until(&p, p.end);
    out->text = calx_arena_copy(arena, p.text.length > 0 ? p.text.data : "", p.text.length);
    bool failed = p.text.failed || arena->failed;
    calx_buffer_finish(&p.text);
    return code == 0 && failed ? calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory") : code;
}
