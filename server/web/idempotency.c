/* idempotency.c: requests that are done once, however often they are sent. */
#include "server/web/request.h"

#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include <calx/calx.h>

/*
 * A row is inserted before the handler runs, so a second request with its key waits for the end of
 * the first, and is seen by others with its answer only.
 */
#define IDEMPOTENCY_KEY(COLUMN, Model)                                                             \
    COLUMN(Model, STRING, route, PRIMARY_KEY, LENGTH(CALX_IDEMPOTENCY_ROUTE_MAX))                  \
    COLUMN(Model, STRING, key, PRIMARY_KEY, LENGTH(CALX_IDEMPOTENCY_KEY_MAX))                      \
    COLUMN(Model, STRING, fingerprint, LENGTH(64))                                                 \
    COLUMN(Model, DATETIME, expires, INDEX)                                                        \
    COLUMN(Model, INTEGER, status)                                                                 \
    COLUMN(Model, TEXT, headers) /* "name: value", each with a line break behind it */             \
    COLUMN(Model, LARGE_BINARY, body)

CALX_MODEL_DECLARE(IdempotencyKey, IDEMPOTENCY_KEY)
CALX_MODEL_DEFINE(IdempotencyKey, "idempotency_keys", IDEMPOTENCY_KEY)

void calx__idempotency_configure(calx_app *app)
{
    if (!calx__config_boolean(app->config, "IDEMPOTENCY_KEYS"))
        return;
    app->idempotency_ttl_us = calx__config_microseconds(app->config, "IDEMPOTENCY_KEY_TTL", 0);
    calx_app_model(app, &IdempotencyKey_model);
}

/* The processes of an application agree on it as well as their clocks do. */
static calx_datetime now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return (calx_datetime){(int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000};
}

/* Also of a row without its answer yet: whoever removes what has expired does not wait for it. */
static calx_datetime expiry(const calx_request *request)
{
    return (calx_datetime){now().microseconds + request->app->idempotency_ttl_us};
}

/* ---- An answer, and the row that keeps it ---- */

static calx_text headers_of(calx_request *request)
{
    const calx_http_exchange *exchange = request->exchange;
    calx_buffer lines = {0};
    for (size_t i = 0; i < exchange->answer_header_count; i++) {
        const calx_http_header *header = &exchange->answer_headers[i];
        calx_buffer_append(&lines, header->name.data, header->name.length);
        calx_buffer_append(&lines, ": ", 2);
        calx_buffer_append(&lines, header->value.data, header->value.length);
        calx_buffer_append(&lines, "\n", 1);
    }
    calx_text copy =
        calx_arena_copy(calx_session_arena(request->session), lines.data, lines.length);
    if (lines.failed || copy.data == NULL)
        calx_session_fail(request->session, CALX_ERROR_NO_MEMORY, "out of memory");
    calx_buffer_finish(&lines);
    return copy;
}

static void fill(calx_request *request)
{
    IdempotencyKey *row = request->idempotency.row;
    const calx_http_exchange *exchange = request->exchange;
    row->expires = expiry(request);
    row->status = exchange->status;
    row->headers = headers_of(request);
    row->body =
        (calx_blob){exchange->answer.data ? exchange->answer.data : "", exchange->answer.length};
}

static void commit(calx_request *request)
{
    request->idempotency.taken = calx_session_commit(request->session) == CALX_ERROR_UNIQUE;
}

static IdempotencyKey *make(calx_request *request)
{
    IdempotencyKey *row = IdempotencyKey_new(request->session);
    row->route = request->idempotency.route;
    row->key = request->idempotency.key;
    row->fingerprint = request->idempotency.fingerprint;
    row->expires = expiry(request);
    row->headers = calx_text_of("");
    row->body = (calx_blob){"", 0};
    request->idempotency.row = row;
    return row;
}

/* ---- The same answer again ---- */

/* The lines become names and values where they are. */
static bool restore_headers(calx_http_exchange *exchange, calx_text headers)
{
    calx_text copy = calx_arena_copy(exchange->arena, headers.data, headers.length);
    char *line = (char *)copy.data;
    for (char *end; line != NULL && (end = strchr(line, '\n')) != NULL; line = end + 1) {
        char *colon = strstr(line, ": ");
        *end = '\0';
        if (colon == NULL || exchange->answer_header_count == CALX_HTTP_ANSWER_HEADERS_MAX)
            return false;
        *colon = '\0';
        calx__http_answer_header(exchange, line, colon + 2);
    }
    return line != NULL;
}

static void replay(calx_request *request, const IdempotencyKey *row)
{
    calx_http_exchange *exchange = request->exchange;
    if (!calx_text_equal(row->fingerprint, request->idempotency.fingerprint)) {
        calx_request_fail(request, 422, "this Idempotency-Key was used for another request");
        return;
    }
    exchange->status = row->status;
    calx_buffer_append(&exchange->answer, row->body.data, row->body.length);
    request->replied = restore_headers(exchange, row->headers) && !exchange->answer.failed;
    if (!request->replied)
        calx_error_set(&request->error, CALX_ERROR_MISFIT, "the answer that is kept is none");
}

