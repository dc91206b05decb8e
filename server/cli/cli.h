/*
 * cli.h: the command line, shared by its commands. Private to the server.
 */
#ifndef CALX_SERVER_CLI_CLI_H
#define CALX_SERVER_CLI_CLI_H

#include <calx/error.h>

#include "server/web/app.h"

/* Exit statuses. */
enum {
    CALX__CLI_DONE = 0,
    CALX__CLI_FAILED = 1,
    CALX__CLI_USAGE = 2,
};

#define CALX__CLI_OPERANDS_MAX 2

/* What a command knows when it runs. */
typedef struct calx__cli {
    calx_app *app;
    const char *const *operands; /* as many as the command has; an optional one may be NULL */
    bool document;               /* `config --document` */
    bool model;                  /* `db inspect --model` */
} calx__cli;

/* Commands return an exit status and have said why when it is not 0. */
typedef int calx__cli_command(calx__cli *cli);

calx__cli_command calx__cli_serve;
calx__cli_command calx__cli_routes;
calx__cli_command calx__cli_config;
calx__cli_command calx__cli_drivers;
calx__cli_command calx__cli_db_create;
calx__cli_command calx__cli_db_drop;
calx__cli_command calx__cli_db_url;
calx__cli_command calx__cli_db_inspect;
calx__cli_command calx__cli_db_copy;
calx__cli_command calx__cli_db_dump;
calx__cli_command calx__cli_db_load;
calx__cli_command calx__cli_db_backup;

/* Says that the engine or the database failed, in one line that names what is to blame, and returns
 * the exit status. */
int calx__cli_database_failed(const calx_app *app, const calx_error *err);

/* The URL in force with its secrets masked; the caller frees it. NULL when out of memory. */
char *calx__cli_database(const calx_app *app);

#endif
