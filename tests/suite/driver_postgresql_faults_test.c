/* driver_postgresql_faults_test.c: the PostgreSQL driver when the server is slow, busy with others
 * or dies. */
#include "postgresql_fixture.h"

#include <pthread.h>

static calx_connection *connection;
static calx_connection *other;
static int64_t backend; /* of connection */

/* Waits for what another session does: polls a count until it is not zero. */
static void wait_until(calx_connection *observer, const char *text, int64_t bind)
{
    int64_t deadline_us = soon();
    while (query_integer_of(observer, text, bind) == 0) {
        if (calx_deadline_left_ms(deadline_us) == 0)
            fail_msg("never came true: %s", text);
        calx_wait_until(calx_deadline_in_ms(2), NULL);
    }
}

static int open_fixture(void **state)
{
    (void)state;
    connection = open_default();
    other = open_default();
    backend = backend_of(connection);
    run(other, "DROP TABLE IF EXISTS calx_fault, calx_fault_new");
    return 0;
}

static int close_fixture(void **state)
{
    (void)state;
    close_connection(connection);
    /* A connection that was given up is noticed by its server process a little later. */
    wait_until(other, "SELECT (count(*) = 0)::int FROM pg_stat_activity WHERE pid = $1", backend);
    run(other, "DROP TABLE IF EXISTS calx_fault, calx_fault_new");
    close_connection(other);
    return 0;
}

static void assert_unusable(calx_connection *broken)
{
    calx_error err = {0};
    assert_true(broken->broken);
    assert_int_equal(broken->driver->connection_check(broken, soon(), &err),
                     CALX_ERROR_CONNECTION_LOST);
    calx_error_clear(&err);
    assert_int_equal(command(broken, "SELECT 1", &err), CALX_ERROR_CONNECTION_LOST);
}

/* ---- Lost connections ---- */

static void killed_backend_is_reported_and_never_reopened(void **state)
{
    (void)state;
    calx_error err = {0};
    kill_backend(other, backend);
    assert_int_equal(command(connection, "SELECT 1", &err), CALX_ERROR_CONNECTION_LOST);
    assert_true(err.retryable);
    assert_string_equal(err.sqlstate, "57P01");
    assert_int_equal(err.outcome, CALX_OUTCOME_NOT_DONE); /* it had left before */
    assert_unusable(connection);
}

static void killed_backend_is_found_by_the_check(void **state)
{
    (void)state;
    calx_error err = {0};
    assert_ok(connection->driver->connection_check(connection, soon(), &err), &err);
    kill_backend(other, backend);
    assert_int_equal(connection->driver->connection_check(connection, soon(), &err),
                     CALX_ERROR_CONNECTION_LOST);
    assert_true(connection->broken);
}

static void a_server_that_became_read_only_is_left(void **state)
{
    (void)state;
    calx_error err = {0};
    run(connection, "SET default_transaction_read_only = on"); /* reported since PostgreSQL 14 */
    assert_int_equal(command(connection, "CREATE TABLE calx_fault (id int)", &err),
                     CALX_ERROR_READ_ONLY);
    assert_int_equal(err.outcome, CALX_OUTCOME_NOT_DONE);
    assert_unusable(connection);
}

static void loss_before_commit_is_known_not_to_be_done(void **state)
{
    (void)state;
    calx_error err = {0};
    run(connection, "CREATE TABLE calx_fault (id int)");
    begin(connection);
    run(connection, "INSERT INTO calx_fault VALUES (1)");
    kill_backend(other, backend);
    assert_int_equal(commit(connection, &err), CALX_ERROR_CONNECTION_LOST);
    assert_int_equal(err.outcome, CALX_OUTCOME_NOT_DONE);
    assert_unusable(connection);
    assert_int_equal(query_integer(other, "SELECT count(*) FROM calx_fault"), 0);
    calx_error_clear(&err);
    assert_int_equal(connection->driver->rollback(connection, soon(), &err), 0);
}

/* A table whose inserts make COMMIT slow. */
static void create_slow_table(void)
{
    run(connection, "CREATE TABLE calx_fault (id int)");
    run(connection,
        "CREATE FUNCTION pg_temp.slow() RETURNS trigger LANGUAGE plpgsql AS"
        " $$BEGIN PERFORM pg_sleep(60); RETURN NULL; END$$");
    run(connection,
        "CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON calx_fault DEFERRABLE INITIALLY"
        " DEFERRED FOR EACH ROW EXECUTE FUNCTION pg_temp.slow()");
}

static void *commit_in_thread(void *argument)
{
    commit(connection, argument);
    return NULL;
}

static void loss_during_commit_is_unknown(void **state)
{
    (void)state;
    calx_error err = {0};
    pthread_t thread;
    create_slow_table();
    begin(connection);
    run(connection, "INSERT INTO calx_fault VALUES (1)");
    assert_int_equal(pthread_create(&thread, NULL, commit_in_thread, &err), 0);
    wait_until(other,
               "SELECT count(*) FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'PgSleep'",
               backend);
    kill_backend(other, backend);
    pthread_join(thread, NULL);
    assert_int_equal(err.code, CALX_ERROR_CONNECTION_LOST);
    assert_string_equal(err.sqlstate, "57P01"); /* the server's last words were read */
    assert_int_equal(err.outcome, CALX_OUTCOME_UNKNOWN);
    assert_unusable(connection);
}

