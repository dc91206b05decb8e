/*
 * router.h: from method and path to a handler. Private to the server.
 */
#ifndef CALX_SERVER_WEB_ROUTER_H
#define CALX_SERVER_WEB_ROUTER_H

#include <calx/server.h>

#define CALX_ROUTE_PARAMETERS_MAX 8
#define CALX_ROUTE_METHODS_MAX 8

typedef struct calx_router calx_router;

typedef struct calx_route {
    const char *methods; /* "PUT PATCH" */
    const char *pattern;
    calx_handler *handler;
    bool repeatable; /* it may run again for the same request */
    bool on_replica; /* it reads, and what is a little old will do */
} calx_route;

typedef struct calx_route_match {
    const calx_route *route; /* NULL: none */
    const char *names[CALX_ROUTE_PARAMETERS_MAX];
    size_t name_lengths[CALX_ROUTE_PARAMETERS_MAX];
    int64_t values[CALX_ROUTE_PARAMETERS_MAX];
    size_t count;
    bool path_known; /* some method answers on this path */
} calx_route_match;

/* NULL when out of memory. */
calx_router *calx__router_create(void);
void calx__router_destroy(calx_router *router);

/* The strings must outlive the router. CALX_ERROR_CONFIG: a bad pattern or method, or two routes
 * that say the same. */
int calx__router_add(calx_router *router, const calx_route *route, calx_error *err);

/* HEAD matches a route of GET. `<int:…>` matches ASCII digits that fit an int64, without a sign;
 * leading zeros are allowed. */
calx_route_match calx__router_match(const calx_router *router, calx_text method, calx_text path);

/* Appends "GET, HEAD, OPTIONS, …": what a path that is known answers. */
void calx__router_allow(const calx_router *router, calx_text path, calx_buffer *out);

/* All routes in the order of their adding; index from 0, NULL at the end. */
const calx_route *calx__router_at(const calx_router *router, size_t index);

#endif
