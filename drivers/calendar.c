/* calendar.c: dates and times, between numbers and text. */
#include <calx/value.h>

#define SECONDS_PER_DAY INT64_C(86400)
#define MICROSECONDS_PER_SECOND INT64_C(1000000)
#define MICROSECONDS_PER_DAY (SECONDS_PER_DAY * MICROSECONDS_PER_SECOND)

#define DAYS_PER_4_YEARS 1461
#define DAYS_PER_100_YEARS 36524
#define DAYS_PER_400_YEARS 146097

/* From 0001-01-01, where counting is without signs, to 1970-01-01. */
#define DAYS_TO_1970 719162

/* From 1970-01-01 to 9999-12-31. */
#define DAYS_TO_THE_LAST 2932896

/* ---- The calendar ---- */

static bool year_is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && year_is_leap(year));
}

/* Days from 0001-01-01. */
static int days_from_date(calx_date d)
{
    int years = d.year - 1;
    int days = years * 365 + years / 4 - years / 100 + years / 400;
    for (int month = 1; month < d.month; month++)
        days += days_in_month(d.year, month);
    return days + d.day - 1;
}

static calx_date date_from_days(int days)
{
    int centuries_4 = days / DAYS_PER_400_YEARS;
    days %= DAYS_PER_400_YEARS;
    /* The last day of four centuries, and of four years, would count as the first of a fifth. */
    int centuries = days / DAYS_PER_100_YEARS - days / (4 * DAYS_PER_100_YEARS);
    days -= centuries * DAYS_PER_100_YEARS;
    int years_4 = days / DAYS_PER_4_YEARS;
    days %= DAYS_PER_4_YEARS;
    int years = days / 365 - days / (4 * 365);
    days -= years * 365;
    calx_date d = {.year = centuries_4 * 400 + centuries * 100 + years_4 * 4 + years + 1,
                   .month = 1};
    while (days >= days_in_month(d.year, d.month))
        days -= days_in_month(d.year, d.month++);
    d.day = days + 1;
    return d;
}

static bool is_between(int number, int low, int high)
{
    return number >= low && number <= high;
}

bool calx_date_is_valid(calx_date date)
{
    return is_between(date.year, 1, 9999) && is_between(date.month, 1, 12) &&
           is_between(date.day, 1, days_in_month(date.year, date.month));
}

int32_t calx_date_to_days(calx_date date)
{
    return days_from_date(date) - DAYS_TO_1970;
}

bool calx_date_from_days(int64_t days, calx_date *out)
{
    if (days < -DAYS_TO_1970 || days > DAYS_TO_THE_LAST)
        return false;
    *out = date_from_days((int)days + DAYS_TO_1970);
    return true;
}

void calx_datetime_split(calx_datetime datetime, calx_datetime_parts *out)
{
    int64_t us = datetime.microseconds;
    us = us < CALX_DATETIME_MIN ? CALX_DATETIME_MIN : us;
    us = us > CALX_DATETIME_MAX ? CALX_DATETIME_MAX : us;
    us -= CALX_DATETIME_MIN;
    calx_date d = date_from_days((int)(us / MICROSECONDS_PER_DAY));
    int second_of_day = (int)(us % MICROSECONDS_PER_DAY / MICROSECONDS_PER_SECOND);
    *out = (calx_datetime_parts){
        .year = d.year,
        .month = d.month,
        .day = d.day,
        .hour = second_of_day / 3600,
        .minute = second_of_day / 60 % 60,
        .second = second_of_day % 60,
        .microsecond = (int)(us % MICROSECONDS_PER_SECOND),
    };
}

bool calx_datetime_join(const calx_datetime_parts *parts, calx_datetime *out)
{
    const calx_datetime_parts *p = parts;
    calx_date date = {p->year, p->month, p->day};
    if (!calx_date_is_valid(date) || !is_between(p->hour, 0, 23) || !is_between(p->minute, 0, 59) ||
        !is_between(p->second, 0, 59) || !is_between(p->microsecond, 0, 999999))
        return false;
    int days = calx_date_to_days(date);
    int second_of_day = p->hour * 3600 + p->minute * 60 + p->second;
    out->microseconds =
        days * MICROSECONDS_PER_DAY + second_of_day * MICROSECONDS_PER_SECOND + p->microsecond;
    return true;
}

/* ---- Date and time to text ---- */

static char *write_digits(char *out, int number, int width)
{
    for (int i = width - 1; i >= 0; i--, number /= 10)
        out[i] = (char)('0' + number % 10);
    return out + width;
}

static char *write_date(char *out, int year, int month, int day)
{
    out = write_digits(out, year, 4);
    *out++ = '-';
    out = write_digits(out, month, 2);
    *out++ = '-';
    return write_digits(out, day, 2);
}

/* The fraction is left out when it is zero, unless it is wanted. */
static char *write_time(char *out, int second_of_day, int microsecond, bool fraction)
{
    out = write_digits(out, second_of_day / 3600, 2);
    *out++ = ':';
    out = write_digits(out, second_of_day / 60 % 60, 2);
    *out++ = ':';
    out = write_digits(out, second_of_day % 60, 2);
    if (microsecond != 0 || fraction) {
        *out++ = '.';
        out = write_digits(out, microsecond, 6);
    }
    *out = '\0';
    return out;
}

size_t calx_date_format(calx_date date, char out[CALX_DATE_TEXT_MAX])
{
    char *end = write_date(out, date.year, date.month, date.day);
    *end = '\0';
    return (size_t)(end - out);
}

