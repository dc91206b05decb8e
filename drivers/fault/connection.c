/* connection.c: connections, transactions and units that fail. What is cut is rolled back on the
 * wrapped connection at once, as a server does that notices. */
#include <stdlib.h>

#include "drivers/fault/internal.h"

#define ROLLBACK_TIMEOUT_MS 5000

static calx__fault_connection *connection_of(calx_connection *base)
{
    return (calx__fault_connection *)base;
}

static calx__fault_database *database_of(const calx__fault_connection *connection)
{
    return (calx__fault_database *)connection->base.database;
}

static const calx_driver *wrapped(const calx__fault_connection *connection)
{
    return connection->inner->driver;
}

/* ---- Faults ---- */

static void roll_back(calx__fault_connection *connection)
{
    calx_connection *inner = connection->inner;
    if (inner->in_transaction && !inner->broken)
        inner->driver->rollback(inner, calx_deadline_in_ms(ROLLBACK_TIMEOUT_MS), NULL);
}

/* Once cut, it stays so. */
static void follow(calx__fault_connection *connection)
{
    if (connection->base.broken)
        return;
    connection->base.in_transaction = connection->inner->in_transaction;
    connection->base.broken = connection->inner->broken;
}

static int lose(calx__fault_connection *connection, calx_outcome outcome, calx_error *err)
{
    calx_error failure = {0};
    connection->base.broken = true;
    connection->base.in_transaction = false;
    int status = calx_error_set(&failure, CALX_ERROR_CONNECTION_LOST, "fault: connection cut");
    failure.outcome = outcome;
    if (err != NULL && err->code == CALX_OK)
        *err = failure;
    return status;
}

int calx__fault_cut(calx__fault_connection *connection, calx_error *err)
{
    roll_back(connection);
    return lose(connection, CALX_OUTCOME_NOT_DONE, err);
}

/* A deadlock ends the transaction, as on MySQL; after the others the caller rolls back. */
static int refuse(calx__fault_connection *connection, calx_error_class code, calx_error *err)
{
    if (code == CALX_ERROR_DEADLOCK)
        roll_back(connection);
    follow(connection);
    return calx_error_set(err, code, "fault: refused");
}

int calx__fault_before(calx__fault_connection *connection, const calx__fault *fault,
                       int64_t deadline_us, calx_error *err)
{
    if (connection->base.broken)
        return lose(connection, CALX_OUTCOME_NOT_DONE, err);
    switch (fault->kind) {
    case CALX__FAULT_REFUSED:
        return refuse(connection, fault->refusal, err);
    case CALX__FAULT_MEMORY:
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "fault: out of memory");
    case CALX__FAULT_DELAYED: {
        int64_t until_us = calx_deadline_in_ms(fault->delay_ms);
        return calx_wait_until(until_us < deadline_us ? until_us : deadline_us, err);
    }
    case CALX__FAULT_CUT_BEFORE:
        return calx__fault_cut(connection, err);
    default:
        return 0;
    }
}

int calx__fault_after(calx__fault_connection *connection, const calx__fault *fault, int status,
                      calx_error *err)
{
    follow(connection);
    if (status >= 0 && fault->kind == CALX__FAULT_CUT_AFTER)
        return calx__fault_cut(connection, err);
    return status;
}

/* ---- Opening and closing ---- */

static int open_inner(calx__fault_database *database, calx__fault_connection *connection,
                      int64_t deadline_us, calx_error *err)
{
    calx__fault fault = calx__fault_decide(database, CALX__FAULT_AT_OPEN);
    if (fault.kind == CALX__FAULT_CUT_BEFORE)
        return calx_error_set(err, CALX_ERROR_UNREACHABLE, "fault: database unreachable");
    int status = calx__fault_before(connection, &fault, deadline_us, err);
    if (status == 0)
        status = database->wrapped->connection_open(database->inner, deadline_us,
                                                    &connection->inner, err);
    return status;
}

int calx__fault_connection_open(calx_database *base, int64_t deadline_us, calx_connection **out,
                                calx_error *err)
{
    calx__fault_database *database = (calx__fault_database *)base;
    calx__fault_connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    connection->base = (calx_connection){.driver = base->driver, .database = base};
    int status = open_inner(database, connection, deadline_us, err);
    if (status == 0) {
        follow(connection);
        *out = &connection->base;
    } else {
        free(connection);
    }
    return status;
}

void calx__fault_connection_close(calx_connection *base)
{
    if (base == NULL)
        return;
    calx__fault_connection *connection = connection_of(base);
    wrapped(connection)->connection_close(connection->inner);
    free(connection);
}

int calx__fault_connection_check(calx_connection *base, int64_t deadline_us, calx_error *err)
{
    calx__fault_connection *connection = connection_of(base);
    calx__fault fault = calx__fault_decide(database_of(connection), CALX__FAULT_AT_CHECK);
    int status = calx__fault_before(connection, &fault, deadline_us, err);
    if (status == 0)
        status = wrapped(connection)->connection_check(connection->inner, deadline_us, err);
    return calx__fault_after(connection, &fault, status, err);
}

