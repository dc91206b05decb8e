/*
 * transfer.h: whole tables from one database to another, and to text and back: the work of
 * `db copy`, `db dump` and `db load`. Rows pass in pages, so memory does not grow with the tables.
 *
 * All of it happens in one transaction at either end, and all or nothing of it is done: the target
 * must not have a row in any of the tables; those that do not exist are made, and where making them
 * is not part of the transaction they are dropped after a failure. Before the commit the target is
 * read back, and counts and checksums have to be the same.
 *
 * A calx_waiter whose cancelled is set (from a signal handler too) ends it with
 * CALX_ERROR_CANCELLED, cleaned up.
 */
#ifndef CALX_TRANSFER_H
#define CALX_TRANSFER_H

#include <stdio.h>

#include <calx/api.h>
#include <calx/engine.h>
#include <calx/error.h>
#include <calx/model.h>

#define CALX_TABLE_SUM_BYTES 32
#define CALX_DUMP_VERSION 2
#define CALX_DUMP_LINE_MAX (256u * 1024u * 1024u) /* bytes of a line of a dump */

/*
 * How many rows a table has, and what they add up to. Each row is a line as in a dump, a JSON array
 * of its columns in the order of the model, with 0.0 for -0.0 (some databases do not keep its
 * sign); the SHA-256 of each line counts as four little-endian 64-bit numbers, which are added up
 * apart from each other, modulo 2^64. So the order of rows is not part of it.
 */
typedef struct calx_table_sum {
    const calx_model *model;
    int64_t rows;
    unsigned char sum[CALX_TABLE_SUM_BYTES];
} calx_table_sum;

/* How far it is; lent for the call. */
typedef struct calx_transfer_progress {
    const calx_model *model;
    size_t table; /* its place among the tables, from 0 */
    size_t table_count;
    bool comparing; /* rows are read back from the target */
    bool done;      /* no more rows of this table */
    int64_t rows;
    int64_t rows_total; /* -1: not known */
} calx_transfer_progress;

/* Called after every page of rows and at the end of each table. May be {0}. */
typedef struct calx_transfer_watcher {
    void (*call)(void *context, const calx_transfer_progress *progress);
    void *context;
} calx_transfer_watcher;

/*
 * Copies the tables of the models in the order of their foreign keys. sums, of model_count items,
 * is filled in that order; it may be NULL. CALX_ERROR_EXISTS: a table of the target is not empty.
 * CALX_ERROR_DATA: what was read back is not what was written. Other errors are those of the two
 * databases; messages begin with the URL, its password masked. Generated keys continue behind the
 * greatest one.
 */
CALX_API int calx_copy_all(calx_engine *source, calx_engine *target,
                           const calx_model *const *models, size_t model_count,
                           calx_transfer_watcher watcher, calx_table_sum *sums, calx_error *err);

/*
 * Writes the tables of the models as lines of JSON (docs/moving.md has the format).
 * CALX_ERROR_IO: out cannot be written; what is there then is no whole dump, and load refuses it.
 */
CALX_API int calx_dump_all(calx_engine *source, const calx_model *const *models, size_t model_count,
                           FILE *out, calx_transfer_watcher watcher, calx_table_sum *sums,
                           calx_error *err);

/*
 * Reads what calx_dump_all has written. CALX_ERROR_INVALID for what is wrong with the text, with
 * the number of its line: "line 7: column "price": expected string, got integer". in is read to
 * its end.
 */
CALX_API int calx_load_all(calx_engine *target, const calx_model *const *models, size_t model_count,
                           FILE *in, calx_transfer_watcher watcher, calx_table_sum *sums,
                           calx_error *err);

/*
 * Writes the whole database as of one moment to a file, while others read and write: a database of
 * its own, which may be opened as one. A file of this name is replaced when the new one is whole
 * and safe on disk. CALX_ERROR_UNSUPPORTED where the database has programs of its own for that,
 * CALX_ERROR_IO and CALX_ERROR_DISK_FULL: the file cannot be written, nothing is left of it.
 */
CALX_API int calx_backup(calx_engine *engine, const char *path, calx_error *err);

#endif
