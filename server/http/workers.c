/* workers.c: the threads for calls that must block, and the queue before them. */
#include "server/http/workers.h"

#include <pthread.h>
#include <stdlib.h>

typedef struct worker {
    calx__workers *workers;
    pthread_t thread;
    calx_waiter *waiter; /* NULL until its thread runs; under the mutex */
} worker;

struct calx__workers {
    pthread_mutex_t mutex;
    pthread_cond_t pushed;
    calx_errand *first;
    calx_errand *last;
    bool stopping;
    bool cancelled;
    int count;
    worker list[];
};

/* Called with the mutex; NULL when the workers are being stopped. */
static calx_errand *pop(calx__workers *workers)
{
    while (workers->first == NULL && !workers->stopping)
        pthread_cond_wait(&workers->pushed, &workers->mutex);
    calx_errand *errand = workers->first;
    if (errand != NULL)
        workers->first = errand->next;
    return errand;
}

static void *worker_main(void *argument)
{
    worker *self = argument;
    calx__workers *workers = self->workers;
    pthread_mutex_lock(&workers->mutex);
    self->waiter = calx_waiter_current();
    self->waiter->cancelled = workers->cancelled;
    for (;;) {
        calx_errand *errand = pop(workers);
        if (errand == NULL)
            break;
        pthread_mutex_unlock(&workers->mutex);
        errand->call(errand->argument);
        pthread_mutex_lock(&workers->mutex);
    }
    pthread_mutex_unlock(&workers->mutex);
    return NULL;
}

int calx__workers_create(int count, calx__workers **out, calx_error *err)
{
    calx__workers *workers = calloc(1, sizeof *workers + (size_t)count * sizeof(worker));
    if (workers == NULL)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    pthread_mutex_init(&workers->mutex, NULL);
    pthread_cond_init(&workers->pushed, NULL);
    for (; workers->count < count; workers->count++) {
        worker *self = &workers->list[workers->count];
        self->workers = workers;
        if (pthread_create(&self->thread, NULL, worker_main, self) != 0)
            break;
    }
    if (workers->count < count) {
        calx_error_set(err, CALX_ERROR_NO_MEMORY, "only %d of %d workers could be started",
                       workers->count, count);
        calx__workers_destroy(workers);
        return CALX_ERROR_NO_MEMORY;
    }
    *out = workers;
    return 0;
}

void calx__workers_send(calx__workers *workers, calx_errand *errand)
{
    errand->next = NULL;
    pthread_mutex_lock(&workers->mutex);
    if (workers->first == NULL)
        workers->first = errand;
    else
        workers->last->next = errand;
    workers->last = errand;
    pthread_mutex_unlock(&workers->mutex);
    pthread_cond_signal(&workers->pushed);
}

static void make_call(void *argument)
{
    calx__blocking_call *blocking = argument;
    calx__workers *workers = blocking->workers;
    blocking->call(blocking->argument);
    pthread_mutex_lock(&workers->mutex);
    calx_wake(&blocking->parking);
    pthread_mutex_unlock(&workers->mutex);
}

void calx__workers_push(calx__workers *workers, calx__blocking_call *blocking)
{
    blocking->workers = workers;
    blocking->errand = (calx_errand){.call = make_call, .argument = blocking};
    calx__workers_send(workers, &blocking->errand);
}

void calx__workers_settle(calx__workers *workers)
{
    pthread_mutex_lock(&workers->mutex);
    pthread_mutex_unlock(&workers->mutex);
}

void calx__workers_cancel(calx__workers *workers)
{
    pthread_mutex_lock(&workers->mutex);
    workers->cancelled = true;
    for (int i = 0; i < workers->count; i++)
        if (workers->list[i].waiter != NULL)
            workers->list[i].waiter->cancelled = true;
    pthread_mutex_unlock(&workers->mutex);
}

void calx__workers_destroy(calx__workers *workers)
{
    if (workers == NULL)
        return;
    pthread_mutex_lock(&workers->mutex);
    workers->stopping = true;
    pthread_cond_broadcast(&workers->pushed);
    pthread_mutex_unlock(&workers->mutex);
    for (int i = 0; i < workers->count; i++)
        pthread_join(workers->list[i].thread, NULL);
    pthread_cond_destroy(&workers->pushed);
    pthread_mutex_destroy(&workers->mutex);
    free(workers);
}
