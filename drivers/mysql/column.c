/* column.c: results on their way from the server: what each column is, and its values. */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* Longer values are fetched again into a buffer of their length; what grew beyond the second is
 * given back when the run ends. */
#define BUFFER_FIRST 256u
#define BUFFER_KEPT 65536u

/* "binary", the character set of what is not text. */
#define CHARSET_BINARY 63u

/* 838:59:59, the longest TIME. */
#define TIME_SECONDS_MAX 3020399

static calx_kind kind_of(const MYSQL_FIELD *field)
{
    switch (field->type) {
    case MYSQL_TYPE_TINY:
    case MYSQL_TYPE_SHORT:
    case MYSQL_TYPE_INT24:
    case MYSQL_TYPE_LONG:
    case MYSQL_TYPE_LONGLONG:
    case MYSQL_TYPE_YEAR:
    case MYSQL_TYPE_BIT:
        return CALX_KIND_INTEGER;
    case MYSQL_TYPE_FLOAT:
    case MYSQL_TYPE_DOUBLE:
        return CALX_KIND_DOUBLE;
    case MYSQL_TYPE_DECIMAL:
    case MYSQL_TYPE_NEWDECIMAL:
        return CALX_KIND_DECIMAL;
    case MYSQL_TYPE_DATE:
    case MYSQL_TYPE_NEWDATE:
        return CALX_KIND_DATE;
    case MYSQL_TYPE_TIME:
        return CALX_KIND_TIME;
    case MYSQL_TYPE_DATETIME:
    case MYSQL_TYPE_TIMESTAMP:
        return CALX_KIND_DATETIME;
    case MYSQL_TYPE_NULL:
        return CALX_KIND_NULL;
    case MYSQL_TYPE_JSON: /* MySQL says "binary" of it */
        return CALX_KIND_TEXT;
    default:
        return field->charsetnr == CHARSET_BINARY ? CALX_KIND_BLOB : CALX_KIND_TEXT;
    }
}

/* ---- Binding ---- */

static int buffer_grow(calx__mysql_column *column, size_t size, calx_error *err)
{
    if (column->capacity >= size)
        return 0;
    char *buffer = realloc(column->buffer, size);
    if (!buffer)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "no memory for a value of %zu bytes",
                              size);
    column->buffer = buffer;
    column->capacity = size;
    return 0;
}

static void buffer_bind(const calx__mysql_column *column, MYSQL_BIND *bind)
{
    bind->buffer_type = MYSQL_TYPE_BLOB; /* bytes as they are, no NUL behind them */
    bind->buffer = column->buffer;
    bind->buffer_length = column->capacity;
}

static int column_bind(calx__mysql_column *column, const MYSQL_FIELD *field, MYSQL_BIND *bind,
                       calx_error *err)
{
    column->kind = kind_of(field);
    column->bits = field->type == MYSQL_TYPE_BIT;
    *bind = (MYSQL_BIND){
        .length = &column->length,
        .is_null = &column->is_null,
        .error = &column->is_cut,
        .buffer = &column->storage,
        .is_unsigned = (field->flags & UNSIGNED_FLAG) != 0,
    };
    if (column->kind == CALX_KIND_INTEGER && !column->bits) {
        bind->buffer_type = MYSQL_TYPE_LONGLONG;
    } else if (column->kind == CALX_KIND_DOUBLE) {
        bind->buffer_type = MYSQL_TYPE_DOUBLE;
    } else if (column->kind == CALX_KIND_DATETIME) {
        bind->buffer_type = MYSQL_TYPE_DATETIME;
    } else if (column->kind == CALX_KIND_DATE) {
        bind->buffer_type = MYSQL_TYPE_DATE;
    } else if (column->kind == CALX_KIND_TIME) {
        bind->buffer_type = MYSQL_TYPE_TIME;
    } else {
        int code = buffer_grow(column, BUFFER_FIRST, err);
        if (code)
            return code;
        buffer_bind(column, bind);
    }
    return 0;
}

static int columns_reserve(calx__mysql_statement *statement, size_t count, calx_error *err)
{
    if (statement->column_capacity >= count)
        return 0;
    MYSQL_BIND *results = calloc(count, sizeof *results);
    calx__mysql_column *columns = calloc(count, sizeof *columns);
    if (!results || !columns) {
        free(results);
        free(columns);
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "no memory for %zu columns", count);
    }
    calx__mysql_columns_finish(statement);
    statement->results = results;
    statement->columns = columns;
    statement->column_capacity = count;
    return 0;
}

int calx__mysql_columns_bind(calx__mysql_statement *statement, calx_error *err)
{
    size_t count = statement->column_count;
    int code = columns_reserve(statement, count, err);
    const MYSQL_FIELD *fields = mariadb_stmt_fetch_fields(statement->handle);
    for (size_t i = 0; code == 0 && i < count; i++)
        code = column_bind(&statement->columns[i], &fields[i], &statement->results[i], err);
    statement->rebind = true;
    return code;
}

void calx__mysql_columns_shrink(calx__mysql_statement *statement)
{
    for (size_t i = 0; i < statement->column_capacity; i++) {
        calx__mysql_column *column = &statement->columns[i];
        if (column->capacity <= BUFFER_KEPT)
            continue;
        free(column->buffer);
        column->buffer = NULL;
        column->capacity = 0;
    }
}

