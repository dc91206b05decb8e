/* driver_postgresql_joined_test.c: joined_commits=on: units of several threads in one transaction,
 * each with its own outcome. */
#include "postgresql_joined_fixture.h"

/* ---- One transaction ---- */

static void those_who_wait_share_a_transaction(void **state)
{
    (void)state;
    for (size_t i = 0; i < 5; i++)
        insert_job(i, (int64_t)i);
    gather(5);
    release();
    join_all(5);
    for (size_t i = 0; i < 5; i++) {
        assert_job_ok(&jobs[i]);
        assert_int_equal(jobs[i].work.statements[0].rows_affected, 1);
        assert_false(jobs[i].connection->in_transaction);
    }
    assert_int_equal(rows(), 5);
    assert_int_equal(transactions(), 2);
    size_t told[5] = {0}; /* how often which size of a group */
    for (size_t i = 0; i < 5; i++)
        told[jobs[i].work.unit.group_size]++;
    assert_int_equal(told[0], 3);
    assert_int_equal(told[1], 1);
    assert_int_equal(told[4], 1);
}

/* Whether its key is an integer is found out by each connection alone. */
static void generated_keys_are_each_units_own(void **state)
{
    (void)state;
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < 4; i++)
            add_keyed(&job_of(i)->work, INSERT_KEY, (int64_t)i + 10 * round);
        if (round == 1)
            gather(4);
        for (size_t i = 0; round == 0 && i < 4; i++) {
            start(&jobs[i]);
            join(&jobs[i]);
        }
        if (round == 1) {
            release();
            join_all(4);
        }
        for (size_t i = 0; i < 4; i++)
            assert_job_ok(&jobs[i]);
    }
    assert_int_equal(transactions(), 4 + 2);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(query_integer_of(other,
                                          "SELECT n::bigint FROM calx_unit WHERE id = $1::int",
                                          jobs[i].work.statements[0].generated_key),
                         (int64_t)i + 10);
}

static void no_more_than_sixty_share_one(void **state)
{
    (void)state;
    if (strcmp(form, "postgresql") == 0)
        skip(); /* 70 connections take their time, and who opened them makes no difference */
    for (size_t i = 0; i < 70; i++)
        insert_job(i, (int64_t)i);
    gather(70);
    release();
    join_all(70);
    for (size_t i = 0; i < 70; i++)
        assert_job_ok(&jobs[i]);
    assert_int_equal(rows(), 70);
    assert_int_equal(transactions(), 3);
}

static void what_must_be_alone_does_not_wait_for_others(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++)
        insert_job(i, (int64_t)i);
    gather(2);
    job *strict = insert_job(2, 2);
    strict->work.unit.isolation = CALX_ISOLATION_SERIALIZABLE;
    job *levels = job_of(3);
    add_keyed(&levels->work, INSERT_KEY, 3);
    add(&levels->work, "INSERT INTO calx_unit_child (parent_id) VALUES ($1)", 0, 1);
    refer(&levels->work, 0);
    job *raw = job_of(4);
    add(&raw->work, "SET LOCAL work_mem = '1MB'", 0, CALX_ROWS_ANY);
    for (size_t i = 2; i < 5; i++) {
        start(&jobs[i]);
        join(&jobs[i]); /* the leader still waits */
        assert_job_ok(&jobs[i]);
    }
    assert_int_equal(atomic_load(&parked), 1);
    release();
    join_all(2);
    assert_job_ok(&jobs[0]);
    assert_job_ok(&jobs[1]);
    assert_int_equal(transactions(), 4);
}

/* ---- Failures ---- */

static void a_unit_that_fails_takes_no_neighbour_along(void **state)
{
    (void)state;
    for (size_t i = 0; i < 6; i++)
        insert_job(i, (int64_t)i);
    add(&job_of(1)->work, INSERT, 20, 1); /* the group's leader itself: its second row is double */
    add(&jobs[1].work, INSERT, 20, 1);
    add(&job_of(3)->work, UPDATE, 99, 1); /* hits nothing */
    gather(6);
    release();
    join_all(6);
    assert_job_fails(&jobs[1], CALX_ERROR_UNIQUE, CALX_OUTCOME_NOT_DONE);
    assert_int_equal(jobs[1].work.unit.failed_statement, 1);
    assert_job_fails(&jobs[3], CALX_ERROR_STALE, CALX_OUTCOME_NOT_DONE);
    assert_job_ok(&jobs[0]);
    assert_job_ok(&jobs[2]);
    assert_job_ok(&jobs[4]);
    assert_job_ok(&jobs[5]);
    assert_int_equal(rows(), 4);
    assert_int_equal(transactions(), 2);
}

