/* request_fuzz.c: whole requests, from their line to the answer, through router, body, session,
 * SQLite and template, without a socket. Input: requests as HTTP/1 writes them, one behind the
 * other with a NUL between them; but lines end with a line feed alone. Nothing a client sends is an
 * error of the server; what is refused has changed nothing, and what was stored is what the next
 * request reads. */
#include "tests/fuzz/served.h"

#define REQUESTS_MAX 8
#define HEADERS_MAX 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- The request ---- */

/* The text up to the character, which is taken too. */
static calx_text take(calx_text *from, char until)
{
    const char *end = memchr(from->data, until, from->length);
    size_t length = end != NULL ? (size_t)(end - from->data) : from->length;
    calx_text taken = {from->data, length};
    from->data += length + (end != NULL);
    from->length -= length + (end != NULL);
    return taken;
}

static calx_text copy(calx_http_exchange *exchange, calx_text text)
{
    return calx_arena_copy(exchange->arena, text.data, text.length);
}

/* As http/exchange.c copies it out of h2o, which lets no other characters through. */
static void read_request(calx_text text, calx_http_header *headers, calx_http_exchange *exchange)
{
    calx_text line = take(&text, '\n');
    exchange->method = copy(exchange, take(&line, ' '));
    calx_text target = take(&line, ' ');
    target = take(&target, '\r'); /* h2o refuses such a line, and http/ such a header */
    calx_text path = take(&target, '?');
    exchange->path =
        path.length > 0 && path.data[0] == '/' ? copy(exchange, path) : calx_text_of("/todos/");
    exchange->query = copy(exchange, target);
    exchange->headers = headers;
    while (text.length > 0 && text.data[0] != '\n' && exchange->header_count < HEADERS_MAX) {
        line = take(&text, '\n');
        calx_text name = copy(exchange, take(&line, ':'));
        headers[exchange->header_count++] = (calx_http_header){name, copy(exchange, line)};
    }
    take(&text, '\n');
    exchange->body = copy(exchange, text);
}

/* ---- The answer ---- */

static calx_text answer_header(const calx_http_exchange *exchange, const char *name)
{
    for (size_t i = 0; i < exchange->answer_header_count; i++)
        if (calx_text_equal(exchange->answer_headers[i].name, calx_text_of(name)))
            return exchange->answer_headers[i].value;
    return (calx_text){0};
}

static void check_answer(const calx_http_exchange *exchange)
{
    calx_text type = answer_header(exchange, "content-type");
    assert(exchange->status >= 200 && exchange->status < 500);
    assert(!exchange->answer.failed);
    for (size_t i = 0; i < exchange->answer_header_count; i++) {
        calx_text value = exchange->answer_headers[i].value;
        assert(memchr(value.data, '\r', value.length) == NULL);
        assert(memchr(value.data, '\n', value.length) == NULL);
    }
    if (calx_text_equal(type, calx_text_of("application/json"))) {
        json_t *json = json_loadb(exchange->answer.data, exchange->answer.length, 0, NULL);
        assert(json != NULL);
        json_decref(json);
    } else if (calx_text_equal(type, calx_text_of("text/html; charset=utf-8"))) {
        assert(calx_utf8_valid(exchange->answer.data, exchange->answer.length));
    }
}

/* ---- Around it ---- */

static void run(calx_app *app, calx_text text, calx_http_exchange *exchange)
{
    calx_http_header headers[HEADERS_MAX];
    exchange->status = 200;
    exchange->scheme = calx_text_of("http");
    exchange->authority = calx_text_of("localhost");
    exchange->remote = calx_text_of("127.0.0.1");
    exchange->started_us = calx_now_us();
    exchange->deadline_us = calx_deadline_in_ms(60000);
    read_request(text, headers, exchange);
    if (calx__request_admit(app, exchange) == CALX_HTTP_RUN)
        calx__request_run(app, exchange);
    check_answer(exchange);
    calx__request_log(app, exchange);
}

/* All todos as the list has them. */
static void list(calx_app *app, calx_buffer *out)
{
    calx_arena arena = {0};
    calx_http_exchange exchange = {.arena = &arena};
    run(app, calx_text_of("GET /todos/"), &exchange);
    assert(exchange.status == 200);
    calx_buffer_append(out, exchange.answer.data, exchange.answer.length);
    calx_buffer_finish(&exchange.answer);
    calx_arena_finish(&arena);
}

static void check_request(calx_app *app, calx_text text)
{
    calx_buffer before = {0};
    calx_buffer after = {0};
    calx_arena arena = {0};
    calx_http_exchange exchange = {.arena = &arena};
    list(app, &before);
    run(app, text, &exchange);
    list(app, &after);
    bool same = before.length == after.length && memcmp(before.data, after.data, after.length) == 0;
    assert(same || (exchange.status < 300 && !calx__http_is_read(&exchange)));
    if (!same && exchange.answer.length > 2) /* {}: it was deleted */
        assert(memmem(after.data, after.length, exchange.answer.data, exchange.answer.length));
    calx_buffer_finish(&exchange.answer);
    calx_arena_finish(&arena);
    calx_buffer_finish(&before);
    calx_buffer_finish(&after);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    calx_app *app = served_app();
    calx_text rest = {size > 0 ? (const char *)data : "", size};
    served_reset(app);
    for (int i = 0; rest.length > 0 && i < REQUESTS_MAX; i++)
        check_request(app, take(&rest, '\0'));
    return 0;
}
