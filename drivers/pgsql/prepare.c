/* prepare.c: makes the server know a statement, and forget those that are done with. */
#include "pgsql.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void calx__pgsql_statement_name(unsigned number, char out[CALX__PGSQL_NAME_MAX])
{
    out[0] = '\0';
    if (number)
        snprintf(out, CALX__PGSQL_NAME_MAX, "calx_%u", number);
}

int calx__pgsql_text_copy(const char *sql, size_t length, char **out, calx_error *err)
{
    if (memchr(sql, '\0', length))
        return calx_error_set(err, CALX_ERROR_SYNTAX, "SQL text with a NUL byte");
    char *copy = strndup(sql, length);
    if (!copy)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "no memory for SQL text");
    *out = copy;
    return 0;
}

/* ---- Forgetting ---- */

/* Room for one more and all that are prepared, so that releasing them never needs memory. */
static int reserve_released(calx__pgsql_connection *connection, calx_error *err)
{
    size_t needed = connection->released_count + connection->prepared_count + 1;

    if (needed <= connection->released_capacity)
        return 0;
    size_t capacity = needed * 2;
    unsigned *released = realloc(connection->released, capacity * sizeof *released);
    if (!released)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "no memory for a statement");
    connection->released = released;
    connection->released_capacity = capacity;
    return 0;
}

int calx__pgsql_name(calx__pgsql_statement *statement, calx_error *err)
{
    calx__pgsql_connection *connection = calx__pgsql_connection_of(statement->base.connection);

    connection->statement_serial++;
    statement->number = connection->statement_serial;
    return reserve_released(connection, err);
}

void calx__pgsql_release(calx__pgsql_statement *statement)
{
    calx__pgsql_connection *connection = calx__pgsql_connection_of(statement->base.connection);

    if (connection->unnamed == statement)
        connection->unnamed = NULL;
    if (statement->prepared && statement->number) {
        connection->released[connection->released_count++] = statement->number;
        connection->prepared_count--;
    }
    statement->prepared = false;
}

void calx__pgsql_forget(calx__pgsql_statement *statement)
{
    if (statement->prepared && statement->number)
        calx__pgsql_connection_of(statement->base.connection)->prepared_count--;
    statement->prepared = false;
}

bool calx__pgsql_queue_released(calx__pgsql_connection *connection)
{
    char name[CALX__PGSQL_NAME_MAX];
    char sql[CALX__PGSQL_NAME_MAX + 16];

    for (size_t i = 0; i < connection->released_count; i++) {
        calx__pgsql_statement_name(connection->released[i], name);
        snprintf(sql, sizeof sql, "DEALLOCATE %s", name);
        if (!PQsendQueryParams(connection->handle, sql, 0, NULL, NULL, NULL, NULL, 0))
            return false;
    }
    connection->released_count = 0;
    return PQpipelineSync(connection->handle);
}

/* ---- Preparing ---- */

/* Everything of one round trip. syncs: how many answers to Sync will come. */
static bool queue(calx__pgsql_statement *statement, const char *text, const Oid *types, int *syncs)
{
    calx__pgsql_connection *connection = calx__pgsql_connection_of(statement->base.connection);
    PGconn *handle = connection->handle;
    char name[CALX__PGSQL_NAME_MAX];

    *syncs = 1;
    if (!PQenterPipelineMode(handle))
        return false;
    /* In a failed transaction even DEALLOCATE is refused. */
    if (connection->released_count > 0 && PQtransactionStatus(handle) != PQTRANS_INERROR) {
        if (!calx__pgsql_queue_released(connection))
            return false;
        *syncs = 2;
    }
    calx__pgsql_statement_name(statement->number, name);
    return PQsendPrepare(handle, name, text, (int)statement->base.sql->bind_count, types) &&
           PQsendDescribePrepared(handle, name) && PQpipelineSync(handle);
}

static void keep(calx__pgsql_answer *answer, PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);

    if (status == PGRES_FATAL_ERROR && !answer->error) {
        answer->error = result;
    } else if (status == PGRES_FATAL_ERROR || status == PGRES_PIPELINE_ABORTED) {
        PQclear(result);
    } else {
        PQclear(answer->last);
        answer->last = result;
    }
}

