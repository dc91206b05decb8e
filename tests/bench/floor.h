/*
 * floor.h: the floor of core's benchmarks: what a careful program does with the client library
 * alone. Statements are prepared once, values are bound and read in the library's own form, one
 * call a statement. A failure ends the program.
 */
#ifndef BENCH_FLOOR_H
#define BENCH_FLOOR_H

#include <stdbool.h>
#include <stdint.h>

#include <calx/url.h>

#ifndef BENCH_TABLE
#define BENCH_TABLE "bench_todos"
#endif
#define BENCH_TITLE_SIZE 64

typedef struct bench_row {
    int32_t id;
    int32_t order;
    bool completed;
    unsigned long title_length;
    char title[BENCH_TITLE_SIZE];
} bench_row;

typedef enum bench_statement {
    BENCH_GET,    /* by id */
    BENCH_LOAD,   /* all up to an id, in order */
    BENCH_INSERT, /* its id comes from the database */
    BENCH_UPDATE, /* completed, by id */
    BENCH_STATEMENT_COUNT
} bench_statement;

typedef struct bench_floor bench_floor;
struct bench_floor {
    void (*execute)(bench_floor *floor, const char *sql);
    void (*begin_reading)(bench_floor *floor); /* one snapshot until commit */
    void (*begin_writing)(bench_floor *floor);
    void (*commit)(bench_floor *floor);
    /* Both fill rows and return how many there were. */
    int (*get)(bench_floor *floor, int32_t id, bench_row *row);
    int (*load)(bench_floor *floor, int32_t id_max, bench_row *rows, int row_count_max);
    void (*insert)(bench_floor *floor, bench_row *row);
    void (*update)(bench_floor *floor, const bench_row *row);
    void (*close)(bench_floor *floor);
};

bench_floor *bench_floor_open_sqlite(const calx_url *url);
bench_floor *bench_floor_open_postgresql(const calx_url *url);
bench_floor *bench_floor_open_mysql(const calx_url *url);

/* Says what did not work and why, and ends the program. */
_Noreturn void bench_die(const char *what, const char *why);

#endif
