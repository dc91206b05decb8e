/* operations.c: what those who run the server ask of it: is it alive, is it ready, what has it
 * done? */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "server/web/request.h"

/* A probe gives up long before a client would. */
#define READY_TIMEOUT_MS 2000

/* ---- Alive, ready ---- */

static void answer_status(calx_http_exchange *exchange, const char *status)
{
    calx_buffer_append_format(&exchange->answer, "{\"status\":\"%s\"}", status);
    calx__http_answer_header(exchange, "content-type", "application/json");
    calx__http_answer_header(exchange, "cache-control", "no-store");
}

/* Reads a table: a node of a cluster that has lost its quorum still answers SELECT 1. */
static void touch_table(calx_request *request)
{
    const calx_app *app = request->app;
    calx_session *session = calx_request_session(request);
    int64_t deadline_us = calx_deadline_in_ms(READY_TIMEOUT_MS);
    if (deadline_us < request->exchange->deadline_us)
        calx_session_set_deadline(session, deadline_us);
    calx_query *query = *(calx_query **)calx__query_create(session, app->models[0], NULL);
    calx__query_limit(query, 1);
    calx__query_count(query);
}

static void ready(calx_request *request)
{
    if (request->app->model_count > 0)
        touch_table(request);
    else if (calx_engine_check(request->app->engine, &request->error) < 0)
        return;
    if (calx__request_failed(request))
        return;
    answer_status(request->exchange, "ready");
    request->replied = true;
}

/* ---- What it has done ---- */

static double seconds_of(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static size_t count_descriptors(void)
{
    size_t count = 0;
    DIR *folder = opendir("/proc/self/fd");
    while (folder != NULL && readdir(folder) != NULL)
        count++;
    if (folder != NULL)
        closedir(folder);
    return count > 3 ? count - 3 : 0; /* ".", ".." and the folder's own */
}

static double resident_bytes(void)
{
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL)
        return 0;
    if (fscanf(file, "%*u %lu", &pages) != 1)
        pages = 0;
    fclose(file);
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static void write_process(calx_buffer *out)
{
    struct rusage usage = {0};
    getrusage(RUSAGE_SELF, &usage);
    calx__metrics_write_value(out, "process_cpu_seconds_total", "counter",
                              "Time on processors, user and system.",
                              seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime));
    calx__metrics_write_value(out, "process_resident_memory_bytes", "gauge", "Memory in use.",
                              resident_bytes());
    calx__metrics_write_value(out, "process_open_fds", "gauge", "Open file descriptors.",
                              (double)count_descriptors());
}

static void write_load(const calx_app *app, calx_buffer *out)
{
    calx_http_load load = calx__http_load(app->server);
    calx_pool_status pool = calx_engine_pool(app->engine);
    calx__metrics_write_value(out, "calx_http_connections", "gauge", "Open connections of clients.",
                              (double)load.connections);
    calx__metrics_write_value(out, "calx_http_requests_running", "gauge",
                              "Requests whose handler has begun.", (double)load.running);
    calx__metrics_write_value(out, "calx_http_requests_waiting", "gauge",
                              "Requests that wait for a handler to end.", (double)load.waiting);
    calx__metrics_write_value(out, "calx_pool_connections_held", "gauge",
                              "Connections to the database in use.", (double)pool.held);
    calx__metrics_write_value(out, "calx_pool_connections_idle", "gauge",
                              "Connections to the database kept open.", (double)pool.idle);
    calx__metrics_write_value(out, "calx_pool_connections_most", "gauge",
                              "Connections to the database at most.", (double)pool.most);
    calx__metrics_write_value(out, "calx_pool_waiting", "gauge",
                              "Sessions that wait for a connection.", (double)pool.waiting);
}

static void answer_metrics(const calx_app *app, calx_http_exchange *exchange)
{
    calx_buffer *out = &exchange->answer;
    calx__metrics_write(app->metrics, out);
    write_load(app, out);
    write_process(out);
    calx__http_answer_header(exchange, "content-type", "text/plain; version=0.0.4; charset=utf-8");
    calx__http_answer_header(exchange, "cache-control", "no-store");
}

/* ---- Routes ---- */

static const calx_route ready_route = {
    .methods = "GET", .pattern = "/health/ready", .handler = ready};

static bool is_path(const calx_http_exchange *exchange, const char *path)
{
    return calx_text_equal(exchange->path, calx_text_of(path));
}

const calx_route *calx__operations_route(const calx_http_exchange *exchange)
{
    return calx__http_is_read(exchange) && is_path(exchange, ready_route.pattern) ? &ready_route
                                                                                  : NULL;
}

bool calx__operations_answer(const calx_app *app, calx_http_exchange *exchange)
{
    if (!calx__http_is_read(exchange))
        return false;
    if (is_path(exchange, "/health/live"))
        answer_status(exchange, "alive");
    else if (is_path(exchange, "/metrics") && app->metrics != NULL)
        answer_metrics(app, exchange);
    else
        return false;
    return true;
}

bool calx__operations_here(const calx_app *app, const calx_http_exchange *exchange)
{
    bool own_address = calx__config_integer(app->config, "OPERATIONS_PORT", -1) >= 0;
    return exchange->operations || !own_address;
}
