/*
 * scheduler.h: the fibers of one loop. Each has a waiter (waiter.h): what waits parks the fiber,
 * and the loop goes on. All functions are called on the loop's thread. Private to http/.
 */
#ifndef CALX_SERVER_HTTP_SCHEDULER_H
#define CALX_SERVER_HTTP_SCHEDULER_H

#include <h2o.h>

#include <calx/waiter.h>

#include "server/http/workers.h"

typedef struct calx__scheduler calx__scheduler;

/* At most fibers_max at a time; blocking calls go to the workers. clients: how many the loop has,
 * for calx_is_alone, which nobody may ask where it is NULL. NULL when out of memory. */
calx__scheduler *calx__scheduler_create(h2o_context_t *context, calx__workers *workers,
                                        size_t fibers_max, const _Atomic size_t *clients);

/* No fiber is inside a call any more. Accepts NULL. */
void calx__scheduler_destroy(calx__scheduler *scheduler);

/*
 * Runs call on a fiber, at once up to its first wait; done is called with the same argument behind
 * its end, on the loop's own stack. False, and nothing done, when all fibers are in use.
 */
bool calx__scheduler_start(calx__scheduler *scheduler, void (*call)(void *argument),
                           void (*done)(void *argument), void *argument);

/*
 * To be called before each turn of the loop: errands of the last one are sent to the workers, what
 * was put off until its end is done, and who has let the others go first goes on now. True if
 * the loop must not wait in its next turn, for somebody lets others go first again.
 */
bool calx__scheduler_turn(calx__scheduler *scheduler);

/*
 * Cancels the wait of the fiber that runs a call with this argument, and its waits to come, unless
 * it is committing: then, or when there is no such fiber, nothing happens.
 */
void calx__scheduler_cancel_call(calx__scheduler *scheduler, const void *argument);

/* Cancels the waits of all fibers, those of now and those to come. */
void calx__scheduler_cancel(calx__scheduler *scheduler);

#endif
