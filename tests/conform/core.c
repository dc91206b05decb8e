/* core.c: the engine, the tables and the sessions of the cases of core. */
#include "core.h"

CALX_ENUM_DEFINE(Grade, CONFORM_PREFIX "grade", GRADE)
CALX_ROW_DEFINE(Figure, FIGURE)
CALX_MODEL_DEFINE(Kind, CONFORM_PREFIX "kinds", KIND)
CALX_MODEL_DEFINE(Article, CONFORM_PREFIX "articles", ARTICLE, TABLE(ARTICLE_TABLE))
CALX_MODEL_DEFINE(Line, CONFORM_PREFIX "lines", LINE)
CALX_MODEL_DEFINE(Author, CONFORM_PREFIX "authors", AUTHOR, RELATIONSHIPS(AUTHOR_RELATIONSHIPS))
CALX_MODEL_DEFINE(Book, CONFORM_PREFIX "books", BOOK, RELATIONSHIPS(BOOK_RELATIONSHIPS))
CALX_MODEL_DEFINE(Shelf, CONFORM_PREFIX "shelves", SHELF, RELATIONSHIPS(SHELF_RELATIONSHIPS))
CALX_MODEL_DEFINE(Place, CONFORM_PREFIX "places", PLACE)

CALX_MODEL_DEFINE(Pairs, CONFORM_PREFIX "pairs", PAIRS)

static const calx_model *const models[] = {&Kind_model, &Article_model, &Line_model, &Author_model,
                                           &Book_model, &Shelf_model,   &Place_model};
#define MODEL_COUNT (sizeof models / sizeof *models)

/* Only what was committed has to be cleared up. */
static void see_event(void *context, const calx_event *event)
{
    conform *c = context;
    c->committed = c->committed || event->kind == CALX_EVENT_COMMIT;
}

static calx_engine *engine_open(conform *c)
{
    calx_engine *engine = NULL;
    calx_engine_options options;
    calx_engine_options_init(&options);
    options.connect_timeout_ms = CONFORM_LONG_MS;
    int status = calx_engine_create(c->options.url, &options, &engine, &c->err);
    if (status == 0)
        status = calx_engine_listen(engine, see_event, c, &c->err);
    if (status == 0)
        status = calx_drop_all(engine, models, MODEL_COUNT, conform_soon(), &c->err);
    if (status == 0)
        status = calx_create_all(engine, models, MODEL_COUNT, conform_soon(), &c->err);
    conform_expect_success(c, "making the tables of the models", status, &c->err);
    return engine;
}

calx_engine *conform_engine(conform *c)
{
    if (c->engine == NULL)
        c->engine = engine_open(c);
    return c->engine;
}

int conform_engine_close(conform *c, calx_error *err)
{
    int status = 0;
    if (c->engine != NULL && !c->options.keep)
        status = calx_drop_all(c->engine, models, MODEL_COUNT, conform_soon(), err);
    calx_engine_destroy(c->engine);
    c->engine = NULL;
    return status;
}

calx_session *conform_session(conform *c)
{
    calx_engine *engine = conform_engine(c);
    calx_session *session = engine != NULL && c->session_count < CONFORM_SESSIONS_MAX
                                ? calx_session_create(engine)
                                : NULL;
    if (session == NULL)
        conform_differ(c, "a session", "one", "none");
    else
        c->sessions[c->session_count++] = session;
    return session;
}

/* Rows, with those that refer first. */
static const calx_error *delete_rows(calx_session *session)
{
    calx_query_delete(calx_query_of(session, Line));
    calx_query_delete(calx_query_of(session, Article));
    calx_query_delete(calx_query_of(session, Kind));
    calx_query_delete(calx_query_of(session, Place));
    calx_query_delete(calx_query_of(session, Shelf));
    calx_query_delete(calx_query_of(session, Book));
    calx_query_delete(calx_query_of(session, Author));
    calx_session_commit(session);
    return calx_session_error(session);
}

void conform_sessions_end(conform *c)
{
    while (c->session_count > 0)
        calx_session_destroy(c->sessions[--c->session_count]);
    if (!c->committed)
        return;
    calx_session *session = calx_session_create(c->engine);
    const calx_error *err = delete_rows(session);
    if (err != NULL)
        conform_differ(c, "clearing up after the case", "success", err->message);
    calx_session_destroy(session);
    c->committed = false;
}

/* ---- Expectations ---- */

void conform_expect_sound(conform *c, const char *what, calx_session *session)
{
    const calx_error *err = calx_session_error(session);
    if (conform_ok(c) && err != NULL)
        conform_differ(c, what, "no error", err->message);
}

void conform_expect_failed(conform *c, const char *what, calx_error_class expected,
                           calx_session *session)
{
    const calx_error *err = calx_session_error(session);
    calx_error copy = {0};
    if (err != NULL)
        copy = *err;
    conform_expect_error(c, what, expected, copy.code, &copy);
    calx_session_rollback(session);
}

void conform_expect_committed(conform *c, calx_session *session)
{
    calx_session_commit(session);
    conform_expect_sound(c, "the commit", session);
}
