/* statement.c: prepared statements. A result is stored whole when the statement is executed, so
 * nothing stays open on the connection between two rows. */
#include <stdlib.h>
#include <strings.h>

#include "internal.h"

/* What the server answers when the tables of a prepared statement changed too often. */
#define ERROR_NEED_REPREPARE 1615u
#define ERROR_UNKNOWN_STATEMENT 1243u

/* The library's, when a statement answers with other columns than it was prepared with. */
#define ERROR_NEW_COLUMNS 2057u

/* How long a reset waits for the rest of a CALL before it gives the connection up. */
#define DRAIN_MS 5000

static calx__mysql_connection *connection_of(const calx__mysql_statement *statement)
{
    return calx__mysql_connection_of(statement->base.connection);
}

/* ---- Prepare ---- */

static int handle_prepare(calx__mysql_statement *statement, int64_t deadline_us, calx_error *err)
{
    calx__mysql_connection *connection = connection_of(statement);
    const calx_sql *sql = statement->base.sql;
    calx__mysql_call call;
    int code = calx__mysql_call_begin(connection, deadline_us, err, &call);
    if (code)
        return code;
    int failed = 0;
    CALX__MYSQL_RUN(&call,
                    mysql_stmt_prepare_start(&failed, statement->handle, sql->text, sql->length),
                    mysql_stmt_prepare_cont(&failed, statement->handle, ready));
    if (failed || call.broken_off)
        return calx__mysql_call_fail(connection, &call, statement->handle);
    statement->outdated = false;
    unsigned long count = mysql_stmt_param_count(statement->handle);
    if (count != sql->bind_count)
        return calx_error_set(err, CALX_ERROR_INVALID,
                              "the statement has %lu places for values, not %zu", count,
                              sql->bind_count);
    return 0;
}

static int handle_create(calx__mysql_statement *statement, calx_error *err)
{
    size_t count = statement->base.sql->bind_count;
    size_t room = count ? count : 1;
    statement->handle = mysql_stmt_init(connection_of(statement)->mysql);
    statement->parameters = calloc(room, sizeof *statement->parameters);
    statement->storage = calloc(room, sizeof *statement->storage);
    if (!statement->handle || !statement->parameters || !statement->storage)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "no memory for a statement");
    return 0;
}

int calx__mysql_statement_prepare(calx_connection *base, const calx_sql *sql, int64_t deadline_us,
                                  calx_statement **out, calx_error *err)
{
    calx__mysql_connection *connection = calx__mysql_connection_of(base);
    if (base->broken)
        return calx_error_set(err, CALX_ERROR_CONNECTION_LOST, "the connection was lost before");
    if (sql->length >= connection->packet_max)
        return calx_error_set(err, CALX_ERROR_LIMIT,
                              "the statement is longer than the server's max_allowed_packet");
    calx__mysql_statement *statement = calloc(1, sizeof *statement);
    if (!statement)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "no memory for a statement");
    statement->base = (calx_statement){.driver = base->driver, .connection = base, .sql = sql};
    int code = handle_create(statement, err);
    if (code == 0)
        code = handle_prepare(statement, deadline_us, err);
    if (code) {
        calx__mysql_statement_finalize(&statement->base);
        return code;
    }
    *out = &statement->base;
    return 0;
}

/* ---- Execute ---- */

static int result_store(calx__mysql_statement *statement, calx__mysql_call *call)
{
    int failed = 0;
    CALX__MYSQL_RUN(call, mysql_stmt_store_result_start(&failed, statement->handle),
                    mysql_stmt_store_result_cont(&failed, statement->handle, ready));
    return failed;
}

static int run(calx__mysql_statement *statement, calx__mysql_call *call)
{
    int failed = 0;
    CALX__MYSQL_RUN(call, mysql_stmt_execute_start(&failed, statement->handle),
                    mysql_stmt_execute_cont(&failed, statement->handle, ready));
    return failed;
}

/* True if the failure is cured by preparing again, and nothing was done or lost by it. */
static bool may_prepare_again(const calx__mysql_statement *statement, const calx__mysql_call *call)
{
    unsigned code = mysql_stmt_errno(statement->handle);
    return !call->broken_off && !statement->base.connection->in_transaction &&
           (code == ERROR_NEED_REPREPARE || code == ERROR_UNKNOWN_STATEMENT);
}

static int run_twice(calx__mysql_statement *statement, const calx_value *binds,
                     calx__mysql_call *call, calx_error *err)
{
    int code = 0;
    if (statement->outdated)
        code = handle_prepare(statement, call->deadline_us, err);
    if (code == 0)
        code = calx__mysql_bind(statement, binds, err);
    if (code == CALX_ERROR_LIMIT && statement->base.sql->record_count > 0)
        return CALX_RECORDS_DECLINED;
    if (code || !run(statement, call))
        return code;
    if (may_prepare_again(statement, call)) {
        code = handle_prepare(statement, call->deadline_us, err);
        if (code == 0)
            code = calx__mysql_bind(statement, binds, err);
        if (code || !run(statement, call))
            return code;
    }
    statement->outdated = mysql_stmt_errno(statement->handle) == ERROR_NEW_COLUMNS;
    return calx__mysql_call_fail(connection_of(statement), call, statement->handle);
}

