/*
 * statement.h: a statement as a tree, and its compilation to text with bind slots. The text depends
 * on the shape only (columns, operators, which values are NULL), so it is made once per shape and
 * engine. Private to core.
 */
#ifndef CALX_CORE_SQL_STATEMENT_H
#define CALX_CORE_SQL_STATEMENT_H

#include <calx/buffer.h>
#include <calx/driver.h>
#include <calx/query.h>

#include "core/dialect/dialect.h"

#define CALX_SQL_CACHE_MAX                                                                         \
    1024 /* shapes kept per engine; beyond it text is made anew each time                          \
          */
#define CALX_EXPRESSION_DEPTH_MAX 200 /* levels of AND, OR, NOT */
#define CALX_BRACKETS_MAX 20 /* of them in brackets: SQLite's parser has room for 21 (3.40) */
#define CALX_ORDER_MAX 16

typedef enum calx__statement_kind {
    CALX__SELECT, /* all columns of the model, in its order */
    CALX__COUNT,  /* one row, one integer; counts within limit and offset */
    CALX__INSERT,
    CALX__UPDATE,
    CALX__DELETE,
} calx__statement_kind;

typedef struct calx__order {
    const calx_column *column;
    bool descending;
} calx__order;

typedef struct calx__statement {
    calx__statement_kind kind;
    const calx_model *model;
    const calx_expression *where; /* NULL: all rows */
    uint64_t matched;             /* and these columns have these values, none of them NULL */
    const calx_value *match;      /* one for each bit of matched */
    uint64_t columns;             /* INSERT, UPDATE: bit i is columns[i] of the model */
    const calx_value *values;     /* INSERT, UPDATE: one for each bit of columns */
    bool generates_key; /* INSERT: the primary key is not among the columns and is wanted back */
    calx__order order[CALX_ORDER_MAX];
    size_t order_count;
    int64_t limit;  /* -1: none */
    int64_t offset; /* 0: none */
} calx__statement;

typedef struct calx__sql_cache calx__sql_cache;

/* NULL when out of memory. */
calx__sql_cache *calx__sql_cache_create(void);
void calx__sql_cache_destroy(calx__sql_cache *cache);

/*
 * Text and binds of a statement. *sql lives as long as the cache (or, with id 0, the arena); *binds
 * is in the arena and lends the values' bytes. Binds are checked against nothing: values come from
 * encode. INTEGER comparisons bind the value's own kind, so that a value out of the column's range
 * matches nothing (or everything) by itself; a NULL value of EQUAL becomes IS NULL. Text with NUL
 * or invalid UTF-8 in a comparison equals nothing. CALX_ERROR_LIMIT: too deep or too many binds
 * (CALX_BINDS_MAX). Thread-safe.
 */
int calx__statement_compile(calx__sql_cache *cache, const calx__dialect *dialect,
                            const calx__statement *statement, calx_arena *arena,
                            const calx_sql **sql, calx_value **binds, calx_error *err);

#endif
