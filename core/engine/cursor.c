/* cursor.c: one statement, row by row. */
#include "core/engine/cursor.h"

#include <stdlib.h>

#include "core/engine/internal.h"

static const calx_driver *driver_of(const calx__cursor *cursor)
{
    return cursor->connection->base->driver;
}

static void tell(calx__cursor *cursor, const calx_error *error)
{
    const calx_sql *sql = &cursor->prepared->sql;
    bool gives_rows = cursor->column_count > 0;
    calx__event_send(cursor->connection->engine, cursor->started_us,
                     (calx_event){.kind = CALX_EVENT_STATEMENT,
                                  .sql = sql->text,
                                  .sql_length = sql->length,
                                  .binds = cursor->binds,
                                  .bind_count = sql->bind_count,
                                  .rows = gives_rows ? cursor->rows : cursor->rows_affected,
                                  .error = error});
}

/* Tells of a failure, as of everything, once. */
static int fail(calx__cursor *cursor, int status, const calx_error *err)
{
    if (status < 0 && !cursor->failed) {
        cursor->failed = true;
        tell(cursor, err);
    }
    return status;
}

/* What is not known of the columns is what the driver says: before the run, since it compares it
 * with what is expected, and after it, since MariaDB tells it of INSERT … RETURNING only then. */
static int learn_columns(calx__cursor *cursor, bool known, calx_error *err)
{
    const calx_driver *driver = driver_of(cursor);
    calx_sql *sql = &cursor->prepared->sql;
    if (!known && driver->statement_column_count == NULL)
        return calx_error_set(err, CALX_ERROR_UNSUPPORTED,
                              "driver \"%s\" does not tell the columns of a result", driver->name);
    if (!known)
        sql->result_count = driver->statement_column_count(cursor->prepared->statement);
    cursor->column_count = sql->result_count;
    return 0;
}

static int execute(calx__cursor *cursor, bool known, bool streams, int64_t deadline_us,
                   calx_error *err)
{
    const calx_driver *driver = driver_of(cursor);
    bool opens = streams && driver->statement_open != NULL;
    int status = learn_columns(cursor, known, err);
    if (status == 0)
        status = (opens ? driver->statement_open : driver->statement_execute)(
            cursor->prepared->statement, cursor->binds, deadline_us, err);
    if (status == 0)
        status = learn_columns(cursor, known, err);
    if (status < 0)
        return status;
    cursor->row = malloc((cursor->column_count + 1) * sizeof *cursor->row);
    if (cursor->row == NULL)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory for a row");
    return 0;
}

int calx__cursor_open(calx__connection *connection, const calx_sql *sql, const calx_value *binds,
                      bool streams, int64_t deadline_us, calx__cursor *out, calx_error *err)
{
    calx__cursor made = {.connection = connection,
                         .binds = binds,
                         .started_us = calx__event_start(connection->engine)};
    int status = calx__statements_get(&connection->statements, connection->base, sql, deadline_us,
                                      &made.prepared, err);
    if (status < 0) {
        calx__event_send(connection->engine, made.started_us,
                         (calx_event){.kind = CALX_EVENT_STATEMENT,
                                      .sql = sql->text,
                                      .sql_length = sql->length,
                                      .binds = binds,
                                      .bind_count = sql->bind_count,
                                      .error = err});
        return status;
    }
    status = execute(&made, sql->result_kinds != NULL, streams, deadline_us, err);
    if (fail(&made, status, err) < 0)
        calx__cursor_close(&made);
    else
        *out = made;
    return status;
}

int calx__cursor_next(calx__cursor *cursor, int64_t deadline_us, calx_error *err)
{
    const calx_driver *driver = driver_of(cursor);
    calx_statement *statement = cursor->prepared->statement;
    int status = driver->statement_fetch(statement, cursor->row, deadline_us, err);
    if (status == 0)
        cursor->rows_affected = driver->statement_rows_affected(statement);
    cursor->rows += status > 0;
    return fail(cursor, status, err);
}

const char *calx__cursor_column(const calx__cursor *cursor, size_t column)
{
    return driver_of(cursor)->statement_column_name(cursor->prepared->statement, column);
}

void calx__cursor_close(calx__cursor *cursor)
{
    if (cursor->connection == NULL)
        return;
    if (!cursor->failed)
        tell(cursor, NULL);
    calx__statements_put(&cursor->connection->statements, cursor->prepared, false);
    free(cursor->row);
    *cursor = (calx__cursor){0};
}
