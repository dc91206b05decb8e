/* loop.c: the thread of one event loop. */
#include "server/http/private.h"

#include <sys/eventfd.h>

#define SWEEP_MAX_MS 200
#define SWEEP_MIN_MS 10

void calx__loop_wake(calx__loop *loop)
{
    h2o_multithread_send_message(&loop->wakes, NULL);
}

static void on_arrivals(h2o_multithread_receiver_t *receiver, h2o_linklist_t *messages)
{
    (void)receiver;
    while (!h2o_linklist_is_empty(messages)) {
        calx__connection *connection =
            H2O_STRUCT_FROM_MEMBER(calx__connection, message.link, messages->next);
        h2o_linklist_unlink(&connection->message.link);
        calx__connection_open(connection);
    }
}

/* The loop's turn looks at the phase by itself. */
static void on_wakes(h2o_multithread_receiver_t *receiver, h2o_linklist_t *messages)
{
    (void)receiver;
    (void)messages;
}

static void on_sweep(h2o_timeout_entry_t *entry)
{
    calx__loop *loop = H2O_STRUCT_FROM_MEMBER(calx__loop, sweep_entry, entry);
    calx__connections_sweep(loop);
    h2o_timeout_link(loop->evloop, &loop->sweep, &loop->sweep_entry);
}

static uint64_t sweep_interval_ms(const calx_http_options *options)
{
    int interval_ms = options->write_timeout_ms / 4;
    if (interval_ms > SWEEP_MAX_MS)
        interval_ms = SWEEP_MAX_MS;
    return (uint64_t)(interval_ms > SWEEP_MIN_MS ? interval_ms : SWEEP_MIN_MS);
}

static void loop_init(calx__loop *loop)
{
    calx_http_server *server = loop->server;
    loop->evloop = h2o_evloop_create();
    h2o_context_init(&loop->context, loop->evloop, &server->config);
    for (int i = 0; i < CALX__LISTENERS; i++)
        loop->accept[i] = (h2o_accept_ctx_t){.ctx = &loop->context, .hosts = server->config.hosts};
    h2o_multithread_register_receiver(loop->context.queue, &loop->arrivals, on_arrivals);
    h2o_multithread_register_receiver(loop->context.queue, &loop->wakes, on_wakes);
    loop->scheduler = calx__scheduler_create(&loop->context, server->workers,
                                             (size_t)server->options.fibers, &loop->load);
    if (loop->scheduler == NULL)
        h2o_fatal("out of memory"); /* as h2o does everywhere */
    h2o_linklist_init_anchor(&loop->connections);
    h2o_linklist_init_anchor(&loop->receiving);
    h2o_timeout_init(loop->evloop, &loop->sweep, sweep_interval_ms(&server->options));
    loop->sweep_entry.cb = on_sweep;
    h2o_timeout_link(loop->evloop, &loop->sweep, &loop->sweep_entry);
}

static void loop_finish(calx__loop *loop)
{
    calx__exchanges_free(loop);
    calx__listeners_close(loop);
    calx__scheduler_destroy(loop->scheduler);
    /* h2o can only be taken apart when nothing of it is in use; otherwise the process is about to
     * end anyway. */
    if (!h2o_linklist_is_empty(&loop->connections))
        return;
    h2o_timeout_unlink(&loop->sweep_entry);
    h2o_timeout_dispose(loop->evloop, &loop->sweep);
    /* A request for shutdown starts a timer for HTTP/2, which h2o then misses on its list. */
    h2o_timeout_unlink(&loop->context.http2._graceful_shutdown_timeout);
    h2o_multithread_unregister_receiver(loop->context.queue, &loop->arrivals);
    h2o_multithread_unregister_receiver(loop->context.queue, &loop->wakes);
    h2o_context_dispose(&loop->context);
    h2o_evloop_destroy(loop->evloop);
}

static void enter_phase(calx__loop *loop, calx__phase phase)
{
    loop->phase = phase;
    bool is_first = loop == loop->server->loops;
    if (phase == CALX__SERVING && is_first)
        calx__listeners_open(loop);
    if (phase >= CALX__DRAINING) {
        calx__listeners_close(loop);
        h2o_context_request_shutdown(&loop->context);
        calx__connections_sweep(loop);
    }
    if (phase >= CALX__CANCELLING)
        calx__handling_cancel(loop);
}

void *calx__loop_main(void *argument)
{
    calx__loop *loop = argument;
    calx_http_server *server = loop->server;
    loop_init(loop);
    server->loops_ready++;
    eventfd_write(server->wake_fd, 1);
    while (loop->phase != CALX__QUITTING) {
        /* A phase that is seen before this turn is entered after it: by then all messages sent
         * before the phase was set have been dealt with. */
        calx__phase phase = server->phase;
        bool waits = !calx__scheduler_turn(loop->scheduler) && phase == loop->phase;
        h2o_evloop_run(loop->evloop, waits ? INT32_MAX : 0);
        if (phase != loop->phase)
            enter_phase(loop, phase);
        calx__listeners_update(loop);
        calx__bodies_look(loop);
        if (server->handler.turn != NULL)
            server->handler.turn(server->handler.context);
    }
    /* Nobody's queue goes away while another thread may still be waking it. */
    pthread_barrier_wait(&server->quit);
    loop_finish(loop);
    return NULL;
}
