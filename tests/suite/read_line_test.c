/*
 * read_line_test.c: single reads of many fibers of one loop, which share connections where the
 * database can: each gets its own answer, error, deadline and cancellation.
 */
#include "tests/suite/engine_fixture.h"

#include <h2o.h>

#include "core/engine/reads.h"
#include "server/http/scheduler.h"

#define FIBERS 40
#define ROUNDS 5

typedef struct loop {
    fixture *engine;
    h2o_globalconf_t config;
    h2o_context_t context;
    calx__workers *workers;
    calx__scheduler *scheduler;
    _Atomic size_t clients;
    int done;
} loop;

/* What a fiber asks for, again and again. */
typedef struct asker {
    loop *loop;
    const calx_sql *text;
    int64_t number;
    int64_t answer;
    int rounds;
    int64_t timeout_ms;
    int code;
    calx_error err;
} asker;

static loop served;
static asker askers[FIBERS];

static int take_number(void *context, const calx_value *values, size_t count, calx_error *err)
{
    (void)count;
    (void)err;
    ((asker *)context)->answer = values[0].kind == CALX_KIND_INTEGER ? values[0].as.integer : -1;
    return 0;
}

static void read_once(asker *self)
{
    calx_value bind = calx_value_integer(self->number);
    calx_unit_statement statement = {.sql = self->text,
                                     .binds = &bind,
                                     .rows_expected = CALX_ROWS_ANY,
                                     .row = take_number,
                                     .context = self};
    calx_error_clear(&self->err);
    self->answer = 0;
    self->code = calx__engine_read(self->loop->engine->engine, &statement,
                                   calx_deadline_in_ms(self->timeout_ms), &self->err);
}

static void read_rounds(void *argument)
{
    asker *self = argument;
    for (int i = 0; i < self->rounds; i++)
        read_once(self);
}

static void fiber_done(void *argument)
{
    ((asker *)argument)->loop->done++;
}

static asker *start(size_t index, const calx_sql *text, int rounds, int64_t timeout_ms)
{
    asker *self = &askers[index];
    *self = (asker){.loop = &served,
                    .text = text,
                    .number = (int64_t)index,
                    .rounds = rounds,
                    .timeout_ms = timeout_ms};
    assert_true(calx__scheduler_start(served.scheduler, read_rounds, fiber_done, self));
    return self;
}

static void run_until_done(int wanted)
{
    int64_t deadline_us = soon();
    while (served.done < wanted && calx_now_us() < deadline_us) {
        bool yields = calx__scheduler_turn(served.scheduler);
        h2o_evloop_run(served.context.loop, yields ? 0 : 100);
    }
    assert_int_equal(served.done, wanted);
}

static int loop_setup(void **state)
{
    fixture_setup(state);
    calx__connection_release(acquire(*state)); /* until then the pool has one slot */
    served = (loop){.engine = *state, .clients = FIBERS};
    h2o_config_init(&served.config);
    h2o_config_register_host(&served.config, h2o_iovec_init(H2O_STRLIT("test")), 65535);
    h2o_context_init(&served.context, h2o_evloop_create(), &served.config);
    assert_int_equal(calx__workers_create(1, &served.workers, NULL), 0);
    served.scheduler =
        calx__scheduler_create(&served.context, served.workers, FIBERS, &served.clients);
    assert_non_null(served.scheduler);
    return 0;
}

static int loop_teardown(void **state)
{
    calx__scheduler_destroy(served.scheduler);
    calx__workers_destroy(served.workers);
    h2o_loop_t *evloop = served.context.loop;
    h2o_context_dispose(&served.context);
    h2o_evloop_destroy(evloop);
    h2o_config_dispose(&served.config);
    return fixture_teardown(state);
}

static void assert_answered(const asker *self, int64_t answer)
{
    if (self->code < 0)
        fail_msg("%s: %s", calx_error_class_name(self->err.code), self->err.message);
    assert_int_equal(self->answer, answer);
}

static const calx_sql *next_number(fixture *f)
{
    return sql(f, "SELECT @ + 1", "i", "i");
}

/* ---- Each its own ---- */

static void each_reader_gets_its_own_answer(void **state)
{
    const calx_sql *text = next_number(*state);
    const calx_sql *other = sql(*state, "SELECT @ * 2", "i", "i");
    for (size_t i = 0; i < FIBERS; i++)
        start(i, i % 3 ? text : other, ROUNDS, LONG_MS);
    run_until_done(FIBERS);
    for (size_t i = 0; i < FIBERS; i++)
        assert_answered(&askers[i], i % 3 ? askers[i].number + 1 : askers[i].number * 2);
    assert_int_equal(fixture_count(*state, CALX_EVENT_STATEMENT), FIBERS * ROUNDS);
}

