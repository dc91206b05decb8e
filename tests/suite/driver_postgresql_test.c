/* driver_postgresql_test.c: the PostgreSQL driver against a real server: statements, errors,
 * transactions. */
#include "postgresql_fixture.h"

static calx_connection *connection;

static int open_fixture(void **state)
{
    (void)state;
    connection = open_default();
    run(connection, "SET search_path = pg_temp, public"); /* what a test creates is temporary */
    return 0;
}

static int close_fixture(void **state)
{
    (void)state;
    close_connection(connection);
    return 0;
}

/* ---- Statements ---- */

static void statements_run_again_with_other_values(void **state)
{
    (void)state;
    calx_error err = {0};
    calx_value binds[2] = {calx_value_integer(0), calx_value_null()};
    prepared insert;
    binds[1].kind = CALX_KIND_TEXT;
    run(connection, "CREATE TEMP TABLE again (id int PRIMARY KEY, name text)");
    assert_ok(prepare(connection, &insert, 11, "INSERT INTO again VALUES ($1, $2) RETURNING id",
                      binds, 2, 1, &err),
              &err);
    for (int64_t i = 1; i <= 3; i++) {
        calx_value row[1];
        binds[0] = calx_value_integer(i);
        binds[1] = i == 2 ? calx_value_null() : text_value("n");
        assert_int_equal(first_row(&insert, binds, soon(), row, &err), 1);
        assert_int_equal(row[0].as.integer, i);
        assert_int_equal(
            insert.statement->driver->statement_fetch(insert.statement, row, soon(), &err), 0);
        assert_int_equal(insert.statement->driver->statement_rows_affected(insert.statement), 1);
    }
    finalize(&insert);
    assert_int_equal(query_integer(connection, "SELECT count(name) FROM again"), 2);
}

static void rows_stay_readable_while_another_statement_runs(void **state)
{
    (void)state;
    prepared outer;
    calx_value row[1];
    calx_error err = {0};
    assert_ok(prepare(connection, &outer, 0, "SELECT generate_series(1, 3)", NULL, 0, 1, &err),
              &err);
    assert_int_equal(first_row(&outer, NULL, soon(), row, &err), 1);
    assert_int_equal(query_integer(connection, "SELECT 41 + 1"), 42); /* unnamed as well */
    const calx_driver *driver = connection->driver;
    assert_int_equal(driver->statement_fetch(outer.statement, row, soon(), &err), 1);
    assert_int_equal(row[0].as.integer, 2);
    assert_int_equal(first_row(&outer, NULL, soon(), row, &err), 1); /* prepared again by itself */
    assert_int_equal(row[0].as.integer, 1);
    finalize(&outer);
}

static void finalized_statements_are_forgotten_by_the_server(void **state)
{
    (void)state;
    const char *count = "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'calx%'";
    prepared statement;
    calx_error err = {0};
    int64_t before = query_integer(connection, count);
    for (uint64_t id = 100; id < 120; id++) {
        assert_ok(prepare(connection, &statement, id, "SELECT 1", NULL, 0, 1, &err), &err);
        finalize(&statement);
    }
    assert_int_equal(query_integer(connection, count), before);
}

static void altered_table_is_prepared_again_outside_a_transaction(void **state)
{
    (void)state;
    prepared statement;
    calx_value row[1];
    calx_error err = {0};
    run(connection, "CREATE TEMP TABLE altered AS SELECT 7 AS v");
    assert_ok(prepare(connection, &statement, 21, "SELECT v FROM altered", NULL, 0, 1, &err), &err);
    assert_int_equal(first_row(&statement, NULL, soon(), row, &err), 1);
    assert_same(row[0], calx_value_integer(7));
    run(connection, "ALTER TABLE altered ALTER v TYPE text");
    assert_int_equal(first_row(&statement, NULL, soon(), row, &err), 1);
    assert_same(row[0], text_value("7"));

    run(connection, "ALTER TABLE altered ALTER v TYPE numeric USING v::numeric");
    begin(connection);
    assert_int_equal(first_row(&statement, NULL, soon(), row, &err), CALX_ERROR_SERIALIZATION);
    assert_true(err.retryable);
    rollback(connection);
    calx_error_clear(&err);
    assert_int_equal(first_row(&statement, NULL, soon(), row, &err), 1);
    assert_same(row[0], decimal_value("7"));
    finalize(&statement);
}

