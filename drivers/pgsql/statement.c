/* statement.c: prepared statements. A run reads its whole result, so that the connection is idle
 * between calls and other statements may run while rows are still being fetched. */
#include "unnamed.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

int calx__pgsql_statement_prepare(calx_connection *base, const calx_sql *sql, int64_t deadline_us,
                                  calx_statement **out, calx_error *err)
{
    calx__pgsql_connection *connection = calx__pgsql_connection_of(base);

    int code = calx__pgsql_ready(connection, deadline_us, err);
    if (code)
        return code;
    calx__pgsql_statement *statement = calloc(1, sizeof *statement);
    if (!statement)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "no memory for a statement");
    statement->base = (calx_statement){.driver = base->driver, .connection = base, .sql = sql};
    code = calx__pgsql_binds_init(&statement->binds, sql, err);
    if (code == 0)
        code = calx__pgsql_prepare(statement, deadline_us, err);
    if (code) {
        calx__pgsql_statement_finalize(&statement->base);
        return code;
    }
    *out = &statement->base;
    return 0;
}

static int run(calx__pgsql_statement *statement, int64_t deadline_us, calx_error *err)
{
    calx__pgsql_connection *connection = calx__pgsql_connection_of(statement->base.connection);
    const calx__pgsql_binds *binds = &statement->binds;
    char name[CALX__PGSQL_NAME_MAX];

    if (calx__pgsql_database_under(connection)->unnamed)
        return calx__pgsql_run_unnamed(statement, deadline_us, err);
    calx__pgsql_statement_name(statement->number, name);
    int queued = PQsendQueryPrepared(connection->handle, name, (int)binds->count, binds->values,
                                     binds->lengths, binds->formats, statement->binary);
    int code = calx__pgsql_exchange(connection, queued, deadline_us, &statement->result, err);
    return code ? code : calx__pgsql_refuse_empty(statement->result, err);
}

/* The server's idea of the statement is out of date: what we know of it is, too. */
static void forget_plan(calx__pgsql_statement *statement, calx__pgsql_plan plan)
{
    if (plan == CALX__PGSQL_PLAN_GONE)
        calx__pgsql_forget(statement);
    else if (plan == CALX__PGSQL_PLAN_CHANGED)
        calx__pgsql_release(statement);
}

static int prepare_if_needed(calx__pgsql_statement *statement, int64_t deadline_us, calx_error *err)
{
    const calx__pgsql_connection *connection =
        calx__pgsql_connection_of(statement->base.connection);
    bool unnamed = calx__pgsql_database_under(connection)->unnamed;

    if (statement->prepared && (statement->number || unnamed || connection->unnamed == statement))
        return 0;
    return calx__pgsql_prepare(statement, deadline_us, err);
}

/* Asked before it runs, for afterwards it is done. */
static int check_columns(const calx__pgsql_statement *statement, calx_error *err)
{
    size_t expected = statement->base.sql->result_count;

    if (statement->codec_count == expected)
        return 0;
    return calx_error_set(err, CALX_ERROR_DATABASE, "the result has %zu columns, not %zu",
                          statement->codec_count, expected);
}

static int prepare_and_run(calx__pgsql_statement *statement, const calx_value *values,
                           int64_t deadline_us, calx_error *err)
{
    calx__pgsql_connection *connection = calx__pgsql_connection_of(statement->base.connection);

    int code = prepare_if_needed(statement, deadline_us, err);
    if (code == 0)
        code = check_columns(statement, err);
    if (code == 0)
        code = calx__pgsql_binds_encode(&statement->binds, statement->base.sql, values, err);
    if (code)
        return code;
    code = run(statement, deadline_us, err);
    if (code)
        forget_plan(statement, connection->plan);
    return code;
}

bool calx__pgsql_may_write(const calx_sql *sql)
{
    return sql->length < 6 || strncasecmp(sql->text, "SELECT", 6) != 0;
}

int calx__pgsql_statement_execute(calx_statement *base, const calx_value *values,
                                  int64_t deadline_us, calx_error *err)
{
    calx__pgsql_statement *statement = calx__pgsql_statement_of(base);
    calx__pgsql_connection *connection = calx__pgsql_connection_of(base->connection);
    bool alone = !base->connection->in_transaction;
    calx_error first = {0};

    calx__pgsql_statement_reset(base);
    int code = calx__pgsql_ready(connection, deadline_us, err);
    if (code)
        return code;
    connection->plan = CALX__PGSQL_PLAN_VALID;
    code = prepare_and_run(statement, values, deadline_us, &first);
    /* Refused before it ran, and no transaction was spoiled: the new plan may run at once. */
    if (code && alone && connection->plan != CALX__PGSQL_PLAN_VALID && !base->connection->broken) {
        calx_error_clear(&first);
        code = prepare_and_run(statement, values, deadline_us, &first);
    }
    if (code) {
        if (alone && calx__pgsql_answer_lost(base->connection, code) &&
            calx__pgsql_may_write(base->sql))
            first.outcome = CALX_OUTCOME_UNKNOWN;
        if (calx__pgsql_error_is_open(err))
            *err = first;
        return code;
    }
    statement->rows_affected = strtoll(PQcmdTuples(statement->result), NULL, 10);
    return 0;
}

/* ---- Rows that stay on the server ---- */

#define FETCHED_ROWS 256 /* in one trip */
#define FETCH_ROWS "FETCH 256 FROM"
#define CLOSE_MS 5000 /* what nobody waits for may take */
#define CURSOR_TEXT_MAX 80

