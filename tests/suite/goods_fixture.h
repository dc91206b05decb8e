/* goods_fixture.h: goods with decimals, enumerations, arrays and documents for the tests of
 * queries, the same rows for every test. */
#ifndef CALX_TESTS_SUITE_GOODS_FIXTURE_H
#define CALX_TESTS_SUITE_GOODS_FIXTURE_H

#include "tests/suite/orm_fixture.h"

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

#define MEAN(COLUMN, Row)                                                                          \
    COLUMN(Row, DOUBLE_OR_NULL, all)                                                               \
    COLUMN(Row, DOUBLE_OR_NULL, distinct)                                                          \
    COLUMN(Row, DOUBLE_OR_NULL, ids)
CALX_ROW_DECLARE(Mean, MEAN)
CALX_ROW_DEFINE(Mean, MEAN)

static const calx_model *const goods_models[] = {&Goods_model};

#define GREATEST "99999999999999999999.9999999999"

static inline void goods_add(const fixture *f, const char *name, const char *price,
                             const char *rate, int size)
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

static inline int goods_open(void **state)
{
    fixture *f = fixture_create_on(fixture_uri());
    assert_ok(f, calx_drop_all(f->engine, goods_models, 1, CALX_NO_DEADLINE, &f->err));
    assert_ok(f, calx_create_all(f->engine, goods_models, 1, CALX_NO_DEADLINE, &f->err));
    goods_add(f, "b", "0.10", "0.0000000001", Size_LARGE);
    goods_add(f, "B", "0.20", "0.1", Size_SMALL);
    goods_add(f, "a", "99999999.99", GREATEST, -1);
    goods_add(f, "C", "-1.50", "-" GREATEST, Size_MEDIUM);
    goods_add(f, "c", "0.20", NULL, Size_SMALL);
    calx_session_commit(f->session);
    assert_session_ok(f->session);
    *state = f;
    return 0;
}

static inline int goods_close(void **state)
{
    fixture *f = *state;
    calx_session_destroy(f->session);
    f->session = NULL;
    calx_drop_all(f->engine, goods_models, 1, CALX_NO_DEADLINE, NULL);
    fixture_destroy(f);
    return 0;
}

/* Each test has a session of its own, which is rolled back. */
static inline int goods_setup(void **state)
{
    fixture *f = *state;
    calx_session_destroy(f->session);
    f->session = calx_session_create(f->engine);
    return 0;
}

static inline Goods_query *goods(const fixture *f)
{
    return calx_query_of(f->session, Goods);
}

/* "0.3 1, null": the rows, decimals without the zeros at their end. */
static inline const char *rows_of(const fixture *f, Amount_query *query)
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

#endif
