/* Relationships over a transaction's end: commit, rollback, savepoints, objects loaded anew. */
#include "tests/suite/relationship_fixture.h"

RELATIONSHIP_FIXTURE_MODELS

static void after_a_commit_lists_hold_until_the_object_is_loaded_anew(void **state)
{
    fixture *f = *state;
    Customer *ann = new_customer(f->session, "ann");
    Order *order = new_order(f->session, ann, 1);
    commit(f);
    assert_int_equal(calx_related_list(ann, orders).count, 1);
    assert_ptr_equal(calx_related(order, customer), ann);
    assert_ptr_equal(calx_get(f->session, Customer, ann->id), ann);
    assert_false(calx_is_loaded(ann, orders));
    assert_ptr_equal(calx_related(order, customer), ann);
    assert_session_ok(f->session);
}

static void a_rollback_restores_both_sides(void **state)
{
    fixture *f = *state;
    Customer *ann = new_customer(f->session, "ann");
    Customer *bob = new_customer(f->session, "bob");
    Order *order = new_order(f->session, ann, 1);
    Tag *tag = new_tag(f->session, "rollback");
    calx_append(order, tags, tag);
    commit(f);
    calx_relate(order, customer, bob);
    calx_detach(order, tags, tag);
    new_order(f->session, ann, 2);
    calx_session_flush(f->session);
    calx_append(ann, visits, Visit_new(f->session));
    calx_session_rollback(f->session);
    assert_ptr_equal(calx_related(order, customer), ann);
    assert_int_equal(calx_related_list(ann, orders).count, 1);
    assert_ptr_equal(calx_related_list(ann, orders).items[0], order);
    assert_int_equal(calx_related_list(bob, orders).count, 0);
    assert_int_equal(calx_related_list(ann, visits).count, 0);
    assert_ptr_equal(calx_related_list(order, tags).items[0], tag);
    assert_ptr_equal(calx_related_list(tag, orders).items[0], order);
    forget_sent(f);
    commit(f);
    assert_string_equal(sent(f), "");
}

static void what_was_rolled_back_can_be_added_again_whole(void **state)
{
    fixture *f = *state;
    Customer *ann = new_customer(f->session, "ann");
    Order *order = new_order(f->session, ann, 1);
    Tag *tag = new_tag(f->session, "whole");
    calx_append(order, tags, tag);
    calx_session_flush(f->session);
    assert_session_ok(f->session);
    calx_session_rollback(f->session);
    assert_int_equal(ann->id, 0);
    assert_int_equal(order->customer_id, 0);
    calx_session_add(f->session, ann);
    commit(f);
    assert_int_not_equal(ann->id, 0);
    assert_int_equal(order->customer_id, ann->id);
    assert_int_equal(
        calx_count(calx_filter_by(calx_query_of(f->session, OrderTag), order_id, order->id)), 1);
}

static void a_savepoint_takes_back_what_came_after_it(void **state)
{
    fixture *f = *state;
    Customer *ann = new_customer(f->session, "ann");
    Customer *bob = new_customer(f->session, "bob");
    Order *order = new_order(f->session, ann, 1);
    calx_session_begin_nested(f->session);
    calx_relate(order, customer, bob);
    Order *second = new_order(f->session, ann, 2);
    calx_session_flush(f->session);
    calx_session_rollback_nested(f->session);
    assert_session_ok(f->session);
    assert_ptr_equal(calx_related(order, customer), ann);
    assert_false(calx_is_loaded(ann, orders));
    assert_true(calx_is_loaded(ann, visits));
    calx_load_for(ann, Customer_.orders);
    assert_int_equal(calx_related_list(ann, orders).count, 1);
    calx_append(ann, orders, second);
    commit(f);
    assert_int_equal(second->customer_id, ann->id);
    assert_int_equal(calx_related_list(ann, orders).count, 2);
}

