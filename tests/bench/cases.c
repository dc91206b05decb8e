/* cases.c: the cases of core's benchmark, each both ways. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tests/bench/cases.h"

CALX_MODEL_DEFINE(BenchTodo, BENCH_TABLE, BENCH_TODO)

double bench_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* What is between them is not measured. */
static void pause_clock(bench_context *bench)
{
    bench->paused -= bench_now();
}

static void resume_clock(bench_context *bench)
{
    bench->paused += bench_now();
}

static void expect_count(const char *what, int64_t count, int64_t wanted)
{
    if (count == wanted)
        return;
    fprintf(stderr, "bench_core: %s: %lld rows instead of %lld\n", what, (long long)count,
            (long long)wanted);
    exit(1);
}

static void expect_success(const calx_session *session)
{
    if (calx_session_error(session))
        bench_die("calx", calx_session_error(session)->message);
}

static void commit_and_destroy(calx_session *session)
{
    calx_session_commit(session);
    expect_success(session);
    calx_session_destroy(session);
}

static int32_t key_of(int i)
{
    return (int32_t)(i * 617 % ROWS + 1); /* in no order; 617 and ROWS share no divisor */
}

/* ---- By key ---- */

static void get_one(calx_session *session, int32_t key)
{
    const BenchTodo *todo = calx_get(session, BenchTodo, key);
    if (!todo || todo->id != key || todo->title.length != sizeof TITLE - 1)
        bench_die("calx", "get by key found something else");
}

static void calx_get_fresh(bench_context *bench)
{
    for (int i = 0; i < SOME_ROWS; i++) {
        calx_session *session = calx_session_create(bench->engine);
        get_one(session, key_of(i));
        calx_session_destroy(session);
    }
}

static void floor_get_many(bench_context *bench, int count)
{
    for (int i = 0; i < count; i++) {
        bench_row row;
        expect_count("get", bench->floor->get(bench->floor, key_of(i), &row), 1);
    }
}

static void floor_get_fresh(bench_context *bench)
{
    floor_get_many(bench, SOME_ROWS);
}

static void calx_get_same(bench_context *bench)
{
    calx_session *session = calx_session_create(bench->engine);
    calx_session_set_isolation(session, CALX_ISOLATION_REPEATABLE_READ);
    for (int i = 0; i < ROWS; i++)
        get_one(session, key_of(i));
    commit_and_destroy(session);
}

static void floor_get_same(bench_context *bench)
{
    bench->floor->begin_reading(bench->floor);
    floor_get_many(bench, ROWS);
    bench->floor->commit(bench->floor);
}

/* ---- Many rows ---- */

static BenchTodo_list calx_load_up_to(calx_session *session, int32_t id_max)
{
    BenchTodo_list todos = calx_all(calx_order_by(
        calx_filter(calx_query_of(session, BenchTodo), LESS_EQUAL(BenchTodo_.id, id_max)),
        BenchTodo_.id));
    expect_success(session);
    expect_count("calx load", (int64_t)todos.count, id_max);
    return todos;
}

void bench_load_all(calx_session *session)
{
    calx_load_up_to(session, ROWS);
}

static void floor_load_up_to(bench_context *bench, int32_t id_max)
{
    expect_count("load", bench->floor->load(bench->floor, id_max, bench->rows, ROWS), id_max);
}

static void calx_load_rows(bench_context *bench)
{
    calx_session *session = calx_session_create(bench->engine);
    calx_load_up_to(session, ROWS);
    calx_session_destroy(session);
}

static void floor_load(bench_context *bench)
{
    floor_load_up_to(bench, ROWS);
}

static void calx_update_some(bench_context *bench, int32_t loaded)
{
    calx_session *session = calx_session_create(bench->engine);
    BenchTodo_list todos = calx_load_up_to(session, loaded);
    for (int i = 0; i < SOME_ROWS; i++)
        todos.items[i]->completed.value = !todos.items[i]->completed.value;
    commit_and_destroy(session);
}

static void update_rows(bench_context *bench, int count)
{
    for (int i = 0; i < count; i++) {
        bench->rows[i].completed = !bench->rows[i].completed;
        bench->floor->update(bench->floor, &bench->rows[i]);
    }
}

static void floor_update_some(bench_context *bench, int32_t loaded)
{
    floor_load_up_to(bench, loaded);
    bench->floor->begin_writing(bench->floor);
    update_rows(bench, SOME_ROWS);
    bench->floor->commit(bench->floor);
}

static void calx_update_all_of_100(bench_context *bench)
{
    calx_update_some(bench, SOME_ROWS);
}

static void floor_update_all_of_100(bench_context *bench)
{
    floor_update_some(bench, SOME_ROWS);
}

static void calx_update_100_of_1000(bench_context *bench)
{
    calx_update_some(bench, ROWS);
}

static void floor_update_100_of_1000(bench_context *bench)
{
    floor_update_some(bench, ROWS);
}

/* ---- New rows ---- */

