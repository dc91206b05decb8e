/* relationships.h: three related models for the programs beside it. */
#ifndef CALX_TESTS_COMPILE_RELATIONSHIPS_H
#define CALX_TESTS_COMPILE_RELATIONSHIPS_H

#include <calx/calx.h>

#define CUSTOMER(COLUMN, Model) COLUMN(Model, INTEGER, id, PRIMARY_KEY)
#define CUSTOMER_RELATIONSHIPS(RELATIONSHIP, Model)                                                \
    RELATIONSHIP(Model, ONE_TO_MANY, orders, Order, customer, CASCADE(ALL, DELETE_ORPHAN))         \
    RELATIONSHIP(Model, ONE_TO_ONE, account, Account, customer)

#define ORDER(COLUMN, Model)                                                                       \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, INTEGER, customer_id, FOREIGN_KEY(Customer, id))
#define ORDER_RELATIONSHIPS(RELATIONSHIP, Model)                                                   \
    RELATIONSHIP(Model, MANY_TO_ONE, customer, Customer, customer_id)

#define ACCOUNT(COLUMN, Model)                                                                     \
    COLUMN(Model, INTEGER, customer_id, PRIMARY_KEY, FOREIGN_KEY(Customer, id))
#define ACCOUNT_RELATIONSHIPS(RELATIONSHIP, Model)                                                 \
    RELATIONSHIP(Model, MANY_TO_ONE, customer, Customer, customer_id)

CALX_MODEL_DECLARE(Customer, CUSTOMER, RELATIONSHIPS(CUSTOMER_RELATIONSHIPS))
CALX_MODEL_DECLARE(Order, ORDER, RELATIONSHIPS(ORDER_RELATIONSHIPS))
CALX_MODEL_DECLARE(Account, ACCOUNT, RELATIONSHIPS(ACCOUNT_RELATIONSHIPS))

/* A program is the body of this function. */
void program(calx_session *session, Customer *customer, Order *order, Account *account);

#endif
