/* trip_queue.c: queues what travels together: what is to be forgotten, BEGIN, each statement with
 * its Prepare where it needs one, COMMIT, Sync. */
#include "unit.h"
#include "unnamed.h"

#include <assert.h>
#include <stdlib.h>

/* So many statements are queued before what libpq could not yet send is waited for; meanwhile the
 * server's answers are read, or it would stop reading, too. */
#define STATEMENTS_QUEUED_MAX 64

static int out_of_memory(calx__pgsql_trip *trip, calx_error *err)
{
    calx__pgsql_abandon(trip->connection); /* half a pipeline is of no use */
    return calx_error_set(err, CALX_ERROR_NO_MEMORY, "no memory for a unit");
}

int calx__pgsql_queue_text(calx__pgsql_connection *connection, const char *sql, calx_error *err)
{
    return PQsendQueryParams(connection->handle, sql, 0, NULL, NULL, NULL, NULL, 0)
               ? 0
               : calx__pgsql_lost(connection, err);
}

static bool needs_prepare(const calx__pgsql_form *form)
{
    return form->temporary || !(form->statement.prepared || form->queued);
}

static int give_name(calx__pgsql_connection *connection, calx__pgsql_form *form, calx_error *err)
{
    if (!form->temporary && !calx__pgsql_database_under(connection)->unnamed)
        return calx__pgsql_name(&form->statement, err);
    connection->unnamed = NULL;
    return 0;
}

/* Until the server has answered only the declared types are known. */
static int queue_prepare(calx__pgsql_trip *trip, calx__pgsql_form *form, calx_error *err)
{
    calx__pgsql_connection *connection = trip->connection;
    calx__pgsql_statement *statement = &form->statement;
    const calx_sql *sql = statement->base.sql;
    char name[CALX__PGSQL_NAME_MAX];
    char *text;

    if (give_name(connection, form, err) != 0 || calx__pgsql_form_text(form, &text, err) != 0)
        return out_of_memory(trip, err);
    for (size_t i = 0; i < sql->bind_count; i++)
        statement->binds.types[i] = calx__pgsql_bind_type(sql->bind_kinds[i]);
    form->described = false;
    form->binary = false;
    form->queued = true;
    connection->prepared_count += statement->number != 0;
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

/* By its name, or, where that is no more than the server's last unnamed statement, with its text.
 */
static int queue_execute(calx__pgsql_trip *trip, const calx__pgsql_slot *slot, calx_error *err)
{
    const calx__pgsql_form *form = slot->form;
    const calx__pgsql_binds *binds = &form->statement.binds;
    char name[CALX__PGSQL_NAME_MAX];
    bool queued;

    if (slot->prepares || form->statement.number) {
        calx__pgsql_statement_name(form->statement.number, name);
        queued = PQsendQueryPrepared(trip->connection->handle, name, (int)binds->count,
                                     binds->values, binds->lengths, binds->formats, form->binary);
    } else {
        char *text;
        if (calx__pgsql_form_text(form, &text, err) != 0)
            return out_of_memory(trip, err);
        queued = calx__pgsql_queue_unnamed(trip->connection, text, binds, form->binary);
        free(text);
    }
    return queued ? 0 : calx__pgsql_lost(trip->connection, err);
}

static int queue_statement(calx__pgsql_trip *trip, size_t index, calx_error *err)
{
    calx__pgsql_slot *slot = &trip->slots[index];
    calx__pgsql_form *form = slot->form;
    const calx_unit_statement *statement = &trip->unit->statements[index];
    calx__pgsql_binds *binds = &form->statement.binds;

    slot->prepares = needs_prepare(form);
    int code = slot->prepares ? queue_prepare(trip, form, err) : 0;
    if (code)
        return code;
    /* Values that cannot be sent were refused before: only memory can be missing. */
    if (!calx__pgsql_reserve_values(trip->connection->forms, statement->sql->bind_count) ||
        calx__pgsql_binds_encode(binds, statement->sql, complete_binds(trip, statement), err) != 0)
        return out_of_memory(trip, err);
    return queue_execute(trip, slot, err);
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
    int code = trip->commit ? calx__pgsql_queue_text(trip->connection, "COMMIT", err) : 0;
    /* The least that has an answer of its own: it keeps two kinds of warnings apart. */
    if (trip->lone && !PQsendDescribePortal(trip->connection->handle, ""))
        code = calx__pgsql_lost(trip->connection, err);
    if (code == 0 && !PQpipelineSync(trip->connection->handle))
        code = calx__pgsql_lost(trip->connection, err);
    return code ? code : calx__pgsql_flush(trip->connection, trip->deadline_us, err);
}

int calx__pgsql_trip_queue_start(calx__pgsql_trip *trip, bool *releases, calx_error *err)
{
    calx__pgsql_connection *connection = trip->connection;
    int code = 0;

    /* An error among them would spoil an open transaction. */
    *releases = connection->released_count > 0 && !connection->base.in_transaction;
    if (!PQenterPipelineMode(connection->handle) ||
        (*releases && !calx__pgsql_queue_released(connection)))
        return calx__pgsql_lost(connection, err);
    if (trip->begin)
        code =
            calx__pgsql_queue_text(connection, calx__pgsql_begin_text(trip->unit->isolation), err);
    if (code == 0 && connection->settings && (trip->begin || trip->alone))
        code = calx__pgsql_queue_text(connection, connection->settings, err);
    return code;
}

int calx__pgsql_trip_queue_statements(calx__pgsql_trip *trip, calx_error *err)
{
    int code = 0;

    for (size_t i = trip->first; code == 0 && i < trip->end; i++) {
        code = queue_statement(trip, i, err);
        if (code == 0 && (i - trip->first) % STATEMENTS_QUEUED_MAX == STATEMENTS_QUEUED_MAX - 1)
            code = calx__pgsql_flush(trip->connection, trip->deadline_us, err);
    }
    return code;
}

int calx__pgsql_trip_queue(calx__pgsql_trip *trip, bool *releases, calx_error *err)
{
    int code = calx__pgsql_trip_queue_start(trip, releases, err);

    if (code == 0)
        code = calx__pgsql_trip_queue_statements(trip, err);
    return code ? code : queue_end(trip, err);
}
