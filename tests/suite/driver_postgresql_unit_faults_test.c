/* driver_postgresql_unit_faults_test.c: units through the PostgreSQL driver: what the server
 * refuses, and what is known after a warning, a loss or a deadline. */
#include "postgresql_unit_fixture.h"

/* ---- What the server refuses ---- */

static void assert_nothing_done(void)
{
    rollback(connection);
    assert_int_equal(rows(), 0);
    assert_int_equal(query_integer(connection, "SELECT 1"), 1);
}

static void a_wrong_count_does_not_commit(void **state)
{
    (void)state;
    work w = whole();
    add(&w, INSERT, 1, 1);
    add(&w, UPDATE, 2, 1);
    add(&w, INSERT, 3, 1);
    for (int i = 0; i < 2; i++) {
        assert_fails(&w, CALX_ERROR_STALE, 1);
        assert_string_equal(w.err.message, "expected to change 1 rows, changed 0");
        assert_nothing_done();
    }
}

static void an_insert_that_a_trigger_suppresses_does_not_commit(void **state)
{
    (void)state;
    run(other,
        "CREATE FUNCTION calx_unit_no() RETURNS trigger LANGUAGE plpgsql AS"
        " $$BEGIN IF NEW.n = 2 THEN RETURN NULL; END IF; RETURN NEW; END$$");
    run(other,
        "CREATE TRIGGER no BEFORE INSERT ON calx_unit FOR EACH ROW"
        " EXECUTE FUNCTION calx_unit_no()");
    work keyed = whole();
    add_keyed(&keyed, INSERT_KEY, 1);
    assert_runs(&keyed);
    keyed.binds[0][0] = calx_value_integer(2);
    assert_fails(&keyed, CALX_ERROR_STALE, 0);
    rollback(connection);
    work counted = whole();
    add(&counted, INSERT, 2, 1);
    assert_fails(&counted, CALX_ERROR_STALE, 0);
    rollback(connection);
    assert_int_equal(rows(), 1);
    run(other, "DROP FUNCTION calx_unit_no CASCADE");
}

static void a_wrong_count_in_an_early_trip_is_stale(void **state)
{
    (void)state;
    work w = whole();
    add(&w, UPDATE, 9, 1);
    add_keyed(&w, INSERT_KEY, 1);
    add(&w, "INSERT INTO calx_unit_child (parent_id) VALUES ($1)", 0, 1);
    refer(&w, 1);
    assert_fails(&w, CALX_ERROR_STALE, 0);
    assert_nothing_done();
}

static void a_statement_that_commits_by_itself_is_refused_too(void **state)
{
    (void)state;
    work w = {.unit = {.write = true}};
    run(other, "INSERT INTO calx_unit (n) VALUES (1), (2)");
    add(&w, "UPDATE calx_unit SET t = 'x' WHERE n >= $1", 1, 1);
    assert_fails(&w, CALX_ERROR_STALE, 0);
    assert_string_equal(w.err.message, "expected to change 1 rows, changed 2");
    assert_false(connection->in_transaction);
    assert_int_equal(query_integer(other, "SELECT count(t) FROM calx_unit"), 0);
}

static void the_statements_own_division_by_zero_is_not_stale(void **state)
{
    (void)state;
    work w = whole();
    add(&w, INSERT, 1, 1);
    add(&w, "UPDATE calx_unit SET n = n / $1", 0, 1);
    assert_fails(&w, CALX_ERROR_DATA, 1);
    assert_string_equal(w.err.sqlstate, "22012");
    assert_nothing_done();
}

static void a_refused_row_is_told_with_its_place(void **state)
{
    (void)state;
    work w = whole();
    add(&w, INSERT, 1, 1);
    add(&w, INSERT, 1, 1);
    add(&w, INSERT, 2, 1);
    assert_fails(&w, CALX_ERROR_UNIQUE, 1);
    assert_string_equal(w.err.constraint, "calx_unit_n_key");
    assert_nothing_done();
}

static void a_deferred_constraint_fails_the_commit(void **state)
{
    (void)state;
    work w = whole();
    add(&w, "INSERT INTO calx_unit_child (parent_id) VALUES ($1)", 77, 1);
    assert_fails(&w, CALX_ERROR_FOREIGN_KEY, 1);
    assert_false(connection->in_transaction);
    w.unit.begin = w.unit.commit = false;
    assert_fails(&w, CALX_ERROR_FOREIGN_KEY, 1);
    assert_int_equal(query_integer(connection, "SELECT count(*) FROM calx_unit_child"), 0);
}

static void a_table_with_rules_commits_later(void **state)
{
    (void)state;
    run(other, "CREATE TABLE calx_unit_log (n bigint)");
    run(other,
        "CREATE RULE log AS ON INSERT TO calx_unit DO ALSO"
        " INSERT INTO calx_unit_log VALUES (NEW.n)");
    work w = whole();
    add(&w, INSERT, 1, 1);
    assert_runs(&w);
    w.binds[0][0] = calx_value_integer(2);
    assert_trips(&w, 2);
    assert_int_equal(rows(), 2);
    assert_int_equal(query_integer(other, "SELECT count(*) FROM calx_unit_log"), 2);
}

