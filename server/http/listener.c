/* listener.c: the listening sockets, on the first loop, which deals the connections out evenly. */
#include "server/http/private.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Accepted per event, so that a burst does not hold up the requests of the first loop. */
#define ACCEPT_BURST 64

/* Beyond the limit so many more are answered 503 at the same time; those beyond that wait in the
 * kernel's queue. */
#define REFUSALS_MAX 128

/* Without a free descriptor accept fails at once and the socket stays readable: without a pause
 * the loop would spin. */
#define REARM_MS 100

/* ---- Binding ---- */

/* Not SO_REUSEPORT, though each loop could then have its own socket: a second server of the same
 * user would share the port in silence. */
static int bind_address(const struct addrinfo *address)
{
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    const int yes = 1;
    const int no = 0;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (address->ai_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
    if (bind(fd, address->ai_addr, address->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0)
        return fd;
    int number = errno;
    close(fd);
    errno = number;
    return -1;
}

static int port_of(int fd)
{
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    if (getsockname(fd, (struct sockaddr *)&address, &length) != 0)
        return 0;
    return h2o_socket_getport((struct sockaddr *)&address);
}

static int error_of_bind(const char *host, int port, int number, calx_error *err)
{
    if (number == EADDRINUSE)
        return calx_error_set(err, CALX_ERROR_CONFIG, "port %d of %s is in use", port, host);
    return calx_error_set(err, CALX_ERROR_CONFIG, "port %d of %s: %s", port, host,
                          strerror(number));
}

int calx__listener_bind(calx__listener *listener, const char *host, int port, calx_error *err)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    char service[12];
    snprintf(service, sizeof service, "%d", port);
    struct addrinfo *addresses;
    int status = getaddrinfo(host, service, &hints, &addresses);
    if (status != 0)
        return calx_error_set(err, CALX_ERROR_CONFIG, "host %s: %s", host, gai_strerror(status));
    int fd = -1;
    int number = 0;
    for (struct addrinfo *address = addresses; address && fd < 0; address = address->ai_next) {
        fd = bind_address(address);
        if (fd < 0 && number == 0)
            number = errno;
    }
    freeaddrinfo(addresses);
    if (fd < 0)
        return error_of_bind(host, port, number, err);
    listener->fd = fd;
    listener->port = port_of(fd);
    return 0;
}

/* ---- Accepting ---- */

static void pause_for_limit(calx__listener *listener)
{
    h2o_socket_read_stop(listener->socket);
    listener->paused = true; /* calx__listeners_update looks once more after this turn */
}

static void pause_for_resources(calx__listener *listener)
{
    calx__loop *loop = listener->server->loops;
    h2o_socket_read_stop(listener->socket);
    h2o_timeout_link(loop->evloop, &loop->rearm, &listener->rearm_entry);
}

/* True if accept may be called again at once. */
static bool accept_error(calx__listener *listener, int number)
{
    switch (number) {
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
        pause_for_resources(listener);
        return false;
    case EAGAIN:
        return false;
    default: /* that connection has failed: accept(2), "Error handling" */
        return true;
    }
}

static bool accept_one(calx__listener *listener)
{
    /* Counted before it exists, so that the limit holds at every moment. */
    size_t others = listener->connections++;
    if (others >= listener->connections_max + REFUSALS_MAX) {
        listener->connections--;
        pause_for_limit(listener);
        return false;
    }
    struct sockaddr_storage address = {0};
    socklen_t length = sizeof address;
    int fd = accept4(h2o_socket_get_fd(listener->socket), (struct sockaddr *)&address, &length,
                     SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        int number = errno;
        listener->connections--;
        return accept_error(listener, number);
    }
    if (others < listener->connections_max)
        calx__connection_accept(listener, fd, (struct sockaddr *)&address);
    else
        calx__connection_refuse(listener, fd);
    return true;
}

static void on_acceptable(h2o_socket_t *socket, const char *err)
{
    if (err != NULL)
        return;
    for (int i = 0; i < ACCEPT_BURST; i++)
        if (!accept_one(socket->data))
            return;
}

static void on_rearm(h2o_timeout_entry_t *entry)
{
    calx__listener *listener = H2O_STRUCT_FROM_MEMBER(calx__listener, rearm_entry, entry);
    h2o_socket_read_start(listener->socket, on_acceptable);
}

/* ---- All of them ---- */

static void listener_open(calx__loop *loop, calx__listener *listener)
{
    if (listener->fd < 0)
        return;
    listener->socket =
        h2o_evloop_socket_create(loop->evloop, listener->fd, H2O_SOCKET_FLAG_DONT_READ);
    listener->socket->data = listener;
    listener->fd = -1;
    listener->rearm_entry.cb = on_rearm;
    h2o_socket_read_start(listener->socket, on_acceptable);
}

void calx__listeners_open(calx__loop *loop)
{
    calx_http_server *server = loop->server;
    h2o_timeout_init(loop->evloop, &loop->rearm, REARM_MS);
    for (int i = 0; i < CALX__LISTENERS; i++)
        listener_open(loop, &server->listeners[i]);
    server->listening = true;
}

void calx__listeners_update(calx__loop *loop)
{
    if (loop != loop->server->loops)
        return;
    for (int i = 0; i < CALX__LISTENERS; i++) {
        calx__listener *listener = &loop->server->listeners[i];
        if (!listener->paused || listener->connections >= listener->connections_max + REFUSALS_MAX)
            continue;
        listener->paused = false;
        h2o_socket_read_start(listener->socket, on_acceptable);
    }
}

static void listener_close(calx__listener *listener)
{
    if (listener->socket == NULL)
        return;
    /* Whom the kernel has greeted already would see a reset. */
    for (int i = 0; i < SOMAXCONN && accept_one(listener); i++)
        continue;
    h2o_socket_close(listener->socket);
    listener->socket = NULL;
    h2o_timeout_unlink(&listener->rearm_entry);
    listener->paused = false;
}

void calx__listeners_close(calx__loop *loop)
{
    calx_http_server *server = loop->server;
    if (loop != server->loops || !server->listening)
        return;
    for (int i = 0; i < CALX__LISTENERS; i++)
        listener_close(&server->listeners[i]);
    h2o_timeout_dispose(loop->evloop, &loop->rearm);
    server->listening = false;
    calx__server_notice(server);
}
