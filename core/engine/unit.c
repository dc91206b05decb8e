/* unit.c: running a unit: whole by the driver where it can, else statement by statement. */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/engine/connection.h"
#include "core/engine/internal.h"
#include "core/engine/spread.h"

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

/* ---- One text ---- */

/* Runs of a statement's text: one for each record, or one for all of them. */
typedef struct run {
    calx__connection *connection;
    calx_unit_statement *statement;
    const calx_sql *sql;
    const calx_value *binds;
    size_t record_count; /* of each run */
    bool array;          /* they go in one trip: only the sum of their rows is known */
    int64_t *keys;       /* NULL: none are wanted */
    calx_statement *handle;
    calx_value *row;
    int64_t deadline_us;
    int64_t row_count;
    int64_t rows_affected;
} run;

static bool has_own_keys(const run *r)
{
    const calx_driver *driver = r->handle->driver;
    return r->sql->record_count > 0 ? driver->statement_generated_keys != NULL
                                    : driver->capabilities & CALX_CAPABILITY_GENERATED_KEY;
}

static int take_key(run *r, const calx_value *value, calx_error *err)
{
    if ((size_t)r->row_count >= r->record_count || r->keys == NULL)
        return 0;
    if (value->kind != CALX_KIND_INTEGER)
        return calx_error_set(err, CALX_ERROR_MISFIT, "generated key: expected integer, got %s",
                              calx_kind_name(value->kind));
    r->keys[r->row_count] = value->as.integer;
    return 0;
}

