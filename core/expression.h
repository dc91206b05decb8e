/*
 * expression.h: what stands in a query where SQL has a column, a value, or something made of them.
 *
 * Columns and expressions have one shape, `{expression, model, values}`: the node, and two types
 * that are there for the compiler only, the model whose queries it belongs to and the C values it
 * is compared with. So every macro below takes either, and a column of another model or a value of
 * the wrong type does not compile. Second operands may be C values too (operand.h).
 *
 *     AND(GREATER(Product_.stock, Product_.minimum), STARTS_WITH(LOWER(Product_.name), "tea"))
 *
 * They live as long as the block in which they are written; queries copy them. A condition on a
 * model is a Model_condition; a zeroed one means everything.
 */
#ifndef CALX_EXPRESSION_H
#define CALX_EXPRESSION_H

#include <calx/macro.h>
#include <calx/operand.h>
#include <calx/value.h>

typedef struct calx_query calx_query;
typedef struct calx_column calx_column;
typedef struct calx_model calx_model;
typedef struct calx_expression calx_expression;
typedef struct calx_relationship calx_relationship;
typedef struct calx_session calx_session;

/* X(NAME, SQL) */
#define CALX_COMPARISONS(X)                                                                        \
    X(EQUAL, "=")                                                                                  \
    X(NOT_EQUAL, "!=")                                                                             \
    X(LESS, "<")                                                                                   \
    X(LESS_EQUAL, "<=")                                                                            \
    X(GREATER, ">")                                                                                \
    X(GREATER_EQUAL, ">=")

/*
 * X(NAME, standard SQL, what it gives), {1} for the first operand, {0} for the window of one with
 * OVER, which stands at the end otherwise; dialects may say it otherwise. What it gives is a kind,
 * or FIRST: that of the first operand. Documented in function.h.
 */
#define CALX_FUNCTIONS(X)                                                                          \
    X(ADD, "{1} + {2}", FIRST)                                                                     \
    X(SUBTRACT, "{1} - {2}", FIRST)                                                                \
    X(MULTIPLY, "{1} * {2}", FIRST)                                                                \
    X(DIVIDE, "{1} / nullif({2}, 0)", FIRST)                                                       \
    X(DIVIDE_INTEGERS, "{1} / nullif({2}, 0)", FIRST)                                              \
    X(MODULO, "{1} % nullif({2}, 0)", FIRST)                                                       \
    X(NEGATE, "-{1}", FIRST)                                                                       \
    X(ADD_DECIMALS, "{1} + {2}", FIRST)                                                            \
    X(SUBTRACT_DECIMALS, "{1} - {2}", FIRST)                                                       \
    X(MULTIPLY_DECIMALS, "{1} * {2}", FIRST)                                                       \
    X(NEGATE_DECIMALS, "-{1}", FIRST)                                                              \
    X(CONCATENATE, "{1} || {2}", TEXT)                                                             \
    X(LOWER, "lower({1})", TEXT)                                                                   \
    X(UPPER, "upper({1})", TEXT)                                                                   \
    X(TRIM, "trim({1})", TEXT)                                                                     \
    X(SUBSTRING, "substr({1}, {2}, {3})", TEXT)                                                    \
    X(REPLACE, "replace({1}, {2}, {3})", TEXT)                                                     \
    X(LENGTH_OF, "length({1})", INTEGER)                                                           \
    X(ABSOLUTE, "abs({1})", FIRST)                                                                 \
    X(ABSOLUTE_DECIMALS, "abs({1})", FIRST)                                                        \
    X(COALESCE, "coalesce({1}, {2})", FIRST)                                                       \
    X(NULL_IF, "nullif({1}, {2})", FIRST)                                                          \
    X(YEAR_OF, "extract(YEAR FROM {1})", INTEGER)                                                  \
    X(MONTH_OF, "extract(MONTH FROM {1})", INTEGER)                                                \
    X(DAY_OF, "extract(DAY FROM {1})", INTEGER)                                                    \
    X(HOUR_OF, "extract(HOUR FROM {1})", INTEGER)                                                  \
    X(MINUTE_OF, "extract(MINUTE FROM {1})", INTEGER)                                              \
    X(COUNT, "count({1})", INTEGER)                                                                \
    X(COUNT_DISTINCT, "count(DISTINCT {1})", INTEGER)                                              \
    X(COUNT_ALL, "count(*)", INTEGER)                                                              \
    X(SUM, "sum({1})", FIRST)                                                                      \
    X(SUM_INTEGERS, "sum({1})", FIRST)                                                             \
    X(SUM_DISTINCT, "sum(DISTINCT {1})", FIRST)                                                    \
    X(SUM_DISTINCT_INTEGERS, "sum(DISTINCT {1})", FIRST)                                           \
    X(AVERAGE, "avg({1})", DOUBLE)                                                                 \
    X(AVERAGE_DECIMALS, "(CAST(sum({1}){0} AS DOUBLE PRECISION) / count({1}){0})", DOUBLE)         \
    X(AVERAGE_DISTINCT, "(CAST(sum(DISTINCT {1}) AS DOUBLE PRECISION) / count(DISTINCT {1}))",     \
      DOUBLE)                                                                                      \
    X(AVERAGE_DISTINCT_DECIMALS,                                                                   \
      "(CAST(sum(DISTINCT {1}) AS DOUBLE PRECISION) / count(DISTINCT {1}))", DOUBLE)               \
    X(MINIMUM, "min({1})", FIRST)                                                                  \
    X(MAXIMUM, "max({1})", FIRST)                                                                  \
    X(ROW_NUMBER, "row_number()", INTEGER)                                                         \
    X(RANK, "rank()", INTEGER)                                                                     \
    X(DENSE_RANK, "dense_rank()", INTEGER)                                                         \
    X(LAG, "lag({1})", FIRST)                                                                      \
    X(LEAD, "lead({1})", FIRST)                                                                    \
    X(LIKE, "{1} LIKE {2} ESCAPE '|'", BOOLEAN)                                                    \
    X(LIKE_ANY_CASE, "lower({1}) LIKE lower({2}) ESCAPE '|'", BOOLEAN)

