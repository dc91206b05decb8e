/*
 * waits.c: a fiber leaves off, and what wakes it: descriptors through an epoll of our own inside
 * h2o's loop, other threads through h2o's messages.
 */
#include "server/http/fibers.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>

#define EVENTS_MAX 64

static calx__scheduled *of_waiter(calx_waiter *waiter)
{
    return (calx__scheduled *)waiter;
}

/* ---- Leaving off: on the fiber ---- */

static calx__reason suspend(calx__scheduled *self, int64_t deadline_us)
{
    calx__scheduler *scheduler = self->scheduler;
    self->suspended = true;
    self->deadline_us = deadline_us;
    h2o_linklist_insert(&scheduler->waiting, &self->link);
    if (!self->blocking && !self->yields)
        calx__watch_deadline(scheduler, deadline_us, calx_now_us());
    calx__fiber_leave(&self->fiber);
    return self->reason;
}

static int check_cancelled(calx_waiter *waiter, calx_error *err)
{
    if (waiter->cancelled)
        return calx_error_set(err, CALX_ERROR_CANCELLED, "cancelled while waiting");
    return 0;
}

static int failed(calx__reason why, calx_error *err)
{
    if (why == CALX__CANCELLED)
        return calx_error_set(err, CALX_ERROR_CANCELLED, "cancelled while waiting");
    return calx_error_set(err, CALX_ERROR_TIMEOUT, "deadline passed while waiting");
}

static int wait_for_time(calx__scheduled *self, int64_t deadline_us, calx_error *err)
{
    self->yields = deadline_us <= calx_now_us();
    self->scheduler->yielding += self->yields;
    calx__reason why = suspend(self, deadline_us);
    self->scheduler->yielding -= self->yields;
    self->yields = false;
    return why == CALX__CANCELLED ? failed(why, err) : check_cancelled(&self->waiter, err);
}

/* ---- Descriptors ---- */

/* A descriptor that was closed has left the epoll by itself. */
static int watch(calx__scheduler *scheduler, int fd, uint32_t events, void *data)
{
    struct epoll_event event = {.events = events | EPOLLONESHOT, .data.ptr = data};
    if (epoll_ctl(scheduler->poll_fd, EPOLL_CTL_MOD, fd, &event) == 0)
        return 0;
    if (errno != ENOENT)
        return -1;
    return epoll_ctl(scheduler->poll_fd, EPOLL_CTL_ADD, fd, &event);
}

static void on_descriptors(h2o_socket_t *socket, const char *err)
{
    calx__scheduler *scheduler = socket->data;
    struct epoll_event events[EVENTS_MAX];
    (void)err;
    int count = epoll_wait(scheduler->poll_fd, events, EVENTS_MAX, 0);
    for (int i = 0; i < count; i++) {
        calx__scheduled *self = events[i].data.ptr;
        if (self == NULL || self->fd < 0)
            continue;
        self->events = (short)events[i].events;
        calx__make_ready(self, CALX__READY);
    }
    calx__drain(scheduler);
}

static int wait_for_fd(calx__scheduled *self, int fd, short events, int64_t deadline_us,
                       short *ready, calx_error *err)
{
    if (deadline_us <= calx_now_us()) {
        struct pollfd now = {.fd = fd, .events = events};
        if (poll(&now, 1, 0) <= 0)
            return failed(CALX__TIMEOUT, err);
        *ready = now.revents;
        return 0;
    }
    if (watch(self->scheduler, fd, (uint32_t)events, self) < 0)
        return calx_error_set(err, errno == ENOMEM ? CALX_ERROR_NO_MEMORY : CALX_ERROR_IO,
                              "epoll: %s", strerrordesc_np(errno));
    self->fd = fd;
    calx__reason why = suspend(self, deadline_us);
    self->fd = -1;
    if (why != CALX__READY) {
        watch(self->scheduler, fd, 0, NULL);
        return failed(why, err);
    }
    *ready = self->events;
    return 0;
}

static int fiber_wait(calx_waiter *waiter, int fd, short events, int64_t deadline_us, short *ready,
                      calx_error *err)
{
    calx__scheduled *self = of_waiter(waiter);
    int status = check_cancelled(waiter, err);
    if (status < 0)
        return status;
    *ready = 0;
    return fd < 0 ? wait_for_time(self, deadline_us, err)
                  : wait_for_fd(self, fd, events, deadline_us, ready, err);
}

/* ---- Parking ---- */

/* False when it was woken already. */
static bool park_begin(calx__scheduled *self, calx_parking *parking)
{
    pthread_mutex_lock(&self->scheduler->mutex);
    bool waits = !parking->woken;
    self->parking = waits ? parking : NULL;
    pthread_mutex_unlock(&self->scheduler->mutex);
    return waits;
}