static void discarded_statement_is_prepared_again(void **state)
{
    (void)state;
    prepared statement;
    calx_value row[1];
    calx_error err = {0};
    assert_ok(prepare(connection, &statement, 31, "SELECT 5", NULL, 0, 1, &err), &err);
    run(connection, "DEALLOCATE ALL");
    int code = first_row(&statement, NULL, soon(), row, &err);
    assert_ok(code, &err);
    assert_int_equal(row[0].as.integer, 5);
    finalize(&statement);
}

static void wrong_counts_and_kinds_are_refused(void **state)
{
    (void)state;
    calx_value bind = calx_value_integer(1);
    calx_error err = {0};
    assert_int_equal(try_query(connection, "SELECT 1, 2", NULL, 0, 1, soon(), &err),
                     CALX_ERROR_DATABASE);
    calx_error_clear(&err);
    assert_int_equal(try_query(connection, "SELECT $1, $2::int", &bind, 1, 2, soon(), &err),
                     CALX_ERROR_INVALID);
    prepared statement;
    calx_value row[1];
    calx_value other = text_value("1");
    calx_error_clear(&err);
    assert_ok(prepare(connection, &statement, 0, "SELECT $1", &bind, 1, 1, &err), &err);
    assert_int_equal(first_row(&statement, &other, soon(), row, &err), CALX_ERROR_INVALID);
    finalize(&statement);
    assert_int_equal(query_integer(connection, "SELECT 1"), 1);
}

/* ---- Errors ---- */

typedef struct refusal {
    const char *sql;
    calx_error_class code;
    const char *constraint;
} refusal;

static void refused_data_and_wrong_statements_have_their_class(void **state)
{
    (void)state;
    static const refusal refusals[] = {
        {"INSERT INTO child (id, parent) VALUES (1, 1)", CALX_ERROR_UNIQUE, "child_pkey"},
        {"INSERT INTO child (id, parent) VALUES (2, 9)", CALX_ERROR_FOREIGN_KEY,
         "child_parent_fkey"},
        {"DELETE FROM parent", CALX_ERROR_FOREIGN_KEY, "child_parent_fkey"},
        {"INSERT INTO child (id, parent) VALUES (2, NULL)", CALX_ERROR_NOT_NULL, "parent"},
        {"INSERT INTO child (id, parent, age) VALUES (2, 1, -1)", CALX_ERROR_CHECK, "age_check"},
        {"INSERT INTO child (id, parent) VALUES (3000000000, 1)", CALX_ERROR_DATA, ""},
        {"SELECT 1 / 0", CALX_ERROR_DATA, ""},
        {"SELEC 1", CALX_ERROR_SYNTAX, ""},
        {"SELECT 1; SELECT 2", CALX_ERROR_SYNTAX, ""},
        {"SELECT * FROM nowhere", CALX_ERROR_UNDEFINED, ""},
        {"SELECT nothing FROM child", CALX_ERROR_UNDEFINED, ""},
        {"CREATE TEMP TABLE child (id int)", CALX_ERROR_EXISTS, ""},
        {"COPY child FROM STDIN WITH (FORMAT nonsense)", CALX_ERROR_DATA, ""},
        {"ROLLBACK TO SAVEPOINT s", CALX_ERROR_STATE, ""},
    };
    run(connection, "CREATE TEMP TABLE parent (id int PRIMARY KEY)");
    run(connection,
        "CREATE TEMP TABLE child (id int PRIMARY KEY, parent int NOT NULL REFERENCES"
        " parent, age int CONSTRAINT age_check CHECK (age >= 0))");
    run(connection, "INSERT INTO parent VALUES (1)");
    run(connection, "INSERT INTO child VALUES (1, 1, 1)");
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        calx_error err = {0};
        if (command(connection, refusals[i].sql, &err) != (int)refusals[i].code)
            fail_msg("%s: %s: %s", refusals[i].sql, calx_error_class_name(err.code), err.message);
        assert_int_equal(err.code, refusals[i].code);
        assert_string_equal(err.constraint, refusals[i].constraint);
        assert_int_equal(strlen(err.sqlstate), 5);
        assert_int_equal(err.outcome, CALX_OUTCOME_NOT_DONE);
        assert_false(connection->broken);
    }
}

