/* sqlite_writer_fixture.h: units of the sqlite3 driver, each in a thread with a connection of its
 * own, and a way to have them wait for the writer together, in a known order. */
#ifndef CALX_TESTS_SQLITE_WRITER_FIXTURE_H
#define CALX_TESTS_SQLITE_WRITER_FIXTURE_H

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/suite/sqlite_fixture.h"

/* ---- Statements ---- */

static const calx_kind text_kind[] = {CALX_KIND_TEXT};
static const calx_kind integer_kind[] = {CALX_KIND_INTEGER};

#define SQL(number, string, kinds, count)                                                          \
    {                                                                                              \
        .id = (number), .text = (string), .length = sizeof(string) - 1, .bind_kinds = (kinds),     \
        .bind_count = (count)                                                                      \
    }

static const calx_sql insert_title = SQL(1, "INSERT INTO t (title) VALUES (?)", text_kind, 1);
static const calx_sql insert_child = SQL(2, "INSERT INTO c (parent) VALUES (?)", integer_kind, 1);
static const calx_sql update_by_id =
    SQL(3, "UPDATE t SET title = 'changed' WHERE id = ?", integer_kind, 1);

static const char schema[] = "CREATE TABLE t (id INTEGER PRIMARY KEY, title TEXT UNIQUE)";
static const char schema_child[] =
    "CREATE TABLE c (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES t (id)"
    " DEFERRABLE INITIALLY DEFERRED)";
static const char schema_poison[] =
    "CREATE TRIGGER poison BEFORE INSERT ON t WHEN NEW.title LIKE 'poison%'"
    " BEGIN SELECT RAISE(ROLLBACK, 'poison'); END";

/* ---- Jobs ---- */

#define JOB_STATEMENTS_MAX 2

/* Counts how often its thread waits, and waits as the thread's own waiter does. */
typedef struct counting_waiter {
    calx_waiter base;
    calx_waiter *inner;
} counting_waiter;

typedef struct job {
    calx_connection *connection;
    calx_unit unit;
    calx_unit_statement statements[JOB_STATEMENTS_MAX];
    calx_value values[JOB_STATEMENTS_MAX];
    char title[32];
    int64_t timeout_ms;
    counting_waiter waiter;
    pthread_t thread;
    int status;
    calx_error err;
} job;

static atomic_int parked; /* in the writer's queue */
static atomic_int paused; /* between two tries for the lock */

static int counting_wait(calx_waiter *waiter, int fd, short events, int64_t deadline_us,
                         short *ready, calx_error *err)
{
    calx_waiter *inner = ((counting_waiter *)waiter)->inner;
    if (waiter->cancelled)
        return calx_error_set(err, CALX_ERROR_CANCELLED, "cancelled");
    atomic_fetch_add(&paused, fd < 0);
    return inner->operations->wait(inner, fd, events, deadline_us, ready, err);
}

static int counting_park(calx_waiter *waiter, calx_parking *parking, int64_t deadline_us,
                         calx_error *err)
{
    calx_waiter *inner = ((counting_waiter *)waiter)->inner;
    atomic_fetch_add(&parked, 1);
    return inner->operations->park(inner, parking, deadline_us, err);
}

static void counting_wake(calx_waiter *waiter, calx_parking *parking)
{
    calx_waiter *inner = ((counting_waiter *)waiter)->inner;
    inner->operations->wake(inner, parking);
}

static int counting_offload(calx_waiter *waiter, void (*call)(void *argument), void *argument,
                            calx_error *err)
{
    calx_waiter *inner = ((counting_waiter *)waiter)->inner;
    return inner->operations->offload(inner, call, argument, err);
}

