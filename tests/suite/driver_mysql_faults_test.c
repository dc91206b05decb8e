/* driver_mysql_faults_test.c: the mariadb driver: servers that freeze or go away. */
#include <netdb.h>
#include <poll.h>
#include <pthread.h>

#include "tests/suite/mysql_fixture.h"

/* ---- Connections that are lost ---- */

/* Kills the first connection from the second and waits until the server has let go of it. */
static void kill_connection(fixture *self)
{
    char sql[128];
    int64_t id = ask(self->connection, "SELECT CONNECTION_ID()");
    snprintf(sql, sizeof sql, "KILL %lld", (long long)id);
    command(self->other, sql);
    snprintf(sql, sizeof sql, "SELECT COUNT(*) FROM information_schema.processlist WHERE id = %lld",
             (long long)id);
    while (ask(self->other, sql) > 0)
        ;
}

static void a_killed_connection_is_lost_and_stays_lost(void **state)
{
    fixture *self = *state;
    calx_sql sql = sql_of("SELECT 1", 0, 1);
    calx_statement *statement = prepare(self->connection, &sql);
    kill_connection(self);
    for (int i = 0; i < 2; i++) {
        calx_error err = {0};
        must_be(try_execute(statement, NULL, &err), CALX_ERROR_CONNECTION_LOST, &err);
        assert_true(self->connection->broken);
        calx_error_clear(&err);
        must_be(self->connection->driver->connection_check(self->connection, soon(), &err),
                CALX_ERROR_CONNECTION_LOST, &err);
    }
    finalize(statement);
}

static void check_finds_a_killed_connection(void **state)
{
    fixture *self = *state;
    calx_error err = {0};
    must(self->connection->driver->connection_check(self->connection, soon(), &err), &err);
    kill_connection(self);
    must_be(self->connection->driver->connection_check(self->connection, soon(), &err),
            CALX_ERROR_CONNECTION_LOST, &err);
    assert_true(self->connection->broken);
}

static void commit_on_a_killed_connection_is_not_done(void **state)
{
    fixture *self = *state;
    calx_error err = {0};
    make_two_rows(self);
    must(begin(self->connection, &err), &err);
    command(self->connection, "UPDATE driver_t SET n = 1");
    kill_connection(self);
    must_be(commit(self->connection, &err), CALX_ERROR_CONNECTION_LOST, &err);
    assert_int_equal(err.outcome, CALX_OUTCOME_NOT_DONE);
    assert_true(self->connection->broken);
    assert_false(self->connection->in_transaction);
    assert_int_equal(ask(self->other, "SELECT COUNT(*) FROM driver_t WHERE n = 1"), 0);
}

static void a_deadline_breaks_a_statement_off(void **state)
{
    fixture *self = *state;
    calx_sql sql = sql_of("SELECT SLEEP(30)", 0, 1);
    calx_statement *statement = prepare(self->connection, &sql);
    calx_error err = {0};
    must_be(statement->driver->statement_execute(statement, NULL, calx_deadline_in_ms(100), &err),
            CALX_ERROR_TIMEOUT, &err);
    assert_true(self->connection->broken);
    finalize(statement);
}

static void a_cancelled_statement_is_broken_off(void **state)
{
    fixture *self = *state;
    calx_sql sql = sql_of("SELECT SLEEP(30)", 0, 1);
    calx_statement *statement = prepare(self->connection, &sql);
    calx_error err = {0};
    calx_waiter_current()->cancelled = true;
    int code = try_execute(statement, NULL, &err);
    calx_waiter_current()->cancelled = false;
    must_be(code, CALX_ERROR_CANCELLED, &err);
    assert_true(self->connection->broken);
    finalize(statement);
}

/* ---- A proxy that cuts or freezes at COMMIT ---- */

/* As it is on the wire: COM_QUERY and its text. */
#define COMMIT_COMMAND                                                                             \
    "\x03"                                                                                         \
    "COMMIT"

typedef enum proxy_mode { PROXY_SWALLOW, PROXY_CUT_AFTER } proxy_mode;

typedef struct proxy {
    int listener;
    int port;
    proxy_mode mode;
    const char *server_host;
    char server_port[16];
    pthread_t thread;
} proxy;

