/* plugin.c: the driver "sqlite3": its table of functions, and the database object that
 * connections share. */
#include <stdlib.h>

#include "drivers/sqlite3/reader.h"
#include "drivers/sqlite3/writer.h"

static void database_destroy(calx_database *base)
{
    if (!base)
        return;
    calx__sqlite3_database *database = (calx__sqlite3_database *)base;
    calx__sqlite3_readers_destroy(database->readers);
    calx__sqlite3_writer_destroy(database->writer);
    calx_url_destroy(database->url);
    free(database);
}

static int database_create(const calx_driver *driver, const calx_opener *opener,
                           const calx_url *url, const calx_database_options *options,
                           calx_database **out, calx_error *err)
{
    if (!sqlite3_threadsafe()) {
        return calx_error_set(err, CALX_ERROR_DRIVER,
                              "libsqlite3 was compiled without support for threads");
    }
    calx__sqlite3_unlock_install();
    calx_database_options checked = *options;
    int result = calx__sqlite3_url_check(opener, url, &checked.busy_timeout_ms, err);
    if (result)
        return result;
    calx__sqlite3_database *database = calloc(1, sizeof *database);
    if (!database)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    calx_url *copy = NULL;
    calx__sqlite3_writer *writer = NULL;
    result = calx_url_copy(url, &copy, err);
    calx__sqlite3_readers *readers = NULL;
    if (!result)
        result = calx__sqlite3_writer_create(&database->base, &writer, err);
    if (!result)
        result = calx__sqlite3_readers_create(&database->base, &readers, err);
    if (result) {
        calx__sqlite3_writer_destroy(writer);
        calx_url_destroy(copy);
        free(database);
        return result;
    }
    bool in_memory = calx__sqlite3_url_in_memory(url);
    *database = (calx__sqlite3_database){
        .base =
            {
                .driver = driver,
                .opener = opener,
                .capabilities = in_memory ? CALX_CAPABILITY_IN_MEMORY : 0,
                .connections_max = in_memory ? 1 : 0,
            },
        .url = copy,
        .options = checked,
        .in_memory = in_memory,
        .writer = writer,
        .readers = readers,
    };
    *out = &database->base;
    return 0;
}

const calx_driver calx__sqlite3_driver = {
    .abi = CALX_DRIVER_ABI,
    .name = "sqlite3",
    .dialect = "sqlite",
    .version = sqlite3_version,
    .capabilities = CALX_CAPABILITY_GENERATED_KEY | CALX_CAPABILITY_TRANSACTIONAL_DDL |
                    CALX_CAPABILITY_SAVEPOINT | CALX_CAPABILITY_UNIT | CALX_CAPABILITY_ONE_WRITER |
                    CALX_CAPABILITY_RECORDS,
    .opener = &calx__sqlite3_opener,
    .database_create = database_create,
    .database_destroy = database_destroy,
    .connection_open = calx__sqlite3_connection_open,
    .connection_close = calx__sqlite3_connection_close,
    .connection_check = calx__sqlite3_connection_check,
    .begin = calx__sqlite3_begin,
    .commit = calx__sqlite3_commit,
    .rollback = calx__sqlite3_rollback,
    .command = calx__sqlite3_command,
    .statement_prepare = calx__sqlite3_statement_prepare,
    .statement_execute = calx__sqlite3_statement_execute,
    .statement_fetch = calx__sqlite3_statement_fetch,
    .statement_rows_affected = calx__sqlite3_statement_rows_affected,
    .statement_generated_key = calx__sqlite3_statement_generated_key,
    .statement_open = calx__sqlite3_statement_open,
    .statement_column_count = calx__sqlite3_statement_column_count,
    .statement_column_name = calx__sqlite3_statement_column_name,
    .statement_generated_keys = calx__sqlite3_statement_generated_keys,
    .statement_reset = calx__sqlite3_statement_reset,
    .statement_finalize = calx__sqlite3_statement_finalize,
    .unit_run = calx__sqlite3_unit_run,
    .connection_quiet = calx__sqlite3_connection_quiet,
    .table_version = calx__sqlite3_table_version,
    .database_unit_run = calx__sqlite3_database_unit_run,
};

static const calx_driver *const drivers[] = {&calx__sqlite3_driver, NULL};

CALX_PLUGIN_EXPORT = {.abi = CALX_DRIVER_ABI, .name = "sqlite3", .drivers = drivers};
