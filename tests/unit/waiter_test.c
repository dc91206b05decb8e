/* waiter_test.c: deadlines and the default waiter. No test looks at how long something took, only
 * at what it ended with; a test that would wait for ever is ended by ctest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <calx/waiter.h>

#define LONG_MS 600000

static void deadline_saturates(void **state)
{
    (void)state;
    assert_true(calx_deadline_in_ms(-1) == CALX_NO_DEADLINE);
    assert_true(calx_deadline_in_ms(INT64_MAX) == CALX_NO_DEADLINE);
    assert_int_equal(calx_deadline_left_ms(CALX_NO_DEADLINE), INT_MAX);
    assert_int_equal(calx_deadline_left_ms(calx_now_us()), 0);
    assert_int_equal(calx_deadline_left_ms(INT64_MIN), 0);
}

static void deadline_left_is_rounded_up(void **state)
{
    (void)state;
    int64_t before_us = calx_now_us();
    int64_t deadline_us = calx_deadline_in_ms(LONG_MS);
    assert_true(deadline_us >= before_us + LONG_MS * INT64_C(1000));
    int left_ms = calx_deadline_left_ms(deadline_us);
    assert_true(left_ms > 0 && left_ms <= LONG_MS);
    /* Less than a millisecond is not yet nothing: a loop on it would spin. */
    int64_t soon_us = calx_now_us() + 900;
    left_ms = calx_deadline_left_ms(soon_us);
    assert_true(left_ms == 1 || calx_now_us() >= soon_us);
}

static void wait_answers_when_the_descriptor_is_ready(void **state)
{
    (void)state;
    int fds[2];
    short ready = 0;
    calx_error err = {0};
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(calx_wait(fds[1], POLLOUT, CALX_NO_DEADLINE, &ready, &err), 0);
    assert_int_equal(ready, POLLOUT);
    assert_int_equal(write(fds[1], "x", 1), 1);
    assert_int_equal(calx_wait(fds[0], POLLIN, CALX_NO_DEADLINE, NULL, &err), 0);
    close(fds[1]);
    assert_int_equal(calx_wait(fds[0], POLLIN, CALX_NO_DEADLINE, &ready, &err), 0);
    assert_true(ready & POLLHUP);
    close(fds[0]);
}

static void wait_looks_once_even_after_the_deadline(void **state)
{
    (void)state;
    int fds[2];
    short ready = 0;
    calx_error err = {0};
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(calx_wait(fds[1], POLLOUT, 0, &ready, &err), 0);
    assert_int_equal(ready, POLLOUT);
    close(fds[0]);
    close(fds[1]);
}

static void wait_times_out_and_leaves_its_output_alone(void **state)
{
    (void)state;
    int fds[2];
    short ready = 42;
    calx_error err = {0};
    assert_int_equal(pipe(fds), 0);
    int64_t deadline_us = calx_deadline_in_ms(120); /* longer than one look at the cancel flag */
    assert_int_equal(calx_wait(fds[0], POLLIN, deadline_us, &ready, &err), CALX_ERROR_TIMEOUT);
    assert_true(calx_now_us() >= deadline_us);
    assert_int_equal(err.code, CALX_ERROR_TIMEOUT);
    assert_int_equal(ready, 42);
    close(fds[0]);
    close(fds[1]);
}

static void wait_without_a_descriptor_lets_time_pass(void **state)
{
    (void)state;
    short ready = 42;
    calx_error err = {0};
    int64_t deadline_us = calx_deadline_in_ms(60);
    assert_int_equal(calx_wait(-1, 0, deadline_us, &ready, &err), 0);
    assert_true(calx_now_us() >= deadline_us);
    assert_int_equal(ready, 0);
    assert_int_equal(calx_wait_until(calx_deadline_in_ms(1), &err), 0);
    assert_int_equal(calx_wait_until(0, &err), 0);
}

static void wait_is_cancelled_before_it_looks(void **state)
{
    (void)state;
    calx_waiter *waiter = calx_waiter_current();
    calx_error err = {0};
    waiter->cancelled = true;
    assert_int_equal(calx_wait_until(CALX_NO_DEADLINE, &err), CALX_ERROR_CANCELLED);
    waiter->cancelled = false;
    assert_int_equal(err.code, CALX_ERROR_CANCELLED);
}

