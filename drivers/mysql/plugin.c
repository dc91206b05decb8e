/* plugin.c: calx-mariadb.so, the statement engine for MariaDB and MySQL and its native opener. */
#include "internal.h"

/* The library's initialisation is not thread-safe (Connector/C 3.3): it happens here, once, before
 * any thread can open a connection through us or through libdbi. */
__attribute__((constructor)) static void library_init(void)
{
    (void)mysql_library_init(0, NULL, NULL);
}

static const calx_driver driver = {
    .abi = CALX_DRIVER_ABI,
    .name = "mariadb",
    .dialect = "mysql",
    .version = "MariaDB Connector/C " MARIADB_PACKAGE_VERSION,
    .capabilities = CALX_CAPABILITY_GENERATED_KEY | CALX_CAPABILITY_SAVEPOINT |
                    CALX_CAPABILITY_NONBLOCKING | CALX_CAPABILITY_AUTOCOMMIT,
    .opener = &calx__mysql_opener,
    .database_create = calx__mysql_database_create,
    .database_destroy = calx__mysql_database_destroy,
    .connection_open = calx__mysql_connection_open,
    .connection_close = calx__mysql_connection_close,
    .connection_check = calx__mysql_connection_check,
    .begin = calx__mysql_begin,
    .commit = calx__mysql_commit,
    .rollback = calx__mysql_rollback,
    .command = calx__mysql_command,
    .statement_prepare = calx__mysql_statement_prepare,
    .statement_execute = calx__mysql_statement_execute,
    .statement_execute_records = calx__mysql_statement_execute_records,
    .statement_fetch = calx__mysql_statement_fetch,
    .statement_rows_affected = calx__mysql_statement_rows_affected,
    .statement_generated_key = calx__mysql_statement_generated_key,
    .statement_open = calx__mysql_statement_open,
    .statement_column_count = calx__mysql_statement_column_count,
    .statement_column_name = calx__mysql_statement_column_name,
    .statement_reset = calx__mysql_statement_reset,
    .statement_finalize = calx__mysql_statement_finalize,
    .connection_quiet = calx__mysql_connection_quiet,
};

static const calx_driver *const drivers[] = {&driver, NULL};

CALX_PLUGIN_EXPORT = {.abi = CALX_DRIVER_ABI, .name = "mariadb", .drivers = drivers};
