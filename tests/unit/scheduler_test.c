/* scheduler_test.c: fibers on a real loop: what each way of waiting does, and what ends it. */
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "server/http/fiber.h"
#include "server/http/scheduler.h"

#define FIBERS_MAX 4
#define LONG_MS 20000 /* nothing that works takes so long, anywhere */

typedef struct fixture {
    h2o_globalconf_t config;
    h2o_context_t context;
    calx__workers *workers;
    calx__scheduler *scheduler;
    int done;
    int pipe[2];
    calx_parking parking;
    sem_t semaphore;
    pthread_t thread; /* on which an offloaded call ran */
    calx_error err;
    int status;
    short ready;
    char order[16];
    calx_errand errands[2];
} fixture;

static int setup(void **state)
{
    fixture *self = calloc(1, sizeof *self);
    h2o_config_init(&self->config);
    h2o_config_register_host(&self->config, h2o_iovec_init(H2O_STRLIT("test")), 65535);
    h2o_context_init(&self->context, h2o_evloop_create(), &self->config);
    assert_int_equal(calx__workers_create(1, &self->workers, NULL), 0);
    self->scheduler = calx__scheduler_create(&self->context, self->workers, FIBERS_MAX, NULL);
    assert_non_null(self->scheduler);
    assert_int_equal(pipe(self->pipe), 0);
    sem_init(&self->semaphore, 0, 0);
    *state = self;
    return 0;
}

static int teardown(void **state)
{
    fixture *self = *state;
    calx__scheduler_destroy(self->scheduler);
    calx__workers_destroy(self->workers);
    h2o_loop_t *loop = self->context.loop;
    h2o_context_dispose(&self->context);
    h2o_evloop_destroy(loop);
    h2o_config_dispose(&self->config);
    close(self->pipe[0]);
    close(self->pipe[1]);
    sem_destroy(&self->semaphore);
    free(self);
    return 0;
}

static void done(void *argument)
{
    ((fixture *)argument)->done++;
}

static void start(fixture *self, void (*call)(void *argument))
{
    assert_true(calx__scheduler_start(self->scheduler, call, done, self));
}

static void run_until(fixture *self, int wanted)
{
    int64_t deadline_us = calx_deadline_in_ms(LONG_MS);
    while (self->done < wanted && calx_now_us() < deadline_us) {
        bool yields = calx__scheduler_turn(self->scheduler);
        h2o_evloop_run(self->context.loop, yields ? 0 : 100);
    }
    assert_int_equal(self->done, wanted);
}

/* ---- Beginning and ending ---- */

static void return_at_once(void *argument)
{
    ((fixture *)argument)->status = 1;
}

static void a_call_without_waits_ends_at_once(void **state)
{
    fixture *self = *state;
    for (int i = 1; i <= 1000; i++) {
        start(self, return_at_once);
        assert_int_equal(self->done, i);
    }
    assert_int_equal(self->status, 1);
}

static void use_much_stack(void *argument)
{
    volatile char bytes[CALX__FIBER_STACK_BYTES - 16 * 1024];
    for (size_t i = 0; i < sizeof bytes; i += 1024)
        bytes[i] = 1;
    ((fixture *)argument)->status = bytes[1024];
}

static void nearly_all_of_a_stack_can_be_used(void **state)
{
    fixture *self = *state;
    start(self, use_much_stack);
    assert_int_equal(self->status, 1);
}

/* ---- Descriptors and time ---- */

static void wait_for_pipe(void *argument)
{
    fixture *self = argument;
    self->status =
        calx_wait(self->pipe[0], POLLIN, calx_deadline_in_ms(LONG_MS), &self->ready, &self->err);
}

static void a_descriptor_that_becomes_ready_ends_the_wait(void **state)
{
    fixture *self = *state;
    for (int round = 1; round <= 3; round++) {
        char byte = 'x';
        start(self, wait_for_pipe);
        assert_int_equal(self->done, round - 1);
        assert_int_equal(write(self->pipe[1], &byte, 1), 1);
        run_until(self, round);
        assert_int_equal(self->status, 0);
        assert_int_equal(self->ready, POLLIN);
        assert_int_equal(read(self->pipe[0], &byte, 1), 1);
    }
}

