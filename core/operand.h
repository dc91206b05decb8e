/*
 * operand.h: which C values a column is compared with, and what becomes of them: the choice is the
 * compiler's, by the column's phantom type (model.h) and the value's own.
 */
#ifndef CALX_OPERAND_H
#define CALX_OPERAND_H

#include <calx/type.h>

/* A C value as calx_value: integers, float, double, bool, text (calx_text or a string), and the
 * structs calx_blob, calx_decimal, calx_datetime, calx_date, calx_time, calx_interval, calx_uuid.
 */
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
             : calx__value_of_integer_or_null, calx_small_integer_or_null                          \
             : calx__value_of_small_integer_or_null, calx_big_integer_or_null                      \
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
             : calx_value_double, calx_float_or_null                                               \
             : calx__value_of_float_or_null, calx_double_or_null                                   \
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

#define CALX__IF_DECIMAL(value)                                                                    \
    _Generic((value), calx_decimal                                                                 \
             : calx__value_of_decimal, char *                                                      \
             : calx__value_of_digits, const char *                                                 \
             : calx__value_of_digits, double                                                       \
             : the_value_does_not_have_the_type_of_the_column, default                             \
             : CALX__IF_INTEGER(value))
#define CALX__IF_DATE(value)                                                                       \
    _Generic((value), calx_date                                                                    \
             : calx_value_date, calx_date_or_null                                                  \
             : calx__value_of_date_or_null, default                                                \
             : the_value_does_not_have_the_type_of_the_column)
#define CALX__IF_TIME(value)                                                                       \
    _Generic((value), calx_time                                                                    \
             : calx_value_time, calx_time_or_null                                                  \
             : calx__value_of_time_or_null, default                                                \
             : the_value_does_not_have_the_type_of_the_column)
#define CALX__IF_INTERVAL(value)                                                                   \
    _Generic((value), calx_interval                                                                \
             : calx_value_interval, calx_interval_or_null                                          \
             : calx__value_of_interval_or_null, default                                            \
             : the_value_does_not_have_the_type_of_the_column)
#define CALX__IF_UUID(value)                                                                       \
    _Generic((value), calx_uuid                                                                    \
             : calx_value_uuid, calx_uuid_or_null                                                  \
             : calx__value_of_uuid_or_null, default                                                \
             : the_value_does_not_have_the_type_of_the_column)

#define CALX__VALUE_FOR(values, value)                                                             \
    (_Generic((values), calx__integer_values *                                                     \
              : CALX__IF_INTEGER(value), calx__boolean_values *                                    \
              : CALX__IF_BOOLEAN(value), calx__double_values *                                     \
              : CALX__IF_DOUBLE(value), calx__text_values *                                        \
              : CALX__IF_TEXT(value), calx__blob_values *                                          \
              : CALX__IF_BLOB(value), calx__datetime_values *                                      \
              : CALX__IF_DATETIME(value), calx__decimal_values *                                   \
              : CALX__IF_DECIMAL(value), calx__date_values *                                       \
              : CALX__IF_DATE(value), calx__time_values *                                          \
              : CALX__IF_TIME(value), calx__interval_values *                                      \
              : CALX__IF_INTERVAL(value), calx__uuid_values *                                      \
              : CALX__IF_UUID(value))(value))

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
