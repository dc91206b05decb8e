/*
 * scheduler.c: who runs next on a loop, and what wakes who waits: descriptors through an epoll of
 * our own inside h2o's loop, other threads through h2o's messages, time through two timers.
 */
#include "server/http/scheduler.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "server/http/fiber.h"

/* How often deadlines and cancel flags are looked at: when one is near, and else. */
#define FINE_TICK_MS 1
#define COARSE_TICK_MS 20

#define EVENTS_MAX 64
#define SPARE_MAX 64 /* stacks kept for the next requests */

/* Why a fiber goes on. */
typedef enum reason {
    READY, /* its descriptor, its wake, its turn */
    TIMEOUT,
    CANCELLED,
} reason;

typedef struct scheduled {
    calx_waiter waiter; /* first: a waiter is its fiber's */
    calx__fiber fiber;
    calx__scheduler *scheduler;
    void (*done)(void *argument);
    h2o_linklist_t link; /* among those that wait, or that go on next */
    struct scheduled *spare;

    bool suspended; /* it waits, and nothing has come of it yet */
    bool yields;    /* it goes on in the next turn */
    bool blocking;  /* a worker runs a call that lies on its stack: nothing else ends the wait */
    int64_t deadline_us;
    int fd; /* -1: it does not wait for one */
    short events;
    reason reason;

    /* Under the scheduler's mutex. */
    calx_parking *parking;
    bool wake_sent; /* the message is on its way */
    h2o_multithread_message_t message;
} scheduled;

struct calx__scheduler {
    h2o_context_t *context;
    calx__workers *workers;
    pthread_t thread;
    size_t fibers_max;
    size_t fiber_count; /* in a call */
    scheduled *spare;
    size_t spare_count;
    h2o_linklist_t waiting;
    h2o_linklist_t ready;
    scheduled *running;
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

static scheduled *of_waiter(calx_waiter *waiter)
{
    return (scheduled *)waiter;
}

static scheduled *of_link(h2o_linklist_t *link)
{
    return H2O_STRUCT_FROM_MEMBER(scheduled, link, link);
}

/* ---- Going on ---- */

/* One that a message is on its way to stays. */
static void release(scheduled *self)
{
    calx__scheduler *scheduler = self->scheduler;
    pthread_mutex_lock(&scheduler->mutex);
    bool stays = self->wake_sent || scheduler->spare_count < SPARE_MAX;
    pthread_mutex_unlock(&scheduler->mutex);
    scheduler->fiber_count--;
    if (!stays) {
        calx__fiber_finish(&self->fiber);
        free(self);
        return;
    }
    self->spare = scheduler->spare;
    scheduler->spare = self;
    scheduler->spare_count++;
}

/* After it has left off, or ended. */
static void look_after(scheduled *self)
{
    calx_waiter_set(NULL);
    self->scheduler->running = NULL;
    if (!self->fiber.finished)
        return;
    void (*done)(void *argument) = self->done;
    void *argument = self->fiber.argument;
    release(self);
    done(argument);
}

static void enter(scheduled *self)
{
    self->scheduler->running = self;
    calx_waiter_set(&self->waiter);
}

/* Everybody who can go on does, also those whom the others wake meanwhile. */
static void drain(calx__scheduler *scheduler)
{
    if (scheduler->in_drain)
        return;
    scheduler->in_drain = true;
    while (!h2o_linklist_is_empty(&scheduler->ready)) {
        scheduled *next = of_link(scheduler->ready.next);
        h2o_linklist_unlink(&next->link);
        enter(next);
        calx__fiber_resume(&next->fiber);
        look_after(next);
    }
    scheduler->in_drain = false;
}

static void make_ready(scheduled *self, reason why)
{
    if (!self->suspended)
        return;
    self->suspended = false;
    self->reason = why;
    h2o_linklist_unlink(&self->link);
    h2o_linklist_insert(&self->scheduler->ready, &self->link);
}

/* ---- Time ---- */

static void link_timer(calx__scheduler *scheduler, h2o_timeout_t *timer, h2o_timeout_entry_t *entry)
{
    if (!h2o_timeout_is_linked(entry))
        h2o_timeout_link(scheduler->context->loop, timer, entry);
}

static void watch_deadline(calx__scheduler *scheduler, int64_t deadline_us, int64_t now_us)
{
    if (deadline_us - now_us < COARSE_TICK_MS * 1000)
        link_timer(scheduler, &scheduler->fine, &scheduler->fine_entry);
    else
        link_timer(scheduler, &scheduler->coarse, &scheduler->coarse_entry);
}

static void look_at_clock(calx__scheduler *scheduler)
{
    int64_t now_us = calx_now_us();
    h2o_linklist_t *next;
    for (h2o_linklist_t *at = scheduler->waiting.next; at != &scheduler->waiting; at = next) {
        scheduled *self = of_link(at);
        next = at->next;
        if (self->blocking)
            continue;
        if (self->waiter.cancelled)
            make_ready(self, CANCELLED);
        else if (self->deadline_us <= now_us)
            make_ready(self, TIMEOUT);
        else
            watch_deadline(scheduler, self->deadline_us, now_us);
    }
    drain(scheduler);
}

static void on_fine_tick(h2o_timeout_entry_t *entry)
{
    look_at_clock(H2O_STRUCT_FROM_MEMBER(calx__scheduler, fine_entry, entry));
}

static void on_coarse_tick(h2o_timeout_entry_t *entry)
{
    look_at_clock(H2O_STRUCT_FROM_MEMBER(calx__scheduler, coarse_entry, entry));
}

/* ---- Leaving off: on the fiber ---- */

static reason suspend(scheduled *self, int64_t deadline_us)
{
    calx__scheduler *scheduler = self->scheduler;
    self->suspended = true;
    self->deadline_us = deadline_us;
    h2o_linklist_insert(&scheduler->waiting, &self->link);
    if (!self->blocking && !self->yields)
        watch_deadline(scheduler, deadline_us, calx_now_us());
    calx__fiber_leave(&self->fiber);
    return self->reason;
}

static int check_cancelled(calx_waiter *waiter, calx_error *err)
{
    if (waiter->cancelled)
        return calx_error_set(err, CALX_ERROR_CANCELLED, "cancelled while waiting");
    return 0;
}

static int failed(reason why, calx_error *err)
{
    if (why == CANCELLED)
        return calx_error_set(err, CALX_ERROR_CANCELLED, "cancelled while waiting");
    return calx_error_set(err, CALX_ERROR_TIMEOUT, "deadline passed while waiting");
}

/* A message to itself: timers of no time would not let the loop look at its descriptors. */
static void send_wake(scheduled *self)
{
    pthread_mutex_lock(&self->scheduler->mutex);
    if (!self->wake_sent)
        h2o_multithread_send_message(&self->scheduler->wakes, &self->message);
    self->wake_sent = true;
    pthread_mutex_unlock(&self->scheduler->mutex);
}

static int wait_for_time(scheduled *self, int64_t deadline_us, calx_error *err)
{
    self->yields = deadline_us <= calx_now_us();
    if (self->yields)
        send_wake(self);
    reason why = suspend(self, deadline_us);
    self->yields = false;
    return why == CANCELLED ? failed(why, err) : check_cancelled(&self->waiter, err);
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
        scheduled *self = events[i].data.ptr;
        if (self == NULL || self->fd < 0)
            continue;
        self->events = (short)events[i].events;
        make_ready(self, READY);
    }
    drain(scheduler);
}

