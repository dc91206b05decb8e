/* access.c: the line of the log that each request leaves. */
#include "server/web/log.h"

#include <stdio.h>

#include <calx/waiter.h>

#define LOGGED_MAX 1024 /* bytes of a path or a query */
#define METHOD_MAX 32

typedef struct logged {
    calx_text method;
    calx_text path;
    calx_text query;
    int64_t duration_us;
} logged;

/* What a client sent, as it would stand in a URL: it can neither begin a line, nor end the quotes,
 * nor reach a terminal. */
static calx_text for_log(calx_text text, char *out, size_t size)
{
    size_t length = 0;
    for (size_t i = 0; i < text.length && length < size - 4; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c > ' ' && c < 0x7f && c != '"' && c != '\\')
            out[length++] = (char)c;
        else
            length += (size_t)snprintf(out + length, 4, "%%%02X", c);
    }
    return (calx_text){out, length};
}

/* ---- Text: without printf, there is one for every request ---- */

static void append(calx_buffer *line, const char *before, calx_text text)
{
    calx_buffer_append_string(line, before);
    calx_buffer_append(line, text.data, text.length);
}

static void append_number(calx_buffer *line, const char *before, int64_t number)
{
    calx_buffer_append_string(line, before);
    calx_buffer_append_integer(line, number);
}

static void append_duration(calx_buffer *line, int64_t us)
{
    int64_t tenths = (us + 50) / 100;
    append_number(line, " ", tenths / 10);
    append_number(line, ".", tenths % 10);
    calx_buffer_append_string(line, "ms");
}

static void access_text(const calx_http_exchange *exchange, const logged *request)
{
    char bytes[3 * LOGGED_MAX];
    calx_buffer line = {.data = bytes, .capacity = sizeof bytes, .length_max = sizeof bytes};
    calx_text trace = calx__request_trace(exchange);
    append(&line, "", exchange->remote);
    append(&line, " \"", request->method);
    append(&line, " ", request->path);
    append(&line, request->query.length ? "?" : "", request->query);
    append_number(&line, "\" ", exchange->status);
    append_number(&line, " ", (int64_t)exchange->answer_sent);
    append_duration(&line, request->duration_us);
    append(&line, exchange->id.length ? " id=" : "", exchange->id);
    append(&line, trace.length ? " trace=" : "", trace);
    calx__log_text_line((calx_text){line.data, line.length});
}

/* ---- JSON ---- */

static void access_json(const calx_http_exchange *exchange, const logged *request)
{
    char status[16];
    char bytes[32];
    char duration[32];
    snprintf(status, sizeof status, "%d", exchange->status);
    snprintf(bytes, sizeof bytes, "%zu", exchange->answer_sent);
    snprintf(duration, sizeof duration, "%.3f", (double)request->duration_us / 1000.0);
    const calx__log_field fields[] = {
        {.name = "remote", .text = exchange->remote},
        {.name = "method", .text = request->method},
        {.name = "path", .text = request->path},
        {.name = "query", .text = request->query.length ? request->query : (calx_text){0}},
        {.name = "status", .text = calx_text_of(status), .number = true},
        {.name = "bytes", .text = calx_text_of(bytes), .number = true},
        {.name = "duration_ms", .text = calx_text_of(duration), .number = true},
        {.name = "request_id", .text = exchange->id},
        {.name = "trace_id", .text = calx__request_trace(exchange)},
    };
    calx__log_json_line(fields, sizeof fields / sizeof *fields);
}

void calx__log_access(const calx_http_exchange *exchange)
{
    char bytes[METHOD_MAX + 2 * LOGGED_MAX];
    const logged request = {
        .method = for_log(exchange->method, bytes, METHOD_MAX),
        .path = for_log(exchange->path, bytes + METHOD_MAX, LOGGED_MAX),
        .query = for_log(exchange->query, bytes + METHOD_MAX + LOGGED_MAX, LOGGED_MAX),
        .duration_us = calx_now_us() - exchange->started_us,
    };
    if (calx__log_is_json())
        access_json(exchange, &request);
    else
        access_text(exchange, &request);
}