static void a_new_descriptor_with_an_old_number_is_another(void **state)
{
    fixture *self = *state;
    a_descriptor_that_becomes_ready_ends_the_wait(state);
    close(self->pipe[0]);
    close(self->pipe[1]);
    assert_int_equal(pipe(self->pipe), 0);
    self->done = 0;
    a_descriptor_that_becomes_ready_ends_the_wait(state);
}

static void wait_a_moment_for_pipe(void *argument)
{
    fixture *self = argument;
    self->status = calx_wait(self->pipe[0], POLLIN, calx_now_us() + 3000, &self->ready, &self->err);
}

static void the_deadline_of_a_descriptor_is_an_error(void **state)
{
    fixture *self = *state;
    int64_t began_us = calx_now_us();
    start(self, wait_a_moment_for_pipe);
    run_until(self, 1);
    assert_int_equal(self->status, CALX_ERROR_TIMEOUT);
    assert_true(calx_now_us() - began_us >= 3000);
    self->done = 0;
    a_descriptor_that_becomes_ready_ends_the_wait(state);
}

static void wait_a_moment(void *argument)
{
    fixture *self = argument;
    self->status = calx_wait_until(calx_now_us() + 3000, &self->err);
}

static void time_passes_without_an_error(void **state)
{
    fixture *self = *state;
    int64_t began_us = calx_now_us();
    self->status = -1;
    start(self, wait_a_moment);
    run_until(self, 1);
    assert_int_equal(self->status, 0);
    assert_true(calx_now_us() - began_us >= 3000);
}

static void yield_twice(void *argument)
{
    fixture *self = argument;
    char mark = self->order[0] == '\0' ? 'a' : 'b';
    for (int i = 0; i < 2; i++) {
        self->order[strlen(self->order)] = mark;
        calx_wait_until(0, &self->err);
    }
}

static void a_time_that_has_passed_lets_the_others_go_first(void **state)
{
    fixture *self = *state;
    start(self, yield_twice);
    start(self, yield_twice);
    run_until(self, 2);
    assert_string_equal(self->order, "abab");
}

static void yield_until_ready(void *argument)
{
    fixture *self = argument;
    int64_t deadline_us = calx_deadline_in_ms(LONG_MS);
    assert_int_equal(write(self->pipe[1], "x", 1), 1);
    while (self->ready == 0 && calx_now_us() < deadline_us)
        calx_wait_until(0, &self->err);
}

static void who_yields_again_and_again_keeps_no_descriptor_waiting(void **state)
{
    fixture *self = *state;
    start(self, wait_for_pipe);
    start(self, yield_until_ready);
    run_until(self, 2);
    assert_int_equal(self->ready, POLLIN);
}

/* ---- Parking ---- */

static void park(void *argument)
{
    fixture *self = argument;
    calx_parking_init(&self->parking);
    self->status = calx_park(&self->parking, calx_deadline_in_ms(LONG_MS), &self->err);
}

static void wake(void *argument)
{
    calx_wake(&((fixture *)argument)->parking);
}

static void *wake_from_thread(void *argument)
{
    wake(argument);
    return NULL;
}

static void a_parked_fiber_is_woken_by_a_thread(void **state)
{
    fixture *self = *state;
    for (int round = 1; round <= 100; round++) {
        pthread_t thread;
        start(self, park);
        assert_int_equal(pthread_create(&thread, NULL, wake_from_thread, self), 0);
        run_until(self, round);
        pthread_join(thread, NULL);
        assert_int_equal(self->status, 0);
    }
}

static void a_parked_fiber_is_woken_by_another(void **state)
{
    fixture *self = *state;
    start(self, park);
    start(self, wake);
    assert_int_equal(self->done, 2);
    assert_int_equal(self->status, 0);
}

static void wake_and_park(void *argument)
{
    fixture *self = argument;
    calx_parking_init(&self->parking);
    calx_wake(&self->parking);
    self->status = calx_park(&self->parking, 0, &self->err);
}

