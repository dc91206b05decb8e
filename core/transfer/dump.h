/*
 * dump.h: the text of a dump, and its reading, which knows nothing of databases. Private to core.
 */
#ifndef CALX_CORE_TRANSFER_DUMP_H
#define CALX_CORE_TRANSFER_DUMP_H

#include "core/transfer/transfer.h"

#define CALX__DUMP_VERSION_KEY "calx_dump"
#define CALX__DUMP_COMPLETE_KEY "complete"
#define CALX__DUMP_DEPTH_MAX 2000 /* levels of a line; jansson itself reads 2048 */

/* Where the reader takes what it has read. A negative return ends the reading. */
typedef struct calx__dump_sink {
    int (*begin_table)(void *context, size_t table, calx_error *err);
    /* Called when the page is full, and at the end of the table. */
    int (*rows)(void *context, calx__page *page, calx_error *err);
    int (*end_table)(void *context, const calx_table_sum *sum, calx_error *err);
    void *context;
} calx__dump_sink;

/*
 * Reads a dump of exactly these models, which are checked. What is wrong with the text, and what
 * the types refuse, is CALX_ERROR_INVALID (or LIMIT) and names the line; errors of the sink are
 * handed on as they are. True in *text_is_to_blame tells them apart.
 */
int calx__dump_read(FILE *in, const calx_model *const *models, size_t model_count,
                    const calx__dump_sink *sink, bool *text_is_to_blame, calx_error *err);

#endif
