/* pool.c: slots, idle connections and the queue of those who wait for one. */
#include "core/engine/pool.h"

#include <assert.h>

#include "core/engine/internal.h"

void calx__pool_init(calx__pool *pool, size_t size, size_t overflow)
{
    *pool = (calx__pool){.size = size, .slots = size + overflow, .limit = 1};
    pthread_mutex_init(&pool->mutex, NULL);
}

void calx__pool_finish(calx__pool *pool)
{
    assert(pool->held == NULL && pool->idle == NULL && pool->first == NULL);
    pthread_mutex_destroy(&pool->mutex);
}

/* ---- The connections held, and the idle ones ---- */

static void hold(calx__pool *pool, calx__connection *connection, calx_waiter *holder)
{
    connection->holder = holder;
    connection->previous = NULL;
    connection->next = pool->held;
    if (pool->held != NULL)
        pool->held->previous = connection;
    pool->held = connection;
}

static void let_go(calx__pool *pool, calx__connection *connection)
{
    assert(connection->holder != NULL);
    if (connection->previous != NULL)
        connection->previous->next = connection->next;
    else
        pool->held = connection->next;
    if (connection->next != NULL)
        connection->next->previous = connection->previous;
    connection->holder = NULL;
    connection->next = NULL;
    connection->previous = NULL;
}

static bool holds_one(const calx__pool *pool, const calx_waiter *waiter)
{
    for (const calx__connection *held = pool->held; held != NULL; held = held->next) {
        if (held->holder == waiter)
            return true;
    }
    return false;
}

static calx__connection *idle_pop(calx__pool *pool)
{
    calx__connection *connection = pool->idle;
    pool->idle = connection->next;
    pool->idle_count--;
    return connection;
}

static void idle_push(calx__pool *pool, calx__connection *connection)
{
    connection->next = pool->idle;
    pool->idle = connection;
    pool->idle_count++;
}

/* ---- The queue ---- */

static void queue_append(calx__pool *pool, calx__pool_turn *turn)
{
    turn->previous = pool->last;
    if (pool->last != NULL)
        pool->last->next = turn;
    else
        pool->first = turn;
    pool->last = turn;
}

static void queue_remove(calx__pool *pool, calx__pool_turn *turn)
{
    if (turn->previous != NULL)
        turn->previous->next = turn->next;
    else
        pool->first = turn->next;
    if (turn->next != NULL)
        turn->next->previous = turn->previous;
    else
        pool->last = turn->previous;
}

static void serve(calx__pool *pool, calx__pool_turn *turn, calx__connection *connection)
{
    queue_remove(pool, turn);
    turn->connection = connection;
    turn->served = true;
    calx_wake(&turn->parking);
}

static void serve_free_slots(calx__pool *pool)
{
    while (pool->first != NULL && pool->taken < pool->limit) {
        pool->taken++;
        serve(pool, pool->first, NULL);
    }
}

static int timeout_error(const calx__pool *pool, const calx_error *failure, calx_error *err)
{
    if (failure->code != CALX_ERROR_TIMEOUT)
        return calx_error_set(err, failure->code, "%s", failure->message);
    return calx_error_set(err, CALX_ERROR_POOL_TIMEOUT,
                          "no connection came free, all of %zu in use", pool->limit);
}

/* Called with the mutex held, and returns so. A turn that was served just when its time ran out
 * counts as served. */
static int wait_for_turn(calx__pool *pool, int64_t deadline_us, calx__connection **out,
                         calx_error *err)
{
    calx__pool_turn turn = {0};
    calx_error failure = {0};
    calx_parking_init(&turn.parking);
    queue_append(pool, &turn);
    pthread_mutex_unlock(&pool->mutex);
    calx_park(&turn.parking, deadline_us, &failure);
    pthread_mutex_lock(&pool->mutex);
    if (turn.served) {
        *out = turn.connection;
        return 0;
    }
    queue_remove(pool, &turn);
    return timeout_error(pool, &failure, err);
}

/* ---- Taking and giving ---- */

