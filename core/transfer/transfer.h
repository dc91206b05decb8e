/*
 * transfer.h: what the files of transfers share: a page of rows with its checksum, one end of a
 * transfer, and the statements that run there. Private to core.
 */
#ifndef CALX_CORE_TRANSFER_TRANSFER_H
#define CALX_CORE_TRANSFER_TRANSFER_H

#include <calx/transfer.h>

#include "core/dialect/dialect.h"
#include "core/engine/connection.h"

#define CALX_PAGE_ROWS_MAX 1000
#define CALX_PAGE_ROWS_FIRST 100
#define CALX_PAGE_BYTES (2u * 1024u * 1024u) /* a page with more is followed by a smaller one */

/* ---- A page of rows (page.c) ---- */

typedef struct calx__page {
    const calx_model *model;
    void *record; /* the row that is added next: see calx__page_add */
    calx_arena arena;
    calx_value *values; /* column_count for each row */
    size_t rows;
    size_t capacity; /* rows */
    size_t bytes;
    calx_buffer line; /* the last row, as in a dump */
    bool keeps_lines;
    calx_buffer lines; /* all rows of the page, if it keeps them */
    int64_t sum_rows;  /* of all rows since calx__page_begin */
    uint64_t sum[CALX_TABLE_SUM_BYTES / 8];
} calx__page;

/* Empties it for another table. Zero-initialised before the first time; finish it in any case. */
int calx__page_begin(calx__page *page, const calx_model *model, calx_error *err);
void calx__page_finish(calx__page *page);

/* Forgets the rows; the sum stays. */
void calx__page_clear(calx__page *page);

/* Adds page->record, whose bytes are in page->arena: as values and to the sum. Errors name the
 * row. */
int calx__page_add(calx__page *page, calx_error *err);

/* Adds a row that a statement has returned. */
int calx__page_add_values(calx__page *page, const calx_value *values, calx_error *err);

static inline calx_value *calx__page_row(const calx__page *page, size_t row)
{
    return &page->values[row * page->model->column_count];
}

void calx__page_sum(const calx__page *page, calx_table_sum *out);

/* The bytes that a value lends; NULL for one that lends none. */
calx_text *calx__value_bytes(calx_value *value);

/* ---- One end (end.c) ---- */

typedef struct calx__end {
    calx_engine *engine;
    calx__connection *connection;
    const calx__dialect *dialect;
    const calx_model **models; /* sorted */
    size_t model_count;
    calx_transfer_watcher watcher;
} calx__end;

/* Checks and sorts the models and takes a connection. calx__end_close in any case; it rolls back
 * what is open. */
int calx__end_open(calx__end *end, calx_engine *engine, const calx_model *const *models,
                   size_t model_count, calx_transfer_watcher watcher, calx_error *err);
void calx__end_close(calx__end *end);

/* Until when the next statement has to be done: the engine's own limits. */
int64_t calx__end_deadline(const calx__end *end);

/* Begins a snapshot of everything. */
int calx__end_begin_read(calx__end *end, calx_error *err);

int calx__end_count(calx__end *end, const calx_model *model, int64_t *out, calx_error *err);

/* Reads a table in pages, in the order of its key; each page goes to write, which may be NULL. The
 * page was begun for the model; afterwards it has the sum. */
typedef int calx__page_writer(void *context, calx__page *page, calx_error *err);
int calx__end_read(calx__end *end, calx__page *page, calx_transfer_progress progress,
                   calx__page_writer *write, void *context, calx_error *err);

void calx__end_progress(const calx__end *end, const calx_transfer_progress *progress);

/* Puts the URL, its password masked, before the message. */
void calx__end_blame(const calx__end *end, calx_error *err);

/* ---- The end that is written (target.c, later.c) ---- */

typedef struct calx__target {
    calx__end end;
    bool *created;    /* which tables it has made */
    bool keep;        /* it is committed, or may be: nothing is undone any more */
    calx_arena texts; /* of the table in work */
    size_t table;     /* its place */
    uint64_t later;   /* columns that are written when all rows are there */
    FILE *spool;      /* their values */
    calx_sql insert;  /* of as many rows as fit one statement */
    size_t insert_rows;
    int64_t key_max; /* the greatest generated key */
} calx__target;

/* Finds out that every table is empty or missing, begins, and makes the missing ones. */
int calx__target_open(calx__target *target, calx_engine *engine, const calx_model *const *models,
                      size_t model_count, calx_transfer_watcher watcher, calx_error *err);

/* Everything is as it was before, unless it was committed. err says so if tables had to be left
 * behind. */
void calx__target_close(calx__target *target, calx_error *err);

/* table is its place in end.models. */
int calx__target_begin_table(calx__target *target, size_t table, calx_error *err);
int calx__target_write(calx__target *target, calx__page *page, calx_error *err);
int calx__target_end_table(calx__target *target, calx_error *err);

/*
 * Writes what had to wait, compares what is there with the sums, in the order of end.models, and
 * commits.
 */
int calx__target_commit(calx__target *target, const calx_table_sum *sums, calx_error *err);

/* The columns of foreign keys to rows that may come later: of the table itself, and of those that
 * close a cycle. Those that cannot be NULL are written at once. */
uint64_t calx__later_columns(const calx_model *model);

/* Takes them out of the rows of a page, and writes them at the end. */
int calx__later_keep(calx__target *target, calx__page *page, calx_error *err);
int calx__later_write(calx__target *target, calx_error *err);

/* ---- Statements (text.c) ---- */

/* Texts are in the arena, as is all the statement points to; the id is new. */
int calx__text_count(const calx__dialect *dialect, const calx_model *model, calx_arena *arena,
                     calx_sql *out, calx_error *err);
int calx__text_any(const calx__dialect *dialect, const calx_model *model, calx_arena *arena,
                   calx_sql *out, calx_error *err);
/* The first rows, or those behind a key: its binds are made by calx__text_page_binds. */
int calx__text_page(const calx__dialect *dialect, const calx_model *model, bool first,
                    calx_arena *arena, calx_sql *out, calx_error *err);
void calx__text_page_binds(const calx_model *model, const calx_value *row, int64_t limit,
                           calx_value *binds);
int calx__text_insert(const calx__dialect *dialect, const calx_model *model, size_t rows,
                      calx_arena *arena, calx_sql *out, calx_error *err);
/* Binds: the columns, then the key. */
int calx__text_update(const calx__dialect *dialect, const calx_model *model, uint64_t columns,
                      calx_arena *arena, calx_sql *out, calx_error *err);

/* Runs one statement in the open transaction. row may be NULL. */
typedef int calx__row_taker(void *context, const calx_value *values, size_t count, calx_error *err);
int calx__end_run(calx__end *end, const calx_sql *sql, const calx_value *binds,
                  calx__row_taker *row, void *context, calx_error *err);

/* The same as one stream: as calx__connection_load. */
int calx__end_load(calx__end *end, const calx_load *load, calx_error *err);

#endif
