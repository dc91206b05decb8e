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
           " SET bytea_output = 'hex'; SET client_min_messages = warning");
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
    if (calx_url_parameter_get(database->url, "connect_timeout", 0) ||
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

static int open_handle(calx__pgsql_connection *connection, const calx__pgsql_database *database,
                       int64_t deadline_us, calx_error *err)
{
    const calx_opener *opener = database->base.opener;

    /* A server that answers at once would never make it wait, and a passed deadline go unnoticed.
     */
    if (calx_deadline_left_ms(deadline_us) == 0)
        return calx_error_set(err, CALX_ERROR_TIMEOUT, "deadline passed before connecting");
    int code = opener->open(opener, database->url, deadline_us, &connection->native, err);
    if (code)
        return code;
    connection->handle = connection->native.handle;
    PQsetNoticeReceiver(connection->handle, receive_notice, connection);
    if (PQsetnonblocking(connection->handle, 1) != 0)
        return calx__pgsql_lost(connection, err);
    code = database->unnamed ? calx__pgsql_settings_create(connection, err) : 0;
    return code ? code : pin_session(connection, deadline_us, err);
}

int calx__pgsql_connection_open(calx_database *base, int64_t deadline_us, calx_connection **out,
                                calx_error *err)
{
    const calx__pgsql_database *database = calx__pgsql_database_of(base);
    calx__pgsql_connection *connection = calloc(1, sizeof *connection);
    bool open = calx__pgsql_error_is_open(err);

    if (!connection)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "no memory for a connection");
    connection->base = (calx_connection){.driver = base->driver, .database = base};
    int code = open_handle(connection, database, open_deadline(database, deadline_us), err);
    if (code) {
        calx__pgsql_connection_close(&connection->base);
        return as_open_error(code, open, deadline_us, err);
    }
    *out = &connection->base;
    return 0;
}

void calx__pgsql_connection_close(calx_connection *base)
{
    if (!base)
        return;
    calx__pgsql_connection *connection = calx__pgsql_connection_of(base);
    if (connection->handle) {
        const calx_opener *opener = base->database->opener;
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
    struct pollfd poller = {.fd = PQsocket(calx__pgsql_connection_of(base)->handle),
                            .events = POLLIN};
    return !base->broken && poll(&poller, 1, 0) == 0;
}

int calx__pgsql_connection_check(calx_connection *base, int64_t deadline_us, calx_error *err)
{
    calx__pgsql_connection *connection = calx__pgsql_connection_of(base);
    PGresult *result = NULL;

    int code = calx__pgsql_ready(connection, deadline_us, err);
    if (code == 0)
        code = calx__pgsql_exchange(connection, PQsendQuery(connection->handle, ""), deadline_us,
                                    &result, err);
    PQclear(result);
    return code;
}
