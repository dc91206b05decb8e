/* shop_fixture.h: a small shop for the tests of queries: customers, products, orders and their
 * lines, the same rows for every test. */
#ifndef CALX_TESTS_SUITE_SHOP_FIXTURE_H
#define CALX_TESTS_SUITE_SHOP_FIXTURE_H

#include "tests/suite/orm_fixture.h"

#define CUSTOMER(COLUMN, Model)                                                                    \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, STRING, name, LENGTH(40))                                                        \
    COLUMN(Model, STRING_OR_NULL, city, LENGTH(40))                                                \
    COLUMN(Model, INTEGER_OR_NULL, friend_id, FOREIGN_KEY(Customer, id))
#define CUSTOMER_RELATIONSHIPS(RELATIONSHIP, Model)                                                \
    RELATIONSHIP(Model, ONE_TO_MANY, orders, Order, customer)                                      \
    RELATIONSHIP(Model, MANY_TO_ONE, friend, Customer, friend_id)

#define PRODUCT(COLUMN, Model)                                                                     \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, STRING, name, LENGTH(40), UNIQUE)                                                \
    COLUMN(Model, INTEGER, stock)                                                                  \
    COLUMN(Model, INTEGER, least)                                                                  \
    COLUMN(Model, DOUBLE, weight)
#define PRODUCT_RELATIONSHIPS(RELATIONSHIP, Model)                                                 \
    RELATIONSHIP(Model, MANY_TO_MANY, orders, Order, OrderLine, product_id, order_id)

#define ORDER(COLUMN, Model)                                                                       \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, INTEGER_OR_NULL, customer_id, FOREIGN_KEY(Customer, id))                         \
    COLUMN(Model, INTEGER, price)                                                                  \
    COLUMN(Model, DATETIME, placed)                                                                \
    COLUMN(Model, BOOLEAN, paid)
#define ORDER_RELATIONSHIPS(RELATIONSHIP, Model)                                                   \
    RELATIONSHIP(Model, MANY_TO_ONE, customer, Customer, customer_id)                              \
    RELATIONSHIP(Model, MANY_TO_MANY, products, Product, OrderLine, order_id, product_id)

#define ORDER_LINE(COLUMN, Model)                                                                  \
    COLUMN(Model, INTEGER, order_id, PRIMARY_KEY, FOREIGN_KEY(Order, id))                          \
    COLUMN(Model, INTEGER, product_id, PRIMARY_KEY, FOREIGN_KEY(Product, id))

CALX_MODEL_DECLARE(Customer, CUSTOMER, RELATIONSHIPS(CUSTOMER_RELATIONSHIPS))
CALX_MODEL_DECLARE(Product, PRODUCT, RELATIONSHIPS(PRODUCT_RELATIONSHIPS))
CALX_MODEL_DECLARE(Order, ORDER, RELATIONSHIPS(ORDER_RELATIONSHIPS))
CALX_MODEL_DECLARE(OrderLine, ORDER_LINE)

/* A row with a name, and two numbers. */
#define FIGURE(COLUMN, Row)                                                                        \
    COLUMN(Row, STRING_OR_NULL, name)                                                              \
    COLUMN(Row, BIG_INTEGER_OR_NULL, number)                                                       \
    COLUMN(Row, DOUBLE_OR_NULL, real)
CALX_ROW_DECLARE(Figure, FIGURE)

/* In the one source file of each program. */
#define SHOP_FIXTURE_MODELS                                                                        \
    ORM_FIXTURE_MODELS                                                                             \
    CALX_MODEL_DEFINE(Customer, "shop_customers", CUSTOMER, RELATIONSHIPS(CUSTOMER_RELATIONSHIPS)) \
    CALX_MODEL_DEFINE(Product, "shop_products", PRODUCT, RELATIONSHIPS(PRODUCT_RELATIONSHIPS))     \
    CALX_MODEL_DEFINE(Order, "shop_orders", ORDER, RELATIONSHIPS(ORDER_RELATIONSHIPS))             \
    CALX_MODEL_DEFINE(OrderLine, "shop_lines", ORDER_LINE)                                         \
    CALX_ROW_DEFINE(Figure, FIGURE)

