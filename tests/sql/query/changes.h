/* changes.h: queries that lock and change rows, and what a flush inserts. */
#ifndef CALX_TESTS_SQL_QUERY_CHANGES_H
#define CALX_TESTS_SQL_QUERY_CHANGES_H

#include "tests/sql/query/models.h"

#define CHANGE_QUERIES(X)                                                                          \
    X(lock)                                                                                        \
    X(lock_nowait)                                                                                 \
    X(lock_skip_locked)                                                                            \
    X(lock_with_a_join)                                                                            \
    X(lock_of_distinct_rows)                                                                       \
    X(lock_inside_a_query)                                                                         \
    X(update_by_expressions)                                                                       \
    X(update_by_a_subquery)                                                                        \
    X(update_in_turn)                                                                              \
    X(update_that_swaps)                                                                           \
    X(update_with_a_join)                                                                          \
    X(delete_by_a_subquery)                                                                        \
    X(insert_several)                                                                              \
    X(insert_several_with_keys)                                                                    \
    X(upsert)                                                                                      \
    X(upsert_nothing)

static void lock(calx_session *session)
{
    calx_all(calx_for_update(calx_filter_by(products(session), id, 1)));
}

static void lock_nowait(calx_session *session)
{
    calx_all(calx_for_update_nowait(calx_filter_by(products(session), id, 1)));
}

static void lock_skip_locked(calx_session *session)
{
    calx_first(calx_for_update_skip_locked(calx_order_by(products(session), Product_.id)));
}

static void lock_with_a_join(calx_session *session)
{
    calx_all(calx_for_update(
        calx_filter(orders(session), EQUAL(AT(Order_.customer, Customer_.name), "Ann"))));
}

static void lock_of_distinct_rows(calx_session *session)
{
    calx_all(calx_for_update(calx_distinct(customers(session))));
}

static void lock_inside_a_query(calx_session *session)
{
    calx_all(
        calx_filter(customers(session),
                    IN_QUERY(Customer_.id, calx_for_update(orders(session)), Order_.customer_id)));
}

static void update_by_expressions(calx_session *session)
{
    calx_query_update(
        calx_filter(products(session), GREATER(Product_.stock, 0)),
        SET(Product_.stock, SUBTRACT(Product_.stock, 1)),
        SET(Product_.weight, CASE(GREATER(Product_.stock, 9), MULTIPLY(Product_.weight, 2.0), 1.5)),
        SET(Product_.rate, calx_decimal_of("0.5")));
}

static void update_by_a_subquery(calx_session *session)
{
    OrderLine_query *lines =
        calx_filter(calx_query_of(session, OrderLine),
                    EQUAL(OrderLine_.product_id, WITHIN(OrderLine, Product_.id)));
    calx_query_update(calx_filter(products(session), EXISTS(Product, lines)),
                      SET(Product_.stock, SUBQUERY(Product, lines, SUM(OrderLine_.quantity))));
}

/* What MariaDB assigns first is what it reads afterwards: so the order is another one there. */
static void update_in_turn(calx_session *session)
{
    calx_query_update(products(session), SET(Product_.stock, 0),
                      SET(Product_.least, ADD(Product_.stock, Product_.least)));
}

static void update_that_swaps(calx_session *session)
{
    calx_query_update(products(session), SET(Product_.stock, Product_.least),
                      SET(Product_.least, Product_.stock));
}

static void update_with_a_join(calx_session *session)
{
    calx_query_update(
        calx_filter(orders(session), EQUAL(AT(Order_.customer, Customer_.name), "Ann")),
        SET(Order_.paid, true));
}

static void delete_by_a_subquery(calx_session *session)
{
    Customer_query *gone = calx_filter(customers(session), IS_NULL(Customer_.city));
    calx_query_delete_count(
        calx_filter(orders(session), IN_QUERY(Order_.customer_id, gone, Customer_.id)));
}

static void insert_several(calx_session *session)
{
    for (int i = 0; i < 8; i++)
        *OrderLine_new(session) = (OrderLine){.order_id = 1, .product_id = i, .quantity = 2};
    calx_session_flush(session);
}

static void insert_several_with_keys(calx_session *session)
{
    for (int i = 0; i < 8; i++)
        Customer_new(session)->name = calx_text_of("Ann");
    calx_session_flush(session);
}

static Product *tea(calx_session *session)
{
    Product *product = Product_new(session);
    product->code = calx_text_of("tea");
    product->price = calx_decimal_of("2.50");
    return product;
}

static void upsert(calx_session *session)
{
    calx_upsert(session, Product, tea(session), ON(Product_.code),
                UPDATE(Product_.stock, Product_.price));
}

static void upsert_nothing(calx_session *session)
{
    calx_insert_or_get(session, Product, tea(session), ON(Product_.code));
}

#endif
