/* driver_mysql_faults_test.c: the mariadb driver: servers that freeze or go away. */
#include "tests/suite/mysql_proxy.h"

/* ---- Connections that are lost ---- */

/* Kills a connection from the second and waits until the server has let go of it. */
static void kill_id(fixture *self, int64_t id)
{
    char sql[128];
    snprintf(sql, sizeof sql, "KILL %lld", (long long)id);
    command(self->other, sql);
    snprintf(sql, sizeof sql, "SELECT COUNT(*) FROM information_schema.processlist WHERE id = %lld",
             (long long)id);
    while (ask(self->other, sql) > 0)
        ;
}

static void kill_connection(fixture *self)
{
    kill_id(self, ask(self->connection, "SELECT CONNECTION_ID()"));
}

static void a_killed_connection_is_lost_and_stays_lost(void **state)
{
    fixture *self = *state;
    calx_sql sql = sql_of("SELECT 1", 0, 1);
    calx_statement *statement = prepare(self->connection, &sql);
    kill_connection(self);
    for (int i = 0; i < 2; i++) {
        calx_error err = {0};
        must_be(try_execute(statement, NULL, &err), CALX_ERROR_CONNECTION_LOST, &err);
        assert_true(self->connection->broken);
        calx_error_clear(&err);
        must_be(self->connection->driver->connection_check(self->connection, soon(), &err),
                CALX_ERROR_CONNECTION_LOST, &err);
    }
    finalize(statement);
}

static void check_finds_a_killed_connection(void **state)
{
    fixture *self = *state;
    calx_error err = {0};
    must(self->connection->driver->connection_check(self->connection, soon(), &err), &err);
    kill_connection(self);
    must_be(self->connection->driver->connection_check(self->connection, soon(), &err),
            CALX_ERROR_CONNECTION_LOST, &err);
    assert_true(self->connection->broken);
}

static void commit_on_a_killed_connection_is_not_done(void **state)
{
    fixture *self = *state;
    calx_error err = {0};
    make_two_rows(self);
    must(begin(self->connection, &err), &err);
    command(self->connection, "UPDATE driver_t SET n = 1");
    kill_connection(self);
    must_be(commit(self->connection, &err), CALX_ERROR_CONNECTION_LOST, &err);
    assert_int_equal(err.outcome, CALX_OUTCOME_NOT_DONE);
    assert_true(self->connection->broken);
    assert_false(self->connection->in_transaction);
    assert_int_equal(ask(self->other, "SELECT COUNT(*) FROM driver_t WHERE n = 1"), 0);
}

static void a_statement_for_a_killed_connection_is_not_done(void **state)
{
    fixture *self = *state;
    calx_error err = {0};
    make_two_rows(self);
    kill_connection(self);
    must_be(try_command(self->connection, "DELETE FROM driver_t", &err), CALX_ERROR_CONNECTION_LOST,
            &err);
    assert_int_equal(err.outcome, CALX_OUTCOME_NOT_DONE);
}

static void a_deadline_that_has_passed_sends_nothing(void **state)
{
    fixture *self = *state;
    const calx_driver *driver = self->connection->driver;
    calx_error err = {0};
    make_two_rows(self);
    must(begin(self->connection, &err), &err);
    command(self->connection, "UPDATE driver_t SET n = 1");
    must_be(driver->commit(self->connection, calx_now_us(), &err), CALX_ERROR_TIMEOUT, &err);
    assert_int_equal(err.outcome, CALX_OUTCOME_NOT_DONE);
    assert_false(self->connection->broken);
    assert_true(self->connection->in_transaction);
    calx_error_clear(&err);
    must(commit(self->connection, &err), &err);
    assert_int_equal(ask(self->other, "SELECT COUNT(*) FROM driver_t WHERE n = 1"), 2);
}

static void a_rollback_that_comes_too_late_breaks_the_connection(void **state)
{
    fixture *self = *state;
    calx_error err = {0};
    make_two_rows(self);
    must(begin(self->connection, &err), &err);
    command(self->connection, "UPDATE driver_t SET n = 1");
    must_be(self->connection->driver->rollback(self->connection, calx_now_us(), &err),
            CALX_ERROR_TIMEOUT, &err);
    assert_true(self->connection->broken);
    assert_false(self->connection->in_transaction);
}

static void a_deadline_breaks_a_statement_off(void **state)
{
    fixture *self = *state;
    calx_sql sql = sql_of("SELECT SLEEP(30)", 0, 1);
    calx_statement *statement = prepare(self->connection, &sql);
    calx_error err = {0};
    must_be(statement->driver->statement_execute(statement, NULL, calx_deadline_in_ms(100), &err),
            CALX_ERROR_TIMEOUT, &err);
    assert_true(self->connection->broken);
    finalize(statement);
}

