/* Joins, groups, windows, subqueries, unions on a real database: the same rows everywhere. */
#include "tests/suite/shop_fixture.h"

SHOP_FIXTURE_MODELS

static Order_query *orders(const fixture *f)
{
    return calx_order_by(calx_query_of(f->session, Order), Order_.id);
}

static void a_path_joins_its_table(void **state)
{
    fixture *f = *state;
    assert_figures(f,
                   calx_select(orders(f), Figure, FIELD(number, Order_.id),
                               FIELD(name, AT(Order_.customer, Customer_.name))),
                   "Ann 1, Ann 2, bob 3, Carl 4");
    Order_list list =
        calx_all(calx_filter(orders(f), EQUAL(AT(Order_.customer, Customer_.city), "Oslo")));
    assert_session_ok(f->session);
    assert_int_equal(list.count, 3);
    assert_int_equal(list.items[2]->id, 4);
}

static void an_outer_join_keeps_rows(void **state)
{
    fixture *f = *state;
    assert_figures(f,
                   calx_select(calx_outer_join(orders(f), Order_.customer), Figure,
                               FIELD(number, Order_.id),
                               FIELD(name, AT(Order_.customer, Customer_.name))),
                   "Ann 1, Ann 2, bob 3, Carl 4, 5");
}

static void paths_nest(void **state)
{
    fixture *f = *state;
    assert_figures(
        f,
        calx_select(orders(f), Figure, FIELD(number, Order_.id),
                    FIELD(name, AT(Order_.customer, AT(Customer_.friend, Customer_.name)))),
        "Ann 3, bob 4");
    assert_figures(f,
                   calx_select(calx_order_by(orders(f), AT(Order_.products, Product_.id)), Figure,
                               FIELD(number, Order_.id),
                               FIELD(name, AT(Order_.products, Product_.name))),
                   "tea 1, Teapot 1, tea 2, 50% off_bag 2");
}

/* What a select adds is its own: the query it was made of stays as it was. */
static void a_select_leaves_its_query_alone(void **state)
{
    fixture *f = *state;
    Order_query *query = calx_outer_join(orders(f), Order_.customer);
    calx_select(query, Figure, FIELD(name, AT(Order_.products, Product_.name)));
    assert_int_equal(calx_all(query).count, 5);
    assert_session_ok(f->session);
}

static void tables_are_joined_on_a_condition(void **state)
{
    fixture *f = *state;
    Customer_query *query =
        calx_join_on(calx_order_by(calx_query_of(f->session, Customer), Customer_.id), Product,
                     EQUAL(Customer_.id, WITHIN(Customer, Product_.id)));
    assert_figures(f,
                   calx_select(query, Figure, FIELD(name, Customer_.name),
                               FIELD(number, WITHIN(Customer, Product_.stock))),
                   "Ann 0, bob 10, Carl 20, \xc3\x84nne 30");
}

static void rows_are_grouped(void **state)
{
    fixture *f = *state;
    Order_query *query =
        calx_group_by(calx_query_of(f->session, Order), AT(Order_.customer, Customer_.name));
    query = calx_order_by(query, AT(Order_.customer, Customer_.name));
    assert_figures(f,
                   calx_select(query, Figure, FIELD(name, AT(Order_.customer, Customer_.name)),
                               FIELD(number, SUM(Order_.price)),
                               FIELD(real, AVERAGE(Order_.price))),
                   "Ann 350 175, Carl 70 70, bob 70 70");
    assert_figures(f,
                   calx_select(calx_having(query, GREATER(COUNT_ALL(Order), 1)), Figure,
                               FIELD(number, COUNT(Order_.id))),
                   "2");
}

/* To PostgreSQL two binds are never the same. */
static void groups_are_by_any_expression(void **state)
{
    fixture *f = *state;
    Order_query *query = calx_group_by(calx_query_of(f->session, Order), MODULO(Order_.price, 100));
    query = calx_order_by(query, MODULO(Order_.price, 100));
    assert_figures(f,
                   calx_select(query, Figure, FIELD(number, MODULO(Order_.price, 100)),
                               FIELD(real, AVERAGE(Order_.price))),
                   "0 100, 5 5, 50 250, 70 70");
}

static void aggregates_of_nothing(void **state)
{
    fixture *f = *state;
    Order_query *none = calx_filter_by(calx_query_of(f->session, Order), id, 99);
    assert_figures(f,
                   calx_select(none, Figure, FIELD(number, COUNT_ALL(Order)),
                               FIELD(real, AVERAGE(Order_.price))),
                   "0");
    assert_figures(f, calx_select(none, Figure, FIELD(number, SUM(Order_.price))), "");
    assert_figures(f,
                   calx_select(calx_query_of(f->session, Order), Figure,
                               FIELD(number, COUNT_DISTINCT(Order_.price))),
                   "4");
}

