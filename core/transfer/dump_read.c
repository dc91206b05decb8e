/* dump_read.c: the lines of a dump, one after the other, each checked before it counts. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <calx/waiter.h>

#include "core/orm/json.h"
#include "core/orm/object.h"
#include "core/schema/type.h"
#include "core/transfer/dump.h"

typedef struct parser {
    FILE *in;
    const calx_model *const *models;
    size_t model_count;
    const calx__dump_sink *sink;
    calx__page page;
    calx_buffer line;
    int64_t line_number;
    size_t table; /* the one that is read, or comes next */
    bool in_table;
    bool complete;
    bool sink_failed;
} parser;

static int refuse(calx_error *err, const char *problem)
{
    return calx_error_set(err, CALX_ERROR_INVALID, "%s", problem);
}

/* ---- Lines ---- */

/* 1: a line, without its end; 0: there is none. */
static int read_line(parser *from, calx_error *err)
{
    int c = EOF;
    calx_buffer_clear(&from->line);
    from->line.length_max = CALX_DUMP_LINE_MAX;
    from->line_number++;
    errno = 0;
    while (!from->line.failed && (c = getc_unlocked(from->in)) != EOF && c != '\n') {
        char byte = (char)c;
        calx_buffer_append(&from->line, &byte, 1);
    }
    if (calx_waiter_current()->cancelled)
        return calx_error_set(err, CALX_ERROR_CANCELLED, "cancelled");
    if (from->line.failed)
        return calx_error_set(err, CALX_ERROR_LIMIT, "the line is longer than %u bytes",
                              CALX_DUMP_LINE_MAX);
    if (ferror(from->in))
        return calx_error_set(err, CALX_ERROR_IO, "the dump cannot be read: %s",
                              strerrordesc_np(errno));
    return c != EOF || from->line.length > 0;
}

/* ---- Lines that are objects ---- */

static int take_header(parser *from, const json_t *json, calx_error *err)
{
    const json_t *version = json_object_get(json, CALX__DUMP_VERSION_KEY);
    const json_t *tables = json_object_get(json, "tables");
    if (!json_is_integer(version))
        return refuse(err, "this is no dump: \"" CALX__DUMP_VERSION_KEY "\" is missing");
    if (json_integer_value(version) != CALX_DUMP_VERSION)
        return calx_error_set(err, CALX_ERROR_INVALID,
                              "a dump of version %" JSON_INTEGER_FORMAT ", not %d",
                              json_integer_value(version), CALX_DUMP_VERSION);
    if (!json_is_array(tables))
        return refuse(err, "\"tables\" is missing");
    size_t count = json_array_size(tables);
    for (size_t i = 0; i < count || i < from->model_count; i++) {
        const char *there = json_string_value(json_array_get(tables, i));
        const char *here = i < from->model_count ? from->models[i]->table : NULL;
        if (i < count && there == NULL)
            return refuse(err, "\"tables\": expected names");
        if (here == NULL)
            return calx_error_set(err, CALX_ERROR_INVALID,
                                  "the application has no table \"%s\" there", there);
        if (there == NULL || strcmp(there, here) != 0)
            return calx_error_set(err, CALX_ERROR_INVALID, "table %zu: expected \"%s\"%s%s%s",
                                  i + 1, here, there ? ", got \"" : ", there is none",
                                  there ? there : "", there ? "\"" : "");
    }
    return 0;
}

static int check_column(const calx_column *column, const json_t *pair, calx_error *err)
{
    const char *name = json_string_value(json_array_get(pair, 0));
    const char *type = json_string_value(json_array_get(pair, 1));
    if (name == NULL || type == NULL || json_array_size(pair) != 2)
        return refuse(err, "\"columns\": expected pairs of name and type");
    if (strcmp(name, calx_column_name(column)) != 0)
        return calx_error_set(err, CALX_ERROR_INVALID, "expected column \"%s\", got \"%s\"",
                              calx_column_name(column), name);
    if (strcmp(type, column->type->name) != 0)
        return calx_error_set(err, CALX_ERROR_INVALID, "column \"%s\": expected type %s, got %s",
                              name, column->type->name, type);
    return 0;
}

static int take_table(parser *from, const json_t *json, calx_error *err)
{
    const char *name = json_string_value(json_object_get(json, "table"));
    const json_t *columns = json_object_get(json, "columns");
    if (name == NULL || !json_is_array(columns))
        return refuse(err, "expected a table with its columns");
    if (from->table == from->model_count)
        return refuse(err, "expected the end of the dump, got a table");
    const calx_model *model = from->models[from->table];
    if (strcmp(name, model->table) != 0)
        return calx_error_set(err, CALX_ERROR_INVALID, "expected table \"%s\", got \"%s\"",
                              model->table, name);
    size_t count = json_array_size(columns);
    if (count != model->column_count)
        return calx_error_set(err, CALX_ERROR_INVALID,
                              "table \"%s\": expected %zu columns, got %zu", name,
                              model->column_count, count);
    int code = 0;
    for (size_t i = 0; code == 0 && i < count; i++)
        code = check_column(&model->columns[i], json_array_get(columns, i), err);
    if (code < 0) {
        calx_error_prefix(err, "table \"%s\"", name);
        return code;
    }
    code = calx__page_begin(&from->page, model, err);
    if (code < 0)
        return code;
    from->in_table = true;
    code = from->sink->begin_table(from->sink->context, from->table, err);
    from->sink_failed = code < 0;
    return code;
}

static int hand_on_rows(parser *from, calx_error *err)
{
    int code = 0;
    if (from->page.rows > 0)
        code = from->sink->rows(from->sink->context, &from->page, err);
    from->sink_failed = code < 0;
    calx__page_clear(&from->page);
    return code;
}

