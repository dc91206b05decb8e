/* database.c: `db create`, `db drop` and `db url`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <calx/schema.h>
#include <calx/url.h>

#include "server/cli/cli.h"

#define URI_KEY "SQLALCHEMY_DATABASE_URI"

/* ---- Create and drop ---- */

static char *masked(const char *text)
{
    calx_url *url;
    if (calx_url_parse(text, strlen(text), &url, NULL) < 0)
        return NULL;
    char *printed = calx_url_format_masked(url);
    calx_url_destroy(url);
    return printed;
}

char *calx__cli_database(const calx_app *app)
{
    if (app->engine)
        return calx_url_format_masked(calx_engine_url(app->engine));
    return masked(calx__config_text(app->config, URI_KEY));
}

static bool is_away(calx_error_class code)
{
    return code == CALX_ERROR_UNREACHABLE || code == CALX_ERROR_AUTHENTICATION ||
           code == CALX_ERROR_CONNECTION_LOST || code == CALX_ERROR_TIMEOUT;
}

int calx__cli_database_failed(const calx_app *app, const calx_error *err)
{
    if (err->code == CALX_ERROR_URL || err->code == CALX_ERROR_DRIVER) {
        calx_error blamed = *err;
        calx__config_blame(app->config, URI_KEY, &blamed);
        fprintf(stderr, "%s\n", blamed.message);
        return CALX__CLI_FAILED;
    }
    char *database = calx__cli_database(app);
    fprintf(stderr, "%s: %s%s: %s\n", app->name,
            is_away(err->code) ? "cannot reach the database " : "",
            database ? database : "the database", err->message);
    free(database);
    return CALX__CLI_FAILED;
}

typedef int schema_change(calx_engine *engine, const calx_model *const *models, size_t model_count,
                          int64_t deadline_us, calx_error *err);

static int change_schema(calx_app *app, schema_change *change, const char *done)
{
    calx_error err = {0};
    int status = CALX__CLI_DONE;
    if (calx__app_engine(app, &err) < 0 ||
        change(app->engine, app->models, app->model_count, CALX_NO_DEADLINE, &err) < 0) {
        status = calx__cli_database_failed(app, &err);
    } else {
        char *database = calx__cli_database(app);
        printf("%s %s\n", done, database ? database : "the database");
        free(database);
    }
    calx__app_engine_close(app);
    return status;
}

int calx__cli_db_create(calx__cli *cli)
{
    return change_schema(cli->app, calx_create_all, "the tables exist in");
}

int calx__cli_db_drop(calx__cli *cli)
{
    return change_schema(cli->app, calx_drop_all, "the tables are gone from");
}

/* ---- The parse of a URL ---- */

/* The query's keys in the order of their first value; one that is repeated has a list. */
static json_t *query_of(const calx_url *url)
{
    json_t *query = json_object();
    for (size_t i = 0; i < url->parameter_count; i++) {
        const char *name = url->parameters[i].name;
        json_t *value = json_string(url->parameters[i].value);
        json_t *before = json_object_get(query, name);
        if (!before)
            json_object_set_new(query, name, value);
        else if (json_is_array(before))
            json_array_append_new(before, value);
        else
            json_object_set_new(query, name, json_pack("[O, o]", before, value));
    }
    return query;
}

static json_t *parse_of(const calx_url *url, const char *printable)
{
    json_t *port = url->port == CALX_URL_NO_PORT ? json_null() : json_integer(url->port);
    return json_pack("{s: s, s: s?, s: s?, s: s?, s: o, s: s?, s: o, s: s}", /* */
                     "drivername", url->drivername, "username", url->username, "password",
                     url->password, "host", url->host, "port", port, "database", url->database,
                     "query", query_of(url), "masked", printable);
}

/* The password is printed: the person who asks has typed it. Errors never quote it. */
int calx__cli_db_url(calx__cli *cli)
{
    calx_url *url = NULL;
    calx_error err = {0};
    if (calx_url_parse(cli->operands[0], strlen(cli->operands[0]), &url, &err) < 0) {
        fprintf(stderr, "%s: %s\n", cli->app->name, err.message);
        return CALX__CLI_USAGE;
    }
    char *printable = calx_url_format_masked(url);
    json_t *parse = printable ? parse_of(url, printable) : NULL;
    char *text = parse ? json_dumps(parse, 0) : NULL;
    if (text)
        puts(text);
    else
        fprintf(stderr, "%s: out of memory\n", cli->app->name);
    int status = text ? CALX__CLI_DONE : CALX__CLI_FAILED;
    free(text);
    json_decref(parse);
    free(printable);
    calx_url_destroy(url);
    return status;
}
