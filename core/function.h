/*
 * function.h: arithmetic, functions, aggregates and windows: expressions of their first operand's
 * model (expression.h). What the databases do differently is written so that they do the same; the
 * list with the SQL of each is CALX_FUNCTIONS.
 */
#ifndef CALX_FUNCTION_H
#define CALX_FUNCTION_H

#include <calx/expression.h>

/* A C value where an expression is needed: LITERAL(Order, INTEGER, 1). TYPE is one of type.h. */
#define LITERAL(Model, TYPE, c_value)                                                              \
    CALX__EXPRESSION_OF(Model##_condition, CALX__VALUES_POINTER(TYPE), .op = CALX_OPERATOR_VALUE,  \
                        .value = CALX__VALUE_FOR(CALX__VALUES_POINTER(TYPE), c_value))

/* ---- Arithmetic: of the first operand's type ---- */

/* Integers are calculated with 64 bits, and divided without a fraction, towards zero. Behind a
 * decimal may stand an integer: MULTIPLY(Line_.price, Line_.quantity). Division by zero gives NULL.
 * MODULO is of integers, DIVIDE of integers and doubles: where it is said of others, that is
 * CALX_ERROR_UNSUPPORTED. */
#define ADD(e, operand) CALX__ARITHMETIC(ADD, e, operand)
#define SUBTRACT(e, operand) CALX__ARITHMETIC(SUBTRACT, e, operand)
#define MULTIPLY(e, operand) CALX__ARITHMETIC(MULTIPLY, e, operand)
#define DIVIDE(e, operand) CALX__ARITHMETIC(DIVIDE, e, operand)
#define MODULO(e, operand) CALX__ARITHMETIC(MODULO, e, operand)
#define NEGATE(e) CALX__CALCULATE_ONE(NEGATE, CALX__OF_NUMBERS(e), e)
#define ABSOLUTE(e) CALX__CALCULATE_ONE(ABSOLUTE, CALX__OF_NUMBERS(e), e)

/* ---- Text ---- */

#define CONCATENATE(e, operand)                                                                    \
    CALX__LIKE_THIS(e, CALX__FUNCTION_OF(CONCATENATE, 2, (CALX__IS_TEXT(e), (e).expression),       \
                                         CALX__OPERAND(e, operand)))

/* Beyond ASCII as the database does it. */
#define LOWER(e) CALX__TEXT_FUNCTION(LOWER, e)
#define UPPER(e) CALX__TEXT_FUNCTION(UPPER, e)

/* Without the blanks at both ends. */
#define TRIM(e) CALX__TEXT_FUNCTION(TRIM, e)

/* So many characters from the first-th on, which counts from 1: below it, and less than none, are
 * CALX_ERROR_UNSUPPORTED. */
#define SUBSTRING(e, first, characters)                                                            \
    CALX__LIKE_THIS(e,                                                                             \
                    CALX__FUNCTION_OF(SUBSTRING, 3, (CALX__IS_TEXT(e), (e).expression),            \
                                      CALX__INTEGER_NODE(first), CALX__INTEGER_NODE(characters)))

/* With every `what` replaced. */
#define REPLACE(e, what, by)                                                                       \
    CALX__LIKE_THIS(e, CALX__FUNCTION_OF(REPLACE, 3, (CALX__IS_TEXT(e), (e).expression),           \
                                         CALX__OPERAND(e, what), CALX__OPERAND(e, by)))

/* In characters: an integer. */
#define LENGTH_OF(e) CALX__INTEGER_FUNCTION(LENGTH_OF, (CALX__IS_TEXT(e), (e).expression), e)

/* ---- NULL, and choice ---- */

/* The first that is not NULL. */
#define COALESCE(e, operand) CALX__CALCULATE(COALESCE, e, operand)

/* NULL where both are equal, else e. */
#define NULL_IF(e, operand) CALX__CALCULATE(NULL_IF, e, operand)

/* `then` where the condition is true, else `otherwise`, which may be another CASE. */
#define CASE(condition, then, otherwise)                                                           \
    CALX__LIKE_THIS(then, .op = CALX_OPERATOR_CASE,                                                \
                    .left = (calx_expression[]){(1 ? (condition) : *(then).model).expression},     \
                    .list =                                                                        \
                        (calx_expression[]){(then).expression, CALX__OPERAND(then, otherwise)},    \
                    .count = 2)

/* ---- Points in time, in UTC: integers ---- */

#define YEAR_OF(e) CALX__INTEGER_FUNCTION(YEAR_OF, (CALX__OF_DAYS(e), (e).expression), e)
#define MONTH_OF(e) CALX__INTEGER_FUNCTION(MONTH_OF, (CALX__OF_DAYS(e), (e).expression), e)
#define DAY_OF(e) CALX__INTEGER_FUNCTION(DAY_OF, (CALX__OF_DAYS(e), (e).expression), e)
#define HOUR_OF(e) CALX__INTEGER_FUNCTION(HOUR_OF, (CALX__OF_TIMES(e), (e).expression), e)
#define MINUTE_OF(e) CALX__INTEGER_FUNCTION(MINUTE_OF, (CALX__OF_TIMES(e), (e).expression), e)

/* ---- Aggregates: for calx_select, calx_having and OVER ---- */

/* How many are not NULL; how many different ones; how many rows. */
#define COUNT(e) CALX__INTEGER_FUNCTION(COUNT, (e).expression, e)
#define COUNT_DISTINCT(e) CALX__INTEGER_FUNCTION(COUNT_DISTINCT, (e).expression, e)
#define COUNT_ALL(Model) CALX__ROW_FUNCTION(COUNT_ALL, Model)