static inline void *job_run(void *argument)
{
    static const calx_waiter_operations operations = {.wait = counting_wait,
                                                      .park = counting_park,
                                                      .wake = counting_wake,
                                                      .offload = counting_offload};
    job *self = argument;
    self->waiter.inner = calx_waiter_current();
    self->waiter.base.operations = &operations;
    calx_waiter_set(&self->waiter.base);
    self->status = self->connection->driver->unit_run(
        self->connection, &self->unit, calx_deadline_in_ms(self->timeout_ms), &self->err);
    calx_waiter_set(NULL);
    return NULL;
}

static inline void job_add(job *self, const calx_sql *sql, calx_value value)
{
    size_t i = self->unit.statement_count++;
    self->values[i] = value;
    self->statements[i] = (calx_unit_statement){.sql = sql,
                                                .binds = &self->values[i],
                                                .rows_expected = 1,
                                                .generates_key = sql != &update_by_id};
}

/* A unit that inserts a title. */
static inline void job_init(job *self, calx_database *database, const char *title)
{
    *self = (job){.connection = open_connection(database), .timeout_ms = LONG_MS};
    snprintf(self->title, sizeof self->title, "%s", title);
    self->unit =
        (calx_unit){.statements = self->statements, .begin = true, .commit = true, .write = true};
    job_add(self, &insert_title, calx_value_text(calx_text_of(self->title)));
}

static inline void job_finish(job *self)
{
    self->connection->driver->connection_close(self->connection);
}

static inline void job_start(job *self)
{
    assert_int_equal(pthread_create(&self->thread, NULL, job_run, self), 0);
}

static inline void job_join(job *self)
{
    assert_int_equal(pthread_join(self->thread, NULL), 0);
}

/* Titled with the prefix and a number from 0. */
static inline void jobs_init(job *jobs, int count, calx_database *database, const char *prefix)
{
    for (int i = 0; i < count; i++) {
        char title[32];
        snprintf(title, sizeof title, "%s%d", prefix, i);
        job_init(&jobs[i], database, title);
    }
}

static inline void jobs_finish(job *jobs, int count)
{
    for (int i = 0; i < count; i++)
        job_finish(&jobs[i]);
}

/* ---- The queue ---- */

static inline void until_at_least(atomic_int *counter, int count)
{
    while (atomic_load(counter) < count)
        sched_yield();
}

/* With the tables, and a writer that is open. */
static inline int writer_fixture_create(void **state)
{
    fixture_create(state);
    fixture *self = *state;
    job first;
    command(self->connection, schema);
    command(self->connection, schema_child);
    command(self->connection, schema_poison);
    job_init(&first, self->database, "first");
    job_run(&first);
    must(first.status, &first.err);
    job_finish(&first);
    return 0;
}

/* Takes the lock, so that the first job waits for it and the others for the first, in order. */
static inline void queue_up(fixture *self, job *jobs, int count)
{
    command(self->connection, "BEGIN IMMEDIATE");
    atomic_store(&parked, 0);
    atomic_store(&paused, 0);
    for (int i = 0; i < count; i++) {
        job_start(&jobs[i]);
        until_at_least(i == 0 ? &paused : &parked, i == 0 ? 1 : i);
    }
}

static inline void let_go(fixture *self, job *jobs, int count)
{
    command(self->connection, "ROLLBACK");
    for (int i = 0; i < count; i++)
        job_join(&jobs[i]);
}

static inline int64_t size_of_wal(const fixture *self)
{
    char wal[128];
    struct stat status;
    snprintf(wal, sizeof wal, "%s-wal", self->file);
    return stat(wal, &status) ? 0 : status.st_size;
}

/* How many rows have this title, asked on another connection than the writer's. */
static inline int64_t count_title(fixture *self, const char *title)
{
    char sql[128];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM t WHERE title = '%s'", title);
    return ask(self->connection, sql);
}

static inline int64_t id_of_title(fixture *self, const char *title)
{
    char sql[128];
    snprintf(sql, sizeof sql, "SELECT coalesce(max(id), -1) FROM t WHERE title = '%s'", title);
    return ask(self->connection, sql);
}

#endif