static void add_objects(calx_session *session, int count)
{
    for (int i = 0; i < count; i++) {
        BenchTodo *todo = BenchTodo_new(session);
        todo->title = calx_text_of(TITLE);
        todo->order = (calx_integer_or_null){.value = i};
        todo->completed = (calx_boolean_or_null){.value = false};
    }
}

void bench_insert(bench_context *bench, int count)
{
    calx_session *session = calx_session_create(bench->engine);
    add_objects(session, count);
    commit_and_destroy(session);
}

static void insert_rows(bench_context *bench, int count)
{
    for (int i = 0; i < count; i++) {
        bench_row row = {.order = i, .title_length = sizeof TITLE - 1, .title = TITLE};
        bench->floor->insert(bench->floor, &row);
    }
}

static void floor_insert(bench_context *bench, int count)
{
    bench->floor->begin_writing(bench->floor);
    insert_rows(bench, count);
    bench->floor->commit(bench->floor);
}

static void calx_insert_many(bench_context *bench)
{
    bench_insert(bench, ROWS);
}

static void floor_insert_many(bench_context *bench)
{
    floor_insert(bench, ROWS);
}

static void calx_insert_one(bench_context *bench)
{
    bench_insert(bench, 1);
}

static void floor_insert_one(bench_context *bench)
{
    floor_insert(bench, 1);
}

/* ---- Inside one transaction ---- */

/* A session whose transaction has begun, by a write. */
static calx_session *begin_session(bench_context *bench)
{
    calx_session *session = calx_session_create(bench->engine);
    BenchTodo_new(session);
    if (calx_session_flush(session))
        expect_success(session);
    return session;
}

static void roll_back_and_destroy(calx_session *session)
{
    expect_success(session);
    calx_session_rollback(session);
    calx_session_destroy(session);
}

static void begin_floor(bench_context *bench)
{
    bench_row row = {.order = 1};
    bench->floor->begin_writing(bench->floor);
    bench->floor->insert(bench->floor, &row);
}

static void calx_load_within(bench_context *bench)
{
    pause_clock(bench);
    calx_session *session = begin_session(bench);
    resume_clock(bench);
    calx_load_up_to(session, ROWS);
    pause_clock(bench);
    roll_back_and_destroy(session);
    resume_clock(bench);
}

static void floor_load_within(bench_context *bench)
{
    pause_clock(bench);
    begin_floor(bench);
    resume_clock(bench);
    floor_load_up_to(bench, ROWS);
    pause_clock(bench);
    bench->floor->execute(bench->floor, "ROLLBACK");
    resume_clock(bench);
}

static void calx_insert_within(bench_context *bench)
{
    pause_clock(bench);
    calx_session *session = begin_session(bench);
    resume_clock(bench);
    add_objects(session, ROWS);
    calx_session_flush(session);
    pause_clock(bench);
    roll_back_and_destroy(session);
    resume_clock(bench);
}

static void floor_insert_within(bench_context *bench)
{
    pause_clock(bench);
    begin_floor(bench);
    resume_clock(bench);
    insert_rows(bench, ROWS);
    pause_clock(bench);
    bench->floor->execute(bench->floor, "ROLLBACK");
    resume_clock(bench);
}

static void calx_update_within(bench_context *bench)
{
    pause_clock(bench);
    calx_session *session = begin_session(bench);
    BenchTodo_list todos = calx_load_up_to(session, ROWS);
    resume_clock(bench);
    for (int i = 0; i < SOME_ROWS; i++)
        todos.items[i]->completed.value = !todos.items[i]->completed.value;
    calx_session_flush(session);
    pause_clock(bench);
    roll_back_and_destroy(session);
    resume_clock(bench);
}

static void floor_update_within(bench_context *bench)
{
    pause_clock(bench);
    begin_floor(bench);
    floor_load_up_to(bench, ROWS);
    resume_clock(bench);
    update_rows(bench, SOME_ROWS);
    pause_clock(bench);
    bench->floor->execute(bench->floor, "ROLLBACK");
    resume_clock(bench);
}

const bench_case bench_cases[] = {
    {"get by key, new session", calx_get_fresh, floor_get_fresh, SOME_ROWS},
    {"get by key, in a transaction", calx_get_same, floor_get_same, ROWS},
    {"load 1,000, in a transaction", calx_load_within, floor_load_within, 1},
    {"insert 1,000, in a transaction", calx_insert_within, floor_insert_within, 1},
    {"update 100 of 1,000, in a transaction", calx_update_within, floor_update_within, 1},
    {"load 1,000", calx_load_rows, floor_load, 1},
    {"insert 1,000, commit", calx_insert_many, floor_insert_many, 1},
    {"load 100, update 100, commit", calx_update_all_of_100, floor_update_all_of_100, 1},
    {"load 1,000, update 100, commit", calx_update_100_of_1000, floor_update_100_of_1000, 1},
    {"insert 1, commit", calx_insert_one, floor_insert_one, 1},
};

const size_t bench_case_count = sizeof bench_cases / sizeof *bench_cases;