/* Outside a transaction a statement commits by itself: when its answer is lost nobody knows whether
 * it did. What begins with SELECT is taken for a read. */
static void outcome_note(const calx__mysql_statement *statement, bool alone, int code,
                         calx_error *err)
{
    const calx_sql *sql = statement->base.sql;
    bool writes = sql->length < 6 || strncasecmp(sql->text, "SELECT", 6) != 0;
    if (alone && writes && calx__mysql_answer_lost(connection_of(statement), code))
        err->outcome = CALX_OUTCOME_UNKNOWN;
}

static int result_take(calx__mysql_statement *statement, calx__mysql_call *call, calx_error *err)
{
    statement->column_count = mysql_stmt_field_count(statement->handle);
    statement->generated_key = (int64_t)mysql_stmt_insert_id(statement->handle);
    if (statement->column_count > 0) {
        if (!statement->opened && (result_store(statement, call) || call->broken_off))
            return calx__mysql_call_fail(connection_of(statement), call, statement->handle);
        int code = calx__mysql_columns_bind(statement, err);
        if (code)
            return code;
    }
    statement->rows_affected = (int64_t)mysql_stmt_affected_rows(statement->handle);
    calx__mysql_call_done(connection_of(statement));
    return 0;
}

int calx__mysql_statement_execute(calx_statement *base, const calx_value *binds,
                                  int64_t deadline_us, calx_error *err)
{
    calx__mysql_statement *statement = calx__mysql_statement_of(base);
    calx__mysql_statement_reset(base);
    calx_error error = {0};
    calx__mysql_call call;
    bool alone = !base->connection->in_transaction;
    int code = alone ? calx__mysql_peek(connection_of(statement), &error) : 0;
    if (code == 0)
        code = calx__mysql_call_begin(connection_of(statement), deadline_us, &error, &call);
    if (code == 0) {
        statement->running = true;
        code = run_twice(statement, binds, &call, &error);
        if (code == 0)
            code = result_take(statement, &call, &error);
        if (code) {
            outcome_note(statement, alone, code, &error);
            calx__mysql_statement_reset(base); /* unread rows would be in the next one's way */
        }
    }
    if (code < 0 && err && !err->code)
        *err = error;
    return code;
}

/* ---- Rows that stay on the server ---- */

#define FETCHED_ROWS 256ul /* in one trip */

static void set_cursor(calx__mysql_statement *statement, bool opened)
{
    unsigned long type = opened ? CURSOR_TYPE_READ_ONLY : CURSOR_TYPE_NO_CURSOR;
    unsigned long rows = FETCHED_ROWS;
    mysql_stmt_attr_set(statement->handle, STMT_ATTR_CURSOR_TYPE, &type);
    mysql_stmt_attr_set(statement->handle, STMT_ATTR_PREFETCH_ROWS, &rows);
    statement->opened = opened;
}

int calx__mysql_statement_open(calx_statement *base, const calx_value *binds, int64_t deadline_us,
                               calx_error *err)
{
    calx__mysql_statement *statement = calx__mysql_statement_of(base);
    calx__mysql_statement_reset(base);
    set_cursor(statement, true);
    int code = calx__mysql_statement_execute(base, binds, deadline_us, err);
    if (code)
        set_cursor(statement, false);
    return code;
}

/* As mysql_stmt_fetch, which may ask the server for rows then. */
static int opened_fetch(calx__mysql_statement *statement, int64_t deadline_us, int *out,
                        calx_error *err)
{
    calx__mysql_connection *connection = connection_of(statement);
    calx__mysql_call call;
    int code = calx__mysql_call_begin(connection, deadline_us, err, &call);
    if (code)
        return code;
    CALX__MYSQL_RUN(&call, mysql_stmt_fetch_start(out, statement->handle),
                    mysql_stmt_fetch_cont(out, statement->handle, ready));
    bool failed = *out != 0 && *out != MYSQL_NO_DATA && *out != MYSQL_DATA_TRUNCATED;
    if (failed || call.broken_off)
        return calx__mysql_call_fail(connection, &call, statement->handle);
    return 0;
}

/* ---- Fetch ---- */

/* Reads what a CALL leaves behind its first result: 2014 would meet the next statement. */
static int results_drain(calx__mysql_statement *statement, int64_t deadline_us, calx_error *err)
{
    calx__mysql_connection *connection = connection_of(statement);
    if (connection->base.broken || !mysql_stmt_more_results(statement->handle))
        return 0;
    calx__mysql_call call;
    int code = calx__mysql_call_begin(connection, deadline_us, err, &call);
    if (code)
        return code;
    int failed = 0;
    while (!failed && mysql_stmt_more_results(statement->handle))
        CALX__MYSQL_RUN(&call, mysql_stmt_next_result_start(&failed, statement->handle),
                        mysql_stmt_next_result_cont(&failed, statement->handle, ready));
    if (failed || call.broken_off)
        return calx__mysql_call_fail(connection, &call, statement->handle);
    calx__mysql_call_done(connection);
    return 0;
}

