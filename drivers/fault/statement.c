/* statement.c: statements that fail. Kept apart from the connection's own: the wrapped statement is
 * reset before anything is cut, since a driver may expect that of a rollback. */
#include <stdlib.h>

#include "drivers/fault/internal.h"

static calx__fault_statement *statement_of(calx_statement *base)
{
    return (calx__fault_statement *)base;
}

static calx__fault_connection *connection_of(const calx__fault_statement *statement)
{
    return (calx__fault_connection *)statement->base.connection;
}

static calx__fault_database *database_of(const calx__fault_connection *connection)
{
    return (calx__fault_database *)connection->base.database;
}

int calx__fault_prepare(calx_connection *base, const calx_sql *sql, int64_t deadline_us,
                        calx_statement **out, calx_error *err)
{
    calx__fault_connection *connection = (calx__fault_connection *)base;
    calx_connection *inner = connection->inner;
    calx__fault fault = calx__fault_decide(database_of(connection), CALX__FAULT_AT_PREPARE);
    calx__fault_statement *statement = calloc(1, sizeof *statement);
    if (statement == NULL)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    int status = calx__fault_before(connection, &fault, deadline_us, err);
    if (status == 0)
        status = inner->driver->statement_prepare(inner, sql, deadline_us, &statement->inner, err);
    status = calx__fault_after(connection, &fault, status, err);
    if (status < 0) {
        free(statement);
        return status;
    }
    statement->base = (calx_statement){.driver = base->driver, .connection = base, .sql = sql};
    *out = &statement->base;
    return 0;
}

/* Calls of a statement begin so. */
static int before(calx__fault_statement *statement, calx__fault_point point, int64_t deadline_us,
                  calx__fault *fault, calx_error *err)
{
    calx__fault_connection *connection = connection_of(statement);
    *fault = calx__fault_decide(database_of(connection), point);
    if (fault->kind == CALX__FAULT_CUT_BEFORE || fault->kind == CALX__FAULT_REFUSED)
        statement->inner->driver->statement_reset(statement->inner);
    return calx__fault_before(connection, fault, deadline_us, err);
}

int calx__fault_execute(calx_statement *base, const calx_value *binds, int64_t deadline_us,
                        calx_error *err)
{
    calx__fault_statement *statement = statement_of(base);
    calx_statement *inner = statement->inner;
    calx__fault fault;
    int status = before(statement, CALX__FAULT_AT_EXECUTE, deadline_us, &fault, err);
    if (status < 0)
        return status;
    status = inner->driver->statement_execute(inner, binds, deadline_us, err);
    if (status == 0 && fault.kind == CALX__FAULT_CUT_AFTER)
        inner->driver->statement_reset(inner);
    return calx__fault_after(connection_of(statement), &fault, status, err);
}

int calx__fault_fetch(calx_statement *base, calx_value *values, int64_t deadline_us,
                      calx_error *err)
{
    calx__fault_statement *statement = statement_of(base);
    calx_statement *inner = statement->inner;
    calx__fault fault;
    int status = before(statement, CALX__FAULT_AT_FETCH, deadline_us, &fault, err);
    if (status == 0)
        status = inner->driver->statement_fetch(inner, values, deadline_us, err);
    status = calx__fault_after(connection_of(statement), &fault, status, err);
    if (status == 1 && fault.kind == CALX__FAULT_SHORT_ROW)
        return calx_error_set(err, CALX_ERROR_DATABASE, "fault: a row of %zu columns, not %zu",
                              base->sql->result_count - 1, base->sql->result_count);
    return status;
}

int64_t calx__fault_rows_affected(calx_statement *base)
{
    calx_statement *inner = statement_of(base)->inner;
    return inner->driver->statement_rows_affected(inner);
}

int64_t calx__fault_generated_key(calx_statement *base)
{
    calx_statement *inner = statement_of(base)->inner;
    return inner->driver->statement_generated_key(inner);
}

size_t calx__fault_column_count(calx_statement *base)
{
    calx_statement *inner = statement_of(base)->inner;
    return inner->driver->statement_column_count(inner);
}

const char *calx__fault_column_name(calx_statement *base, size_t column)
{
    calx_statement *inner = statement_of(base)->inner;
    return inner->driver->statement_column_name(inner, column);
}

void calx__fault_reset(calx_statement *base)
{
    calx_statement *inner = statement_of(base)->inner;
    inner->driver->statement_reset(inner);
}

void calx__fault_finalize(calx_statement *base)
{
    if (base == NULL)
        return;
    calx__fault_statement *statement = statement_of(base);
    statement->inner->driver->statement_finalize(statement->inner);
    free(statement);
}
