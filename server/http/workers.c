/* workers.c: the threads on which handlers may wait, and the bounded queue before them. */
#include "server/http/private.h"

#include <stdlib.h>

typedef struct worker {
    calx__workers *workers;
    pthread_t thread;
    calx_waiter *waiter; /* NULL until its thread runs; under the mutex */
} worker;

struct calx__workers {
    calx_http_server *server;
    pthread_mutex_t mutex;
    pthread_cond_t pushed;
    calx__exchange *first;
    calx__exchange *last;
    size_t waiting; /* length of the queue */
    size_t idle;    /* workers that wait for the queue */
    bool stopping;
    int count;
    worker list[];
};

static void send_back(calx__exchange *exchange)
{
    h2o_multithread_send_message(&exchange->loop->returns, &exchange->message);
}

/* ---- A worker ---- */

/* NULL when the workers are being stopped. */
static calx__exchange *pop(calx__workers *workers)
{
    pthread_mutex_lock(&workers->mutex);
    workers->idle++;
    while (workers->first == NULL && !workers->stopping)
        pthread_cond_wait(&workers->pushed, &workers->mutex);
    workers->idle--;
    calx__exchange *exchange = workers->first;
    if (exchange != NULL) {
        workers->first = exchange->next;
        workers->waiting--;
    }
    pthread_mutex_unlock(&workers->mutex);
    return exchange;
}

static void *worker_main(void *argument)
{
    worker *self = argument;
    calx__workers *workers = self->workers;
    const calx_http_handler *handler = &workers->server->handler;
    pthread_mutex_lock(&workers->mutex);
    self->waiter = calx_waiter_current();
    pthread_mutex_unlock(&workers->mutex);
    for (;;) {
        calx__exchange *exchange = pop(workers);
        if (exchange == NULL)
            return NULL;
        handler->run(handler->context, &exchange->public_);
        send_back(exchange);
    }
}

/* ---- The pool ---- */

int calx__workers_create(calx_http_server *server, calx__workers **out, calx_error *err)
{
    int wanted = server->options.workers;
    calx__workers *workers = calloc(1, sizeof *workers + (size_t)wanted * sizeof(worker));
    if (workers == NULL)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    workers->server = server;
    pthread_mutex_init(&workers->mutex, NULL);
    pthread_cond_init(&workers->pushed, NULL);
    for (; workers->count < wanted; workers->count++) {
        worker *self = &workers->list[workers->count];
        self->workers = workers;
        if (pthread_create(&self->thread, NULL, worker_main, self) != 0)
            break;
    }
    if (workers->count < wanted) {
        calx_error_set(err, CALX_ERROR_NO_MEMORY, "only %d of %d workers could be started",
                       workers->count, wanted);
        calx__workers_destroy(workers);
        return CALX_ERROR_NO_MEMORY;
    }
    *out = workers;
    return 0;
}

bool calx__workers_push(calx__workers *workers, calx__exchange *exchange)
{
    pthread_mutex_lock(&workers->mutex);
    /* What an idle worker is about to take does not wait. */
    size_t waiting_max = workers->server->options.requests_waiting_max + workers->idle;
    bool accepted = !workers->stopping && workers->waiting < waiting_max;
    if (accepted) {
        exchange->next = NULL;
        if (workers->first == NULL)
            workers->first = exchange;
        else
            workers->last->next = exchange;
        workers->last = exchange;
        workers->waiting++;
        pthread_cond_signal(&workers->pushed);
    }
    pthread_mutex_unlock(&workers->mutex);
    return accepted;
}

static void cancel_running(calx__workers *workers)
{
    for (int i = 0; i < workers->count; i++)
        if (workers->list[i].waiter != NULL)
            workers->list[i].waiter->cancelled = true;
}

static void refuse_waiting(calx__workers *workers)
{
    calx__exchange *exchange = workers->first;
    workers->first = NULL;
    workers->waiting = 0;
    while (exchange != NULL) {
        calx__exchange *next = exchange->next;
        exchange->refused = true;
        send_back(exchange);
        exchange = next;
    }
}

void calx__workers_stop(calx__workers *workers)
{
    pthread_mutex_lock(&workers->mutex);
    bool stopped = workers->stopping;
    workers->stopping = true;
    if (!stopped) {
        cancel_running(workers);
        refuse_waiting(workers);
    }
    pthread_cond_broadcast(&workers->pushed);
    pthread_mutex_unlock(&workers->mutex);
    for (int i = 0; i < workers->count && !stopped; i++)
        pthread_join(workers->list[i].thread, NULL);
}

void calx__workers_destroy(calx__workers *workers)
{
    if (workers == NULL)
        return;
    calx__workers_stop(workers);
    pthread_cond_destroy(&workers->pushed);
    pthread_mutex_destroy(&workers->mutex);
    free(workers);
}
