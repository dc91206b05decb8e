/* objects.c: savepoints of sessions, events, and objects that are refreshed, merged, expunged. */
#include <stdio.h>
#include <string.h>

#include "core.h"

static Article *made(calx_session *session, const char *name)
{
    Article *article = Article_new(session);
    article->name = calx_text_of(name);
    return article;
}

static int64_t named(conform *c, const char *name)
{
    calx_session *session = conform_session(c);
    return session != NULL ? calx_count(calx_filter_by(calx_query_of(session, Article), name, name))
                           : -1;
}

static void a_savepoint_undoes_its_part(conform *c, const void *data)
{
    (void)data;
    calx_session *session = conform_session(c);
    Article *article = made(session, "before");
    calx_session_begin_nested(session);
    made(session, "within");
    article->stock = 9;
    calx_session_rollback_nested(session);
    conform_expect_integer(c, "stock", 1, article->stock);
    conform_expect_committed(c, session);
    conform_expect_integer(c, "before", 1, named(c, "before"));
    conform_expect_integer(c, "within", 0, named(c, "within"));
}

static void savepoints_nest(conform *c, const void *data)
{
    (void)data;
    calx_session *session = conform_session(c);
    Article *article = made(session, "a");
    for (int depth = 1; depth <= 4; depth++) {
        calx_session_begin_nested(session);
        article->stock = 10 * depth;
    }
    calx_session_release(session);
    conform_expect_integer(c, "released", 40, article->stock);
    calx_session_rollback_nested(session);
    conform_expect_integer(c, "undone", 20, article->stock);
    calx_session_release(session);
    calx_session_release(session);
    conform_expect_committed(c, session);
    const Article *again = calx_get(conform_session(c), Article, article->id);
    conform_expect_integer(c, "stored", 20, again != NULL ? again->stock : -1);
}

static void a_failure_ends_with_its_savepoint(conform *c, const void *data)
{
    (void)data;
    calx_session *session = conform_session(c);
    made(session, "a");
    calx_session_begin_nested(session);
    made(session, "a");
    calx_session_flush(session);
    const calx_error *err = calx_session_error(session);
    conform_expect_integer(c, "the second of a name", CALX_ERROR_UNIQUE, err ? (int)err->code : 0);
    calx_session_rollback_nested(session);
    conform_expect_committed(c, session);
    conform_expect_integer(c, "rows", 1, named(c, "a"));
}

static void a_rollback_undoes_released_savepoints(conform *c, const void *data)
{
    (void)data;
    calx_session *session = conform_session(c);
    calx_session_begin_nested(session);
    made(session, "a");
    calx_session_release(session);
    calx_session_rollback(session);
    conform_expect_sound(c, "the rollback", session);
    conform_expect_integer(c, "rows", 0, named(c, "a"));
}

/* ---- Single objects ---- */

/* Somebody else gives the article this much stock. */
static void change_elsewhere(conform *c, int32_t id, int32_t stock)
{
    calx_session *session = conform_session(c);
    Article *article = calx_get(session, Article, id);
    conform_expect_true(c, "found", article != NULL);
    if (!conform_ok(c))
        return;
    article->stock = stock;
    conform_expect_committed(c, session);
}

static void refresh_loads_a_row_again(conform *c, const void *data)
{
    (void)data;
    calx_session *session = conform_session(c);
    Article *article = made(session, "a");
    conform_expect_committed(c, session);
    conform_expect_true(c, "loaded", calx_get(session, Article, article->id) == article);
    change_elsewhere(c, article->id, 7);
    conform_expect_integer(c, "held", 1, article->stock);
    calx_session_refresh(session, article);
    conform_expect_integer(c, "refreshed", 7, article->stock);
    conform_expect_sound(c, "refreshing", session);
}

static void expunged_objects_are_not_written(conform *c, const void *data)
{
    (void)data;
    calx_session *session = conform_session(c);
    Article *article = made(session, "a");
    conform_expect_committed(c, session);
    article->stock = 7;
    calx_session_expunge(session, article);
    conform_expect_committed(c, session);
    const Article *again = calx_get(conform_session(c), Article, article->id);
    conform_expect_integer(c, "stock", 1, again != NULL ? again->stock : -1);
}

static void merge_brings_values_from_outside(conform *c, const void *data)
{
    (void)data;
    calx_session *session = conform_session(c);
    Article *article = made(session, "a");
    conform_expect_committed(c, session);
    Article known = {.id = article->id, .name = calx_text_of("b"), .stock = 3};
    Article unknown = {.id = article->id + 100, .name = calx_text_of("c"), .stock = 4};
    conform_expect_true(c, "the same object",
                        calx_session_merge(session, Article, &known) == article);
    calx_session_merge(session, Article, &unknown);
    conform_expect_committed(c, session);
    conform_expect_integer(c, "the old name", 0, named(c, "a"));
    conform_expect_integer(c, "the merged one", 1, named(c, "b"));
    conform_expect_integer(c, "the new one", 1, named(c, "c"));
}