void calx__mysql_columns_finish(calx__mysql_statement *statement)
{
    for (size_t i = 0; i < statement->column_capacity; i++)
        free(statement->columns[i].buffer);
    free(statement->columns);
    free(statement->results);
    statement->columns = NULL;
    statement->results = NULL;
    statement->column_capacity = 0;
}

/* ---- Reading ---- */

/* Fetches a value again that did not fit. */
static int column_fetch(calx__mysql_statement *statement, size_t index, calx_error *err)
{
    calx__mysql_column *column = &statement->columns[index];
    int code = buffer_grow(column, column->length, err);
    if (code)
        return code;
    MYSQL_BIND *bind = &statement->results[index];
    buffer_bind(column, bind);
    statement->rebind = true;
    if (mysql_stmt_fetch_column(statement->handle, bind, (unsigned)index, 0))
        return calx__mysql_error_set(err, mysql_stmt_errno(statement->handle),
                                     mysql_stmt_sqlstate(statement->handle),
                                     mysql_stmt_error(statement->handle));
    return 0;
}

static int misfit(const calx__mysql_statement *statement, size_t index, const char *what,
                  calx_error *err)
{
    const MYSQL_FIELD *fields = mariadb_stmt_fetch_fields(statement->handle);
    return calx_error_set(err, CALX_ERROR_MISFIT, "column \"%s\": %s", fields[index].name, what);
}

static int datetime_read(const calx__mysql_statement *statement, size_t index, calx_value *out,
                         calx_error *err)
{
    const MYSQL_TIME *time = &statement->columns[index].storage.time;
    calx_datetime_parts parts = {
        .year = (int)time->year,
        .month = (int)time->month,
        .day = (int)time->day,
        .hour = (int)time->hour,
        .minute = (int)time->minute,
        .second = (int)time->second,
        .microsecond = (int)time->second_part,
    };
    calx_datetime datetime;
    if (!calx_datetime_join(&parts, &datetime))
        return misfit(statement, index, "the stored date does not exist", err);
    *out = calx_value_datetime(datetime);
    return 0;
}

static int date_read(const calx__mysql_statement *statement, size_t index, calx_value *out,
                     calx_error *err)
{
    const MYSQL_TIME *time = &statement->columns[index].storage.time;
    calx_date date = {(int)time->year, (int)time->month, (int)time->day};
    if (!calx_date_is_valid(date))
        return misfit(statement, index, "the stored date does not exist", err);
    *out = calx_value_date(date);
    return 0;
}

/* A TIME that is no time of day (it goes from -838 to 838 hours) is an interval. What a server
 * sends need not be one. */
static int time_read(const calx__mysql_statement *statement, size_t index, calx_value *out,
                     calx_error *err)
{
    const MYSQL_TIME *time = &statement->columns[index].storage.time;
    int64_t hours = (int64_t)time->day * 24 + time->hour;
    int64_t seconds = (hours * 60 + time->minute) * 60 + time->second;
    if (seconds > TIME_SECONDS_MAX || time->second_part > 999999)
        return misfit(statement, index, "the stored time does not exist", err);
    int64_t microseconds = seconds * 1000000 + (int64_t)time->second_part;
    *out = time->neg || microseconds > CALX_TIME_MAX
               ? calx_value_interval((calx_interval){time->neg ? -microseconds : microseconds})
               : calx_value_time((calx_time){microseconds});
    return 0;
}

static int integer_read(const calx__mysql_statement *statement, size_t index, calx_value *out,
                        calx_error *err)
{
    const calx__mysql_column *column = &statement->columns[index];
    uint64_t bits = (uint64_t)column->storage.integer;
    bool is_unsigned = statement->results[index].is_unsigned || column->bits;
    if (column->bits) {
        bits = 0;
        for (size_t i = 0; i < column->length && i < 8; i++)
            bits = bits << 8 | (unsigned char)column->buffer[i];
    }
    if (is_unsigned && bits > INT64_MAX)
        return misfit(statement, index, "the stored integer is beyond 64 bit with sign", err);
    *out = calx_value_integer((int64_t)bits);
    return 0;
}

static int column_read(calx__mysql_statement *statement, size_t index, calx_value *out,
                       calx_error *err)
{
    calx__mysql_column *column = &statement->columns[index];
    *out = calx_value_null();
    if (column->is_null || column->kind == CALX_KIND_NULL)
        return 0;
    switch (column->kind) {
    case CALX_KIND_INTEGER:
        return integer_read(statement, index, out, err);
    case CALX_KIND_DATETIME:
        return datetime_read(statement, index, out, err);
    case CALX_KIND_DATE:
        return date_read(statement, index, out, err);
    case CALX_KIND_TIME:
        return time_read(statement, index, out, err);
    case CALX_KIND_DOUBLE:
        *out = calx_value_double(column->storage.real);
        return 0;
    default:
        break;
    }
    int code = column->length > column->capacity ? column_fetch(statement, index, err) : 0;
    out->kind = column->kind;
    if (column->kind == CALX_KIND_BLOB)
        out->as.blob = (calx_blob){column->buffer, column->length};
    else
        out->as.text = (calx_text){column->buffer, column->length};
    return code;
}

int calx__mysql_columns_read(calx__mysql_statement *statement, calx_value *values, calx_error *err)
{
    for (size_t i = 0; i < statement->column_count; i++) {
        int code = column_read(statement, i, &values[i], err);
        if (code)
            return code;
    }
    return 0;
}
