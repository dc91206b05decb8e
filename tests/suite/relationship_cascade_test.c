/* Who comes into the session with an object, and who goes with it. */
#include "tests/suite/relationship_fixture.h"

RELATIONSHIP_FIXTURE_MODELS

static int64_t orders_of(fixture *f, int32_t customer_id)
{
    return calx_count(calx_filter_by(calx_query_of(f->session, Order), customer_id, customer_id));
}

static int64_t lines_of(fixture *f, int32_t order_id)
{
    return calx_count(calx_filter_by(calx_query_of(f->session, OrderLine), order_id, order_id));
}

static int64_t tags_of(fixture *f, int32_t order_id)
{
    return calx_count(calx_filter_by(calx_query_of(f->session, OrderTag), order_id, order_id));
}

/* The id of an order with one line. */
static int32_t stored_order(fixture *f)
{
    Order *order = new_order(f->session, new_customer(f->session, "ann"), 1);
    new_line(f->session, order, 1);
    commit(f);
    return order->id;
}

/* ---- Coming ---- */

static void what_is_related_to_a_saved_object_is_saved(void **state)
{
    fixture *f = *state;
    Customer *ann = new_customer(f->session, "ann");
    Order *order = Order_new(f->session);
    OrderLine *line = new_line(f->session, order, 1);
    calx_session_rollback(f->session);
    calx_append(ann, orders, order); /* none of them is part of the session */
    commit(f);
    assert_int_equal(ann->id, 0);
    calx_session_add(f->session, order);
    commit(f);
    assert_int_not_equal(ann->id, 0);
    assert_int_equal(order->customer_id, ann->id);
    assert_int_equal(line->order_id, order->id);
    assert_int_equal(lines_of(f, order->id), 1);
}

static void appending_to_a_saved_object_saves(void **state)
{
    fixture *f = *state;
    Order *order = Order_new(f->session);
    calx_session_rollback(f->session);
    Customer *ann = new_customer(f->session, "ann");
    calx_append(ann, orders, order);
    commit(f);
    assert_int_equal(orders_of(f, ann->id), 1);
}

/* ---- Going ---- */

/* ON DELETE is the database's: what it takes along is gone for the next query. */
static void what_a_waiting_delete_takes_along_is_not_read(void **state)
{
    fixture *f = *state;
    Order *order = new_order(f->session, new_customer(f->session, "ann"), 1);
    new_line(f->session, order, 1);
    calx_session_flush(f->session);
    calx_query_delete(calx_filter_by(calx_query_of(f->session, Order), id, order->id));
    assert_int_equal(lines_of(f, order->id), 0);
    assert_session_ok(f->session);
}

static void what_a_waiting_delete_takes_along_is_not_got(void **state)
{
    fixture *f = *state;
    int32_t id = stored_order(f);
    for (int way = 0; way < 2; way++) {
        forget(f);
        if (way == 0)
            calx_session_delete(f->session, calx_get(f->session, Order, id));
        else
            calx_query_delete(calx_filter_by(calx_query_of(f->session, Order), id, id));
        assert_null(calx_get(f->session, OrderLine, id, 1));
        assert_session_ok(f->session);
    }
}

static void deleting_takes_loaded_ones_along(void **state)
{
    fixture *f = *state;
    Customer *ann = new_customer(f->session, "ann");
    Order *order = new_order(f->session, ann, 1);
    new_order(f->session, ann, 2);
    new_line(f->session, order, 1);
    calx_append(order, tags, new_tag(f->session, "along"));
    commit(f);
    int32_t id = ann->id;
    int32_t order_id = order->id;
    calx_session_delete(f->session, ann);
    commit(f);
    assert_null(calx_get(f->session, Customer, id));
    assert_int_equal(orders_of(f, id), 0);
    assert_int_equal(lines_of(f, order_id), 0);
    assert_int_equal(tags_of(f, order_id), 0);
    assert_non_null(calx_get(f->session, Tag, "along"));
}

static void what_is_to_be_deleted_along_must_be_loaded(void **state)
{
    fixture *f = *state;
    Customer *ann = new_customer(f->session, "ann");
    new_order(f->session, ann, 1);
    commit(f);
    int32_t id = ann->id;
    forget(f);
    calx_session_delete(f->session, calx_get(f->session, Customer, id));
    assert_failed(
        f->session, CALX_ERROR_STATE,
        "model Customer, relationship \"orders\": it was not loaded, and is to be deleted "
        "with the object");
    calx_session_rollback(f->session);
    ann = calx_get(f->session, Customer, id);
    calx_load_for(ann, Customer_.orders, Order_.lines);
    calx_session_delete(f->session, ann);
    commit(f);
    assert_int_equal(orders_of(f, id), 0);
}

