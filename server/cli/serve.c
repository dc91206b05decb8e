/* serve.c: `serve`: announces where and with what, and says what keeps the server from starting. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/cli/cli.h"

/* The server goes on when nobody reads this. */
static void announce(calx_app *app, int port)
{
    const char *host = calx__config_text(app->config, "HOST");
    bool is_ipv6 = strchr(host, ':') != NULL;
    char *database = calx__cli_database(app);
    const char *scheme = calx__config_text(app->config, "TLS_CERTIFICATE") ? "https" : "http";
    printf(" * Serving %s on %s://%s%s%s:%d/\n", app->name, scheme, is_ipv6 ? "[" : "", host,
           is_ipv6 ? "]" : "", port);
    printf(" * Database %s%s\n", database ? database : "", app->throwaway ? " (throwaway)" : "");
    fflush(stdout);
    clearerr(stdout);
    free(database);
}

static int failed(const calx_app *app, const calx_error *err)
{
    if (err->code == CALX_ERROR_URL || err->code == CALX_ERROR_DRIVER ||
        err->code == CALX_ERROR_CORRUPT)
        return calx__cli_database_failed(app, err);
    fprintf(stderr, "%s: %s\n", app->name, err->message);
    return CALX__CLI_FAILED;
}

int calx__cli_serve(calx__cli *cli)
{
    calx_error err = {0};
    if (calx__app_serve(cli->app, announce, &err) < 0)
        return failed(cli->app, &err);
    return CALX__CLI_DONE;
}
