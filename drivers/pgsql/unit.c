/* unit.c: unit_run: cuts a unit into as few trips as the keys it generates allow, decides whether
 * COMMIT may travel with the last one. */
#include "joined.h"

#include <stdlib.h>
#include <string.h>

typedef calx__pgsql_run run;

/* ---- Before anything is sent ---- */

static int check_state(const run *r, calx_error *err)
{
    bool open = r->connection->base.in_transaction;

    if (r->connection->base.broken)
        return 0; /* which is what the first trip says */
    if (r->unit->begin && open)
        return calx_error_set(err, CALX_ERROR_STATE, "a transaction is open already");
    if (r->unit->commit && r->alone)
        return calx_error_set(err, CALX_ERROR_STATE, "no transaction is open");
    return 0;
}

/* Binds that come from other statements are integers. */
static int check_references(const calx_unit_statement *statement, calx_error *err)
{
    const calx_sql *sql = statement->sql;

    for (size_t i = 0; i < statement->reference_count; i++) {
        size_t bind = statement->references[i].bind;
        calx_kind kind = sql->bind_kinds[bind];
        if (kind != CALX_KIND_NULL && kind != CALX_KIND_INTEGER)
            return calx_error_set(err, CALX_ERROR_INVALID, "bind %zu: expected %s, got integer",
                                  bind + 1, calx_kind_name(kind));
    }
    return 0;
}

/* Halfway through a pipeline is too late to find that something cannot be sent. */
int calx__pgsql_check_statement(const calx_unit_statement *statement, calx_error *err)
{
    const calx_sql *sql = statement->sql;

    if (memchr(sql->text, '\0', sql->length))
        return calx_error_set(err, CALX_ERROR_SYNTAX, "SQL text with a NUL byte");
    int code = calx__pgsql_binds_check(sql, statement->binds, err);
    return code ? code : check_references(statement, err);
}

static int check_unit(const run *r, calx_error *err)
{
    int code = check_state(r, err);

    for (size_t i = 0; code == 0 && i < r->unit->statement_count; i++) {
        code = calx__pgsql_check_statement(&r->unit->statements[i], err);
        if (code)
            r->unit->failed_statement = i;
    }
    return code;
}

/* ---- Planning a trip ---- */

/* Up to the first statement that needs a key which this trip generates. The order stays. */
static size_t find_end(const calx_unit *unit, size_t first)
{
    for (size_t i = first; i < unit->statement_count; i++)
        for (size_t j = 0; j < unit->statements[i].reference_count; j++)
            if (unit->statements[i].references[j].statement >= first)
                return i;
    return unit->statement_count;
}

static bool has_callbacks(const calx_unit *unit, size_t end)
{
    for (size_t i = 0; i < end; i++)
        if (unit->statements[i].row)
            return true;
    return false;
}

/* True if nothing that this unit has done so far can be seen, by anybody, after a rollback. */
static bool may_run_again(const run *r, size_t first)
{
    return (r->alone && first == 0) || (r->unit->begin && !has_callbacks(r->unit, first));
}

/* In a transaction that cannot be run again only a form that the server is known to take. */
static calx__pgsql_form_kind choose_kind(const run *r, const calx__pgsql_trip *trip,
                                         const calx_unit_statement *statement)
{
    calx__pgsql_form_kind kind = calx__pgsql_form_wanted(statement);
    bool commits = trip->end == r->unit->statement_count && (r->unit->commit || r->alone);

    if (kind == CALX__PGSQL_FORM_PLAIN || !commits || r->plain)
        return CALX__PGSQL_FORM_PLAIN;
    const calx__pgsql_form *form = calx__pgsql_form_find(r->connection->forms, statement, kind);
    if (form && form->refused)
        return CALX__PGSQL_FORM_PLAIN;
    bool known = form && form->statement.prepared;
    return known || may_run_again(r, trip->first) ? kind : CALX__PGSQL_FORM_PLAIN;
}

static bool is_integer(Oid oid)
{
    return oid == CALX__PGSQL_INT2 || oid == CALX__PGSQL_INT4 || oid == CALX__PGSQL_INT8 ||
           oid == CALX__PGSQL_OID;
}