static int wait_for_fd(scheduled *self, int fd, short events, int64_t deadline_us, short *ready,
                       calx_error *err)
{
    if (deadline_us <= calx_now_us()) {
        struct pollfd now = {.fd = fd, .events = events};
        if (poll(&now, 1, 0) <= 0)
            return failed(TIMEOUT, err);
        *ready = now.revents;
        return 0;
    }
    if (watch(self->scheduler, fd, (uint32_t)events, self) < 0)
        return calx_error_set(err, errno == ENOMEM ? CALX_ERROR_NO_MEMORY : CALX_ERROR_IO,
                              "epoll: %s", strerrordesc_np(errno));
    self->fd = fd;
    reason why = suspend(self, deadline_us);
    self->fd = -1;
    if (why != READY) {
        watch(self->scheduler, fd, 0, NULL);
        return failed(why, err);
    }
    *ready = self->events;
    return 0;
}

static int fiber_wait(calx_waiter *waiter, int fd, short events, int64_t deadline_us, short *ready,
                      calx_error *err)
{
    scheduled *self = of_waiter(waiter);
    int status = check_cancelled(waiter, err);
    if (status < 0)
        return status;
    *ready = 0;
    return fd < 0 ? wait_for_time(self, deadline_us, err)
                  : wait_for_fd(self, fd, events, deadline_us, ready, err);
}

/* ---- Parking ---- */

/* False when it was woken already. */
static bool park_begin(scheduled *self, calx_parking *parking)
{
    pthread_mutex_lock(&self->scheduler->mutex);
    bool waits = !parking->woken;
    self->parking = waits ? parking : NULL;
    pthread_mutex_unlock(&self->scheduler->mutex);
    return waits;
}

static bool park_end(scheduled *self, const calx_parking *parking)
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
    scheduled *self = of_waiter(waiter);
    if (!park_begin(self, parking))
        return 0;
    int status = self->blocking ? 0 : check_cancelled(waiter, err);
    reason why = status < 0 ? CANCELLED : suspend(self, deadline_us);
    if (park_end(self, parking) && status == 0)
        return 0;
    return status < 0 ? status : failed(why, err);
}

static void fiber_wake(calx_waiter *waiter, calx_parking *parking)
{
    scheduled *self = of_waiter(waiter);
    calx__scheduler *scheduler = self->scheduler;
    pthread_mutex_lock(&scheduler->mutex);
    parking->woken = true;
    bool waits = self->parking == parking;
    if (waits && pthread_equal(scheduler->thread, pthread_self()) && scheduler->running != NULL) {
        make_ready(self, READY); /* whoever runs now is followed by it */
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
        scheduled *self = H2O_STRUCT_FROM_MEMBER(scheduled, message.link, messages->next);
        pthread_mutex_lock(&scheduler->mutex);
        h2o_linklist_unlink(&self->message.link);
        self->wake_sent = false;
        bool woken = self->yields || (self->parking != NULL && self->parking->woken);
        pthread_mutex_unlock(&scheduler->mutex);
        if (woken)
            make_ready(self, READY);
    }
    drain(scheduler);
}

