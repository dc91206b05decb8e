/* connection.c: opens a connection through whichever opener, pins its session state, closes it. */
#include "unnamed.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Nothing goes to stderr. A warning matters to COMMIT, a fatal message to everyone. */
static void receive_notice(void *context, const PGresult *result)
{
    calx__pgsql_connection *connection = context;
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);

    if (!severity)
        return;
    if (strcmp(severity, "WARNING") == 0)
        connection->warned = true;
    if (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0)
        snprintf(connection->doomed, sizeof connection->doomed, "%s",
                 sqlstate ? sqlstate : "57P01");
}

static void append_setting(char *sql, size_t size, const char *name, int milliseconds)
{
    size_t length = strlen(sql);

    if (milliseconds > 0)
        snprintf(sql + length, size - length, "; SET %s = %d", name, milliseconds);
}

/* What belongs to this session on this server: unnamed.c sets it where there is none. Floats and
 * bytea only matter where a result must be read as text. */
static void append_own_settings(const calx__pgsql_connection *connection,
                                const calx_database_options *options, char *sql, size_t size)
{
    strcat(sql,
           "; SET IntervalStyle = postgres; SET extra_float_digits = 3;"
           " SET bytea_output = 'hex'; SET client_min_messages = warning;"
           " SET default_transaction_isolation = 'read committed'");
    append_setting(sql, size, "statement_timeout", options->statement_timeout_ms);
    append_setting(sql, size, "lock_timeout", options->busy_timeout_ms);
    if (PQserverVersion(connection->handle) >= CALX__PGSQL_CHECK_VERSION)
        append_setting(sql, size, "client_connection_check_interval", CALX__PGSQL_CHECK_MS);
}

/* One round trip. */
static int pin_session(calx__pgsql_connection *connection, int64_t deadline_us, calx_error *err)
{
    const calx__pgsql_database *database = calx__pgsql_database_under(connection);
    char sql[512] =
        "SET TIME ZONE 'UTC'; SET client_encoding = 'UTF8';"
        " SET standard_conforming_strings = on; SET DateStyle = 'ISO, YMD'";
    PGresult *result = NULL;

    if (!database->unnamed)
        append_own_settings(connection, &database->options, sql, sizeof sql);
    int code = calx__pgsql_exchange(connection, PQsendQuery(connection->handle, sql), deadline_us,
                                    &result, err);
    PQclear(result);
    return code;
}

/* The time a connection may take to open: the URL's connect_timeout or the options', and never more
 * than the caller has. */
static int64_t open_deadline(const calx__pgsql_database *database, int64_t deadline_us)
{
    if (calx_url_parameter_get(calx_hosts_url(database->hosts, 0), "connect_timeout", 0) ||
        database->options.connect_timeout_ms <= 0)
        return deadline_us;
    int64_t limit_us = calx_deadline_in_ms(database->options.connect_timeout_ms);
    return limit_us < deadline_us ? limit_us : deadline_us;
}

/* What stops an opening is that the server is away, unless the caller himself ran out of time. */
static int as_open_error(int code, bool open, int64_t deadline_us, calx_error *err)
{
    bool away = code == CALX_ERROR_CONNECTION_LOST ||
                (code == CALX_ERROR_TIMEOUT && calx_deadline_left_ms(deadline_us) > 0);

    if (!away)
        return code;
    if (open) {
        err->code = CALX_ERROR_UNREACHABLE;
        err->retryable = true;
    }
    return CALX_ERROR_UNREACHABLE;
}

/* Through whichever opener, to the end of what has to be known and set. */
static int open_handle(calx__pgsql_connection *connection, calx__pgsql_role role,
                       int64_t deadline_us, calx_error *err)
{
    const calx__pgsql_database *database = calx__pgsql_database_under(connection);
    const calx_opener *opener = database->base.opener;
    const calx_url *url = calx_hosts_url(database->hosts, connection->host);

    int code = opener->open(opener, url, deadline_us, &connection->native, err);
    if (code)
        return code;
    connection->handle = connection->native.handle;
    PQsetNoticeReceiver(connection->handle, receive_notice, connection);
    if (PQsetnonblocking(connection->handle, 1) != 0)
        return calx__pgsql_lost(connection, err);
    code = database->unnamed ? calx__pgsql_settings_create(connection, err) : 0;
    if (code == 0)
        code = pin_session(connection, deadline_us, err);
    return code ? code : calx__pgsql_role_check(connection, role, deadline_us, err);
}