/* True if nothing that the client finds in the answer can make the unit fail. */
static bool is_settled_by_server(const calx_unit_statement *statement, const calx__pgsql_form *form)
{
    const calx__pgsql_statement *known = &form->statement;
    bool is_known = form->described && known->prepared;

    if (form->kind == CALX__PGSQL_FORM_COUNTED)
        return true;
    if (form->kind == CALX__PGSQL_FORM_KEYED)
        return is_known && is_integer(known->codecs[0]->oid);
    if (statement->row || statement->rows_expected != CALX_ROWS_ANY || statement->generates_key)
        return false;
    return statement->sql->result_count == 0 ||
           (is_known && known->codec_count == statement->sql->result_count);
}

/* A deadline that passes while a statement waits for a lock is a common one, and must not leave
 * COMMIT behind it in doubt: it may only travel along if the server gives up waiting well before.
 */
static bool is_patient(const run *r)
{
    int lock_ms = calx__pgsql_database_of(r->connection->base.database)->options.busy_timeout_ms;

    return r->deadline_us == CALX_NO_DEADLINE ||
           (lock_ms > 0 && calx_deadline_left_ms(r->deadline_us) / 2 >= lock_ms);
}

int calx__pgsql_trip_plan(const run *r, calx__pgsql_trip *trip, calx_error *err)
{
    bool last = trip->end == r->unit->statement_count;

    trip->commit = last && r->unit->commit && (trip->first == trip->end || is_patient(r));
    for (size_t i = trip->first; i < trip->end; i++) {
        const calx_unit_statement *statement = &r->unit->statements[i];
        calx__pgsql_form_kind kind = choose_kind(r, trip, statement);
        calx__pgsql_form **form = &trip->slots[i].form;
        int code = calx__pgsql_form_get(r->connection, statement, kind, form, err);
        if (code)
            return code;
        trip->commit = trip->commit && is_settled_by_server(statement, *form);
    }
    return 0;
}

/* A change of rows that the server settles is a transaction by itself, of the session's isolation:
 * BEGIN and COMMIT would tell it nothing. */
static void shorten(const run *r, calx__pgsql_trip *trip)
{
    const calx_unit *unit = r->unit;

    if (!trip->begin || !trip->commit || trip->end != 1 ||
        unit->isolation > CALX_ISOLATION_READ_COMMITTED || r->connection->settings ||
        !calx__pgsql_changes_rows(unit->statements[0].sql))
        return;
    trip->begin = false;
    trip->commit = false;
    trip->alone = true;
    trip->lone = true;
}

/* ---- The trips ---- */

/* What the server knows of these statements is out of date. */
void calx__pgsql_trip_forget_plans(calx__pgsql_trip *trip)
{
    if (trip->connection->plan == CALX__PGSQL_PLAN_VALID)
        return;
    for (size_t i = trip->first; i < trip->end; i++) {
        calx__pgsql_statement *statement = &trip->slots[i].form->statement;
        if (trip->connection->plan == CALX__PGSQL_PLAN_GONE)
            calx__pgsql_forget(statement);
        else
            calx__pgsql_release(statement);
    }
}

void calx__pgsql_trip_finish(calx__pgsql_trip *trip)
{
    for (size_t i = trip->first; i < trip->end; i++) {
        PQclear(trip->slots[i].result);
        calx__pgsql_form_put(trip->slots[i].form);
        trip->slots[i] = (calx__pgsql_slot){0};
    }
}

/* A server that has already left sees nothing of it: then the outcome is known. */
static int check_ready(run *r, const calx__pgsql_trip *trip, calx_error *err)
{
    bool open = r->connection->base.in_transaction;
    int code = calx__pgsql_ready(r->connection, r->deadline_us, err);

    return code == 0 && open && trip->commit ? calx__pgsql_peek(r->connection, err) : code;
}

