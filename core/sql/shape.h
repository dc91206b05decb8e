/*
 * shape.h: what a statement's text depends on, as bytes, and the values that do not change it, as
 * binds. One walk makes both. Private to this folder.
 */
#ifndef CALX_CORE_SQL_SHAPE_H
#define CALX_CORE_SQL_SHAPE_H

#include "core/sql/statement.h"

#define SHAPE_MAX 1024u /* bytes; statements with a longer shape are not cached */

/* A condition after its value has been looked at: what is written as SQL. */
typedef enum calx__test {
    CALX__TEST_ALWAYS,  /* no condition */
    CALX__TEST_UNKNOWN, /* a comparison with NULL: neither true nor false */
    CALX__TEST_FALSE,   /* for every stored value; unknown where NULL is stored */
    CALX__TEST_TRUE,
    CALX__TEST_IS_NULL,
    CALX__TEST_IS_NOT_NULL,
    CALX__TEST_COMPARE, /* column, operator, bind */
} calx__test;

calx__test calx__test_of(const calx_expression *condition);

/* Is a condition written in brackets inside this operator? NOT takes whatever follows. */
static inline bool calx__in_brackets(const calx_expression *condition, calx_operator within)
{
    bool both = condition->op == CALX_OPERATOR_AND || condition->op == CALX_OPERATOR_OR;
    return within == CALX_OPERATOR_NOT || (both && condition->op != within);
}

typedef struct calx__shape {
    unsigned char key[SHAPE_MAX];
    size_t key_length;
    bool overflow; /* the key does not hold the whole shape */
    calx_value *binds;
    size_t bind_count;
    size_t bind_capacity;
    calx_arena *arena;
} calx__shape;

/* CALX_ERROR_LIMIT, CALX_ERROR_NO_MEMORY. The binds are in the arena. */
int calx__shape_make(calx__shape *shape, const calx__statement *statement, calx_arena *arena,
                     calx_error *err);

/* Appends the text, with its binds in the order of calx__shape_make. */
void calx__statement_write(const calx__dialect *dialect, const calx__statement *statement,
                           calx_buffer *out);

#endif
