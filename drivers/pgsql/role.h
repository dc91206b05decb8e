/* role.h: what a server has to be, and whether a connection still leads to the right one. Private
 * to drivers/pgsql. */
#ifndef CALX_PGSQL_ROLE_H
#define CALX_PGSQL_ROLE_H

#include <stdbool.h>
#include <stdint.h>

#include <calx/hosts.h>

struct calx__pgsql_connection;

typedef enum calx__pgsql_role {
    CALX__PGSQL_ANY,
    CALX__PGSQL_PRIMARY,
    CALX__PGSQL_STANDBY_FIRST,
} calx__pgsql_role;

/* As its target_session_attrs says. */
calx__pgsql_role calx__pgsql_role_of(const calx_url *url);

/* Asks what the server is, where the role wants to know: CALX_ERROR_UNREACHABLE if it is not that,
 * or a primary of an older timeline than was seen before. */
int calx__pgsql_role_check(struct calx__pgsql_connection *connection, calx__pgsql_role role,
                           int64_t deadline_us, calx_error *err);

/* True while neither another server nor a newer timeline was seen since it was opened. */
bool calx__pgsql_is_current(const struct calx__pgsql_connection *connection);

#endif
