/* value.h: one SQL value between a driver and what stands above it. Plain data, no ownership: who
 * lends the bytes says how long. */
#ifndef CALX_VALUE_H
#define CALX_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <calx/api.h>

/*
 * The kinds of value. A bind carries the kind its column's type asks for; a result carries the kind
 * that is natural to the database (SQLite has no boolean, so a BOOLEAN column arrives as INTEGER):
 * the type above converts or refuses. X(NAME, printed name)
 */
#define CALX_KINDS(X)                                                                              \
    X(NULL, "null")                                                                                \
    X(BOOLEAN, "boolean")                                                                          \
    X(INTEGER, "integer")                                                                          \
    X(DOUBLE, "double")                                                                            \
    X(TEXT, "text")                                                                                \
    X(BLOB, "blob")                                                                                \
    X(DECIMAL, "decimal")                                                                          \
    X(DATETIME, "datetime")                                                                        \
    X(DATE, "date")                                                                                \
    X(TIME, "time")                                                                                \
    X(INTERVAL, "interval")                                                                        \
    X(UUID, "uuid")                                                                                \
    X(ARRAY, "array")

typedef enum calx_kind {
#define CALX__KIND(name, text) CALX_KIND_##name,
    CALX_KINDS(CALX__KIND)
#undef CALX__KIND
} calx_kind;

/* UTF-8 text: a pointer and a length in bytes, never NUL-ended; data NULL is SQL's NULL, an empty
 * text has data and length 0. */
typedef struct calx_text {
    const char *data;
    size_t length;
} calx_text;

/* Bytes; data NULL is SQL's NULL. */
typedef struct calx_blob {
    const void *data;
    size_t length;
} calx_blob;

/* A point in time: microseconds since 1970-01-01 00:00:00 UTC (proleptic Gregorian), year 1 to
 * 9999. */
typedef struct calx_datetime {
    int64_t microseconds;
} calx_datetime;

/* A day, year 1 to 9999 (proleptic Gregorian). */
typedef struct calx_date {
    int year;
    int month;
    int day;
} calx_date;

/* A time of day: microseconds since midnight, less than a day. */
typedef struct calx_time {
    int64_t microseconds;
} calx_time;

#define CALX_TIME_MAX INT64_C(86399999999) /* 23:59:59.999999 */

/* A span of time. Added to 1970-01-01 it must give a calx_datetime: that is how databases without
 * intervals store it, as SQLAlchemy does. */
typedef struct calx_interval {
    int64_t microseconds;
} calx_interval;

/* RFC 4122, in the order of its text. */
typedef struct calx_uuid {
    unsigned char bytes[16];
} calx_uuid;

/* The first and the last microsecond a calx_datetime may hold: 0001-01-01 00:00:00 and 9999-12-31
 * 23:59:59.999999. */
#define CALX_DATETIME_MIN INT64_C(-62135596800000000)
#define CALX_DATETIME_MAX INT64_C(253402300799999999)

/* A point in time taken apart, in UTC. */
typedef struct calx_datetime_parts {
    int year; /* 1 to 9999 */
    int month;
    int day;
    int hour;
    int minute;
    int second;
    int microsecond;
} calx_datetime_parts;

typedef struct calx_value {
    calx_kind kind;
    int32_t utc_offset; /* DATETIME: seconds east of UTC that the stored form named, for types that
                           keep it */
    union {
        bool boolean;
        int64_t integer;
        double real;
        calx_text text; /* TEXT; DECIMAL as its decimal digits; ARRAY as a JSON array */
        calx_blob blob;
        calx_datetime datetime;
        calx_date date;
        calx_time time;
        calx_interval interval;
        calx_uuid uuid;
    } as;
} calx_value;

static inline calx_value calx_value_null(void)
{
    return (calx_value){.kind = CALX_KIND_NULL};
}

static inline calx_value calx_value_boolean(bool boolean)
{
    return (calx_value){.kind = CALX_KIND_BOOLEAN, .as.boolean = boolean};
}

static inline calx_value calx_value_integer(int64_t integer)
{
    return (calx_value){.kind = CALX_KIND_INTEGER, .as.integer = integer};
}

static inline calx_value calx_value_double(double real)
{
    return (calx_value){.kind = CALX_KIND_DOUBLE, .as.real = real};
}

/* NULL where text.data is NULL. */
static inline calx_value calx_value_text(calx_text text)
{
    return (calx_value){.kind = text.data ? CALX_KIND_TEXT : CALX_KIND_NULL, .as.text = text};
}

/* NULL where blob.data is NULL. */
static inline calx_value calx_value_blob(calx_blob blob)
{
    return (calx_value){.kind = blob.data ? CALX_KIND_BLOB : CALX_KIND_NULL, .as.blob = blob};
}

