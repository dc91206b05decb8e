/* The check of relationships: what each is carried by, and what a bad one is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <calx/calx.h>

/* ---- A shop: good ones of every kind ---- */

#define CUSTOMER(COLUMN, Model)                                                                    \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, INTEGER_OR_NULL, referrer_id, FOREIGN_KEY(Customer, id))
#define CUSTOMER_RELATIONSHIPS(RELATIONSHIP, Model)                                                \
    RELATIONSHIP(Model, ONE_TO_MANY, orders, Order, customer, CASCADE(ALL, DELETE_ORPHAN))         \
    RELATIONSHIP(Model, ONE_TO_ONE, account, Account, customer)                                    \
    RELATIONSHIP(Model, MANY_TO_ONE, referrer, Customer, referrer_id)                              \
    RELATIONSHIP(Model, ONE_TO_MANY, referred, Customer, referrer)

#define ACCOUNT(COLUMN, Model)                                                                     \
    COLUMN(Model, INTEGER, customer_id, PRIMARY_KEY, FOREIGN_KEY(Customer, id))
#define ACCOUNT_RELATIONSHIPS(RELATIONSHIP, Model)                                                 \
    RELATIONSHIP(Model, MANY_TO_ONE, customer, Customer, customer_id)

#define ORDER(COLUMN, Model)                                                                       \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, INTEGER, customer_id, FOREIGN_KEY(Customer, id))
#define ORDER_RELATIONSHIPS(RELATIONSHIP, Model)                                                   \
    RELATIONSHIP(Model, MANY_TO_ONE, customer, Customer, customer_id)                              \
    RELATIONSHIP(Model, MANY_TO_MANY, tags, Tag, OrderTag, order_id, tag_id)

#define TAG(COLUMN, Model) COLUMN(Model, STRING, word, PRIMARY_KEY, LENGTH(20))
#define TAG_RELATIONSHIPS(RELATIONSHIP, Model)                                                     \
    RELATIONSHIP(Model, MANY_TO_MANY, orders, Order, OrderTag, tag_id, order_id)

#define ORDER_TAG(COLUMN, Model)                                                                   \
    COLUMN(Model, INTEGER, order_id, PRIMARY_KEY, FOREIGN_KEY(Order, id))                          \
    COLUMN(Model, STRING, tag_id, PRIMARY_KEY, LENGTH(20), FOREIGN_KEY(Tag, word))

CALX_MODEL_DECLARE(Customer, CUSTOMER, RELATIONSHIPS(CUSTOMER_RELATIONSHIPS))
CALX_MODEL_DECLARE(Account, ACCOUNT, RELATIONSHIPS(ACCOUNT_RELATIONSHIPS))
CALX_MODEL_DECLARE(Order, ORDER, RELATIONSHIPS(ORDER_RELATIONSHIPS))
CALX_MODEL_DECLARE(Tag, TAG, RELATIONSHIPS(TAG_RELATIONSHIPS))
CALX_MODEL_DECLARE(OrderTag, ORDER_TAG)
CALX_MODEL_DEFINE(Customer, "customers", CUSTOMER, RELATIONSHIPS(CUSTOMER_RELATIONSHIPS))
CALX_MODEL_DEFINE(Account, "accounts", ACCOUNT, RELATIONSHIPS(ACCOUNT_RELATIONSHIPS))
CALX_MODEL_DEFINE(Order, "orders", ORDER, RELATIONSHIPS(ORDER_RELATIONSHIPS))
CALX_MODEL_DEFINE(Tag, "tags", TAG, RELATIONSHIPS(TAG_RELATIONSHIPS))
CALX_MODEL_DEFINE(OrderTag, "order_tags", ORDER_TAG)

static void assert_checked(const calx_model *model)
{
    calx_error err = {0};
    if (calx_model_check(model, &err) < 0)
        fail_msg("%s", err.message);
}

static const calx_foreign_key *first_key(const calx_model *model)
{
    size_t count;
    return calx_model_foreign_keys(model, &count);
}

