/* mysql_fixture.h: connections to the server of CALX_TEST_MYSQL_URI and short ways to use the
 * driver's table of functions. Every case runs through both openers: fixture_run_both. */
#ifndef CALX_TESTS_MYSQL_FIXTURE_H
#define CALX_TESTS_MYSQL_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <sys/socket.h>
#include <unistd.h>

#include <calx/driver.h>
#include <calx/registry.h>

/* So long that only a case that hangs reaches it. */
#define LONG_MS 20000

#define TEXT_MAX 1024

/* "mysql" (libdbi opens) or "mysql+mariadb": what stands before the :// of the URL. */
static const char *fixture_form;

typedef struct fixture {
    calx_database *database;
    calx_connection *connection;
    calx_connection *other; /* a second one on the same database */
} fixture;

static inline int64_t soon(void)
{
    return calx_deadline_in_ms(LONG_MS);
}

/* Fails the case with the error's message where no error is expected. */
static inline void must(int status, const calx_error *err)
{
    if (status < 0)
        fail_msg("%s: %s", calx_error_class_name((calx_error_class)status), err->message);
}

static inline void must_be(int status, calx_error_class expected, const calx_error *err)
{
    if (status != (int)expected)
        fail_msg("expected %s, got %s: %s", calx_error_class_name(expected),
                 calx_error_class_name((calx_error_class)status), err->message);
    if (status != (int)err->code)
        fail_msg("returned %d, but the error says %d", status, (int)err->code);
}

/* The server's URL, parsed. */
static inline calx_url *server_url(void)
{
    const char *text = getenv("CALX_TEST_MYSQL_URI");
    calx_url *url = NULL;
    calx_error err = {0};
    if (!text)
        fail_msg("CALX_TEST_MYSQL_URI is not set");
    must(calx_url_parse(text, strlen(text), &url, &err), &err);
    return url;
}

/* Writes a user or a password as a URL wants it: every byte escaped. */
static inline void url_escape(char out[TEXT_MAX], const char *text)
{
    *out = '\0';
    for (size_t at = 0; text && text[at] && at < TEXT_MAX / 3 - 1; at++)
        snprintf(out + 3 * at, 4, "%%%02X", (unsigned char)text[at]);
}

/* Writes "FORM://user:password@host:port/database?query", the parts that are NULL being the
 * server's own; the query is always the one given. */
static inline void url_write(char out[TEXT_MAX], const char *password, const char *database,
                             const char *query)
{
    char user[TEXT_MAX];
    char secret[TEXT_MAX];
    calx_url *url = server_url();
    url_escape(user, url->username);
    url_escape(secret, password ? password : url->password);
    snprintf(out, TEXT_MAX, "%s://%s:%s@%s:%d/%s%s", fixture_form, user, secret,
             url->host ? url->host : "127.0.0.1", url->port > 0 ? url->port : 3306,
             database ? database : url->database, query ? query : "");
    calx_url_destroy(url);
}

/* The same for another host and port. */
static inline void url_write_to(char out[TEXT_MAX], const char *host, int port)
{
    char user[TEXT_MAX];
    char secret[TEXT_MAX];
    calx_url *url = server_url();
    url_escape(user, url->username);
    url_escape(secret, url->password);
    snprintf(out, TEXT_MAX, "%s://%s:%s@%s:%d/%s", fixture_form, user, secret, host, port,
             url->database);
    calx_url_destroy(url);
}

static inline int try_database(const char *text, calx_database **out, calx_error *err)
{
    calx_database_options options = {.connect_timeout_ms = 20000, .busy_timeout_ms = 1000};
    calx_url *url = NULL;
    calx_driver_choice choice;
    must(calx_url_parse(text, strlen(text), &url, err), err);
    must(calx_registry_find(url->dialect, url->driver, &choice, err), err);
    int status =
        choice.driver->database_create(choice.driver, choice.opener, url, &options, out, err);
    calx_url_destroy(url);
    return status;
}

static inline calx_database *make_database(const char *text)
{
    calx_error err = {0};
    calx_database *database = NULL;
    must(try_database(text, &database, &err), &err);
    return database;
}

static inline int try_open(calx_database *database, int64_t deadline_us, calx_connection **out,
                           calx_error *err)
{
    return database->driver->connection_open(database, deadline_us, out, err);
}

static inline calx_connection *open_connection(calx_database *database)
{
    calx_error err = {0};
    calx_connection *connection = NULL;
    must(try_open(database, soon(), &connection, &err), &err);
    return connection;
}

