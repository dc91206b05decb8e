/* trip.c: the statements of a unit that travel together in pipeline mode: sends them up to one
 * Sync, reads the answers in their order, and knows what a failure leaves of the transaction. */
#include "unit.h"

#include <string.h>

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
    int code = calx__pgsql_refuse_copy(connection, *out, err);
    if (code)
        PQclear(*out);
    return code;
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
    if (!result && form->statement.number)
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
int calx__pgsql_trip_read_sync(calx__pgsql_trip *trip, calx_error *err)
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

int calx__pgsql_trip_read_commit(calx__pgsql_trip *trip, calx_error *err)
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

int calx__pgsql_trip_read_statements(calx__pgsql_trip *trip, calx_error *err)
{
    int code = 0;

    for (size_t i = trip->first; code == 0 && i < trip->end; i++)
        code = read_statement(trip, i, err);
    return code;
}

int calx__pgsql_trip_read_start(calx__pgsql_trip *trip, calx_error *err)
{
    bool settings = trip->connection->settings;
    int answers = trip->begin + (settings && (trip->begin || trip->alone));
    int code = 0;

    for (int i = 0; code == 0 && i < answers; i++) {
        PGresult *result;
        code = read_transaction(trip, &result, err);
        PQclear(result);
    }
    return code;
}

/* What the statement warned of is read, and no more: libpq looks ahead up to the next answer. What
 * warns from here on is the commit. */
static int read_border(calx__pgsql_trip *trip, calx_error *err)
{
    PGresult *result;

    trip->connection->warned = false;
    int code = read_transaction(trip, &result, err);
    PQclear(result);
    return code;
}

static int read_answers(calx__pgsql_trip *trip, calx_error *err)
{
    int code = calx__pgsql_trip_read_start(trip, err);

    if (code == 0)
        code = calx__pgsql_trip_read_statements(trip, err);
    if (code == 0 && trip->commit)
        code = calx__pgsql_trip_read_commit(trip, err);
    if (code == 0 && trip->lone)
        code = read_border(trip, err);
    if (code == 0)
        code = calx__pgsql_trip_read_sync(trip, err);
    if (code == 0 && trip->alone && err->code == CALX_OK)
        trip->committed = !trip->lone || calx__pgsql_check_warning(trip->connection, err) == 0;
    return code;
}

/* What became of statements that the server should forget does not matter. */
int calx__pgsql_trip_read_released(calx__pgsql_trip *trip, calx_error *err)
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

    int code = calx__pgsql_trip_queue(trip, &releases, err);
    if (code == 0 && releases)
        code = calx__pgsql_trip_read_released(trip, err);
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
