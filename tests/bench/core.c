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

#include "tests/bench/cases.h"

/* What a thread keeps of arenas' blocks: core/arena.c. */
#define KEPT_SIZE_MIN 4096u
#define KEPT_SIZE_MAX (256u * 1024u)
#define KEPT_BYTES_MAX (1024u * 1024u)

_Noreturn void bench_die(const char *what, const char *why)
{
    fprintf(stderr, "bench_core: %s: %s\n", what, why);
    exit(1);
}

/* ---- Measuring ---- */

static double nanoseconds_each(bench_context *bench, void (*work)(struct bench_context *),
                               double seconds, int repeats)
{
    double start = bench_now();
    double elapsed;
    int64_t calls = 0;

    bench->paused = 0;
    do {
        work(bench);
        calls++;
        elapsed = bench_now() - start;
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

/* Takes the blocks that arenas have given back and their thread keeps: what is measured next has to
 * ask malloc. */
static void take_kept_blocks(calx_arena *arena)
{
    for (size_t size = KEPT_SIZE_MIN; size <= KEPT_SIZE_MAX; size *= 2)
        for (size_t taken = 0; taken < KEPT_BYTES_MAX; taken += size)
            calx_arena_alloc(arena, size);
}

/* What malloc gave out for a session with all rows, less the records and the bytes of their text.
 * The session's own memory is in it, too: a thousandth of it for each object. */
static void measure_memory(bench_context *bench)
{
    calx_session *first = calx_session_create(bench->engine);
    bench_load_all(first); /* the connection, its statement and its buffers are there */
    calx_session_destroy(first);
    calx_arena kept = {0};
    take_kept_blocks(&kept);
    size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
    calx_session *session = calx_session_create(bench->engine);
    bench_load_all(session);
    size_t after = mallinfo2().uordblks + mallinfo2().hblkhd;
    double values = sizeof(BenchTodo) + sizeof TITLE - 1;
    printf("memory\t%.0f\n", (double)(after - before) / ROWS - values);
    calx_session_destroy(session);
    calx_arena_finish(&kept);
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
    bench_insert(&bench, ROWS); /* ids 1 to 1,000: the table is new */
    bench.floor = open_floor(bench.engine);
    measure_memory(&bench);
    for (size_t i = 0; i < bench_case_count; i++)
        if (strstr(bench_cases[i].name, only))
            measure_case(&bench, &bench_cases[i], rounds, seconds);
    bench.floor->close(bench.floor);
    if (calx_drop_all(bench.engine, models, 1, CALX_NO_DEADLINE, &err))
        bench_die("calx", err.message);
    calx_engine_destroy(bench.engine);
    return 0;
}
