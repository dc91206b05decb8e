/* statement.c: the statement engine. */
#include <stdlib.h>

#include "pocket.h"

static pocket_connection *connection_of(const pocket_statement *self)
{
    return (pocket_connection *)self->base.connection;
}

int pocket_statement_prepare(calx_connection *base, const calx_sql *sql, int64_t deadline_us,
                             calx_statement **out, calx_error *err)
{
    pocket_connection *connection = (pocket_connection *)base;
    sqlite3_stmt *handle = NULL;
    int status = pocket_call(connection, deadline_us, err);
    if (status == 0)
        status = pocket_prepare(connection, sql->text, sql->length, &handle, err);
    if (status < 0)
        return status;
    pocket_statement *self = calloc(1, sizeof *self);
    if (!self || (size_t)sqlite3_bind_parameter_count(handle) != sql->bind_count) {
        status = self ? calx_error_set(err, CALX_ERROR_DATABASE, "the statement takes %d values",
                                       sqlite3_bind_parameter_count(handle))
                      : calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
        sqlite3_finalize(handle);
        free(self);
        return status;
    }
    self->base = (calx_statement){.driver = base->driver, .connection = base, .sql = sql};
    self->handle = handle;
    *out = &self->base;
    return 0;
}

/* ---- Running ---- */

/* The counters are those of the last INSERT, UPDATE or DELETE, which this need not be: they count
 * when total_changes has moved. */
static int step(pocket_statement *self, calx_error *err)
{
    pocket_connection *connection = connection_of(self);
    sqlite3_int64 before = sqlite3_total_changes64(connection->db);
    int code = sqlite3_step(self->handle);
    if (code == SQLITE_ROW || code == SQLITE_DONE) {
        if (sqlite3_total_changes64(connection->db) != before) {
            self->rows_affected = sqlite3_changes64(connection->db);
            self->generated_key = sqlite3_last_insert_rowid(connection->db);
        }
        if (code == SQLITE_DONE)
            sqlite3_reset(self->handle); /* no lock stays behind */
        connection->base.in_transaction = !sqlite3_get_autocommit(connection->db);
        return code == SQLITE_ROW;
    }
    int status = pocket_error(connection, code, err);
    pocket_statement_reset(&self->base);
    return status;
}

/* A changed schema shows with the first step. */
static int check_columns(pocket_statement *self, calx_error *err)
{
    size_t columns = (size_t)sqlite3_column_count(self->handle);
    if (columns == self->base.sql->result_count)
        return 0;
    pocket_statement_reset(&self->base);
    return calx_error_set(err, CALX_ERROR_DATABASE, "the statement has %zu columns, not %zu",
                          columns, self->base.sql->result_count);
}

int pocket_statement_execute(calx_statement *base, const calx_value *binds, int64_t deadline_us,
                             calx_error *err)
{
    pocket_statement *self = (pocket_statement *)base;
    pocket_statement_reset(base);
    int status = pocket_call(connection_of(self), deadline_us, err);
    if (status == 0)
        status = check_columns(self, err);
    for (size_t i = 0; i < base->sql->bind_count && status == 0; i++) {
        int code = pocket_bind(self->handle, (int)i + 1, &binds[i]);
        if (code != SQLITE_OK)
            status = pocket_error(connection_of(self), code, err);
    }
    if (status == 0)
        status = step(self, err);
    if (status < 0)
        return status;
    self->state = status == 1 ? POCKET_ROW : POCKET_DONE;
    return status == 1 ? check_columns(self, err) : 0;
}

int pocket_statement_fetch(calx_statement *base, calx_value *values, int64_t deadline_us,
                           calx_error *err)
{
    pocket_statement *self = (pocket_statement *)base;
    if (self->state == POCKET_IDLE)
        return calx_error_set(err, CALX_ERROR_STATE, "the statement was not executed");
    if (self->state == POCKET_ROWS) {
        int status = pocket_call(connection_of(self), deadline_us, err);
        if (status == 0)
            status = step(self, err);
        if (status < 0)
            return status;
        self->state = status == 1 ? POCKET_ROW : POCKET_DONE;
    }
    if (self->state == POCKET_DONE)
        return 0;
    for (size_t i = 0; i < base->sql->result_count; i++)
        values[i] = pocket_column(self->handle, (int)i);
    self->state = POCKET_ROWS;
    return 1;
}

/* ---- After a run ---- */

int64_t pocket_statement_rows_affected(calx_statement *base)
{
    return ((pocket_statement *)base)->rows_affected;
}

int64_t pocket_statement_generated_key(calx_statement *base)
{
    return ((pocket_statement *)base)->generated_key;
}

void pocket_statement_reset(calx_statement *base)
{
    pocket_statement *self = (pocket_statement *)base;
    sqlite3_reset(self->handle);
    self->state = POCKET_IDLE;
    self->rows_affected = 0;
    self->generated_key = 0;
}

void pocket_statement_finalize(calx_statement *base)
{
    pocket_statement *self = (pocket_statement *)base;
    if (!self)
        return;
    sqlite3_finalize(self->handle);
    free(self);
}