/* NULL without rows. Of numbers; the least and the greatest also of text, dates, times and
 * intervals. AVERAGE is a double, whatever it is of. _DISTINCT: each value once; not with OVER. An
 * integer sum beyond 64 bits is an error. */
#define SUM(e) CALX__CALCULATE_ONE(SUM, CALX__OF_NUMBERS(e), e)
#define MINIMUM(e) CALX__CALCULATE_ONE(MINIMUM, CALX__OF_ORDER(e), e)
#define MAXIMUM(e) CALX__CALCULATE_ONE(MAXIMUM, CALX__OF_ORDER(e), e)
#define SUM_DISTINCT(e) CALX__CALCULATE_ONE(SUM_DISTINCT, CALX__OF_NUMBERS(e), e)
#define AVERAGE(e) CALX__AVERAGE(AVERAGE, e)
#define AVERAGE_DISTINCT(e) CALX__AVERAGE(AVERAGE_DISTINCT, e)

/* ---- Windows ---- */

/* Over the rows with the same values for the partition, in an order:
 *     OVER(SUM(Order_.price), PARTITION_BY(Order_.customer_id), ORDERED_BY(Order_.id))
 * Either may be left out by NO_PARTITION, NO_ORDER. Of aggregates, and of: */
#define OVER(e, partition, order)                                                                  \
    CALX__LIKE_THIS(e, .op = CALX_OPERATOR_OVER, .left = CALX__NODE(e), .list = (partition).list,  \
                    .count = (partition).count, .right = (calx_expression[]){order})
#define ROW_NUMBER(Model) CALX__ROW_FUNCTION(ROW_NUMBER, Model)
#define RANK(Model) CALX__ROW_FUNCTION(RANK, Model)
#define DENSE_RANK(Model) CALX__ROW_FUNCTION(DENSE_RANK, Model)
#define LAG(e) CALX__CALCULATE_ONE(LAG, (void)0, e)   /* of the row before, or NULL */
#define LEAD(e) CALX__CALCULATE_ONE(LEAD, (void)0, e) /* of the row behind */

#define PARTITION_BY(...) CALX__WINDOW_LIST(__VA_ARGS__)
#define ORDERED_BY(...) CALX__WINDOW_LIST(__VA_ARGS__)
#define NO_PARTITION ((calx_expression){.op = CALX_OPERATOR_LIST})
#define NO_ORDER ((calx_expression){.op = CALX_OPERATOR_LIST})

/* In ORDERED_BY. */
#define DESCENDING(e) CALX__LIKE_THIS(e, .op = CALX_OPERATOR_DESCENDING, .left = CALX__NODE(e))

/* ---- What the macros expand to ---- */

#define CALX__VALUES_POINTER(TYPE)                                                                 \
    ((CALX__VALUES_##TYPE *)CALX__SECOND(CALX__CONVERT_##TYPE, NULL, ))

#define CALX__FUNCTION_OF(name, operands, ...)                                                     \
    .op = CALX_OPERATOR_FUNCTION, .detail = CALX_FUNCTION_##name,                                  \
    .list = (calx_expression[]){__VA_ARGS__}, .count = (operands)

#define CALX__CALCULATE(name, e, operand)                                                          \
    CALX__LIKE_THIS(e, CALX__FUNCTION_OF(name, 2, (e).expression, CALX__OPERAND(e, operand)))

#define CALX__ARITHMETIC(name, e, operand)                                                         \
    CALX__LIKE_THIS(e, CALX__FUNCTION_OF(name, 2, (CALX__OF_NUMBERS(e), (e).expression),           \
                                         CALX__NUMBER_OPERAND(e, operand)))

#define CALX__CALCULATE_ONE(name, check, e)                                                        \
    CALX__LIKE_THIS(e, CALX__FUNCTION_OF(name, 1, (check, (e).expression)))

#define CALX__AVERAGE(name, e)                                                                     \
    ((__typeof__(*(e).model->real)){                                                               \
        .expression = {CALX__FUNCTION_OF(name, 1, (CALX__OF_NUMBERS(e), (e).expression))}})

#define CALX__IS_TEXT(e) CALX__SAME_VALUES((struct { calx__text_values *values; }){0}, e)

#define CALX__TEXT_FUNCTION(name, e)                                                               \
    CALX__LIKE_THIS(e, CALX__FUNCTION_OF(name, 1, (CALX__IS_TEXT(e), (e).expression)))

#define CALX__INTEGER_FUNCTION(name, node, e)                                                      \
    ((__typeof__(*(e).model->integer)){.expression = {CALX__FUNCTION_OF(name, 1, node)}})

#define CALX__ROW_FUNCTION(name, Model)                                                            \
    ((Model##__integer){                                                                           \
        .expression = {.op = CALX_OPERATOR_FUNCTION, .detail = CALX_FUNCTION_##name}})

#define CALX__INTEGER_NODE(c_value)                                                                \
    {                                                                                              \
        .op = CALX_OPERATOR_VALUE, .value = CALX__VALUE_FOR((calx__integer_values *)0, c_value)    \
    }

#define CALX__WINDOW_LIST(...)                                                                     \
    ((calx_expression){.op = CALX_OPERATOR_LIST,                                                   \
                       .list = (calx_expression[]){CALX__EACH(CALX__LISTED, , __VA_ARGS__)},       \
                       .count = CALX__COUNT(__VA_ARGS__)})
#define CALX__LISTED(unused, e) (e).expression,

#endif
