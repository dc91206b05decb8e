/* serve.c: from a configuration to a running server: engine, tables, templates, listener. */
#include "server/web/request.h"

#include <errno.h>
#include <ftw.h>
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <calx/schema.h>

/* Nothing is served and no signal is heard before the first try has ended, so it is short. What is
 * a file here answers as soon as this machine has the time: a corrupt one is not to be served. */
#define FIRST_TRY_MS 500
#define FIRST_TRY_FILE_MS 5000

/* ---- The database ---- */

struct calx_app_tables {
    _Atomic bool created;
};

int calx__app_tables(calx_app *app, int64_t deadline_us, calx_error *err)
{
    if (atomic_load_explicit(&app->tables->created, memory_order_acquire))
        return 0;
    int code = calx_create_all(app->engine, app->models, app->model_count, deadline_us, err);
    if (code == 0)
        atomic_store_explicit(&app->tables->created, true, memory_order_release);
    return code;
}

void calx__app_tables_forget(calx_app *app)
{
    atomic_store_explicit(&app->tables->created, false, memory_order_release);
}

static void echo(void *context, const calx_event *event)
{
    char line[4096];
    (void)context;
    calx_event_format(event, line, sizeof line);
    calx__log("%s", line);
}

/* Values are nobody's business but the database's. */
static void report_slow(void *context, const calx_event *event)
{
    char line[4096];
    const calx_app *app = context;
    if (event->kind != CALX_EVENT_STATEMENT || event->duration_us < app->live.slow_statement_us)
        return;
    calx_event masked = *event;
    masked.bind_count = 0;
    calx_event_format(&masked, line, sizeof line);
    calx__log("slow statement, %.1fms, %" PRId64 " rows: %s", (double)event->duration_us / 1000.0,
              event->rows, line);
}

/* THROWAWAY: a private database in a folder of its own, which calx__app_engine_close removes. *url
 * is freed by the caller. */
static int make_throwaway(calx_app *app, char **url, calx_error *err)
{
    const char *parent = getenv("TMPDIR");
    if (parent == NULL || parent[0] == '\0')
        parent = "/tmp";
    char *folder = NULL;
    if (asprintf(&folder, "%s/%s-XXXXXX", parent, app->name) < 0)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    if (mkdtemp(folder) == NULL) {
        free(folder);
        return calx_error_set(err, CALX_ERROR_CONFIG, "THROWAWAY: no folder can be made in %s",
                              parent);
    }
    app->throwaway = folder;
    if (asprintf(url, "sqlite:///%s/throwaway.db", folder) < 0) {
        *url = NULL;
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    }
    return 0;
}

int calx__app_engine(calx_app *app, calx_error *err)
{
    char *throwaway_url = NULL;
    const char *url = calx__config_text(app->config, "SQLALCHEMY_DATABASE_URI");
    calx_engine_options options;
    int code = calx__config_engine_options(app->config, &options, err);
    if (code == 0 && calx__config_boolean(app->config, "THROWAWAY")) {
        code = make_throwaway(app, &throwaway_url, err);
        url = throwaway_url;
    }
    if (code == 0 && url == NULL)
        code = calx_error_set(err, CALX_ERROR_URL, "no database is named");
    if (code == 0)
        code = calx_engine_create(url, &options, &app->engine, err);
    if (code == 0 && calx__config_boolean(app->config, "SQLALCHEMY_ECHO"))
        code = calx_engine_listen(app->engine, echo, NULL, err);
    if (code == 0)
        code = calx_engine_listen(app->engine, report_slow, app, err);
    if (code == 0 && app->metrics != NULL)
        code = calx_engine_listen(app->engine, calx__metrics_event, app->metrics, err);
    const char *replica = calx__config_text(app->config, "SQLALCHEMY_REPLICA_URI");
    app->has_replica = replica != NULL && throwaway_url == NULL;
    if (code == 0 && app->has_replica)
        code = calx_engine_set_replica(app->engine, replica, err);
    free(throwaway_url);
    return code;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

void calx__app_engine_close(calx_app *app)
{
    calx_engine_destroy(app->engine);
    app->engine = NULL;
    if (app->throwaway != NULL)
        nftw(app->throwaway, remove_entry, 4, FTW_DEPTH | FTW_PHYS);
    free(app->throwaway);
    app->throwaway = NULL;
}

/* ---- Files ---- */

char *calx__app_folder(const calx_app *app, const char *part)
{
    static const char *const places[] = {"share", "../share"};
    char self[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length < 0)
        return NULL;
    self[length] = '\0';
    const char *folder = dirname(self);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        char path[PATH_MAX];
        int written =
            snprintf(path, sizeof path, "%s/%s/%s/%s", folder, places[i], app->name, part);
        if (written > 0 && (size_t)written < sizeof path && access(path, R_OK) == 0)
            return realpath(path, NULL);
    }
    return NULL;
}

