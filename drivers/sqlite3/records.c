/*
 * records.c: the keys of rows that one INSERT makes. SQLite tells the last one only, and promises
 * nothing of the order in which RETURNING gives them; its update hook is called for each row as it
 * is inserted (https://www.sqlite.org/c3ref/update_hook.html), also for those of triggers. Where
 * there are any of these the keys cannot be told apart: the statement is undone.
 */
#include <stdlib.h>

#include "drivers/sqlite3/internal.h"

calx__sqlite3_keys *calx__sqlite3_keys_create(size_t record_count)
{
    calx__sqlite3_keys *keys = malloc(sizeof *keys + record_count * sizeof keys->values[0]);
    if (keys)
        *keys = (calx__sqlite3_keys){.record_count = record_count};
    return keys;
}

static void on_update(void *context, int operation, const char *database, const char *table,
                      sqlite3_int64 key)
{
    calx__sqlite3_keys *keys = context;
    (void)database;
    (void)table;
    if (operation != SQLITE_INSERT)
        return;
    if (keys->inserted < keys->record_count)
        keys->values[keys->inserted] = key;
    keys->inserted++;
}

int calx__sqlite3_records_begin(calx__sqlite3_connection *connection, calx__sqlite3_keys *keys,
                                calx_error *err)
{
    if (keys->ambiguous || sqlite3_get_autocommit(connection->db))
        return CALX_RECORDS_DECLINED;
    int result = calx__sqlite3_fixed_run(connection, CALX__SQLITE3_SAVEPOINT_RECORDS, err);
    if (result)
        return result;
    keys->inserted = 0;
    sqlite3_update_hook(connection->db, on_update, keys);
    return 0;
}

int calx__sqlite3_records_end(calx__sqlite3_connection *connection, calx__sqlite3_keys *keys,
                              int result, int64_t changed, calx_error *err)
{
    sqlite3_update_hook(connection->db, NULL, NULL);
    if (result) {
        /* Some errors have ended the transaction, and the savepoint with it. */
        if (!sqlite3_get_autocommit(connection->db))
            calx__sqlite3_fixed_run(connection, CALX__SQLITE3_RELEASE_RECORDS, NULL);
        return result;
    }
    keys->ambiguous =
        keys->inserted != keys->record_count || changed != (int64_t)keys->record_count;
    if (keys->ambiguous)
        result = calx__sqlite3_fixed_run(connection, CALX__SQLITE3_ROLLBACK_TO_RECORDS, err);
    if (!result)
        result = calx__sqlite3_fixed_run(connection, CALX__SQLITE3_RELEASE_RECORDS, err);
    return result || !keys->ambiguous ? result : CALX_RECORDS_DECLINED;
}
