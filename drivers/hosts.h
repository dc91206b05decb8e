/*
 * hosts.h: the servers that a database URL names, and which of them is opened next. For drivers:
 * an opener is given the URL of one server, and the statement engine tries one after the other.
 */
#ifndef CALX_HOSTS_H
#define CALX_HOSTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <calx/api.h>
#include <calx/error.h>
#include <calx/url.h>

#define CALX_HOSTS_MAX 32

/* Used by any number of threads. */
typedef struct calx_hosts calx_hosts;

/*
 * Reads the servers of a URL. Those of its query count, else the one before its path: the key
 * `host` ("name", "name:port", "[IPv6]", "[IPv6]:port", the folder of a socket), repeated or with
 * commas, and the key `port`, one for all or as many as hosts. A URL that has the query key `whole`
 * (may be NULL) names its servers in a way of the opener's own and counts as one, with what it says
 * of hosts and ports in one value each. *out is destroyed by the caller; nothing of the URL is
 * kept. CALX_ERROR_URL names the key, never a value.
 */
CALX_API int calx_hosts_create(const calx_url *url, const char *whole, calx_hosts **out,
                               calx_error *err);

/* Accepts NULL. */
CALX_API void calx_hosts_destroy(calx_hosts *hosts);

/* How many there are, one at least. */
CALX_API size_t calx_hosts_count(const calx_hosts *hosts);

/* The URL of one server, lent for the life of hosts: its query has neither host nor port. */
CALX_API const calx_url *calx_hosts_url(const calx_hosts *hosts, size_t index);

/* Opens a server and finds out whether it is one to be used: CALX_ERROR_UNREACHABLE and
 * CALX_ERROR_TIMEOUT leave the turn to the next one. */
typedef int calx_hosts_attempt(void *context, size_t index, int64_t deadline_us, calx_error *err);

/*
 * Tries the servers until one opens, in the order of the URL; those that did not open or were left
 * come behind the others, the last of them last. Each has an equal share of the time that is left
 * then, so that one that is frozen leaves the others theirs. The error is that of the last one
 * tried; CALX_ERROR_TIMEOUT only when the deadline itself has passed.
 */
CALX_API int calx_hosts_try(calx_hosts *hosts, calx_hosts_attempt *attempt, void *context,
                            int64_t deadline_us, calx_error *err);

/* A connection to this server was lost, or has told that another is to be used. */
CALX_API void calx_hosts_leave(calx_hosts *hosts, size_t index);

/* True while no other server was opened since this one: connections to all others are to be given
 * up, so that those of an engine lead to one server. */
CALX_API bool calx_hosts_is_current(calx_hosts *hosts, size_t index);

/* The deadline of a question that tells whether one server is alive: it leaves time for others. */
CALX_API int64_t calx_hosts_share(const calx_hosts *hosts, int64_t deadline_us);

#endif