static int take_row(run *r, calx_error *err)
{
    calx_unit_statement *statement = r->statement;
    size_t count = r->sql->result_count;
    int status = 0;
    if (count > 0 && !has_own_keys(r))
        status = take_key(r, &r->row[0], err);
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

/* After the last row: the keys where the driver has them. */
static int take_keys(run *r, calx_error *err)
{
    const calx_driver *driver = r->handle->driver;
    if (!has_own_keys(r) && r->row_count < (int64_t)r->record_count)
        return calx_error_set(err, CALX_ERROR_DATABASE, "the INSERT returned no generated key");
    if (has_own_keys(r) && r->sql->record_count > 0)
        memcpy(r->keys, driver->statement_generated_keys(r->handle),
               r->record_count * sizeof *r->keys);
    else if (has_own_keys(r))
        *r->keys = driver->statement_generated_key(r->handle);
    return 0;
}

static int check_count(const run *r, calx_error *err)
{
    int64_t expected = r->statement->rows_expected * (int64_t)r->record_count;
    if (r->statement->rows_expected == CALX_ROWS_ANY || expected == r->rows_affected)
        return 0;
    return calx_error_set(err, CALX_ERROR_STALE,
                          "expected to change %" PRId64 " rows, changed %" PRId64,
                          r->array ? 1 : expected, r->array ? 0 : r->rows_affected);
}

static int execute(run *r, calx_error *err)
{
    const calx_driver *driver = r->handle->driver;
    r->row_count = 0;
    int status = r->array ? driver->statement_execute_records(r->handle, r->binds, r->record_count,
                                                              r->deadline_us, err)
                          : driver->statement_execute(r->handle, r->binds, r->deadline_us, err);
    if (status == 0)
        status = fetch_all(r, err);
    if (status != 0)
        return status;
    r->rows_affected = driver->statement_rows_affected(r->handle);
    if (r->keys != NULL)
        status = take_keys(r, err);
    return status == 0 ? check_count(r, err) : status;
}

/* False after errors that may mean that the prepared form is out of date (PostgreSQL: "cached plan
 * must not change result type" after ALTER TABLE): the next run prepares it anew. */
static bool worth_keeping(int status)
{
    return status != CALX_ERROR_UNSUPPORTED && status != CALX_ERROR_UNDEFINED &&
           status != CALX_ERROR_DATABASE;
}

static void send_statement(const calx_engine *engine, const calx_sql *sql, const calx_value *binds,
                           int64_t rows, int64_t started_us, const calx_error *error)
{
    calx__event_send(engine, started_us,
                     (calx_event){.kind = CALX_EVENT_STATEMENT,
                                  .sql = sql->text,
                                  .sql_length = sql->length,
                                  .binds = binds,
                                  .bind_count = sql->bind_count,
                                  .rows = rows,
                                  .error = error});
}

/* Of several runs at one go: one event for each; of those that failed, one. */
static void send_runs(const calx_engine *engine, const calx_sql *sql, const calx_value *binds,
                      size_t count, int64_t rows, int64_t started_us, const calx_error *error)
{
    for (size_t i = 0; i < (error ? 1 : count); i++)
        send_statement(engine, sql, binds ? binds + i * sql->bind_count : NULL,
                       rows / (int64_t)count, started_us, error);
}

static int run_once(run *r, calx_error *err)
{
    int64_t started_us = calx__event_start(r->connection->engine);
    int status = execute(r, err);
    if (status <= 0)
        send_runs(r->connection->engine, r->sql, r->binds, r->array ? r->record_count : 1,
                  r->sql->result_count > 0 ? r->row_count : r->rows_affected, started_us,
                  status < 0 ? err : NULL);
    return status;
}

/* As often as it takes for all records. */
static int run_text(run *r, size_t times, calx_error *err)
{
    calx__statements *statements = &r->connection->statements;
    calx__prepared *prepared;
    int64_t started_us = calx__event_start(r->connection->engine);
    int status = calx__statements_get(statements, r->connection->base, r->sql, r->deadline_us,
                                      &prepared, err);
    if (status < 0) {
        send_statement(r->connection->engine, r->sql, r->binds, 0, started_us, err);
        return status;
    }
    r->handle = prepared->statement;
    r->statement->rows_affected = 0;
    for (size_t i = 0; i < times && status == 0; i++) {
        status = run_once(r, err);
        r->statement->rows_affected += r->rows_affected;
        r->binds = r->binds ? r->binds + r->sql->bind_count : NULL;
        r->keys = r->keys ? r->keys + r->record_count : NULL;
    }
    calx__statements_put(statements, prepared, worth_keeping(status));
    return status;
}

/* ---- One statement ---- */

/* Has the driver a way to insert all records at once, if their keys are wanted? */
static bool takes_all(const calx__connection *connection, const calx_unit_statement *statement)
{
    const calx_connection *base = connection->base;
    uint32_t can = base->driver->capabilities | base->capabilities;
    return statement->all != NULL && (!statement->generates_key || can & CALX_CAPABILITY_RECORDS);
}

/* Outside a transaction some of its records would stay when another fails. */
static bool takes_array(const calx__connection *connection, const calx_unit_statement *statement)
{
    const calx_connection *base = connection->base;
    return base->capabilities & CALX_CAPABILITY_ARRAYS && base->in_transaction &&
           statement->record_count > 1 && !statement->generates_key &&
           statement->sql->result_count == 0 && statement->rows_expected <= 1;
}

static int run_statement(calx__connection *connection, const calx_unit *unit,
                         calx_unit_statement *statement, int64_t deadline_us, calx_error *err)
{
    const calx_sql *sql = statement->sql;
    size_t records = calx_unit_record_count(statement);
    size_t copied = statement->reference_count > 0 ? sql->bind_count * records : 0;
    calx_value *scratch = scratch_reserve(connection, copied + sql->result_count + 1);
    if (scratch == NULL)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory for a row");
    if (copied > 0)
        calx_unit_complete_binds(unit, statement, scratch);
    int64_t *keys = records > 1 ? statement->generated_keys : &statement->generated_key;
    run r = {.connection = connection,
             .statement = statement,
             .sql = sql,
             .binds = copied > 0 ? scratch : statement->binds,
             .record_count = 1,
             .keys = statement->generates_key ? keys : NULL,
             .row = scratch + copied,
             .deadline_us = deadline_us};
    run whole = r;
    whole.record_count = records;
    whole.sql = takes_all(connection, statement) ? statement->all : sql;
    whole.array = whole.sql == sql && takes_array(connection, statement);
    int status = CALX_RECORDS_DECLINED;
    if (whole.sql != sql || whole.array)
        status = run_text(&whole, 1, err);
    return status == CALX_RECORDS_DECLINED ? run_text(&r, records, err) : status;
}

/* ---- One by one ---- */

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

/* ---- Without BEGIN and COMMIT ---- */

/* Told as if it had begun and committed. */
static int run_lone(calx__connection *connection, calx_unit *unit, int64_t deadline_us,
                    calx_error *err)
{
    const calx_engine *engine = connection->engine;
    calx__event_send(engine, calx__event_start(engine), (calx_event){.kind = CALX_EVENT_BEGIN});
    int status = run_statements(connection, unit, deadline_us, err);
    if (status == 0)
        calx__event_send(engine, calx__event_start(engine),
                         (calx_event){.kind = CALX_EVENT_COMMIT});
    return status;
}

/* ---- Whole ---- */

/* It is told as if it had been done one by one; only the last event has a duration. */
static void send_whole(const calx_engine *engine, const calx_unit *unit, int64_t started_us,
                       const calx_error *error)
{
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
        send_runs(engine, statement->sql, statement->binds, calx_unit_record_count(statement),
                  statement->rows_affected, last ? started_us : now_us, failed ? error : NULL);
        if (failed)
            return;
    }
    if (unit->commit)
        calx__event_send(
            engine, started_us,
            (calx_event){.kind = CALX_EVENT_COMMIT, .units = unit->group_size, .error = error});
}

