/* Rows one by one: in little memory, and what may be done meanwhile. */
#include <malloc.h>

#include "tests/suite/shop_fixture.h"

SHOP_FIXTURE_MODELS

static Order_query *orders(const fixture *f)
{
    return calx_order_by(calx_query_of(f->session, Order), Order_.id);
}

static void rows_come_one_by_one(void **state)
{
    fixture *f = *state;
    int32_t sum = 0;
    int count = 0;
    calx_each(calx_filter(orders(f), GREATER(Order_.id, 1)), order)
    {
        sum += order->price;
        count++;
        assert_int_equal(order->id, count + 1);
    }
    assert_session_ok(f->session);
    assert_int_equal(count, 4);
    assert_int_equal(sum, 395);
    assert_null(strstr(sent(f), "COMMIT"));
}

static void rows_of_ones_own_come_too(void **state)
{
    fixture *f = *state;
    char names[64] = "";
    calx_each(calx_select(calx_outer_join(orders(f), Order_.customer), Figure,
                          FIELD(number, Order_.id),
                          FIELD(name, AT(Order_.customer, Customer_.name))),
              figure)
    {
        if (figure->number.value == 4)
            continue;
        strncat(names, figure->name.data ? figure->name.data : "-", figure->name.length + 1);
    }
    assert_session_ok(f->session);
    assert_string_equal(names, "AnnAnnbob-");
}

static void nothing_is_no_loop(void **state)
{
    fixture *f = *state;
    calx_each(calx_filter_by(orders(f), id, 99), order) fail_msg("order %d", order->id);
    assert_session_ok(f->session);
    calx_each(calx_filter(orders(f), EQUAL(WITHIN(Order, Product_.id), 1)), order)
        fail_msg("order %d", order->id);
    assert_failed(f->session, CALX_ERROR_INVALID, "column \"id\" is of a table");
}

/* Objects that the session holds are those, with what was changed; others are copies. */
static void held_objects_are_themselves(void **state)
{
    fixture *f = *state;
    Order *held = calx_get(f->session, Order, 2);
    calx_each(orders(f), order)
    {
        assert_true((order == held) == (order->id == 2));
        order->paid = !order->paid;
        calx_session_delete(f->session, order == held ? (void *)&Order_new(f->session)->id : order);
        break;
    }
    assert_session_ok(f->session);
    calx_session_rollback(f->session);
    assert_int_equal(calx_count(orders(f)), 5);
}

/* The connection is free again, however the loop was left. */
static int first_dear(fixture *f)
{
    calx_each(orders(f), order) if (order->price > 200) return order->id;
    return 0;
}

static void a_loop_may_be_left(void **state)
{
    fixture *f = *state;
    for (int i = 0; i < 20; i++)
        assert_int_equal(first_dear(f), 2);
    Order *order = calx_get(f->session, Order, 2);
    order->price++;
    calx_session_flush(f->session);
    assert_session_ok(f->session);
    assert_int_equal(first_dear(f), 2); /* in the open transaction */
    assert_session_ok(f->session);
    assert_int_equal(calx_count(calx_filter_by(orders(f), price, 251)), 1);
    calx_session_rollback(f->session);
}

static void the_session_reads_meanwhile(void **state)
{
    fixture *f = *state;
    int found = 0;
    calx_each(orders(f), order)
    {
        Order *kept = calx_get(f->session, Order, order->id);
        assert_ptr_not_equal(kept, order);
        found += (int)calx_count(calx_filter_by(calx_query_of(f->session, Product), id, kept->id));
        if (kept->id == 3)
            kept->price = 71;
    }
    assert_session_ok(f->session);
    assert_int_equal(found, 4);
    calx_session_flush(f->session);
    assert_int_equal(calx_count(calx_filter_by(orders(f), price, 71)), 1);
    calx_session_rollback(f->session);
}

static void nothing_is_written_meanwhile(void **state)
{
    fixture *f = *state;
    int rows = 0;
    calx_each(orders(f), order)
    {
        calx_get(f->session, Order, order->id)->price = 1;
        assert_true(calx_session_commit(f->session) < 0);
        rows++;
    }
    assert_int_equal(rows, 1);
    assert_failed(f->session, CALX_ERROR_STATE, "commit while a stream is open");
    calx_session_rollback(f->session);
    calx_each(orders(f), order) calx_sql_execute(f->session, "DELETE FROM shop_lines");
    assert_failed(f->session, CALX_ERROR_STATE, "a transaction begun while a stream is open");
    calx_session_rollback(f->session);
    calx_each(orders(f), order)
        calx_query_update(calx_query_of(f->session, Product), SET(Product_.stock, order->id));
    assert_failed(f->session, CALX_ERROR_STATE, "a change while a stream is open");
    calx_session_rollback(f->session);
    calx_each(orders(f), order) calx_each(orders(f), other) fail_msg("%d", other->id);
    assert_failed(f->session, CALX_ERROR_STATE, "another stream is open");
    calx_session_rollback(f->session);
    calx_each(calx_load(orders(f), Order_.customer), order) fail_msg("%d", order->id);
    assert_failed(f->session, CALX_ERROR_UNSUPPORTED, "a stream loads nothing");
    calx_session_rollback(f->session);
    assert_int_equal(calx_count(orders(f)), 5);
}

