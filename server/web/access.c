/* access.c: the line of the log that each request leaves. */
#include "server/web/log.h"

#include <stdio.h>

#include <calx/waiter.h>

#define LOGGED_MAX 1024 /* bytes of a path or a query */
#define METHOD_MAX 32

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
    out[length] = '\0';
    return (calx_text){out, length};
}

static void access_text(const calx_http_exchange *exchange, calx_text method, calx_text path,
                        calx_text query, double milliseconds)
{
    char line[3 * LOGGED_MAX];
    calx_text trace = calx__request_trace(exchange);
    snprintf(line, sizeof line, "%.*s \"%s %s%s%s\" %d %zu %.1fms%s%.*s%s%.*s",
             (int)exchange->remote.length, exchange->remote.data, method.data, path.data,
             query.length ? "?" : "", query.data, exchange->status, exchange->answer_sent,
             milliseconds, exchange->id.length ? " id=" : "", (int)exchange->id.length,
             exchange->id.data ? exchange->id.data : "", trace.length ? " trace=" : "",
             (int)trace.length, trace.data ? trace.data : "");
    calx__log_text_line(line);
}

static void access_json(const calx_http_exchange *exchange, calx_text method, calx_text path,
                        calx_text query, double milliseconds)
{
    char status[16];
    char bytes[32];
    char duration[32];
    snprintf(status, sizeof status, "%d", exchange->status);
    snprintf(bytes, sizeof bytes, "%zu", exchange->answer_sent);
    snprintf(duration, sizeof duration, "%.3f", milliseconds);
    const calx__log_field fields[] = {
        {.name = "remote", .text = exchange->remote},
        {.name = "method", .text = method},
        {.name = "path", .text = path},
        {.name = "query", .text = query.length ? query : (calx_text){0}},
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
    calx_text method = for_log(exchange->method, bytes, METHOD_MAX);
    calx_text path = for_log(exchange->path, bytes + METHOD_MAX, LOGGED_MAX);
    calx_text query = for_log(exchange->query, bytes + METHOD_MAX + LOGGED_MAX, LOGGED_MAX);
    double milliseconds = (double)(calx_now_us() - exchange->started_us) / 1000.0;
    if (calx__log_is_json())
        access_json(exchange, method, path, query, milliseconds);
    else
        access_text(exchange, method, path, query, milliseconds);
}
