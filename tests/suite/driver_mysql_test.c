/* driver_mysql_test.c: the mariadb driver: statements, errors, the session's state. */
#include "tests/suite/mysql_fixture.h"

/* ---- Statements ---- */

static void values_of_every_length_share_a_buffer(void **state)
{
    static const int64_t lengths[] = {10, 1000, 300000, 0, 5, 70000, 256, 255};
    fixture *self = *state;
    calx_sql sql = sql_of("SELECT REPEAT('ab', ?) UNION ALL SELECT REPEAT('c', ?)", 2, 1);
    calx_statement *statement = prepare(self->connection, &sql);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        calx_value binds[] = {calx_value_integer(lengths[i]), calx_value_integer(lengths[i] + 1)};
        calx_value value;
        execute(statement, binds);
        assert_true(fetch(statement, &value));
        assert_int_equal(value.as.text.length, lengths[i] * 2);
        for (size_t at = 0; at < value.as.text.length; at++)
            assert_true(value.as.text.data[at] == "ab"[at % 2]);
        assert_true(fetch(statement, &value));
        assert_int_equal(value.as.text.length, lengths[i] + 1);
        assert_true(value.as.text.data[value.as.text.length - 1] == 'c');
        assert_false(fetch(statement, &value));
    }
    finalize(statement);
}

static void two_results_can_be_read_by_turns(void **state)
{
    fixture *self = *state;
    calx_sql sql = sql_of("SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3", 0, 1);
    calx_statement *first = prepare(self->connection, &sql);
    calx_statement *second = prepare(self->connection, &sql);
    calx_value value;
    execute(first, NULL);
    assert_true(fetch(first, &value));
    execute(second, NULL);
    for (int64_t i = 1; i <= 3; i++) {
        assert_true(fetch(second, &value));
        assert_true(value.as.integer == i);
    }
    assert_false(fetch(second, &value));
    assert_true(fetch(first, &value));
    assert_true(value.as.integer == 2);
    second->driver->statement_reset(first);
    execute(first, NULL);
    assert_true(fetch(first, &value));
    assert_true(value.as.integer == 1);
    finalize(first);
    finalize(second);
}

static void rows_matched_are_counted_and_keys_are_told(void **state)
{
    fixture *self = *state;
    command(self->connection,
            "CREATE TABLE driver_t (id BIGINT PRIMARY KEY AUTO_INCREMENT, n INT)");
    calx_sql sql = sql_of("INSERT INTO driver_t (n) VALUES (?)", 1, 0);
    calx_statement *insert = prepare(self->connection, &sql);
    for (int64_t i = 1; i <= 3; i++) {
        calx_value value = calx_value_integer(7);
        execute(insert, &value);
        assert_false(fetch(insert, NULL));
        assert_true(insert->driver->statement_rows_affected(insert) == 1);
        assert_true(insert->driver->statement_generated_key(insert) == i);
    }
    finalize(insert);
    calx_sql same = sql_of("UPDATE driver_t SET n = 7 WHERE id >= ?", 1, 0);
    calx_statement *update = prepare(self->connection, &same);
    calx_value two = calx_value_integer(2);
    execute(update, &two);
    assert_false(fetch(update, NULL));
    assert_true(update->driver->statement_rows_affected(update) == 2);
    finalize(update);
}

static void a_call_leaves_nothing_behind(void **state)
{
    fixture *self = *state;
    command(self->connection, "DROP PROCEDURE IF EXISTS driver_p");
    command(self->connection,
            "CREATE PROCEDURE driver_p() BEGIN SELECT 1 UNION ALL SELECT 2; SELECT 'x'; END");
    command(self->connection, "CALL driver_p()");
    calx_sql sql = sql_of("CALL driver_p()", 0, 1);
    calx_statement *statement = prepare(self->connection, &sql);
    calx_value value;
    for (int i = 0; i < 3; i++) {
        execute(statement, NULL);
        assert_true(fetch(statement, &value));
        assert_true(value.as.integer == 1);
        if (i != 1) {
            assert_true(fetch(statement, &value));
            assert_false(fetch(statement, &value));
        }
        statement->driver->statement_reset(statement);
        assert_int_equal(ask(self->connection, "SELECT 5"), 5);
    }
    finalize(statement);
    command(self->connection, "DROP PROCEDURE driver_p");
}

