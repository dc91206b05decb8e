/*
 * app.h: the inside of an application, shared by web/ and cli/. Private to the server.
 */
#ifndef CALX_SERVER_WEB_APP_H
#define CALX_SERVER_WEB_APP_H

#include <stdatomic.h>

#include <calx/engine.h>
#include <calx/server.h>

#include "server/http/http.h"
#include "server/web/config.h"
#include "server/web/log.h"
#include "server/web/metrics.h"
#include "server/web/router.h"

typedef struct calx_app_json {
    const calx_model *model;
    calx_json_member_writer *writer;
} calx_app_json;

/* Reads all layers of the configuration into one that nothing was read into yet. */
typedef int calx__config_reader(void *context, calx_config *config, calx_error *err);

struct calx_app {
    const char *name;
    const char *config_file;
    const char *settings_variable;
    calx_error error; /* the first mistake of the declarations: calx_app_main prints it */
    calx_config *config;
    calx__config_reader *read_config; /* what the command line does; NULL where nothing is read */
    void *read_context;
    void (*configure)(calx_app *app);
    bool allow_origins;
    int64_t
        idempotency_ttl_us; /* how long answers are kept for their Idempotency-Key; 0: none is */
    const calx_model *models[CALX_APP_MODELS_MAX];
    size_t model_count;
    calx_http_mount mounts[CALX_APP_MOUNTS_MAX];
    size_t mount_count;
    calx_app_json json[CALX_APP_MODELS_MAX];
    size_t json_count;
    calx_router *router;
    /* while it serves */
    struct {
        _Atomic bool debug;
        _Atomic int64_t slow_statement_us; /* INT64_MAX: none is slow */
    } live;                                /* what SIGHUP may change (reload.c) */
    int port;
    calx_engine *engine;
    bool has_replica;
    char *throwaway;                /* the folder of a private database, or NULL */
    struct calx_app_tables *tables; /* are they there yet? */
    struct calx_templates *templates;
    calx_http_server *server;
    calx__metrics *metrics; /* NULL: nothing is counted */
};

/*
 * Serves with the configuration that is in force: makes the engine, tries to create the tables (an
 * unreachable database is tried again by the requests), listens, calls ready with the port, and
 * returns when it was stopped by a signal. All files are found from the executable
 * (calx__app_folder).
 */
int calx__app_serve(calx_app *app, void (*ready)(calx_app *app, int port), calx_error *err);

/*
 * app->engine from the configuration; calx__app_engine_close after success and failure. Echo is on
 * if SQLALCHEMY_ECHO is; THROWAWAY makes a private database, which close removes.
 */
int calx__app_engine(calx_app *app, calx_error *err);
void calx__app_engine_close(calx_app *app);

/* Brings into force what may change while it serves. CALX_ERROR_CONFIG: the log's file or format.
 */
int calx__app_settle(calx_app *app, const calx_config *config, calx_error *err);

/* Brings certificate and key into force, where they are set. CALX_ERROR_CONFIG. */
int calx__app_certify(calx_app *app, const calx_config *config, calx_error *err);

/* Reads the configuration once more, and opens the log anew: SIGHUP. The argument is the app. What
 * is wrong goes to the log, and nothing has changed then. */
void calx__app_reload(void *app);

/* share/NAME/part beside the executable, or in its prefix; NULL if it is not there. The caller
 * frees it. */
char *calx__app_folder(const calx_app *app, const char *part);

#endif
