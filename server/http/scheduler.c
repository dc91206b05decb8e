/* scheduler.c: who runs next on a loop; deadlines and cancel flags are looked at by two timers. */
#include "server/http/fibers.h"

#include <stdlib.h>

/* How often: when a deadline is near, and else. */
#define FINE_TICK_MS 1
#define COARSE_TICK_MS 20

#define SPARE_MAX 64 /* stacks kept for the next requests */

/* ---- Going on ---- */

/* One that a message is on its way to stays. */
static void release(calx__scheduled *self)
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
static void look_after(calx__scheduled *self)
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

static void enter(calx__scheduled *self)
{
    self->scheduler->running = self;
    calx_waiter_set(&self->waiter);
}

void calx__drain(calx__scheduler *scheduler)
{
    if (scheduler->in_drain)
        return;
    scheduler->in_drain = true;
    while (!h2o_linklist_is_empty(&scheduler->ready)) {
        calx__scheduled *next = calx__scheduled_of_link(scheduler->ready.next);
        h2o_linklist_unlink(&next->link);
        enter(next);
        calx__fiber_resume(&next->fiber);
        look_after(next);
    }
    scheduler->in_drain = false;
}

void calx__make_ready(calx__scheduled *self, calx__reason why)
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

void calx__watch_deadline(calx__scheduler *scheduler, int64_t deadline_us, int64_t now_us)
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
        calx__scheduled *self = calx__scheduled_of_link(at);
        next = at->next;
        if (self->blocking)
            continue;
        if (self->waiter.cancelled)
            calx__make_ready(self, CALX__CANCELLED);
        else if (self->deadline_us <= now_us)
            calx__make_ready(self, CALX__TIMEOUT);
        else
            calx__watch_deadline(scheduler, self->deadline_us, now_us);
    }
    calx__drain(scheduler);
}

static void on_fine_tick(h2o_timeout_entry_t *entry)
{
    look_at_clock(H2O_STRUCT_FROM_MEMBER(calx__scheduler, fine_entry, entry));
}

static void on_coarse_tick(h2o_timeout_entry_t *entry)
{
    look_at_clock(H2O_STRUCT_FROM_MEMBER(calx__scheduler, coarse_entry, entry));
}

/* ---- The end of a turn ---- */

static void send_errands(calx__scheduler *scheduler)
{
    calx_errand *next;
    for (calx_errand *errand = scheduler->errands; errand != NULL; errand = next) {
        next = errand->next;
        calx__workers_send(scheduler->workers, errand);
    }
    scheduler->errands = NULL;
}

static void do_deferred(calx__scheduler *scheduler)
{
    calx_errand *next;
    calx_errand *errand = scheduler->deferred;
    scheduler->deferred = NULL;
    for (; errand != NULL; errand = next) {
        next = errand->next;
        errand->call(errand->argument);
    }
}

/* ---- The scheduler ---- */

calx__scheduler *calx__scheduler_create(h2o_context_t *context, calx__workers *workers,
                                        size_t fibers_max, const _Atomic size_t *clients)
{
    calx__scheduler *scheduler = calloc(1, sizeof *scheduler);
    if (scheduler == NULL)
        return NULL;
    scheduler->context = context;
    scheduler->workers = workers;
    scheduler->thread = pthread_self();
    scheduler->fibers_max = fibers_max;
    scheduler->clients = clients;
    if (!calx__waits_open(scheduler)) {
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
    return scheduler;
}

void calx__scheduler_destroy(calx__scheduler *scheduler)
{
    if (scheduler == NULL)
        return;
    do_deferred(scheduler);
    while (scheduler->spare != NULL) {
        calx__scheduled *next = scheduler->spare->spare;
        calx__fiber_finish(&scheduler->spare->fiber);
        free(scheduler->spare);
        scheduler->spare = next;
    }
    h2o_timeout_unlink(&scheduler->fine_entry);
    h2o_timeout_unlink(&scheduler->coarse_entry);
    h2o_timeout_dispose(scheduler->context->loop, &scheduler->fine);
    h2o_timeout_dispose(scheduler->context->loop, &scheduler->coarse);
    calx__waits_close(scheduler);
    pthread_mutex_destroy(&scheduler->mutex);
    free(scheduler);
}

static calx__scheduled *scheduled_create(calx__scheduler *scheduler)
{
    calx__scheduled *self = scheduler->spare;
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
    self->waiter.operations = &calx__fiber_waiter_operations;
    self->scheduler = scheduler;
    self->fd = -1;
    return self;
}

bool calx__scheduler_start(calx__scheduler *scheduler, void (*call)(void *argument),
                           void (*done)(void *argument), void *argument)
{
    calx__scheduled *self =
        scheduler->fiber_count < scheduler->fibers_max ? scheduled_create(scheduler) : NULL;
    if (self == NULL)
        return false;
    scheduler->fiber_count++;
    self->done = done;
    self->waiter.cancelled = scheduler->cancelled;
    self->waiter.committing = false;
    enter(self);
    calx__fiber_begin(&self->fiber, call, argument);
    look_after(self);
    calx__drain(scheduler);
    return true;
}

bool calx__scheduler_turn(calx__scheduler *scheduler)
{
    h2o_linklist_t *next;
    send_errands(scheduler);
    do_deferred(scheduler);
    if (scheduler->yielding == 0)
        return false;
    for (h2o_linklist_t *at = scheduler->waiting.next; at != &scheduler->waiting; at = next) {
        calx__scheduled *self = calx__scheduled_of_link(at);
        next = at->next;
        if (self->yields)
            calx__make_ready(self, CALX__READY);
    }
    calx__drain(scheduler);
    return scheduler->yielding > 0;
}

static void cancel_call(calx__scheduler *scheduler, const h2o_linklist_t *list,
                        const void *argument)
{
    for (h2o_linklist_t *at = list->next; at != list; at = at->next) {
        calx__scheduled *self = calx__scheduled_of_link(at);
        if (self->fiber.argument != argument || self->waiter.committing)
            continue;
        self->waiter.cancelled = true;
        link_timer(scheduler, &scheduler->fine, &scheduler->fine_entry);
    }
}

void calx__scheduler_cancel_call(calx__scheduler *scheduler, const void *argument)
{
    cancel_call(scheduler, &scheduler->waiting, argument);
    cancel_call(scheduler, &scheduler->ready, argument);
}

void calx__scheduler_cancel(calx__scheduler *scheduler)
{
    h2o_linklist_t *lists[] = {&scheduler->waiting, &scheduler->ready};
    scheduler->cancelled = true;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        for (h2o_linklist_t *at = lists[i]->next; at != lists[i]; at = at->next)
            calx__scheduled_of_link(at)->waiter.cancelled = true;
    look_at_clock(scheduler);
}
