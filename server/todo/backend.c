/*
 * backend.c: the public Todo-Backend behaviour (https://www.todobackend.com/specs/): scripts of
 * every site may use the API, each todo has its own absolute url, and the whole list can be
 * deleted.
 */
#include "server/todo/todo.h"

static void todo_write_url(void *context, const calx_model *model, const void *record,
                           calx_buffer *out)
{
    const Todo *todo = record;
    calx_buffer url = {0};

    (void)model;
    calx_buffer_append_format(&url, "%s/todos/%d", calx_request_origin(context), todo->id);
    calx_buffer_append_string(out, ",\"url\":");
    calx_json_write_string(out, (calx_text){url.data, url.length});
    out->failed |= url.failed;
    calx_buffer_finish(&url);
}

static void todo_clear(calx_request *request)
{
    calx_query_delete(calx_request_query(request, Todo));
    calx_request_commit(request);
    calx_reply_empty(request);
}

void todo_backend_configure(calx_app *app)
{
    if (!calx_app_setting_boolean(app, "TODO_BACKEND"))
        return;
    calx_app_allow_origins(app);
    calx_app_json_members(app, &Todo_model, todo_write_url);
    calx_app_route(app, "DELETE", "/todos/", todo_clear);
}

void todo_backend_defaults(calx_request *request, Todo *todo)
{
    if (calx_app_setting_boolean(calx_request_app(request), "TODO_BACKEND"))
        todo->completed = (calx_boolean_or_null){.value = false};
}
