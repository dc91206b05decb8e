/* handling.c: from an admitted exchange to its answer: the handler's turn on a fiber. */
#include "server/http/private.h"

static void start_waiting(calx__loop *loop);

/* On the fiber. */
static void run(void *argument)
{
    calx__exchange *exchange = argument;
    const calx_http_handler *handler = &exchange->loop->server->handler;
    handler->run(handler->context, &exchange->public_);
}

/* The answer goes out, if somebody is there to take it. */
static void finish(void *argument)
{
    calx__exchange *exchange = argument;
    calx__loop *loop = exchange->loop;
    calx__exchange_set_running(exchange, false);
    if (exchange->req == NULL)
        calx__exchange_end(exchange);
    else
        calx__answer_send(exchange);
    loop->server->running--;
    calx__server_notice(loop->server);
    start_waiting(loop);
}

static bool start(calx__exchange *exchange)
{
    calx__loop *loop = exchange->loop;
    loop->server->running++;
    if (calx__scheduler_start(loop->scheduler, run, finish, exchange))
        return true;
    loop->server->running--;
    return false;
}

/* ---- Those that wait for a fiber ---- */

static bool append_waiting(calx__exchange *exchange)
{
    calx__loop *loop = exchange->loop;
    calx_http_server *server = loop->server;
    if (loop->phase >= CALX__CANCELLING)
        return false;
    if (server->waiting++ >= server->options.requests_waiting_max) {
        server->waiting--;
        return false;
    }
    exchange->next = NULL;
    if (loop->waiting_first == NULL)
        loop->waiting_first = exchange;
    else
        loop->waiting_last->next = exchange;
    loop->waiting_last = exchange;
    return true;
}

static calx__exchange *pop_waiting(calx__loop *loop)
{
    calx__exchange *exchange = loop->waiting_first;
    loop->waiting_first = exchange->next;
    loop->server->waiting--;
    return exchange;
}

static void refuse(calx__exchange *exchange)
{
    calx__exchange_set_running(exchange, false);
    if (exchange->req == NULL)
        calx__exchange_end(exchange);
    else
        calx__exchange_refuse(exchange, exchange->public_.abandoned ? 499 : 503);
}

static void start_waiting(calx__loop *loop)
{
    while (loop->waiting_first != NULL) {
        calx__exchange *exchange = pop_waiting(loop);
        bool abandoned = exchange->public_.abandoned;
        if (abandoned || !start(exchange))
            refuse(exchange);
        if (!abandoned)
            return;
    }
}

void calx__handling_begin(calx__exchange *exchange)
{
    calx__loop *loop = exchange->loop;
    calx__exchange_set_running(exchange, true);
    bool begun = loop->phase < CALX__CANCELLING && loop->waiting_first == NULL && start(exchange);
    if (!begun && !append_waiting(exchange))
        refuse(exchange);
    else if (exchange->running)
        calx__ahead_begin(exchange);
}

void calx__handling_abandon(calx__exchange *exchange)
{
    exchange->public_.abandoned = true;
    calx__scheduler_cancel_call(exchange->loop->scheduler, exchange);
}

void calx__handling_cancel(calx__loop *loop)
{
    while (loop->waiting_first != NULL)
        refuse(pop_waiting(loop));
    calx__scheduler_cancel(loop->scheduler);
}