static void a_rollback_ends_it(void **state)
{
    fixture *f = *state;
    calx_stream *stream = calx_stream_open(orders(f));
    const Order *order = calx_stream_next(stream);
    assert_int_equal(order->id, 1);
    calx_session_rollback(f->session);
    assert_null(calx_stream_next(stream));
    calx_stream_close(stream);
    assert_int_equal(first_dear(f), 2);
    calx_stream_close(NULL);
}

static void what_was_changed_is_flushed_before(void **state)
{
    fixture *f = *state;
    Customer *bob = calx_get(f->session, Customer, 2);
    bob->city = calx_text_of("Oslo");
    int rows = 0;
    calx_each(calx_filter(orders(f), EQUAL(AT(Order_.customer, Customer_.city), "Oslo")), order)
        rows += order->id > 0;
    assert_session_ok(f->session);
    assert_int_equal(rows, 4);
    calx_session_rollback(f->session);
}

static void the_deadline_holds(void **state)
{
    fixture *f = *state;
    int rows = 0;
    calx_each(orders(f), order)
    {
        rows += order->id > 0;
        calx_session_set_deadline(f->session, calx_now_us() - 1);
        calx_get(f->session, Product, 1);
    }
    assert_int_equal(rows, 1);
    assert_int_equal(calx_session_error(f->session)->code, CALX_ERROR_TIMEOUT);
    calx_session_set_deadline(f->session, CALX_NO_DEADLINE);
    calx_session_rollback(f->session);
    assert_int_equal(first_dear(f), 2);
}

/* ---- Memory ---- */

#define PEOPLE 25
#define LITTLE 400000 /* bytes; all the rows would take a hundred times as much */

static void store_people(fixture *f)
{
    calx_session *session = calx_session_create(f->engine);
    for (int i = 0; i < PEOPLE; i++) {
        char nick[] = {'n', (char)('a' + i), '\0'};
        Person *person = Person_new(session);
        person->nick = person->mail = calx_text_of(nick);
        Todo_new(session)->title = calx_text_of("milk");
        calx_session_flush(session);
    }
    calx_session_commit(session);
    assert_session_ok(session);
    calx_session_destroy(session);
}

/* 4 customers, 4 products, 5 orders, 4 lines, 25 people and 25 todos: each with each. */
static Customer_query *all_with_all(const fixture *f)
{
    Customer_query *query = calx_query_of(f->session, Customer);
    calx_join_on(query, Product, IS_NOT_NULL(WITHIN(Customer, Product_.id)));
    calx_join_on(query, Order, IS_NOT_NULL(WITHIN(Customer, Order_.id)));
    calx_join_on(query, OrderLine, IS_NOT_NULL(WITHIN(Customer, OrderLine_.order_id)));
    calx_join_on(query, Person, IS_NOT_NULL(WITHIN(Customer, Person_.nick)));
    return calx_join_on(query, Todo, IS_NOT_NULL(WITHIN(Customer, Todo_.id)));
}

static void many_rows_take_little_memory(void **state)
{
    fixture *f = *state;
    store_people(f);
    int64_t rows = 0;
    size_t before = mallinfo2().uordblks;
    size_t most = before;
    calx_each(all_with_all(f), customer)
    {
        size_t now = rows % 1000 == 0 ? mallinfo2().uordblks : 0;
        most = now > most ? now : most;
        rows += customer->id > 0;
    }
    assert_session_ok(f->session);
    assert_int_equal(rows, 320 * PEOPLE * PEOPLE);
    assert_true(most - before < LITTLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_shop(rows_come_one_by_one),
        with_shop(rows_of_ones_own_come_too),
        with_shop(nothing_is_no_loop),
        with_shop(held_objects_are_themselves),
        with_shop(a_loop_may_be_left),
        with_shop(the_session_reads_meanwhile),
        with_shop(nothing_is_written_meanwhile),
        with_shop(a_rollback_ends_it),
        with_shop(what_was_changed_is_flushed_before),
        with_shop(the_deadline_holds),
        with_shop(many_rows_take_little_memory),
    };
    return cmocka_run_group_tests(tests, shop_open, shop_close);
}