static inline calx_value calx_value_datetime(calx_datetime datetime)
{
    return (calx_value){.kind = CALX_KIND_DATETIME, .as.datetime = datetime};
}

static inline calx_value calx_value_date(calx_date date)
{
    return (calx_value){.kind = CALX_KIND_DATE, .as.date = date};
}

static inline calx_value calx_value_time(calx_time time)
{
    return (calx_value){.kind = CALX_KIND_TIME, .as.time = time};
}

static inline calx_value calx_value_interval(calx_interval interval)
{
    return (calx_value){.kind = CALX_KIND_INTERVAL, .as.interval = interval};
}

static inline calx_value calx_value_uuid(calx_uuid uuid)
{
    return (calx_value){.kind = CALX_KIND_UUID, .as.uuid = uuid};
}

/* True for the kinds whose bytes are as.text. */
static inline bool calx_kind_is_text(calx_kind kind)
{
    return kind == CALX_KIND_TEXT || kind == CALX_KIND_DECIMAL || kind == CALX_KIND_ARRAY;
}

/* The text of a NUL-ended string, lent; NULL gives NULL. */
CALX_API calx_text calx_text_of(const char *string);

/* True when both are NULL, or both have the same bytes. */
CALX_API bool calx_text_equal(calx_text a, calx_text b);

/* True for well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF). NUL
 * bytes are well-formed. */
CALX_API bool calx_utf8_valid(const char *data, size_t length);

/* The printed name of a kind: "integer". Static. */
CALX_API const char *calx_kind_name(calx_kind kind);

/* ---- Dates and times: calendar.c ---- */

/* Is there such a day, in the years 1 to 9999? */
CALX_API bool calx_date_is_valid(calx_date date);

/* Days since 1970-01-01 of a valid date, and back: false beyond the years 1 to 9999. */
CALX_API int32_t calx_date_to_days(calx_date date);
CALX_API bool calx_date_from_days(int64_t days, calx_date *out);

/* Room for the longest output, with its NUL. */
#define CALX_DATE_TEXT_MAX 40
#define CALX_TIME_TEXT_MAX 40

/* "2026-11-22" of a valid date. Returns the length, without the NUL it writes. */
CALX_API size_t calx_date_format(calx_date date, char out[CALX_DATE_TEXT_MAX]);

/* "10:30:00.000000"; a fraction of zero is left out unless it is wanted. From 0 to CALX_TIME_MAX.
 */
CALX_API size_t calx_time_format(calx_time time, bool fraction, char out[CALX_TIME_TEXT_MAX]);

/* "YYYY-MM-DD", and "HH:MM[:SS[.ffffff]]"; false for anything else, *out is then untouched. */
CALX_API bool calx_date_parse(calx_text text, calx_date *out);
CALX_API bool calx_time_parse(calx_text text, calx_time *out);

/* What lies beyond CALX_DATETIME_MIN or _MAX counts as that. */
CALX_API void calx_datetime_split(calx_datetime datetime, calx_datetime_parts *out);

/* False for a date or a time that does not exist; *out is then untouched. */
CALX_API bool calx_datetime_join(const calx_datetime_parts *parts, calx_datetime *out);

/* Room for the longest output of calx_datetime_format, with its NUL. */
#define CALX_DATETIME_TEXT_MAX 40

/*
 * Writes "2026-11-22 10:30:00.000000" (separator ' ', SQLAlchemy's form on SQLite) or, with
 * separator 'T', the ISO 8601 form of JSON, where a fraction of zero is left out. Always UTC,
 * without an offset. Returns the length, without the NUL it writes.
 */
CALX_API size_t calx_datetime_format(calx_datetime datetime, char separator,
                                     char out[CALX_DATETIME_TEXT_MAX]);

/*
 * Reads "YYYY-MM-DD", optionally followed by ' ' or 'T' and "HH:MM[:SS[.ffffff]]", optionally
 * followed by "Z" or "+HH[:MM[:SS]]". More than six digits of fraction, a 60th second, a day that
 * does not exist and anything left over are refused. *utc_offset may be NULL. Returns false when
 * refused, outputs then untouched. Source: ISO 8601 as Python's datetime.fromisoformat reads it.
 */
CALX_API bool calx_datetime_parse(calx_text text, calx_datetime *out, int32_t *utc_offset);

/* ---- UUID ---- */

#define CALX_UUID_TEXT_MAX 37

/* Lower case, with or without dashes. Returns the length, without the NUL it writes. */
CALX_API size_t calx_uuid_format(calx_uuid uuid, bool dashes, char out[CALX_UUID_TEXT_MAX]);

/* Reads both forms, in either case. False for anything else, *out is then untouched. */
CALX_API bool calx_uuid_parse(calx_text text, calx_uuid *out);

#endif
