/* postgresql_unit_fixture.h: what the tests of units on PostgreSQL share: a proxy that counts
 * trips, cuts and freezes, and building and running a unit through it. */
#ifndef POSTGRESQL_UNIT_FIXTURE_H
#define POSTGRESQL_UNIT_FIXTURE_H

#include "postgresql_fixture.h"

#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#define STATEMENTS_MAX 8
#define LOCK_TIMEOUT_MS 5000

/* ---- A proxy ---- */

typedef enum fault {
    FAULT_NONE,
    FAULT_FREEZE,       /* what commits and all that follows is swallowed */
    FAULT_CUT_BEFORE,   /* the server never sees what commits */
    FAULT_CUT_AFTER,    /* the client never sees the answer to it */
    FAULT_CUT_AT_READY, /* of the next answer all but its end arrives */
} fault;

typedef struct proxy {
    int listener;
    int client;
    int server;
    pthread_t thread;
    _Atomic fault fault;
    const char *commits; /* its words: COMMIT, or those of a statement that stands alone */
    _Atomic int trips;   /* Sync and Query: what the client waits for */
    bool met;
    unsigned char header[5]; /* of the client's message */
    size_t header_length;
    size_t header_size; /* the first message has no type */
    size_t left;        /* of its body */
} proxy;

static inline void count_trips(proxy *self, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (self->left > 0) {
            self->left--;
            continue;
        }
        self->header[self->header_length++] = (unsigned char)bytes[i];
        if (self->header_length < self->header_size)
            continue;
        const unsigned char *size = self->header + self->header_size - 4;
        self->left = ((size_t)size[0] << 24 | (size_t)size[1] << 16 | (size_t)size[2] << 8 |
                      (size_t)size[3]) -
                     4;
        if (self->header_size == 5 && (self->header[0] == 'S' || self->header[0] == 'Q'))
            atomic_fetch_add(&self->trips, 1);
        self->header_length = 0;
        self->header_size = 5;
    }
}

static inline bool send_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        bytes += sent;
        length -= (size_t)sent;
    }
    return true;
}

static inline bool pass_question(proxy *self)
{
    char bytes[65536];
    ssize_t length = recv(self->client, bytes, sizeof bytes, 0);
    if (length <= 0)
        return false;
    count_trips(self, bytes, (size_t)length);
    fault now = atomic_load(&self->fault);
    self->met = self->met || (now != FAULT_NONE &&
                              memmem(bytes, (size_t)length, self->commits, strlen(self->commits)));
    if (self->met && now == FAULT_CUT_BEFORE)
        return false;
    return (self->met && now == FAULT_FREEZE) || send_all(self->server, bytes, (size_t)length);
}

static inline bool pass_answer(proxy *self)
{
    char bytes[65536];
    ssize_t length = recv(self->server, bytes, sizeof bytes, 0);
    fault now = atomic_load(&self->fault);
    if (length <= 0 || (self->met && now == FAULT_CUT_AFTER))
        return false;
    if (now != FAULT_CUT_AT_READY || length < 6 || memcmp(bytes + length - 6, "Z\0\0\0\5", 5) != 0)
        return send_all(self->client, bytes, (size_t)length);
    send_all(self->client, bytes, (size_t)length - 6);
    return false;
}

static inline int connect_to(const char *host, int port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    char service[16];
    snprintf(service, sizeof service, "%d", port);
    if (getaddrinfo(host, service, &hints, &found) != 0)
        return -1;
    int fd = socket(found->ai_family, found->ai_socktype, found->ai_protocol);
    if (fd >= 0 && connect(fd, found->ai_addr, found->ai_addrlen) != 0) {
        close(fd);
        fd = -1;
    }
    freeaddrinfo(found);
    return fd;
}

static inline void *proxy_run(void *argument)
{
    proxy *self = argument;
    self->client = accept(self->listener, NULL, NULL);
    struct pollfd fds[] = {{.fd = self->client, .events = POLLIN},
                           {.fd = self->server, .events = POLLIN}};
    bool open = self->client >= 0;
    while (open && poll(fds, 2, -1) > 0) {
        if (fds[1].revents)
            open = pass_answer(self);
        if (open && fds[0].revents)
            open = pass_question(self);
    }
    close(self->client);
    close(self->server);
    return NULL;
}

static inline int proxy_start(proxy *self, const calx_url *url)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    *self = (proxy){.header_size = 4, .commits = "COMMIT"};
    self->server =
        connect_to(url->host ? url->host : "127.0.0.1", url->port > 0 ? url->port : 5432);
    assert_true(self->server >= 0);
    self->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(self->listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(self->listener, 1), 0);
    assert_int_equal(getsockname(self->listener, (struct sockaddr *)&address, &size), 0);
    assert_int_equal(pthread_create(&self->thread, NULL, proxy_run, self), 0);
    return ntohs(address.sin_port);
}

/* ---- Connections and units ---- */

static proxy middle;
static calx_connection *connection; /* through the proxy */
static calx_connection *other;
static const char *more_keys = ""; /* of its URL */

