/* Loading what objects are related to, by name: with a query, for one object, for a list. */
#include "tests/suite/relationship_fixture.h"

RELATIONSHIP_FIXTURE_MODELS

#define CUSTOMERS 3

/* Customers with as many orders as their place says, and each order as many lines; 0, 1, 2. */
static void store_shop(fixture *f, int32_t ids[CUSTOMERS])
{
    Customer *customers[CUSTOMERS];
    for (int32_t i = 0; i < CUSTOMERS; i++) {
        customers[i] = new_customer(f->session, "loaded");
        for (int32_t k = 0; k < i; k++) {
            Order *order = new_order(f->session, customers[i], k);
            for (int32_t line = 0; line < i; line++)
                new_line(f->session, order, line)->quantity = 10 * k + line;
        }
    }
    commit(f);
    for (int32_t i = 0; i < CUSTOMERS; i++)
        ids[i] = customers[i]->id;
    forget(f);
}

static Customer_query *these(fixture *f, const int32_t ids[CUSTOMERS])
{
    Customer_query *query = calx_query_of(f->session, Customer);
    query = calx_filter(query, AND(GREATER_EQUAL(Customer_.id, ids[0]),
                                   LESS_EQUAL(Customer_.id, ids[CUSTOMERS - 1])));
    return calx_order_by(query, Customer_.id);
}

static void assert_shop(const Customer_list customers)
{
    assert_int_equal(customers.count, CUSTOMERS);
    for (size_t i = 0; i < customers.count; i++) {
        Order_list orders = calx_related_list(customers.items[i], orders);
        assert_int_equal(orders.count, i);
        for (size_t k = 0; k < orders.count; k++) {
            OrderLine_list lines = calx_related_list(orders.items[k], lines);
            assert_int_equal(orders.items[k]->number, k);
            assert_ptr_equal(calx_related(orders.items[k], customer), customers.items[i]);
            assert_int_equal(lines.count, i);
            for (size_t line = 0; line < lines.count; line++)
                assert_int_equal(lines.items[line]->quantity, 10 * k + line);
        }
    }
}

static void a_path_is_a_statement_for_each_relationship(void **state)
{
    fixture *f = *state;
    int32_t ids[CUSTOMERS];
    store_shop(f, ids);
    Customer_list customers = calx_all(calx_load(these(f, ids), Customer_.orders, Order_.lines));
    assert_session_ok(f->session);
    assert_int_equal(sent_count(f, "SELECT"), 3);
    assert_shop(customers);
    assert_session_ok(f->session);
    assert_int_equal(sent_count(f, "SELECT"), 3);
}

static void a_list_of_objects_is_loaded_for(void **state)
{
    fixture *f = *state;
    int32_t ids[CUSTOMERS];
    store_shop(f, ids);
    Customer_list customers = calx_all(these(f, ids));
    assert_int_equal(calx_load_for_all(customers, Customer_.orders, Order_.lines), 0);
    assert_shop(customers);
    assert_int_equal(sent_count(f, "SELECT"), 3);
    assert_int_equal(calx_load_for_all(customers, Customer_.orders, Order_.lines), 0);
    assert_int_equal(sent_count(f, "SELECT"), 3); /* all of it is there */
}

static void one_object_is_loaded_for(void **state)
{
    fixture *f = *state;
    int32_t ids[CUSTOMERS];
    store_shop(f, ids);
    Customer *customer = calx_get(f->session, Customer, ids[2]);
    assert_int_equal(calx_load_for(customer, Customer_.orders), 0);
    Order_list orders = calx_related_list(customer, orders);
    assert_int_equal(orders.count, 2);
    assert_false(calx_is_loaded(orders.items[0], lines));
    assert_int_equal(calx_load_for(orders.items[0], Order_.lines), 0);
    assert_int_equal(calx_related_list(orders.items[0], lines).count, 2);
    assert_false(calx_is_loaded(orders.items[1], lines));
}

static void first_loads_for_one(void **state)
{
    fixture *f = *state;
    int32_t ids[CUSTOMERS];
    store_shop(f, ids);
    Customer *customer =
        calx_first(calx_load(calx_filter_by(these(f, ids), id, ids[1]), Customer_.orders));
    assert_int_equal(calx_related_list(customer, orders).count, 1);
}

