/*
 * reader.h: reading without a connection of the pool: each thread with a loop has a reader of its
 * own, whose snapshot serves all that the thread reads in one turn, as long as nothing has been
 * committed since.
 */
#ifndef CALX_SQLITE3_READER_H
#define CALX_SQLITE3_READER_H

#include "drivers/sqlite3/internal.h"

int calx__sqlite3_readers_create(calx_database *database, calx__sqlite3_readers **out,
                                 calx_error *err);

/* No thread reads any more, though its turn may not have ended. Accepts NULL. */
void calx__sqlite3_readers_destroy(calx__sqlite3_readers *readers);

/*
 * Runs a unit of SELECTs outside a transaction, as unit_run. CALX_UNIT_DECLINED where the thread
 * has no turns that end (calx_defer), or its reader is busy with a long statement.
 */
int calx__sqlite3_reader_run(calx__sqlite3_readers *readers, calx_unit *unit, int64_t deadline_us,
                             calx_error *err);

#endif
