/* exchange.c: a request copied out of h2o, so that a worker may read it while the client has gone,
 * and the exchange's way to its end. */
#include "server/http/private.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* What a finished exchange keeps for the next request. */
#define SPARE_MAX 256u
#define SPARE_ARENA_MAX (32u * 1024u)

/* ---- Memory ---- */

static calx__exchange *exchange_create(calx__loop *loop)
{
    calx__exchange *exchange = loop->spare;
    if (exchange != NULL) {
        loop->spare = exchange->next;
        loop->spare_count--;
        return exchange;
    }
    exchange = h2o_mem_alloc(sizeof *exchange);
    memset(exchange, 0, sizeof *exchange);
    return exchange;
}

static void exchange_free(calx__exchange *exchange)
{
    calx__shared_release(exchange->public_.lent.text);
    calx_buffer_finish(&exchange->public_.answer);
    calx_arena_finish(&exchange->arena);
    free(exchange);
}

/* The body, and more memory than an exchange keeps. */
static void clear_answer(calx_http_exchange *public_)
{
    calx__http_answer_clear(public_);
    if (public_->answer.capacity > CALX__SMALL_ANSWER_MAX)
        calx_buffer_finish(&public_->answer);
}

static void exchange_recycle(calx__exchange *exchange)
{
    calx__loop *loop = exchange->loop;
    if (loop->spare_count == SPARE_MAX) {
        exchange_free(exchange);
        return;
    }
    if (exchange->arena.block_size > SPARE_ARENA_MAX)
        calx_arena_finish(&exchange->arena);
    else
        calx_arena_clear(&exchange->arena);
    clear_answer(&exchange->public_);
    exchange->next = loop->spare;
    loop->spare = exchange;
    loop->spare_count++;
}

void calx__exchanges_free(calx__loop *loop)
{
    while (loop->spare != NULL) {
        calx__exchange *exchange = loop->spare;
        loop->spare = exchange->next;
        exchange_free(exchange);
    }
}

/* ---- Copying the request ---- */

static calx_text copy(calx__exchange *exchange, h2o_iovec_t bytes)
{
    return calx_arena_copy(&exchange->arena, bytes.len ? bytes.base : "", bytes.len);
}

/* Host, Content-Length, Transfer-Encoding, Expect and Upgrade never reach this list: h2o takes them
 * out while parsing, so a request that frames its body twice cannot be told from a clean one. */
static void copy_headers(calx__exchange *exchange, const h2o_headers_t *from)
{
    calx_http_header *headers =
        calx_arena_alloc(&exchange->arena, from->size * sizeof(calx_http_header));
    size_t count = 0;
    for (size_t i = 0; headers != NULL && i < from->size; i++) {
        const h2o_header_t *header = &from->entries[i];
        if (header->name->len == 0) { /* how the parser reports an obsolete line folding */
            exchange->headers_strange = true;
            continue;
        }
        headers[count++] = (calx_http_header){.name = copy(exchange, *header->name),
                                              .value = copy(exchange, header->value)};
    }
    exchange->public_.headers = headers;
    exchange->public_.header_count = count;
}

static h2o_iovec_t query_of(const h2o_req_t *req)
{
    if (req->query_at == SIZE_MAX)
        return (h2o_iovec_t){0};
    return h2o_iovec_init(req->path.base + req->query_at + 1, req->path.len - req->query_at - 1);
}

/* h2o puts its own host's name in the place of a missing Host header. */
static h2o_iovec_t authority_of(const h2o_req_t *req)
{
    if (req->input.authority.base == req->hostconf->authority.hostport.base)
        return (h2o_iovec_t){0};
    return req->input.authority;
}

/* Without strspn, which makes a table of its set each time. */
static bool is_host_character(char c)
{
    return isalnum((unsigned char)c) || (c != '\0' && strchr("-._~%!$&'()*+,;=", c) != NULL);
}

static const char *skip_host(const char *at, bool colons)
{
    while (is_host_character(*at) || (colons && *at == ':'))
        at++;
    return at;
}

/*
 * host [":" port], RFC 3986, section 3.2.2; nothing at all is a host too. What an application makes
 * of it, links for instance, must not hold a path, a quote or a name of a user. The text is a copy
 * with a NUL behind it.
 */
static bool is_authority(calx_text text)
{
    const char *at = text.data;
    if (*at == '[') {
        at = skip_host(at + 1, true);
        if (*at++ != ']')
            return false;
    } else {
        at = skip_host(at, false);
    }
    if (*at == ':') {
        do
            at++;
        while (isdigit((unsigned char)*at));
    }
    return at == text.data + text.length;
}

static void copy_request(calx__exchange *exchange, const h2o_req_t *req)
{
    calx_http_exchange *public_ = &exchange->public_;
    public_->arena = &exchange->arena;
    public_->method = copy(exchange, req->input.method);
    public_->scheme = copy(exchange, req->scheme->name);
    public_->authority = copy(exchange, authority_of(req));
    public_->path = copy(exchange, req->path_normalized);
    public_->query = copy(exchange, query_of(req));
    copy_headers(exchange, &req->headers);
    public_->body = copy(exchange, req->entity);
    const char *remote = exchange->connection->remote;
    public_->remote = calx_arena_copy(&exchange->arena, remote, strlen(remote));
    public_->started_us = calx_now_us();
    public_->deadline_us =
        public_->started_us + (int64_t)exchange->loop->server->options.answer_timeout_ms * 1000;
    if (exchange->arena.failed)
        h2o_fatal("out of memory"); /* as h2o does everywhere */
    if (!is_authority(public_->authority))
        exchange->headers_strange = true;
}

