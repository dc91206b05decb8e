/* type_calendar.c: Date and Time; ISO 8601 in JSON. */
#include "core/schema/type.h"

/* ---- Date ---- */

static int date_encode(const calx_column *column, const void *member, calx_arena *arena,
                       calx_value *out, calx_error *err)
{
    const calx_date *date = member;
    bool is_null = calx__plain_is_null(column, member);
    (void)arena;
    if (!is_null && !calx_date_is_valid(*date))
        return calx_error_set(err, CALX_ERROR_INVALID, "no date of the years 1 to 9999");
    *out = is_null ? calx_value_null() : calx_value_date(*date);
    return 0;
}

static int date_decode(const calx_column *column, const calx_value *value, void *member,
                       calx_arena *arena, calx_error *err)
{
    calx_date date = {0};
    (void)arena;
    if (value->kind == CALX_KIND_NULL && !column->nullable)
        return calx__type_refuse_null(column, CALX_ERROR_MISFIT, err);
    if (value->kind == CALX_KIND_DATE)
        date = value->as.date;
    else if (value->kind == CALX_KIND_TEXT && !calx_date_parse(value->as.text, &date))
        return calx_error_set(err, CALX_ERROR_MISFIT, "stored text is no date");
    else if (value->kind != CALX_KIND_NULL && value->kind != CALX_KIND_TEXT)
        return calx__type_misfit(column, value, err);
    calx__plain_put(column, member, value->kind == CALX_KIND_NULL, &date);
    return 0;
}

static bool date_equal(const calx_column *column, const void *a, const void *b)
{
    const calx_date *left = a;
    const calx_date *right = b;
    bool is_null = calx__plain_is_null(column, a);
    if (is_null || calx__plain_is_null(column, b))
        return is_null == calx__plain_is_null(column, b);
    return left->year == right->year && left->month == right->month && left->day == right->day;
}

static void date_json_write(const calx_column *column, const void *member, calx_buffer *out)
{
    char text[CALX_DATE_TEXT_MAX];
    const calx_date *date = member;
    if (calx__plain_is_null(column, member) || !calx_date_is_valid(*date)) {
        calx_buffer_append(out, "null", 4);
        return;
    }
    calx_date_format(*date, text);
    calx_buffer_append_format(out, "\"%s\"", text);
}

static int date_json_read(const calx_column *column, const void *json, void *member,
                          calx_arena *arena, calx_error *err)
{
    calx_date date;
    (void)arena;
    if (!json_is_string((const json_t *)json))
        return calx__type_json_mismatch("string (date)", json, err);
    if (!calx_date_parse((calx_text){json_string_value(json), json_string_length(json)}, &date))
        return calx_error_set(err, CALX_ERROR_INVALID, "expected a date as in ISO 8601");
    calx__plain_put(column, member, false, &date);
    return 0;
}

const calx_type calx_type_date = {
    .id = CALX_TYPE_DATE,
    .name = "Date",
    .kind = CALX_KIND_DATE,
    .size = sizeof(calx_date),
    .size_or_null = sizeof(calx_date_or_null),
    .encode = date_encode,
    .decode = date_decode,
    .equal = date_equal,
    .json_write = date_json_write,
    .json_read = date_json_read,
};

/* ---- Time ---- */

static bool time_is_valid(calx_time time)
{
    return time.microseconds >= 0 && time.microseconds <= CALX_TIME_MAX;
}

static int time_encode(const calx_column *column, const void *member, calx_arena *arena,
                       calx_value *out, calx_error *err)
{
    const calx_time *time = member;
    bool is_null = calx__plain_is_null(column, member);
    (void)arena;
    if (!is_null && !time_is_valid(*time))
        return calx_error_set(err, CALX_ERROR_INVALID, "no time of day");
    *out = is_null ? calx_value_null() : calx_value_time(*time);
    return 0;
}

static int time_decode(const calx_column *column, const calx_value *value, void *member,
                       calx_arena *arena, calx_error *err)
{
    calx_time time = {0};
    (void)arena;
    if (value->kind == CALX_KIND_NULL && !column->nullable)
        return calx__type_refuse_null(column, CALX_ERROR_MISFIT, err);
    if (value->kind == CALX_KIND_TIME)
        time = value->as.time;
    else if (value->kind == CALX_KIND_TEXT && !calx_time_parse(value->as.text, &time))
        return calx_error_set(err, CALX_ERROR_MISFIT, "stored text is no time of day");
    else if (value->kind != CALX_KIND_NULL && value->kind != CALX_KIND_TEXT)
        return calx__type_misfit(column, value, err);
    calx__plain_put(column, member, value->kind == CALX_KIND_NULL, &time);
    return 0;
}

static bool time_equal(const calx_column *column, const void *a, const void *b)
{
    bool is_null = calx__plain_is_null(column, a);
    if (is_null || calx__plain_is_null(column, b))
        return is_null == calx__plain_is_null(column, b);
    return ((const calx_time *)a)->microseconds == ((const calx_time *)b)->microseconds;
}

static void time_json_write(const calx_column *column, const void *member, calx_buffer *out)
{
    char text[CALX_TIME_TEXT_MAX];
    const calx_time *time = member;
    if (calx__plain_is_null(column, member) || !time_is_valid(*time)) {
        calx_buffer_append(out, "null", 4);
        return;
    }
    calx_time_format(*time, false, text);
    calx_buffer_append_format(out, "\"%s\"", text);
}

static int time_json_read(const calx_column *column, const void *json, void *member,
                          calx_arena *arena, calx_error *err)
{
    calx_time time;
    (void)arena;
    if (!json_is_string((const json_t *)json))
        return calx__type_json_mismatch("string (time)", json, err);
    if (!calx_time_parse((calx_text){json_string_value(json), json_string_length(json)}, &time))
        return calx_error_set(err, CALX_ERROR_INVALID, "expected a time as in ISO 8601");
    calx__plain_put(column, member, false, &time);
    return 0;
}

const calx_type calx_type_time = {
    .id = CALX_TYPE_TIME,
    .name = "Time",
    .kind = CALX_KIND_TIME,
    .size = sizeof(calx_time),
    .size_or_null = sizeof(calx_time_or_null),
    .encode = time_encode,
    .decode = time_decode,
    .equal = time_equal,
    .json_write = time_json_write,
    .json_read = time_json_read,
};
