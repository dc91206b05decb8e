/* dump_fuzz.c: any text is a whole dump or is refused with the number of a line; tables come in
 * their order, and no row counts that its table's sum does not vouch for. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include <calx/calx.h>

#include "core/transfer/dump.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define KEYS(COLUMN, Model)                                                                        \
    COLUMN(Model, STRING, name, PRIMARY_KEY, LENGTH(8))                                            \
    COLUMN(Model, INTEGER, place, PRIMARY_KEY)

#define VALUES(COLUMN, Model)                                                                      \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, BOOLEAN_OR_NULL, flag)                                                           \
    COLUMN(Model, DOUBLE_OR_NULL, number)                                                          \
    COLUMN(Model, NUMERIC_OR_NULL(10, 2), amount)                                                  \
    COLUMN(Model, TEXT_OR_NULL, words)                                                             \
    COLUMN(Model, LARGE_BINARY_OR_NULL, bytes)                                                     \
    COLUMN(Model, DATETIME_OR_NULL, moment)                                                        \
    COLUMN(Model, UUID_OR_NULL, uuid)

CALX_MODEL_DECLARE(Key, KEYS)
CALX_MODEL_DECLARE(Value, VALUES)
CALX_MODEL_DEFINE(Key, "keys", KEYS)
CALX_MODEL_DEFINE(Value, "values", VALUES)

static const calx_model *const models[] = {&Key_model, &Value_model};

#define MODEL_COUNT (sizeof models / sizeof *models)

typedef struct seen {
    size_t tables;
    int64_t rows; /* of the table in work */
    bool in_table;
} seen;

static int begin_table(void *context, size_t table, calx_error *err)
{
    seen *all = context;
    (void)err;
    assert(!all->in_table && table == all->tables && table < MODEL_COUNT);
    all->in_table = true;
    all->rows = 0;
    return 0;
}

static int take_rows(void *context, calx__page *page, calx_error *err)
{
    seen *all = context;
    (void)err;
    assert(all->in_table && page->model == models[all->tables] && page->rows > 0);
    all->rows += (int64_t)page->rows;
    return 0;
}

static int end_table(void *context, const calx_table_sum *sum, calx_error *err)
{
    seen *all = context;
    (void)err;
    assert(all->in_table && sum->model == models[all->tables] && sum->rows == all->rows);
    all->in_table = false;
    all->tables++;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    seen all = {0};
    const calx__dump_sink sink = {begin_table, take_rows, end_table, &all};
    bool text_is_to_blame = false;
    calx_error err = {0};
    for (size_t i = 0; i < MODEL_COUNT; i++)
        assert(calx_model_check(models[i], NULL) == 0);
    FILE *in = fmemopen((void *)data, size, "r");
    assert(in != NULL);
    int code = calx__dump_read(in, models, MODEL_COUNT, &sink, &text_is_to_blame, &err);
    fclose(in);
    if (code == 0) {
        assert(all.tables == MODEL_COUNT && !all.in_table);
    } else {
        assert(code == CALX_ERROR_INVALID && err.code == CALX_ERROR_INVALID && text_is_to_blame);
        assert(strncmp(err.message, "line ", strlen("line ")) == 0);
    }
    return 0;
}