typedef enum calx_function {
#define CALX__FUNCTION(name, sql, gives) CALX_FUNCTION_##name,
    CALX_FUNCTIONS(CALX__FUNCTION)
#undef CALX__FUNCTION
        CALX_FUNCTION_COUNT_OF
} calx_function;

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
    CALX_OPERATOR_IN,       /* left, values */
    CALX_OPERATOR_IN_QUERY, /* left, query of one column */
    CALX_OPERATOR_BETWEEN,  /* left, list of two */
    CALX_OPERATOR_LIKE,     /* left, right: the pattern; detail: a calx__pattern */
    CALX_OPERATOR_LIKE_ANY_CASE,
    CALX_OPERATOR_EXISTS, /* query */
    CALX_OPERATOR_COLUMN, /* column; detail: which table of the query, 0 is its own */
    CALX_OPERATOR_VALUE,  /* value */
    CALX_OPERATOR_AT,     /* left: an expression of the model to which the relationship leads */
    CALX_OPERATOR_WITHIN, /* left: an expression of another table of the query, or of one around */
    CALX_OPERATOR_FUNCTION, /* detail: a calx_function; list: what it is of */
    CALX_OPERATOR_CASE,     /* left: the condition; list of two: then, otherwise */
    CALX_OPERATOR_QUERY,    /* query of one column and at most one row */
    CALX_OPERATOR_OVER, /* left: a function; list: what the rows are parted by; right: LIST of the
                           order */
    CALX_OPERATOR_LIST, /* list */
    CALX_OPERATOR_DESCENDING, /* left */
} calx_operator;

/*
 * A node. Operands are left and right; a comparison has instead of them a column where left is
 * NULL, and a value where right is NULL.
 */
struct calx_expression {
    calx_operator op;
    unsigned detail;
    const calx_column *column;
    calx_value value; /* comparisons; NULL makes EQUAL and NOT_EQUAL mean IS NULL and IS NOT NULL,
                         as in SQLAlchemy */
    const calx_expression *left;
    const calx_expression *right;
    const calx_expression *list;
    const calx_value *values;
    size_t count; /* of the list, or of the values */
    const calx_query *query;
    const calx_relationship *relationship;
};

/* How the text of LIKE is meant. */
typedef enum calx__pattern {
    CALX__PATTERN_LIKE, /* % and _ */
    CALX__PATTERN_STARTS,
    CALX__PATTERN_ENDS,
    CALX__PATTERN_CONTAINS,
    CALX__PATTERN_ESCAPES = 0x100, /* LIKE, and this plus the byte of the escape character */
} calx__pattern;

/* ---- Conditions ---- */

/* As in SQL, but that EQUAL and NOT_EQUAL with a C value that is NULL mean IS_NULL and
 * IS_NOT_NULL. Text is compared by its code points. */
