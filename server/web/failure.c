/* failure.c: what an error of the session means over HTTP, and the JSON that says so. */
#include "server/web/request.h"

#include <stdio.h>
#include <string.h>

#include <calx/json.h>

typedef struct meaning {
    calx_error_class code;
    int status;
    const char
        *message; /* NULL: the error's own message, which speaks of the client's input only */
} meaning;

static const char unavailable[] = "the database is not available, try again later";
static const char busy[] = "the database is busy, try again";

static const meaning meanings[] = {
    {CALX_ERROR_INVALID, 400, NULL},
    {CALX_ERROR_DATA, 400, "the database refuses the data"},
    {CALX_ERROR_LIMIT, 400, "the request is beyond a limit"},
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

static const meaning internal = {.status = 500, .message = "internal error"};

static const meaning *meaning_of(calx_error_class code)
{
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
        if (meanings[i].code == code)
            return &meanings[i];
    return &internal;
}

/* The names of RFC 9110 for what this server answers. */
static const char *status_name(int status)
{
    static const struct {
        int status;
        const char *name;
    } names[] = {
        {308, "Permanent Redirect"},
        {400, "Bad Request"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {413, "Content Too Large"},
        {415, "Unsupported Media Type"},
        {416, "Range Not Satisfiable"},
        {417, "Expectation Failed"},
        {500, "Internal Server Error"},
        {503, "Service Unavailable"},
        {507, "Insufficient Storage"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].status == status)
            return names[i].name;
    return status < 500 ? "Bad Request" : "Internal Server Error";
}

void calx__answer_failure(calx_http_exchange *exchange, int status, const char *message)
{
    calx_buffer *out = &exchange->answer;
    calx_buffer_clear(out);
    exchange->status = status;
    calx_buffer_append_string(out, "{\"error\":");
    calx_json_write_string(out, calx_text_of(status_name(status)));
    calx_buffer_append_string(out, ",\"message\":");
    calx_json_write_string(out, calx_text_of(message ? message : status_name(status)));
    calx_buffer_append_string(out, "}\n");
    calx__http_answer_header(exchange, "content-type", "application/json");
}

static const calx_error *error_of(const calx_request *request)
{
    const calx_error *err = request->session ? calx_session_error(request->session) : NULL;
    return err != NULL ? err : &request->error;
}

void calx__request_answer_failure(calx_request *request)
{
    calx_http_exchange *exchange = request->exchange;
    exchange->answer_header_count = 0;
    if (request->failed_status != 0) {
        calx__answer_failure(exchange, request->failed_status, request->message);
        return;
    }
    const calx_error *err = error_of(request);
    const meaning *means = meaning_of(err->code);
    const char *message = means->message ? means->message : err->message;
    int status = means->status;
    if (err->outcome == CALX_OUTCOME_UNKNOWN) {
        status = 503;
        message = "the connection was lost while committing: whether it is stored is not known";
    }
    if (status >= 500)
        calx__log("%s: %s%s%s", calx_error_class_name(err->code), err->message,
                  err->sqlstate[0] ? ", SQLSTATE " : "", err->sqlstate);
    calx__answer_failure(exchange, status, message);
    if (status == 503)
        calx__http_answer_header(exchange, "retry-after", "1");
}