static void what_the_database_deletes_need_not_be_loaded(void **state)
{
    fixture *f = *state;
    Order *order = new_order(f->session, new_customer(f->session, "ann"), 1);
    new_line(f->session, order, 1);
    new_line(f->session, order, 2);
    calx_append(order, tags, new_tag(f->session, "unloaded link"));
    commit(f);
    int32_t id = order->id;
    forget(f);
    calx_session_delete(f->session, calx_get(f->session, Order, id));
    commit(f);
    assert_null(calx_get(f->session, Order, id));
    assert_int_equal(lines_of(f, id), 0);
    assert_int_equal(tags_of(f, id), 0);
}

/* The session holds the line, but not as part of the order's lines. */
static void what_the_database_deletes_along_is_not_found_any_more(void **state)
{
    fixture *f = *state;
    int32_t id = stored_order(f);
    for (int way = 0; way < 2; way++) {
        forget(f);
        OrderLine *line = calx_get(f->session, OrderLine, id, 1);
        Order *order = calx_get(f->session, Order, id);
        if (way == 0)
            calx_session_delete(f->session, order);
        else
            calx_query_delete(calx_filter_by(calx_query_of(f->session, Order), id, id));
        calx_session_flush(f->session);
        assert_null(calx_get(f->session, OrderLine, id, 1));
        calx_session_delete(f->session, line);
        calx_session_flush(f->session);
        assert_session_ok(f->session);
        calx_session_rollback(f->session);
        assert_ptr_equal(calx_get(f->session, OrderLine, id, 1), line);
    }
}

static void who_is_not_deleted_after_all_keeps_its_links(void **state)
{
    fixture *f = *state;
    Order *order = new_order(f->session, new_customer(f->session, "ann"), 1);
    calx_append(order, tags, new_tag(f->session, "kept link"));
    commit(f);
    int32_t id = order->id;
    forget(f);
    order = calx_get(f->session, Order, id);
    calx_session_delete(f->session, order);
    calx_session_add(f->session, order);
    commit(f);
    assert_int_equal(tags_of(f, id), 1);
}

static void what_is_not_deleted_along_is_left_alone(void **state)
{
    fixture *f = *state;
    Customer *ann = new_customer(f->session, "ann");
    Visit *visit = Visit_new(f->session);
    calx_append(ann, visits, visit);
    commit(f);
    calx_session_delete(f->session, ann);
    assert_null(calx_related(visit, customer));
    commit(f);
    assert_ptr_equal(calx_get(f->session, Visit, visit->id), visit);
    assert_true(visit->customer_id.is_null);
}

static void the_database_keeps_what_was_not_loaded_from_being_left(void **state)
{
    fixture *f = *state;
    Customer *ann = new_customer(f->session, "ann");
    calx_append(ann, visits, Visit_new(f->session));
    commit(f);
    int32_t id = ann->id;
    forget(f);
    ann = calx_get(f->session, Customer, id);
    calx_load_for(ann, Customer_.orders);
    calx_session_delete(f->session, ann);
    assert_int_equal(calx_session_commit(f->session), CALX_ERROR_FOREIGN_KEY);
}

static void a_deleted_object_leaves_the_lists_it_was_in(void **state)
{
    fixture *f = *state;
    Customer *ann = new_customer(f->session, "ann");
    Order *order = new_order(f->session, ann, 1);
    Tag *tag = new_tag(f->session, "leaves");
    calx_append(order, tags, tag);
    commit(f);
    calx_session_delete(f->session, order);
    assert_int_equal(calx_related_list(ann, orders).count, 0);
    assert_int_equal(calx_related_list(tag, orders).count, 0);
    calx_session_add(f->session, order);
    assert_int_equal(calx_related_list(ann, orders).count, 1);
    assert_int_equal(calx_related_list(tag, orders).count, 1);
    forget_sent(f);
    commit(f);
    assert_string_equal(sent(f), "");
}

static void new_objects_go_without_a_statement(void **state)
{
    fixture *f = *state;
    Customer *ann = new_customer(f->session, "ann");
    new_line(f->session, new_order(f->session, ann, 1), 1);
    calx_session_delete(f->session, ann);
    commit(f);
    assert_string_equal(sent(f), "");
}

