/* target.c: the end that is written: nobody sees anything of it before the commit, and nothing is
 * left of it when that does not come. */
#include <calx/change.h>
#include <calx/schema.h>
#include <calx/waiter.h>

#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/dialect/ddl.h"
#include "core/schema/reflection.h"
#include "core/sql/statement.h"
#include "core/transfer/transfer.h"

#define INSERT_ROWS_MAX 50
#define INSERT_BYTES (1024u * 1024u) /* a statement with more of them takes no further row */

/* ---- Opening ---- */

static int note_row(void *context, const calx_value *values, size_t count, calx_error *err)
{
    (void)values;
    (void)count;
    (void)err;
    *(bool *)context = true;
    return 0;
}

static int check_empty(calx__end *end, const calx_model *model, calx_error *err)
{
    calx_arena arena = {0};
    calx_sql sql;
    bool any = false;
    int code = calx__text_any(end->dialect, model, &arena, &sql, err);
    if (code == 0)
        code = calx__end_run(end, &sql, NULL, note_row, &any, err);
    calx_arena_finish(&arena);
    if (code == 0 && any)
        return calx_error_set(err, CALX_ERROR_EXISTS, "table \"%s\" is not empty", model->table);
    return code;
}

static int find_tables(calx__end *end, bool *there, calx_error *err)
{
    const char **names = calloc(end->model_count + 1, sizeof *names);
    if (names == NULL)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory for a transfer");
    for (size_t i = 0; i < end->model_count; i++)
        names[i] = end->models[i]->table;
    int code = calx__reflect_tables(end->connection, end->dialect, names, end->model_count,
                                    calx__end_deadline(end), there, err);
    free(names);
    return code;
}

/* What is missing, in statements of its own: NUL-ended, one behind the other. */
static int create_tables(calx__target *target, const calx_model *const *missing, size_t count,
                         calx_error *err)
{
    calx__end *end = &target->end;
    calx_buffer statements = {0};
    int code = 0;
    for (size_t i = 0; code == 0 && i < count; i++)
        code = calx__ddl_check(end->dialect, missing[i], err);
    if (code == 0)
        calx__ddl_create_all(end->dialect, missing, count, &statements);
    if (statements.failed)
        code = calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory for statements");
    for (size_t at = 0; code == 0 && at < statements.length;) {
        const char *text = statements.data + at;
        code = calx__connection_command(end->connection, text, calx__end_deadline(end), err);
        at += strlen(text) + 1;
    }
    calx_buffer_finish(&statements);
    return code;
}

/* Tables that are there have to be empty, the others are made. */
static int prepare_tables(calx__target *target, calx_error *err)
{
    calx__end *end = &target->end;
    size_t missing_count = 0;
    const calx_model **missing = calloc(end->model_count + 1, sizeof *missing);
    bool *there = calloc(end->model_count + 1, sizeof *there);
    int code = there != NULL && missing != NULL
                   ? find_tables(end, there, err)
                   : calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory for a transfer");
    for (size_t i = 0; code == 0 && i < end->model_count; i++) {
        if (there[i])
            code = check_empty(end, end->models[i], err);
        else
            missing[missing_count++] = end->models[i];
    }
    for (size_t i = 0; code == 0 && i < end->model_count; i++)
        target->created[i] = !there[i];
    if (code == 0 && missing_count > 0)
        code = create_tables(target, missing, missing_count, err);
    free(there);
    free(missing);
    return code;
}

static int begin(calx__end *end, calx_error *err)
{
    return calx__connection_begin(end->connection, CALX_ISOLATION_DEFAULT, true,
                                  calx__end_deadline(end), err);
}

int calx__target_open(calx__target *target, calx_engine *engine, const calx_model *const *models,
                      size_t model_count, calx_transfer_watcher watcher, calx_error *err)
{
    bool ddl_in_transaction = calx_engine_can(engine, CALX_CAPABILITY_TRANSACTIONAL_DDL);
    *target = (calx__target){0};
    int code = calx__end_open(&target->end, engine, models, model_count, watcher, err);
    target->created = calloc(model_count + 1, sizeof *target->created);
    if (code == 0 && target->created == NULL)
        code = calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory for a transfer");
    if (code == 0 && ddl_in_transaction)
        code = begin(&target->end, err);
    if (code == 0)
        code = prepare_tables(target, err);
    if (code == 0 && !ddl_in_transaction)
        code = begin(&target->end, err);
    return code;
}

