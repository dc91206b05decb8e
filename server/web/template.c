/*
 * template.c: Mustache. No package of Debian offers it to C, and what pages need of it is small:
 * see docs/adr/0004-mustache.md. A template is a list of tokens; a section knows where it ends.
 */
#include "server/web/template.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS " \t\r\n"

typedef enum token_kind {
    TOKEN_TEXT,
    TOKEN_VALUE,    /* {{name}} */
    TOKEN_RAW,      /* {{{name}}}, {{&name}} */
    TOKEN_SECTION,  /* {{#name}} */
    TOKEN_INVERTED, /* {{^name}} */
    TOKEN_END,      /* {{/name}} */
} token_kind;

typedef struct token {
    token_kind kind;
    calx_text text; /* the text itself, or the name */
    size_t end;     /* of a section: the index of its TOKEN_END */
} token;

struct calx_template {
    char *text; /* owned: tokens point into it */
    token *tokens;
    size_t count;
    size_t capacity;
};

typedef struct parser {
    calx_template *template;
    const char *name;
    const char *at;
    const char *end;
    size_t open[CALX_TEMPLATE_DEPTH_MAX]; /* the sections that are not closed yet */
    size_t depth;
    calx_error *err;
} parser;

static int fail(const parser *p, const char *where, const char *problem, calx_text name)
{
    int line = 1;
    for (const char *at = p->template->text; at < where; at++)
        line += *at == '\n';
    int shown = (int)(name.length < 64 ? name.length : 64);
    return calx_error_set(p->err, CALX_ERROR_CONFIG, "%s:%d: %s%s%.*s%s", p->name, line, problem,
                          shown ? " \"" : "", shown, shown ? name.data : "", shown ? "\"" : "");
}

static int add(parser *p, token_kind kind, calx_text text)
{
    calx_template *template = p->template;
    if (kind == TOKEN_TEXT && text.length == 0)
        return 0;
    if (template->count == template->capacity) {
        size_t capacity = template->capacity ? template->capacity * 2 : 16;
        token *tokens = realloc(template->tokens, capacity * sizeof *tokens);
        if (tokens == NULL)
            return calx_error_set(p->err, CALX_ERROR_NO_MEMORY, "out of memory");
        template->tokens = tokens;
        template->capacity = capacity;
    }
    template->tokens[template->count++] = (token){.kind = kind, .text = text};
    return 0;
}

/* Not strchr alone, which finds the NUL at the end of a set. */
static bool is_one_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

static calx_text trim(const char *from, const char *to)
{
    while (from < to && is_one_of(*from, BLANKS))
        from++;
    while (to > from && is_one_of(to[-1], BLANKS))
        to--;
    return (calx_text){from, (size_t)(to - from)};
}

/* One word without dots, or "." alone. */
static bool is_name(calx_text text)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-0123456789";
    if (text.length == 1 && text.data[0] == '.')
        return true;
    for (size_t i = 0; i < text.length; i++)
        if (!is_one_of(text.data[i], letters))
            return false;
    return text.length > 0;
}

static int open_section(parser *p, const char *where, token_kind kind, calx_text name)
{
    if (p->depth == CALX_TEMPLATE_DEPTH_MAX)
        return fail(p, where, "too many sections within sections:", name);
    p->open[p->depth++] = p->template->count;
    return add(p, kind, name);
}

static int close_section(parser *p, const char *where, calx_text name)
{
    if (p->depth == 0)
        return fail(p, where, "no section is open for the end of", name);
    token *section = &p->template->tokens[p->open[--p->depth]];
    if (!calx_text_equal(section->text, name))
        return fail(p, where, "another section is open at the end of", name);
    section->end = p->template->count;
    return add(p, TOKEN_END, name);
}

/* Comments and sections that stand alone on their line take the whole line with them
 * (mustache/spec, standalone tags). */
