/*
 * reader.c: reads share a snapshot until their thread's turn ends. Before each one it is compared
 * with the file's state, so nobody sees less than what was committed before it began.
 */
#include "drivers/sqlite3/reader.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/sqlite3/unit.h"

/* One thread's. */
typedef struct reader {
    calx__sqlite3_runner runner;
    bool busy; /* a statement runs, though its fiber may have let others go first */
    struct reader *next;
    /* The end of the turn may come behind that of the database. */
    pthread_mutex_t mutex;
    calx_errand errand;
    bool is_to_end; /* the errand is put off until then */
    bool is_orphan;
} reader;

struct calx__sqlite3_readers {
    calx_database *database;
    uint64_t number; /* no other database of this process has it */
    pthread_mutex_t mutex;
    reader *first;
};

/* ---- The connection ---- */

static void end_transaction(reader *self)
{
    calx__sqlite3_connection *connection = self->runner.connection;
    if (!connection || !connection->base.in_transaction)
        return;
    calx__sqlite3_call_begin(connection, CALX_NO_DEADLINE, NULL);
    connection->interruptible = false;
    if (calx__sqlite3_fixed_run(connection, CALX__SQLITE3_COMMIT, NULL))
        calx__sqlite3_runner_close(&self->runner);
}

static int open_connection(reader *self, calx_database *database, int64_t deadline_us,
                           calx_error *err)
{
    const calx_database_options *options = &((calx__sqlite3_database *)database)->options;
    int64_t limit_us = calx_deadline_in_ms(options->connect_timeout_ms);
    calx_connection *opened;
    int result = calx__sqlite3_connection_open(
        database, limit_us < deadline_us ? limit_us : deadline_us, &opened, err);
    if (!result)
        self->runner.connection = calx__sqlite3_connection_of(opened);
    return result;
}

/* One whose file was moved or replaced is not it. */
static int find_connection(reader *self, calx_database *database, int64_t deadline_us,
                           calx_error *err)
{
    calx_error lost = {0};
    calx__sqlite3_connection *connection = self->runner.connection;
    if (connection && !calx__sqlite3_connection_quiet(&connection->base) &&
        calx__sqlite3_connection_check(&connection->base, CALX_NO_DEADLINE, &lost))
        calx__sqlite3_runner_close(&self->runner);
    return self->runner.connection ? 0 : open_connection(self, database, deadline_us, err);
}

/* ---- Readers ---- */

int calx__sqlite3_readers_create(calx_database *database, calx__sqlite3_readers **out,
                                 calx_error *err)
{
    static _Atomic uint64_t numbers;
    calx__sqlite3_readers *readers = calloc(1, sizeof *readers);
    if (!readers)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    readers->database = database;
    readers->number = ++numbers;
    pthread_mutex_init(&readers->mutex, NULL);
    *out = readers;
    return 0;
}

static void reader_free(reader *self)
{
    pthread_mutex_destroy(&self->mutex);
    free(self);
}

void calx__sqlite3_readers_destroy(calx__sqlite3_readers *readers)
{
    reader *next;
    if (!readers)
        return;
    for (reader *self = readers->first; self; self = next) {
        next = self->next;
        pthread_mutex_lock(&self->mutex);
        calx__sqlite3_runner_finish(&self->runner);
        self->is_orphan = self->is_to_end;
        bool frees = !self->is_orphan;
        pthread_mutex_unlock(&self->mutex);
        if (frees)
            reader_free(self);
    }
    pthread_mutex_destroy(&readers->mutex);
    free(readers);
}

/* The turn is over. */
static void end_turn(void *argument)
{
    reader *self = argument;
    pthread_mutex_lock(&self->mutex);
    self->is_to_end = false;
    bool frees = self->is_orphan;
    if (!frees && !self->busy)
        end_transaction(self);
    pthread_mutex_unlock(&self->mutex);
    if (frees)
        reader_free(self);
}

static reader *reader_create(calx__sqlite3_readers *readers)
{
    reader *self = calloc(1, sizeof *self);
    if (!self)
        return NULL;
    self->errand = (calx_errand){.call = end_turn, .argument = self};
    pthread_mutex_init(&self->mutex, NULL);
    pthread_mutex_lock(&readers->mutex);
    self->next = readers->first;
    readers->first = self;
    pthread_mutex_unlock(&readers->mutex);
    return self;
}

/* This thread's; NULL when out of memory. */
static reader *own_reader(calx__sqlite3_readers *readers)
{
    static _Thread_local struct {
        uint64_t number;
        reader *reader;
    } own;
    if (own.number != readers->number) {
        own.reader = reader_create(readers);
        own.number = own.reader ? readers->number : 0;
    }
    return own.reader;
}

/* ---- Reading ---- */

/*
 * Goes on in the transaction that is open if it sees all that is committed: its snapshot is not
 * older than what was seen before it began, and nothing was committed since that.
 */
static int begin(reader *self, int64_t deadline_us, calx_error *err)
{
    calx__sqlite3_connection *connection = self->runner.connection;
    if (connection->base.in_transaction && calx__sqlite3_wal_index_is_as_seen(connection))
        return 0;
    end_transaction(self);
    if (!self->runner.connection)
        return CALX_UNIT_DECLINED;
    calx__sqlite3_wal_index_look(connection);
    return calx__sqlite3_begin(&connection->base, CALX_ISOLATION_DEFAULT, false, deadline_us, err);
}

static int run(reader *self, calx_unit *unit, int64_t deadline_us, calx_error *err)
{
    int result = begin(self, deadline_us, err);
    if (!result)
        result = calx__sqlite3_unit_statements(&self->runner, unit, deadline_us, err);
    return result;
}

/* Whatever else reads may write, too, or be too rare to stay prepared. */
static bool only_selects(const calx_unit *unit)
{
    for (size_t i = 0; i < unit->statement_count; i++) {
        const calx_sql *sql = unit->statements[i].sql;
        if (sql->id == 0 || sql->length < 7 || memcmp(sql->text, "SELECT ", 7) != 0)
            return false;
    }
    return true;
}

int calx__sqlite3_reader_run(calx__sqlite3_readers *readers, calx_unit *unit, int64_t deadline_us,
                             calx_error *err)
{
    if (!calx_can_defer() || !only_selects(unit))
        return CALX_UNIT_DECLINED;
    reader *self = own_reader(readers);
    if (!self || self->busy)
        return CALX_UNIT_DECLINED;
    self->busy = true;
    int result = find_connection(self, readers->database, deadline_us, err);
    if (!result)
        result = run(self, unit, deadline_us, err);
    self->busy = false;
    if (result)
        end_transaction(self);
    if (!result && !self->is_to_end) {
        self->is_to_end = true;
        calx_defer(&self->errand);
    }
    return result;
}