#define EQUAL(e, operand) CALX__COMPARE(EQUAL, e, operand)
#define NOT_EQUAL(e, operand) CALX__COMPARE(NOT_EQUAL, e, operand)
#define LESS(e, operand) CALX__COMPARE(LESS, e, operand)
#define LESS_EQUAL(e, operand) CALX__COMPARE(LESS_EQUAL, e, operand)
#define GREATER(e, operand) CALX__COMPARE(GREATER, e, operand)
#define GREATER_EQUAL(e, operand) CALX__COMPARE(GREATER_EQUAL, e, operand)
#define IS_NULL(e) CALX__CONDITION(e, .op = CALX_OPERATOR_IS_NULL, .left = CALX__NODE(e))
#define IS_NOT_NULL(e) CALX__CONDITION(e, .op = CALX_OPERATOR_IS_NOT_NULL, .left = CALX__NODE(e))

/* Both ends belong to it. */
#define BETWEEN(e, least, most)                                                                    \
    CALX__CONDITION(e, .op = CALX_OPERATOR_BETWEEN, .left = CALX__NODE(e),                         \
                    .list = (calx_expression[]){CALX__OPERAND(e, least), CALX__OPERAND(e, most)},  \
                    .count = 2)

/* Is it one of these C values, 1 to 16 of them? IN_VALUES takes an array of one of the column's C
 * types, and a count; without any it is false. NULL, and what the column cannot hold, is equal to
 * none. */
#define IN(e, ...)                                                                                 \
    CALX__CONDITION(e, .op = CALX_OPERATOR_IN, .left = CALX__NODE(e),                              \
                    .values = (calx_value[]){CALX__EACH(CALX__IN_ONE, e, __VA_ARGS__)},            \
                    .count = CALX__COUNT(__VA_ARGS__))
#define IN_VALUES(session, e, array, length)                                                       \
    CALX__CONDITION(e, .op = CALX_OPERATOR_IN, .left = CALX__NODE(e),                              \
                    .values =                                                                      \
                        CALX__IN_ARRAY(CALX__UNIQUE, CALX__UNIQUE, session, e, array, length),     \
                    .count = (length))

/*
 * Text that is like a pattern: % stands for any text, _ for one character. Upper and lower case
 * differ, on every database; LIKE_ANY_CASE takes them as equal, beyond ASCII as the database does.
 * LIKE_ESCAPE names the character that makes the next one an ordinary one: LIKE has none.
 */
#define LIKE(e, pattern) CALX__LIKE(LIKE, CALX__PATTERN_LIKE, e, pattern)
#define LIKE_ESCAPE(e, pattern, character)                                                         \
    CALX__LIKE(LIKE, CALX__PATTERN_ESCAPES + (unsigned char)(character), e, pattern)
#define LIKE_ANY_CASE(e, pattern) CALX__LIKE(LIKE_ANY_CASE, CALX__PATTERN_LIKE, e, pattern)

/* Every character of the text stands for itself. */
#define STARTS_WITH(e, text) CALX__LIKE(LIKE, CALX__PATTERN_STARTS, e, text)
#define ENDS_WITH(e, text) CALX__LIKE(LIKE, CALX__PATTERN_ENDS, e, text)
#define CONTAINS(e, text) CALX__LIKE(LIKE, CALX__PATTERN_CONTAINS, e, text)

/* Of two conditions on the same model. NULL is neither true nor false, as in SQL. */
#define AND(a, b) CALX__BOTH(AND, a, b)
#define OR(a, b) CALX__BOTH(OR, a, b)
#define NOT(a)                                                                                     \
    ((__typeof__(a)){                                                                              \
        .expression = {.op = CALX_OPERATOR_NOT, .left = (calx_expression[]){(a).expression}}})

/* ---- Subqueries: of queries that are not run by themselves (query.h, select.h) ---- */