/* ---- Closing ---- */

/* The tables that are there although the transaction is gone. */
static void drop_created(calx__target *target, calx_error *err)
{
    calx__end *end = &target->end;
    size_t count = 0;
    for (size_t i = 0; i < end->model_count; i++)
        if (target->created[i])
            end->models[count++] = end->models[i];
    if (count > 0 &&
        calx_drop_all(end->engine, end->models, count, calx__end_deadline(end), NULL) < 0)
        calx_error_prefix(err, "new tables could not be dropped");
}

void calx__target_close(calx__target *target, calx_error *err)
{
    calx__end *end = &target->end;
    calx_waiter *waiter = calx_waiter_current();
    bool cancelled = atomic_exchange(&waiter->cancelled, false); /* cleaning up goes on */
    calx__connection_release(end->connection);
    end->connection = NULL;
    if (!target->keep && target->created != NULL &&
        !calx_engine_can(end->engine, CALX_CAPABILITY_TRANSACTIONAL_DDL))
        drop_created(target, err);
    if (cancelled)
        atomic_store(&waiter->cancelled, true);
    if (target->spool != NULL)
        fclose(target->spool);
    free(target->created);
    calx_arena_finish(&target->texts);
    calx__end_close(end);
}

/* ---- Rows ---- */

int calx__target_begin_table(calx__target *target, size_t table, calx_error *err)
{
    const calx_model *model = target->end.models[table];
    size_t rows = CALX_BINDS_MAX / model->column_count;
    calx_arena_clear(&target->texts);
    target->table = table;
    target->later = calx__later_columns(model);
    target->key_max = 0;
    target->insert_rows = rows < INSERT_ROWS_MAX ? rows : INSERT_ROWS_MAX;
    return calx__text_insert(target->end.dialect, model, target->insert_rows, &target->texts,
                             &target->insert, err);
}

/* How many rows from this one on go into one statement. */
static size_t chunk_of(const calx__target *target, const calx__page *page, size_t first)
{
    size_t columns = page->model->column_count;
    size_t bytes = 0;
    size_t row = first;
    do {
        for (size_t i = 0; i < columns; i++) {
            const calx_text *lent = calx__value_bytes(&calx__page_row(page, row)[i]);
            bytes += lent != NULL ? lent->length : 0;
        }
        row++;
    } while (row < page->rows && row - first < target->insert_rows && bytes < INSERT_BYTES);
    return row - first;
}

static int insert_chunk(calx__target *target, const calx__page *page, size_t first, size_t count,
                        calx_error *err)
{
    calx__end *end = &target->end;
    const calx_value *binds = calx__page_row(page, first);
    if (count == target->insert_rows)
        return calx__end_run(end, &target->insert, binds, NULL, NULL, err);
    calx_arena arena = {0};
    calx_sql sql;
    int code = calx__text_insert(end->dialect, page->model, count, &arena, &sql, err);
    sql.id = 0; /* it comes once or twice in a table */
    if (code == 0)
        code = calx__end_run(end, &sql, binds, NULL, NULL, err);
    calx_arena_finish(&arena);
    return code;
}

/* The whole page as one stream. */
static int load(calx__target *target, const calx__page *page, calx_error *err)
{
    calx__end *end = &target->end;
    calx_arena arena = {0};
    calx_load records;
    int code =
        calx__load_compile(end->dialect, page->model,
                           UINT64_MAX >> (64 - page->model->column_count), &arena, &records, err);
    records.values = page->values;
    records.record_count = page->rows;
    if (code == 0)
        code = calx__end_load(end, &records, err);
    calx_arena_finish(&arena);
    return code;
}

