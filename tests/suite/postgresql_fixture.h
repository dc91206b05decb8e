/* postgresql_fixture.h: what the PostgreSQL driver tests share: opening through either opener, and
 * running one statement. Needs a server in CALX_TEST_POSTGRESQL_URI. */
#ifndef POSTGRESQL_FIXTURE_H
#define POSTGRESQL_FIXTURE_H

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

#define COLUMNS_MAX 16

static const char *form; /* "postgresql" or "postgresql+libpq" */

static inline int64_t soon(void)
{
    return calx_deadline_in_ms(20000);
}

static inline void assert_ok(int code, const calx_error *err)
{
    if (code < 0)
        fail_msg("%s: %s", calx_error_class_name(err->code), err->message);
}

/* ---- Opening ---- */

/* The server's URL in the form under test. */
static inline calx_url *server_url(void)
{
    const char *uri = getenv("CALX_TEST_POSTGRESQL_URI");
    char text[CALX_URL_LENGTH_MAX];
    calx_error err = {0};
    calx_url *url = NULL;

    const char *rest = uri ? strstr(uri, "://") : NULL;
    if (!rest)
        fail_msg("CALX_TEST_POSTGRESQL_URI does not name a server");
    snprintf(text, sizeof text, "%s%s", form, rest);
    assert_ok(calx_url_parse(text, strlen(text), &url, &err), &err);
    return url;
}

static inline int create(const calx_url *url, const calx_database_options *options,
                         calx_database **out, calx_error *err)
{
    calx_driver_choice choice;

    int code = calx_registry_find(url->dialect, url->driver, &choice, err);
    if (code)
        return code;
    return choice.driver->database_create(choice.driver, choice.opener, url, options, out, err);
}

static const calx_database_options default_options = {
    .connect_timeout_ms = 10000, .busy_timeout_ms = 10000, .statement_timeout_ms = 20000};

/* Opens one connection on a database of its own. */
static inline int open_url(const calx_url *url, const calx_database_options *options,
                           int64_t deadline_us, calx_connection **out, calx_error *err)
{
    calx_database *database = NULL;

    int code = create(url, options, &database, err);
    if (code)
        return code;
    code = database->driver->connection_open(database, deadline_us, out, err);
    if (code)
        database->driver->database_destroy(database);
    return code;
}

static inline calx_connection *open_with(const calx_database_options *options)
{
    calx_connection *connection = NULL;
    calx_error err = {0};
    calx_url *url = server_url();

    assert_ok(open_url(url, options, soon(), &connection, &err), &err);
    calx_url_destroy(url); /* the database must have kept what it needs */
    return connection;
}

static inline calx_connection *open_default(void)
{
    return open_with(&default_options);
}

static inline void close_connection(calx_connection *connection)
{
    if (!connection)
        return;
    calx_database *database = connection->database;

    database->driver->connection_close(connection);
    database->driver->database_destroy(database);
}

/* ---- Running ---- */

static inline int command(calx_connection *connection, const char *sql, calx_error *err)
{
    return connection->driver->command(connection, sql, strlen(sql), soon(), err);
}

static inline void run(calx_connection *connection, const char *sql)
{
    calx_error err = {0};

    assert_ok(command(connection, sql, &err), &err);
}

static inline void begin(calx_connection *connection)
{
    calx_error err = {0};

    assert_ok(connection->driver->begin(connection, CALX_ISOLATION_DEFAULT, true, soon(), &err),
              &err);
}

static inline int commit(calx_connection *connection, calx_error *err)
{
    return connection->driver->commit(connection, soon(), err);
}

static inline void rollback(calx_connection *connection)
{
    calx_error err = {0};

    assert_ok(connection->driver->rollback(connection, soon(), &err), &err);
    assert_false(connection->in_transaction);
}

/* A statement with what its calx_sql points to. */
typedef struct prepared {
    calx_kind kinds[COLUMNS_MAX];
    calx_sql sql;
    calx_statement *statement;
} prepared;

static inline int prepare(calx_connection *connection, prepared *out, uint64_t id, const char *text,
                          const calx_value *binds, size_t bind_count, size_t columns,
                          calx_error *err)
{
    for (size_t i = 0; i < bind_count; i++)
        out->kinds[i] = binds[i].kind;
    out->statement = NULL;
    out->sql = (calx_sql){.id = id,
                          .text = text,
                          .length = strlen(text),
                          .bind_kinds = out->kinds,
                          .bind_count = bind_count,
                          .result_count = columns};
    return connection->driver->statement_prepare(connection, &out->sql, soon(), &out->statement,
                                                 err);
}

/* Executes and fetches the first row into row[]: 1, 0 or an error. */
static inline int first_row(prepared *query, const calx_value *binds, int64_t deadline_us,
                            calx_value *row, calx_error *err)
{
    const calx_driver *driver = query->statement->driver;

    int code = driver->statement_execute(query->statement, binds, deadline_us, err);
    return code ? code : driver->statement_fetch(query->statement, row, deadline_us, err);
}

