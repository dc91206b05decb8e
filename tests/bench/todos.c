/*
 * todos.c: the Todo application as somebody would write it by hand, bench_todos WORKERS PORT: h2o
 * with one loop, and the client library on the table of the application, whose URL is
 * CALX_TEST_URI. The loop itself asks the database when there are no workers, else so many threads
 * do, each with a connection of its own. Each POST commits by itself.
 */
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <h2o.h>
#include <jansson.h>

#include "tests/bench/floor.h"
#include "tests/bench/listen.h"
#include "tests/bench/page.h"

#define ROWS_MAX 1000 /* of the page */
#define WORKERS_MAX 64
#define KEPT_BYTES                                                                                 \
    (64 * 1024 * 1024) /* by malloc: the memory of a page is used for the next one                 \
                        */

typedef enum job_kind { JOB_PAGE, JOB_GET, JOB_POST } job_kind;

typedef struct job {
    h2o_multithread_message_t message; /* back to the loop */
    struct job *next;
    h2o_req_t *request;
    job_kind kind;
    bench_row row;
    bench_text answer; /* freed when it was sent */
} job;

static h2o_context_t context;
static h2o_accept_ctx_t accept_context;
static h2o_multithread_receiver_t done;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER;
static job *first;
static job **end = &first;

static bench_floor *loop_floor; /* NULL: there are workers */

_Noreturn void bench_die(const char *what, const char *why)
{
    fprintf(stderr, "bench_todos: %s: %s\n", what, why);
    exit(1);
}

/* ---- Work ---- */

static void work(bench_floor *floor, bench_row *rows, job *to)
{
    if (to->kind == JOB_PAGE) {
        bench_page_write(&to->answer, rows, floor->load(floor, INT32_MAX, rows, ROWS_MAX));
        return;
    }
    if (to->kind == JOB_POST)
        floor->insert(floor, &to->row);
    else if (floor->get(floor, to->row.id, &to->row) != 1)
        bench_die("get", "no such row");
    bench_row_write(&to->answer, &to->row);
}

static void answer(job *from)
{
    h2o_req_t *request = from->request;
    h2o_iovec_t body = h2o_strdup(&request->pool, from->answer.data, (size_t)from->answer.length);
    static h2o_generator_t generator = {NULL, NULL};
    request->res.status = 200;
    request->res.reason = "OK";
    request->res.content_length = body.len;
    h2o_add_header(&request->pool, &request->res.headers, H2O_TOKEN_CONTENT_TYPE, NULL,
                   from->kind == JOB_PAGE ? "text/html; charset=utf-8" : "application/json",
                   from->kind == JOB_PAGE ? strlen("text/html; charset=utf-8")
                                          : strlen("application/json"));
    h2o_start_response(request, &generator);
    h2o_send(request, &body, 1, H2O_SEND_STATE_FINAL);
    free(from->answer.data);
    free(from);
}

/* ---- Workers ---- */

static void *worker_main(void *floor)
{
    bench_row *rows = calloc(ROWS_MAX, sizeof *rows);
    if (!rows)
        bench_die("worker", "out of memory");
    for (;;) {
        pthread_mutex_lock(&mutex);
        while (!first)
            pthread_cond_wait(&filled, &mutex);
        job *taken = first;
        first = taken->next;
        if (!first)
            end = &first;
        pthread_mutex_unlock(&mutex);
        work(floor, rows, taken);
        h2o_multithread_send_message(&done, &taken->message);
    }
}

static void on_done(h2o_multithread_receiver_t *receiver, h2o_linklist_t *messages)
{
    (void)receiver;
    while (!h2o_linklist_is_empty(messages)) {
        job *finished = H2O_STRUCT_FROM_MEMBER(job, message.link, messages->next);
        h2o_linklist_unlink(&finished->message.link);
        answer(finished);
    }
}

static void hand_over(job *given)
{
    pthread_mutex_lock(&mutex);
    *end = given;
    end = &given->next;
    pthread_cond_signal(&filled);
    pthread_mutex_unlock(&mutex);
}

