/* unit.c: running the statements of a unit on the writer's connection; what counts, keys and rows
 * mean is said in driver.h. */
#include <inttypes.h>
#include <stdlib.h>

#include "drivers/sqlite3/writer.h"

/* ---- One statement ---- */

/* Room for so many values, kept for the next statement; NULL when out of memory. */
static calx_value *reserve_scratch(calx__sqlite3_writer *writer, size_t count)
{
    if (!writer->scratch || writer->scratch_count < count) {
        size_t room = count > 16 ? count : 16;
        calx_value *scratch = realloc(writer->scratch, room * sizeof *scratch);
        if (!scratch)
            return NULL;
        writer->scratch = scratch;
        writer->scratch_count = room;
    }
    return writer->scratch;
}

/* row is room for the values of a row. */
static int execute(calx_unit_statement *statement, calx_statement *handle, const calx_value *binds,
                   calx_value *row, int64_t deadline_us, calx_error *err)
{
    int result = calx__sqlite3_statement_execute(handle, binds, deadline_us, err);
    while (!result) {
        result = calx__sqlite3_statement_fetch(handle, row, deadline_us, err);
        if (result <= 0)
            break;
        result = statement->row
                     ? statement->row(statement->context, row, statement->sql->result_count, err)
                     : 0;
        result = result < 0 ? result : 0;
    }
    if (result < 0)
        return result;
    statement->rows_affected = calx__sqlite3_statement_rows_affected(handle);
    if (statement->generates_key)
        statement->generated_key = calx__sqlite3_statement_generated_key(handle);
    return 0;
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

/* False after errors that may mean that the prepared form is out of date: the next run prepares it
 * anew. */
static bool worth_keeping(int result)
{
    return result != CALX_ERROR_UNDEFINED && result != CALX_ERROR_DATABASE;
}

static int run_statement(calx__sqlite3_writer *writer, const calx_unit *unit,
                         calx_unit_statement *statement, int64_t deadline_us, calx_error *err)
{
    const calx_sql *sql = statement->sql;
    size_t copied = statement->reference_count > 0 ? sql->bind_count : 0;
    calx_value *scratch = reserve_scratch(writer, copied + sql->result_count);
    if (!scratch)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory for a row");
    if (copied > 0)
        calx_unit_complete_binds(unit, statement, scratch);
    const calx_value *binds = copied > 0 ? scratch : statement->binds;
    calx_statement *handle;
    int result = calx__sqlite3_cache_get(&writer->cache, &writer->connection->base, sql,
                                         deadline_us, &handle, err);
    if (result)
        return result;
    result = execute(statement, handle, binds, scratch + copied, deadline_us, err);
    calx__sqlite3_cache_put(&writer->cache, handle, worth_keeping(result));
    return result ? result : check_count(statement, err);
}

/* ---- The unit ---- */

int calx__sqlite3_unit_statements(calx__sqlite3_writer *writer, calx_unit *unit,
                                  int64_t deadline_us, calx_error *err)
{
    for (size_t i = 0; i < unit->statement_count; i++) {
        int result = run_statement(writer, unit, &unit->statements[i], deadline_us, err);
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

int calx__sqlite3_unit_run(calx_connection *connection, calx_unit *unit, int64_t deadline_us,
                           calx_error *err)
{
    calx_database *base = connection->database;
    bool whole = unit->begin && unit->write && unit->commit;
    if (!whole || base->connections_max == 1)
        return CALX_UNIT_DECLINED;
    return calx__sqlite3_writer_run(((calx__sqlite3_database *)base)->writer, unit, deadline_us,
                                    err);
}
