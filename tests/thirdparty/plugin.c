/* plugin.c: the driver, its opener, and the object that connections share. */
#include <stdlib.h>

#include "pocket.h"

static const calx_opener opener;

/* ---- Opener: sqlite+pocket:// has no keys ---- */

static bool parameter_known(const calx_opener *self, const char *name, const char *value,
                            const char **reason)
{
    (void)self;
    (void)name;
    (void)value;
    (void)reason;
    return false;
}

static int native_open(const calx_opener *self, const calx_url *url, int64_t deadline_us,
                       calx_native *out, calx_error *err)
{
    sqlite3 *db = NULL;
    (void)self;
    (void)url;
    (void)deadline_us;
    int code = sqlite3_open_v2(
        ":memory:", &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    if (code != SQLITE_OK) {
        sqlite3_close(db);
        return calx_error_set(err, CALX_ERROR_UNREACHABLE, "%s", sqlite3_errstr(code));
    }
    *out = (calx_native){.handle = db};
    return 0;
}

static void native_close(const calx_opener *self, calx_native *native)
{
    (void)self;
    sqlite3_close(native->handle);
    native->handle = NULL;
}

static const calx_opener opener = {
    .abi = CALX_DRIVER_ABI,
    .name = "pocket",
    .dialect = "sqlite",
    .engine = "pocket",
    .version = SQLITE_VERSION,
    .parameter_known = parameter_known,
    .open = native_open,
    .close = native_close,
};

/* ---- Database ---- */

static int database_create(const calx_driver *driver, const calx_opener *chosen,
                           const calx_url *url, const calx_database_options *options,
                           calx_database **out, calx_error *err)
{
    (void)options; /* nobody else is there to wait for */
    if (url->host || url->username || (url->database && url->database[0] != '\0'))
        return calx_error_set(err, CALX_ERROR_URL, "the form is sqlite+pocket://");
    int status = calx_opener_check_parameters(chosen, url, err);
    if (status < 0)
        return status;
    calx_database *database = malloc(sizeof *database);
    if (!database)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    *database = (calx_database){
        .driver = driver,
        .opener = chosen,
        .capabilities = CALX_CAPABILITY_IN_MEMORY,
        .connections_max = 1, /* the next one would have another memory */
    };
    *out = database;
    return 0;
}

static void database_destroy(calx_database *database)
{
    free(database);
}

static const calx_driver driver = {
    .abi = CALX_DRIVER_ABI,
    .name = "pocket",
    .dialect = "sqlite",
    .version = SQLITE_VERSION,
    .capabilities = CALX_CAPABILITY_GENERATED_KEY | CALX_CAPABILITY_TRANSACTIONAL_DDL |
                    CALX_CAPABILITY_SAVEPOINT,
    .opener = &opener,
    .database_create = database_create,
    .database_destroy = database_destroy,
    .connection_open = pocket_connection_open,
    .connection_close = pocket_connection_close,
    .connection_check = pocket_connection_check,
    .begin = pocket_begin,
    .commit = pocket_commit,
    .rollback = pocket_rollback,
    .command = pocket_command,
    .statement_prepare = pocket_statement_prepare,
    .statement_execute = pocket_statement_execute,
    .statement_fetch = pocket_statement_fetch,
    .statement_rows_affected = pocket_statement_rows_affected,
    .statement_generated_key = pocket_statement_generated_key,
    .statement_reset = pocket_statement_reset,
    .statement_finalize = pocket_statement_finalize,
};

static const calx_driver *const drivers[] = {&driver, NULL};

CALX_PLUGIN_EXPORT = {.abi = CALX_DRIVER_ABI, .name = "pocket", .drivers = drivers};
