/* dump.c: `db dump` and `db load`: the application's tables to and from lines of JSON. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/cli/transfer.h"

typedef int transfer(calx__cli *cli, calx_table_sum *sums, calx_transfer_watcher watcher,
                     calx_error *err);

/* Without a name, or with -, it is a standard stream. */
static const char *file_of(const calx__cli *cli)
{
    const char *name = cli->operands[0];
    return name && strcmp(name, "-") != 0 ? name : NULL;
}

static int file_failed(const char *file, calx_error *err)
{
    return calx_error_set(err, CALX_ERROR_IO, "%s: %s", file, strerrordesc_np(errno));
}

/* ---- Dump ---- */

static int dump_to(calx__cli *cli, FILE *out, calx_table_sum *sums, calx_transfer_watcher watcher,
                   calx_error *err)
{
    const calx_app *app = cli->app;
    return calx_dump_all(app->engine, app->models, app->model_count, out, watcher, sums, err);
}

/* The rights that a new file has. */
static mode_t standard_mode(void)
{
    mode_t mask = umask(0);
    umask(mask);
    return 0666 & ~mask;
}

/* A file beside it becomes the file when it is complete and on the disk. */
static int dump_beside(calx__cli *cli, const char *file, char *part, calx_table_sum *sums,
                       calx_transfer_watcher watcher, calx_error *err)
{
    int descriptor = mkstemp(part);
    if (descriptor < 0)
        return file_failed(file, err);
    FILE *out = fdopen(descriptor, "w");
    int code = out ? dump_to(cli, out, sums, watcher, err) : file_failed(file, err);
    if (code == 0 && (fchmod(descriptor, standard_mode()) < 0 || fsync(descriptor) < 0))
        code = file_failed(file, err);
    if (out)
        fclose(out);
    else
        close(descriptor);
    if (code == 0 && rename(part, file) < 0)
        code = file_failed(file, err);
    if (code < 0)
        unlink(part);
    return code;
}

/* A pipe or a device is written to, not replaced. */
static int dump_to_stream(calx__cli *cli, const char *file, calx_table_sum *sums,
                          calx_transfer_watcher watcher, calx_error *err)
{
    FILE *out = fopen(file, "w");
    if (!out)
        return file_failed(file, err);
    int code = dump_to(cli, out, sums, watcher, err);
    if (fclose(out) != 0 && code == 0)
        code = file_failed(file, err);
    return code;
}

static int dump(calx__cli *cli, calx_table_sum *sums, calx_transfer_watcher watcher,
                calx_error *err)
{
    const char *file = file_of(cli);
    struct stat about;
    if (!file)
        return dump_to(cli, stdout, sums, watcher, err);
    if (stat(file, &about) == 0 && !S_ISREG(about.st_mode))
        return dump_to_stream(cli, file, sums, watcher, err);
    char *part = NULL;
    if (asprintf(&part, "%s.XXXXXX", file) < 0)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    int code = dump_beside(cli, file, part, sums, watcher, err);
    free(part);
    return code;
}

/* ---- Load ---- */

static int load(calx__cli *cli, calx_table_sum *sums, calx_transfer_watcher watcher,
                calx_error *err)
{
    const calx_app *app = cli->app;
    const char *file = file_of(cli);
    FILE *in = file ? fopen(file, "r") : stdin;
    if (!in)
        return file_failed(file, err);
    int code = calx_load_all(app->engine, app->models, app->model_count, in, watcher, sums, err);
    if (file)
        fclose(in);
    return code;
}

/* ---- Both ---- */

/* The signals and the progress around it. */
static int run(calx__cli *cli, const char *verb, transfer *call, calx_table_sum *sums)
{
    calx__cli_progress progress;
    calx_error err = {0};
    calx__cli_progress_begin(&progress, verb);
    int code = call(cli, sums, calx__cli_progress_watcher(&progress), &err);
    calx__cli_progress_end(&progress);
    return code < 0 ? calx__cli_transfer_failed(cli, verb, &err) : CALX__CLI_DONE;
}

/* A dump on the standard output is alone there: then results goes to stderr. */
static int transfer_all(calx__cli *cli, const char *verb, transfer *call, FILE *results,
                        const char *done, const char *preposition)
{
    calx_app *app = cli->app;
    calx_error err = {0};
    calx_table_sum *sums = calloc(app->model_count + 1, sizeof(*sums));
    if (!sums)
        calx_error_set(&err, CALX_ERROR_NO_MEMORY, "out of memory");
    if (err.code != CALX_OK || calx__app_engine(app, &err) < 0) {
        free(sums);
        int status = calx__cli_database_failed(app, &err);
        calx__app_engine_close(app);
        return status;
    }
    calx__cli_catch_signals();
    int status = run(cli, verb, call, sums);
    if (status == CALX__CLI_DONE) {
        char *url = calx__cli_database(app);
        calx__cli_print_sums(results, sums, app->model_count, done, preposition, url ? url : "");
        free(url);
    }
    calx__app_engine_close(app);
    free(sums);
    calx__cli_release_signals();
    return status;
}

int calx__cli_db_dump(calx__cli *cli)
{
    return transfer_all(cli, "dump", dump, file_of(cli) ? stdout : stderr, "dumped", "of");
}

int calx__cli_db_load(calx__cli *cli)
{
    return transfer_all(cli, "load", load, stdout, "loaded", "into");
}