static void a_wake_that_comes_first_is_not_lost(void **state)
{
    fixture *self = *state;
    self->status = -1;
    start(self, wake_and_park);
    assert_int_equal(self->done, 1);
    assert_int_equal(self->status, 0);
}

/* ---- Blocking calls ---- */

static void block(void *argument)
{
    fixture *self = argument;
    self->thread = pthread_self();
    sem_wait(&self->semaphore);
}

static void offload(void *argument)
{
    fixture *self = argument;
    self->status = calx_offload(block, self, &self->err);
}

static void unblock(void *argument)
{
    sem_post(&((fixture *)argument)->semaphore);
}

static void a_blocking_call_runs_elsewhere_while_others_go_on(void **state)
{
    fixture *self = *state;
    self->status = -1;
    start(self, offload);
    assert_int_equal(self->done, 0);
    start(self, unblock);
    run_until(self, 2);
    assert_int_equal(self->status, 0);
    assert_false(pthread_equal(self->thread, pthread_self()));
}

static void be_here(void *argument)
{
    strcat(((fixture *)argument)->order, "b");
}

static void be_elsewhere(void *argument)
{
    ((fixture *)argument)->thread = pthread_self();
    unblock(argument);
}

static void give_errands(void *argument)
{
    fixture *self = argument;
    self->errands[0] = (calx_errand){.call = be_here, .argument = self};
    self->errands[1] = (calx_errand){.call = be_elsewhere, .argument = self};
    calx_defer(&self->errands[0]);
    calx_send(&self->errands[1]);
    strcat(self->order, "a");
}

static void errands_are_done_when_the_turn_ends(void **state)
{
    fixture *self = *state;
    start(self, give_errands);
    assert_string_equal(self->order, "a");
    calx__scheduler_turn(self->scheduler);
    assert_string_equal(self->order, "ab");
    sem_wait(&self->semaphore);
    assert_false(pthread_equal(self->thread, pthread_self()));
}

/* ---- Limits and cancelling ---- */

static void more_than_the_limit_are_refused(void **state)
{
    fixture *self = *state;
    for (int i = 0; i < FIBERS_MAX; i++)
        start(self, wait_a_moment);
    assert_false(calx__scheduler_start(self->scheduler, return_at_once, done, self));
    run_until(self, FIBERS_MAX);
    start(self, return_at_once);
    assert_int_equal(self->done, FIBERS_MAX + 1);
}

static void cancelling_ends_waits_but_no_blocking_call(void **state)
{
    fixture *self = *state;
    start(self, offload);
    start(self, wait_for_pipe);
    calx__scheduler_cancel(self->scheduler);
    assert_int_equal(self->done, 1);
    assert_int_equal(self->status, CALX_ERROR_CANCELLED);
    sem_post(&self->semaphore);
    run_until(self, 2);
    assert_int_equal(self->status, 0);
    calx_error_clear(&self->err);
    start(self, wait_for_pipe);
    assert_int_equal(self->done, 3);
    assert_int_equal(self->status, CALX_ERROR_CANCELLED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_call_without_waits_ends_at_once),
        TEST(nearly_all_of_a_stack_can_be_used),
        TEST(a_descriptor_that_becomes_ready_ends_the_wait),
        TEST(a_new_descriptor_with_an_old_number_is_another),
        TEST(the_deadline_of_a_descriptor_is_an_error),
        TEST(time_passes_without_an_error),
        TEST(a_time_that_has_passed_lets_the_others_go_first),
        TEST(who_yields_again_and_again_keeps_no_descriptor_waiting),
        TEST(a_parked_fiber_is_woken_by_a_thread),
        TEST(a_parked_fiber_is_woken_by_another),
        TEST(a_wake_that_comes_first_is_not_lost),
        TEST(a_blocking_call_runs_elsewhere_while_others_go_on),
        TEST(errands_are_done_when_the_turn_ends),
        TEST(more_than_the_limit_are_refused),
        TEST(cancelling_ends_waits_but_no_blocking_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
