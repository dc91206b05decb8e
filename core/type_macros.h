/*
 * type_macros.h: what a type's name in a list of columns expands to: the C member, the phantom type
 * of the values it is compared with (query.h), its members of calx_column, and how DEFAULT writes
 * the member. A parametrised type, NUMERIC(10, 2), has macros with parameters. Nothing here is used
 * by name.
 */
#ifndef CALX_TYPE_MACROS_H
#define CALX_TYPE_MACROS_H

#include <calx/array.h>
#include <calx/enumeration.h>
#include <calx/type.h>

#define CALX__MEMBER_SMALL_INTEGER int16_t
#define CALX__MEMBER_SMALL_INTEGER_OR_NULL calx_small_integer_or_null
#define CALX__MEMBER_INTEGER int32_t
#define CALX__MEMBER_INTEGER_OR_NULL calx_integer_or_null
#define CALX__MEMBER_BIG_INTEGER int64_t
#define CALX__MEMBER_BIG_INTEGER_OR_NULL calx_big_integer_or_null
#define CALX__MEMBER_BOOLEAN bool
#define CALX__MEMBER_BOOLEAN_OR_NULL calx_boolean_or_null
#define CALX__MEMBER_FLOAT float
#define CALX__MEMBER_FLOAT_OR_NULL calx_float_or_null
#define CALX__MEMBER_DOUBLE double
#define CALX__MEMBER_DOUBLE_OR_NULL calx_double_or_null
#define CALX__MEMBER_NUMERIC(digits, fraction) calx_decimal
#define CALX__MEMBER_NUMERIC_OR_NULL(digits, fraction) calx_decimal
#define CALX__MEMBER_STRING calx_text
#define CALX__MEMBER_STRING_OR_NULL calx_text
#define CALX__MEMBER_TEXT calx_text
#define CALX__MEMBER_TEXT_OR_NULL calx_text
#define CALX__MEMBER_LARGE_BINARY calx_blob
#define CALX__MEMBER_LARGE_BINARY_OR_NULL calx_blob
#define CALX__MEMBER_DATE calx_date
#define CALX__MEMBER_DATE_OR_NULL calx_date_or_null
#define CALX__MEMBER_TIME calx_time
#define CALX__MEMBER_TIME_OR_NULL calx_time_or_null
#define CALX__MEMBER_DATETIME calx_datetime
#define CALX__MEMBER_DATETIME_OR_NULL calx_datetime_or_null
#define CALX__MEMBER_INTERVAL calx_interval
#define CALX__MEMBER_INTERVAL_OR_NULL calx_interval_or_null
#define CALX__MEMBER_UUID calx_uuid
#define CALX__MEMBER_UUID_OR_NULL calx_uuid_or_null
#define CALX__MEMBER_JSON_DOCUMENT json_t *
#define CALX__MEMBER_JSON_DOCUMENT_OR_NULL json_t *
#define CALX__MEMBER_ENUM(Enum) Enum
#define CALX__MEMBER_ENUM_OR_NULL(Enum) Enum##_or_null
#define CALX__MEMBER_ARRAY(ITEM) CALX__ARRAY_##ITEM
#define CALX__MEMBER_ARRAY_OR_NULL(ITEM) CALX__ARRAY_##ITEM
#define CALX__MEMBER_HSTORE calx_hstore
#define CALX__MEMBER_HSTORE_OR_NULL calx_hstore
#define CALX__MEMBER_CUSTOM(Name) Name
#define CALX__MEMBER_CUSTOM_OR_NULL(Name) Name##_or_null

