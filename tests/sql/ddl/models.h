/*
 * models.h: models whose tables the cases of this folder are about, and which the suite makes on
 * every database: a shop, with a key of two columns, a cycle and a table that refers to itself.
 */
#ifndef CALX_TESTS_SQL_DDL_MODELS_H
#define CALX_TESTS_SQL_DDL_MODELS_H

#include <calx/calx.h>

#define STAMPED(COLUMN, Model) COLUMN(Model, DATETIME, created, SERVER_DEFAULT("CURRENT_TIMESTAMP"))

#define CUSTOMER(COLUMN, Model)                                                                    \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, STRING, mail, LENGTH(50), UNIQUE)                                                \
    COLUMN(Model, STRING, name, LENGTH(50), INDEX)                                                 \
    COLUMN(Model, INTEGER_OR_NULL, last_order,                                                     \
           FOREIGN_KEY(Order, id, ON_DELETE(SET_NULL), ON_UPDATE(CASCADE)))                        \
    STAMPED(COLUMN, Model)

#define ORDER(COLUMN, Model)                                                                       \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, INTEGER, customer_id, FOREIGN_KEY(Customer, id, ON_DELETE(CASCADE)), INDEX)      \
    COLUMN(Model, STRING, status, LENGTH(10), SERVER_DEFAULT("'open'"))                            \
    COLUMN(Model, STRING_OR_NULL, coupon, LENGTH(10))                                              \
    STAMPED(COLUMN, Model)
#define ORDER_TABLE(CONSTRAINT, Model)                                                             \
    CONSTRAINT(Model, INDEX(status, created))                                                      \
    CONSTRAINT(Model, INDEX_WHERE(open_ones, "status = 'open'", created))                          \
    CONSTRAINT(Model, UNIQUE_WHERE(one_open, "status = 'open'", customer_id, coupon))

#define ORDER_LINE(COLUMN, Model)                                                                  \
    COLUMN(Model, INTEGER, order_id, PRIMARY_KEY, NAME("order"),                                   \
           FOREIGN_KEY(Order, id, ON_DELETE(CASCADE)))                                             \
    COLUMN(Model, INTEGER, line, PRIMARY_KEY)                                                      \
    COLUMN(Model, STRING, article, LENGTH(20))                                                     \
    COLUMN(Model, INTEGER, quantity, DEFAULT(1))
#define ORDER_LINE_TABLE(CONSTRAINT, Model)                                                        \
    CONSTRAINT(Model, UNIQUE(order_id, article))                                                   \
    CONSTRAINT(Model, CHECK(quantity, "quantity > 0"))                                             \
    CONSTRAINT(Model, CHECK(article, "article <> ''"))

#define SHIPMENT(COLUMN, Model)                                                                    \
    COLUMN(Model, BIG_INTEGER, id, PRIMARY_KEY)                                                    \
    COLUMN(Model, INTEGER, order_id)                                                               \
    COLUMN(Model, INTEGER, line)
#define SHIPMENT_TABLE(CONSTRAINT, Model)                                                          \
    CONSTRAINT(Model, FOREIGN_KEY_OF(OrderLine, (order_id, line), (order_id, line),                \
                                     ON_DELETE(RESTRICT), ON_UPDATE(NO_ACTION)))

/* A key that the application gives, which refers to another table: it is not generated. */
#define PROFILE(COLUMN, Model)                                                                     \
    COLUMN(Model, INTEGER, customer_id, PRIMARY_KEY, FOREIGN_KEY(Customer, id))                    \
    COLUMN(Model, TEXT, words, SERVER_DEFAULT("'none'"))

#define NODE(COLUMN, Model)                                                                        \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, INTEGER_OR_NULL, parent, FOREIGN_KEY(Node, id))

#define LONG(COLUMN, Model)                                                                        \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, INTEGER_OR_NULL, a_column_with_a_name_of_more_than_forty_letters, UNIQUE)

/* Not on every database. */
#define PERSON_BY_NAME(COLUMN, Model)                                                              \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, STRING, name, LENGTH(50))
#define PERSON_BY_NAME_TABLE(CONSTRAINT, Model)                                                    \
    CONSTRAINT(Model, INDEX_ON(by_lower_name, "lower(name), id DESC"))                             \
    CONSTRAINT(Model, UNIQUE_ON(once, "lower(name)"))

CALX_MODEL_DECLARE(Customer, CUSTOMER)
CALX_MODEL_DECLARE(Order, ORDER)
CALX_MODEL_DECLARE(OrderLine, ORDER_LINE)
CALX_MODEL_DECLARE(Shipment, SHIPMENT)
CALX_MODEL_DECLARE(Profile, PROFILE)
CALX_MODEL_DECLARE(Node, NODE)
CALX_MODEL_DECLARE(Long, LONG)
CALX_MODEL_DECLARE(PersonByName, PERSON_BY_NAME)

/* In the one source file of each program. */
#define DDL_MODELS                                                                                 \
    CALX_MODEL_DEFINE(Customer, "ddl_customers", CUSTOMER)                                         \
    CALX_MODEL_DEFINE(Order, "ddl_orders", ORDER, TABLE(ORDER_TABLE))                              \
    CALX_MODEL_DEFINE(OrderLine, "ddl_order_lines", ORDER_LINE, TABLE(ORDER_LINE_TABLE))           \
    CALX_MODEL_DEFINE(Shipment, "ddl_shipments", SHIPMENT, TABLE(SHIPMENT_TABLE))                  \
    CALX_MODEL_DEFINE(Profile, "ddl_profiles", PROFILE)                                            \
    CALX_MODEL_DEFINE(Node, "ddl_nodes", NODE)                                                     \
    CALX_MODEL_DEFINE(Long, "ddl_table_with_a_long_name", LONG)                                    \
    CALX_MODEL_DEFINE(PersonByName, "ddl_people", PERSON_BY_NAME, TABLE(PERSON_BY_NAME_TABLE))

#endif
