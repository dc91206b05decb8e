/* later.c: references to rows that may come later: NULL at first, or to the row itself where they
 * must not be NULL; written when all rows are there. Meanwhile they wait in a temporary file. */
#include <errno.h>
#include <string.h>

#include "core/transfer/transfer.h"

#define UPDATES_MAX 100 /* statements of one unit */

/* In the file: this, then the values of the key, then those of the columns. */
typedef struct header {
    size_t table;
    uint64_t columns;
} header;

/* ---- Which columns ---- */

/* Those of a foreign key that may be NULL for now. */
static uint64_t nullable_columns(const calx_model *model, const calx_foreign_key *key)
{
    uint64_t columns = 0;
    for (size_t i = 0; i < key->column_count; i++) {
        const calx_column *column = &model->columns[key->columns[i]];
        if (column->nullable && !column->primary_key)
            columns |= UINT64_C(1) << key->columns[i];
    }
    return columns;
}

/* Those of a reference to the same table that must not be NULL: for now the row refers to itself.
 * None where that would change its key. */
static uint64_t own_columns(const calx_model *model, const calx_foreign_key *key)
{
    uint64_t columns = 0;
    for (size_t i = 0; key->model == model && i < key->column_count; i++) {
        if (!model->columns[key->columns[i]].primary_key)
            columns |= UINT64_C(1) << key->columns[i];
        else if (key->columns[i] != key->referenced[i])
            return 0;
    }
    return columns;
}

uint64_t calx__later_columns(const calx_model *model)
{
    size_t count;
    uint64_t columns = 0;
    const calx_foreign_key *keys = calx_model_foreign_keys(model, &count);
    for (size_t i = 0; i < count; i++) {
        if (keys[i].model != model && !calx_foreign_key_is_deferred(model, &keys[i]))
            continue;
        uint64_t nullable = nullable_columns(model, &keys[i]);
        columns |= nullable != 0 ? nullable : own_columns(model, &keys[i]);
    }
    return columns;
}

/* What stands in the column until then. */
static calx_value stand_in(const calx_model *model, size_t column, const calx_value *row)
{
    size_t count;
    const calx_foreign_key *keys = calx_model_foreign_keys(model, &count);
    for (size_t i = 0; !model->columns[column].nullable && i < count; i++)
        for (size_t k = 0; keys[i].model == model && k < keys[i].column_count; k++)
            if (keys[i].columns[k] == column)
                return row[keys[i].referenced[k]];
    return calx_value_null();
}

/* ---- Keeping ---- */

static int file_failed(calx_error *err)
{
    return calx_error_set(err, CALX_ERROR_IO, "temporary file: %s", strerrordesc_np(errno));
}

static void put_value(FILE *to, const calx_value *value)
{
    calx_value copy = *value;
    const calx_text *bytes = calx__value_bytes(&copy);
    fwrite(value, sizeof *value, 1, to);
    if (bytes != NULL)
        fwrite(bytes->data, 1, bytes->length, to);
}

static void put_row(FILE *to, const calx_model *model, const header *about, calx_value *row)
{
    size_t count;
    const uint8_t *key = calx_model_key(model, &count);
    fwrite(about, sizeof *about, 1, to);
    for (size_t i = 0; i < count; i++)
        put_value(to, &row[key[i]]);
    for (size_t i = 0; i < model->column_count; i++) {
        if (about->columns >> i & 1) {
            put_value(to, &row[i]);
            row[i] = stand_in(model, i, row);
        }
    }
}

int calx__later_keep(calx__target *target, calx__page *page, calx_error *err)
{
    header about = {target->table, target->later};
    if (target->spool == NULL && (target->spool = tmpfile()) == NULL)
        return file_failed(err);
    for (size_t row = 0; row < page->rows; row++) {
        calx_value *values = calx__page_row(page, row);
        bool any = false;
        for (size_t i = 0; i < page->model->column_count; i++)
            any |= (about.columns >> i & 1) && values[i].kind != CALX_KIND_NULL;
        if (any)
            put_row(target->spool, page->model, &about, values);
    }
    return ferror(target->spool) ? file_failed(err) : 0;
}

/* ---- Writing ---- */

typedef struct updates {
    size_t table;
    calx_sql sql;
    calx_arena text;
    calx_arena values;
    calx_unit_statement statements[UPDATES_MAX];
    size_t count;
} updates;

static int run_updates(calx__target *target, updates *all, calx_error *err)
{
    calx__end *end = &target->end;
    calx_unit unit = {.statements = all->statements, .statement_count = all->count};
    int code = 0;
    if (all->count > 0)
        code = calx__connection_run(end->connection, &unit, calx__end_deadline(end), err);
    all->count = 0;
    calx_arena_clear(&all->values);
    return code;
}

static bool get_value(FILE *from, calx_arena *arena, calx_value *out)
{
    if (fread(out, sizeof *out, 1, from) != 1)
        return false;
    calx_text *bytes = calx__value_bytes(out);
    if (bytes == NULL)
        return true;
    char *data = calx_arena_alloc(arena, bytes->length + 1);
    bytes->data = data;
    return data != NULL && fread(data, 1, bytes->length, from) == bytes->length;
}

/* The binds of an UPDATE: the columns first, the key behind them. */
static int get_binds(FILE *from, updates *all, size_t key_count, calx_error *err)
{
    size_t count = all->sql.bind_count;
    calx_value *binds = calx_arena_alloc(&all->values, count * sizeof *binds);
    bool complete = binds != NULL;
    for (size_t i = 0; complete && i < count; i++) {
        size_t to = i < key_count ? count - key_count + i : i - key_count;
        complete = get_value(from, &all->values, &binds[to]);
    }
    if (all->values.failed)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory for rows");
    if (!complete)
        return file_failed(err);
    all->statements[all->count++] =
        (calx_unit_statement){.sql = &all->sql, .binds = binds, .rows_expected = 1};
    return 0;
}

static int take_update(calx__target *target, updates *all, const header *about, calx_error *err)
{
    const calx_model *model = target->end.models[about->table];
    size_t key_count;
    calx_model_key(model, &key_count);
    int code = 0;
    if (all->table != about->table || all->count == UPDATES_MAX)
        code = run_updates(target, all, err);
    if (code == 0 && all->table != about->table) {
        calx_arena_clear(&all->text);
        all->table = about->table;
        code = calx__text_update(target->end.dialect, model, about->columns, &all->text, &all->sql,
                                 err);
    }
    return code < 0 ? code : get_binds(target->spool, all, key_count, err);
}

int calx__later_write(calx__target *target, calx_error *err)
{
    updates all = {.table = SIZE_MAX};
    header about;
    int code = 0;
    if (target->spool == NULL)
        return 0;
    rewind(target->spool);
    while (code == 0 && fread(&about, sizeof about, 1, target->spool) == 1)
        code = take_update(target, &all, &about, err);
    if (code == 0 && ferror(target->spool))
        code = file_failed(err);
    if (code == 0)
        code = run_updates(target, &all, err);
    calx_arena_finish(&all.text);
    calx_arena_finish(&all.values);
    return code;
}
