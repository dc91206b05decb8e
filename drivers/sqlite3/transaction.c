/* transaction.c: BEGIN, COMMIT, ROLLBACK, and commands without values. */
#include "drivers/sqlite3/internal.h"

static const char *const fixed_sql[CALX__SQLITE3_FIXED_COUNT] = {
    [CALX__SQLITE3_BEGIN] = "BEGIN",
    [CALX__SQLITE3_BEGIN_IMMEDIATE] = "BEGIN IMMEDIATE",
    [CALX__SQLITE3_COMMIT] = "COMMIT",
    [CALX__SQLITE3_ROLLBACK] = "ROLLBACK",
    [CALX__SQLITE3_SAVEPOINT] = "SAVEPOINT calx_unit",
    [CALX__SQLITE3_RELEASE] = "RELEASE calx_unit",
    [CALX__SQLITE3_ROLLBACK_TO] = "ROLLBACK TO calx_unit",
    [CALX__SQLITE3_SAVEPOINT_RECORDS] = "SAVEPOINT calx_records",
    [CALX__SQLITE3_RELEASE_RECORDS] = "RELEASE calx_records",
    [CALX__SQLITE3_ROLLBACK_TO_RECORDS] = "ROLLBACK TO calx_records",
};

int calx__sqlite3_fixed_run(calx__sqlite3_connection *connection, calx__sqlite3_fixed which,
                            calx_error *err)
{
    sqlite3_stmt **handle = &connection->fixed[which];
    int code = SQLITE_OK;
    if (!*handle) {
        code = sqlite3_prepare_v3(connection->db, fixed_sql[which], -1, SQLITE_PREPARE_PERSISTENT,
                                  handle, NULL);
    }
    if (code == SQLITE_OK)
        code = sqlite3_step(*handle);
    int result = 0;
    if (code != SQLITE_DONE)
        result = calx__sqlite3_connection_error(connection, code, err);
    sqlite3_reset(*handle);
    connection->base.in_transaction = !sqlite3_get_autocommit(connection->db);
    return result;
}

int calx__sqlite3_begin(calx_connection *base, calx_isolation isolation, bool write,
                        int64_t deadline_us, calx_error *err)
{
    calx__sqlite3_connection *connection = calx__sqlite3_connection_of(base);
    int result = calx__sqlite3_call_begin(connection, deadline_us, err);
    if (result)
        return result;
    /* BEGIN IMMEDIATE of a read-only file succeeds and begins to read (SQLite 3.40). */
    if (write && sqlite3_db_readonly(connection->db, "main") == 1) {
        if (err && !err->code)
            err->native_code = SQLITE_READONLY;
        return calx_error_set(err, CALX_ERROR_READ_ONLY, "the database is read-only");
    }
    /* A snapshot is all that a deferred transaction gives: two of them that write can skew. */
    bool lock = write || isolation == CALX_ISOLATION_SERIALIZABLE;
    return calx__sqlite3_fixed_run(connection,
                                   lock ? CALX__SQLITE3_BEGIN_IMMEDIATE : CALX__SQLITE3_BEGIN, err);
}

typedef struct commit_call {
    calx__sqlite3_connection *connection;
    calx_error *err;
    int result;
} commit_call;

/* It waits for the disk: it blocks whoever calls it. */
static void run_commit(void *argument)
{
    commit_call *self = argument;
    int64_t started_us = calx_now_us();
    self->result = calx__sqlite3_fixed_run(self->connection, CALX__SQLITE3_COMMIT, self->err);
    self->connection->commit_us = calx_now_us() - started_us;
}

bool calx__sqlite3_commits_in_place(const calx__sqlite3_connection *connection)
{
    return connection->commit_us < CALX__SQLITE3_SLICE_US && calx_is_alone();
}

int calx__sqlite3_commit(calx_connection *base, int64_t deadline_us, calx_error *err)
{
    calx__sqlite3_connection *connection = calx__sqlite3_connection_of(base);
    int result = calx__sqlite3_call_begin(connection, deadline_us, err);
    if (result)
        return result;
    if (sqlite3_get_autocommit(connection->db)) {
        base->in_transaction = false;
        return calx_error_set(err, CALX_ERROR_STATE,
                              "no transaction is open: an earlier error has rolled it back");
    }
    connection->interruptible = false;
    connection->commits = true;
    commit_call call = {.connection = connection, .err = err};
    if (sqlite3_txn_state(connection->db, NULL) != SQLITE_TXN_WRITE ||
        calx__sqlite3_commits_in_place(connection))
        run_commit(&call);
    else if ((result = calx_offload(run_commit, &call, err)) < 0)
        return result;
    return call.result;
}

int calx__sqlite3_rollback(calx_connection *base, int64_t deadline_us, calx_error *err)
{
    calx__sqlite3_connection *connection = calx__sqlite3_connection_of(base);
    (void)deadline_us; /* it waits for nobody, and must be done after a deadline too */
    calx__sqlite3_call_begin(connection, CALX_NO_DEADLINE, NULL);
    connection->interruptible = false;
    base->in_transaction = !sqlite3_get_autocommit(connection->db);
    if (!base->in_transaction)
        return 0;
    int result = calx__sqlite3_fixed_run(connection, CALX__SQLITE3_ROLLBACK, err);
    base->broken = base->broken || base->in_transaction;
    return result;
}

int calx__sqlite3_command(calx_connection *base, const char *sql, size_t length,
                          int64_t deadline_us, calx_error *err)
{
    calx__sqlite3_connection *connection = calx__sqlite3_connection_of(base);
    sqlite3_stmt *handle = NULL;
    int result = calx__sqlite3_call_begin(connection, deadline_us, err);
    if (!result)
        result = calx__sqlite3_prepare(connection, sql, length, 0, &handle, err);
    if (result)
        return result;
    connection->commits = !sqlite3_stmt_readonly(handle) && !base->in_transaction;
    connection->changes += !sqlite3_stmt_readonly(handle);
    int code;
    do {
        code = sqlite3_step(handle);
    } while (code == SQLITE_ROW); /* a pragma's answer */
    if (code != SQLITE_DONE)
        result = calx__sqlite3_connection_error(connection, code, err);
    sqlite3_finalize(handle);
    base->in_transaction = !sqlite3_get_autocommit(connection->db);
    return result;
}
