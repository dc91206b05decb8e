/* tables.h: queries of several tables, groups, rows, windows, subqueries. */
#ifndef CALX_TESTS_SQL_QUERY_TABLES_H
#define CALX_TESTS_SQL_QUERY_TABLES_H

#include "tests/sql/query/models.h"

#define TABLE_QUERIES(X)                                                                           \
    X(inner_join)                                                                                  \
    X(outer_join)                                                                                  \
    X(outer_join_of_a_path)                                                                        \
    X(join_through_a_table)                                                                        \
    X(join_on_a_condition)                                                                         \
    X(outer_join_on_a_condition)                                                                   \
    X(join_of_rows)                                                                                \
    X(groups)                                                                                      \
    X(groups_by_expression)                                                                        \
    X(groups_having)                                                                               \
    X(groups_counted)                                                                              \
    X(aggregates)                                                                                  \
    X(aggregates_of_distinct)                                                                      \
    X(aggregates_of_distinct_in_windows)                                                           \
    X(distinct)                                                                                    \
    X(distinct_in_order)                                                                           \
    X(distinct_counted)                                                                            \
    X(window_of_a_partition)                                                                       \
    X(window_ranks)                                                                                \
    X(window_neighbours)                                                                           \
    X(subquery_of_one_value)                                                                       \
    X(subquery_in)                                                                                 \
    X(subquery_in_with_limit)                                                                      \
    X(subquery_exists)                                                                             \
    X(rows_of_rows)                                                                                \
    X(rows_recursive)                                                                              \
    X(rows_of_both)                                                                                \
    X(rows_of_both_with_limit)                                                                     \
    X(column_of_no_table)                                                                          \
    X(column_beside_an_aggregate)                                                                  \
    X(column_beside_a_group)                                                                       \
    X(order_beside_a_group)                                                                        \
    X(columns_of_a_grouped_row)                                                                    \
    X(windows_of_groups)                                                                           \
    X(window_of_ungrouped_rows)                                                                    \
    X(aggregate_in_a_filter)                                                                       \
    X(window_in_a_filter)                                                                          \
    X(page_first)                                                                                  \
    X(page_behind)                                                                                 \
    X(page_behind_null)

static void inner_join(calx_session *session)
{
    calx_all(calx_filter(orders(session), EQUAL(AT(Order_.customer, Customer_.city), "Oslo")));
}

static void outer_join(calx_session *session)
{
    calx_all(calx_order_by(calx_outer_join(orders(session), Order_.customer),
                           AT(Order_.customer, Customer_.name)));
}

static void outer_join_of_a_path(calx_session *session)
{
    Order_query *query = calx_outer_join(orders(session), Order_.customer);
    query = calx_outer_join_from(query, Order_.customer, Customer_.friend);
    calx_all(
        calx_filter(query, IS_NULL(AT(Order_.customer, AT(Customer_.friend, Customer_.name)))));
}

static void join_through_a_table(calx_session *session)
{
    calx_all(calx_select(orders(session), Figure, FIELD(name, AT(Order_.products, Product_.code)),
                         FIELD(number, Order_.id)));
}

static void join_on_a_condition(calx_session *session)
{
    calx_all(calx_join_on(products(session), OrderLine,
                          AND(EQUAL(Product_.id, WITHIN(Product, OrderLine_.product_id)),
                              GREATER(WITHIN(Product, OrderLine_.quantity), 1))));
}

static void outer_join_on_a_condition(calx_session *session)
{
    calx_all(
        calx_filter(calx_outer_join_on(products(session), OrderLine,
                                       EQUAL(Product_.id, WITHIN(Product, OrderLine_.product_id))),
                    IS_NULL(WITHIN(Product, OrderLine_.product_id))));
}

static Figure_query *orders_of_customers(calx_session *session)
{
    return calx_select(calx_group_by(orders(session), Order_.customer_id), Figure,
                       FIELD(number, Order_.customer_id), FIELD(real, AVERAGE(Order_.id)));
}

static void join_of_rows(calx_session *session)
{
    calx_all(calx_join_rows(customers(session), orders_of_customers(session),
                            EQUAL(Customer_.id, WITHIN(Customer, Figure_.number))));
}

static void groups(calx_session *session)
{
    Order_query *query = calx_group_by(orders(session), AT(Order_.customer, Customer_.name));
    calx_all(calx_select(calx_order_by(query, AT(Order_.customer, Customer_.name)), Figure,
                         FIELD(name, AT(Order_.customer, Customer_.name)),
                         FIELD(number, COUNT_ALL(Order))));
}

/* To PostgreSQL two binds are never the same. */
static void groups_by_expression(calx_session *session)
{
    Product_query *query = calx_group_by(products(session), MODULO(Product_.stock, 100));
    calx_all(calx_select(calx_order_by(query, MODULO(Product_.stock, 100)), Figure,
                         FIELD(number, MODULO(Product_.stock, 100))));
}