static void parents_are_loaded_once_and_only_if_missing(void **state)
{
    fixture *f = *state;
    int32_t ids[CUSTOMERS];
    store_shop(f, ids);
    Order_query *query = calx_query_of(f->session, Order);
    query = calx_filter(query, AND(GREATER_EQUAL(Order_.customer_id, ids[0]),
                                   LESS_EQUAL(Order_.customer_id, ids[2])));
    Order_list orders = calx_all(calx_load(query, Order_.customer));
    assert_int_equal(orders.count, 3);
    for (size_t i = 0; i < orders.count; i++)
        assert_int_equal(calx_related(orders.items[i], customer)->id, orders.items[i]->customer_id);
    assert_int_equal(sent_count(f, "SELECT"), 2);
    calx_load_for_all(orders, Order_.customer);
    assert_int_equal(sent_count(f, "SELECT"), 2);
    assert_session_ok(f->session);
}

static void more_than_a_batch_takes_several_statements(void **state)
{
    enum { COUNT = CALX_LOAD_BATCH_MAX + 5 };
    fixture *f = *state;
    static Node *nodes[COUNT];
    Node *root = Node_new(f->session);
    for (size_t i = 0; i < COUNT; i++) {
        nodes[i] = Node_new(f->session);
        calx_append(root, children, nodes[i]);
        calx_append(nodes[i], children, Node_new(f->session));
    }
    commit(f);
    int32_t id = root->id;
    forget(f);
    root = calx_get(f->session, Node, id);
    forget_sent(f);
    calx_load_for(root, Node_.children, Node_.children);
    assert_int_equal(sent_count(f, "SELECT"), 3);
    Node_list children = calx_related_list(root, children);
    assert_int_equal(children.count, COUNT);
    for (size_t i = 0; i < children.count; i++)
        assert_int_equal(calx_related_list(children.items[i], children).count, 1);
    assert_session_ok(f->session);
}

static void many_to_many_is_loaded_from_either_side(void **state)
{
    fixture *f = *state;
    Customer *ann = new_customer(f->session, "ann");
    Order *first = new_order(f->session, ann, 1);
    Order *second = new_order(f->session, ann, 2);
    calx_append(first, tags, new_tag(f->session, "load b"));
    calx_append(first, tags, new_tag(f->session, "load a"));
    calx_append(second, tags, calx_related_list(first, tags).items[0]);
    commit(f);
    int32_t id = first->id;
    forget(f);
    first = calx_get(f->session, Order, id);
    calx_load_for(first, Order_.tags, Tag_.orders);
    Tag_list tags = calx_related_list(first, tags);
    assert_int_equal(tags.count, 2);
    assert_text(tags.items[0]->word, "load a");
    assert_int_equal(calx_related_list(tags.items[0], orders).count, 1);
    assert_int_equal(calx_related_list(tags.items[1], orders).count, 2);
    calx_detach(first, tags, tags.items[1]);
    assert_int_equal(calx_related_list(tags.items[1], orders).count, 1);
    commit(f);
    assert_int_equal(calx_count(calx_filter_by(calx_query_of(f->session, OrderTag), order_id, id)),
                     1);
}

static void keys_of_two_columns_are_loaded_by(void **state)
{
    fixture *f = *state;
    Order *order = new_order(f->session, new_customer(f->session, "ann"), 1);
    for (int32_t i = 0; i < 3; i++) {
        OrderLine *line = new_line(f->session, order, i);
        for (int32_t k = 0; k < i; k++)
            calx_append(line, notes, Note_new(f->session));
    }
    commit(f);
    int32_t id = order->id;
    forget(f);
    order = calx_get(f->session, Order, id);
    forget_sent(f);
    calx_load_for(order, Order_.lines, OrderLine_.notes);
    assert_int_equal(sent_count(f, "SELECT"), 2);
    OrderLine_list lines = calx_related_list(order, lines);
    for (size_t i = 0; i < lines.count; i++)
        assert_int_equal(calx_related_list(lines.items[i], notes).count, i);
    Note *note = calx_related_list(lines.items[2], notes).items[1];
    assert_ptr_equal(calx_related(note, about), lines.items[2]);
    forget(f);
    note = calx_first(calx_load(calx_filter_by(calx_query_of(f->session, Note), order_id, id),
                                Note_.about, OrderLine_.order));
    assert_int_equal(calx_related(calx_related(note, about), order)->id, id);
}

