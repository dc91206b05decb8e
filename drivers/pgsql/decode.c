/* decode.c: results become calx values, by one table of types. */
#include "pgsql.h"

#include <limits.h>
#include <locale.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define TIME_BYTES 8

static bool give_integer(int64_t integer, calx_value *out)
{
    *out = calx_value_integer(integer);
    return true;
}

static bool give_text(const char *data, size_t length, calx_value *out)
{
    *out = calx_value_text((calx_text){data, length});
    return true;
}

/* ---- Numbers and truth ---- */

static bool bool_binary(const char *data, size_t length, char **scratch, calx_value *out)
{
    (void)scratch;
    *out = calx_value_boolean(length == 1 && data[0] != 0);
    return length == 1;
}

static bool bool_text(const char *data, size_t length, char **scratch, calx_value *out)
{
    (void)scratch;
    *out = calx_value_boolean(data[0] == 't');
    return length == 1;
}

static bool int2_binary(const char *data, size_t length, char **scratch, calx_value *out)
{
    (void)scratch;
    return length == 2 && give_integer((int16_t)calx__pgsql_read(data, 2), out);
}

static bool int4_binary(const char *data, size_t length, char **scratch, calx_value *out)
{
    (void)scratch;
    return length == 4 && give_integer((int32_t)calx__pgsql_read(data, 4), out);
}

static bool int8_binary(const char *data, size_t length, char **scratch, calx_value *out)
{
    (void)scratch;
    return length == 8 && give_integer((int64_t)calx__pgsql_read(data, 8), out);
}

static bool oid_binary(const char *data, size_t length, char **scratch, calx_value *out)
{
    (void)scratch;
    return length == 4 && give_integer((int64_t)calx__pgsql_read(data, 4), out);
}

/* libpq ends text results with a NUL. */
static bool integer_text(const char *data, size_t length, char **scratch, calx_value *out)
{
    char *end;
    long long integer = strtoll(data, &end, 10);

    (void)scratch;
    return end == data + length && give_integer(integer, out);
}

static bool float4_binary(const char *data, size_t length, char **scratch, calx_value *out)
{
    float real;
    uint32_t bits = length == 4 ? (uint32_t)calx__pgsql_read(data, 4) : 0;

    (void)scratch;
    memcpy(&real, &bits, sizeof real);
    *out = calx_value_double((double)real);
    return length == 4;
}

static bool float8_binary(const char *data, size_t length, char **scratch, calx_value *out)
{
    double real;
    uint64_t bits = length == 8 ? calx__pgsql_read(data, 8) : 0;

    (void)scratch;
    memcpy(&real, &bits, sizeof real);
    *out = calx_value_double(real);
    return length == 8;
}

static locale_t c_locale;

static void make_c_locale(void)
{
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

static bool float8_text(const char *data, size_t length, char **scratch, calx_value *out)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    char *end;

    (void)scratch;
    pthread_once(&once, make_c_locale);
    if (!c_locale)
        return false;
    *out = calx_value_double(strtod_l(data, &end, c_locale));
    return end == data + length;
}

/* The text has few digits: what float4 means is the nearest float, widened. */
static bool float4_text(const char *data, size_t length, char **scratch, calx_value *out)
{
    if (!float8_text(data, length, scratch, out))
        return false;
    out->as.real = (double)(float)out->as.real;
    return true;
}

static bool numeric_text(const char *data, size_t length, char **scratch, calx_value *out)
{
    (void)scratch;
    give_text(data, length, out);
    out->kind = CALX_KIND_DECIMAL;
    return true;
}

/* ---- Text and bytes ---- */

static bool text_any(const char *data, size_t length, char **scratch, calx_value *out)
{
    (void)scratch;
    return give_text(data, length, out);
}

static bool jsonb_binary(const char *data, size_t length, char **scratch, calx_value *out)
{
    (void)scratch;
    return length >= 1 && data[0] == 1 && give_text(data + 1, length - 1, out);
}

