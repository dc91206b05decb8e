/*
 * idempotency.h: Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): a POST or PATCH that
 * is sent again gets the answer that it got. Key and answer are a row of the transaction in which
 * the handler works, so the database decides, whatever process is asked. Private to the server.
 */
#ifndef CALX_SERVER_WEB_IDEMPOTENCY_H
#define CALX_SERVER_WEB_IDEMPOTENCY_H

#include <calx/server.h>

#define CALX_IDEMPOTENCY_KEY_MAX 255              /* characters */
#define CALX_IDEMPOTENCY_ROUTE_MAX 500            /* characters of method and pattern */
#define CALX_IDEMPOTENCY_ANSWER_MAX (1024 * 1024) /* bytes of a body that is kept */

/* Rows that have expired go a few at a time: of so many answers that are kept, one takes as many of
 * them along as this. */
#define CALX_IDEMPOTENCY_SWEEP_EVERY 64
#define CALX_IDEMPOTENCY_SWEEP_ROWS 256

/* Of one request. */
typedef struct calx__idempotency {
    calx_text key; /* data NULL: it has none, or the application keeps no answers */
    calx_text route;
    calx_text fingerprint;
    void *row;
    bool taken; /* another request has the key: its answer is there, or will be */
} calx__idempotency;

/* Adds the table of the answers to the application's, if the configuration asks for them. */
void calx__idempotency_configure(calx_app *app);

/*
 * In the request's session, before the handler: gives the answer that is kept, or takes the key and
 * holds the session. False: the handler must not run, for the request is answered, has failed, or
 * is to begin again (taken).
 */
bool calx__idempotency_begin(calx_request *request);

/* Behind the handler: keeps its answer and commits both. */
void calx__idempotency_end(calx_request *request);

/* Is a failure an answer that is kept? One that is the client's, but for those that ask him to try
 * again. */
bool calx__idempotency_keeps(const calx_request *request);

/* Keeps it, in a session that is empty. */
void calx__idempotency_keep(calx_request *request);

/* Behind a request that was answered: removes a few rows that have expired, now and then. */
void calx__idempotency_sweep(calx_request *request);

/* ---- idempotency_key.c ---- */

/*
 * Reads the request's key into key, route and fingerprint; the key stays NULL where none counts.
 * Two of them, or one that is none, fail the request with 400.
 */
void calx__idempotency_read(calx_request *request);

#endif
