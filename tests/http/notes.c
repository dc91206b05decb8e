/* notes.c: an application whose rows have a version: what the HTTP tests of ETag and If-Match
 * serve. */
#include <calx/calx.h>
#include <calx/server.h>

#define NOTE(COLUMN, Model)                                                                        \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, TEXT, body, JSON)                                                                \
    COLUMN(Model, INTEGER, version, VERSION)

CALX_MODEL_DECLARE(Note, NOTE)
CALX_MODEL_DEFINE(Note, "notes", NOTE)

static Note *note_of(calx_request *request)
{
    return calx_get_or_404(request, Note, calx_request_int(request, "id"));
}

static void note_create(calx_request *request)
{
    Note *note = Note_new(calx_request_session(request));

    calx_request_read_json(request, note);
    calx_request_commit(request);
    calx_reply(request, note);
}

static void note_read(calx_request *request)
{
    calx_reply(request, note_of(request));
}

static void note_update(calx_request *request)
{
    Note *note = note_of(request);

    calx_request_read_json(request, note);
    calx_request_commit(request);
    calx_reply(request, note);
}

static void note_delete(calx_request *request)
{
    calx_session_delete(calx_request_session(request), note_of(request));
    calx_request_commit(request);
    calx_reply_empty(request);
}

int main(int argc, char **argv)
{
    calx_app *app = calx_app_create("notes", NULL, NULL);

    calx_app_model(app, &Note_model);
    calx_app_route(app, "POST", "/notes/", note_create);
    calx_app_route_on_replica(app, "/notes/<int:id>", note_read);
    calx_app_route(app, "PATCH", "/notes/<int:id>", note_update);
    calx_app_route(app, "DELETE", "/notes/<int:id>", note_delete);
    return calx_app_main(app, argc, argv);
}
