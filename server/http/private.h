/*
 * private.h: what the files of http/ share. A server owns loops (one thread each, every h2o object
 * made inside it), a pool of workers, and one listening socket on the first loop, which hands
 * connections out. A loop has a scheduler, on whose fibers handlers run.
 *
 * Who may touch what: a connection and an exchange belong to their loop's thread. While an exchange
 * is running, its public part belongs to its fiber; everything else, and the h2o request always,
 * stays the loop's. Between threads there are only the workers' queue, h2o's messages and the
 * atomics of the server.
 */
#ifndef CALX_SERVER_HTTP_PRIVATE_H
#define CALX_SERVER_HTTP_PRIVATE_H

#include <arpa/inet.h>
#include <h2o.h>
#include <pthread.h>
#include <stdatomic.h>

#include <calx/waiter.h>

#include "server/http/http.h"
#include "server/http/scheduler.h"

typedef struct calx__loop calx__loop;
typedef struct calx__connection calx__connection;
typedef struct calx__exchange calx__exchange;

/* The life of a server; only ever goes forward. Set by the thread in calx__http_run, seen by the
 * loops. */
typedef enum calx__phase {
    CALX__STARTING,
    CALX__SERVING,
    CALX__DRAINING,   /* nothing new is accepted, idle connections are closed */
    CALX__CANCELLING, /* handlers are cancelled, those that have not begun are refused */
    CALX__ABORTING,   /* every connection is cut */
    CALX__QUITTING,   /* the loops' threads end */
} calx__phase;

enum { CALX__PUBLIC, CALX__OPERATIONS, CALX__LISTENERS };

/* One address. Its socket belongs to the first loop. */
typedef struct calx__listener {
    calx_http_server *server;
    int fd; /* before the first loop has it; -1: it has, or nobody listens here */
    int port;
    size_t connections_max;
    _Atomic size_t connections; /* accepted here and not yet closed */
    _Atomic bool paused;        /* no room: wake the first loop when a connection ends */
    h2o_socket_t *socket;
    h2o_timeout_entry_t rearm_entry;
} calx__listener;

struct calx_http_server {
    calx_http_options options;
    calx_http_handler handler;
    calx__listener listeners[CALX__LISTENERS];
    pthread_mutex_t tls_mutex;
    SSL_CTX *tls; /* of new connections, under its mutex; NULL: they are not encrypted */
    int wake_fd;  /* an eventfd: something changed that calx__http_run waits for */
    h2o_globalconf_t config;
    calx__workers *workers;
    calx__loop *loops;
    int loop_count;         /* that run */
    pthread_barrier_t quit; /* see calx__loop_main */
    _Atomic calx__phase phase;
    _Atomic int loops_ready;
    _Atomic bool listening;
    _Atomic size_t exchanges;    /* begun and not yet logged, of all loops */
    _Atomic size_t waiting;      /* exchanges that wait for a fiber, of all loops */
    _Atomic size_t running;      /* exchanges whose handler has begun, of all loops */
    _Atomic size_t answer_bytes; /* counted by the exchanges that are being answered */
};

/* ---- server.c ---- */

/* Wakes calx__http_run when the server is being stopped: a connection or an exchange has ended. */
void calx__server_notice(calx_http_server *server);

/* ---- loop.c ---- */

struct calx__loop {
    calx_http_server *server;
    pthread_t thread;
    h2o_evloop_t *evloop;
    h2o_context_t context;
    h2o_accept_ctx_t accept[CALX__LISTENERS];
    h2o_multithread_receiver_t arrivals; /* connections accepted by the first loop */
    h2o_multithread_receiver_t wakes;    /* without content: the server's phase has changed */
    calx__scheduler *scheduler;
    calx__phase phase;   /* the one this loop has entered */
    _Atomic size_t load; /* its connections, for the choice of a loop */
    h2o_linklist_t connections;
    h2o_linklist_t receiving; /* those of which much has arrived in this turn */
    h2o_timeout_t sweep;
    h2o_timeout_entry_t sweep_entry;
    calx__exchange *spare; /* finished exchanges, kept for the next requests */
    size_t spare_count;
    calx__exchange *waiting_first; /* for a fiber */
    calx__exchange *waiting_last;

