/* expressions.h: queries of one table: conditions, functions, arithmetic, order. */
#ifndef CALX_TESTS_SQL_QUERY_EXPRESSIONS_H
#define CALX_TESTS_SQL_QUERY_EXPRESSIONS_H

#include "tests/sql/query/models.h"

#define EXPRESSION_QUERIES(X)                                                                      \
    X(conditions)                                                                                  \
    X(in_one_of_three)                                                                             \
    X(in_none)                                                                                     \
    X(between)                                                                                     \
    X(between_beyond)                                                                              \
    X(like)                                                                                        \
    X(like_escape)                                                                                 \
    X(like_any_case)                                                                               \
    X(like_starts_and_ends)                                                                        \
    X(null_tests)                                                                                  \
    X(calculated_integers)                                                                         \
    X(calculated_doubles)                                                                          \
    X(rest_of_doubles)                                                                             \
    X(compared_expressions)                                                                        \
    X(text_functions)                                                                              \
    X(text_before_its_beginning)                                                                   \
    X(choices)                                                                                     \
    X(nulls_replaced)                                                                              \
    X(parts_of_time)                                                                               \
    X(order_of_text_and_nulls)                                                                     \
    X(order_by_expression)                                                                         \
    X(text_compared)                                                                               \
    X(limit_and_offset)                                                                            \
    X(decimals_calculated)                                                                         \
    X(decimals_with_integers)                                                                      \
    X(decimals_compared)                                                                           \
    X(decimals_summed)                                                                             \
    X(decimals_divided)                                                                            \
    X(decimals_too_long)                                                                           \
    X(enumerations_ordered)                                                                        \
    X(enumerations_compared)                                                                       \
    X(document_compared)

static void conditions(calx_session *session)
{
    calx_all(
        calx_filter(products(session), AND(OR(LESS(Product_.stock, 5), EQUAL(Product_.code, "tea")),
                                           NOT(GREATER_EQUAL(Product_.stock, Product_.least)))));
}

static void in_one_of_three(calx_session *session)
{
    calx_all(calx_filter(products(session), IN(Product_.code, "a", "b", "c")));
}

static void in_none(calx_session *session)
{
    calx_all(calx_filter(customers(session), IN(Customer_.city, (const char *)NULL)));
}

static void between(calx_session *session)
{
    calx_all(calx_filter(products(session), AND(BETWEEN(Product_.stock, 1, Product_.least),
                                                BETWEEN(Product_.code, "a", "b"))));
}

static void between_beyond(calx_session *session)
{
    calx_all(calx_filter(products(session), BETWEEN(Product_.stock, 1, UINT64_MAX)));
}

static void like(calx_session *session)
{
    calx_all(calx_filter(products(session), LIKE(Product_.code, "50[%_*|")));
}

static void like_escape(calx_session *session)
{
    calx_all(calx_filter(products(session), LIKE_ESCAPE(Product_.code, "50!% off!_%", '!')));
}

static void like_any_case(calx_session *session)
{
    calx_all(calx_filter(products(session), LIKE_ANY_CASE(Product_.code, "Tea%")));
}

static void like_starts_and_ends(calx_session *session)
{
    calx_all(calx_filter(products(session),
                         OR(STARTS_WITH(Product_.code, "100%"),
                            OR(ENDS_WITH(Product_.code, "_"), CONTAINS(Product_.code, "*|")))));
}

static void null_tests(calx_session *session)
{
    calx_all(calx_filter(
        customers(session),
        OR(IS_NULL(Customer_.city),
           AND(IS_NOT_NULL(Customer_.friend_id), NOT_EQUAL(Customer_.city, (const char *)NULL)))));
}

static void calculated_integers(calx_session *session)
{
    calx_all(calx_filter(
        products(session),
        EQUAL(DIVIDE(SUBTRACT(MULTIPLY(Product_.stock, 3), ADD(Product_.stock, Product_.stock)),
                     MODULO(Product_.stock, 7)),
              ABSOLUTE(NEGATE(Product_.stock)))));
}

static void calculated_doubles(calx_session *session)
{
    calx_all(calx_select(products(session), Figure,
                         FIELD(real, DIVIDE(MULTIPLY(Product_.weight, 1.5), Product_.weight))));
}

static void rest_of_doubles(calx_session *session)
{
    calx_all(calx_filter(products(session), GREATER(MODULO(Product_.weight, 1.5), 1.0)));
}

static void compared_expressions(calx_session *session)
{
    calx_all(
        calx_filter(products(session), LESS(LENGTH_OF(Product_.code), ADD(Product_.least, 1))));
}