/* ---- Serving ---- */

#define HEADER(header_name, header_value)                                                          \
    {                                                                                              \
        .name = {header_name, sizeof(header_name) - 1}, .value = {                                 \
            header_value,                                                                          \
            sizeof(header_value) - 1                                                               \
        }                                                                                          \
    }

/* The last one is for applications that allow other origins only. */
static const calx_http_header common_headers[] = {
    HEADER("x-content-type-options", "nosniff"),
    HEADER("content-security-policy",
           "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
    HEADER("referrer-policy", "same-origin"),
    HEADER("access-control-allow-origin", "*"),
};

static int threads_default(void)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return cores > 0 ? (int)cores : 1;
}

static calx_http_options http_options(calx_app *app)
{
    const calx_config *config = app->config;
    int64_t operations_port = calx__config_integer(config, "OPERATIONS_PORT", -1);
    size_t headers = sizeof common_headers / sizeof *common_headers;
    return (calx_http_options){
        .host = calx__config_text(config, "HOST"),
        .port = (int)calx__config_integer(config, "PORT", 0),
        .operations_host =
            operations_port < 0 ? NULL : calx__config_text(config, "OPERATIONS_HOST"),
        .operations_port = (int)operations_port,
        .threads = (int)calx__config_integer(config, "THREADS", threads_default()),
        .fibers = (int)calx__config_integer(config, "FIBERS", 1),
        .workers = (int)calx__config_integer(config, "WORKERS", 1),
        .body_max = (size_t)calx__config_integer(config, "MAX_CONTENT_LENGTH", 0),
        .connections_max = (size_t)calx__config_integer(config, "MAX_CONNECTIONS", 1),
        .requests_waiting_max = (size_t)calx__config_integer(config, "MAX_WAITING_REQUESTS", 1),
        .http2 = calx__config_boolean(config, "HTTP2"),
        .http2_handlers_max = (size_t)calx__config_integer(config, "HTTP2_HANDLERS", 1),
        .gzip_min_size = (size_t)calx__config_integer(config, "GZIP_MIN_SIZE", 0),
        .answers_bytes_max = CALX_HTTP_ANSWERS_BYTES_MAX,
        .request_timeout_ms = calx__config_milliseconds(config, "REQUEST_TIMEOUT"),
        .answer_timeout_ms = calx__config_milliseconds(config, "ANSWER_TIMEOUT"),
        .write_timeout_ms = calx__config_milliseconds(config, "WRITE_TIMEOUT"),
        .shutdown_timeout_ms = calx__config_milliseconds(config, "SHUTDOWN_TIMEOUT"),
        .mounts = app->mounts,
        .mount_count = app->mount_count,
        .mount_cache_control = "no-cache",
        .common_headers = common_headers,
        .common_header_count = app->allow_origins ? headers : headers - 1,
    };
}

