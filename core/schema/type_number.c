/* type_number.c: Integer, BigInteger, Boolean, Double. */
#include "core/schema/type.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Integer and BigInteger differ in their bounds and in the C member only. */
static int64_t integer_get(const calx_column *column, const void *member, bool *is_null)
{
    bool small = column->type->id == CALX_TYPE_INTEGER;
    *is_null = false;
    if (column->nullable && small) {
        const calx_integer_or_null *nullable = member;
        *is_null = nullable->is_null;
        return nullable->value;
    }
    if (column->nullable) {
        const calx_big_integer_or_null *nullable = member;
        *is_null = nullable->is_null;
        return nullable->value;
    }
    return small ? *(const int32_t *)member : *(const int64_t *)member;
}

static void integer_put(const calx_column *column, void *member, bool is_null, int64_t value)
{
    bool small = column->type->id == CALX_TYPE_INTEGER;
    if (column->nullable && small)
        *(calx_integer_or_null *)member = (calx_integer_or_null){(int32_t)value, is_null};
    else if (column->nullable)
        *(calx_big_integer_or_null *)member = (calx_big_integer_or_null){value, is_null};
    else if (small)
        *(int32_t *)member = (int32_t)value;
    else
        *(int64_t *)member = value;
}

static bool integer_fits(const calx_column *column, int64_t value)
{
    return column->type->id != CALX_TYPE_INTEGER || (value >= INT32_MIN && value <= INT32_MAX);
}

static int integer_encode(const calx_column *column, const void *member, calx_value *out,
                          calx_error *err)
{
    (void)err;
    bool is_null;
    int64_t value = integer_get(column, member, &is_null);
    *out = is_null ? calx_value_null() : calx_value_integer(value);
    return 0;
}

static int integer_decode(const calx_column *column, const calx_value *value, void *member,
                          calx_arena *arena, calx_error *err)
{
    (void)arena;
    if (value->kind == CALX_KIND_NULL) {
        if (!column->nullable)
            return calx__type_refuse_null(column, CALX_ERROR_MISFIT, err);
        integer_put(column, member, true, 0);
        return 0;
    }
    if (value->kind != CALX_KIND_INTEGER)
        return calx__type_misfit(column, value, err);
    if (!integer_fits(column, value->as.integer))
        return calx_error_set(err, CALX_ERROR_MISFIT, "%" PRId64 " is out of range",
                              value->as.integer);
    integer_put(column, member, false, value->as.integer);
    return 0;
}

static bool integer_equal(const calx_column *column, const void *a, const void *b)
{
    bool a_null;
    bool b_null;
    int64_t a_value = integer_get(column, a, &a_null);
    int64_t b_value = integer_get(column, b, &b_null);
    return a_null == b_null && (a_null || a_value == b_value);
}

static void integer_json_write(const calx_column *column, const void *member, calx_buffer *out)
{
    bool is_null;
    int64_t value = integer_get(column, member, &is_null);
    if (is_null)
        calx_buffer_append(out, "null", 4);
    else
        calx_buffer_append_format(out, "%" PRId64, value);
}

static int integer_json_read(const calx_column *column, const void *json, void *member,
                             calx_arena *arena, calx_error *err)
{
    (void)arena;
    if (!json_is_integer((const json_t *)json))
        return calx__type_json_mismatch("integer", json, err);
    int64_t value = json_integer_value(json);
    if (!integer_fits(column, value))
        return calx_error_set(err, CALX_ERROR_INVALID, "%" PRId64 " is out of range", value);
    integer_put(column, member, false, value);
    return 0;
}

const calx_type calx_type_integer = {
    .id = CALX_TYPE_INTEGER,
    .name = "Integer",
    .kind = CALX_KIND_INTEGER,
    .size = sizeof(int32_t),
    .size_or_null = sizeof(calx_integer_or_null),
    .encode = integer_encode,
    .decode = integer_decode,
    .equal = integer_equal,
    .json_write = integer_json_write,
    .json_read = integer_json_read,
};

const calx_type calx_type_big_integer = {
    .id = CALX_TYPE_BIG_INTEGER,
    .name = "BigInteger",
    .kind = CALX_KIND_INTEGER,
    .size = sizeof(int64_t),
    .size_or_null = sizeof(calx_big_integer_or_null),
    .encode = integer_encode,
    .decode = integer_decode,
    .equal = integer_equal,
    .json_write = integer_json_write,
    .json_read = integer_json_read,
};

static calx_boolean_or_null boolean_get(const calx_column *column, const void *member)
{
    if (column->nullable)
        return *(const calx_boolean_or_null *)member;
    return (calx_boolean_or_null){.value = *(const bool *)member};
}

static void boolean_put(const calx_column *column, void *member, bool is_null, bool value)
{
    if (column->nullable)
        *(calx_boolean_or_null *)member = (calx_boolean_or_null){value, is_null};
    else
        *(bool *)member = value;
}

static int boolean_encode(const calx_column *column, const void *member, calx_value *out,
                          calx_error *err)
{
    (void)err;
    calx_boolean_or_null value = boolean_get(column, member);
    *out = value.is_null ? calx_value_null() : calx_value_boolean(value.value);
    return 0;
}

/* SQLite and MariaDB have no boolean of their own: 0 and 1 are what they store. */
static int boolean_decode(const calx_column *column, const calx_value *value, void *member,
                          calx_arena *arena, calx_error *err)
{
    (void)arena;
    if (value->kind == CALX_KIND_NULL && !column->nullable)
        return calx__type_refuse_null(column, CALX_ERROR_MISFIT, err);
    if (value->kind == CALX_KIND_NULL)
        boolean_put(column, member, true, false);
    else if (value->kind == CALX_KIND_BOOLEAN)
        boolean_put(column, member, false, value->as.boolean);
    else if (value->kind == CALX_KIND_INTEGER && (value->as.integer == 0 || value->as.integer == 1))
        boolean_put(column, member, false, value->as.integer == 1);
    else if (value->kind == CALX_KIND_INTEGER)
        return calx_error_set(err, CALX_ERROR_MISFIT, "%" PRId64 " is no boolean",
                              value->as.integer);
    else
        return calx__type_misfit(column, value, err);
    return 0;
}

