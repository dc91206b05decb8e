/*
 * operand.h: which C values a column is compared with, and what becomes of them: the choice is the
 * compiler's, by the column's phantom type (model.h) and the value's own.
 */
#ifndef CALX_OPERAND_H
#define CALX_OPERAND_H

#include <calx/type.h>

/* A C value as calx_value: integers, double, bool, text (calx_text or a string), calx_blob,
 * calx_datetime. */
#define CALX_VALUE(c_value) (CALX__VALUE_FUNCTION(c_value)(c_value))

/* The compiler prints this name when a column is compared with a value of another type: it is no
 * function, so it cannot be called. */
extern const struct the_value_does_not_have_the_type_of_the_column
    *const the_value_does_not_have_the_type_of_the_column;

#define CALX__IF_INTEGER(value)                                                                    \
    _Generic((value), char                                                                         \
             : calx__value_of_integer, signed char                                                 \
             : calx__value_of_integer, unsigned char                                               \
             : calx__value_of_integer, short                                                       \
             : calx__value_of_integer, unsigned short                                              \
             : calx__value_of_integer, int                                                         \
             : calx__value_of_integer, unsigned                                                    \
             : calx__value_of_integer, long                                                        \
             : calx__value_of_integer, long long                                                   \
             : calx__value_of_integer, unsigned long                                               \
             : calx__value_of_unsigned, unsigned long long                                         \
             : calx__value_of_unsigned, calx_integer_or_null                                       \
             : calx__value_of_integer_or_null, calx_big_integer_or_null                            \
             : calx__value_of_big_integer_or_null, default                                         \
             : the_value_does_not_have_the_type_of_the_column)
#define CALX__IF_BOOLEAN(value)                                                                    \
    _Generic((value), bool                                                                         \
             : calx_value_boolean, int                                                             \
             : calx_value_boolean, calx_boolean_or_null                                            \
             : calx__value_of_boolean_or_null, default                                             \
             : the_value_does_not_have_the_type_of_the_column)
#define CALX__IF_DOUBLE(value)                                                                     \
    _Generic((value), double                                                                       \
             : calx_value_double, float                                                            \
             : calx_value_double, int                                                              \
             : calx_value_double, calx_double_or_null                                              \
             : calx__value_of_double_or_null, default                                              \
             : the_value_does_not_have_the_type_of_the_column)
#define CALX__IF_TEXT(value)                                                                       \
    _Generic((value), char *                                                                       \
             : calx__value_of_string, const char *                                                 \
             : calx__value_of_string, calx_text                                                    \
             : calx_value_text, default                                                            \
             : the_value_does_not_have_the_type_of_the_column)
#define CALX__IF_BLOB(value)                                                                       \
    _Generic((value), calx_blob                                                                    \
             : calx_value_blob, default                                                            \
             : the_value_does_not_have_the_type_of_the_column)
#define CALX__IF_DATETIME(value)                                                                   \
    _Generic((value), calx_datetime                                                                \
             : calx_value_datetime, calx_datetime_or_null                                          \
             : calx__value_of_datetime_or_null, default                                            \
             : the_value_does_not_have_the_type_of_the_column)

#define CALX__VALUE_FOR(values, value)                                                             \
    (_Generic((values), calx__integer_values *                                                     \
              : CALX__IF_INTEGER(value), calx__boolean_values *                                    \
              : CALX__IF_BOOLEAN(value), calx__double_values *                                     \
              : CALX__IF_DOUBLE(value), calx__text_values *                                        \
              : CALX__IF_TEXT(value), calx__blob_values *                                          \
              : CALX__IF_BLOB(value), calx__datetime_values *                                      \
              : CALX__IF_DATETIME(value))(value))

#define CALX__VALUE_FUNCTION(value)                                                                \
    _Generic((value), bool                                                                         \
             : calx_value_boolean, double                                                          \
             : calx_value_double, float                                                            \
             : calx_value_double, char *                                                           \
             : calx__value_of_string, const char *                                                 \
             : calx__value_of_string, calx_text                                                    \
             : calx_value_text, calx_blob                                                          \
             : calx_value_blob, calx_datetime                                                      \
             : calx_value_datetime, calx_value                                                     \
             : calx__value_of_value, default                                                       \
             : CALX__IF_INTEGER(value))

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

static inline calx_value calx__value_of_value(calx_value value)
{
    return value;
}

static inline calx_value calx__value_of_integer_or_null(calx_integer_or_null value)
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

static inline calx_value calx__value_of_double_or_null(calx_double_or_null value)
{
    return value.is_null ? calx_value_null() : calx_value_double(value.value);
}

static inline calx_value calx__value_of_datetime_or_null(calx_datetime_or_null value)
{
    return value.is_null ? calx_value_null() : calx_value_datetime(value.value);
}

#endif
