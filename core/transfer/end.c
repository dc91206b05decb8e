/* end.c: one end of a transfer: its connection, and the reading of tables. */
#include <calx/waiter.h>

#include <stdlib.h>
#include <string.h>

#include "core/transfer/transfer.h"

/* ---- Opening and closing ---- */

int calx__end_open(calx__end *end, calx_engine *engine, const calx_model *const *models,
                   size_t model_count, calx_transfer_watcher watcher, calx_error *err)
{
    *end = (calx__end){.engine = engine,
                       .dialect = calx__engine_dialect(engine),
                       .model_count = model_count,
                       .watcher = watcher};
    end->models = malloc((model_count + 1) * sizeof *end->models);
    if (end->models == NULL)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory for a transfer");
    if (model_count > 0)
        memcpy(end->models, models, model_count * sizeof *end->models);
    int code = calx_models_sort(end->models, model_count, err);
    if (code == 0)
        code = calx__connection_acquire(engine, CALX_NO_DEADLINE, &end->connection, err);
    return code;
}

void calx__end_close(calx__end *end)
{
    calx__connection_release(end->connection);
    free(end->models);
    *end = (calx__end){0};
}

void calx__end_blame(const calx__end *end, calx_error *err)
{
    char *url = calx_url_format_masked(calx_engine_url(end->engine));
    if (url != NULL)
        calx_error_prefix(err, "%s", url);
    free(url);
}

void calx__end_progress(const calx__end *end, const calx_transfer_progress *progress)
{
    if (end->watcher.call != NULL)
        end->watcher.call(end->watcher.context, progress);
}

/* ---- Statements ---- */

int64_t calx__end_deadline(const calx__end *end)
{
    const calx_engine_options *options = calx__engine_options(end->engine);
    int limit_ms = options->statement_timeout_ms;
    return limit_ms ? calx_deadline_in_ms((int64_t)limit_ms + options->connect_timeout_ms)
                    : CALX_NO_DEADLINE;
}

/* SQLite waits for nothing: the flag of whoever wants to stop it is looked at here. */
static int check_cancelled(calx_error *err)
{
    if (calx_waiter_current()->cancelled)
        return calx_error_set(err, CALX_ERROR_CANCELLED, "cancelled");
    return 0;
}

int calx__end_run(calx__end *end, const calx_sql *sql, const calx_value *binds,
                  calx__row_taker *row, void *context, calx_error *err)
{
    calx_unit_statement statement = {
        .sql = sql, .binds = binds, .rows_expected = CALX_ROWS_ANY, .row = row, .context = context};
    calx_unit unit = {.statements = &statement, .statement_count = 1};
    int code = check_cancelled(err);
    if (code == 0)
        code = calx__connection_run(end->connection, &unit, calx__end_deadline(end), err);
    return code;
}

int calx__end_load(calx__end *end, const calx_load *load, calx_error *err)
{
    int code = check_cancelled(err);
    return code ? code : calx__connection_load(end->connection, load, calx__end_deadline(end), err);
}

int calx__end_begin_read(calx__end *end, calx_error *err)
{
    return calx__connection_begin(end->connection, CALX_ISOLATION_REPEATABLE_READ, false,
                                  calx__end_deadline(end), err);
}

static int take_integer(void *context, const calx_value *values, size_t count, calx_error *err)
{
    (void)count;
    if (values[0].kind != CALX_KIND_INTEGER)
        return calx_error_set(err, CALX_ERROR_MISFIT, "a count that is no integer");
    *(int64_t *)context = values[0].as.integer;
    return 0;
}

int calx__end_count(calx__end *end, const calx_model *model, int64_t *out, calx_error *err)
{
    calx_arena arena = {0};
    calx_sql sql;
    int code = calx__text_count(end->dialect, model, &arena, &sql, err);
    if (code == 0)
        code = calx__end_run(end, &sql, NULL, take_integer, out, err);
    calx_arena_finish(&arena);
    return code;
}

/* ---- Pages ---- */

static int take_row(void *context, const calx_value *values, size_t count, calx_error *err)
{
    (void)count;
    return calx__page_add_values(context, values, err);
}

/* The key that the next page begins behind: its bytes would go with the page. */
static bool keep_key(const calx__page *page, calx_arena *arena, calx_value *row)
{
    size_t count;
    const uint8_t *key = calx_model_key(page->model, &count);
    const calx_value *last = calx__page_row(page, page->rows - 1);
    calx_arena_clear(arena);
    for (size_t i = 0; i < count; i++) {
        calx_value *value = &row[key[i]];
        *value = last[key[i]];
        calx_text *bytes = calx__value_bytes(value);
        if (bytes != NULL)
            *bytes = calx_arena_copy(arena, bytes->data, bytes->length);
    }
    return !arena->failed;
}

/* Pages of wide rows become short, those of narrow rows long. */
static int64_t next_limit(const calx__page *page, int64_t limit)
{
    if (page->bytes > CALX_PAGE_BYTES)
        return limit > 1 ? limit / 2 : 1;
    if (page->bytes < CALX_PAGE_BYTES / 2 && limit < CALX_PAGE_ROWS_MAX)
        return limit * 2 < CALX_PAGE_ROWS_MAX ? limit * 2 : CALX_PAGE_ROWS_MAX;
    return limit;
}

typedef struct reading {
    calx_arena texts;
    calx_arena key_bytes;
    calx_sql first;
    calx_sql behind;
    calx_value *row; /* the last one: of its columns the key counts */
    int64_t limit;
} reading;

static int read_page(calx__end *end, calx__page *page, reading *from, bool first, calx_error *err)
{
    calx_value binds[2 * CALX_KEY_COLUMNS_MAX + 1];
    calx__page_clear(page);
    calx__text_page_binds(page->model, first ? NULL : from->row, from->limit, binds);
    return calx__end_run(end, first ? &from->first : &from->behind, binds, take_row, page, err);
}

static int read_pages(calx__end *end, calx__page *page, reading *from,
                      calx_transfer_progress *progress, calx__page_writer *write, void *context,
                      calx_error *err)
{
    int code = 0;
    for (bool first = true; code == 0 && !progress->done; first = false) {
        code = read_page(end, page, from, first, err);
        if (code < 0)
            break;
        progress->rows += (int64_t)page->rows;
        progress->done = page->rows < (size_t)from->limit;
        if (page->rows > 0 && !keep_key(page, &from->key_bytes, from->row))
            code = calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory for rows");
        from->limit = next_limit(page, from->limit);
        if (code == 0 && write != NULL && page->rows > 0)
            code = write(context, page, err);
        if (code == 0)
            calx__end_progress(end, progress);
    }
    return code;
}

int calx__end_read(calx__end *end, calx__page *page, calx_transfer_progress progress,
                   calx__page_writer *write, void *context, calx_error *err)
{
    const calx_model *model = page->model;
    reading from = {.limit = CALX_PAGE_ROWS_FIRST};
    from.row = calx_arena_alloc(&from.texts, model->column_count * sizeof *from.row);
    int code = from.row != NULL
                   ? calx__text_page(end->dialect, model, true, &from.texts, &from.first, err)
                   : calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory for rows");
    if (code == 0)
        code = calx__text_page(end->dialect, model, false, &from.texts, &from.behind, err);
    progress.model = model;
    if (code == 0)
        code = read_pages(end, page, &from, &progress, write, context, err);
    calx_arena_finish(&from.texts);
    calx_arena_finish(&from.key_bytes);
    return code;
}
