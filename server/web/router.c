/* router.c: patterns are cut into literal text and parameters once; a path is compared with each of
 * them. */
#include "server/web/router.h"

#include <stdlib.h>
#include <string.h>

/* Literal text, then a parameter unless name is NULL. Text between parameters is never empty and
 * never begins with a digit: a parameter takes all digits that there are. */
typedef struct part {
    const char *text;
    size_t text_length;
    const char *name;
    size_t name_length;
} part;

typedef struct compiled {
    calx_route route;
    part parts[CALX_ROUTE_PARAMETERS_MAX + 1];
    size_t part_count;
} compiled;

struct calx_router {
    compiled *routes;
    size_t count;
};

static const char *const methods_known[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};

calx_router *calx__router_create(void)
{
    return calloc(1, sizeof(calx_router));
}

void calx__router_destroy(calx_router *router)
{
    if (router == NULL)
        return;
    free(router->routes);
    free(router);
}

/* ---- Patterns ---- */

static int bad_pattern(const char *pattern, const char *problem, calx_error *err)
{
    return calx_error_set(err, CALX_ERROR_CONFIG, "route \"%s\": %s", pattern, problem);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_name(const char *text, size_t length)
{
    return length > 0 && !is_digit(text[0]) &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") >=
               length;
}

static bool has_parameter(const compiled *route, const char *name, size_t length)
{
    for (size_t i = 0; i < route->part_count; i++)
        if (route->parts[i].name_length == length &&
            memcmp(route->parts[i].name, name, length) == 0)
            return true;
    return false;
}

/* The parameter that begins at open; *end is what stands behind it. */
static int compile_parameter(const char *pattern, const char *open, compiled *out, const char **end,
                             calx_error *err)
{
    static const char prefix[] = "<int:";
    const char *name = open + strlen(prefix);
    const char *close = strchr(open, '>');
    if (close == NULL || strncmp(open, prefix, strlen(prefix)) != 0 ||
        !is_name(name, (size_t)(close - name)))
        return bad_pattern(pattern, "a parameter is written <int:name>", err);
    if (has_parameter(out, name, (size_t)(close - name)))
        return bad_pattern(pattern, "two parameters of one name", err);
    if (close[1] == '<' || is_digit(close[1]))
        return bad_pattern(pattern, "a parameter and more digits cannot be told apart", err);
    out->parts[out->part_count - 1].name = name;
    out->parts[out->part_count - 1].name_length = (size_t)(close - name);
    *end = close + 1;
    return 0;
}

static int compile(const char *pattern, compiled *out, calx_error *err)
{
    const char *at = pattern;
    if (pattern[0] != '/')
        return bad_pattern(pattern, "does not begin with /", err);
    for (;;) {
        const char *open = strchr(at, '<');
        if (out->part_count == CALX_ROUTE_PARAMETERS_MAX + 1)
            return bad_pattern(pattern, "too many parameters", err);
        part *to = &out->parts[out->part_count++];
        *to = (part){.text = at, .text_length = open ? (size_t)(open - at) : strlen(at)};
        if (memchr(at, '>', to->text_length) != NULL)
            return bad_pattern(pattern, "> without <", err);
        if (open == NULL)
            return 0;
        int code = compile_parameter(pattern, open, out, &at, err);
        if (code < 0)
            return code;
    }
}

/* The length of the next word of a list separated by blanks, at *list; 0 at the end. */
static size_t next_method(const char **list)
{
    *list += strspn(*list, " ");
    return strcspn(*list, " ");
}

static bool has_method(const char *list, const char *method, size_t length)
{
    for (size_t word; (word = next_method(&list)) > 0; list += word)
        if (word == length && memcmp(list, method, length) == 0)
            return true;
    return false;
}

static bool same_shape(const compiled *a, const compiled *b)
{
    if (a->part_count != b->part_count)
        return false;
    for (size_t i = 0; i < a->part_count; i++)
        if (a->parts[i].text_length != b->parts[i].text_length ||
            memcmp(a->parts[i].text, b->parts[i].text, a->parts[i].text_length) != 0)
            return false;
    return true;
}

static int check_methods(const calx_router *router, const compiled *made, calx_error *err)
{
    const char *list = made->route.methods;
    size_t count = 0;
    for (size_t word; (word = next_method(&list)) > 0; list += word, count++) {
        bool known = false;
        for (size_t i = 0; i < sizeof methods_known / sizeof *methods_known; i++)
            known |= word == strlen(methods_known[i]) && memcmp(list, methods_known[i], word) == 0;
        if (!known)
            return bad_pattern(made->route.pattern, "a method is GET, POST, PUT, PATCH or DELETE",
                               err);
        if (has_method(list + word, list, word))
            return bad_pattern(made->route.pattern, "a method is there twice", err);
        for (size_t i = 0; i < router->count; i++)
            if (same_shape(&router->routes[i], made) &&
                has_method(router->routes[i].route.methods, list, word))
                return bad_pattern(made->route.pattern, "is there already with this method", err);
    }
    return count ? 0 : bad_pattern(made->route.pattern, "no method", err);
}

int calx__router_add(calx_router *router, const calx_route *route, calx_error *err)
{
    compiled made = {.route = *route};
    int code = compile(route->pattern, &made, err);
    if (code == 0)
        code = check_methods(router, &made, err);
    if (code < 0)
        return code;
    if (router->count == CALX_APP_ROUTES_MAX)
        return calx_error_set(err, CALX_ERROR_LIMIT, "more than %d routes", CALX_APP_ROUTES_MAX);
    compiled *routes = realloc(router->routes, (router->count + 1) * sizeof *routes);
    if (routes == NULL)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    router->routes = routes;
    router->routes[router->count++] = made;
    return 0;
}

/* ---- Paths ---- */

/* How many bytes of digits; 0 when there are none, or when they do not fit. */
static size_t read_integer(const char *at, const char *end, int64_t *out)
{
    const char *start = at;
    int64_t value = 0;
    for (; at < end && is_digit(*at); at++)
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, *at - '0', &value))
            return 0;
    *out = value;
    return (size_t)(at - start);
}