/* ---- Around the handler ---- */

/* One that has expired makes room by the same unit: of two requests that want its place, the second
 * finds the first one's row. */
static void remove_expired(calx_request *request, IdempotencyKey *row)
{
    calx_session *session = request->session;
    calx_session_expunge(session, row);
    IdempotencyKey_query *query = calx_query_of(session, IdempotencyKey);
    calx_filter_by(query, route, request->idempotency.route);
    calx_filter_by(query, key, request->idempotency.key);
    calx_query_delete(calx_filter(query, LESS_EQUAL(IdempotencyKey_.expires, row->expires)));
}

static bool claim(calx_request *request)
{
    make(request);
    request->idempotency.taken = calx_session_flush(request->session) == CALX_ERROR_UNIQUE;
    calx_session_hold(request->session);
    return !calx__request_failed(request);
}

bool calx__idempotency_begin(calx_request *request)
{
    calx__idempotency *idempotency = &request->idempotency;
    if (idempotency->key.data == NULL)
        calx__idempotency_read(request);
    if (calx__request_failed(request) || idempotency->key.data == NULL)
        return !calx__request_failed(request);
    idempotency->taken = false;
    IdempotencyKey *row =
        calx_get(request->session, IdempotencyKey, idempotency->route, idempotency->key);
    if (row != NULL && row->expires.microseconds > now().microseconds) {
        replay(request, row);
        return false;
    }
    if (request->begun && !request->match.route->repeatable) {
        idempotency->taken = true;
        calx_request_fail(request, 409, "this Idempotency-Key is in use, try again");
        return false;
    }
    if (row != NULL)
        remove_expired(request, row);
    return claim(request);
}

void calx__idempotency_end(calx_request *request)
{
    if (request->idempotency.key.data == NULL || calx__request_failed(request))
        return;
    if (request->exchange->answer.length > CALX_IDEMPOTENCY_ANSWER_MAX) {
        calx_error_set(&request->error, CALX_ERROR_STATE,
                       "an answer of %zu bytes is too large to be kept for its Idempotency-Key",
                       request->exchange->answer.length);
        return;
    }
    if (calx_session_let_go(request->session) < 0)
        return;
    fill(request);
    calx_session_add(request->session, request->idempotency.row); /* unless it is there still */
    commit(request);
}

bool calx__idempotency_keeps(const calx_request *request)
{
    int status = request->exchange->status;
    return request->idempotency.key.data != NULL && request->begun && !request->idempotency.taken &&
           status >= 400 && status < 500 && status != 408 && status != 425 && status != 429 &&
           status != 499;
}

void calx__idempotency_keep(calx_request *request)
{
    make(request);
    fill(request);
    commit(request);
}

/* ---- Expiry ---- */

#define EXPIRY(COLUMN, Row) COLUMN(Row, DATETIME, expires)

CALX_ROW_DECLARE(Expiry, EXPIRY)
CALX_ROW_DEFINE(Expiry, EXPIRY)

static void remove_some(calx_session *session)
{
    calx_datetime until = now();
    IdempotencyKey_query *expired = calx_filter(calx_query_of(session, IdempotencyKey),
                                                LESS_EQUAL(IdempotencyKey_.expires, until));
    const Expiry *last = calx_first(calx_offset(
        calx_order_by(calx_select(expired, Expiry, FIELD(expires, IdempotencyKey_.expires)),
                      Expiry_.expires),
        CALX_IDEMPOTENCY_SWEEP_ROWS - 1));
    if (last != NULL)
        until = last->expires;
    calx_query_delete(calx_filter(calx_query_of(session, IdempotencyKey),
                                  LESS_EQUAL(IdempotencyKey_.expires, until)));
    calx_session_commit(session);
}

/* Whoever sent the request waits for it; a failure leaves it to the next one. */
#define SWEEP_MS_MAX 1000

void calx__idempotency_sweep(calx_request *request)
{
    static _Atomic unsigned kept;
    if (request->idempotency.key.data == NULL || !request->begun ||
        atomic_fetch_add(&kept, 1) % CALX_IDEMPOTENCY_SWEEP_EVERY != 0)
        return;
    calx_session *session = calx_session_create(request->app->engine);
    if (session == NULL)
        return;
    calx_session_set_deadline(session, calx_deadline_in_ms(SWEEP_MS_MAX));
    remove_some(session);
    if (calx_session_error(session) != NULL)
        calx__log("expired Idempotency-Keys are still there: %s",
                  calx_session_error(session)->message);
    calx_session_destroy(session);
}
