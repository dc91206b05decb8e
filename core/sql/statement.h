/*
 * statement.h: a statement as a tree, and its compilation to text with bind slots. The text depends
 * on the shape only (columns, operators, which values are NULL), so it is made once per shape and
 * engine. Private to core.
 */
#ifndef CALX_CORE_SQL_STATEMENT_H
#define CALX_CORE_SQL_STATEMENT_H

#include <calx/buffer.h>
#include <calx/change.h>
#include <calx/driver.h>
#include <calx/select.h>

#include "core/dialect/dialect.h"

#define CALX_SQL_CACHE_MAX                                                                         \
    1024 /* shapes kept per engine; beyond it text is made anew each time                          \
          */
#define CALX_EXPRESSION_DEPTH_MAX 200 /* levels of AND, OR, NOT */
#define CALX_BRACKETS_MAX 20 /* of them in brackets: SQLite's parser has room for 21 (3.40) */
#define CALX_ORDER_MAX 16
#define CALX_JOINS_MAX 32 /* tables that a query joins; MariaDB takes 61 */

/* The table of a column inside WITHIN: it is looked for when the text is made. */
#define CALX__TABLE_WITHIN (~0u)

typedef enum calx__statement_kind {
    CALX__SELECT, /* all columns of the model, in its order, or the clauses' fields */
    CALX__COUNT,  /* one row, one integer; counts within limit and offset */
    CALX__INSERT,
    CALX__UPDATE,
    CALX__DELETE,
} calx__statement_kind;

typedef struct calx__order {
    const calx_expression *expression;
    bool descending;
} calx__order;

/* A table that a query joins: its number is its place in the list, from 1. */
typedef struct calx__join {
    const calx_model *model;
    const void *along;   /* what led here: the column with a foreign key, or the relationship */
    unsigned along_from; /* … and from which table */
    unsigned from;       /* the table it is joined to: another one where a third is between them */
    bool outer;
    const calx_column *own[CALX_KEY_COLUMNS_MAX]; /* of that table, equal to */
    const calx_column *other[CALX_KEY_COLUMNS_MAX];
    size_t column_count;
    const calx_expression *on;          /* instead of columns */
    const struct calx__statement *rows; /* the model is a row: whose rows they are */
    struct calx__join *next;
} calx__join;

/* A column of a result: an expression, named as the row's column. */
typedef struct calx__field {
    const calx_column *column;
    const calx_expression *expression;
} calx__field;

/* One that was set: a column of an UPDATE. */
typedef struct calx__assignment {
    const calx_column *column;
    const calx_expression *expression;
} calx__assignment;

/* What only some statements have. Expressions are in the order of the text. */
typedef struct calx__clauses {
    calx__join *joins;
    unsigned join_count;
    bool has_subqueries;
    bool distinct;
    calx__lock lock;
    const calx__field *fields; /* SELECT: instead of the model's columns */
    size_t field_count;
    bool reselects; /* they are not the fields of the rows below, in their order */
    const struct calx__statement *rows;       /* the model is a row: whose rows they are … */
    const struct calx__statement *other_rows; /* … and these, if it is a union */
    calx__union how;
    const calx_expression *groups[CALX_ORDER_MAX];
    size_t group_count;
    const calx_expression *having;
    const calx__assignment *assignments; /* UPDATE: instead of columns and values;
                                            INSERT: what becomes of a row that is there */
    size_t assignment_count;
    uint64_t conflict;   /* INSERT: bits of the columns that tell whether the row is there */
    const void *records; /* INSERT: more rows than one: one for each bit of columns and record */
    size_t record_count;
} calx__clauses;

typedef struct calx__statement {
    calx__statement_kind kind;
    const calx_model *model;
    const calx_expression *where; /* NULL: all rows */
    uint64_t matched;             /* and these columns have these values, none of them NULL */
    const calx_value *match;      /* one for each bit of matched */
    uint64_t columns;             /* INSERT, UPDATE: bit i is columns[i] of the model */
    const calx_value *values;     /* INSERT, UPDATE: one for each bit of columns */
    bool generates_key; /* INSERT: the primary key is not among the columns and is wanted back */
    calx__order *order;
    size_t order_count;
    int64_t limit;          /* -1: none */
    int64_t offset;         /* 0: none */
    calx__clauses *clauses; /* NULL: none of them */
} calx__statement;

