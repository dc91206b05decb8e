/* url.h: what a URL says beyond what every driver understands: its query keys, and its servers.
 * Private to drivers/pgsql. */
#ifndef CALX_PGSQL_URL_H
#define CALX_PGSQL_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <calx/driver.h>

#define CALX__PGSQL_TARGETS_MAX 32

/* One server to try; NULL leaves it to libpq. */
typedef struct calx__pgsql_target {
    const char *host;
    const char *port;
} calx__pgsql_target;

typedef struct calx__pgsql_targets {
    calx__pgsql_target items[CALX__PGSQL_TARGETS_MAX];
    size_t count; /* at least one */
    char *text;   /* what the items point into */
} calx__pgsql_targets;

/* The query keys that are the driver's own: nothing for libpq. */
bool calx__pgsql_is_own_key(const char *name);

/* True if the query key is libpq's or our own. *reason as in calx_opener.parameter_known. */
bool calx__pgsql_parameter_known(const calx_opener *opener, const char *name, const char *value,
                                 const char **reason);

/* Checks the query of a URL for an opener: CALX_ERROR_URL names the key, never a value. */
int calx__pgsql_url_check(const calx_opener *opener, const calx_url *url, calx_error *err);

/* The query key connect_timeout as milliseconds; -1 if it is absent or means "for ever". */
int64_t calx__pgsql_url_connect_timeout_ms(const calx_url *url);

/* Lists the servers of a URL, in its order. Finish in any case. */
int calx__pgsql_targets_init(calx__pgsql_targets *targets, const calx_url *url, calx_error *err);
void calx__pgsql_targets_finish(calx__pgsql_targets *targets);

#endif
