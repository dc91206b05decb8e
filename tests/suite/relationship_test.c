/* Relationships in memory: both sides in step, keys that arrive with the flush, what was not
 * loaded. */
#include "tests/suite/relationship_fixture.h"

RELATIONSHIP_FIXTURE_MODELS

/* ---- Both sides ---- */

static void relating_changes_key_and_lists(void **state)
{
    fixture *f = *state;
    Customer *ann = new_customer(f->session, "ann");
    Customer *bob = new_customer(f->session, "bob");
    Order *order = new_order(f->session, ann, 1);
    commit(f);
    calx_relate(order, customer, bob);
    assert_ptr_equal(calx_related(order, customer), bob);
    assert_int_equal(order->customer_id, bob->id);
    assert_int_equal(calx_related_list(ann, orders).count, 0);
    assert_int_equal(calx_related_list(bob, orders).count, 1);
    assert_ptr_equal(calx_related_list(bob, orders).items[0], order);
    forget_sent(f);
    commit(f);
    assert_string_equal(sent(f),
                        "BEGIN\nUPDATE rel_orders SET customer_id = ? WHERE id = ?\n"
                        "COMMIT\n");
}

static void appending_is_relating(void **state)
{
    fixture *f = *state;
    Customer *ann = new_customer(f->session, "ann");
    Customer *bob = new_customer(f->session, "bob");
    Order *order = Order_new(f->session);
    calx_append(ann, orders, order);
    assert_ptr_equal(calx_related(order, customer), ann);
    calx_append(bob, orders, order);
    calx_append(bob, orders, order);
    assert_ptr_equal(calx_related(order, customer), bob);
    assert_int_equal(calx_related_list(ann, orders).count, 0);
    assert_int_equal(calx_related_list(bob, orders).count, 1);
}

static void detaching_leads_nowhere(void **state)
{
    fixture *f = *state;
    Customer *ann = new_customer(f->session, "ann");
    Visit *visit = Visit_new(f->session);
    calx_append(ann, visits, visit);
    commit(f);
    assert_int_equal(visit->customer_id.value, ann->id);
    calx_detach(ann, visits, visit);
    assert_null(calx_related(visit, customer));
    assert_true(visit->customer_id.is_null);
    assert_int_equal(calx_related_list(ann, visits).count, 0);
    commit(f);
    assert_true(visit->customer_id.is_null);
}

static void one_to_one_has_at_most_one(void **state)
{
    fixture *f = *state;
    Customer *ann = new_customer(f->session, "ann");
    Account *first = Account_new(f->session);
    Account *second = Account_new(f->session);
    assert_null(calx_related(ann, account));
    calx_relate(ann, account, first);
    assert_ptr_equal(calx_related(first, customer), ann);
    commit(f);
    calx_relate(second, customer, ann);
    assert_ptr_equal(calx_related(ann, account), second);
    assert_null(calx_related(first, customer));
    commit(f);
    assert_true(first->customer_id.is_null);
    assert_int_equal(second->customer_id.value, ann->id);
    calx_relate(ann, account, NULL);
    assert_null(calx_related(second, customer));
    commit(f);
}

static void many_to_many_is_seen_from_both_sides(void **state)
{
    fixture *f = *state;
    Customer *ann = new_customer(f->session, "ann");
    Order *order = new_order(f->session, ann, 1);
    Tag *red = new_tag(f->session, "m2m red");
    Tag *blue = new_tag(f->session, "m2m blue");
    calx_append(order, tags, red);
    calx_append(blue, orders, order);
    calx_append(order, tags, blue);
    assert_int_equal(calx_related_list(order, tags).count, 2);
    assert_int_equal(calx_related_list(red, orders).count, 1);
    assert_int_equal(calx_related_list(blue, orders).count, 1);
    commit(f);
    assert_int_equal(
        calx_count(calx_filter_by(calx_query_of(f->session, OrderTag), order_id, order->id)), 2);
    calx_detach(red, orders, order);
    assert_int_equal(calx_related_list(order, tags).count, 1);
    assert_ptr_equal(calx_related_list(order, tags).items[0], blue);
    commit(f);
    assert_int_equal(
        calx_count(calx_filter_by(calx_query_of(f->session, OrderTag), order_id, order->id)), 1);
}