size_t calx_time_format(calx_time time, bool fraction, char out[CALX_TIME_TEXT_MAX])
{
    int second_of_day = (int)(time.microseconds / MICROSECONDS_PER_SECOND);
    int microsecond = (int)(time.microseconds % MICROSECONDS_PER_SECOND);
    return (size_t)(write_time(out, second_of_day, microsecond, fraction) - out);
}

size_t calx_datetime_format(calx_datetime datetime, char separator,
                            char out[CALX_DATETIME_TEXT_MAX])
{
    calx_datetime_parts parts;
    calx_datetime_split(datetime, &parts);
    int second_of_day = parts.hour * 3600 + parts.minute * 60 + parts.second;
    char *end = write_date(out, parts.year, parts.month, parts.day);
    *end++ = separator;
    end = write_time(end, second_of_day, parts.microsecond, separator != 'T');
    return (size_t)(end - out);
}

/* ---- Text to date and time ---- */

/* What is left to read. */
typedef struct reader {
    const char *at;
    const char *end;
} reader;

static bool read_character(reader *r, char expected)
{
    if (r->at == r->end || *r->at != expected)
        return false;
    r->at++;
    return true;
}

/* Exactly width digits, of a number between low and high. */
static bool read_number(reader *r, int width, int low, int high, int *out)
{
    int number = 0;
    if (r->end - r->at < width)
        return false;
    for (int i = 0; i < width; i++, r->at++) {
        if (*r->at < '0' || *r->at > '9')
            return false;
        number = number * 10 + (*r->at - '0');
    }
    *out = number;
    return number >= low && number <= high;
}

static bool read_date(reader *r, calx_date *out)
{
    return read_number(r, 4, 1, 9999, &out->year) && read_character(r, '-') &&
           read_number(r, 2, 1, 12, &out->month) && read_character(r, '-') &&
           read_number(r, 2, 1, days_in_month(out->year, out->month), &out->day);
}

/* One to six digits after the point, as microseconds. */
static bool read_fraction(reader *r, int *microseconds)
{
    int digits = 0;
    *microseconds = 0;
    while (digits < 6 && r->at < r->end && *r->at >= '0' && *r->at <= '9') {
        *microseconds = *microseconds * 10 + (*r->at++ - '0');
        digits++;
    }
    if (digits == 0)
        return false;
    for (; digits < 6; digits++)
        *microseconds *= 10;
    return true;
}

static bool read_time(reader *r, int64_t *microseconds)
{
    int hour;
    int minute;
    int second = 0;
    int fraction = 0;
    if (!read_number(r, 2, 0, 23, &hour) || !read_character(r, ':') ||
        !read_number(r, 2, 0, 59, &minute))
        return false;
    if (read_character(r, ':')) {
        if (!read_number(r, 2, 0, 59, &second))
            return false;
        if (read_character(r, '.') && !read_fraction(r, &fraction))
            return false;
    }
    *microseconds = (hour * 3600 + minute * 60 + second) * MICROSECONDS_PER_SECOND + fraction;
    return true;
}

/* Nothing, "Z" or a signed offset, in seconds. */
static bool read_offset(reader *r, int32_t *offset)
{
    *offset = 0;
    if (r->at == r->end || read_character(r, 'Z'))
        return true;
    bool west = read_character(r, '-');
    int hours;
    int minutes = 0;
    int seconds = 0;
    if ((!west && !read_character(r, '+')) || !read_number(r, 2, 0, 23, &hours))
        return false;
    if (read_character(r, ':')) {
        if (!read_number(r, 2, 0, 59, &minutes))
            return false;
        if (read_character(r, ':') && !read_number(r, 2, 0, 59, &seconds))
            return false;
    }
    *offset = hours * 3600 + minutes * 60 + seconds;
    if (west)
        *offset = -*offset;
    return true;
}

bool calx_date_parse(calx_text text, calx_date *out)
{
    if (!text.data)
        return false;
    reader r = {.at = text.data, .end = text.data + text.length};
    calx_date date;
    if (!read_date(&r, &date) || r.at != r.end)
        return false;
    *out = date;
    return true;
}

bool calx_time_parse(calx_text text, calx_time *out)
{
    if (!text.data)
        return false;
    reader r = {.at = text.data, .end = text.data + text.length};
    int64_t microseconds;
    if (!read_time(&r, &microseconds) || r.at != r.end)
        return false;
    out->microseconds = microseconds;
    return true;
}

bool calx_datetime_parse(calx_text text, calx_datetime *out, int32_t *utc_offset)
{
    if (!text.data)
        return false;
    reader r = {.at = text.data, .end = text.data + text.length};
    calx_date date;
    int64_t time_of_day = 0;
    int32_t offset = 0;
    if (!read_date(&r, &date))
        return false;
    if (r.at < r.end) {
        if (!read_character(&r, ' ') && !read_character(&r, 'T'))
            return false;
        if (!read_time(&r, &time_of_day) || !read_offset(&r, &offset))
            return false;
    }
    int64_t us = calx_date_to_days(date) * MICROSECONDS_PER_DAY + time_of_day -
                 offset * MICROSECONDS_PER_SECOND;
    if (r.at != r.end || us < CALX_DATETIME_MIN || us > CALX_DATETIME_MAX)
        return false;
    out->microseconds = us;
    if (utc_offset)
        *utc_offset = offset;
    return true;
}