static bool match_path(const compiled *route, calx_text path, calx_route_match *out)
{
    const char *at = path.data;
    const char *end = path.data + path.length;
    out->count = 0;
    for (size_t i = 0; i < route->part_count; i++) {
        const part *wanted = &route->parts[i];
        if ((size_t)(end - at) < wanted->text_length ||
            memcmp(at, wanted->text, wanted->text_length) != 0)
            return false;
        at += wanted->text_length;
        if (wanted->name == NULL)
            continue;
        size_t length = read_integer(at, end, &out->values[out->count]);
        if (length == 0)
            return false;
        at += length;
        out->names[out->count] = wanted->name;
        out->name_lengths[out->count++] = wanted->name_length;
    }
    return at == end;
}

calx_route_match calx__router_match(const calx_router *router, calx_text method, calx_text path)
{
    calx_route_match match = {0};
    bool head = calx_text_equal(method, calx_text_of("HEAD"));
    calx_text wanted = head ? calx_text_of("GET") : method;
    for (size_t i = 0; i < router->count && match.route == NULL; i++) {
        if (!match_path(&router->routes[i], path, &match))
            continue;
        match.path_known = true;
        if (has_method(router->routes[i].route.methods, wanted.data, wanted.length))
            match.route = &router->routes[i].route;
    }
    return match;
}

void calx__router_allow(const calx_router *router, calx_text path, calx_buffer *out)
{
    for (size_t m = 0; m < sizeof methods_known / sizeof *methods_known; m++) {
        calx_route_match match = calx__router_match(router, calx_text_of(methods_known[m]), path);
        if (match.route != NULL)
            calx_buffer_append_format(out, "%s, ", m == 0 ? "GET, HEAD" : methods_known[m]);
    }
    calx_buffer_append_string(out, "OPTIONS");
}

const calx_route *calx__router_at(const calx_router *router, size_t index)
{
    return index < router->count ? &router->routes[index].route : NULL;
}