/* ---- Requests ---- */

static void read_row(h2o_iovec_t body, bench_row *row)
{
    json_t *json = json_loadb(body.base, body.len, 0, NULL);
    const json_t *title = json_object_get(json, "title");
    if (!json_is_string(title) || json_string_length(title) >= sizeof row->title)
        bench_die("POST", "no title");
    row->title_length = json_string_length(title);
    memcpy(row->title, json_string_value(title), row->title_length);
    row->order = (int32_t)json_integer_value(json_object_get(json, "order"));
    row->completed = json_is_true(json_object_get(json, "completed"));
    json_decref(json);
}

static int on_request(h2o_handler_t *handler, h2o_req_t *request)
{
    static bench_row rows[ROWS_MAX];
    job *made = calloc(1, sizeof *made);
    (void)handler;
    if (!made)
        bench_die("request", "out of memory");
    made->request = request;
    if (h2o_memis(request->method.base, request->method.len, H2O_STRLIT("POST"))) {
        made->kind = JOB_POST;
        read_row(request->entity, &made->row);
    } else if (request->path.len > strlen("/todos/")) {
        made->kind = JOB_GET;
        made->row.id = atoi(request->path.base + strlen("/todos/"));
    }
    if (!loop_floor) {
        hand_over(made);
        return 0;
    }
    work(loop_floor, rows, made);
    answer(made);
    return 0;
}

static void on_accept(h2o_socket_t *listener, const char *error)
{
    h2o_socket_t *client;

    if (!error && (client = h2o_evloop_socket_accept(listener)) != NULL)
        h2o_accept(&accept_context, client);
}

/* ---- Start ---- */

static bench_floor *open_floor(const char *text)
{
    calx_url *url = NULL;
    calx_error err = {0};
    if (calx_url_parse(text, strlen(text), &url, &err))
        bench_die("url", err.message);
    bench_floor *floor = !strncmp(text, "sqlite", 6)        ? bench_floor_open_sqlite(url)
                         : !strncmp(text, "postgresql", 10) ? bench_floor_open_postgresql(url)
                                                            : bench_floor_open_mysql(url);
    calx_url_destroy(url);
    return floor;
}

int main(int argc, char **argv)
{
    static h2o_globalconf_t config;
    const char *url = getenv("CALX_TEST_URI");
    int workers = url && argc == 3 ? atoi(argv[1]) : -1;
    pthread_t thread;

    if (workers < 0 || workers > WORKERS_MAX) {
        fputs("usage: CALX_TEST_URI=URL bench_todos WORKERS PORT\n", stderr);
        return 2;
    }
    mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
    mallopt(M_MMAP_THRESHOLD, KEPT_BYTES);
    signal(SIGPIPE, SIG_IGN);
    bench_page_read_template();
    h2o_config_init(&config);
    h2o_hostconf_t *host =
        h2o_config_register_host(&config, h2o_iovec_init(H2O_STRLIT("default")), 65535);
    h2o_create_handler(h2o_config_register_path(host, "/", 0), sizeof(h2o_handler_t))->on_req =
        on_request;
    h2o_context_init(&context, h2o_evloop_create(), &config);
    h2o_multithread_register_receiver(context.queue, &done, on_done);
    accept_context = (h2o_accept_ctx_t){.ctx = &context, .hosts = config.hosts};
    if (workers == 0)
        loop_floor = open_floor(url);
    for (int i = 0; i < workers; i++)
        if (pthread_create(&thread, NULL, worker_main, open_floor(url)) != 0)
            bench_die("worker", "no thread");

    h2o_socket_t *listener =
        h2o_evloop_socket_create(context.loop, bench_listen(argv[2]), H2O_SOCKET_FLAG_DONT_READ);
    h2o_socket_read_start(listener, on_accept);
    while (h2o_evloop_run(context.loop, INT32_MAX) == 0 || errno == EINTR)
        continue;
    return 1;
}
