/*
 * cases.h: what core's benchmark measures: each case does the same work through a session and with
 * the client library alone.
 */
#ifndef BENCH_CASES_H
#define BENCH_CASES_H

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

extern const bench_case bench_cases[];
extern const size_t bench_case_count;

/* Seconds of a clock that only goes forward. */
double bench_now(void);

/* So many new rows, committed. */
void bench_insert(bench_context *bench, int count);

/* Loads all rows. */
void bench_load_all(calx_session *session);

#endif
