/* Decimals, enumerations, arrays and documents in expressions on a real database: the same rows
 * everywhere, or an error before anything is sent. */
#include "tests/suite/orm_fixture.h"

ORM_FIXTURE_MODELS

#define SIZE(X, Enum) X(Enum, SMALL, "small") X(Enum, MEDIUM, "medium") X(Enum, LARGE, "large")
CALX_ENUM_DECLARE(Size, SIZE)
CALX_ENUM_DEFINE(Size, "suite_size", SIZE)

#define GOODS(COLUMN, Model)                                                                       \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, STRING, name, LENGTH(20))                                                        \
    COLUMN(Model, NUMERIC(10, 2), price)                                                           \
    COLUMN(Model, NUMERIC_OR_NULL(30, 10), rate)                                                   \
    COLUMN(Model, ENUM_OR_NULL(Size), size)                                                        \
    COLUMN(Model, ENUM(Size), least)                                                               \
    COLUMN(Model, ARRAY(INTEGER), codes)                                                           \
    COLUMN(Model, JSON_DOCUMENT_OR_NULL, notes)
CALX_MODEL_DECLARE(Goods, GOODS)
CALX_MODEL_DEFINE(Goods, "suite_goods", GOODS)

#define AMOUNT(COLUMN, Row)                                                                        \
    COLUMN(Row, NUMERIC_OR_NULL(65, 20), amount)                                                   \
    COLUMN(Row, BIG_INTEGER_OR_NULL, number)                                                       \
    COLUMN(Row, STRING_OR_NULL, name)
CALX_ROW_DECLARE(Amount, AMOUNT)
CALX_ROW_DEFINE(Amount, AMOUNT)

static const calx_model *const models[] = {&Goods_model};

#define GREATEST "99999999999999999999.9999999999"

static void add(const fixture *f, const char *name, const char *price, const char *rate, int size)
{
    static const int32_t codes[] = {1, 2};
    Goods *goods = Goods_new(f->session);
    goods->name = calx_text_of(name);
    goods->price = calx_decimal_of(price);
    goods->rate = calx_decimal_of(rate);
    goods->size = (Size_or_null){.value = (Size)size, .is_null = size < 0};
    goods->least = Size_MEDIUM;
    goods->codes = (calx_integer_array){codes, size == Size_SMALL ? 1 : 2};
    calx_session_flush(f->session);
}

static int goods_open(void **state)
{
    fixture *f = fixture_create_on(fixture_uri());
    assert_ok(f, calx_drop_all(f->engine, models, 1, CALX_NO_DEADLINE, &f->err));
    assert_ok(f, calx_create_all(f->engine, models, 1, CALX_NO_DEADLINE, &f->err));
    add(f, "b", "0.10", "0.0000000001", Size_LARGE);
    add(f, "B", "0.20", "0.1", Size_SMALL);
    add(f, "a", "99999999.99", GREATEST, -1);
    add(f, "C", "-1.50", "-" GREATEST, Size_MEDIUM);
    add(f, "c", "0.20", NULL, Size_SMALL);
    calx_session_commit(f->session);
    assert_session_ok(f->session);
    *state = f;
    return 0;
}

static int goods_close(void **state)
{
    fixture *f = *state;
    calx_session_destroy(f->session);
    f->session = NULL;
    calx_drop_all(f->engine, models, 1, CALX_NO_DEADLINE, NULL);
    fixture_destroy(f);
    return 0;
}

/* Each test has a session of its own, which is rolled back. */
static int setup(void **state)
{
    fixture *f = *state;
    calx_session_destroy(f->session);
    f->session = calx_session_create(f->engine);
    return 0;
}

static Goods_query *goods(const fixture *f)
{
    return calx_query_of(f->session, Goods);
}

/* "0.3 1, null": the rows, decimals without the zeros at their end. */
static const char *rows_of(const fixture *f, Amount_query *query)
{
    static char out[1024];
    size_t length = 0;
    Amount_list list = calx_all(query);
    assert_session_ok(f->session);
    out[0] = '\0';
    for (size_t i = 0; i < list.count; i++) {
        calx_decimal amount = list.items[i]->amount;
        calx_text name = list.items[i]->name;
        while (amount.length > 0 && amount.data[amount.length - 1] == '0')
            amount.length--;
        if (amount.length > 0 && amount.data[amount.length - 1] == '.')
            amount.length--;
        length += (size_t)snprintf(out + length, sizeof out - length, "%s%.*s%.*s", i ? ", " : "",
                                   (int)amount.length, amount.data ? amount.data : "",
                                   (int)name.length, name.data ? name.data : "");
        if (!list.items[i]->number.is_null)
            length += (size_t)snprintf(out + length, sizeof out - length, " %lld",
                                       (long long)list.items[i]->number.value);
    }
    return out;
}

#define assert_rows(f, query, expected) assert_string_equal(rows_of(f, query), expected)

/* What the expression is for each row, in order. */
#define assert_each(f, expression, expected)                                                       \
    assert_rows(                                                                                   \
        f, calx_select(calx_order_by(goods(f), Goods_.id), Amount, FIELD(amount, expression)),     \
        expected)

/* The names of the rows for which it is true. */
#define assert_where(f, condition, expected)                                                       \
    assert_rows(f,                                                                                 \
                calx_select(calx_order_by(calx_filter(goods(f), condition), Goods_.id), Amount,    \
                            FIELD(name, Goods_.name)),                                             \
                expected)

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

#define with_goods(test) cmocka_unit_test_setup_teardown(test, setup, NULL)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_goods(decimals_are_calculated_exactly),
        with_goods(calculated_decimals_are_compared),
        with_goods(calculated_decimals_are_ordered),
        with_goods(decimals_are_summed_and_grouped),
        with_goods(rows_of_decimals_are_queried_again),
        with_goods(calculated_decimals_are_stored),
        with_goods(decimals_that_differ_are_refused),
        with_goods(enumerations_are_ordered_as_declared),
        with_goods(enumerations_are_compared_as_declared),
        with_goods(enumerations_and_arrays_are_grouped),
        with_goods(what_has_no_order_is_refused),
        with_goods(calculated_text_is_ordered_by_code_points),
        with_goods(integers_are_summed_in_windows),
    };
    return cmocka_run_group_tests(tests, goods_open, goods_close);
}
