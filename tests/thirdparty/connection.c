/* connection.c: one connection, its transactions, and how long a call may take. */
#include <ctype.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "pocket.h"

#define STEPS 1000 /* of SQLite's machine between two looks at the clock */

/* ---- Time ---- */

/* Not zero breaks the statement off. */
static int on_progress(void *context)
{
    pocket_connection *connection = context;
    if (connection->ends)
        return 0;
    if (atomic_load(&calx_waiter_current()->cancelled))
        connection->stopped = CALX_ERROR_CANCELLED;
    else if (connection->deadline_us != CALX_NO_DEADLINE &&
             calx_now_us() >= connection->deadline_us)
        connection->stopped = CALX_ERROR_TIMEOUT;
    return connection->stopped != CALX_OK;
}

int pocket_call(pocket_connection *connection, int64_t deadline_us, calx_error *err)
{
    connection->deadline_us = deadline_us;
    connection->ends = false;
    connection->stopped = CALX_OK;
    if (deadline_us != CALX_NO_DEADLINE && calx_now_us() >= deadline_us)
        return calx_error_set(err, CALX_ERROR_TIMEOUT, "the deadline has passed");
    return 0;
}

/* ---- Text ---- */

/* Past blanks, semicolons and comments. */
static const char *skip(const char *at, const char *end)
{
    while (at < end) {
        if (isspace((unsigned char)*at) || *at == ';') {
            at++;
        } else if (end - at > 1 && strncmp(at, "--", 2) == 0) {
            const char *line = memchr(at, '\n', (size_t)(end - at));
            at = line ? line : end;
        } else if (end - at > 1 && strncmp(at, "/*", 2) == 0) {
            for (at += 2; end - at > 1 && strncmp(at, "*/", 2) != 0;)
                at++;
            at = end - at > 1 ? at + 2 : end;
        } else {
            break;
        }
    }
    return at;
}

int pocket_prepare(pocket_connection *connection, const char *sql, size_t length,
                   sqlite3_stmt **out, calx_error *err)
{
    const char *tail = sql;
    sqlite3_stmt *handle = NULL;
    if (length > INT_MAX)
        return calx_error_set(err, CALX_ERROR_LIMIT, "the statement is too long");
    int code = sqlite3_prepare_v2(connection->db, sql, (int)length, &handle, &tail);
    if (code != SQLITE_OK)
        return pocket_error(connection, code, err);
    if (!handle)
        return calx_error_set(err, CALX_ERROR_SYNTAX, "an empty statement");
    if (skip(tail, sql + length) < sql + length) {
        sqlite3_finalize(handle);
        return calx_error_set(err, CALX_ERROR_SYNTAX, "more than one statement");
    }
    *out = handle;
    return 0;
}

/* To the end, rows or not. */
static int run(pocket_connection *connection, const char *sql, size_t length, calx_error *err)
{
    sqlite3_stmt *handle;
    int status = pocket_prepare(connection, sql, length, &handle, err);
    if (status < 0)
        return status;
    int code;
    do {
        code = sqlite3_step(handle);
    } while (code == SQLITE_ROW);
    if (code != SQLITE_DONE)
        status = pocket_error(connection, code, err);
    sqlite3_finalize(handle);
    connection->base.in_transaction = !sqlite3_get_autocommit(connection->db);
    return status;
}

int pocket_command(calx_connection *base, const char *sql, size_t length, int64_t deadline_us,
                   calx_error *err)
{
    pocket_connection *connection = (pocket_connection *)base;
    int status = pocket_call(connection, deadline_us, err);
    return status < 0 ? status : run(connection, sql, length, err);
}

/* ---- Transactions ---- */

/* With one connection every transaction is serializable. */
int pocket_begin(calx_connection *base, calx_isolation isolation, bool write, int64_t deadline_us,
                 calx_error *err)
{
    (void)isolation;
    (void)write;
    return pocket_command(base, "BEGIN", 5, deadline_us, err);
}

int pocket_commit(calx_connection *base, int64_t deadline_us, calx_error *err)
{
    pocket_connection *connection = (pocket_connection *)base;
    int status = pocket_call(connection, deadline_us, err);
    if (status < 0)
        return status;
    if (!base->in_transaction)
        return calx_error_set(err, CALX_ERROR_STATE, "no transaction is open");
    connection->ends = true;
    return run(connection, "COMMIT", 6, err);
}

/* In time or not. */
int pocket_rollback(calx_connection *base, int64_t deadline_us, calx_error *err)
{
    pocket_connection *connection = (pocket_connection *)base;
    (void)deadline_us;
    if (sqlite3_get_autocommit(connection->db)) {
        base->in_transaction = false;
        return 0;
    }
    connection->ends = true;
    int status = run(connection, "ROLLBACK", 8, err);
    base->broken = base->broken || base->in_transaction;
    return status;
}

/* ---- Opening ---- */

static int pin(pocket_connection *connection, calx_error *err)
{
    static const char foreign_keys[] = "PRAGMA foreign_keys = ON";
    sqlite3_extended_result_codes(connection->db, 1);
    sqlite3_progress_handler(connection->db, STEPS, on_progress, connection);
    int code = pocket_decimals(connection->db);
    if (code != SQLITE_OK)
        return pocket_error(connection, code, err);
    return run(connection, foreign_keys, sizeof foreign_keys - 1, err);
}

int pocket_connection_open(calx_database *database, int64_t deadline_us, calx_connection **out,
                           calx_error *err)
{
    pocket_connection *connection = calloc(1, sizeof *connection);
    if (!connection)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    connection->base = (calx_connection){.driver = database->driver, .database = database};
    int status = pocket_call(connection, deadline_us, err);
    if (status == 0)
        status =
            database->opener->open(database->opener, NULL, deadline_us, &connection->native, err);
    connection->db = connection->native.handle;
    if (status == 0)
        status = pin(connection, err);
    if (status < 0)
        pocket_connection_close(&connection->base);
    else
        *out = &connection->base;
    return status;
}

void pocket_connection_close(calx_connection *base)
{
    pocket_connection *connection = (pocket_connection *)base;
    if (connection && connection->db)
        base->database->opener->close(base->database->opener, &connection->native);
    free(connection);
}

int pocket_connection_check(calx_connection *base, int64_t deadline_us, calx_error *err)
{
    (void)deadline_us;
    if (base->broken)
        return calx_error_set(err, CALX_ERROR_CONNECTION_LOST, "the connection is broken");
    return 0;
}
