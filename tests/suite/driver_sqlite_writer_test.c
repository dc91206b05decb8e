/* driver_sqlite_writer_test.c: units of many threads through SQLite's one writer: keys, groups,
 * failures among neighbours, deadlines in the queue. */
#include "tests/suite/sqlite_writer_fixture.h"

/* ---- Alone ---- */

static void other_units_are_declined(void **state)
{
    fixture *self = *state;
    calx_error err = {0};
    for (int missing = 0; missing < 3; missing++) {
        calx_unit unit = {.begin = missing != 0, .commit = missing != 1, .write = missing != 2};
        assert_int_equal(self->driver->unit_run(self->connection, &unit, soon(), &err),
                         CALX_UNIT_DECLINED);
    }
    calx_database *memory = make_database("", "");
    calx_connection *connection = open_connection(memory);
    calx_unit whole = {.begin = true, .commit = true, .write = true};
    assert_int_equal(self->driver->unit_run(connection, &whole, soon(), &err), CALX_UNIT_DECLINED);
    self->driver->connection_close(connection);
    self->driver->database_destroy(memory);
}

static void a_key_is_handed_on_to_the_next_statement(void **state)
{
    fixture *self = *state;
    static const calx_unit_reference reference = {.bind = 0, .statement = 0};
    job one;
    job_init(&one, self->database, "parent");
    job_add(&one, &insert_child, calx_value_null());
    one.statements[1].references = &reference;
    one.statements[1].reference_count = 1;
    job_run(&one);
    must(one.status, &one.err);
    assert_int_equal(one.statements[0].generated_key, id_of_title(self, "parent"));
    assert_int_equal(ask(self->connection, "SELECT parent FROM c"),
                     one.statements[0].generated_key);
    assert_int_equal(one.statements[1].rows_affected, 1);
    job_finish(&one);
}

static void closing_the_database_closes_the_writer(void **state)
{
    fixture *self = *state;
    char wal[128];
    snprintf(wal, sizeof wal, "%s-wal", self->file);
    assert_int_equal(access(wal, F_OK), 0);
    self->driver->connection_close(self->connection);
    assert_int_equal(access(wal, F_OK), 0); /* the writer's connection is open */
    self->driver->database_destroy(self->database);
    assert_int_equal(access(wal, F_OK), -1);
    self->database = make_database(self->file, "");
    self->connection = open_connection(self->database);
    assert_int_equal(count_title(self, "first"), 1);
}

static void a_replaced_file_is_not_written_to(void **state)
{
    fixture *self = *state;
    char remove[384];
    job one;
    snprintf(remove, sizeof remove, "rm '%s' '%s-wal' '%s-shm'", self->file, self->file,
             self->file);
    assert_int_equal(system(remove), 0);
    self->driver->connection_close(self->connection);
    self->connection = open_connection(self->database);
    command(self->connection, schema);
    job_init(&one, self->database, "new");
    job_run(&one);
    must(one.status, &one.err);
    assert_int_equal(count_title(self, "new"), 1);
    job_finish(&one);
}

/* ---- Many threads ---- */

#define THREADS 32
#define INSERTS 50

typedef struct inserter {
    job job;
    int number;
    int64_t keys[INSERTS];
} inserter;

static void *insert_many(void *argument)
{
    inserter *self = argument;
    for (int i = 0; i < INSERTS && self->job.status == 0; i++) {
        snprintf(self->job.title, sizeof self->job.title, "%d/%d", self->number, i);
        self->job.values[0] = calx_value_text(calx_text_of(self->job.title));
        job_run(&self->job);
        self->keys[i] = self->job.statements[0].generated_key;
    }
    return NULL;
}

