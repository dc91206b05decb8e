/*
 * change.h: queries that lock rows, and that change them without loading them.
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

/* ---- Updates ---- */

/*
 * Sets columns of all rows of the query, at once, in the session's transaction (begun if there is
 * none), after a flush as before a query; returns how many rows it has matched (int64_t), -1 after
 * an error. 1 to 16 SETs, of an expression or a C value:
 *
 *     calx_query_update(query, SET(Product_.stock, SUBTRACT(Product_.stock, 1)),
 *                       SET(Product_.state, "sold"));
 *
 * Expressions read what was there before. C values are checked as those of objects are
 * (CALX_ERROR_INVALID), what is calculated by the database alone. ON_UPDATE columns are computed
 * and VERSION counts, unless they are set. Objects of the model are loaded anew by the next get or
 * query. CALX_ERROR_INVALID: a primary key, a column twice; CALX_ERROR_UNSUPPORTED: a query with
 * joins, groups, order, limit, offset or lock, and on MariaDB columns that take each other's
 * values.
 */
#define calx_query_update(typed, ...) CALX__UPDATE(CALX__UNIQUE, typed, __VA_ARGS__)
#define SET(column, operand) (column, operand)

/* ---- What the macros expand to ---- */

typedef enum calx__lock {
    CALX__LOCK_NONE,
    CALX__LOCK_WAIT,
    CALX__LOCK_SKIP_LOCKED,
    CALX__LOCK_NOWAIT,
} calx__lock;
CALX_API void calx__query_lock(calx_query *query, calx__lock how);

typedef struct calx__set {
    calx_expression column;
    calx_expression expression;
} calx__set;
CALX_API int64_t calx__query_update(const calx_query *query, const calx__set *sets, size_t count);

#define CALX__UPDATE(name, typed, ...)                                                             \
    __extension__({                                                                                \
        __auto_type name = (typed);                                                                \
        calx__query_update(name->query,                                                            \
                           (const calx__set[]){CALX__EACH(CALX__SET_ONE, name, __VA_ARGS__)},      \
                           CALX__COUNT(__VA_ARGS__));                                              \
    })
#define CALX__SET_ONE(query_name, set) CALX__SET_OF(query_name, CALX__OPEN set)
#define CALX__SET_OF(...) CALX__SET_COLUMN(__VA_ARGS__)
#define CALX__SET_COLUMN(query_name, column, operand)                                              \
    {(CALX__SAME_MODEL(*query_name, column), (column).expression), CALX__OPERAND(column, operand)},

#endif
