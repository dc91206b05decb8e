/*
 * select.h: queries for more than the objects of one table: joins, groups, rows of one's own,
 * unions and what is read from the rows of another query.
 *
 * A row is a struct declared by a list as a model is, but it has no table:
 *
 *     #define CUSTOMER_TOTAL(COLUMN, Row)                                                    \
 *         COLUMN(Row, STRING, name)                                                          \
 *         COLUMN(Row, NUMERIC_OR_NULL(10, 2), total)
 *     CALX_ROW_DECLARE(CustomerTotal, CUSTOMER_TOTAL)
 *     CALX_ROW_DEFINE(CustomerTotal, CUSTOMER_TOTAL)
 *
 *     Order_query *orders = calx_group_by(calx_query_of(session, Order),
 *                                         AT(Order_.customer, Customer_.name));
 *     CustomerTotal_list totals = calx_all(calx_select(
 *         orders, CustomerTotal, FIELD(name, AT(Order_.customer, Customer_.name)),
 *         FIELD(total, SUM(Order_.price))));
 *
 * calx_select gives a query of its rows: calx_filter, calx_order_by, calx_limit, calx_count and
 * another calx_select are about these rows then. Rows are plain structs in the session's memory.
 */
#ifndef CALX_SELECT_H
#define CALX_SELECT_H

#include <calx/macro.h>
#include <calx/query.h>
#include <calx/relationship.h>

/* ---- Joins: each takes the query and returns it ---- */

/*
 * Joins the table at the end of a relationship, once for each related row; AT does it by itself.
 * With calx_outer_join rows without a related one stay, and its columns are NULL. Of a longer path
 * name each part: calx_outer_join(orders, Order_.customer), then
 * calx_outer_join_from(orders, Order_.customer, Customer_.city).
 */
#define calx_join(typed, path) CALX__JOIN(CALX__UNIQUE, typed, path, false)
#define calx_outer_join(typed, path) CALX__JOIN(CALX__UNIQUE, typed, path, true)
#define calx_outer_join_from(typed, from, path) CALX__JOIN_FROM(CALX__UNIQUE, typed, from, path)

/* Joins any model, or the rows of a query, by a condition of the query's model, in which WITHIN
 * (expression.h) names the other's columns: a model once only. */
