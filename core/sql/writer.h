/*
 * writer.h: one walk over a statement, done in two ways. The first makes its key, the words that
 * say which text it has, and its binds; the second, for a new key only, makes the text. Both take
 * the same decisions in the same order because they are the same code: where the text gets a
 * piece, the key gets that piece's address. Private to this folder.
 */
#ifndef CALX_CORE_SQL_WRITER_H
#define CALX_CORE_SQL_WRITER_H

#include "core/sql/statement.h"

#define CALX__KEY_WORDS_MAX 384u /* statements with a longer key are not cached */

/* A SELECT with the one around it: where a column's table is looked for. */
typedef struct calx__scope {
    const calx__statement *statement;
    unsigned base;  /* a table's number in the whole text is this plus its number in the query */
    bool qualified; /* columns are written with their tables */
    const struct calx__scope *around;
} calx__scope;

typedef struct calx__writer {
    const calx__dialect *dialect;
    calx_buffer *text; /* NULL while the key is made */
    calx_buffer kinds; /* of the binds, with the text */
    uintptr_t key[CALX__KEY_WORDS_MAX];
    size_t key_count;
    bool overflow; /* the key does not hold everything */
    calx_value *binds;
    size_t bind_count;
    size_t bind_capacity;
    calx_arena *arena;
    const calx__statement *outermost;
    const calx__statement *recursive; /* its fields get the types of rows that lead to rows */
    const calx__scope *scope;
    unsigned table_count; /* of all scopes until now */
    int depth;            /* levels, and brackets, that are left */
    int brackets;
    calx_error *err;
    int code; /* the first failure */
} calx__writer;

/* text NULL: it makes the key. */
void calx__writer_init(calx__writer *to, const calx__dialect *dialect, calx_buffer *text,
                       calx_arena *arena, calx_error *err);

/* A piece of text that lives for ever, a number, a name. */
void calx__write(calx__writer *to, const char *text);
void calx__write_number(calx__writer *to, unsigned number);
void calx__write_name(calx__writer *to, const char *name);

/* A bind: the kind is what the database is told. */
void calx__write_bind(calx__writer *to, calx_value value, calx_kind kind);

/* What has no text, but decides on it. */
void calx__write_decision(calx__writer *to, uintptr_t word);

/* The statement fails; the first failure counts. */
void calx__write_fails(calx__writer *to, calx_error_class code, const char *format, ...)
    CALX_PRINTF(3, 4);

/* ---- expression.c, condition.c, pattern.c ---- */

void calx__write_expression(calx__writer *to, const calx_expression *expression);
void calx__write_condition(calx__writer *to, const calx_expression *condition);

/* In brackets where it is an operand of that operator and needs them. */
void calx__write_condition_within(calx__writer *to, const calx_expression *condition,
                                  calx_operator within);

/* A column of the scope's table. */
void calx__write_column(calx__writer *to, const calx_column *column, unsigned table);

/* Where a column inside WITHIN is: the table that this query joins, or any of those around it.
 * NULL: nowhere. */
const calx__scope *calx__column_scope(const calx__writer *to, const calx_column *column,
                                      unsigned *table);

/* May it be NULL? True when in doubt. */
bool calx__expression_is_nullable(const calx__writer *to, const calx_expression *expression);

/* The pattern as the dialect's LIKE takes it, in the arena. Negative when out of memory. */
int calx__pattern_translate(unsigned how, bool glob, calx_text *pattern, calx_arena *arena);

/* ---- function.c ---- */

/* With the window of a node of OVER, or NULL. */
void calx__write_function(calx__writer *to, const calx_expression *function,
                          const calx_expression *over);
void calx__write_over(calx__writer *to, const calx_expression *over);

/* What it gives; and is that what its first operand is? */
calx_kind calx__function_kind(const calx_expression *function);
bool calx__function_gives_first(const calx_expression *function);

/* ---- group.c: what is refused everywhere because some databases refuse it; looked at when the
 * text is made ---- */

/* An aggregate, or a window, in conditions on rows. */
void calx__check_filter(calx__writer *to, const calx_expression *where);

/* A column beside aggregates that has many values in a group. In the statement's scope. */
void calx__check_groups(calx__writer *to, const calx__statement *statement);

/* ---- order.c: where it counts which values are equal, or larger ---- */

/* Is it a label of an enumeration? Where the database knows only their text, its order is that of
 * an expression for their places. */
bool calx__expression_is_enumerator(const calx_expression *expression);

/* Fails for documents. */
void calx__check_comparable(calx__writer *to, const calx_column *column);

/* Where equal values are one. */
void calx__write_equated(calx__writer *to, const calx_expression *expression);

/* What is compared by its order; the other side of such a comparison is written after it. */
void calx__write_ordered(calx__writer *to, const calx_expression *expression);
void calx__write_other_side(calx__writer *to, const calx_expression *expression,
                            const calx_expression *ordered);

/* What is selected; sorted: ORDER BY names it by its number. */
void calx__write_field(calx__writer *to, const calx_expression *expression, bool sorted);

/* What stands in ORDER BY, and what stands behind it. */
void calx__write_sorted(calx__writer *to, const calx_expression *expression, bool descending);
void calx__write_direction(calx__writer *to, const calx_expression *expression, bool descending);

/* ---- with.c ---- */

/* The statement's clauses, or those of one that has none. */
const calx__clauses *calx__clauses_of(const calx__statement *statement);

/* Is the text of a query of rows that of the queries they come from? */
bool calx__is_direct(const calx__statement *statement);

/* These queries, one or a union. */
void calx__write_rows(calx__writer *to, const calx__clauses *clauses);

/* "WITH a AS (…), b AS (…) ": the queries whose rows this one reads. */
void calx__write_with(calx__writer *to, const calx__statement *statement);

/* ---- select.c, change.c ---- */

/* A SELECT; around NULL: of no other statement's tables. */
void calx__write_select(calx__writer *to, const calx__statement *statement,
                        const calx__scope *around);

/* A SELECT inside of another statement. */
void calx__write_subquery(calx__writer *to, const calx__statement *statement);

/* Is a field called as a column that it is not? By a bare name ORDER BY, and on MariaDB a window,
 * too, would mean the field. */
bool calx__fields_hide_a_column(const calx__statement *statement);

/* The model of a table of a query: 0 is its own. */
const calx_model *calx__model_numbered(const calx__statement *statement, unsigned table);

/* A table, as it is called in this scope. */
void calx__write_table(calx__writer *to, const calx__scope *scope, unsigned table);

/* Does an INSERT return the keys that it generates as rows? */
bool calx__insert_returns_keys(const calx__dialect *dialect, const calx__statement *statement);

void calx__write_where(calx__writer *to, const calx__statement *statement);
void calx__write_statement(calx__writer *to, const calx__statement *statement);
void calx__write_insert(calx__writer *to, const calx__statement *statement);
void calx__write_update(calx__writer *to, const calx__statement *statement);
void calx__write_delete(calx__writer *to, const calx__statement *statement);

#endif
