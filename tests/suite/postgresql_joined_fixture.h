/* postgresql_joined_fixture.h: units with joined_commits=on, each in a thread with a connection of
 * its own, and a way to have them wait for a commit together, in a known order. */
#ifndef POSTGRESQL_JOINED_FIXTURE_H
#define POSTGRESQL_JOINED_FIXTURE_H

#include "postgresql_unit_fixture.h"

#include <sched.h>

#define JOBS_MAX 80
#define PATIENCE_MS 60000 /* jobs wait for each other, also under valgrind */

/* ---- Jobs: a unit, a thread, a connection ---- */

/* Counts how often its thread parks, and waits as the thread's own waiter does. */
typedef struct counting_waiter {
    calx_waiter base;
    calx_waiter *inner;
} counting_waiter;

typedef struct job {
    calx_connection *connection;
    work work;
    int64_t timeout_ms;
    counting_waiter waiter;
    pthread_t thread;
    int code;
} job;

static calx_database *database; /* what the jobs' connections share */
static job jobs[JOBS_MAX];
static atomic_int parked;
static atomic_int waiting; /* for the server */

/* In slices: a test that cancels a thread only sets the flag. */
#define SLICE_MS 20

static inline int64_t slice(int64_t deadline_us)
{
    int64_t slice_us = calx_deadline_in_ms(SLICE_MS);
    return slice_us < deadline_us ? slice_us : deadline_us;
}

static inline int counting_wait(calx_waiter *waiter, int fd, short events, int64_t deadline_us,
                                short *ready, calx_error *err)
{
    calx_waiter *inner = ((counting_waiter *)waiter)->inner;
    int code;
    atomic_fetch_add(&waiting, 1);
    do {
        calx_error_clear(err);
        if (atomic_load(&waiter->cancelled))
            return calx_error_set(err, CALX_ERROR_CANCELLED, "cancelled");
        code = inner->operations->wait(inner, fd, events, slice(deadline_us), ready, err);
    } while (code == CALX_ERROR_TIMEOUT && calx_now_us() < deadline_us);
    return code;
}

static inline int counting_park(calx_waiter *waiter, calx_parking *parking, int64_t deadline_us,
                                calx_error *err)
{
    calx_waiter *inner = ((counting_waiter *)waiter)->inner;
    int code;
    atomic_fetch_add(&parked, 1);
    do {
        calx_error_clear(err);
        if (atomic_load(&waiter->cancelled))
            return calx_error_set(err, CALX_ERROR_CANCELLED, "cancelled");
        code = inner->operations->park(inner, parking, slice(deadline_us), err);
    } while (code == CALX_ERROR_TIMEOUT && calx_now_us() < deadline_us);
    return code;
}

static inline void counting_wake(calx_waiter *waiter, calx_parking *parking)
{
    calx_waiter *inner = ((counting_waiter *)waiter)->inner;
    inner->operations->wake(inner, parking);
}

static inline int counting_offload(calx_waiter *waiter, void (*call)(void *argument),
                                   void *argument, calx_error *err)
{
    calx_waiter *inner = ((counting_waiter *)waiter)->inner;
    return inner->operations->offload(inner, call, argument, err);
}

static const calx_waiter_operations counting_operations = {.wait = counting_wait,
                                                           .park = counting_park,
                                                           .wake = counting_wake,
                                                           .offload = counting_offload};

static inline void *job_run(void *argument)
{
    job *self = argument;
    self->waiter = (counting_waiter){.base = {.operations = &counting_operations},
                                     .inner = calx_waiter_current()};
    calx_waiter_set(&self->waiter.base);
    self->work.unit.statements = self->work.statements;
    int64_t deadline_us = calx_deadline_in_ms(self->timeout_ms);
    self->code = self->connection ? database->driver->unit_run(self->connection, &self->work.unit,
                                                               deadline_us, &self->work.err)
                                  : database->driver->database_unit_run(
                                        database, &self->work.unit, deadline_us, &self->work.err);
    calx_waiter_set(NULL);
    return NULL;
}

static inline void until(atomic_int *counter, int value)
{
    while (atomic_load(counter) < value)
        sched_yield();
}

static bool without_connections; /* the jobs to come */

/* Gives it a connection, once; what it has to do is added to its work. */
static inline job *job_of(size_t index)
{
    job *self = &jobs[index];
    calx_error err = {0};
    if (!self->connection && !without_connections)
        assert_ok(database->driver->connection_open(database, soon(), &self->connection, &err),
                  &err);
    self->work = whole();
    self->timeout_ms = 3 * PATIENCE_MS; /* or it would not be joined */
    return self;
}

static inline void start(job *self)
{
    assert_int_equal(pthread_create(&self->thread, NULL, job_run, self), 0);
}

static inline void join(job *self)
{
    pthread_join(self->thread, NULL);
}

static inline void assert_job_ok(job *self)
{
    assert_ok(self->code, &self->work.err);
}

static inline void assert_job_fails(const job *self, int code, calx_outcome outcome)
{
    if (self->code != code)
        fail_msg("%d instead of %d: %s", self->code, code, self->work.err.message);
    assert_int_equal(self->work.err.outcome, outcome);
}

static inline job *insert_job(size_t index, int64_t number)
{
    job *self = job_of(index);
    add(&self->work, INSERT, number, 1);
    return self;
}

/* ---- The fixture ---- */

static inline int open_jobs(void **state)
{
    calx_database_options options = default_options;
    calx_error err = {0};
    calx_url *url = NULL;
    char text[CALX_URL_LENGTH_MAX];

    open_fixture(state);
    options.busy_timeout_ms = PATIENCE_MS;
    options.statement_timeout_ms = PATIENCE_MS;
    options.statement_cache_size = 100;
    snprintf(text, sizeof text, "%s%s?joined_commits=on", form,
             strstr(getenv("CALX_TEST_POSTGRESQL_URI"), "://"));
    assert_ok(calx_url_parse(text, strlen(text), &url, &err), &err);
    assert_ok(create(url, &options, &database, &err), &err);
    calx_url_destroy(url);
    /* The number of the transaction as a whole: a row's xmin would be the savepoint's. */
    run(other, "ALTER TABLE calx_unit ALTER t SET DEFAULT txid_current()::text");
    return 0;
}

static inline int close_jobs(void **state)
{
    for (size_t i = 0; i < JOBS_MAX; i++) {
        if (jobs[i].connection)
            jobs[i].connection->driver->connection_close(jobs[i].connection);
        jobs[i].connection = NULL;
    }
    database->driver->database_destroy(database);
    return close_fixture(state);
}

/* The first job leads a transaction of its own, and waits there for `other`, who is about to insert
 * the same row; the others come in their order and wait for the first. */
static inline void gather(size_t count)
{
    char sql[80];
    begin(other);
    snprintf(sql, sizeof sql, "INSERT INTO calx_unit (n) VALUES (%d)",
             (int)jobs[0].work.binds[0][0].as.integer);
    run(other, sql);
    atomic_store(&parked, 0);
    atomic_store(&waiting, 0);
    start(&jobs[0]);
    until(&waiting, 1);
    for (size_t i = 1; i < count; i++) {
        start(&jobs[i]);
        until(&parked, (int)i);
    }
}

static inline void release(void)
{
    rollback(other);
}

static inline void join_all(size_t count)
{
    for (size_t i = 0; i < count; i++)
        join(&jobs[i]);
}

static inline int64_t transactions(void)
{
    return query_integer(other, "SELECT count(DISTINCT t) FROM calx_unit");
}

#endif
