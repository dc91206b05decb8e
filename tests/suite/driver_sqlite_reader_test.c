/* driver_sqlite_reader_test.c: reading without a connection of the pool, in turns as a loop has
 * them: what one snapshot may serve, and when it ends. */
#include "tests/suite/sqlite_writer_fixture.h"

/* ---- Turns ---- */

/* Waits as the thread's own waiter does, and has an end of turns. */
typedef struct turning_waiter {
    counting_waiter counting;
    calx_errand *deferred;
    int count;
} turning_waiter;

static void put_off(calx_waiter *waiter, calx_errand *errand)
{
    turning_waiter *self = (turning_waiter *)waiter;
    errand->next = self->deferred;
    self->deferred = errand;
    self->count++;
}

static turning_waiter turns;

static void end_turn(void)
{
    while (turns.deferred) {
        calx_errand *errand = turns.deferred;
        turns.deferred = errand->next;
        errand->call(errand->argument);
    }
}

static int reader_fixture_create(void **state)
{
    static const calx_waiter_operations operations = {.wait = counting_wait,
                                                      .park = counting_park,
                                                      .wake = counting_wake,
                                                      .offload = counting_offload,
                                                      .defer = put_off};
    fixture_create(state);
    fixture *self = *state;
    command(self->connection, "CREATE TABLE t (id INTEGER PRIMARY KEY)");
    turns = (turning_waiter){
        .counting = {.base.operations = &operations, .inner = calx_waiter_current()}};
    calx_waiter_set(&turns.counting.base);
    return 0;
}

static int reader_fixture_destroy(void **state)
{
    calx_waiter_set(NULL);
    end_turn();
    return fixture_destroy(state);
}

/* ---- Reading ---- */

static int take_integer(void *context, const calx_value *values, size_t count, calx_error *err)
{
    (void)count;
    (void)err;
    *(int64_t *)context = values[0].as.integer;
    return 0;
}

static int read_as(fixture *self, uint64_t id, const char *text, int64_t *out, calx_error *err)
{
    calx_sql sql = sql_of(text, 0, 1);
    sql.id = id;
    calx_unit_statement statement = {
        .sql = &sql, .rows_expected = CALX_ROWS_ANY, .row = take_integer, .context = out};
    calx_unit unit = {.statements = &statement, .statement_count = 1};
    return self->driver->database_unit_run(self->database, &unit, soon(), err);
}

static int64_t count_rows(fixture *self)
{
    calx_error err = {0};
    int64_t count = -1;
    must(read_as(self, 1, "SELECT count(*) FROM t", &count, &err), &err);
    return count;
}

/* Bytes of the log after a checkpoint that wants to empty it, and waits a moment for readers. */
static int64_t log_bytes(fixture *self)
{
    char name[128];
    struct stat log;
    calx_error err = {0};
    try_command(self->connection, "PRAGMA wal_checkpoint(TRUNCATE)", calx_deadline_in_ms(20), &err);
    snprintf(name, sizeof name, "%s-wal", self->file);
    assert_int_equal(stat(name, &log), 0);
    return log.st_size;
}

static void every_read_sees_what_was_committed_before_it(void **state)
{
    fixture *self = *state;
    for (int turn = 0; turn < 3; turn++) {
        for (int i = 0; i < 5; i++) {
            int64_t before = count_rows(self);
            assert_int_equal(count_rows(self), before);
            command(self->connection, "INSERT INTO t DEFAULT VALUES");
            assert_int_equal(count_rows(self), before + 1);
        }
        command(self->connection, "BEGIN IMMEDIATE");
        command(self->connection, "INSERT INTO t DEFAULT VALUES");
        assert_int_equal(count_rows(self), 5 * (turn + 1));
        command(self->connection, "ROLLBACK");
        assert_int_equal(count_rows(self), 5 * (turn + 1));
        end_turn();
    }
    assert_int_equal(turns.count, 3); /* one end for all reads of a turn */
}

static void a_snapshot_is_held_until_the_turn_ends(void **state)
{
    fixture *self = *state;
    count_rows(self);
    assert_int_equal(count_rows(self), 0);
    command(self->connection, "INSERT INTO t DEFAULT VALUES");
    assert_true(log_bytes(self) > 0);
    end_turn();
    assert_int_equal(log_bytes(self), 0);
    assert_int_equal(count_rows(self), 1);
}

