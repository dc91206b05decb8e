/* served.h: for the fuzzers of requests: the Todo application with all that may be turned on,
 * served in this process from a database in memory. */
#ifndef CALX_TESTS_FUZZ_SERVED_H
#define CALX_TESTS_FUZZ_SERVED_H

#include <assert.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <calx/calx.h>
#include <calx/registry.h>
#include <calx/server.h>

#include "server/web/request.h"

extern const calx_plugin calx_plugin_entry; /* of the driver sqlite3, which is linked in */

static struct {
    calx_app *app;
    int port;
    sem_t ready;
} served;

static int keep_app(calx_app *app, int argc, char **argv)
{
    (void)argc;
    (void)argv;
    served.app = app;
    return 0;
}

/* The application's own source: where it would begin to read its command line, it is kept. */
int todo_main(int argc, char **argv);
#define main todo_main
#define calx_app_main keep_app
#include "server/todo/backend.c"
#include "server/todo/todo.c"
#undef main
#undef calx_app_main

static void is_ready(calx_app *app, int port)
{
    (void)app;
    served.port = port;
    sem_post(&served.ready);
}

static void *serve(void *nothing)
{
    calx_error err = {0};
    (void)nothing;
    if (calx__app_serve(served.app, is_ready, &err) < 0) {
        fprintf(stderr, "%s\n", err.message);
        abort();
    }
    return NULL;
}

/* Serves from the first call on, until the process ends. */
static calx_app *served_app(void)
{
    static const char *const settings[] = {
        "SQLALCHEMY_DATABASE_URI='sqlite+sqlite3:///:memory:'",
        "PORT=0",
        "THREADS=1",
        "WORKERS=1",
        "TODO_BACKEND=True",
        "IDEMPOTENCY_KEYS=True",
        "MAX_CONTENT_LENGTH=4096",
        "GZIP_MIN_SIZE=64",
        "LOG_FILE='/dev/null'",
    };
    static pthread_t thread;
    if (served.app != NULL)
        return served.app;
    assert(calx_registry_add(&calx_plugin_entry, NULL) == 0);
    todo_main(0, NULL);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        assert(calx__config_set(served.app->config, settings[i], NULL) == 0);
    calx__idempotency_configure(served.app);
    served.app->configure(served.app);
    sem_init(&served.ready, 0, 0);
    assert(pthread_create(&thread, NULL, serve, NULL) == 0);
    while (sem_wait(&served.ready) != 0)
        continue;
    return served.app;
}

/* What every input finds. */
static void served_reset(const calx_app *app)
{
    calx_session *session = calx_session_create(app->engine);
    calx_sql_execute(session, "DELETE FROM idempotency_keys");
    calx_sql_execute(session, "DELETE FROM todos");
    calx_sql_execute(session,
                     "INSERT INTO todos (id, title, completed) VALUES"
                     " (1, 'one </script>', true), (2, NULL, NULL)");
    calx_session_commit(session);
    assert(calx_session_error(session) == NULL);
    calx_session_destroy(session);
}

#endif