/* Nobody has loaded what the list holds: the flush asks, and inserts nothing twice. */
static void what_is_stored_is_not_appended_twice(void **state)
{
    fixture *f = *state;
    Order *order = new_order(f->session, new_customer(f->session, "ann"), 1);
    calx_append(order, tags, new_tag(f->session, "stored"));
    Node *node = Node_new(f->session);
    Node *followed = Node_new(f->session);
    calx_append(node, follows, followed);
    new_tag(f->session, "not stored");
    commit(f);
    int32_t ids[] = {order->id, node->id, followed->id};
    forget(f);
    order = calx_get(f->session, Order, ids[0]);
    node = calx_get(f->session, Node, ids[1]);
    Tag *tag = calx_get(f->session, Tag, "stored");
    calx_append(order, tags, tag);
    calx_append(tag, orders, order);
    calx_append(order, tags, calx_get(f->session, Tag, "not stored"));
    calx_append(node, follows, calx_get(f->session, Node, ids[2]));
    commit(f);
    assert_int_equal(
        calx_count(calx_filter_by(calx_query_of(f->session, OrderTag), order_id, ids[0])), 2);
    assert_int_equal(
        calx_count(calx_filter_by(calx_query_of(f->session, Follow), follower_id, ids[1])), 1);
    calx_load_for(order, Order_.tags);
    assert_int_equal(calx_related_list(order, tags).count, 2);
    calx_detach(order, tags, tag);
    commit(f);
    assert_int_equal(
        calx_count(calx_filter_by(calx_query_of(f->session, OrderTag), order_id, ids[0])), 1);
}

static void what_was_detached_can_be_appended_again(void **state)
{
    fixture *f = *state;
    Order *order = new_order(f->session, new_customer(f->session, "ann"), 1);
    Tag *tag = new_tag(f->session, "again");
    calx_append(order, tags, tag);
    commit(f);
    calx_detach(order, tags, tag);
    calx_append(order, tags, tag);
    commit(f);
    assert_int_equal(calx_related_list(tag, orders).count, 1);
    assert_int_equal(calx_count(calx_filter_by(calx_query_of(f->session, OrderTag), word, "again")),
                     1);
}

static void a_model_relates_to_itself(void **state)
{
    fixture *f = *state;
    Node *leaf = Node_new(f->session);
    Node *branch = Node_new(f->session);
    Node *root = Node_new(f->session);
    calx_relate(leaf, parent, branch);
    calx_append(root, children, branch);
    calx_append(leaf, follows, root);
    commit(f);
    assert_int_equal(leaf->parent_id.value, branch->id);
    assert_int_equal(branch->parent_id.value, root->id);
    assert_ptr_equal(calx_related_list(root, children).items[0], branch);
    assert_ptr_equal(calx_related_list(root, followers).items[0], leaf);
    assert_int_equal(calx_related_list(root, follows).count, 0);
}

/* ---- Keys that the flush makes ---- */

static void keys_of_new_objects_arrive_with_the_flush(void **state)
{
    fixture *f = *state;
    Order *order = Order_new(f->session);
    Customer *ann = new_customer(f->session, "ann");
    calx_relate(order, customer, ann);
    OrderLine *line = new_line(f->session, order, 7);
    Note *note = Note_new(f->session);
    calx_append(line, notes, note);
    Tag *tag = new_tag(f->session, "new");
    calx_append(tag, orders, order);
    commit(f);
    assert_int_not_equal(ann->id, 0);
    assert_int_equal(order->customer_id, ann->id);
    assert_int_equal(line->order_id, order->id);
    assert_int_equal(note->order_id, order->id);
    assert_int_equal(note->line, 7);
    assert_int_equal(sent_count(f, "BEGIN"), 1);
    assert_int_equal(
        calx_count(calx_filter_by(calx_query_of(f->session, OrderTag), order_id, order->id)), 1);
}

