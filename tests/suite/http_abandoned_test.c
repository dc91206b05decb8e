/*
 * A client that goes away while its request waits for the database: the statement ends, here and on
 * the server, and what it had written is undone.
 */
#include "tests/suite/engine_fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/engine/connection.h"
#include "server/http/http.h"

#define LOOK_AGAIN_MS 10

/* A server whose only handler writes a row and then asks for something that takes for ever. */
typedef struct served {
    fixture *engine;
    calx_http_server *server;
    pthread_t thread;
    atomic_int waiting; /* handlers that have written their row */
    atomic_int ended;
    bool abandoned; /* the last one */
    int code;       /* of its statement */
} served;

static const char *endless(const fixture *f)
{
    if (strcmp(f->dialect, "postgresql") == 0)
        return "SELECT count(*) FROM (SELECT pg_sleep(60)) AS slept";
    if (strcmp(f->dialect, "mysql") == 0)
        return "SELECT SLEEP(60)";
    return "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
}

/* Statements of the kind above that the server still runs. */
static const char *running_question(const fixture *f)
{
    if (strcmp(f->dialect, "postgresql") == 0)
        return "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' "
               "AND query LIKE '%(SELECT pg_sleep%' AND pid <> pg_backend_pid()";
    if (strcmp(f->dialect, "mysql") == 0)
        return "SELECT count(*) FROM information_schema.processlist WHERE info LIKE 'SELECT "
               "SLEEP%'";
    return NULL;
}

static calx_http_verdict admit(void *context, calx_http_exchange *exchange)
{
    (void)context;
    return exchange->status == 200 ? CALX_HTTP_RUN : CALX_HTTP_ANSWERED;
}

static void run(void *context, calx_http_exchange *exchange)
{
    served *self = context;
    const char *text = endless(self->engine);
    calx_kind kind = CALX_KIND_INTEGER;
    calx_sql question = {
        .text = text, .length = strlen(text), .result_kinds = &kind, .result_count = 1};
    calx_unit_statement statement = {.sql = &question, .rows_expected = CALX_ROWS_ANY};
    calx_unit unit = {.statements = &statement, .statement_count = 1};
    calx__connection *connection = acquire(self->engine);
    calx_error err = {0};
    assert_int_equal(calx__connection_begin(connection, CALX_ISOLATION_DEFAULT, true, soon(), &err),
                     0);
    command(self->engine, connection, "INSERT INTO engine_parent (name) VALUES ('abandoned')");
    self->waiting++;
    self->code = calx__connection_run(connection, &unit, exchange->deadline_us, &err);
    calx__connection_release(connection);
}

static void log_exchange(void *context, const calx_http_exchange *exchange)
{
    served *self = context;
    self->abandoned = exchange->abandoned;
    self->ended++;
}

static void *serve(void *context)
{
    assert_int_equal(calx__http_run(((served *)context)->server, NULL), 0);
    return NULL;
}

static void served_start(served *self, fixture *engine)
{
    const calx_http_options options = {
        .host = "127.0.0.1",
        .threads = 1,
        .fibers = 4,
        .workers = 2,
        .body_max = 1000,
        .connections_max = 100,
        .requests_waiting_max = 10,
        .answers_bytes_max = 1000000,
        .request_timeout_ms = LONG_MS,
        .answer_timeout_ms = LONG_MS,
        .write_timeout_ms = LONG_MS,
        .shutdown_timeout_ms = LONG_MS,
    };
    const calx_http_handler handler = {
        .context = self, .admit = admit, .run = run, .log = log_exchange};
    *self = (served){.engine = engine};
    assert_ok(engine, calx__http_create(&options, &handler, &self->server, &engine->err));
    calx__http_block_signals();
    assert_int_equal(pthread_create(&self->thread, NULL, serve, self), 0);
}

static void served_stop(served *self)
{
    kill(getpid(), SIGTERM);
    pthread_join(self->thread, NULL);
    calx__http_destroy(self->server);
}

static void await(atomic_int *counter, int value)
{
    int64_t deadline_us = soon();
    while (*counter < value && calx_now_us() < deadline_us)
        calx_wait_until(calx_deadline_in_ms(LOOK_AGAIN_MS), NULL);
    assert_int_equal(*counter, value);
}

static int client_ask(const served *self)
{
    static const char request[] = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)calx__http_port(self->server)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(send(fd, request, sizeof request - 1, 0), sizeof request - 1);
    return fd;
}

/* SQLite runs in this process: it has ended with the handler. */
static void await_end_on_server(fixture *f)
{
    const char *question = running_question(f);
    int64_t deadline_us = soon();
    if (question == NULL)
        return;
    calx__connection *connection = acquire(f);
    const calx_sql *running = sql(f, question, "", "i");
    while (ask(f, connection, running, NULL) > 0) {
        assert_true(calx_now_us() < deadline_us);
        calx_wait_until(calx_deadline_in_ms(LOOK_AGAIN_MS), NULL);
    }
    calx__connection_release(connection);
}

static void a_client_that_leaves_ends_its_statement(void **state)
{
    fixture *f = *state;
    served self;
    served_start(&self, f);
    int fd = client_ask(&self);
    await(&self.waiting, 1);
    close(fd);
    await(&self.ended, 1);
    assert_int_equal(self.code, CALX_ERROR_CANCELLED);
    assert_true(self.abandoned);
    await_end_on_server(f);
    served_stop(&self);
    assert_int_equal(ask_new(f, "SELECT count(*) FROM engine_parent"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_client_that_leaves_ends_its_statement, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