static void one_to_many_and_many_to_one_find_each_other(void **state)
{
    (void)state;
    assert_checked(&Customer_model);
    const calx_relationship *orders = Customer_.orders.relationship;
    const calx_relationship *customer = Order_.customer.relationship;
    assert_ptr_equal(calx_relationship_other(orders), customer);
    assert_ptr_equal(calx_relationship_other(customer), orders);
    assert_ptr_equal(calx_relationship_foreign_key(orders), first_key(&Order_model));
    assert_ptr_equal(calx_relationship_foreign_key(customer), first_key(&Order_model));
    assert_ptr_equal(orders->target, &Order_model);
    assert_ptr_equal(customer->target, &Customer_model);
    assert_true(calx_relationship_is_list(orders));
    assert_false(calx_relationship_is_list(customer));
    assert_int_equal(orders->cascade,
                     CALX_CASCADE_SAVE | CALX_CASCADE_DELETE | CALX_CASCADE_DELETE_ORPHAN);
}

static void one_to_one_is_carried_by_a_unique_key(void **state)
{
    (void)state;
    assert_checked(&Account_model);
    const calx_relationship *account = Customer_.account.relationship;
    assert_ptr_equal(calx_relationship_other(account), Account_.customer.relationship);
    assert_ptr_equal(calx_relationship_foreign_key(account), first_key(&Account_model));
    assert_false(calx_relationship_is_list(account));
}

static void a_model_relates_to_itself_in_both_directions(void **state)
{
    (void)state;
    assert_checked(&Customer_model);
    assert_ptr_equal(calx_relationship_other(Customer_.referred.relationship),
                     Customer_.referrer.relationship);
    assert_ptr_equal(calx_relationship_other(Customer_.referrer.relationship),
                     Customer_.referred.relationship);
}

static void many_to_many_has_a_key_to_each_side(void **state)
{
    (void)state;
    assert_checked(&Tag_model);
    const calx_relationship *tags = Order_.tags.relationship;
    const calx_relationship *orders = Tag_.orders.relationship;
    assert_ptr_equal(calx_relationship_other(tags), orders);
    assert_ptr_equal(calx_relationship_other(orders), tags);
    assert_ptr_equal(calx_relationship_foreign_key(tags)->model, &Order_model);
    assert_ptr_equal(calx_relationship_target_key(tags)->model, &Tag_model);
    assert_ptr_equal(calx_relationship_foreign_key(orders)->model, &Tag_model);
    assert_null(calx_relationship_target_key(Order_.customer.relationship));
}

static void relationships_take_no_room_in_the_struct(void **state)
{
    (void)state;
    assert_int_equal(sizeof(Order), 2 * sizeof(int32_t));
}

/* ---- Bad ones: each model has one ---- */

#define PAIR(COLUMN, Model)                                                                        \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, INTEGER, a, FOREIGN_KEY(Target, id))                                             \
    COLUMN(Model, INTEGER, b)
#define TARGET(COLUMN, Model)                                                                      \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, INTEGER, number, UNIQUE)
#define TARGET_TABLE(CONSTRAINT, Model) CONSTRAINT(Model, UNIQUE(number, id))
CALX_MODEL_DECLARE(Target, TARGET)
CALX_MODEL_DEFINE(Target, "targets", TARGET, TABLE(TARGET_TABLE))

