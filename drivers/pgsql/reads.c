/* reads.c: single SELECTs of several sessions in one trip over one connection: without a
 * transaction and up to one Sync, which makes them one to the server. An error of one makes it skip
 * those behind, which are then run again. */
#include "reads.h"
#include "unit.h"
#include "unnamed.h"

#include <stdatomic.h>
#include <stdlib.h>

/* A result on its way from the connection to whoever asked for it, who needs no connection then. */
struct calx__pgsql_rows {
    calx__pgsql_statement source;
    size_t codec_capacity;
    calx_value *values; /* of a row */
    size_t value_capacity;
    calx__pgsql_rows *next; /* while it is spare */
};

typedef struct batch {
    calx__pgsql_trip trip;
    calx_unit unit;
    calx_unit_statement statements[CALX_READS_MAX];
    size_t places[CALX_READS_MAX]; /* among the reads */
} batch;

/* ---- Rows on their way ---- */

static calx__pgsql_rows *rows_take(calx__pgsql_database *database)
{
    pthread_mutex_lock(&database->mutex);
    calx__pgsql_rows *rows = database->spare;
    if (rows)
        database->spare = rows->next;
    pthread_mutex_unlock(&database->mutex);
    return rows ? rows : calloc(1, sizeof *rows);
}

void calx__pgsql_rows_destroy(calx__pgsql_rows *rows)
{
    while (rows) {
        calx__pgsql_rows *next = rows->next;
        free(rows->source.codecs);
        free(rows->source.scratch);
        free(rows->values);
        free(rows);
        rows = next;
    }
}

void calx__pgsql_read_finish(calx_database *base, calx_read *read)
{
    calx__pgsql_database *database = calx__pgsql_database_of(base);
    calx__pgsql_rows *rows = read->rows;

    if (!rows)
        return;
    PQclear(rows->source.result);
    rows->source.result = NULL;
    read->rows = NULL;
    pthread_mutex_lock(&database->mutex);
    rows->next = database->spare;
    database->spare = rows;
    pthread_mutex_unlock(&database->mutex);
}

static bool reserve(calx__pgsql_rows *rows, size_t columns)
{
    if (columns > rows->codec_capacity) {
        const calx__pgsql_codec **codecs = realloc(rows->source.codecs, columns * sizeof *codecs);
        if (!codecs)
            return false;
        rows->source.codecs = codecs;
        rows->codec_capacity = columns;
    }
    if (columns > rows->value_capacity) {
        calx_value *values = realloc(rows->values, columns * sizeof *values);
        if (!values)
            return false;
        rows->values = values;
        rows->value_capacity = columns;
    }
    return true;
}

int calx__pgsql_read_deliver(calx_database *base, calx_read *read, calx_unit_statement *statement,
                             calx_error *err)
{
    calx__pgsql_rows *rows = read->rows;
    calx__pgsql_statement *source = &rows->source;
    size_t columns = (size_t)PQnfields(source->result);

    (void)base;
    if (!reserve(rows, columns))
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "no memory for a row");
    source->codec_count = columns;
    source->binary = columns > 0 && PQfformat(source->result, 0) == 1;
    int code = calx__pgsql_read_types(source, err);
    return code ? code : calx__pgsql_deliver_plain(source, statement, rows->values, err);
}

/* ---- The trip ---- */

static int fail(calx_read *read, int code, const calx_error *error)
{
    read->code = code;
    read->error = *error;
    return code;
}

/* Those that can be sent. */
static void gather(batch *self, calx_read *reads, size_t count)
{
    size_t gathered = 0;

    for (size_t i = 0; i < count; i++) {
        calx_error refused = {0};
        int code = calx__pgsql_check_statement(reads[i].statement, &refused);
        if (code) {
            fail(&reads[i], code, &refused);
            continue;
        }
        self->statements[gathered] = *reads[i].statement;
        self->places[gathered++] = i;
    }
    self->unit.statement_count = gathered;
}

static int run(batch *self, calx_error *err)
{
    calx__pgsql_connection *connection = self->trip.connection;
    calx__pgsql_run alone = {.connection = connection,
                             .unit = &self->unit,
                             .deadline_us = self->trip.deadline_us,
                             .alone = true};

    connection->plan = CALX__PGSQL_PLAN_VALID;
    int code = calx__pgsql_forms_reserve(connection, self->unit.statement_count, err);
    if (code)
        return code;
    self->trip.slots = connection->forms->slots;
    self->trip.end = self->unit.statement_count;
    code = calx__pgsql_trip_plan(&alone, &self->trip, err);
    if (code == 0)
        code = calx__pgsql_ready(connection, self->trip.deadline_us, err);
    if (code)
        return code;
    code = calx__pgsql_trip_run(&self->trip, err);
    if (code)
        calx__pgsql_trip_forget_plans(&self->trip);
    return code;
}

/* A cancellation of who runs it would be everybody's. */
static int run_shielded(batch *self, calx_error *err)
{
    calx__pgsql_connection *connection = self->trip.connection;

    connection->shielded = true;
    int code = run(self, err);
    connection->shielded = false;
    if (connection->cancelled)
        atomic_store(&calx_waiter_current()->cancelled, true);
    connection->cancelled = false;
    return code;
}

/* What had arrived before something failed is good. A statement's own failure is the server's
 * answer, and that of all a lost connection; anything else one by one gets over. */
static void settle(batch *self, size_t index, calx_read *read, int code, const calx_error *error)
{
    calx__pgsql_connection *connection = self->trip.connection;
    calx__pgsql_slot *slot = &self->trip.slots[index];
    bool outdated = self->trip.refused || connection->plan != CALX__PGSQL_PLAN_VALID;
    bool own = self->trip.answered && self->trip.failed == index && !outdated;

    if (slot->result) {
        calx__pgsql_rows *rows = rows_take(calx__pgsql_database_under(connection));
        read->again = !rows;
        if (rows) {
            rows->source.result = slot->result;
            slot->result = NULL;
        }
        read->rows = rows;
    } else if (own || code == CALX_ERROR_CONNECTION_LOST) {
        fail(read, code, error);
    } else {
        read->again = true;
    }
}

void calx__pgsql_reads_run(calx_connection *base, calx_read *reads, size_t count,
                           int64_t deadline_us)
{
    calx__pgsql_connection *connection = calx__pgsql_connection_of(base);
    calx_error error = {0};
    batch self;

    self.unit = (calx_unit){.statements = self.statements};
    gather(&self, reads, count);
    self.trip = (calx__pgsql_trip){.connection = connection,
                                   .unit = &self.unit,
                                   .alone = true,
                                   .failed = self.unit.statement_count,
                                   .deadline_us = deadline_us};
    int code = run_shielded(&self, &error);
    for (size_t i = 0; i < self.unit.statement_count; i++) {
        if (self.trip.slots)
            settle(&self, i, &reads[self.places[i]], code, &error);
        else
            reads[self.places[i]].again = true;
    }
    if (self.trip.slots)
        calx__pgsql_trip_finish(&self.trip);
}
