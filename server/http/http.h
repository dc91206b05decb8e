/*
 * http.h: the door between the web framework and h2o. One event loop per thread; what may wait for
 * a database runs in a fiber on the loop's thread, which goes on meanwhile. Nothing above this
 * header knows of h2o, fibers, threads or sockets.
 */
#ifndef CALX_SERVER_HTTP_H
#define CALX_SERVER_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <calx/buffer.h>
#include <calx/error.h>
#include <calx/value.h>

typedef struct calx_http_header {
    calx_text name; /* lower case in requests */
    calx_text value;
} calx_http_header;

#define CALX_HTTP_ANSWER_HEADERS_MAX 32

/* The memory of all answers together, for answers_bytes_max. */
#define CALX_HTTP_ANSWERS_BYTES_MAX ((size_t)256 * 1024 * 1024)

/* The memory of bodies that arrive on one HTTP/2 connection: so many times body_max. Who sends more
 * at the same time is cut. */
#define CALX_HTTP2_BODIES_MAX 8

/*
 * One request and its answer. The request's fields are copies that live as long as the exchange, so
 * a handler may read them while the client has gone. Memory for the answer comes from the arena.
 */
typedef struct calx_http_exchange {
    calx_arena *arena;

    calx_text method;    /* as sent: "GET" */
    calx_text scheme;    /* "http" or "https" */
    calx_text authority; /* the Host header: "127.0.0.1:8000"; may be empty */
    calx_text path;  /* percent-decoded, dot segments resolved, without the query; begins with '/';
                        may hold any byte, NUL too */
    calx_text query; /* what stands behind the '?', not decoded; empty when there is none */
    const calx_http_header *headers; /* as sent, but for Host, Content-Length, Transfer-Encoding,
                                        Expect and Upgrade, which are dealt with here */
    size_t header_count;
    calx_text body;      /* whole; data is never NULL */
    calx_text remote;    /* the peer's address as text, without port */
    int64_t deadline_us; /* the answer must have been given by then (CLOCK_MONOTONIC) */
    int64_t started_us;  /* when the request's head was complete */

    bool abandoned; /* the client has gone while the handler ran, which was cancelled */

    int status; /* 200 unless set */
    calx_http_header
        answer_headers[CALX_HTTP_ANSWER_HEADERS_MAX]; /* content-length is added by http/ */
    size_t answer_header_count;
    calx_buffer answer; /* the body; HEAD: its length is announced, its bytes are not sent */
    calx__lent lent;    /* a part of it that is not copied there; http/ releases it */
    size_t answer_sent; /* for the log: bytes of the body that went out */

    calx_text id; /* the framework's name for the request in the log; data NULL until it has one */
    bool operations; /* it came in at operations_host */
    void *user;      /* the framework's, from admit to log */
} calx_http_exchange;

typedef enum calx_http_verdict {
    CALX_HTTP_ANSWERED, /* admit has filled the answer: it is sent from the loop */
    CALX_HTTP_RUN,      /* run is called in a fiber; its answer is sent when it returns */
} calx_http_verdict;

/* The framework's side. */
typedef struct calx_http_handler {
    void *context;
    /* On the loop thread, must not wait: routing, 404, 405, 413, 415, OPTIONS. Also called for
       requests that http/ itself refuses (status is not 200 then: 400, 413, 503 …): it only fills
       the body, and its verdict is ignored. That may be the second call for an exchange: when the
       first said RUN and the queue is full (503, Retry-After is added by http/), when the server
       stops before it ran (503), when its answer ran out of memory (500), or when it is beyond
       answers_bytes_max (503 for GET and HEAD; 500 for methods that must not be tried again, for
       they have run). */
    calx_http_verdict (*admit)(void *context, calx_http_exchange *exchange);
    /* In a fiber on the loop thread, with CALX__FIBER_STACK_BYTES of stack: may wait, through the
     * waiter only (calx_offload for what blocks). Cancelled when the server stops waiting for it.
     */
    void (*run)(void *context, calx_http_exchange *exchange);
    /* On the loop thread after the answer went out, or the client was gone. Must not wait. Also
     * called for files of mounts. */
    void (*log)(void *context, const calx_http_exchange *exchange);
    /* On the loop thread at the end of each of its turns, before it waits. May be NULL.
     */
    void (*turn)(void *context);
    /* At SIGHUP, on the thread of calx__http_run. May be NULL. */
    void (*hang_up)(void *context);
} calx_http_handler;

