/* bind.c: calx values become parameters. Fixed-size values and bytes travel in binary, text as it
 * is wherever the server's type allows, which saves the copy libpq would need. */
#include "pgsql.h"

#include <stdlib.h>
#include <string.h>

#define BYTES_MAX 0x3fffffff /* the server's own limit of a field: 1 GiB */

int calx__pgsql_binds_init(calx__pgsql_binds *binds, const calx_sql *sql, calx_error *err)
{
    size_t count = sql->bind_count;

    *binds = (calx__pgsql_binds){.count = count};
    if (count == 0)
        return 0;
    binds->types = calloc(count, sizeof *binds->types);
    binds->values = calloc(count, sizeof *binds->values);
    binds->lengths = calloc(count, sizeof *binds->lengths);
    binds->formats = calloc(count, sizeof *binds->formats);
    if (!binds->types || !binds->values || !binds->lengths || !binds->formats)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "no memory for %zu binds", count);
    return 0;
}

void calx__pgsql_binds_finish(calx__pgsql_binds *binds)
{
    free(binds->types);
    free(binds->values);
    free(binds->lengths);
    free(binds->formats);
    free(binds->room);
    *binds = (calx__pgsql_binds){0};
}

/* Text is left to the server, so that it also fits json, enum, hstore and the like; an array is, as
 * its elements may be of any type. */
Oid calx__pgsql_bind_type(calx_kind kind)
{
    switch (kind) {
    case CALX_KIND_BOOLEAN:
        return CALX__PGSQL_BOOL;
    case CALX_KIND_INTEGER:
        return CALX__PGSQL_INT8;
    case CALX_KIND_DOUBLE:
        return CALX__PGSQL_FLOAT8;
    case CALX_KIND_BLOB:
        return CALX__PGSQL_BYTEA;
    case CALX_KIND_DATETIME:
        return CALX__PGSQL_TIMESTAMP;
    case CALX_KIND_DATE:
        return CALX__PGSQL_DATE;
    case CALX_KIND_TIME:
        return CALX__PGSQL_TIME;
    case CALX_KIND_INTERVAL:
        return CALX__PGSQL_INTERVAL;
    case CALX_KIND_UUID:
        return CALX__PGSQL_UUID;
    case CALX_KIND_DECIMAL:
        return CALX__PGSQL_NUMERIC;
    case CALX_KIND_NULL:
    case CALX_KIND_TEXT:
    case CALX_KIND_ARRAY:
        break;
    }
    return 0;
}

/* True for the types whose binary form is the text itself. */
static bool is_text_type(Oid type)
{
    return type == CALX__PGSQL_TEXT || type == CALX__PGSQL_VARCHAR || type == CALX__PGSQL_BPCHAR ||
           type == CALX__PGSQL_NAME || type == CALX__PGSQL_JSON;
}

bool calx__pgsql_is_null(const calx_value *value)
{
    if (calx_kind_is_text(value->kind))
        return !value->as.text.data;
    if (value->kind == CALX_KIND_BLOB)
        return !value->as.blob.data;
    return value->kind == CALX_KIND_NULL;
}

/* A value of a declared kind must be of that kind; text and decimal are both digits to us. */
static bool is_expected(const calx_value *value, calx_kind declared)
{
    return declared == CALX_KIND_NULL || value->kind == declared ||
           (calx_kind_is_text(value->kind) && calx_kind_is_text(declared));
}

static int check(const calx_value *value, calx_kind declared, size_t index, calx_error *err)
{
    if (calx__pgsql_is_null(value))
        return 0;
    if (!is_expected(value, declared))
        return calx_error_set(err, CALX_ERROR_INVALID, "bind %zu: expected %s, got %s", index + 1,
                              calx_kind_name(declared), calx_kind_name(value->kind));
    size_t length = 0;
    if (calx_kind_is_text(value->kind))
        length = value->as.text.length;
    else if (value->kind == CALX_KIND_BLOB)
        length = value->as.blob.length;
    if (length > BYTES_MAX)
        return calx_error_set(err, CALX_ERROR_LIMIT, "bind %zu: longer than 1 GiB", index + 1);
    /* The server refuses it too (22021), but a copy that ends there would be cut in silence. */
    if (calx_kind_is_text(value->kind) && memchr(value->as.text.data, '\0', length))
        return calx__pgsql_error_set(err, CALX_ERROR_DATA, "22021", "text with a NUL byte");
    return 0;
}

static size_t room_of(const calx_value *value)
{
    if (calx__pgsql_is_null(value) || value->kind == CALX_KIND_BLOB)
        return 0;
    return calx_kind_is_text(value->kind) ? value->as.text.length + 1 : CALX__PGSQL_NUMBER_TEXT_MAX;
}

int calx__pgsql_binds_check(const calx_sql *sql, const calx_value *values, calx_error *err)
{
    int code = 0;

    for (size_t i = 0; code == 0 && i < sql->bind_count; i++)
        code = check(&values[i], sql->bind_kinds[i], i, err);
    return code;
}

static int reserve(calx__pgsql_binds *binds, const calx_sql *sql, const calx_value *values,
                   calx_error *err)
{
    size_t size = 0;

    for (size_t i = 0; i < binds->count; i++) {
        int code = check(&values[i], sql->bind_kinds[i], i, err);
        if (code)
            return code;
        if (!calx_kind_is_text(values[i].kind) || !is_text_type(binds->types[i]))
            size += room_of(&values[i]);
    }
    if (size <= binds->room_size)
        return 0;
    char *room = realloc(binds->room, size);
    if (!room)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "no memory for %zu bytes", size);
    binds->room = room;
    binds->room_size = size;
    return 0;
}