static void text_with_nul_is_refused_and_not_cut(void **state)
{
    (void)state;
    const char *texts[] = {"SELECT $1::text", "SELECT $1::integer"}; /* sent in either form */
    calx_value bind = calx_value_text((calx_text){"1\0002", 3});
    for (size_t i = 0; i < 2; i++) {
        calx_error err = {0};
        assert_int_equal(try_query(connection, texts[i], &bind, 1, 1, soon(), &err),
                         CALX_ERROR_DATA);
        assert_string_equal(err.sqlstate, "22021");
    }
}

static void a_statement_of_other_columns_is_refused_before_it_runs(void **state)
{
    (void)state;
    calx_error err = {0};
    run(connection, "CREATE TEMP TABLE unasked (id int)");
    assert_int_equal(try_query(connection, "INSERT INTO unasked VALUES (1) RETURNING id", NULL, 0,
                               0, soon(), &err),
                     CALX_ERROR_DATABASE);
    assert_int_equal(query_integer(connection, "SELECT count(*) FROM unasked"), 0);
}

static void read_only_transaction_refuses_writes(void **state)
{
    (void)state;
    calx_error err = {0};
    begin(connection);
    run(connection, "SET TRANSACTION READ ONLY");
    assert_int_equal(command(connection, "CREATE TABLE public.never (id int)", &err),
                     CALX_ERROR_READ_ONLY);
    assert_false(connection->broken);
    rollback(connection);
}

/* ---- Transactions ---- */

static void commit_of_a_failed_transaction_is_an_error(void **state)
{
    (void)state;
    calx_error err = {0};
    run(connection, "CREATE TEMP TABLE failed (id int)");
    begin(connection);
    assert_true(connection->in_transaction);
    run(connection, "INSERT INTO failed VALUES (1)");
    assert_int_equal(command(connection, "SELECT 1 / 0", &err), CALX_ERROR_DATA);
    assert_true(connection->in_transaction);
    calx_error_clear(&err);
    assert_int_equal(commit(connection, &err), CALX_ERROR_DATABASE);
    assert_int_equal(err.outcome, CALX_OUTCOME_NOT_DONE);
    assert_false(connection->in_transaction);
    assert_int_equal(query_integer(connection, "SELECT count(*) FROM failed"), 0);
}

static void deferred_constraint_fails_the_commit(void **state)
{
    (void)state;
    calx_error err = {0};
    run(connection,
        "CREATE TEMP TABLE late (id int CONSTRAINT late_id UNIQUE DEFERRABLE"
        " INITIALLY DEFERRED)");
    begin(connection);
    run(connection, "INSERT INTO late VALUES (1), (1)");
    assert_int_equal(commit(connection, &err), CALX_ERROR_UNIQUE);
    assert_string_equal(err.constraint, "late_id");
    assert_int_equal(err.outcome, CALX_OUTCOME_NOT_DONE);
    assert_false(connection->in_transaction);
}