/* ---- Two threads ---- */

typedef struct meeting {
    pthread_mutex_t mutex;
    calx_parking *parking; /* NULL: nobody is there yet */
    calx_waiter *waiter;
    int status;
} meeting;

static void *cancel_from_outside(void *argument)
{
    ((calx_waiter *)argument)->cancelled = true;
    return NULL;
}

static void wait_is_cancelled_from_another_thread(void **state)
{
    (void)state;
    int fds[2];
    pthread_t thread;
    calx_error err = {0};
    calx_waiter *waiter = calx_waiter_current();
    assert_int_equal(pipe(fds), 0);
    pthread_create(&thread, NULL, cancel_from_outside, waiter);
    int status = calx_wait(fds[0], POLLIN, calx_deadline_in_ms(LONG_MS), NULL, &err);
    pthread_join(thread, NULL);
    waiter->cancelled = false;
    assert_int_equal(status, CALX_ERROR_CANCELLED);
    close(fds[0]);
    close(fds[1]);
}

static void park_is_cancelled_from_another_thread(void **state)
{
    (void)state;
    pthread_t thread;
    calx_parking parking;
    calx_error err = {0};
    calx_waiter *waiter = calx_waiter_current();
    calx_parking_init(&parking);
    pthread_create(&thread, NULL, cancel_from_outside, waiter);
    int status = calx_park(&parking, CALX_NO_DEADLINE, &err);
    pthread_join(thread, NULL);
    waiter->cancelled = false;
    assert_int_equal(status, CALX_ERROR_CANCELLED);
}

/* Waits in a parking of its own thread, which the other side finds under the mutex. */
static void *park_in_meeting(void *argument)
{
    meeting *m = argument;
    calx_parking parking;
    calx_error err = {0};
    calx_parking_init(&parking);
    pthread_mutex_lock(&m->mutex);
    m->waiter = calx_waiter_current();
    m->parking = &parking;
    pthread_mutex_unlock(&m->mutex);
    int status = calx_park(&parking, CALX_NO_DEADLINE, &err);
    pthread_mutex_lock(&m->mutex);
    m->parking = NULL;
    m->status = status;
    pthread_mutex_unlock(&m->mutex);
    return NULL;
}

static void park_ends_when_another_thread_wakes(void **state)
{
    (void)state;
    for (int round = 0; round < 500; round++) {
        meeting m = {.mutex = PTHREAD_MUTEX_INITIALIZER, .status = 1};
        pthread_t thread;
        bool woken = false;
        pthread_create(&thread, NULL, park_in_meeting, &m);
        while (!woken) {
            pthread_mutex_lock(&m.mutex);
            if (m.parking) {
                calx_wake(m.parking);
                calx_wake(m.parking);
                woken = true;
            }
            pthread_mutex_unlock(&m.mutex);
        }
        pthread_join(thread, NULL);
        assert_int_equal(m.status, 0);
        assert_ptr_not_equal(m.waiter, calx_waiter_current());
    }
}

static void park_returns_at_once_when_it_was_woken(void **state)
{
    (void)state;
    calx_parking parking;
    calx_error err = {0};
    calx_waiter *waiter = calx_waiter_current();
    calx_parking_init(&parking);
    calx_wake(&parking);
    /* What was handed over is not lost to a deadline or a cancel that comes at the same time. */
    waiter->cancelled = true;
    int status = calx_park(&parking, 0, &err);
    waiter->cancelled = false;
    assert_int_equal(status, 0);
}

static void park_times_out(void **state)
{
    (void)state;
    calx_parking parking;
    calx_error err = {0};
    calx_parking_init(&parking);
    int64_t deadline_us = calx_deadline_in_ms(70);
    assert_int_equal(calx_park(&parking, deadline_us, &err), CALX_ERROR_TIMEOUT);
    assert_true(calx_now_us() >= deadline_us);
    calx_parking_init(&parking);
    assert_int_equal(calx_park(&parking, 0, NULL), CALX_ERROR_TIMEOUT);
}

static void on_signal(int number)
{
    (void)number;
}

