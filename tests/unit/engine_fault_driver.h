/*
 * engine_fault_driver.h: a driver linked into the test that fails at the n-th call, or just as the
 * script wants it. Three names for one driver: "single" runs statements, "lone" commits one by
 * itself, "whole" takes units.
 */
#ifndef CALX_TESTS_UNIT_ENGINE_FAULT_DRIVER_H
#define CALX_TESTS_UNIT_ENGINE_FAULT_DRIVER_H

#include <stdlib.h>

#include <calx/driver.h>

static struct script {
    int calls;
    int fail_at;    /* the call that fails, counted from 1; 0: none */
    int fail_count; /* and how many of the calls from there on */
    calx_error_class failure;
    calx_outcome outcome;
    bool declines; /* unit_run does */
    bool breaks;   /* the failing call breaks the connection */
    calx_value key;
    int rows; /* that a statement with a result answers */
    int left; /* of them */
    int connections;
    int statements;
    int opened;
} script;

static int call(calx_connection *connection, calx_error *err)
{
    int since = ++script.calls - script.fail_at;
    if (script.fail_at == 0 || since < 0 || since >= script.fail_count)
        return 0;
    if (connection != NULL && script.breaks)
        connection->broken = true;
    calx_error_set(err, script.failure, "call %d", script.calls);
    err->outcome = script.outcome;
    return script.failure;
}

static bool parameter_known(const calx_opener *opener, const char *name, const char *value,
                            const char **reason)
{
    (void)opener;
    (void)name;
    (void)value;
    (void)reason;
    return false;
}

static int native_open(const calx_opener *opener, const calx_url *url, int64_t deadline_us,
                       calx_native *out, calx_error *err)
{
    (void)opener;
    (void)url;
    (void)deadline_us;
    (void)out;
    (void)err;
    return 0;
}

static void native_close(const calx_opener *opener, calx_native *native)
{
    (void)opener;
    (void)native;
}

static int database_create(const calx_driver *driver, const calx_opener *opener,
                           const calx_url *url, const calx_database_options *options,
                           calx_database **out, calx_error *err)
{
    (void)url;
    (void)options;
    int status = call(NULL, err);
    if (status == 0) {
        *out = calloc(1, sizeof **out);
        **out = (calx_database){.driver = driver, .opener = opener};
    }
    return status;
}

static void database_destroy(calx_database *database)
{
    free(database);
}

static int connection_open(calx_database *database, int64_t deadline_us, calx_connection **out,
                           calx_error *err)
{
    (void)deadline_us;
    int status = call(NULL, err);
    if (status == 0) {
        *out = calloc(1, sizeof **out);
        **out = (calx_connection){.driver = database->driver, .database = database};
        script.connections++;
        script.opened++;
    }
    return status;
}

static void connection_close(calx_connection *connection)
{
    script.connections--;
    free(connection);
}

static int connection_check(calx_connection *connection, int64_t deadline_us, calx_error *err)
{
    (void)deadline_us;
    return call(connection, err);
}

static int begin(calx_connection *connection, calx_isolation isolation, bool write,
                 int64_t deadline_us, calx_error *err)
{
    (void)isolation;
    (void)write;
    (void)deadline_us;
    int status = call(connection, err);
    if (status == 0)
        connection->in_transaction = true;
    return status;
}

static int end(calx_connection *connection, int64_t deadline_us, calx_error *err)
{
    (void)deadline_us;
    int status = call(connection, err);
    if (status == 0)
        connection->in_transaction = false;
    return status;
}

static int run_command(calx_connection *connection, const char *sql, size_t length,
                       int64_t deadline_us, calx_error *err)
{
    (void)sql;
    (void)length;
    (void)deadline_us;
    return call(connection, err);
}

static int statement_prepare(calx_connection *connection, const calx_sql *sql, int64_t deadline_us,
                             calx_statement **out, calx_error *err)
{
    (void)deadline_us;
    int status = call(connection, err);
    if (status == 0) {
        *out = calloc(1, sizeof **out);
        **out =
            (calx_statement){.driver = connection->driver, .connection = connection, .sql = sql};
        script.statements++;
    }
    return status;
}

static int statement_execute(calx_statement *statement, const calx_value *binds,
                             int64_t deadline_us, calx_error *err)
{
    (void)binds;
    (void)deadline_us;
    script.left = script.rows;
    return call(statement->connection, err);
}

static int statement_fetch(calx_statement *statement, calx_value *values, int64_t deadline_us,
                           calx_error *err)
{
    (void)deadline_us;
    int status = call(statement->connection, err);
    if (status < 0 || statement->sql->result_count == 0 || script.left == 0)
        return status;
    script.left--;
    values[0] = script.key;
    return 1;
}

static int64_t statement_rows_affected(calx_statement *statement)
{
    (void)statement;
    return 1;
}

static void statement_reset(calx_statement *statement)
{
    (void)statement;
}

static void statement_finalize(calx_statement *statement)
{
    script.statements--;
    free(statement);
}

static int unit_run(calx_connection *connection, calx_unit *unit, int64_t deadline_us,
                    calx_error *err)
{
    (void)deadline_us;
    if (script.declines)
        return CALX_UNIT_DECLINED;
    int status = call(connection, err);
    if (status < 0)
        unit->failed_statement = 1;
    return status;
}

#define OPENER(title)                                                                              \
    {                                                                                              \
        .abi = CALX_DRIVER_ABI, .name = title, .dialect = "sqlite", .engine = title,               \
        .version = "1", .parameter_known = parameter_known, .open = native_open,                   \
        .close = native_close,                                                                     \
    }
#define DRIVER(title, its_opener, unit, can)                                                       \
    {                                                                                              \
        .abi = CALX_DRIVER_ABI, .name = title, .dialect = "sqlite", .version = "1",                \
        .opener = its_opener, .database_create = database_create,                                  \
        .database_destroy = database_destroy, .connection_open = connection_open,                  \
        .connection_close = connection_close, .connection_check = connection_check,                \
        .begin = begin, .commit = end, .rollback = end, .command = run_command,                    \
        .statement_prepare = statement_prepare, .statement_execute = statement_execute,            \
        .statement_fetch = statement_fetch, .statement_rows_affected = statement_rows_affected,    \
        .statement_reset = statement_reset, .statement_finalize = statement_finalize,              \
        .unit_run = unit, .capabilities = can,                                                     \
    }

static const calx_opener single_opener = OPENER("single");
static const calx_opener lone_opener = OPENER("lone");
static const calx_opener whole_opener = OPENER("whole");
static const calx_driver single_driver = DRIVER("single", &single_opener, NULL, 0);
static const calx_driver lone_driver =
    DRIVER("lone", &lone_opener, NULL, CALX_CAPABILITY_AUTOCOMMIT);
static const calx_driver whole_driver = DRIVER("whole", &whole_opener, unit_run, 0);
static const calx_driver *const drivers[] = {&single_driver, &lone_driver, &whole_driver, NULL};
static const calx_plugin plugin = {.abi = CALX_DRIVER_ABI, .name = "fault", .drivers = drivers};

#endif
