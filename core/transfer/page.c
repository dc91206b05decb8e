/* page.c: rows on their way: decoded, encoded again, and added to the checksum. */
#include <math.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "core/orm/session.h"
#include "core/schema/type.h"
#include "core/transfer/transfer.h"

static int no_memory(calx_error *err)
{
    return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory for rows");
}

int calx__page_begin(calx__page *page, const calx_model *model, calx_error *err)
{
    void *record = realloc(page->record, model->size);
    if (record == NULL)
        return no_memory(err);
    page->record = record;
    page->model = model;
    page->sum_rows = 0;
    memset(page->sum, 0, sizeof page->sum);
    free(page->values);
    page->values = NULL;
    page->capacity = 0;
    calx__page_clear(page);
    return 0;
}

void calx__page_finish(calx__page *page)
{
    free(page->record);
    free(page->values);
    calx_arena_finish(&page->arena);
    calx_buffer_finish(&page->line);
    calx_buffer_finish(&page->lines);
    *page = (calx__page){0};
}

void calx__page_clear(calx__page *page)
{
    calx_arena_clear(&page->arena);
    calx_buffer_clear(&page->lines);
    page->rows = 0;
    page->bytes = 0;
    calx__record_clear(page->model, page->record);
}

static bool make_room(calx__page *page)
{
    if (page->rows < page->capacity)
        return true;
    size_t capacity = page->capacity ? page->capacity * 2 : CALX_PAGE_ROWS_FIRST;
    size_t row_size = page->model->column_count * sizeof *page->values;
    calx_value *values = realloc(page->values, capacity * row_size);
    if (values == NULL)
        return false;
    page->values = values;
    page->capacity = capacity;
    return true;
}

static bool is_minus_zero(const calx_value *value)
{
    return value->kind == CALX_KIND_DOUBLE && value->as.real == 0 && signbit(value->as.real);
}

/* A document in brackets of its own: the document null is not NULL. */
static void write_value(calx__page *page, const calx_column *column, const calx_value *value)
{
    const void *member = calx__member(column, page->record);
    bool brackets = calx__type_is_document(column->type) && value->kind != CALX_KIND_NULL;
    calx_buffer_append(&page->line, "[", brackets);
    column->type->json_write(column, member, &page->line);
    calx_buffer_append(&page->line, "]", brackets);
}

/* True if a value was written in another way than the checksum wants it. */
static bool write_line(calx__page *page, const calx_value *values, bool for_sum)
{
    bool differs = false;
    calx_buffer *line = &page->line;
    calx_buffer_clear(line);
    for (size_t i = 0; i < page->model->column_count; i++) {
        const calx_column *column = &page->model->columns[i];
        calx_buffer_append(line, i == 0 ? "[" : ",", 1);
        if (for_sum && is_minus_zero(&values[i]))
            calx_buffer_append_string(line, "0.0");
        else
            write_value(page, column, &values[i]);
        differs |= is_minus_zero(&values[i]);
    }
    calx_buffer_append(line, "]", 1);
    return differs;
}

static void add_to_sum(calx__page *page)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256((const unsigned char *)page->line.data, page->line.length, digest);
    for (size_t i = 0; i < sizeof digest; i++)
        page->sum[i / 8] += (uint64_t)digest[i] << (i % 8 * 8);
    page->sum_rows++;
}

calx_text *calx__value_bytes(calx_value *value)
{
    if (calx_kind_is_text(value->kind))
        return &value->as.text;
    if (value->kind == CALX_KIND_BLOB)
        return (calx_text *)&value->as.blob; /* of the same shape */
    return NULL;
}

/* "table "orders", row 7, column "price"": which value it was. */
static void blame(const calx__page *page, const calx_column *column, calx_error *err)
{
    const calx_model *model = page->model;
    calx_buffer key = {0};
    size_t count;
    const uint8_t *columns = calx_model_key(model, &count);
    for (size_t i = 0; i < count; i++) {
        const calx_column *part = &model->columns[columns[i]];
        calx_buffer_append_string(&key, i == 0 ? "" : ", ");
        part->type->json_write(part, calx__member(part, page->record), &key);
    }
    calx_error_prefix(err, "table \"%s\", row %.*s, column \"%s\"", model->table,
                      key.failed ? 0 : (int)key.length, key.data ? key.data : "",
                      calx_column_name(column));
    calx_buffer_finish(&key);
}

int calx__page_add(calx__page *page, calx_error *err)
{
    if (!make_room(page))
        return no_memory(err);
    calx_value *values = calx__page_row(page, page->rows);
    for (size_t i = 0; i < page->model->column_count; i++) {
        const calx_column *column = &page->model->columns[i];
        const void *member = calx__member(column, page->record);
        int code = column->type->encode(column, member, &page->arena, &values[i], err);
        if (code < 0) {
            blame(page, column, err);
            return code;
        }
        const calx_text *bytes = calx__value_bytes(&values[i]);
        page->bytes += bytes != NULL ? bytes->length : 0;
    }
    if (write_line(page, values, true)) {
        add_to_sum(page);
        write_line(page, values, false);
    } else {
        add_to_sum(page);
    }
    if (page->keeps_lines) {
        calx_buffer_append(&page->lines, page->line.data, page->line.length);
        calx_buffer_append(&page->lines, "\n", 1);
    }
    if (page->line.failed || page->lines.failed || page->arena.failed)
        return no_memory(err);
    page->rows++;
    return 0;
}

int calx__page_add_values(calx__page *page, const calx_value *values, calx_error *err)
{
    int code = calx__record_decode(page->model, values, page->record, &page->arena, err);
    return code < 0 ? code : calx__page_add(page, err);
}

void calx__page_sum(const calx__page *page, calx_table_sum *out)
{
    *out = (calx_table_sum){.model = page->model, .rows = page->sum_rows};
    for (size_t i = 0; i < sizeof out->sum; i++)
        out->sum[i] = (unsigned char)(page->sum[i / 8] >> (i % 8 * 8));
}