static int fiber_offload(calx_waiter *waiter, void (*call)(void *argument), void *argument,
                         calx_error *err)
{
    scheduled *self = of_waiter(waiter);
    calx__blocking_call blocking = {
        .call = call, .argument = argument, .parking = {.waiter = waiter}};
    self->blocking = true;
    calx__workers_push(self->scheduler->workers, &blocking);
    int status = fiber_park(waiter, &blocking.parking, CALX_NO_DEADLINE, err);
    calx__workers_settle(self->scheduler->workers);
    self->blocking = false;
    return status;
}

static const calx_waiter_operations operations = {
    .wait = fiber_wait,
    .park = fiber_park,
    .wake = fiber_wake,
    .offload = fiber_offload,
};

/* ---- The scheduler ---- */

static bool open_poll(calx__scheduler *scheduler)
{
    scheduler->poll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (scheduler->poll_fd < 0)
        return false;
    scheduler->poll_socket = h2o_evloop_socket_create(scheduler->context->loop, scheduler->poll_fd,
                                                      H2O_SOCKET_FLAG_DONT_READ);
    scheduler->poll_socket->data = scheduler;
    h2o_socket_read_start(scheduler->poll_socket, on_descriptors);
    return true;
}

calx__scheduler *calx__scheduler_create(h2o_context_t *context, calx__workers *workers,
                                        size_t fibers_max)
{
    calx__scheduler *scheduler = calloc(1, sizeof *scheduler);
    if (scheduler == NULL)
        return NULL;
    scheduler->context = context;
    scheduler->workers = workers;
    scheduler->thread = pthread_self();
    scheduler->fibers_max = fibers_max;
    if (!open_poll(scheduler)) {
        free(scheduler);
        return NULL;
    }
    pthread_mutex_init(&scheduler->mutex, NULL);
    h2o_linklist_init_anchor(&scheduler->waiting);
    h2o_linklist_init_anchor(&scheduler->ready);
    h2o_timeout_init(context->loop, &scheduler->fine, FINE_TICK_MS);
    h2o_timeout_init(context->loop, &scheduler->coarse, COARSE_TICK_MS);
    scheduler->fine_entry.cb = on_fine_tick;
    scheduler->coarse_entry.cb = on_coarse_tick;
    h2o_multithread_register_receiver(context->queue, &scheduler->wakes, on_wakes);
    return scheduler;
}

void calx__scheduler_destroy(calx__scheduler *scheduler)
{
    if (scheduler == NULL)
        return;
    while (scheduler->spare != NULL) {
        scheduled *next = scheduler->spare->spare;
        calx__fiber_finish(&scheduler->spare->fiber);
        free(scheduler->spare);
        scheduler->spare = next;
    }
    h2o_multithread_unregister_receiver(scheduler->context->queue, &scheduler->wakes);
    h2o_timeout_unlink(&scheduler->fine_entry);
    h2o_timeout_unlink(&scheduler->coarse_entry);
    h2o_timeout_dispose(scheduler->context->loop, &scheduler->fine);
    h2o_timeout_dispose(scheduler->context->loop, &scheduler->coarse);
    h2o_socket_close(scheduler->poll_socket); /* closes poll_fd */
    pthread_mutex_destroy(&scheduler->mutex);
    free(scheduler);
}

static scheduled *scheduled_create(calx__scheduler *scheduler)
{
    scheduled *self = scheduler->spare;
    if (self != NULL) {
        scheduler->spare = self->spare;
        scheduler->spare_count--;
        return self;
    }
    self = calloc(1, sizeof *self);
    if (self == NULL || !calx__fiber_init(&self->fiber)) {
        free(self);
        return NULL;
    }
    self->waiter.operations = &operations;
    self->scheduler = scheduler;
    self->fd = -1;
    return self;
}

bool calx__scheduler_start(calx__scheduler *scheduler, void (*call)(void *argument),
                           void (*done)(void *argument), void *argument)
{
    scheduled *self =
        scheduler->fiber_count < scheduler->fibers_max ? scheduled_create(scheduler) : NULL;
    if (self == NULL)
        return false;
    scheduler->fiber_count++;
    self->done = done;
    self->waiter.cancelled = scheduler->cancelled;
    enter(self);
    calx__fiber_begin(&self->fiber, call, argument);
    look_after(self);
    drain(scheduler);
    return true;
}

void calx__scheduler_cancel(calx__scheduler *scheduler)
{
    h2o_linklist_t *lists[] = {&scheduler->waiting, &scheduler->ready};
    scheduler->cancelled = true;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        for (h2o_linklist_t *at = lists[i]->next; at != lists[i]; at = at->next)
            of_link(at)->waiter.cancelled = true;
    look_at_clock(scheduler);
}
