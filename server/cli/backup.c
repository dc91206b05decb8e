/* backup.c: `db backup`: the database as one file, while it is served. */
#include <stdio.h>

#include <calx/transfer.h>

#include "server/cli/cli.h"

int calx__cli_db_backup(calx__cli *cli)
{
    calx_app *app = cli->app;
    calx_error err = {0};
    int code = calx__app_engine(app, &err);
    if (code == 0)
        code = calx_backup(app->engine, cli->operands[0], &err);
    calx__app_engine_close(app);
    if (code < 0)
        return calx__cli_database_failed(app, &err);
    return CALX__CLI_DONE;
}
