/* Every kind of relationship, and everything that is done with one. */
#include "relationships.h"

#define TAG(COLUMN, Model) COLUMN(Model, INTEGER, id, PRIMARY_KEY)
#define TAG_RELATIONSHIPS(RELATIONSHIP, Model)                                                     \
    RELATIONSHIP(Model, MANY_TO_MANY, orders, Order, OrderTag, tag_id, order_id, CASCADE(NONE))
#define ORDER_TAG(COLUMN, Model)                                                                   \
    COLUMN(Model, INTEGER, order_id, PRIMARY_KEY, FOREIGN_KEY(Order, id))                          \
    COLUMN(Model, INTEGER, tag_id, PRIMARY_KEY, FOREIGN_KEY(Tag, id))

CALX_MODEL_DECLARE(Tag, TAG, RELATIONSHIPS(TAG_RELATIONSHIPS))
CALX_MODEL_DECLARE(OrderTag, ORDER_TAG)
CALX_MODEL_DEFINE(Tag, "tags", TAG, RELATIONSHIPS(TAG_RELATIONSHIPS))
CALX_MODEL_DEFINE(OrderTag, "order_tags", ORDER_TAG)
CALX_MODEL_DEFINE(Customer, "customers", CUSTOMER, RELATIONSHIPS(CUSTOMER_RELATIONSHIPS))
CALX_MODEL_DEFINE(Order, "orders", ORDER, RELATIONSHIPS(ORDER_RELATIONSHIPS))
CALX_MODEL_DEFINE(Account, "accounts", ACCOUNT, RELATIONSHIPS(ACCOUNT_RELATIONSHIPS))

void program(calx_session *session, Customer *customer, Order *order, Account *account)
{
    Customer *related = calx_related(order, customer);
    Order_list orders = calx_related_list(customer, orders);
    calx_relate(order, customer, related);
    calx_relate(order, customer, NULL);
    calx_relate(customer, account, account);
    if (calx_is_loaded(customer, orders))
        calx_append(customer, orders, orders.items[0]);
    calx_detach(calx_related(account, customer), orders, order);
    Tag_query *tags =
        calx_load(calx_query_of(session, Tag), Tag_.orders, Order_.customer, Customer_.orders,
                  Order_.customer, Customer_.account, Account_.customer);
    Tag_list all = calx_all(calx_load(tags, Tag_.orders));
    calx_load_for_all(all, Tag_.orders);
    calx_load_for_all(calx_all(calx_query_of(session, Order)), Order_.customer, Customer_.account);
    if (calx_load_for(order, Order_.customer) < 0)
        return;
    _Static_assert(sizeof(Order) == 2 * sizeof(int32_t), "relationships take no room");
}
