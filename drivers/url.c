/* url.c: parses database URLs; docs/urls.md lists the rules. Error messages hold fixed text only:
 * with one character forgotten, any part of a URL can be a part of its password. */
#include <calx/url.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <calx/value.h>

#define PORT_MAX 65535

/* The URL, its query and the bytes of its strings, in one block. */
typedef struct url_block {
    calx_url url;
    calx_url_parameter parameters[CALX_URL_PARAMETERS_MAX];
    char text[];
} url_block;

/* Dialect and driver repeat the drivername; each string wants a NUL. */
static size_t text_size(size_t length)
{
    return 2 * length + 8 + 2 * CALX_URL_PARAMETERS_MAX;
}

/* A part of the text. */
typedef struct span {
    const char *at;
    const char *end;
} span;

typedef struct parser {
    url_block *block;
    char *free; /* where the next string goes */
    calx_error *err;
} parser;

static size_t span_length(span s)
{
    return (size_t)(s.end - s.at);
}

static const char *span_find(span s, char character)
{
    return s.at == s.end ? NULL : memchr(s.at, character, span_length(s));
}

/* Takes what stands before the first of the stop characters, or everything. */
static span span_take_until(span *rest, const char *stops)
{
    span taken = {rest->at, rest->at};
    while (taken.end < rest->end && !strchr(stops, *taken.end))
        taken.end++;
    rest->at = taken.end;
    return taken;
}

static bool span_take_character(span *rest, char character)
{
    if (rest->at == rest->end || *rest->at != character)
        return false;
    rest->at++;
    return true;
}