static const calx_model *const shop_models[] = {&Customer_model, &Product_model, &Order_model,
                                                &OrderLine_model};

/* SQLite does not care, the others do: rows come after those they refer to. */
static inline void shop_store(fixture *f)
{
    static const char *const names[] = {"Ann", "bob", "Carl", "\xc3\x84nne"};
    static const char *const cities[] = {"Oslo", "Rome", "Oslo", NULL};
    static const char *const products[] = {"tea", "Teapot", "50% off_bag", "milk"};
    static const int orders[][2] = {{1, 100}, {1, 250}, {2, 70}, {3, 70}, {0, 5}};
    calx_session *session = calx_session_create(f->engine);
    for (int i = 0; i < 4; i++) {
        Customer *customer = Customer_new(session);
        customer->name = calx_text_of(names[i]);
        customer->city = calx_text_of(cities[i]);
        customer->friend_id = (calx_integer_or_null){.value = i, .is_null = i == 0};
        calx_session_flush(session);
        Product *product = Product_new(session);
        product->name = calx_text_of(products[i]);
        product->stock = 10 * i;
        product->least = 15;
        product->weight = 0.5 * i;
    }
    calx_session_flush(session);
    for (int i = 0; i < 5; i++) {
        Order *order = Order_new(session);
        order->customer_id =
            (calx_integer_or_null){.value = orders[i][0], .is_null = orders[i][0] == 0};
        order->price = orders[i][1];
        order->placed.microseconds = INT64_C(1792318512000000) + i * INT64_C(86400000000) * 20;
        order->paid = i % 2 == 0;
    }
    calx_session_flush(session);
    for (int i = 0; i < 4; i++) {
        OrderLine *line = OrderLine_new(session);
        line->order_id = i / 2 + 1;
        line->product_id = i % 3 + 1;
    }
    calx_session_commit(session);
    assert_session_ok(session);
    calx_session_destroy(session);
}

/* The tables are made once for a program whose tests only read them, or put back what they change.
 */
static inline int shop_open(void **state)
{
    fixture *f = fixture_create_on(fixture_uri());
    assert_ok(f, calx_drop_all(f->engine, shop_models, 4, CALX_NO_DEADLINE, &f->err));
    assert_ok(f, calx_create_all(f->engine, shop_models, 4, CALX_NO_DEADLINE, &f->err));
    shop_store(f);
    *state = f;
    return 0;
}

static inline int shop_close(void **state)
{
    fixture *f = *state;
    calx_session_destroy(f->session);
    f->session = NULL;
    calx_drop_all(f->engine, shop_models, 4, CALX_NO_DEADLINE, NULL);
    fixture_destroy(f);
    return 0;
}

/* Each test has a session of its own, which is rolled back. */
static inline int shop_setup(void **state)
{
    fixture *f = *state;
    calx_session_destroy(f->session);
    f->session = calx_session_create(f->engine);
    forget_sent(f);
    return 0;
}

#define with_shop(test) cmocka_unit_test_setup_teardown(test, shop_setup, NULL)

/* "Ann 100, bob 70": the rows, with the fields that are not NULL. */
static inline const char *figures(const fixture *f, Figure_query *query)
{
    static char out[512];
    size_t length = 0;
    Figure_list list = calx_all(query);
    assert_session_ok(f->session);
    out[0] = '\0';
    for (size_t i = 0; i < list.count; i++) {
        const Figure *figure = list.items[i];
        const char *separator = i > 0 ? ", " : "";
        if (figure->name.data != NULL) {
            length += (size_t)snprintf(out + length, sizeof out - length, "%s%.*s", separator,
                                       (int)figure->name.length, figure->name.data);
            separator = " ";
        }
        if (!figure->number.is_null) {
            length += (size_t)snprintf(out + length, sizeof out - length, "%s%lld", separator,
                                       (long long)figure->number.value);
            separator = " ";
        }
        if (!figure->real.is_null)
            length += (size_t)snprintf(out + length, sizeof out - length, "%s%g", separator,
                                       figure->real.value);
    }
    return out;
}

#define assert_figures(f, query, expected) assert_string_equal(figures(f, query), expected)

#endif
