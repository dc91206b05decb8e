/*
 * type_macros.h: what a type's name in a list of columns expands to: the C member, the phantom type
 * of the values it is compared with (query.h), its members of calx_column, and how DEFAULT writes
 * the member. A parametrised type, NUMERIC(10, 2), has macros with parameters. Nothing here is used
 * by name.
 */
#ifndef CALX_TYPE_MACROS_H
#define CALX_TYPE_MACROS_H

#include <calx/type.h>

#define CALX__MEMBER_INTEGER int32_t
#define CALX__MEMBER_INTEGER_OR_NULL calx_integer_or_null
#define CALX__MEMBER_BIG_INTEGER int64_t
#define CALX__MEMBER_BIG_INTEGER_OR_NULL calx_big_integer_or_null
#define CALX__MEMBER_BOOLEAN bool
#define CALX__MEMBER_BOOLEAN_OR_NULL calx_boolean_or_null
#define CALX__MEMBER_DOUBLE double
#define CALX__MEMBER_DOUBLE_OR_NULL calx_double_or_null
#define CALX__MEMBER_STRING calx_text
#define CALX__MEMBER_STRING_OR_NULL calx_text
#define CALX__MEMBER_TEXT calx_text
#define CALX__MEMBER_TEXT_OR_NULL calx_text
#define CALX__MEMBER_LARGE_BINARY calx_blob
#define CALX__MEMBER_LARGE_BINARY_OR_NULL calx_blob
#define CALX__MEMBER_DATETIME calx_datetime
#define CALX__MEMBER_DATETIME_OR_NULL calx_datetime_or_null

#define CALX__VALUES_INTEGER calx__integer_values
#define CALX__VALUES_INTEGER_OR_NULL calx__integer_values
#define CALX__VALUES_BIG_INTEGER calx__integer_values
#define CALX__VALUES_BIG_INTEGER_OR_NULL calx__integer_values
#define CALX__VALUES_BOOLEAN calx__boolean_values
#define CALX__VALUES_BOOLEAN_OR_NULL calx__boolean_values
#define CALX__VALUES_DOUBLE calx__double_values
#define CALX__VALUES_DOUBLE_OR_NULL calx__double_values
#define CALX__VALUES_STRING calx__text_values
#define CALX__VALUES_STRING_OR_NULL calx__text_values
#define CALX__VALUES_TEXT calx__text_values
#define CALX__VALUES_TEXT_OR_NULL calx__text_values
#define CALX__VALUES_LARGE_BINARY calx__blob_values
#define CALX__VALUES_LARGE_BINARY_OR_NULL calx__blob_values
#define CALX__VALUES_DATETIME calx__datetime_values
#define CALX__VALUES_DATETIME_OR_NULL calx__datetime_values

#define CALX__TYPE_INTEGER .type = &calx_type_integer
#define CALX__TYPE_INTEGER_OR_NULL CALX__TYPE_INTEGER, .nullable = true
#define CALX__TYPE_BIG_INTEGER .type = &calx_type_big_integer
#define CALX__TYPE_BIG_INTEGER_OR_NULL CALX__TYPE_BIG_INTEGER, .nullable = true
#define CALX__TYPE_BOOLEAN .type = &calx_type_boolean
#define CALX__TYPE_BOOLEAN_OR_NULL CALX__TYPE_BOOLEAN, .nullable = true
#define CALX__TYPE_DOUBLE .type = &calx_type_double
#define CALX__TYPE_DOUBLE_OR_NULL CALX__TYPE_DOUBLE, .nullable = true
#define CALX__TYPE_STRING .type = &calx_type_string
#define CALX__TYPE_STRING_OR_NULL CALX__TYPE_STRING, .nullable = true
#define CALX__TYPE_TEXT .type = &calx_type_text
#define CALX__TYPE_TEXT_OR_NULL CALX__TYPE_TEXT, .nullable = true
#define CALX__TYPE_LARGE_BINARY .type = &calx_type_large_binary
#define CALX__TYPE_LARGE_BINARY_OR_NULL CALX__TYPE_LARGE_BINARY, .nullable = true
#define CALX__TYPE_DATETIME .type = &calx_type_datetime
#define CALX__TYPE_DATETIME_OR_NULL CALX__TYPE_DATETIME, .nullable = true

/* The value of DEFAULT(value) as what stands between the braces of the member's initialiser. */
#define CALX__INITIAL_INTEGER CALX__INITIAL_PLAIN
#define CALX__INITIAL_INTEGER_OR_NULL CALX__INITIAL_VALUE
#define CALX__INITIAL_BIG_INTEGER CALX__INITIAL_PLAIN
#define CALX__INITIAL_BIG_INTEGER_OR_NULL CALX__INITIAL_VALUE
#define CALX__INITIAL_BOOLEAN CALX__INITIAL_PLAIN
#define CALX__INITIAL_BOOLEAN_OR_NULL CALX__INITIAL_VALUE
#define CALX__INITIAL_DOUBLE CALX__INITIAL_PLAIN
#define CALX__INITIAL_DOUBLE_OR_NULL CALX__INITIAL_VALUE
#define CALX__INITIAL_STRING CALX__INITIAL_LITERAL
#define CALX__INITIAL_STRING_OR_NULL CALX__INITIAL_LITERAL
#define CALX__INITIAL_TEXT CALX__INITIAL_LITERAL
#define CALX__INITIAL_TEXT_OR_NULL CALX__INITIAL_LITERAL
#define CALX__INITIAL_LARGE_BINARY CALX__INITIAL_LITERAL
#define CALX__INITIAL_LARGE_BINARY_OR_NULL CALX__INITIAL_LITERAL
#define CALX__INITIAL_DATETIME CALX__INITIAL_PLAIN
#define CALX__INITIAL_DATETIME_OR_NULL CALX__INITIAL_VALUE

#define CALX__INITIAL_PLAIN(...) __VA_ARGS__
#define CALX__INITIAL_VALUE(...) .value = __VA_ARGS__
#define CALX__INITIAL_LITERAL(literal) .data = "" literal, .length = sizeof(literal) - 1

/* Phantom types: which C values a column is compared with. Never defined. */
typedef struct calx__integer_values calx__integer_values;
typedef struct calx__boolean_values calx__boolean_values;
typedef struct calx__double_values calx__double_values;
typedef struct calx__text_values calx__text_values;
typedef struct calx__blob_values calx__blob_values;
typedef struct calx__datetime_values calx__datetime_values;

#endif
