/* spread.c: a unit for drivers whose unit_run knows one record only: each becomes a statement. */
#include "core/engine/spread.h"

#include <stdlib.h>

/* Is there a text for all of its records, which needs no keys told apart? */
static bool takes_all(const calx_unit_statement *statement)
{
    return statement->all != NULL && !statement->generates_key;
}

static size_t spread_count(const calx_unit_statement *statement)
{
    return takes_all(statement) ? 1 : calx_unit_record_count(statement);
}

/* Where what becomes of each statement begins, and how much there is in all. */
static size_t count_spread(const calx_unit *unit, size_t *begins)
{
    size_t sum = 0;
    for (size_t i = 0; i < unit->statement_count; i++) {
        begins[i] = sum;
        sum += spread_count(&unit->statements[i]);
    }
    return sum;
}

static size_t count_references(const calx_unit *unit)
{
    size_t sum = 0;
    for (size_t i = 0; i < unit->statement_count; i++)
        sum += unit->statements[i].reference_count;
    return sum;
}

/* The references of one record, or of all: the next of its statement's, which are in the order of
 * binds, of so many. */
static size_t spread_references(const calx__spread *spread, const calx_unit_statement *from,
                                size_t binds, size_t record, size_t *next, calx_unit_reference *to)
{
    size_t count = 0;
    for (; *next < from->reference_count && from->references[*next].bind / binds == record;
         ++*next) {
        const calx_unit_reference *reference = &from->references[*next];
        to[count++] = (calx_unit_reference){.bind = reference->bind % binds,
                                            .statement = spread->begins[reference->statement] +
                                                         reference->record};
    }
    return count;
}

static void spread_statement(calx__spread *spread, size_t index, calx_unit_reference **references)
{
    const calx_unit_statement *from = &spread->original->statements[index];
    const calx_sql *sql = takes_all(from) ? from->all : from->sql;
    size_t count = spread_count(from);
    int64_t rows = (int64_t)(calx_unit_record_count(from) / count);
    size_t next = 0;
    for (size_t i = 0; i < count; i++) {
        calx_unit_statement *to = &spread->unit.statements[spread->begins[index] + i];
        *to = *from;
        to->sql = sql;
        to->record_count = 1;
        to->all = NULL;
        to->binds = from->binds ? from->binds + i * sql->bind_count : NULL;
        if (from->rows_expected != CALX_ROWS_ANY)
            to->rows_expected = from->rows_expected * rows;
        to->references = *references;
        to->reference_count =
            spread_references(spread, from, sql->bind_count, i, &next, *references);
        *references += to->reference_count;
    }
}

bool calx__unit_has_records(const calx_unit *unit)
{
    for (size_t i = 0; i < unit->statement_count; i++)
        if (unit->statements[i].record_count > 1)
            return true;
    return false;
}

int calx__spread_init(calx__spread *spread, calx_unit *unit, calx_error *err)
{
    size_t count = unit->statement_count;
    size_t references = count_references(unit);
    *spread = (calx__spread){.original = unit, .unit = *unit};
    spread->begins = calloc(count, sizeof *spread->begins);
    spread->references = calloc(references + 1, sizeof *spread->references);
    if (spread->begins != NULL)
        spread->unit.statement_count = count_spread(unit, spread->begins);
    spread->unit.statements = calloc(spread->unit.statement_count, sizeof *spread->unit.statements);
    if (!spread->begins || !spread->references || !spread->unit.statements) {
        calx__spread_finish(spread);
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory for a unit");
    }
    calx_unit_reference *next = spread->references;
    for (size_t i = 0; i < count; i++)
        spread_statement(spread, i, &next);
    return 0;
}

void calx__spread_collect(const calx__spread *spread)
{
    calx_unit *unit = spread->original;
    unit->failed_statement = unit->statement_count;
    unit->group_size = spread->unit.group_size;
    for (size_t i = 0; i < unit->statement_count; i++) {
        calx_unit_statement *to = &unit->statements[i];
        size_t count = spread_count(to);
        const calx_unit_statement *from = &spread->unit.statements[spread->begins[i]];
        to->rows_affected = 0;
        to->generated_key = from->generated_key;
        for (size_t record = 0; record < count; record++) {
            to->rows_affected += from[record].rows_affected;
            if (to->generated_keys != NULL)
                to->generated_keys[record] = from[record].generated_key;
        }
        size_t failed = spread->unit.failed_statement;
        if (failed >= spread->begins[i] && failed < spread->begins[i] + count)
            unit->failed_statement = i;
    }
}

void calx__spread_finish(calx__spread *spread)
{
    free(spread->begins);
    free(spread->references);
    free(spread->unit.statements);
    *spread = (calx__spread){0};
}
