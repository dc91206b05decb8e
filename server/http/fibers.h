/*
 * fibers.h: what scheduler.c (who runs next) and waits.c (what wakes who waits) share.
 */
#ifndef CALX_SERVER_HTTP_FIBERS_H
#define CALX_SERVER_HTTP_FIBERS_H

#include <pthread.h>

#include "server/http/fiber.h"
#include "server/http/scheduler.h"

/* Why a fiber goes on. */
typedef enum calx__reason {
    CALX__READY, /* its descriptor, its wake, its turn */
    CALX__TIMEOUT,
    CALX__CANCELLED,
} calx__reason;

typedef struct calx__scheduled {
    calx_waiter waiter; /* first: a waiter is its fiber's */
    calx__fiber fiber;
    calx__scheduler *scheduler;
    void (*done)(void *argument);
    h2o_linklist_t link; /* among those that wait, or that go on next */
    struct calx__scheduled *spare;

    bool suspended; /* it waits, and nothing has come of it yet */
    bool yields;    /* it goes on in the next turn */
    bool blocking;  /* a worker runs a call that lies on its stack: nothing else ends the wait */
    int64_t deadline_us;
    int fd; /* -1: it does not wait for one */
    short events;
    calx__reason reason;

    /* Under the scheduler's mutex. */
    calx_parking *parking;
    bool wake_sent; /* the message is on its way */
    h2o_multithread_message_t message;
} calx__scheduled;

struct calx__scheduler {
    h2o_context_t *context;
    calx__workers *workers;
    pthread_t thread;
    size_t fibers_max;
    const _Atomic size_t *clients;
    size_t fiber_count; /* in a call */
    size_t yielding;    /* of them, those that go on in the next turn */
    calx__scheduled *spare;
    size_t spare_count;
    calx_errand *errands;  /* sent in this turn */
    calx_errand *deferred; /* put off in it */
    h2o_linklist_t waiting;
    h2o_linklist_t ready;
    calx__scheduled *running;
    bool in_drain;
    bool cancelled;
    int poll_fd;
    h2o_socket_t *poll_socket;
    h2o_timeout_t fine;
    h2o_timeout_t coarse;
    h2o_timeout_entry_t fine_entry;
    h2o_timeout_entry_t coarse_entry;
    h2o_multithread_receiver_t wakes;
    pthread_mutex_t mutex;
};

static inline calx__scheduled *calx__scheduled_of_link(h2o_linklist_t *link)
{
    return H2O_STRUCT_FROM_MEMBER(calx__scheduled, link, link);
}

/* ---- scheduler.c ---- */

/* It goes on in the next calx__drain, unless something has come of its wait already. */
void calx__make_ready(calx__scheduled *self, calx__reason why);

/* Everybody who can go on does, also those whom the others wake meanwhile. */
void calx__drain(calx__scheduler *scheduler);

/* Makes a timer look at this deadline in time. */
void calx__watch_deadline(calx__scheduler *scheduler, int64_t deadline_us, int64_t now_us);

/* ---- waits.c ---- */

/* The waiter of every fiber. */
extern const calx_waiter_operations calx__fiber_waiter_operations;

/* Opens the epoll and the receiver of wakes. False when out of descriptors. */
bool calx__waits_open(calx__scheduler *scheduler);
void calx__waits_close(calx__scheduler *scheduler);

#endif
