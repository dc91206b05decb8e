/* Conditions and expressions on a real database: the same rows everywhere. */
#include "tests/suite/shop_fixture.h"

SHOP_FIXTURE_MODELS

/* The ids of the products for which the condition is true. */
static const char *products_where(const fixture *f, Product_condition condition)
{
    static char out[16];
    Product_list list = calx_all(
        calx_order_by(calx_filter(calx_query_of(f->session, Product), condition), Product_.id));
    assert_session_ok(f->session);
    for (size_t i = 0; i < list.count; i++)
        out[i] = (char)('0' + list.items[i]->id);
    out[list.count] = '\0';
    return out;
}

#define assert_products(f, condition, expected)                                                    \
    assert_string_equal(products_where(f, condition), expected)

/* What the expression is for each product, in order. */
#define assert_each(f, member, expression, expected)                                               \
    assert_figures(f,                                                                              \
                   calx_select(calx_order_by(calx_query_of((f)->session, Product), Product_.id),   \
                               Figure, FIELD(member, expression)),                                 \
                   expected)

static void columns_are_compared_with_columns(void **state)
{
    fixture *f = *state;
    assert_products(f, GREATER(Product_.stock, Product_.least), "34");
    assert_products(f, NOT(GREATER(Product_.stock, Product_.least)), "12");
    assert_products(f, EQUAL(Product_.stock, ADD(Product_.least, 5)), "3");
    assert_products(f, LESS(MULTIPLY(Product_.stock, 2), ADD(Product_.least, Product_.stock)),
                    "12");
}

static void one_of_a_list(void **state)
{
    fixture *f = *state;
    int32_t ids[] = {4, 4, 7, 1, 2};
    assert_products(f, IN(Product_.id, 1, 3), "13");
    assert_products(f, IN(Product_.id, 2), "2");
    assert_products(f, NOT(IN(Product_.id, 1, 3)), "24");
    assert_products(f, IN(Product_.name, "tea", "TEA", (const char *)NULL, "\xff"), "1");
    assert_products(f, NOT(IN(Product_.name, "tea", (const char *)NULL)), "234");
    assert_products(f, IN_VALUES(f->session, Product_.id, ids, 3), "4");
    assert_products(f, IN_VALUES(f->session, Product_.id, ids, 5), "124");
    assert_products(f, IN_VALUES(f->session, Product_.id, ids, 0), "");
    assert_products(f, NOT(IN_VALUES(f->session, Product_.id, ids, 0)), "1234");
}

static void between_two_values(void **state)
{
    fixture *f = *state;
    assert_products(f, BETWEEN(Product_.stock, 10, 20), "23");
    assert_products(f, BETWEEN(Product_.stock, Product_.least, 100), "34");
    assert_products(f, NOT(BETWEEN(Product_.stock, 10, 20)), "14");
    assert_products(f, BETWEEN(Product_.stock, 20, 10), "");
    assert_products(f, BETWEEN(Product_.stock, 10, UINT64_MAX), "234");
    assert_products(f, BETWEEN(Product_.name, "T", "tea"), "124");
}

static void like_tells_case(void **state)
{
    fixture *f = *state;
    assert_products(f, LIKE(Product_.name, "tea%"), "1");
    assert_products(f, LIKE(Product_.name, "Tea%"), "2");
    assert_products(f, LIKE(Product_.name, "t_a"), "1");
    assert_products(f, LIKE(Product_.name, "_ea___"), "2");
    assert_products(f, LIKE_ANY_CASE(Product_.name, "TEA%"), "12");
    assert_products(f, NOT(LIKE(Product_.name, "%e%")), "34");
}

static void patterns_are_escaped(void **state)
{
    fixture *f = *state;
    assert_products(f, LIKE(Product_.name, "50%%off%"), "3");
    assert_products(f, LIKE(Product_.name, "50\\% off%"), "");
    assert_products(f, LIKE_ESCAPE(Product_.name, "50\\% off\\_bag", '\\'), "3");
    assert_products(f, LIKE_ESCAPE(Product_.name, "50!% off!_%", '!'), "3");
    assert_products(f, LIKE_ESCAPE(Product_.name, "!%%", '!'), "");
    assert_products(f, CONTAINS(Product_.name, "% off_"), "3");
    assert_products(f, CONTAINS(Product_.name, "_"), "3");
    assert_products(f, STARTS_WITH(Product_.name, "t"), "1");
    assert_products(f, ENDS_WITH(Product_.name, "pot"), "2");
    assert_products(f, CONTAINS(Product_.name, "[t]"), "");
    assert_products(f, CONTAINS(Product_.name, "|"), "");
    assert_products(f, STARTS_WITH(Product_.name, "*"), "");
    assert_products(f, CONTAINS(Product_.name, ""), "1234");
    assert_products(f, LIKE(Product_.name, (const char *)NULL), "");
    assert_products(f, LIKE(Product_.name, "\xff"), "");
}

