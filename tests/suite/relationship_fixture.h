/*
 * relationship_fixture.h: a shop with every kind of relationship, for the programs that test them.
 * Its tables are made once for a program: every test has rows of its own.
 */
#ifndef CALX_TESTS_SUITE_RELATIONSHIP_FIXTURE_H
#define CALX_TESTS_SUITE_RELATIONSHIP_FIXTURE_H

#include "tests/suite/orm_fixture.h"

#define CUSTOMER(COLUMN, Model)                                                                    \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, STRING, name, LENGTH(40))
#define CUSTOMER_RELATIONSHIPS(RELATIONSHIP, Model)                                                \
    RELATIONSHIP(Model, ONE_TO_MANY, orders, Order, customer, CASCADE(ALL, DELETE_ORPHAN))         \
    RELATIONSHIP(Model, ONE_TO_MANY, visits, Visit, customer)                                      \
    RELATIONSHIP(Model, ONE_TO_ONE, account, Account, customer)

#define ORDER(COLUMN, Model)                                                                       \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, INTEGER, number)                                                                 \
    COLUMN(Model, INTEGER, customer_id, FOREIGN_KEY(Customer, id))
#define ORDER_RELATIONSHIPS(RELATIONSHIP, Model)                                                   \
    RELATIONSHIP(Model, MANY_TO_ONE, customer, Customer, customer_id)                              \
    RELATIONSHIP(Model, ONE_TO_MANY, lines, OrderLine, order)                                      \
    RELATIONSHIP(Model, MANY_TO_MANY, tags, Tag, OrderTag, order_id, word)

/* A key of two columns, one of them another's. */
#define ORDER_LINE(COLUMN, Model)                                                                  \
    COLUMN(Model, INTEGER, order_id, PRIMARY_KEY, FOREIGN_KEY(Order, id, ON_DELETE(CASCADE)))      \
    COLUMN(Model, INTEGER, line, PRIMARY_KEY)                                                      \
    COLUMN(Model, INTEGER, quantity)
#define ORDER_LINE_RELATIONSHIPS(RELATIONSHIP, Model)                                              \
    RELATIONSHIP(Model, MANY_TO_ONE, order, Order, order_id)                                       \
    RELATIONSHIP(Model, ONE_TO_MANY, notes, Note, about, CASCADE(ALL))

/* A foreign key of two columns. */
#define NOTE(COLUMN, Model)                                                                        \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, INTEGER, order_id)                                                               \
    COLUMN(Model, INTEGER, line)
#define NOTE_TABLE(CONSTRAINT, Model)                                                              \
    CONSTRAINT(Model, FOREIGN_KEY_OF(OrderLine, (order_id, line), (order_id, line)))
#define NOTE_RELATIONSHIPS(RELATIONSHIP, Model)                                                    \
    RELATIONSHIP(Model, MANY_TO_ONE, about, OrderLine, line)

#define VISIT(COLUMN, Model)                                                                       \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, INTEGER_OR_NULL, customer_id, FOREIGN_KEY(Customer, id))
#define VISIT_RELATIONSHIPS(RELATIONSHIP, Model)                                                   \
    RELATIONSHIP(Model, MANY_TO_ONE, customer, Customer, customer_id)

#define ACCOUNT(COLUMN, Model)                                                                     \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, INTEGER_OR_NULL, customer_id, UNIQUE, FOREIGN_KEY(Customer, id))
#define ACCOUNT_RELATIONSHIPS(RELATIONSHIP, Model)                                                 \
    RELATIONSHIP(Model, MANY_TO_ONE, customer, Customer, customer_id)

/* A key that the application gives. */
#define TAG(COLUMN, Model) COLUMN(Model, STRING, word, PRIMARY_KEY, LENGTH(20))
#define TAG_RELATIONSHIPS(RELATIONSHIP, Model)                                                     \
    RELATIONSHIP(Model, MANY_TO_MANY, orders, Order, OrderTag, word, order_id)

#define ORDER_TAG(COLUMN, Model)                                                                   \
    COLUMN(Model, INTEGER, order_id, PRIMARY_KEY, FOREIGN_KEY(Order, id))                          \
    COLUMN(Model, STRING, word, PRIMARY_KEY, LENGTH(20), FOREIGN_KEY(Tag, word))

/* Related to itself, in a tree and through a table with a key of its own. */
#define NODE(COLUMN, Model)                                                                        \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, INTEGER_OR_NULL, parent_id, FOREIGN_KEY(Node, id))
#define NODE_RELATIONSHIPS(RELATIONSHIP, Model)                                                    \
    RELATIONSHIP(Model, MANY_TO_ONE, parent, Node, parent_id)                                      \
    RELATIONSHIP(Model, ONE_TO_MANY, children, Node, parent, CASCADE(ALL))                         \
    RELATIONSHIP(Model, MANY_TO_MANY, follows, Node, Follow, follower_id, followed_id)             \
    RELATIONSHIP(Model, MANY_TO_MANY, followers, Node, Follow, followed_id, follower_id)

#define FOLLOW(COLUMN, Model)                                                                      \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, INTEGER, follower_id, FOREIGN_KEY(Node, id))                                     \
    COLUMN(Model, INTEGER, followed_id, FOREIGN_KEY(Node, id))

