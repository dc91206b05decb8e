/* unit.c: running a unit: whole by the driver where it can, else statement by statement. */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "core/engine/connection.h"
#include "core/engine/internal.h"

/* Room for so many values, kept for the next statement; NULL when out of memory. */
static calx_value *scratch_reserve(calx__connection *connection, size_t count)
{
    if (connection->scratch == NULL || connection->scratch_count < count) {
        size_t room = count > 16 ? count : 16;
        calx_value *scratch = realloc(connection->scratch, room * sizeof *scratch);
        if (scratch == NULL)
            return NULL;
        connection->scratch = scratch;
        connection->scratch_count = room;
    }
    return connection->scratch;
}

/* ---- One statement ---- */

typedef struct run {
    calx_unit_statement *statement;
    calx_statement *handle;
    calx_value *row;
    int64_t deadline_us;
    int64_t row_count;
} run;

static int take_key(calx_unit_statement *statement, const calx_value *value, calx_error *err)
{
    if (value->kind != CALX_KIND_INTEGER)
        return calx_error_set(err, CALX_ERROR_MISFIT, "generated key: expected integer, got %s",
                              calx_kind_name(value->kind));
    statement->generated_key = value->as.integer;
    return 0;
}

static int take_row(run *r, calx_error *err)
{
    calx_unit_statement *statement = r->statement;
    size_t count = statement->sql->result_count;
    bool in_row = !(r->handle->driver->capabilities & CALX_CAPABILITY_GENERATED_KEY);
    int status = 0;
    if (statement->generates_key && in_row && r->row_count == 0 && count > 0)
        status = take_key(statement, &r->row[0], err);
    if (status == 0 && statement->row != NULL)
        status = statement->row(statement->context, r->row, count, err);
    r->row_count++;
    return status < 0 ? status : 0;
}

static int fetch_all(run *r, calx_error *err)
{
    for (;;) {
        int status = r->handle->driver->statement_fetch(r->handle, r->row, r->deadline_us, err);
        if (status <= 0)
            return status;
        status = take_row(r, err);
        if (status < 0)
            return status;
    }
}

/* After the last row: counts, and the key where the driver has it. */
static int take_outcome(run *r, calx_error *err)
{
    calx_unit_statement *statement = r->statement;
    const calx_driver *driver = r->handle->driver;
    statement->rows_affected = driver->statement_rows_affected(r->handle);
    if (!statement->generates_key)
        return 0;
    if (driver->capabilities & CALX_CAPABILITY_GENERATED_KEY)
        statement->generated_key = driver->statement_generated_key(r->handle);
    else if (r->row_count == 0)
        return calx_error_set(err, CALX_ERROR_DATABASE, "the INSERT returned no generated key");
    return 0;
}

static int execute(run *r, const calx_value *binds, calx_error *err)
{
    const calx_driver *driver = r->handle->driver;
    int status = driver->statement_execute(r->handle, binds, r->deadline_us, err);
    if (status == 0)
        status = fetch_all(r, err);
    if (status == 0)
        status = take_outcome(r, err);
    return status;
}

/* False after errors that may mean that the prepared form is out of date (PostgreSQL: "cached plan
 * must not change result type" after ALTER TABLE): the next run prepares it anew. */
static bool worth_keeping(int status)
{
    return status != CALX_ERROR_UNSUPPORTED && status != CALX_ERROR_UNDEFINED &&
           status != CALX_ERROR_DATABASE;
}

static int check_count(const calx_unit_statement *statement, calx_error *err)
{
    int64_t expected = statement->rows_expected;
    if (expected == CALX_ROWS_ANY || expected == statement->rows_affected)
        return 0;
    return calx_error_set(err, CALX_ERROR_STALE,
                          "expected to change %" PRId64 " rows, changed %" PRId64, expected,
                          statement->rows_affected);
}

static void send_statement(const calx__connection *connection, const calx_unit_statement *statement,
                           const calx_value *binds, int64_t rows, int64_t started_us,
                           const calx_error *error)
{
    calx__event_send(connection->engine, started_us,
                     (calx_event){.kind = CALX_EVENT_STATEMENT,
                                  .sql = statement->sql->text,
                                  .sql_length = statement->sql->length,
                                  .binds = binds,
                                  .bind_count = statement->sql->bind_count,
                                  .rows = rows,
                                  .error = error});
}

