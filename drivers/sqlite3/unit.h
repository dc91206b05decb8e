/*
 * unit.h: running the statements of units on a connection that is the database's own: the writer's,
 * or that of a thread's reader.
 */
#ifndef CALX_SQLITE3_UNIT_H
#define CALX_SQLITE3_UNIT_H

#include "drivers/sqlite3/internal.h"

/* ---- cache.c: prepared statements ---- */

#define CALX__SQLITE3_CACHE_SETS 32u /* a power of two */
#define CALX__SQLITE3_CACHE_WAYS 4u  /* in each set the one not used for longest makes room */

typedef struct calx__sqlite3_cached {
    calx_statement *statement; /* NULL: free */
    calx_sql sql;              /* only its numbers live on: the caller's text may go */
    uint64_t used;
} calx__sqlite3_cached;

typedef struct calx__sqlite3_cache {
    uint64_t clock;
    calx__sqlite3_cached entries[CALX__SQLITE3_CACHE_SETS][CALX__SQLITE3_CACHE_WAYS];
} calx__sqlite3_cache;

/* Finds or prepares it; *out is given back with calx__sqlite3_cache_put. */
int calx__sqlite3_cache_get(calx__sqlite3_cache *cache, calx_connection *connection,
                            const calx_sql *sql, int64_t deadline_us, calx_statement **out,
                            calx_error *err);

/* Ends its run. keep false: it is finalized, as those with id 0 always are. */
void calx__sqlite3_cache_put(calx__sqlite3_cache *cache, calx_statement *statement, bool keep);

/* Finalizes all of them. */
void calx__sqlite3_cache_clear(calx__sqlite3_cache *cache);

/* ---- unit.c ---- */

typedef struct calx__sqlite3_runner {
    calx__sqlite3_connection *connection; /* NULL: it is not open */
    calx__sqlite3_cache cache;
    calx_value *scratch; /* completed binds, then the values of a row */
    size_t scratch_count;
} calx__sqlite3_runner;

/* Closes its connection, and forgets what was prepared on it. */
void calx__sqlite3_runner_close(calx__sqlite3_runner *runner);

/* The same for good. */
void calx__sqlite3_runner_finish(calx__sqlite3_runner *runner);

/* Runs the statements of a unit, in the transaction that is open. */
int calx__sqlite3_unit_statements(calx__sqlite3_runner *runner, calx_unit *unit,
                                  int64_t deadline_us, calx_error *err);

/*
 * True for a unit that may have others beside it: changes of rows only, because a statement like
 * COMMIT would end the transaction for all; and without row callbacks, because it may have to run a
 * second time.
 */
bool calx__sqlite3_unit_shares(const calx_unit *unit);

#endif
