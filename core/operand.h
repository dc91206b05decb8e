/*
 * operand.h: which C values a column is compared with, and what becomes of them: the choice is the
 * compiler's, by the column's phantom type (model.h) and the value's own.
 */
#ifndef CALX_OPERAND_H
#define CALX_OPERAND_H

#include <calx/type_macros.h>

/*
 * X(values, C type, function): what a column with calx__VALUES_values is compared with, and the
 * function that makes a calx_value of it.
 */
#define CALX_OPERANDS(X)                                                                           \
    X(integer, char, calx__value_of_integer)                                                       \
    X(integer, signed char, calx__value_of_integer)                                                \
    X(integer, unsigned char, calx__value_of_integer)                                              \
    X(integer, short, calx__value_of_integer)                                                      \
    X(integer, unsigned short, calx__value_of_integer)                                             \
    X(integer, int, calx__value_of_integer)                                                        \
    X(integer, unsigned, calx__value_of_integer)                                                   \
    X(integer, long, calx__value_of_integer)                                                       \
    X(integer, long long, calx__value_of_integer)                                                  \
    X(integer, unsigned long, calx__value_of_unsigned)                                             \
    X(integer, unsigned long long, calx__value_of_unsigned)                                        \
    X(integer, calx_small_integer_or_null, calx__value_of_small_integer_or_null)                   \
    X(integer, calx_integer_or_null, calx__value_of_integer_or_null)                               \
    X(integer, calx_big_integer_or_null, calx__value_of_big_integer_or_null)                       \
    X(boolean, bool, calx_value_boolean)                                                           \
    X(boolean, int, calx_value_boolean)                                                            \
    X(boolean, calx_boolean_or_null, calx__value_of_boolean_or_null)                               \
    X(double, double, calx_value_double)                                                           \
    X(double, float, calx_value_double)                                                            \
    X(double, int, calx_value_double)                                                              \
    X(double, calx_float_or_null, calx__value_of_float_or_null)                                    \
    X(double, calx_double_or_null, calx__value_of_double_or_null)                                  \
    X(text, char *, calx__value_of_string)                                                         \
    X(text, const char *, calx__value_of_string)                                                   \
    X(custom, calx_value, calx__value_of_value)                                                    \
    X(text, calx_text, calx_value_text)                                                            \
    X(blob, calx_blob, calx_value_blob)                                                            \
    X(decimal, calx_decimal, calx__value_of_decimal)                                               \
    X(decimal, char *, calx__value_of_digits)                                                      \
    X(decimal, const char *, calx__value_of_digits)                                                \
    X(decimal, char, calx__value_of_integer)                                                       \
    X(decimal, signed char, calx__value_of_integer)                                                \
    X(decimal, unsigned char, calx__value_of_integer)                                              \
    X(decimal, short, calx__value_of_integer)                                                      \
    X(decimal, unsigned short, calx__value_of_integer)                                             \
    X(decimal, int, calx__value_of_integer)                                                        \
    X(decimal, unsigned, calx__value_of_integer)                                                   \
    X(decimal, long, calx__value_of_integer)                                                       \
    X(decimal, long long, calx__value_of_integer)                                                  \
    X(date, calx_date, calx_value_date)                                                            \
    X(date, calx_date_or_null, calx__value_of_date_or_null)                                        \
    X(time, calx_time, calx_value_time)                                                            \
    X(time, calx_time_or_null, calx__value_of_time_or_null)                                        \
    X(interval, calx_interval, calx_value_interval)                                                \
    X(interval, calx_interval_or_null, calx__value_of_interval_or_null)                            \
    X(uuid, calx_uuid, calx_value_uuid)                                                            \
    X(uuid, calx_uuid_or_null, calx__value_of_uuid_or_null)                                        \
    X(datetime, calx_datetime, calx_value_datetime)                                                \
    X(datetime, calx_datetime_or_null, calx__value_of_datetime_or_null)

/* X(values): each of them once. */
#define CALX_OPERAND_VALUES(X)                                                                     \
    X(integer)                                                                                     \
    X(boolean)                                                                                     \
    X(double)                                                                                      \
    X(decimal)                                                                                     \
    X(text)                                                                                        \
    X(blob)                                                                                        \
    X(date)                                                                                        \
    X(time)                                                                                        \
    X(datetime)                                                                                    \
    X(interval)                                                                                    \
    X(uuid)                                                                                        \
    X(custom)