static void a_merge_of_a_composite_key(conform *c, const void *data)
{
    (void)data;
    calx_session *session = conform_session(c);
    Article *article = made(session, "a");
    conform_expect_committed(c, session);
    for (int i = 1; i <= 2; i++) {
        Line line = {.invoice = 1, .position = i, .article_id = article->id, .quantity = i};
        calx_session_merge(session, Line, &line);
    }
    conform_expect_committed(c, session);
    Line again = {.invoice = 1, .position = 2, .article_id = article->id, .quantity = 9};
    calx_session_merge(conform_session(c), Line, &again);
    conform_expect_committed(c, c->sessions[c->session_count - 1]);
    const Line *line = calx_get(conform_session(c), Line, 1, 2);
    conform_expect_integer(c, "quantity", 9, line != NULL ? line->quantity : -1);
}

/* ---- Rows without objects ---- */

#define ROWS 75 /* more than one statement */

static void insert_rows(conform *c, const void *data)
{
    const bool *with_keys = data;
    static Article rows[ROWS];
    static char row_names[ROWS][8];
    calx_session *session = conform_session(c);
    for (int i = 0; i < ROWS; i++) {
        Article_init(&rows[i]);
        snprintf(row_names[i], sizeof row_names[i], "%d", i);
        rows[i].name = calx_text_of(row_names[i]);
        rows[i].stock = i;
    }
    if (*with_keys)
        calx_insert_all_with_keys(session, Article, rows, ROWS);
    else
        calx_insert_all(session, Article, rows, ROWS);
    conform_expect_committed(c, session);
    Article_list list = calx_all(calx_order_by(calx_query_of(session, Article), Article_.stock));
    conform_expect_integer(c, "rows", ROWS, (int64_t)list.count);
    for (size_t i = 0; i < list.count && conform_ok(c); i++) {
        conform_expect_integer(c, "stock", (int64_t)i, list.items[i]->stock);
        conform_expect_true(c, "the id is the row's, or 0",
                            rows[i].id == (*with_keys ? list.items[i]->id : 0));
    }
}

static void a_bad_row_is_named(conform *c, const void *data)
{
    (void)data;
    Article rows[2];
    calx_session *session = conform_session(c);
    Article_init(&rows[0]);
    Article_init(&rows[1]);
    rows[0].name = calx_text_of("a");
    calx_insert_all(session, Article, rows, 2);
    const calx_error *err = calx_session_error(session);
    conform_expect_string(c, "the error",
                          "record 1: column \"name\": NULL in a column that is not nullable",
                          err != NULL ? err->message : "none");
    conform_expect_failed(c, "a row without a name", CALX_ERROR_NOT_NULL, session);
    rows[1].name = rows[0].name;
    calx_insert_all(session, Article, rows, 2);
    conform_expect_failed(c, "a name twice", CALX_ERROR_UNIQUE, session);
    conform_expect_integer(c, "rows", 0, named(c, "a"));
}

/* ---- Events ---- */

/* Capital letters before, small ones after. */
static void tell(void *context, calx_session *session, calx_session_event event, void *object)
{
    static const char letters[] = "FfIiUuDdCcRr";
    char *text = context;
    (void)session;
    (void)object;
    text[strlen(text)] = letters[event];
}

static void listeners_are_told_in_order(conform *c, const void *data)
{
    (void)data;
    char text[64] = "";
    calx_session *session = conform_session(c);
    if (!conform_ok(c))
        return;
    calx_session_listen(session, tell, text);
    Article *article = made(session, "a");
    conform_expect_committed(c, session);
    conform_expect_string(c, "a commit of a new object", "CFIifc", text);
    article->stock = 2;
    calx_session_flush(session);
    calx_session_delete(session, article);
    calx_session_flush(session);
    calx_session_rollback(session);
    conform_expect_string(c, "an update, a delete, a rollback", "CFIifcFUufFDdfRr", text);
}

void conform_area_objects(conform *c)
{
    static const bool without_keys = false;
    static const bool with_keys = true;
    CONFORM_CASE(c, CONFORM_SAVEPOINTS, a_savepoint_undoes_its_part);
    CONFORM_CASE(c, CONFORM_SAVEPOINTS, savepoints_nest);
    CONFORM_CASE(c, CONFORM_SAVEPOINTS, a_failure_ends_with_its_savepoint);
    CONFORM_CASE(c, CONFORM_SAVEPOINTS, a_rollback_undoes_released_savepoints);
    CONFORM_CASE(c, 0, refresh_loads_a_row_again);
    CONFORM_CASE(c, 0, expunged_objects_are_not_written);
    CONFORM_CASE(c, 0, merge_brings_values_from_outside);
    CONFORM_CASE(c, 0, a_merge_of_a_composite_key);
    conform_case(c, 0, insert_rows, &without_keys, "rows_without_objects");
    conform_case(c, 0, insert_rows, &with_keys, "rows_without_objects_and_their_keys");
    CONFORM_CASE(c, 0, a_bad_row_is_named);
    CONFORM_CASE(c, 0, listeners_are_told_in_order);
}
