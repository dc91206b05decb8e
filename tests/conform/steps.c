/* steps.c: the steps of a case: statements, transactions, connections. */
#include <stdlib.h>
#include <string.h>

#include "conform.h"

/* ---- Commands ---- */

int conform_try_command(conform *c, calx_connection *connection, const char *pattern)
{
    conform_statement made = {0};
    int status = CALX_ERROR_INVALID;
    c->dirty = true;
    if (conform_ok(c) && conform_template(c, pattern, &made))
        status =
            c->driver->command(connection, made.sql.text, made.sql.length, conform_soon(), &c->err);
    calx_buffer_finish(&made.text);
    return status;
}

void conform_command(conform *c, calx_connection *connection, const char *pattern)
{
    if (conform_ok(c))
        conform_expect_success(c, pattern, conform_try_command(c, connection, pattern), &c->err);
}

/* ---- Statements ---- */

static bool result_kinds(conform_statement *out, const char *columns)
{
    out->sql.result_kinds = out->result_kinds;
    while (columns != NULL && *columns != '\0') {
        size_t length = strcspn(columns, " ");
        if (out->sql.result_count == CONFORM_COLUMNS_MAX ||
            !conform_kind_find(columns, length, &out->result_kinds[out->sql.result_count++]))
            return false;
        columns += length + (columns[length] == ' ');
    }
    return true;
}

static void statement_destroy(conform *c, conform_statement *statement)
{
    if (statement->handle != NULL)
        c->driver->statement_finalize(statement->handle);
    calx_buffer_finish(&statement->text);
    free(statement);
}

int conform_try_prepare(conform *c, calx_connection *connection, const char *pattern,
                        const char *columns, conform_statement **out)
{
    static uint64_t ids = UINT64_C(1) << 40; /* beyond those of core */
    if (!conform_ok(c))
        return CALX_ERROR_INVALID;
    conform_statement *made = calloc(1, sizeof *made);
    if (made == NULL)
        return calx_error_set(&c->err, CALX_ERROR_NO_MEMORY, "out of memory");
    made->sql.id = ++ids;
    int status = CALX_ERROR_INVALID;
    if (c->statement_count == CONFORM_STATEMENTS_MAX || !result_kinds(made, columns))
        conform_differ(c, "the statement of the case", "kinds of columns", columns);
    else if (conform_template(c, pattern, made))
        status = c->driver->statement_prepare(connection, &made->sql, conform_soon(), &made->handle,
                                              &c->err);
    if (status < 0) {
        made->handle = NULL;
        statement_destroy(c, made);
        return status;
    }
    *out = c->statements[c->statement_count++] = made;
    return 0;
}

conform_statement *conform_prepare(conform *c, calx_connection *connection, const char *pattern,
                                   const char *columns)
{
    conform_statement *statement = NULL;
    if (conform_ok(c))
        conform_expect_success(
            c, pattern, conform_try_prepare(c, connection, pattern, columns, &statement), &c->err);
    return statement;
}

int conform_try_execute(conform *c, conform_statement *statement, const calx_value *binds)
{
    if (!conform_ok(c) || statement == NULL)
        return CALX_ERROR_INVALID;
    c->dirty = c->dirty || !statement->handle->connection->in_transaction;
    return c->driver->statement_execute(statement->handle, binds, conform_soon(), &c->err);
}

void conform_execute_with(conform *c, conform_statement *statement, const calx_value *binds)
{
    if (conform_ok(c))
        conform_expect_success(c, statement->sql.text, conform_try_execute(c, statement, binds),
                               &c->err);
}

bool conform_fetch(conform *c, conform_statement *statement, calx_value *values)
{
    if (!conform_ok(c))
        return false;
    int status = c->driver->statement_fetch(statement->handle, values, conform_soon(), &c->err);
    conform_expect_success(c, statement->sql.text, status, &c->err);
    return status == 1;
}

