/*
 * ahead.c: what a client sends while a handler works for it. h2o reads nothing then: it takes the
 * socket out of its epoll and puts it back after the answer, two system calls for each request that
 * waits. Instead the socket stays where it is, and what comes, which is seldom anything, goes into
 * a buffer of its own, for the request lies in h2o's.
 */
#include "server/http/private.h"

#include <string.h>

/* More is not wanted for now: only one that sends ahead costs those system calls. */
static void on_ahead(h2o_socket_t *socket, const char *err)
{
    (void)err; /* h2o will meet it, too */
    h2o_socket_read_stop(socket);
}

void calx__ahead_begin(calx__exchange *exchange)
{
    h2o_socket_t *socket = exchange->connection->socket;
    if (h2o_socket_is_reading(socket)) /* HTTP/2 */
        return;
    exchange->request_input = socket->input;
    h2o_buffer_init(&socket->input, &h2o_socket_buffer_prototype);
    h2o_socket_read_start(socket, on_ahead);
}

void calx__ahead_end(calx__exchange *exchange)
{
    if (exchange->request_input == NULL)
        return;
    h2o_socket_t *socket = exchange->connection->socket;
    h2o_socket_read_stop(socket);
    exchange->ahead = socket->input;
    socket->input = exchange->request_input;
    exchange->request_input = NULL;
}

void calx__ahead_hand_over(calx__exchange *exchange)
{
    calx__ahead_end(exchange);
    if (exchange->ahead == NULL)
        return;
    size_t length = exchange->ahead->size;
    if (length > 0) {
        h2o_buffer_t **input = &exchange->connection->socket->input;
        memcpy(h2o_buffer_reserve(input, length).base, exchange->ahead->bytes, length);
        (*input)->size += length;
    }
    h2o_buffer_dispose(&exchange->ahead);
}
