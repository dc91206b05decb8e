/* Decimals, enumerations, arrays and documents in expressions on a real database: the same rows
 * everywhere, or an error before anything is sent. */
#include "tests/suite/goods_fixture.h"

ORM_FIXTURE_MODELS

#define assert_refused(f, query, code, words)                                                      \
    do {                                                                                           \
        forget_sent(f);                                                                            \
        calx_all(query);                                                                           \
        assert_failed((f)->session, code, words);                                                  \
        assert_string_equal(sent(f), "");                                                          \
        calx_session_rollback((f)->session);                                                       \
    } while (0)

/* ---- Decimals ---- */

static void decimals_are_calculated_exactly(void **state)
{
    fixture *f = *state;
    assert_each(f, ADD(Goods_.price, "0.1"), "0.2, 0.3, 100000000.09, -1.4, 0.3");
    assert_each(
        f, SUBTRACT(Goods_.price, Goods_.rate),
        "0.0999999999, 0.1, -99999999999900000000.0099999999, 99999999999999999998.4999999999, ");
    assert_each(f, MULTIPLY(Goods_.price, Goods_.rate),
                "0.00000000001, 0.02, 9999999998999999999999999999.990000000001, "
                "149999999999999999999.99999999985, ");
    assert_each(f, MULTIPLY(Goods_.rate, Goods_.rate),
                "0.00000000000000000001, 0.01, "
                "9999999999999999999999999999980000000000.00000000000000000001, "
                "9999999999999999999999999999980000000000.00000000000000000001, ");
    assert_each(f, MULTIPLY(ADD(Goods_.price, 1), SUBTRACT(NEGATE(Goods_.price), "0.5")),
                "-0.66, -0.84, -10000000148000000.4851, -0.5, -0.84");
    assert_each(f, ABSOLUTE(Goods_.rate), "0.0000000001, 0.1, " GREATEST ", " GREATEST ", ");
    assert_each(f, SUBTRACT(LITERAL(Goods, NUMERIC(10, 2), "1"), Goods_.price),
                "0.9, 0.8, -99999998.99, 2.5, 0.8");
    assert_each(f, CASE(LESS(Goods_.price, 0), NEGATE(Goods_.price), Goods_.price),
                "0.1, 0.2, 99999999.99, 1.5, 0.2");
    assert_each(f, COALESCE(Goods_.rate, MULTIPLY(Goods_.price, 2)),
                "0.0000000001, 0.1, " GREATEST ", -" GREATEST ", 0.4");
    assert_each(f, NULL_IF(MULTIPLY(Goods_.price, 2), "0.4"), "0.2, , 199999999.98, -3, ");
}

/* The price of a line: what it costs, so many times. */
static void integers_stand_beside_decimals(void **state)
{
    fixture *f = *state;
    assert_each(f, MULTIPLY(Goods_.price, Goods_.id), "0.1, 0.4, 299999999.97, -6, 1");
    assert_each(f, SUBTRACT(ADD(Goods_.price, Goods_.id), MULTIPLY(Goods_.id, 2)),
                "-0.9, -1.8, 99999996.99, -5.5, -4.8");
    assert_each(f, ADD(Goods_.rate, SUBTRACT(Goods_.id, 5)),
                "-3.9999999999, -2.9, 99999999999999999997.9999999999, "
                "-100000000000000000000.9999999999, ");
    assert_where(f, EQUAL(MULTIPLY(Goods_.price, Goods_.id), "0.4"), "B");
    assert_rows(
        f, calx_select(goods(f), Amount, FIELD(amount, SUM(MULTIPLY(Goods_.price, Goods_.id)))),
        "299999995.47");
}

