/* scope.c: the frame around a handler, in a fiber: tables, handler, session's end, answer. */
#include <calx/retry.h>

#include "server/web/request.h"

bool calx__request_failed(const calx_request *request)
{
    return request->failed_status != 0 || request->error.code != CALX_OK ||
           (request->session != NULL && calx_session_error(request->session) != NULL);
}

calx_session *calx_request_session(calx_request *request)
{
    return request->session;
}

static void run_handler(calx_request *request)
{
    calx_session_set_deadline(request->session, request->exchange->deadline_us);
    if (calx__app_tables(request->app, request->exchange->deadline_us, &request->error) == 0)
        request->match.route->handler(request);
    const calx_error *err = calx_session_error(request->session);
    if (err != NULL && err->code == CALX_ERROR_UNDEFINED)
        calx__app_tables_forget(request->app);
    if (!request->replied && !calx__request_failed(request)) {
        calx__log_request(request->exchange, "the handler of \"%s\" gave no answer",
                          request->match.route->pattern);
        calx_request_fail(request, 500, "internal error");
    }
}

static void run_in_session(calx_request *request)
{
    request->session = calx_session_create(request->app->engine);
    if (request->session != NULL)
        run_handler(request);
    else
        calx_error_set(&request->error, CALX_ERROR_NO_MEMORY, "out of memory");
}

static bool run_again(calx_request *request, calx_retry *retry)
{
    if (!request->match.route->repeatable || request->failed_status != 0 ||
        request->session == NULL || request->error.code != CALX_OK)
        return false;
    return calx_retry_again(retry, request->session);
}

/* Nothing is left of the try before. */
static void begin_again(calx_request *request)
{
    calx_http_exchange *exchange = request->exchange;
    calx__log_request(exchange, "once more: %s", calx_session_error(request->session)->message);
    calx_session_destroy(request->session);
    calx_buffer_clear(&exchange->answer);
    exchange->answer_header_count = 0;
    exchange->status = 200;
    request->replied = false;
}

void calx__request_run(void *context, calx_http_exchange *exchange)
{
    calx_request *request = exchange->user;
    calx_retry retry = {.deadline_us = exchange->deadline_us};
    (void)context;
    exchange->answer.length_max = CALX_ANSWER_BYTES_MAX;
    run_in_session(request);
    while (run_again(request, &retry)) {
        begin_again(request);
        run_in_session(request);
    }
    if (calx__request_failed(request))
        calx__request_answer_failure(request);
    calx__request_answer_id(request->exchange);
    calx_session_destroy(request->session);
    request->session = NULL;
}