static void reset_answer(calx__exchange *exchange, int status)
{
    clear_answer(&exchange->public_);
    exchange->public_.status = status;
    exchange->public_.answer_header_count = 0;
    exchange->public_.answer_sent = 0;
    exchange->offset = 0;
}

/* ---- Life ---- */

void calx__exchange_end(calx__exchange *exchange)
{
    calx_http_server *server = exchange->loop->server;
    calx__answer_release(exchange);
    if (exchange->connection != NULL)
        h2o_linklist_unlink(&exchange->link);
    server->handler.log(server->handler.context, &exchange->public_);
    exchange_recycle(exchange);
    server->exchanges--;
    calx__server_notice(server);
}

/* h2o disposes the request: the answer went out, or the client left. */
static void on_request_disposed(void *guard)
{
    calx__exchange *exchange = *(calx__exchange **)guard;
    if (!exchange->answering && !exchange->running) {
        exchange->public_.status = exchange->req->res.status;
        exchange->public_.answer_sent = exchange->req->bytes_sent;
    }
    calx__ahead_hand_over(exchange);
    calx__connection *connection = exchange->connection;
    if (exchange->running || exchange->req->bytes_sent < exchange->offset)
        connection->reset++;
    else
        connection->answered++;
    exchange->req = NULL;
    if (exchange->running)
        calx__handling_abandon(exchange);
    else
        calx__exchange_end(exchange);
}

calx__exchange *calx__exchange_of(const calx__connection *connection, const h2o_req_t *req)
{
    const h2o_linklist_t *anchor = &connection->exchanges;
    for (h2o_linklist_t *node = anchor->prev; node != anchor; node = node->prev) {
        calx__exchange *exchange = H2O_STRUCT_FROM_MEMBER(calx__exchange, link, node);
        if (exchange->req == req)
            return exchange;
    }
    return NULL;
}

void calx__exchange_set_running(calx__exchange *exchange, bool running)
{
    if (exchange->connection != NULL)
        exchange->connection->running += running ? 1 : (size_t)-1;
    exchange->running = running;
}

calx__exchange *calx__exchange_begin(calx__connection *connection, h2o_req_t *req)
{
    assert(req->version >= 0x200 || h2o_linklist_is_empty(&connection->exchanges));
    calx__loop *loop = connection->loop;
    calx__exchange *exchange = exchange_create(loop);
    exchange->loop = loop;
    exchange->connection = connection;
    exchange->req = req;
    exchange->running = exchange->answering = false;
    exchange->headers_strange = false;
    exchange->progress_us = 0;
    exchange->public_.abandoned = false;
    exchange->public_.user = NULL;
    exchange->public_.operations =
        connection->listener == &loop->server->listeners[CALX__OPERATIONS];
    exchange->public_.id = (calx_text){0};
    copy_request(exchange, req);
    calx__bodies_arrived(connection, req->entity.len);
    reset_answer(exchange, 200);
    connection->http2 = req->version >= 0x200;
    exchange->link = (h2o_linklist_t){0};
    h2o_linklist_insert(&connection->exchanges, &exchange->link);
    loop->server->exchanges++;
    calx__exchange **guard =
        h2o_mem_alloc_shared(&req->pool, sizeof(calx__exchange *), on_request_disposed);
    *guard = exchange;
    return exchange;
}

void calx__exchange_fill_error(calx__exchange *exchange, int status)
{
    const calx_http_handler *handler = &exchange->loop->server->handler;
    reset_answer(exchange, status);
    handler->admit(handler->context, &exchange->public_);
    exchange->public_.status = status;
    if (exchange->public_.answer.failed)
        calx__http_answer_clear(&exchange->public_);
    if (status == 503)
        calx__http_answer_header(&exchange->public_, "retry-after", "1");
}

void calx__exchange_refuse(calx__exchange *exchange, int status)
{
    calx__exchange_fill_error(exchange, status);
    calx__answer_send(exchange);
}

/* ---- For the framework ---- */

calx_text calx__http_header(const calx_http_exchange *exchange, const char *name)
{
    calx_text wanted = calx_text_of(name);
    for (size_t i = 0; i < exchange->header_count; i++)
        if (calx_text_equal(exchange->headers[i].name, wanted))
            return exchange->headers[i].value;
    return (calx_text){0};
}

bool calx__http_is_read(const calx_http_exchange *exchange)
{
    return calx_text_equal(exchange->method, calx_text_of("GET")) ||
           calx_text_equal(exchange->method, calx_text_of("HEAD"));
}

void calx__http_answer_clear(calx_http_exchange *exchange)
{
    calx_buffer_clear(&exchange->answer);
    calx__shared_release(exchange->lent.text);
    exchange->lent.text = NULL;
}

void calx__http_answer_header(calx_http_exchange *exchange, const char *name, const char *value)
{
    assert(exchange->answer_header_count < CALX_HTTP_ANSWER_HEADERS_MAX);
    exchange->answer_headers[exchange->answer_header_count++] =
        (calx_http_header){.name = calx_text_of(name), .value = calx_text_of(value)};
}
