/* value.c: values on their way into a statement and out of a row. */
#include <math.h>

#include "drivers/sqlite3/internal.h"

/* The longest form of what SQLite has no type for. */
#define FORM_MAX CALX_DATETIME_TEXT_MAX

/* Dates, times, intervals and UUIDs are text, in SQLAlchemy's forms: an interval is the point in
 * time that it is after 1970, a UUID has no dashes. */
static int bind_form(sqlite3_stmt *handle, int place, const calx_value *value)
{
    char text[FORM_MAX];
    size_t length;
    if (value->kind == CALX_KIND_DATE)
        length = calx_date_format(value->as.date, text);
    else if (value->kind == CALX_KIND_TIME)
        length = calx_time_format(value->as.time, true, text);
    else if (value->kind == CALX_KIND_UUID)
        length = calx_uuid_format(value->as.uuid, false, text);
    else if (value->kind == CALX_KIND_INTERVAL)
        length = calx_datetime_format((calx_datetime){value->as.interval.microseconds}, ' ', text);
    else
        length = calx_datetime_format(value->as.datetime, ' ', text);
    return sqlite3_bind_text64(handle, place, text, length, SQLITE_TRANSIENT, SQLITE_UTF8);
}

static int bind(sqlite3_stmt *handle, int place, const calx_value *value, bool keep)
{
    sqlite3_destructor_type life = keep ? SQLITE_TRANSIENT : SQLITE_STATIC;
    switch (value->kind) {
    case CALX_KIND_NULL:
        return sqlite3_bind_null(handle, place);
    case CALX_KIND_BOOLEAN:
        return sqlite3_bind_int(handle, place, value->as.boolean);
    case CALX_KIND_INTEGER:
        return sqlite3_bind_int64(handle, place, value->as.integer);
    case CALX_KIND_DOUBLE:
        return sqlite3_bind_double(handle, place, value->as.real);
    case CALX_KIND_TEXT:
    case CALX_KIND_DECIMAL:
    case CALX_KIND_ARRAY:
        return sqlite3_bind_text64(handle, place, value->as.text.data, value->as.text.length, life,
                                   SQLITE_UTF8);
    case CALX_KIND_BLOB:
        return sqlite3_bind_blob64(handle, place, value->as.blob.data, value->as.blob.length, life);
    case CALX_KIND_DATETIME:
    case CALX_KIND_DATE:
    case CALX_KIND_TIME:
    case CALX_KIND_INTERVAL:
    case CALX_KIND_UUID:
        return bind_form(handle, place, value);
    }
    return SQLITE_MISUSE;
}

int calx__sqlite3_bind(calx__sqlite3_connection *connection, sqlite3_stmt *handle, int place,
                       const calx_value *value, bool keep, calx_error *err)
{
    if (value->kind == CALX_KIND_DOUBLE && isnan(value->as.real)) {
        /* SQLite would store NULL in its place. */
        return calx_error_set(err, CALX_ERROR_INVALID, "value %d: SQLite cannot store NaN", place);
    }
    int code = bind(handle, place, value, keep);
    return code == SQLITE_OK ? 0 : calx__sqlite3_connection_error(connection, code, err);
}

int calx__sqlite3_column(calx__sqlite3_connection *connection, sqlite3_stmt *handle, int column,
                         calx_value *out, calx_error *err)
{
    /* Found once. SQLite calls such a value unprotected: used by one thread, as connections are. */
    sqlite3_value *value = sqlite3_column_value(handle, column);
    int type = sqlite3_value_type(value);
    const void *data = NULL;
    switch (type) {
    case SQLITE_NULL:
        *out = calx_value_null();
        return 0;
    case SQLITE_INTEGER:
        *out = calx_value_integer(sqlite3_value_int64(value));
        return 0;
    case SQLITE_FLOAT:
        *out = calx_value_double(sqlite3_value_double(value));
        return 0;
    case SQLITE_TEXT:
        data = sqlite3_value_text(value);
        break;
    default:
        data = sqlite3_value_blob(value);
        break;
    }
    /* Asked after the pointer, as SQLite's manual wants; a blob of no bytes has no address. */
    size_t length = (size_t)sqlite3_value_bytes(value);
    if (!data && (type == SQLITE_TEXT || length))
        return calx__sqlite3_connection_error(connection, SQLITE_NOMEM, err);
    *out = type == SQLITE_TEXT
               ? calx_value_text((calx_text){.data = data, .length = length})
               : calx_value_blob((calx_blob){.data = data ? data : "", .length = length});
    return 0;
}
