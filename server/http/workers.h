/*
 * workers.h: a bounded number of threads for calls that must block. Private to http/.
 */
#ifndef CALX_SERVER_HTTP_WORKERS_H
#define CALX_SERVER_HTTP_WORKERS_H

#include <calx/error.h>
#include <calx/waiter.h>

typedef struct calx__workers calx__workers;

/* A call that somebody waits for, in memory of his. */
typedef struct calx__blocking_call {
    calx_errand errand; /* set by calx__workers_push */
    calx__workers *workers;
    void (*call)(void *argument);
    void *argument;
    calx_parking parking;
} calx__blocking_call;

int calx__workers_create(int count, calx__workers **out, calx_error *err);

/* It is done when a worker is free. */
void calx__workers_send(calx__workers *workers, calx_errand *errand);

/* The call is made so, too; then the parking, set up by the caller, is woken, under a mutex that
 * calx__workers_settle takes. */
void calx__workers_push(calx__workers *workers, calx__blocking_call *blocking);

/* After the wake: from here on no worker touches the call. */
void calx__workers_settle(calx__workers *workers);

/* Cancels the waits inside the calls, those of now and those to come. */
void calx__workers_cancel(calx__workers *workers);

/* Makes the calls that wait and joins the threads. Accepts NULL. */
void calx__workers_destroy(calx__workers *workers);

#endif