/* By their value, whatever digits they are written with. */
static void calculated_decimals_are_compared(void **state)
{
    fixture *f = *state;
    assert_where(f, EQUAL(MULTIPLY(Goods_.price, "2.000"), "0.4"), "B, c");
    assert_where(f, NOT_EQUAL(ADD(Goods_.price, 0), "0.2"), "b, a, C");
    assert_where(f, GREATER(MULTIPLY(Goods_.price, 10), 9), "a");
    assert_where(f, LESS(ADD(Goods_.price, Goods_.rate), "0.3"), "b, C");
    assert_where(f, LESS_EQUAL(ADD(Goods_.price, Goods_.rate), "0.3"), "b, B, C");
    assert_where(f, BETWEEN(MULTIPLY(Goods_.price, 10), "1.0", 2), "b, B, c");
    assert_where(f, IN(MULTIPLY(Goods_.price, 10), "1", "-15.000"), "b, C");
    assert_where(f, EQUAL(Goods_.price, MULTIPLY(Goods_.rate, 2)), "B");
    assert_where(f, EQUAL(LITERAL(Goods, NUMERIC(10, 4), "0.1"), Goods_.price), "b");
    assert_where(f, GREATER(CASE(IS_NULL(Goods_.rate), Goods_.price, Goods_.rate), "0.15"), "a, c");
    assert_where(f, IN_QUERY(MULTIPLY(Goods_.price, 2), goods(f), MULTIPLY(Goods_.price, "1.0")),
                 "b");
}

static void calculated_decimals_are_ordered(void **state)
{
    fixture *f = *state;
    Goods_query *query = calx_order_by(goods(f), MULTIPLY(Goods_.price, -10));
    query = calx_order_by(query, Goods_.id);
    assert_rows(f, calx_select(query, Amount, FIELD(name, Goods_.name)), "a, B, c, b, C");
    assert_rows(f,
                calx_select(query, Amount, FIELD(amount, MULTIPLY(Goods_.price, -10)),
                            FIELD(name, Goods_.name)),
                "-999999999.9a, -2B, -2c, -1b, 15C");
    Amount_query *rows = calx_select(goods(f), Amount, FIELD(amount, MULTIPLY(Goods_.price, 100)));
    assert_rows(f, calx_order_by(calx_filter(rows, LESS(Amount_.amount, 100)), Amount_.amount),
                "-150, 10, 20, 20");
    assert_rows(f, calx_select(goods(f), Amount, FIELD(amount, MINIMUM(MULTIPLY(Goods_.price, 9)))),
                "-13.5");
    assert_rows(f, calx_select(goods(f), Amount, FIELD(amount, MAXIMUM(MULTIPLY(Goods_.price, 9)))),
                "899999999.91");
}

static void decimals_are_summed_and_grouped(void **state)
{
    fixture *f = *state;
    Goods_query *small = calx_filter(goods(f), LESS(ABSOLUTE(Goods_.price), 10));
    assert_rows(f, calx_select(small, Amount, FIELD(amount, SUM(MULTIPLY(Goods_.price, "0.1")))),
                "-0.1");
    assert_rows(f, calx_select(goods(f), Amount, FIELD(amount, SUM(Goods_.rate))), "0.1000000001");
    assert_rows(f, calx_select(goods(f), Amount, FIELD(amount, ADD(SUM(Goods_.rate), "0.9"))),
                "1.0000000001");
    Goods_query *groups = calx_group_by(small, MULTIPLY(Goods_.price, 2));
    groups = calx_order_by(groups, MULTIPLY(Goods_.price, 2));
    assert_rows(f,
                calx_select(groups, Amount, FIELD(amount, MULTIPLY(Goods_.price, 2)),
                            FIELD(number, COUNT_ALL(Goods))),
                "-3 1, 0.2 1, 0.4 2");
    Goods_query *by_size = calx_order_by(calx_group_by(goods(f), Goods_.least), Goods_.least);
    assert_rows(f,
                calx_select(calx_having(by_size, GREATER(SUM(Goods_.price), "99999998.9")), Amount,
                            FIELD(amount, SUM(Goods_.price))),
                "99999998.99");
    assert_rows(f,
                calx_select(calx_having(by_size, LESS(AVERAGE(Goods_.price), 19999999.0)), Amount,
                            FIELD(amount, SUM(Goods_.price))),
                "");
    assert_rows(
        f, calx_select(goods(f), Amount, FIELD(number, COUNT_DISTINCT(MULTIPLY(Goods_.price, 3)))),
        " 4");
}