static void every_thread_gets_the_keys_of_its_rows(void **state)
{
    fixture *self = *state;
    static inserter inserters[THREADS];
    char title[32];
    for (int i = 0; i < THREADS; i++) {
        inserters[i] = (inserter){.number = i};
        job_init(&inserters[i].job, self->database, "");
    }
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&inserters[i].job.thread, NULL, insert_many, &inserters[i]),
                         0);
    for (int i = 0; i < THREADS; i++) {
        job_join(&inserters[i].job);
        must(inserters[i].job.status, &inserters[i].job.err);
        job_finish(&inserters[i].job);
        for (int k = 0; k < INSERTS; k++) {
            snprintf(title, sizeof title, "%d/%d", i, k);
            assert_int_equal(inserters[i].keys[k], id_of_title(self, title));
        }
    }
    assert_int_equal(ask(self->connection, "SELECT count(*) FROM t"), THREADS * INSERTS + 1);
}

/* ---- Groups ---- */

#define JOBS 8

/* How many commits wrote to the WAL since it had this size: while the tables are small each writes
 * two frames, the table's page and its index's. */
static int64_t commits_since(const fixture *self, int64_t size)
{
    return (size_of_wal(self) - size) / (4096 + 24) / 2;
}

static void units_that_wait_share_one_commit(void **state)
{
    fixture *self = *state;
    job jobs[JOBS];
    jobs_init(jobs, JOBS, self->database, "t");
    queue_up(self, jobs, JOBS);
    int64_t before = size_of_wal(self);
    size_t told = 0;
    let_go(self, jobs, JOBS);
    for (int i = 0; i < JOBS; i++) {
        must(jobs[i].status, &jobs[i].err);
        told += jobs[i].unit.group_size;
        assert_int_equal(jobs[i].statements[0].generated_key, id_of_title(self, jobs[i].title));
    }
    assert_int_equal(commits_since(self, before), 1);
    assert_int_equal(told, JOBS);
    jobs_finish(jobs, JOBS);
}

/* ---- Failures among neighbours ---- */

typedef struct failure {
    const char *title;
    const calx_sql *second; /* a second statement, with this value */
    int64_t value;
    calx_error_class code;
    size_t failed_statement;
} failure;

static const failure failures[] = {
    {"first", NULL, 0, CALX_ERROR_UNIQUE, 0},
    {"undone", &update_by_id, 999, CALX_ERROR_STALE, 1},
    {"undone", &insert_child, 999, CALX_ERROR_FOREIGN_KEY, 2}, /* deferred: COMMIT's */
    {"poison", NULL, 0, CALX_ERROR_CHECK, 0},
};

static void check_failed(fixture *self, const job *one, const failure *what)
{
    assert_int_equal(one->status, what->code);
    assert_int_equal(one->err.code, what->code);
    assert_int_equal(one->err.outcome, CALX_OUTCOME_NOT_DONE);
    assert_int_equal(one->unit.failed_statement, what->failed_statement);
    assert_int_equal(count_title(self, what->title), !strcmp(what->title, "first"));
}

/* Where the transaction is lost, those before run again one by one, and those behind together. */
static int commits_expected(const failure *what, int position)
{
    bool lost = what->code == CALX_ERROR_CHECK;
    return lost ? position + (position < JOBS - 1) : 1;
}

static void fail_one(fixture *self, const failure *what, int position)
{
    job jobs[JOBS];
    char prefix[16];
    snprintf(prefix, sizeof prefix, "%d,%d,", (int)(what - failures), position);
    jobs_init(jobs, JOBS, self->database, prefix);
    job *one = &jobs[position];
    snprintf(one->title, sizeof one->title, "%s", what->title);
    one->values[0] = calx_value_text(calx_text_of(one->title));
    if (what->second)
        job_add(one, what->second, calx_value_integer(what->value));
    queue_up(self, jobs, JOBS);
    int64_t before = size_of_wal(self);
    let_go(self, jobs, JOBS);
    assert_int_equal(commits_since(self, before), commits_expected(what, position));
    for (int i = 0; i < JOBS; i++) {
        if (i == position) {
            check_failed(self, one, what);
        } else {
            must(jobs[i].status, &jobs[i].err);
            assert_int_equal(jobs[i].statements[0].generated_key, id_of_title(self, jobs[i].title));
        }
    }
    jobs_finish(jobs, JOBS);
}