/* Has the query a row? A condition on Model, the model of the query around. */
#define EXISTS(Model, subquery)                                                                    \
    ((Model##_condition){.expression = {.op = CALX_OPERATOR_EXISTS, .query = (subquery)->query}})

/* Is e one of what the subquery's rows have for `of`, an expression of its model? */
#define IN_QUERY(e, subquery, of)                                                                  \
    CALX__CONDITION(e, .op = CALX_OPERATOR_IN_QUERY, .left = CALX__NODE(e),                        \
                    .query = (CALX__SAME_VALUES(e, of), CALX__SAME_MODEL(*(subquery), of),         \
                              calx__query_of_one((subquery)->query, (of).expression)))

/* What the subquery's only row has for `of`, NULL if there is none: an expression of Model. More
 * rows are an error on PostgreSQL and MariaDB: say calx_limit(subquery, 1) if that can be. */
#define SUBQUERY(Model, subquery, of)                                                              \
    CALX__EXPRESSION_OF(Model##_condition, (of).values, .op = CALX_OPERATOR_QUERY,                 \
                        .query = (CALX__SAME_MODEL(*(subquery), of),                               \
                                  calx__query_of_one((subquery)->query, (of).expression)))

/*
 * An expression of the model at the end of a relationship: AT(Order_.customer, Customer_.name) is
 * one of Order. The query joins the table, once for each path and not at all where there is no
 * related row, unless calx_outer_join (select.h) said otherwise before. Longer paths nest:
 * AT(Order_.customer, AT(Customer_.city, City_.name)).
 */
#define AT(path, e)                                                                                \
    CALX__EXPRESSION_OF(__typeof__(*(path).model), (e).values, .op = CALX_OPERATOR_AT,             \
                        .relationship =                                                            \
                            ((void)sizeof(1 ? *(path).target : *(e).model), (path).relationship),  \
                        .left = CALX__NODE(e))

/* An expression of another model, in a query of Model: of a table that it joins (calx_join), or of
 * the query around a subquery. CALX_ERROR_INVALID when there is no such table. */
#define WITHIN(Model, e)                                                                           \
    CALX__EXPRESSION_OF(Model##_condition, (e).values, .op = CALX_OPERATOR_WITHIN,                 \
                        .left = CALX__NODE(e))

/* ---- What the macros expand to ---- */

/* Room for so many values, in memory of the session; NULL when it has none: it has failed then. */
CALX_API calx_value *calx__values_create(calx_session *session, size_t count);

/* The query with `of` for its one column; it is a copy. */
CALX_API const calx_query *calx__query_of_one(const calx_query *query, calx_expression of);

static inline calx_expression calx__operand(calx_expression expression, calx_value value)
{
    return expression.op != CALX_OPERATOR_NONE
               ? expression
               : (calx_expression){.op = CALX_OPERATOR_VALUE, .value = value};
}

#define CALX__NODE(e) ((calx_expression[]){(e).expression})

#define CALX__CONDITION(e, ...) ((__typeof__(*(e).model)){.expression = {__VA_ARGS__}})

/* values_pointer: of the phantom type, and for an enumeration the function that makes its labels.
 * The members' types are made ahead of the struct: clang takes what stands within the braces of a
 * struct for file scope, where a nested expression's compound literals had to be constants. */
#define CALX__EXPRESSION_OF(Condition, values_pointer, ...)                                        \
    ((CALX__EXPRESSION_TYPE(CALX__UNIQUE, CALX__UNIQUE, Condition, values_pointer)){               \
        .expression = {__VA_ARGS__}, .values = (values_pointer)})
#define CALX__EXPRESSION_TYPE(model_name, values_name, Condition, values_pointer)                  \
    __typeof__(__extension__({                                                                     \
        typedef Condition *model_name;                                                             \
        typedef __typeof__(values_pointer) values_name;                                            \
        *(struct {                                                                                 \
            calx_expression expression;                                                            \
            model_name model;                                                                      \
            values_name values;                                                                    \
        } *)0;                                                                                     \
    }))

/* An expression for the queries and the values that e is for. */
#define CALX__LIKE_THIS(e, ...) ((__typeof__(e)){.expression = {__VA_ARGS__}, .values = (e).values})

#define CALX__SAME_VALUES(e, other)                                                                \
    (void)sizeof(*_Generic((other).values, __typeof__(*(e).values) * : (char *)0, default          \
                           : the_value_does_not_have_the_type_of_the_column))

/* Values that a function takes. */
#define CALX__OF_NUMBERS(e)                                                                        \
    CALX__OF(e, calx__integer_values * : (char *)0, calx__double_values * : (char *)0,             \
                calx__decimal_values * : (char *)0, calx__custom_values * : (char *)0)
#define CALX__OF_ORDER(e)                                                                          \
    CALX__OF(e, calx__integer_values * : (char *)0, calx__double_values * : (char *)0,             \
                calx__decimal_values * : (char *)0, calx__text_values * : (char *)0,               \
                calx__date_values * : (char *)0, calx__time_values * : (char *)0,                  \
                calx__datetime_values * : (char *)0, calx__interval_values * : (char *)0,          \
                calx__custom_values * : (char *)0)
#define CALX__OF_DAYS(e)                                                                           \
    CALX__OF(e, calx__date_values * : (char *)0, calx__datetime_values * : (char *)0)
#define CALX__OF_TIMES(e)                                                                          \
    CALX__OF(e, calx__time_values * : (char *)0, calx__datetime_values * : (char *)0)
#define CALX__OF(e, ...)                                                                           \
    (void)sizeof(*_Generic((e).values, __VA_ARGS__, default                                        \
                           : the_function_does_not_take_such_values))

extern const struct the_function_does_not_take_such_values
    *const the_function_does_not_take_such_values;

/* For a query's model: its condition. */
#define CALX__SAME_MODEL(query_struct, other)                                                      \
    (void)sizeof(1 ? *(other).model : *(query_struct).condition)

/*
 * A second operand. An expression has to be of the same model and for the same values. A C value
 * becomes nothing in the place of an expression, and the other way round: so both ways can be
 * written for either.
 */
#define CALX__OPERAND(e, operand)                                                                  \
    (CALX__FITS(CALX__AS_EXPRESSION(operand), e),                                                  \
     calx__operand(CALX__AS_EXPRESSION(operand).expression,                                        \
                   CALX__VALUE_OR_NOTHING((e).values, operand)))

#define CALX__FITS(operand, e)                                                                     \
    CALX__FITS_OR(the_value_does_not_have_the_type_of_the_column, operand, e)
#define CALX__FITS_OR(other, operand, e)                                                           \
    (void)sizeof(*_Generic((operand).model, __typeof__(*(e).model) * : (char *)0,                  \
                           calx__nothing * : (char *)0, default                                    \
                           : the_expression_belongs_to_another_model)),                            \
        (void)sizeof(*_Generic((operand).values, __typeof__(*(e).values) * : (char *)0,            \
                               calx__nothing * : (char *)0, default                                \
                               : other))

/* For arithmetic, which takes an integer beside a decimal, too. */
#define CALX__NUMBER_OPERAND(e, operand)                                                           \
    (CALX__FITS_OR(CALX__INTEGER_BESIDE_DECIMAL(CALX__AS_EXPRESSION(operand), e),                  \
                   CALX__AS_EXPRESSION(operand), e),                                               \
     calx__operand(CALX__AS_EXPRESSION(operand).expression,                                        \
                   CALX__VALUE_OR_NOTHING((e).values, operand)))
#define CALX__INTEGER_BESIDE_DECIMAL(operand, e)                                                   \
    _Generic((e).values, calx__decimal_values *                                                    \
             : _Generic((operand).values, calx__integer_values *                                   \
                        : (char *)0, default                                                       \
                        : the_value_does_not_have_the_type_of_the_column),                         \
               default                                                                             \
             : the_value_does_not_have_the_type_of_the_column)

#define CALX__AS_EXPRESSION(operand)                                                               \
    CALX__CHOOSE(CALX__IS_EXPRESSION(operand), (operand), (calx__no_expression){.model = 0})

typedef struct calx__nothing calx__nothing;
typedef struct calx__no_expression {
    calx_expression expression;
    calx__nothing *model;
    calx__nothing *values;
} calx__no_expression;

extern const struct the_expression_belongs_to_another_model
    *const the_expression_belongs_to_another_model;

#define CALX__COMPARE(operator_name, e, operand)                                                   \
    CALX__CONDITION(e, .op = CALX_OPERATOR_##operator_name, .left = CALX__NODE(e),                 \
                    .right = (calx_expression[]){CALX__OPERAND(e, operand)})

#define CALX__IN_ONE(e, value) CALX__VALUE_FOR((e).values, value),

#define CALX__IN_ARRAY(made, i, session, e, array, length)                                         \
    __extension__({                                                                                \
        calx_value *made = calx__values_create((session), (length));                               \
        for (size_t i = 0; made != NULL && i != (size_t)(length); i++)                             \
            made[i] = CALX__VALUE_FOR((e).values, (array)[i]);                                     \
        made;                                                                                      \
    })

#define CALX__LIKE(operator_name, how, e, pattern)                                                 \
    CALX__CONDITION(e, .op = CALX_OPERATOR_##operator_name, .detail = (how),                       \
                    .left = CALX__NODE(e), .right = CALX__TEXT_NODE(e, pattern))

/* The values of e are text. */
#define CALX__TEXT_NODE(e, text)                                                                   \
    (CALX__SAME_VALUES((struct { calx__text_values *values; }){0}, e),                             \
     (calx_expression[]){                                                                          \
         {.op = CALX_OPERATOR_VALUE, .value = CALX__VALUE_FOR((calx__text_values *)0, text)}})

#define CALX__BOTH(operator_name, a, b)                                                            \
    ((__typeof__(1 ? (a) : (b))){.expression = {.op = CALX_OPERATOR_##operator_name,               \
                                                .left = (calx_expression[]){(a).expression},       \
                                                .right = (calx_expression[]){(b).expression}}})

#endif