/* Bytes of the log after one more row, as large as it takes. */
static int64_t log_bytes_after(fixture *self, calx_value blob)
{
    static const calx_kind kinds[] = {CALX_KIND_BLOB};
    static const calx_sql sql = SQL(9, "INSERT INTO large (b) VALUES (?)", kinds, 1);
    calx_error err = {0};
    calx_unit_statement statement = {.sql = &sql, .binds = &blob, .rows_expected = 1};
    calx_unit unit = {.statements = &statement,
                      .statement_count = 1,
                      .begin = true,
                      .commit = true,
                      .write = true};
    must(self->driver->database_unit_run(self->database, &unit, soon(), &err), &err);
    char name[128];
    struct stat log;
    snprintf(name, sizeof name, "%s-wal", self->file);
    assert_int_equal(stat(name, &log), 0);
    return log.st_size;
}

#define LARGE_BYTES (9 * 1024 * 1024) /* two of them are too much */

static void a_log_that_readers_keep_is_emptied_when_they_have_gone(void **state)
{
    fixture *self = *state;
    static char bytes[LARGE_BYTES];
    calx_value large = calx_value_blob((calx_blob){.data = bytes, .length = sizeof bytes});
    calx_value small = calx_value_blob((calx_blob){.data = bytes, .length = 1});
    command(self->connection, "CREATE TABLE large (id INTEGER PRIMARY KEY, b BLOB)");
    count_rows(self);
    log_bytes_after(self, large);
    assert_true(log_bytes_after(self, large) > 2 * LARGE_BYTES);
    assert_true(log_bytes_after(self, small) > 2 * LARGE_BYTES);
    /* Each commit has a reader, so that the log does not begin anew by itself. */
    end_turn();
    count_rows(self);
    log_bytes_after(self, large);
    assert_true(log_bytes_after(self, large) > 4 * LARGE_BYTES);
    end_turn();
    assert_true(log_bytes_after(self, small) < LARGE_BYTES);
    assert_int_equal(ask(self->connection, "SELECT count(*) FROM large"), 6);
}

static void a_new_table_is_seen_in_the_same_turn(void **state)
{
    fixture *self = *state;
    calx_error err = {0};
    int64_t value = 0;
    count_rows(self);
    assert_int_equal(read_as(self, 2, "SELECT n FROM u", &value, &err), CALX_ERROR_UNDEFINED);
    command(self->connection, "CREATE TABLE u AS SELECT 7 AS n");
    calx_error_clear(&err);
    must(read_as(self, 2, "SELECT n FROM u", &value, &err), &err);
    assert_int_equal(value, 7);
    assert_int_equal(count_rows(self), 0);
}

static void what_may_write_or_is_rare_is_declined(void **state)
{
    fixture *self = *state;
    calx_error err = {0};
    int64_t value = 0;
    static const char insert[] = "INSERT INTO t DEFAULT VALUES RETURNING id";
    assert_int_equal(read_as(self, 3, insert, &value, &err), CALX_UNIT_DECLINED);
    assert_int_equal(read_as(self, 0, "SELECT 1", &value, &err), CALX_UNIT_DECLINED);
    calx_waiter_set(NULL); /* a thread without turns */
    assert_int_equal(read_as(self, 1, "SELECT count(*) FROM t", &value, &err), CALX_UNIT_DECLINED);
    assert_int_equal(turns.count, 0);
}

static void a_turn_may_end_behind_its_database(void **state)
{
    fixture *self = *state;
    count_rows(self);
    self->driver->connection_close(self->connection);
    self->driver->database_destroy(self->database);
    self->database = make_database(self->file, "");
    self->connection = open_connection(self->database);
    assert_int_equal(count_rows(self), 0);
    assert_int_equal(turns.count, 2);
    end_turn();
    assert_int_equal(count_rows(self), 0);
}

int main(void)
{
#define CASE(name)                                                                                 \
    cmocka_unit_test_setup_teardown(name, reader_fixture_create, reader_fixture_destroy)
    const struct CMUnitTest tests[] = {
        CASE(every_read_sees_what_was_committed_before_it),
        CASE(a_snapshot_is_held_until_the_turn_ends),
        CASE(a_log_that_readers_keep_is_emptied_when_they_have_gone),
        CASE(a_new_table_is_seen_in_the_same_turn),
        CASE(what_may_write_or_is_rare_is_declined),
        CASE(a_turn_may_end_behind_its_database),
    };
#undef CASE
    int failed = 0;
    FIXTURE_RUN_BOTH(tests, failed);
    return failed;
}
