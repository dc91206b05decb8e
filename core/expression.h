/*
 * expression.h: what stands in a query where SQL has a column, a value, or something made of them.
 */
#ifndef CALX_EXPRESSION_H
#define CALX_EXPRESSION_H

#include <calx/value.h>

typedef struct calx_column calx_column;
typedef struct calx_expression calx_expression;

/* X(NAME, SQL) */
#define CALX_COMPARISONS(X)                                                                        \
    X(EQUAL, "=")                                                                                  \
    X(NOT_EQUAL, "!=")                                                                             \
    X(LESS, "<")                                                                                   \
    X(LESS_EQUAL, "<=")                                                                            \
    X(GREATER, ">")                                                                                \
    X(GREATER_EQUAL, ">=")

typedef enum calx_operator {
    CALX_OPERATOR_NONE, /* no condition: everything */
#define CALX__OPERATOR(name, sql) CALX_OPERATOR_##name,
    CALX_COMPARISONS(CALX__OPERATOR)
#undef CALX__OPERATOR
        CALX_OPERATOR_IS_NULL,
    CALX_OPERATOR_IS_NOT_NULL,
    CALX_OPERATOR_AND,
    CALX_OPERATOR_OR,
    CALX_OPERATOR_NOT,
    CALX_OPERATOR_COLUMN,
} calx_operator;

/* A condition; made by the macros below in the block where it is used, copied by calx_filter. */
struct calx_expression {
    calx_operator op;
    const calx_column *column;
    calx_value value; /* comparisons; NULL makes EQUAL and NOT_EQUAL mean IS NULL and IS NOT NULL,
                         as in SQLAlchemy */
    const calx_expression *left;
    const calx_expression *right;
};

#endif
