/* scope.c: the frame around a handler, in a fiber: tables, handler, session's end, answer. */
#include <calx/retry.h>

#include "server/web/replica.h"

bool calx__request_failed(const calx_request *request)
{
    return request->failed_status != 0 || request->error.code != CALX_OK ||
           (request->session != NULL && calx_session_error(request->session) != NULL);
}

calx_session *calx_request_session(calx_request *request)
{
    return request->session;
}

static void call_handler(calx_request *request)
{
    request->begun = true;
    request->match.route->handler(request);
    if (!request->replied && !calx__request_failed(request)) {
        calx__log_request(request->exchange, "the handler of \"%s\" gave no answer",
                          request->match.route->pattern);
        calx_request_fail(request, 500, "internal error");
    }
    calx__idempotency_end(request);
}

static void run_handler(calx_request *request)
{
    calx_session_set_deadline(request->session, request->exchange->deadline_us);
    if (calx__app_tables(request->app, request->exchange->deadline_us, &request->error) == 0 &&
        calx__idempotency_begin(request))
        call_handler(request);
    const calx_error *err = calx_session_error(request->session);
    if (err != NULL && err->code == CALX_ERROR_UNDEFINED)
        calx__app_tables_forget(request->app);
}

static void run_in_session(calx_request *request)
{
    request->session = calx_session_create(calx__request_engine(request));
    if (request->session != NULL)
        run_handler(request);
    else
        calx_error_set(&request->error, CALX_ERROR_NO_MEMORY, "out of memory");
}

/* A key that somebody has just taken: his answer is there by now. */
static bool look_again(calx_request *request, calx_retry *retry)
{
    return request->idempotency.taken && retry->count++ < CALX_RETRIES_MAX &&
           calx_now_us() < retry->deadline_us;
}

static bool run_again(calx_request *request, calx_retry *retry)
{
    if (request->failed_status != 0 || request->session == NULL || request->error.code != CALX_OK)
        return false;
    if (look_again(request, retry) || calx__request_leaves_replica(request))
        return true;
    if (request->begun && !request->match.route->repeatable)
        return false;
    if (!calx_retry_again(retry, request->session))
        return false;
    calx__log_request(request->exchange, "once more: %s",
                      calx_session_error(request->session)->message);
    return true;
}

/* Nothing is left of the try before. */
static void begin_again(calx_request *request)
{
    calx_http_exchange *exchange = request->exchange;
    calx_session_destroy(request->session);
    calx__http_answer_clear(exchange);
    exchange->answer_header_count = 0;
    exchange->status = 200;
    request->replied = false;
}

static void run_until_settled(calx_request *request)
{
    calx_retry retry = {.deadline_us = request->exchange->deadline_us};
    run_in_session(request);
    while (run_again(request, &retry)) {
        begin_again(request);
        run_in_session(request);
    }
    if (calx__request_failed(request))
        calx__request_answer_failure(request);
}

/* In a session of its own, which may fail. */
static void keep_once(calx_request *request)
{
    calx_session_destroy(request->session);
    request->failed_status = 0;
    request->session = calx_session_create(request->app->engine);
    if (request->session == NULL) {
        calx_error_set(&request->error, CALX_ERROR_NO_MEMORY, "out of memory");
        return;
    }
    calx_session_set_deadline(request->session, request->exchange->deadline_us);
    calx__idempotency_keep(request);
}

/* An answer that is to be the same next time is the client's when it is kept: it is kept once more
 * where others with its key are in the way, whatever its route. If it is not the first to a request
 * with its key, then the first one counts. */
static void keep_failure(calx_request *request)
{
    calx_retry retry = {.deadline_us = request->exchange->deadline_us};
    do {
        keep_once(request);
    } while (request->session != NULL && calx_retry_again(&retry, request->session));
    if (request->idempotency.taken) {
        begin_again(request);
        run_in_session(request);
    }
    if (calx__request_failed(request))
        calx__request_answer_failure(request);
}

void calx__request_run(void *context, calx_http_exchange *exchange)
{
    calx_request *request = exchange->user;
    (void)context;
    exchange->answer.length_max = CALX_ANSWER_BYTES_MAX;
    run_until_settled(request);
    if (calx__request_failed(request) && calx__idempotency_keeps(request))
        keep_failure(request);
    calx__request_answer_id(request->exchange);
    calx_session_destroy(request->session);
    request->session = NULL;
    calx__request_answer_position(request);
    calx__idempotency_sweep(request);
}