static int check_sum(const calx_table_sum *sum, const json_t *json, calx_error *err)
{
    char text[2 * CALX_TABLE_SUM_BYTES + 1];
    const json_t *rows = json_object_get(json, "rows");
    const char *wanted = json_string_value(json_object_get(json, "sum"));
    for (size_t i = 0; i < sizeof sum->sum; i++)
        snprintf(text + 2 * i, 3, "%02x", sum->sum[i]);
    if (!json_is_integer(rows) || wanted == NULL)
        return refuse(err, "expected the end of the table with its rows and their sum");
    if (json_integer_value(rows) != sum->rows)
        return calx_error_set(err, CALX_ERROR_INVALID,
                              "table \"%s\" has %" JSON_INTEGER_FORMAT " rows, %" PRId64
                              " of them are here",
                              sum->model->table, json_integer_value(rows), sum->rows);
    if (strcmp(text, wanted) != 0)
        return calx_error_set(err, CALX_ERROR_INVALID,
                              "table \"%s\": the rows are not those of the sum", sum->model->table);
    return 0;
}

static int take_table_end(parser *from, const json_t *json, calx_error *err)
{
    const char *name = json_string_value(json_object_get(json, "end"));
    calx_table_sum sum;
    if (name == NULL || strcmp(name, from->page.model->table) != 0)
        return calx_error_set(err, CALX_ERROR_INVALID, "expected a row or the end of table \"%s\"",
                              from->page.model->table);
    calx__page_sum(&from->page, &sum);
    int code = check_sum(&sum, json, err);
    if (code == 0)
        code = hand_on_rows(from, err);
    if (code < 0)
        return code;
    from->in_table = false;
    from->table++;
    code = from->sink->end_table(from->sink->context, &sum, err);
    from->sink_failed = code < 0;
    return code;
}

static int take_object(parser *from, const json_t *json, calx_error *err)
{
    if (from->line_number == 1)
        return take_header(from, json, err);
    if (from->in_table)
        return take_table_end(from, json, err);
    if (!json_is_true(json_object_get(json, CALX__DUMP_COMPLETE_KEY)))
        return take_table(from, json, err);
    if (from->table < from->model_count)
        return calx_error_set(err, CALX_ERROR_INVALID, "expected table \"%s\", got the end",
                              from->models[from->table]->table);
    from->complete = true;
    return 0;
}

/* ---- Lines that are rows ---- */

/* A document stands in brackets of its own; without them null is NULL. */
static int read_document(const calx_column *column, const json_t *json, void *member,
                         calx_arena *arena, calx_error *err)
{
    if (json_array_size(json) == 1)
        return column->type->json_read(column, json_array_get(json, 0), member, arena, err);
    if (!json_is_null(json))
        return refuse(err, "expected a document in brackets");
    if (!column->nullable)
        return calx__type_refuse_null(column, CALX_ERROR_INVALID, err);
    return calx__json_read_value(column, json, member, arena, err);
}

static int read_value(parser *from, const calx_column *column, const json_t *json, calx_error *err)
{
    void *member = calx__member(column, from->page.record);
    bool is_document = calx__type_is_document(column->type);
    int code = is_document ? read_document(column, json, member, &from->page.arena, err)
                           : calx__json_read_value(column, json, member, &from->page.arena, err);
    if (code < 0)
        calx_error_prefix(err, "column \"%s\"", calx_column_name(column));
    return code;
}

static int take_row(parser *from, const json_t *json, calx_error *err)
{
    if (!from->in_table)
        return refuse(err, from->line_number == 1 ? "this is no dump" : "a row outside of a table");
    const calx_model *model = from->page.model;
    if (json_array_size(json) != model->column_count)
        return calx_error_set(err, CALX_ERROR_INVALID, "expected %zu values, got %zu",
                              model->column_count, json_array_size(json));
    int code = 0;
    for (size_t i = 0; code == 0 && i < model->column_count; i++)
        code = read_value(from, &model->columns[i], json_array_get(json, i), err);
    if (code == 0)
        code = calx__page_add(&from->page, err);
    if (code == 0 && (from->page.rows == CALX_PAGE_ROWS_MAX || from->page.bytes > CALX_PAGE_BYTES))
        code = hand_on_rows(from, err);
    return code;
}

/* ---- The dump ---- */

static int take_line(parser *from, calx_error *err)
{
    json_t *json = NULL;
    if (from->complete)
        return refuse(err, "a line behind the end of the dump");
    calx_text line = {from->line.data ? from->line.data : "", from->line.length};
    int code = calx__json_parse(line, CALX__DUMP_DEPTH_MAX, &json, err);
    if (code < 0)
        return code;
    if (json_is_array(json))
        code = take_row(from, json, err);
    else if (json_is_object(json))
        code = take_object(from, json, err);
    else
        code = refuse(err, "expected an object or an array");
    json_decref(json);
    return code;
}

int calx__dump_read(FILE *in, const calx_model *const *models, size_t model_count,
                    const calx__dump_sink *sink, bool *text_is_to_blame, calx_error *err)
{
    parser from = {.in = in, .models = models, .model_count = model_count, .sink = sink};
    int code;
    while ((code = read_line(&from, err)) > 0) {
        code = take_line(&from, err);
        if (code < 0)
            break;
    }
    if (code == 0 && !from.complete)
        code = refuse(err, "the dump ends here, it is not complete");
    *text_is_to_blame = code < 0 && !from.sink_failed;
    if (*text_is_to_blame && code != CALX_ERROR_CANCELLED)
        calx_error_prefix(err, "line %" PRId64, from.line_number);
    calx__page_finish(&from.page);
    calx_buffer_finish(&from.line);
    return code;
}