static int row_fetch(calx__mysql_statement *statement, calx_value *values, int64_t deadline_us,
                     calx_error *err)
{
    MYSQL_STMT *handle = statement->handle;
    int code = 1;
    if (!statement->rebind || !mysql_stmt_bind_result(handle, statement->results)) {
        statement->rebind = false;
        int failed = statement->opened ? opened_fetch(statement, deadline_us, &code, err) : 0;
        if (failed)
            return failed;
        if (!statement->opened)
            code = mysql_stmt_fetch(handle);
    }
    if (code == MYSQL_NO_DATA)
        return 0;
    if (code != 0 && code != MYSQL_DATA_TRUNCATED)
        return calx__mysql_error_set(err, mysql_stmt_errno(handle), mysql_stmt_sqlstate(handle),
                                     mysql_stmt_error(handle));
    code = calx__mysql_columns_read(statement, values, err);
    return code ? code : 1;
}

int calx__mysql_statement_fetch(calx_statement *base, calx_value *values, int64_t deadline_us,
                                calx_error *err)
{
    calx__mysql_statement *statement = calx__mysql_statement_of(base);
    if (base->connection->broken)
        return calx_error_set(err, CALX_ERROR_CONNECTION_LOST, "the connection was lost before");
    if (!statement->running)
        return calx_error_set(err, CALX_ERROR_STATE, "the statement is not running");
    statement->outdated = statement->column_count != base->sql->result_count;
    if (statement->outdated)
        return calx_error_set(err, CALX_ERROR_DATABASE, "the result has %zu columns, not %zu",
                              statement->column_count, base->sql->result_count);
    int code = statement->column_count > 0 ? row_fetch(statement, values, deadline_us, err) : 0;
    return code ? code : results_drain(statement, deadline_us, err);
}

size_t calx__mysql_statement_column_count(calx_statement *base)
{
    return mysql_stmt_field_count(calx__mysql_statement_of(base)->handle);
}

const char *calx__mysql_statement_column_name(calx_statement *base, size_t column)
{
    const MYSQL_FIELD *fields = mariadb_stmt_fetch_fields(calx__mysql_statement_of(base)->handle);
    return fields[column].name;
}

int64_t calx__mysql_statement_rows_affected(calx_statement *base)
{
    return calx__mysql_statement_of(base)->rows_affected;
}

int64_t calx__mysql_statement_generated_key(calx_statement *base)
{
    return calx__mysql_statement_of(base)->generated_key;
}

/* ---- Reset and finalize ---- */

void calx__mysql_statement_reset(calx_statement *base)
{
    if (!base)
        return;
    calx__mysql_statement *statement = calx__mysql_statement_of(base);
    if (!statement->running)
        return;
    statement->running = false;
    statement->column_count = 0;
    calx__mysql_columns_shrink(statement);
    calx_error ignored = {0};
    int64_t deadline_us = calx_deadline_in_ms(DRAIN_MS);
    (void)results_drain(statement, deadline_us, &ignored);
    calx__mysql_call call;
    if (calx__mysql_call_begin(connection_of(statement), deadline_us, &ignored, &call))
        return;
    my_bool failed = 0;
    CALX__MYSQL_RUN(&call, mysql_stmt_free_result_start(&failed, statement->handle),
                    mysql_stmt_free_result_cont(&failed, statement->handle, ready));
    if (call.broken_off)
        (void)calx__mysql_call_fail(connection_of(statement), &call, statement->handle);
    if (statement->opened)
        set_cursor(statement, false);
}

static void handle_close(calx__mysql_statement *statement)
{
    calx_error ignored = {0};
    calx__mysql_call call;
    my_bool failed = 0;
    if (calx__mysql_call_begin(connection_of(statement), calx_deadline_in_ms(DRAIN_MS), &ignored,
                               &call)) {
        (void)mysql_stmt_close(statement->handle); /* the library knows of the loss: no I/O */
        return;
    }
    CALX__MYSQL_RUN(&call, mysql_stmt_close_start(&failed, statement->handle),
                    mysql_stmt_close_cont(&failed, statement->handle, ready));
    if (call.broken_off)
        (void)calx__mysql_call_fail(connection_of(statement), &call, NULL);
}

void calx__mysql_statement_finalize(calx_statement *base)
{
    if (!base)
        return;
    calx__mysql_statement *statement = calx__mysql_statement_of(base);
    calx__mysql_statement_reset(base);
    if (statement->handle)
        handle_close(statement);
    calx__mysql_columns_finish(statement);
    free(statement->parameters);
    free(statement->storage);
    free(statement);
}