static void text_functions(calx_session *session)
{
    calx_all(calx_select(
        customers(session), Figure,
        FIELD(name, CONCATENATE(UPPER(SUBSTRING(Customer_.name, 1, 1)),
                                REPLACE(LOWER(TRIM(Customer_.name)), "a", Customer_.city))),
        FIELD(number, LENGTH_OF(Customer_.name))));
}

static void text_before_its_beginning(calx_session *session)
{
    calx_all(calx_filter(customers(session), EQUAL(SUBSTRING(Customer_.name, 0, 2), "a")));
}

static void choices(calx_session *session)
{
    calx_all(calx_select(products(session), Figure,
                         FIELD(name, CASE(LESS(Product_.stock, 1), LITERAL(Product, TEXT, "none"),
                                          CASE(LESS(Product_.stock, Product_.least),
                                               LITERAL(Product, TEXT, "few"), Product_.code)))));
}

static void nulls_replaced(calx_session *session)
{
    calx_all(calx_select(customers(session), Figure,
                         FIELD(name, COALESCE(Customer_.city, Customer_.name)),
                         FIELD(number, NULL_IF(Customer_.friend_id, 0))));
}

static void parts_of_time(calx_session *session)
{
    calx_all(
        calx_filter(orders(session), AND(AND(EQUAL(YEAR_OF(Order_.placed), 2026),
                                             EQUAL(MONTH_OF(Order_.placed), DAY_OF(Order_.placed))),
                                         LESS(HOUR_OF(Order_.placed), MINUTE_OF(Order_.placed)))));
}

static void order_of_text_and_nulls(calx_session *session)
{
    calx_all(calx_order_by(
        calx_order_by_descending(calx_order_by(customers(session), Customer_.city), Customer_.name),
        Customer_.id));
}

static void order_by_expression(calx_session *session)
{
    calx_all(calx_order_by_descending(products(session), ABSOLUTE(SUBTRACT(Product_.stock, 18))));
}

static void text_compared(calx_session *session)
{
    calx_all(calx_filter(customers(session), LESS(Customer_.name, Customer_.city)));
}

static void limit_and_offset(calx_session *session)
{
    calx_all(calx_offset(calx_order_by(products(session), Product_.id), 20));
    calx_count(calx_offset(calx_limit(products(session), 10), 20));
}

static void decimals_calculated(calx_session *session)
{
    calx_all(calx_select(products(session), Figure,
                         FIELD(amount, ADD(MULTIPLY(Product_.price, Product_.price),
                                           SUBTRACT(NEGATE(Product_.price), "0.5")))));
    calx_all(calx_select(products(session), Figure,
                         FIELD(amount, COALESCE(ABSOLUTE(Product_.rate), 0))));
    calx_query_update(products(session), SET(Product_.price, MULTIPLY(Product_.price, "1.05")));
}

static void decimals_with_integers(calx_session *session)
{
    calx_all(calx_select(
        products(session), Figure,
        FIELD(amount, SUM(MULTIPLY(Product_.price, SUBTRACT(Product_.stock, Product_.least))))));
    calx_query_update(products(session), SET(Product_.price, ADD(Product_.price, Product_.stock)));
}

static void decimals_compared(calx_session *session)
{
    calx_all(calx_filter(products(session),
                         OR(LESS(MULTIPLY(Product_.price, 2), 10),
                            OR(IN(ADD(Product_.price, 1), 2, "3.5"), EQUAL(Product_.price, 7)))));
    calx_all(calx_order_by(products(session), MULTIPLY(Product_.price, Product_.price)));
}

static void decimals_summed(calx_session *session)
{
    Product_query *query = calx_group_by(products(session), ADD(Product_.price, Product_.price));
    calx_all(calx_select(calx_having(query, GREATER(SUM(Product_.rate), 1)), Figure,
                         FIELD(amount, SUM(Product_.rate)), FIELD(real, AVERAGE(Product_.rate))));
}

static void decimals_divided(calx_session *session)
{
    calx_all(calx_filter(products(session), EQUAL(DIVIDE(Product_.price, 3), 1)));
}

static void decimals_too_long(calx_session *session)
{
    calx_all(
        calx_filter(products(session),
                    EQUAL(MULTIPLY(MULTIPLY(Product_.rate, Product_.rate), Product_.price), 1)));
}

static void enumerations_ordered(calx_session *session)
{
    calx_all(calx_order_by_descending(products(session), Product_.size));
}

static void enumerations_compared(calx_session *session)
{
    calx_all(calx_filter(products(session), AND(GREATER(Product_.size, Size_SMALL),
                                                EQUAL(Product_.size, Size_LARGE))));
}

static void document_compared(calx_session *session)
{
    calx_all(calx_distinct(products(session)));
}

#endif
