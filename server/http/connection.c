/* connection.c: one client's connection around h2o's: its loop, its end, and a watch over clients
 * that take nothing. */
#include "server/http/private.h"

#include <fcntl.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* How long the rest of a refused body is swallowed. */
#define LINGER_MS 2000

/* ---- Beginning ---- */

static void remote_text(const struct sockaddr *address, char out[INET6_ADDRSTRLEN])
{
    const char *text = NULL;
    if (address->sa_family == AF_INET) {
        text = inet_ntop(AF_INET, &((const struct sockaddr_in *)address)->sin_addr, out,
                         INET6_ADDRSTRLEN);
    } else if (address->sa_family == AF_INET6) {
        const struct in6_addr *ip = &((const struct sockaddr_in6 *)address)->sin6_addr;
        if (IN6_IS_ADDR_V4MAPPED(ip))
            text = inet_ntop(AF_INET, &ip->s6_addr[12], out, INET6_ADDRSTRLEN);
        else
            text = inet_ntop(AF_INET6, ip, out, INET6_ADDRSTRLEN);
    }
    if (text == NULL)
        out[0] = '\0';
}

static calx__loop *least_loaded_loop(calx_http_server *server)
{
    calx__loop *best = &server->loops[0];
    for (int i = 1; i < server->loop_count; i++)
        if (server->loops[i].load < best->load)
            best = &server->loops[i];
    return best;
}

static calx__connection *connection_create(calx__listener *listener, calx__loop *loop)
{
    calx__connection *connection = h2o_mem_alloc(sizeof *connection);
    *connection = (calx__connection){.listener = listener, .loop = loop, .fd = -1, .linger_fd = -1};
    h2o_linklist_init_anchor(&connection->exchanges);
    loop->load++;
    return connection;
}

void calx__connection_accept(calx__listener *listener, int fd, const struct sockaddr *address)
{
    const int yes = 1;
    calx_http_server *server = listener->server;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    calx__connection *connection = connection_create(listener, least_loaded_loop(server));
    connection->fd = fd;
    remote_text(address, connection->remote);
    if (connection->loop == &server->loops[0])
        calx__connection_open(connection);
    else
        h2o_multithread_send_message(&connection->loop->arrivals, &connection->message);
}

/* ---- End ---- */

static calx__exchange *exchange_at(h2o_linklist_t *node)
{
    return H2O_STRUCT_FROM_MEMBER(calx__exchange, link, node);
}

static void connection_free(calx__connection *connection)
{
    calx__loop *loop = connection->loop;
    calx_http_server *server = loop->server;
    calx__listener *listener = connection->listener;
    h2o_linklist_unlink(&connection->link);
    if (h2o_linklist_is_linked(&connection->receiving))
        h2o_linklist_unlink(&connection->receiving);
    while (!h2o_linklist_is_empty(&connection->exchanges)) { /* whose handlers run on */
        calx__exchange *exchange = exchange_at(connection->exchanges.next);
        h2o_linklist_unlink(&exchange->link);
        exchange->connection = NULL;
    }
    SSL_CTX_free(connection->tls);
    free(connection);
    loop->load--;
    listener->connections--;
    if (listener->paused)
        calx__loop_wake(&server->loops[0]);
    calx__server_notice(server);
}

static void on_lingering_read(h2o_socket_t *socket, const char *err)
{
    h2o_buffer_consume(&socket->input, socket->input->size);
    if (err == NULL)
        return;
    calx__connection *connection = socket->data;
    h2o_socket_close(socket);
    connection_free(connection);
}

static void linger_begin(calx__connection *connection)
{
    shutdown(connection->linger_fd, SHUT_WR);
    connection->socket =
        h2o_evloop_socket_create(connection->loop->evloop, connection->linger_fd, 0);
    connection->linger_fd = -1;
    connection->lingering = true;
    connection->progress_us = calx_now_us();
    connection->socket->data = connection;
    h2o_socket_read_start(connection->socket, on_lingering_read);
}

#define REFUSAL_BODY                                                                               \
    "{\"error\":\"Service Unavailable\",\"message\":\"too many connections, try again\"}"

