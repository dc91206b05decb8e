/*
 * request.h: the inside of a request: what a handler sees, on top of http's exchange. Private to
 * the server.
 */
#ifndef CALX_SERVER_WEB_REQUEST_H
#define CALX_SERVER_WEB_REQUEST_H

#include "server/web/app.h"
#include "server/web/idempotency.h"

struct calx_request {
    calx_app *app;
    calx_http_exchange *exchange;
    calx_route_match match;
    calx_session *session; /* while the handler runs */
    const char *origin;    /* made when it is asked for */
    calx__idempotency idempotency;
    bool begun; /* the handler has run, or runs */
    bool replied;
    bool replica_failed; /* it is run on the database itself */
    int failed_status;   /* 0, or what calx_request_fail was called with */
    char message[CALX_ERROR_MESSAGE_MAX];
    calx_error error; /* of what is no session: tables, templates, memory */
};

/* Has the request failed, by itself or by its session? */
bool calx__request_failed(const calx_request *request);

/* Runs the handler of a request that was routed, and fills the answer (scope.c). */
void calx__request_run(void *context, calx_http_exchange *exchange);

/* Routing, on the loop (dispatch.c). */
calx_http_verdict calx__request_admit(void *context, calx_http_exchange *exchange);
void calx__request_log(void *context, const calx_http_exchange *exchange);

/* Fills the answer with {"error": …, "message": …} and the headers that belong to the status
 * (failure.c). */
void calx__answer_failure(calx_http_exchange *exchange, int status, const char *message);

/* The same for a failure of the request or its session; what strangers should not read goes to the
 * log. */
void calx__request_answer_failure(calx_request *request);

/* The version of an object's row as an entity tag, where its model has one (version.c). */
void calx__request_answer_version(calx_request *request, const void *object);

/* 412 if the client asks for another version than the object has. */
void calx__request_check_version(calx_request *request, const void *object);

/* Does the client ask for a version? */
bool calx__request_has_condition(const calx_request *request);

/* ---- For those who run the server (operations.c) ---- */

/* May this request ask for health and metrics? Where they have an address of their own, there
 * only. */
bool calx__operations_here(const calx_app *app, const calx_http_exchange *exchange);

/* Answers what needs no handler: /health/live and /metrics. False: it is something else. */
bool calx__operations_answer(const calx_app *app, calx_http_exchange *exchange);

/* The route of /health/ready, or NULL. */
const calx_route *calx__operations_route(const calx_http_exchange *exchange);

/* All templates of a folder, parsed (templates.c). */
struct calx_templates;
int calx__templates_load(const char *folder, struct calx_templates **out, calx_error *err);
void calx__templates_destroy(struct calx_templates *templates);
const struct calx_template *calx__templates_find(const struct calx_templates *templates,
                                                 const char *name);

/* Creates the tables unless that is known to be done; any number of threads. */
int calx__app_tables(calx_app *app, int64_t deadline_us, calx_error *err);
/* They are looked at again by the next request: one was missing. */
void calx__app_tables_forget(calx_app *app);

#endif