static void integers_are_calculated(void **state)
{
    fixture *f = *state;
    assert_each(f, number, ADD(Product_.stock, Product_.least), "15, 25, 35, 45");
    assert_each(f, number, SUBTRACT(Product_.stock, 15), "-15, -5, 5, 15");
    assert_each(f, number, DIVIDE(SUBTRACT(Product_.stock, 15), 2), "-7, -2, 2, 7");
    assert_each(f, number, MODULO(SUBTRACT(Product_.stock, 15), 4), "-3, -1, 1, 3");
    assert_each(f, number, MULTIPLY(ADD(Product_.stock, 1), SUBTRACT(Product_.least, 5)),
                "10, 110, 210, 310");
    assert_each(f, number, SUBTRACT(NEGATE(Product_.stock), SUBTRACT(Product_.least, 5)),
                "-10, -20, -30, -40");
    assert_each(f, number, ABSOLUTE(SUBTRACT(Product_.stock, 15)), "15, 5, 5, 15");
    assert_each(f, real, MULTIPLY(Product_.weight, 3), "0, 1.5, 3, 4.5");
    assert_each(f, real, DIVIDE(Product_.weight, 2), "0, 0.25, 0.5, 0.75");
}

/* Where the columns have 32 bits. */
static void integers_have_64_bits(void **state)
{
    fixture *f = *state;
    assert_each(f, number, MULTIPLY(Product_.least, MULTIPLY(Product_.least, 1000000000)),
                "225000000000, 225000000000, 225000000000, 225000000000");
    assert_each(f, number, MULTIPLY(MULTIPLY(Product_.stock, Product_.stock), 100000000),
                "0, 10000000000, 40000000000, 90000000000");
}

static void division_by_zero_is_null(void **state)
{
    fixture *f = *state;
    assert_each(f, number, DIVIDE(Product_.least, Product_.stock), ", 1, 0, 0");
    assert_each(f, number, MODULO(Product_.least, 0), "");
    assert_each(f, real, DIVIDE(Product_.weight, Product_.weight), ", 1, 1, 1");
    assert_products(f, IS_NULL(DIVIDE(Product_.least, Product_.stock)), "1");
}

static void text_is_made_of_text(void **state)
{
    fixture *f = *state;
    assert_each(f, name, LOWER(Product_.name), "tea, teapot, 50% off_bag, milk");
    assert_each(f, name, UPPER(SUBSTRING(Product_.name, 1, 2)), "TE, TE, 50, MI");
    assert_each(f, name, SUBSTRING(Product_.name, 2, 100), "ea, eapot, 0% off_bag, ilk");
    assert_each(f, name, REPLACE(Product_.name, "ea", "ee"), "tee, Teepot, 50% off_bag, milk");
    assert_each(f, name, CONCATENATE(Product_.name, "!"), "tea!, Teapot!, 50% off_bag!, milk!");
    assert_each(f, name, CONCATENATE(CONCATENATE(Product_.name, "-"), Product_.name),
                "tea-tea, Teapot-Teapot, 50% off_bag-50% off_bag, milk-milk");
    assert_each(f, name,
                TRIM(CONCATENATE(CONCATENATE(LITERAL(Product, TEXT, " "), Product_.name), "  ")),
                "tea, Teapot, 50% off_bag, milk");
    assert_each(f, number, LENGTH_OF(Product_.name), "3, 6, 11, 4");
    assert_products(f, GREATER(LENGTH_OF(Product_.name), 4), "23");
}

/* Characters, not bytes. */
static void length_is_in_characters(void **state)
{
    fixture *f = *state;
    Customer_query *last = calx_filter_by(calx_query_of(f->session, Customer), id, 4);
    assert_figures(f,
                   calx_select(last, Figure, FIELD(number, LENGTH_OF(Customer_.name)),
                               FIELD(name, SUBSTRING(Customer_.name, 1, 1))),
                   "\xc3\x84 4");
}

