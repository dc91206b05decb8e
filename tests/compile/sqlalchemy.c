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

calx_engine *engine;
calx_session *session;
const calx_model *const *models;
calx_event_listener *log_statement;

void rows(Product_query *query, Product *product, Customer *customer, Customer *ann, Order *order);
void rows(Product_query *query, Product *product, Customer *customer, Customer *ann, Order *order)
{
    calx_error err = {0};
    /* rows */
}
