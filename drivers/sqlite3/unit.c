/* unit.c: running the statements of a unit on a connection of the database's own; what counts, keys
 * and rows mean is said in driver.h. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/sqlite3/reader.h"
#include "drivers/sqlite3/writer.h"

void calx__sqlite3_runner_close(calx__sqlite3_runner *runner)
{
    if (!runner->connection)
        return;
    calx__sqlite3_cache_clear(&runner->cache);
    calx__sqlite3_connection_close(&runner->connection->base);
    runner->connection = NULL;
}

void calx__sqlite3_runner_finish(calx__sqlite3_runner *runner)
{
    calx__sqlite3_runner_close(runner);
    free(runner->scratch);
}

/* ---- One text ---- */

/* Runs of a statement's text: one for each record, or one for all of them. */
typedef struct run {
    calx__sqlite3_runner *runner;
    calx_unit_statement *statement;
    const calx_sql *sql;
    const calx_value *binds;
    size_t record_count; /* of each run */
    int64_t *keys;       /* NULL: none are wanted */
    calx_value *row;     /* room for the values of one */
    int64_t deadline_us;
} run;

/* Room for so many values, kept for the next statement; NULL when out of memory. */
static calx_value *reserve_scratch(calx__sqlite3_runner *runner, size_t count)
{
    if (!runner->scratch || runner->scratch_count < count) {
        size_t room = count > 16 ? count : 16;
        calx_value *scratch = realloc(runner->scratch, room * sizeof *scratch);
        if (!scratch)
            return NULL;
        runner->scratch = scratch;
        runner->scratch_count = room;
    }
    return runner->scratch;
}

static int check_count(const run *r, int64_t changed, calx_error *err)
{
    int64_t expected = r->statement->rows_expected * (int64_t)r->record_count;
    if (r->statement->rows_expected == CALX_ROWS_ANY || expected == changed)
        return 0;
    return calx_error_set(err, CALX_ERROR_STALE,
                          "expected to change %" PRId64 " rows, changed %" PRId64, expected,
                          changed);
}

static void take_keys(const run *r, calx_statement *handle)
{
    if (r->sql->record_count > 0)
        memcpy(r->keys, calx__sqlite3_statement_generated_keys(handle),
               r->record_count * sizeof *r->keys);
    else
        *r->keys = calx__sqlite3_statement_generated_key(handle);
}

static int execute(const run *r, calx_statement *handle, calx_error *err)
{
    calx_unit_statement *statement = r->statement;
    int64_t rows = 0;
    int result = calx__sqlite3_statement_execute(handle, r->binds, r->deadline_us, err);
    if (result)
        return result;
    while ((result = calx__sqlite3_statement_fetch(handle, r->row, r->deadline_us, err)) > 0) {
        rows++;
        if (statement->row)
            result = statement->row(statement->context, r->row, r->sql->result_count, err);
        if (result < 0)
            break;
    }
    if (result < 0)
        return result;
    int64_t changed = calx__sqlite3_statement_rows_affected(handle);
    statement->rows_affected += r->sql->result_count > 0 ? rows : changed;
    if (r->keys)
        take_keys(r, handle);
    return check_count(r, changed, err);
}

/* False after errors that may mean that the prepared form is out of date: the next run prepares it
 * anew. */
static bool worth_keeping(int result)
{
    return result != CALX_ERROR_UNDEFINED && result != CALX_ERROR_DATABASE;
}

/* As often as it takes for all records. */
static int run_text(run *r, size_t times, calx_error *err)
{
    calx__sqlite3_cache *cache = &r->runner->cache;
    calx_statement *handle;
    int result = calx__sqlite3_cache_get(cache, &r->runner->connection->base, r->sql,
                                         r->deadline_us, &handle, err);
    if (result)
        return result;
    r->statement->rows_affected = 0;
    for (size_t i = 0; i < times && !result; i++) {
        result = execute(r, handle, err);
        r->binds += r->sql->bind_count;
        r->keys = r->keys ? r->keys + r->record_count : NULL;
    }
    calx__sqlite3_cache_put(cache, handle, worth_keeping(result));
    return result;
}

/* ---- One statement ---- */

static int run_statement(calx__sqlite3_runner *runner, const calx_unit *unit,
                         calx_unit_statement *statement, int64_t deadline_us, calx_error *err)
{
    const calx_sql *sql = statement->sql;
    size_t records = calx_unit_record_count(statement);
    size_t copied = statement->reference_count > 0 ? sql->bind_count * records : 0;
    calx_value *scratch = reserve_scratch(runner, copied + sql->result_count);
    if (!scratch)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory for a row");
    if (copied > 0)
        calx_unit_complete_binds(unit, statement, scratch);
    int64_t *keys = records > 1 ? statement->generated_keys : &statement->generated_key;
    run r = {.runner = runner,
             .statement = statement,
             .sql = sql,
             .binds = copied > 0 ? scratch : statement->binds,
             .record_count = 1,
             .keys = statement->generates_key ? keys : NULL,
             .row = scratch + copied,
             .deadline_us = deadline_us};
    if (statement->all) {
        run whole = r;
        whole.sql = statement->all;
        whole.record_count = records;
        int result = run_text(&whole, 1, err);
        if (result != CALX_RECORDS_DECLINED)
            return result;
    }
    return run_text(&r, records, err);
}

/* ---- The unit ---- */

int calx__sqlite3_unit_statements(calx__sqlite3_runner *runner, calx_unit *unit,
                                  int64_t deadline_us, calx_error *err)
{
    for (size_t i = 0; i < unit->statement_count; i++) {
        int result = run_statement(runner, unit, &unit->statements[i], deadline_us, err);
        if (result) {
            unit->failed_statement = i;
            return result;
        }
    }
    return 0;
}

bool calx__sqlite3_unit_shares(const calx_unit *unit)
{
    const calx_sql *seen = NULL;
    for (size_t i = 0; i < unit->statement_count; i++) {
        const calx_sql *sql = unit->statements[i].sql;
        if (unit->statements[i].row)
            return false;
        if (sql != seen && !calx__sqlite3_counts_rows(sql->text, sql->length))
            return false;
        seen = sql;
    }
    return true;
}

int calx__sqlite3_database_unit_run(calx_database *base, calx_unit *unit, int64_t deadline_us,
                                    calx_error *err)
{
    calx__sqlite3_database *database = (calx__sqlite3_database *)base;
    if (!database->has_wal)
        return CALX_UNIT_DECLINED;
    if (!unit->begin && !unit->commit)
        return calx__sqlite3_reader_run(database->readers, unit, deadline_us, err);
    if (!unit->begin || !unit->write || !unit->commit)
        return CALX_UNIT_DECLINED;
    return calx__sqlite3_writer_run(database->writer, unit, deadline_us, err);
}

int calx__sqlite3_unit_run(calx_connection *connection, calx_unit *unit, int64_t deadline_us,
                           calx_error *err)
{
    bool whole = unit->begin && unit->commit;
    return whole ? calx__sqlite3_database_unit_run(connection->database, unit, deadline_us, err)
                 : CALX_UNIT_DECLINED;
}
