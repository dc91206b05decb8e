/*
 * waiter.h: how anything in calx waits. The waiter is per thread: by default poll() and condition
 * variables, so a plain program is simply synchronous; a scheduler sets its own, which parks the
 * running fiber. Nothing else in calx may block.
 */
#ifndef CALX_WAITER_H
#define CALX_WAITER_H

#include <stdbool.h>
#include <stdint.h>

#include <calx/api.h>
#include <calx/error.h>

/* Deadlines are absolute: microseconds of CLOCK_MONOTONIC. */
#define CALX_NO_DEADLINE INT64_MAX

/* The time on that clock. */
CALX_API int64_t calx_now_us(void);

/* Now plus so many milliseconds; CALX_NO_DEADLINE for a negative number. */
CALX_API int64_t calx_deadline_in_ms(int64_t milliseconds);

/* Milliseconds left, rounded up, 0 when passed; INT_MAX at most, also for CALX_NO_DEADLINE. */
CALX_API int calx_deadline_left_ms(int64_t deadline_us);

typedef struct calx_waiter calx_waiter;

/* A place to wait in for somebody's wake: on the waiting thread's stack or in its object. Set up
 * with calx_parking_init. */
typedef struct calx_parking {
    calx_waiter *waiter;
    bool woken;     /* under the waiter's own lock */
    void *private_; /* the waiter's */
} calx_parking;

/* A call that serves many, in memory of one of them: it must stay until the call has begun. */
typedef struct calx_errand {
    void (*call)(void *argument);
    void *argument;
    struct calx_errand *next; /* the waiter's */
} calx_errand;

typedef struct calx_waiter_operations {
    /* Waits until fd is ready for events (POLLIN, POLLOUT; fd -1: only for time to pass). *ready
       gets poll's revents, 0 for the time having passed with fd -1. CALX_ERROR_TIMEOUT when the
       deadline passes with fd >= 0, CALX_ERROR_CANCELLED. */
    int (*wait)(calx_waiter *waiter, int fd, short events, int64_t deadline_us, short *ready,
                calx_error *err);
    /* Waits until parking was woken (at once if it was). CALX_ERROR_TIMEOUT, CALX_ERROR_CANCELLED.
     */
    int (*park)(calx_waiter *waiter, calx_parking *parking, int64_t deadline_us, calx_error *err);
    /* Wakes it, from any thread; waking twice is once. The parking must outlive the call: see
     * calx_wake. */
    void (*wake)(calx_waiter *waiter, calx_parking *parking);
    /* Runs a call that must block, elsewhere if it can, and waits for its end. The default runs it
     * in place. */
    int (*offload)(calx_waiter *waiter, void (*call)(void *argument), void *argument,
                   calx_error *err);
    /* Has an errand done elsewhere, once all who can go on now have done so, and does not wait for
     * it. NULL, as in the default: it is done in place. */
    void (*send)(calx_waiter *waiter, calx_errand *errand);
    /* Has an errand done by this thread, by none of its fibers, once all who can go on now have
     * done so. NULL, as in the default: there is no such time. */
    void (*defer)(calx_waiter *waiter, calx_errand *errand);
    /* Does nobody else wait for this thread, or may soon? NULL, as in the default: nobody does. */
    bool (*is_alone)(const calx_waiter *waiter);
} calx_waiter_operations;

/*
 * The base of every waiter. cancelled: set from any thread (atomically), seen at the next wait.
 * committing: a COMMIT may be on its way; who only does not want the result any more waits until
 * that is over, for a commit that is cut has an unknown outcome. The waiter's own thread's.
 */
struct calx_waiter {
    const calx_waiter_operations *operations;
    _Atomic bool cancelled;
    bool committing;
};

/* This thread's waiter; never NULL. */
CALX_API calx_waiter *calx_waiter_current(void);

/* Sets this thread's waiter; NULL restores the default. The caller keeps it alive until it is
 * replaced. */
CALX_API void calx_waiter_set(calx_waiter *waiter);

/* Waits on a file descriptor with this thread's waiter: see calx_waiter_operations.wait. ready may
 * be NULL. */
CALX_API int calx_wait(int fd, short events, int64_t deadline_us, short *ready, calx_error *err);

/* Lets time pass (until the deadline, or until cancelled). */
CALX_API int calx_wait_until(int64_t deadline_us, calx_error *err);

/* Binds a parking to this thread's waiter. */
CALX_API void calx_parking_init(calx_parking *parking);

/* Waits in it. No mutex may be held. May return 0 only after a wake. */
CALX_API int calx_park(calx_parking *parking, int64_t deadline_us, calx_error *err);

/* Waits for what has begun, and will wake it: no cancellation ends that, but none is forgotten. */
CALX_API void calx_park_to_the_end(calx_parking *parking);

/*
 * Wakes whoever waits, or will wait, in it. Call it while holding the mutex under which the parking
 * was found (the queue's): the waiting side takes that mutex once more after calx_park returns,
 * before the parking's memory goes away.
 */
CALX_API void calx_wake(calx_parking *parking);

/* Runs a blocking call through this thread's waiter. */
CALX_API int calx_offload(void (*call)(void *argument), void *argument, calx_error *err);

/* Has an errand done through this thread's waiter: later and elsewhere, or before this returns. */
CALX_API void calx_send(calx_errand *errand);

/* True where a call that blocks for a moment may be made in place, because nobody is kept waiting:
 * cheaper than handing it to another thread. */
CALX_API bool calx_is_alone(void);

/* Puts an errand off until this thread's turn ends; only where turns end, as in a server's loop. */
CALX_API void calx_defer(calx_errand *errand);
CALX_API bool calx_can_defer(void);

#endif
