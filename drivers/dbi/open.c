/*
 * open.c: opens without ever blocking the caller's thread beyond its deadline. libdbi connects
 * blockingly, and its timeouts are coarse (whole seconds, each address of a host anew, names not
 * counted), so each opening runs in a thread of its own; who loses patience leaves it behind.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "drivers/dbi/internal.h"

typedef struct job {
    const calx__dbi_opener *opener;
    calx__dbi_options options;
    int64_t deadline_us;
    calx_parking parking;
    pthread_mutex_t mutex; /* of what follows */
    bool finished;
    atomic_bool abandoned; /* nobody waits any more: the thread cleans up */
    int status;
    calx_native native;
    calx_error err;
} job;

/* The threads that were left behind. exit() takes down what they use, OpenSSL for one. */
static struct {
    pthread_mutex_t mutex;
    pthread_cond_t ended;
    size_t count;
    bool awaited; /* threads_await is registered */
} left = {.mutex = PTHREAD_MUTEX_INITIALIZER, .ended = PTHREAD_COND_INITIALIZER};

/* At the end of the process: waits for them; without one that takes too long it ends here. */
static void threads_await(int status, void *unused)
{
    (void)unused;
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += CALX__DBI_EXIT_WAIT_S;
    int waited = 0;
    pthread_mutex_lock(&left.mutex);
    while (left.count && waited == 0)
        waited = pthread_cond_timedwait(&left.ended, &left.mutex, &until);
    size_t count = left.count;
    pthread_mutex_unlock(&left.mutex);
    if (count) {
        fflush(NULL);
        _exit(status);
    }
}

/* Registered only now, when OpenSSL has mostly been there before: who comes last is called first.
 */
static void thread_leave(void)
{
    pthread_mutex_lock(&left.mutex);
    left.count++;
    left.awaited = left.awaited || on_exit(threads_await, NULL) == 0;
    pthread_mutex_unlock(&left.mutex);
}

static void thread_end(void)
{
    pthread_mutex_lock(&left.mutex);
    left.count--;
    pthread_cond_signal(&left.ended);
    pthread_mutex_unlock(&left.mutex);
}

static void job_destroy(job *self)
{
    calx__dbi_options_finish(&self->options);
    pthread_mutex_destroy(&self->mutex);
    free(self);
}

static void *job_run(void *argument)
{
    job *self = argument;
    calx_native native = {0};
    calx_error err = {0};
    int status = calx__dbi_connect(self->opener, &self->options, self->deadline_us,
                                   &self->abandoned, &native, &err);
    pthread_mutex_lock(&self->mutex);
    bool abandoned = self->abandoned;
    if (!abandoned) {
        self->status = status;
        self->native = native;
        self->err = err;
        self->finished = true;
        calx_wake(&self->parking);
    }
    pthread_mutex_unlock(&self->mutex);
    if (abandoned) {
        if (native.owner)
            calx__dbi_disconnect(native.owner);
        job_destroy(self);
        thread_end();
    }
    return NULL;
}

static int job_start(job *self, calx_error *err)
{
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    int number = pthread_create(&thread, &attributes, job_run, self);
    pthread_attr_destroy(&attributes);
    return number ? calx_error_set(err, CALX_ERROR_NO_MEMORY, "no thread to open a connection in")
                  : 0;
}

/* Waits for the thread's answer; takes the job. */
static int job_wait(job *self, calx_native *out, calx_error *err)
{
    calx_error parked = {0};
    int status = calx_park(&self->parking, self->deadline_us, &parked);
    pthread_mutex_lock(&self->mutex);
    bool finished = self->finished;
    self->abandoned = !finished;
    if (!finished)
        thread_leave();
    pthread_mutex_unlock(&self->mutex);
    if (!finished) {
        if (status == CALX_ERROR_TIMEOUT)
            return calx_error_set(err, CALX_ERROR_TIMEOUT, "no connection before the deadline");
        return calx_error_set(err, parked.code, "%s", parked.message);
    }
    status = self->status;
    if (status == 0)
        *out = self->native;
    else if (err && !err->code)
        *err = self->err;
    job_destroy(self);
    return status;
}

/* Whole seconds until the deadline, rounded up: the exact end is job_wait's. At least one, because
 * none would mean no limit. */
static int seconds_left(int64_t deadline_us)
{
    if (deadline_us == CALX_NO_DEADLINE)
        return CALX__DBI_CONNECT_TIMEOUT_S;
    int left_ms = calx_deadline_left_ms(deadline_us);
    return left_ms > 1000 ? left_ms / 1000 + (left_ms % 1000 > 0) : 1;
}

int calx__dbi_open(const calx_opener *base, const calx_url *url, int64_t deadline_us,
                   calx_native *out, calx_error *err)
{
    const calx__dbi_opener *opener = (const calx__dbi_opener *)base;
    job *self = calloc(1, sizeof *self);
    if (!self)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    self->opener = opener;
    self->deadline_us = deadline_us;
    pthread_mutex_init(&self->mutex, NULL);
    calx_parking_init(&self->parking);
    int status = opener->options(url, seconds_left(deadline_us), &self->options, err);
    if (status == 0 && self->options.incomplete)
        status = calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    if (status == 0)
        status = job_start(self, err);
    if (status) {
        job_destroy(self);
        return status;
    }
    return job_wait(self, out, err);
}

void calx__dbi_close(const calx_opener *opener, calx_native *native)
{
    (void)opener;
    if (native->owner)
        calx__dbi_disconnect(native->owner);
    *native = (calx_native){0};
}