#define BAD(Name, TABLE_LIST, RELATIONSHIP_LIST)                                                   \
    CALX_MODEL_DECLARE(Name, TABLE_LIST, RELATIONSHIPS(RELATIONSHIP_LIST))                         \
    CALX_MODEL_DEFINE(Name, #Name, TABLE_LIST, RELATIONSHIPS(RELATIONSHIP_LIST))

#define NO_KEY(RELATIONSHIP, Model) RELATIONSHIP(Model, MANY_TO_ONE, target, Target, b)
BAD(NoKey, PAIR, NO_KEY)

#define AMBIGUOUS_TABLE(CONSTRAINT, Model)                                                         \
    CONSTRAINT(Model, FOREIGN_KEY_OF(Target, (a, b), (number, id)))
#define AMBIGUOUS(RELATIONSHIP, Model) RELATIONSHIP(Model, MANY_TO_ONE, target, Target, a)
CALX_MODEL_DECLARE(Ambiguous, PAIR, RELATIONSHIPS(AMBIGUOUS))
CALX_MODEL_DEFINE(Ambiguous, "Ambiguous", PAIR, TABLE(AMBIGUOUS_TABLE), RELATIONSHIPS(AMBIGUOUS))

#define BY_NUMBER_COLUMNS(COLUMN, Model)                                                           \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, INTEGER, number, FOREIGN_KEY(Target, number))
#define BY_NUMBER(RELATIONSHIP, Model) RELATIONSHIP(Model, MANY_TO_ONE, target, Target, number)
BAD(ByNumber, BY_NUMBER_COLUMNS, BY_NUMBER)

#define NODE(COLUMN, Model)                                                                        \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, INTEGER_OR_NULL, parent_id, FOREIGN_KEY(Model, id))
#define WRONG_SIDE(RELATIONSHIP, Model)                                                            \
    RELATIONSHIP(Model, ONE_TO_MANY, children, WrongSide, children)
BAD(WrongSide, NODE, WRONG_SIDE)

#define TWO_LISTS(RELATIONSHIP, Model)                                                             \
    RELATIONSHIP(Model, MANY_TO_ONE, parent, TwoLists, parent_id)                                  \
    RELATIONSHIP(Model, ONE_TO_MANY, children, TwoLists, parent)                                   \
    RELATIONSHIP(Model, ONE_TO_MANY, others, TwoLists, parent)
BAD(TwoLists, NODE, TWO_LISTS)

#define NOT_UNIQUE(RELATIONSHIP, Model)                                                            \
    RELATIONSHIP(Model, MANY_TO_ONE, parent, NotUnique, parent_id)                                 \
    RELATIONSHIP(Model, ONE_TO_ONE, child, NotUnique, parent)
BAD(NotUnique, NODE, NOT_UNIQUE)

#define ORPHAN(RELATIONSHIP, Model)                                                                \
    RELATIONSHIP(Model, MANY_TO_ONE, parent, Orphan, parent_id, CASCADE(DELETE_ORPHAN))
BAD(Orphan, NODE, ORPHAN)

#define SAME_COLUMN(RELATIONSHIP, Model)                                                           \
    RELATIONSHIP(Model, MANY_TO_MANY, targets, Target, SameColumn, a, a)
BAD(SameColumn, PAIR, SAME_COLUMN)

static void a_bad_relationship_is_named(void **state)
{
    static const struct {
        const calx_model *model;
        const char *message;
    } cases[] = {
        {&NoKey_model,
         "model NoKey, relationship \"target\": column \"b\" of NoKey has no foreign "
         "key to Target"},
        {&Ambiguous_model,
         "model Ambiguous, relationship \"target\": ambiguous, several foreign "
         "keys have the column a"},
        {&ByNumber_model,
         "model ByNumber, relationship \"target\": the foreign key refers to "
         "something else than the primary key of Target"},
        {&WrongSide_model,
         "model WrongSide, relationship \"children\": the other side is no "
         "MANY_TO_ONE to this model: children"},
        {&TwoLists_model,
         "model TwoLists, relationship \"parent\": two relationships are the "
         "other side of it, one is others"},
        {&NotUnique_model,
         "model NotUnique, relationship \"child\": ONE_TO_ONE, but UNIQUE is "
         "missing for the foreign key of NotUnique"},
        {&Orphan_model,
         "model Orphan, relationship \"parent\": DELETE_ORPHAN is for ONE_TO_MANY "
         "and ONE_TO_ONE"},
        {&SameColumn_model,
         "model SameColumn, relationship \"targets\": both sides have the same "
         "column of SameColumn"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        calx_error err = {0};
        assert_int_equal(calx_model_check(cases[i].model, &err), CALX_ERROR_MODEL);
        assert_string_equal(err.message, cases[i].message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_to_many_and_many_to_one_find_each_other),
        cmocka_unit_test(one_to_one_is_carried_by_a_unique_key),
        cmocka_unit_test(a_model_relates_to_itself_in_both_directions),
        cmocka_unit_test(many_to_many_has_a_key_to_each_side),
        cmocka_unit_test(relationships_take_no_room_in_the_struct),
        cmocka_unit_test(a_bad_relationship_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
