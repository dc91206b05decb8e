/* trip.c: the statements of a unit that travel together in pipeline mode: queues them up to one
 * Sync, reads the answers in their order, and knows what a failure leaves of the transaction. */
#include "unit.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* So many statements are queued before what libpq could not yet send is waited for; meanwhile the
 * server's answers are read, or it would stop reading, too. */
#define STATEMENTS_QUEUED_MAX 64

/* ---- Queueing ---- */

static int out_of_memory(calx__pgsql_trip *trip, calx_error *err)
{
    calx__pgsql_abandon(trip->connection); /* half a pipeline is of no use */
    return calx_error_set(err, CALX_ERROR_NO_MEMORY, "no memory for a unit");
}

static int queue_text(calx__pgsql_trip *trip, const char *sql, calx_error *err)
{
    PGconn *handle = trip->connection->handle;

    return PQsendQueryParams(handle, sql, 0, NULL, NULL, NULL, NULL, 0)
               ? 0
               : calx__pgsql_lost(trip->connection, err);
}

static bool needs_prepare(const calx__pgsql_form *form)
{
    return form->temporary || !(form->statement.prepared || form->queued);
}

/* Until the server has answered only the declared types are known. */
static int queue_prepare(calx__pgsql_trip *trip, calx__pgsql_form *form, calx_error *err)
{
    calx__pgsql_connection *connection = trip->connection;
    calx__pgsql_statement *statement = &form->statement;
    const calx_sql *sql = statement->base.sql;
    char name[CALX__PGSQL_NAME_MAX];
    char *text;

    if (form->temporary)
        connection->unnamed = NULL;
    else if (calx__pgsql_name(statement, err) != 0)
        return out_of_memory(trip, err);
    if (calx__pgsql_form_text(form, &text, err) != 0)
        return out_of_memory(trip, err);
    for (size_t i = 0; i < sql->bind_count; i++)
        statement->binds.types[i] = calx__pgsql_bind_type(sql->bind_kinds[i]);
    form->described = false;
    form->binary = false;
    form->queued = true;
    connection->prepared_count += !form->temporary;
    calx__pgsql_statement_name(statement->number, name);
    bool queued = PQsendPrepare(connection->handle, name, text, (int)sql->bind_count,
                                statement->binds.types) &&
                  PQsendDescribePrepared(connection->handle, name);
    free(text);
    return queued ? 0 : calx__pgsql_lost(connection, err);
}

/* The binds, with the keys that earlier trips brought. */
static const calx_value *complete_binds(calx__pgsql_trip *trip,
                                        const calx_unit_statement *statement)
{
    calx_value *values = trip->connection->forms->values;

    if (statement->reference_count == 0)
        return statement->binds;
    for (size_t i = 0; i < statement->reference_count; i++)
        assert(statement->references[i].statement < trip->first);
    calx_unit_complete_binds(trip->unit, statement, values);
    return values;
}

static int queue_statement(calx__pgsql_trip *trip, size_t index, calx_error *err)
{
    calx__pgsql_slot *slot = &trip->slots[index];
    calx__pgsql_form *form = slot->form;
    const calx_unit_statement *statement = &trip->unit->statements[index];
    calx__pgsql_binds *binds = &form->statement.binds;
    PGconn *handle = trip->connection->handle;
    char name[CALX__PGSQL_NAME_MAX];

    slot->prepares = needs_prepare(form);
    int code = slot->prepares ? queue_prepare(trip, form, err) : 0;
    if (code)
        return code;
    /* Values that cannot be sent were refused before: only memory can be missing. */
    if (!calx__pgsql_reserve_values(trip->connection->forms, statement->sql->bind_count) ||
        calx__pgsql_binds_encode(binds, statement->sql, complete_binds(trip, statement), err) != 0)
        return out_of_memory(trip, err);
    calx__pgsql_statement_name(form->statement.number, name);
    return PQsendQueryPrepared(handle, name, (int)binds->count, binds->values, binds->lengths,
                               binds->formats, form->binary)
               ? 0
               : calx__pgsql_lost(trip->connection, err);
}

static bool may_write(const calx__pgsql_trip *trip)
{
    for (size_t i = trip->first; i < trip->end; i++)
        if (calx__pgsql_may_write(trip->unit->statements[i].sql))
            return true;
    return false;
}

/* What commits comes last: COMMIT, or outside a transaction the Sync. */
static int queue_end(calx__pgsql_trip *trip, calx_error *err)
{
    trip->sent = trip->commit || (trip->alone && may_write(trip));
    int code = trip->commit ? queue_text(trip, "COMMIT", err) : 0;
    if (code == 0 && !PQpipelineSync(trip->connection->handle))
        code = calx__pgsql_lost(trip->connection, err);
    return code ? code : calx__pgsql_flush(trip->connection, trip->deadline_us, err);
}

