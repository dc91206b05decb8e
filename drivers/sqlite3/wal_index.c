/*
 * wal_index.c: has anything been committed? Every commit, whosever, changes the header of the
 * WAL-index, which lies in memory that all processes share: looking at it takes no system call. It
 * stands there twice, is written from the second copy to the first, and holds while both are alike:
 * https://www.sqlite.org/walformat.html, section 2.2.
 */
#include <stdatomic.h>
#include <string.h>

#include "drivers/sqlite3/internal.h"

#define INDEX_REGION_BYTES 32768
#define INDEX_VERSION 3007000u

/* SQLite has mapped it when it has read once; it stays so until the connection is closed. */
static void find_header(calx__sqlite3_connection *connection)
{
    sqlite3_file *file = NULL;
    volatile void *region = NULL;
    uint32_t version;
    if (sqlite3_file_control(connection->db, "main", SQLITE_FCNTL_FILE_POINTER, &file) !=
            SQLITE_OK ||
        !file->pMethods || file->pMethods->iVersion < 2 || !file->pMethods->xShmMap)
        return;
    if (file->pMethods->xShmMap(file, 0, INDEX_REGION_BYTES, 0, &region) != SQLITE_OK || !region)
        return;
    memcpy(&version, (const void *)region, sizeof version);
    if (version == INDEX_VERSION)
        connection->wal_index.header = region;
}

/* False while it is being written, or where there is none to look at. */
static bool read_header(const calx__sqlite3_wal_index *index, char out[CALX__SQLITE3_HEADER_BYTES])
{
    char again[CALX__SQLITE3_HEADER_BYTES];
    if (!index->header)
        return false;
    memcpy(out, (const char *)index->header, sizeof again);
    atomic_thread_fence(memory_order_seq_cst);
    memcpy(again, (const char *)index->header + sizeof again, sizeof again);
    return memcmp(out, again, sizeof again) == 0;
}

bool calx__sqlite3_wal_index_is_as_seen(const calx__sqlite3_connection *connection)
{
    const calx__sqlite3_wal_index *index = &connection->wal_index;
    char now[CALX__SQLITE3_HEADER_BYTES];
    return index->is_seen && read_header(index, now) && memcmp(now, index->seen, sizeof now) == 0;
}

bool calx__sqlite3_wal_index_look(calx__sqlite3_connection *connection)
{
    calx__sqlite3_wal_index *index = &connection->wal_index;
    if (!index->header && ((calx__sqlite3_database *)connection->base.database)->has_wal)
        find_header(connection);
    index->is_seen = read_header(index, index->seen);
    return index->is_seen;
}
