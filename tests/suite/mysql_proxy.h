/* mysql_proxy.h: a proxy before the server of CALX_TEST_MYSQL_URI that cuts, freezes, or changes
 * what the server says of itself. It takes one client. */
#ifndef CALX_TESTS_MYSQL_PROXY_H
#define CALX_TESTS_MYSQL_PROXY_H

#include <netdb.h>
#include <poll.h>
#include <pthread.h>

#include "tests/suite/mysql_fixture.h"

typedef enum proxy_mode { PROXY_PASS_ON, PROXY_SWALLOW, PROXY_CUT_AFTER } proxy_mode;

typedef struct proxy {
    int listener;
    int port;
    proxy_mode mode;
    const char *mark; /* in what the client sends: the moment of the fault */
    void (*greeting)(char *packet, size_t length); /* changes the server's first words; or NULL */
    char server_host[256];
    char server_port[16];
    pthread_t thread;
} proxy;

/* -1 if it cannot: this runs in the proxy's thread, where no assertion may fail. */
static inline int connect_to(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    int fd = -1;
    if (getaddrinfo(host, port, &hints, &found) != 0)
        return -1;
    for (const struct addrinfo *at = found; at && fd < 0; at = at->ai_next) {
        fd = socket(at->ai_family, at->ai_socktype, at->ai_protocol);
        if (fd >= 0 && connect(fd, at->ai_addr, at->ai_addrlen) != 0) {
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(found);
    return fd;
}

/* Moves what the client has sent; false when it has closed. */
static inline bool pass_on(const proxy *self, int client, int server, bool *met)
{
    char bytes[16384];
    ssize_t length = recv(client, bytes, sizeof bytes, 0);
    if (length <= 0)
        return false;
    *met = *met || (self->mark && memmem(bytes, (size_t)length, self->mark, strlen(self->mark)));
    if (*met && self->mode == PROXY_SWALLOW)
        return true;
    return send(server, bytes, (size_t)length, MSG_NOSIGNAL) == length;
}

/* The same the other way. */
static inline bool pass_back(const proxy *self, int server, int client, bool *greeted)
{
    char bytes[16384];
    ssize_t length = recv(server, bytes, sizeof bytes, 0);
    if (length <= 0)
        return false;
    if (!*greeted && self->greeting)
        self->greeting(bytes, (size_t)length);
    *greeted = true;
    return send(client, bytes, (size_t)length, MSG_NOSIGNAL) == length;
}

/* One client. After the mark it either swallows everything, or waits for the server's answer and
 * closes instead of handing it on. */
static inline void *proxy_run(void *argument)
{
    proxy *self = argument;
    int client = accept(self->listener, NULL, NULL);
    int server = connect_to(self->server_host, self->server_port);
    struct pollfd fds[] = {{.fd = client, .events = POLLIN}, {.fd = server, .events = POLLIN}};
    bool met = false;
    bool greeted = false;
    bool open = client >= 0 && server >= 0;
    while (open && poll(fds, 2, -1) > 0) {
        if (fds[1].revents)
            open = !(met && self->mode == PROXY_CUT_AFTER) &&
                   pass_back(self, server, client, &greeted);
        if (open && fds[0].revents)
            open = pass_on(self, client, server, &met);
    }
    close(client);
    close(server);
    return NULL;
}

/* Starts the proxy, and makes a database that is reached through it. */
static inline calx_database *proxy_start(proxy *self)
{
    calx_url *url = server_url();
    char text[TEXT_MAX];
    snprintf(self->server_host, sizeof self->server_host, "%s",
             url->host ? url->host : "127.0.0.1");
    snprintf(self->server_port, sizeof self->server_port, "%d", url->port > 0 ? url->port : 3306);
    calx_url_destroy(url);
    self->listener = listen_on_loopback(&self->port);
    assert_int_equal(pthread_create(&self->thread, NULL, proxy_run, self), 0);
    url_write_to(text, "127.0.0.1", self->port);
    return make_database(text);
}

static inline void proxy_stop(proxy *self, calx_database *database)
{
    database->driver->database_destroy(database);
    pthread_join(self->thread, NULL);
    close(self->listener);
}

#endif