/* On a connection, or (NULL) on those that the database itself has. */
static int call_driver(const calx_engine *engine, calx_connection *base, calx_unit *unit,
                       int64_t deadline_us, calx_error *err)
{
    const calx_driver *driver = engine->choice.driver;
    return base ? driver->unit_run(base, unit, deadline_us, err)
                : driver->database_unit_run(engine->database, unit, deadline_us, err);
}

/* For a driver that knows one record only. */
static int run_spread(const calx_engine *engine, calx_connection *base, calx_unit *unit,
                      int64_t deadline_us, calx_error *err)
{
    calx__spread spread;
    if (!calx__unit_has_records(unit))
        return call_driver(engine, base, unit, deadline_us, err);
    int status = calx__spread_init(&spread, unit, err);
    if (status < 0)
        return status;
    status = call_driver(engine, base, &spread.unit, deadline_us, err);
    if (status != CALX_UNIT_DECLINED)
        calx__spread_collect(&spread);
    calx__spread_finish(&spread);
    return status;
}

static int run_whole(const calx_engine *engine, calx_connection *base, calx_unit *unit,
                     int64_t deadline_us, calx_error *err)
{
    int64_t started_us = calx__event_start(engine);
    calx_waiter *waiter = calx_waiter_current();
    unit->failed_statement = unit->statement_count;
    unit->group_size = 0;
    waiter->committing = unit->commit;
    int status = engine->choice.driver->capabilities & CALX_CAPABILITY_RECORDS
                     ? call_driver(engine, base, unit, deadline_us, err)
                     : run_spread(engine, base, unit, deadline_us, err);
    waiter->committing = false;
    if (status != CALX_UNIT_DECLINED)
        send_whole(engine, unit, started_us, status < 0 ? err : NULL);
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
    int status = base->driver->unit_run
                     ? run_whole(connection->engine, base, unit, deadline_us, err)
                     : CALX_UNIT_DECLINED;
    if (status == CALX_UNIT_DECLINED)
        status = calx__unit_is_lone(connection, unit, deadline_us)
                     ? run_lone(connection, unit, deadline_us, err)
                     : run_one_by_one(connection, unit, deadline_us, err);
    /* The unit's own time may be over: the rollback has its own. */
    if (status < 0 && unit->begin && base->in_transaction && !base->broken) {
        int timeout_ms = connection->engine->options.connect_timeout_ms;
        calx__connection_rollback(connection, calx_deadline_in_ms(timeout_ms), NULL);
    }
    return status;
}

/* Who holds a connection would wait for himself, where the database's own ones wait for his. */
static int run_without_connection(calx_engine *engine, calx_unit *unit, int64_t deadline_us,
                                  calx_error *err)
{
    if (engine->choice.driver->database_unit_run == NULL)
        return CALX_UNIT_DECLINED;
    int status = calx__pool_check(&engine->pool, err);
    return status < 0 ? status : run_whole(engine, NULL, unit, deadline_us, err);
}

int calx__engine_run(calx_engine *engine, calx_unit *unit, int64_t deadline_us, calx_error *err)
{
    calx__connection *connection;
    assert(unit->begin == unit->commit);
    int status = run_without_connection(engine, unit, deadline_us, err);
    if (status != CALX_UNIT_DECLINED)
        return status;
    status = calx__connection_acquire(engine, deadline_us, &connection, err);
    if (status < 0)
        return status;
    status = calx__connection_run(connection, unit, deadline_us, err);
    calx__connection_release(connection);
    return status;
}
