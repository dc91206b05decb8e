/*
 * pool.h: who has which connection, and who is next. The pool counts slots and keeps queues; it
 * opens, checks and closes nothing, so its mutex is only ever held for a few instructions. A slot
 * is the right to have one connection open.
 */
#ifndef CALX_CORE_ENGINE_POOL_H
#define CALX_CORE_ENGINE_POOL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <calx/engine.h>
#include <calx/error.h>
#include <calx/waiter.h>

struct calx__connection;

/* A place in the queue, on the stack of who waits. */
typedef struct calx__pool_turn {
    calx_parking parking;
    struct calx__pool_turn *next;
    struct calx__pool_turn *previous;
    bool served;
    struct calx__connection *connection; /* served with it, or with an empty slot: NULL */
} calx__pool_turn;

/*
 * Whoever waits is served before whoever comes: while the queue is not empty nothing is idle and no
 * slot is free.
 */
typedef struct calx__pool {
    pthread_mutex_t mutex;
    size_t size;     /* connections kept idle at most, but for those that linger */
    size_t slots;    /* connections open at most, by the options */
    size_t limit;    /* now: 1 until the first one was opened and the driver knows its own limit */
    size_t taken;    /* slots of connections idle, held, being opened or being closed */
    int64_t lost_us; /* when a connection was last found broken */
    bool opened;     /* one was opened already */
    size_t idle_count;
    struct calx__connection *idle; /* the one used last comes first */
    struct calx__connection *held;
    calx__pool_turn *first;
    calx__pool_turn *last;
} calx__pool;

void calx__pool_init(calx__pool *pool, size_t size, size_t overflow);

/* Nothing may be idle or held any more. */
void calx__pool_finish(calx__pool *pool);

/*
 * Takes the idle connection that was used last, or a free slot (*out is NULL: open one in it), or
 * waits in the queue for either. CALX_ERROR_POOL_TIMEOUT, CALX_ERROR_CANCELLED; CALX_ERROR_STATE at
 * once when this thread or fiber holds a connection already: those who hold one and wait for
 * another could wait for each other, and each for itself.
 */
int calx__pool_take(calx__pool *pool, int64_t deadline_us, struct calx__connection **out,
                    calx_error *err);

/* CALX_ERROR_STATE when this thread or fiber holds a connection. */
int calx__pool_check(calx__pool *pool, calx_error *err);

/* A connection was opened in the caller's slot: the caller holds it. connections_max is the
 * database's own limit, 0: none. */
void calx__pool_adopt(calx__pool *pool, struct calx__connection *connection, int connections_max);

/* A connection that another thread or fiber held is the caller's from now on. */
void calx__pool_take_over(calx__pool *pool, struct calx__connection *connection);

/* Gives a sound connection back: to the first in the queue, or to the idle ones. False: there are
 * enough of them and it does not linger; it is no longer held, the caller closes it and vacates its
 * slot. */
bool calx__pool_give(calx__pool *pool, struct calx__connection *connection, bool lingers);

/* A connection is no longer held; the caller keeps its slot. broken: from now on all that were not
 * verified since are suspects. */
void calx__pool_drop(calx__pool *pool, struct calx__connection *connection, bool broken);

/* Gives a slot back: to the first in the queue. */
void calx__pool_vacate(calx__pool *pool);

/* Takes all idle connections (a list by their next), with their slots. */
struct calx__connection *calx__pool_drain(calx__pool *pool);

/* How many there are just now. */
calx_pool_status calx__pool_status(calx__pool *pool);

/* True when another one was found broken after this one was last verified. */
bool calx__pool_suspects(calx__pool *pool, const struct calx__connection *connection);

#endif
