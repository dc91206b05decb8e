/* driver_mysql_faults_test.c: the mariadb driver: transactions, locks, and servers that refuse,
 * freeze or go away. */
#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/suite/mysql_fixture.h"

static void make_two_rows(fixture *self)
{
    command(self->connection, "CREATE TABLE driver_t (id INT PRIMARY KEY, n INT) ENGINE InnoDB");
    command(self->connection, "INSERT INTO driver_t VALUES (1, 0), (2, 0)");
}

/* ---- Transactions ---- */

static void a_transaction_is_seen_after_commit_only(void **state)
{
    fixture *self = *state;
    calx_error err = {0};
    make_two_rows(self);
    must(begin(self->connection, &err), &err);
    assert_true(self->connection->in_transaction);
    command(self->connection, "UPDATE driver_t SET n = 1");
    assert_int_equal(ask(self->other, "SELECT CAST(SUM(n) AS SIGNED) FROM driver_t"), 0);
    must(commit(self->connection, &err), &err);
    assert_false(self->connection->in_transaction);
    assert_int_equal(ask(self->other, "SELECT CAST(SUM(n) AS SIGNED) FROM driver_t"), 2);
    must(begin(self->connection, &err), &err);
    command(self->connection, "UPDATE driver_t SET n = 5");
    must(rollback(self->connection, &err), &err);
    assert_false(self->connection->in_transaction);
    assert_int_equal(ask(self->other, "SELECT CAST(SUM(n) AS SIGNED) FROM driver_t"), 2);
}

static void the_isolation_asked_for_is_in_force(void **state)
{
    static const struct {
        calx_isolation isolation;
        int64_t seen; /* of a row that another connection adds meanwhile */
    } cases[] = {{CALX_ISOLATION_DEFAULT, 3}, {CALX_ISOLATION_REPEATABLE_READ, 2}};
    fixture *self = *state;
    make_two_rows(self);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        calx_error err = {0};
        must(self->connection->driver->begin(self->connection, cases[i].isolation, false, soon(),
                                             &err),
             &err);
        assert_int_equal(ask(self->connection, "SELECT COUNT(*) FROM driver_t"), 2);
        command(self->other, "INSERT INTO driver_t VALUES (3, 0)");
        assert_int_equal(ask(self->connection, "SELECT COUNT(*) FROM driver_t"), cases[i].seen);
        must(rollback(self->connection, &err), &err);
        command(self->other, "DELETE FROM driver_t WHERE id = 3");
    }
}

static void savepoints_undo_their_part(void **state)
{
    fixture *self = *state;
    calx_error err = {0};
    make_two_rows(self);
    must(begin(self->connection, &err), &err);
    command(self->connection, "UPDATE driver_t SET n = 1 WHERE id = 1");
    command(self->connection, "SAVEPOINT s");
    command(self->connection, "DELETE FROM driver_t");
    command(self->connection, "ROLLBACK TO SAVEPOINT s");
    assert_true(self->connection->in_transaction);
    must(commit(self->connection, &err), &err);
    assert_int_equal(ask(self->other, "SELECT COUNT(*) FROM driver_t WHERE n = id"), 1);
}

static void commit_without_a_transaction_is_an_error(void **state)
{
    fixture *self = *state;
    calx_error err = {0};
    must_be(commit(self->connection, &err), CALX_ERROR_STATE, &err);
    calx_error_clear(&err);
    must(rollback(self->connection, &err), &err);
}

static void commit_after_ddl_tells_that_the_transaction_ended_before(void **state)
{
    fixture *self = *state;
    calx_error err = {0};
    make_two_rows(self);
    must(begin(self->connection, &err), &err);
    command(self->connection, "UPDATE driver_t SET n = 1");
    command(self->connection, "CREATE TABLE driver_child (x INT)");
    assert_false(self->connection->in_transaction);
    must_be(commit(self->connection, &err), CALX_ERROR_STATE, &err);
    assert_int_equal(err.outcome, CALX_OUTCOME_UNKNOWN);
}

static void a_failed_statement_leaves_the_transaction_open(void **state)
{
    fixture *self = *state;
    calx_error err = {0};
    make_two_rows(self);
    must(begin(self->connection, &err), &err);
    command(self->connection, "UPDATE driver_t SET n = 1 WHERE id = 1");
    must_be(try_command(self->connection, "INSERT INTO driver_t VALUES (1, 1)", &err),
            CALX_ERROR_UNIQUE, &err);
    assert_true(self->connection->in_transaction);
    calx_error_clear(&err);
    must(commit(self->connection, &err), &err);
    assert_int_equal(ask(self->other, "SELECT COUNT(*) FROM driver_t WHERE n = 1"), 1);
}