static void groups_having(calx_session *session)
{
    Order_query *query = calx_group_by(orders(session), Order_.customer_id);
    query = calx_having(query, AND(GREATER(COUNT_ALL(Order), 1), LESS(MAXIMUM(Order_.id), 9)));
    calx_all(calx_select(query, Figure, FIELD(number, Order_.customer_id)));
}

static void groups_counted(calx_session *session)
{
    calx_count(orders_of_customers(session));
}

static void aggregates(calx_session *session)
{
    calx_all(calx_select(products(session), Figure, FIELD(number, SUM(Product_.stock)),
                         FIELD(real, AVERAGE(Product_.weight)),
                         FIELD(name, CONCATENATE(MINIMUM(Product_.code), MAXIMUM(Product_.code)))));
    calx_all(calx_select(products(session), Figure, FIELD(number, COUNT_DISTINCT(Product_.stock)),
                         FIELD(real, SUM(Product_.weight))));
}

static void aggregates_of_distinct(calx_session *session)
{
    calx_all(calx_select(products(session), Figure, FIELD(number, SUM_DISTINCT(Product_.stock)),
                         FIELD(real, AVERAGE_DISTINCT(Product_.least))));
    calx_all(calx_select(products(session), Figure, FIELD(amount, SUM_DISTINCT(Product_.price)),
                         FIELD(real, AVERAGE_DISTINCT(MULTIPLY(Product_.price, 2)))));
    calx_all(
        calx_select(products(session), Figure, FIELD(real, AVERAGE_DISTINCT(Product_.weight))));
}

static void aggregates_of_distinct_in_windows(calx_session *session)
{
    calx_all(calx_select(
        orders(session), Figure,
        FIELD(number, OVER(SUM_DISTINCT(Order_.id), NO_PARTITION, ORDERED_BY(Order_.placed)))));
}

static void distinct(calx_session *session)
{
    calx_all(calx_select(calx_distinct(customers(session)), Figure, FIELD(name, Customer_.city)));
}

static void distinct_in_order(calx_session *session)
{
    calx_all(calx_order_by(calx_distinct(calx_join(customers(session), Customer_.orders)),
                           Customer_.name));
}

static void distinct_counted(calx_session *session)
{
    calx_count(calx_distinct(calx_join(customers(session), Customer_.orders)));
}

static void window_of_a_partition(calx_session *session)
{
    calx_all(calx_select(orders(session), Figure,
                         FIELD(number, OVER(SUM(Order_.id), PARTITION_BY(Order_.customer_id),
                                            ORDERED_BY(Order_.placed, DESCENDING(Order_.id)))),
                         FIELD(real, OVER(AVERAGE(Order_.id), NO_PARTITION, NO_ORDER))));
    calx_all(calx_select(products(session), Figure,
                         FIELD(real, OVER(AVERAGE(Product_.price), PARTITION_BY(Product_.size),
                                          ORDERED_BY(Product_.id)))));
}

static void window_ranks(calx_session *session)
{
    calx_all(calx_select(
        customers(session), Figure,
        FIELD(number, OVER(ROW_NUMBER(Customer), NO_PARTITION, ORDERED_BY(Customer_.id)))));
    calx_all(calx_select(
        customers(session), Figure,
        FIELD(number, ADD(OVER(RANK(Customer), NO_PARTITION, ORDERED_BY(Customer_.city)),
                          OVER(DENSE_RANK(Customer), NO_PARTITION,
                               ORDERED_BY(DESCENDING(Customer_.city)))))));
}

static void window_neighbours(calx_session *session)
{
    calx_all(calx_select(
        orders(session), Figure,
        FIELD(number, SUBTRACT(OVER(LEAD(Order_.id), NO_PARTITION, ORDERED_BY(Order_.id)),
                               OVER(LAG(Order_.id), NO_PARTITION, ORDERED_BY(Order_.id))))));
}

static Order_query *orders_of_the_customer(calx_session *session)
{
    return calx_filter(orders(session), EQUAL(Order_.customer_id, WITHIN(Order, Customer_.id)));
}

static void subquery_of_one_value(calx_session *session)
{
    calx_all(calx_select(
        customers(session), Figure, FIELD(name, Customer_.name),
        FIELD(number, SUBQUERY(Customer, orders_of_the_customer(session), COUNT_ALL(Order)))));
}

static void subquery_in(calx_session *session)
{
    Order_query *paid = calx_filter_by(orders(session), paid, true);
    calx_all(calx_filter(customers(session), IN_QUERY(Customer_.id, paid, Order_.customer_id)));
}

static void subquery_in_with_limit(calx_session *session)
{
    Order_query *last = calx_limit(calx_order_by_descending(orders(session), Order_.placed), 3);
    calx_all(
        calx_filter(customers(session), NOT(IN_QUERY(Customer_.id, last, Order_.customer_id))));
}