static void set_bytes(calx__pgsql_binds *binds, size_t i, const char *data, size_t length)
{
    binds->values[i] = data;
    binds->lengths[i] = (int)length;
    binds->formats[i] = 1;
}

static char *set_number(calx__pgsql_binds *binds, size_t i, char *room, uint64_t number,
                        size_t bytes)
{
    calx__pgsql_write(room, number, bytes);
    set_bytes(binds, i, room, bytes);
    return room + bytes;
}

/* Microseconds, days, months; whole days apart, as the server itself keeps them. */
static char *set_interval(calx__pgsql_binds *binds, size_t i, char *room, int64_t microseconds)
{
    calx__pgsql_write(room, (uint64_t)(microseconds % CALX__PGSQL_DAY_US), 8);
    calx__pgsql_write(room + 8, (uint64_t)(microseconds / CALX__PGSQL_DAY_US), 4);
    calx__pgsql_write(room + 12, 0, 4);
    set_bytes(binds, i, room, 16);
    return room + 16;
}

static void encode_text(calx__pgsql_binds *binds, size_t i, calx_text text, char **room)
{
    if (is_text_type(binds->types[i])) {
        set_bytes(binds, i, text.data, text.length);
        return;
    }
    memcpy(*room, text.data, text.length);
    (*room)[text.length] = '\0';
    binds->values[i] = *room;
    binds->formats[i] = 0;
    *room += text.length + 1;
}

/* A JSON array stays one where the column is JSON or text. */
bool calx__pgsql_is_array(const calx_value *value, Oid type)
{
    return value->kind == CALX_KIND_ARRAY && type != CALX__PGSQL_JSONB && !is_text_type(type);
}

static int encode_array(calx__pgsql_binds *binds, size_t i, calx_text json, char **room,
                        calx_error *err)
{
    size_t length = calx__pgsql_array_encode(json.data, json.length, *room);
    if (length == 0)
        return calx_error_set(err, CALX_ERROR_INVALID, "bind %zu: not a plain JSON array", i + 1);
    (*room)[length] = '\0';
    binds->values[i] = *room;
    binds->formats[i] = 0;
    *room += json.length + 1;
    return 0;
}

static void encode_binary(calx__pgsql_binds *binds, size_t i, const calx_value *value, char **room)
{
    uint64_t bits;

    switch (value->kind) {
    case CALX_KIND_BOOLEAN:
        **room = value->as.boolean;
        set_bytes(binds, i, (*room)++, 1);
        break;
    case CALX_KIND_INTEGER:
        *room = set_number(binds, i, *room, (uint64_t)value->as.integer, 8);
        break;
    case CALX_KIND_DOUBLE:
        memcpy(&bits, &value->as.real, sizeof bits);
        *room = set_number(binds, i, *room, bits, 8);
        break;
    case CALX_KIND_DATETIME:
        bits = (uint64_t)(value->as.datetime.microseconds - CALX__PGSQL_EPOCH_US);
        *room = set_number(binds, i, *room, bits, 8);
        break;
    case CALX_KIND_DATE:
        bits = (uint64_t)(int64_t)(calx_date_to_days(value->as.date) - CALX__PGSQL_EPOCH_DAYS);
        *room = set_number(binds, i, *room, bits, 4);
        break;
    case CALX_KIND_TIME:
        *room = set_number(binds, i, *room, (uint64_t)value->as.time.microseconds, 8);
        break;
    case CALX_KIND_INTERVAL:
        *room = set_interval(binds, i, *room, value->as.interval.microseconds);
        break;
    case CALX_KIND_UUID:
        set_bytes(binds, i, (const char *)value->as.uuid.bytes, sizeof value->as.uuid.bytes);
        break;
    default:
        set_bytes(binds, i, value->as.blob.data, value->as.blob.length);
        break;
    }
}

/* Where no kind was declared the server has inferred a type of its own: text fits all of them. */
static void encode_as_text(calx__pgsql_binds *binds, size_t i, const calx_value *value, char **room)
{
    size_t length = calx__pgsql_value_text(value, *room);

    binds->values[i] = *room;
    binds->formats[i] = 0;
    *room += length + 1;
}

int calx__pgsql_binds_encode(calx__pgsql_binds *binds, const calx_sql *sql,
                             const calx_value *values, calx_error *err)
{
    int code = reserve(binds, sql, values, err);
    if (code)
        return code;
    char *room = binds->room;
    for (size_t i = 0; code == 0 && i < binds->count; i++) {
        const calx_value *value = &values[i];
        if (calx__pgsql_is_null(value))
            binds->values[i] = NULL;
        else if (calx__pgsql_is_array(value, binds->types[i]))
            code = encode_array(binds, i, value->as.text, &room, err);
        else if (calx_kind_is_text(value->kind))
            encode_text(binds, i, value->as.text, &room);
        else if (sql->bind_kinds[i] == CALX_KIND_NULL && value->kind != CALX_KIND_BLOB)
            encode_as_text(binds, i, value, &room);
        else
            encode_binary(binds, i, value, &room);
    }
    return code;
}
