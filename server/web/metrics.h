/*
 * metrics.h: what is counted while a server runs, in Prometheus' text form. Private to the server.
 * Each thread counts for itself, in memory of its own; a reader adds them up.
 */
#ifndef CALX_SERVER_WEB_METRICS_H
#define CALX_SERVER_WEB_METRICS_H

#include <calx/engine.h>

#include "server/web/router.h"

typedef struct calx__metrics calx__metrics;

/* The router is lent, and complete. NULL when out of memory. */
calx__metrics *calx__metrics_create(const calx_router *router);
/* Accepts NULL. Nobody counts any more. */
void calx__metrics_destroy(calx__metrics *metrics);

/* A request has ended; route is the router's, or NULL for files, refusals and unknown paths. */
void calx__metrics_request(calx__metrics *metrics, const calx_route *route, int status,
                           int64_t duration_us);

/* An engine's event; the context is the metrics. */
void calx__metrics_event(void *context, const calx_event *event);

/* Appends everything that was counted, exposition format 0.0.4. Source: Prometheus, "Exposition
 * formats". */
void calx__metrics_write(calx__metrics *metrics, calx_buffer *out);

/* One value that is not counted here: "# TYPE name type", and its line. */
void calx__metrics_write_value(calx_buffer *out, const char *name, const char *type,
                               const char *help, double value);

#endif
