/* The pool alone: slots, the queue, what is idle. Connections are empty structs here: the pool
 * looks into none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>
#include <sched.h>

#include "core/engine/internal.h"

#define LONG_MS 20000

typedef struct fixture {
    calx__pool pool;
    calx__connection connections[8];
} fixture;

static calx_waiter others; /* of no thread that runs here */

static fixture *fixture_of(void **state, size_t size, size_t overflow)
{
    static fixture f;
    memset(&f, 0, sizeof f);
    calx__pool_init(&f.pool, size, overflow);
    *state = &f;
    return &f;
}

static size_t queue_length(calx__pool *pool)
{
    size_t length = 0;
    pthread_mutex_lock(&pool->mutex);
    for (const calx__pool_turn *turn = pool->first; turn != NULL; turn = turn->next)
        length++;
    pthread_mutex_unlock(&pool->mutex);
    return length;
}

static void await_queue_length(calx__pool *pool, size_t length)
{
    int64_t deadline_us = calx_deadline_in_ms(LONG_MS);
    while (queue_length(pool) != length && calx_now_us() < deadline_us)
        sched_yield();
    assert_int_equal(queue_length(pool), length);
}

/* Takes a free slot and "opens" a connection in it, which somebody else holds from then on. */
static calx__connection *open_next(fixture *f, size_t index, int connections_max)
{
    calx__connection *connection = &f->connections[index];
    connection->verified_us = calx_now_us();
    calx__connection *taken = connection;
    assert_int_equal(calx__pool_take(&f->pool, 0, &taken, NULL), 0);
    assert_null(taken);
    calx__pool_adopt(&f->pool, connection, connections_max);
    connection->holder = &others;
    return connection;
}

static int take_at_once(fixture *f, calx__connection **out)
{
    calx_error err = {0};
    int status = calx__pool_take(&f->pool, 0, out, &err);
    assert_int_equal(status, err.code);
    return status;
}

static void close_one(fixture *f, calx__connection *connection)
{
    calx__pool_drop(&f->pool, connection, false);
    calx__pool_vacate(&f->pool);
}

static void finish(fixture *f)
{
    for (calx__connection *c = calx__pool_drain(&f->pool); c != NULL; c = c->next)
        calx__pool_vacate(&f->pool);
    assert_int_equal(f->pool.taken, 0);
    calx__pool_finish(&f->pool);
}

/* ---- A thread that waits for its turn ---- */

typedef struct client {
    fixture *f;
    int64_t deadline_us;
    int status;
    calx_error err;
    calx__connection *connection;
    size_t *order; /* counts up with every client served */
    size_t place;
    pthread_t thread;
} client;

static void *client_main(void *argument)
{
    client *c = argument;
    c->status = calx__pool_take(&c->f->pool, c->deadline_us, &c->connection, &c->err);
    if (c->status == 0 && c->connection != NULL) {
        c->place = (*c->order)++; /* only one has the connection at a time */
        calx__pool_give(&c->f->pool, c->connection, false);
    }
    return NULL;
}

static void client_start(client *c, fixture *f, size_t *order, int timeout_ms)
{
    *c = (client){.f = f, .order = order, .deadline_us = calx_deadline_in_ms(timeout_ms)};
    assert_int_equal(pthread_create(&c->thread, NULL, client_main, c), 0);
}

/* ---- Tests ---- */

static void the_first_connection_is_opened_alone(void **state)
{
    fixture *f = fixture_of(state, 2, 1);
    calx__connection *none;
    assert_int_equal(calx__pool_take(&f->pool, 0, &none, NULL), 0);
    assert_null(none);
    assert_int_equal(take_at_once(f, &none), CALX_ERROR_POOL_TIMEOUT);
    calx__pool_adopt(&f->pool, &f->connections[0], 0);
    f->connections[0].holder = &others;
    open_next(f, 1, 0);
    open_next(f, 2, 0);
    assert_int_equal(take_at_once(f, &none), CALX_ERROR_POOL_TIMEOUT);
    for (size_t i = 0; i < 3; i++)
        close_one(f, &f->connections[i]);
    finish(f);
}

static void the_database_may_set_a_lower_limit(void **state)
{
    fixture *f = fixture_of(state, 5, 10);
    calx__connection *none;
    calx__connection *only = open_next(f, 0, 1);
    assert_int_equal(take_at_once(f, &none), CALX_ERROR_POOL_TIMEOUT);
    assert_true(calx__pool_give(&f->pool, only, false));
    finish(f);
}

/* Not from a free slot, and not an idle one. */
static void who_holds_one_gets_no_other(void **state)
{
    fixture *f = fixture_of(state, 3, 0);
    calx__connection *taken;
    calx__connection *none = NULL;
    calx__connection *idle = open_next(f, 0, 0);
    calx__connection *other = open_next(f, 1, 0);
    calx__pool_give(&f->pool, idle, false);
    assert_int_equal(take_at_once(f, &taken), 0);
    assert_int_equal(take_at_once(f, &none), CALX_ERROR_STATE);
    calx__pool_give(&f->pool, other, false);
    assert_int_equal(take_at_once(f, &none), CALX_ERROR_STATE);
    assert_null(none);
    calx__pool_give(&f->pool, taken, false);
    assert_int_equal(take_at_once(f, &taken), 0);
    calx__pool_give(&f->pool, taken, false);
    finish(f);
}

static void the_connection_used_last_is_taken_first(void **state)
{
    fixture *f = fixture_of(state, 3, 0);
    calx__connection *taken;
    for (size_t i = 0; i < 3; i++)
        open_next(f, i, 0);
    calx__pool_give(&f->pool, &f->connections[0], false);
    calx__pool_give(&f->pool, &f->connections[2], false);
    calx__pool_give(&f->pool, &f->connections[1], false);
    assert_int_equal(take_at_once(f, &taken), 0);
    assert_ptr_equal(taken, &f->connections[1]);
    calx__pool_give(&f->pool, taken, false);
    finish(f);
}

