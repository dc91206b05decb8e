/* text.c: the statements of transfers. */
#include <string.h>

#include "core/sql/statement.h"
#include "core/transfer/transfer.h"

/* A statement while it is written. */
typedef struct writer {
    const calx__dialect *dialect;
    calx_arena *arena;
    calx_buffer text;
    calx_kind *binds; /* room for all of them, in the arena */
    size_t bind_count;
} writer;

static bool begin(writer *to, const calx__dialect *dialect, calx_arena *arena, size_t binds)
{
    *to = (writer){.dialect = dialect, .arena = arena};
    to->binds = calx_arena_alloc(arena, (binds + 1) * sizeof *to->binds);
    return to->binds != NULL;
}

static void write(writer *to, const char *text)
{
    calx_buffer_append_string(&to->text, text);
}

static void write_name(writer *to, const char *name)
{
    calx__dialect_identifier(to->dialect, name, &to->text);
}

static void write_column(writer *to, const calx_model *model, size_t column)
{
    write_name(to, calx_column_name(&model->columns[column]));
}

static void write_bind(writer *to, calx_kind kind)
{
    to->binds[to->bind_count++] = kind;
    if (to->dialect->numbered_binds)
        calx_buffer_append_format(&to->text, "$%zu", to->bind_count);
    else
        write(to, "?");
}

static void write_columns(writer *to, const calx_model *model)
{
    for (size_t i = 0; i < model->column_count; i++) {
        write(to, i == 0 ? "" : ", ");
        write_column(to, model, i);
    }
}

/* Puts the text into the arena as a statement with these results. */
static int end(writer *to, const calx_kind *results, size_t result_count, calx_sql *out,
               calx_error *err)
{
    calx_text text = calx_arena_copy(to->arena, to->text.data, to->text.length);
    bool failed = to->text.failed || text.data == NULL;
    calx_buffer_finish(&to->text);
    if (failed)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory for a statement");
    *out = (calx_sql){.id = calx__sql_new_id(),
                      .text = text.data,
                      .length = text.length,
                      .bind_kinds = to->binds,
                      .bind_count = to->bind_count,
                      .result_kinds = results,
                      .result_count = result_count};
    return 0;
}

static int no_memory(calx_error *err)
{
    return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory for a statement");
}

static const calx_kind one_integer[] = {CALX_KIND_INTEGER};

int calx__text_count(const calx__dialect *dialect, const calx_model *model, calx_arena *arena,
                     calx_sql *out, calx_error *err)
{
    writer to;
    if (!begin(&to, dialect, arena, 0))
        return no_memory(err);
    write(&to, "SELECT count(*) FROM ");
    write_name(&to, model->table);
    return end(&to, one_integer, 1, out, err);
}

int calx__text_any(const calx__dialect *dialect, const calx_model *model, calx_arena *arena,
                   calx_sql *out, calx_error *err)
{
    writer to;
    if (!begin(&to, dialect, arena, 0))
        return no_memory(err);
    write(&to, "SELECT 1 FROM ");
    write_name(&to, model->table);
    write(&to, " LIMIT 1");
    return end(&to, one_integer, 1, out, err);
}

/*
 * The rows behind a key (a, b): a >= ? AND (a > ? OR b > ?). Every database finds the place in the
 * key's index by the first condition.
 */
static void write_behind(writer *to, const calx_model *model)
{
    size_t count;
    const uint8_t *key = calx_model_key(model, &count);
    for (size_t i = 0; i < count; i++) {
        calx_kind kind = model->columns[key[i]].type->kind;
        if (i + 1 < count) {
            write_column(to, model, key[i]);
            write(to, " >= ");
            write_bind(to, kind);
            write(to, " AND (");
        }
        write_column(to, model, key[i]);
        write(to, " > ");
        write_bind(to, kind);
        if (i + 1 < count)
            write(to, " OR ");
    }
    for (size_t i = 0; i + 1 < count; i++)
        write(to, ")");
}

void calx__text_page_binds(const calx_model *model, const calx_value *row, int64_t limit,
                           calx_value *binds)
{
    size_t count;
    const uint8_t *key = calx_model_key(model, &count);
    for (size_t i = 0; row != NULL && i < count; i++) {
        if (i + 1 < count)
            *binds++ = row[key[i]];
        *binds++ = row[key[i]];
    }
    *binds = calx_value_integer(limit);
}

int calx__text_page(const calx__dialect *dialect, const calx_model *model, bool first,
                    calx_arena *arena, calx_sql *out, calx_error *err)
{
    writer to;
    size_t count;
    const uint8_t *key = calx_model_key(model, &count);
    calx_kind *results = calx_arena_alloc(arena, model->column_count * sizeof *results);
    if (results == NULL || !begin(&to, dialect, arena, 2 * count + 1))
        return no_memory(err);
    for (size_t i = 0; i < model->column_count; i++)
        results[i] = model->columns[i].type->kind;
    write(&to, "SELECT ");
    write_columns(&to, model);
    write(&to, " FROM ");
    write_name(&to, model->table);
    if (!first) {
        write(&to, " WHERE ");
        write_behind(&to, model);
    }
    for (size_t i = 0; i < count; i++) {
        write(&to, i == 0 ? " ORDER BY " : ", ");
        write_column(&to, model, key[i]);
    }
    write(&to, " LIMIT ");
    write_bind(&to, CALX_KIND_INTEGER);
    return end(&to, results, model->column_count, out, err);
}

int calx__text_insert(const calx__dialect *dialect, const calx_model *model, size_t rows,
                      calx_arena *arena, calx_sql *out, calx_error *err)
{
    writer to;
    if (!begin(&to, dialect, arena, rows * model->column_count))
        return no_memory(err);
    write(&to, "INSERT INTO ");
    write_name(&to, model->table);
    write(&to, " (");
    write_columns(&to, model);
    write(&to, ") VALUES ");
    for (size_t row = 0; row < rows; row++) {
        for (size_t i = 0; i < model->column_count; i++) {
            write(&to, i > 0 ? ", " : row > 0 ? ", (" : "(");
            write_bind(&to, model->columns[i].type->kind);
        }
        write(&to, ")");
    }
    return end(&to, NULL, 0, out, err);
}

int calx__text_update(const calx__dialect *dialect, const calx_model *model, uint64_t columns,
                      calx_arena *arena, calx_sql *out, calx_error *err)
{
    writer to;
    size_t count;
    const uint8_t *key = calx_model_key(model, &count);
    if (!begin(&to, dialect, arena, model->column_count + count))
        return no_memory(err);
    write(&to, "UPDATE ");
    write_name(&to, model->table);
    for (size_t i = 0; i < model->column_count; i++) {
        if (columns >> i & 1) {
            write(&to, to.bind_count == 0 ? " SET " : ", ");
            write_column(&to, model, i);
            write(&to, " = ");
            write_bind(&to, model->columns[i].type->kind);
        }
    }
    for (size_t i = 0; i < count; i++) {
        write(&to, i == 0 ? " WHERE " : " AND ");
        write_column(&to, model, key[i]);
        write(&to, " = ");
        write_bind(&to, model->columns[key[i]].type->kind);
    }
    return end(&to, NULL, 0, out, err);
}