/* One of them on its way. */
struct opening {
    calx_database *database;
    calx__pgsql_role role;
    calx_connection *out;
};

static int open_one(void *context, size_t host, int64_t deadline_us, calx_error *err)
{
    struct opening *opening = context;
    calx_database *database = opening->database;

    /* A server that answers at once would never make it wait, and a passed deadline go unnoticed.
     */
    if (calx_deadline_left_ms(deadline_us) == 0)
        return calx_error_set(err, CALX_ERROR_TIMEOUT, "deadline passed before connecting");
    calx__pgsql_connection *connection = calloc(1, sizeof *connection);
    if (!connection)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "no memory for a connection");
    connection->base = (calx_connection){.driver = database->driver, .database = database};
    connection->host = host;
    int code = open_handle(connection, opening->role, deadline_us, err);
    if (code) {
        calx__pgsql_connection_close(&connection->base);
        return as_open_error(code, true, deadline_us, err);
    }
    opening->out = &connection->base;
    return 0;
}

/* A standby is looked for with half of the time. */
static int open_any(struct opening *opening, const calx__pgsql_database *database,
                    int64_t deadline_us, calx_error *err)
{
    if (database->role == CALX__PGSQL_STANDBY_FIRST && calx_hosts_count(database->hosts) > 1) {
        calx_error ignored = {0};
        int64_t half_us = calx_now_us() + (deadline_us - calx_now_us()) / 2;
        if (calx_hosts_try(database->hosts, open_one, opening, half_us, &ignored) == 0)
            return 0;
    }
    if (database->role == CALX__PGSQL_STANDBY_FIRST)
        opening->role = CALX__PGSQL_ANY;
    return calx_hosts_try(database->hosts, open_one, opening, deadline_us, err);
}

int calx__pgsql_connection_open(calx_database *base, int64_t deadline_us, calx_connection **out,
                                calx_error *err)
{
    const calx__pgsql_database *database = calx__pgsql_database_of(base);
    struct opening opening = {.database = base, .role = database->role};
    bool open = calx__pgsql_error_is_open(err);

    int code = open_any(&opening, database, open_deadline(database, deadline_us), err);
    if (code)
        return as_open_error(code, open, deadline_us, err);
    *out = opening.out;
    return 0;
}

void calx__pgsql_connection_close(calx_connection *base)
{
    if (!base)
        return;
    calx__pgsql_connection *connection = calx__pgsql_connection_of(base);
    if (connection->handle) {
        const calx_opener *opener = base->database->opener;
        if (base->broken && !connection->given_up)
            calx_hosts_leave(calx__pgsql_database_under(connection)->hosts, connection->host);
        /* Otherwise PQfinish says goodbye, which a non-blocking connection never waits for. */
        if (base->broken || PQtransactionStatus(connection->handle) == PQTRANS_ACTIVE)
            calx__pgsql_abandon(connection);
        opener->close(opener, &connection->native);
    }
    calx__pgsql_forms_destroy(connection->forms);
    free(connection->settings);
    free(connection->released);
    free(connection);
}

bool calx__pgsql_connection_quiet(calx_connection *base)
{
    calx__pgsql_connection *connection = calx__pgsql_connection_of(base);
    struct pollfd poller = {.fd = PQsocket(connection->handle), .events = POLLIN};

    return !base->broken && calx__pgsql_is_current(connection) && poll(&poller, 1, 0) == 0;
}

/* The engine has another server now: this connection is to go, and not that server's fault. */
static int leave(calx__pgsql_connection *connection, calx_error *err)
{
    connection->given_up = true;
    connection->base.broken = true;
    return calx_error_set(err, CALX_ERROR_CONNECTION_LOST, "another server was opened since");
}

int calx__pgsql_connection_check(calx_connection *base, int64_t deadline_us, calx_error *err)
{
    calx__pgsql_connection *connection = calx__pgsql_connection_of(base);
    calx_hosts *hosts = calx__pgsql_database_under(connection)->hosts;
    PGresult *result = NULL;

    if (!base->broken && !calx__pgsql_is_current(connection))
        return leave(connection, err);
    int code = calx__pgsql_ready(connection, deadline_us, err);
    if (code == 0)
        code = calx__pgsql_exchange(connection, PQsendQuery(connection->handle, ""),
                                    calx_hosts_share(hosts, deadline_us), &result, err);
    if (code == CALX_ERROR_TIMEOUT) /* frozen, or not to be reached */
        calx_hosts_leave(hosts, connection->host);
    PQclear(result);
    return code;
}
