/* The engine when things go wrong. Real databases are in tests/suite; they do not fail on demand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/engine/internal.h"
#include "tests/unit/engine_fault_driver.h"

/* ---- The scenario: two INSERTs, the second with the first's key ---- */

typedef struct scenario {
    calx_engine *engine;
    calx_unit_statement statements[2];
    calx_unit unit;
    calx_event_kind events[32];
    calx_error_class errors[32];
    size_t event_count;
} scenario;

static void record(void *context, const calx_event *event)
{
    scenario *s = context;
    s->errors[s->event_count] = event->error ? event->error->code : CALX_OK;
    s->events[s->event_count++] = event->kind;
}

static const calx_kind integer_kind[] = {CALX_KIND_INTEGER};
static const calx_value null_bind[] = {{.kind = CALX_KIND_NULL}};
static const calx_unit_reference reference = {.bind = 0, .statement = 0};
static const calx_sql insert_first = {
    .id = 1, .text = "INSERT 1", .length = 8, .result_kinds = integer_kind, .result_count = 1};
static const calx_sql insert_second = {
    .id = 2, .text = "INSERT 2", .length = 8, .bind_kinds = integer_kind, .bind_count = 1};

static void scenario_init(scenario *s)
{
    script = (struct script){
        .fail_count = 1, .failure = CALX_ERROR_IO, .key = calx_value_integer(42), .rows = 1};
    *s =
        (scenario){.statements = {{.sql = &insert_first, .rows_expected = 1, .generates_key = true},
                                  {.sql = &insert_second,
                                   .binds = null_bind,
                                   .references = &reference,
                                   .reference_count = 1,
                                   .rows_expected = 1}}};
    s->unit = (calx_unit){.statements = s->statements,
                          .statement_count = 2,
                          .begin = true,
                          .commit = true,
                          .write = true};
}

static int scenario_open(scenario *s, const char *url, calx_error *err)
{
    int status = calx_engine_create(url, NULL, &s->engine, err);
    return status == 0 ? calx_engine_listen(s->engine, record, s, err) : status;
}

static int run_once(scenario *s, calx_error *err)
{
    calx__connection *connection;
    int status = calx__connection_acquire(s->engine, CALX_NO_DEADLINE, &connection, err);
    if (status < 0)
        return status;
    status = calx__connection_run(connection, &s->unit, CALX_NO_DEADLINE, err);
    calx__connection_release(connection);
    return status;
}

static void scenario_close(scenario *s)
{
    calx_engine_destroy(s->engine);
    assert_int_equal(script.connections, 0);
    assert_int_equal(script.statements, 0);
}

/* ---- Tests ---- */

/* One run of the unit in which calls fail from the n-th on: false when it has fewer calls. The
 * error is that of the first failing call, nothing leaks, and the next run succeeds. */
static bool fail_at(int n, int count, calx_error_class failure, bool breaks)
{
    scenario s;
    calx_error err = {0};
    scenario_init(&s);
    assert_int_equal(scenario_open(&s, "sqlite+single://", &err), 0);
    assert_int_equal(run_once(&s, &err), 0);
    int warm = script.calls;
    script.fail_at = warm + n;
    script.fail_count = count;
    script.failure = failure;
    script.breaks = breaks;
    bool failed = run_once(&s, &err) < 0;
    bool reached = script.calls >= script.fail_at;
    bool replaced = n == 1 && count == 1; /* the check failed, and a new one was opened */
    assert_int_equal(failed, reached && !replaced);
    assert_int_equal(err.code, failed ? failure : CALX_OK);
    script.fail_at = 0;
    calx_error_clear(&err);
    assert_int_equal(run_once(&s, &err), 0);
    assert_int_equal(script.connections, 1);
    scenario_close(&s);
    return reached;
}

static void a_failure_anywhere_leaves_the_engine_usable(void **state)
{
    (void)state;
    for (int count = 1; count <= 3; count++) { /* three: every rollback fails as well */
        int n = 1;
        while (fail_at(n, count, CALX_ERROR_IO, false) &&
               fail_at(n, count, CALX_ERROR_DATABASE, false) &&
               fail_at(n, count, CALX_ERROR_CONNECTION_LOST, true))
            n++;
        assert_int_equal(n, 9); /* check, begin, 2 executes, 3 fetches, commit */
    }
}

/* The first connection cannot be opened, or its first statements not be prepared. */
static void a_failed_beginning_can_be_repeated(void **state)
{
    (void)state;
    for (int n = 2; n < 8; n++) {
        scenario s;
        calx_error err = {0};
        scenario_init(&s);
        script.fail_at = n;
        assert_int_equal(scenario_open(&s, "sqlite+single://", &err), 0);
        assert_int_equal(run_once(&s, &err), CALX_ERROR_IO);
        calx_error_clear(&err);
        assert_int_equal(run_once(&s, &err), 0);
        scenario_close(&s);
    }
}

