/* copy.c: from one database into another. */
#include <stdlib.h>

#include "core/transfer/transfer.h"

typedef struct copy {
    calx__end source;
    calx__target target;
    calx__page page;
    calx_table_sum *sums;
    int64_t *totals;         /* rows of each table, as they were counted before */
    bool target_is_to_blame; /* for what has failed; else the source is */
} copy;

/* Also finds out that the source has all tables before anything is done to the target. */
static int count_rows(copy *all, calx_error *err)
{
    calx__end *source = &all->source;
    int code = calx__end_begin_read(source, err);
    for (size_t i = 0; code == 0 && i < source->model_count; i++)
        code = calx__end_count(source, source->models[i], &all->totals[i], err);
    return code;
}

static int write_page(void *context, calx__page *page, calx_error *err)
{
    copy *all = context;
    int code = calx__target_write(&all->target, page, err);
    all->target_is_to_blame = code < 0;
    return code;
}

static int copy_table(copy *all, size_t table, calx_error *err)
{
    calx__end *source = &all->source;
    calx_transfer_progress progress = {
        .table = table, .table_count = source->model_count, .rows_total = all->totals[table]};
    int code = calx__page_begin(&all->page, source->models[table], err);
    if (code == 0)
        code = calx__target_begin_table(&all->target, table, err);
    if (code == 0)
        code = calx__end_read(source, &all->page, progress, write_page, all, err);
    if (code < 0)
        return code;
    calx__page_sum(&all->page, &all->sums[table]);
    code = calx__target_end_table(&all->target, err);
    all->target_is_to_blame = code < 0;
    return code;
}

static int copy_all(copy *all, calx_engine *target, calx_error *err)
{
    const calx__end *source = &all->source;
    int code = count_rows(all, err);
    if (code < 0)
        return code;
    code = calx__target_open(&all->target, target, source->models, source->model_count,
                             source->watcher, err);
    all->target_is_to_blame = code < 0;
    for (size_t i = 0; code == 0 && i < source->model_count; i++)
        code = copy_table(all, i, err);
    if (code == 0) {
        code = calx__target_commit(&all->target, all->sums, err);
        all->target_is_to_blame = code < 0;
    }
    return code;
}

int calx_copy_all(calx_engine *source, calx_engine *target, const calx_model *const *models,
                  size_t model_count, calx_transfer_watcher watcher, calx_table_sum *sums,
                  calx_error *err)
{
    calx_error own = {0};
    copy all = {.sums = sums};
    calx_table_sum *room = calloc(model_count + 1, sizeof *room);
    all.totals = calloc(model_count + 1, sizeof *all.totals);
    all.target.end.engine = target;
    if (all.sums == NULL)
        all.sums = room;
    int code = calx__end_open(&all.source, source, models, model_count, watcher, &own);
    if (code == 0 && (room == NULL || all.totals == NULL))
        code = calx_error_set(&own, CALX_ERROR_NO_MEMORY, "out of memory for a transfer");
    if (code == 0)
        code = copy_all(&all, target, &own);
    if (code < 0)
        calx__end_blame(all.target_is_to_blame ? &all.target.end : &all.source, &own);
    calx__target_close(&all.target, &own);
    calx__end_close(&all.source);
    calx__page_finish(&all.page);
    free(all.totals);
    free(room);
    if (code < 0 && err != NULL && err->code == CALX_OK)
        *err = own;
    return code;
}
