/* app.c: what an application declares. Mistakes are kept until calx_app_main can print them. */
#include "server/web/app.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

calx_app *calx_app_create(const char *name, const char *config_file, const char *settings_variable)
{
    calx_app *app = calloc(1, sizeof *app);
    if (app != NULL) {
        app->name = name;
        app->config_file = config_file;
        app->settings_variable = settings_variable;
        app->live.slow_statement_us = INT64_MAX;
        app->config = calx__config_create(name);
        app->router = calx__router_create();
    }
    if (app == NULL || app->config == NULL || app->router == NULL) {
        fprintf(stderr, "%s: out of memory\n", name);
        exit(EXIT_FAILURE);
    }
    return app;
}

void calx_app_destroy(calx_app *app)
{
    if (app == NULL)
        return;
    calx__config_destroy(app->config);
    calx__router_destroy(app->router);
    free(app);
}

static bool has_room(calx_app *app, size_t count, size_t most, const char *what)
{
    if (count == most)
        calx_error_set(&app->error, CALX_ERROR_LIMIT, "more than %zu %s", most, what);
    return count < most;
}

void calx_app_model(calx_app *app, const calx_model *model)
{
    if (calx_model_check(model, &app->error) == 0 &&
        has_room(app, app->model_count, CALX_APP_MODELS_MAX, "models"))
        app->models[app->model_count++] = model;
}

void calx_app_route(calx_app *app, const char *methods, const char *pattern, calx_handler *handler)
{
    const calx_route route = {.methods = methods,
                              .pattern = pattern,
                              .handler = handler,
                              .repeatable = strcmp(methods, "GET") == 0};
    calx__router_add(app->router, &route, &app->error);
}

void calx_app_route_repeatable(calx_app *app, const char *methods, const char *pattern,
                               calx_handler *handler)
{
    const calx_route route = {
        .methods = methods, .pattern = pattern, .handler = handler, .repeatable = true};
    calx__router_add(app->router, &route, &app->error);
}

void calx_app_route_on_replica(calx_app *app, const char *pattern, calx_handler *handler)
{
    const calx_route route = {.methods = "GET",
                              .pattern = pattern,
                              .handler = handler,
                              .repeatable = true,
                              .on_replica = true};
    calx__router_add(app->router, &route, &app->error);
}

void calx_app_file(calx_app *app, const char *path, const char *file)
{
    if (has_room(app, app->mount_count, CALX_APP_MOUNTS_MAX - 1, "files"))
        app->mounts[app->mount_count++] = (calx_http_mount){.prefix = path, .path = file};
}

void calx_app_setting(calx_app *app, const char *key, const char *standard, const char *text)
{
    calx__config_add_key(app->config, key, standard, text, &app->error);
}

bool calx_app_setting_boolean(const calx_app *app, const char *key)
{
    return calx__config_boolean(app->config, key);
}

void calx_app_configure(calx_app *app, void (*configure)(calx_app *app))
{
    app->configure = configure;
}

void calx_app_allow_origins(calx_app *app)
{
    app->allow_origins = true;
}

void calx_app_json_members(calx_app *app, const calx_model *model, calx_json_member_writer *writer)
{
    if (has_room(app, app->json_count, CALX_APP_MODELS_MAX, "JSON writers"))
        app->json[app->json_count++] = (calx_app_json){model, writer};
}