    h2o_timeout_t rearm; /* on the first loop only */
};

/* The body of a loop's thread; the argument is the loop, whose server is set. */
void *calx__loop_main(void *loop);

/* Makes the loop look at the server's phase, from any thread. */
void calx__loop_wake(calx__loop *loop);

/* ---- listener.c ---- */

/* Binds and listens; fd and port of the listener are set. CALX_ERROR_CONFIG. */
int calx__listener_bind(calx__listener *listener, const char *host, int port, calx_error *err);

/* Those of the server, on its first loop. */
void calx__listeners_open(calx__loop *loop);

/* Accepts again if that was paused for the limit and there is room now. */
void calx__listeners_update(calx__loop *loop);

void calx__listeners_close(calx__loop *loop);

/* ---- tls.c ---- */

/* The server's present one with a reference for the caller, or NULL. */
SSL_CTX *calx__tls_take(calx_http_server *server);

void calx__tls_finish(calx_http_server *server);

/* ---- connection.c ---- */

struct calx__connection {
    h2o_multithread_message_t message; /* on its way to its loop */
    h2o_linklist_t link;
    calx__loop *loop;
    calx__listener *listener; /* where it was accepted */
    SSL_CTX *tls;             /* a reference; NULL: it is not encrypted */
    h2o_socket_t *socket;
    h2o_linklist_t exchanges; /* of its requests, and of handlers whose request was reset; over
                                 HTTP/1 there is one at most */
    bool http2;               /* so its requests were */
    int64_t asked_us;         /* when it last had a request, where that may be HTTP/2 */
    size_t running;           /* handlers among them */
    size_t answered;          /* requests that have ended with their answer … */
    size_t reset;             /* … or before the client had it */
    size_t arrived;           /* bytes of TLS, but for bodies that are whole */
    size_t unseen;            /* of these, since somebody looked */
    h2o_linklist_t receiving; /* on the loop's list, if somebody should */
    bool over;                /* it is being cut, and gets no handlers any more */
    int fd;                   /* before it is opened; then -1 */
    int linger_fd;            /* see calx__connection_linger; -1: none */
    bool lingering;
    uint64_t acknowledged; /* bytes the client had taken when progress was last seen */
    int64_t progress_us;   /* when; 0: nothing is being sent */
    char remote[INET6_ADDRSTRLEN];
};

/* Takes an accepted socket, which the listener has counted already, to the least loaded loop. */
void calx__connection_accept(calx__listener *listener, int fd, const struct sockaddr *address);

/* Answers 503 to whoever is there, whatever he asks; on the first loop. */
void calx__connection_refuse(calx__listener *listener, int fd);

/* On its loop: h2o takes over. */
void calx__connection_open(calx__connection *connection);

calx__connection *calx__connection_of(h2o_req_t *req);

/*
 * May a handler begin for one more of its requests? Over HTTP/2 a client can reset a stream and
 * open another one while the handler of the first still runs (CVE-2023-44487), or make h2o reset it
 * (CVE-2025-8671): then the connection is cut.
 */
bool calx__connection_admits(calx__connection *connection);

/* h2o sees its end in the loop's next turn. */
void calx__connection_cut(calx__connection *connection);

/*
 * To be called before an answer that is sent while the client may still be sending: when h2o closes
 * the socket, it stays half-open for a moment and swallows the rest, for a reset would destroy the
 * answer before the client has read it.
 */
void calx__connection_linger(calx__connection *connection);

/* Cuts the connections whose client takes nothing, and what the loop's phase does not want. */
void calx__connections_sweep(calx__loop *loop);

/* ---- bodies.c ---- */

/* Connections of this context are cut when bodies that arrive on them, over HTTP/2, take more than
 * CALX_HTTP2_BODIES_MAX allows. */
void calx__bodies_watch(SSL_CTX *context);

/* At the end of a turn, when h2o has understood what arrived. */
void calx__bodies_look(calx__loop *loop);

/* One of so many bytes is whole. */
void calx__bodies_arrived(calx__connection *connection, size_t length);

/* ---- exchange.c ---- */

