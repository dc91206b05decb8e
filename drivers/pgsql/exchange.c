/* exchange.c: one command and its answer over a non-blocking connection. All waiting of a running
 * connection is here. */
#include "pgsql.h"

#include <poll.h>
#include <stdatomic.h>
#include <sys/socket.h>

/* Longest wait on a TLS connection before libpq is asked again: a record of more than 8 kB, as
 * proxies send them, can leave bytes inside the TLS library that poll() does not see. */
#define TLS_SLICE_MS 100

int calx__pgsql_peek(calx__pgsql_connection *connection, calx_error *err)
{
    if (!PQconsumeInput(connection->handle))
        return calx__pgsql_lost(connection, err);
    PQisBusy(connection->handle); /* parses, which calls the notice receiver */
    if (!connection->doomed[0])
        return 0;
    connection->base.broken = true;
    return calx__pgsql_error_set(err, CALX_ERROR_CONNECTION_LOST, connection->doomed,
                                 "the server ended the session");
}

int calx__pgsql_ready(calx__pgsql_connection *connection, int64_t deadline_us, calx_error *err)
{
    if (connection->base.broken)
        return calx_error_set(err, CALX_ERROR_CONNECTION_LOST, "the connection was lost before");
    if (calx_deadline_left_ms(deadline_us) == 0)
        return calx_error_set(err, CALX_ERROR_TIMEOUT, "deadline passed before the statement");
    /* What follows may commit by itself: that the server left before makes the outcome known. */
    return connection->base.in_transaction ? 0 : calx__pgsql_peek(connection, err);
}

void calx__pgsql_abandon(calx__pgsql_connection *connection)
{
    int fd = PQsocket(connection->handle);

    connection->base.broken = true;
    if (fd >= 0)
        shutdown(fd, SHUT_RDWR);
}

void calx__pgsql_update_transaction(calx__pgsql_connection *connection)
{
    switch (PQtransactionStatus(connection->handle)) {
    case PQTRANS_IDLE:
        connection->base.in_transaction = false;
        break;
    case PQTRANS_INTRANS:
    case PQTRANS_INERROR:
        connection->base.in_transaction = true;
        break;
    case PQTRANS_ACTIVE:
    case PQTRANS_UNKNOWN:
        connection->base.broken = true;
        break;
    }
}

static int wait(calx__pgsql_connection *connection, short events, int64_t deadline_us, short *ready,
                calx_error *err)
{
    int fd = PQsocket(connection->handle);
    int64_t slice_us = deadline_us;

    if (fd < 0)
        return calx__pgsql_lost(connection, err);
    if (PQsslInUse(connection->handle)) {
        slice_us = calx_deadline_in_ms(TLS_SLICE_MS);
        if (slice_us > deadline_us)
            slice_us = deadline_us;
    }
    calx_error waited = {0};
    int code = calx_wait(fd, events, slice_us, ready, &waited);
    if (code == CALX_ERROR_CANCELLED && connection->shielded) {
        atomic_store(&calx_waiter_current()->cancelled, false);
        connection->cancelled = true;
        return 0;
    }
    if (code == CALX_ERROR_TIMEOUT && slice_us < deadline_us) {
        *ready = POLLIN;
        return 0;
    }
    if (code) {
        connection->given_up = true;
        calx__pgsql_abandon(connection);
        if (calx__pgsql_error_is_open(err))
            *err = waited;
    }
    return code;
}

int calx__pgsql_flush(calx__pgsql_connection *connection, int64_t deadline_us, calx_error *err)
{
    for (;;) {
        int left = PQflush(connection->handle);
        if (left < 0)
            return calx__pgsql_lost(connection, err);
        if (left == 0)
            return 0;
        short ready = 0;
        int code = wait(connection, POLLIN | POLLOUT, deadline_us, &ready, err);
        if (code)
            return code;
        /* A server that is stuck sending does not read: take its output meanwhile. */
        if (ready & (POLLIN | POLLERR | POLLHUP) && !PQconsumeInput(connection->handle))
            return calx__pgsql_lost(connection, err);
    }
}

int calx__pgsql_receive(calx__pgsql_connection *connection, int64_t deadline_us, PGresult **out,
                        calx_error *err)
{
    /* PQisBusy is false on a dead connection; PQgetResult then has the server's last words. */
    while (PQisBusy(connection->handle)) {
        short ready = 0;
        int code = wait(connection, POLLIN, deadline_us, &ready, err);
        if (code)
            return code;
        if (!PQconsumeInput(connection->handle) && PQstatus(connection->handle) != CONNECTION_BAD) {
            calx__pgsql_abandon(connection);
            return calx_error_set(err, CALX_ERROR_NO_MEMORY, "no memory for the server's answer");
        }
    }
    *out = PQgetResult(connection->handle);
    return 0;
}

static bool is_error(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);

    return status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE;
}

int calx__pgsql_refuse_copy(calx__pgsql_connection *connection, const PGresult *result,
                            calx_error *err)
{
    ExecStatusType status = PQresultStatus(result);

    if (status != PGRES_COPY_IN && status != PGRES_COPY_OUT && status != PGRES_COPY_BOTH)
        return 0;
    calx__pgsql_abandon(connection);
    return calx_error_set(err, CALX_ERROR_UNSUPPORTED, "COPY is not supported");
}

/* Reads to the end of the command and keeps the first error, else the last result. */
static int receive_all(calx__pgsql_connection *connection, int64_t deadline_us, PGresult **kept,
                       calx_error *err)
{
    for (;;) {
        PGresult *result = NULL;
        int code = calx__pgsql_receive(connection, deadline_us, &result, err);
        if (code || !result)
            return code;
        if (*kept && is_error(*kept)) {
            PQclear(result);
            continue;
        }
        PQclear(*kept);
        *kept = result;
        code = calx__pgsql_refuse_copy(connection, result, err);
        if (code)
            return code;
    }
}

int calx__pgsql_exchange(calx__pgsql_connection *connection, int queued, int64_t deadline_us,
                         PGresult **out, calx_error *err)
{
    PGresult *kept = NULL;

    connection->plan = CALX__PGSQL_PLAN_VALID;
    int code = queued ? calx__pgsql_flush(connection, deadline_us, err)
                      : calx__pgsql_lost(connection, err);
    if (code == 0)
        code = receive_all(connection, deadline_us, &kept, err);
    if (code == 0 && !kept)
        code = calx__pgsql_lost(connection, err);
    if (code == 0 && is_error(kept))
        code = calx__pgsql_fail(connection, kept, err);
    calx__pgsql_update_transaction(connection);
    if (code)
        PQclear(kept);
    else
        *out = kept;
    return code;
}

int calx__pgsql_refuse_empty(const PGresult *result, calx_error *err)
{
    return PQresultStatus(result) == PGRES_EMPTY_QUERY
               ? calx_error_set(err, CALX_ERROR_SYNTAX, "an empty statement")
               : 0;
}
