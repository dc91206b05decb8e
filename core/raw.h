/*
 * raw.h: SQL of one's own, with binds by name and rows of one's own.
 *
 *     Figure_list figures = calx_sql_all(
 *         session, Figure, "SELECT name, sum(price) AS number FROM orders WHERE city = :city",
 *         BIND(city, "Oslo"));
 *     int64_t rows = calx_sql_execute(session, "UPDATE orders SET price = price * 2");
 *
 * A bind is :name, outside of quotes and comments; \: (in C "\\:") is a colon that begins none. The
 * same one may stand several times. One without a value, or a value without a bind, is
 * CALX_ERROR_INVALID: values are never part of the text.
 *
 * A result's columns are found by their names: a Row (select.h) takes exactly those that it
 * declares, and so does a Model, whose objects are the session's. Others, or one too few, are
 * CALX_ERROR_INVALID. PostgreSQL makes names without quotes lower case. A decimal becomes the
 * integer or double that the row declares: sums and averages are decimals on some databases.
 *
 * What the session has changed is flushed before, since nobody knows which tables the text reads.
 * Objects that it holds know nothing of what the text changes: calx_session_expire makes them.
 */
#ifndef CALX_RAW_H
#define CALX_RAW_H

#include <calx/operand.h>
#include <calx/select.h>

/* A value for :name, of the C types that CALX_VALUE (operand.h) takes; 15 of them at most. In C11
 * true is an int: a boolean is a bool variable, or (bool)true. */
#define BIND(name, c_value) ((calx__bind){#name, CALX_VALUE(c_value)})

/*
 * The rows of a text that only reads: Row_list {items, count}, alive as long as the session. It
 * begins no transaction. The text has to begin with SELECT, WITH, VALUES, TABLE, EXPLAIN, SHOW or
 * DESCRIBE and must not have INSERT, UPDATE (nor FOR UPDATE), DELETE, MERGE and INTO: that is
 * CALX_ERROR_INVALID. Functions that write are not noticed: call them by calx_sql_execute_all.
 */
#define calx_sql_all(session, Row, ...) CALX__RAW_LIST(session, Row, true, CALX__RAW(__VA_ARGS__))

/* The first of them (Row *), NULL if there is none. */
#define calx_sql_first(session, Row, ...)                                                          \
    ((Row *)calx__raw_first((session), &Row##_model, CALX__RAW(__VA_ARGS__)))

/*
 * Runs a text that may change rows, in the session's transaction, which it begins if none is open:
 * commit ends it. How many rows it has inserted, updated or deleted (int64_t), -1 after an error.
 * A text that gives rows is CALX_ERROR_INVALID. DDL commits on MySQL and MariaDB, whatever is open.
 */
#define calx_sql_execute(session, ...) calx__raw_execute((session), CALX__RAW(__VA_ARGS__))

/* The same with rows, as calx_sql_all: of RETURNING, or of functions that write. */
#define calx_sql_execute_all(session, Row, ...)                                                    \
    CALX__RAW_LIST(session, Row, false, CALX__RAW(__VA_ARGS__))

/* ---- What the macros expand to ---- */

typedef struct calx__bind {
    const char *name;
    calx_value value;
} calx__bind;

/* A text and its binds; lent for the call. */
typedef struct calx__raw {
    const char *text;
    const calx__bind *binds;
    size_t bind_count;
} calx__raw;

CALX_API void *calx__raw_all(calx_session *session, const calx_model *row, bool reads,
                             calx__raw raw);
CALX_API void *calx__raw_first(calx_session *session, const calx_model *row, calx__raw raw);
CALX_API int64_t calx__raw_execute(calx_session *session, calx__raw raw);

/* A list that need not be used. */
#define CALX__RAW_LIST(session, Row, reads, raw)                                                   \
    __extension__({ *(Row##_list *)calx__raw_all((session), &Row##_model, (reads), (raw)); })

/* The text and its binds as one array, the text as a bind that is none: so each argument is looked
 * at by itself, and one that is neither does not compile. */
#define CALX__RAW(...)                                                                             \
    ((calx__raw){.text = CALX__FIRST_OF(__VA_ARGS__, ),                                            \
                 .binds = (const calx__bind[]){CALX__EACH(CALX__RAW_BIND, , __VA_ARGS__)} + 1,     \
                 .bind_count = CALX__COUNT(__VA_ARGS__) - 1})
#define CALX__FIRST_OF(first, ...) (first)
#define CALX__RAW_BIND(nothing, argument)                                                          \
    _Generic((argument), calx__bind                                                                \
             : calx__raw_bind, char *                                                              \
             : calx__raw_text, const char *                                                        \
             : calx__raw_text, default                                                             \
             : the_argument_is_not_made_by_BIND)(argument),

extern const struct the_argument_is_not_made_by_BIND *const the_argument_is_not_made_by_BIND;

static inline calx__bind calx__raw_bind(calx__bind bind)
{
    return bind;
}

static inline calx__bind calx__raw_text(const char *text)
{
    (void)text;
    return (calx__bind){.name = ""};
}

#endif