static void what_cannot_be_sent_sends_nothing(void **state)
{
    (void)state;
    work w = whole();
    int before = atomic_load(&middle.trips);
    add(&w, INSERT, 1, 1);
    add(&w, INSERT, 2, 1);
    w.binds[1][0] = calx_value_boolean(true);
    assert_fails(&w, CALX_ERROR_INVALID, 1);
    w.binds[1][0] = calx_value_integer(2);
    assert_int_equal(run_until(&w, calx_now_us()), CALX_ERROR_TIMEOUT);
    assert_int_equal(atomic_load(&middle.trips), before);
    assert_false(connection->in_transaction);
    assert_false(connection->broken);
    assert_runs(&w);
}

static void wrong_numbers_of_binds_and_columns_are_refused(void **state)
{
    (void)state;
    work w = whole();
    add(&w, INSERT, 1, CALX_ROWS_ANY);
    add(&w, UPDATE, 1, 1);
    w.sql[1].bind_count = 0;
    assert_fails(&w, CALX_ERROR_INVALID, 1);
    assert_nothing_done();
    work columns = whole();
    add(&columns, "SELECT 1, 2", 0, CALX_ROWS_ANY);
    assert_fails(&columns, CALX_ERROR_DATABASE, 0);
    rollback(connection);
}

/* ---- What commits ---- */

static bool lone; /* the unit has one statement, which commits by itself */

static int open_lone(void **state)
{
    lone = true;
    return open_fixture(state);
}

static int close_lone(void **state)
{
    lone = false;
    return close_fixture(state);
}

static void prepare_fault(work *w, fault what)
{
    *w = whole();
    add(w, INSERT, 1, 1);
    if (lone)
        middle.commits = INSERT; /* its text travels when it is prepared */
    else
        add(w, INSERT, 2, 1);
    atomic_store(&middle.fault, what);
}

/* ---- Warnings ---- */

static void create_warning(const char *when)
{
    char sql[300];
    run(other,
        "CREATE FUNCTION calx_unit_warn() RETURNS trigger LANGUAGE plpgsql AS"
        " $$BEGIN RAISE WARNING 'beware'; RETURN NULL; END$$");
    snprintf(sql, sizeof sql,
             "CREATE CONSTRAINT TRIGGER warn AFTER INSERT ON calx_unit %s"
             " FOR EACH ROW EXECUTE FUNCTION calx_unit_warn()",
             when);
    run(other, sql);
}

static void a_warning_of_commit_makes_it_unknown(void **state)
{
    (void)state;
    work w;
    create_warning("DEFERRABLE INITIALLY DEFERRED");
    prepare_fault(&w, FAULT_NONE);
    assert_int_equal(run_unit(&w), CALX_ERROR_DATABASE);
    assert_int_equal(w.err.outcome, CALX_OUTCOME_UNKNOWN);
    assert_int_equal(w.unit.failed_statement, w.unit.statement_count);
    run(other, "DROP FUNCTION calx_unit_warn CASCADE");
}

static void a_warning_of_a_statement_does_not_matter(void **state)
{
    (void)state;
    work w;
    create_warning("");
    prepare_fault(&w, FAULT_NONE);
    assert_runs(&w);
    run(other, "DROP FUNCTION calx_unit_warn CASCADE");
}

/* ---- Faults ---- */

static void assert_unknown(work *w, int code, int64_t deadline_us)
{
    assert_int_equal(run_until(w, deadline_us), code);
    assert_int_equal(w->err.code, code);
    assert_int_equal(w->err.outcome, CALX_OUTCOME_UNKNOWN);
    assert_true(connection->broken);
}

static void loss_before_commit_arrived_is_unknown(void **state)
{
    (void)state;
    work w;
    prepare_fault(&w, FAULT_CUT_BEFORE);
    assert_unknown(&w, CALX_ERROR_CONNECTION_LOST, soon());
    assert_int_equal(rows(), 0);
}

static void loss_after_commit_arrived_is_unknown(void **state)
{
    (void)state;
    work w;
    prepare_fault(&w, FAULT_CUT_AFTER);
    assert_unknown(&w, CALX_ERROR_CONNECTION_LOST, soon());
    assert_int_equal(rows(), lone ? 1 : 2);
}

static void deadline_after_commit_was_sent_is_unknown(void **state)
{
    (void)state;
    work w;
    close_proxy();
    open_through_proxy(100, 50);
    prepare_fault(&w, FAULT_FREEZE);
    assert_unknown(&w, CALX_ERROR_TIMEOUT, calx_deadline_in_ms(200));
}

