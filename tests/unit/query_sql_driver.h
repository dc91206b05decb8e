/*
 * query_sql_driver.h: a driver for every dialect, linked into the test, with a database in which
 * there is nothing: queries find no row, updates change none, each inserted record has a key.
 */
#ifndef CALX_TESTS_UNIT_QUERY_SQL_DRIVER_H
#define CALX_TESTS_UNIT_QUERY_SQL_DRIVER_H

#include <stdlib.h>
#include <string.h>

#include <calx/driver.h>

static const int64_t nothing_keys[] = {1, 2, 3, 4, 5, 6, 7, 8};

typedef struct nothing_statement {
    calx_statement base;
    size_t keys_left;
} nothing_statement;

static bool nothing_parameter_known(const calx_opener *opener, const char *name, const char *value,
                                    const char **reason)
{
    (void)opener, (void)name, (void)value, (void)reason;
    return false;
}

static int nothing_native_open(const calx_opener *opener, const calx_url *url, int64_t deadline_us,
                               calx_native *out, calx_error *err)
{
    (void)opener, (void)url, (void)deadline_us, (void)out, (void)err;
    return 0;
}

static void nothing_native_close(const calx_opener *opener, calx_native *native)
{
    (void)opener, (void)native;
}

static int nothing_database_create(const calx_driver *driver, const calx_opener *opener,
                                   const calx_url *url, const calx_database_options *options,
                                   calx_database **out, calx_error *err)
{
    (void)url, (void)options, (void)err;
    *out = calloc(1, sizeof **out);
    **out = (calx_database){.driver = driver, .opener = opener};
    return 0;
}

static void nothing_database_destroy(calx_database *database)
{
    free(database);
}

static int nothing_open(calx_database *database, int64_t deadline_us, calx_connection **out,
                        calx_error *err)
{
    (void)deadline_us, (void)err;
    *out = calloc(1, sizeof **out);
    **out = (calx_connection){.driver = database->driver, .database = database};
    return 0;
}

static void nothing_close(calx_connection *connection)
{
    free(connection);
}

static int nothing_check(calx_connection *connection, int64_t deadline_us, calx_error *err)
{
    (void)connection, (void)deadline_us, (void)err;
    return 0;
}

static int nothing_begin(calx_connection *connection, calx_isolation isolation, bool write,
                         int64_t deadline_us, calx_error *err)
{
    (void)isolation, (void)write, (void)deadline_us, (void)err;
    connection->in_transaction = true;
    return 0;
}

static int nothing_end(calx_connection *connection, int64_t deadline_us, calx_error *err)
{
    (void)deadline_us, (void)err;
    connection->in_transaction = false;
    return 0;
}

static int nothing_command(calx_connection *connection, const char *sql, size_t length,
                           int64_t deadline_us, calx_error *err)
{
    (void)connection, (void)sql, (void)length, (void)deadline_us, (void)err;
    return 0;
}

static int nothing_prepare(calx_connection *connection, const calx_sql *sql, int64_t deadline_us,
                           calx_statement **out, calx_error *err)
{
    (void)deadline_us, (void)err;
    nothing_statement *statement = calloc(1, sizeof *statement);
    statement->base = (calx_statement){connection->driver, connection, sql};
    *out = &statement->base;
    return 0;
}

static size_t inserted(const calx_statement *statement)
{
    size_t records = statement->sql->record_count;
    return strncmp(statement->sql->text, "INSERT", 6) != 0 ? 0 : records > 0 ? records : 1;
}

static int nothing_execute(calx_statement *statement, const calx_value *binds, int64_t deadline_us,
                           calx_error *err)
{
    (void)binds, (void)deadline_us, (void)err;
    ((nothing_statement *)statement)->keys_left =
        statement->sql->result_count > 0 ? inserted(statement) : 0;
    return 0;
}

static int nothing_fetch(calx_statement *statement, calx_value *values, int64_t deadline_us,
                         calx_error *err)
{
    (void)deadline_us, (void)err;
    size_t *left = &((nothing_statement *)statement)->keys_left;
    if (*left == 0)
        return 0;
    *values = calx_value_integer(nothing_keys[--*left]);
    return 1;
}

static int64_t nothing_rows_affected(calx_statement *statement)
{
    return (int64_t)inserted(statement);
}

static int64_t nothing_generated_key(calx_statement *statement)
{
    (void)statement;
    return nothing_keys[0];
}

static const int64_t *nothing_generated_keys(calx_statement *statement)
{
    (void)statement;
    return nothing_keys;
}

static void nothing_reset(calx_statement *statement)
{
    (void)statement;
}

static void nothing_finalize(calx_statement *statement)
{
    free(statement);
}

/* keys: the driver itself tells them. */
#define NOTHING(its_dialect, keys)                                                                 \
    {                                                                                              \
        .abi = CALX_DRIVER_ABI, .name = "nothing", .dialect = its_dialect, .version = "1",         \
        .opener = &(const calx_opener){.abi = CALX_DRIVER_ABI,                                     \
                                       .name = "nothing",                                          \
                                       .dialect = its_dialect,                                     \
                                       .engine = "nothing",                                        \
                                       .version = "1",                                             \
                                       .parameter_known = nothing_parameter_known,                 \
                                       .open = nothing_native_open,                                \
                                       .close = nothing_native_close},                             \
        .capabilities = (keys) ? CALX_CAPABILITY_RECORDS | CALX_CAPABILITY_GENERATED_KEY : 0,      \
        .database_create = nothing_database_create, .database_destroy = nothing_database_destroy,  \
        .connection_open = nothing_open, .connection_close = nothing_close,                        \
        .connection_check = nothing_check, .begin = nothing_begin, .commit = nothing_end,          \
        .rollback = nothing_end, .command = nothing_command, .statement_prepare = nothing_prepare, \
        .statement_execute = nothing_execute, .statement_fetch = nothing_fetch,                    \
        .statement_rows_affected = nothing_rows_affected,                                          \
        .statement_generated_key = (keys) ? nothing_generated_key : NULL,                          \
        .statement_generated_keys = (keys) ? nothing_generated_keys : NULL,                        \
        .statement_reset = nothing_reset, .statement_finalize = nothing_finalize,                  \
    }

static const calx_driver nothing_sqlite = NOTHING("sqlite", true);
static const calx_driver nothing_postgresql = NOTHING("postgresql", false);
static const calx_driver nothing_mysql = NOTHING("mysql", true);
static const calx_driver *const nothing_drivers[] = {&nothing_sqlite, &nothing_postgresql,
                                                     &nothing_mysql, NULL};
static const calx_plugin nothing_plugin = {
    .abi = CALX_DRIVER_ABI, .name = "nothing", .drivers = nothing_drivers};

#endif
