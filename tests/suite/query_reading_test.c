/* Queries see what was changed before them, whichever of their tables it is in. */
#include "tests/suite/shop_fixture.h"

SHOP_FIXTURE_MODELS

static Order_query *orders(const fixture *f)
{
    return calx_order_by(calx_query_of(f->session, Order), Order_.id);
}

/* ---- Autoflush ---- */

/* bob moves to Oslo; that is not flushed. */
static void move_bob(const fixture *f)
{
    Customer *bob = calx_get(f->session, Customer, 2);
    assert_non_null(bob);
    bob->city = calx_text_of("Oslo");
}

static void a_joined_table_is_flushed(void **state)
{
    fixture *f = *state;
    move_bob(f);
    assert_int_equal(
        calx_count(calx_filter(orders(f), EQUAL(AT(Order_.customer, Customer_.city), "Oslo"))), 4);
}

static void a_table_joined_on_a_condition_is_flushed(void **state)
{
    fixture *f = *state;
    Product *milk = calx_get(f->session, Product, 4);
    milk->stock = 250;
    Order_query *priced =
        calx_join_on(orders(f), Product, EQUAL(Order_.price, WITHIN(Order, Product_.stock)));
    assert_int_equal(calx_all(priced).count, 1);
}

static void a_subquerys_table_is_flushed(void **state)
{
    fixture *f = *state;
    move_bob(f);
    Customer_query *in_oslo = calx_filter_by(calx_query_of(f->session, Customer), city, "Oslo");
    assert_int_equal(
        calx_all(calx_filter(orders(f), IN_QUERY(Order_.customer_id, in_oslo, Customer_.id))).count,
        4);
    Product *tea = calx_get(f->session, Product, 1);
    tea->stock = 77;
    Product_query *most =
        calx_limit(calx_order_by_descending(calx_query_of(f->session, Product), Product_.stock), 1);
    assert_figures(f,
                   calx_select(calx_limit(orders(f), 1), Figure,
                               FIELD(number, SUBQUERY(Order, most, Product_.stock))),
                   "77");
    tea->stock = 78;
    Product_query *such = calx_filter_by(calx_query_of(f->session, Product), stock, 78);
    assert_int_equal(calx_all(calx_filter(orders(f), EXISTS(Order, such))).count, 5);
}

static void the_order_of_a_table_is_flushed(void **state)
{
    fixture *f = *state;
    Customer *bob = calx_get(f->session, Customer, 2);
    bob->name = calx_text_of("Aaron");
    assert_int_equal(calx_first(calx_order_by(calx_query_of(f->session, Order),
                                              AT(Order_.customer, Customer_.name)))
                         ->id,
                     3);
}

static void tables_of_rows_are_flushed(void **state)
{
    fixture *f = *state;
    Figure_query *cities = calx_order_by(
        calx_select(calx_query_of(f->session, Customer), Figure, FIELD(name, Customer_.city)),
        Figure_.name);
    move_bob(f);
    assert_figures(f, cities, ", Oslo, Oslo, Oslo");
    Figure_query *both = calx_order_by(
        calx_union(
            calx_select(calx_query_of(f->session, Product), Figure, FIELD(name, Product_.name)),
            calx_select(calx_query_of(f->session, Customer), Figure, FIELD(name, Customer_.name))),
        Figure_.name);
    Customer *bob = calx_get(f->session, Customer, 2);
    bob->name = calx_text_of("0");
    assert_text(calx_first(both)->name, "0");
    Figure_query *sums =
        calx_select(calx_group_by(calx_query_of(f->session, Order), Order_.customer_id), Figure,
                    FIELD(number, SUM(Order_.price)));
    Customer_query *rich = calx_join_rows(
        calx_query_of(f->session, Customer), sums,
        EQUAL(LITERAL(Customer, BIG_INTEGER, 1070), WITHIN(Customer, Figure_.number)));
    Order *order = calx_get(f->session, Order, 4);
    order->price = 1070;
    assert_int_equal(calx_count(rich), 4);
}

static void a_delete_by_a_subquery_flushes_its_table(void **state)
{
    fixture *f = *state;
    Product *tea = calx_get(f->session, Product, 1);
    tea->name = calx_text_of("gone");
    Product_query *gone = calx_filter_by(calx_query_of(f->session, Product), name, "gone");
    OrderLine_query *lines = calx_filter(calx_query_of(f->session, OrderLine),
                                         IN_QUERY(OrderLine_.product_id, gone, Product_.id));
    assert_int_equal(calx_query_delete_count(lines), 2);
    assert_session_ok(f->session);
}

static void tables_that_are_not_read_are_not_flushed(void **state)
{
    fixture *f = *state;
    move_bob(f);
    forget_sent(f);
    assert_int_equal(calx_count(calx_query_of(f->session, Order)), 5);
    assert_string_equal(sent(f), "SELECT count(*) FROM shop_orders\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_shop(a_joined_table_is_flushed),
        with_shop(a_table_joined_on_a_condition_is_flushed),
        with_shop(a_subquerys_table_is_flushed),
        with_shop(the_order_of_a_table_is_flushed),
        with_shop(tables_of_rows_are_flushed),
        with_shop(a_delete_by_a_subquery_flushes_its_table),
        with_shop(tables_that_are_not_read_are_not_flushed),
    };
    return cmocka_run_group_tests(tests, shop_open, shop_close);
}
