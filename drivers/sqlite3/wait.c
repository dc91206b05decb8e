/*
 * wait.c: how long SQLite may take. It waits for a lock through the waiter, so that a scheduler
 * can park, and looks at the deadline every so many steps of its virtual machine.
 */
#include <stdatomic.h>

#include "drivers/sqlite3/internal.h"

/* About 10 us of a running statement on the machine where it was chosen. */
#define PROGRESS_STEPS 1000

/* The pauses between two tries for a lock: short first, because most holders commit in
 * milliseconds; the last one repeats. */
static const int64_t pauses_us[] = {500, 1000, 2000, 5000, 10000, 15000, 25000};

static int64_t busy_deadline(const calx__sqlite3_connection *connection)
{
    calx_database *base = connection->base.database;
    int64_t busy = calx_deadline_in_ms(((calx__sqlite3_database *)base)->options.busy_timeout_ms);
    return busy < connection->deadline_us ? busy : connection->deadline_us;
}

/* SQLite asks whether to try again for a lock; tries counts from 0 for each lock. */
static int on_busy(void *context, int tries)
{
    calx__sqlite3_connection *connection = context;
    if (tries == 0)
        connection->busy_until_us = busy_deadline(connection);
    size_t last = sizeof pauses_us / sizeof *pauses_us - 1;
    int64_t now = calx_now_us();
    int64_t until = now + pauses_us[(size_t)tries < last ? (size_t)tries : last];
    if (now >= connection->busy_until_us)
        return 0;
    if (until > connection->busy_until_us)
        until = connection->busy_until_us;
    calx_error err = {0};
    if (calx_wait_until(until, &err)) {
        connection->stopped = err.code;
        return 0;
    }
    return 1;
}

/*
 * True while breaking off still undoes the statement. When a statement that writes outside a
 * transaction has committed, SQLite asks once more before it answers: an interrupt then would
 * report a failure of what is done.
 */
static bool may_interrupt(const calx__sqlite3_connection *connection)
{
    return connection->interruptible &&
           (!connection->commits || sqlite3_txn_state(connection->db, NULL) != SQLITE_TXN_NONE);
}

static int on_progress(void *context)
{
    calx__sqlite3_connection *connection = context;
    calx_error_class stop = CALX_OK;
    if (atomic_load_explicit(&calx_waiter_current()->cancelled, memory_order_relaxed))
        stop = CALX_ERROR_CANCELLED;
    else if (connection->deadline_us != CALX_NO_DEADLINE &&
             calx_now_us() >= connection->deadline_us)
        stop = CALX_ERROR_TIMEOUT;
    if (stop == CALX_OK || !may_interrupt(connection))
        return 0;
    connection->stopped = stop;
    return 1;
}

void calx__sqlite3_wait_install(calx__sqlite3_connection *connection)
{
    sqlite3_busy_handler(connection->db, on_busy, connection);
    sqlite3_progress_handler(connection->db, PROGRESS_STEPS, on_progress, connection);
}

int calx__sqlite3_call_begin(calx__sqlite3_connection *connection, int64_t deadline_us,
                             calx_error *err)
{
    calx_database *base = connection->base.database;
    int limit_ms = ((calx__sqlite3_database *)base)->options.statement_timeout_ms;
    connection->deadline_us = deadline_us;
    if (limit_ms > 0) {
        int64_t limit_us = calx_deadline_in_ms(limit_ms);
        connection->deadline_us = limit_us < deadline_us ? limit_us : deadline_us;
    }
    connection->stopped = CALX_OK;
    connection->interruptible = !connection->shared;
    connection->commits = false;
    if (deadline_us != CALX_NO_DEADLINE && calx_now_us() >= deadline_us)
        return calx_error_set(err, CALX_ERROR_TIMEOUT, "the deadline passed before SQLite began");
    return 0;
}