static bool bytea_binary(const char *data, size_t length, char **scratch, calx_value *out)
{
    (void)scratch;
    *out = calx_value_blob((calx_blob){data, length});
    return true;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* bytea_output is pinned to hex. */
static bool bytea_text(const char *data, size_t length, char **scratch, calx_value *out)
{
    if (length < 2 || length % 2 || data[0] != '\\' || data[1] != 'x')
        return false;
    char *bytes = *scratch;
    for (size_t i = 2; i < length; i += 2) {
        int high = hex_digit(data[i]);
        int low = hex_digit(data[i + 1]);
        if (high < 0 || low < 0)
            return false;
        *(*scratch)++ = (char)(high << 4 | low);
    }
    *out = calx_value_blob((calx_blob){bytes, length / 2 - 1});
    return true;
}

static size_t bytea_room(bool binary, const char *data, size_t length)
{
    (void)data;
    return binary ? 0 : length / 2;
}

static bool uuid_binary(const char *data, size_t length, char **scratch, calx_value *out)
{
    calx_uuid uuid;

    (void)scratch;
    if (length != sizeof uuid.bytes)
        return false;
    memcpy(uuid.bytes, data, sizeof uuid.bytes);
    *out = calx_value_uuid(uuid);
    return true;
}

static bool uuid_text(const char *data, size_t length, char **scratch, calx_value *out)
{
    calx_uuid uuid;

    (void)scratch;
    if (!calx_uuid_parse((calx_text){data, length}, &uuid))
        return false;
    *out = calx_value_uuid(uuid);
    return true;
}

static size_t numeric_room(bool binary, const char *data, size_t length)
{
    return binary ? calx__pgsql_numeric_room(data, length) : 0;
}

/* ---- Points in time ---- */

/* Microseconds since 2000. Infinity, years BC and beyond 9999 do not fit. */
static bool give_datetime(int64_t microseconds, calx_value *out)
{
    if (microseconds < CALX_DATETIME_MIN - CALX__PGSQL_EPOCH_US ||
        microseconds > CALX_DATETIME_MAX - CALX__PGSQL_EPOCH_US)
        return false;
    *out = calx_value_datetime((calx_datetime){microseconds + CALX__PGSQL_EPOCH_US});
    return true;
}

static bool timestamp_binary(const char *data, size_t length, char **scratch, calx_value *out)
{
    (void)scratch;
    return length == 8 && give_datetime((int64_t)calx__pgsql_read(data, 8), out);
}

static bool date_binary(const char *data, size_t length, char **scratch, calx_value *out)
{
    calx_date date;

    (void)scratch;
    if (length != 4)
        return false;
    int64_t days = (int32_t)calx__pgsql_read(data, 4);
    if (!calx_date_from_days(days + CALX__PGSQL_EPOCH_DAYS, &date))
        return false;
    *out = calx_value_date(date);
    return true;
}

static bool date_text(const char *data, size_t length, char **scratch, calx_value *out)
{
    calx_date date;

    (void)scratch;
    if (!calx_date_parse((calx_text){data, length}, &date))
        return false;
    *out = calx_value_date(date);
    return true;
}

/* 24:00:00 is a time for PostgreSQL alone. */
static bool time_binary(const char *data, size_t length, char **scratch, calx_value *out)
{
    int64_t microseconds = length == TIME_BYTES ? (int64_t)calx__pgsql_read(data, TIME_BYTES) : -1;

    (void)scratch;
    *out = calx_value_time((calx_time){microseconds});
    return microseconds >= 0 && microseconds <= CALX_TIME_MAX;
}

static bool time_text(const char *data, size_t length, char **scratch, calx_value *out)
{
    calx_time time;

    (void)scratch;
    if (!calx_time_parse((calx_text){data, length}, &time))
        return false;
    *out = calx_value_time(time);
    return true;
}

static bool datetime_text(const char *data, size_t length, char **scratch, calx_value *out)
{
    calx_datetime datetime;

    (void)scratch;
    if (!calx_datetime_parse((calx_text){data, length}, &datetime, NULL))
        return false;
    *out = calx_value_datetime(datetime);
    return true;
}

/* ---- The table ---- */

#define ARRAY(type, name, kind)                                                                    \
    {                                                                                              \
        CALX__PGSQL_##type, name, NULL, calx__pgsql_array_of_##kind, calx__pgsql_array_room        \
    }

static const calx__pgsql_codec codecs[] = {
    {CALX__PGSQL_BOOL, "boolean", bool_binary, bool_text, NULL},
    {CALX__PGSQL_INT2, "smallint", int2_binary, integer_text, NULL},
    {CALX__PGSQL_INT4, "integer", int4_binary, integer_text, NULL},
    {CALX__PGSQL_INT8, "bigint", int8_binary, integer_text, NULL},
    {CALX__PGSQL_OID, "oid", oid_binary, integer_text, NULL},
    {CALX__PGSQL_FLOAT4, "real", float4_binary, float4_text, NULL},
    {CALX__PGSQL_FLOAT8, "double precision", float8_binary, float8_text, NULL},
    {CALX__PGSQL_NUMERIC, "numeric", calx__pgsql_numeric_decode, numeric_text, numeric_room},
    {CALX__PGSQL_TEXT, "text", text_any, text_any, NULL},
    {CALX__PGSQL_VARCHAR, "varchar", text_any, text_any, NULL},
    {CALX__PGSQL_BPCHAR, "char", text_any, text_any, NULL},
    {CALX__PGSQL_NAME, "name", text_any, text_any, NULL},
    {CALX__PGSQL_UNKNOWN, "unknown", text_any, text_any, NULL},
    {CALX__PGSQL_JSON, "json", text_any, text_any, NULL},
    {CALX__PGSQL_JSONB, "jsonb", jsonb_binary, text_any, NULL},
    {CALX__PGSQL_UUID, "uuid", uuid_binary, uuid_text, NULL},
    {CALX__PGSQL_BYTEA, "bytea", bytea_binary, bytea_text, bytea_room},
    {CALX__PGSQL_TIMESTAMP, "timestamp", timestamp_binary, datetime_text, NULL},
    {CALX__PGSQL_TIMESTAMPTZ, "timestamptz", timestamp_binary, datetime_text, NULL},
    {CALX__PGSQL_DATE, "date", date_binary, date_text, NULL},
    {CALX__PGSQL_TIME, "time", time_binary, time_text, NULL},
    {CALX__PGSQL_INTERVAL, "interval", calx__pgsql_interval_binary, calx__pgsql_interval_text,
     NULL},
    ARRAY(BOOL_ARRAY, "boolean[]", bools),
    ARRAY(NAME_ARRAY, "name[]", text),
    ARRAY(INT2_ARRAY, "smallint[]", numbers),
    ARRAY(INT4_ARRAY, "integer[]", numbers),
    ARRAY(TEXT_ARRAY, "text[]", text),
    ARRAY(BPCHAR_ARRAY, "char[]", text),
    ARRAY(VARCHAR_ARRAY, "varchar[]", text),
    ARRAY(INT8_ARRAY, "bigint[]", numbers),
    ARRAY(FLOAT4_ARRAY, "real[]", numbers),
    ARRAY(FLOAT8_ARRAY, "double precision[]", numbers),
    ARRAY(TIMESTAMP_ARRAY, "timestamp[]", text),
    ARRAY(DATE_ARRAY, "date[]", text),
    ARRAY(TIME_ARRAY, "time[]", text),
    ARRAY(TIMESTAMPTZ_ARRAY, "timestamptz[]", text),
    ARRAY(NUMERIC_ARRAY, "numeric[]", text),
    ARRAY(UUID_ARRAY, "uuid[]", text),
};

static const calx__pgsql_codec other = {0, "value", NULL, text_any, NULL};

const calx__pgsql_codec *calx__pgsql_codec_find(Oid oid)
{
    for (size_t i = 0; i < sizeof codecs / sizeof *codecs; i++)
        if (codecs[i].oid == oid)
            return &codecs[i];
    return &other;
}

/* One allocation for the row, before anything points into it. */
static int reserve(calx__pgsql_statement *statement, int row, calx_error *err)
{
    size_t size = 0;

    for (size_t i = 0; i < statement->codec_count; i++) {
        int column = (int)i;
        if (statement->codecs[i]->room && !PQgetisnull(statement->result, row, column))
            size += statement->codecs[i]->room(statement->binary,
                                               PQgetvalue(statement->result, row, column),
                                               (size_t)PQgetlength(statement->result, row, column));
    }
    if (size <= statement->scratch_size)
        return 0;
    char *scratch = realloc(statement->scratch, size);
    if (!scratch)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "no memory for a row");
    statement->scratch = scratch;
    statement->scratch_size = size;
    return 0;
}

int calx__pgsql_decode_row(calx__pgsql_statement *statement, int row, calx_value *values,
                           calx_error *err)
{
    const PGresult *result = statement->result;

    int code = reserve(statement, row, err);
    if (code)
        return code;
    char *scratch = statement->scratch;
    for (size_t i = 0; i < statement->codec_count; i++) {
        int column = (int)i;
        const calx__pgsql_codec *codec = statement->codecs[i];
        int length = PQgetlength(result, row, column); /* 0 for NULL, too */
        values[i] = calx_value_null();
        if (length == 0 && PQgetisnull(result, row, column))
            continue;
        calx__pgsql_decode *decode = statement->binary ? codec->binary : codec->text;
        if (!decode(PQgetvalue(result, row, column), (size_t)length, &scratch, &values[i]))
            return calx_error_set(err, CALX_ERROR_MISFIT,
                                  "column \"%.100s\": the stored %s does not fit",
                                  PQfname(result, column), codec->name);
    }
    return 0;
}