static int queue(calx__pgsql_trip *trip, bool *releases, calx_error *err)
{
    calx__pgsql_connection *connection = trip->connection;
    int code = 0;

    /* An error among them would spoil an open transaction. */
    *releases = connection->released_count > 0 && !connection->base.in_transaction;
    if (!PQenterPipelineMode(connection->handle) ||
        (*releases && !calx__pgsql_queue_released(connection)))
        return calx__pgsql_lost(connection, err);
    if (trip->begin)
        code = queue_text(trip, calx__pgsql_begin_text(trip->unit->isolation), err);
    for (size_t i = trip->first; code == 0 && i < trip->end; i++) {
        code = queue_statement(trip, i, err);
        if (code == 0 && (i - trip->first) % STATEMENTS_QUEUED_MAX == STATEMENTS_QUEUED_MAX - 1)
            code = calx__pgsql_flush(connection, trip->deadline_us, err);
    }
    return code ? code : queue_end(trip, err);
}

/* ---- Reading ---- */

/* What a result answers. */
typedef enum stage {
    STAGE_PREPARE,
    STAGE_DESCRIBE,
    STAGE_EXECUTE,
    STAGE_TRANSACTION, /* BEGIN, COMMIT, Sync */
} stage;

/* The next result. NULLs separate the commands; on a dead connection they would never end. What
 * had arrived before it died still counts. */
static int take(calx__pgsql_trip *trip, PGresult **out, calx_error *err)
{
    calx__pgsql_connection *connection = trip->connection;

    *out = NULL;
    for (int nulls = 0; !*out; nulls++) {
        int code = calx__pgsql_receive(connection, trip->deadline_us, out, err);
        if (code)
            return code;
        if (!*out && nulls > 1)
            return calx__pgsql_lost(connection, err);
    }
    ExecStatusType status = PQresultStatus(*out);
    if (status != PGRES_COPY_IN && status != PGRES_COPY_OUT && status != PGRES_COPY_BOTH)
        return 0;
    PQclear(*out);
    calx__pgsql_abandon(connection);
    return calx_error_set(err, CALX_ERROR_UNSUPPORTED, "COPY is not supported");
}

/* The server's own error, not libpq's about a dead connection, and not the server's last words. */
static bool is_answer(const PGresult *result)
{
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);

    return PQresultErrorField(result, PG_DIAG_SQLSTATE) && severity &&
           strcmp(severity, "ERROR") == 0;
}

/* The text does not go with the tables as they are: one prepared before has to be parsed anew,
 * since they may have been others then. */
static bool is_about_text(int code)
{
    return code == CALX_ERROR_UNDEFINED || code == CALX_ERROR_UNSUPPORTED ||
           code == CALX_ERROR_DATABASE || code == CALX_ERROR_SYNTAX;
}

static void fail_statement(calx__pgsql_trip *trip, size_t index, stage at, const PGresult *result,
                           calx_error *err)
{
    calx__pgsql_form *form = trip->slots[index].form;
    int64_t changed;

    trip->failed = index;
    if (at == STAGE_EXECUTE && form->kind != CALX__PGSQL_FORM_PLAIN &&
        calx__pgsql_form_refusal(result, &changed)) {
        calx__pgsql_set_stale(&trip->unit->statements[index], changed, err);
        return;
    }
    int code = calx__pgsql_fail(trip->connection, result, err);
    if (!is_about_text(code))
        return;
    calx__pgsql_release(&form->statement);
    if (form->kind != CALX__PGSQL_FORM_PLAIN &&
        (at == STAGE_PREPARE || code == CALX_ERROR_UNSUPPORTED))
        trip->refused = form;
}

/* The first error is the unit's; what follows it was skipped by the server. */
static void note_error(calx__pgsql_trip *trip, size_t index, stage at, const PGresult *result,
                       calx_error *err)
{
    if (err->code != CALX_OK)
        return;
    trip->answered = is_answer(result);
    if (at != STAGE_TRANSACTION) {
        fail_statement(trip, index, at, result, err);
        return;
    }
    trip->failed = trip->unit->statement_count;
    calx__pgsql_fail(trip->connection, result, err);
    if (trip->sent && calx__pgsql_is_unknown_state(err))
        err->outcome = CALX_OUTCOME_UNKNOWN;
}

/* One command's answer. *out is NULL unless it succeeded. A code means that no more will come. */
static int step(calx__pgsql_trip *trip, size_t index, stage at, PGresult **out, calx_error *err)
{
    PGresult *result;

    *out = NULL;
    int code = take(trip, &result, err);
    if (code)
        return code;
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY ||
        status == PGRES_PIPELINE_SYNC) {
        *out = result;
        return 0;
    }
    if (status != PGRES_PIPELINE_ABORTED)
        note_error(trip, index, at, result, err);
    PQclear(result);
    return 0;
}

