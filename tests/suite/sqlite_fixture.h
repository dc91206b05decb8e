/* sqlite_fixture.h: a folder with a SQLite database in it, and short ways to use the driver's
 * table of functions. Every case runs through both openers: FIXTURE_RUN_BOTH. */
#ifndef CALX_TESTS_SQLITE_FIXTURE_H
#define CALX_TESTS_SQLITE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <calx/driver.h>
#include <calx/registry.h>

/* So long that only a case that hangs reaches it. */
#define LONG_MS 20000

/* "dbi" or "sqlite3": what stands after the + of the URL. */
static const char *fixture_driver;

typedef struct fixture {
    char folder[64];
    char file[96]; /* folder/test.db */
    const calx_driver *driver;
    calx_database *database;
    calx_connection *connection;
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

/* Makes the database object of "sqlite+DRIVER:///path?query", or returns the error. */
static inline int try_database(const char *text, calx_database **out, calx_error *err)
{
    calx_database_options options = {.connect_timeout_ms = 5000, .busy_timeout_ms = LONG_MS};
    calx_url *url = NULL;
    calx_driver_choice choice;
    must(calx_url_parse(text, strlen(text), &url, err), err);
    must(calx_registry_find(url->dialect, url->driver, &choice, err), err);
    int status =
        choice.driver->database_create(choice.driver, choice.opener, url, &options, out, err);
    calx_url_destroy(url);
    return status;
}

static inline calx_database *make_database(const char *path, const char *query)
{
    char text[256];
    calx_error err = {0};
    calx_database *database = NULL;
    snprintf(text, sizeof text, "sqlite+%s:///%s%s", fixture_driver, path, query);
    must(try_database(text, &database, &err), &err);
    return database;
}

static inline calx_connection *open_connection(calx_database *database)
{
    calx_error err = {0};
    calx_connection *connection = NULL;
    must(database->driver->connection_open(database, soon(), &connection, &err), &err);
    return connection;
}

static inline int try_command(calx_connection *connection, const char *sql, int64_t deadline_us,
                              calx_error *err)
{
    return connection->driver->command(connection, sql, strlen(sql), deadline_us, err);
}

static inline void command(calx_connection *connection, const char *sql)
{
    calx_error err = {0};
    must(try_command(connection, sql, soon(), &err), &err);
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

static inline void execute(calx_statement *statement, const calx_value *binds)
{
    calx_error err = {0};
    must(statement->driver->statement_execute(statement, binds, soon(), &err), &err);
}

static inline bool fetch(calx_statement *statement, calx_value *values)
{
    calx_error err = {0};
    int status = statement->driver->statement_fetch(statement, values, soon(), &err);
    must(status, &err);
    return status == 1;
}

/* The first column of the only row, an integer. */
static inline int64_t ask(calx_connection *connection, const char *text)
{
    calx_sql sql = sql_of(text, 0, 1);
    calx_statement *statement = prepare(connection, &sql);
    calx_value value;
    execute(statement, NULL);
    assert_true(fetch(statement, &value));
    assert_int_equal(value.kind, CALX_KIND_INTEGER);
    int64_t answer = value.as.integer;
    assert_false(fetch(statement, &value));
    statement->driver->statement_finalize(statement);
    return answer;
}

static inline int fixture_create(void **state)
{
    fixture *self = calloc(1, sizeof *self);
    assert_non_null(self);
    strcpy(self->folder, "/tmp/calx-sqlite-XXXXXX");
    assert_non_null(mkdtemp(self->folder));
    snprintf(self->file, sizeof self->file, "%s/test.db", self->folder);
    self->database = make_database(self->file, "");
    self->driver = self->database->driver;
    self->connection = open_connection(self->database);
    *state = self;
    return 0;
}

static inline int fixture_destroy(void **state)
{
    fixture *self = *state;
    char remove[128];
    self->driver->connection_close(self->connection);
    self->driver->database_destroy(self->database);
    snprintf(remove, sizeof remove, "rm -rf '%s'", self->folder);
    assert_int_equal(system(remove), 0);
    free(self);
    return 0;
}

/* Runs a table of tests through libdbi's opener and through the native one; a macro because cmocka
 * counts the table's entries. */
#define FIXTURE_RUN_BOTH(tests, failed)                                                            \
    do {                                                                                           \
        fixture_driver = "dbi";                                                                    \
        (failed) += cmocka_run_group_tests_name("sqlite+dbi", tests, NULL, NULL);                  \
        fixture_driver = "sqlite3";                                                                \
        (failed) += cmocka_run_group_tests_name("sqlite+sqlite3", tests, NULL, NULL);              \
    } while (0)

#endif
