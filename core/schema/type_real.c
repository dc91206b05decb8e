/* type_real.c: Float and Double. */
#include "core/schema/type.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_float(const calx_column *column)
{
    return column->type->id == CALX_TYPE_FLOAT;
}

static calx_double_or_null double_get(const calx_column *column, const void *member)
{
    double value = is_float(column) ? *(const float *)member : *(const double *)member;
    return (calx_double_or_null){value, calx__plain_is_null(column, member)};
}

static void double_put(const calx_column *column, void *member, bool is_null, double value)
{
    float narrow = (float)value;
    if (is_float(column))
        calx__plain_put(column, member, is_null, &narrow);
    else
        calx__plain_put(column, member, is_null, &value);
}

/* Beyond the largest float there is none that is near; what is read from its digits may lie a
 * little above it. */
static bool double_fits(const calx_column *column, double value)
{
    return !is_float(column) || isfinite((float)value);
}

/* SQLite turns NaN into NULL and MariaDB refuses infinity: neither is sent to any database. */
static int double_encode(const calx_column *column, const void *member, calx_arena *arena,
                         calx_value *out, calx_error *err)
{
    (void)arena;
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
    if (!double_fits(column, number))
        return calx_error_set(err, CALX_ERROR_MISFIT, "%g is out of range", number);
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

/* The shortest form that reads back as the same number; JSON has no NaN and no infinity. */
static void double_json_write(const calx_column *column, const void *member, calx_buffer *out)
{
    calx_double_or_null value = double_get(column, member);
    if (value.is_null || !isfinite(value.value)) {
        calx_buffer_append(out, "null", 4);
        return;
    }
    char text[32];
    bool narrow = is_float(column);
    for (int digits = narrow ? 6 : 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value.value);
        if (narrow ? (double)strtof(text, NULL) == value.value : strtod(text, NULL) == value.value)
            break;
    }
    calx__make_point(text);
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
    double number = json_number_value(json);
    if (!double_fits(column, number))
        return calx_error_set(err, CALX_ERROR_INVALID, "%g is out of range", number);
    double_put(column, member, false, number);
    return 0;
}

const calx_type calx_type_float = {
    .id = CALX_TYPE_FLOAT,
    .name = "Float",
    .kind = CALX_KIND_DOUBLE,
    .size = sizeof(float),
    .size_or_null = sizeof(calx_float_or_null),
    .encode = double_encode,
    .decode = double_decode,
    .equal = double_equal,
    .json_write = double_json_write,
    .json_read = double_json_read,
};

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