static void deadline_while_waiting_for_a_lock_is_known(void **state)
{
    (void)state;
    work w = whole();
    add(&w, INSERT, 1, 1);
    begin(other);
    run(other, "LOCK TABLE calx_unit");
    assert_int_equal(run_until(&w, calx_deadline_in_ms(300)), CALX_ERROR_TIMEOUT);
    assert_int_equal(w.err.outcome, CALX_OUTCOME_NOT_DONE);
    assert_int_equal(w.unit.failed_statement, 1); /* nobody knows which */
    assert_true(connection->broken);
    rollback(other);
    assert_int_equal(rows(), 0);
}

static void loss_without_commit_is_known(void **state)
{
    (void)state;
    work w;
    prepare_fault(&w, FAULT_NONE);
    w.unit.commit = false;
    kill_backend(other, backend_of(connection));
    assert_fails(&w, CALX_ERROR_CONNECTION_LOST, 2);
    assert_true(connection->broken);
    assert_fails(&w, CALX_ERROR_CONNECTION_LOST, 2);
}

static void an_error_before_the_loss_is_known(void **state)
{
    (void)state;
    work w;
    prepare_fault(&w, FAULT_CUT_AT_READY);
    add(&w, INSERT, 1, 1);
    assert_true(run_unit(&w) < 0);
    assert_string_equal(w.err.sqlstate, "23505");
    assert_int_equal(w.err.outcome, CALX_OUTCOME_NOT_DONE);
    assert_int_equal(w.unit.failed_statement, 2);
    assert_true(connection->broken);
    assert_int_equal(rows(), 0);
}

static void a_commit_confirmed_before_the_loss_is_done(void **state)
{
    (void)state;
    work w;
    prepare_fault(&w, FAULT_CUT_AT_READY);
    assert_runs(&w);
    assert_true(connection->broken);
    assert_int_equal(rows(), 2);
}

/* Whether it was asked to begin and commit, or neither. */
static void a_write_that_commits_by_itself_is_unknown_when_lost(void **state)
{
    (void)state;
    work w;
    prepare_fault(&w, FAULT_CUT_AT_READY);
    w.unit.begin = w.unit.commit = lone;
    assert_unknown(&w, CALX_ERROR_CONNECTION_LOST, soon());
}

/* BEGIN names the isolation, and a statement that needs none has to have the same. */
static void a_lone_statement_is_isolated_as_any(void **state)
{
    (void)state;
    work w = whole();
    run(other, "ALTER ROLE CURRENT_USER SET default_transaction_isolation = 'serializable'");
    close_proxy();
    open_through_proxy(100, LOCK_TIMEOUT_MS);
    run(other, "ALTER ROLE CURRENT_USER RESET default_transaction_isolation");
    add(&w, "INSERT INTO calx_unit (n, t) VALUES ($1, current_setting('transaction_isolation'))", 1,
        1);
    assert_trips(&w, 1);
    assert_int_equal(
        query_integer(other, "SELECT count(*) FROM calx_unit WHERE t = 'read committed'"), 1);
}

static int run_group(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
#define LONE(name)                                                                                 \
    {                                                                                              \
        "lone: " #name, name, open_lone, close_lone, NULL                                          \
    }
    const struct CMUnitTest tests[] = {
        TEST(a_wrong_count_does_not_commit),
        TEST(an_insert_that_a_trigger_suppresses_does_not_commit),
        TEST(a_wrong_count_in_an_early_trip_is_stale),
        TEST(a_statement_that_commits_by_itself_is_refused_too),
        TEST(the_statements_own_division_by_zero_is_not_stale),
        TEST(a_refused_row_is_told_with_its_place),
        TEST(a_deferred_constraint_fails_the_commit),
        TEST(a_table_with_rules_commits_later),
        TEST(what_cannot_be_sent_sends_nothing),
        TEST(wrong_numbers_of_binds_and_columns_are_refused),
        TEST(a_warning_of_commit_makes_it_unknown),
        TEST(a_warning_of_a_statement_does_not_matter),
        TEST(loss_before_commit_arrived_is_unknown),
        TEST(loss_after_commit_arrived_is_unknown),
        TEST(deadline_after_commit_was_sent_is_unknown),
        TEST(deadline_while_waiting_for_a_lock_is_known),
        TEST(loss_without_commit_is_known),
        TEST(an_error_before_the_loss_is_known),
        TEST(a_commit_confirmed_before_the_loss_is_done),
        TEST(a_write_that_commits_by_itself_is_unknown_when_lost),
        TEST(a_lone_statement_is_isolated_as_any),
        LONE(a_warning_of_commit_makes_it_unknown),
        LONE(a_warning_of_a_statement_does_not_matter),
        LONE(loss_before_commit_arrived_is_unknown),
        LONE(loss_after_commit_arrived_is_unknown),
        LONE(deadline_after_commit_was_sent_is_unknown),
        LONE(a_write_that_commits_by_itself_is_unknown_when_lost),
    };
#undef TEST
#undef LONE
    return cmocka_run_group_tests_name(form, tests, NULL, NULL);
}

int main(void)
{
    return run_forms(run_group);
}