static void learn(calx__pgsql_trip *trip, size_t index, const PGresult *description,
                  calx_error *err)
{
    calx__pgsql_form *form = trip->slots[index].form;

    int code = calx__pgsql_read_description(&form->statement, description, err);
    if (code) {
        trip->failed = index;
        trip->answered = code == CALX_ERROR_INVALID; /* the server refuses such a Bind */
        return;
    }
    form->described = true;
    form->binary = form->statement.binary;
}

static int read_prepare(calx__pgsql_trip *trip, size_t index, calx_error *err)
{
    calx__pgsql_form *form = trip->slots[index].form;
    PGresult *result;

    int code = step(trip, index, STAGE_PREPARE, &result, err);
    if (code)
        return code;
    form->queued = false;
    form->statement.prepared = result != NULL;
    if (!result && !form->temporary)
        trip->connection->prepared_count--;
    PQclear(result);
    code = step(trip, index, STAGE_DESCRIBE, &result, err);
    if (code == 0 && result)
        learn(trip, index, result, err);
    PQclear(result);
    if (code == 0 && !form->described)
        calx__pgsql_release(&form->statement);
    return code;
}

static int read_statement(calx__pgsql_trip *trip, size_t index, calx_error *err)
{
    int code = trip->slots[index].prepares ? read_prepare(trip, index, err) : 0;

    return code ? code : step(trip, index, STAGE_EXECUTE, &trip->slots[index].result, err);
}

/* Everything up to a Sync. Errors on the way come from the Sync itself: a deferred constraint. */
static int read_sync(calx__pgsql_trip *trip, calx_error *err)
{
    for (;;) {
        PGresult *result;
        int code = step(trip, trip->unit->statement_count, STAGE_TRANSACTION, &result, err);
        bool done = code || (result && PQresultStatus(result) == PGRES_PIPELINE_SYNC);
        PQclear(result);
        if (done)
            return code;
    }
}

static int read_transaction(calx__pgsql_trip *trip, PGresult **out, calx_error *err)
{
    return step(trip, trip->unit->statement_count, STAGE_TRANSACTION, out, err);
}

static int read_commit(calx__pgsql_trip *trip, calx_error *err)
{
    PGresult *result;

    /* The earlier answers are read: what warns from here on is COMMIT. */
    trip->connection->warned = false;
    int code = read_transaction(trip, &result, err);
    if (code == 0 && result) {
        trip->answered = true;
        trip->committed = calx__pgsql_check_commit(trip->connection, result, err) == 0;
    }
    PQclear(result);
    return code;
}

static int read_answers(calx__pgsql_trip *trip, calx_error *err)
{
    PGresult *result;
    int code = 0;

    if (trip->begin) {
        code = read_transaction(trip, &result, err);
        PQclear(result);
    }
    for (size_t i = trip->first; code == 0 && i < trip->end; i++)
        code = read_statement(trip, i, err);
    if (code == 0 && trip->commit)
        code = read_commit(trip, err);
    if (code == 0)
        code = read_sync(trip, err);
    if (code == 0 && trip->alone && err->code == CALX_OK)
        trip->committed = true;
    return code;
}

/* What became of statements that the server should forget does not matter. */
static int read_released(calx__pgsql_trip *trip, calx_error *err)
{
    for (;;) {
        PGresult *result;
        int code = take(trip, &result, err);
        if (code)
            return code;
        bool done = PQresultStatus(result) == PGRES_PIPELINE_SYNC;
        PQclear(result);
        if (done)
            return 0;
    }
}

/* ---- The trip ---- */

static int exchange(calx__pgsql_trip *trip, calx_error *err)
{
    bool releases;

    int code = queue(trip, &releases, err);
    if (code == 0 && releases)
        code = read_released(trip, err);
    if (code == 0)
        code = read_answers(trip, err);
    if (code == 0 && !PQexitPipelineMode(trip->connection->handle))
        code = calx__pgsql_lost(trip->connection, err);
    return code;
}

int calx__pgsql_trip_run(calx__pgsql_trip *trip, calx_error *err)
{
    calx__pgsql_connection *connection = trip->connection;

    int code = exchange(trip, err);
    if (code) /* in the middle of a pipeline nothing can be made good */
        connection->base.broken = true;
    else
        calx__pgsql_update_transaction(connection);
    /* Confirmed is confirmed, even if the connection died after that. */
    if (trip->commit && trip->committed)
        calx_error_clear(err);
    if (err->code != CALX_OK && trip->sent && !trip->answered)
        err->outcome = CALX_OUTCOME_UNKNOWN;
    return err->code;
}
