/* sqlalchemy.c: what the lines of docs/from-sqlalchemy.md stand in; sqlalchemy.py puts them here.
 */
#include <calx/calx.h>
#include <calx/server.h>

#define CATEGORY(COLUMN, Model)                                                                    \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, STRING, name, LENGTH(80))

CALX_MODEL_DECLARE(Category, CATEGORY)
CALX_MODEL_DEFINE(Category, "categories", CATEGORY)

/* blocks */

#define ORDER_LINE(COLUMN, Model)                                                                  \
    COLUMN(Model, INTEGER, order_id, PRIMARY_KEY, FOREIGN_KEY(Order, id))                          \
    COLUMN(Model, INTEGER, product_id, PRIMARY_KEY, FOREIGN_KEY(Product, id))                      \
    COLUMN(Model, INTEGER, quantity)
#define ORDER_LINE_RELATIONSHIPS(RELATIONSHIP, Model)                                              \
    RELATIONSHIP(Model, MANY_TO_ONE, product, Product, product_id)

CALX_MODEL_DECLARE(OrderLine, ORDER_LINE, RELATIONSHIPS(ORDER_LINE_RELATIONSHIPS))
CALX_MODEL_DEFINE(OrderLine, "order_lines", ORDER_LINE, RELATIONSHIPS(ORDER_LINE_RELATIONSHIPS))

calx_engine *engine;
calx_session *session;
const calx_model *const *models;
calx_event_listener *log_statement;
calx_session_listener *check;

void rows(Product_query *query, OrderLine_query *lines, Sales_query *sales, Sales_query *others,
          Product *product, Customer *customer, Customer *ann, Order *order);
void rows(Product_query *query, OrderLine_query *lines, Sales_query *sales, Sales_query *others,
          Product *product, Customer *customer, Customer *ann, Order *order)
{
    calx_error err = {0};
    /* rows */
}