static void null_is_replaced(void **state)
{
    fixture *f = *state;
    Customer_query *all = calx_order_by(calx_query_of(f->session, Customer), Customer_.id);
    assert_figures(f, calx_select(all, Figure, FIELD(name, COALESCE(Customer_.city, "none"))),
                   "Oslo, Rome, Oslo, none");
    assert_figures(f,
                   calx_select(all, Figure, FIELD(name, COALESCE(Customer_.city, Customer_.name))),
                   "Oslo, Rome, Oslo, \xc3\x84nne");
    assert_figures(f,
                   calx_select(all, Figure, FIELD(name, Customer_.name),
                               FIELD(number, NULL_IF(Customer_.id, 2))),
                   "Ann 1, bob, Carl 3, \xc3\x84nne 4");
}

static void a_case_is_chosen(void **state)
{
    fixture *f = *state;
    assert_each(f, name,
                CASE(LESS(Product_.stock, 5), LITERAL(Product, TEXT, "empty"),
                     CASE(LESS(Product_.stock, Product_.least), LITERAL(Product, TEXT, "low"),
                          Product_.name)),
                "empty, low, 50% off_bag, milk");
    assert_products(f, EQUAL(CASE(EQUAL(Product_.stock, 0), Product_.least, 3), 15), "1");
}

static void time_is_taken_apart(void **state)
{
    fixture *f = *state;
    Order_query *first = calx_filter_by(calx_query_of(f->session, Order), id, 1);
    assert_figures(f, calx_select(first, Figure, FIELD(number, YEAR_OF(Order_.placed))), "2026");
    assert_figures(f, calx_select(first, Figure, FIELD(number, MONTH_OF(Order_.placed))), "10");
    assert_figures(f, calx_select(first, Figure, FIELD(number, DAY_OF(Order_.placed))), "18");
    assert_figures(f, calx_select(first, Figure, FIELD(number, HOUR_OF(Order_.placed))), "10");
    assert_figures(f, calx_select(first, Figure, FIELD(number, MINUTE_OF(Order_.placed))), "15");
    assert_int_equal(calx_count(calx_filter(calx_query_of(f->session, Order),
                                            EQUAL(MONTH_OF(Order_.placed), 11))),
                     2);
    Order *last = calx_get(f->session, Order, 1);
    last->placed.microseconds = CALX_DATETIME_MAX;
    assert_figures(f, calx_select(first, Figure, FIELD(number, YEAR_OF(Order_.placed))), "9999");
    assert_figures(f, calx_select(first, Figure, FIELD(number, DAY_OF(Order_.placed))), "31");
    assert_figures(f, calx_select(first, Figure, FIELD(number, MINUTE_OF(Order_.placed))), "59");
}

/* By code points: capitals, small letters, then what is not ASCII. */
static void text_is_ordered_by_code_points(void **state)
{
    fixture *f = *state;
    Customer_query *all = calx_query_of(f->session, Customer);
    assert_figures(
        f, calx_select(calx_order_by(all, Customer_.name), Figure, FIELD(name, Customer_.name)),
        "Ann, Carl, bob, \xc3\x84nne");
    assert_int_equal(
        calx_count(calx_filter(calx_query_of(f->session, Customer), LESS(Customer_.name, "a"))), 2);
    assert_figures(
        f,
        calx_select(calx_query_of(f->session, Customer), Figure,
                    FIELD(name, CONCATENATE(MINIMUM(Customer_.name), MAXIMUM(Customer_.name)))),
        "Ann\xc3\x84nne");
}

static void orders_are_by_any_expression(void **state)
{
    fixture *f = *state;
    Product_query *all =
        calx_order_by(calx_query_of(f->session, Product), ABSOLUTE(SUBTRACT(Product_.stock, 18)));
    assert_figures(f, calx_select(all, Figure, FIELD(number, Product_.stock)), "20, 10, 30, 0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_shop(columns_are_compared_with_columns),
        with_shop(one_of_a_list),
        with_shop(between_two_values),
        with_shop(like_tells_case),
        with_shop(patterns_are_escaped),
        with_shop(integers_are_calculated),
        with_shop(integers_have_64_bits),
        with_shop(division_by_zero_is_null),
        with_shop(text_is_made_of_text),
        with_shop(length_is_in_characters),
        with_shop(null_is_replaced),
        with_shop(a_case_is_chosen),
        with_shop(time_is_taken_apart),
        with_shop(text_is_ordered_by_code_points),
        with_shop(orders_are_by_any_expression),
    };
    return cmocka_run_group_tests(tests, shop_open, shop_close);
}