static int run_trip(run *r, calx__pgsql_trip *trip, calx_error *err)
{
    trip->failed = r->unit->statement_count;
    r->connection->plan = CALX__PGSQL_PLAN_VALID;
    int code = calx__pgsql_trip_plan(r, trip, err);
    if (code == 0) {
        shorten(r, trip);
        code = check_ready(r, trip, err);
    }
    if (code == 0)
        code = calx__pgsql_trip_run(trip, err);
    if (code)
        calx__pgsql_trip_forget_plans(trip);
    else
        code = calx__pgsql_trip_deliver(trip, err);
    if (code)
        r->unit->failed_statement = trip->failed;
    if (trip->refused && !trip->refused->temporary)
        r->refused = trip->refused;
    r->committed = trip->committed && code == 0;
    calx__pgsql_trip_finish(trip);
    return code;
}

/* *again: nothing was done, and it may succeed when it is run once more. */
static int run_trips(run *r, bool *again, calx_error *err)
{
    const calx_unit *unit = r->unit;
    size_t first = 0;
    int code;

    r->committed = false;
    do {
        calx__pgsql_trip trip = {
            .connection = r->connection,
            .unit = r->unit,
            .slots = r->connection->forms->slots,
            .first = first,
            .end = find_end(unit, first),
            .begin = unit->begin && first == 0,
            .alone = r->alone,
            .deadline_us = r->deadline_us,
        };
        code = run_trip(r, &trip, err);
        bool outdated = trip.refused || r->connection->plan != CALX__PGSQL_PLAN_VALID;
        *again = code && outdated && may_run_again(r, first) && !r->connection->base.broken;
        r->plain = r->plain || trip.refused;
        first = trip.end;
    } while (code == 0 && first < unit->statement_count);
    if (code == 0 && unit->commit && !r->committed)
        code = calx__pgsql_commit(&r->connection->base, r->deadline_us, err);
    return code;
}

/* Prepared statements may be out of date, and a table may have rules, which do not go with the
 * forms that count: neither is the caller's fault. Each happens once. */
int calx__pgsql_run_alone(run *r, calx_error *err)
{
    bool again;
    int code = run_trips(r, &again, err);

    for (int tries = 0; again && tries < 2; tries++) {
        calx_error late = {0};
        if (calx__pgsql_rollback(&r->connection->base, r->deadline_us, &late) != 0)
            break;
        calx_error_clear(err);
        r->unit->failed_statement = r->unit->statement_count;
        code = run_trips(r, &again, err);
    }
    /* If the plain form is the right one it has just succeeded. */
    if (r->refused)
        r->refused->refused = code == 0;
    return code;
}

int calx__pgsql_forms_reserve(calx__pgsql_connection *connection, size_t statement_count,
                              calx_error *err)
{
    if (!connection->forms)
        connection->forms = calloc(1, sizeof *connection->forms);
    if (!connection->forms || !calx__pgsql_reserve_slots(connection->forms, statement_count))
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "no memory for a unit");
    for (size_t i = 0; i < statement_count; i++)
        connection->forms->slots[i] = (calx__pgsql_slot){0};
    connection->forms->unit++;
    return 0;
}

/* With others if it may be. */
static int run_unit(run *r, calx_error *err)
{
    calx__pgsql_joiner *joiner = calx__pgsql_database_under(r->connection)->joiner;
    bool again = true;
    int code = 0;

    if (joiner && calx__pgsql_may_join(r))
        code = calx__pgsql_join(joiner, r, &again, err);
    return again ? calx__pgsql_run_alone(r, err) : code;
}

int calx__pgsql_unit_run(calx_connection *base, calx_unit *unit, int64_t deadline_us,
                         calx_error *err)
{
    calx_error first = {0};
    run r = {
        .connection = calx__pgsql_connection_of(base),
        .unit = unit,
        .deadline_us = deadline_us,
        .alone = !base->in_transaction && !unit->begin,
    };

    unit->failed_statement = unit->statement_count;
    int code = check_unit(&r, &first);
    if (code == 0)
        code = calx__pgsql_forms_reserve(r.connection, unit->statement_count, &first);
    if (code == 0)
        code = run_unit(&r, &first);
    if (code && calx__pgsql_error_is_open(err))
        *err = first;
    return code;
}
