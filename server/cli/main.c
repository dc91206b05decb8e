/* main.c: calx_app_main: reads the configuration in its layers and runs one command. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/cli/arguments.h"
#include "server/web/idempotency.h"

/* ---- The configuration ---- */

/* What the layers are read from. */
typedef struct sources {
    const calx_app *app;
    const calx__cli_arguments *arguments;
} sources;

static int read_file(calx_config *config, const char *path, const char *hint, calx_error *err)
{
    if (access(path, F_OK) < 0)
        return calx_error_set(err, CALX_ERROR_CONFIG, "%s: %s%s%s", path, strerror(errno),
                              hint ? "; " : "", hint ? hint : "");
    return calx__config_read_file(config, path, err);
}

/* As in Flask a variable without text names no file. */
static int read_files(const sources *from, calx_config *config, calx_error *err)
{
    const calx_app *app = from->app;
    const calx__cli_arguments *arguments = from->arguments;
    const char *named = app->settings_variable ? getenv(app->settings_variable) : NULL;
    char hint[128];
    int status = 0;
    if (arguments->config_file)
        status = read_file(config, arguments->config_file, NULL, err);
    else if (app->config_file &&
             (arguments->entry->needs_file || access(app->config_file, F_OK) == 0))
        status = read_file(config, app->config_file, "--config names another file", err);
    if (status == 0 && named && *named != '\0') {
        snprintf(hint, sizeof(hint), "%s names it", app->settings_variable);
        status = read_file(config, named, hint, err);
    }
    return status;
}

static int read_overrides(const calx__cli_arguments *arguments, calx_config *config,
                          calx_error *err)
{
    int status = 0;
    for (size_t i = 0; status == 0 && i < arguments->override_count; i++) {
        const calx__cli_override *override = &arguments->overrides[i];
        if (override->key)
            status = calx__config_set_text(config, override->key, override->value, override->source,
                                           err);
        else
            status = calx__config_set(config, override->value, err);
    }
    return status;
}

static int read_config(void *context, calx_config *config, calx_error *err)
{
    const sources *from = context;
    int status = read_files(from, config, err);
    if (status == 0)
        status = calx__config_read_environment(config, err);
    if (status == 0)
        status = read_overrides(from->arguments, config, err);
    return status;
}

/* ---- Running ---- */

/* A mistake of the program's own declarations. */
static bool is_declared_well(const calx_app *app)
{
    if (app->error.code != CALX_OK)
        fprintf(stderr, "%s: %s\n", app->name, app->error.message);
    return app->error.code == CALX_OK;
}

static int run_command(calx_app *app, sources *from)
{
    const calx__cli_arguments *arguments = from->arguments;
    calx__cli cli = {.app = app,
                     .operands = arguments->operands,
                     .document = arguments->document,
                     .model = arguments->model};
    calx_error err = {0};
    if (arguments->entry->configured && !arguments->document) {
        app->read_config = read_config;
        app->read_context = from;
        if (read_config(from, app->config, &err) < 0) {
            fprintf(stderr, "%s\n", err.message);
            return CALX__CLI_FAILED;
        }
        calx__idempotency_configure(app);
        if (app->configure)
            app->configure(app);
        if (!is_declared_well(app))
            return CALX__CLI_FAILED;
    }
    return arguments->entry->run(&cli);
}

static int run(calx_app *app, int argc, char **argv)
{
    calx__cli_arguments arguments;
    sources from = {.app = app, .arguments = &arguments};
    int status = CALX__CLI_DONE;
    if (!calx__cli_arguments_read(app->name, argc, argv, &arguments))
        status = CALX__CLI_USAGE;
    else if (arguments.version)
        printf("%s (calx %s)\n", app->name, CALX_VERSION);
    else if (arguments.help)
        calx__cli_print_help(app->name, arguments.entry);
    else
        status = run_command(app, &from);
    app->read_config = NULL; /* a reload reads what ends here */
    calx__cli_arguments_finish(&arguments);
    return status;
}

/* ---- Standard streams ---- */

/* No database's socket may become the standard output of a program that was started without one. */
static void hold_standard_streams(void)
{
    for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; stream++)
        if (fcntl(stream, F_GETFD) < 0)
            if (open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
                return;
}

static int finish_output(const calx_app *app, int status)
{
    bool is_written = fflush(stdout) == 0 && !ferror(stdout);
    if (is_written || status != CALX__CLI_DONE)
        return status;
    fprintf(stderr, "%s: standard output cannot be written\n", app->name);
    return CALX__CLI_FAILED;
}

int calx_app_main(calx_app *app, int argc, char **argv)
{
    hold_standard_streams();
    signal(SIGPIPE, SIG_IGN);
    int status = CALX__CLI_FAILED;
    if (is_declared_well(app))
        status = finish_output(app, run(app, argc, argv));
    calx_app_destroy(app);
    return status;
}
