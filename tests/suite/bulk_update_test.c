/* Rows changed by a condition, without loading them: the same on every database. */
#include "tests/suite/article_fixture.h"

ARTICLE_FIXTURE_MODELS

static Article_query *articles(const fixture *f)
{
    return calx_query_of(f->session, Article);
}

/* Stocks 0, 10, 20, 30 of a, b, c, d. */
static void store(fixture *f)
{
    static const char *const codes[] = {"a", "b", "c", "d"};
    for (int i = 0; i < 4; i++)
        article_new(f->session, codes[i], 10 * i);
    calx_session_commit(f->session);
    assert_session_ok(f->session);
    forget_sent(f);
}

static const char *stocks(const fixture *f)
{
    static char out[128];
    size_t length = 0;
    Article_list list = calx_all(calx_order_by(articles(f), Article_.code));
    assert_session_ok(f->session);
    for (size_t i = 0; i < list.count; i++)
        length += (size_t)snprintf(out + length, sizeof out - length, "%s%d", i > 0 ? " " : "",
                                   list.items[i]->stock);
    return out;
}

static void rows_are_changed_by_an_expression(void **state)
{
    fixture *f = *state;
    store(f);
    assert_int_equal(calx_query_update(calx_filter(articles(f), GREATER(Article_.stock, 5)),
                                       SET(Article_.stock, SUBTRACT(Article_.stock, 1))),
                     3);
    assert_string_equal(stocks(f), "0 9 19 29");
    calx_session_rollback(f->session);
    assert_string_equal(stocks(f), "0 10 20 30");
}

/* Matched rows are counted, also those that had the value already. */
static void matched_rows_are_counted(void **state)
{
    fixture *f = *state;
    store(f);
    assert_int_equal(calx_query_update(calx_filter(articles(f), LESS(Article_.stock, 15)),
                                       SET(Article_.least, 0), SET(Article_.written, 1)),
                     2);
    assert_int_equal(calx_query_update(calx_filter(articles(f), LESS(Article_.stock, 15)),
                                       SET(Article_.least, 0), SET(Article_.written, 1),
                                       SET(Article_.version, 2)),
                     2);
    assert_int_equal(
        calx_query_update(calx_filter_by(articles(f), code, "none"), SET(Article_.stock, 1)), 0);
    assert_session_ok(f->session);
}

static void objects_see_what_was_changed(void **state)
{
    fixture *f = *state;
    store(f);
    Article *b = article_with(f->session, "b");
    int written = b->written;
    assert_int_equal(calx_query_update(articles(f), SET(Article_.stock, ADD(Article_.stock, 5)),
                                       SET(Article_.price, "12.5")),
                     4);
    assert_ptr_equal(article_with(f->session, "b"), b);
    assert_int_equal(b->stock, 15);
    assert_text((calx_text){b->price.data, b->price.length}, "12.50");
    assert_int_equal(b->version, 2);
    assert_true(b->written > written);
    b->stock = 16;
    calx_session_commit(f->session);
    assert_session_ok(f->session);
    assert_int_equal(b->version, 3);
}

/* Who has loaded a row before finds that it was changed. */
static void versions_count(void **state)
{
    fixture *f = *state;
    store(f);
    Article *b = article_with(f->session, "b");
    assert_int_equal(calx_query_update(articles(f), SET(Article_.least, 1)), 4);
    b->stock = 99;
    calx_session_flush(f->session);
    assert_failed(f->session, CALX_ERROR_STALE, "");
    calx_session_rollback(f->session);
    calx_query_update(articles(f), SET(Article_.version, 7));
    assert_int_equal(article_with(f->session, "b")->version, 7);
}

static void changes_of_objects_are_written_before(void **state)
{
    fixture *f = *state;
    store(f);
    article_with(f->session, "b")->stock = 100;
    article_new(f->session, "e", 1);
    assert_int_equal(calx_query_update(calx_filter(articles(f), IN(Article_.code, "b", "e")),
                                       SET(Article_.stock, MULTIPLY(Article_.stock, 2))),
                     2);
    assert_string_equal(stocks(f), "0 200 20 30 2");
    calx_session_commit(f->session);
    assert_session_ok(f->session);
}