void conform_reset(conform *c, conform_statement *statement)
{
    if (conform_ok(c))
        c->driver->statement_reset(statement->handle);
}

void conform_finalize(conform *c, conform_statement *statement)
{
    if (statement == NULL || statement->handle == NULL)
        return;
    c->driver->statement_finalize(statement->handle);
    statement->handle = NULL;
}

/* To the end of the last statement that was prepared, which is then gone. */
static int run(conform *c, conform_statement *statement, const calx_value *binds, int64_t *rows)
{
    calx_value values[CONFORM_COLUMNS_MAX];
    int status = conform_try_execute(c, statement, binds);
    while (status >= 0) {
        status = c->driver->statement_fetch(statement->handle, values, conform_soon(), &c->err);
        if (status <= 0)
            break;
    }
    if (status == 0)
        *rows = c->driver->statement_rows_affected(statement->handle);
    c->statement_count--;
    statement_destroy(c, statement);
    return status;
}

static int try_run(conform *c, calx_connection *connection, const char *pattern,
                   const calx_value *binds, int64_t *rows)
{
    conform_statement *statement = NULL;
    int status = conform_try_prepare(c, connection, pattern, NULL, &statement);
    return status < 0 ? status : run(c, statement, binds, rows);
}

int conform_try_run_with(conform *c, calx_connection *connection, const char *pattern,
                         const calx_value *binds)
{
    int64_t rows;
    return try_run(c, connection, pattern, binds, &rows);
}

int64_t conform_run_with(conform *c, calx_connection *connection, const char *pattern,
                         const calx_value *binds)
{
    int64_t rows = -1;
    if (conform_ok(c))
        conform_expect_success(c, pattern, try_run(c, connection, pattern, binds, &rows), &c->err);
    return rows;
}

int64_t conform_ask_with(conform *c, calx_connection *connection, const char *pattern,
                         const calx_value *binds)
{
    calx_value value = NULL_;
    conform_statement *statement = conform_prepare(c, connection, pattern, "integer");
    conform_execute_with(c, statement, binds);
    if (conform_ok(c) && !conform_fetch(c, statement, &value))
        conform_differ(c, pattern, "a row", "none");
    if (conform_ok(c) && value.kind != CALX_KIND_INTEGER)
        conform_differ(c, pattern, "an integer", calx_kind_name(value.kind));
    int64_t answer = conform_ok(c) ? value.as.integer : -1;
    conform_finalize(c, statement);
    return answer;
}

/* ---- Transactions ---- */

void conform_begin(conform *c, calx_connection *connection, bool write)
{
    if (conform_ok(c))
        conform_expect_success(
            c, "BEGIN",
            c->driver->begin(connection, CALX_ISOLATION_DEFAULT, write, conform_soon(), &c->err),
            &c->err);
}

void conform_commit(conform *c, calx_connection *connection)
{
    c->dirty = true;
    if (conform_ok(c))
        conform_expect_success(c, "COMMIT", c->driver->commit(connection, conform_soon(), &c->err),
                               &c->err);
}

void conform_rollback(conform *c, calx_connection *connection)
{
    if (conform_ok(c))
        conform_expect_success(c, "ROLLBACK",
                               c->driver->rollback(connection, conform_soon(), &c->err), &c->err);
}

void conform_rollback_unless_broken(conform *c, calx_connection *connection)
{
    if (connection != NULL && !connection->broken)
        conform_rollback(c, connection);
}

/* ---- Connections ---- */

calx_connection *conform_open(conform *c)
{
    calx_connection *connection = NULL;
    if (conform_ok(c))
        conform_expect_success(
            c, "opening a connection",
            c->driver->connection_open(c->database, conform_soon(), &connection, &c->err), &c->err);
    return connection;
}

void conform_close(conform *c, calx_connection *connection)
{
    if (connection != NULL)
        c->driver->connection_close(connection);
}

calx_connection *conform_second(conform *c)
{
    if (c->two == NULL)
        c->two = conform_open(c);
    return c->two;
}
