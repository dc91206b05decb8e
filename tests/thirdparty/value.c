/* value.c: values in SQLAlchemy's stored forms, as docs/types.md lists them for SQLite. */
#include <math.h>

#include "pocket.h"

static int bind_text(sqlite3_stmt *handle, int place, const char *text, size_t length)
{
    return sqlite3_bind_text64(handle, place, text, length, SQLITE_TRANSIENT, SQLITE_UTF8);
}

int pocket_bind(sqlite3_stmt *handle, int place, const calx_value *value)
{
    char text[CALX_DATETIME_TEXT_MAX];
    size_t length = 0;
    switch (value->kind) {
    case CALX_KIND_NULL:
        return sqlite3_bind_null(handle, place);
    case CALX_KIND_BOOLEAN:
        return sqlite3_bind_int(handle, place, value->as.boolean);
    case CALX_KIND_INTEGER:
        return sqlite3_bind_int64(handle, place, value->as.integer);
    case CALX_KIND_DOUBLE: /* SQLite would make NaN NULL */
        return isnan(value->as.real) ? SQLITE_MISMATCH
                                     : sqlite3_bind_double(handle, place, value->as.real);
    case CALX_KIND_BLOB:
        return sqlite3_bind_blob64(handle, place, value->as.blob.data, value->as.blob.length,
                                   SQLITE_TRANSIENT);
    case CALX_KIND_DATE:
        length = calx_date_format(value->as.date, text);
        break;
    case CALX_KIND_TIME:
        length = calx_time_format(value->as.time, true, text);
        break;
    case CALX_KIND_DATETIME:
        length = calx_datetime_format(value->as.datetime, ' ', text);
        break;
    case CALX_KIND_INTERVAL:
        length = calx_datetime_format((calx_datetime){value->as.interval.microseconds}, ' ', text);
        break;
    case CALX_KIND_UUID:
        length = calx_uuid_format(value->as.uuid, false, text);
        break;
    default:
        return calx_kind_is_text(value->kind)
                   ? bind_text(handle, place, value->as.text.data, value->as.text.length)
                   : SQLITE_MISMATCH;
    }
    return bind_text(handle, place, text, length);
}

calx_value pocket_column(sqlite3_stmt *handle, int column)
{
    const void *data;
    switch (sqlite3_column_type(handle, column)) {
    case SQLITE_NULL:
        return calx_value_null();
    case SQLITE_INTEGER:
        return calx_value_integer(sqlite3_column_int64(handle, column));
    case SQLITE_FLOAT:
        return calx_value_double(sqlite3_column_double(handle, column));
    case SQLITE_TEXT:
        data = sqlite3_column_text(handle, column);
        return calx_value_text((calx_text){data, (size_t)sqlite3_column_bytes(handle, column)});
    default:
        data = sqlite3_column_blob(handle, column);
        /* Of no bytes it has no address, and is not NULL. */
        return calx_value_blob(
            (calx_blob){data ? data : "", (size_t)sqlite3_column_bytes(handle, column)});
    }
}