bool calx__fault_connection_quiet(calx_connection *base)
{
    calx__fault_connection *connection = connection_of(base);
    const calx_driver *driver = wrapped(connection);
    return !base->broken && driver->connection_quiet != NULL &&
           driver->connection_quiet(connection->inner);
}

/* ---- Transactions ---- */

int calx__fault_begin(calx_connection *base, calx_isolation isolation, bool write,
                      int64_t deadline_us, calx_error *err)
{
    calx__fault_connection *connection = connection_of(base);
    calx__fault fault = calx__fault_decide(database_of(connection), CALX__FAULT_AT_BEGIN);
    int status = calx__fault_before(connection, &fault, deadline_us, err);
    if (status == 0)
        status = wrapped(connection)->begin(connection->inner, isolation, write, deadline_us, err);
    return calx__fault_after(connection, &fault, status, err);
}

/* The answer to a COMMIT is lost: it was carried out, or was not. */
static int after_commit(calx__fault_connection *connection, const calx__fault *fault, int status,
                        calx_error *err)
{
    follow(connection);
    if (status == 0 &&
        (fault->kind == CALX__FAULT_CUT_INSIDE || fault->kind == CALX__FAULT_CUT_AFTER))
        return lose(connection, CALX_OUTCOME_UNKNOWN, err);
    return status;
}

/* The COMMIT never arrived. */
static int cut_unstored(calx__fault_connection *connection, calx_error *err)
{
    roll_back(connection);
    return lose(connection, CALX_OUTCOME_UNKNOWN, err);
}

static bool is_unstored(const calx__fault *fault)
{
    return fault->kind == CALX__FAULT_CUT_INSIDE && !fault->stored;
}

int calx__fault_commit(calx_connection *base, int64_t deadline_us, calx_error *err)
{
    calx__fault_connection *connection = connection_of(base);
    calx__fault fault = calx__fault_decide(database_of(connection), CALX__FAULT_AT_COMMIT);
    int status = calx__fault_before(connection, &fault, deadline_us, err);
    if (status < 0)
        return status;
    if (is_unstored(&fault))
        return cut_unstored(connection, err);
    status = wrapped(connection)->commit(connection->inner, deadline_us, err);
    return after_commit(connection, &fault, status, err);
}

int calx__fault_rollback(calx_connection *base, int64_t deadline_us, calx_error *err)
{
    calx__fault_connection *connection = connection_of(base);
    calx__fault fault = calx__fault_decide(database_of(connection), CALX__FAULT_AT_ROLLBACK);
    int status = calx__fault_before(connection, &fault, deadline_us, err);
    if (status == 0)
        status = wrapped(connection)->rollback(connection->inner, deadline_us, err);
    return calx__fault_after(connection, &fault, status, err);
}

int calx__fault_command(calx_connection *base, const char *sql, size_t length, int64_t deadline_us,
                        calx_error *err)
{
    calx__fault_connection *connection = connection_of(base);
    calx__fault fault = calx__fault_decide(database_of(connection), CALX__FAULT_AT_COMMAND);
    int status = calx__fault_before(connection, &fault, deadline_us, err);
    if (status == 0)
        status = wrapped(connection)->command(connection->inner, sql, length, deadline_us, err);
    return calx__fault_after(connection, &fault, status, err);
}

/* ---- Units ---- */

int calx__fault_unit_run(calx_connection *base, calx_unit *unit, int64_t deadline_us,
                         calx_error *err)
{
    calx__fault_connection *connection = connection_of(base);
    if (wrapped(connection)->unit_run == NULL)
        return CALX_UNIT_DECLINED;
    calx__fault fault = calx__fault_decide(
        database_of(connection), unit->commit ? CALX__FAULT_AT_UNIT_COMMIT : CALX__FAULT_AT_UNIT);
    int status = calx__fault_before(connection, &fault, deadline_us, err);
    if (status < 0)
        return status;
    if (is_unstored(&fault))
        return cut_unstored(connection, err);
    status = wrapped(connection)->unit_run(connection->inner, unit, deadline_us, err);
    if (status == 0 && unit->commit)
        return after_commit(connection, &fault, status, err);
    if (status == CALX_UNIT_DECLINED)
        fault.kind = CALX__FAULT_NONE; /* nothing was done */
    return calx__fault_after(connection, &fault, status, err);
}

/* ---- Records as one stream ---- */

int calx__fault_records_load(calx_connection *base, const calx_load *load, int64_t deadline_us,
                             int64_t *rows_affected, calx_error *err)
{
    calx__fault_connection *connection = connection_of(base);
    if (wrapped(connection)->records_load == NULL)
        return CALX_RECORDS_DECLINED;
    calx__fault fault = calx__fault_decide(database_of(connection), CALX__FAULT_AT_LOAD);
    int status = calx__fault_before(connection, &fault, deadline_us, err);
    if (status < 0)
        return status;
    status =
        wrapped(connection)->records_load(connection->inner, load, deadline_us, rows_affected, err);
    return calx__fault_after(connection, &fault, status, err);
}