CALX_MODEL_DECLARE(Customer, CUSTOMER, RELATIONSHIPS(CUSTOMER_RELATIONSHIPS))
CALX_MODEL_DECLARE(Order, ORDER, RELATIONSHIPS(ORDER_RELATIONSHIPS))
CALX_MODEL_DECLARE(OrderLine, ORDER_LINE, RELATIONSHIPS(ORDER_LINE_RELATIONSHIPS))
CALX_MODEL_DECLARE(Note, NOTE, RELATIONSHIPS(NOTE_RELATIONSHIPS))
CALX_MODEL_DECLARE(Visit, VISIT, RELATIONSHIPS(VISIT_RELATIONSHIPS))
CALX_MODEL_DECLARE(Account, ACCOUNT, RELATIONSHIPS(ACCOUNT_RELATIONSHIPS))
CALX_MODEL_DECLARE(Tag, TAG, RELATIONSHIPS(TAG_RELATIONSHIPS))
CALX_MODEL_DECLARE(OrderTag, ORDER_TAG)
CALX_MODEL_DECLARE(Node, NODE, RELATIONSHIPS(NODE_RELATIONSHIPS))
CALX_MODEL_DECLARE(Follow, FOLLOW)

/* In the one source file of each program, with those of orm_fixture.h. */
#define RELATIONSHIP_FIXTURE_MODELS                                                                \
    ORM_FIXTURE_MODELS                                                                             \
    CALX_MODEL_DEFINE(Customer, "rel_customers", CUSTOMER, RELATIONSHIPS(CUSTOMER_RELATIONSHIPS))  \
    CALX_MODEL_DEFINE(Order, "rel_orders", ORDER, RELATIONSHIPS(ORDER_RELATIONSHIPS))              \
    CALX_MODEL_DEFINE(OrderLine, "rel_lines", ORDER_LINE, RELATIONSHIPS(ORDER_LINE_RELATIONSHIPS)) \
    CALX_MODEL_DEFINE(Note, "rel_notes", NOTE, TABLE(NOTE_TABLE),                                  \
                      RELATIONSHIPS(NOTE_RELATIONSHIPS))                                           \
    CALX_MODEL_DEFINE(Visit, "rel_visits", VISIT, RELATIONSHIPS(VISIT_RELATIONSHIPS))              \
    CALX_MODEL_DEFINE(Account, "rel_accounts", ACCOUNT, RELATIONSHIPS(ACCOUNT_RELATIONSHIPS))      \
    CALX_MODEL_DEFINE(Tag, "rel_tags", TAG, RELATIONSHIPS(TAG_RELATIONSHIPS))                      \
    CALX_MODEL_DEFINE(OrderTag, "rel_order_tags", ORDER_TAG)                                       \
    CALX_MODEL_DEFINE(Node, "rel_nodes", NODE, RELATIONSHIPS(NODE_RELATIONSHIPS))                  \
    CALX_MODEL_DEFINE(Follow, "rel_follows", FOLLOW)

static const calx_model *const shop_models[] = {
    &Customer_model, &Order_model, &OrderLine_model, &Note_model, &Visit_model,
    &Account_model,  &Tag_model,   &OrderTag_model,  &Node_model, &Follow_model,
};
#define SHOP_MODELS (sizeof shop_models / sizeof *shop_models)

/* For a whole program: an engine and the tables. */
static inline int shop_open(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    pthread_mutex_init(&f->mutex, NULL);
    fixture_open(f, fixture_uri());
    assert_ok(f, calx_engine_listen(f->engine, fixture_record, f, &f->err));
    assert_ok(f, calx_drop_all(f->engine, shop_models, SHOP_MODELS, CALX_NO_DEADLINE, &f->err));
    assert_ok(f, calx_create_all(f->engine, shop_models, SHOP_MODELS, CALX_NO_DEADLINE, &f->err));
    *state = f;
    return 0;
}

static inline int shop_close(void **state)
{
    fixture *f = *state;
    calx_drop_all(f->engine, shop_models, SHOP_MODELS, CALX_NO_DEADLINE, NULL);
    calx_engine_destroy(f->engine);
    calx_buffer_finish(&f->sent);
    pthread_mutex_destroy(&f->mutex);
    free(f);
    return 0;
}

/* For each test: a session. */
static inline int shop_enter(void **state)
{
    fixture *f = *state;
    f->session = calx_session_create(f->engine);
    assert_non_null(f->session);
    forget_sent(f);
    return 0;
}

static inline int shop_leave(void **state)
{
    fixture *f = *state;
    calx_session_destroy(f->session);
    return 0;
}

#define in_the_shop(test) cmocka_unit_test_setup_teardown(test, shop_enter, shop_leave)

static inline Customer *new_customer(calx_session *session, const char *name)
{
    Customer *customer = Customer_new(session);
    customer->name = calx_text_of(name);
    return customer;
}

static inline Order *new_order(calx_session *session, Customer *customer, int32_t number)
{
    Order *order = Order_new(session);
    order->number = number;
    calx_append(customer, orders, order);
    return order;
}

static inline OrderLine *new_line(calx_session *session, Order *order, int32_t number)
{
    OrderLine *line = OrderLine_new(session);
    line->line = number;
    calx_append(order, lines, line);
    return line;
}

static inline Tag *new_tag(calx_session *session, const char *word)
{
    Tag *tag = Tag_new(session);
    tag->word = calx_text_of(word);
    return tag;
}

static inline void commit(fixture *f)
{
    calx_session_commit(f->session);
    assert_session_ok(f->session);
}

/* The session ends, and another one begins that knows nothing. */
static inline void forget(fixture *f)
{
    calx_session_destroy(f->session);
    f->session = calx_session_create(f->engine);
    assert_non_null(f->session);
    forget_sent(f);
}

/* How many statements were sent that begin like this. */
static inline int sent_count(fixture *f, const char *words)
{
    int count = 0;
    for (const char *at = sent(f); (at = strstr(at, words)) != NULL; at++)
        count++;
    return count;
}

#endif