static void a_refreshed_object_knows_only_what_is_loaded_anew(void **state)
{
    fixture *f = *state;
    Customer *ann = new_customer(f->session, "ann");
    new_order(f->session, ann, 1);
    commit(f);
    calx_session_refresh(f->session, ann);
    assert_false(calx_is_loaded(ann, orders));
    calx_load_for(ann, Customer_.orders);
    assert_int_equal(calx_related_list(ann, orders).count, 1);
    assert_session_ok(f->session);
}

/* What was flushed into the list is not what the database still has. */
static void a_list_forgets_what_a_condition_has_deleted(void **state)
{
    fixture *f = *state;
    Customer *ann = new_customer(f->session, "ann");
    commit(f);
    Order *order = new_order(f->session, ann, 1);
    calx_session_flush(f->session);
    calx_query_delete(calx_filter_by(calx_query_of(f->session, Order), id, order->id));
    calx_session_flush(f->session);
    calx_load_for(ann, Customer_.orders);
    assert_session_ok(f->session);
    assert_int_equal(calx_related_list(ann, orders).count, 0);
}

static void a_list_loaded_over_changes_does_not_outlive_a_rollback(void **state)
{
    fixture *f = *state;
    Customer *ann = new_customer(f->session, "ann");
    Customer *bob = new_customer(f->session, "bob");
    Order *order = new_order(f->session, ann, 1);
    commit(f);
    calx_session_set_autoflush(f->session, false);
    assert_ptr_equal(calx_get(f->session, Order, order->id), order);
    calx_relate(order, customer, bob);
    calx_get(f->session, Customer, ann->id);
    calx_get(f->session, Customer, bob->id);
    calx_load_for(ann, Customer_.orders);
    calx_load_for(bob, Customer_.orders);
    assert_int_equal(calx_related_list(ann, orders).count, 0);
    assert_int_equal(calx_related_list(bob, orders).count, 1);
    assert_session_ok(f->session);
    calx_session_rollback(f->session);
    assert_false(calx_is_loaded(ann, orders));
    assert_false(calx_is_loaded(bob, orders));
    calx_load_for(ann, Customer_.orders);
    assert_int_equal(calx_related_list(ann, orders).count, 1);
}

/* A list that the transaction has not touched, of an object that the session has made. */
static void a_rollback_leaves_other_lists_as_they_were(void **state)
{
    fixture *f = *state;
    Customer *ann = new_customer(f->session, "ann");
    Order *order = new_order(f->session, ann, 1);
    commit(f);
    calx_append(ann, visits, Visit_new(f->session));
    calx_session_rollback(f->session);
    assert_int_equal(calx_related_list(ann, visits).count, 0);
    assert_int_equal(calx_related_list(ann, orders).count, 1);
    assert_ptr_equal(calx_related_list(ann, orders).items[0], order);
    assert_session_ok(f->session);
}

static void who_comes_back_over_two_savepoints_has_no_stale_lists(void **state)
{
    fixture *f = *state;
    Customer *ann = new_customer(f->session, "ann");
    Customer *bob = new_customer(f->session, "bob");
    Visit *visit = Visit_new(f->session);
    calx_relate(visit, customer, ann);
    calx_session_begin_nested(f->session);
    calx_relate(visit, customer, bob);
    calx_session_delete(f->session, ann);
    calx_session_begin_nested(f->session);
    calx_session_rollback_nested(f->session);
    calx_session_rollback_nested(f->session);
    assert_session_ok(f->session);
    assert_ptr_equal(calx_related(visit, customer), ann);
    assert_false(calx_is_loaded(ann, visits));
    calx_load_for(ann, Customer_.visits);
    assert_int_equal(calx_related_list(ann, visits).count, 1);
}

/* Also when only one of them was loaded anew since the commit. */
static void lists_of_before_a_commit_stay_in_step(void **state)
{
    fixture *f = *state;
    Customer *ann = new_customer(f->session, "ann");
    Visit *first = Visit_new(f->session);
    Visit *second = Visit_new(f->session);
    Visit *third = Visit_new(f->session);
    calx_append(ann, visits, first);
    calx_append(ann, visits, second);
    calx_append(ann, visits, third);
    commit(f);
    calx_session_refresh(f->session, first);
    calx_session_refresh(f->session, second);
    calx_session_refresh(f->session, third);
    calx_session_delete(f->session, first);
    assert_int_equal(calx_related_list(ann, visits).count, 2);
    calx_relate(second, customer, new_customer(f->session, "bob"));
    assert_int_equal(calx_related_list(ann, visits).count, 1);
    calx_detach(ann, visits, third);
    assert_int_equal(calx_related_list(ann, visits).count, 0);
    commit(f);
}

