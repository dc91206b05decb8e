/* models.h: the shop of the queries beside it. */
#ifndef CALX_TESTS_SQL_QUERY_MODELS_H
#define CALX_TESTS_SQL_QUERY_MODELS_H

#include <calx/calx.h>

#define CUSTOMER(COLUMN, Model)                                                                    \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, STRING, name, LENGTH(40))                                                        \
    COLUMN(Model, STRING_OR_NULL, city, LENGTH(40))                                                \
    COLUMN(Model, INTEGER_OR_NULL, friend_id, FOREIGN_KEY(Customer, id))
#define CUSTOMER_RELATIONSHIPS(RELATIONSHIP, Model)                                                \
    RELATIONSHIP(Model, ONE_TO_MANY, orders, Order, customer)                                      \
    RELATIONSHIP(Model, MANY_TO_ONE, friend, Customer, friend_id)

#define SIZE(X, Enum) X(Enum, SMALL, "small") X(Enum, LARGE, "large")
CALX_ENUM_DECLARE(Size, SIZE)

#define PRODUCT(COLUMN, Model)                                                                     \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, STRING, code, LENGTH(20), UNIQUE)                                                \
    COLUMN(Model, INTEGER, stock)                                                                  \
    COLUMN(Model, BIG_INTEGER, least)                                                              \
    COLUMN(Model, DOUBLE_OR_NULL, weight)                                                          \
    COLUMN(Model, NUMERIC(10, 2), price)                                                           \
    COLUMN(Model, NUMERIC_OR_NULL(30, 10), rate)                                                   \
    COLUMN(Model, ENUM(Size), size)                                                                \
    COLUMN(Model, JSON_DOCUMENT_OR_NULL, notes)

#define ORDER(COLUMN, Model)                                                                       \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, INTEGER_OR_NULL, customer_id, FOREIGN_KEY(Customer, id))                         \
    COLUMN(Model, DATETIME, placed)                                                                \
    COLUMN(Model, BOOLEAN, paid)
#define ORDER_RELATIONSHIPS(RELATIONSHIP, Model)                                                   \
    RELATIONSHIP(Model, MANY_TO_ONE, customer, Customer, customer_id)                              \
    RELATIONSHIP(Model, MANY_TO_MANY, products, Product, OrderLine, order_id, product_id)

#define ORDER_LINE(COLUMN, Model)                                                                  \
    COLUMN(Model, INTEGER, order_id, PRIMARY_KEY, FOREIGN_KEY(Order, id))                          \
    COLUMN(Model, INTEGER, product_id, PRIMARY_KEY, FOREIGN_KEY(Product, id))                      \
    COLUMN(Model, INTEGER, quantity)

CALX_MODEL_DECLARE(Customer, CUSTOMER, RELATIONSHIPS(CUSTOMER_RELATIONSHIPS))
CALX_MODEL_DECLARE(Product, PRODUCT)
CALX_MODEL_DECLARE(Order, ORDER, RELATIONSHIPS(ORDER_RELATIONSHIPS))
CALX_MODEL_DECLARE(OrderLine, ORDER_LINE)

#define FIGURE(COLUMN, Row)                                                                        \
    COLUMN(Row, STRING_OR_NULL, name)                                                              \
    COLUMN(Row, BIG_INTEGER_OR_NULL, number)                                                       \
    COLUMN(Row, DOUBLE_OR_NULL, real)                                                              \
    COLUMN(Row, NUMERIC_OR_NULL(30, 10), amount)
CALX_ROW_DECLARE(Figure, FIGURE)

#define QUERY_MODELS                                                                               \
    CALX_ENUM_DEFINE(Size, "size", SIZE)                                                           \
    CALX_MODEL_DEFINE(Customer, "customers", CUSTOMER, RELATIONSHIPS(CUSTOMER_RELATIONSHIPS))      \
    CALX_MODEL_DEFINE(Product, "products", PRODUCT)                                                \
    CALX_MODEL_DEFINE(Order, "orders", ORDER, RELATIONSHIPS(ORDER_RELATIONSHIPS))                  \
    CALX_MODEL_DEFINE(OrderLine, "order_lines", ORDER_LINE)                                        \
    CALX_ROW_DEFINE(Figure, FIGURE)

static inline Customer_query *customers(calx_session *session)
{
    return calx_query_of(session, Customer);
}

static inline Product_query *products(calx_session *session)
{
    return calx_query_of(session, Product);
}

static inline Order_query *orders(calx_session *session)
{
    return calx_query_of(session, Order);
}

#endif