/* A quotient by zero is an error of PostgreSQL's, and NULL elsewhere. */
static void an_error_is_only_of_who_made_it(void **state)
{
    fixture *f = *state;
    bool is_error = strcmp(f->dialect, "postgresql") == 0;
    const calx_sql *wrong = sql(f, "SELECT 1 / (@ * 0)", "i", "i");
    const calx_sql *text = next_number(f);
    for (size_t i = 0; i < FIBERS; i++)
        start(i, i % 5 == 4 ? wrong : text, ROUNDS, LONG_MS);
    run_until_done(FIBERS);
    for (size_t i = 0; i < FIBERS; i++) {
        if (i % 5 != 4)
            assert_answered(&askers[i], askers[i].number + 1);
        else if (is_error)
            assert_int_equal(askers[i].code, CALX_ERROR_DATA);
        else
            assert_answered(&askers[i], -1);
    }
}

/* ---- Time ---- */

/* One that sleeps on the server while the others wait for it, in the line or in its trip. */
static const calx_sql *nap(fixture *f, double seconds)
{
    char text[128];
    if (f->engine->read_lines == NULL)
        skip(); /* there reads do not wait for each other */
    snprintf(text, sizeof text, "SELECT @ + 1 FROM (SELECT pg_sleep(%g)) AS nap", seconds);
    return sql(f, text, "i", "i");
}

static void who_has_waited_long_does_not_wait_for_the_end(void **state)
{
    const calx_sql *sleeping = nap(*state, 0.4);
    start(0, sleeping, 1, LONG_MS);
    start(1, next_number(*state), 1, LONG_MS);
    run_until_done(1);
    assert_answered(&askers[1], 2);
    run_until_done(2);
    assert_answered(&askers[0], 1);
}

static void a_deadline_in_the_line_is_ones_own(void **state)
{
    const calx_sql *sleeping = nap(*state, 0.2);
    start(0, sleeping, 1, LONG_MS);
    start(1, next_number(*state), 1, CALX__READ_WAIT_MS / 5);
    run_until_done(2);
    assert_int_equal(askers[1].code, CALX_ERROR_TIMEOUT);
    assert_answered(&askers[0], 1);
}

static void who_leaves_a_trip_does_not_end_it(void **state)
{
    const calx_sql *sleeping = nap(*state, 1.5);
    const calx_sql *text = next_number(*state);
    start(0, nap(*state, 0.005), 1, LONG_MS);
    start(1, text, 1, LONG_MS);
    start(2, sleeping, 1, 1000);
    start(3, text, 1, LONG_MS);
    start(4, sleeping, 1, LONG_MS);
    calx__scheduler_cancel_call(served.scheduler, &askers[4]);
    run_until_done(5);
    assert_int_equal(askers[2].code, CALX_ERROR_TIMEOUT);
    assert_int_equal(askers[4].code, CALX_ERROR_CANCELLED);
    assert_answered(&askers[0], 1);
    assert_answered(&askers[1], 2);
    assert_answered(&askers[3], 4);
}

/* ---- Connections ---- */

static void run_for_ms(int64_t milliseconds)
{
    int64_t until_us = calx_deadline_in_ms(milliseconds);
    while (calx_now_us() < until_us) {
        calx__scheduler_turn(served.scheduler);
        h2o_evloop_run(served.context.loop, 1);
    }
}

/* Else all that wait for the one who waits would wait for one connection each, and whoever leads
 * next behind all of them. */
static void who_leads_waits_for_a_connection_alone(void **state)
{
    calx_engine_options options;
    calx_engine_options_init(&options);
    options.pool_size = 1;
    options.max_overflow = 0;
    options.pool_timeout_ms = LONG_MS;
    fixture *f = fixture_reopen(state, &options);
    served.engine = f;
    if (f->engine->read_lines == NULL)
        return;
    calx__connection *connection = acquire(f);
    for (size_t i = 0; i < 6; i++)
        start(i, next_number(f), 1, LONG_MS);
    run_for_ms(CALX__READ_WAIT_MS * 3);
    assert_int_equal(calx_engine_pool(f->engine).waiting, 1);
    calx__connection_release(connection);
    run_until_done(6);
    for (size_t i = 0; i < 6; i++)
        assert_answered(&askers[i], (int64_t)i + 1);
}

static void who_holds_a_connection_may_not_read_on_another(void **state)
{
    fixture *f = *state;
    calx_error err = {0};
    int64_t answer;
    calx_value bind = calx_value_integer(1);
    calx_unit_statement statement = {.sql = next_number(f),
                                     .binds = &bind,
                                     .rows_expected = CALX_ROWS_ANY,
                                     .row = take_integer,
                                     .context = &answer};
    calx__connection *connection = acquire(f);
    assert_int_equal(calx__engine_read(f->engine, &statement, soon(), &err), CALX_ERROR_STATE);
    calx__connection_release(connection);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, loop_setup, loop_teardown)
    const struct CMUnitTest tests[] = {
        TEST(each_reader_gets_its_own_answer),
        TEST(an_error_is_only_of_who_made_it),
        TEST(who_has_waited_long_does_not_wait_for_the_end),
        TEST(a_deadline_in_the_line_is_ones_own),
        TEST(who_leaves_a_trip_does_not_end_it),
        TEST(who_leads_waits_for_a_connection_alone),
        TEST(who_holds_a_connection_may_not_read_on_another),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