static void a_lock_is_waited_for_no_longer_than_asked(void **state)
{
    fixture *self = *state;
    calx_error err = {0};
    make_two_rows(self);
    must(begin(self->other, &err), &err);
    command(self->other, "UPDATE driver_t SET n = 1 WHERE id = 1");
    must(begin(self->connection, &err), &err);
    must_be(try_run(self->connection, "UPDATE driver_t SET n = 2 WHERE id = 1", &err),
            CALX_ERROR_LOCK_TIMEOUT, &err);
    assert_true(err.retryable);
    assert_true(self->connection->in_transaction);
    assert_false(self->connection->broken);
    calx_error_clear(&err);
    must(rollback(self->connection, &err), &err);
    must(rollback(self->other, &err), &err);
}

/* Updates row 2 on the other connection, which waits for the lock that the case holds. */
static void *update_row_2(void *argument)
{
    fixture *self = argument;
    calx_error err = {0};
    try_command(self->other, "UPDATE driver_t SET n = n + 1 WHERE id = 2", &err);
    return (void *)(intptr_t)err.code;
}

static void a_deadlock_ends_the_transaction_of_its_victim(void **state)
{
    fixture *self = *state;
    calx_error err = {0};
    pthread_t thread;
    void *other_code;
    make_two_rows(self);
    command(self->connection, "SET innodb_lock_wait_timeout = 50");
    command(self->other, "SET innodb_lock_wait_timeout = 50");
    must(begin(self->connection, &err), &err);
    must(begin(self->other, &err), &err);
    command(self->connection, "UPDATE driver_t SET n = n + 1 WHERE id = 2");
    command(self->other, "UPDATE driver_t SET n = n + 1 WHERE id = 1");
    assert_int_equal(pthread_create(&thread, NULL, update_row_2, self), 0);
    int code = try_run(self->connection, "UPDATE driver_t SET n = n + 1 WHERE id = 1", &err);
    pthread_join(thread, &other_code);
    assert_true((code == CALX_ERROR_DEADLOCK) != ((intptr_t)other_code == CALX_ERROR_DEADLOCK));
    calx_connection *victim = code ? self->connection : self->other;
    calx_connection *survivor = code ? self->other : self->connection;
    assert_false(victim->in_transaction);
    assert_false(victim->broken);
    calx_error refused = {0};
    must_be(commit(victim, &refused), CALX_ERROR_STATE, &refused);
    assert_int_equal(refused.outcome, CALX_OUTCOME_NOT_DONE);
    calx_error_clear(&err);
    must(rollback(victim, &err), &err);
    must(commit(survivor, &err), &err);
    assert_int_equal(ask(victim, "SELECT COUNT(*) FROM driver_t WHERE n = 1"), 2);
}

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

