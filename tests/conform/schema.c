/* schema.c: tables of models: made, dropped, and what their constraints refuse. */
#include <string.h>

#include "core.h"

static const calx_model *const shop[] = {&Line_model, &Article_model};

static void making_tables_again_changes_nothing(conform *c, const void *data)
{
    (void)data;
    calx_session *session = conform_session(c);
    if (!conform_ok(c))
        return;
    Article *article = Article_new(session);
    article->name = calx_text_of("a");
    conform_expect_committed(c, session);
    for (int i = 0; i < 2; i++)
        conform_expect_success(
            c, "create_all", calx_create_all(c->engine, shop, 2, conform_soon(), &c->err), &c->err);
    conform_expect_integer(c, "rows", 1, calx_count(calx_query_of(session, Article)));
}

static void tables_are_dropped_and_made_in_their_order(conform *c, const void *data)
{
    (void)data;
    calx_engine *engine = conform_engine(c);
    if (!conform_ok(c))
        return;
    for (int i = 0; i < 2; i++)
        conform_expect_success(c, "drop_all",
                               calx_drop_all(engine, shop, 2, conform_soon(), &c->err), &c->err);
    calx_session *session = calx_session_create(engine);
    calx_count(calx_query_of(session, Article));
    conform_expect_failed(c, "asking", CALX_ERROR_UNDEFINED, session);
    calx_session_destroy(session);
    conform_expect_success(c, "create_all",
                           calx_create_all(engine, shop, 2, conform_soon(), &c->err), &c->err);
    conform_expect_integer(c, "rows", 0, calx_count(calx_query_of(conform_session(c), Article)));
}

static void models_are_checked(conform *c, const void *data)
{
    (void)data;
    const calx_model *const models[] = {&Kind_model, &Article_model, &Line_model};
    for (size_t i = 0; i < 3; i++)
        conform_expect_success(c, models[i]->name, calx_model_check(models[i], &c->err), &c->err);
}

/* A table of a type that not every database has is made whole, or refused by the model's name
 * before anything is sent; PostgreSQL may be without the extension. */
static void hstore_is_kept_or_refused(conform *c, const void *data)
{
    (void)data;
    static const calx_model *const models[] = {&Pairs_model};
    calx_engine *engine = conform_engine(c);
    if (!conform_ok(c))
        return;
    int status = calx_create_all(engine, models, 1, conform_soon(), &c->err);
    bool refused = status == CALX_ERROR_UNSUPPORTED && strstr(c->err.message, "Pairs") != NULL;
    conform_expect_true(c, "made, or refused",
                        status == 0 || refused || status == CALX_ERROR_UNDEFINED);
    calx_error_clear(&c->err);
    if (status == 0)
        conform_expect_success(c, "drop_all",
                               calx_drop_all(engine, models, 1, conform_soon(), &c->err), &c->err);
}

/* ---- Constraints ---- */

typedef struct change {
    const char *name;
    void (*make)(calx_session *session, const Article *article);
    calx_error_class error;
} change;

static void same_name(calx_session *session, const Article *article)
{
    Article_new(session)->name = article->name;
}

static void same_key(calx_session *session, const Article *article)
{
    Article *made = Article_new(session);
    made->id = article->id;
    made->name = calx_text_of("other");
}

static void no_name(calx_session *session, const Article *article)
{
    (void)article;
    Article_new(session)->name = (calx_text){0};
}

static void negative_stock(calx_session *session, const Article *article)
{
    (void)article;
    Article *made = Article_new(session);
    made->name = calx_text_of("b");
    made->stock = -1;
}

static void no_article(calx_session *session, const Article *article)
{
    Line *line = Line_new(session);
    line->invoice = 1;
    line->position = 1;
    line->article_id = article->id + 1000;
}

static void same_composite_key(calx_session *session, const Article *article)
{
    for (int i = 0; i < 2; i++) {
        Line *line = Line_new(session);
        line->invoice = 1;
        line->position = 1;
        line->article_id = article->id;
        calx_session_flush(session);
    }
}

static void deleted_under_a_line(calx_session *session, const Article *article)
{
    Line *line = Line_new(session);
    line->invoice = 1;
    line->position = 1;
    line->article_id = article->id;
    calx_session_flush(session);
    calx_query_delete_count(calx_query_of(session, Article));
}

static const change changes[] = {
    {"same_name", same_name, CALX_ERROR_UNIQUE},
    {"same_key", same_key, CALX_ERROR_UNIQUE},
    {"no_name", no_name, CALX_ERROR_NOT_NULL},
    {"negative_stock", negative_stock, CALX_ERROR_CHECK},
    {"no_such_article", no_article, CALX_ERROR_FOREIGN_KEY},
    {"same_composite_key", same_composite_key, CALX_ERROR_UNIQUE},
    {"deleted_under_a_line", deleted_under_a_line, CALX_ERROR_FOREIGN_KEY},
};

static void is_refused(conform *c, const void *data)
{
    const change *given = data;
    calx_session *session = conform_session(c);
    if (!conform_ok(c))
        return;
    Article *article = Article_new(session);
    article->name = calx_text_of("a");
    conform_expect_committed(c, session);
    calx_session *other = conform_session(c);
    given->make(other, article);
    calx_session_commit(other);
    conform_expect_failed(c, "the commit", given->error, other);
    conform_expect_integer(c, "articles", 1, calx_count(calx_query_of(other, Article)));
    conform_expect_integer(c, "lines", 0, calx_count(calx_query_of(other, Line)));
    conform_expect_sound(c, "afterwards", other);
}

void conform_area_schema(conform *c)
{
    CONFORM_CASE(c, 0, making_tables_again_changes_nothing);
    CONFORM_CASE(c, 0, tables_are_dropped_and_made_in_their_order);
    CONFORM_CASE(c, 0, models_are_checked);
    CONFORM_CASE(c, 0, hstore_is_kept_or_refused);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
        conform_case(c, 0, is_refused, &changes[i], "%s_is_refused", changes[i].name);
}