/* Also where assignments are done one after the other. */
static void expressions_read_what_was_there_before(void **state)
{
    fixture *f = *state;
    store(f);
    calx_query_update(articles(f), SET(Article_.stock, 5),
                      SET(Article_.least, ADD(Article_.stock, 1)));
    assert_session_ok(f->session);
    assert_int_equal(article_with(f->session, "d")->least, 31);
    calx_query_update(articles(f), SET(Article_.stock, Article_.least),
                      SET(Article_.least, Article_.stock));
    if (is_dialect(f, "mysql")) {
        assert_failed(f->session, CALX_ERROR_UNSUPPORTED, "cannot take each other's values");
    } else {
        assert_int_equal(article_with(f->session, "d")->stock, 31);
        assert_int_equal(article_with(f->session, "d")->least, 5);
    }
}

static void subqueries_and_choices_are_expressions(void **state)
{
    fixture *f = *state;
    store(f);
    assert_int_equal(
        calx_query_update(
            calx_filter(articles(f),
                        IN_QUERY(Article_.id, calx_filter(articles(f), LESS(Article_.stock, 15)),
                                 Article_.id)),
            SET(Article_.stock,
                CASE(EQUAL(Article_.code, "a"), LITERAL(Article, INTEGER, 40), 50))),
        2);
    assert_string_equal(stocks(f), "40 50 20 30");
}

static void values_are_checked(void **state)
{
    fixture *f = *state;
    store(f);
    assert_int_equal(calx_query_update(articles(f), SET(Article_.stock, -1)), -1);
    assert_failed(f->session, CALX_ERROR_INVALID, "column \"stock\": must not be negative");
    calx_session_rollback(f->session);
    calx_query_update(articles(f), SET(Article_.code, (calx_text){0}));
    assert_failed(f->session, CALX_ERROR_INVALID,
                  "column \"code\": NULL in a column that is not nullable");
    calx_session_rollback(f->session);
    calx_query_update(articles(f), SET(Article_.barcode, "123456789012345678901"));
    assert_failed(f->session, CALX_ERROR_INVALID, "column \"barcode\": ");
    calx_session_rollback(f->session);
    calx_query_update(articles(f), SET(Article_.stock, INT64_C(1) << 40));
    assert_failed(f->session, CALX_ERROR_INVALID, "column \"stock\": ");
    calx_session_rollback(f->session);
    assert_int_equal(calx_query_update(articles(f), SET(Article_.barcode, (calx_text){0})), 4);
    assert_int_equal(f->sent.length > 0, 1);
    assert_session_ok(f->session);
}

static void only_the_rows_of_a_table_are_changed(void **state)
{
    fixture *f = *state;
    calx_query_update(articles(f), SET(Article_.id, 1));
    assert_failed(f->session, CALX_ERROR_INVALID, "column \"id\": a primary key cannot be changed");
    calx_session_rollback(f->session);
    calx_query_update(articles(f), SET(Article_.least, 1), SET(Article_.least, 2));
    assert_failed(f->session, CALX_ERROR_INVALID, "column \"least\" is set twice");
    calx_session_rollback(f->session);
    calx_query_update(articles(f), SET(ADD(Article_.least, 1), 1));
    assert_failed(f->session, CALX_ERROR_INVALID, "SET of what is not a column");
    calx_session_rollback(f->session);
    calx_query_update(calx_limit(articles(f), 1), SET(Article_.least, 1));
    assert_failed(f->session, CALX_ERROR_UNSUPPORTED, "update with order_by, limit or offset");
    calx_session_rollback(f->session);
    calx_query_update(calx_distinct(articles(f)), SET(Article_.least, 1));
    assert_failed(f->session, CALX_ERROR_UNSUPPORTED, "not simply the rows of a table");
    calx_session_rollback(f->session);
    calx_query_update(
        calx_join_on(articles(f), Todo, EQUAL(Article_.id, WITHIN(Article, Todo_.id))),
        SET(Article_.least, 1));
    assert_failed(f->session, CALX_ERROR_UNSUPPORTED, "UPDATE or DELETE with a join");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_articles(rows_are_changed_by_an_expression),
        with_articles(matched_rows_are_counted),
        with_articles(objects_see_what_was_changed),
        with_articles(versions_count),
        with_articles(changes_of_objects_are_written_before),
        with_articles(expressions_read_what_was_there_before),
        with_articles(subqueries_and_choices_are_expressions),
        with_articles(values_are_checked),
        with_articles(only_the_rows_of_a_table_are_changed),
    };
    return cmocka_run_group_tests(tests, article_open, article_close);
}
