/*
 * change.h: queries that lock rows.
 *
 *     Job *job = calx_first(calx_for_update_skip_locked(
 *         calx_order_by(calx_filter_by(calx_query_of(session, Job), done, false), Job_.id)));
 */
#ifndef CALX_CHANGE_H
#define CALX_CHANGE_H

#include <calx/query.h>

/* ---- Locks: each takes the query and returns it ---- */

/*
 * Nobody else changes or locks the rows until the session's transaction ends; it is begun if there
 * is none. Where others have locked one it waits, as long as the database's lock timeout:
 * CALX_ERROR_LOCK_TIMEOUT. Objects that the session holds already are read anew, but for members
 * that were changed and not flushed.
 *
 * SQLite has one lock for the whole database, which is taken. With a join PostgreSQL locks rows of
 * the query's model only, MariaDB those of the joined tables too. CALX_ERROR_UNSUPPORTED: of
 * calx_count, groups, DISTINCT, or a query that is a part of another one.
 */
#define calx_for_update(typed) CALX__CALL(CALX__UNIQUE, typed, calx__query_lock, CALX__LOCK_WAIT)

/* Without the rows that others have locked. On SQLite CALX_ERROR_UNSUPPORTED. */
#define calx_for_update_skip_locked(typed)                                                         \
    CALX__CALL(CALX__UNIQUE, typed, calx__query_lock, CALX__LOCK_SKIP_LOCKED)

/* CALX_ERROR_LOCK_TIMEOUT at once where others have locked one. On SQLite CALX_ERROR_UNSUPPORTED.
 */
#define calx_for_update_nowait(typed)                                                              \
    CALX__CALL(CALX__UNIQUE, typed, calx__query_lock, CALX__LOCK_NOWAIT)

/* ---- What the macros expand to ---- */

typedef enum calx__lock {
    CALX__LOCK_NONE,
    CALX__LOCK_WAIT,
    CALX__LOCK_SKIP_LOCKED,
    CALX__LOCK_NOWAIT,
} calx__lock;
CALX_API void calx__query_lock(calx_query *query, calx__lock how);

#endif
