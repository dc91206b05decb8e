/* text.c: values as text that the server's types read. */
#include "pgsql.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static size_t write_double(double real, char *out)
{
    if (isnan(real))
        return (size_t)sprintf(out, "NaN");
    if (isinf(real))
        return (size_t)sprintf(out, real < 0 ? "-Infinity" : "Infinity");
    size_t length = (size_t)snprintf(out, CALX__PGSQL_NUMBER_TEXT_MAX, "%.17g", real);
    char *comma = strchr(out, ','); /* LC_NUMERIC may be anything */
    if (comma)
        *comma = '.';
    return length;
}

/* Whole days apart, as in binary: "-3 days -01:02:03.000004". Before PostgreSQL 15 its numbers are
 * read as 32 bits. */
static size_t write_interval(int64_t microseconds, char *out)
{
    int64_t days = microseconds / CALX__PGSQL_DAY_US;
    int64_t rest = microseconds % CALX__PGSQL_DAY_US;
    int64_t left = rest < 0 ? -rest : rest;

    return (size_t)snprintf(out, CALX__PGSQL_NUMBER_TEXT_MAX,
                            "%" PRId64 " days %s%02d:%02d:%02d.%06d", days, rest < 0 ? "-" : "",
                            (int)(left / 3600000000), (int)(left / 60000000 % 60),
                            (int)(left / 1000000 % 60), (int)(left % 1000000));
}

size_t calx__pgsql_value_text(const calx_value *value, char *out)
{
    switch (value->kind) {
    case CALX_KIND_BOOLEAN:
        return (size_t)sprintf(out, "%c", value->as.boolean ? 't' : 'f');
    case CALX_KIND_INTEGER:
        return (size_t)sprintf(out, "%" PRId64, value->as.integer);
    case CALX_KIND_DOUBLE:
        return write_double(value->as.real, out);
    case CALX_KIND_DATE:
        return calx_date_format(value->as.date, out);
    case CALX_KIND_TIME:
        return calx_time_format(value->as.time, true, out);
    case CALX_KIND_INTERVAL:
        return write_interval(value->as.interval.microseconds, out);
    case CALX_KIND_UUID:
        return calx_uuid_format(value->as.uuid, true, out);
    default:
        return calx_datetime_format(value->as.datetime, ' ', out);
    }
}