static bool is_standalone(const parser *p, const char *tag, const char *after)
{
    const char *before = tag;
    while (before > p->template->text && (before[-1] == ' ' || before[-1] == '\t'))
        before--;
    while (after < p->end && (*after == ' ' || *after == '\t' || *after == '\r'))
        after++;
    return (before == p->template->text || before[-1] == '\n') &&
           (after == p->end || *after == '\n');
}

static const char *skip_line(const parser *p, const char *at)
{
    while (at < p->end && *at != '\n')
        at++;
    return at < p->end ? at + 1 : at;
}

static void drop_indentation(parser *p)
{
    if (p->template->count == 0)
        return;
    token *last = &p->template->tokens[p->template->count - 1];
    while (last->kind == TOKEN_TEXT && last->text.length > 0 &&
           is_one_of(last->text.data[last->text.length - 1], " \t"))
        last->text.length--;
}

/* What stands between the braces: a sign, then a name. */
static int add_tag(parser *p, const char *where, calx_text inside)
{
    char sign = inside.length > 0 && is_one_of(*inside.data, "#^/&!>=") ? *inside.data : '\0';
    calx_text name = trim(inside.data + (sign ? 1 : 0), inside.data + inside.length);
    if (sign == '!')
        return 0;
    if (sign == '>' || sign == '=')
        return fail(p, where, "partials and other delimiters are not supported:", name);
    if (!is_name(name))
        return fail(p, where, name.length ? "not a name:" : "tag without a name", name);
    switch (sign) {
    case '#':
        return open_section(p, where, TOKEN_SECTION, name);
    case '^':
        return open_section(p, where, TOKEN_INVERTED, name);
    case '/':
        return close_section(p, where, name);
    default:
        return add(p, sign == '&' ? TOKEN_RAW : TOKEN_VALUE, name);
    }
}

/* {{{name}}}, which begins at `where`. */
static int parse_triple(parser *p, const char *where)
{
    const char *from = where + strlen("{{{");
    const char *close = memmem(from, (size_t)(p->end - from), "}}}", 3);
    if (close == NULL)
        return fail(p, where, "tag is not closed", (calx_text){0});
    calx_text name = trim(from, close);
    p->at = close + strlen("}}}");
    if (!is_name(name))
        return fail(p, where, name.length ? "not a name:" : "tag without a name", name);
    return add(p, TOKEN_RAW, name);
}

/* One tag, which begins at `where`. */
static int parse_tag(parser *p, const char *where)
{
    const char *from = where + strlen("{{");
    if (from < p->end && *from == '{')
        return parse_triple(p, where);
    const char *close = memmem(from, (size_t)(p->end - from), "}}", 2);
    if (close == NULL)
        return fail(p, where, "tag is not closed", (calx_text){0});
    calx_text inside = trim(from, close);
    p->at = close + strlen("}}");
    if (inside.length > 0 && is_one_of(*inside.data, "#^/!") && is_standalone(p, where, p->at)) {
        drop_indentation(p);
        p->at = skip_line(p, p->at);
    }
    return add_tag(p, where, inside);
}

static int parse(parser *p)
{
    int code = 0;
    while (code == 0 && p->at < p->end) {
        const char *open = memmem(p->at, (size_t)(p->end - p->at), "{{", 2);
        const char *text_end = open ? open : p->end;
        code = add(p, TOKEN_TEXT, (calx_text){p->at, (size_t)(text_end - p->at)});
        p->at = text_end;
        if (code == 0 && open != NULL)
            code = parse_tag(p, open);
    }
    if (code == 0 && p->depth > 0) {
        calx_text name = p->template->tokens[p->open[p->depth - 1]].text;
        code = fail(p, name.data, "section is not closed:", name);
    }
    return code;
}

int calx__template_parse(const char *name, const char *text, size_t length, calx_template **out,
                         calx_error *err)
{
    if (length > CALX_TEMPLATE_BYTES_MAX)
        return calx_error_set(err, CALX_ERROR_LIMIT, "%s: longer than %d bytes", name,
                              CALX_TEMPLATE_BYTES_MAX);
    calx_template *template = calloc(1, sizeof *template);
    char *copy = malloc(length + 1);
    if (template == NULL || copy == NULL) {
        free(template);
        free(copy);
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    }
    if (length > 0)
        memcpy(copy, text, length);
    copy[length] = '\0';
    template->text = copy;
    parser p = {.template = template, .name = name, .at = copy, .end = copy + length, .err = err};
    int code = parse(&p);
    if (code < 0)
        calx__template_destroy(template);
    else
        *out = template;
    return code;
}