static void an_unknown_outcome_of_commit_stays_unknown(void **state)
{
    (void)state;
    scenario s;
    calx_error err = {0};
    scenario_init(&s);
    assert_int_equal(scenario_open(&s, "sqlite+single://", &err), 0);
    assert_int_equal(run_once(&s, &err), 0);
    int commit_call = script.calls;
    scenario_close(&s);
    scenario_init(&s);
    script.fail_at = commit_call;
    script.failure = CALX_ERROR_CONNECTION_LOST;
    script.outcome = CALX_OUTCOME_UNKNOWN;
    script.breaks = true;
    assert_int_equal(scenario_open(&s, "sqlite+single://", &err), 0);
    assert_int_equal(run_once(&s, &err), CALX_ERROR_CONNECTION_LOST);
    assert_int_equal(err.outcome, CALX_OUTCOME_UNKNOWN);
    assert_int_equal(s.unit.failed_statement, 2);
    const calx_event_kind expected[] = {CALX_EVENT_CONNECT,   CALX_EVENT_BEGIN,
                                        CALX_EVENT_STATEMENT, CALX_EVENT_STATEMENT,
                                        CALX_EVENT_COMMIT,    CALX_EVENT_DISCONNECT};
    assert_int_equal(s.event_count, 6);
    assert_memory_equal(s.events, expected, sizeof expected);
    scenario_close(&s);
}

static void a_key_that_is_no_integer_is_refused(void **state)
{
    (void)state;
    scenario s;
    calx_error err = {0};
    scenario_init(&s);
    script.key = calx_value_text(calx_text_of("x"));
    assert_int_equal(scenario_open(&s, "sqlite+single://", &err), 0);
    assert_int_equal(run_once(&s, &err), CALX_ERROR_MISFIT);
    assert_int_equal(s.unit.failed_statement, 0);
    calx_error_clear(&err);
    script.rows = 0;
    assert_int_equal(run_once(&s, &err), CALX_ERROR_DATABASE);
    scenario_close(&s);
}

static void a_driver_that_takes_units_gets_them_whole(void **state)
{
    (void)state;
    scenario s;
    calx_error err = {0};
    scenario_init(&s);
    assert_int_equal(scenario_open(&s, "sqlite+whole://", &err), 0);
    assert_int_equal(run_once(&s, &err), 0);
    assert_int_equal(script.calls, 3); /* database, connection, unit */
    script.fail_at = script.calls + 2; /* the check succeeds */
    script.failure = CALX_ERROR_UNIQUE;
    assert_int_equal(run_once(&s, &err), CALX_ERROR_UNIQUE);
    const calx_event_kind expected[] = {
        CALX_EVENT_CONNECT, CALX_EVENT_BEGIN, CALX_EVENT_STATEMENT, CALX_EVENT_STATEMENT,
        CALX_EVENT_COMMIT,  CALX_EVENT_BEGIN, CALX_EVENT_STATEMENT, CALX_EVENT_STATEMENT};
    assert_int_equal(s.event_count, 8);
    assert_memory_equal(s.events, expected, sizeof expected);
    assert_int_equal(s.errors[6], CALX_OK);
    assert_int_equal(s.errors[7], CALX_ERROR_UNIQUE);
    scenario_close(&s);
}

static void a_unit_that_the_driver_declines_is_run_one_by_one(void **state)
{
    (void)state;
    scenario s;
    calx_error err = {0};
    scenario_init(&s);
    script.declines = true;
    assert_int_equal(scenario_open(&s, "sqlite+whole://", &err), 0);
    assert_int_equal(run_once(&s, &err), 0);
    assert_int_equal(s.statements[0].generated_key, 42);
    const calx_event_kind expected[] = {CALX_EVENT_CONNECT, CALX_EVENT_BEGIN, CALX_EVENT_STATEMENT,
                                        CALX_EVENT_STATEMENT, CALX_EVENT_COMMIT};
    assert_int_equal(s.event_count, 5);
    assert_memory_equal(s.events, expected, sizeof expected);
    scenario_close(&s);
}

static int calls_of(scenario *s, const char *text, int64_t rows_expected, int64_t deadline_us)
{
    calx_sql sql = {.id = 7, .text = text, .length = strlen(text)};
    calx_unit_statement statement = {.sql = &sql, .rows_expected = rows_expected};
    calx_unit unit = {
        .statements = &statement, .statement_count = 1, .begin = true, .commit = true};
    calx_error err = {0};
    calx__connection *connection;
    assert_int_equal(calx__connection_acquire(s->engine, CALX_NO_DEADLINE, &connection, &err), 0);
    calx__statements_finish(&connection->statements);
    int before = script.calls;
    assert_int_equal(calx__connection_run(connection, &unit, deadline_us, &err), 0);
    calx__connection_release(connection);
    return script.calls - before;
}

