/* sessions.c: the unit of work and the identity map on a real database. */
#include <stdio.h>

#include "core.h"

/* A stored article. */
static Article *stored(conform *c, calx_session *session, const char *name)
{
    Article *article = Article_new(session);
    article->name = calx_text_of(name);
    conform_expect_committed(c, session);
    return article;
}

static int64_t articles(conform *c)
{
    calx_session *session = conform_session(c);
    return session != NULL ? calx_count(calx_query_of(session, Article)) : -1;
}

static void expect_text(conform *c, const char *what, const char *expected, calx_text came)
{
    char text[64] = "";
    if (came.data != NULL && came.length < sizeof text)
        for (size_t i = 0; i < came.length; i++)
            text[i] = came.data[i];
    conform_expect_string(c, what, expected, text);
}

/* ---- Writing ---- */

static void new_objects_get_keys(conform *c, const void *data)
{
    (void)data;
    calx_session *session = conform_session(c);
    Article *first = stored(c, session, "a");
    Article *second = stored(c, session, "b");
    conform_expect_true(c, "generated", first->id > 0 && second->id > first->id);
    conform_expect_integer(c, "stock by default", 1, first->stock);
    conform_expect_integer(c, "rows", 2, articles(c));
}

static void a_given_key_is_kept(conform *c, const void *data)
{
    (void)data;
    calx_session *session = conform_session(c);
    Article *article = Article_new(session);
    article->id = 4711;
    article->name = calx_text_of("a");
    conform_expect_committed(c, session);
    conform_expect_true(c, "found by it", calx_get(conform_session(c), Article, 4711) != NULL);
}

static void changes_are_written(conform *c, const void *data)
{
    (void)data;
    calx_session *session = conform_session(c);
    Article *article = stored(c, session, "a");
    article->stock = 7;
    article->price = calx_decimal_of("19.99");
    article->order = calx_text_of("a reserved word");
    conform_expect_committed(c, session);
    const Article *again = calx_get(conform_session(c), Article, article->id);
    conform_expect_true(c, "found", again != NULL);
    if (!conform_ok(c))
        return;
    conform_expect_integer(c, "stock", 7, again->stock);
    expect_text(c, "price", "19.99", (calx_text){again->price.data, again->price.length});
    expect_text(c, "order", "a reserved word", again->order);
    expect_text(c, "name", "a", again->name);
}

static void deletes_are_written(conform *c, const void *data)
{
    (void)data;
    calx_session *session = conform_session(c);
    Article *article = stored(c, session, "a");
    stored(c, session, "b");
    calx_session_delete(session, article);
    conform_expect_committed(c, session);
    conform_expect_integer(c, "rows", 1, articles(c));
    conform_expect_true(c, "gone", calx_get(session, Article, article->id) == NULL);
}

static void many_objects_are_written_at_once(conform *c, const void *data)
{
    (void)data;
    Article *made[100];
    char names[100][8];
    calx_session *session = conform_session(c);
    for (int i = 0; i < 100; i++) {
        made[i] = Article_new(session);
        snprintf(names[i], sizeof names[i], "n%d", i);
        made[i]->name = calx_text_of(names[i]);
    }
    conform_expect_committed(c, session);
    int ascending = 0;
    for (int i = 1; i < 100; i++)
        ascending += made[i]->id > made[i - 1]->id;
    conform_expect_integer(c, "keys in the order of making", 99, ascending);
    for (int i = 0; i < 100; i++)
        made[i]->stock = i;
    conform_expect_committed(c, session);
    conform_expect_integer(c, "rows", 100, articles(c));
    const Article *last = calx_get(conform_session(c), Article, made[99]->id);
    conform_expect_integer(c, "stock of the last", 99, last != NULL ? last->stock : -1);
    for (int i = 0; i < 50; i++)
        calx_session_delete(session, made[i]);
    conform_expect_committed(c, session);
    conform_expect_integer(c, "rows left", 50, articles(c));
}

/* ---- Keys of several columns, foreign keys, versions ---- */

static Line *new_line(calx_session *session, int32_t invoice, int32_t position,
                      const Article *article)
{
    Line *line = Line_new(session);
    line->invoice = invoice;
    line->position = position;
    line->article_id = article->id;
    return line;
}