static void what_an_insert_with_rows_did_before_its_deadline_is_unknown(void **state)
{
    fixture *self = *state;
    make_two_rows(self);
    int64_t id = ask(self->connection, "SELECT CONNECTION_ID()");
    calx_sql sql = sql_of("INSERT INTO driver_t SELECT 3, SLEEP(30) RETURNING id", 0, 1);
    calx_statement *statement = prepare(self->connection, &sql);
    calx_error err = {0};
    must_be(statement->driver->statement_execute(statement, NULL, calx_deadline_in_ms(100), &err),
            CALX_ERROR_TIMEOUT, &err);
    kill_id(self, id); /* or it would hold its locks for as long as it sleeps */
    assert_int_equal(err.outcome, CALX_OUTCOME_UNKNOWN);
    finalize(statement);
}

/* What a server says that was made read-only while we were connected: another may be the one that
 * writes now. */
static void a_server_that_became_read_only_is_left(void **state)
{
    fixture *self = *state;
    calx_error err = {0};
    must_be(try_command(self->connection, "SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1290", &err),
            CALX_ERROR_READ_ONLY, &err);
    assert_int_equal(err.outcome, CALX_OUTCOME_NOT_DONE);
    assert_true(self->connection->broken);
}

static void a_cancelled_statement_is_broken_off(void **state)
{
    fixture *self = *state;
    calx_sql sql = sql_of("SELECT SLEEP(30)", 0, 1);
    calx_statement *statement = prepare(self->connection, &sql);
    calx_error err = {0};
    calx_waiter_current()->cancelled = true;
    int code = try_execute(statement, NULL, &err);
    calx_waiter_current()->cancelled = false;
    must_be(code, CALX_ERROR_CANCELLED, &err);
    assert_true(self->connection->broken);
    finalize(statement);
}

/* ---- A proxy that cuts or freezes ---- */

/* As it is on the wire: COM_QUERY and its text. */
#define COMMIT_COMMAND                                                                             \
    "\x03"                                                                                         \
    "COMMIT"

/* A transaction through the proxy, and what its commit says. */
static calx_error commit_through_proxy(fixture *self, proxy_mode mode, int64_t commit_ms)
{
    proxy middle = {.mode = mode, .mark = COMMIT_COMMAND};
    calx_error err = {0};
    calx_database *database = proxy_start(&middle);
    calx_connection *connection = open_connection(database);
    make_two_rows(self);
    must(begin(connection, &err), &err);
    command(connection, "UPDATE driver_t SET n = 1");
    int64_t deadline_us = calx_deadline_in_ms(commit_ms);
    int code = connection->driver->commit(connection, deadline_us, &err);
    assert_int_equal(code, err.code);
    assert_true(connection->broken);
    assert_false(connection->in_transaction);
    database->driver->connection_close(connection);
    proxy_stop(&middle, database);
    return err;
}

static void an_answer_lost_in_commit_is_unknown(void **state)
{
    fixture *self = *state;
    calx_error err = commit_through_proxy(self, PROXY_CUT_AFTER, LONG_MS);
    assert_int_equal(err.code, CALX_ERROR_CONNECTION_LOST);
    assert_int_equal(err.outcome, CALX_OUTCOME_UNKNOWN);
    assert_int_equal(ask(self->other, "SELECT COUNT(*) FROM driver_t WHERE n = 1"), 2);
}

static void a_server_frozen_in_commit_is_unknown(void **state)
{
    fixture *self = *state;
    calx_error err = commit_through_proxy(self, PROXY_SWALLOW, 200);
    assert_int_equal(err.code, CALX_ERROR_TIMEOUT);
    assert_int_equal(err.outcome, CALX_OUTCOME_UNKNOWN);
}

static void a_server_lost_while_opening_is_unreachable(void **state)
{
    (void)state;
    proxy middle = {.mode = PROXY_CUT_AFTER, .mark = "SHOW VARIABLES"};
    calx_error err = {0};
    calx_connection *connection = NULL;
    calx_database *database = proxy_start(&middle);
    must_be(try_open(database, soon(), &connection, &err), CALX_ERROR_UNREACHABLE, &err);
    assert_true(err.retryable);
    assert_null(connection);
    proxy_stop(&middle, database);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_statement_for_a_killed_connection_is_not_done),
        CASE(a_deadline_that_has_passed_sends_nothing),
        CASE(a_rollback_that_comes_too_late_breaks_the_connection),
        CASE(what_an_insert_with_rows_did_before_its_deadline_is_unknown),
        CASE(a_server_that_became_read_only_is_left),
        CASE(a_server_lost_while_opening_is_unreachable),
        CASE(a_killed_connection_is_lost_and_stays_lost),
        CASE(check_finds_a_killed_connection),
        CASE(commit_on_a_killed_connection_is_not_done),
        CASE(a_deadline_breaks_a_statement_off),
        CASE(a_cancelled_statement_is_broken_off),
        CASE(an_answer_lost_in_commit_is_unknown),
        CASE(a_server_frozen_in_commit_is_unknown),
    };
    return fixture_run_both(tests);
}
