/*
 * http_support.h: for the tests of server/http: a real server in this process, with a handler whose
 * answers the tests know, and a client on a raw socket.
 */
#ifndef CALX_TESTS_HTTP_SUPPORT_H
#define CALX_TESTS_HTTP_SUPPORT_H

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#include <calx/waiter.h>

#include "server/http/http.h"

#define BIG_LENGTH ((size_t)32 * 1024 * 1024) /* more than the kernel's buffers hold */
#define PAGE_LENGTH ((size_t)64 * 1024)       /* answered by the loop */
#define PATIENCE_S 20                         /* nothing that works takes so long, anywhere */

/* ---- The server ---- */

typedef struct fixture {
    calx_http_server *server;
    pthread_t thread;
    int run_status;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    int gate;        /* an eventfd, ready once /gate may go on */
    int running;     /* calls of run that have begun */
    int logged;      /* calls of log */
    int log_status;  /* of the last one */
    size_t log_sent; /* of the last one */
    int cancelled;   /* calls of /wait that were cancelled */
} fixture;

static void answer_text(calx_http_exchange *exchange, const char *text)
{
    calx__http_answer_header(exchange, "content-type", "text/plain");
    calx_buffer_append_string(&exchange->answer, text);
}

static void answer_request(calx_http_exchange *exchange)
{
    calx_buffer_append_format(&exchange->answer, "%.*s|%.*s|", (int)exchange->method.length,
                              exchange->method.data, (int)exchange->authority.length,
                              exchange->authority.data);
    calx_buffer_append(&exchange->answer, exchange->path.data, exchange->path.length);
    calx_buffer_append_format(&exchange->answer, "|%.*s|%.*s|", (int)exchange->query.length,
                              exchange->query.data, (int)exchange->remote.length,
                              exchange->remote.data);
    calx_buffer_append(&exchange->answer, exchange->body.data, exchange->body.length);
}

static void answer_headers(calx_http_exchange *exchange)
{
    calx__http_answer_header(exchange, "X-Common", "own");
    calx__http_answer_header(exchange, "x-split", "a\r\nx-injected: b");
    calx__http_answer_header(exchange, "content-length", "3");
    calx_text sent = calx__http_header(exchange, "x-sent");
    calx_buffer_append(&exchange->answer, sent.data, sent.length);
}

static void answer_filler(calx_http_exchange *exchange, size_t length)
{
    memset(calx_buffer_reserve(&exchange->answer, length), 'x', length);
    exchange->answer.length = length;
}

static bool path_begins(const calx_http_exchange *exchange, const char *start)
{
    size_t length = strlen(start);
    return exchange->path.length >= length && memcmp(exchange->path.data, start, length) == 0;
}

static calx_http_verdict admit(void *context, calx_http_exchange *exchange)
{
    exchange->user = context;
    if (exchange->status != 200) {
        calx__http_answer_header(exchange, "content-type", "application/json");
        calx_buffer_append_format(&exchange->answer, "{\"error\": %d}", exchange->status);
        return CALX_HTTP_ANSWERED;
    }
    if (path_begins(exchange, "/hello"))
        answer_text(exchange, "hello");
    else if (path_begins(exchange, "/echo"))
        answer_request(exchange);
    else if (path_begins(exchange, "/page"))
        answer_filler(exchange, PAGE_LENGTH);
    else if (path_begins(exchange, "/headers"))
        answer_headers(exchange);
    else
        return CALX_HTTP_RUN;
    return CALX_HTTP_ANSWERED;
}

static void wait_at_gate(fixture *self)
{
    calx_wait(self->gate, POLLIN, CALX_NO_DEADLINE, NULL, NULL);
}

static void wait_for_cancel(fixture *self, calx_http_exchange *exchange)
{
    if (calx_wait_until(CALX_NO_DEADLINE, NULL) == CALX_ERROR_CANCELLED) {
        pthread_mutex_lock(&self->mutex);
        self->cancelled++;
        pthread_mutex_unlock(&self->mutex);
    }
    exchange->status = 503;
    answer_text(exchange, "cancelled");
}

static void run(void *context, calx_http_exchange *exchange)
{
    fixture *self = context;
    pthread_mutex_lock(&self->mutex);
    self->running++;
    pthread_cond_broadcast(&self->changed);
    pthread_mutex_unlock(&self->mutex);
    if (path_begins(exchange, "/gate")) {
        wait_at_gate(self);
        answer_text(exchange, "passed");
    } else if (path_begins(exchange, "/wait")) {
        wait_for_cancel(self, exchange);
    } else if (path_begins(exchange, "/big")) {
        answer_filler(exchange, BIG_LENGTH);
    } else if (path_begins(exchange, "/alone")) {
        answer_text(exchange, calx_is_alone() ? "alone" : "not alone");
    } else if (path_begins(exchange, "/empty")) {
        exchange->status = 204;
    } else {
        answer_request(exchange);
    }
}