static void overflow_is_not_kept(void **state)
{
    fixture *f = fixture_of(state, 1, 2);
    for (size_t i = 0; i < 3; i++)
        open_next(f, i, 0);
    assert_true(calx__pool_give(&f->pool, &f->connections[0], false));
    assert_false(calx__pool_give(&f->pool, &f->connections[1], false));
    calx__pool_vacate(&f->pool);
    assert_false(calx__pool_give(&f->pool, &f->connections[2], false));
    calx__pool_vacate(&f->pool);
    assert_int_equal(f->pool.taken, 1);
    finish(f);
}

static void who_waits_is_served_in_the_order_of_coming(void **state)
{
    enum { CLIENTS = 6 };
    fixture *f = fixture_of(state, 1, 0);
    client clients[CLIENTS];
    size_t order = 0;
    calx__connection *connection = open_next(f, 0, 0);
    for (size_t i = 0; i < CLIENTS; i++) {
        client_start(&clients[i], f, &order, LONG_MS);
        await_queue_length(&f->pool, i + 1);
    }
    calx__pool_give(&f->pool, connection, false);
    for (size_t i = 0; i < CLIENTS; i++) {
        pthread_join(clients[i].thread, NULL);
        assert_int_equal(clients[i].status, 0);
        assert_int_equal(clients[i].place, i);
    }
    finish(f);
}

static void a_failed_opening_hands_its_slot_to_the_queue(void **state)
{
    fixture *f = fixture_of(state, 1, 0);
    client waiting;
    calx__connection *none = &f->connections[0];
    assert_int_equal(calx__pool_take(&f->pool, 0, &none, NULL), 0);
    client_start(&waiting, f, NULL, LONG_MS);
    await_queue_length(&f->pool, 1);
    calx__pool_vacate(&f->pool);
    pthread_join(waiting.thread, NULL);
    assert_int_equal(waiting.status, 0);
    assert_null(waiting.connection);
    calx__pool_vacate(&f->pool);
    finish(f);
}

static void the_first_opening_lets_the_queue_open_too(void **state)
{
    fixture *f = fixture_of(state, 2, 0);
    client waiting;
    calx__connection *none = &f->connections[0];
    assert_int_equal(calx__pool_take(&f->pool, 0, &none, NULL), 0);
    client_start(&waiting, f, NULL, LONG_MS);
    await_queue_length(&f->pool, 1);
    calx__pool_adopt(&f->pool, &f->connections[0], 0);
    pthread_join(waiting.thread, NULL);
    assert_int_equal(waiting.status, 0);
    assert_null(waiting.connection);
    calx__pool_vacate(&f->pool);
    close_one(f, &f->connections[0]);
    finish(f);
}

static void who_gave_up_waiting_leaves_the_queue(void **state)
{
    fixture *f = fixture_of(state, 1, 0);
    client waiting;
    size_t order = 0;
    calx__connection *connection = open_next(f, 0, 0);
    client_start(&waiting, f, &order, 1);
    pthread_join(waiting.thread, NULL);
    assert_int_equal(waiting.status, CALX_ERROR_POOL_TIMEOUT);
    assert_int_equal(waiting.err.code, CALX_ERROR_POOL_TIMEOUT);
    assert_true(waiting.err.retryable);
    assert_int_equal(queue_length(&f->pool), 0);
    assert_true(calx__pool_give(&f->pool, connection, false));
    assert_int_equal(f->pool.idle_count, 1);
    finish(f);
}

static void who_is_cancelled_leaves_the_queue(void **state)
{
    fixture *f = fixture_of(state, 1, 0);
    calx_error err = {0};
    calx__connection *connection = open_next(f, 0, 0);
    calx_waiter_current()->cancelled = true;
    calx__connection *none;
    int status = calx__pool_take(&f->pool, calx_deadline_in_ms(LONG_MS), &none, &err);
    calx_waiter_current()->cancelled = false;
    assert_int_equal(status, CALX_ERROR_CANCELLED);
    assert_int_equal(err.code, CALX_ERROR_CANCELLED);
    close_one(f, connection);
    finish(f);
}

static void a_broken_connection_makes_older_ones_suspect(void **state)
{
    fixture *f = fixture_of(state, 2, 0);
    calx__connection *old = open_next(f, 0, 0);
    calx__connection *broken = open_next(f, 1, 0);
    assert_false(calx__pool_suspects(&f->pool, old));
    calx__pool_drop(&f->pool, broken, true);
    calx__pool_vacate(&f->pool);
    assert_true(calx__pool_suspects(&f->pool, old));
    old->verified_us = calx_now_us() + 1;
    assert_false(calx__pool_suspects(&f->pool, old));
    close_one(f, old);
    finish(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_connection_is_opened_alone),
        cmocka_unit_test(the_database_may_set_a_lower_limit),
        cmocka_unit_test(who_holds_one_gets_no_other),
        cmocka_unit_test(the_connection_used_last_is_taken_first),
        cmocka_unit_test(overflow_is_not_kept),
        cmocka_unit_test(who_waits_is_served_in_the_order_of_coming),
        cmocka_unit_test(a_failed_opening_hands_its_slot_to_the_queue),
        cmocka_unit_test(the_first_opening_lets_the_queue_open_too),
        cmocka_unit_test(who_gave_up_waiting_leaves_the_queue),
        cmocka_unit_test(who_is_cancelled_leaves_the_queue),
        cmocka_unit_test(a_broken_connection_makes_older_ones_suspect),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