#define CALX__VALUES_SMALL_INTEGER calx__integer_values
#define CALX__VALUES_SMALL_INTEGER_OR_NULL calx__integer_values
#define CALX__VALUES_INTEGER calx__integer_values
#define CALX__VALUES_INTEGER_OR_NULL calx__integer_values
#define CALX__VALUES_BIG_INTEGER calx__integer_values
#define CALX__VALUES_BIG_INTEGER_OR_NULL calx__integer_values
#define CALX__VALUES_BOOLEAN calx__boolean_values
#define CALX__VALUES_BOOLEAN_OR_NULL calx__boolean_values
#define CALX__VALUES_FLOAT calx__double_values
#define CALX__VALUES_FLOAT_OR_NULL calx__double_values
#define CALX__VALUES_DOUBLE calx__double_values
#define CALX__VALUES_DOUBLE_OR_NULL calx__double_values
#define CALX__VALUES_NUMERIC(digits, fraction) calx__decimal_values
#define CALX__VALUES_NUMERIC_OR_NULL(digits, fraction) calx__decimal_values
#define CALX__VALUES_STRING calx__text_values
#define CALX__VALUES_STRING_OR_NULL calx__text_values
#define CALX__VALUES_TEXT calx__text_values
#define CALX__VALUES_TEXT_OR_NULL calx__text_values
#define CALX__VALUES_LARGE_BINARY calx__blob_values
#define CALX__VALUES_LARGE_BINARY_OR_NULL calx__blob_values
#define CALX__VALUES_DATE calx__date_values
#define CALX__VALUES_DATE_OR_NULL calx__date_values
#define CALX__VALUES_TIME calx__time_values
#define CALX__VALUES_TIME_OR_NULL calx__time_values
#define CALX__VALUES_DATETIME calx__datetime_values
#define CALX__VALUES_DATETIME_OR_NULL calx__datetime_values
#define CALX__VALUES_INTERVAL calx__interval_values
#define CALX__VALUES_INTERVAL_OR_NULL calx__interval_values
#define CALX__VALUES_UUID calx__uuid_values
#define CALX__VALUES_UUID_OR_NULL calx__uuid_values
#define CALX__VALUES_JSON_DOCUMENT calx__json_values
#define CALX__VALUES_JSON_DOCUMENT_OR_NULL calx__json_values
#define CALX__VALUES_ENUM(Enum) Enum##__values
#define CALX__VALUES_ENUM_OR_NULL(Enum) Enum##__values
#define CALX__VALUES_ARRAY(ITEM) calx__array_values
#define CALX__VALUES_ARRAY_OR_NULL(ITEM) calx__array_values
#define CALX__VALUES_HSTORE calx__hstore_values
#define CALX__VALUES_HSTORE_OR_NULL calx__hstore_values
#define CALX__VALUES_CUSTOM(Name) calx__custom_values
#define CALX__VALUES_CUSTOM_OR_NULL(Name) calx__custom_values

#define CALX__TYPE_SMALL_INTEGER .type = &calx_type_small_integer
#define CALX__TYPE_SMALL_INTEGER_OR_NULL CALX__TYPE_SMALL_INTEGER, .nullable = true
#define CALX__TYPE_INTEGER .type = &calx_type_integer
#define CALX__TYPE_INTEGER_OR_NULL CALX__TYPE_INTEGER, .nullable = true
#define CALX__TYPE_BIG_INTEGER .type = &calx_type_big_integer
#define CALX__TYPE_BIG_INTEGER_OR_NULL CALX__TYPE_BIG_INTEGER, .nullable = true
#define CALX__TYPE_BOOLEAN .type = &calx_type_boolean
#define CALX__TYPE_BOOLEAN_OR_NULL CALX__TYPE_BOOLEAN, .nullable = true
#define CALX__TYPE_FLOAT .type = &calx_type_float
#define CALX__TYPE_FLOAT_OR_NULL CALX__TYPE_FLOAT, .nullable = true
#define CALX__TYPE_DOUBLE .type = &calx_type_double
#define CALX__TYPE_DOUBLE_OR_NULL CALX__TYPE_DOUBLE, .nullable = true
#define CALX__TYPE_NUMERIC(digits, fraction)                                                       \
    .type = &calx_type_numeric, .precision = (digits), .scale = (fraction)
#define CALX__TYPE_NUMERIC_OR_NULL(digits, fraction)                                               \
    CALX__TYPE_NUMERIC(digits, fraction), .nullable = true
#define CALX__TYPE_STRING .type = &calx_type_string
#define CALX__TYPE_STRING_OR_NULL CALX__TYPE_STRING, .nullable = true
#define CALX__TYPE_TEXT .type = &calx_type_text
#define CALX__TYPE_TEXT_OR_NULL CALX__TYPE_TEXT, .nullable = true
#define CALX__TYPE_LARGE_BINARY .type = &calx_type_large_binary
#define CALX__TYPE_LARGE_BINARY_OR_NULL CALX__TYPE_LARGE_BINARY, .nullable = true
#define CALX__TYPE_DATE .type = &calx_type_date
#define CALX__TYPE_DATE_OR_NULL CALX__TYPE_DATE, .nullable = true
#define CALX__TYPE_TIME .type = &calx_type_time
#define CALX__TYPE_TIME_OR_NULL CALX__TYPE_TIME, .nullable = true
#define CALX__TYPE_DATETIME .type = &calx_type_datetime
#define CALX__TYPE_DATETIME_OR_NULL CALX__TYPE_DATETIME, .nullable = true
#define CALX__TYPE_INTERVAL .type = &calx_type_interval
#define CALX__TYPE_INTERVAL_OR_NULL CALX__TYPE_INTERVAL, .nullable = true
#define CALX__TYPE_UUID .type = &calx_type_uuid
#define CALX__TYPE_UUID_OR_NULL CALX__TYPE_UUID, .nullable = true
#define CALX__TYPE_JSON_DOCUMENT .type = &calx_type_json_document
#define CALX__TYPE_JSON_DOCUMENT_OR_NULL CALX__TYPE_JSON_DOCUMENT, .nullable = true
#define CALX__TYPE_ENUM(Enum) .type = &calx_type_enum, .enumeration = &Enum##_enumeration
#define CALX__TYPE_ENUM_OR_NULL(Enum) CALX__TYPE_ENUM(Enum), .nullable = true
#define CALX__TYPE_ARRAY(ITEM)                                                                     \
    .type = &calx_type_array, .element = &(const calx_column)                                      \
    {                                                                                              \
        .member = #ITEM, CALX__TYPE_##ITEM                                                         \
    }