static void a_tree_goes_from_the_leaves(void **state)
{
    fixture *f = *state;
    Node *root = Node_new(f->session);
    Node *branch = Node_new(f->session);
    Node *leaf = Node_new(f->session);
    calx_append(root, children, branch);
    calx_append(branch, children, leaf);
    calx_append(leaf, follows, root);
    commit(f);
    int32_t ids[] = {root->id, branch->id, leaf->id};
    calx_session_delete(f->session, root);
    commit(f);
    for (size_t i = 0; i < 3; i++)
        assert_null(calx_get(f->session, Node, ids[i]));
}

static void a_long_chain_goes_without_recursion(void **state)
{
    fixture *f = *state;
    Node *first = Node_new(f->session);
    Node *last = first;
    for (int i = 0; i < 50000; i++) {
        Node *next = Node_new(f->session);
        calx_append(last, children, next);
        last = next;
    }
    calx_session_delete(f->session, first);
    commit(f);
    assert_int_equal(last->id, 0);
    assert_string_equal(sent(f), "");
}

/* ---- Orphans ---- */

static void an_orphan_is_deleted(void **state)
{
    fixture *f = *state;
    Customer *ann = new_customer(f->session, "ann");
    Order *order = new_order(f->session, ann, 1);
    new_line(f->session, order, 1);
    commit(f);
    int32_t id = order->id;
    calx_detach(ann, orders, order);
    commit(f);
    assert_null(calx_get(f->session, Order, id));
    assert_int_equal(lines_of(f, id), 0);
}

static void whoever_finds_another_parent_is_no_orphan(void **state)
{
    fixture *f = *state;
    Customer *ann = new_customer(f->session, "ann");
    Customer *bob = new_customer(f->session, "bob");
    Order *order = new_order(f->session, ann, 1);
    commit(f);
    calx_detach(ann, orders, order);
    calx_append(bob, orders, order);
    commit(f);
    assert_int_equal(orders_of(f, ann->id), 0);
    assert_int_equal(orders_of(f, bob->id), 1);
}

static void a_new_orphan_is_not_inserted(void **state)
{
    fixture *f = *state;
    Customer *ann = new_customer(f->session, "ann");
    Order *order = new_order(f->session, ann, 1);
    calx_relate(order, customer, NULL);
    commit(f);
    assert_int_equal(order->id, 0);
    assert_int_equal(orders_of(f, ann->id), 0);
}

static void a_rolled_back_orphan_is_back(void **state)
{
    fixture *f = *state;
    Customer *ann = new_customer(f->session, "ann");
    Order *order = new_order(f->session, ann, 1);
    commit(f);
    calx_detach(ann, orders, order);
    calx_session_flush(f->session);
    assert_session_ok(f->session);
    calx_session_rollback(f->session);
    assert_ptr_equal(calx_related(order, customer), ann);
    assert_ptr_equal(calx_related_list(ann, orders).items[0], order);
    commit(f);
    assert_int_equal(orders_of(f, ann->id), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_the_shop(what_is_related_to_a_saved_object_is_saved),
        in_the_shop(appending_to_a_saved_object_saves),
        in_the_shop(what_a_waiting_delete_takes_along_is_not_read),
        in_the_shop(what_a_waiting_delete_takes_along_is_not_got),
        in_the_shop(deleting_takes_loaded_ones_along),
        in_the_shop(what_is_to_be_deleted_along_must_be_loaded),
        in_the_shop(what_the_database_deletes_need_not_be_loaded),
        in_the_shop(what_the_database_deletes_along_is_not_found_any_more),
        in_the_shop(who_is_not_deleted_after_all_keeps_its_links),
        in_the_shop(what_is_not_deleted_along_is_left_alone),
        in_the_shop(the_database_keeps_what_was_not_loaded_from_being_left),
        in_the_shop(a_deleted_object_leaves_the_lists_it_was_in),
        in_the_shop(new_objects_go_without_a_statement),
        in_the_shop(a_tree_goes_from_the_leaves),
        in_the_shop(a_long_chain_goes_without_recursion),
        in_the_shop(an_orphan_is_deleted),
        in_the_shop(whoever_finds_another_parent_is_no_orphan),
        in_the_shop(a_new_orphan_is_not_inserted),
        in_the_shop(a_rolled_back_orphan_is_back),
    };
    return cmocka_run_group_tests(tests, shop_open, shop_close);
}