static void a_statement_survives_alter_table(void **state)
{
    fixture *self = *state;
    command(self->connection, "CREATE TABLE driver_t (x INT)");
    command(self->connection, "INSERT INTO driver_t VALUES (42)");
    calx_sql sql = sql_of("SELECT x FROM driver_t", 0, 1);
    calx_statement *statement = prepare(self->connection, &sql);
    calx_value value;
    execute(statement, NULL);
    assert_true(fetch(statement, &value));
    assert_int_equal(value.kind, CALX_KIND_INTEGER);
    statement->driver->statement_reset(statement);
    command(self->other, "ALTER TABLE driver_t MODIFY x VARCHAR(400), ADD y INT");
    execute(statement, NULL);
    assert_true(fetch(statement, &value));
    assert_int_equal(value.kind, CALX_KIND_TEXT);
    assert_true(calx_text_equal(value.as.text, calx_text_of("42")));
    finalize(statement);
}

static void a_column_more_is_an_error_and_not_a_confusion(void **state)
{
    fixture *self = *state;
    command(self->connection, "CREATE TABLE driver_t (x INT)");
    command(self->connection, "INSERT INTO driver_t VALUES (42)");
    calx_sql sql = sql_of("SELECT * FROM driver_t", 0, 1);
    calx_statement *statement = prepare(self->connection, &sql);
    calx_value values[2];
    execute(statement, NULL);
    assert_true(fetch(statement, values));
    command(self->other, "ALTER TABLE driver_t ADD y INT");
    for (int i = 0; i < 2; i++) {
        calx_error err = {0};
        int status = try_execute(statement, NULL, &err);
        if (status == 0)
            status = statement->driver->statement_fetch(statement, values, soon(), &err);
        must_be(status, CALX_ERROR_DATABASE, &err);
        assert_int_equal(ask(self->connection, "SELECT 5"), 5);
    }
    command(self->other, "ALTER TABLE driver_t DROP y");
    execute(statement, NULL);
    assert_true(fetch(statement, values));
    assert_true(values[0].as.integer == 42);
    finalize(statement);
}

static void a_wrong_number_of_values_is_refused(void **state)
{
    fixture *self = *state;
    calx_sql sql = sql_of("SELECT ?, ?", 1, 2);
    calx_statement *statement = NULL;
    calx_error err = {0};
    must_be(self->connection->driver->statement_prepare(self->connection, &sql, soon(), &statement,
                                                        &err),
            CALX_ERROR_INVALID, &err);
    assert_null(statement);
}

/* ---- Errors ---- */

