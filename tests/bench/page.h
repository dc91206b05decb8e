/* page.h: the answers of bench_todos, written by hand. */
#ifndef BENCH_PAGE_H
#define BENCH_PAGE_H

#include "tests/bench/floor.h"

typedef struct bench_text {
    char *data; /* malloc's */
    size_t length;
    size_t capacity;
} bench_text;

/* The application's template, cut where the todos stand in it. */
void bench_page_read_template(void);

void bench_row_write(bench_text *out, const bench_row *row);
void bench_page_write(bench_text *out, const bench_row *rows, int count);

#endif