/* More than one statement takes; some in the transaction that the flush before has begun. */
static void each_of_many_children_gets_the_key_of_its_parent(void **state)
{
    enum { COUNT = 150 };
    fixture *f = *state;
    Order *orders[COUNT];
    Node *leaves[COUNT];
    for (int i = 0; i < COUNT; i++) {
        orders[i] = Order_new(f->session);
        calx_relate(orders[i], customer, new_customer(f->session, "many"));
        leaves[i] = Node_new(f->session);
        calx_relate(leaves[i], parent, Node_new(f->session));
        if (i == COUNT / 2)
            assert_int_equal(calx_session_flush(f->session), 0);
    }
    commit(f);
    for (int i = 0; i < COUNT; i++) {
        const Customer *parent = calx_related(orders[i], customer);
        const Node *above = calx_related(leaves[i], parent);
        assert_int_equal(calx_get(f->session, Order, orders[i]->id)->customer_id, parent->id);
        assert_int_equal(calx_get(f->session, Node, leaves[i]->id)->parent_id.value, above->id);
        assert_true(i == 0 || parent->id != orders[i - 1]->customer_id);
    }
}

static void a_row_that_exists_may_take_a_new_parent(void **state)
{
    fixture *f = *state;
    Order *order = new_order(f->session, new_customer(f->session, "ann"), 1);
    commit(f);
    Customer *bob = new_customer(f->session, "bob");
    calx_relate(order, customer, bob);
    assert_ptr_equal(calx_first(calx_filter_by(calx_query_of(f->session, Order), id, order->id)),
                     order);
    assert_int_equal(order->customer_id, bob->id); /* the query has flushed */
    commit(f);
}

/* ---- Lists that are given out ---- */

static void a_list_that_was_given_stays_as_it_is(void **state)
{
    fixture *f = *state;
    Customer *ann = new_customer(f->session, "ann");
    for (int i = 0; i < 20; i++)
        calx_append(ann, visits, Visit_new(f->session));
    Visit_list visits = calx_related_list(ann, visits);
    assert_int_equal(visits.count, 20);
    for (size_t i = 0; i < visits.count; i++)
        calx_detach(ann, visits, visits.items[i]);
    assert_int_equal(calx_related_list(ann, visits).count, 0);
    for (size_t i = 0; i < visits.count; i++)
        assert_null(calx_related(visits.items[i], customer));
    assert_session_ok(f->session);
}

/* ---- What was not loaded ---- */

static int32_t stored_order(fixture *f)
{
    Order *order = new_order(f->session, new_customer(f->session, "ann"), 1);
    commit(f);
    int32_t id = order->id;
    forget(f);
    return id;
}

static void what_was_not_loaded_fails_the_session(void **state)
{
    fixture *f = *state;
    Order *order = calx_get(f->session, Order, stored_order(f));
    forget_sent(f);
    assert_false(calx_is_loaded(order, customer));
    assert_false(calx_is_loaded(order, tags));
    assert_null(calx_related(order, customer));
    assert_failed(f->session, CALX_ERROR_STATE,
                  "model Order, relationship \"customer\": it was "
                  "not loaded");
    calx_session_rollback(f->session);
    assert_int_equal(calx_related_list(order, tags).count, 0);
    assert_failed(f->session, CALX_ERROR_STATE,
                  "model Order, relationship \"tags\": it was not "
                  "loaded");
    assert_string_equal(sent(f), "");
}

static void what_the_session_holds_needs_no_loading(void **state)
{
    fixture *f = *state;
    Order *order = calx_get(f->session, Order, stored_order(f));
    Customer *ann = calx_get(f->session, Customer, order->customer_id);
    assert_true(calx_is_loaded(order, customer));
    assert_ptr_equal(calx_related(order, customer), ann);
    Visit *visit = Visit_new(f->session);
    commit(f);
    assert_null(calx_related(visit, customer));
    assert_session_ok(f->session);
}

