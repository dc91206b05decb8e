/* kinds.c: is it the same value, in whichever of its natural forms the database gave it; and how a
 * value is printed. */
#include <inttypes.h>
#include <string.h>

#include "conform.h"

#define SHOWN_MAX 60 /* longer texts and bytes are printed as their length and a sum */

/* ---- Comparing ---- */

/* A decimal without what changes nothing: sign of zero, zeros at both ends, an empty fraction. */
static void decimal_plain(calx_text text, calx_buffer *out)
{
    const char *at = text.data;
    const char *end = at + text.length;
    bool negative = at < end && *at == '-';
    at += negative;
    while (at < end && *at == '0')
        at++;
    bool fraction = false;
    for (const char *point = at; point < end; point++)
        fraction = fraction || *point == '.';
    while (fraction && end > at && end[-1] == '0')
        end--;
    if (end > at && end[-1] == '.')
        end--;
    if (at == end) {
        calx_buffer_append(out, "0", 1);
        return;
    }
    calx_buffer_append_string(out, negative ? "-" : "");
    calx_buffer_append_string(out, *at == '.' ? "0" : "");
    calx_buffer_append(out, at, (size_t)(end - at));
}

static bool decimals_equal(calx_text a, calx_text b)
{
    calx_buffer plain[2] = {{0}, {0}};
    decimal_plain(a, &plain[0]);
    decimal_plain(b, &plain[1]);
    bool equal = plain[0].length == plain[1].length &&
                 memcmp(plain[0].data, plain[1].data, plain[0].length) == 0;
    calx_buffer_finish(&plain[0]);
    calx_buffer_finish(&plain[1]);
    return equal;
}

static bool datetimes_equal(calx_datetime expected, const calx_value *came)
{
    calx_datetime parsed;
    if (came->kind == CALX_KIND_DATETIME)
        parsed = came->as.datetime;
    else if (came->kind != CALX_KIND_TEXT || !calx_datetime_parse(came->as.text, &parsed, NULL))
        return false;
    return parsed.microseconds == expected.microseconds;
}

static bool dates_equal(calx_date expected, const calx_value *came)
{
    calx_date parsed;
    if (came->kind == CALX_KIND_DATE)
        parsed = came->as.date;
    else if (came->kind != CALX_KIND_TEXT || !calx_date_parse(came->as.text, &parsed))
        return false;
    return calx_date_to_days(parsed) == calx_date_to_days(expected);
}

static bool times_equal(calx_time expected, const calx_value *came)
{
    calx_time parsed;
    if (came->kind == CALX_KIND_TIME)
        parsed = came->as.time;
    else if (came->kind != CALX_KIND_TEXT || !calx_time_parse(came->as.text, &parsed))
        return false;
    return parsed.microseconds == expected.microseconds;
}

/* Without a type for it, the point in time that it is after 1970. */
static bool intervals_equal(calx_interval expected, const calx_value *came)
{
    if (came->kind == CALX_KIND_INTERVAL)
        return came->as.interval.microseconds == expected.microseconds;
    return datetimes_equal((calx_datetime){expected.microseconds}, came);
}

static bool uuids_equal(calx_uuid expected, const calx_value *came)
{
    calx_uuid parsed;
    if (came->kind == CALX_KIND_UUID)
        parsed = came->as.uuid;
    else if (came->kind != CALX_KIND_TEXT || !calx_uuid_parse(came->as.text, &parsed))
        return false;
    return memcmp(parsed.bytes, expected.bytes, sizeof parsed.bytes) == 0;
}

static bool texts_equal(calx_text expected, const calx_value *came)
{
    return came->kind == CALX_KIND_TEXT && came->as.text.data != NULL &&
           calx_text_equal(expected, came->as.text);
}

static bool blobs_equal(calx_blob expected, const calx_value *came)
{
    return came->kind == CALX_KIND_BLOB && came->as.blob.data != NULL &&
           came->as.blob.length == expected.length &&
           memcmp(came->as.blob.data, expected.data, expected.length) == 0;
}