/* X(C type): each of them once. */
#define CALX_OPERAND_TYPES(X)                                                                      \
    X(bool)                                                                                        \
    X(char)                                                                                        \
    X(signed char)                                                                                 \
    X(unsigned char)                                                                               \
    X(short)                                                                                       \
    X(unsigned short)                                                                              \
    X(int)                                                                                         \
    X(unsigned)                                                                                    \
    X(long)                                                                                        \
    X(unsigned long)                                                                               \
    X(long long)                                                                                   \
    X(unsigned long long)                                                                          \
    X(float)                                                                                       \
    X(double)                                                                                      \
    X(char *)                                                                                      \
    X(const char *)                                                                                \
    X(void *)                                                                                      \
    X(const void *)                                                                                \
    X(calx_small_integer_or_null)                                                                  \
    X(calx_integer_or_null)                                                                        \
    X(calx_big_integer_or_null)                                                                    \
    X(calx_boolean_or_null)                                                                        \
    X(calx_float_or_null)                                                                          \
    X(calx_double_or_null)                                                                         \
    X(calx_decimal)                                                                                \
    X(calx_value)                                                                                  \
    X(calx_text)                                                                                   \
    X(calx_blob)                                                                                   \
    X(calx_date)                                                                                   \
    X(calx_date_or_null)                                                                           \
    X(calx_time)                                                                                   \
    X(calx_time_or_null)                                                                           \
    X(calx_interval)                                                                               \
    X(calx_interval_or_null)                                                                       \
    X(calx_uuid)                                                                                   \
    X(calx_uuid_or_null)                                                                           \
    X(calx_datetime)                                                                               \
    X(calx_datetime_or_null)

/* A C value as calx_value: integers, float, double, bool, text (calx_text or a string), and the
 * structs calx_blob, calx_decimal, calx_datetime, calx_date, calx_time, calx_interval, calx_uuid.
 */
#define CALX_VALUE(c_value) (CALX__VALUE_FUNCTION(c_value)(c_value))

/* ---- What the macros expand to ---- */

/* The compiler prints this name when a column is compared with a value of another type: it is no
 * function, so it cannot be called. */
extern const struct the_value_does_not_have_the_type_of_the_column
    *const the_value_does_not_have_the_type_of_the_column;

/* Chosen by two types at once: as an array of the one, with the number of the other for its length.
 * Behind a comma a value has no qualifiers, and an array is a pointer. */
#define CALX__VALUE_FOR(values, value) (CALX__CONVERSION(values, value)(value))
#define CALX__CONVERSION(values, value)                                                            \
    _Generic((__typeof__(((void)0, (value)))(*)[CALX__NUMBER_OF(values)])0 CALX_OPERANDS(          \
                 CALX__OPERAND_CASE),                                                              \
             default                                                                               \
             : CALX__OWN_CONVERSION(values))
#define CALX__OPERAND_CASE(values, type, function) , type(*)[CALX__NUMBER_##values] : function

enum {
    CALX__NUMBER_none = 1,
#define CALX__NUMBER(values) CALX__NUMBER_##values,
    CALX_OPERAND_VALUES(CALX__NUMBER)
#undef CALX__NUMBER
};
#define CALX__NUMBER_OF(values)                                                                    \
    _Generic((values)CALX_OPERAND_VALUES(CALX__NUMBER_CASE), default : CALX__NUMBER_none)
#define CALX__NUMBER_CASE(values) , calx__##values##_values * : CALX__NUMBER_##values

/* A column of a type without operands is compared with nothing; an ENUM by its own function. */
#define CALX__OWN_CONVERSION(values)                                                               \
    _Generic((values)CALX__VALUE_KINDS(CALX__VALUES_CASE), default : (values))
#define CALX__VALUES_CASE(name)                                                                    \
    , calx__##name##_values * : the_value_does_not_have_the_type_of_the_column