static void deadline_during_commit_is_unknown(void **state)
{
    (void)state;
    calx_error err = {0};
    create_slow_table();
    begin(connection);
    run(connection, "INSERT INTO calx_fault VALUES (1)");
    assert_int_equal(connection->driver->commit(connection, calx_deadline_in_ms(200), &err),
                     CALX_ERROR_TIMEOUT);
    assert_int_equal(err.outcome, CALX_OUTCOME_UNKNOWN);
    assert_unusable(connection);
}

/* ---- Time ---- */

static void deadline_ends_a_running_statement(void **state)
{
    (void)state;
    calx_error err = {0};
    assert_int_equal(try_query(connection, "SELECT 1 FROM pg_sleep(60)", NULL, 0, 1,
                               calx_deadline_in_ms(200), &err),
                     CALX_ERROR_TIMEOUT);
    assert_unusable(connection);
    /* The tear-down waits until the server has noticed, long before the statement's end. */
}

static void passed_deadline_sends_nothing(void **state)
{
    (void)state;
    calx_error err = {0};
    assert_int_equal(connection->driver->command(connection, "SELECT 1", 8, calx_now_us(), &err),
                     CALX_ERROR_TIMEOUT);
    assert_false(connection->broken);
    assert_int_equal(query_integer(connection, "SELECT 1"), 1);
}

static void statement_timeout_leaves_the_connection_usable(void **state)
{
    (void)state;
    calx_error err = {0};
    run(connection, "SET statement_timeout = 100");
    assert_int_equal(command(connection, "SELECT pg_sleep(60)", &err), CALX_ERROR_TIMEOUT);
    assert_string_equal(err.sqlstate, "57014");
    assert_int_equal(query_integer(connection, "SELECT 1"), 1);
}

static void *cancel_in_thread(void *argument)
{
    command(connection, "SELECT pg_sleep(60)", argument);
    return NULL;
}

static void cancelled_statement_says_so(void **state)
{
    (void)state;
    calx_error err = {0};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, cancel_in_thread, &err), 0);
    wait_until(other,
               "SELECT count(*) FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'PgSleep'",
               backend);
    query_integer_of(other, "SELECT pg_cancel_backend($1::int)::int", backend);
    pthread_join(thread, NULL);
    assert_int_equal(err.code, CALX_ERROR_CANCELLED);
    assert_false(connection->broken);
}

static void copy_is_refused_and_does_not_hang(void **state)
{
    (void)state;
    calx_error err = {0};
    assert_int_equal(command(connection, "COPY (SELECT 1) TO STDOUT", &err),
                     CALX_ERROR_UNSUPPORTED);
    assert_unusable(connection);
}

/* ---- Other sessions ---- */

static void lock_is_waited_for_only_so_long(void **state)
{
    (void)state;
    calx_database_options options = default_options;
    calx_error err = {0};
    options.busy_timeout_ms = 100;
    run(connection, "CREATE TABLE calx_fault AS SELECT 1 AS id");
    calx_connection *impatient = open_with(&options);
    begin(connection);
    run(connection, "UPDATE calx_fault SET id = 2");
    assert_int_equal(command(impatient, "UPDATE calx_fault SET id = 3", &err),
                     CALX_ERROR_LOCK_TIMEOUT);
    assert_true(err.retryable);
    rollback(connection);
    close_connection(impatient);
}

static void lost_update_is_a_serialization_failure(void **state)
{
    (void)state;
    calx_error err = {0};
    run(connection, "CREATE TABLE calx_fault AS SELECT 1 AS id");
    assert_ok(
        connection->driver->begin(connection, CALX_ISOLATION_REPEATABLE_READ, true, soon(), &err),
        &err);
    assert_int_equal(query_integer(connection, "SELECT id FROM calx_fault"), 1);
    run(other, "UPDATE calx_fault SET id = 2");
    assert_int_equal(command(connection, "UPDATE calx_fault SET id = id + 1", &err),
                     CALX_ERROR_SERIALIZATION);
    rollback(connection);
}

static void *create_in_thread(void *argument)
{
    command(connection, "CREATE TABLE IF NOT EXISTS calx_fault_new (id int)", argument);
    return NULL;
}

static void concurrent_create_if_not_exists_is_exists(void **state)
{
    (void)state;
    calx_error err = {0};
    pthread_t thread;
    begin(other);
    run(other, "CREATE TABLE calx_fault_new (id int)");
    assert_int_equal(pthread_create(&thread, NULL, create_in_thread, &err), 0);
    wait_until(other, "SELECT count(*) FROM pg_locks WHERE pid = $1 AND NOT granted", backend);
    assert_ok(commit(other, NULL), &err);
    pthread_join(thread, NULL);
    assert_int_equal(err.code, CALX_ERROR_EXISTS);
    assert_string_equal(err.sqlstate, "23505");
}

static int run_group(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
    const struct CMUnitTest tests[] = {
        TEST(killed_backend_is_reported_and_never_reopened),
        TEST(killed_backend_is_found_by_the_check),
        TEST(a_server_that_became_read_only_is_left),
        TEST(loss_before_commit_is_known_not_to_be_done),
        TEST(loss_during_commit_is_unknown),
        TEST(deadline_during_commit_is_unknown),
        TEST(deadline_ends_a_running_statement),
        TEST(passed_deadline_sends_nothing),
        TEST(statement_timeout_leaves_the_connection_usable),
        TEST(cancelled_statement_says_so),
        TEST(copy_is_refused_and_does_not_hang),
        TEST(lock_is_waited_for_only_so_long),
        TEST(lost_update_is_a_serialization_failure),
        TEST(concurrent_create_if_not_exists_is_exists),
    };
#undef TEST
    return cmocka_run_group_tests_name(form, tests, NULL, NULL);
}

int main(void)
{
    return run_forms(run_group);
}
