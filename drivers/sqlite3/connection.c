/* connection.c: opens a connection, pins its session state and looks after it. */
#include <stdlib.h>
#include <string.h>

#include "drivers/sqlite3/internal.h"

static int run(calx__sqlite3_connection *connection, const char *sql, calx_error *err)
{
    int code = sqlite3_exec(connection->db, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? 0 : calx__sqlite3_connection_error(connection, code, err);
}

/* Runs a pragma and says whether it answers with the text expected. */
static int ask(calx__sqlite3_connection *connection, const char *sql, const char *expected,
               bool *agrees, calx_error *err)
{
    sqlite3_stmt *handle = NULL;
    int result = calx__sqlite3_prepare(connection, sql, strlen(sql), 0, &handle, err);
    if (result)
        return result;
    int code = sqlite3_step(handle);
    if (code == SQLITE_ROW) {
        const char *answer = (const char *)sqlite3_column_text(handle, 0);
        *agrees = answer && !strcmp(answer, expected);
    } else {
        *agrees = false;
        result = code == SQLITE_DONE ? 0 : calx__sqlite3_connection_error(connection, code, err);
    }
    sqlite3_finalize(handle);
    return result;
}

static int pin_foreign_keys(calx__sqlite3_connection *connection, calx_error *err)
{
    bool on = false;
    int result = run(connection, "PRAGMA foreign_keys=ON", err);
    if (!result)
        result = ask(connection, "PRAGMA foreign_keys", "1", &on, err);
    if (!result && !on) {
        result = calx_error_set(err, CALX_ERROR_UNSUPPORTED,
                                "this SQLite library does not enforce foreign keys");
    }
    return result;
}

/* A file that cannot be in WAL mode (a VFS without shared memory) has readers and the writer
 * exclude each other: one connection for everything. Readers alone need no WAL. */
static int pin_journal(calx__sqlite3_connection *connection, calx_error *err)
{
    calx__sqlite3_database *database = (calx__sqlite3_database *)connection->base.database;
    if (database->in_memory)
        return 0;
    bool wal = false;
    /* This reads the file for the first time: what is not a database is found out here. */
    int result = run(connection, "PRAGMA schema_version", err);
    if (result || sqlite3_db_readonly(connection->db, "main") == 1)
        return result;
    result = ask(connection, "PRAGMA journal_mode=WAL", "wal", &wal, err);
    if (!result && !wal)
        database->base.connections_max = 1;
    if (wal)
        database->has_wal = true;
    return result;
}

static int pin(calx__sqlite3_connection *connection, calx_error *err)
{
    sqlite3_extended_result_codes(connection->db, 1);
    calx__sqlite3_wait_install(connection);
    int result = calx__sqlite3_decimal_install(connection, err);
    if (!result)
        result = pin_journal(connection, err);
    if (!result)
        result = pin_foreign_keys(connection, err);
    if (!result) {
        result = run(connection,
                     "PRAGMA synchronous=FULL;"
                     "PRAGMA mmap_size=0;"
                     "PRAGMA journal_size_limit=67108864",
                     err);
    }
    return result;
}

int calx__sqlite3_connection_open(calx_database *base, int64_t deadline_us, calx_connection **out,
                                  calx_error *err)
{
    calx__sqlite3_database *database = (calx__sqlite3_database *)base;
    calx__sqlite3_connection *connection = calloc(1, sizeof *connection);
    if (!connection)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    connection->base = (calx_connection){.driver = base->driver, .database = base};
    calx_error own = {0};
    int result = calx__sqlite3_call_begin(connection, deadline_us, &own);
    if (!result) {
        result =
            base->opener->open(base->opener, database->url, deadline_us, &connection->native, &own);
    }
    connection->db = connection->native.handle;
    if (!result)
        result = pin(connection, &own);
    if (result) {
        calx_error_prefix(&own, "%s", database->in_memory ? ":memory:" : database->url->database);
        if (err && !err->code)
            *err = own;
        calx__sqlite3_connection_close(&connection->base);
        return result;
    }
    *out = &connection->base;
    return 0;
}

void calx__sqlite3_connection_close(calx_connection *base)
{
    if (!base)
        return;
    calx__sqlite3_connection *connection = calx__sqlite3_connection_of(base);
    /* libdbi's close gives up without a word while a statement is left (libdbi 0.9.0). */
    for (int i = 0; i < CALX__SQLITE3_FIXED_COUNT; i++)
        sqlite3_finalize(connection->fixed[i]);
    sqlite3_finalize(connection->data_version);
    sqlite3_finalize(connection->plain_table);
    if (connection->db) {
        assert(!sqlite3_next_stmt(connection->db, NULL));
        /* Closing may wait for a checkpoint, when nobody's deadline is in force any more. */
        sqlite3_busy_handler(connection->db, NULL, NULL);
        sqlite3_progress_handler(connection->db, 0, NULL, NULL);
        base->database->opener->close(base->database->opener, &connection->native);
    }
    free(connection);
}

/* Whether the file is still there is asked this often at most. */
#define MOVED_CHECK_US 1000

bool calx__sqlite3_connection_quiet(calx_connection *base)
{
    return !base->broken &&
           calx_now_us() - calx__sqlite3_connection_of(base)->checked_us < MOVED_CHECK_US;
}

int calx__sqlite3_connection_check(calx_connection *base, int64_t deadline_us, calx_error *err)
{
    calx__sqlite3_connection *connection = calx__sqlite3_connection_of(base);
    int result = calx__sqlite3_call_begin(connection, deadline_us, err);
    if (result)
        return result;
    int moved = 0;
    int code = sqlite3_file_control(connection->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    if (base->broken || (code == SQLITE_OK && moved)) {
        base->broken = true;
        return calx_error_set(err, CALX_ERROR_CONNECTION_LOST,
                              moved ? "the database file was moved, removed or replaced"
                                    : "the connection is broken");
    }
    connection->checked_us = calx_now_us();
    return 0;
}