/* A database that is away is tried again by every request; one that cannot be right is said now. */
static int create_tables_first(calx_app *app, calx_error *err)
{
    calx_error own = {0};
    bool is_file = calx_engine_can(app->engine, CALX_CAPABILITY_ONE_WRITER);
    int limit_ms = is_file ? FIRST_TRY_FILE_MS : FIRST_TRY_MS;
    if (calx__app_tables(app, calx_deadline_in_ms(limit_ms), &own) == 0)
        return 0;
    if (own.code == CALX_ERROR_CORRUPT || own.code == CALX_ERROR_URL ||
        own.code == CALX_ERROR_DRIVER || own.code == CALX_ERROR_MODEL) {
        *err = own;
        return own.code;
    }
    calx__log("the database is not available yet: %s", own.message);
    return 0;
}

/* Which key an address that cannot be used is from. */
static const char *address_key(const char *message)
{
    size_t prefix = strlen(CALX_HTTP_OPERATIONS_PREFIX ": ");
    if (strncmp(message, CALX_HTTP_OPERATIONS_PREFIX ": ", prefix) != 0)
        return strncmp(message, "host ", 5) == 0 ? "HOST" : "PORT";
    return strncmp(message + prefix, "host ", 5) == 0 ? "OPERATIONS_HOST" : "OPERATIONS_PORT";
}

/* The address is taken before the database is asked, so that a port in use is found out at once. */
static int listen_on_address(calx_app *app, calx_http_server **server, calx_error *err)
{
    calx_http_options options = http_options(app);
    calx_http_handler handler = {.context = app,
                                 .admit = calx__request_admit,
                                 .run = calx__request_run,
                                 .log = calx__request_log,
                                 .turn = calx__log_turn,
                                 .hang_up = calx__app_reload};
    int code = calx__http_create(&options, &handler, server, err);
    if (code == CALX_ERROR_CONFIG)
        calx__config_blame(app->config, address_key(err->message), err);
    app->server = *server;
    return code < 0 ? code : calx__app_certify(app, app->config, err);
}

static int run(calx_app *app, calx_http_server *server, void (*ready)(calx_app *app, int port),
               calx_error *err)
{
    app->port = calx__http_port(server);
    if (calx__config_integer(app->config, "OPERATIONS_PORT", -1) >= 0)
        calx__log("health and metrics are at port %d", calx__http_operations_port(server));
    ready(app, app->port);
    return calx__http_run(server, err);
}

static int make_metrics(calx_app *app, calx_error *err)
{
    if (!calx__config_boolean(app->config, "METRICS"))
        return 0;
    app->metrics = calx__metrics_create(app->router);
    return app->metrics ? 0 : calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
}

/* Such a path is 404 later, and nobody would know why the page is broken. */
static void report_missing_files(const calx_app *app)
{
    for (size_t i = 0; i < app->mount_count; i++)
        if (access(app->mounts[i].path, R_OK) < 0)
            calx__log("%s cannot be served: %s: %s", app->mounts[i].prefix, app->mounts[i].path,
                      strerror(errno));
}

int calx__app_serve(calx_app *app, void (*ready)(calx_app *app, int port), calx_error *err)
{
    struct calx_app_tables tables = {.created = false};
    calx_http_server *server = NULL;
    char *templates = calx__app_folder(app, "templates");
    char *files = calx__app_folder(app, "static");
    calx__http_block_signals();
    app->tables = &tables;
    int code = calx__app_settle(app, app->config, err);
    if (files != NULL)
        app->mounts[app->mount_count++] = (calx_http_mount){.prefix = "/static/", .path = files};
    report_missing_files(app);
    if (code == 0)
        code = calx__templates_load(templates, &app->templates, err);
    if (code == 0)
        code = listen_on_address(app, &server, err);
    if (code == 0)
        code = make_metrics(app, err);
    if (code == 0)
        code = calx__app_engine(app, err);
    if (code == 0)
        code = create_tables_first(app, err);
    if (code == 0)
        code = run(app, server, ready, err);
    calx__http_destroy(server);
    calx__app_engine_close(app);
    calx__metrics_destroy(app->metrics);
    app->metrics = NULL;
    app->server = NULL;
    calx__templates_destroy(app->templates);
    app->templates = NULL;
    app->tables = NULL;
    free(templates);
    free(files);
    return code;
}
