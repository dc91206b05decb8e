/* driver_postgresql_reads_test.c: reads of several sessions in one trip, each with its own answer.
 */
#include "postgresql_unit_fixture.h"

#define READS_MAX 4
#define NUMBER "SELECT n::bigint FROM calx_unit WHERE n = $1"
#define QUOTIENT "SELECT (60 / $1)::bigint"
#define NAPPING "SELECT $1::bigint FROM (SELECT pg_sleep(60)) AS nap"

typedef struct question {
    work work;
    int64_t answer; /* 0: none */
} question;

static question questions[READS_MAX];
static calx_read reads[READS_MAX];
static size_t count;

static int take_answer(void *context, const calx_value *values, size_t columns, calx_error *err)
{
    (void)err;
    assert_int_equal(columns, 1);
    ((question *)context)->answer = values[0].as.integer;
    return 0;
}

static void ask(const char *text, int64_t bind)
{
    question *self = &questions[count];
    *self = (question){0};
    calx_unit_statement *statement = add(&self->work, text, bind, CALX_ROWS_ANY);
    statement->row = take_answer;
    statement->context = self;
    reads[count++] = (calx_read){.statement = statement};
}

static void run_reads(int64_t deadline_us)
{
    connection->driver->reads_run(connection, reads, count, deadline_us);
}

/* -1: to be run again. */
static int64_t answer_of(size_t index)
{
    calx_database *database = connection->database;
    calx_unit_statement *statement = &questions[index].work.statements[0];
    calx_error err = {0};
    if (reads[index].again || reads[index].code)
        return reads[index].again ? -1 : reads[index].code;
    assert_ok(database->driver->read_deliver(database, &reads[index], statement, &err), &err);
    assert_int_equal(statement->rows_affected, questions[index].answer ? 1 : 0);
    return questions[index].answer;
}

static void assert_answers(int64_t first, int64_t second, int64_t third)
{
    const int64_t expected[] = {first, second, third};
    for (size_t i = 0; i < count; i++) {
        int64_t got = answer_of(i);
        if (got != expected[i])
            fail_msg("read %zu: %lld: %s", i, (long long)got, reads[i].error.message);
        connection->driver->read_finish(connection->database, &reads[i]);
        assert_null(reads[i].rows);
    }
    count = 0;
}

static int open_reads(void **state)
{
    open_fixture(state);
    run(other, "INSERT INTO calx_unit (n) VALUES (1), (2), (3)");
    count = 0;
    return 0;
}

/* ---- Answers ---- */

static void reads_of_one_text_or_several_are_one_trip(void **state)
{
    (void)state;
    for (int round = 0; round < 2; round++) {
        int before = atomic_load(&middle.trips);
        ask(NUMBER, 3);
        ask(QUOTIENT, 10);
        ask(NUMBER, 4);
        run_reads(soon());
        assert_int_equal(atomic_load(&middle.trips) - before, 1);
        assert_answers(3, 6, 0);
        assert_false(connection->in_transaction);
    }
}

static void rows_are_read_when_the_connection_has_gone_on(void **state)
{
    (void)state;
    work later = {0};
    ask(NUMBER, 1);
    ask(NUMBER, 2);
    run_reads(soon());
    add(&later, NUMBER, 3, CALX_ROWS_ANY);
    assert_runs(&later);
    assert_answers(1, 2, 0);
}

/* ---- Neighbours ---- */

static void an_error_is_its_own_and_those_behind_it_are_to_be_run_again(void **state)
{
    (void)state;
    ask(NUMBER, 2);
    ask(QUOTIENT, 0);
    ask(NUMBER, 1);
    run_reads(soon());
    assert_string_equal(reads[1].error.sqlstate, "22012");
    assert_answers(2, CALX_ERROR_DATA, -1);
    assert_false(connection->broken);
    ask(NUMBER, 1);
    run_reads(soon());
    assert_answers(1, 0, 0);
}

static void what_cannot_be_sent_is_left_out(void **state)
{
    (void)state;
    ask(NUMBER, 2);
    ask(NUMBER, 1);
    questions[1].work.binds[0][0] = calx_value_text(calx_text_of("one"));
    ask(NUMBER, 3);
    run_reads(soon());
    assert_answers(2, CALX_ERROR_INVALID, 3);
}

static void an_altered_table_makes_reads_run_again(void **state)
{
    (void)state;
    ask("SELECT t FROM calx_unit WHERE n = $1", 9);
    ask(NUMBER, 1);
    run_reads(soon());
    assert_answers(0, 1, 0);
    run(other, "ALTER TABLE calx_unit ALTER t TYPE bigint USING 7");
    for (int round = 0; round < 2; round++) {
        ask("SELECT t FROM calx_unit WHERE n = $1", 1);
        ask(NUMBER, 1);
        run_reads(soon());
        assert_answers(round ? 7 : -1, round ? 1 : -1, 0);
    }
}

/* ---- Faults ---- */

static void a_lost_connection_fails_all_of_them(void **state)
{
    (void)state;
    ask(NUMBER, 1);
    ask(NUMBER, 2);
    kill_backend(other, backend_of(connection));
    run_reads(soon());
    for (size_t i = 0; i < 2; i++) {
        assert_true(reads[i].error.retryable);
        assert_int_equal(reads[i].error.outcome, CALX_OUTCOME_NOT_DONE);
    }
    assert_answers(CALX_ERROR_CONNECTION_LOST, CALX_ERROR_CONNECTION_LOST, 0);
    assert_true(connection->broken);
}

static void a_deadline_is_that_of_who_runs_them(void **state)
{
    (void)state;
    ask(NUMBER, 1);
    ask(NAPPING, 1);
    ask(NUMBER, 2);
    run_reads(calx_deadline_in_ms(100));
    assert_true(connection->broken);
    assert_answers(-1, -1, -1);
}

static void a_cancellation_waits_for_the_others(void **state)
{
    (void)state;
    calx_waiter *waiter = calx_waiter_current();
    ask(NUMBER, 1);
    ask(NUMBER, 2);
    waiter->cancelled = true;
    run_reads(soon());
    assert_true(waiter->cancelled);
    waiter->cancelled = false;
    assert_answers(1, 2, 0);
    assert_false(connection->broken);
}

static int run_group(void)
{
#define READS_TEST(name) cmocka_unit_test_setup_teardown(name, open_reads, close_fixture)
    const struct CMUnitTest tests[] = {
        READS_TEST(reads_of_one_text_or_several_are_one_trip),
        READS_TEST(rows_are_read_when_the_connection_has_gone_on),
        READS_TEST(an_error_is_its_own_and_those_behind_it_are_to_be_run_again),
        READS_TEST(what_cannot_be_sent_is_left_out),
        READS_TEST(an_altered_table_makes_reads_run_again),
        READS_TEST(a_lost_connection_fails_all_of_them),
        READS_TEST(a_deadline_is_that_of_who_runs_them),
        READS_TEST(a_cancellation_waits_for_the_others),
    };
    return cmocka_run_group_tests_name(form, tests, NULL, NULL);
}

int main(void)
{
    return run_forms(run_group);
}