static inline void finalize(prepared *query)
{
    if (query->statement)
        query->statement->driver->statement_finalize(query->statement);
    query->statement = NULL;
}

/* One statement from its text to its first row; the error is the caller's. */
static inline int try_query(calx_connection *connection, const char *text, const calx_value *binds,
                            size_t bind_count, size_t columns, int64_t deadline_us, calx_error *err)
{
    prepared statement;
    calx_value row[COLUMNS_MAX];

    int code = prepare(connection, &statement, 0, text, binds, bind_count, columns, err);
    if (code == 0)
        code = first_row(&statement, binds, deadline_us, row, err);
    finalize(&statement);
    return code;
}

static inline int64_t query_integer_of(calx_connection *connection, const char *text, int64_t bind)
{
    prepared statement;
    calx_value binds[1] = {calx_value_integer(bind)};
    calx_value row[1];
    calx_error err = {0};
    size_t count = strstr(text, "$1") ? 1 : 0;

    assert_ok(prepare(connection, &statement, 0, text, binds, count, 1, &err), &err);
    int code = first_row(&statement, binds, soon(), row, &err);
    assert_ok(code, &err);
    assert_int_equal(code, 1);
    assert_int_equal(row[0].kind, CALX_KIND_INTEGER);
    finalize(&statement);
    return row[0].as.integer;
}

static inline int64_t query_integer(calx_connection *connection, const char *text)
{
    return query_integer_of(connection, text, 0);
}

static inline int64_t backend_of(calx_connection *connection)
{
    return query_integer(connection, "SELECT pg_backend_pid()");
}

/* Ends the server process, and returns when it is gone. */
static inline void kill_backend(calx_connection *killer, int64_t backend)
{
    const char *text = "SELECT pg_terminate_backend($1::int, 10000)::int";

    assert_int_equal(query_integer_of(killer, text, backend), 1);
}

/* ---- Values ---- */

static inline calx_value text_value(const char *text)
{
    return calx_value_text(calx_text_of(text));
}

static inline calx_value decimal_value(const char *text)
{
    calx_value value = text_value(text);
    value.kind = CALX_KIND_DECIMAL;
    return value;
}

static inline void assert_same(calx_value got, calx_value expected)
{
    assert_int_equal(got.kind, expected.kind);
    switch (expected.kind) {
    case CALX_KIND_NULL:
        break;
    case CALX_KIND_BOOLEAN:
        assert_int_equal(got.as.boolean, expected.as.boolean);
        break;
    case CALX_KIND_DOUBLE:
        assert_memory_equal(&got.as.real, &expected.as.real, sizeof(double));
        break;
    case CALX_KIND_TEXT:
    case CALX_KIND_DECIMAL:
    case CALX_KIND_ARRAY:
        assert_int_equal(got.as.text.length, expected.as.text.length);
        assert_memory_equal(got.as.text.data, expected.as.text.data, expected.as.text.length);
        break;
    case CALX_KIND_BLOB:
        assert_int_equal(got.as.blob.length, expected.as.blob.length);
        assert_memory_equal(got.as.blob.data, expected.as.blob.data, expected.as.blob.length);
        break;
    case CALX_KIND_INTEGER:
    case CALX_KIND_DATETIME:
    case CALX_KIND_TIME:
    case CALX_KIND_INTERVAL:
        assert_true(got.as.integer == expected.as.integer);
        break;
    case CALX_KIND_DATE:
        assert_memory_equal(&got.as.date, &expected.as.date, sizeof got.as.date);
        break;
    case CALX_KIND_UUID:
        assert_memory_equal(&got.as.uuid, &expected.as.uuid, sizeof got.as.uuid);
        break;
    }
}

/* Reads a constant; the statement stays open for what it lends. */
static inline int read_constant(calx_connection *connection, const char *text, prepared *statement,
                                calx_value *row, calx_error *err)
{
    assert_ok(prepare(connection, statement, 0, text, NULL, 0, 1, err), err);
    return first_row(statement, NULL, soon(), row, err);
}

static inline void assert_constant(calx_connection *connection, const char *text,
                                   calx_value expected)
{
    prepared statement;
    calx_value row[1];
    calx_error err = {0};

    int code = read_constant(connection, text, &statement, row, &err);
    assert_ok(code, &err);
    assert_same(row[0], expected);
    finalize(&statement);
}

/* ---- Forms ---- */

/* Runs the tests through libdbi, if that plug-in is there, and natively. */
static inline int run_forms(int (*run_group)(void))
{
    calx_driver_choice choice;
    int failed = 0;

    if (calx_registry_find("postgresql", "dbi", &choice, NULL) == 0) {
        form = "postgresql";
        failed += run_group();
    } else {
        print_message("calx-dbi.so is not built: only the native opener is tested\n");
    }
    form = "postgresql+libpq";
    return failed + run_group();
}

#endif
