/* driver_sqlite_alone_test.c: units on a thread that nobody else waits for. */
#include "tests/suite/sqlite_writer_fixture.h"

static int errands;
static bool alone;

static void count_errand(calx_waiter *waiter, calx_errand *errand)
{
    (void)waiter;
    errands++;
    errand->call(errand->argument);
}

static bool is_alone(const calx_waiter *waiter)
{
    (void)waiter;
    return alone;
}

/* How often a unit that inserts this title sends for its group. */
static int errands_of(fixture *self, calx_text title)
{
    static const calx_waiter_operations operations = {.wait = counting_wait,
                                                      .park = counting_park,
                                                      .wake = counting_wake,
                                                      .offload = counting_offload,
                                                      .send = count_errand,
                                                      .is_alone = is_alone};
    job one;
    counting_waiter waiter = {.base.operations = &operations, .inner = calx_waiter_current()};
    job_init(&one, self->database, "");
    one.values[0] = calx_value_text(title);
    errands = 0;
    calx_waiter_set(&waiter.base);
    one.status = one.connection->driver->unit_run(one.connection, &one.unit,
                                                  calx_deadline_in_ms(LONG_MS), &one.err);
    calx_waiter_set(NULL);
    must(one.status, &one.err);
    job_finish(&one);
    return errands;
}

/* Until one has: as soon as a COMMIT before it was quick. */
static void insert_in_place(fixture *self)
{
    char title[32];
    int64_t deadline_us = calx_deadline_in_ms(LONG_MS);
    int sent = 1;
    for (int i = 0; sent > 0 && calx_now_us() < deadline_us; i++) {
        snprintf(title, sizeof title, "alone %d", i);
        sent = errands_of(self, calx_text_of(title));
    }
    assert_int_equal(sent, 0);
}

static void who_is_alone_commits_in_place_while_the_disk_is_quick(void **state)
{
    fixture *self = *state;
    size_t length = (size_t)4 * 1024 * 1024;
    char *large = malloc(length);
    assert_non_null(large);
    memset(large, 'x', length);
    alone = true;
    insert_in_place(self);
    alone = false;
    assert_int_equal(errands_of(self, (calx_text){large, length}), 1);
    alone = true;
    assert_int_equal(errands_of(self, calx_text_of("b")), 1); /* that has taken its time */
    free(large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_is_alone_commits_in_place_while_the_disk_is_quick,
                                        writer_fixture_create, fixture_destroy),
    };
    int failed = 0;
    FIXTURE_RUN_BOTH(tests, failed);
    return failed;
}