/* -1 if it cannot: this runs in the proxy's thread, where no assertion may fail. */
static int connect_to(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    int fd = -1;
    if (getaddrinfo(host, port, &hints, &found) != 0)
        return -1;
    for (const struct addrinfo *at = found; at && fd < 0; at = at->ai_next) {
        fd = socket(at->ai_family, at->ai_socktype, at->ai_protocol);
        if (fd >= 0 && connect(fd, at->ai_addr, at->ai_addrlen) != 0) {
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(found);
    return fd;
}

/* Moves what one side has sent; false when it has closed. */
static bool pass_on(int from, int to, const char *mark, bool *met, proxy_mode mode)
{
    char bytes[16384];
    ssize_t length = recv(from, bytes, sizeof bytes, 0);
    if (length <= 0)
        return false;
    *met = *met || (mark && memmem(bytes, (size_t)length, mark, strlen(mark)));
    if (*met && mode == PROXY_SWALLOW)
        return true;
    return send(to, bytes, (size_t)length, MSG_NOSIGNAL) == length;
}

/* One client. After COMMIT it either swallows everything, or waits for the server's answer and
 * closes instead of handing it on. */
static void *proxy_run(void *argument)
{
    proxy *self = argument;
    int client = accept(self->listener, NULL, NULL);
    int server = connect_to(self->server_host, self->server_port);
    struct pollfd fds[] = {{.fd = client, .events = POLLIN}, {.fd = server, .events = POLLIN}};
    bool met = false;
    bool open = client >= 0 && server >= 0;
    while (open && poll(fds, 2, -1) > 0) {
        if (fds[1].revents)
            open = !(met && self->mode == PROXY_CUT_AFTER) &&
                   pass_on(server, client, NULL, &(bool){false}, self->mode);
        if (open && fds[0].revents)
            open = pass_on(client, server, COMMIT_COMMAND, &met, self->mode);
    }
    close(client);
    close(server);
    return NULL;
}

/* A transaction through the proxy, and what its commit says. */
static calx_error commit_through_proxy(fixture *self, proxy_mode mode, int64_t commit_ms)
{
    calx_url *url = server_url();
    proxy middle = {.mode = mode, .server_host = url->host ? url->host : "127.0.0.1"};
    char text[TEXT_MAX];
    calx_error err = {0};
    snprintf(middle.server_port, sizeof middle.server_port, "%d", url->port > 0 ? url->port : 3306);
    middle.listener = listen_on_loopback(&middle.port);
    assert_int_equal(pthread_create(&middle.thread, NULL, proxy_run, &middle), 0);
    url_write_to(text, "127.0.0.1", middle.port);
    calx_database *database = make_database(text);
    calx_connection *connection = open_connection(database);
    make_two_rows(self);
    must(begin(connection, &err), &err);
    command(connection, "UPDATE driver_t SET n = 1");
    int64_t deadline_us = calx_deadline_in_ms(commit_ms);
    int code = connection->driver->commit(connection, deadline_us, &err);
    assert_int_equal(code, err.code);
    assert_true(connection->broken);
    assert_false(connection->in_transaction);
    database->driver->connection_close(connection);
    database->driver->database_destroy(database);
    pthread_join(middle.thread, NULL);
    close(middle.listener);
    calx_url_destroy(url);
    return err;
}

static void an_answer_lost_in_commit_is_unknown(void **state)
{
    fixture *self = *state;
    calx_error err = commit_through_proxy(self, PROXY_CUT_AFTER, LONG_MS);
    assert_int_equal(err.code, CALX_ERROR_CONNECTION_LOST);
    assert_int_equal(err.outcome, CALX_OUTCOME_UNKNOWN);
    assert_int_equal(ask(self->other, "SELECT COUNT(*) FROM driver_t WHERE n = 1"), 2);
}

static void a_server_frozen_in_commit_is_unknown(void **state)
{
    fixture *self = *state;
    calx_error err = commit_through_proxy(self, PROXY_SWALLOW, 200);
    assert_int_equal(err.code, CALX_ERROR_TIMEOUT);
    assert_int_equal(err.outcome, CALX_OUTCOME_UNKNOWN);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_killed_connection_is_lost_and_stays_lost), CASE(check_finds_a_killed_connection),
        CASE(commit_on_a_killed_connection_is_not_done),  CASE(a_deadline_breaks_a_statement_off),
        CASE(a_cancelled_statement_is_broken_off),        CASE(an_answer_lost_in_commit_is_unknown),
        CASE(a_server_frozen_in_commit_is_unknown),
    };
    return fixture_run_both(tests);
}