static void a_unit_fails_alone_wherever_it_is(void **state)
{
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
        fail_one(*state, &failures[i], 0);
        fail_one(*state, &failures[i], 1);
        fail_one(*state, &failures[i], JOBS / 2);
        fail_one(*state, &failures[i], JOBS - 1);
    }
}

/* The same title twice in one group; then the transaction of the first is lost. */
static void a_double_stays_one_when_the_transaction_is_lost(void **state)
{
    fixture *self = *state;
    static const char *const titles[] = {"a", "same", "same", "b"};
    job jobs[5];
    for (int i = 0; i < 4; i++)
        job_init(&jobs[i], self->database, titles[i]);
    job_init(&jobs[4], self->database, "poison");
    queue_up(self, jobs, 5);
    let_go(self, jobs, 5);
    assert_int_equal(jobs[0].status, 0);
    assert_int_equal(jobs[1].status, 0);
    assert_int_equal(jobs[2].status, CALX_ERROR_UNIQUE);
    assert_int_equal(jobs[3].status, 0);
    assert_int_equal(jobs[4].status, CALX_ERROR_CHECK);
    assert_int_equal(jobs[1].statements[0].generated_key, id_of_title(self, "same"));
    jobs_finish(jobs, 5);
}

/* ---- Rows ---- */

typedef struct reader {
    pthread_t thread;
    int64_t key;
    int calls;
} reader;

static int read_row(void *context, const calx_value *values, size_t count, calx_error *err)
{
    reader *self = context;
    (void)err;
    (void)count;
    self->thread = pthread_self();
    self->key = values[0].as.integer;
    self->calls++;
    return 0;
}

static void rows_come_once_and_on_the_callers_thread(void **state)
{
    static const calx_sql returning = {.id = 10,
                                       .text = "INSERT INTO t (title) VALUES (?) RETURNING id",
                                       .length = 45,
                                       .bind_kinds = text_kind,
                                       .bind_count = 1,
                                       .result_kinds = integer_kind,
                                       .result_count = 1};
    fixture *self = *state;
    reader readers[JOBS] = {0};
    job jobs[JOBS];
    jobs_init(jobs, JOBS, self->database, "t");
    snprintf(jobs[6].title, sizeof jobs[6].title, "poison");
    jobs[6].values[0] = calx_value_text(calx_text_of("poison"));
    for (int i = 1; i < JOBS - 2; i += 2) {
        jobs[i].statements[0].sql = &returning;
        jobs[i].statements[0].row = read_row;
        jobs[i].statements[0].context = &readers[i];
    }
    queue_up(self, jobs, JOBS);
    let_go(self, jobs, JOBS);
    for (int i = 1; i < JOBS - 2; i += 2) {
        must(jobs[i].status, &jobs[i].err);
        assert_true(pthread_equal(readers[i].thread, jobs[i].thread));
        assert_int_equal(readers[i].calls, 1);
        assert_int_equal(readers[i].key, id_of_title(self, jobs[i].title));
    }
    jobs_finish(jobs, JOBS);
}

/* ---- Giving up ---- */

static void check_gave_up(fixture *self, const job *one, calx_error_class code)
{
    assert_int_equal(one->status, code);
    assert_int_equal(one->err.outcome, CALX_OUTCOME_NOT_DONE);
    assert_int_equal(one->unit.failed_statement, one->unit.statement_count);
    assert_int_equal(count_title(self, one->title), 0);
}

/* The lock is held all the while, so that the deadlines of the first, of one in the middle and of
 * the last pass before their turn. */
#define LATE_MS 1500 /* long enough for all to queue up */