static void expiring_forgets_what_it_was_related_to(void **state)
{
    fixture *f = *state;
    Customer *ann = new_customer(f->session, "ann");
    Customer *bob = new_customer(f->session, "bob");
    Order *order = new_order(f->session, ann, 1);
    commit(f);
    Customer *targets[] = {bob, new_customer(f->session, "not flushed yet")};
    for (size_t i = 0; i < 2; i++) {
        calx_relate(order, customer, targets[i]);
        calx_session_expire(f->session, order);
        assert_int_equal(order->customer_id, ann->id);
        assert_ptr_equal(calx_related(order, customer), ann);
        assert_int_equal(calx_related_list(targets[i], orders).count, 0);
        assert_int_equal(calx_related_list(ann, orders).count, 1);
    }
    commit(f);
    assert_int_equal(calx_get(f->session, Order, order->id)->customer_id, ann->id);
}

/* ---- Expunged ---- */

static void an_expunged_object_is_in_no_list(void **state)
{
    fixture *f = *state;
    Customer *ann = new_customer(f->session, "ann");
    Order *order = new_order(f->session, ann, 1);
    Order *second = new_order(f->session, ann, 2);
    Tag *tag = new_tag(f->session, "expunged");
    calx_append(order, tags, tag);
    calx_session_expunge(f->session, second);
    assert_int_equal(calx_related_list(ann, orders).count, 1);
    commit(f);
    int32_t id = order->id;
    calx_session_expunge(f->session, order);
    assert_session_ok(f->session);
    assert_false(calx_is_loaded(ann, orders));
    assert_false(calx_is_loaded(tag, orders));
    calx_load_for(ann, Customer_.orders, Order_.tags);
    Order_list orders = calx_related_list(ann, orders);
    assert_int_equal(orders.count, 1);
    assert_int_equal(orders.items[0]->id, id);
    assert_ptr_not_equal(orders.items[0], order);
    assert_ptr_equal(calx_related_list(orders.items[0], tags).items[0], tag);
    assert_session_ok(f->session);
}

static void what_was_new_between_goes_with_the_expunged(void **state)
{
    fixture *f = *state;
    Order *order = new_order(f->session, new_customer(f->session, "ann"), 1);
    Tag *tag = new_tag(f->session, "stays");
    commit(f);
    calx_append(order, tags, tag);
    calx_session_expunge(f->session, tag);
    assert_int_equal(calx_related_list(order, tags).count, 0);
    commit(f);
    assert_int_equal(calx_count(calx_filter_by(calx_query_of(f->session, OrderTag), word, "stays")),
                     0);
}

/* ---- One key, deleted and new ---- */

static void a_new_object_takes_over_the_row_of_a_deleted_one(void **state)
{
    fixture *f = *state;
    Customer *ann = new_customer(f->session, "ann");
    Visit *visit = Visit_new(f->session);
    calx_relate(visit, customer, ann);
    commit(f);
    int32_t id = ann->id;
    int32_t visit_id = visit->id;
    forget(f);
    ann = calx_get(f->session, Customer, id);
    calx_load_for(ann, Customer_.orders);
    calx_session_delete(f->session, ann);
    Customer *bob = new_customer(f->session, "bob");
    bob->id = id;
    Visit *second = Visit_new(f->session);
    calx_relate(second, customer, bob);
    forget_sent(f);
    commit(f);
    assert_int_equal(sent_count(f, "UPDATE rel_customers"), 1);
    assert_int_equal(sent_count(f, "DELETE"), 0);
    assert_ptr_equal(calx_get(f->session, Customer, id), bob);
    assert_int_equal(second->customer_id.value, id);
    assert_ptr_equal(calx_related(calx_get(f->session, Visit, visit_id), customer), bob);
    forget(f);
    assert_text(calx_get(f->session, Customer, id)->name, "bob");
}

