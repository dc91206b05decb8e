/* transaction.c: BEGIN, COMMIT and ROLLBACK, and text that is sent as it is. */
#include <string.h>

#include "internal.h"

/* The rows are in memory: fetching waits for nothing. */
static void rows_visit(MYSQL_RES *result, calx__mysql_row *row, void *context)
{
    MYSQL_ROW cells;
    while (row && (cells = mysql_fetch_row(result)))
        row(context, cells);
    mysql_free_result(result);
}

int calx__mysql_query(calx__mysql_connection *connection, const char *sql, size_t length,
                      calx__mysql_row *row, void *context, int64_t deadline_us, calx_error *err)
{
    calx__mysql_call call;
    int code = calx__mysql_call_begin(connection, deadline_us, err, &call);
    if (code)
        return code;
    MYSQL *mysql = connection->mysql;
    int failed = 0;
    CALX__MYSQL_RUN(&call, mysql_real_query_start(&failed, mysql, sql, length),
                    mysql_real_query_cont(&failed, mysql, ready));
    while (!failed) {
        MYSQL_RES *result = NULL;
        CALX__MYSQL_RUN(&call, mysql_store_result_start(&result, mysql),
                        mysql_store_result_cont(&result, mysql, ready));
        if (result)
            rows_visit(result, row, context);
        failed = !result && mysql_field_count(mysql) > 0;
        row = NULL;
        if (failed || !mysql_more_results(mysql))
            break;
        CALX__MYSQL_RUN(&call, mysql_next_result_start(&failed, mysql),
                        mysql_next_result_cont(&failed, mysql, ready));
    }
    if (failed || call.broken_off)
        return calx__mysql_call_fail(connection, &call, NULL);
    calx__mysql_call_done(connection);
    return 0;
}

static int send(calx__mysql_connection *connection, const char *sql, int64_t deadline_us,
                calx_error *err)
{
    return calx__mysql_query(connection, sql, strlen(sql), NULL, NULL, deadline_us, err);
}

int calx__mysql_command(calx_connection *base, const char *sql, size_t length, int64_t deadline_us,
                        calx_error *err)
{
    calx__mysql_connection *connection = calx__mysql_connection_of(base);
    bool alone = !base->in_transaction && !base->broken;
    bool first = err && !err->code;
    int code = alone ? calx__mysql_peek(connection, err) : 0;
    if (code)
        return code;
    code = calx__mysql_query(connection, sql, length, NULL, NULL, deadline_us, err);
    if (alone && first && calx__mysql_answer_lost(connection, code))
        err->outcome = CALX_OUTCOME_UNKNOWN;
    return code;
}

/* NULL: what the session was set to when it was opened. */
static const char *isolation_sql(calx_isolation isolation)
{
    switch (isolation) {
    case CALX_ISOLATION_DEFAULT:
    case CALX_ISOLATION_READ_COMMITTED:
        return NULL;
    case CALX_ISOLATION_REPEATABLE_READ:
        return "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ";
    case CALX_ISOLATION_SERIALIZABLE:
        return "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE";
    }
    return NULL;
}

int calx__mysql_begin(calx_connection *base, calx_isolation isolation, bool write,
                      int64_t deadline_us, calx_error *err)
{
    (void)write;
    calx__mysql_connection *connection = calx__mysql_connection_of(base);
    if (base->in_transaction)
        return calx_error_set(err, CALX_ERROR_STATE, "a transaction is open already");
    connection->transaction = CALX__MYSQL_NONE;
    const char *level = isolation_sql(isolation);
    int code = level ? send(connection, level, deadline_us, err) : 0;
    if (code == 0)
        code = send(connection, "START TRANSACTION", deadline_us, err);
    if (code == 0 && !base->in_transaction)
        code = calx_error_set(err, CALX_ERROR_DATABASE,
                              "START TRANSACTION succeeded, but no transaction is open");
    return code;
}

static int commit_refuse(const calx__mysql_connection *connection, calx_error *err)
{
    bool first = err && !err->code;
    if (connection->transaction == CALX__MYSQL_UNDONE)
        return calx_error_set(err, CALX_ERROR_STATE,
                              "the server has rolled the transaction back after an error");
    if (connection->transaction != CALX__MYSQL_ENDED)
        return calx_error_set(err, CALX_ERROR_STATE, "no transaction is open");
    int code = calx_error_set(err, CALX_ERROR_STATE,
                              "a statement has ended the transaction (DDL commits it)");
    if (first)
        err->outcome = CALX_OUTCOME_UNKNOWN;
    return code;
}

/* Everything that must hold before COMMIT is sent; on failure nothing of it was. */
static int commit_check(calx__mysql_connection *connection, int64_t deadline_us, calx_error *err)
{
    calx_connection *base = &connection->base;
    if (base->broken)
        return calx_error_set(err, CALX_ERROR_CONNECTION_LOST, "the connection was lost before");
    if (connection->transaction == CALX__MYSQL_DOUBTFUL) {
        int code = send(connection, "DO 0", deadline_us, err);
        if (code)
            return code;
    }
    if (!base->in_transaction)
        return commit_refuse(connection, err);
    return calx__mysql_peek(connection, err);
}

int calx__mysql_commit(calx_connection *base, int64_t deadline_us, calx_error *err)
{
    calx__mysql_connection *connection = calx__mysql_connection_of(base);
    int code = commit_check(connection, deadline_us, err);
    if (code)
        return code;
    bool first = err && !err->code;
    code = send(connection, "COMMIT", deadline_us, err);
    if (code == 0)
        connection->transaction = CALX__MYSQL_NONE;
    else if (first && base->broken && code != CALX_ERROR_READ_ONLY)
        err->outcome = CALX_OUTCOME_UNKNOWN;
    return code;
}

int calx__mysql_rollback(calx_connection *base, int64_t deadline_us, calx_error *err)
{
    calx__mysql_connection *connection = calx__mysql_connection_of(base);
    int code = 0;
    if (base->in_transaction && !base->broken)
        code = send(connection, "ROLLBACK", deadline_us, err);
    if (code)
        calx__mysql_break(connection);
    else
        connection->transaction = CALX__MYSQL_NONE;
    return code;
}
