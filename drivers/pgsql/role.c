/* role.c: what part a server plays: a primary, and of which timeline, or a standby. */
#include "pgsql.h"

#include <stdlib.h>
#include <string.h>

/* A promotion begins a new timeline, whose number is the first part of the name of what it writes.
 */
#define ROLE_SQL                                                                                   \
    "SELECT pg_is_in_recovery()::int,"                                                             \
    " CASE WHEN NOT pg_is_in_recovery()"                                                           \
    " THEN substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END"

calx__pgsql_role calx__pgsql_role_of(const calx_url *url)
{
    const char *wanted = calx_url_parameter_get(url, "target_session_attrs", 0);

    if (wanted && (strcmp(wanted, "read-write") == 0 || strcmp(wanted, "primary") == 0))
        return CALX__PGSQL_PRIMARY;
    if (wanted && strcmp(wanted, "prefer-standby") == 0)
        return CALX__PGSQL_STANDBY_FIRST;
    return CALX__PGSQL_ANY;
}

/* Several standbys can be promoted, and an old primary can come back: what it acknowledges now
 * would be lost. The highest timeline is the one that goes on. */
static int keep_timeline(calx__pgsql_connection *connection, uint32_t timeline, calx_error *err)
{
    calx__pgsql_database *database = calx__pgsql_database_under(connection);

    pthread_mutex_lock(&database->mutex);
    if (timeline > database->timeline)
        database->timeline = timeline;
    uint32_t highest = database->timeline;
    pthread_mutex_unlock(&database->mutex);
    connection->timeline = timeline;
    if (timeline >= highest)
        return 0;
    return calx_error_set(err, CALX_ERROR_UNREACHABLE,
                          "a primary of timeline %u, and %u was seen before", timeline, highest);
}

static int judge(calx__pgsql_connection *connection, const PGresult *result, calx__pgsql_role role,
                 calx_error *err)
{
    bool standby = strcmp(PQgetvalue(result, 0, 0), "1") == 0;

    if (role == CALX__PGSQL_STANDBY_FIRST)
        return standby ? 0 : calx_error_set(err, CALX_ERROR_UNREACHABLE, "not a standby");
    if (standby)
        return calx_error_set(err, CALX_ERROR_UNREACHABLE, "the server is in recovery");
    unsigned long timeline = strtoul(PQgetvalue(result, 0, 1), NULL, 16);
    return keep_timeline(connection, (uint32_t)timeline, err);
}

int calx__pgsql_role_check(calx__pgsql_connection *connection, calx__pgsql_role role,
                           int64_t deadline_us, calx_error *err)
{
    PGresult *result = NULL;
    calx_error failure = {0};

    if (role == CALX__PGSQL_ANY)
        return 0;
    int code = calx__pgsql_exchange(connection, PQsendQuery(connection->handle, ROLE_SQL),
                                    deadline_us, &result, &failure);
    /* What is PostgreSQL by its protocol only has no timelines; libpq has asked whether it can be
     * written to. */
    if (code == CALX_ERROR_UNDEFINED || code == CALX_ERROR_UNSUPPORTED)
        return 0;
    if (code == 0)
        code = judge(connection, result, role, &failure);
    PQclear(result);
    if (code && calx__pgsql_error_is_open(err))
        *err = failure;
    return code;
}

bool calx__pgsql_is_current(const calx__pgsql_connection *connection)
{
    calx__pgsql_database *database = calx__pgsql_database_under(connection);

    if (!calx_hosts_is_current(database->hosts, connection->host))
        return false;
    if (connection->timeline == 0)
        return true;
    pthread_mutex_lock(&database->mutex);
    bool current = connection->timeline >= database->timeline;
    pthread_mutex_unlock(&database->mutex);
    return current;
}