void calx__connection_refuse(calx__listener *listener, int fd)
{
    static const char answer[] =
        "HTTP/1.1 503 Service Unavailable\r\n"
        "Connection: close\r\n"
        "Retry-After: 1\r\n"
        "Cache-Control: no-store\r\n"
        "Content-Type: application/json\r\n"
        "Content-Length: %zu\r\n\r\n" REFUSAL_BODY;
    char bytes[sizeof answer + 16];
    int length = snprintf(bytes, sizeof bytes, answer, sizeof REFUSAL_BODY - 1);
    calx__connection *connection = connection_create(listener, &listener->server->loops[0]);
    connection->tls = calx__tls_take(listener->server);
    if (connection->tls == NULL) { /* a handshake would cost more than an answer */
        ssize_t sent = send(fd, bytes, (size_t)length, MSG_NOSIGNAL | MSG_DONTWAIT);
        (void)sent; /* who takes nothing learns nothing */
    }
    connection->linger_fd = fd;
    h2o_linklist_insert(&connection->loop->connections, &connection->link);
    linger_begin(connection);
}

/* h2o has closed its socket. */
static void on_socket_closed(void *data)
{
    calx__connection *connection = data;
    if (connection->linger_fd >= 0)
        linger_begin(connection);
    else
        connection_free(connection);
}

void calx__connection_linger(calx__connection *connection)
{
    if (connection->linger_fd < 0)
        connection->linger_fd = fcntl(h2o_socket_get_fd(connection->socket), F_DUPFD_CLOEXEC, 0);
}

/* ---- On the loop ---- */

void calx__connection_open(calx__connection *connection)
{
    calx__loop *loop = connection->loop;
    connection->socket = h2o_evloop_socket_create(loop->evloop, connection->fd,
                                                  H2O_SOCKET_FLAG_IS_ACCEPTED_CONNECTION);
    connection->fd = -1;
    connection->socket->on_close.cb = on_socket_closed;
    connection->socket->on_close.data = connection;
    h2o_linklist_insert(&loop->connections, &connection->link);
    h2o_accept_ctx_t *accept = &loop->accept[connection->listener - loop->server->listeners];
    if (connection->listener == &loop->server->listeners[CALX__PUBLIC])
        accept->ssl_ctx = connection->tls = calx__tls_take(loop->server);
    h2o_accept(accept, connection->socket);
}

calx__connection *calx__connection_of(h2o_req_t *req)
{
    return req->conn->callbacks->get_socket(req->conn)->on_close.data;
}

/* ---- The watch ---- */

/* By shutting its socket down. */
void calx__connection_cut(calx__connection *connection)
{
    /* Otherwise h2o 2.2.5 goes on with the requests that it has read, each into the dead socket. */
    h2o_linklist_t *anchor = &connection->exchanges;
    for (h2o_linklist_t *node = anchor->next; node != anchor; node = node->next)
        if (exchange_at(node)->req != NULL)
            exchange_at(node)->req->http1_is_persistent = 0;
    connection->over = true;
    shutdown(h2o_socket_get_fd(connection->socket), SHUT_RDWR);
}

/* A client that resets more than it reads is no client. */
bool calx__connection_admits(calx__connection *connection)
{
    if (!connection->http2)
        return true;
    size_t most = connection->loop->server->options.http2_handlers_max;
    if (connection->running < most && connection->reset <= connection->answered + most)
        return !connection->over;
    if (!connection->over)
        calx__connection_cut(connection);
    return false;
}

/* All zero when the kernel does not say. */
static struct tcp_info info_of(const calx__connection *connection)
{
    struct tcp_info info = {0};
    socklen_t length = sizeof info;
    int fd = h2o_socket_get_fd(connection->socket);
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) != 0)
        return (struct tcp_info){0};
    return info;
}

static bool takes_nothing(calx__connection *connection, int64_t now_us)
{
    if (!h2o_socket_is_writing(connection->socket)) {
        connection->progress_us = 0;
        return false;
    }
    /* What sits in the kernel's buffer here is not progress. */
    uint64_t acknowledged = info_of(connection).tcpi_bytes_acked;
    if (connection->progress_us == 0 || acknowledged != connection->acknowledged) {
        connection->acknowledged = acknowledged;
        connection->progress_us = now_us;
        return false;
    }
    int64_t limit_us = (int64_t)connection->loop->server->options.write_timeout_ms * 1000;
    return now_us - connection->progress_us >= limit_us;
}