static void one_to_one_is_loaded_also_when_there_is_none(void **state)
{
    fixture *f = *state;
    Customer *ann = new_customer(f->session, "one to one");
    Customer *bob = new_customer(f->session, "one to one");
    calx_relate(ann, account, Account_new(f->session));
    commit(f);
    int32_t ids[] = {ann->id, bob->id};
    forget(f);
    Customer_list both = calx_all(calx_order_by(
        calx_load(calx_filter_by(calx_query_of(f->session, Customer), name, "one to one"),
                  Customer_.account),
        Customer_.id));
    assert_int_equal(both.items[0]->id, ids[0]);
    assert_int_equal(calx_related(both.items[0], account)->customer_id.value, ids[0]);
    assert_null(calx_related(both.items[1], account));
    assert_session_ok(f->session);
}

/* ---- Joined ---- */

static void joined_paths_cost_no_further_statement(void **state)
{
    fixture *f = *state;
    int32_t ids[CUSTOMERS];
    store_shop(f, ids);
    Customer_list customers =
        calx_all(calx_load_joined(calx_load_joined(these(f, ids), Customer_.orders, Order_.lines),
                                  Customer_.orders, Order_.customer, Customer_.account));
    assert_session_ok(f->session);
    assert_int_equal(sent_count(f, "SELECT"), 1);
    assert_shop(customers);
    assert_null(calx_related(customers.items[2], account)); /* it has orders */
    assert_session_ok(f->session);
    assert_int_equal(sent_count(f, "SELECT"), 1);
}

static void a_limit_counts_objects_not_rows(void **state)
{
    fixture *f = *state;
    int32_t ids[CUSTOMERS];
    store_shop(f, ids);
    Customer_query *query =
        calx_filter(calx_query_of(f->session, Customer), LESS_EQUAL(Customer_.id, ids[2]));
    query = calx_limit(calx_order_by_descending(query, Customer_.id), 2);
    Customer_list customers =
        calx_all(calx_load_joined(calx_load_joined(query, Customer_.orders), Customer_.account));
    assert_session_ok(f->session);
    assert_int_equal(customers.count, 2);
    assert_int_equal(sent_count(f, "SELECT"), 2); /* the list in its own */
    for (size_t i = 0; i < 2; i++) {
        Order_list orders = calx_related_list(customers.items[i], orders);
        assert_null(calx_related(customers.items[i], account));
        assert_int_equal(customers.items[i]->id, orders.items[0]->customer_id);
    }
    assert_session_ok(f->session);
}

static void joined_many_to_many_can_be_detached(void **state)
{
    fixture *f = *state;
    Order *order = new_order(f->session, new_customer(f->session, "ann"), 1);
    calx_append(order, tags, new_tag(f->session, "joined b"));
    calx_append(order, tags, new_tag(f->session, "joined a"));
    commit(f);
    int32_t id = order->id;
    forget(f);
    order = calx_first(calx_load_joined(calx_filter_by(calx_query_of(f->session, Order), id, id),
                                        Order_.customer));
    assert_text(calx_related(order, customer)->name, "ann");
    assert_int_equal(sent_count(f, "SELECT"), 1);
    order = calx_all(calx_load_joined(calx_filter_by(calx_query_of(f->session, Order), id, id),
                                      Order_.tags))
                .items[0];
    assert_int_equal(sent_count(f, "SELECT"), 2);
    Tag_list tags = calx_related_list(order, tags);
    assert_int_equal(tags.count, 2);
    assert_text(tags.items[0]->word, "joined a");
    calx_detach(order, tags, tags.items[0]);
    commit(f);
    assert_int_equal(calx_count(calx_filter_by(calx_query_of(f->session, OrderTag), order_id, id)),
                     1);
}

static void changes_that_wait_are_part_of_what_is_joined(void **state)
{
    fixture *f = *state;
    int32_t ids[CUSTOMERS];
    store_shop(f, ids);
    calx_session_set_autoflush(f->session, false);
    Customer *two = calx_get(f->session, Customer, ids[2]);
    Order *added = new_order(f->session, two, 9);
    Customer_list customers = calx_all(calx_load_joined(these(f, ids), Customer_.orders));
    assert_session_ok(f->session);
    assert_int_equal(customers.count, CUSTOMERS);
    assert_ptr_equal(customers.items[2], two);
    assert_int_equal(calx_related_list(two, orders).count, 3);
    assert_ptr_equal(calx_related_list(two, orders).items[2], added);
    commit(f);
}