static void objects_are_found_by_all_of_their_key(conform *c, const void *data)
{
    (void)data;
    calx_session *session = conform_session(c);
    Article *article = stored(c, session, "a");
    for (int i = 0; i < 6; i++)
        new_line(session, i / 3, i % 3, article)->quantity = i;
    conform_expect_committed(c, session);
    calx_session *other = conform_session(c);
    const Line *line = calx_get(other, Line, 1, 2);
    conform_expect_integer(c, "quantity", 5, line != NULL ? line->quantity : -1);
    conform_expect_true(c, "the same again", calx_get(other, Line, 1, 2) == line);
    conform_expect_true(c, "no other", calx_get(other, Line, 2, 1) == NULL);
    conform_expect_sound(c, "asking", other);
}

static void rows_are_written_in_the_order_of_foreign_keys(conform *c, const void *data)
{
    (void)data;
    calx_session *session = conform_session(c);
    Line *line = Line_new(session);
    Article *article = Article_new(session);
    article->id = 5;
    article->name = calx_text_of("a");
    line->invoice = line->position = 1;
    line->article_id = 5;
    conform_expect_committed(c, session);
    calx_session_delete(session, article);
    calx_session_delete(session, line);
    conform_expect_committed(c, session);
    conform_expect_integer(c, "rows", 0, articles(c));
}

static void versions_count_updates(conform *c, const void *data)
{
    (void)data;
    calx_session *session = conform_session(c);
    Line *line = new_line(session, 1, 1, stored(c, session, "a"));
    conform_expect_committed(c, session);
    int32_t first = line->version;
    for (int i = 2; i < 5; i++) {
        line->quantity = i;
        conform_expect_committed(c, session);
    }
    conform_expect_integer(c, "updates", 3, line->version - first);
}

static void a_stale_version_is_refused(conform *c, const void *data)
{
    (void)data;
    calx_session *session = conform_session(c);
    Line *line = new_line(session, 1, 1, stored(c, session, "a"));
    conform_expect_committed(c, session);
    calx_session *other = conform_session(c);
    Line *same = calx_get(other, Line, 1, 1);
    conform_expect_true(c, "found", same != NULL);
    if (!conform_ok(c))
        return;
    calx_session_rollback(other); /* what was read stays in the object */
    same->quantity = 3;
    line->quantity = 2;
    conform_expect_committed(c, session);
    calx_session_commit(other);
    conform_expect_failed(c, "the second", CALX_ERROR_STALE, other);
    line = calx_get(conform_session(c), Line, 1, 1);
    conform_expect_integer(c, "quantity", 2, line != NULL ? line->quantity : -1);
}

static void an_update_of_a_deleted_row_is_stale(conform *c, const void *data)
{
    (void)data;
    calx_session *session = conform_session(c);
    Article *article = stored(c, session, "a");
    calx_session *other = conform_session(c);
    calx_query_delete(calx_query_of(other, Article));
    conform_expect_committed(c, other);
    article->stock = 9;
    calx_session_commit(session);
    conform_expect_failed(c, "the update", CALX_ERROR_STALE, session);
}

/* ---- The identity map, flush, rollback ---- */

static void a_row_is_one_object(conform *c, const void *data)
{
    (void)data;
    calx_session *session = conform_session(c);
    Article *article = stored(c, session, "a");
    conform_expect_true(c, "by get", calx_get(session, Article, article->id) == article);
    conform_expect_true(c, "by query", calx_first(calx_query_of(session, Article)) == article);
    conform_expect_true(c, "nothing by another key",
                        calx_get(session, Article, article->id + 1) == NULL);
    conform_expect_sound(c, "asking", session);
}

static void queries_see_what_was_not_flushed(conform *c, const void *data)
{
    (void)data;
    calx_session *session = conform_session(c);
    Article *article = stored(c, session, "a");
    article->stock = 50;
    conform_expect_integer(
        c, "changed", 1,
        calx_count(calx_filter(calx_query_of(session, Article), EQUAL(Article_.stock, 50))));
    Article_new(session)->name = calx_text_of("b");
    conform_expect_integer(c, "new", 2, calx_count(calx_query_of(session, Article)));
    calx_session_delete(session, article);
    conform_expect_integer(c, "deleted", 1, calx_count(calx_query_of(session, Article)));
    calx_session_rollback(session);
    conform_expect_integer(c, "rolled back", 1, calx_count(calx_query_of(session, Article)));
}