static void warning_during_commit_leaves_the_outcome_unknown(void **state)
{
    (void)state;
    calx_error err = {0};
    run(connection, "CREATE TEMP TABLE warned (id int)");
    run(connection,
        "CREATE FUNCTION pg_temp.warn() RETURNS trigger LANGUAGE plpgsql AS"
        " $$BEGIN RAISE WARNING 'not replicated'; RETURN NULL; END$$");
    run(connection,
        "CREATE CONSTRAINT TRIGGER warn AFTER INSERT ON warned DEFERRABLE INITIALLY"
        " DEFERRED FOR EACH ROW EXECUTE FUNCTION pg_temp.warn()");
    begin(connection);
    run(connection, "INSERT INTO warned VALUES (1)");
    assert_int_equal(commit(connection, &err), CALX_ERROR_DATABASE);
    assert_int_equal(err.outcome, CALX_OUTCOME_UNKNOWN);
    assert_false(connection->in_transaction);
    assert_int_equal(query_integer(connection, "SELECT count(*) FROM warned"), 1);
}

static void savepoint_undoes_a_part(void **state)
{
    (void)state;
    calx_error err = {0};
    run(connection, "CREATE TEMP TABLE part (id int)");
    begin(connection);
    run(connection, "INSERT INTO part VALUES (1)");
    run(connection, "SAVEPOINT s");
    assert_int_equal(command(connection, "SELECT 1 / 0", &err), CALX_ERROR_DATA);
    run(connection, "ROLLBACK TO SAVEPOINT s");
    calx_error_clear(&err);
    assert_ok(commit(connection, &err), &err);
    assert_int_equal(query_integer(connection, "SELECT count(*) FROM part"), 1);
}

static void transaction_state_is_guarded(void **state)
{
    (void)state;
    calx_error err = {0};
    assert_int_equal(commit(connection, &err), CALX_ERROR_STATE);
    calx_error_clear(&err);
    rollback(connection); /* does nothing */
    begin(connection);
    assert_int_equal(
        connection->driver->begin(connection, CALX_ISOLATION_DEFAULT, true, soon(), &err),
        CALX_ERROR_STATE);
    rollback(connection);
}

static void session_state_is_pinned(void **state)
{
    (void)state;
    assert_constant(connection, "SELECT current_setting('TimeZone')", text_value("UTC"));
    assert_constant(connection, "SELECT current_setting('client_encoding')", text_value("UTF8"));
    assert_constant(connection, "SELECT current_setting('standard_conforming_strings')",
                    text_value("on"));
    assert_constant(connection, "SELECT current_setting('lock_timeout')", text_value("10s"));
    assert_constant(connection, "SELECT current_setting('statement_timeout')", text_value("20s"));
    begin(connection);
    assert_constant(connection, "SELECT current_setting('transaction_isolation')",
                    text_value("read committed"));
    rollback(connection);
}

static int run_group(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
    const struct CMUnitTest tests[] = {
        TEST(statements_run_again_with_other_values),
        TEST(rows_stay_readable_while_another_statement_runs),
        TEST(finalized_statements_are_forgotten_by_the_server),
        TEST(altered_table_is_prepared_again_outside_a_transaction),
        TEST(discarded_statement_is_prepared_again),
        TEST(wrong_counts_and_kinds_are_refused),
        TEST(refused_data_and_wrong_statements_have_their_class),
        TEST(text_with_nul_is_refused_and_not_cut),
        TEST(a_statement_of_other_columns_is_refused_before_it_runs),
        TEST(read_only_transaction_refuses_writes),
        TEST(commit_of_a_failed_transaction_is_an_error),
        TEST(deferred_constraint_fails_the_commit),
        TEST(warning_during_commit_leaves_the_outcome_unknown),
        TEST(savepoint_undoes_a_part),
        TEST(transaction_state_is_guarded),
        TEST(session_state_is_pinned),
    };
#undef TEST
    return cmocka_run_group_tests_name(form, tests, NULL, NULL);
}

int main(void)
{
    return run_forms(run_group);
}