static void subquery_exists(calx_session *session)
{
    calx_all(
        calx_filter(customers(session), NOT(EXISTS(Customer, orders_of_the_customer(session)))));
}

static void rows_of_rows(calx_session *session)
{
    calx_all(calx_limit(
        calx_order_by_descending(
            calx_filter(orders_of_customers(session), GREATER(Figure_.real, 1.5)), Figure_.real),
        10));
}

static void rows_recursive(calx_session *session)
{
    Figure_query *first =
        calx_select(calx_filter_by(customers(session), id, 4), Figure, FIELD(name, Customer_.name),
                    FIELD(number, Customer_.friend_id));
    Customer_query *next = calx_join_on(customers(session), Figure,
                                        EQUAL(Customer_.id, WITHIN(Customer, Figure_.number)));
    calx_all(calx_recursive(first, calx_select(next, Figure, FIELD(name, Customer_.name),
                                               FIELD(number, Customer_.friend_id))));
}

static void rows_of_both(calx_session *session)
{
    Figure_query *cities = calx_select(customers(session), Figure, FIELD(name, Customer_.city));
    Figure_query *codes = calx_select(products(session), Figure, FIELD(name, Product_.code));
    calx_all(calx_union(cities, codes));
    calx_all(calx_order_by(calx_union_all(cities, codes), Figure_.name));
    calx_count(calx_union(cities, codes));
}

static void rows_of_both_with_limit(calx_session *session)
{
    Figure_query *first =
        calx_select(calx_limit(calx_order_by(customers(session), Customer_.id), 1), Figure,
                    FIELD(name, Customer_.name));
    Figure_query *codes = calx_select(products(session), Figure, FIELD(name, Product_.code));
    calx_all(calx_union(first, codes));
}

static void column_of_no_table(calx_session *session)
{
    calx_all(calx_filter(orders(session), EQUAL(WITHIN(Order, Product_.id), 1)));
}

static void column_beside_an_aggregate(calx_session *session)
{
    calx_all(calx_select(orders(session), Figure, FIELD(number, SUM(Order_.id)),
                         FIELD(name, AT(Order_.customer, Customer_.name))));
}

static void column_beside_a_group(calx_session *session)
{
    calx_all(calx_select(calx_group_by(orders(session), Order_.customer_id), Figure,
                         FIELD(number, ADD(Order_.id, COUNT_ALL(Order)))));
}

static void order_beside_a_group(calx_session *session)
{
    calx_all(
        calx_select(calx_order_by(calx_group_by(orders(session), Order_.customer_id), Order_.id),
                    Figure, FIELD(number, COUNT_ALL(Order))));
}

/* By its primary key: what else it has, it has once. */
static void columns_of_a_grouped_row(calx_session *session)
{
    calx_all(
        calx_select(calx_having(calx_group_by(calx_outer_join(customers(session), Customer_.orders),
                                              Customer_.id),
                                NOT_EQUAL(Customer_.name, "Ann")),
                    Figure, FIELD(name, Customer_.name),
                    FIELD(number, COUNT(AT(Customer_.orders, Order_.id)))));
}

static void windows_of_groups(calx_session *session)
{
    calx_all(
        calx_select(calx_group_by(orders(session), Order_.customer_id), Figure,
                    FIELD(number, OVER(RANK(Order), NO_PARTITION, ORDERED_BY(SUM(Order_.id))))));
}

static void window_of_ungrouped_rows(calx_session *session)
{
    calx_all(calx_select(calx_group_by(orders(session), Order_.customer_id), Figure,
                         FIELD(number, OVER(SUM(Order_.id), NO_PARTITION, NO_ORDER))));
}

static void aggregate_in_a_filter(calx_session *session)
{
    calx_all(calx_filter(orders(session), GREATER(SUM(Order_.id), 1)));
}

static void window_in_a_filter(calx_session *session)
{
    calx_all(calx_filter(orders(session),
                         EQUAL(OVER(ROW_NUMBER(Order), NO_PARTITION, ORDERED_BY(Order_.id)), 1)));
}

static void page_first(calx_session *session)
{
    calx_all(calx_limit(
        calx_after_token(calx_order_by(customers(session), Customer_.city), calx_text_of("")), 20));
}

static void page_behind(calx_session *session)
{
    Customer_query *query =
        calx_order_by_descending(calx_order_by(customers(session), Customer_.city), Customer_.name);
    calx_all(calx_limit(calx_after_values(query, "Oslo", "Ann", 7), 20));
}

static void page_behind_null(calx_session *session)
{
    const Customer last = {.id = 7};
    calx_all(calx_limit(calx_after(calx_order_by(customers(session), Customer_.city), &last), 20));
}

#endif
