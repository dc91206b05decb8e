/* notes.c: the application of README.md, built against an installed calx. */
#include <calx/calx.h>
#include <calx/server.h>

#define NOTE(COLUMN, Model)                                                                        \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, TEXT, body, JSON)                                                                \
    COLUMN(Model, DATETIME_OR_NULL, due, JSON)

CALX_MODEL_DECLARE(Note, NOTE)
CALX_MODEL_DEFINE(Note, "notes", NOTE)

static void note_list(calx_request *request)
{
    calx_reply_all(request, calx_order_by(calx_request_query(request, Note), Note_.due));
}

static void note_create(calx_request *request)
{
    Note *note = Note_new(calx_request_session(request));

    calx_request_read_json(request, note);
    calx_request_commit(request);
    calx_reply(request, note);
}

int main(int argc, char **argv)
{
    calx_app *app = calx_app_create("notes", "notes.conf", "NOTES_SETTINGS");

    calx_app_model(app, &Note_model);
    calx_app_route(app, "GET", "/notes/", note_list);
    calx_app_route(app, "POST", "/notes/", note_create);
    return calx_app_main(app, argc, argv);
}
