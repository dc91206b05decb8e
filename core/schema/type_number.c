/* type_number.c: SmallInteger, Integer, BigInteger, Boolean. */
#include "core/schema/type.h"

/* The integers differ in their bounds and in the C member only. */
static int64_t integer_get(const calx_column *column, const void *member, bool *is_null)
{
    *is_null = calx__plain_is_null(column, member);
    if (column->type->size == sizeof(int16_t))
        return *(const int16_t *)member;
    if (column->type->size == sizeof(int32_t))
        return *(const int32_t *)member;
    return *(const int64_t *)member;
}

static void integer_put(const calx_column *column, void *member, bool is_null, int64_t value)
{
    int16_t small = (int16_t)value;
    int32_t middle = (int32_t)value;
    if (column->type->size == sizeof small)
        calx__plain_put(column, member, is_null, &small);
    else if (column->type->size == sizeof middle)
        calx__plain_put(column, member, is_null, &middle);
    else
        calx__plain_put(column, member, is_null, &value);
}

static bool integer_fits(const calx_column *column, int64_t value)
{
    if (column->type->size == sizeof(int16_t))
        return value >= INT16_MIN && value <= INT16_MAX;
    if (column->type->size == sizeof(int32_t))
        return value >= INT32_MIN && value <= INT32_MAX;
    return true;
}

static int integer_encode(const calx_column *column, const void *member, calx_arena *arena,
                          calx_value *out, calx_error *err)
{
    (void)arena;
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
        calx_buffer_append_integer(out, value);
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

const calx_type calx_type_small_integer = {
    .id = CALX_TYPE_SMALL_INTEGER,
    .name = "SmallInteger",
    .kind = CALX_KIND_INTEGER,
    .size = sizeof(int16_t),
    .size_or_null = sizeof(calx_small_integer_or_null),
    .encode = integer_encode,
    .decode = integer_decode,
    .equal = integer_equal,
    .json_write = integer_json_write,
    .json_read = integer_json_read,
};

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
    return (calx_boolean_or_null){*(const bool *)member, calx__plain_is_null(column, member)};
}

static void boolean_put(const calx_column *column, void *member, bool is_null, bool value)
{
    calx__plain_put(column, member, is_null, &value);
}

static int boolean_encode(const calx_column *column, const void *member, calx_arena *arena,
                          calx_value *out, calx_error *err)
{
    (void)arena;
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
