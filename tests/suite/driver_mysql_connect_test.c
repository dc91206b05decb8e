/* driver_mysql_connect_test.c: the mariadb driver: servers that refuse, URLs that are wrong. */
#include "tests/suite/mysql_fixture.h"

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

/* The port that the server listens on that this URL leads to. */
static int64_t port_reached(const char *text)
{
    calx_database *database = make_database(text);
    calx_connection *connection = open_connection(database);
    int64_t port = ask(connection, "SELECT @@port");
    database->driver->connection_close(connection);
    database->driver->database_destroy(database);
    return port;
}

/* The library would take it for a socket file, and perhaps reach another server. */
static void localhost_with_a_port_is_that_port(void **state)
{
    (void)state;
    char text[TEXT_MAX];
    calx_url *url = server_url();
    bool local = !url->host || strcmp(url->host, "127.0.0.1") == 0;
    int port = url->port > 0 ? url->port : 3306;
    calx_url_destroy(url);
    if (!local)
        skip(); /* the server is on another machine */
    url_write_to(text, "localhost", port);
    assert_int_equal(port_reached(text), port);
}

static void a_socket_wins_over_the_host(void **state)
{
    fixture *self = *state;
    char text[TEXT_MAX];
    char query[TEXT_MAX / 2];
    calx_sql sql = sql_of("SELECT @@socket", 0, 1);
    calx_statement *statement = prepare(self->connection, &sql);
    calx_value path;
    execute(statement, NULL);
    assert_true(fetch(statement, &path));
    snprintf(query, sizeof query, "?unix_socket=%.*s", (int)path.as.text.length, path.as.text.data);
    finalize(statement);
    if (access(strchr(query, '=') + 1, F_OK) != 0)
        skip(); /* the server is on another machine */
    url_write_to(text, "host.invalid", 1);
    strcat(text, query);
    assert_int_equal(port_reached(text), ask(self->connection, "SELECT @@port"));
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
    expect_bad_key("?host=a%3Bs3cret", "host");
    expect_bad_key("?host=a:99999", "host");
    expect_bad_key("?host=a,b&port=1,2,3", "port");
    if (strcmp(fixture_form, "mysql") == 0) {
        expect_bad_key("?ssl_ca=s3cret", "ssl_ca");
        return;
    }
    expect_bad_key("?ssl=s3cret", "ssl");
    expect_bad_key("?read_timeout=0", "read_timeout");
}

/* The library would read options out of it. */
static void a_host_that_is_none_is_a_bad_url(void **state)
{
    (void)state;
    static const char *const hosts[] = {"h;port=1", "h,i"};
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        char text[TEXT_MAX];
        calx_error err = {0};
        calx_database *database = NULL;
        url_write_to(text, hosts[i], 3306);
        must_be(try_database(text, &database, &err), CALX_ERROR_URL, &err);
        assert_null(database);
    }
}

static void the_next_host_is_tried(void **state)
{
    char text[TEXT_MAX];
    char query[128];
    int dead;
    int frozen;
    (void)state;
    calx_url *url = server_url();
    int listener = listen_on_loopback(&frozen);
    close(listen_on_loopback(&dead));
    snprintf(query, sizeof query,
             "?connect_timeout=1&host=127.0.0.1:%d&host=127.0.0.1:%d&host=%s:%d", dead, frozen,
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
        CASE(a_server_that_never_answers_holds_no_longer_than_the_deadline),
        CASE(a_closed_port_is_unreachable),
        CASE(a_wrong_password_is_refused_and_not_told),
        CASE(an_unknown_database_is_undefined),
        CASE(localhost_with_a_port_is_that_port),
        CASE(a_socket_wins_over_the_host),
        CASE(query_keys_that_are_not_known_are_named),
        CASE(a_host_that_is_none_is_a_bad_url),
        CASE(the_next_host_is_tried),
        CASE(tls_is_used_or_the_connection_refused),
    };
    return fixture_run_both(tests);
}
