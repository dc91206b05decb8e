/* Units that are run again: calx_session_run. */
#include <calx/retry.h>

#include "tests/suite/orm_fixture.h"

ORM_FIXTURE_MODELS

/* What the work does in each of its tries. */
typedef struct plan {
    int failures; /* tries that fail, the first ones */
    calx_error_class code;
    int64_t pause_ms; /* in a try */
    bool commits;     /* before it fails */
    int tries;
} plan;

static void work(calx_session *session, void *context)
{
    plan *p = context;
    Todo *todo = Todo_new(session);
    assert_int_equal(calx_count(calx_query_of(session, Todo)), 1); /* the session was empty */
    todo->title = calx_text_of("from work");
    calx_session_flush(session);
    if (p->commits)
        calx_session_commit(session);
    if (p->pause_ms > 0)
        calx_wait_until(calx_deadline_in_ms(p->pause_ms), NULL);
    if (p->tries++ < p->failures)
        calx_session_fail(session, p->code, "as planned");
}

static void work_is_committed_once_however_often_it_is_tried(void **state)
{
    fixture *f = *state;
    static const calx_error_class codes[] = {CALX_ERROR_SERIALIZATION, CALX_ERROR_DEADLOCK,
                                             CALX_ERROR_CONNECTION_LOST};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        plan p = {.failures = 2, .code = codes[i]};
        calx_error err = {0};
        calx_session *session = calx_session_create(f->engine);
        calx_query_delete(calx_query_of(session, Todo));
        assert_int_equal(calx_session_commit(session), 0);
        calx_session_destroy(session);
        assert_int_equal(calx_session_run(f->engine, CALX_NO_DEADLINE, work, &p, &err), 0);
        assert_int_equal(err.code, CALX_OK);
        assert_int_equal(p.tries, 3);
        assert_int_equal(stored_count(f), 1);
    }
}

static void other_failures_end_it_at_once(void **state)
{
    fixture *f = *state;
    static const calx_error_class codes[] = {CALX_ERROR_UNIQUE, CALX_ERROR_TIMEOUT,
                                             CALX_ERROR_INVALID, CALX_ERROR_LOCK_TIMEOUT};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        plan p = {.failures = 1, .code = codes[i]};
        calx_error err = {0};
        assert_int_equal(calx_session_run(f->engine, CALX_NO_DEADLINE, work, &p, &err), codes[i]);
        assert_string_equal(err.message, "as planned");
        assert_int_equal(p.tries, 1);
    }
    assert_int_equal(stored_count(f), 0);
}

static void tries_and_time_have_an_end(void **state)
{
    fixture *f = *state;
    calx_error err = {0};
    plan p = {.failures = 1000, .code = CALX_ERROR_SERIALIZATION};
    assert_int_equal(calx_session_run(f->engine, CALX_NO_DEADLINE, work, &p, &err),
                     CALX_ERROR_SERIALIZATION);
    assert_int_equal(p.tries, 1 + CALX_RETRIES_MAX);
    p = (plan){.failures = 1000, .code = CALX_ERROR_DEADLOCK, .pause_ms = 60};
    calx_error late = {0};
    assert_int_equal(calx_session_run(f->engine, calx_deadline_in_ms(50), work, &p, &late),
                     CALX_ERROR_DEADLOCK);
    assert_int_equal(p.tries, 1);
    assert_int_equal(stored_count(f), 0);
}

static void what_was_committed_is_not_done_again(void **state)
{
    fixture *f = *state;
    calx_error err = {0};
    plan p = {.failures = 1, .code = CALX_ERROR_CONNECTION_LOST, .commits = true};
    assert_int_equal(calx_session_run(f->engine, CALX_NO_DEADLINE, work, &p, &err),
                     CALX_ERROR_CONNECTION_LOST);
    assert_int_equal(p.tries, 1);
    assert_int_equal(stored_count(f), 1);
}

/* ---- Two that meet ---- */

static void nothing_is_held_during_the_pause(void **state)
{
    fixture *f = *state;
    calx_retry retry = {.deadline_us = CALX_NO_DEADLINE};
    Todo_new(f->session)->title = calx_text_of("held");
    assert_int_equal(calx_session_flush(f->session), 0);
    assert_int_equal(calx_engine_pool(f->engine).held, 1);
    calx_session_fail(f->session, CALX_ERROR_SERIALIZATION, "again");
    assert_true(calx_retry_again(&retry, f->session));
    assert_int_equal(calx_engine_pool(f->engine).held, 0);
    assert_failed(f->session, CALX_ERROR_SERIALIZATION, "again");
    calx_session_rollback(f->session);
    assert_int_equal(stored_count(f), 0);
}

#define COUNTERS 2
#define ADDITIONS 10

/* Reads and writes a number: of two at once, one has to begin again. */
static void add_one(calx_session *session, void *context)
{
    const int32_t *id = context;
    calx_session_set_isolation(session, CALX_ISOLATION_SERIALIZABLE);
    Todo *todo = calx_get(session, Todo, *id);
    if (todo != NULL)
        todo->order.value++;
}

typedef struct adder {
    fixture *f;
    int32_t id;
    int added;
} adder;

static void *add_many(void *context)
{
    adder *a = context;
    while (a->added < ADDITIONS) {
        calx_error err = {0};
        if (calx_session_run(a->f->engine, CALX_NO_DEADLINE, add_one, &a->id, &err) == 0)
            a->added++;
        else if (!err.retryable)
            break;
    }
    return NULL;
}

static void no_addition_is_lost(void **state)
{
    fixture *f = *state;
    int32_t id = stored_todo(f, "counter");
    Todo *todo = calx_get(f->session, Todo, id);
    todo->order = (calx_integer_or_null){.value = 0};
    assert_int_equal(calx_session_commit(f->session), 0);
    adder adders[COUNTERS];
    pthread_t threads[COUNTERS];
    for (int i = 0; i < COUNTERS; i++) {
        adders[i] = (adder){.f = f, .id = id};
        assert_int_equal(pthread_create(&threads[i], NULL, add_many, &adders[i]), 0);
    }
    for (int i = 0; i < COUNTERS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(adders[i].added, ADDITIONS);
    }
    calx_session_refresh(f->session, todo);
    assert_int_equal(todo->order.value, COUNTERS * ADDITIONS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_tables(work_is_committed_once_however_often_it_is_tried),
        with_tables(other_failures_end_it_at_once),
        with_tables(tries_and_time_have_an_end),
        with_tables(what_was_committed_is_not_done_again),
        with_tables(nothing_is_held_during_the_pause),
        with_tables(no_addition_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