static void a_list_need_not_be_loaded_to_append(void **state)
{
    fixture *f = *state;
    Order *order = calx_get(f->session, Order, stored_order(f));
    Customer *ann = calx_get(f->session, Customer, order->customer_id);
    Order *second = new_order(f->session, ann, 2);
    calx_append(order, tags, new_tag(f->session, "unloaded"));
    assert_false(calx_is_loaded(ann, orders));
    commit(f);
    assert_int_equal(second->customer_id, ann->id);
    assert_int_equal(
        calx_count(calx_filter_by(calx_query_of(f->session, OrderTag), order_id, order->id)), 1);
}

/* ---- Wrong use ---- */

static void detaching_what_is_not_there_fails(void **state)
{
    fixture *f = *state;
    Customer *ann = new_customer(f->session, "ann");
    calx_detach(ann, visits, Visit_new(f->session));
    assert_failed(f->session, CALX_ERROR_INVALID,
                  "model Customer, relationship \"visits\": the object is not there");
    calx_session_rollback(f->session);
    Order *order = new_order(f->session, ann, 1);
    calx_detach(order, tags, new_tag(f->session, "nowhere"));
    assert_failed(f->session, CALX_ERROR_INVALID, "relationship \"tags\"");
}

static void a_key_that_cannot_be_null_needs_a_parent(void **state)
{
    fixture *f = *state;
    Order *order = new_order(f->session, new_customer(f->session, "ann"), 1);
    OrderLine *line = new_line(f->session, order, 1);
    commit(f);
    calx_detach(order, lines, line);
    assert_int_equal(calx_session_commit(f->session), CALX_ERROR_NOT_NULL);
    assert_failed(f->session, CALX_ERROR_NOT_NULL,
                  "model OrderLine, relationship \"order\": it leads nowhere, but must");
}

static void objects_of_two_sessions_are_not_related(void **state)
{
    fixture *f = *state;
    calx_session *other = calx_session_create(f->engine);
    calx_relate(Visit_new(f->session), customer, new_customer(other, "stranger"));
    assert_failed(f->session, CALX_ERROR_STATE, "the other object is of another session");
    calx_session_destroy(other);
}

static void a_failed_session_relates_nothing(void **state)
{
    fixture *f = *state;
    Customer *ann = new_customer(f->session, "ann");
    calx_session_fail(f->session, CALX_ERROR_INVALID, "no");
    Order *scratch = Order_new(f->session);
    calx_relate(scratch, customer, ann);
    calx_append(ann, orders, scratch);
    assert_null(calx_related(scratch, customer));
    assert_int_equal(calx_related_list(ann, orders).count, 0);
    assert_failed(f->session, CALX_ERROR_INVALID, "no");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_the_shop(relating_changes_key_and_lists),
        in_the_shop(appending_is_relating),
        in_the_shop(detaching_leads_nowhere),
        in_the_shop(one_to_one_has_at_most_one),
        in_the_shop(many_to_many_is_seen_from_both_sides),
        in_the_shop(what_is_stored_is_not_appended_twice),
        in_the_shop(what_was_detached_can_be_appended_again),
        in_the_shop(a_model_relates_to_itself),
        in_the_shop(keys_of_new_objects_arrive_with_the_flush),
        in_the_shop(each_of_many_children_gets_the_key_of_its_parent),
        in_the_shop(a_row_that_exists_may_take_a_new_parent),
        in_the_shop(a_list_that_was_given_stays_as_it_is),
        in_the_shop(what_was_not_loaded_fails_the_session),
        in_the_shop(what_the_session_holds_needs_no_loading),
        in_the_shop(a_list_need_not_be_loaded_to_append),
        in_the_shop(detaching_what_is_not_there_fails),
        in_the_shop(a_key_that_cannot_be_null_needs_a_parent),
        in_the_shop(objects_of_two_sessions_are_not_related),
        in_the_shop(a_failed_session_relates_nothing),
    };
    return cmocka_run_group_tests(tests, shop_open, shop_close);
}
