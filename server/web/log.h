/*
 * log.h: the log: lines of text, or of JSON, to stderr or a file. Private to the server.
 */
#ifndef CALX_SERVER_WEB_LOG_H
#define CALX_SERVER_WEB_LOG_H

#include "server/http/http.h"

/*
 * Writes to this file from now on (NULL: to stderr), as text or as JSON lines. Called again it
 * opens the file anew, so that a program may have renamed it. CALX_ERROR_CONFIG: it cannot be
 * opened, and all stays as it was. Not for two threads at once; others may log meanwhile.
 */
int calx__log_open(const char *file, bool json, calx_error *err);

/* One line of text; thread-safe. */
void calx__log(const char *format, ...) CALX_PRINTF(1, 2);

/* The same, with the request's id. */
void calx__log_request(calx_http_exchange *exchange, const char *format, ...) CALX_PRINTF(2, 3);

/* The line of a request that has ended. */
void calx__log_access(const calx_http_exchange *exchange);

/* From now on this thread's lines are gathered, and written by each call of this. */
void calx__log_turn(void *context);

/* ---- For the files of the log ---- */

typedef struct calx__log_field {
    const char *name;
    calx_text text; /* data NULL: the field is left out */
    bool number;    /* text is one already */
} calx__log_field;

bool calx__log_is_json(void);

/* The time, and this text behind it, which has no control characters. */
void calx__log_text_line(calx_text text);

/* One object: the time, and these fields. */
void calx__log_json_line(const calx__log_field *fields, size_t count);

/* ---- Whom a line is about (trace.c) ---- */

#define CALX_REQUEST_ID_MAX 64

/*
 * The request's id: what a proxy has given it (X-Request-Id: letters, digits and -_.:+/=, at most
 * CALX_REQUEST_ID_MAX), or one made here at the first call. Lives as long as the exchange.
 */
calx_text calx__request_id(calx_http_exchange *exchange);

/* Sends back the id that the client gave, or that a line of the log has. */
void calx__request_answer_id(calx_http_exchange *exchange);

/* Is it all of 0 to 9 and a to f? */
bool calx__is_lower_hex(calx_text text);

/* The trace-id of a traceparent header, 32 hexadecimal digits; data NULL without one. Source: W3C
 * Trace Context, section 3.2. */
calx_text calx__request_trace(const calx_http_exchange *exchange);

#endif