static bool boolean_equal(const calx_column *column, const void *a, const void *b)
{
    calx_boolean_or_null left = boolean_get(column, a);
    calx_boolean_or_null right = boolean_get(column, b);
    return left.is_null == right.is_null && (left.is_null || left.value == right.value);
}

static void boolean_json_write(const calx_column *column, const void *member, calx_buffer *out)
{
    calx_boolean_or_null value = boolean_get(column, member);
    calx_buffer_append_string(out, value.is_null ? "null" : value.value ? "true" : "false");
}

static int boolean_json_read(const calx_column *column, const void *json, void *member,
                             calx_arena *arena, calx_error *err)
{
    (void)arena;
    if (!json_is_boolean((const json_t *)json))
        return calx__type_json_mismatch("boolean", json, err);
    boolean_put(column, member, false, json_is_true((const json_t *)json));
    return 0;
}

const calx_type calx_type_boolean = {
    .id = CALX_TYPE_BOOLEAN,
    .name = "Boolean",
    .kind = CALX_KIND_BOOLEAN,
    .size = sizeof(bool),
    .size_or_null = sizeof(calx_boolean_or_null),
    .encode = boolean_encode,
    .decode = boolean_decode,
    .equal = boolean_equal,
    .json_write = boolean_json_write,
    .json_read = boolean_json_read,
};

static calx_double_or_null double_get(const calx_column *column, const void *member)
{
    if (column->nullable)
        return *(const calx_double_or_null *)member;
    return (calx_double_or_null){.value = *(const double *)member};
}

static void double_put(const calx_column *column, void *member, bool is_null, double value)
{
    if (column->nullable)
        *(calx_double_or_null *)member = (calx_double_or_null){value, is_null};
    else
        *(double *)member = value;
}

/* SQLite turns NaN into NULL and MariaDB refuses infinity: neither is sent to any database. */
static int double_encode(const calx_column *column, const void *member, calx_value *out,
                         calx_error *err)
{
    calx_double_or_null value = double_get(column, member);
    if (!value.is_null && !isfinite(value.value))
        return calx_error_set(err, CALX_ERROR_INVALID, "not a finite number");
    *out = value.is_null ? calx_value_null() : calx_value_double(value.value);
    return 0;
}

/* A whole number that SQLite keeps as INTEGER fits if the double is that number. */
static bool double_of_value(const calx_value *value, double *out)
{
    if (value->kind == CALX_KIND_DOUBLE) {
        *out = value->as.real;
        return true;
    }
    if (value->kind != CALX_KIND_INTEGER)
        return false;
    *out = (double)value->as.integer;
    return value->as.integer >= -(INT64_C(1) << 53) && value->as.integer <= INT64_C(1) << 53;
}

static int double_decode(const calx_column *column, const calx_value *value, void *member,
                         calx_arena *arena, calx_error *err)
{
    (void)arena;
    double number = 0;
    if (value->kind == CALX_KIND_NULL && !column->nullable)
        return calx__type_refuse_null(column, CALX_ERROR_MISFIT, err);
    if (value->kind != CALX_KIND_NULL && !double_of_value(value, &number))
        return calx__type_misfit(column, value, err);
    double_put(column, member, value->kind == CALX_KIND_NULL, number);
    return 0;
}

/* By bits: -0.0 is another value than 0.0, and NaN is the same as itself. */
static bool double_equal(const calx_column *column, const void *a, const void *b)
{
    calx_double_or_null left = double_get(column, a);
    calx_double_or_null right = double_get(column, b);
    return left.is_null == right.is_null &&
           (left.is_null || memcmp(&left.value, &right.value, sizeof left.value) == 0);
}

/* Whatever the locale puts between whole number and fraction becomes a point. */
static void make_point(char *text)
{
    char *to = text;
    for (const char *from = text; *from != '\0'; from++) {
        if (strchr("+-0123456789e", *from) != NULL)
            *to++ = *from;
        else if (to > text && to[-1] != '.')
            *to++ = '.';
    }
    *to = '\0';
}

/* The shortest form that reads back as the same double; JSON has no NaN and no infinity. */
static void double_json_write(const calx_column *column, const void *member, calx_buffer *out)
{
    calx_double_or_null value = double_get(column, member);
    if (value.is_null || !isfinite(value.value)) {
        calx_buffer_append(out, "null", 4);
        return;
    }
    char text[32];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value.value);
        if (strtod(text, NULL) == value.value)
            break;
    }
    make_point(text);
    calx_buffer_append_string(out, text);
    if (strpbrk(text, ".e") == NULL)
        calx_buffer_append(out, ".0", 2);
}

static int double_json_read(const calx_column *column, const void *json, void *member,
                            calx_arena *arena, calx_error *err)
{
    (void)arena;
    if (!json_is_number((const json_t *)json))
        return calx__type_json_mismatch("number", json, err);
    double_put(column, member, false, json_number_value(json));
    return 0;
}

const calx_type calx_type_double = {
    .id = CALX_TYPE_DOUBLE,
    .name = "Double",
    .kind = CALX_KIND_DOUBLE,
    .size = sizeof(double),
    .size_or_null = sizeof(calx_double_or_null),
    .encode = double_encode,
    .decode = double_decode,
    .equal = double_equal,
    .json_write = double_json_write,
    .json_read = double_json_read,
};