static void the_group_after_a_failure_is_joined_too(void **state)
{
    (void)state;
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < 4; i++)
            insert_job(i, (int64_t)i + 10 * round);
        if (round == 0)
            add(&jobs[2].work, INSERT, 2, 1);
        gather(4);
        release();
        join_all(4);
        for (size_t i = 0; i < 4; i++)
            if (round == 1 || i != 2)
                assert_job_ok(&jobs[i]);
        rollback(jobs[2].connection);
        assert_int_equal(rows(), round == 0 ? 3 : 7);
        assert_int_equal(transactions(), 2 * (round + 1));
    }
}

static void a_commit_that_is_refused_is_run_again_for_each(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++)
        insert_job(i, (int64_t)i);
    job *orphan = job_of(2);
    add(&orphan->work, INSERT, 2, 1);
    add(&orphan->work, "INSERT INTO calx_unit_child (parent_id) VALUES ($1)", 12345, 1);
    gather(4);
    release();
    join_all(4);
    assert_job_fails(orphan, CALX_ERROR_FOREIGN_KEY, CALX_OUTCOME_NOT_DONE);
    for (size_t i = 0; i < 4; i++)
        if (i != 2)
            assert_job_ok(&jobs[i]);
    assert_int_equal(rows(), 3);
}

static void a_warning_of_commit_makes_all_unknown(void **state)
{
    (void)state;
    run(other,
        "CREATE FUNCTION calx_unit_warn() RETURNS trigger LANGUAGE plpgsql AS"
        " $$BEGIN RAISE WARNING 'late'; RETURN NULL; END$$");
    run(other,
        "CREATE CONSTRAINT TRIGGER warn AFTER INSERT ON calx_unit DEFERRABLE INITIALLY"
        " DEFERRED FOR EACH ROW WHEN (NEW.n = 2) EXECUTE FUNCTION calx_unit_warn()");
    for (size_t i = 0; i < 4; i++)
        insert_job(i, (int64_t)i);
    gather(4);
    release();
    join_all(4);
    assert_job_ok(&jobs[0]);
    for (size_t i = 1; i < 4; i++)
        assert_job_fails(&jobs[i], CALX_ERROR_DATABASE, CALX_OUTCOME_UNKNOWN);
    assert_int_equal(rows(), 4);
    run(other, "DROP FUNCTION calx_unit_warn CASCADE");
}

/* ---- Losses, deadlines, cancellations ---- */

/* A group of which the second unit is refused, and the third waits for the row of `holder`. */
static calx_connection *stop_group(void)
{
    const char *blocked = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid = $1::int";
    calx_connection *holder = open_default();

    for (size_t i = 0; i < 5; i++)
        insert_job(i, (int64_t)i);
    add(&jobs[2].work, INSERT, 2, 1);
    int64_t backend = backend_of(jobs[1].connection);
    begin(holder);
    run(holder, "INSERT INTO calx_unit (n) VALUES (3)");
    gather(5);
    release();
    join(&jobs[0]);
    while (query_integer_of(other, blocked, backend) == 0)
        sched_yield();
    return holder;
}

static void a_loss_is_unknown_for_all_but_the_refused(void **state)
{
    (void)state;
    calx_connection *holder = stop_group();
    int64_t backend = query_integer(other, "SELECT pid FROM pg_locks WHERE NOT granted LIMIT 1");
    kill_backend(other, backend);
    for (size_t i = 1; i < 5; i++)
        join(&jobs[i]);
    rollback(holder);
    close_connection(holder);
    assert_job_ok(&jobs[0]);
    assert_job_fails(&jobs[1], CALX_ERROR_CONNECTION_LOST, CALX_OUTCOME_UNKNOWN);
    assert_job_fails(&jobs[2], CALX_ERROR_UNIQUE, CALX_OUTCOME_NOT_DONE);
    assert_job_fails(&jobs[3], CALX_ERROR_CONNECTION_LOST, CALX_OUTCOME_UNKNOWN);
    assert_job_fails(&jobs[4], CALX_ERROR_CONNECTION_LOST, CALX_OUTCOME_UNKNOWN);
    assert_true(jobs[1].connection->broken);
    assert_false(jobs[3].connection->broken);
    assert_int_equal(rows(), 1);
}