static void a_deadline_that_passes_in_the_queue_takes_the_unit_out(void **state)
{
    static const int late[] = {0, 3, JOBS - 1};
    fixture *self = *state;
    job jobs[JOBS];
    jobs_init(jobs, JOBS, self->database, "t");
    for (size_t i = 0; i < sizeof late / sizeof *late; i++)
        jobs[late[i]].timeout_ms = LATE_MS;
    queue_up(self, jobs, JOBS);
    for (size_t i = 0; i < sizeof late / sizeof *late; i++)
        job_join(&jobs[late[i]]);
    command(self->connection, "ROLLBACK");
    for (int i = 0; i < JOBS; i++) {
        if (jobs[i].timeout_ms == LATE_MS) {
            check_gave_up(self, &jobs[i], CALX_ERROR_LOCK_TIMEOUT);
        } else {
            job_join(&jobs[i]);
            must(jobs[i].status, &jobs[i].err);
            assert_int_equal(count_title(self, jobs[i].title), 1);
        }
    }
    jobs_finish(jobs, JOBS);
}

/* It would run for ever. */
static void the_deadline_of_a_unit_alone_stops_it(void **state)
{
    static const char endless[] =
        "INSERT INTO t (title) WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL"
        " SELECT n + 1 FROM c) SELECT max(n) || ? FROM c";
    const calx_sql sql = {.id = 11,
                          .text = endless,
                          .length = sizeof endless - 1,
                          .bind_kinds = text_kind,
                          .bind_count = 1};
    fixture *self = *state;
    job jobs[2];
    job_init(&jobs[0], self->database, "never");
    job_init(&jobs[1], self->database, "next");
    jobs[0].statements[0].sql = &sql;
    jobs[0].timeout_ms = LATE_MS;
    queue_up(self, jobs, 2);
    let_go(self, jobs, 2);
    assert_int_equal(jobs[0].status, CALX_ERROR_TIMEOUT);
    assert_int_equal(jobs[0].err.outcome, CALX_OUTCOME_NOT_DONE);
    assert_int_equal(jobs[0].unit.failed_statement, 0);
    must(jobs[1].status, &jobs[1].err);
    assert_int_equal(count_title(self, "next"), 1);
    jobs_finish(jobs, 2);
}

static void a_cancelled_unit_leaves_the_queue(void **state)
{
    fixture *self = *state;
    job jobs[JOBS];
    jobs_init(jobs, JOBS, self->database, "t");
    queue_up(self, jobs, JOBS);
    /* The first waits for the lock, the other one, whose waiter is its thread's, for the first. */
    atomic_store(&jobs[0].waiter.base.cancelled, true);
    atomic_store(&jobs[4].waiter.inner->cancelled, true);
    job_join(&jobs[0]);
    job_join(&jobs[4]);
    command(self->connection, "ROLLBACK");
    for (int i = 0; i < JOBS; i++) {
        if (i == 0 || i == 4) {
            check_gave_up(self, &jobs[i], CALX_ERROR_CANCELLED);
        } else {
            job_join(&jobs[i]);
            must(jobs[i].status, &jobs[i].err);
        }
    }
    jobs_finish(jobs, JOBS);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, writer_fixture_create, fixture_destroy)
    const struct CMUnitTest tests[] = {
        CASE(other_units_are_declined),
        CASE(a_key_is_handed_on_to_the_next_statement),
        CASE(closing_the_database_closes_the_writer),
        CASE(a_replaced_file_is_not_written_to),
        CASE(every_thread_gets_the_keys_of_its_rows),
        CASE(units_that_wait_share_one_commit),
        CASE(a_unit_fails_alone_wherever_it_is),
        CASE(a_double_stays_one_when_the_transaction_is_lost),
        CASE(rows_come_once_and_on_the_callers_thread),
        CASE(a_deadline_that_passes_in_the_queue_takes_the_unit_out),
        CASE(the_deadline_of_a_unit_alone_stops_it),
        CASE(a_cancelled_unit_leaves_the_queue),
    };
#undef CASE
    int failed = 0;
    FIXTURE_RUN_BOTH(tests, failed);
    return failed;
}