static int declare(calx__pgsql_statement *statement, int64_t deadline_us, calx_error *err)
{
    calx__pgsql_connection *connection = calx__pgsql_connection_of(statement->base.connection);
    const calx_sql *sql = statement->base.sql;
    const calx__pgsql_binds *binds = &statement->binds;
    size_t size = sql->length + CURSOR_TEXT_MAX;
    PGresult *done = NULL;
    char *text = malloc(size);

    if (!text)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "no memory for SQL text");
    unsigned number = ++connection->statement_serial;
    snprintf(text, size, "DECLARE calx_rows_%u NO SCROLL CURSOR FOR %.*s", number, (int)sql->length,
             sql->text);
    int queued = PQsendQueryParams(connection->handle, text, (int)binds->count, binds->types,
                                   binds->values, binds->lengths, binds->formats, 0);
    int code = calx__pgsql_exchange(connection, queued, deadline_us, &done, err);
    PQclear(done);
    free(text);
    statement->cursor = code == 0 ? number : 0;
    return code;
}

/* Of its own kind of result: binary where all columns have it. */
static int send_to_cursor(calx__pgsql_statement *statement, const char *words, int64_t deadline_us,
                          PGresult **out, calx_error *err)
{
    calx__pgsql_connection *connection = calx__pgsql_connection_of(statement->base.connection);
    char text[CURSOR_TEXT_MAX];

    snprintf(text, sizeof text, "%s calx_rows_%u", words, statement->cursor);
    int queued =
        PQsendQueryParams(connection->handle, text, 0, NULL, NULL, NULL, NULL, statement->binary);
    return calx__pgsql_exchange(connection, queued, deadline_us, out, err);
}

/* The transaction's end has closed it already; a failed one closes it with its own. */
static void close_cursor(calx__pgsql_statement *statement)
{
    const calx__pgsql_connection *connection =
        calx__pgsql_connection_of(statement->base.connection);
    PGresult *done = NULL;

    if (statement->cursor && !connection->base.broken &&
        PQtransactionStatus(connection->handle) == PQTRANS_INTRANS) {
        calx_error ignored = {0};
        (void)send_to_cursor(statement, "CLOSE", calx_deadline_in_ms(CLOSE_MS), &done, &ignored);
    }
    PQclear(done);
    statement->cursor = 0;
}

int calx__pgsql_statement_open(calx_statement *base, const calx_value *values, int64_t deadline_us,
                               calx_error *err)
{
    calx__pgsql_statement *statement = calx__pgsql_statement_of(base);

    calx__pgsql_statement_reset(base);
    int code = calx__pgsql_ready(calx__pgsql_connection_of(base->connection), deadline_us, err);
    if (code == 0)
        code = prepare_if_needed(statement, deadline_us, err);
    if (code == 0)
        code = check_columns(statement, err);
    if (code == 0)
        code = calx__pgsql_binds_encode(&statement->binds, base->sql, values, err);
    return code ? code : declare(statement, deadline_us, err);
}

static int fetch_more(calx__pgsql_statement *statement, int64_t deadline_us, calx_error *err)
{
    PGresult *more = NULL;

    if (statement->result && PQntuples(statement->result) < FETCHED_ROWS)
        return 0;
    int code = send_to_cursor(statement, FETCH_ROWS, deadline_us, &more, err);
    if (code)
        return code;
    PQclear(statement->result);
    statement->result = more;
    statement->row = 0;
    return 0;
}

static bool wants_more(const calx__pgsql_statement *statement)
{
    return statement->cursor &&
           (!statement->result || statement->row == PQntuples(statement->result));
}

int calx__pgsql_statement_fetch(calx_statement *base, calx_value *values, int64_t deadline_us,
                                calx_error *err)
{
    calx__pgsql_statement *statement = calx__pgsql_statement_of(base);

    int code = wants_more(statement) ? fetch_more(statement, deadline_us, err) : 0;
    if (code)
        return code;
    if (!statement->result)
        return calx_error_set(err, CALX_ERROR_STATE, "the statement was not executed");
    if ((size_t)PQnfields(statement->result) != statement->codec_count)
        return calx_error_set(err, CALX_ERROR_DATABASE, "the result has %d columns, not %zu",
                              PQnfields(statement->result), statement->codec_count);
    if (statement->row >= PQntuples(statement->result))
        return 0;
    code = calx__pgsql_decode_row(statement, statement->row, values, err);
    if (code)
        return code;
    statement->row++;
    return 1;
}

size_t calx__pgsql_statement_column_count(calx_statement *base)
{
    return calx__pgsql_statement_of(base)->codec_count;
}

const char *calx__pgsql_statement_column_name(calx_statement *base, size_t column)
{
    const char *name = PQfname(calx__pgsql_statement_of(base)->result, (int)column);
    return name ? name : "";
}

int64_t calx__pgsql_statement_rows_affected(calx_statement *base)
{
    return calx__pgsql_statement_of(base)->rows_affected;
}

void calx__pgsql_statement_reset(calx_statement *base)
{
    calx__pgsql_statement *statement = calx__pgsql_statement_of(base);

    close_cursor(statement);
    PQclear(statement->result);
    statement->result = NULL;
    statement->row = 0;
    statement->rows_affected = 0;
}

void calx__pgsql_statement_finalize(calx_statement *base)
{
    if (!base)
        return;
    calx__pgsql_statement *statement = calx__pgsql_statement_of(base);
    calx__pgsql_statement_reset(base);
    calx__pgsql_release(statement);
    calx__pgsql_binds_finish(&statement->binds);
    free(statement->codecs);
    free(statement->scratch);
    free(statement);
}