/* ---- Decoding ---- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* The byte of the escape at s, or -1 where it is broken. */
static int escaped_byte(span s)
{
    if (span_length(s) < 3 || s.at[0] != '%')
        return -1;
    int high = hex_digit(s.at[1]);
    int low = hex_digit(s.at[2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static const char *copy(parser *p, span s)
{
    size_t length = span_length(s);
    char *out = p->free;
    memcpy(out, s.at, length);
    out[length] = '\0';
    p->free += length + 1;
    return out;
}

/* Decodes escapes; a broken one stays as it is. In a form (the query) + is a blank. */
static int decode(parser *p, span s, bool form, const char *part, const char **out)
{
    char *start = p->free;
    char *end = start;
    while (s.at < s.end) {
        int byte = escaped_byte(s);
        if (byte == 0)
            return calx_error_set(p->err, CALX_ERROR_URL, "database URL: %%00 in the %s", part);
        if (byte > 0)
            *end++ = (char)byte;
        else
            *end++ = form && *s.at == '+' ? ' ' : *s.at;
        s.at += byte > 0 ? 3 : 1;
    }
    if (!calx_utf8_valid(start, (size_t)(end - start)))
        return calx_error_set(p->err, CALX_ERROR_URL,
                              "database URL: the %s is not UTF-8 once its escapes are decoded",
                              part);
    *end++ = '\0';
    p->free = end;
    *out = start;
    return 0;
}

/* ---- The parts, from left to right ---- */

static bool is_name_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '+';
}

static int parse_drivername(parser *p, span *rest)
{
    span name = {rest->at, rest->at};
    while (name.end < rest->end && is_name_character(*name.end))
        name.end++;
    size_t left = (size_t)(rest->end - name.end);
    if (span_length(name) == 0 || left < 3 || memcmp(name.end, "://", 3) != 0)
        return calx_error_set(p->err, CALX_ERROR_URL,
                              "database URL: it must begin with \"dialect://\" or "
                              "\"dialect+driver://\", names of letters, digits and _");
    rest->at = name.end + 3;
    calx_url *url = &p->block->url;
    url->drivername = copy(p, name);
    url->dialect = copy(p, span_take_until(&name, "+"));
    if (span_take_character(&name, '+'))
        url->driver = copy(p, name);
    return 0;
}

/*
 * The user ends at the first : or /, the password at the first @ after that. When no @ ends a
 * password, the @ may stand before the : or /: then there is a user only, up to the last such @.
 */
static int parse_credentials(parser *p, span *rest)
{
    calx_url *url = &p->block->url;
    span after = *rest;
    span user = span_take_until(&after, ":/");
    span password = {after.at, after.at};
    bool has_password = false;
    if (span_take_character(&after, ':') && span_find(after, '@')) {
        password = span_take_until(&after, "@");
        has_password = true;
    } else {
        while (user.end > user.at && user.end[-1] != '@')
            user.end--;
        if (user.end == user.at)
            return 0;
        user.end--;
        after.at = user.end;
    }
    rest->at = after.at + 1;
    int status = decode(p, user, false, "user", &url->username);
    if (status == 0 && has_password)
        status = decode(p, password, false, "password", &url->password);
    return status;
}

static bool span_has_control(span s)
{
    for (; s.at < s.end; s.at++)
        if ((unsigned char)*s.at < 0x20 || *s.at == 0x7F)
            return true;
    return false;
}

static int parse_host(parser *p, span *rest)
{
    span host;
    if (span_take_character(rest, '[')) {
        host = span_take_until(rest, "]/?");
        if (span_length(host) == 0 || !span_take_character(rest, ']') ||
            (rest->at < rest->end && !strchr(":/?", *rest->at)))
            return calx_error_set(p->err, CALX_ERROR_URL,
                                  "database URL: the host must be an IPv6 address in [brackets], "
                                  "followed by a port, a path, a query or nothing");
    } else {
        host = span_take_until(rest, "/:?");
    }
    if (span_length(host) == 0)
        return 0;
    if (span_find(host, '@'))
        return calx_error_set(p->err, CALX_ERROR_URL,
                              "database URL: @ in the host; write @ in a password as %%40");
    if (span_has_control(host))
        return calx_error_set(p->err, CALX_ERROR_URL,
                              "database URL: a control character in the host");
    p->block->url.host = copy(p, host);
    return 0;
}

static int parse_port(parser *p, span *rest)
{
    p->block->url.port = CALX_URL_NO_PORT;
    if (!span_take_character(rest, ':'))
        return 0;
    span digits = span_take_until(rest, "/?");
    int port = span_length(digits) == 0 ? -1 : 0;
    for (; port >= 0 && port <= PORT_MAX && digits.at < digits.end; digits.at++)
        port = *digits.at >= '0' && *digits.at <= '9' ? port * 10 + (*digits.at - '0') : -1;
    if (port < 0 || port > PORT_MAX)
        return calx_error_set(p->err, CALX_ERROR_URL,
                              "database URL: the port (between the host's : and the path) must be "
                              "a number up to %d",
                              PORT_MAX);
    p->block->url.port = port;
    return 0;
}

static int parse_database(parser *p, span *rest)
{
    if (!span_take_character(rest, '/'))
        return 0;
    return decode(p, span_take_until(rest, "?"), false, "database name", &p->block->url.database);
}

/* A pair without = or without a value is nothing, as in a form. */
static int parse_parameter(parser *p, span pair)
{
    calx_url *url = &p->block->url;
    span name = span_take_until(&pair, "=");
    if (!span_take_character(&pair, '=') || span_length(pair) == 0)
        return 0;
    if (url->parameter_count == CALX_URL_PARAMETERS_MAX)
        return calx_error_set(p->err, CALX_ERROR_LIMIT,
                              "database URL: more than %d keys in the query",
                              CALX_URL_PARAMETERS_MAX);
    calx_url_parameter *parameter = &p->block->parameters[url->parameter_count];
    int status = decode(p, name, true, "query", &parameter->name);
    if (status == 0)
        status = decode(p, pair, true, "query", &parameter->value);
    if (status == 0)
        url->parameter_count++;
    return status;
}

static int parse_query(parser *p, span *rest)
{
    int status = 0;
    if (!span_take_character(rest, '?'))
        return 0;
    do
        status = parse_parameter(p, span_take_until(rest, "&"));
    while (status == 0 && span_take_character(rest, '&'));
    return status;
}

static int parse_parts(parser *p, span rest)
{
    int status = parse_drivername(p, &rest);
    if (status == 0)
        status = parse_credentials(p, &rest);
    if (status == 0)
        status = parse_host(p, &rest);
    if (status == 0)
        status = parse_port(p, &rest);
    if (status == 0)
        status = parse_database(p, &rest);
    if (status == 0)
        status = parse_query(p, &rest);
    return status;
}

static int check_text(span text, calx_error *err)
{
    size_t length = span_length(text);
    if (length > CALX_URL_LENGTH_MAX)
        return calx_error_set(err, CALX_ERROR_LIMIT, "database URL: longer than %d bytes",
                              CALX_URL_LENGTH_MAX);
    if (span_find(text, '\0'))
        return calx_error_set(err, CALX_ERROR_URL, "database URL: a NUL byte in it");
    if (!calx_utf8_valid(text.at, length))
        return calx_error_set(err, CALX_ERROR_URL, "database URL: it is not UTF-8");
    return 0;
}

int calx_url_parse(const char *text, size_t length, calx_url **out, calx_error *err)
{
    span whole = {text, text + length};
    int status = check_text(whole, err);
    if (status < 0)
        return status;
    url_block *block = calloc(1, sizeof(*block) + text_size(length));
    if (!block)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "database URL: out of memory");
    block->url.parameters = block->parameters;
    parser p = {.block = block, .free = block->text, .err = err};
    status = parse_parts(&p, whole);
    if (status < 0) {
        free(block);
        return status;
    }
    *out = &block->url;
    return 0;
}

/* ---- Copies ---- */

#define URL_STRINGS(X)                                                                             \
    X(drivername)                                                                                  \
    X(dialect)                                                                                     \
    X(driver)                                                                                      \
    X(username)                                                                                    \
    X(password)                                                                                    \
    X(host)                                                                                        \
    X(database)

static size_t string_size(const char *string)
{
    return string ? strlen(string) + 1 : 0;
}

static const char *string_put(char **end, const char *string)
{
    if (!string)
        return NULL;
    char *start = *end;
    *end = stpcpy(start, string) + 1;
    return start;
}

int calx_url_copy(const calx_url *url, calx_url **out, calx_error *err)
{
    size_t count = url->parameter_count;
    size_t size = sizeof(*url) + count * sizeof(*url->parameters);
#define ADD_SIZE(string) size += string_size(url->string);
    URL_STRINGS(ADD_SIZE)
#undef ADD_SIZE
    for (size_t i = 0; i < count; i++)
        size += string_size(url->parameters[i].name) + string_size(url->parameters[i].value);
    calx_url *copied = malloc(size);
    if (!copied)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "database URL: out of memory");
    calx_url_parameter *parameters = (calx_url_parameter *)(copied + 1);
    char *end = (char *)(parameters + count);
    *copied = (calx_url){.port = url->port, .parameters = parameters, .parameter_count = count};
#define PUT(string) copied->string = string_put(&end, url->string);
    URL_STRINGS(PUT)
#undef PUT
    for (size_t i = 0; i < count; i++)
        parameters[i] = (calx_url_parameter){string_put(&end, url->parameters[i].name),
                                             string_put(&end, url->parameters[i].value)};
    *out = copied;
    return 0;
}

void calx_url_destroy(calx_url *url)
{
    free(url); /* the first member of its block */
}

const char *calx_url_parameter_get(const calx_url *url, const char *name, size_t index)
{
    for (size_t i = 0; i < url->parameter_count; i++)
        if (strcmp(url->parameters[i].name, name) == 0 && index-- == 0)
            return url->parameters[i].value;
    return NULL;
}
