/* unnamed.c: the URL's prepared_statements=off: a proxy may give every transaction another server
 * session, so nothing may stay behind in one. Statements travel with their text, and settings with
 * the transaction. */
#include "unnamed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Settings ---- */

/* With local = true they end with the transaction; one of a single statement begins at the last
 * Sync. The four that are missing here are those that proxies follow themselves (connection.c). */
#define SETTINGS                                                                                   \
    "SELECT set_config('IntervalStyle', 'postgres', true),"                                        \
    " set_config('extra_float_digits', '3', true), set_config('bytea_output', 'hex', true),"       \
    " set_config('client_min_messages', 'warning', true)"

static void append_time(char *sql, size_t size, const char *name, int milliseconds)
{
    size_t length = strlen(sql);

    if (milliseconds > 0)
        snprintf(sql + length, size - length, ", set_config('%s', '%d', true)", name, milliseconds);
}

int calx__pgsql_settings_create(calx__pgsql_connection *connection, calx_error *err)
{
    const calx_database_options *options = &calx__pgsql_database_under(connection)->options;
    char sql[512] = SETTINGS;

    append_time(sql, sizeof sql, "statement_timeout", options->statement_timeout_ms);
    append_time(sql, sizeof sql, "lock_timeout", options->busy_timeout_ms);
    if (PQserverVersion(connection->handle) >= CALX__PGSQL_CHECK_VERSION)
        append_time(sql, sizeof sql, "client_connection_check_interval", CALX__PGSQL_CHECK_MS);
    connection->settings = strdup(sql);
    return connection->settings
               ? 0
               : calx_error_set(err, CALX_ERROR_NO_MEMORY, "no memory for settings");
}

/* ---- Running ---- */

bool calx__pgsql_queue_unnamed(calx__pgsql_connection *connection, const char *text,
                               const calx__pgsql_binds *binds, bool binary)
{
    return PQsendQueryParams(connection->handle, text, (int)binds->count, binds->types,
                             binds->values, binds->lengths, binds->formats, binary);
}

static bool queue(const calx__pgsql_statement *statement, const char *text)
{
    calx__pgsql_connection *connection = calx__pgsql_connection_of(statement->base.connection);

    if (!PQenterPipelineMode(connection->handle))
        return false;
    if (!connection->base.in_transaction &&
        !PQsendQueryParams(connection->handle, connection->settings, 0, NULL, NULL, NULL, NULL, 0))
        return false;
    return calx__pgsql_queue_unnamed(connection, text, &statement->binds, statement->binary) &&
           PQpipelineSync(connection->handle);
}

static int exchange(calx__pgsql_statement *statement, const char *text, int64_t deadline_us,
                    calx__pgsql_answer *answer, calx_error *err)
{
    calx__pgsql_connection *connection = calx__pgsql_connection_of(statement->base.connection);

    int code = queue(statement, text) ? calx__pgsql_flush(connection, deadline_us, err)
                                      : calx__pgsql_lost(connection, err);
    if (code == 0)
        code = calx__pgsql_collect(connection, 1, deadline_us, answer, err);
    if (code == 0 && !PQexitPipelineMode(connection->handle))
        code = calx__pgsql_lost(connection, err);
    if (code == 0 && answer->error)
        code = calx__pgsql_fail(connection, answer->error, err);
    calx__pgsql_update_transaction(connection);
    return code;
}

int calx__pgsql_run_unnamed(calx__pgsql_statement *statement, int64_t deadline_us, calx_error *err)
{
    const calx_sql *sql = statement->base.sql;
    calx__pgsql_answer answer = {0};
    char *text;

    int code = calx__pgsql_text_copy(sql->text, sql->length, &text, err);
    if (code)
        return code;
    code = exchange(statement, text, deadline_us, &answer, err);
    free(text);
    PQclear(answer.error);
    if (code == 0)
        code = calx__pgsql_refuse_empty(answer.last, err);
    if (code) {
        PQclear(answer.last);
        return code;
    }
    statement->result = answer.last;
    code = calx__pgsql_read_types(statement, err);
    if (code && !statement->base.connection->in_transaction && calx__pgsql_may_write(sql))
        err->outcome = CALX_OUTCOME_DONE;
    return code;
}

int calx__pgsql_read_types(calx__pgsql_statement *statement, calx_error *err)
{
    size_t columns = (size_t)PQnfields(statement->result);

    if (columns != statement->codec_count)
        return calx_error_set(err, CALX_ERROR_DATABASE, "the result has %zu columns, not %zu",
                              columns, statement->codec_count);
    for (size_t i = 0; i < columns; i++) {
        const calx__pgsql_codec *codec = calx__pgsql_codec_find(PQftype(statement->result, (int)i));
        if (statement->binary && !codec->binary)
            return calx_error_set(err, CALX_ERROR_DATABASE,
                                  "column \"%.100s\": its type was altered",
                                  PQfname(statement->result, (int)i));
        statement->codecs[i] = codec;
    }
    return 0;
}
