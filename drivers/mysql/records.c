/*
 * records.c: one statement for many records in one message, which MariaDB's servers take
 * (COM_STMT_BULK_EXECUTE). The library asks for the values of each record while it writes them.
 */
#include <math.h>

#include "internal.h"

/* Of one message, so that the server's time limit of a statement is not that of any number. */
#define MESSAGE_RECORDS_MAX 1000u

/* ---- What can go together ---- */

/* The kind of a column's values, of which the message has one. False if they are of several, or
 * cannot be sent: then an error names the first record that has such a value. */
static bool find_kind(const calx_value *values, size_t columns, size_t count, calx_kind *kind)
{
    *kind = CALX_KIND_NULL;
    for (size_t i = 0; i < count; i++) {
        const calx_value *value = &values[i * columns];
        if (value->kind == CALX_KIND_NULL)
            continue;
        if (*kind != CALX_KIND_NULL && value->kind != *kind)
            return false;
        if (value->kind == CALX_KIND_DOUBLE && !isfinite(value->as.real))
            return false;
        *kind = value->kind;
    }
    return true;
}

/* How many records are one message: the first of so many, and whatever fits behind it. 0: not even
 * the first does. */
static size_t message_records(const calx__mysql_statement *statement, const calx_value *values,
                              size_t count)
{
    size_t columns = statement->base.sql->bind_count;
    uint64_t room = calx__mysql_connection_of(statement->base.connection)->packet_max;
    size_t taken = 0;
    for (uint64_t size = 0; taken < count && taken < MESSAGE_RECORDS_MAX; taken++) {
        size += calx__mysql_packet_size(values + taken * columns, columns);
        if (size > room)
            break;
    }
    return taken;
}

/* Asked before anything is sent: of what has begun nothing can be declined any more. */
static bool fits(const calx__mysql_statement *statement, const calx_value *values, size_t count)
{
    size_t columns = statement->base.sql->bind_count;
    for (size_t taken = 0, next; taken < count; taken += next) {
        next = message_records(statement, values + taken * columns, count - taken);
        if (next == 0)
            return false;
    }
    return columns > 0;
}

/* The types stand in front of the values, also of a column that begins with NULL. */
static bool find_types(calx__mysql_statement *statement, const calx_value *values, size_t count)
{
    size_t columns = statement->base.sql->bind_count;
    for (size_t i = 0; i < columns; i++) {
        calx_value like = {0};
        if (!find_kind(values + i, columns, count, &like.kind))
            return false;
        if (like.kind == CALX_KIND_NULL)
            like.kind = CALX_KIND_TEXT;
        calx__mysql_value_bind(&statement->parameters[i], &statement->storage[i], &like);
    }
    return true;
}

/* ---- The message ---- */

/* The library's callback: the next record. */
static my_bool take_record(void *context, MYSQL_BIND *binds, unsigned int record)
{
    static char has_value = STMT_INDICATOR_NONE;
    static char is_null = STMT_INDICATOR_NULL;
    calx__mysql_statement *statement = context;
    size_t columns = statement->base.sql->bind_count;
    const calx_value *values = statement->records + record * columns;
    for (size_t i = 0; i < columns; i++) {
        calx__mysql_value_bind(&binds[i], &statement->storage[i], &values[i]);
        binds[i].buffer_type = statement->parameters[i].buffer_type;
        binds[i].length = &binds[i].buffer_length;
        binds[i].u.indicator = values[i].kind == CALX_KIND_NULL ? &is_null : &has_value;
    }
    return 0;
}

/* 0 records: from now on one again. */
static void set_records(calx__mysql_statement *statement, const calx_value *values, size_t count)
{
    const union {
        ps_param_callback call;
        const void *value;
    } callback = {.call = count > 0 ? take_record : NULL};
    unsigned size = (unsigned)count;
    statement->records = count > 0 ? values : NULL;
    mysql_stmt_attr_set(statement->handle, STMT_ATTR_ARRAY_SIZE, &size);
    mysql_stmt_attr_set(statement->handle, STMT_ATTR_CB_USER_DATA, statement);
    mysql_stmt_attr_set(statement->handle, STMT_ATTR_CB_PARAM, callback.value);
}

int calx__mysql_statement_execute_records(calx_statement *base, const calx_value *values,
                                          size_t count, int64_t deadline_us, calx_error *err)
{
    calx__mysql_statement *statement = calx__mysql_statement_of(base);
    int64_t rows = 0;
    int code = 0;
    if (!fits(statement, values, count) || !find_types(statement, values, count))
        return CALX_RECORDS_DECLINED;
    for (size_t next; count > 0 && code == 0; count -= next) {
        next = message_records(statement, values, count);
        set_records(statement, values, next);
        code = calx__mysql_statement_execute(base, values, deadline_us, err);
        rows += statement->rows_affected;
        values += next * base->sql->bind_count;
    }
    set_records(statement, NULL, 0);
    statement->rows_affected = rows;
    return code;
}