static int check(const calx__pool *pool, calx_error *err)
{
    if (!holds_one(pool, calx_waiter_current()))
        return 0;
    return calx_error_set(err, CALX_ERROR_STATE,
                          "a transaction is open here already: a thread or request holds one "
                          "connection of an engine at a time");
}

int calx__pool_check(calx__pool *pool, calx_error *err)
{
    pthread_mutex_lock(&pool->mutex);
    int status = check(pool, err);
    pthread_mutex_unlock(&pool->mutex);
    return status;
}

int calx__pool_take(calx__pool *pool, int64_t deadline_us, calx__connection **out, calx_error *err)
{
    pthread_mutex_lock(&pool->mutex);
    int status = check(pool, err);
    if (status < 0) {
        /* nothing is taken */
    } else if (pool->idle != NULL) {
        *out = idle_pop(pool);
        hold(pool, *out, calx_waiter_current());
    } else if (pool->taken < pool->limit) {
        pool->taken++;
        *out = NULL;
    } else {
        status = wait_for_turn(pool, deadline_us, out, err);
    }
    pthread_mutex_unlock(&pool->mutex);
    return status;
}

void calx__pool_adopt(calx__pool *pool, calx__connection *connection, int connections_max)
{
    pthread_mutex_lock(&pool->mutex);
    hold(pool, connection, calx_waiter_current());
    if (!pool->opened) {
        size_t own = connections_max > 0 ? (size_t)connections_max : pool->slots;
        pool->limit = own < pool->slots ? own : pool->slots;
        pool->opened = true;
        serve_free_slots(pool);
    }
    pthread_mutex_unlock(&pool->mutex);
}

void calx__pool_take_over(calx__pool *pool, calx__connection *connection)
{
    pthread_mutex_lock(&pool->mutex);
    connection->holder = calx_waiter_current();
    pthread_mutex_unlock(&pool->mutex);
}

bool calx__pool_give(calx__pool *pool, calx__connection *connection, bool lingers)
{
    bool kept = true;
    pthread_mutex_lock(&pool->mutex);
    calx__pool_turn *turn = pool->first;
    if (turn != NULL) {
        connection->holder = turn->parking.waiter;
        serve(pool, turn, connection);
    } else {
        let_go(pool, connection);
        kept = lingers || pool->idle_count < pool->size;
        if (kept)
            idle_push(pool, connection);
    }
    pthread_mutex_unlock(&pool->mutex);
    return kept;
}

void calx__pool_drop(calx__pool *pool, calx__connection *connection, bool broken)
{
    pthread_mutex_lock(&pool->mutex);
    let_go(pool, connection);
    if (broken)
        pool->lost_us = calx_now_us();
    pthread_mutex_unlock(&pool->mutex);
}

void calx__pool_vacate(calx__pool *pool)
{
    pthread_mutex_lock(&pool->mutex);
    assert(pool->taken > 0);
    pool->taken--;
    serve_free_slots(pool);
    pthread_mutex_unlock(&pool->mutex);
}

calx__connection *calx__pool_drain(calx__pool *pool)
{
    pthread_mutex_lock(&pool->mutex);
    calx__connection *connections = pool->idle;
    pool->idle = NULL;
    pool->idle_count = 0;
    pthread_mutex_unlock(&pool->mutex);
    return connections;
}

calx_pool_status calx__pool_status(calx__pool *pool)
{
    pthread_mutex_lock(&pool->mutex);
    calx_pool_status status = {.idle = pool->idle_count, .most = pool->limit};
    for (const calx__connection *held = pool->held; held != NULL; held = held->next)
        status.held++;
    for (const calx__pool_turn *turn = pool->first; turn != NULL; turn = turn->next)
        status.waiting++;
    pthread_mutex_unlock(&pool->mutex);
    return status;
}

bool calx__pool_suspects(calx__pool *pool, const calx__connection *connection)
{
    pthread_mutex_lock(&pool->mutex);
    bool suspect = connection->verified_us <= pool->lost_us;
    pthread_mutex_unlock(&pool->mutex);
    return suspect;
}
