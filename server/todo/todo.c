/* todo.c: the Todo application. It reads like the tutorial: a model, its routes, and a main. */
#include "server/todo/todo.h"

CALX_MODEL_DEFINE(Todo, "todos", TODO)

static void todo_index(calx_request *request)
{
    calx_render(request, "index.html", "todos",
                calx_order_by(calx_request_query(request, Todo), Todo_.id));
}

static void todo_list(calx_request *request)
{
    calx_reply_all(request, calx_order_by(calx_request_query(request, Todo), Todo_.id));
}

static void todo_create(calx_request *request)
{
    Todo *todo = Todo_new(calx_request_session(request)); /* inserted by the commit */

    todo_backend_defaults(request, todo);
    calx_request_read_json(request, todo);
    calx_request_commit(request);
    calx_reply(request, todo);
}

static void todo_read(calx_request *request)
{
    calx_reply(request, calx_get_or_404(request, Todo, calx_request_int(request, "id")));
}

static void todo_update(calx_request *request)
{
    Todo *todo = calx_get_or_404(request, Todo, calx_request_int(request, "id"));

    calx_request_read_json(request, todo);
    calx_request_commit(request); /* writes the changed columns only */
    calx_reply(request, todo);
}

static void todo_delete(calx_request *request)
{
    int64_t id = calx_request_int(request, "id");

    calx_query_delete(calx_filter(calx_request_query(request, Todo), EQUAL(Todo_.id, id)));
    calx_request_commit(request);
    calx_reply_empty(request);
}

int main(int argc, char **argv)
{
    calx_app *app = calx_app_create("todo", "config/default.conf", "TODO_SETTINGS");

    calx_app_model(app, &Todo_model);
    calx_app_route(app, "GET", "/", todo_index);
    calx_app_route(app, "GET", "/todos/", todo_list);
    calx_app_route_repeatable(app, "POST", "/todos/", todo_create);
    calx_app_route(app, "GET", "/todos/<int:id>", todo_read);
    calx_app_route_repeatable(app, "PUT PATCH", "/todos/<int:id>", todo_update);
    calx_app_route_repeatable(app, "DELETE", "/todos/<int:id>", todo_delete);

    calx_app_file(app, "/static/lib/jquery.js", "/usr/share/javascript/jquery/jquery.min.js");
    calx_app_file(app, "/static/lib/underscore.js",
                  "/usr/share/javascript/underscore/underscore.min.js");
    calx_app_file(app, "/static/lib/backbone.js", "/usr/share/javascript/backbone/backbone.min.js");

    calx_app_setting(app, "TODO_BACKEND", "False",
                     "the public Todo-Backend behaviour; opens the API to every web site");
    calx_app_configure(app, todo_backend_configure);
    return calx_app_main(app, argc, argv);
}