/* An answer of this size is not counted, for connections_max bounds them all; and its memory is
 * kept for the next request. */
#define CALX__SMALL_ANSWER_MAX ((size_t)64 * 1024)

struct calx__exchange {
    calx_http_exchange public_;
    calx_arena arena;
    calx__loop *loop;
    calx__connection *connection; /* NULL: it is gone */
    h2o_req_t *req;               /* NULL: the client is gone */
    calx__exchange *next;         /* of those that wait, or of the spare ones */
    h2o_linklist_t link;          /* of its connection's */
    h2o_generator_t generator;
    h2o_buffer_t
        *request_input;   /* h2o's of the socket, while ahead.c has put another in its place */
    h2o_buffer_t *ahead;  /* what was read into that, behind the request; or NULL */
    uint64_t taken;       /* of the answer, when progress was last seen over HTTP/2 … */
    int64_t progress_us;  /* … and when that was; 0: not yet */
    size_t offset;        /* of the answer, what was given to h2o */
    size_t counted;       /* bytes of the answer that are part of the server's answer_bytes */
    bool running;         /* a fiber has it, or it waits for one */
    bool answering;       /* the answer is ours, not one that h2o makes */
    bool headers_strange; /* a folded line, or a Host that is none: there is no reading that
                             everybody agrees on */
};

/* Copies the request; never NULL. The exchange ends (is logged, and used again) with the h2o
 * request or with the handler, whichever is later. */
calx__exchange *calx__exchange_begin(calx__connection *connection, h2o_req_t *req);

/* That of a request, or NULL. */
calx__exchange *calx__exchange_of(const calx__connection *connection, const h2o_req_t *req);

/* A handler, or the queue for one, has it from now on, or not any more. */
void calx__exchange_set_running(calx__exchange *exchange, bool running);

/* Lets admit fill an answer for this status; 503 gets its Retry-After. */
void calx__exchange_fill_error(calx__exchange *exchange, int status);

/* Fills and sends it. */
void calx__exchange_refuse(calx__exchange *exchange, int status);

/* Logs it, and keeps its memory for the next one: neither the client nor a handler has it. */
void calx__exchange_end(calx__exchange *exchange);

/* Frees the spare ones. */
void calx__exchanges_free(calx__loop *loop);

/* ---- answer.c ---- */

/* Sends what the public part holds; the request must be there. */
void calx__answer_send(calx__exchange *exchange);

/* Takes the answer out of the server's count. */
void calx__answer_release(calx__exchange *exchange);

/* Status, reason, content-length and headers for h2o. False if this answer has no body. */
bool calx__answer_head(calx__exchange *exchange);

/* Adds a header unless the answer has one of that name, or a line break hides in it. */
void calx__answer_header_default(h2o_req_t *req, calx_http_header header);

/* ---- ahead.c ---- */

/* Between them the client may send more, which is kept: begin when a handler has the exchange, end
 * before it is answered. No effect over HTTP/2, and of end where there was no begin. */
void calx__ahead_begin(calx__exchange *exchange);
void calx__ahead_end(calx__exchange *exchange);

/* When nobody needs the bytes of the request any more: those behind it are h2o's now. */
void calx__ahead_hand_over(calx__exchange *exchange);

/* ---- handling.c ---- */

/* Runs the framework's handler on a fiber, now or when one is free; 503 when too many wait. */
void calx__handling_begin(calx__exchange *exchange);

/* The client of one that runs, or waits for a fiber, has gone: its waits are cancelled, but for
 * that of a COMMIT. May be called again and again until it has ended. */
void calx__handling_abandon(calx__exchange *exchange);

/* Refuses what waits and cancels what runs. */
void calx__handling_cancel(calx__loop *loop);

/* ---- routes.c, mounts.c, errors.c ---- */

/* Paths, handlers and filters of the configuration. */
void calx__routes_register(calx_http_server *server);

void calx__mounts_register(const calx_http_options *options, h2o_hostconf_t *host);

/* The output filter of a path: common headers, those of files, and h2o's own errors in the
 * framework's words. */
void calx__filter_register(calx_http_server *server, h2o_pathconf_t *path);

#endif