/* Prepare, execute, fetch; otherwise BEGIN and COMMIT are calls, too. */
static void a_lone_statement_is_sent_without_begin_and_commit(void **state)
{
    (void)state;
    const char *insert = "INSERT INTO t (a) VALUES (1)";
    const calx_event_kind expected[] = {CALX_EVENT_CONNECT, CALX_EVENT_BEGIN, CALX_EVENT_STATEMENT,
                                        CALX_EVENT_COMMIT};
    scenario s;
    calx_error err = {0};
    scenario_init(&s);
    assert_int_equal(scenario_open(&s, "sqlite+lone://", &err), 0);
    assert_int_equal(calls_of(&s, insert, 1, CALX_NO_DEADLINE), 3);
    assert_int_equal(s.event_count, 4);
    assert_memory_equal(s.events, expected, sizeof expected);
    assert_int_equal(calls_of(&s, "UPDATE t SET a = 1", CALX_ROWS_ANY, CALX_NO_DEADLINE), 3);
    /* The count would come too late. */
    assert_int_equal(calls_of(&s, "UPDATE t SET a = 1", 1, CALX_NO_DEADLINE), 5);
    assert_int_equal(calls_of(&s, "INSERT INTO t (a) SELECT 1", 1, CALX_NO_DEADLINE), 5);
    /* Not a change of rows; and the deadline could pass while it waits for a lock. */
    assert_int_equal(calls_of(&s, "DROP TABLE t", CALX_ROWS_ANY, CALX_NO_DEADLINE), 5);
    assert_int_equal(calls_of(&s, insert, 1, calx_deadline_in_ms(6000)), 5);
    assert_int_equal(run_once(&s, &err), 0);
    scenario_close(&s);
}

/* Out of time is no proof of death: a sound connection is not thrown away for it. */
static void a_check_cut_short_keeps_the_connection(void **state)
{
    (void)state;
    scenario s;
    calx_error err = {0};
    calx__connection *connection;
    scenario_init(&s);
    assert_int_equal(scenario_open(&s, "sqlite+single://", &err), 0);
    assert_int_equal(run_once(&s, &err), 0);
    script.fail_at = script.calls + 1;
    script.failure = CALX_ERROR_TIMEOUT;
    int status = calx__connection_acquire(s.engine, calx_now_us(), &connection, &err);
    assert_int_equal(status, CALX_ERROR_TIMEOUT);
    assert_int_equal(script.connections, 1);
    calx_error_clear(&err);
    assert_int_equal(run_once(&s, &err), 0);
    assert_int_equal(script.opened, 1);
    scenario_close(&s);
}

static void what_cannot_be_an_engine_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        calx_error_class code;
    } cases[] = {{"no url", CALX_ERROR_URL},
                 {"sqlite+nosuchdriver://", CALX_ERROR_DRIVER},
                 {"oracle+single://", CALX_ERROR_DRIVER}};
    calx_engine *engine = NULL;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        calx_error err = {0};
        assert_int_equal(calx_engine_create(cases[i].url, NULL, &engine, &err), cases[i].code);
        assert_int_equal(err.code, cases[i].code);
        assert_null(engine);
    }
}

static void an_option_out_of_bounds_is_named(void **state)
{
    (void)state;
    calx_engine *engine = NULL;
    calx_engine_options options;
    calx_error err = {0};
    calx_engine_options_init(&options);
    assert_int_equal(options.pool_size, 5);
    options.pool_size = 0;
    int status = calx_engine_create("sqlite+single://", &options, &engine, &err);
    assert_int_equal(status, CALX_ERROR_CONFIG);
    assert_string_equal(err.message, "engine option pool_size: 0 is not between 1 and 10000");
    assert_null(engine);
}

static int add_plugin(void **state)
{
    (void)state;
    return calx_registry_add(&plugin, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failure_anywhere_leaves_the_engine_usable),
        cmocka_unit_test(a_failed_beginning_can_be_repeated),
        cmocka_unit_test(an_unknown_outcome_of_commit_stays_unknown),
        cmocka_unit_test(a_key_that_is_no_integer_is_refused),
        cmocka_unit_test(a_driver_that_takes_units_gets_them_whole),
        cmocka_unit_test(a_unit_that_the_driver_declines_is_run_one_by_one),
        cmocka_unit_test(a_lone_statement_is_sent_without_begin_and_commit),
        cmocka_unit_test(a_check_cut_short_keeps_the_connection),
        cmocka_unit_test(what_cannot_be_an_engine_is_refused),
        cmocka_unit_test(an_option_out_of_bounds_is_named),
    };
    return cmocka_run_group_tests(tests, add_plugin, NULL);
}
