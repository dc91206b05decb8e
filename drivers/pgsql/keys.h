/* keys.h: what the values of libpq's keywords may be. */
#ifndef CALX_PGSQL_KEYS_H
#define CALX_PGSQL_KEYS_H

#include <stdbool.h>

/* What the value of a query key should be, as a static sentence; NULL if it can be what it is, or
 * if the key is not one with a form of its own. Asks neither libpq nor a server. */
const char *calx__pgsql_value_problem(const char *name, const char *value);

/* True if the text is a number from 1 to 65535. */
bool calx__pgsql_is_port(const char *text);

/* True if libpq refused what it was asked for before it asked a server: trying again is no use. */
bool calx__pgsql_is_bad_option(const char *message);

#endif
