/*
 * query.h: what is asked of a model's table, in typed form. A misspelt column, a column of another
 * model and a value of the wrong type do not compile: each model has a query type and a condition
 * type of its own, and values are chosen by _Generic.
 *
 *     Todo_query *open = calx_filter(calx_query_of(session, Todo), EQUAL(Todo_.completed, false));
 *     Todo_list todos = calx_all(calx_order_by(open, Todo_.id));
 *
 * Queries live in the session's arena. Errors are the session's (session.h): after one, results are
 * empty.
 */
#ifndef CALX_QUERY_H
#define CALX_QUERY_H

#include <calx/api.h>
#include <calx/expression.h>
#include <calx/model.h>
#include <calx/operand.h>

/* ---- Queries: each takes the query and returns it ---- */

/* A query for all rows of a model. */
#define calx_query_of(session, Model)                                                              \
    ((Model##_query *)calx__query_create((session), &Model##_model, &Model##_))

/* Rows for which the condition is true, too: filters add up by AND. */
#define calx_filter(typed, conditions) CALX__FILTER(CALX__UNIQUE, typed, conditions)

/* calx_filter with EQUAL on a column of the query's own model:
 * calx_filter_by(query, title, "milk") */
#define calx_filter_by(typed, name, wanted) CALX__FILTER_BY(CALX__UNIQUE, typed, name, wanted)

/* By a column or any expression, ascending; a second one orders within the first. NULL comes before
 * every value, and text is ordered by its code points, on every database. */
#define calx_order_by(typed, handle) CALX__ORDER_BY(CALX__UNIQUE, typed, handle, false)
#define calx_order_by_descending(typed, handle) CALX__ORDER_BY(CALX__UNIQUE, typed, handle, true)

/* At most so many rows, and so many left out at the beginning. Negative is an error
 * (CALX_ERROR_INVALID). */
#define calx_limit(typed, rows) CALX__CALL(CALX__UNIQUE, typed, calx__query_limit, rows)
#define calx_offset(typed, rows) CALX__CALL(CALX__UNIQUE, typed, calx__query_offset, rows)

/* ---- Results ---- */

/* All objects: Todo_list {items, count}, alive as long as the session. */
#define calx_all(typed) CALX__ALL(CALX__UNIQUE, typed)

/* The first object (Todo *), or NULL. */
#define calx_first(typed) CALX__FIRST(CALX__UNIQUE, typed)

/* How many rows (int64_t); limit and offset count. */
#define calx_count(typed) calx__query_count((typed)->query)

/*
 * Deletes the rows, without loading them, at the next flush; part of the unit like everything else.
 * Objects of these rows that the session holds are forgotten when it is flushed. limit, offset and
 * order are errors (CALX_ERROR_UNSUPPORTED).
 */
#define calx_query_delete(typed) calx__query_delete((typed)->query)

/* The same at once, in the session's transaction (flushing before); returns the number of rows
 * (int64_t), -1 after an error. */
#define calx_query_delete_count(typed) calx__query_delete_count((typed)->query)

/* The object with this primary key (Todo *), out of the identity map or loaded; NULL if there is
 * none. A key of several columns is named in their order: calx_get(session, OrderLine, order, 3) */
#define calx_get(session, Model, ...)                                                              \
    ((Model *)calx__session_get((session), &Model##_model, CALX__KEY(__VA_ARGS__)))

/* ---- What the macros expand to ---- */

CALX_API void *calx__query_create(calx_session *session, const calx_model *model,
                                  const void *columns);
CALX_API const calx_model *calx__query_model(const calx_query *query);
CALX_API void calx__query_filter(calx_query *query, calx_expression condition);
CALX_API void calx__query_order_by(calx_query *query, calx_expression expression, bool descending);
CALX_API void calx__query_limit(calx_query *query, int64_t rows);
CALX_API void calx__query_offset(calx_query *query, int64_t rows);
CALX_API void *calx__query_all(calx_query *query);
CALX_API void *calx__query_first(calx_query *query);
CALX_API int64_t calx__query_count(calx_query *query);
CALX_API void calx__query_delete(calx_query *query);
CALX_API int64_t calx__query_delete_count(calx_query *query);
CALX_API void *calx__session_get(calx_session *session, const calx_model *model,
                                 const calx_value *key, size_t count);

/* The values of a key, and how many they are. */
#define CALX__KEY(...)                                                                             \
    (const calx_value[]){CALX__EACH(CALX__KEY_VALUE, , __VA_ARGS__)},                              \
        (sizeof((const calx_value[]){CALX__EACH(CALX__KEY_VALUE, , __VA_ARGS__)}) /                \
         sizeof(calx_value))
#define CALX__KEY_VALUE(nothing, key) CALX_VALUE(key),

/* Conditionals of two struct types are an error: so a condition, or a column, of another model does
 * not compile. */
#define CALX__FILTER(name, typed, conditions)                                                      \
    __extension__({                                                                                \
        __auto_type name = (typed);                                                                \
        calx__query_filter(name->query, (1 ? (conditions) : *name->condition).expression);         \
        name;                                                                                      \
    })

#define CALX__FILTER_BY(name, typed, column_name, wanted)                                          \
    __extension__({                                                                                \
        __auto_type name = (typed);                                                                \
        calx__query_filter(name->query, EQUAL(name->columns->column_name, wanted).expression);     \
        name;                                                                                      \
    })

#define CALX__ORDER_BY(name, typed, handle, descending)                                            \
    __extension__({                                                                                \
        __auto_type name = (typed);                                                                \
        (void)sizeof(1 ? *(handle).model : *name->condition);                                      \
        calx__query_order_by(name->query, (handle).expression, (descending));                      \
        name;                                                                                      \
    })

#define CALX__CALL(name, typed, function, argument)                                                \
    __extension__({                                                                                \
        __auto_type name = (typed);                                                                \
        function(name->query, (argument));                                                         \
        name;                                                                                      \
    })

#define CALX__ALL(name, typed)                                                                     \
    __extension__({                                                                                \
        __auto_type name = (typed);                                                                \
        *(__typeof__(name->list))calx__query_all(name->query);                                     \
    })

#define CALX__FIRST(name, typed)                                                                   \
    __extension__({                                                                                \
        __auto_type name = (typed);                                                                \
        (__typeof__(name->row))calx__query_first(name->query);                                     \
    })

#endif
