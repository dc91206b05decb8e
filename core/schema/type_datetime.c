/* type_datetime.c: DateTime; ISO 8601 in JSON. */
#include "core/schema/type.h"

static calx_datetime_or_null datetime_get(const calx_column *column, const void *member)
{
    return (calx_datetime_or_null){*(const calx_datetime *)member,
                                   calx__plain_is_null(column, member)};
}

static void datetime_put(const calx_column *column, void *member, bool is_null, calx_datetime value)
{
    calx__plain_put(column, member, is_null, &value);
}

/* Midnight. */
static calx_datetime datetime_of_date(calx_date date)
{
    return (calx_datetime){calx_date_to_days(date) * INT64_C(86400000000)};
}

static int datetime_encode(const calx_column *column, const void *member, calx_arena *arena,
                           calx_value *out, calx_error *err)
{
    (void)arena;
    calx_datetime_or_null value = datetime_get(column, member);
    int64_t microseconds = value.is_null ? 0 : value.value.microseconds;
    if (microseconds < CALX_DATETIME_MIN || microseconds > CALX_DATETIME_MAX)
        return calx_error_set(err, CALX_ERROR_INVALID, "not in the years 1 to 9999");
    *out = value.is_null ? calx_value_null() : calx_value_datetime(value.value);
    return 0;
}

static int datetime_decode(const calx_column *column, const calx_value *value, void *member,
                           calx_arena *arena, calx_error *err)
{
    (void)arena;
    calx_datetime datetime = {0};
    if (value->kind == CALX_KIND_NULL && !column->nullable)
        return calx__type_refuse_null(column, CALX_ERROR_MISFIT, err);
    if (value->kind == CALX_KIND_DATETIME)
        datetime = value->as.datetime;
    else if (value->kind == CALX_KIND_DATE)
        datetime = datetime_of_date(value->as.date);
    else if (value->kind == CALX_KIND_TEXT && !calx_datetime_parse(value->as.text, &datetime, NULL))
        return calx_error_set(err, CALX_ERROR_MISFIT, "stored text is no date and time");
    else if (value->kind != CALX_KIND_NULL && value->kind != CALX_KIND_TEXT)
        return calx__type_misfit(column, value, err);
    datetime_put(column, member, value->kind == CALX_KIND_NULL, datetime);
    return 0;
}

static bool datetime_equal(const calx_column *column, const void *a, const void *b)
{
    calx_datetime_or_null left = datetime_get(column, a);
    calx_datetime_or_null right = datetime_get(column, b);
    return left.is_null == right.is_null &&
           (left.is_null || left.value.microseconds == right.value.microseconds);
}

static void datetime_json_write(const calx_column *column, const void *member, calx_buffer *out)
{
    calx_datetime_or_null value = datetime_get(column, member);
    char text[CALX_DATETIME_TEXT_MAX];
    if (value.is_null || value.value.microseconds < CALX_DATETIME_MIN ||
        value.value.microseconds > CALX_DATETIME_MAX) {
        calx_buffer_append(out, "null", 4);
        return;
    }
    size_t length = calx_datetime_format(value.value, 'T', text);
    calx_buffer_append_format(out, "\"%.*s\"", (int)length, text);
}

static int datetime_json_read(const calx_column *column, const void *json, void *member,
                              calx_arena *arena, calx_error *err)
{
    (void)arena;
    if (!json_is_string((const json_t *)json))
        return calx__type_json_mismatch("string (date and time)", json, err);
    calx_text text = {json_string_value(json), json_string_length(json)};
    calx_datetime datetime;
    if (!calx_datetime_parse(text, &datetime, NULL))
        return calx_error_set(err, CALX_ERROR_INVALID, "expected a date and time as in ISO 8601");
    datetime_put(column, member, false, datetime);
    return 0;
}

const calx_type calx_type_datetime = {
    .id = CALX_TYPE_DATETIME,
    .name = "DateTime",
    .kind = CALX_KIND_DATETIME,
    .size = sizeof(calx_datetime),
    .size_or_null = sizeof(calx_datetime_or_null),
    .encode = datetime_encode,
    .decode = datetime_decode,
    .equal = datetime_equal,
    .json_write = datetime_json_write,
    .json_read = datetime_json_read,
};