static void errors_have_their_class_and_constraint(void **state)
{
    static const struct {
        const char *sql;
        calx_error_class class;
        const char *constraint;
    } cases[] = {
        {"INSERT INTO driver_t VALUES (1, 'a', 1)", CALX_ERROR_UNIQUE, "PRIMARY"},
        {"INSERT INTO driver_t VALUES (2, ' for key ''fake''', 1)", CALX_ERROR_UNIQUE, "t_name"},
        {"INSERT INTO driver_child VALUES (9)", CALX_ERROR_FOREIGN_KEY, "child_parent"},
        {"DELETE FROM driver_t", CALX_ERROR_FOREIGN_KEY, "child_parent"},
        {"INSERT INTO driver_t VALUES (3, NULL, 1)", CALX_ERROR_NOT_NULL, "name"},
        {"INSERT INTO driver_t (id, n) VALUES (3, 1)", CALX_ERROR_NOT_NULL, "name"},
        {"INSERT INTO driver_t VALUES (3, 'c', -1)", CALX_ERROR_CHECK, "n_positive"},
        {"INSERT INTO driver_t VALUES (3, REPEAT('x', 99), 1)", CALX_ERROR_DATA, ""},
        {"INSERT INTO driver_t VALUES (3, 'c', 99999999999)", CALX_ERROR_DATA, ""},
        {"INSERT INTO driver_t VALUES (3, 'c', 'x')", CALX_ERROR_DATA, ""},
        {"INSERT INTO driver_t VALUES (3, 'c', 1 / 0)", CALX_ERROR_DATA, ""},
        {"SELEC 1", CALX_ERROR_SYNTAX, ""},
        {"SELECT * FROM driver_absent", CALX_ERROR_UNDEFINED, ""},
        {"UPDATE driver_t SET absent = 1", CALX_ERROR_UNDEFINED, ""},
        {"DROP TABLE driver_absent", CALX_ERROR_UNDEFINED, ""},
        {"CREATE TABLE driver_t (x INT)", CALX_ERROR_EXISTS, ""},
        {"SIGNAL SQLSTATE '45000'", CALX_ERROR_DATABASE, ""},
    };
    fixture *self = *state;
    command(self->connection,
            "CREATE TABLE driver_t (id INT PRIMARY KEY, name VARCHAR(50) NOT NULL, "
            "n INT, CONSTRAINT t_name UNIQUE (name), "
            "CONSTRAINT n_positive CHECK (n > 0))");
    command(self->connection,
            "CREATE TABLE driver_child (p INT, CONSTRAINT child_parent FOREIGN KEY "
            "(p) REFERENCES driver_t (id))");
    command(self->connection, "INSERT INTO driver_t VALUES (1, ' for key ''fake''', 1)");
    command(self->connection, "INSERT INTO driver_child VALUES (1)");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        calx_error err = {0};
        int status = try_run(self->connection, cases[i].sql, &err);
        if (status != (int)cases[i].class)
            fail_msg("%s: %s: %s", cases[i].sql, calx_error_class_name((calx_error_class)status),
                     err.message);
        if (strcmp(err.constraint, cases[i].constraint) != 0)
            fail_msg("\"%s\" in: %s", err.constraint, err.message);
        assert_true(err.native_code > 0);
        assert_int_equal(strlen(err.sqlstate), 5);
        assert_int_equal(err.outcome, CALX_OUTCOME_NOT_DONE);
        assert_false(self->connection->broken);
    }
}

static void the_first_error_wins(void **state)
{
    fixture *self = *state;
    calx_error err = {0};
    calx_error_set(&err, CALX_ERROR_STALE, "first");
    assert_int_equal(try_command(self->connection, "SELEC 1", &err), CALX_ERROR_SYNTAX);
    assert_int_equal(err.code, CALX_ERROR_STALE);
    assert_int_equal(err.native_code, 0);
    assert_string_equal(err.message, "first");
}

static void the_session_is_pinned(void **state)
{
    static const char *const conditions[] = {
        "@@character_set_client = 'utf8mb4' AND @@character_set_results = 'utf8mb4'",
        "@@character_set_connection = 'utf8mb4'",
        "@@time_zone = '+00:00'",
        "@@autocommit = 1",
        "FIND_IN_SET('STRICT_TRANS_TABLES', @@sql_mode) AND FIND_IN_SET('ANSI_QUOTES', @@sql_mode)",
        "FIND_IN_SET('NO_ZERO_DATE', @@sql_mode) AND FIND_IN_SET('NO_ZERO_IN_DATE', @@sql_mode)",
        "@@innodb_lock_wait_timeout = 1 AND @@lock_wait_timeout = 1",
        "@@tx_isolation = 'READ-COMMITTED'",
    };
    fixture *self = *state;
    for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++) {
        char text[256];
        snprintf(text, sizeof text, "SELECT (%s) <> 0", conditions[i]);
        if (ask(self->connection, text) != 1)
            fail_msg("not so: %s", conditions[i]);
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(values_of_every_length_share_a_buffer),
        CASE(two_results_can_be_read_by_turns),
        CASE(rows_matched_are_counted_and_keys_are_told),
        CASE(a_call_leaves_nothing_behind),
        CASE(a_statement_survives_alter_table),
        CASE(a_column_more_is_an_error_and_not_a_confusion),
        CASE(a_wrong_number_of_values_is_refused),
        CASE(errors_have_their_class_and_constraint),
        CASE(the_first_error_wins),
        CASE(the_session_is_pinned),
    };
    return fixture_run_both(tests);
}