static int insert(calx__target *target, const calx__page *page, calx_error *err)
{
    bool loads = page->rows >= CALX_LOAD_ROWS && calx__engine_loads(target->end.engine);
    int code = loads ? load(target, page, err) : CALX_RECORDS_DECLINED;
    if (code != CALX_RECORDS_DECLINED)
        return code;
    code = 0;
    for (size_t row = 0; code == 0 && row < page->rows;) {
        size_t count = chunk_of(target, page, row);
        code = insert_chunk(target, page, row, count, err);
        row += count;
    }
    return code;
}

static void note_keys(calx__target *target, const calx__page *page)
{
    const calx_column *key = calx_model_generated_key(page->model);
    for (size_t row = 0; key != NULL && row < page->rows; row++) {
        const calx_value *value = &calx__page_row(page, row)[key - page->model->columns];
        if (value->as.integer > target->key_max)
            target->key_max = value->as.integer;
    }
}

int calx__target_write(calx__target *target, calx__page *page, calx_error *err)
{
    int code = target->later ? calx__later_keep(target, page, err) : 0;
    note_keys(target, page);
    return code ? code : insert(target, page, err);
}

/* Where the database counts keys apart from the table it is told how far they have come. */
int calx__target_end_table(calx__target *target, calx_error *err)
{
    calx__end *end = &target->end;
    const calx_model *model = end->models[target->table];
    const char *text = end->dialect->set_generated_key;
    if (text == NULL || target->key_max < 1)
        return 0;
    static const calx_kind kinds[] = {CALX_KIND_TEXT, CALX_KIND_TEXT, CALX_KIND_INTEGER};
    calx_arena arena = {0};
    const calx_value binds[] = {
        calx_value_text(calx__dialect_identifier_copy(end->dialect, model->table, &arena)),
        calx_value_text(calx_text_of(calx_column_name(calx_model_generated_key(model)))),
        calx_value_integer(target->key_max),
    };
    const calx_sql sql = {.text = text,
                          .length = strlen(text),
                          .bind_kinds = kinds,
                          .bind_count = sizeof kinds / sizeof *kinds,
                          .result_kinds = &kinds[2],
                          .result_count = 1};
    int code = arena.failed ? calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory")
                            : calx__end_run(end, &sql, binds, NULL, NULL, err);
    calx_arena_finish(&arena);
    return code;
}

/* ---- The end ---- */

static int compare(const calx_table_sum *wanted, const calx__page *page, calx_error *err)
{
    calx_table_sum found;
    calx__page_sum(page, &found);
    const char *table = wanted->model->table;
    if (found.rows != wanted->rows)
        return calx_error_set(err, CALX_ERROR_DATA,
                              "table \"%s\": %" PRId64 " rows were written, %" PRId64 " are there",
                              table, wanted->rows, found.rows);
    if (memcmp(found.sum, wanted->sum, sizeof found.sum) != 0)
        return calx_error_set(err, CALX_ERROR_DATA,
                              "table \"%s\": what is read back is not what was written", table);
    return 0;
}

static int compare_all(calx__target *target, const calx_table_sum *sums, calx_error *err)
{
    calx__end *end = &target->end;
    calx__page page = {0};
    int code = 0;
    for (size_t i = 0; code == 0 && i < end->model_count; i++) {
        calx_transfer_progress progress = {.table = i,
                                           .table_count = end->model_count,
                                           .comparing = true,
                                           .rows_total = sums[i].rows};
        code = calx__page_begin(&page, end->models[i], err);
        if (code == 0)
            code = calx__end_read(end, &page, progress, NULL, NULL, err);
        if (code == 0)
            code = compare(&sums[i], &page, err);
    }
    calx__page_finish(&page);
    return code;
}

int calx__target_commit(calx__target *target, const calx_table_sum *sums, calx_error *err)
{
    calx__end *end = &target->end;
    calx_error own = {0};
    int code = calx__later_write(target, &own);
    if (code == 0)
        code = compare_all(target, sums, &own);
    if (code == 0) {
        code = calx__connection_commit(end->connection, calx__end_deadline(end), &own);
        target->keep = code == 0 || own.outcome != CALX_OUTCOME_NOT_DONE;
    }
    if (code < 0 && err != NULL && err->code == CALX_OK)
        *err = own;
    return code;
}