static inline int try_command(calx_connection *connection, const char *sql, calx_error *err)
{
    return connection->driver->command(connection, sql, strlen(sql), soon(), err);
}

static inline void command(calx_connection *connection, const char *sql)
{
    calx_error err = {0};
    must(try_command(connection, sql, &err), &err);
}

static inline calx_sql sql_of(const char *text, size_t binds, size_t results)
{
    return (calx_sql){.id = 1,
                      .text = text,
                      .length = strlen(text),
                      .bind_count = binds,
                      .result_count = results};
}

static inline calx_statement *prepare(calx_connection *connection, const calx_sql *sql)
{
    calx_error err = {0};
    calx_statement *statement = NULL;
    must(connection->driver->statement_prepare(connection, sql, soon(), &statement, &err), &err);
    return statement;
}

static inline int try_execute(calx_statement *statement, const calx_value *binds, calx_error *err)
{
    return statement->driver->statement_execute(statement, binds, soon(), err);
}

static inline void execute(calx_statement *statement, const calx_value *binds)
{
    calx_error err = {0};
    must(try_execute(statement, binds, &err), &err);
}

static inline bool fetch(calx_statement *statement, calx_value *values)
{
    calx_error err = {0};
    int status = statement->driver->statement_fetch(statement, values, soon(), &err);
    must(status, &err);
    return status == 1;
}

static inline void finalize(calx_statement *statement)
{
    statement->driver->statement_finalize(statement);
}

/* Prepares, executes and finalizes a statement without values and rows, and hands its error on. */
static inline int try_run(calx_connection *connection, const char *text, calx_error *err)
{
    calx_sql sql = sql_of(text, 0, 0);
    calx_statement *statement = NULL;
    int status = connection->driver->statement_prepare(connection, &sql, soon(), &statement, err);
    if (status == 0) {
        status = try_execute(statement, NULL, err);
        if (status == 0)
            status = connection->driver->statement_fetch(statement, NULL, soon(), err);
        finalize(statement);
    }
    return status;
}

/* The one integer that a query answers. */
static inline int64_t ask(calx_connection *connection, const char *text)
{
    calx_sql sql = sql_of(text, 0, 1);
    calx_statement *statement = prepare(connection, &sql);
    calx_value value;
    execute(statement, NULL);
    assert_true(fetch(statement, &value));
    assert_int_equal(value.kind, CALX_KIND_INTEGER);
    finalize(statement);
    return value.as.integer;
}

static inline int begin(calx_connection *connection, calx_error *err)
{
    return connection->driver->begin(connection, CALX_ISOLATION_DEFAULT, true, soon(), err);
}

static inline int commit(calx_connection *connection, calx_error *err)
{
    return connection->driver->commit(connection, soon(), err);
}

static inline int rollback(calx_connection *connection, calx_error *err)
{
    return connection->driver->rollback(connection, soon(), err);
}

static inline void make_two_rows(fixture *self)
{
    command(self->connection, "CREATE TABLE driver_t (id INT PRIMARY KEY, n INT) ENGINE InnoDB");
    command(self->connection, "INSERT INTO driver_t VALUES (1, 0), (2, 0)");
}

/* A listening socket of its own; nobody accepts. */
static inline int listen_on_loopback(int *port)
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

static inline int fixture_setup(void **state)
{
    static fixture self;
    char text[TEXT_MAX];
    url_write(text, NULL, NULL, NULL);
    self.database = make_database(text);
    self.connection = open_connection(self.database);
    self.other = open_connection(self.database);
    command(self.connection, "DROP TABLE IF EXISTS driver_child, driver_t");
    *state = &self;
    return 0;
}

static inline int fixture_teardown(void **state)
{
    fixture *self = *state;
    const calx_driver *driver = self->database->driver;
    driver->connection_close(self->connection);
    driver->connection_close(self->other);
    driver->database_destroy(self->database);
    return 0;
}

static inline int fixture_use_dbi(void **state)
{
    (void)state;
    fixture_form = "mysql";
    return 0;
}

static inline int fixture_use_native(void **state)
{
    (void)state;
    fixture_form = "mysql+mariadb";
    return 0;
}

#define fixture_run_both(tests)                                                                    \
    (cmocka_run_group_tests_name("mysql", tests, fixture_use_dbi, NULL) +                          \
     cmocka_run_group_tests_name("mysql+mariadb", tests, fixture_use_native, NULL))

#endif