static void log_exchange(void *context, const calx_http_exchange *exchange)
{
    fixture *self = context;
    pthread_mutex_lock(&self->mutex);
    self->logged++;
    self->log_status = exchange->status;
    self->log_sent = exchange->answer_sent;
    pthread_cond_broadcast(&self->changed);
    pthread_mutex_unlock(&self->mutex);
}

static const calx_http_header common_headers[] = {
    {{"x-common", 8}, {"yes", 3}},
};

static calx_http_options default_options(void)
{
    return (calx_http_options){
        .host = "127.0.0.1",
        .threads = 2,
        .fibers = 2,
        .workers = 2,
        .body_max = 1000,
        .connections_max = 100,
        .requests_waiting_max = 10,
        .answers_bytes_max = 4 * BIG_LENGTH,
        .request_timeout_ms = 20000,
        .answer_timeout_ms = 20000,
        .write_timeout_ms = 20000,
        .shutdown_timeout_ms = 20000,
        .common_headers = common_headers,
        .common_header_count = 1,
    };
}

static void *run_server(void *context)
{
    fixture *self = context;
    self->run_status = calx__http_run(self->server, NULL);
    return NULL;
}

static void fixture_start(fixture *self, const calx_http_options *options)
{
    *self = (fixture){.run_status = -1, .gate = eventfd(0, EFD_CLOEXEC)};
    assert_true(self->gate >= 0);
    pthread_mutex_init(&self->mutex, NULL);
    pthread_cond_init(&self->changed, NULL);
    const calx_http_handler handler = {
        .context = self, .admit = admit, .run = run, .log = log_exchange};
    calx_error err = {0};
    if (calx__http_create(options, &handler, &self->server, &err) < 0)
        fail_msg("%s", err.message);
    calx__http_block_signals();
    assert_int_equal(pthread_create(&self->thread, NULL, run_server, self), 0);
}

static void fixture_join(fixture *self)
{
    pthread_join(self->thread, NULL);
    assert_int_equal(self->run_status, 0);
    calx__http_destroy(self->server);
    close(self->gate);
    pthread_cond_destroy(&self->changed);
    pthread_mutex_destroy(&self->mutex);
}

/* The signal goes to the process: the server has blocked it everywhere and fetches it. */
static inline void fixture_stop(fixture *self)
{
    kill(getpid(), SIGTERM);
    fixture_join(self);
}

/* Waits until a counter of the fixture has come to a value. */
static inline void fixture_await(fixture *self, const int *counter, int value)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE_S;
    int status = 0;
    pthread_mutex_lock(&self->mutex);
    while (*counter < value && status == 0)
        status = pthread_cond_timedwait(&self->changed, &self->mutex, &until);
    int reached = *counter;
    pthread_mutex_unlock(&self->mutex);
    assert_int_equal(reached, value);
}

/* Under the mutex: what was looked at before is not written meanwhile. */
static inline void fixture_open_gate(fixture *self)
{
    pthread_mutex_lock(&self->mutex);
    assert_int_equal(eventfd_write(self->gate, 1), 0);
    pthread_mutex_unlock(&self->mutex);
}

/* ---- The client ---- */

typedef struct http_reply {
    int status; /* 0: the connection was closed instead */
    char head[4096];
    char body[8192];
    size_t length; /* of the body; announced for HEAD, read otherwise */
} http_reply;

static int client_connect_port(int port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static int client_connect(const fixture *self)
{
    return client_connect_port(calx__http_port(self->server));
}

static inline void client_send_bytes(int fd, const void *bytes, size_t length)
{
    assert_int_equal(send(fd, bytes, length, MSG_NOSIGNAL), length);
}

static inline void client_send(int fd, const char *text)
{
    client_send_bytes(fd, text, strlen(text));
}

static inline void client_read_head(int fd, http_reply *out)
{
    size_t length = 0;
    *out = (http_reply){0};
    while (length + 1 < sizeof out->head && recv(fd, out->head + length, 1, 0) == 1) {
        length++;
        if (length >= 4 && memcmp(out->head + length - 4, "\r\n\r\n", 4) == 0) {
            out->status = atoi(out->head + sizeof "HTTP/1.1");
            break;
        }
    }
    const char *announced = strcasestr(out->head, "\r\ncontent-length: ");
    if (announced != NULL)
        out->length = (size_t)atol(announced + sizeof "\r\ncontent-length: " - 1);
}

static void client_read(int fd, http_reply *out)
{
    client_read_head(fd, out);
    assert_true(out->length < sizeof out->body);
    if (out->length > 0)
        assert_int_equal(recv(fd, out->body, out->length, MSG_WAITALL), out->length);
}

/* True when the server has closed the connection, with an end or a reset. */
static inline bool client_sees_end(int fd)
{
    char byte;
    ssize_t length = recv(fd, &byte, 1, 0);
    return length == 0 || (length < 0 && errno == ECONNRESET);
}

/* One request on a connection of its own. */
static inline void client_ask(const fixture *self, const char *request, http_reply *out)
{
    int fd = client_connect(self);
    client_send(fd, request);
    client_read(fd, out);
    close(fd);
}

#endif