static void a_rollback_gives_the_row_back(void **state)
{
    fixture *f = *state;
    Tag *old = new_tag(f->session, "given back");
    commit(f);
    calx_session_begin_nested(f->session);
    calx_session_delete(f->session, old);
    Tag *fresh = new_tag(f->session, "given back");
    calx_session_flush(f->session);
    assert_session_ok(f->session);
    assert_ptr_equal(calx_get(f->session, Tag, "given back"), fresh);
    calx_session_rollback_nested(f->session);
    assert_ptr_equal(calx_get(f->session, Tag, "given back"), old);
    calx_session_delete(f->session, old);
    calx_session_add(f->session, fresh);
    commit(f);
    assert_ptr_equal(calx_get(f->session, Tag, "given back"), fresh);
    assert_int_equal(calx_count(calx_filter_by(calx_query_of(f->session, Tag), word, "given back")),
                     1);
}

/* ---- Many ---- */

#define MANY 100

/* So many that their keys may be taken ahead. */
static void many_new_objects_get_their_keys_and_lose_them(void **state)
{
    fixture *f = *state;
    Customer *customers[MANY];
    Order *orders[MANY];
    for (int i = 0; i < MANY; i++) {
        customers[i] = new_customer(f->session, "many");
        orders[i] = new_order(f->session, customers[i], i);
    }
    calx_session_flush(f->session);
    assert_session_ok(f->session);
    for (int i = 0; i < MANY; i++) {
        assert_true(customers[i]->id > (i > 0 ? customers[i - 1]->id : 0));
        assert_int_equal(orders[i]->customer_id, customers[i]->id);
    }
    Order *last = calx_first(calx_filter_by(calx_query_of(f->session, Order), id, orders[7]->id));
    assert_ptr_equal(last, orders[7]);
    calx_session_rollback(f->session);
    assert_int_equal(customers[0]->id, 0);
    assert_int_equal(orders[MANY - 1]->id, 0);
}

static void many_new_objects_that_fail_lose_their_keys(void **state)
{
    fixture *f = *state;
    Account *accounts[MANY];
    Customer *ann = new_customer(f->session, "ann");
    calx_session_flush(f->session);
    for (int i = 0; i < MANY; i++) {
        accounts[i] = Account_new(f->session);
        if (i == 3 || i == MANY - 1)
            accounts[i]->customer_id = (calx_integer_or_null){.value = ann->id};
    }
    calx_session_commit(f->session);
    assert_failed(f->session, CALX_ERROR_UNIQUE, "");
    calx_session_rollback(f->session);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(accounts[i]->id, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_the_shop(after_a_commit_lists_hold_until_the_object_is_loaded_anew),
        in_the_shop(a_rollback_restores_both_sides),
        in_the_shop(what_was_rolled_back_can_be_added_again_whole),
        in_the_shop(a_savepoint_takes_back_what_came_after_it),
        in_the_shop(a_refreshed_object_knows_only_what_is_loaded_anew),
        in_the_shop(a_list_forgets_what_a_condition_has_deleted),
        in_the_shop(a_list_loaded_over_changes_does_not_outlive_a_rollback),
        in_the_shop(a_rollback_leaves_other_lists_as_they_were),
        in_the_shop(lists_of_before_a_commit_stay_in_step),
        in_the_shop(expiring_forgets_what_it_was_related_to),
        in_the_shop(who_comes_back_over_two_savepoints_has_no_stale_lists),
        in_the_shop(an_expunged_object_is_in_no_list),
        in_the_shop(what_was_new_between_goes_with_the_expunged),
        in_the_shop(a_new_object_takes_over_the_row_of_a_deleted_one),
        in_the_shop(a_rollback_gives_the_row_back),
        in_the_shop(many_new_objects_get_their_keys_and_lose_them),
        in_the_shop(many_new_objects_that_fail_lose_their_keys),
    };
    return cmocka_run_group_tests(tests, shop_open, shop_close);
}