static int run_statement(calx__connection *connection, const calx_unit *unit,
                         calx_unit_statement *statement, int64_t deadline_us, calx_error *err)
{
    const calx_sql *sql = statement->sql;
    size_t copied = statement->reference_count > 0 ? sql->bind_count : 0;
    calx_value *scratch = scratch_reserve(connection, copied + sql->result_count);
    if (scratch == NULL)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory for a row");
    if (copied > 0)
        calx_unit_complete_binds(unit, statement, scratch);
    const calx_value *binds = copied > 0 ? scratch : statement->binds;
    run r = {.statement = statement, .row = scratch + copied, .deadline_us = deadline_us};
    int64_t started_us = calx__event_start(connection->engine);
    calx__prepared *prepared;
    int status = calx__statements_get(&connection->statements, connection->base, sql, deadline_us,
                                      &prepared, err);
    if (status == 0) {
        r.handle = prepared->statement;
        status = execute(&r, binds, err);
        calx__statements_put(&connection->statements, prepared, worth_keeping(status));
    }
    if (status == 0)
        status = check_count(statement, err);
    send_statement(connection, statement, binds,
                   sql->result_count > 0 ? r.row_count : statement->rows_affected, started_us,
                   status < 0 ? err : NULL);
    return status;
}

/* ---- The unit ---- */

static int run_statements(calx__connection *connection, calx_unit *unit, int64_t deadline_us,
                          calx_error *err)
{
    for (size_t i = 0; i < unit->statement_count; i++) {
        int status = run_statement(connection, unit, &unit->statements[i], deadline_us, err);
        if (status < 0) {
            unit->failed_statement = i;
            return status;
        }
    }
    return 0;
}

static int run_one_by_one(calx__connection *connection, calx_unit *unit, int64_t deadline_us,
                          calx_error *err)
{
    int status = 0;
    if (unit->begin)
        status = calx__connection_begin(connection, unit->isolation, unit->write, deadline_us, err);
    if (status == 0)
        status = run_statements(connection, unit, deadline_us, err);
    if (status == 0 && unit->commit)
        status = calx__connection_commit(connection, deadline_us, err);
    return status;
}

/* What the driver did at one go is told as if it had been done one by one; only the last event
 * has a duration. */
static void send_whole(const calx__connection *connection, const calx_unit *unit,
                       int64_t started_us, const calx_error *error)
{
    const calx_engine *engine = connection->engine;
    if (engine->listener_count == 0)
        return;
    int64_t now_us = calx_now_us();
    bool begun = unit->begin && !(error != NULL && unit->statement_count == 0);
    if (begun)
        calx__event_send(engine, now_us, (calx_event){.kind = CALX_EVENT_BEGIN});
    for (size_t i = 0; i < unit->statement_count; i++) {
        const calx_unit_statement *statement = &unit->statements[i];
        bool failed = error != NULL && i == unit->failed_statement;
        bool last = failed || (i + 1 == unit->statement_count && !unit->commit);
        send_statement(connection, statement, statement->binds, statement->rows_affected,
                       last ? started_us : now_us, failed ? error : NULL);
        if (failed)
            return;
    }
    if (unit->commit)
        calx__event_send(engine, started_us,
                         (calx_event){.kind = CALX_EVENT_COMMIT, .error = error});
}

static int run_whole(calx__connection *connection, calx_unit *unit, int64_t deadline_us,
                     calx_error *err)
{
    calx_connection *base = connection->base;
    int64_t started_us = calx__event_start(connection->engine);
    int status = base->driver->unit_run(base, unit, deadline_us, err);
    if (status != CALX_UNIT_DECLINED)
        send_whole(connection, unit, started_us, status < 0 ? err : NULL);
    return status;
}

int calx__connection_run(calx__connection *connection, calx_unit *unit, int64_t deadline_us,
                         calx_error *err)
{
    calx_error ignored = {0};
    calx_connection *base = connection->base;
    assert(!unit->begin || !base->in_transaction);
    err = err ? err : &ignored;
    unit->failed_statement = unit->statement_count;
    int status =
        base->driver->unit_run ? run_whole(connection, unit, deadline_us, err) : CALX_UNIT_DECLINED;
    if (status == CALX_UNIT_DECLINED)
        status = run_one_by_one(connection, unit, deadline_us, err);
    /* The unit's own time may be over: the rollback has its own. */
    if (status < 0 && unit->begin && base->in_transaction && !base->broken) {
        int timeout_ms = connection->engine->options.connect_timeout_ms;
        calx__connection_rollback(connection, calx_deadline_in_ms(timeout_ms), NULL);
    }
    return status;
}