static bool park_end(calx__scheduled *self, const calx_parking *parking)
{
    pthread_mutex_lock(&self->scheduler->mutex);
    bool woken = parking->woken;
    self->parking = NULL;
    pthread_mutex_unlock(&self->scheduler->mutex);
    return woken;
}

static int fiber_park(calx_waiter *waiter, calx_parking *parking, int64_t deadline_us,
                      calx_error *err)
{
    calx__scheduled *self = of_waiter(waiter);
    if (!park_begin(self, parking))
        return 0;
    int status = self->blocking ? 0 : check_cancelled(waiter, err);
    calx__reason why = status < 0 ? CALX__CANCELLED : suspend(self, deadline_us);
    if (park_end(self, parking) && status == 0)
        return 0;
    return status < 0 ? status : failed(why, err);
}

static void fiber_wake(calx_waiter *waiter, calx_parking *parking)
{
    calx__scheduled *self = of_waiter(waiter);
    calx__scheduler *scheduler = self->scheduler;
    pthread_mutex_lock(&scheduler->mutex);
    parking->woken = true;
    bool waits = self->parking == parking;
    if (waits && pthread_equal(scheduler->thread, pthread_self()) && scheduler->running != NULL) {
        calx__make_ready(self, CALX__READY); /* whoever runs now is followed by it */
    } else if (waits && !self->wake_sent) {
        self->wake_sent = true;
        h2o_multithread_send_message(&scheduler->wakes, &self->message);
    }
    pthread_mutex_unlock(&scheduler->mutex);
}

/* The wait that a message was sent for may be over: the next one is looked at instead. */
static void on_wakes(h2o_multithread_receiver_t *receiver, h2o_linklist_t *messages)
{
    calx__scheduler *scheduler = H2O_STRUCT_FROM_MEMBER(calx__scheduler, wakes, receiver);
    while (!h2o_linklist_is_empty(messages)) {
        calx__scheduled *self =
            H2O_STRUCT_FROM_MEMBER(calx__scheduled, message.link, messages->next);
        pthread_mutex_lock(&scheduler->mutex);
        h2o_linklist_unlink(&self->message.link);
        self->wake_sent = false;
        bool woken = self->parking != NULL && self->parking->woken;
        pthread_mutex_unlock(&scheduler->mutex);
        if (woken)
            calx__make_ready(self, CALX__READY);
    }
    calx__drain(scheduler);
}

static int fiber_offload(calx_waiter *waiter, void (*call)(void *argument), void *argument,
                         calx_error *err)
{
    calx__scheduled *self = of_waiter(waiter);
    calx__blocking_call blocking = {
        .call = call, .argument = argument, .parking = {.waiter = waiter}};
    self->blocking = true;
    calx__workers_push(self->scheduler->workers, &blocking);
    int status = fiber_park(waiter, &blocking.parking, CALX_NO_DEADLINE, err);
    calx__workers_settle(self->scheduler->workers);
    self->blocking = false;
    return status;
}

static void fiber_send(calx_waiter *waiter, calx_errand *errand)
{
    calx__scheduler *scheduler = of_waiter(waiter)->scheduler;
    errand->next = scheduler->errands;
    scheduler->errands = errand;
}

static void fiber_defer(calx_waiter *waiter, calx_errand *errand)
{
    calx__scheduler *scheduler = of_waiter(waiter)->scheduler;
    errand->next = scheduler->deferred;
    scheduler->deferred = errand;
}

/* Another client's request may come at any time. */
static bool fiber_is_alone(const calx_waiter *waiter)
{
    const calx__scheduler *scheduler = ((const calx__scheduled *)waiter)->scheduler;
    return scheduler->fiber_count == 1 && *scheduler->clients == 1;
}

const calx_waiter_operations calx__fiber_waiter_operations = {
    .wait = fiber_wait,
    .park = fiber_park,
    .wake = fiber_wake,
    .offload = fiber_offload,
    .send = fiber_send,
    .defer = fiber_defer,
    .is_alone = fiber_is_alone,
};

bool calx__waits_open(calx__scheduler *scheduler)
{
    scheduler->poll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (scheduler->poll_fd < 0)
        return false;
    scheduler->poll_socket = h2o_evloop_socket_create(scheduler->context->loop, scheduler->poll_fd,
                                                      H2O_SOCKET_FLAG_DONT_READ);
    scheduler->poll_socket->data = scheduler;
    h2o_socket_read_start(scheduler->poll_socket, on_descriptors);
    h2o_multithread_register_receiver(scheduler->context->queue, &scheduler->wakes, on_wakes);
    return true;
}

void calx__waits_close(calx__scheduler *scheduler)
{
    h2o_multithread_unregister_receiver(scheduler->context->queue, &scheduler->wakes);
    h2o_socket_close(scheduler->poll_socket); /* closes poll_fd */
}