bool conform_values_equal(const calx_value *expected, const calx_value *came)
{
    switch (expected->kind) {
    case CALX_KIND_NULL:
        return came->kind == CALX_KIND_NULL;
    case CALX_KIND_BOOLEAN:
        return came->kind == CALX_KIND_BOOLEAN
                   ? came->as.boolean == expected->as.boolean
                   : came->kind == CALX_KIND_INTEGER && came->as.integer == expected->as.boolean;
    case CALX_KIND_INTEGER:
        return came->kind == CALX_KIND_INTEGER && came->as.integer == expected->as.integer;
    case CALX_KIND_DOUBLE:
        return came->kind == CALX_KIND_DOUBLE &&
               memcmp(&came->as.real, &expected->as.real, sizeof came->as.real) == 0;
    case CALX_KIND_TEXT:
        return texts_equal(expected->as.text, came);
    case CALX_KIND_BLOB:
        return blobs_equal(expected->as.blob, came);
    case CALX_KIND_DECIMAL:
        return (came->kind == CALX_KIND_DECIMAL || came->kind == CALX_KIND_TEXT) &&
               decimals_equal(expected->as.text, came->as.text);
    case CALX_KIND_DATETIME:
        return datetimes_equal(expected->as.datetime, came);
    case CALX_KIND_DATE:
        return dates_equal(expected->as.date, came);
    case CALX_KIND_TIME:
        return times_equal(expected->as.time, came);
    case CALX_KIND_INTERVAL:
        return intervals_equal(expected->as.interval, came);
    case CALX_KIND_UUID:
        return uuids_equal(expected->as.uuid, came);
    case CALX_KIND_ARRAY:
        return calx_kind_is_text(came->kind) && calx_text_equal(expected->as.text, came->as.text);
    }
    return false;
}

/* ---- Printing ---- */

/* FNV-1a */
static uint64_t sum_of(const void *data, size_t length)
{
    uint64_t sum = 0xcbf29ce484222325u;
    for (size_t i = 0; i < length; i++)
        sum = (sum ^ ((const unsigned char *)data)[i]) * 0x100000001b3u;
    return sum;
}

static void print_bytes(const void *data, size_t length, bool readable, calx_buffer *out)
{
    if (length > SHOWN_MAX) {
        calx_buffer_append_format(out, "%zu bytes, sum %016" PRIx64, length, sum_of(data, length));
        return;
    }
    calx_buffer_append_string(out, readable ? "\"" : "x'");
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = ((const unsigned char *)data)[i];
        bool plain = readable && byte >= ' ' && byte != 0x7f;
        calx_buffer_append_format(out, plain ? "%c" : readable ? "\\x%02x" : "%02x", byte);
    }
    calx_buffer_append_string(out, readable ? "\"" : "'");
}

/* Kinds that have a text of their own. */
static void print_form(const calx_value *value, calx_buffer *out)
{
    char text[CALX_DATETIME_TEXT_MAX] = "";
    if (value->kind == CALX_KIND_DATETIME)
        calx_datetime_format(value->as.datetime, ' ', text);
    else if (value->kind == CALX_KIND_DATE)
        calx_date_format(value->as.date, text);
    else if (value->kind == CALX_KIND_TIME)
        calx_time_format(value->as.time, true, text);
    else if (value->kind == CALX_KIND_UUID)
        calx_uuid_format(value->as.uuid, true, text);
    calx_buffer_append_string(out, text);
}

void conform_value_print(const calx_value *value, calx_buffer *out)
{
    calx_buffer_append_format(out, "%s ", calx_kind_name(value->kind));
    switch (value->kind) {
    case CALX_KIND_NULL:
        break;
    case CALX_KIND_BOOLEAN:
        calx_buffer_append_string(out, value->as.boolean ? "true" : "false");
        break;
    case CALX_KIND_INTEGER:
        calx_buffer_append_format(out, "%" PRId64, value->as.integer);
        break;
    case CALX_KIND_INTERVAL:
        calx_buffer_append_format(out, "%" PRId64 " us", value->as.interval.microseconds);
        break;
    case CALX_KIND_DOUBLE:
        calx_buffer_append_format(out, "%.17g", value->as.real);
        break;
    case CALX_KIND_DECIMAL:
        decimal_plain(value->as.text, out);
        break;
    case CALX_KIND_TEXT:
    case CALX_KIND_ARRAY:
        print_bytes(value->as.text.data, value->as.text.length, true, out);
        break;
    case CALX_KIND_BLOB:
        print_bytes(value->as.blob.data, value->as.blob.length, false, out);
        break;
    case CALX_KIND_DATETIME:
    case CALX_KIND_DATE:
    case CALX_KIND_TIME:
    case CALX_KIND_UUID:
        print_form(value, out);
        break;
    }
    calx_buffer_append(out, "", 1); /* ended as a string, for people */
}