/* Are both the same, in operators, columns and values? */
bool calx__expression_equal(const calx_expression *a, const calx_expression *b);

/* The kind of its values; that of a NULL is unknown: CALX_KIND_NULL. */
calx_kind calx__expression_kind(const calx_expression *expression);

/* What a query says, of a subquery (core/orm/query.c). */
const calx__statement *calx__query_statement(const calx_query *query);

/* Is this true of the model of any table that the statement reads (or changes), also in subqueries
 * and in the rows of other queries? Rows' own models are asked about, too. */
typedef bool calx__model_question(const void *context, const calx_model *model);
bool calx__statement_reads(const calx__statement *statement, calx__model_question *is,
                           const void *context);

/* The query whose text the statement's is: itself, or the one whose rows it hands on as they are.
 * This one alone may lock. */
const calx__statement *calx__statement_outermost(const calx__statement *statement);

typedef struct calx__sql_cache calx__sql_cache;

/* How many records an INSERT takes at once: two sizes, because each is a text of its own that a
 * connection prepares. */
#define CALX__RECORDS_SIZES 2u
#define CALX__RECORDS_MAX 64u
#define CALX__RECORDS_BINDS_MAX 1024u /* what it costs to prepare grows with them */

/* An id for a calx_sql: never used twice in a process, since connections know statements by it. */
uint64_t calx__sql_new_id(void);

/* NULL when out of memory. */
calx__sql_cache *calx__sql_cache_create(void);
void calx__sql_cache_destroy(calx__sql_cache *cache);

/*
 * Text and binds of a statement. *sql lives as long as the cache (or, with id 0, the arena); *binds
 * is in the arena and lends the values' bytes. Binds are checked against nothing: values come from
 * encode. INTEGER comparisons bind the value's own kind, so that a value out of the column's range
 * matches nothing (or everything) by itself; a NULL value of EQUAL becomes IS NULL. Text with NUL
 * or invalid UTF-8 in a comparison equals nothing. CALX_ERROR_LIMIT: too deep or too many binds
 * (CALX_BINDS_MAX); CALX_ERROR_UNSUPPORTED: the database cannot do it; CALX_ERROR_INVALID: a column
 * of a table that the statement has not. Thread-safe.
 */
int calx__statement_compile(calx__sql_cache *cache, const calx__dialect *dialect,
                            const calx__statement *statement, calx_arena *arena,
                            const calx_sql **sql, calx_value **binds, calx_error *err);

/*
 * How many of the records that are left the next statement takes, of so many columns, and in which
 * size; CALX__RECORDS_SIZES: all of them, one by one.
 */
size_t calx__records_next(size_t left, size_t column_count, size_t *size);

/*
 * The text for so many records at once, of an INSERT with columns that was compiled to `one`: lives
 * as long as that; *out is NULL where it is not kept.
 */
int calx__statement_compile_records(calx__sql_cache *cache, const calx__dialect *dialect,
                                    const calx__statement *statement, const calx_sql *one,
                                    size_t size, const calx_sql **out, calx_error *err);

/* The SELECT of a model's row by its key, whose text does not depend on the values: as it was kept,
 * by any thread; NULL: compile it, and keep it. */
const calx_sql *calx__sql_cache_get(calx__sql_cache *cache, const calx_model *model);
void calx__sql_cache_keep_get(calx__sql_cache *cache, const calx_sql *sql);

/* The query that takes keys ahead (calx__dialect), as long as the cache lives; NULL: the dialect
 * has none. */
const calx_sql *calx__sql_cache_take_keys(calx__sql_cache *cache, const calx__dialect *dialect);

/* ---- load.c ---- */

/* Of records with these columns, in the arena; where the dialect can load. The caller sets what is
 * loaded. */
int calx__load_compile(const calx__dialect *dialect, const calx_model *model, uint64_t columns,
                       calx_arena *arena, calx_load *out, calx_error *err);

#endif