/* Figure has a name, too: it is Customer's that is meant. */
static void a_field_called_as_a_column_is_not_the_column(void **state)
{
    fixture *f = *state;
    Customer_query *query = calx_order_by(calx_query_of(f->session, Customer), Customer_.name);
    assert_figures(
        f,
        calx_select(query, Figure, FIELD(name, SUBSTRING(Customer_.name, 3, 9)),
                    FIELD(number, OVER(RANK(Customer), NO_PARTITION, ORDERED_BY(Customer_.name)))),
        "n 1, rl 2, b 3, ne 4");
}

static void a_sum_beyond_64_bits_is_an_error(void **state)
{
    fixture *f = *state;
    const int64_t large = INT64_MAX - 100;
    Order_query *all = calx_query_of(f->session, Order);
    Order_query *one = calx_filter_by(calx_query_of(f->session, Order), id, 1);
    assert_figures(f, calx_select(one, Figure, FIELD(number, SUM(ADD(Order_.id, large)))),
                   "9223372036854775708");
    calx_all(calx_select(all, Figure, FIELD(number, SUM(ADD(Order_.id, large)))));
    assert_failed(f->session, CALX_ERROR_DATA, "");
    calx_session_rollback(f->session);
    all = calx_query_of(f->session, Order);
    calx_all(calx_select(all, Figure, FIELD(number, SUM_DISTINCT(ADD(Order_.id, large)))));
    assert_failed(f->session, CALX_ERROR_DATA, "");
}

static void each_row_once(void **state)
{
    fixture *f = *state;
    Customer_query *query = calx_distinct(calx_query_of(f->session, Customer));
    assert_figures(
        f, calx_order_by(calx_select(query, Figure, FIELD(name, Customer_.city)), Figure_.name),
        ", Oslo, Rome");
    Customer_query *twice = calx_distinct(calx_order_by(
        calx_join(calx_query_of(f->session, Customer), Customer_.orders), Customer_.name));
    assert_int_equal(calx_all(twice).count, 3);
    assert_int_equal(calx_count(twice), 3);
    assert_session_ok(f->session);
}

static void rows_are_queried_again(void **state)
{
    fixture *f = *state;
    Figure_query *sums =
        calx_select(calx_group_by(calx_query_of(f->session, Order), Order_.customer_id), Figure,
                    FIELD(number, SUM(Order_.price)), FIELD(real, AVERAGE(Order_.price)));
    assert_int_equal(calx_count(sums), 4);
    Figure_query *large =
        calx_order_by_descending(calx_filter(sums, GREATER(Figure_.number, 50)), Figure_.number);
    assert_int_equal(calx_count(large), 3);
    assert_int_equal(calx_first(large)->number.value, 350);
    assert_figures(f, calx_limit(large, 2), "350 175, 70 70");
}

static void subqueries_look_outside(void **state)
{
    fixture *f = *state;
    Order_query *own = calx_filter(calx_query_of(f->session, Order),
                                   EQUAL(Order_.customer_id, WITHIN(Order, Customer_.id)));
    Customer_query *with = calx_order_by(calx_query_of(f->session, Customer), Customer_.id);
    assert_figures(f,
                   calx_select(calx_filter(with, NOT(EXISTS(Customer, own))), Figure,
                               FIELD(name, Customer_.name)),
                   "\xc3\x84nne");
    Customer_query *all = calx_order_by(calx_query_of(f->session, Customer), Customer_.id);
    assert_figures(f,
                   calx_select(all, Figure, FIELD(name, Customer_.name),
                               FIELD(number, SUBQUERY(Customer, own, SUM(Order_.price)))),
                   "Ann 350, bob 70, Carl 70, \xc3\x84nne");
    Order_query *dear =
        calx_limit(calx_order_by_descending(calx_query_of(f->session, Order), Order_.price), 2);
    assert_figures(f,
                   calx_select(calx_filter(all, IN_QUERY(Customer_.id, dear, Order_.customer_id)),
                               Figure, FIELD(name, Customer_.name)),
                   "Ann");
}

static void rows_have_windows(void **state)
{
    fixture *f = *state;
    assert_figures(f,
                   calx_select(orders(f), Figure, FIELD(number, Order_.id),
                               FIELD(name, AT(Order_.customer, Customer_.name)),
                               FIELD(real, OVER(AVERAGE(Order_.price),
                                                PARTITION_BY(Order_.customer_id), NO_ORDER))),
                   "Ann 1 175, Ann 2 175, bob 3 70, Carl 4 70");
    assert_figures(f,
                   calx_select(orders(f), Figure,
                               FIELD(number, OVER(ROW_NUMBER(Order), NO_PARTITION,
                                                  ORDERED_BY(DESCENDING(Order_.id))))),
                   "5, 4, 3, 2, 1");
    assert_figures(
        f,
        calx_select(orders(f), Figure,
                    FIELD(number, OVER(LAG(Order_.price), NO_PARTITION, ORDERED_BY(Order_.id)))),
        ", 100, 250, 70, 70");
}

