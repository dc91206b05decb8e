/* waiter.c: clock and deadlines, this thread's waiter, and the default one: poll() and a condition
 * variable. */
#include <calx/waiter.h>

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

/* The default waiter looks at its cancel flag this often: setting a flag wakes nobody. */
#define CANCEL_CHECK_MS 50

int64_t calx_now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t calx_deadline_in_ms(int64_t milliseconds)
{
    int64_t now_us = calx_now_us();
    if (milliseconds < 0 || milliseconds > (CALX_NO_DEADLINE - now_us) / 1000)
        return CALX_NO_DEADLINE;
    return now_us + milliseconds * 1000;
}

int calx_deadline_left_ms(int64_t deadline_us)
{
    int64_t now_us = calx_now_us();
    if (deadline_us <= now_us)
        return 0;
    int64_t left_us = deadline_us - now_us;
    int64_t left_ms = left_us / 1000 + (left_us % 1000 != 0);
    return left_ms > INT_MAX ? INT_MAX : (int)left_ms;
}

/* ---- The default waiter ---- */

/* One per thread. A parking belongs to the thread that waits in it, so its waiter's lock and
 * condition are enough for all of its parkings. */
typedef struct thread_waiter {
    calx_waiter base;
    pthread_mutex_t mutex;
    pthread_cond_t woken;
} thread_waiter;

static thread_waiter *thread_waiter_of(calx_waiter *waiter)
{
    return (thread_waiter *)waiter;
}

static int check_cancelled(calx_waiter *waiter, calx_error *err)
{
    if (waiter->cancelled)
        return calx_error_set(err, CALX_ERROR_CANCELLED, "cancelled while waiting");
    return 0;
}

static int error_of_poll(int number, calx_error *err)
{
    calx_error_class code = number == ENOMEM ? CALX_ERROR_NO_MEMORY : CALX_ERROR_IO;
    return calx_error_set(err, code, "poll: %s", strerrordesc_np(number));
}

static int thread_wait(calx_waiter *waiter, int fd, short events, int64_t deadline_us, short *ready,
                       calx_error *err)
{
    struct pollfd poll_fd = {.fd = fd, .events = events};
    for (;;) {
        int status = check_cancelled(waiter, err);
        if (status < 0)
            return status;
        int left_ms = calx_deadline_left_ms(deadline_us);
        int count = poll(&poll_fd, 1, left_ms < CANCEL_CHECK_MS ? left_ms : CANCEL_CHECK_MS);
        if (count < 0 && errno != EINTR)
            return error_of_poll(errno, err);
        if (count <= 0 && left_ms > 0)
            continue;
        if (count <= 0 && fd >= 0)
            return calx_error_set(err, CALX_ERROR_TIMEOUT, "deadline passed while waiting");
        *ready = count > 0 ? poll_fd.revents : 0;
        return 0;
    }
}

/* Waits for the condition until the deadline, but not longer than until the next look at the
 * cancel flag. */
static void condition_wait(thread_waiter *self, int64_t deadline_us)
{
    int64_t slice_us = calx_deadline_in_ms(CANCEL_CHECK_MS);
    int64_t until_us = deadline_us < slice_us ? deadline_us : slice_us;
    struct timespec until = {.tv_sec = until_us / 1000000, .tv_nsec = until_us % 1000000 * 1000};
    pthread_cond_clockwait(&self->woken, &self->mutex, CLOCK_MONOTONIC, &until);
}

static int thread_park(calx_waiter *waiter, calx_parking *parking, int64_t deadline_us,
                       calx_error *err)
{
    thread_waiter *self = thread_waiter_of(waiter);
    int status = 0;
    pthread_mutex_lock(&self->mutex);
    while (!parking->woken && status == 0) {
        status = check_cancelled(waiter, err);
        if (status == 0 && calx_now_us() >= deadline_us)
            status = calx_error_set(err, CALX_ERROR_TIMEOUT, "deadline passed while waiting");
        if (status == 0)
            condition_wait(self, deadline_us);
    }
    pthread_mutex_unlock(&self->mutex);
    return status;
}

static void thread_wake(calx_waiter *waiter, calx_parking *parking)
{
    thread_waiter *self = thread_waiter_of(waiter);
    pthread_mutex_lock(&self->mutex);
    parking->woken = true;
    pthread_cond_signal(&self->woken);
    pthread_mutex_unlock(&self->mutex);
}

static int thread_offload(calx_waiter *waiter, void (*call)(void *argument), void *argument,
                          calx_error *err)
{
    (void)waiter;
    (void)err;
    call(argument);
    return 0;
}

static const calx_waiter_operations thread_operations = {
    .wait = thread_wait,
    .park = thread_park,
    .wake = thread_wake,
    .offload = thread_offload,
};

static _Thread_local thread_waiter thread_default = {
    .base = {.operations = &thread_operations},
    .mutex = PTHREAD_MUTEX_INITIALIZER,
    .woken = PTHREAD_COND_INITIALIZER,
};

/* ---- This thread's waiter ---- */

static _Thread_local calx_waiter *thread_current;

calx_waiter *calx_waiter_current(void)
{
    return thread_current ? thread_current : &thread_default.base;
}

void calx_waiter_set(calx_waiter *waiter)
{
    thread_current = waiter;
}

int calx_wait(int fd, short events, int64_t deadline_us, short *ready, calx_error *err)
{
    calx_waiter *waiter = calx_waiter_current();
    short ignored;
    return waiter->operations->wait(waiter, fd, events, deadline_us, ready ? ready : &ignored, err);
}

int calx_wait_until(int64_t deadline_us, calx_error *err)
{
    return calx_wait(-1, 0, deadline_us, NULL, err);
}

void calx_parking_init(calx_parking *parking)
{
    *parking = (calx_parking){.waiter = calx_waiter_current()};
}

int calx_park(calx_parking *parking, int64_t deadline_us, calx_error *err)
{
    calx_waiter *waiter = parking->waiter;
    return waiter->operations->park(waiter, parking, deadline_us, err);
}

void calx_park_to_the_end(calx_parking *parking)
{
    calx_waiter *waiter = parking->waiter;
    bool cancelled = false;
    calx_error ignored;
    do {
        cancelled = atomic_exchange(&waiter->cancelled, false) || cancelled;
        ignored = (calx_error){0};
    } while (calx_park(parking, CALX_NO_DEADLINE, &ignored) < 0);
    if (cancelled)
        atomic_store(&waiter->cancelled, true);
}

void calx_wake(calx_parking *parking)
{
    calx_waiter *waiter = parking->waiter;
    waiter->operations->wake(waiter, parking);
}

int calx_offload(void (*call)(void *argument), void *argument, calx_error *err)
{
    calx_waiter *waiter = calx_waiter_current();
    return waiter->operations->offload(waiter, call, argument, err);
}

void calx_send(calx_errand *errand)
{
    calx_waiter *waiter = calx_waiter_current();
    if (waiter->operations->send != NULL)
        waiter->operations->send(waiter, errand);
    else
        errand->call(errand->argument);
}

bool calx_is_alone(void)
{
    const calx_waiter *waiter = calx_waiter_current();
    return waiter->operations->is_alone == NULL || waiter->operations->is_alone(waiter);
}

bool calx_can_defer(void)
{
    return calx_waiter_current()->operations->defer != NULL;
}

void calx_defer(calx_errand *errand)
{
    calx_waiter *waiter = calx_waiter_current();
    waiter->operations->defer(waiter, errand);
}
