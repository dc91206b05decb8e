/* router_fuzz.c: a path that matches is its pattern with the values in it; and every pattern that
 * is taken matches what it says. Input: a method, a line break, a path, a line break, a pattern. */
#include <assert.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/web/router.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void handler(calx_request *request)
{
    (void)request;
}

static calx_router *make_router(void)
{
    static const calx_route routes[] = {
        {"GET", "/", handler, false, false},
        {"GET POST", "/todos/", handler, false, false},
        {"GET", "/todos/<int:id>", handler, false, false},
        {"PUT PATCH", "/todos/<int:number>", handler, false, false},
        {"DELETE", "/todos/<int:id>/<int:part>.json", handler, false, false},
        {"PATCH", "/<int:a>/<int:b>-<int:c>/", handler, false, false},
    };
    calx_router *router = calx__router_create();
    assert(router);
    for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
        assert(calx__router_add(router, &routes[i], NULL) == 0);
    return router;
}

/* The path of a pattern, with values in the place of its parameters. */
static void render(const char *pattern, const int64_t *values, calx_buffer *out)
{
    for (size_t i = 0; *pattern != '\0'; pattern++) {
        if (*pattern != '<') {
            calx_buffer_append(out, pattern, 1);
            continue;
        }
        calx_buffer_append_format(out, "%" PRId64, values[i++]);
        pattern = strchr(pattern, '>');
    }
    assert(!out->failed);
}

/* Is the path what was rendered, but for zeros before its numbers? */
static bool is_same(calx_text path, const calx_buffer *rendered)
{
    size_t at = 0;
    for (size_t i = 0; i < rendered->length; i++, at++) {
        bool begins_number = i == 0 || rendered->data[i - 1] < '0' || rendered->data[i - 1] > '9';
        while (begins_number && at + 1 < path.length && path.data[at] == '0' &&
               path.data[at + 1] >= '0' && path.data[at + 1] <= '9')
            at++;
        if (at == path.length || path.data[at] != rendered->data[i])
            return false;
    }
    return at == path.length;
}

static void check_path(const calx_router *router, calx_text method, calx_text path)
{
    calx_route_match match = calx__router_match(router, method, path);
    calx_buffer allow = {0};
    calx__router_allow(router, path, &allow);
    assert(allow.length >= strlen("OPTIONS"));
    if (match.route != NULL) {
        calx_buffer rendered = {0};
        assert(match.path_known);
        assert(memmem(allow.data, allow.length, method.data, method.length));
        render(match.route->pattern, match.values, &rendered);
        assert(is_same(path, &rendered));
        calx_buffer_finish(&rendered);
    }
    assert(match.path_known == (allow.length > strlen("OPTIONS")));
    calx_buffer_finish(&allow);
}

static void check_pattern(const char *pattern)
{
    static const int64_t values[CALX_ROUTE_PARAMETERS_MAX] = {0, 1, INT64_MAX, 10, 42, 7, 8, 9};
    calx_router *router = calx__router_create();
    calx_error err = {0};
    assert(router);
    if (calx__router_add(router,
                         &(calx_route){.methods = "GET", .pattern = pattern, .handler = handler},
                         &err) == 0) {
        calx_buffer path = {0};
        render(pattern, values, &path);
        calx_text method = calx_text_of("GET");
        calx_route_match match =
            calx__router_match(router, method, (calx_text){path.data, path.length});
        assert(match.route);
        assert(memcmp(match.values, values, match.count * sizeof(values[0])) == 0);
        calx_buffer_finish(&path);
    } else {
        assert(err.message[0] != '\0');
    }
    calx__router_destroy(router);
}

/* Up to the next line break, which is skipped; the rest if there is none. */
static calx_text next_line(calx_text *rest)
{
    const char *end = rest->length ? memchr(rest->data, '\n', rest->length) : NULL;
    calx_text line = {rest->data, end ? (size_t)(end - rest->data) : rest->length};
    size_t skipped = line.length + (end ? 1 : 0);
    *rest = (calx_text){rest->data + skipped, rest->length - skipped};
    return line;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static calx_router *router;
    if (router == NULL)
        router = make_router();
    calx_text rest = {size > 0 ? (const char *)data : "", size};
    calx_text method = next_line(&rest);
    calx_text path = next_line(&rest);
    check_path(router, method, path);
    char *pattern = strndup(rest.data, rest.length);
    assert(pattern);
    check_pattern(pattern);
    free(pattern);
    return 0;
}
