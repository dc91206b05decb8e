/* copy.c: `db copy`: all tables of the application from one URL to another. */
#include <stdlib.h>

#include "server/cli/transfer.h"

static int open_engine(calx__cli *cli, const char *url, const char *operand, calx_engine **out)
{
    calx_engine_options options;
    calx_error err = {0};
    int code = calx__config_engine_options(cli->app->config, &options, &err);
    if (code == 0)
        code = calx_engine_create(url, &options, out, &err);
    if (code < 0)
        fprintf(stderr, "%s db copy: %s: %s\n", cli->app->name, operand, err.message);
    return code;
}

static int copy(calx__cli *cli, calx_engine *source, calx_engine *target, calx_table_sum *sums)
{
    const calx_app *app = cli->app;
    calx__cli_progress progress;
    calx_error err = {0};
    calx__cli_progress_begin(&progress, "copy");
    int code = calx_copy_all(source, target, app->models, app->model_count,
                             calx__cli_progress_watcher(&progress), sums, &err);
    calx__cli_progress_end(&progress);
    if (code < 0)
        return calx__cli_transfer_failed(cli, "copy", &err);
    char *url = calx_url_format_masked(calx_engine_url(target));
    calx__cli_print_sums(stdout, sums, app->model_count, "copied", "to", url ? url : "");
    free(url);
    return CALX__CLI_DONE;
}

int calx__cli_db_copy(calx__cli *cli)
{
    calx_engine *source = NULL;
    calx_engine *target = NULL;
    calx_table_sum *sums = calloc(cli->app->model_count + 1, sizeof(*sums));
    int status = CALX__CLI_FAILED;
    if (!sums)
        fprintf(stderr, "%s db copy: out of memory\n", cli->app->name);
    else if (open_engine(cli, cli->operands[0], "SOURCE", &source) == 0 &&
             open_engine(cli, cli->operands[1], "TARGET", &target) == 0) {
        calx__cli_catch_signals();
        status = copy(cli, source, target, sums);
    }
    calx_engine_destroy(target);
    calx_engine_destroy(source);
    free(sums);
    if (source && target)
        calx__cli_release_signals();
    return status;
}
