/*
 * change.h: queries that lock rows, and that change them without loading them; rows that are
 * inserted without objects; objects whose rows may be there already.
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
#define calx_query_update(typed, ...) CALX__UPDATE_ROWS(CALX__UNIQUE, typed, __VA_ARGS__)
#define SET(column, operand) (column, operand)

/* ---- Many rows ---- */

#define CALX_INSERT_ROWS 1024 /* that are sent at a time */
#define CALX_LOAD_ROWS 256    /* so many of one shape are loaded where the database can (COPY) */

/*
 * Inserts rows of plain structs, an array of the caller's own that Model_init has begun: at once,
 * in the session's transaction (begun if there is none), after a flush. In the order of the array,
 * CALX_INSERT_ROWS at a time, as few statements as a flush of new objects makes of them; no objects
 * are made. Returns 0 or the session's error.
 *
 *     Product products[100];
 *     for (int i = 0; i < 100; i++) {
 *         Product_init(&products[i]);
 *         products[i].stock = i;
 *     }
 *     calx_insert_all(session, Product, products, 100);
 *
 * Values are checked and computed as by a flush, which changes nothing in the array; text and bytes
 * are lent for the call. CALX_ERROR_INVALID and others that a value has caused name its index in
 * the array; rows before it may have been sent already: roll back. Listeners are not told;
 * relationships of a struct are not looked at.
 */
#define calx_insert_all(session, Model, records, count)                                            \
    calx__session_insert_all((session), &Model##_model, CALX__RECORDS(Model, records), (count))

/* The same, and the keys that the database generates are set in the array. */
#define calx_insert_all_with_keys(session, Model, records, count)                                  \
    calx__session_insert_all_with_keys((session), &Model##_model, CALX__RECORDS(Model, records),   \
                                       (count))

/* ---- Rows that may be there already ---- */

/*
 * Inserts the row of a new object (Model_new), or, where one has the same values in the columns of
 * ON, all of them of the primary key or of one UNIQUE, sets the columns of UPDATE in that. At once,
 * in the session's transaction (begun if there is none), after a flush. Returns the session's
 * object for the row (Model *), as it is stored, with its key: the new object, or the one that the
 * session held for the row; then, and after an error, the new one is not part of the session any
 * more. Never NULL.
 *
 *     Product *tea = Product_new(session);
 *     tea->code = calx_text_of("tea");
 *     tea->stock = 5;
 *     tea = calx_upsert(session, Product, tea, ON(Product_.code), UPDATE(Product_.stock));
 *
 * Values are checked as by a flush; ON_UPDATE columns are computed and VERSION counts in a row that
 * was there. Listeners are not told. CALX_ERROR_UNIQUE: another unique column has the value.
 * CALX_ERROR_INVALID: columns of ON that are not unique; CALX_ERROR_UNSUPPORTED: an object that was
 * related to others (calx_relate).
 */
#define calx_upsert(session, Model, object, on, update)                                            \
    CALX__UPSERT(session, Model, object, CALX__LISTED_COLUMNS(Model, on),                          \
                 CALX__LISTED_COLUMNS(Model, update))
#define ON(...) (__VA_ARGS__)
#define UPDATE(...) (__VA_ARGS__)

/* The same without an UPDATE: a row that is there stays as it is. */
#define calx_insert_or_get(session, Model, object, on)                                             \
    CALX__UPSERT(session, Model, object, CALX__LISTED_COLUMNS(Model, on), NULL, 0)

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

#define CALX__UPDATE_ROWS(name, typed, ...)                                                        \
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

CALX_API int calx__session_insert_all(calx_session *session, const calx_model *model,
                                      const void *records, size_t count);
CALX_API int calx__session_insert_all_with_keys(calx_session *session, const calx_model *model,
                                                void *records, size_t count);

#define CALX__RECORDS(Model, records)                                                              \
    _Generic((records), Model * : (records), const Model * : (records))

CALX_API void *calx__session_upsert(calx_session *session, void *object,
                                    const calx_column *const *conflict, size_t conflict_count,
                                    const calx_column *const *update, size_t update_count);

#define CALX__UPSERT(session, Model, object, ...)                                                  \
    ((Model *)calx__session_upsert((session), (Model *){(object)}, __VA_ARGS__))
#define CALX__LISTED_COLUMNS(Model, handles) CALX__LISTED_COLUMNS_OF(Model, CALX__OPEN handles)
#define CALX__LISTED_COLUMNS_OF(Model, ...)                                                        \
    (const calx_column *const[]){CALX__EACH(CALX__LISTED_COLUMN, Model, __VA_ARGS__)},             \
        CALX__COUNT(__VA_ARGS__)
#define CALX__LISTED_COLUMN(Model, handle)                                                         \
    ((void)sizeof(1 ? *(handle).model : *(Model##_condition *)0), (handle).expression.column),

#endif
