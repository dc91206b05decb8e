/* type_interval.c: Interval; a duration of ISO 8601 in JSON: "P1DT2H3M4.5S", "-PT0.000001S". */
#include "core/schema/type.h"

#include <string.h>

#define SECOND_US INT64_C(1000000)
#define DAY_US (86400 * SECOND_US)

static bool interval_is_valid(calx_interval interval)
{
    return interval.microseconds >= CALX_DATETIME_MIN && interval.microseconds <= CALX_DATETIME_MAX;
}

static int interval_encode(const calx_column *column, const void *member, calx_arena *arena,
                           calx_value *out, calx_error *err)
{
    const calx_interval *interval = member;
    bool is_null = calx__plain_is_null(column, member);
    (void)arena;
    if (!is_null && !interval_is_valid(*interval))
        return calx_error_set(err, CALX_ERROR_INVALID,
                              "1970 and the interval are not in the years 1 to 9999");
    *out = is_null ? calx_value_null() : calx_value_interval(*interval);
    return 0;
}

/* A database without intervals has stored the point in time that it is after 1970. */
static int interval_decode(const calx_column *column, const calx_value *value, void *member,
                           calx_arena *arena, calx_error *err)
{
    calx_interval interval = {0};
    calx_datetime datetime;
    (void)arena;
    if (value->kind == CALX_KIND_NULL && !column->nullable)
        return calx__type_refuse_null(column, CALX_ERROR_MISFIT, err);
    if (value->kind == CALX_KIND_INTERVAL)
        interval = value->as.interval;
    else if (value->kind == CALX_KIND_DATETIME)
        interval.microseconds = value->as.datetime.microseconds;
    else if (value->kind == CALX_KIND_TIME)
        interval.microseconds = value->as.time.microseconds;
    else if (value->kind == CALX_KIND_TEXT) {
        if (!calx_datetime_parse(value->as.text, &datetime, NULL))
            return calx_error_set(err, CALX_ERROR_MISFIT, "stored text is no interval");
        interval.microseconds = datetime.microseconds;
    } else if (value->kind != CALX_KIND_NULL) {
        return calx__type_misfit(column, value, err);
    }
    calx__plain_put(column, member, value->kind == CALX_KIND_NULL, &interval);
    return 0;
}

static bool interval_equal(const calx_column *column, const void *a, const void *b)
{
    bool is_null = calx__plain_is_null(column, a);
    if (is_null || calx__plain_is_null(column, b))
        return is_null == calx__plain_is_null(column, b);
    return ((const calx_interval *)a)->microseconds == ((const calx_interval *)b)->microseconds;
}

/* ---- JSON ---- */

static void interval_json_write(const calx_column *column, const void *member, calx_buffer *out)
{
    const calx_interval *interval = member;
    if (calx__plain_is_null(column, member) || !interval_is_valid(*interval)) {
        calx_buffer_append(out, "null", 4);
        return;
    }
    bool negative = interval->microseconds < 0;
    int64_t us = negative ? -interval->microseconds : interval->microseconds;
    int64_t seconds = us % DAY_US / SECOND_US;
    calx_buffer_append_string(out, negative ? "\"-P" : "\"P");
    if (us >= DAY_US)
        calx_buffer_append_format(out, "%" PRId64 "D", us / DAY_US);
    if (us % DAY_US != 0 || us == 0)
        calx_buffer_append_string(out, "T");
    if (seconds >= 3600)
        calx_buffer_append_format(out, "%" PRId64 "H", seconds / 3600);
    if (seconds / 60 % 60 != 0)
        calx_buffer_append_format(out, "%" PRId64 "M", seconds / 60 % 60);
    if (us % SECOND_US != 0)
        calx_buffer_append_format(out, "%" PRId64 ".%06" PRId64 "S", seconds % 60, us % SECOND_US);
    else if (seconds % 60 != 0 || us == 0)
        calx_buffer_append_format(out, "%" PRId64 "S", seconds % 60);
    calx_buffer_append_string(out, "\"");
}

/* A number of digits without a sign, less than 10^12, and up to six digits behind a point, as
 * millionths of it. */
static bool read_amount(const char **at, int64_t *whole, int64_t *millionths)
{
    const char *start = *at;
    *whole = 0;
    *millionths = -1;
    for (; **at >= '0' && **at <= '9'; ++*at)
        *whole = *at - start < 12 ? *whole * 10 + (**at - '0') : INT64_MAX / 10;
    if (*at == start || *at - start > 12)
        return false;
    if (**at != '.')
        return true;
    int digits = 0;
    *millionths = 0;
    for (++*at; **at >= '0' && **at <= '9'; ++*at, digits++)
        *millionths = digits < 6 ? *millionths * 10 + (**at - '0') : *millionths;
    for (int i = digits; i < 6; i++)
        *millionths *= 10;
    return digits >= 1 && digits <= 6;
}

/* Days, hours, minutes and seconds in this order, each at most once; weeks, months and years have
 * no place: the latter have no fixed length. */
static bool read_duration(const char *at, int64_t *out)
{
    static const struct unit {
        char letter;
        bool of_time;
        int64_t microseconds;
    } units[] = {{'D', false, DAY_US},
                 {'H', true, 3600 * SECOND_US},
                 {'M', true, 60 * SECOND_US},
                 {'S', true, SECOND_US}};
    bool negative = *at == '-';
    bool in_time = false;
    size_t next = 0;
    int64_t total = 0;
    at += negative || *at == '+';
    if (*at++ != 'P' || *at == '\0')
        return false;
    while (*at != '\0') {
        int64_t whole;
        int64_t millionths;
        if (*at == 'T' && !in_time) {
            in_time = true;
            at++;
        }
        if (!read_amount(&at, &whole, &millionths))
            return false;
        while (next < 4 && (units[next].letter != *at || units[next].of_time != in_time))
            next++;
        if (next == 4 || (millionths >= 0 && units[next].letter != 'S') ||
            __builtin_mul_overflow(whole, units[next].microseconds, &whole) ||
            __builtin_add_overflow(total, whole, &total))
            return false;
        total += millionths > 0 ? millionths : 0;
        next++;
        at++;
    }
    *out = negative ? -total : total;
    return true;
}

static int interval_json_read(const calx_column *column, const void *json, void *member,
                              calx_arena *arena, calx_error *err)
{
    calx_interval interval;
    (void)arena;
    if (!json_is_string((const json_t *)json))
        return calx__type_json_mismatch("string (duration)", json, err);
    if (!read_duration(json_string_value(json), &interval.microseconds) ||
        strlen(json_string_value(json)) != json_string_length(json))
        return calx_error_set(err, CALX_ERROR_INVALID,
                              "expected a duration of days and time as in ISO 8601");
    if (!interval_is_valid(interval))
        return calx_error_set(err, CALX_ERROR_INVALID,
                              "1970 and the interval are not in the years 1 to 9999");
    calx__plain_put(column, member, false, &interval);
    return 0;
}

const calx_type calx_type_interval = {
    .id = CALX_TYPE_INTERVAL,
    .name = "Interval",
    .kind = CALX_KIND_INTERVAL,
    .size = sizeof(calx_interval),
    .size_or_null = sizeof(calx_interval_or_null),
    .encode = interval_encode,
    .decode = interval_decode,
    .equal = interval_equal,
    .json_write = interval_json_write,
    .json_read = interval_json_read,
};