/* Over HTTP/2 a client says by itself how much of each answer it takes: h2o then has nothing to
 * write. */
static bool takes_no_more(const calx__connection *connection, int64_t now_us)
{
    int64_t limit_us = (int64_t)connection->loop->server->options.write_timeout_ms * 1000;
    const h2o_linklist_t *anchor = &connection->exchanges;
    for (h2o_linklist_t *node = anchor->next; node != anchor; node = node->next) {
        calx__exchange *exchange = exchange_at(node);
        if (exchange->req == NULL || !exchange->answering)
            continue;
        if (exchange->progress_us == 0 || exchange->req->bytes_sent != exchange->taken)
            exchange->progress_us = now_us;
        exchange->taken = exchange->req->bytes_sent;
        if (now_us - exchange->progress_us >= limit_us)
            return true;
    }
    return false;
}

/* Over HTTP/2 h2o's own limit is one of silence, and the parts of a request may take for ever. Over
 * HTTP/1 a connection may be idle, and then sent a request, for so long. */
static bool asks_nothing(calx__connection *connection, int64_t now_us)
{
    if (connection->asked_us == 0 || !h2o_linklist_is_empty(&connection->exchanges))
        connection->asked_us = now_us;
    int64_t limit_us = (int64_t)connection->loop->server->options.request_timeout_ms * 2000;
    return now_us - connection->asked_us >= limit_us;
}

static bool is_stuck(calx__connection *connection, int64_t now_us)
{
    bool can_be_http2 = connection->tls != NULL && connection->loop->server->options.http2;
    return takes_nothing(connection, now_us) ||
           (can_be_http2 && asks_nothing(connection, now_us)) ||
           (connection->http2 && takes_no_more(connection, now_us));
}

/* TCP_ESTABLISHED of <netinet/tcp.h>, which does not go together with <linux/tcp.h>. */
#define STATE_ESTABLISHED 1

/*
 * Has its client closed its side, or been reset, while a handler works for it? HTTP/1 lets nobody
 * tell a client that will still listen from one that is gone; as in other servers it counts as
 * gone.
 */
static bool is_abandoned(const calx__connection *connection)
{
    if (connection->running == 0)
        return false;
    uint8_t state = info_of(connection).tcpi_state;
    return state != 0 && state != STATE_ESTABLISHED;
}

static void abandon_all(const calx__connection *connection)
{
    const h2o_linklist_t *anchor = &connection->exchanges;
    for (h2o_linklist_t *node = anchor->next; node != anchor; node = node->next)
        if (exchange_at(node)->running)
            calx__handling_abandon(exchange_at(node));
}

static bool is_idle(calx__connection *connection)
{
    return h2o_linklist_is_empty(&connection->exchanges) &&
           h2o_socket_is_reading(connection->socket) &&
           !h2o_socket_is_writing(connection->socket) && connection->socket->input->size == 0;
}

static void connection_sweep(calx__connection *connection, int64_t now_us)
{
    calx__phase phase = connection->loop->phase;
    if (connection->lingering) {
        if (phase >= CALX__ABORTING || now_us - connection->progress_us >= LINGER_MS * 1000)
            calx__connection_cut(connection);
    } else if (phase >= CALX__ABORTING || is_stuck(connection, now_us)) {
        calx__connection_cut(connection);
    } else if (is_abandoned(connection)) {
        abandon_all(connection);
    } else if (phase >= CALX__DRAINING && is_idle(connection)) {
        /* A request that has arrived by now is still read before the end is. */
        shutdown(h2o_socket_get_fd(connection->socket), SHUT_RD);
    }
}

void calx__connections_sweep(calx__loop *loop)
{
    int64_t now_us = calx_now_us();
    h2o_linklist_t *anchor = &loop->connections;
    for (h2o_linklist_t *node = anchor->next; node != anchor; node = node->next)
        connection_sweep(H2O_STRUCT_FROM_MEMBER(calx__connection, link, node), now_us);
}
