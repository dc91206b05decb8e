/* interval.c: intervals of the server: months, days and microseconds (interval_send and
 * EncodeInterval in the server's sources). */
#include "pgsql.h"

#include <string.h>

#define BINARY_BYTES 16

/* Longer numbers than these are beyond calx_interval. */
#define DIGITS_MAX 12

static bool give(int64_t days, int64_t microseconds, calx_value *out)
{
    int64_t total;

    if (__builtin_mul_overflow(days, CALX__PGSQL_DAY_US, &total) ||
        __builtin_add_overflow(total, microseconds, &total) || total < CALX_DATETIME_MIN ||
        total > CALX_DATETIME_MAX)
        return false;
    *out = calx_value_interval((calx_interval){total});
    return true;
}

bool calx__pgsql_interval_binary(const char *data, size_t length, char **scratch, calx_value *out)
{
    (void)scratch;
    if (length != BINARY_BYTES)
        return false;
    int64_t microseconds = (int64_t)calx__pgsql_read(data, 8);
    int64_t days = (int32_t)calx__pgsql_read(data + 8, 4);
    bool has_months = calx__pgsql_read(data + 12, 4) != 0;
    return !has_months && give(days, microseconds, out);
}

/* ---- Text: "1 day 02:03:04.5", "-3 days -00:00:01" ---- */

typedef struct reader {
    const char *at;
    const char *end;
} reader;

static bool read_word(reader *r, const char *word)
{
    size_t length = strlen(word);

    if ((size_t)(r->end - r->at) < length || memcmp(r->at, word, length) != 0)
        return false;
    r->at += length;
    return true;
}

/* Digits, as many as there are. */
static bool read_number(reader *r, int64_t *out)
{
    int digits = 0;

    for (*out = 0; r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++) {
        if (++digits > DIGITS_MAX)
            return false;
        *out = *out * 10 + (*r->at - '0');
    }
    return digits > 0;
}

/* What follows the hours: ":MM:SS", and a fraction of up to six digits. */
static bool read_rest_of_time(reader *r, int64_t hours, int64_t *microseconds)
{
    int64_t minutes;
    int64_t seconds;
    int64_t fraction = 0;

    if (!read_word(r, ":") || !read_number(r, &minutes) || !read_word(r, ":") ||
        !read_number(r, &seconds) || minutes > 59 || seconds > 59)
        return false;
    if (read_word(r, ".")) {
        const char *start = r->at;
        if (!read_number(r, &fraction) || r->at - start > 6)
            return false;
        for (int64_t digits = r->at - start; digits < 6; digits++)
            fraction *= 10;
    }
    *microseconds = hours > CALX_DATETIME_MAX / INT64_C(3600000000)
                        ? INT64_MAX
                        : ((hours * 60 + minutes) * 60 + seconds) * 1000000 + fraction;
    return *microseconds != INT64_MAX;
}

bool calx__pgsql_interval_text(const char *data, size_t length, char **scratch, calx_value *out)
{
    reader r = {data, data + length};
    int64_t days = 0;
    int64_t microseconds = 0;
    int64_t number;

    (void)scratch;
    bool negative = read_word(&r, "-");
    if (!negative)
        (void)read_word(&r, "+");
    if (!read_number(&r, &number))
        return false;
    if (read_word(&r, " day")) {
        (void)read_word(&r, "s");
        days = negative ? -number : number;
        if (r.at == r.end)
            return give(days, 0, out);
        if (!read_word(&r, " "))
            return false;
        negative = read_word(&r, "-");
        if (!negative)
            (void)read_word(&r, "+");
        if (!read_number(&r, &number))
            return false;
    }
    if (!read_rest_of_time(&r, number, &microseconds) || r.at != r.end)
        return false;
    return give(days, negative ? -microseconds : microseconds, out);
}