static void wait_goes_on_after_a_signal(void **state)
{
    (void)state;
    struct sigaction action = {.sa_handler = on_signal};
    struct sigaction before;
    sigaction(SIGALRM, &action, &before);
    ualarm(5000, 5000);
    int64_t deadline_us = calx_deadline_in_ms(60);
    int status = calx_wait_until(deadline_us, NULL);
    ualarm(0, 0);
    sigaction(SIGALRM, &before, NULL);
    assert_int_equal(status, 0);
    assert_true(calx_now_us() >= deadline_us);
}

/* ---- Offload and one's own waiter ---- */

static void count_call(void *argument)
{
    (*(int *)argument)++;
}

static void offload_runs_the_call(void **state)
{
    (void)state;
    int calls = 0;
    assert_int_equal(calx_offload(count_call, &calls, NULL), 0);
    assert_int_equal(calls, 1);
}

typedef struct counting_waiter {
    calx_waiter base;
    int waits;
    int parks;
    int wakes;
    int offloads;
    int errands;
} counting_waiter;

static int counting_wait(calx_waiter *waiter, int fd, short events, int64_t deadline_us,
                         short *ready, calx_error *err)
{
    (void)fd;
    (void)deadline_us;
    (void)err;
    ((counting_waiter *)waiter)->waits++;
    *ready = events;
    return 0;
}

static int counting_park(calx_waiter *waiter, calx_parking *parking, int64_t deadline_us,
                         calx_error *err)
{
    (void)parking;
    (void)deadline_us;
    (void)err;
    ((counting_waiter *)waiter)->parks++;
    return 0;
}

static void counting_wake(calx_waiter *waiter, calx_parking *parking)
{
    (void)parking;
    ((counting_waiter *)waiter)->wakes++;
}

static int counting_offload(calx_waiter *waiter, void (*call)(void *argument), void *argument,
                            calx_error *err)
{
    (void)call;
    (void)argument;
    (void)err;
    ((counting_waiter *)waiter)->offloads++;
    return 0;
}

static void counting_send(calx_waiter *waiter, calx_errand *errand)
{
    (void)errand;
    ((counting_waiter *)waiter)->errands++;
}

static void waiter_of_the_thread_is_asked_for_everything(void **state)
{
    (void)state;
    static const calx_waiter_operations operations = {
        .wait = counting_wait,
        .park = counting_park,
        .wake = counting_wake,
        .offload = counting_offload,
        .send = counting_send,
    };
    calx_errand errand = {.call = count_call};
    counting_waiter counting = {.base.operations = &operations};
    calx_waiter *before = calx_waiter_current();
    calx_parking parking;
    calx_waiter_set(&counting.base);
    assert_ptr_equal(calx_waiter_current(), &counting.base);
    assert_int_equal(calx_wait(3, POLLIN, 0, NULL, NULL), 0);
    assert_int_equal(calx_wait_until(0, NULL), 0);
    assert_int_equal(calx_offload(count_call, NULL, NULL), 0);
    calx_send(&errand);
    calx_parking_init(&parking);
    calx_waiter_set(NULL);
    /* A parking belongs to the waiter it was made with. */
    calx_wake(&parking);
    assert_int_equal(calx_park(&parking, 0, NULL), 0);
    assert_ptr_equal(calx_waiter_current(), before);
    assert_int_equal(counting.waits, 2);
    assert_int_equal(counting.offloads, 1);
    assert_int_equal(counting.errands, 1);
    assert_int_equal(counting.wakes, 1);
    assert_int_equal(counting.parks, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deadline_saturates),
        cmocka_unit_test(deadline_left_is_rounded_up),
        cmocka_unit_test(wait_answers_when_the_descriptor_is_ready),
        cmocka_unit_test(wait_looks_once_even_after_the_deadline),
        cmocka_unit_test(wait_times_out_and_leaves_its_output_alone),
        cmocka_unit_test(wait_without_a_descriptor_lets_time_pass),
        cmocka_unit_test(wait_is_cancelled_before_it_looks),
        cmocka_unit_test(wait_is_cancelled_from_another_thread),
        cmocka_unit_test(park_is_cancelled_from_another_thread),
        cmocka_unit_test(park_ends_when_another_thread_wakes),
        cmocka_unit_test(park_returns_at_once_when_it_was_woken),
        cmocka_unit_test(park_times_out),
        cmocka_unit_test(wait_goes_on_after_a_signal),
        cmocka_unit_test(offload_runs_the_call),
        cmocka_unit_test(waiter_of_the_thread_is_asked_for_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