#define CALX__TYPE_ARRAY_OR_NULL(ITEM)                                                             \
    .type = &calx_type_array, .nullable = true, .element = &(const calx_column)                    \
    {                                                                                              \
        .member = #ITEM, CALX__TYPE_##ITEM                                                         \
    }
#define CALX__TYPE_HSTORE .type = &calx_type_hstore
#define CALX__TYPE_HSTORE_OR_NULL CALX__TYPE_HSTORE, .nullable = true
#define CALX__TYPE_CUSTOM(Name) .type = &Name##_type
#define CALX__TYPE_CUSTOM_OR_NULL(Name) CALX__TYPE_CUSTOM(Name), .nullable = true

/* The value of DEFAULT(value) as what stands between the braces of the member's initialiser. */
#define CALX__INITIAL_SMALL_INTEGER CALX__INITIAL_PLAIN
#define CALX__INITIAL_SMALL_INTEGER_OR_NULL CALX__INITIAL_VALUE
#define CALX__INITIAL_INTEGER CALX__INITIAL_PLAIN
#define CALX__INITIAL_INTEGER_OR_NULL CALX__INITIAL_VALUE
#define CALX__INITIAL_BIG_INTEGER CALX__INITIAL_PLAIN
#define CALX__INITIAL_BIG_INTEGER_OR_NULL CALX__INITIAL_VALUE
#define CALX__INITIAL_BOOLEAN CALX__INITIAL_PLAIN
#define CALX__INITIAL_BOOLEAN_OR_NULL CALX__INITIAL_VALUE
#define CALX__INITIAL_FLOAT CALX__INITIAL_PLAIN
#define CALX__INITIAL_FLOAT_OR_NULL CALX__INITIAL_VALUE
#define CALX__INITIAL_DOUBLE CALX__INITIAL_PLAIN
#define CALX__INITIAL_DOUBLE_OR_NULL CALX__INITIAL_VALUE
#define CALX__INITIAL_NUMERIC(digits, fraction) CALX__INITIAL_DIGITS
#define CALX__INITIAL_NUMERIC_OR_NULL(digits, fraction) CALX__INITIAL_DIGITS
#define CALX__INITIAL_STRING CALX__INITIAL_LITERAL
#define CALX__INITIAL_STRING_OR_NULL CALX__INITIAL_LITERAL
#define CALX__INITIAL_TEXT CALX__INITIAL_LITERAL
#define CALX__INITIAL_TEXT_OR_NULL CALX__INITIAL_LITERAL
#define CALX__INITIAL_LARGE_BINARY CALX__INITIAL_LITERAL
#define CALX__INITIAL_LARGE_BINARY_OR_NULL CALX__INITIAL_LITERAL
#define CALX__INITIAL_DATE CALX__INITIAL_PLAIN
#define CALX__INITIAL_DATE_OR_NULL CALX__INITIAL_VALUE
#define CALX__INITIAL_TIME CALX__INITIAL_PLAIN
#define CALX__INITIAL_TIME_OR_NULL CALX__INITIAL_VALUE
#define CALX__INITIAL_DATETIME CALX__INITIAL_PLAIN
#define CALX__INITIAL_DATETIME_OR_NULL CALX__INITIAL_VALUE
#define CALX__INITIAL_INTERVAL CALX__INITIAL_PLAIN
#define CALX__INITIAL_INTERVAL_OR_NULL CALX__INITIAL_VALUE
#define CALX__INITIAL_UUID CALX__INITIAL_PLAIN
#define CALX__INITIAL_UUID_OR_NULL CALX__INITIAL_VALUE
#define CALX__INITIAL_JSON_DOCUMENT CALX__INITIAL_PLAIN
#define CALX__INITIAL_JSON_DOCUMENT_OR_NULL CALX__INITIAL_PLAIN
#define CALX__INITIAL_ENUM(Enum) CALX__INITIAL_PLAIN
#define CALX__INITIAL_ENUM_OR_NULL(Enum) CALX__INITIAL_VALUE
#define CALX__INITIAL_ARRAY(ITEM) CALX__INITIAL_PLAIN
#define CALX__INITIAL_ARRAY_OR_NULL(ITEM) CALX__INITIAL_PLAIN
#define CALX__INITIAL_HSTORE CALX__INITIAL_PLAIN
#define CALX__INITIAL_HSTORE_OR_NULL CALX__INITIAL_PLAIN
#define CALX__INITIAL_CUSTOM(Name) CALX__INITIAL_PLAIN
#define CALX__INITIAL_CUSTOM_OR_NULL(Name) CALX__INITIAL_VALUE