static int listen_on_loopback(int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, length), 0);
    assert_int_equal(listen(fd, 8), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

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

/* ---- Connecting ---- */

/* Opens a connection that must fail, and returns why. */
static calx_error open_error(const char *text, int64_t deadline_us)
{
    calx_error err = {0};
    calx_connection *connection = NULL;
    calx_database *database = make_database(text);
    int code = try_open(database, deadline_us, &connection, &err);
    database->driver->database_destroy(database);
    assert_int_equal(code, err.code);
    assert_true(code < 0);
    assert_null(connection);
    assert_int_equal(err.outcome, CALX_OUTCOME_NOT_DONE);
    return err;
}

static void a_server_that_never_answers_holds_no_longer_than_the_deadline(void **state)
{
    (void)state;
    char text[TEXT_MAX];
    int port;
    int listener = listen_on_loopback(&port);
    url_write_to(text, "127.0.0.1", port);
    calx_error err = open_error(text, calx_deadline_in_ms(300));
    if (strcmp(fixture_form, "mysql") != 0 || err.code != CALX_ERROR_UNREACHABLE)
        assert_int_equal(err.code, CALX_ERROR_TIMEOUT);
    close(listener);
}

static void a_closed_port_is_unreachable(void **state)
{
    (void)state;
    char text[TEXT_MAX];
    int port;
    close(listen_on_loopback(&port));
    url_write_to(text, "127.0.0.1", port);
    assert_int_equal(open_error(text, soon()).code, CALX_ERROR_UNREACHABLE);
}

static void a_wrong_password_is_refused_and_not_told(void **state)
{
    (void)state;
    char text[TEXT_MAX];
    url_write(text, "wr0ng-p4ss", NULL, NULL);
    calx_error err = open_error(text, soon());
    assert_int_equal(err.code, CALX_ERROR_AUTHENTICATION);
    assert_null(strstr(err.message, "wr0ng"));
}

static void an_unknown_database_is_undefined(void **state)
{
    (void)state;
    char text[TEXT_MAX];
    url_write(text, NULL, "driver_absent", NULL);
    calx_error err = open_error(text, soon());
    /* A user without rights on all databases is refused instead (1044). */
    assert_true(err.code == CALX_ERROR_UNDEFINED || err.native_code == 1044);
}

/* Making the database must fail with CALX_ERROR_URL, and name the key. */
static void expect_bad_key(const char *query, const char *key)
{
    char text[TEXT_MAX];
    calx_error err = {0};
    calx_database *database = NULL;
    url_write(text, NULL, NULL, query);
    must_be(try_database(text, &database, &err), CALX_ERROR_URL, &err);
    assert_non_null(strstr(err.message, key));
    assert_null(strstr(err.message, "s3cret"));
    assert_null(database);
}

static void query_keys_that_are_not_known_are_named(void **state)
{
    (void)state;
    expect_bad_key("?no_such_key=s3cret", "no_such_key");
    expect_bad_key("?charset=latin1", "charset");
    expect_bad_key("?init_command=s3cret", "init_command");
    expect_bad_key("?local_infile=1", "local_infile");
    expect_bad_key("?connect_timeout=s3cret", "connect_timeout");
    if (strcmp(fixture_form, "mysql") == 0) {
        expect_bad_key("?ssl_ca=s3cret", "ssl_ca");
        return;
    }
    expect_bad_key("?ssl=s3cret", "ssl");
    expect_bad_key("?read_timeout=0", "read_timeout");
    expect_bad_key("?host=a%3Bs3cret", "host");
    expect_bad_key("?host=a:99999", "host");
}

static void the_next_host_is_tried(void **state)
{
    char text[TEXT_MAX];
    char query[128];
    int dead;
    int frozen;
    (void)state;
    if (strcmp(fixture_form, "mysql") == 0)
        skip(); /* libdbi knows one host only */
    calx_url *url = server_url();
    int listener = listen_on_loopback(&frozen);
    close(listen_on_loopback(&dead));
    snprintf(query, sizeof query,
             "?connect_timeout=3&host=127.0.0.1:%d&host=127.0.0.1:%d&host=%s:%d", dead, frozen,
             url->host ? url->host : "127.0.0.1", url->port > 0 ? url->port : 3306);
    calx_url_destroy(url);
    url_write(text, NULL, NULL, query);
    calx_database *database = make_database(text);
    calx_connection *connection = open_connection(database);
    assert_int_equal(ask(connection, "SELECT 1"), 1);
    database->driver->connection_close(connection);
    database->driver->database_destroy(database);
    close(listener);
}

/* Whether the server has TLS or not: what was asked for is never given up in silence. */
static void tls_is_used_or_the_connection_refused(void **state)
{
    fixture *self = *state;
    char text[TEXT_MAX];
    if (strcmp(fixture_form, "mysql") == 0)
        skip(); /* libdbi cannot use TLS */
    url_write(text, NULL, NULL, "?ssl=true");
    if (ask(self->connection, "SELECT @@have_ssl = 'YES'") == 0) {
        assert_int_equal(open_error(text, soon()).code, CALX_ERROR_UNREACHABLE);
        return;
    }
    calx_database *database = make_database(text);
    calx_connection *connection = open_connection(database);
    const char *encrypted =
        "SELECT VARIABLE_VALUE <> '' FROM information_schema.session_status "
        "WHERE VARIABLE_NAME = 'SSL_CIPHER'";
    assert_int_equal(ask(connection, encrypted), 1);
    assert_int_equal(ask(connection, "SELECT LENGTH(REPEAT('x', 1000000))"), 1000000);
    calx_error err = {0};
    calx_sql sql = sql_of("SELECT SLEEP(30)", 0, 1);
    calx_statement *statement = prepare(connection, &sql);
    must_be(statement->driver->statement_execute(statement, NULL, calx_deadline_in_ms(100), &err),
            CALX_ERROR_TIMEOUT, &err);
    finalize(statement);
    database->driver->connection_close(connection);
    database->driver->database_destroy(database);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_transaction_is_seen_after_commit_only),
        CASE(the_isolation_asked_for_is_in_force),
        CASE(savepoints_undo_their_part),
        CASE(commit_without_a_transaction_is_an_error),
        CASE(commit_after_ddl_tells_that_the_transaction_ended_before),
        CASE(a_failed_statement_leaves_the_transaction_open),
        CASE(a_lock_is_waited_for_no_longer_than_asked),
        CASE(a_deadlock_ends_the_transaction_of_its_victim),
        CASE(a_killed_connection_is_lost_and_stays_lost),
        CASE(check_finds_a_killed_connection),
        CASE(commit_on_a_killed_connection_is_not_done),
        CASE(a_deadline_breaks_a_statement_off),
        CASE(a_cancelled_statement_is_broken_off),
        CASE(an_answer_lost_in_commit_is_unknown),
        CASE(a_server_frozen_in_commit_is_unknown),
        CASE(a_server_that_never_answers_holds_no_longer_than_the_deadline),
        CASE(a_closed_port_is_unreachable),
        CASE(a_wrong_password_is_refused_and_not_told),
        CASE(an_unknown_database_is_undefined),
        CASE(query_keys_that_are_not_known_are_named),
        CASE(the_next_host_is_tried),
        CASE(tls_is_used_or_the_connection_refused),
    };
    return fixture_run_both(tests);
}