static void aggregates_take_each_value_once(void **state)
{
    fixture *f = *state;
    Goods_query *small = calx_filter(goods(f), LESS(ABSOLUTE(Goods_.price), 10));
    assert_rows(f, calx_select(small, Amount, FIELD(amount, SUM(Goods_.price))), "-1");
    assert_rows(f, calx_select(small, Amount, FIELD(amount, SUM_DISTINCT(Goods_.price))), "-1.2");
    assert_rows(
        f, calx_select(small, Amount, FIELD(amount, SUM_DISTINCT(MULTIPLY(Goods_.price, "1.0")))),
        "-1.2");
    assert_rows(f,
                calx_select(goods(f), Amount, FIELD(number, SUM_DISTINCT(LENGTH_OF(Goods_.name)))),
                " 1");
    Goods_query *none = calx_filter_by(goods(f), name, "none");
    assert_rows(f,
                calx_select(none, Amount, FIELD(amount, SUM_DISTINCT(Goods_.price)),
                            FIELD(number, SUM_DISTINCT(Goods_.id))),
                "");
}

/* To the last bit: the exact sum as a double, divided. */
static void averages_of_decimals_are_the_same_doubles(void **state)
{
    fixture *f = *state;
    Goods_query *small = calx_filter(goods(f), GREATER(Goods_.price, 0));
    small = calx_filter(small, LESS(Goods_.price, 1));
    Mean_list means = calx_all(calx_select(small, Mean, FIELD(all, AVERAGE(Goods_.price)),
                                           FIELD(distinct, AVERAGE_DISTINCT(Goods_.price)),
                                           FIELD(ids, AVERAGE_DISTINCT(Goods_.id))));
    assert_session_ok(f->session);
    assert_true(means.items[0]->all.value == 0.5 / 3);
    assert_true(means.items[0]->distinct.value == 0.3 / 2);
    assert_true(means.items[0]->ids.value == 8.0 / 3);
    small = calx_order_by(small, Goods_.id);
    means = calx_all(calx_select(
        small, Mean, FIELD(all, OVER(AVERAGE(Goods_.price), NO_PARTITION, ORDERED_BY(Goods_.id)))));
    assert_int_equal(means.count, 3);
    assert_true(means.items[1]->all.value == 0.3 / 2);
    assert_true(means.items[2]->all.value == 0.5 / 3);
}

static Amount_query *sums(const fixture *f)
{
    return calx_select(calx_group_by(goods(f), Goods_.size), Amount,
                       FIELD(amount, SUM(Goods_.price)), FIELD(number, COUNT_ALL(Goods)));
}

/* Sums are compared as numbers also where they are columns of rows. */
static void rows_of_decimals_are_queried_again(void **state)
{
    fixture *f = *state;
    assert_rows(f, calx_filter(sums(f), GREATER(Amount_.amount, 9)), "99999999.99 1");
    assert_rows(f, calx_filter(sums(f), EQUAL(Amount_.amount, "0.400")), "0.4 2");
    assert_rows(f, calx_order_by_descending(sums(f), Amount_.amount),
                "99999999.99 1, 0.4 2, 0.1 1, -1.5 1");
    Amount_query *prices = calx_select(goods(f), Amount, FIELD(amount, ADD(Goods_.price, 0)));
    Amount_query *rates = calx_select(goods(f), Amount, FIELD(amount, ADD(Goods_.rate, "0.1")));
    assert_int_equal(calx_count(calx_union(prices, rates)), 8);
    Amount_query *windows = calx_select(
        calx_order_by(goods(f), Goods_.id), Amount,
        FIELD(amount, OVER(SUM(MULTIPLY(Goods_.price, 2)), NO_PARTITION, ORDERED_BY(Goods_.id))),
        FIELD(number,
              OVER(DENSE_RANK(Goods), NO_PARTITION, ORDERED_BY(MULTIPLY(Goods_.price, 10)))));
    assert_rows(f, windows, "0.2 2, 0.6 3, 200000000.58 4, 199999997.58 1, 199999997.98 3");
}

/* Half away from zero, as the column's digits want it. */
static void calculated_decimals_are_stored(void **state)
{
    fixture *f = *state;
    Goods_query *small = calx_filter(goods(f), LESS(Goods_.price, 1));
    assert_int_equal(calx_query_update(small, SET(Goods_.price, MULTIPLY(Goods_.price, "1.05"))),
                     4);
    assert_each(f, Goods_.price, "0.11, 0.21, 99999999.99, -1.58, 0.21");
    assert_int_equal(calx_query_update(small, SET(Goods_.rate, Goods_.price)), 4);
    assert_where(f, EQUAL(Goods_.rate, "0.21"), "B, c");
    assert_int_equal(calx_query_update(goods(f), SET(Goods_.price, ADD(Goods_.price, "0.01"))), -1);
    assert_int_equal(calx_session_error(f->session)->code, CALX_ERROR_DATA);
    calx_session_rollback(f->session);
}

