/* plugin.c: the tables of functions that make up calx-libpq.so. */
#include "joined.h"
#include "reads.h"
#include "url.h"

#include <stdio.h>

static char version[24]; /* of the library that is loaded, not of the header */

static void __attribute__((constructor)) read_version(void)
{
    int number = PQlibVersion();

    snprintf(version, sizeof version, "%d.%d", number / 10000, number % 10000);
}

static const calx_opener opener = {
    .abi = CALX_DRIVER_ABI,
    .name = "libpq",
    .dialect = "postgresql",
    .engine = "libpq",
    .version = version,
    .capabilities = CALX_CAPABILITY_TLS | CALX_CAPABILITY_NONBLOCKING,
    .parameter_known = calx__pgsql_parameter_known,
    .open = calx__pgsql_open,
    .close = calx__pgsql_close,
};

static const calx_driver driver = {
    .abi = CALX_DRIVER_ABI,
    .name = "libpq",
    .dialect = "postgresql",
    .version = version,
    .capabilities = CALX_CAPABILITY_SAVEPOINT | CALX_CAPABILITY_NONBLOCKING | CALX_CAPABILITY_UNIT |
                    CALX_CAPABILITY_LOAD,
    .opener = &opener,
    .database_create = calx__pgsql_database_create,
    .database_destroy = calx__pgsql_database_destroy,
    .connection_open = calx__pgsql_connection_open,
    .connection_close = calx__pgsql_connection_close,
    .connection_check = calx__pgsql_connection_check,
    .begin = calx__pgsql_begin,
    .commit = calx__pgsql_commit,
    .rollback = calx__pgsql_rollback,
    .command = calx__pgsql_command,
    .statement_prepare = calx__pgsql_statement_prepare,
    .statement_execute = calx__pgsql_statement_execute,
    .statement_fetch = calx__pgsql_statement_fetch,
    .statement_rows_affected = calx__pgsql_statement_rows_affected,
    .statement_open = calx__pgsql_statement_open,
    .statement_column_count = calx__pgsql_statement_column_count,
    .statement_column_name = calx__pgsql_statement_column_name,
    .statement_reset = calx__pgsql_statement_reset,
    .statement_finalize = calx__pgsql_statement_finalize,
    .unit_run = calx__pgsql_unit_run,
    .connection_quiet = calx__pgsql_connection_quiet,
    .database_unit_run = calx__pgsql_database_unit_run,
    .reads_run = calx__pgsql_reads_run,
    .read_deliver = calx__pgsql_read_deliver,
    .read_finish = calx__pgsql_read_finish,
    .records_load = calx__pgsql_records_load,
};

CALX_PLUGIN_EXPORT = {
    .abi = CALX_DRIVER_ABI,
    .name = "libpq",
    .drivers = (const calx_driver *const[]){&driver, NULL},
};