/* Reads a file whole. */
static int read_file(const char *path, calx_buffer *out, calx_error *err)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return calx_error_set(err, CALX_ERROR_CONFIG, "%s: %s", path, strerror(errno));
    char piece[4096];
    for (size_t got; (got = fread(piece, 1, sizeof piece, file)) > 0;)
        calx_buffer_append(out, piece, got);
    int code = 0;
    if (ferror(file))
        code = calx_error_set(err, CALX_ERROR_CONFIG, "%s: %s", path, strerror(errno));
    else if (out->failed)
        code = calx_error_set(err, CALX_ERROR_LIMIT, "%s: longer than %d bytes", path,
                              CALX_TEMPLATE_BYTES_MAX);
    fclose(file);
    return code;
}

int calx__template_load(const char *folder, const char *name, calx_template **out, calx_error *err)
{
    char *path = NULL;
    calx_buffer text = {.length_max = CALX_TEMPLATE_BYTES_MAX};
    if (asprintf(&path, "%s/%s", folder, name) < 0)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    int code = read_file(path, &text, err);
    if (code == 0)
        code = calx__template_parse(name, text.data, text.length, out, err);
    calx_buffer_finish(&text);
    free(path);
    return code;
}

void calx__template_destroy(calx_template *template)
{
    if (template == NULL)
        return;
    free(template->tokens);
    free(template->text);
    free(template);
}

/* ---- Rendering ---- */

static void append_escaped(calx_buffer *out, const calx_buffer *value)
{
    static const char *const entities[256] = {
        ['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;", ['\''] = "&#39;",
    };
    for (size_t i = 0; i < value->length; i++) {
        const char *entity = entities[(unsigned char)value->data[i]];
        if (entity != NULL)
            calx_buffer_append_string(out, entity);
        else
            calx_buffer_append(out, &value->data[i], 1);
    }
    out->failed |= value->failed;
}

static int write_value(const calx_template_source *source, const token *at, calx_buffer *out,
                       calx_error *err)
{
    if (at->kind == TOKEN_RAW)
        return source->write(source->context, at->text, out, err);
    calx_buffer value = {0};
    int code = source->write(source->context, at->text, &value, err);
    append_escaped(out, &value);
    calx_buffer_finish(&value);
    return code;
}

static int render(const calx_template *template, size_t from, size_t to,
                  const calx_template_source *source, calx_buffer *out, calx_error *err)
{
    int code = 0;
    for (size_t i = from; code == 0 && i < to; i++) {
        const token *at = &template->tokens[i];
        if (at->kind == TOKEN_TEXT) {
            calx_buffer_append(out, at->text.data, at->text.length);
        } else if (at->kind == TOKEN_VALUE || at->kind == TOKEN_RAW) {
            code = write_value(source, at, out, err);
        } else if (at->kind == TOKEN_SECTION || at->kind == TOKEN_INVERTED) {
            bool open = source->open(source->context, at->text);
            if (at->kind == TOKEN_INVERTED && !open)
                code = render(template, i + 1, at->end, source, out, err);
            while (code == 0 && at->kind == TOKEN_SECTION && open &&
                   source->next(source->context, at->text))
                code = render(template, i + 1, at->end, source, out, err);
            if (open)
                source->close(source->context, at->text);
            i = at->end;
        }
    }
    return code;
}

int calx__template_render(const calx_template *template, const calx_template_source *source,
                          calx_buffer *out, calx_error *err)
{
    int code = render(template, 0, template->count, source, out, err);
    if (code == 0 && out->failed)
        code = calx_error_set(err, CALX_ERROR_LIMIT, "the page is too large, or out of memory");
    return code;
}