static void decimals_that_differ_are_refused(void **state)
{
    fixture *f = *state;
    assert_refused(f, calx_filter(goods(f), EQUAL(DIVIDE(Goods_.price, 3), 1)),
                   CALX_ERROR_UNSUPPORTED, "division of decimals");
    assert_refused(f, calx_filter(goods(f), EQUAL(MODULO(Goods_.price, 3), 1)),
                   CALX_ERROR_UNSUPPORTED, "division of decimals");
    assert_refused(
        f,
        calx_filter(goods(f), EQUAL(MULTIPLY(MULTIPLY(Goods_.rate, Goods_.rate), Goods_.price), 1)),
        CALX_ERROR_UNSUPPORTED, "a decimal of 70 digits, 22 of them behind the point");
}

/* ---- Enumerations, arrays, documents ---- */

/* NULL, then in the order in which they are declared. */
static void enumerations_are_ordered_as_declared(void **state)
{
    fixture *f = *state;
    Goods_query *query = calx_order_by(calx_order_by(goods(f), Goods_.size), Goods_.id);
    assert_rows(f, calx_select(query, Amount, FIELD(name, Goods_.name)), "a, B, c, C, b");
    query = calx_order_by(calx_order_by_descending(goods(f), Goods_.size), Goods_.id);
    assert_rows(f, calx_select(query, Amount, FIELD(name, Goods_.name)), "b, C, B, c, a");
    assert_rows(f,
                calx_select(calx_order_by(goods(f), Goods_.id), Amount,
                            FIELD(number, OVER(RANK(Goods), NO_PARTITION,
                                               ORDERED_BY(DESCENDING(Goods_.size))))),
                " 1,  3,  5,  2,  3");
    assert_rows(f,
                calx_select(calx_after(query, calx_first(calx_filter_by(goods(f), name, "C"))),
                            Amount, FIELD(name, Goods_.name)),
                "B, c, a");
}

static Goods_query *in_pages(const fixture *f)
{
    return calx_order_by(calx_order_by(goods(f), Goods_.size), Goods_.price);
}

/* Whatever a client makes of a token: it is one, or no token, and the database is never asked about
 * what its columns cannot have. */
static void changed_tokens_are_no_tokens(void **state)
{
    fixture *f = *state;
    const Goods *row = calx_first(calx_filter_by(goods(f), name, "C"));
    calx_text token = calx_page_token(in_pages(f), row);
    size_t refused = 0;
    char changed[200];
    assert_session_ok(f->session);
    assert_in_range(token.length, 1, sizeof changed);
    for (size_t i = 0; i < 2 * token.length; i++) {
        memcpy(changed, token.data, token.length);
        changed[i / 2] = changed[i / 2] == 'd' ? 'B' : i % 2 ? 'd' : '_';
        calx_all(calx_after_token(in_pages(f), ((calx_text){changed, token.length})));
        if (calx_session_error(f->session) == NULL)
            continue;
        assert_int_equal(calx_session_error(f->session)->code, CALX_ERROR_INVALID);
        calx_session_rollback(f->session);
        refused++;
    }
    assert_true(refused > token.length);
}

static void enumerations_are_compared_as_declared(void **state)
{
    fixture *f = *state;
    assert_where(f, LESS(Goods_.size, Size_LARGE), "B, C, c");
    assert_where(f, GREATER_EQUAL(Goods_.size, Size_MEDIUM), "b, C");
    assert_where(f, GREATER(Goods_.size, Goods_.least), "b");
    assert_where(f, BETWEEN(Goods_.size, Size_SMALL, Goods_.least), "B, C, c");
    assert_where(f, IN(Goods_.size, Size_SMALL, Size_LARGE), "b, B, c");
    assert_where(f, EQUAL(COALESCE(Goods_.size, Goods_.least), Size_MEDIUM), "a, C");
    assert_where(f, LESS(COALESCE(Goods_.size, Goods_.least), Size_LARGE), "B, a, C, c");
    assert_where(f, NOT(LESS(Goods_.size, Size_LARGE)), "b");
    assert_where(f, EQUAL(LITERAL(Goods, ENUM(Size), Size_SMALL), Goods_.size), "B, c");
}

