/*
 * core.c: sessions against the client library alone, bench_core SECONDS ROUNDS [CASE], on the
 * database of CALX_TEST_URI. Each case (or those whose name holds CASE) does the same work on the
 * same table both ways, in turn, for so many seconds a way and round. Prints lines of: case, round,
 * who (calx or floor) and nanoseconds, separated by tabs; and before them one line of the bytes
 * that a loaded object takes beyond its values.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <calx/calx.h>

#include "tests/bench/floor.h"

#define ROWS 1000
#define SOME_ROWS 100
#define TITLE "write a benchmark that proves it all"

#define BENCH_TODO(COLUMN, Model)                                                                  \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, STRING_OR_NULL, title)                                                           \
    COLUMN(Model, INTEGER_OR_NULL, order)                                                          \
    COLUMN(Model, BOOLEAN_OR_NULL, completed)

CALX_MODEL_DECLARE(BenchTodo, BENCH_TODO)
CALX_MODEL_DEFINE(BenchTodo, BENCH_TABLE, BENCH_TODO)

typedef struct bench_context {
    calx_engine *engine;
    bench_floor *floor;
    bench_row rows[ROWS];
    double paused; /* seconds that are not measured */
} bench_context;

typedef struct bench_case {
    const char *name;
    void (*calx)(bench_context *bench);
    void (*floor)(bench_context *bench);
    int repeats; /* how often one call does what the name says */
} bench_case;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* What is between them is not measured. */
static void pause_clock(bench_context *bench)
{
    bench->paused -= now();
}

static void resume_clock(bench_context *bench)
{
    bench->paused += now();
}

_Noreturn void bench_die(const char *what, const char *why)
{
    fprintf(stderr, "bench_core: %s: %s\n", what, why);
    exit(1);
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

static void floor_load_up_to(bench_context *bench, int32_t id_max)
{
    expect_count("load", bench->floor->load(bench->floor, id_max, bench->rows, ROWS), id_max);
}

static void calx_load_all(bench_context *bench)
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

static void calx_insert(bench_context *bench, int count)
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
    calx_insert(bench, ROWS);
}

static void floor_insert_many(bench_context *bench)
{
    floor_insert(bench, ROWS);
}

static void calx_insert_one(bench_context *bench)
{
    calx_insert(bench, 1);
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

static const bench_case cases[] = {
    {"get by key, new session", calx_get_fresh, floor_get_fresh, SOME_ROWS},
    {"get by key, in a transaction", calx_get_same, floor_get_same, ROWS},
    {"load 1,000, in a transaction", calx_load_within, floor_load_within, 1},
    {"insert 1,000, in a transaction", calx_insert_within, floor_insert_within, 1},
    {"update 100 of 1,000, in a transaction", calx_update_within, floor_update_within, 1},
    {"load 1,000", calx_load_all, floor_load, 1},
    {"insert 1,000, commit", calx_insert_many, floor_insert_many, 1},
    {"load 100, update 100, commit", calx_update_all_of_100, floor_update_all_of_100, 1},
    {"load 1,000, update 100, commit", calx_update_100_of_1000, floor_update_100_of_1000, 1},
    {"insert 1, commit", calx_insert_one, floor_insert_one, 1},
};

/* ---- Measuring ---- */

static double nanoseconds_each(bench_context *bench, void (*work)(struct bench_context *),
                               double seconds, int repeats)
{
    double start = now();
    double elapsed;
    int64_t calls = 0;

    bench->paused = 0;
    do {
        work(bench);
        calls++;
        elapsed = now() - start;
    } while (elapsed < seconds);
    return (elapsed - bench->paused) * 1e9 / ((double)calls * repeats);
}

/* Every measurement begins with the same table. */
static void measure(bench_context *bench, const bench_case *what, bool is_calx, int round,
                    double seconds)
{
    double time =
        nanoseconds_each(bench, is_calx ? what->calx : what->floor, seconds, what->repeats);
    printf("%s\t%d\t%s\t%.1f\n", what->name, round, is_calx ? "calx" : "floor", time);
    fflush(stdout);
    bench->floor->execute(bench->floor, "DELETE FROM " BENCH_TABLE " WHERE id > 1000");
}

static void measure_case(bench_context *bench, const bench_case *what, int rounds, double seconds)
{
    what->floor(bench); /* warm */
    what->calx(bench);
    for (int round = 0; round < rounds; round++) {
        bool calx_first = round % 2 != 0;
        measure(bench, what, calx_first, round, seconds);
        measure(bench, what, !calx_first, round, seconds);
    }
}

/* What malloc gave out for a session with all rows, less the records and the bytes of their text.
 * The session's own memory is in it, too: a thousandth of it for each object. */
static void measure_memory(bench_context *bench)
{
    calx_load_all(bench); /* the connection, its statement and its buffers are there */
    size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
    calx_session *session = calx_session_create(bench->engine);
    calx_load_up_to(session, ROWS);
    size_t after = mallinfo2().uordblks + mallinfo2().hblkhd;
    double values = sizeof(BenchTodo) + sizeof TITLE - 1;
    printf("memory\t%.0f\n", (double)(after - before) / ROWS - values);
    calx_session_destroy(session);
}

/* ---- The table and the way to it ---- */

static bench_floor *open_floor(calx_engine *engine)
{
    const char *dialect = calx_engine_dialect_name(engine);
    const calx_url *url = calx_engine_url(engine);

    if (!strcmp(dialect, "sqlite"))
        return bench_floor_open_sqlite(url);
    if (!strcmp(dialect, "postgresql"))
        return bench_floor_open_postgresql(url);
    return bench_floor_open_mysql(url);
}

int main(int argc, char **argv)
{
    static bench_context bench;
    const calx_model *models[] = {&BenchTodo_model};
    calx_error err = {0};
    const char *url = getenv("CALX_TEST_URI");
    double seconds = argc > 2 ? atof(argv[1]) : 0;
    int rounds = argc > 2 ? atoi(argv[2]) : 0;
    const char *only = argc > 3 ? argv[3] : "";

    if (!url || rounds < 1 || seconds <= 0) {
        fputs("usage: CALX_TEST_URI=URL bench_core SECONDS ROUNDS [CASE]\n", stderr);
        return 2;
    }
    if (calx_engine_create(url, NULL, &bench.engine, &err) ||
        calx_drop_all(bench.engine, models, 1, CALX_NO_DEADLINE, &err) ||
        calx_create_all(bench.engine, models, 1, CALX_NO_DEADLINE, &err))
        bench_die("calx", err.message);
    calx_insert(&bench, ROWS); /* ids 1 to 1,000: the table is new */
    bench.floor = open_floor(bench.engine);
    measure_memory(&bench);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (strstr(cases[i].name, only))
            measure_case(&bench, &cases[i], rounds, seconds);
    bench.floor->close(bench.floor);
    if (calx_drop_all(bench.engine, models, 1, CALX_NO_DEADLINE, &err))
        bench_die("calx", err.message);
    calx_engine_destroy(bench.engine);
    return 0;
}
