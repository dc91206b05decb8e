/* request.c: what a handler asks of its request. */
#include "server/web/request.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

calx_app *calx_request_app(const calx_request *request)
{
    return request->app;
}

int64_t calx_request_int(const calx_request *request, const char *name)
{
    const calx_route_match *match = &request->match;
    for (size_t i = 0; i < match->count; i++)
        if (strlen(name) == match->name_lengths[i] &&
            memcmp(name, match->names[i], match->name_lengths[i]) == 0)
            return match->values[i];
    assert(false && "the route's pattern has no parameter of this name");
    return 0;
}

/* HTTP/1.0 clients may send no Host: then it is what is listened on. */
static const char *make_origin(const calx_app *app, calx_http_exchange *exchange)
{
    calx_text authority = exchange->authority;
    if (authority.length > 0)
        return calx_arena_format(exchange->arena, "%.*s://%.*s", (int)exchange->scheme.length,
                                 exchange->scheme.data, (int)authority.length, authority.data);
    const char *host = calx__config_text(app->config, "HOST");
    bool is_ipv6 = strchr(host, ':') != NULL;
    return calx_arena_format(exchange->arena, "%.*s://%s%s%s:%d", (int)exchange->scheme.length,
                             exchange->scheme.data, is_ipv6 ? "[" : "", host, is_ipv6 ? "]" : "",
                             app->port);
}

const char *calx_request_origin(calx_request *request)
{
    if (request->origin == NULL)
        request->origin = make_origin(request->app, request->exchange);
    return request->origin ? request->origin : "";
}

/* The session fails with its request, or its own calls would go on after the first failure. */
void calx_request_fail(calx_request *request, int status, const char *format, ...)
{
    if (calx__request_failed(request))
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(request->message, sizeof request->message, format, arguments);
    va_end(arguments);
    request->failed_status = status;
    calx_session_fail(request->session, CALX_ERROR_INVALID, "%s", request->message);
}

void *calx__request_get(calx_request *request, const calx_model *model, const calx_value *key,
                        size_t count)
{
    calx_session *session = calx_request_session(request);
    void *object =
        calx__request_failed(request) ? NULL : calx__session_get(session, model, key, count);
    if (object != NULL) {
        calx__request_check_version(request, object);
        return object;
    }
    calx_request_fail(request, 404, "there is no such %s", model->name);
    return calx_session_scratch(session, model);
}

/* application/json, or a type that ends in +json (RFC 6839), with or without parameters. */
static bool is_json(calx_text type)
{
    const char *semicolon = memchr(type.data ? type.data : "", ';', type.length);
    size_t length = semicolon ? (size_t)(semicolon - type.data) : type.length;
    while (length > 0 && (type.data[length - 1] == ' ' || type.data[length - 1] == '\t'))
        length--;
    if (length == strlen("application/json"))
        return strncasecmp(type.data, "application/json", length) == 0;
    return length > 5 && strncasecmp(type.data + length - 5, "+json", 5) == 0;
}

void calx_request_read_json(calx_request *request, void *object)
{
    calx_session *session = calx_request_session(request);
    if (calx__request_failed(request))
        return;
    if (!is_json(calx__http_header(request->exchange, "content-type"))) {
        calx_request_fail(request, 415, "expected Content-Type: application/json");
        return;
    }
    calx_json_read_text(session, object, request->exchange->body);
}

void calx_request_commit(calx_request *request)
{
    if (!calx__request_failed(request))
        calx_session_commit(calx_request_session(request));
}
