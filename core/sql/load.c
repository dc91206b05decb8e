/* load.c: the text that begins a stream of records. */
#include "core/schema/type.h"
#include "core/sql/statement.h"

/* Of the columns of the bits: their names for the driver, and as a list of the text. */
static void list_columns(const calx__dialect *dialect, const calx_model *model, uint64_t columns,
                         const char **names, calx_kind *kinds, calx_buffer *text)
{
    for (size_t count = 0; columns != 0; columns &= columns - 1, count++) {
        const calx_column *column = &model->columns[__builtin_ctzll(columns)];
        names[count] = calx_column_name(column);
        kinds[count] = calx__column_kind(column);
        calx_buffer_append_string(text, count == 0 ? "" : ", ");
        calx__dialect_identifier(dialect, names[count], text);
    }
}

int calx__load_compile(const calx__dialect *dialect, const calx_model *model, uint64_t columns,
                       calx_arena *arena, calx_load *out, calx_error *err)
{
    size_t count = (size_t)__builtin_popcountll(columns);
    calx_sql *sql = calx_arena_alloc(arena, sizeof *sql);
    const char **names = calx_arena_alloc(arena, count * sizeof *names);
    calx_kind *kinds = calx_arena_alloc(arena, count * sizeof *kinds);
    calx_text table = calx__dialect_identifier_copy(dialect, model->table, arena);
    calx_buffer text = {0};
    if (!arena->failed) {
        calx_buffer_append_string(&text, dialect->load);
        calx_buffer_append(&text, table.data, table.length);
        calx_buffer_append_string(&text, " (");
        list_columns(dialect, model, columns, names, kinds, &text);
        calx_buffer_append_string(&text, ")");
        calx_buffer_append_string(&text, dialect->load_end);
        calx_text whole = calx_arena_copy(arena, text.data, text.length);
        *sql = (calx_sql){
            .text = whole.data, .length = whole.length, .bind_kinds = kinds, .bind_count = count};
        *out = (calx_load){.sql = sql, .table = table.data, .columns = names};
    }
    bool failed = arena->failed || text.failed;
    calx_buffer_finish(&text);
    return failed ? calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory for a statement") : 0;
}