#define calx_join_on(typed, Model, condition)                                                      \
    CALX__JOIN_ON(CALX__UNIQUE, typed, &Model##_model, NULL, condition, false)
#define calx_outer_join_on(typed, Model, condition)                                                \
    CALX__JOIN_ON(CALX__UNIQUE, typed, &Model##_model, NULL, condition, true)
#define calx_join_rows(typed, rows, condition)                                                     \
    CALX__JOIN_ON(CALX__UNIQUE, typed, calx__query_model((rows)->query), (rows)->query, condition, \
                  false)

/* ---- Groups ---- */

/* One row for each value of the expression; a second one groups within the first. What has many
 * values in a group is selected by an aggregate only (function.h); columns of a table whose primary
 * key is among the groups have one. CALX_ERROR_INVALID otherwise. */
#define calx_group_by(typed, e) CALX__WITH(CALX__UNIQUE, typed, calx__query_group_by, e)

/* Groups for which the condition is true: it may have aggregates (function.h). */
#define calx_having(typed, conditions)                                                             \
    CALX__CONDITIONED(CALX__UNIQUE, typed, calx__query_having, conditions)

/* Each row once. */
#define calx_distinct(typed) CALX__DO(CALX__UNIQUE, typed, calx__query_distinct)

/* ---- Rows ---- */

/* A query of these fields, 1 to 16 of them: FIELD(column of the Row, expression). Columns of the
 * row that are left out are zero, or NULL. */
#define calx_select(typed, Row, ...) CALX__SELECT_ROWS(CALX__UNIQUE, typed, Row, __VA_ARGS__)
#define FIELD(name, e) (name, e)

/* The rows of both queries, of one Row and with the same fields: each once, or all of them. */
#define calx_union(typed, other) CALX__TOGETHER(CALX__UNIQUE, typed, other, UNION)
#define calx_union_all(typed, other) CALX__TOGETHER(CALX__UNIQUE, typed, other, UNION_ALL)

/* The rows of the first query, and those that the second one makes of them, again and again: it
 * reads them as a table, by calx_query_of(session, Row) or calx_join_on(…, Row, …). */
#define calx_recursive(typed, step) CALX__TOGETHER(CALX__UNIQUE, typed, step, RECURSIVE)

#define CALX_ROW_DECLARE(Row, LIST)                                                                \
    typedef struct Row {                                                                           \
        LIST(CALX__STRUCT_MEMBER, Row)                                                             \
    } Row;                                                                                         \
    CALX__QUERY_TYPES(Row, LIST)

/* In one source file. */
#define CALX_ROW_DEFINE(Row, LIST)                                                                 \
    static const calx_column Row##__columns[] = {LIST(CALX__COLUMN_DEFINE, Row)};                  \
    const calx_model Row##_model = {                                                               \
        .name = #Row,                                                                              \
        .table = #Row,                                                                             \
        .size = sizeof(Row),                                                                       \
        .columns = Row##__columns,                                                                 \
        .column_count = Row##__column_count,                                                       \
    };                                                                                             \
    const Row##_columns Row##_ = {LIST(CALX__HANDLE_DEFINE, Row)};

/* ---- What the macros expand to ---- */

CALX_API void calx__query_join(calx_query *query, const calx_relationship *from,
                               const calx_relationship *path, bool outer);
CALX_API void calx__query_join_on(calx_query *query, const calx_model *model,
                                  const calx_query *rows, calx_expression condition, bool outer);
CALX_API void calx__query_group_by(calx_query *query, calx_expression expression);
CALX_API void calx__query_having(calx_query *query, calx_expression condition);
CALX_API void calx__query_distinct(calx_query *query);

/* A field of a Row: a column of its model, by index. */
typedef struct calx__selected {
    size_t column;
    calx_expression expression;
} calx__selected;
CALX_API void *calx__query_select(calx_query *query, const calx_model *row, const void *columns,
                                  const calx__selected *fields, size_t count);

typedef enum calx__union {
    CALX__UNION,
    CALX__UNION_ALL,
    CALX__RECURSIVE, /* UNION ALL, and the second query reads what the first one has made */
} calx__union;
CALX_API void *calx__query_union(const calx_query *query, const void *columns,
                                 const calx_query *other, calx__union how);

#define CALX__JOIN(name, typed, path, outer)                                                       \
    __extension__({                                                                                \
        __auto_type name = (typed);                                                                \
        (void)sizeof(1 ? *(path).model : *name->condition);                                        \
        calx__query_join(name->query, NULL, (path).relationship, (outer));                         \
        name;                                                                                      \
    })

#define CALX__JOIN_FROM(name, typed, from, path)                                                   \
    __extension__({                                                                                \
        __auto_type name = (typed);                                                                \
        (void)sizeof(1 ? *(from).model : *name->condition);                                        \
        (void)sizeof(1 ? *(path).model : *(from).target);                                          \
        calx__query_join(name->query, (from).relationship, (path).relationship, true);             \
        name;                                                                                      \
    })

#define CALX__JOIN_ON(name, typed, joined, rows, condition_of_it, outer)                           \
    __extension__({                                                                                \
        __auto_type name = (typed);                                                                \
        calx__query_join_on(name->query, (joined), (rows),                                         \
                            (1 ? (condition_of_it) : *name->condition).expression, (outer));       \
        name;                                                                                      \
    })

#define CALX__CONDITIONED(name, typed, function, conditions)                                       \
    __extension__({                                                                                \
        __auto_type name = (typed);                                                                \
        function(name->query, (1 ? (conditions) : *name->condition).expression);                   \
        name;                                                                                      \
    })

#define CALX__WITH(name, typed, function, e)                                                       \
    __extension__({                                                                                \
        __auto_type name = (typed);                                                                \
        CALX__SAME_MODEL(*name, e);                                                                \
        function(name->query, (e).expression);                                                     \
        name;                                                                                      \
    })

#define CALX__DO(name, typed, function)                                                            \
    __extension__({                                                                                \
        __auto_type name = (typed);                                                                \
        function(name->query);                                                                     \
        name;                                                                                      \
    })

#define CALX__SELECT_ROWS(name, typed, Row, ...)                                                   \
    __extension__({                                                                                \
        __auto_type name = (typed);                                                                \
        (Row##_query *)calx__query_select(                                                         \
            name->query, &Row##_model, &Row##_,                                                    \
            (calx__selected[]){CALX__EACH(CALX__SELECTED, (Row, name), __VA_ARGS__)},              \
            CALX__COUNT(__VA_ARGS__));                                                             \
    })
#define CALX__SELECTED(row_and_query, field)                                                       \
    CALX__SELECTED_OF(CALX__BOTH_OF row_and_query, CALX__BOTH_OF field)
#define CALX__BOTH_OF(a, b) a, b
#define CALX__SELECTED_OF(...) CALX__SELECTED_FIELD(__VA_ARGS__)
#define CALX__SELECTED_FIELD(Row, query_name, name, e)                                             \
    {Row##__##name,                                                                                \
     (CALX__SAME_VALUES(Row##_.name, e), CALX__SAME_MODEL(*query_name, e), (e).expression)},

#define CALX__TOGETHER(name, typed, other, how)                                                    \
    __extension__({                                                                                \
        __auto_type name = (typed);                                                                \
        (__typeof__(name))calx__query_union(name->query, name->columns,                            \
                                            (1 ? (other) : name)->query, CALX__##how);             \
    })

#endif
