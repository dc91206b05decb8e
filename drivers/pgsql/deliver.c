/* deliver.c: hands out what a trip brought: rows, counts and keys. */
#include "unit.h"
#include "unnamed.h"

#include <stdlib.h>

static int take_key(calx_unit_statement *statement, const calx_value *value, calx_error *err)
{
    if (value->kind != CALX_KIND_INTEGER)
        return calx_error_set(err, CALX_ERROR_MISFIT, "generated key: expected integer, got %s",
                              calx_kind_name(value->kind));
    statement->generated_key = value->as.integer;
    return 0;
}

static int take_row(calx__pgsql_statement *source, int row, calx_unit_statement *statement,
                    calx_value *values, calx_error *err)
{
    int code = calx__pgsql_decode_row(source, row, values, err);

    if (code == 0 && statement->generates_key && row == 0)
        code = take_key(statement, &values[0], err);
    if (code == 0 && statement->row) {
        int status = statement->row(statement->context, values, source->codec_count, err);
        code = status < 0 ? status : 0;
    }
    return code;
}

static int take_rows(calx__pgsql_statement *source, calx_unit_statement *statement,
                     calx_value *values, calx_error *err)
{
    int count = PQntuples(source->result);
    int code = 0;

    if (statement->generates_key && count == 0)
        return calx_error_set(err, CALX_ERROR_DATABASE, "the INSERT returned no generated key");
    if (!statement->row && count > statement->generates_key)
        count = statement->generates_key; /* nobody wants the others */
    for (int row = 0; code == 0 && row < count; row++)
        code = take_row(source, row, statement, values, err);
    return code;
}

static int check_count(const calx_unit_statement *statement, calx_error *err)
{
    int64_t expected = statement->rows_expected;

    if (expected == CALX_ROWS_ANY || expected == statement->rows_affected)
        return 0;
    return calx__pgsql_set_stale(statement, statement->rows_affected, err);
}

int calx__pgsql_deliver_plain(calx__pgsql_statement *source, calx_unit_statement *statement,
                              calx_value *values, calx_error *err)
{
    statement->rows_affected = strtoll(PQcmdTuples(source->result), NULL, 10);
    if ((size_t)PQnfields(source->result) != statement->sql->result_count ||
        source->codec_count != statement->sql->result_count)
        return calx_error_set(err, CALX_ERROR_DATABASE, "the result has %d columns, not %zu",
                              PQnfields(source->result), statement->sql->result_count);
    int code = take_rows(source, statement, values, err);
    return code ? code : check_count(statement, err);
}

static int deliver(calx__pgsql_connection *connection, calx__pgsql_slot *slot,
                   calx_unit_statement *statement, calx_error *err)
{
    calx__pgsql_forms *forms = connection->forms;
    calx__pgsql_statement *source = &slot->form->statement;

    if (!calx__pgsql_reserve_values(forms, source->codec_count))
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "no memory for a row");
    source->result = slot->result;
    source->binary = PQnfields(slot->result) > 0 && PQfformat(slot->result, 0) == 1;
    bool unnamed = calx__pgsql_database_under(connection)->unnamed;
    int code = unnamed ? calx__pgsql_read_types(source, err) : 0;
    if (code)
        return code;
    if (slot->form->kind == CALX__PGSQL_FORM_PLAIN)
        return calx__pgsql_deliver_plain(source, statement, forms->values, err);
    statement->rows_affected = statement->rows_expected;
    if (slot->form->kind == CALX__PGSQL_FORM_COUNTED)
        return 0;
    code = calx__pgsql_decode_row(source, 0, forms->values, err);
    return code ? code : take_key(statement, &forms->values[0], err);
}

int calx__pgsql_trip_deliver(calx__pgsql_trip *trip, calx_error *err)
{
    for (size_t i = trip->first; i < trip->end; i++) {
        int code = deliver(trip->connection, &trip->slots[i], &trip->unit->statements[i], err);
        if (code) {
            trip->failed = i;
            if (trip->committed && calx__pgsql_may_write(trip->unit->statements[i].sql))
                err->outcome = CALX_OUTCOME_DONE;
            return code;
        }
    }
    return 0;
}
