/* failure.c: what an error of the session means over HTTP, and the JSON that says so. */
#include "server/web/request.h"

typedef struct meaning {
    calx_error_class code;
    int status;
    const char *message; /* NULL: the error's own, which speaks of the client's input only */
} meaning;

static const char unavailable[] = "the database is not available, try again later";
static const char busy[] = "the database is busy, try again";

static const meaning meanings[] = {
    {CALX_ERROR_INVALID, 400, NULL},
    {CALX_ERROR_DATA, 400, "the database refuses the data"},
    {CALX_ERROR_LIMIT, 400, "the data is beyond a limit of the database"},
    {CALX_ERROR_NOT_FOUND, 404, NULL},
    {CALX_ERROR_UNIQUE, 409, "a row with this value is there already"},
    {CALX_ERROR_FOREIGN_KEY, 409, "other rows stand in the way, or are missing"},
    {CALX_ERROR_NOT_NULL, 409, "a value is missing that must be there"},
    {CALX_ERROR_CHECK, 409, "a check of the table refuses the data"},
    {CALX_ERROR_STALE, 409, "the row was changed or deleted by somebody else"},
    {CALX_ERROR_SERIALIZATION, 503, busy},
    {CALX_ERROR_DEADLOCK, 503, busy},
    {CALX_ERROR_LOCK_TIMEOUT, 503, busy},
    {CALX_ERROR_TIMEOUT, 503, busy},
    {CALX_ERROR_POOL_TIMEOUT, 503, busy},
    {CALX_ERROR_CANCELLED, 503, "the server is stopping"},
    {CALX_ERROR_CONNECTION_LOST, 503, unavailable},
    {CALX_ERROR_UNREACHABLE, 503, unavailable},
    {CALX_ERROR_AUTHENTICATION, 503, unavailable},
    {CALX_ERROR_UNDEFINED, 503, unavailable},
    {CALX_ERROR_READ_ONLY, 503, "the database is read-only now"},
    {CALX_ERROR_IO, 503, unavailable},
    {CALX_ERROR_NO_MEMORY, 503, "out of memory, try again later"},
    {CALX_ERROR_DISK_FULL, 507, "the database's disk is full"},
};

static const meaning missing = {.status = 400};
static const meaning internal = {.status = 500, .message = "internal error"};
static const meaning too_large = {.status = 500, .message = "the answer is too large"};
static const meaning changed = {.status = 412, .message = "the row was changed by somebody else"};
static const meaning left = {.status = 499, .message = "the client has gone"};
static const meaning unknown = {
    .status = 503,
    .message = "the connection was lost while committing: whether it is stored is not known"};

static const meaning unknown_with_key = {
    .status = 503,
    .message =
        "the connection was lost while committing: whether it is stored is not known; the "
        "same request with the same Idempotency-Key will be told"};
static const meaning in_use = {.status = 409,
                               .message = "this Idempotency-Key is in use, try again"};

/* Of a value that was missing before anything was sent: the message is the session's, which names
 * the column, as it does of a JSON null. */
static bool is_missing_value(const calx_error *err)
{
    return err->code == CALX_ERROR_NOT_NULL && err->native_code == 0 && err->sqlstate[0] == '\0';
}

static const meaning *meaning_of(const calx_request *request, const calx_error *err)
{
    if (err->outcome == CALX_OUTCOME_UNKNOWN)
        return request->idempotency.key.data ? &unknown_with_key : &unknown;
    if (request->idempotency.taken)
        return &in_use;
    if (request->exchange->answer.failed)
        return &too_large;
    if (err->code == CALX_ERROR_CANCELLED && request->exchange->abandoned)
        return &left;
    if (err->code == CALX_ERROR_STALE && calx__request_has_condition(request))
        return &changed;
    if (is_missing_value(err))
        return &missing;
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
        if (meanings[i].code == err->code)
            return &meanings[i];
    return &internal;
}

static void answer_failure(calx_http_exchange *exchange, int status, const char *message,
                           const char *outcome)
{
    calx_buffer *out = &exchange->answer;
    calx_text reason = calx_text_of(calx__http_reason(status));
    calx__http_answer_clear(exchange);
    exchange->status = status;
    calx_buffer_append_string(out, "{\"error\":");
    calx_json_write_string(out, reason);
    calx_buffer_append_string(out, ",\"message\":");
    calx_json_write_string(out, message ? calx_text_of(message) : reason);
    if (outcome != NULL)
        calx_buffer_append_format(out, ",\"outcome\":\"%s\"", outcome);
    calx_buffer_append_string(out, "}");
    calx__http_answer_header(exchange, "content-type", "application/json");
    calx__http_answer_header(exchange, "cache-control", "no-store");
}

void calx__answer_failure(calx_http_exchange *exchange, int status, const char *message)
{
    answer_failure(exchange, status, message, NULL);
}

static const calx_error *error_of(const calx_request *request)
{
    const calx_error *err = request->session ? calx_session_error(request->session) : NULL;
    return err != NULL ? err : &request->error;
}

static void log_failure(const calx_request *request, const calx_error *err, int status)
{
    if (status < 500 && !request->app->live.debug)
        return;
    if (request->failed_status != 0)
        calx__log_request(request->exchange, "%d: %s", status, request->message);
    else
        calx__log_request(request->exchange, "%d: %s: %s%s%s", status,
                          calx_error_class_name(err->code), err->message,
                          err->sqlstate[0] ? ", SQLSTATE " : "", err->sqlstate);
}

/* A request whose outcome is unknown may be stored: its client is not asked to try again, unless
 * that does no harm. */
void calx__request_answer_failure(calx_request *request)
{
    calx_http_exchange *exchange = request->exchange;
    const calx_error *err = error_of(request);
    const meaning *means = meaning_of(request, err);
    int status = request->failed_status ? request->failed_status : means->status;
    const char *message = means->message ? means->message : err->message;
    log_failure(request, err, status);
    exchange->answer_header_count = 0;
    answer_failure(exchange, status, request->failed_status ? request->message : message,
                   err->outcome == CALX_OUTCOME_UNKNOWN ? "unknown" : NULL);
    if (status == 503 && means != &unknown)
        calx__http_answer_header(exchange, "retry-after", "1");
}
