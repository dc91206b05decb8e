/* plugin.c: the driver "fault", one for each dialect, and its database object, which holds that of
 * the wrapped driver. */
#include <stdlib.h>
#include <string.h>

#include <calx/registry.h>

#include "drivers/fault/internal.h"

/* ---- The database ---- */

static void database_destroy(calx_database *base)
{
    if (base == NULL)
        return;
    calx__fault_database *database = (calx__fault_database *)base;
    if (database->inner != NULL)
        database->wrapped->database_destroy(database->inner);
    if (database->log != NULL && database->log != stderr)
        fclose(database->log);
    free(database);
}

static int open_log(calx__fault_database *database, calx_error *err)
{
    const char *file = database->options.log;
    database->log = file == NULL ? stderr : fopen(file, "ae");
    if (database->log == NULL)
        return calx_error_set(err, CALX_ERROR_URL, "query key \"fault_log\": cannot be opened");
    return 0;
}

/* The URL without our keys is the wrapped driver's. */
static int create_inner(calx__fault_database *database, const calx_url *url,
                        const calx_database_options *options, calx_error *err)
{
    calx_driver_choice choice;
    calx_url_parameter left[CALX_URL_PARAMETERS_MAX];
    calx_url inner = *url;
    inner.parameters = left;
    inner.parameter_count = 0;
    for (size_t i = 0; i < url->parameter_count; i++)
        if (!calx__fault_option_known(url->parameters[i].name))
            left[inner.parameter_count++] = url->parameters[i];
    int status = calx_registry_find(url->dialect, database->options.driver, &choice, err);
    if (status < 0)
        return status;
    database->wrapped = choice.driver;
    return choice.driver->database_create(choice.driver, choice.opener, &inner, options,
                                          &database->inner, err);
}

/* The engine asks our table what can be done: it must be right for the wrapped driver. */
static int check_likeness(const calx__fault_database *database, calx_error *err)
{
    const calx_driver *wrapped = database->wrapped;
    unsigned other = database->base.driver->capabilities ^ wrapped->capabilities;
    if ((other & CALX_CAPABILITY_GENERATED_KEY) != 0 || wrapped->statement_column_count == NULL)
        return calx_error_set(err, CALX_ERROR_UNSUPPORTED,
                              "the driver \"fault\" cannot wrap \"%s\"", wrapped->name);
    return 0;
}

static int database_create(const calx_driver *driver, const calx_opener *opener,
                           const calx_url *url, const calx_database_options *options,
                           calx_database **out, calx_error *err)
{
    calx__fault_database *database = calloc(1, sizeof *database);
    if (database == NULL)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    database->base = (calx_database){.driver = driver, .opener = opener};
    int status = calx__fault_options_read(url, &database->options, err);
    if (status == 0)
        status = open_log(database, err);
    if (status == 0)
        status = create_inner(database, url, options, err);
    if (status == 0)
        status = check_likeness(database, err);
    if (status < 0) {
        database_destroy(&database->base);
        return status;
    }
    database->base.capabilities = database->inner->capabilities;
    database->base.connections_max = database->inner->connections_max;
    *out = &database->base;
    return 0;
}

/* ---- The drivers: each like the ones of its dialect ---- */

#define DRIVER(its_dialect, index, bits)                                                           \
    {                                                                                              \
        .abi = CALX_DRIVER_ABI, .name = "fault", .dialect = its_dialect, .version = "1",           \
        .capabilities = (bits), .opener = &calx__fault_openers[index],                             \
        .database_create = database_create, .database_destroy = database_destroy,                  \
        .connection_open = calx__fault_connection_open,                                            \
        .connection_close = calx__fault_connection_close,                                          \
        .connection_check = calx__fault_connection_check, .begin = calx__fault_begin,              \
        .commit = calx__fault_commit, .rollback = calx__fault_rollback,                            \
        .command = calx__fault_command, .statement_prepare = calx__fault_prepare,                  \
        .statement_execute = calx__fault_execute, .statement_fetch = calx__fault_fetch,            \
        .statement_rows_affected = calx__fault_rows_affected,                                      \
        .statement_generated_key = calx__fault_generated_key,                                      \
        .statement_column_count = calx__fault_column_count,                                        \
        .statement_column_name = calx__fault_column_name, .statement_reset = calx__fault_reset,    \
        .statement_finalize = calx__fault_finalize, .unit_run = calx__fault_unit_run,              \
        .connection_quiet = calx__fault_connection_quiet,                                          \
        .records_load = calx__fault_records_load,                                                  \
    }
#define CAN(capability) CALX_CAPABILITY_##capability
static const calx_driver tables[] = {
    DRIVER("sqlite", 0,
           CAN(GENERATED_KEY) | CAN(TRANSACTIONAL_DDL) | CAN(SAVEPOINT) | CAN(UNIT) |
               CAN(ONE_WRITER)),
    DRIVER("postgresql", 1,
           CAN(TRANSACTIONAL_DDL) | CAN(SAVEPOINT) | CAN(NONBLOCKING) | CAN(UNIT) | CAN(LOAD)),
    DRIVER("mysql", 2, CAN(GENERATED_KEY) | CAN(SAVEPOINT) | CAN(NONBLOCKING)),
};
static const calx_driver *const drivers[] = {&tables[0], &tables[1], &tables[2], NULL};

CALX_PLUGIN_EXPORT = {.abi = CALX_DRIVER_ABI, .name = "fault", .drivers = drivers};
