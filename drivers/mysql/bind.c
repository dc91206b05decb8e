/* bind.c: values on their way to the server. */
#include <math.h>

#include "internal.h"

static MYSQL_TIME time_of(calx_datetime datetime)
{
    calx_datetime_parts parts;
    calx_datetime_split(datetime, &parts);
    return (MYSQL_TIME){
        .time_type = MYSQL_TIMESTAMP_DATETIME,
        .year = (unsigned)parts.year,
        .month = (unsigned)parts.month,
        .day = (unsigned)parts.day,
        .hour = (unsigned)parts.hour,
        .minute = (unsigned)parts.minute,
        .second = (unsigned)parts.second,
        .second_part = (unsigned long)parts.microsecond,
    };
}

static MYSQL_TIME time_of_date(calx_date date)
{
    return (MYSQL_TIME){
        .time_type = MYSQL_TIMESTAMP_DATE,
        .year = (unsigned)date.year,
        .month = (unsigned)date.month,
        .day = (unsigned)date.day,
    };
}

static MYSQL_TIME time_of_day(calx_time time)
{
    unsigned second = (unsigned)(time.microseconds / 1000000);
    return (MYSQL_TIME){
        .time_type = MYSQL_TIMESTAMP_TIME,
        .hour = second / 3600,
        .minute = second / 60 % 60,
        .second = second % 60,
        .second_part = (unsigned long)(time.microseconds % 1000000),
    };
}

static void bytes_bind(MYSQL_BIND *bind, enum enum_field_types type, const void *data,
                       size_t length)
{
    bind->buffer_type = type;
    bind->buffer = (void *)(uintptr_t)data;
    bind->buffer_length = length;
}

void calx__mysql_value_bind(MYSQL_BIND *bind, calx__mysql_bind_storage *storage,
                            const calx_value *value)
{
    *bind = (MYSQL_BIND){.buffer = storage};
    switch (value->kind) {
    case CALX_KIND_NULL:
        bind->buffer_type = MYSQL_TYPE_NULL;
        return;
    case CALX_KIND_BOOLEAN:
        storage->boolean = value->as.boolean;
        bind->buffer_type = MYSQL_TYPE_TINY;
        return;
    case CALX_KIND_INTEGER:
        storage->integer = value->as.integer;
        bind->buffer_type = MYSQL_TYPE_LONGLONG;
        return;
    case CALX_KIND_DOUBLE:
        storage->real = value->as.real;
        bind->buffer_type = MYSQL_TYPE_DOUBLE;
        return;
    case CALX_KIND_TEXT:
    case CALX_KIND_ARRAY:
        bytes_bind(bind, MYSQL_TYPE_STRING, value->as.text.data, value->as.text.length);
        return;
    case CALX_KIND_DECIMAL:
        bytes_bind(bind, MYSQL_TYPE_NEWDECIMAL, value->as.text.data, value->as.text.length);
        return;
    case CALX_KIND_BLOB:
        bytes_bind(bind, MYSQL_TYPE_BLOB, value->as.blob.data, value->as.blob.length);
        return;
    case CALX_KIND_DATETIME:
        storage->time = time_of(value->as.datetime);
        bind->buffer_type = MYSQL_TYPE_DATETIME;
        return;
    case CALX_KIND_INTERVAL: /* the point in time that it is after 1970, as SQLAlchemy */
        storage->time = time_of((calx_datetime){value->as.interval.microseconds});
        bind->buffer_type = MYSQL_TYPE_DATETIME;
        return;
    case CALX_KIND_DATE:
        storage->time = time_of_date(value->as.date);
        bind->buffer_type = MYSQL_TYPE_DATE;
        return;
    case CALX_KIND_TIME:
        storage->time = time_of_day(value->as.time);
        bind->buffer_type = MYSQL_TYPE_TIME;
        return;
    case CALX_KIND_UUID:
        bytes_bind(bind, MYSQL_TYPE_STRING, storage->uuid,
                   calx_uuid_format(value->as.uuid, false, storage->uuid));
        return;
    }
}

/* The most that a value takes in COM_STMT_EXECUTE: two bytes of type, at most nine of length, its
 * bytes or at most 12 of anything else. */
static uint64_t packet_share(const calx_value *value)
{
    if (calx_kind_is_text(value->kind))
        return 12 + (uint64_t)value->as.text.length;
    if (value->kind == CALX_KIND_BLOB)
        return 12 + (uint64_t)value->as.blob.length;
    return value->kind == CALX_KIND_UUID ? 12 + CALX_UUID_TEXT_MAX : 16;
}

uint64_t calx__mysql_packet_size(const calx_value *values, size_t count)
{
    uint64_t size = 16;
    for (size_t i = 0; i < count; i++)
        size += packet_share(&values[i]);
    return size;
}

static int values_bind(calx__mysql_statement *statement, const calx_value *values, calx_error *err)
{
    size_t count = statement->base.sql->bind_count;
    for (size_t i = 0; i < count; i++) {
        if (values[i].kind == CALX_KIND_DOUBLE && !isfinite(values[i].as.real))
            return calx_error_set(err, CALX_ERROR_INVALID,
                                  "value %zu: the database has no infinity and no NaN", i + 1);
        calx__mysql_value_bind(&statement->parameters[i], &statement->storage[i], &values[i]);
    }
    uint64_t packet_max = calx__mysql_connection_of(statement->base.connection)->packet_max;
    if (calx__mysql_packet_size(values, count) > packet_max)
        return calx_error_set(err, CALX_ERROR_LIMIT,
                              "the values are longer than the server's max_allowed_packet of %llu "
                              "bytes",
                              (unsigned long long)packet_max);
    return 0;
}

int calx__mysql_bind(calx__mysql_statement *statement, const calx_value *values, calx_error *err)
{
    size_t count = statement->base.sql->bind_count;
    int code = statement->records ? 0 : values_bind(statement, values, err);
    if (code)
        return code;
    if (count > 0 && mysql_stmt_bind_param(statement->handle, statement->parameters))
        return calx__mysql_error_set(err, mysql_stmt_errno(statement->handle),
                                     mysql_stmt_sqlstate(statement->handle),
                                     mysql_stmt_error(statement->handle));
    return 0;
}