static void queries_are_put_together(void **state)
{
    fixture *f = *state;
    Figure_query *a =
        calx_select(calx_query_of(f->session, Customer), Figure, FIELD(name, Customer_.city));
    Figure_query *b =
        calx_select(calx_limit(calx_order_by(calx_query_of(f->session, Product), Product_.id), 1),
                    Figure, FIELD(name, Product_.name));
    assert_figures(f, calx_order_by(calx_union(a, b), Figure_.name), ", Oslo, Rome, tea");
    assert_int_equal(calx_count(calx_union_all(a, b)), 5);
    assert_int_equal(calx_all(calx_union_all(a, b)).count, 5);
    Figure_query *other =
        calx_select(calx_query_of(f->session, Product), Figure, FIELD(number, Product_.stock));
    assert_int_equal(calx_all(calx_union(a, other)).count, 0);
    assert_failed(f->session, CALX_ERROR_INVALID, "union of queries");
}

/* The friends of a customer's friends: a tree of rows. */
static void rows_lead_to_rows(void **state)
{
    fixture *f = *state;
    Figure_query *base =
        calx_select(calx_filter_by(calx_query_of(f->session, Customer), id, 4), Figure,
                    FIELD(name, Customer_.name), FIELD(number, Customer_.friend_id));
    Customer_query *step = calx_join_on(calx_query_of(f->session, Customer), Figure,
                                        EQUAL(Customer_.id, WITHIN(Customer, Figure_.number)));
    Figure_query *tree = calx_recursive(base, calx_select(step, Figure, FIELD(name, Customer_.name),
                                                          FIELD(number, Customer_.friend_id)));
    assert_figures(f, calx_order_by_descending(tree, Figure_.number),
                   "\xc3\x84nne 3, Carl 2, bob 1, Ann");
}

/* Text and numbers of later rows are longer than the columns of the first one. */
static void rows_grow(void **state)
{
    fixture *f = *state;
    Customer_query *last = calx_filter_by(calx_query_of(f->session, Customer), id, 4);
    Figure_query *first =
        calx_select(last, Figure, FIELD(name, Customer_.name), FIELD(number, Customer_.id));
    Customer_query *step =
        calx_join_on(calx_filter_by(calx_query_of(f->session, Customer), id, 1), Figure,
                     LESS(WITHIN(Customer, Figure_.number), INT64_C(1000000000000000)));
    Figure_query *next = calx_select(
        step, Figure, FIELD(name, CONCATENATE(WITHIN(Customer, Figure_.name), "/a longer word")),
        FIELD(number, MULTIPLY(WITHIN(Customer, Figure_.number), 1000000)));
    assert_figures(f, calx_order_by(calx_recursive(first, next), Figure_.number),
                   "\xc3\x84nne 4, \xc3\x84nne/a longer word 4000000, "
                   "\xc3\x84nne/a longer word/a longer word 4000000000000, "
                   "\xc3\x84nne/a longer word/a longer word/a longer word 4000000000000000000");
}

static void a_table_that_is_not_there(void **state)
{
    fixture *f = *state;
    calx_all(calx_filter(orders(f), EQUAL(WITHIN(Order, Product_.id), 1)));
    assert_failed(f->session, CALX_ERROR_INVALID,
                  "column \"id\" is of a table that the query does not have");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_shop(a_path_joins_its_table),
        with_shop(an_outer_join_keeps_rows),
        with_shop(paths_nest),
        with_shop(a_select_leaves_its_query_alone),
        with_shop(tables_are_joined_on_a_condition),
        with_shop(rows_are_grouped),
        with_shop(groups_are_by_any_expression),
        with_shop(aggregates_of_nothing),
        with_shop(a_field_called_as_a_column_is_not_the_column),
        with_shop(a_sum_beyond_64_bits_is_an_error),
        with_shop(each_row_once),
        with_shop(rows_are_queried_again),
        with_shop(subqueries_look_outside),
        with_shop(rows_have_windows),
        with_shop(queries_are_put_together),
        with_shop(rows_lead_to_rows),
        with_shop(rows_grow),
        with_shop(a_table_that_is_not_there),
    };
    return cmocka_run_group_tests(tests, shop_open, shop_close);
}