static inline void open_through_proxy(int cache_size, int lock_timeout_ms)
{
    calx_url *server = server_url();
    calx_database_options options = default_options;
    char text[CALX_URL_LENGTH_MAX];
    calx_error err = {0};
    calx_url *url = NULL;

    options.statement_cache_size = cache_size;
    options.busy_timeout_ms = lock_timeout_ms;
    int port = proxy_start(&middle, server);
    const char *rest = strstr(getenv("CALX_TEST_POSTGRESQL_URI"), "://");
    const char *at = strrchr(rest, '@');
    snprintf(text, sizeof text, "%s%.*s@127.0.0.1:%d/%s?sslmode=disable&gssencmode=disable%s", form,
             (int)(at - rest), rest, port, server->database, more_keys);
    assert_ok(calx_url_parse(text, strlen(text), &url, &err), &err);
    assert_ok(open_url(url, &options, soon(), &connection, &err), &err);
    calx_url_destroy(url);
    calx_url_destroy(server);
}

static inline void close_proxy(void)
{
    close_connection(connection);
    connection = NULL;
    pthread_join(middle.thread, NULL);
    close(middle.listener);
}

static const char drop_tables[] = "DROP TABLE IF EXISTS calx_unit_child, calx_unit, calx_unit_log";

static inline int open_fixture(void **state)
{
    (void)state;
    other = open_default();
    run(other, drop_tables);
    run(other, "CREATE TABLE calx_unit (id serial PRIMARY KEY, n bigint UNIQUE, t text)");
    run(other,
        "CREATE TABLE calx_unit_child (id bigserial PRIMARY KEY, parent_id int NOT NULL"
        " REFERENCES calx_unit DEFERRABLE INITIALLY DEFERRED)");
    open_through_proxy(100, LOCK_TIMEOUT_MS);
    return 0;
}

static inline int close_fixture(void **state)
{
    (void)state;
    close_proxy();
    run(other, drop_tables);
    close_connection(other);
    return 0;
}

/* A unit with all that it points to. */
typedef struct work {
    calx_unit unit;
    calx_unit_statement statements[STATEMENTS_MAX];
    calx_sql sql[STATEMENTS_MAX];
    calx_value binds[STATEMENTS_MAX][2];
    calx_unit_reference references[STATEMENTS_MAX];
    calx_error err;
} work;

static const calx_kind integers[] = {CALX_KIND_INTEGER, CALX_KIND_INTEGER};

/* The same text has the same id. */
static inline uint64_t id_of(const char *text)
{
    uint64_t id = UINT64_C(14695981039346656037);
    for (; *text; text++)
        id = (id ^ (unsigned char)*text) * UINT64_C(1099511628211);
    return id;
}

static inline calx_unit_statement *add(work *w, const char *text, int64_t bind,
                                       int64_t rows_expected)
{
    size_t i = w->unit.statement_count++;
    assert_true(i < STATEMENTS_MAX);
    w->binds[i][0] = calx_value_integer(bind);
    w->binds[i][1] = calx_value_integer(bind);
    w->sql[i] = (calx_sql){.id = id_of(text),
                           .text = text,
                           .length = strlen(text),
                           .bind_kinds = integers,
                           .bind_count = strstr(text, "$2")   ? 2
                                         : strstr(text, "$1") ? 1
                                                              : 0,
                           .result_count = strncmp(text, "SELECT", 6) == 0 ? 1 : 0};
    w->statements[i] = (calx_unit_statement){
        .sql = &w->sql[i], .binds = w->binds[i], .rows_expected = rows_expected};
    return &w->statements[i];
}

static inline calx_unit_statement *add_keyed(work *w, const char *text, int64_t bind)
{
    calx_unit_statement *statement = add(w, text, bind, 1);
    statement->generates_key = true;
    w->sql[w->unit.statement_count - 1].result_count = 1;
    return statement;
}

/* The last statement's bind is the key of another. */
static inline void refer(work *w, size_t statement)
{
    size_t last = w->unit.statement_count - 1;
    w->references[last] = (calx_unit_reference){.bind = 0, .statement = statement};
    w->statements[last].references = &w->references[last];
    w->statements[last].reference_count = 1;
}

static inline int run_until(work *w, int64_t deadline_us)
{
    w->unit.statements = w->statements;
    calx_error_clear(&w->err);
    return connection->driver->unit_run(connection, &w->unit, deadline_us, &w->err);
}

static inline int run_unit(work *w)
{
    return run_until(w, soon());
}

static inline void assert_runs(work *w)
{
    assert_ok(run_unit(w), &w->err);
    assert_int_equal(w->unit.failed_statement, w->unit.statement_count);
}

static inline void assert_trips(work *w, int trips)
{
    int before = atomic_load(&middle.trips);
    assert_runs(w);
    assert_int_equal(atomic_load(&middle.trips) - before, trips);
}

static inline void assert_fails(work *w, int code, size_t statement)
{
    int got = run_unit(w);
    if (got != code)
        fail_msg("%d instead of %d: %s", got, code, w->err.message);
    assert_int_equal(w->err.code, code);
    assert_int_equal(w->err.outcome, CALX_OUTCOME_NOT_DONE);
    assert_int_equal(w->unit.failed_statement, statement);
}

static inline work whole(void)
{
    return (work){.unit = {.begin = true, .commit = true, .write = true}};
}

static inline int64_t rows(void)
{
    return query_integer(other, "SELECT count(*) FROM calx_unit");
}

#define INSERT "INSERT INTO calx_unit (n) VALUES ($1)"
#define INSERT_KEY INSERT " RETURNING id"
#define UPDATE "UPDATE calx_unit SET t = 'x' WHERE n = $1"

#endif
