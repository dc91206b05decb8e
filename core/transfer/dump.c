/* dump.c: tables as lines of JSON. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <calx/json.h>

#include "core/transfer/dump.h"

typedef struct dump {
    calx__end source;
    calx__page page;
    FILE *out;
} dump;

static int write_text(dump *all, const calx_buffer *text, calx_error *err)
{
    if (text->failed)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory for a line");
    errno = 0;
    if (fwrite(text->data, 1, text->length, all->out) == text->length)
        return 0;
    return calx_error_set(err, CALX_ERROR_IO, "the dump cannot be written: %s",
                          strerrordesc_np(errno));
}

/* Writes a line and empties the buffer. */
static int write_line(dump *all, calx_buffer *line, calx_error *err)
{
    calx_buffer_append(line, "\n", 1);
    int code = write_text(all, line, err);
    calx_buffer_finish(line);
    return code;
}

static int write_header(dump *all, calx_error *err)
{
    const calx__end *source = &all->source;
    calx_buffer line = {0};
    calx_buffer_append_format(&line, "{\"" CALX__DUMP_VERSION_KEY "\":%d,\"tables\":[",
                              CALX_DUMP_VERSION);
    for (size_t i = 0; i < source->model_count; i++) {
        calx_buffer_append_string(&line, i == 0 ? "" : ",");
        calx_json_write_string(&line, calx_text_of(source->models[i]->table));
    }
    calx_buffer_append_string(&line, "]}");
    return write_line(all, &line, err);
}

static int write_table(dump *all, const calx_model *model, calx_error *err)
{
    calx_buffer line = {0};
    calx_buffer_append_string(&line, "{\"table\":");
    calx_json_write_string(&line, calx_text_of(model->table));
    calx_buffer_append_string(&line, ",\"columns\":[");
    for (size_t i = 0; i < model->column_count; i++) {
        calx_buffer_append_string(&line, i == 0 ? "[" : ",[");
        calx_json_write_string(&line, calx_text_of(calx_column_name(&model->columns[i])));
        calx_buffer_append_string(&line, ",");
        calx_json_write_string(&line, calx_text_of(model->columns[i].type->name));
        calx_buffer_append_string(&line, "]");
    }
    calx_buffer_append_string(&line, "]}");
    return write_line(all, &line, err);
}

static int write_table_end(dump *all, const calx_table_sum *sum, calx_error *err)
{
    calx_buffer line = {0};
    calx_buffer_append_string(&line, "{\"end\":");
    calx_json_write_string(&line, calx_text_of(sum->model->table));
    calx_buffer_append_format(&line, ",\"rows\":%" PRId64 ",\"sum\":\"", sum->rows);
    for (size_t i = 0; i < sizeof sum->sum; i++)
        calx_buffer_append_format(&line, "%02x", sum->sum[i]);
    calx_buffer_append_string(&line, "\"}");
    return write_line(all, &line, err);
}

static int write_page(void *context, calx__page *page, calx_error *err)
{
    return write_text(context, &page->lines, err);
}

static int dump_table(dump *all, size_t table, calx_table_sum *sum, calx_error *err)
{
    calx__end *source = &all->source;
    const calx_model *model = source->models[table];
    calx_transfer_progress progress = {.table = table, .table_count = source->model_count};
    int code = calx__end_count(source, model, &progress.rows_total, err);
    if (code == 0)
        code = write_table(all, model, err);
    if (code == 0)
        code = calx__page_begin(&all->page, model, err);
    if (code == 0)
        code = calx__end_read(source, &all->page, progress, write_page, all, err);
    if (code < 0)
        return code;
    calx__page_sum(&all->page, sum);
    return write_table_end(all, sum, err);
}

static int dump_all(dump *all, calx_table_sum *sums, calx_error *err)
{
    calx_table_sum sum;
    calx_buffer line = {0};
    int code = calx__end_begin_read(&all->source, err);
    if (code == 0)
        code = write_header(all, err);
    for (size_t i = 0; code == 0 && i < all->source.model_count; i++)
        code = dump_table(all, i, sums ? &sums[i] : &sum, err);
    if (code < 0)
        return code;
    calx_buffer_append_string(&line, "{\"" CALX__DUMP_COMPLETE_KEY "\":true}");
    code = write_line(all, &line, err);
    if (code == 0 && fflush(all->out) != 0)
        code = calx_error_set(err, CALX_ERROR_IO, "the dump cannot be written: %s",
                              strerrordesc_np(errno));
    return code;
}

int calx_dump_all(calx_engine *source, const calx_model *const *models, size_t model_count,
                  FILE *out, calx_transfer_watcher watcher, calx_table_sum *sums, calx_error *err)
{
    calx_error own = {0};
    dump all = {.out = out, .page = {.keeps_lines = true}};
    int code = calx__end_open(&all.source, source, models, model_count, watcher, &own);
    if (code == 0)
        code = dump_all(&all, sums, &own);
    if (code < 0 && code != CALX_ERROR_IO)
        calx__end_blame(&all.source, &own);
    calx__end_close(&all.source);
    calx__page_finish(&all.page);
    if (code < 0 && err != NULL && err->code == CALX_OK)
        *err = own;
    return code;
}
