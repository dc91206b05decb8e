/* value.c: names of kinds, text, UTF-8, and the calendar between microseconds and text. */
#include <calx/value.h>

#include <string.h>

#define SECONDS_PER_DAY INT64_C(86400)
#define MICROSECONDS_PER_SECOND INT64_C(1000000)
#define MICROSECONDS_PER_DAY (SECONDS_PER_DAY * MICROSECONDS_PER_SECOND)

#define DAYS_PER_4_YEARS 1461
#define DAYS_PER_100_YEARS 36524
#define DAYS_PER_400_YEARS 146097

/* From 0001-01-01, where counting is without signs, to 1970-01-01. */
#define DAYS_TO_1970 719162

calx_text calx_text_of(const char *string)
{
    return (calx_text){.data = string, .length = string ? strlen(string) : 0};
}

bool calx_text_equal(calx_text a, calx_text b)
{
    if (!a.data || !b.data)
        return !a.data && !b.data;
    return a.length == b.length && memcmp(a.data, b.data, a.length) == 0;
}

/* ---- UTF-8 ---- */

/* The length of the well-formed sequence of two to four bytes at s, else 0. RFC 3629, section 4:
 * the second byte's range depends on the first, which rules out overlong forms and surrogates. */
static size_t utf8_sequence(const unsigned char *s, size_t left)
{
    unsigned char lead = s[0];
    unsigned char low = 0x80;
    unsigned char high = 0xBF;
    size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || left < length)
        return 0;
    if (lead == 0xE0)
        low = 0xA0;
    else if (lead == 0xED)
        high = 0x9F;
    else if (lead == 0xF0)
        low = 0x90;
    else if (lead == 0xF4)
        high = 0x8F;
    if (s[1] < low || s[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++)
        if ((s[i] & 0xC0u) != 0x80u)
            return 0;
    return length;
}

bool calx_utf8_valid(const char *data, size_t length)
{
    const unsigned char *s = (const unsigned char *)data;
    size_t at = 0;
    while (at < length) {
        uint64_t word;
        if (length - at >= sizeof(word)) {
            memcpy(&word, s + at, sizeof(word));
            if ((word & UINT64_C(0x8080808080808080)) == 0) {
                at += sizeof(word);
                continue;
            }
        }
        size_t sequence = s[at] < 0x80 ? 1 : utf8_sequence(s + at, length - at);
        if (sequence == 0)
            return false;
        at += sequence;
    }
    return true;
}

const char *calx_kind_name(calx_kind kind)
{
    switch (kind) {
#define KIND_NAME(name, text)                                                                      \
    case CALX_KIND_##name:                                                                         \
        return text;
        CALX_KINDS(KIND_NAME)
#undef KIND_NAME
    }
    return "unknown kind";
}

/* ---- The calendar ---- */

typedef struct date {
    int year;
    int month;
    int day;
} date;

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
static int days_from_date(date d)
{
    int years = d.year - 1;
    int days = years * 365 + years / 4 - years / 100 + years / 400;
    for (int month = 1; month < d.month; month++)
        days += days_in_month(d.year, month);
    return days + d.day - 1;
}

static date date_from_days(int days)
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
    date d = {.year = centuries_4 * 400 + centuries * 100 + years_4 * 4 + years + 1, .month = 1};
    while (days >= days_in_month(d.year, d.month))
        days -= days_in_month(d.year, d.month++);
    d.day = days + 1;
    return d;
}

static bool is_between(int number, int low, int high)
{
    return number >= low && number <= high;
}

void calx_datetime_split(calx_datetime datetime, calx_datetime_parts *out)
{
    int64_t us = datetime.microseconds;
    us = us < CALX_DATETIME_MIN ? CALX_DATETIME_MIN : us;
    us = us > CALX_DATETIME_MAX ? CALX_DATETIME_MAX : us;
    us -= CALX_DATETIME_MIN;
    date d = date_from_days((int)(us / MICROSECONDS_PER_DAY));
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
    if (!is_between(p->year, 1, 9999) || !is_between(p->month, 1, 12) ||
        !is_between(p->day, 1, days_in_month(p->year, p->month)) || !is_between(p->hour, 0, 23) ||
        !is_between(p->minute, 0, 59) || !is_between(p->second, 0, 59) ||
        !is_between(p->microsecond, 0, 999999))
        return false;
    int days = days_from_date((date){p->year, p->month, p->day}) - DAYS_TO_1970;
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

static char *write_date(char *out, const calx_datetime_parts *parts)
{
    out = write_digits(out, parts->year, 4);
    *out++ = '-';
    out = write_digits(out, parts->month, 2);
    *out++ = '-';
    return write_digits(out, parts->day, 2);
}

static char *write_time(char *out, const calx_datetime_parts *parts)
{
    out = write_digits(out, parts->hour, 2);
    *out++ = ':';
    out = write_digits(out, parts->minute, 2);
    *out++ = ':';
    return write_digits(out, parts->second, 2);
}

size_t calx_datetime_format(calx_datetime datetime, char separator,
                            char out[CALX_DATETIME_TEXT_MAX])
{
    calx_datetime_parts parts;
    calx_datetime_split(datetime, &parts);
    char *end = write_date(out, &parts);
    *end++ = separator;
    end = write_time(end, &parts);
    if (parts.microsecond != 0 || separator != 'T') {
        *end++ = '.';
        end = write_digits(end, parts.microsecond, 6);
    }
    *end = '\0';
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

static bool read_date(reader *r, int *days)
{
    date d;
    if (!read_number(r, 4, 1, 9999, &d.year) || !read_character(r, '-') ||
        !read_number(r, 2, 1, 12, &d.month) || !read_character(r, '-') ||
        !read_number(r, 2, 1, days_in_month(d.year, d.month), &d.day))
        return false;
    *days = days_from_date(d);
    return true;
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

bool calx_datetime_parse(calx_text text, calx_datetime *out, int32_t *utc_offset)
{
    if (!text.data)
        return false;
    reader r = {.at = text.data, .end = text.data + text.length};
    int days;
    int64_t time_of_day = 0;
    int32_t offset = 0;
    if (!read_date(&r, &days))
        return false;
    if (r.at < r.end) {
        if (!read_character(&r, ' ') && !read_character(&r, 'T'))
            return false;
        if (!read_time(&r, &time_of_day) || !read_offset(&r, &offset))
            return false;
    }
    int64_t us = (days - DAYS_TO_1970) * MICROSECONDS_PER_DAY + time_of_day -
                 offset * MICROSECONDS_PER_SECOND;
    if (r.at != r.end || us < CALX_DATETIME_MIN || us > CALX_DATETIME_MAX)
        return false;
    out->microseconds = us;
    if (utc_offset)
        *utc_offset = offset;
    return true;
}