#define CALX__VALUE_FUNCTION(value)                                                                \
    _Generic((value), bool                                                                         \
             : calx_value_boolean, double                                                          \
             : calx_value_double, float                                                            \
             : calx_value_double, char *                                                           \
             : calx__value_of_string, const char *                                                 \
             : calx__value_of_string, calx_text                                                    \
             : calx_value_text, calx_blob                                                          \
             : calx_value_blob, calx_datetime                                                      \
             : calx_value_datetime, calx_decimal                                                   \
             : calx__value_of_decimal, calx_date                                                   \
             : calx_value_date, calx_time                                                          \
             : calx_value_time, calx_interval                                                      \
             : calx_value_interval, calx_uuid                                                      \
             : calx_value_uuid, calx_value                                                         \
             : calx__value_of_value, default                                                       \
             : CALX__CONVERSION((calx__integer_values *)0, value))

/* Is the operand of none of the types of C values: an expression (expression.h)? One of two forms
 * by such a question; types and members have to be right in both. */
#define CALX__IS_EXPRESSION(operand)                                                               \
    _Generic((operand)CALX_OPERAND_TYPES(CALX__TYPE_CASE), default : 1)
#define CALX__TYPE_CASE(type) , type : 0
#define CALX__CHOOSE(question, yes, no)                                                            \
    _Generic((char(*)[1 + (question)])0, char(*)[2] : yes, default : no)

/* The same as CALX__VALUE_FOR, but that an expression in the place of the value becomes NULL. */
#define CALX__VALUE_OR_NOTHING(values, operand)                                                    \
    (CALX__CHOOSE(CALX__IS_EXPRESSION(operand), calx__value_of_nothing,                            \
                  CALX__CONVERSION(values, operand))(                                              \
        CALX__CHOOSE(CALX__IS_EXPRESSION(operand), 0, (operand))))

static inline calx_value calx__value_of_nothing(int nothing)
{
    (void)nothing;
    return calx_value_null();
}

static inline calx_value calx__value_of_integer(long long value)
{
    return calx_value_integer(value);
}

/* Beyond int64 nothing is equal and everything is less. */
static inline calx_value calx__value_of_unsigned(unsigned long long value)
{
    return value > INT64_MAX ? calx_value_double(__builtin_inf())
                             : calx_value_integer((int64_t)value);
}

static inline calx_value calx__value_of_string(const char *string)
{
    return calx_value_text(calx_text_of(string));
}

static inline calx_value calx__value_of_decimal(calx_decimal value)
{
    return (calx_value){.kind = value.data ? CALX_KIND_DECIMAL : CALX_KIND_NULL,
                        .as.text = {value.data, value.length}};
}

static inline calx_value calx__value_of_digits(const char *digits)
{
    return calx__value_of_decimal(calx_decimal_of(digits));
}

static inline calx_value calx__value_of_value(calx_value value)
{
    return value;
}

static inline calx_value calx__value_of_integer_or_null(calx_integer_or_null value)
{
    return value.is_null ? calx_value_null() : calx_value_integer(value.value);
}

static inline calx_value calx__value_of_small_integer_or_null(calx_small_integer_or_null value)
{
    return value.is_null ? calx_value_null() : calx_value_integer(value.value);
}

static inline calx_value calx__value_of_big_integer_or_null(calx_big_integer_or_null value)
{
    return value.is_null ? calx_value_null() : calx_value_integer(value.value);
}

static inline calx_value calx__value_of_boolean_or_null(calx_boolean_or_null value)
{
    return value.is_null ? calx_value_null() : calx_value_boolean(value.value);
}

static inline calx_value calx__value_of_float_or_null(calx_float_or_null value)
{
    return value.is_null ? calx_value_null() : calx_value_double((double)value.value);
}

static inline calx_value calx__value_of_double_or_null(calx_double_or_null value)
{
    return value.is_null ? calx_value_null() : calx_value_double(value.value);
}

static inline calx_value calx__value_of_datetime_or_null(calx_datetime_or_null value)
{
    return value.is_null ? calx_value_null() : calx_value_datetime(value.value);
}

static inline calx_value calx__value_of_date_or_null(calx_date_or_null value)
{
    return value.is_null ? calx_value_null() : calx_value_date(value.value);
}

static inline calx_value calx__value_of_time_or_null(calx_time_or_null value)
{
    return value.is_null ? calx_value_null() : calx_value_time(value.value);
}

static inline calx_value calx__value_of_interval_or_null(calx_interval_or_null value)
{
    return value.is_null ? calx_value_null() : calx_value_interval(value.value);
}

static inline calx_value calx__value_of_uuid_or_null(calx_uuid_or_null value)
{
    return value.is_null ? calx_value_null() : calx_value_uuid(value.value);
}

#endif
