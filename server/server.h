/*
 * server.h: an application over HTTP. Declare models, routes and handlers, and calx_app_main does
 * the rest: the command line, the configuration, the database and the server.
 *
 * A handler is a plain function that reads top to bottom and looks blocking. Requests are sticky as
 * sessions are: after the first failure (no such row, a wrong JSON type, a lost database) the calls
 * that follow do nothing, and the server answers with that failure. Answers are kept until the
 * handler has ended.
 */
#ifndef CALX_SERVER_H
#define CALX_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include <calx/api.h>
#include <calx/json.h>
#include <calx/session.h>

typedef struct calx_app calx_app;
typedef struct calx_request calx_request;

typedef void calx_handler(calx_request *request);

/* ---- The application ---- */

#define CALX_APP_ROUTES_MAX 256
#define CALX_APP_MODELS_MAX 256
#define CALX_APP_MOUNTS_MAX 32
#define CALX_APP_SETTINGS_MAX 32

/*
 * name: "todo"; in capitals and with a _ it begins the environment's names of keys (TODO_PORT).
 * config_file is read when --config names no other, relative to the working directory;
 * settings_variable names a variable of the environment that names a second file. The strings must
 * outlive the application. Out of memory ends the process: nothing is served yet.
 */
CALX_API calx_app *calx_app_create(const char *name, const char *config_file,
                                   const char *settings_variable);

/* Accepts NULL. calx_app_main calls it. */
CALX_API void calx_app_destroy(calx_app *app);

/* Adds a model: its table is created by serve and `db create`. */
CALX_API void calx_app_model(calx_app *app, const calx_model *model);

/*
 * Adds a route: methods separated by blanks, "PUT PATCH"; GET answers HEAD too. A pattern is a path
 * with parameters `<int:name>`, decimal digits that fit an int64. Wrong patterns and too many
 * routes are errors of calx_app_main.
 */
CALX_API void calx_app_route(calx_app *app, const char *methods, const char *pattern,
                             calx_handler *handler);

/*
 * The same for a handler that may run more than once for one request: whatever it does, it does in
 * the request's session. When the database asks for it (a serialization failure, a deadlock, a
 * connection lost before the commit) it runs again from its beginning, in an empty session, until
 * the request's time is up. Routes of GET alone are so anyway.
 */
CALX_API void calx_app_route_repeatable(calx_app *app, const char *methods, const char *pattern,
                                        calx_handler *handler);

/*
 * Adds a route of GET that reads on the replica, where SQLALCHEMY_REPLICA_URI names one. It sees
 * what its client has written before (by a cookie, calx_position), and of others what the replica
 * has got by then. When the replica is away, behind or fails, the handler runs on the database
 * itself.
 */
CALX_API void calx_app_route_on_replica(calx_app *app, const char *pattern, calx_handler *handler);

/* Serves one more file under a path, "/static/lib/jquery.js": of another package, by its absolute
 * name. */
CALX_API void calx_app_file(calx_app *app, const char *path, const char *file);

/*
 * Adds a key to the configuration, which then may stand in files, environment and --set. standard
 * is a literal ("False"); text is its documentation.
 */
CALX_API void calx_app_setting(calx_app *app, const char *key, const char *standard,
                               const char *text);

/* The value of a boolean key, one of calx's or of the application's. After the configuration was
 * read. */
CALX_API bool calx_app_setting_boolean(const calx_app *app, const char *key);

/* configure is called when the configuration has been read, and before anything else: to add routes
 * that depend on it. */
CALX_API void calx_app_configure(calx_app *app, void (*configure)(calx_app *app));

/* Lets scripts of every web site use the API: CORS headers on every answer. */
CALX_API void calx_app_allow_origins(calx_app *app);

/* Called for every object of the model that a reply writes, before its closing brace; context is
 * the request. */
CALX_API void calx_app_json_members(calx_app *app, const calx_model *model,
                                    calx_json_member_writer *writer);

/* The command line: serve, routes, config, db, drivers. Returns the exit status, and has destroyed
 * the application. */
CALX_API int calx_app_main(calx_app *app, int argc, char **argv);

/* ---- The request ---- */

/* The application that the route belongs to. */
CALX_API calx_app *calx_request_app(const calx_request *request);

/* The session of the request; ended with it. Never NULL. */
CALX_API calx_session *calx_request_session(calx_request *request);

/* A query of the request's session: calx_request_query(request, Todo) */
#define calx_request_query(request, Model) calx_query_of(calx_request_session(request), Model)

/* An integer parameter of the route's pattern. An assert if the pattern has none of that name. */
CALX_API int64_t calx_request_int(const calx_request *request, const char *name);

/* "http://127.0.0.1:8000": what the client called this server. Lent until the request ends. */
CALX_API const char *calx_request_origin(calx_request *request);

/* Reads the body, one JSON object, into an object of the session (calx_json_read): 400 and nothing
 * stored on a wrong type. */
CALX_API void calx_request_read_json(calx_request *request, void *object);

/* Commits the session: 409, 503, 507 … come from its error. */
CALX_API void calx_request_commit(calx_request *request);

/* Fails the request with this status and message, unless it has failed already. */
CALX_API void calx_request_fail(calx_request *request, int status, const char *format, ...)
    CALX_PRINTF(3, 4);

/*
 * The object with this primary key, or 404: then it is the session's scratch object, writable and
 * never flushed. 412 if the model has a VERSION and the request an If-Match that does not name it;
 * the commit asks again, so that nobody else's change is overwritten.
 */
#define calx_get_or_404(request, Model, ...)                                                       \
    ((Model *)calx__request_get((request), &Model##_model, CALX__KEY(__VA_ARGS__)))

/* ---- The answer: the last one counts; none at all is 500, and so is one that is too large ---- */

#define CALX_ANSWER_BYTES_MAX (64 * 1024 * 1024)

/* 200 and the object as JSON; the ETag is the VERSION of its model, if that has one. */
CALX_API void calx_reply(calx_request *request, const void *object);

/* 200 and {}. */
CALX_API void calx_reply_empty(calx_request *request);

/* 200 and the rows of a query as a JSON array, straight from the rows. */
#define calx_reply_all(request, typed) calx__reply_all((request), (typed)->query)

/*
 * 200 and a page: the template of this name (Mustache, in the application's folder templates), in
 * which {{{name}}} is the query's rows as a JSON array that is safe inside <script
 * type="application/json">, straight from the rows.
 */
#define calx_render(request, template_name, name, typed)                                           \
    calx__render((request), (template_name), (name), (typed)->query)

CALX_API void *calx__request_get(calx_request *request, const calx_model *model,
                                 const calx_value *key, size_t count);
CALX_API void calx__reply_all(calx_request *request, calx_query *query);
CALX_API void calx__render(calx_request *request, const char *template_name, const char *name,
                           calx_query *query);

#endif
