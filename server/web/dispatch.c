/* dispatch.c: on the loop: from the request line to a route, or to an answer that needs no handler.
 */
#include "server/web/request.h"

#include <string.h>

static void answer_allow(calx_http_exchange *exchange, const calx_app *app)
{
    calx_buffer allow = {0};
    calx__router_allow(app->router, exchange->path, &allow);
    calx_text copy = calx_arena_copy(exchange->arena, allow.data, allow.length);
    calx_buffer_finish(&allow);
    if (copy.data == NULL)
        return;
    calx__http_answer_header(exchange, "allow", copy.data);
    if (app->allow_origins) {
        calx__http_answer_header(exchange, "access-control-allow-methods", copy.data);
        calx__http_answer_header(exchange, "access-control-allow-headers",
                                 "content-type, idempotency-key");
        calx__http_answer_header(exchange, "access-control-max-age", "600");
    }
}

/* "/todos?a=b" is answered with where "/todos/?a=b" is, as Flask does. */
static bool redirect_to_slash(calx_http_exchange *exchange, const calx_app *app)
{
    calx_text path = exchange->path;
    calx_text query = exchange->query;
    char *location = calx_arena_alloc(exchange->arena, path.length + query.length + 3);
    if (location == NULL)
        return false;
    memcpy(location, path.data, path.length);
    location[path.length] = '/';
    calx_text with_slash = {location, path.length + 1};
    if (!calx__router_match(app->router, exchange->method, with_slash).path_known)
        return false;
    /* A path that is known has a pattern's own characters and digits, and a query comes from the
     * request's first line: neither can begin another header. */
    if (query.length > 0) {
        location[with_slash.length] = '?';
        memcpy(location + with_slash.length + 1, query.data, query.length);
    }
    calx__answer_failure(exchange, 308, "the path ends with a slash");
    calx__http_answer_header(exchange, "location", location);
    return true;
}

/* What http/ refuses by itself; NULL: the status says it all. */
static const char *refusal(int status)
{
    switch (status) {
    case 400:
        return "the request cannot be understood";
    case 404:
        return "there is nothing at this path";
    case 405:
        return "the method is not allowed for this path";
    case 413:
        return "the body is larger than this server takes";
    case 503:
        return "the server is busy, try again";
    default:
        return NULL;
    }
}

static void refuse(calx_http_exchange *exchange, const calx_app *app, bool path_known)
{
    if (path_known && calx_text_equal(exchange->method, calx_text_of("OPTIONS"))) {
        exchange->status = 200;
        answer_allow(exchange, app);
    } else if (path_known) {
        calx__answer_failure(exchange, 405, refusal(405));
        answer_allow(exchange, app);
    } else if (!redirect_to_slash(exchange, app)) {
        calx__answer_failure(exchange, 404, refusal(404));
    }
}

calx_http_verdict calx__request_admit(void *context, calx_http_exchange *exchange)
{
    calx_app *app = context;
    if (exchange->status != 200) {
        calx__answer_failure(exchange, exchange->status, refusal(exchange->status));
        calx__request_answer_id(exchange);
        return CALX_HTTP_ANSWERED;
    }
    calx_route_match match = {0};
    if (!exchange->operations)
        match = calx__router_match(app->router, exchange->method, exchange->path);
    if (match.route == NULL && !match.path_known && calx__operations_here(app, exchange)) {
        if (calx__operations_answer(app, exchange))
            return CALX_HTTP_ANSWERED;
        match.route = calx__operations_route(exchange);
    }
    if (match.route == NULL) {
        refuse(exchange, app, match.path_known);
        calx__request_answer_id(exchange);
        return CALX_HTTP_ANSWERED;
    }
    calx_request *request = calx_arena_alloc(exchange->arena, sizeof *request);
    if (request == NULL) {
        calx__answer_failure(exchange, 503, refusal(503));
        calx__http_answer_header(exchange, "retry-after", "1");
        return CALX_HTTP_ANSWERED;
    }
    *request = (calx_request){.app = app, .exchange = exchange, .match = match};
    exchange->user = request;
    return CALX_HTTP_RUN;
}

void calx__request_log(void *context, const calx_http_exchange *exchange)
{
    const calx_app *app = context;
    const calx_request *request = exchange->user;
    if (exchange->operations && exchange->status < 400)
        return; /* probes come every few seconds, for ever */
    if (app->metrics != NULL && !exchange->operations)
        calx__metrics_request(app->metrics, request ? request->match.route : NULL, exchange->status,
                              calx_now_us() - exchange->started_us);
    calx__log_access(exchange);
}