/* ---- Changes that wait ---- */

static void what_waits_is_flushed_before(void **state)
{
    fixture *f = *state;
    int32_t ids[CUSTOMERS];
    store_shop(f, ids);
    Customer *customer = calx_get(f->session, Customer, ids[1]);
    Order *order = new_order(f->session, customer, 9);
    calx_load_for(customer, Customer_.orders);
    assert_int_not_equal(order->id, 0);
    assert_int_equal(calx_related_list(customer, orders).count, 2);
    assert_ptr_equal(calx_related_list(customer, orders).items[1], order);
    calx_session_rollback(f->session);
    assert_false(calx_is_loaded(customer, orders));
}

static void without_autoflush_what_waits_is_merged(void **state)
{
    fixture *f = *state;
    int32_t ids[CUSTOMERS];
    store_shop(f, ids);
    calx_session_set_autoflush(f->session, false);
    Customer *one = calx_get(f->session, Customer, ids[1]);
    Customer *two = calx_get(f->session, Customer, ids[2]);
    calx_load_for(two, Customer_.orders);
    Order *moved = calx_related_list(two, orders).items[0];
    calx_relate(moved, customer, one);
    Order *added = new_order(f->session, one, 9);
    calx_load_for(one, Customer_.orders);
    assert_session_ok(f->session);
    assert_int_equal(calx_related_list(one, orders).count, 3);
    assert_ptr_equal(calx_related_list(one, orders).items[1], moved);
    assert_ptr_equal(calx_related_list(one, orders).items[2], added);
    assert_null(strstr(sent(f), "INSERT"));
    commit(f);
}

static void after_a_commit_it_is_loaded_anew(void **state)
{
    fixture *f = *state;
    int32_t ids[CUSTOMERS];
    store_shop(f, ids);
    Customer *customer = calx_get(f->session, Customer, ids[1]);
    calx_load_for(customer, Customer_.orders);
    commit(f);
    calx_session *other = calx_session_create(f->engine);
    new_order(other, calx_get(other, Customer, ids[1]), 8);
    calx_session_commit(other);
    assert_session_ok(other);
    calx_session_destroy(other);
    assert_int_equal(calx_related_list(customer, orders).count, 1);
    calx_load_for(customer, Customer_.orders);
    assert_int_equal(calx_related_list(customer, orders).count, 2);
}

static void a_delete_by_condition_unloads_what_it_may_have_deleted(void **state)
{
    fixture *f = *state;
    Customer *ann = new_customer(f->session, "ann");
    calx_append(ann, visits, Visit_new(f->session));
    commit(f);
    int32_t id = ann->id;
    forget(f);
    ann = calx_get(f->session, Customer, id);
    calx_load_for(ann, Customer_.visits, Visit_.customer);
    calx_load_for(ann, Customer_.account);
    calx_query_delete(calx_filter_by(calx_query_of(f->session, Visit), customer_id, id));
    calx_session_flush(f->session);
    assert_false(calx_is_loaded(ann, visits));
    assert_true(calx_is_loaded(ann, account));
    calx_load_for(ann, Customer_.visits);
    assert_int_equal(calx_related_list(ann, visits).count, 0);
    assert_session_ok(f->session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_the_shop(a_path_is_a_statement_for_each_relationship),
        in_the_shop(a_list_of_objects_is_loaded_for),
        in_the_shop(one_object_is_loaded_for),
        in_the_shop(first_loads_for_one),
        in_the_shop(parents_are_loaded_once_and_only_if_missing),
        in_the_shop(more_than_a_batch_takes_several_statements),
        in_the_shop(many_to_many_is_loaded_from_either_side),
        in_the_shop(keys_of_two_columns_are_loaded_by),
        in_the_shop(one_to_one_is_loaded_also_when_there_is_none),
        in_the_shop(joined_paths_cost_no_further_statement),
        in_the_shop(a_limit_counts_objects_not_rows),
        in_the_shop(joined_many_to_many_can_be_detached),
        in_the_shop(changes_that_wait_are_part_of_what_is_joined),
        in_the_shop(what_waits_is_flushed_before),
        in_the_shop(without_autoflush_what_waits_is_merged),
        in_the_shop(after_a_commit_it_is_loaded_anew),
        in_the_shop(a_delete_by_condition_unloads_what_it_may_have_deleted),
    };
    return cmocka_run_group_tests(tests, shop_open, shop_close);
}