#define CALX__INITIAL_PLAIN(...) __VA_ARGS__
#define CALX__INITIAL_VALUE(...) .value = __VA_ARGS__
#define CALX__INITIAL_LITERAL(literal) .data = "" literal, .length = sizeof(literal) - 1
#define CALX__INITIAL_DIGITS(number) .data = #number, .length = sizeof(#number) - 1

/* The member of an ARRAY, by its items. */
#define CALX__ARRAY_SMALL_INTEGER calx_small_integer_array
#define CALX__ARRAY_SMALL_INTEGER_OR_NULL calx_small_integer_or_null_array
#define CALX__ARRAY_INTEGER calx_integer_array
#define CALX__ARRAY_INTEGER_OR_NULL calx_integer_or_null_array
#define CALX__ARRAY_BIG_INTEGER calx_big_integer_array
#define CALX__ARRAY_BIG_INTEGER_OR_NULL calx_big_integer_or_null_array
#define CALX__ARRAY_BOOLEAN calx_boolean_array
#define CALX__ARRAY_BOOLEAN_OR_NULL calx_boolean_or_null_array
#define CALX__ARRAY_FLOAT calx_float_array
#define CALX__ARRAY_FLOAT_OR_NULL calx_float_or_null_array
#define CALX__ARRAY_DOUBLE calx_double_array
#define CALX__ARRAY_DOUBLE_OR_NULL calx_double_or_null_array
#define CALX__ARRAY_NUMERIC(digits, fraction) calx_decimal_array
#define CALX__ARRAY_NUMERIC_OR_NULL(digits, fraction) calx_decimal_array
#define CALX__ARRAY_STRING calx_text_array
#define CALX__ARRAY_STRING_OR_NULL calx_text_array
#define CALX__ARRAY_TEXT calx_text_array
#define CALX__ARRAY_TEXT_OR_NULL calx_text_array
#define CALX__ARRAY_DATE calx_date_array
#define CALX__ARRAY_DATE_OR_NULL calx_date_or_null_array
#define CALX__ARRAY_TIME calx_time_array
#define CALX__ARRAY_TIME_OR_NULL calx_time_or_null_array
#define CALX__ARRAY_DATETIME calx_datetime_array
#define CALX__ARRAY_DATETIME_OR_NULL calx_datetime_or_null_array
#define CALX__ARRAY_UUID calx_uuid_array
#define CALX__ARRAY_UUID_OR_NULL calx_uuid_or_null_array

/* Phantom types: which C values a column is compared with. Never defined. An ENUM has a type of its
 * own, that of the function which makes a value of an enumerator. X(name) */
#define CALX__VALUE_KINDS(X)                                                                       \
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
    X(json)                                                                                        \
    X(array)                                                                                       \
    X(hstore)                                                                                      \
    X(custom)

#define CALX__VALUES_DECLARE(name) typedef struct calx__##name##_values calx__##name##_values;
CALX__VALUE_KINDS(CALX__VALUES_DECLARE)
#undef CALX__VALUES_DECLARE

/* What the handle of a column points to: that function, or NULL (CALX__SECOND). */
#define CALX__CONVERT_ENUM(Enum) ~, Enum##__value
#define CALX__CONVERT_ENUM_OR_NULL(Enum) ~, Enum##__value
#define CALX__SECOND(...) CALX__SECOND_OF(__VA_ARGS__)
#define CALX__SECOND_OF(first, second, ...) second

#endif