static void a_flush_is_not_a_commit(conform *c, const void *data)
{
    (void)data;
    calx_session *session = conform_session(c);
    Article_new(session)->name = calx_text_of("a");
    calx_session_flush(session);
    conform_expect_sound(c, "the flush", session);
    calx_session_rollback(session);
    conform_expect_integer(c, "rows", 0, articles(c));
}

static void rollback_restores_objects(conform *c, const void *data)
{
    (void)data;
    calx_session *session = conform_session(c);
    Article *article = stored(c, session, "a");
    article->stock = 9;
    article->name = calx_text_of("b");
    calx_session_flush(session);
    article->stock = 10;
    calx_session_rollback(session);
    conform_expect_integer(c, "stock", 1, article->stock);
    expect_text(c, "name", "a", article->name);
    conform_expect_committed(c, session);
    conform_expect_integer(c, "rows", 1, articles(c));
}

static void a_failed_session_works_after_rollback(conform *c, const void *data)
{
    (void)data;
    calx_session *session = conform_session(c);
    stored(c, session, "a");
    for (int i = 0; i < 3; i++) {
        Article_new(session)->name = calx_text_of("a");
        calx_session_commit(session);
        conform_expect_failed(c, "the same name", CALX_ERROR_UNIQUE, session);
    }
    stored(c, session, "b");
    conform_expect_integer(c, "rows", 2, articles(c));
}

static void a_failed_flush_writes_nothing(conform *c, const void *data)
{
    (void)data;
    calx_session *session = conform_session(c);
    Article_new(session)->name = calx_text_of("a");
    Article_new(session)->name = calx_text_of("b");
    Article_new(session)->name = calx_text_of("a");
    calx_session_commit(session);
    conform_expect_failed(c, "the same name", CALX_ERROR_UNIQUE, session);
    conform_expect_integer(c, "rows", 0, articles(c));
}

static void commits_follow_each_other(conform *c, const void *data)
{
    (void)data;
    calx_session *session = conform_session(c);
    Article *article = stored(c, session, "a");
    for (int i = 0; i < 10; i++) {
        article->stock = i;
        conform_expect_committed(c, session);
    }
    conform_expect_committed(c, session);
    const Article *again = calx_get(conform_session(c), Article, article->id);
    conform_expect_integer(c, "stock", 9, again != NULL ? again->stock : -1);
}

static void text_is_copied_by_the_flush(conform *c, const void *data)
{
    (void)data;
    char lent[] = "mine";
    calx_session *session = conform_session(c);
    Article *article = Article_new(session);
    article->name = calx_text_of(lent);
    calx_session_flush(session);
    lent[0] = 'x';
    expect_text(c, "name", "mine", article->name);
    conform_expect_committed(c, session);
    article = calx_get(conform_session(c), Article, article->id);
    expect_text(c, "stored", "mine", article != NULL ? article->name : (calx_text){0});
}

void conform_area_sessions(conform *c)
{
    CONFORM_CASE(c, 0, new_objects_get_keys);
    CONFORM_CASE(c, 0, a_given_key_is_kept);
    CONFORM_CASE(c, 0, changes_are_written);
    CONFORM_CASE(c, 0, deletes_are_written);
    CONFORM_CASE(c, 0, many_objects_are_written_at_once);
    CONFORM_CASE(c, 0, objects_are_found_by_all_of_their_key);
    CONFORM_CASE(c, 0, rows_are_written_in_the_order_of_foreign_keys);
    CONFORM_CASE(c, 0, versions_count_updates);
    CONFORM_CASE(c, 0, a_stale_version_is_refused);
    CONFORM_CASE(c, 0, an_update_of_a_deleted_row_is_stale);
    CONFORM_CASE(c, 0, a_row_is_one_object);
    CONFORM_CASE(c, 0, queries_see_what_was_not_flushed);
    CONFORM_CASE(c, 0, a_flush_is_not_a_commit);
    CONFORM_CASE(c, 0, rollback_restores_objects);
    CONFORM_CASE(c, 0, a_failed_session_works_after_rollback);
    CONFORM_CASE(c, 0, a_failed_flush_writes_nothing);
    CONFORM_CASE(c, 0, commits_follow_each_other);
    CONFORM_CASE(c, 0, text_is_copied_by_the_flush);
}
