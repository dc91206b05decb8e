/* version.c: has what a connection reads changed since it last looked? */
#include "drivers/sqlite3/internal.h"

/* Rows that only depend on the file: those of a view may depend on the time, a virtual table has
 * them elsewhere, and a temporary table hides one of the file. */
static const char plain_table_sql[] =
    "SELECT (SELECT rootpage > 0 FROM main.sqlite_schema WHERE type = 'table'"
    " AND name = ?1 COLLATE NOCASE)"
    " AND NOT EXISTS (SELECT 1 FROM temp.sqlite_schema WHERE name = ?1 COLLATE NOCASE)";

static int prepare_once(calx__sqlite3_connection *connection, const char *sql,
                        sqlite3_stmt **handle)
{
    if (*handle)
        return SQLITE_OK;
    return sqlite3_prepare_v3(connection->db, sql, -1, SQLITE_PREPARE_PERSISTENT, handle, NULL);
}

static int is_plain_table(calx__sqlite3_connection *connection, const char *table, bool *plain,
                          calx_error *err)
{
    sqlite3_stmt **handle = &connection->plain_table;
    int code = prepare_once(connection, plain_table_sql, handle);
    if (code == SQLITE_OK)
        code = sqlite3_bind_text(*handle, 1, table, -1, SQLITE_STATIC);
    if (code == SQLITE_OK)
        code = sqlite3_step(*handle);
    *plain = code == SQLITE_ROW && sqlite3_column_int(*handle, 0) != 0;
    sqlite3_reset(*handle);
    return code == SQLITE_ROW ? 0 : calx__sqlite3_connection_error(connection, code, err);
}

/* How often others have committed (https://www.sqlite.org/pragma.html#pragma_data_version). */
static int ask_version(calx__sqlite3_connection *connection, uint32_t *out, calx_error *err)
{
    sqlite3_stmt **handle = &connection->data_version;
    int code = prepare_once(connection, "PRAGMA main.data_version", handle);
    if (code == SQLITE_OK)
        code = sqlite3_step(*handle);
    if (code == SQLITE_ROW)
        *out = (uint32_t)sqlite3_column_int64(*handle, 0);
    sqlite3_reset(*handle);
    return code == SQLITE_ROW ? 0 : calx__sqlite3_connection_error(connection, code, err);
}

#define BY_INDEX UINT32_C(0x80000000)

/* What others commit, and what this connection itself has done since it was opened. The WAL-index
 * says it without a transaction to read in. */
static int read_version(calx__sqlite3_connection *connection, uint64_t *out, calx_error *err)
{
    uint32_t others = 0;
    int result = 0;
    if (calx__sqlite3_wal_index_is_as_seen(connection))
        others = connection->versions | BY_INDEX;
    else if (calx__sqlite3_wal_index_look(connection))
        others = ++connection->versions | BY_INDEX;
    else
        result = ask_version(connection, &others, err);
    if (!result)
        *out = (uint64_t)connection->changes << 32 | others;
    return result;
}

int calx__sqlite3_table_version(calx_connection *base, const char *table, int64_t deadline_us,
                                uint64_t *out, calx_error *err)
{
    calx__sqlite3_connection *connection = calx__sqlite3_connection_of(base);
    uint64_t version = 0;
    bool plain = true;
    int result = calx__sqlite3_call_begin(connection, deadline_us, err);
    if (!result && sqlite3_get_autocommit(connection->db))
        result = read_version(connection, &version, err);
    if (!result && version != 0 && table)
        result = is_plain_table(connection, table, &plain, err);
    if (!result)
        *out = plain ? version : 0;
    return result;
}