/* Files served by the loop: type by suffix, ETag and 304, HEAD, ranges; NUL, traversal and dot
 * files are refused with 404 as JSON by admit. */
typedef struct calx_http_mount {
    const char *prefix; /* "/static/" for a folder, "/static/lib/jquery.js" for one file; first
                           match wins */
    const char *path;   /* absolute */
} calx_http_mount;

typedef struct calx_http_options {
    const char *host;            /* name or address, "0.0.0.0" and "::" for all */
    int port;                    /* 0: any free port */
    const char *operations_host; /* a second address, for those who run the server; NULL: none */
    int operations_port;
    int threads;                 /* event loops */
    int fibers;                  /* handlers that run or wait at the same time, in each loop */
    int workers;                 /* threads for calls that block (calx_offload) */
    size_t body_max;             /* bytes; beyond it 413 */
    size_t connections_max;      /* beyond it 503 with Retry-After at once */
    bool http2;                  /* spoken to who asks for it by TLS (ALPN) */
    size_t http2_handlers_max;   /* of one connection; at least 1 */
    size_t requests_waiting_max; /* accepted for run and not yet begun; beyond it 503 with
                                    Retry-After at once */
    size_t gzip_min_size;        /* bytes of an answer that is worth compressing; 0: none is */
    size_t answers_bytes_max;    /* kept for clients that have not taken them yet, all together */
    int request_timeout_ms;      /* head and body, and idle keep-alive */
    int answer_timeout_ms;       /* deadline_us of an exchange, counted from its head */
    int write_timeout_ms;        /* a client that takes no byte for so long is cut */
    int shutdown_timeout_ms;     /* begun requests get so long to finish */
    const calx_http_mount *mounts;
    size_t mount_count;
    const char *mount_cache_control;
    const calx_http_header *common_headers; /* on every answer, also of mounts and of errors */
    size_t common_header_count;
} calx_http_options;

typedef struct calx_http_server calx_http_server;

/*
 * Binds and listens. options and handler are copied, what they point to must outlive the server.
 * CALX_ERROR_CONFIG: the address cannot be used ("port 8000 of 127.0.0.1 is in use"); for the one
 * of operations_host the message begins with CALX_HTTP_OPERATIONS_PREFIX.
 */
#define CALX_HTTP_OPERATIONS_PREFIX "operations"
int calx__http_create(const calx_http_options *options, const calx_http_handler *handler,
                      calx_http_server **out, calx_error *err);

/* The port that is listened on, and the one of operations_host. */
int calx__http_port(const calx_http_server *server);
int calx__http_operations_port(const calx_http_server *server);

/* How much is going on, at any moment while the server runs. */
typedef struct calx_http_load {
    size_t connections;
    size_t running; /* handlers that have begun */
    size_t waiting; /* requests that wait for a fiber */
} calx_http_load;
calx_http_load calx__http_load(const calx_http_server *server);

/*
 * Serves HTTPS (TLS 1.2 and 1.3) to connections that come from now on, at host and not at
 * operations_host: the certificate with its chain and its key, PEM files. Before calx__http_run,
 * and again while it runs. CALX_ERROR_CONFIG: a file cannot be read or does not fit, the message
 * begins with its name, and all stays as it was.
 */
int calx__http_certify(calx_http_server *server, const char *certificate, const char *key,
                       calx_error *err);

/* Blocks SIGINT, SIGTERM and SIGHUP, ignores SIGPIPE for the process; call before any other thread
 * exists. */
void calx__http_block_signals(void);

/*
 * Serves until SIGTERM or SIGINT; then closes the listeners, lets begun requests finish, closes
 * idle connections, and returns 0. A second signal ends the waiting.
 */
int calx__http_run(calx_http_server *server, calx_error *err);

/* Accepts NULL. */
void calx__http_destroy(calx_http_server *server);

/* "Not Found"; "Other" for a status that this server does not know. Static. */
const char *calx__http_reason(int status);

/* The value of a request header, lower-case name; data NULL if absent. */
calx_text calx__http_header(const calx_http_exchange *exchange, const char *name);

/* GET and HEAD: it changes nothing, and may be asked again. */
bool calx__http_is_read(const calx_http_exchange *exchange);

/* Drops the body. */
void calx__http_answer_clear(calx_http_exchange *exchange);

/* Adds a header to the answer; both strings must live as long as the exchange (static, or from its
 * arena). */
void calx__http_answer_header(calx_http_exchange *exchange, const char *name, const char *value);

#endif