static void a_cancellation_does_not_end_what_is_shared(void **state)
{
    (void)state;
    calx_connection *holder = stop_group();
    atomic_store(&jobs[1].waiter.base.cancelled, true);
    atomic_store(&jobs[4].waiter.base.cancelled, true);
    until(&waiting, atomic_load(&waiting) + 1); /* the leader has seen it, and waits on */
    rollback(holder);
    close_connection(holder);
    for (size_t i = 1; i < 5; i++)
        join(&jobs[i]);
    assert_job_fails(&jobs[2], CALX_ERROR_UNIQUE, CALX_OUTCOME_NOT_DONE);
    for (size_t i = 1; i < 5; i++)
        if (i != 2)
            assert_job_ok(&jobs[i]);
    assert_true(atomic_load(&jobs[1].waiter.base.cancelled));
    assert_true(atomic_load(&jobs[4].waiter.base.cancelled));
    assert_int_equal(rows(), 4);
}

static void who_gives_up_while_waiting_has_done_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++)
        insert_job(i, (int64_t)i);
    gather(4);
    atomic_store(&jobs[1].waiter.base.cancelled, true);
    join(&jobs[1]);
    assert_job_fails(&jobs[1], CALX_ERROR_CANCELLED, CALX_OUTCOME_NOT_DONE);
    release();
    join(&jobs[0]);
    join(&jobs[2]);
    join(&jobs[3]);
    assert_int_equal(rows(), 3);
    assert_int_equal(transactions(), 2);
}

/* ---- Without connections of their own ---- */

/* The first one opens what all use. */
static void warm_up(void)
{
    without_connections = true;
    start(insert_job(0, 100));
    join(&jobs[0]);
    assert_job_ok(&jobs[0]);
}

static void who_waits_needs_no_connection(void **state)
{
    (void)state;
    warm_up();
    int64_t warm =
        query_integer(other, "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint");
    for (size_t i = 0; i < 6; i++)
        insert_job(i, (int64_t)i);
    add(&jobs[2].work, INSERT, 2, 1);
    gather(6);
    release();
    join_all(6);
    assert_job_fails(&jobs[2], CALX_ERROR_UNIQUE, CALX_OUTCOME_NOT_DONE);
    for (size_t i = 0; i < 6; i++)
        if (i != 2)
            assert_job_ok(&jobs[i]);
    assert_int_equal(rows(), 6);
    assert_int_equal(transactions(), 3);
    assert_int_equal(query_integer_of(other,
                                      "SELECT count(*) FROM pg_stat_activity"
                                      " WHERE datname = current_database()"
                                      " AND backend_type = 'client backend'"
                                      " AND backend_start > to_timestamp($1::bigint / 1000000.0)",
                                      warm),
                     0);
    without_connections = false;
}

static void a_dead_connection_is_replaced_before_a_unit(void **state)
{
    (void)state;
    warm_up();
    kill_backend(other,
                 query_integer(other,
                               "SELECT pid FROM pg_stat_activity WHERE query LIKE '%calx_unit"
                               " %' AND state = 'idle' AND datname = current_database() "
                               "ORDER BY query_start DESC LIMIT 1"));
    start(insert_job(0, 1));
    join(&jobs[0]);
    assert_job_ok(&jobs[0]);
    assert_int_equal(rows(), 2);
    without_connections = false;
}

static int run_group(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_jobs, close_jobs)
    const struct CMUnitTest tests[] = {
        TEST(those_who_wait_share_a_transaction),
        TEST(generated_keys_are_each_units_own),
        TEST(no_more_than_sixty_share_one),
        TEST(what_must_be_alone_does_not_wait_for_others),
        TEST(a_unit_that_fails_takes_no_neighbour_along),
        TEST(the_group_after_a_failure_is_joined_too),
        TEST(a_commit_that_is_refused_is_run_again_for_each),
        TEST(a_warning_of_commit_makes_all_unknown),
        TEST(a_loss_is_unknown_for_all_but_the_refused),
        TEST(a_cancellation_does_not_end_what_is_shared),
        TEST(who_gives_up_while_waiting_has_done_nothing),
        TEST(who_waits_needs_no_connection),
        TEST(a_dead_connection_is_replaced_before_a_unit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return run_forms(run_group);
}
