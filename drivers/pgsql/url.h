/* url.h: what a URL says beyond what every driver understands: its query keys. Private to
 * drivers/pgsql. */
#ifndef CALX_PGSQL_URL_H
#define CALX_PGSQL_URL_H

#include <stdbool.h>
#include <stdint.h>

#include <calx/driver.h>

/* The query keys that are the driver's own: nothing for libpq. */
bool calx__pgsql_is_own_key(const char *name);

/* True if the query key is libpq's or our own. *reason as in calx_opener.parameter_known. */
bool calx__pgsql_parameter_known(const calx_opener *opener, const char *name, const char *value,
                                 const char **reason);

/* Checks the query of a URL for an opener: CALX_ERROR_URL names the key, never a value. */
int calx__pgsql_url_check(const calx_opener *opener, const calx_url *url, calx_error *err);

/* The query key connect_timeout as milliseconds; -1 if it is absent or means "for ever". */
int64_t calx__pgsql_url_connect_timeout_ms(const calx_url *url);

/* ---- opener.c ---- */

int calx__pgsql_open(const calx_opener *opener, const calx_url *url, int64_t deadline_us,
                     calx_native *out, calx_error *err);
void calx__pgsql_close(const calx_opener *opener, calx_native *native);

#endif
