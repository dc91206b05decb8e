/*
 * app.h: the inside of an application, shared by web/ and cli/. Private to the server.
 */
#ifndef CALX_SERVER_WEB_APP_H
#define CALX_SERVER_WEB_APP_H

#include <calx/engine.h>
#include <calx/server.h>

#include "server/http/http.h"
#include "server/web/config.h"
#include "server/web/router.h"

typedef struct calx_app_json {
    const calx_model *model;
    calx_json_member_writer *writer;
} calx_app_json;

struct calx_app {
    const char *name;
    const char *config_file;
    const char *settings_variable;
    calx_error error; /* the first mistake of the declarations: calx_app_main prints it */
    calx_config *config;
    void (*configure)(calx_app *app);
    bool allow_origins;
    const calx_model *models[CALX_APP_MODELS_MAX];
    size_t model_count;
    calx_http_mount mounts[CALX_APP_MOUNTS_MAX];
    size_t mount_count;
    calx_app_json json[CALX_APP_MODELS_MAX];
    size_t json_count;
    calx_router *router;
    /* while it serves */
    int port;
    calx_engine *engine;
    char *throwaway;                /* the folder of a private database, or NULL */
    struct calx_app_tables *tables; /* are they there yet? */
    struct calx_templates *templates;
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

/* share/NAME/part beside the executable, or in its prefix; NULL if it is not there. The caller
 * frees it. */
char *calx__app_folder(const calx_app *app, const char *part);

/* One line to stderr, the way the log does it; thread-safe. */
void calx__log(const char *format, ...) CALX_PRINTF(1, 2);

/* From now on this thread's lines are gathered, and written by each call of this. */
void calx__log_turn(void *context);

#endif