static void enumerations_and_arrays_are_grouped(void **state)
{
    fixture *f = *state;
    Goods_query *query = calx_order_by(calx_group_by(goods(f), Goods_.size), Goods_.size);
    assert_rows(f, calx_select(query, Amount, FIELD(number, COUNT_ALL(Goods))), " 1,  2,  1,  1");
    query = calx_group_by(goods(f), Goods_.codes);
    assert_rows(
        f,
        calx_order_by(calx_select(query, Amount, FIELD(number, COUNT_ALL(Goods))), Amount_.number),
        " 2,  3");
    assert_where(f, EQUAL(Goods_.codes, Goods_.codes), "b, B, a, C, c");
}

static void what_has_no_order_is_refused(void **state)
{
    fixture *f = *state;
    assert_refused(f, calx_order_by(goods(f), Goods_.codes), CALX_ERROR_UNSUPPORTED,
                   "an array is neither compared");
    assert_refused(f, calx_filter(goods(f), LESS(Goods_.codes, Goods_.codes)),
                   CALX_ERROR_UNSUPPORTED, "an array is neither compared");
    assert_refused(f, calx_order_by(goods(f), Goods_.notes), CALX_ERROR_UNSUPPORTED,
                   "column \"notes\" is a document");
    assert_refused(f, calx_filter(goods(f), EQUAL(Goods_.notes, Goods_.notes)),
                   CALX_ERROR_UNSUPPORTED, "column \"notes\" is a document");
    assert_refused(f, calx_distinct(goods(f)), CALX_ERROR_UNSUPPORTED,
                   "column \"notes\" is a document");
}

/* ---- Text and windows ---- */

/* Also where a database names what is selected by its number. */
static void calculated_text_is_ordered_by_code_points(void **state)
{
    fixture *f = *state;
    Goods_query *query = calx_group_by(goods(f), CONCATENATE(Goods_.name, "!"));
    query = calx_order_by(query, CONCATENATE(Goods_.name, "!"));
    assert_rows(f, calx_select(query, Amount, FIELD(name, CONCATENATE(Goods_.name, "!"))),
                "B!, C!, a!, b!, c!");
}

static void integers_are_summed_in_windows(void **state)
{
    fixture *f = *state;
    assert_rows(f,
                calx_select(calx_order_by(goods(f), Goods_.id), Amount,
                            FIELD(number, OVER(SUM(Goods_.id), PARTITION_BY(Goods_.size),
                                               ORDERED_BY(Goods_.id)))),
                " 1,  2,  3,  4,  7");
    assert_refused(f, calx_select(goods(f), Amount, FIELD(number, ROW_NUMBER(Goods))),
                   CALX_ERROR_INVALID, "row_number() without OVER");
    assert_refused(f,
                   calx_select(goods(f), Amount,
                               FIELD(number, OVER(ADD(Goods_.id, 1), NO_PARTITION, NO_ORDER))),
                   CALX_ERROR_INVALID, "OVER of what is neither");
}

#define with_goods(test) cmocka_unit_test_setup_teardown(test, goods_setup, NULL)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_goods(decimals_are_calculated_exactly),
        with_goods(integers_stand_beside_decimals),
        with_goods(calculated_decimals_are_compared),
        with_goods(calculated_decimals_are_ordered),
        with_goods(decimals_are_summed_and_grouped),
        with_goods(aggregates_take_each_value_once),
        with_goods(averages_of_decimals_are_the_same_doubles),
        with_goods(rows_of_decimals_are_queried_again),
        with_goods(calculated_decimals_are_stored),
        with_goods(decimals_that_differ_are_refused),
        with_goods(enumerations_are_ordered_as_declared),
        with_goods(changed_tokens_are_no_tokens),
        with_goods(enumerations_are_compared_as_declared),
        with_goods(enumerations_and_arrays_are_grouped),
        with_goods(what_has_no_order_is_refused),
        with_goods(calculated_text_is_ordered_by_code_points),
        with_goods(integers_are_summed_in_windows),
    };
    return cmocka_run_group_tests(tests, goods_open, goods_close);
}
