/* driver_mysql_transactions_test.c: the mariadb driver: isolation, savepoints, locks. */
#include <pthread.h>

#include "tests/suite/mysql_fixture.h"

static void a_transaction_is_seen_after_commit_only(void **state)
{
    fixture *self = *state;
    calx_error err = {0};
    make_two_rows(self);
    must(begin(self->connection, &err), &err);
    assert_true(self->connection->in_transaction);
    command(self->connection, "UPDATE driver_t SET n = 1");
    assert_int_equal(ask(self->other, "SELECT CAST(SUM(n) AS SIGNED) FROM driver_t"), 0);
    must(commit(self->connection, &err), &err);
    assert_false(self->connection->in_transaction);
    assert_int_equal(ask(self->other, "SELECT CAST(SUM(n) AS SIGNED) FROM driver_t"), 2);
    must(begin(self->connection, &err), &err);
    command(self->connection, "UPDATE driver_t SET n = 5");
    must(rollback(self->connection, &err), &err);
    assert_false(self->connection->in_transaction);
    assert_int_equal(ask(self->other, "SELECT CAST(SUM(n) AS SIGNED) FROM driver_t"), 2);
}

static void the_isolation_asked_for_is_in_force(void **state)
{
    static const struct {
        calx_isolation isolation;
        int64_t seen; /* of a row that another connection adds meanwhile */
    } cases[] = {{CALX_ISOLATION_DEFAULT, 3}, {CALX_ISOLATION_REPEATABLE_READ, 2}};
    fixture *self = *state;
    make_two_rows(self);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        calx_error err = {0};
        must(self->connection->driver->begin(self->connection, cases[i].isolation, false, soon(),
                                             &err),
             &err);
        assert_int_equal(ask(self->connection, "SELECT COUNT(*) FROM driver_t"), 2);
        command(self->other, "INSERT INTO driver_t VALUES (3, 0)");
        assert_int_equal(ask(self->connection, "SELECT COUNT(*) FROM driver_t"), cases[i].seen);
        must(rollback(self->connection, &err), &err);
        command(self->other, "DELETE FROM driver_t WHERE id = 3");
    }
}

static void savepoints_undo_their_part(void **state)
{
    fixture *self = *state;
    calx_error err = {0};
    make_two_rows(self);
    must(begin(self->connection, &err), &err);
    command(self->connection, "UPDATE driver_t SET n = 1 WHERE id = 1");
    command(self->connection, "SAVEPOINT s");
    command(self->connection, "DELETE FROM driver_t");
    command(self->connection, "ROLLBACK TO SAVEPOINT s");
    assert_true(self->connection->in_transaction);
    must(commit(self->connection, &err), &err);
    assert_int_equal(ask(self->other, "SELECT COUNT(*) FROM driver_t WHERE n = id"), 1);
}

static void commit_without_a_transaction_is_an_error(void **state)
{
    fixture *self = *state;
    calx_error err = {0};
    must_be(commit(self->connection, &err), CALX_ERROR_STATE, &err);
    calx_error_clear(&err);
    must(rollback(self->connection, &err), &err);
}

static void commit_after_ddl_tells_that_the_transaction_ended_before(void **state)
{
    fixture *self = *state;
    calx_error err = {0};
    make_two_rows(self);
    must(begin(self->connection, &err), &err);
    command(self->connection, "UPDATE driver_t SET n = 1");
    command(self->connection, "CREATE TABLE driver_child (x INT)");
    assert_false(self->connection->in_transaction);
    must_be(commit(self->connection, &err), CALX_ERROR_STATE, &err);
    assert_int_equal(err.outcome, CALX_OUTCOME_UNKNOWN);
}

static void a_failed_statement_leaves_the_transaction_open(void **state)
{
    fixture *self = *state;
    calx_error err = {0};
    make_two_rows(self);
    must(begin(self->connection, &err), &err);
    command(self->connection, "UPDATE driver_t SET n = 1 WHERE id = 1");
    must_be(try_command(self->connection, "INSERT INTO driver_t VALUES (1, 1)", &err),
            CALX_ERROR_UNIQUE, &err);
    assert_true(self->connection->in_transaction);
    calx_error_clear(&err);
    must(commit(self->connection, &err), &err);
    assert_int_equal(ask(self->other, "SELECT COUNT(*) FROM driver_t WHERE n = 1"), 1);
}

static void a_lock_is_waited_for_no_longer_than_asked(void **state)
{
    fixture *self = *state;
    calx_error err = {0};
    make_two_rows(self);
    must(begin(self->other, &err), &err);
    command(self->other, "UPDATE driver_t SET n = 1 WHERE id = 1");
    must(begin(self->connection, &err), &err);
    must_be(try_run(self->connection, "UPDATE driver_t SET n = 2 WHERE id = 1", &err),
            CALX_ERROR_LOCK_TIMEOUT, &err);
    assert_true(err.retryable);
    assert_true(self->connection->in_transaction);
    assert_false(self->connection->broken);
    calx_error_clear(&err);
    must(rollback(self->connection, &err), &err);
    must(rollback(self->other, &err), &err);
}

/* Updates row 2 on the other connection, which waits for the lock that the case holds. */
static void *update_row_2(void *argument)
{
    fixture *self = argument;
    calx_error err = {0};
    try_command(self->other, "UPDATE driver_t SET n = n + 1 WHERE id = 2", &err);
    return (void *)(intptr_t)err.code;
}

static void a_deadlock_ends_the_transaction_of_its_victim(void **state)
{
    fixture *self = *state;
    calx_error err = {0};
    pthread_t thread;
    void *other_code;
    make_two_rows(self);
    command(self->connection, "SET innodb_lock_wait_timeout = 50");
    command(self->other, "SET innodb_lock_wait_timeout = 50");
    must(begin(self->connection, &err), &err);
    must(begin(self->other, &err), &err);
    command(self->connection, "UPDATE driver_t SET n = n + 1 WHERE id = 2");
    command(self->other, "UPDATE driver_t SET n = n + 1 WHERE id = 1");
    assert_int_equal(pthread_create(&thread, NULL, update_row_2, self), 0);
    int code = try_run(self->connection, "UPDATE driver_t SET n = n + 1 WHERE id = 1", &err);
    pthread_join(thread, &other_code);
    assert_true((code == CALX_ERROR_DEADLOCK) != ((intptr_t)other_code == CALX_ERROR_DEADLOCK));
    calx_connection *victim = code ? self->connection : self->other;
    calx_connection *survivor = code ? self->other : self->connection;
    assert_false(victim->in_transaction);
    assert_false(victim->broken);
    calx_error refused = {0};
    must_be(commit(victim, &refused), CALX_ERROR_STATE, &refused);
    assert_int_equal(refused.outcome, CALX_OUTCOME_NOT_DONE);
    calx_error_clear(&err);
    must(rollback(victim, &err), &err);
    must(commit(survivor, &err), &err);
    assert_int_equal(ask(victim, "SELECT COUNT(*) FROM driver_t WHERE n = 1"), 2);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_transaction_is_seen_after_commit_only),
        CASE(the_isolation_asked_for_is_in_force),
        CASE(savepoints_undo_their_part),
        CASE(commit_without_a_transaction_is_an_error),
        CASE(commit_after_ddl_tells_that_the_transaction_ended_before),
        CASE(a_failed_statement_leaves_the_transaction_open),
        CASE(a_lock_is_waited_for_no_longer_than_asked),
        CASE(a_deadlock_ends_the_transaction_of_its_victim),
    };
    return fixture_run_both(tests);
}