/* NULLs separate the commands of a pipeline; only the Syncs count. */
int calx__pgsql_collect(calx__pgsql_connection *connection, int syncs, int64_t deadline_us,
                        calx__pgsql_answer *answer, calx_error *err)
{
    while (syncs > 0) {
        PGresult *result = NULL;
        int code = calx__pgsql_receive(connection, deadline_us, &result, err);
        if (code)
            return code;
        if (PQstatus(connection->handle) == CONNECTION_BAD) {
            code = result ? calx__pgsql_fail(connection, result, err)
                          : calx__pgsql_lost(connection, err);
            PQclear(result);
            return code;
        }
        if (!result)
            continue;
        if (PQresultStatus(result) == PGRES_PIPELINE_SYNC) {
            PQclear(result);
            syncs--;
        } else if (syncs > 1) {
            PQclear(result);
        } else {
            code = calx__pgsql_refuse_copy(connection, result, err);
            keep(answer, result);
            if (code)
                return code;
        }
    }
    return 0;
}

int calx__pgsql_read_description(calx__pgsql_statement *statement, const PGresult *description,
                                 calx_error *err)
{
    size_t bind_count = statement->base.sql->bind_count;
    size_t columns = (size_t)PQnfields(description);

    if ((size_t)PQnparams(description) != bind_count)
        return calx_error_set(err, CALX_ERROR_INVALID, "the statement has %d binds, not %zu",
                              PQnparams(description), bind_count);
    for (size_t i = 0; i < bind_count; i++)
        statement->binds.types[i] = PQparamtype(description, (int)i);
    if (columns > 0) {
        const calx__pgsql_codec **codecs =
            realloc(statement->codecs, columns * sizeof *statement->codecs);
        if (!codecs)
            return calx_error_set(err, CALX_ERROR_NO_MEMORY, "no memory for %zu columns", columns);
        statement->codecs = codecs;
    }
    statement->codec_count = columns;
    statement->binary = true;
    for (size_t i = 0; i < columns; i++) {
        statement->codecs[i] = calx__pgsql_codec_find(PQftype(description, (int)i));
        statement->binary = statement->binary && statement->codecs[i]->binary;
    }
    return 0;
}

static int exchange(calx__pgsql_statement *statement, const char *text, const Oid *types,
                    int64_t deadline_us, calx__pgsql_answer *answer, calx_error *err)
{
    calx__pgsql_connection *connection = calx__pgsql_connection_of(statement->base.connection);
    int syncs;

    connection->plan = CALX__PGSQL_PLAN_VALID;
    int code = queue(statement, text, types, &syncs)
                   ? calx__pgsql_flush(connection, deadline_us, err)
                   : calx__pgsql_lost(connection, err);
    if (code == 0)
        code = calx__pgsql_collect(connection, syncs, deadline_us, answer, err);
    if (code == 0 && !PQexitPipelineMode(connection->handle))
        code = calx__pgsql_lost(connection, err);
    if (code == 0 && answer->error)
        code = calx__pgsql_fail(connection, answer->error, err);
    calx__pgsql_update_transaction(connection);
    return code;
}

static Oid *declare_types(const calx_sql *sql)
{
    Oid *types = calloc(sql->bind_count + 1, sizeof *types);

    for (size_t i = 0; types && i < sql->bind_count; i++)
        types[i] = calx__pgsql_bind_type(sql->bind_kinds[i]);
    return types;
}

int calx__pgsql_prepare(calx__pgsql_statement *statement, int64_t deadline_us, calx_error *err)
{
    calx__pgsql_connection *connection = calx__pgsql_connection_of(statement->base.connection);
    const calx_sql *sql = statement->base.sql;
    calx__pgsql_answer answer = {0};
    char *text = NULL;

    calx__pgsql_release(statement);
    int code = calx__pgsql_text_copy(sql->text, sql->length, &text, err);
    Oid *types = declare_types(sql);
    if (code == 0 && !types)
        code = calx_error_set(err, CALX_ERROR_NO_MEMORY, "no memory for a statement");
    if (code == 0 && sql->id && !calx__pgsql_database_under(connection)->unnamed)
        code = calx__pgsql_name(statement, err);
    if (code == 0) {
        /* Whoever had the unnamed statement prepares again before the next run. */
        if (statement->number == 0)
            connection->unnamed = NULL;
        code = exchange(statement, text, types, deadline_us, &answer, err);
    }
    if (code == 0) {
        statement->prepared = true;
        if (statement->number)
            connection->prepared_count++;
        else
            connection->unnamed = statement;
        code = calx__pgsql_read_description(statement, answer.last, err);
    }
    PQclear(answer.error);
    PQclear(answer.last);
    free(types);
    free(text);
    return code;
}
