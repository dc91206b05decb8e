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

static const calx_database_options *options_of(const calx__sqlite3_connection *connection)
{
    return &((const calx__sqlite3_database *)connection->base.database)->options;
}

static int64_t earlier(int64_t a_us, int64_t b_us)
{
    return a_us < b_us ? a_us : b_us;
}

/* The deadline of the call, or of its statement. That limit begins where it is first looked at,
 * some 10 us after the statement: most end before, and never read the clock. */
static int64_t deadline_of(calx__sqlite3_connection *connection)
{
    int limit_ms = options_of(connection)->statement_timeout_ms;
    if (connection->limit_us == 0)
        connection->limit_us = limit_ms > 0 ? calx_deadline_in_ms(limit_ms) : CALX_NO_DEADLINE;
    return earlier(connection->deadline_us, connection->limit_us);
}

static int64_t busy_deadline(calx__sqlite3_connection *connection)
{
    int64_t busy_us = calx_deadline_in_ms(options_of(connection)->busy_timeout_ms);
    return earlier(busy_us, deadline_of(connection));
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

/* A long statement lets others have the thread now and then. */
static calx_error_class share_the_thread(calx__sqlite3_connection *connection, int64_t now_us)
{
    calx_error err = {0};
    if (connection->slice_began_us == 0)
        connection->slice_began_us = now_us;
    if (now_us - connection->slice_began_us < CALX__SQLITE3_SLICE_US)
        return CALX_OK;
    calx_wait_until(now_us, &err);
    connection->slice_began_us = calx_now_us();
    return err.code;
}

static int on_progress(void *context)
{
    calx__sqlite3_connection *connection = context;
    int64_t now_us = calx_now_us();
    calx_error_class stop = share_the_thread(connection, now_us);
    if (atomic_load_explicit(&calx_waiter_current()->cancelled, memory_order_relaxed))
        stop = CALX_ERROR_CANCELLED;
    else if (now_us >= deadline_of(connection))
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
    connection->deadline_us = deadline_us;
    connection->limit_us = 0;
    connection->slice_began_us = 0;
    connection->stopped = CALX_OK;
    connection->interruptible = !connection->shared;
    connection->commits = false;
    if (deadline_us != CALX_NO_DEADLINE && calx_now_us() >= deadline_us)
        return calx_error_set(err, CALX_ERROR_TIMEOUT, "the deadline passed before SQLite began");
    return 0;
}

void calx__sqlite3_call_continue(calx__sqlite3_connection *connection, int64_t deadline_us,
                                 int64_t limit_us)
{
    connection->deadline_us = deadline_us;
    connection->limit_us = limit_us;
    connection->stopped = CALX_OK;
    connection->interruptible = !connection->shared;
}
