/* load.c: a dump into a database. */
#include <stdlib.h>

#include "core/transfer/dump.h"

typedef struct load {
    calx__target target;
    calx_table_sum *sums;
    calx_transfer_progress progress;
} load;

static int begin_table(void *context, size_t table, calx_error *err)
{
    load *all = context;
    const calx__end *end = &all->target.end;
    all->progress = (calx_transfer_progress){.model = end->models[table],
                                             .table = table,
                                             .table_count = end->model_count,
                                             .rows_total = -1};
    return calx__target_begin_table(&all->target, table, err);
}

static int write_rows(void *context, calx__page *page, calx_error *err)
{
    load *all = context;
    int code = calx__target_write(&all->target, page, err);
    all->progress.rows += (int64_t)page->rows;
    if (code == 0)
        calx__end_progress(&all->target.end, &all->progress);
    return code;
}

static int end_table(void *context, const calx_table_sum *sum, calx_error *err)
{
    load *all = context;
    all->sums[all->progress.table] = *sum;
    all->progress.done = true;
    calx__end_progress(&all->target.end, &all->progress);
    return calx__target_end_table(&all->target, err);
}

static int load_all(load *all, FILE *in, bool *text_is_to_blame, calx_error *err)
{
    const calx__end *end = &all->target.end;
    calx__dump_sink sink = {
        .begin_table = begin_table, .rows = write_rows, .end_table = end_table, .context = all};
    int code = calx__dump_read(in, end->models, end->model_count, &sink, text_is_to_blame, err);
    return code < 0 ? code : calx__target_commit(&all->target, all->sums, err);
}

int calx_load_all(calx_engine *target, const calx_model *const *models, size_t model_count,
                  FILE *in, calx_transfer_watcher watcher, calx_table_sum *sums, calx_error *err)
{
    calx_error own = {0};
    bool text_is_to_blame = false;
    calx_table_sum *room = calloc(model_count + 1, sizeof *room);
    load all = {.sums = sums ? sums : room};
    int code = calx__target_open(&all.target, target, models, model_count, watcher, &own);
    if (code == 0 && room == NULL)
        code = calx_error_set(&own, CALX_ERROR_NO_MEMORY, "out of memory for a transfer");
    if (code == 0)
        code = load_all(&all, in, &text_is_to_blame, &own);
    if (code < 0 && !text_is_to_blame)
        calx__end_blame(&all.target.end, &own);
    calx__target_close(&all.target, &own);
    free(room);
    if (code < 0 && err != NULL && err->code == CALX_OK)
        *err = own;
    return code;
}
