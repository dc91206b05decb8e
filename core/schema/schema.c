/* schema.c: create_all and drop_all: what is missing, in the order of the foreign keys. */
#include <calx/schema.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/dialect/catalog.h"
#include "core/dialect/ddl.h"
#include "core/engine/connection.h"

/* How often what somebody else is making at the same time is looked at again. */
#define ATTEMPTS_MAX 10

typedef struct schema {
    const calx__dialect *dialect;
    bool transactional; /* DDL can be rolled back: all of it is one transaction */
    calx__connection *connection;
    int64_t deadline_us;
    const calx_model **models; /* sorted; what is there already is taken out */
    size_t count;
} schema;

/* The engine's own limits, where the caller has none. */
static int64_t ddl_deadline(const calx_engine *engine, int64_t deadline_us)
{
    if (deadline_us != CALX_NO_DEADLINE)
        return deadline_us;
    const calx_engine_options *options = calx__engine_options(engine);
    return calx_deadline_in_ms((int64_t)options->connect_timeout_ms + options->busy_timeout_ms +
                               options->statement_timeout_ms);
}

static void schema_finish(schema *to)
{
    calx__connection_release(to->connection);
    free(to->models);
}

/* Models that can be made on this engine, sorted, and a connection. */
static int schema_init(schema *to, calx_engine *engine, const calx_model *const *models,
                       size_t count, int64_t deadline_us, calx_error *err)
{
    *to = (schema){.dialect = calx__engine_dialect(engine),
                   .transactional = calx_engine_can(engine, CALX_CAPABILITY_TRANSACTIONAL_DDL),
                   .deadline_us = ddl_deadline(engine, deadline_us),
                   .count = count};
    to->models = malloc((count + 1) * sizeof(calx_model *));
    if (to->models == NULL)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    if (count > 0)
        memcpy(to->models, models, count * sizeof(calx_model *));
    int code = calx_models_sort(to->models, count, err);
    for (size_t i = 0; code == 0 && i < count; i++)
        code = calx__ddl_check(to->dialect, to->models[i], err);
    if (code == 0)
        code = calx__connection_acquire(engine, to->deadline_us, &to->connection, err);
    return code;
}

static int fail_with(const calx_error *own, calx_error *err)
{
    if (err != NULL && err->code == CALX_OK)
        *err = *own;
    return own->code;
}

/* Runs NUL-ended statements. Where each is a transaction of its own, one whose work another process
 * has done already (done, an error class) is done. */
static int run_all(const schema *to, const calx_buffer *statements, calx_error_class done,
                   calx_error *err)
{
    if (statements->failed)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    const char *end = statements->data + statements->length;
    for (const char *at = statements->data; at < end; at += strlen(at) + 1) {
        calx_error own = {0};
        int code = calx__connection_command(to->connection, at, to->deadline_us, &own);
        if (code < 0 && (code != (int)done || to->transactional))
            return fail_with(&own, err);
    }
    return 0;
}

static int begin(const schema *to, calx_error *err)
{
    if (!to->transactional)
        return 0;
    return calx__connection_begin(to->connection, CALX_ISOLATION_DEFAULT, true, to->deadline_us,
                                  err);
}

static int commit(const schema *to, calx_error *err)
{
    if (!to->transactional)
        return 0;
    return calx__connection_commit(to->connection, to->deadline_us, err);
}

static void roll_back(const schema *to)
{
    if (calx__connection_in_transaction(to->connection))
        calx__connection_rollback(to->connection, to->deadline_us, NULL);
}

/* ---- create_all ---- */

static bool is_name(const calx__dialect *dialect, const char *name, const calx_value *value)
{
    calx_text text = value->as.text;
    bool same = dialect->folds_names ? strncasecmp(name, text.data, text.length) == 0
                                     : strncmp(name, text.data, text.length) == 0;
    return same && strlen(name) == text.length;
}

/* One existing table: takes its model out. */
static int read_table(void *context, const calx_value *values, size_t count, calx_error *err)
{
    schema *to = context;
    size_t kept = 0;
    (void)count;
    (void)err;
    for (size_t i = 0; i < to->count; i++)
        if (!is_name(to->dialect, to->models[i]->table, values))
            to->models[kept++] = to->models[i];
    to->count = kept;
    return 0;
}

/* Asks the catalogue; its columns are all read as text. */
static int ask(const schema *to, const char *text, size_t columns,
               int (*row)(void *, const calx_value *, size_t, calx_error *), void *context,
               calx_error *err)
{
    static const calx_kind kinds[] = {CALX_KIND_TEXT, CALX_KIND_TEXT, CALX_KIND_TEXT,
                                      CALX_KIND_TEXT, CALX_KIND_TEXT, CALX_KIND_TEXT,
                                      CALX_KIND_TEXT};
    calx_sql sql = {
        .text = text, .length = strlen(text), .result_kinds = kinds, .result_count = columns};
    calx_unit_statement statement = {
        .sql = &sql, .rows_expected = CALX_ROWS_ANY, .row = row, .context = context};
    calx_unit unit = {.statements = &statement, .statement_count = 1};
    return calx__connection_run(to->connection, &unit, to->deadline_us, err);
}

static int leave_out_existing(schema *to, calx_error *err)
{
    return ask(to, to->dialect->catalog->tables, 1, read_table, to, err);
}

/* In a transaction where there is one for DDL: then all of it is made, or nothing. */
static int create_missing(schema *to, calx_error *err)
{
    calx_buffer statements = {0};
    int code = begin(to, err);
    if (code == 0 && to->transactional)
        code = leave_out_existing(to, err);
    calx__ddl_create_all(to->dialect, to->models, to->count, &statements);
    if (code == 0)
        code = run_all(to, &statements, CALX_ERROR_EXISTS, err);
    if (code == 0)
        code = commit(to, err);
    if (code < 0)
        roll_back(to);
    calx_buffer_finish(&statements);
    return code;
}

/* ---- What an earlier create_all has left undone ---- */

/* A foreign key that is added when both tables are there. */
typedef struct later_key {
    const calx_model *model;
    const calx_foreign_key *key;
    bool there;
} later_key;

typedef struct later_keys {
    const calx__dialect *dialect;
    later_key *keys;
    size_t count;
} later_keys;

static int list_later_keys(later_keys *all, const calx_model *model, calx_error *err)
{
    size_t count;
    const calx_foreign_key *keys = calx_model_foreign_keys(model, &count);
    for (size_t i = 0; i < count; i++) {
        if (!calx__ddl_is_added_later(all->dialect, model, &keys[i]))
            continue;
        later_key *more = realloc(all->keys, (all->count + 1) * sizeof *more);
        if (more == NULL)
            return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
        all->keys = more;
        all->keys[all->count++] = (later_key){.model = model, .key = &keys[i]};
    }
    return 0;
}

/* One column of a foreign key: table, name, column, the table referred to … Whoever has made it may
 * have given it another name. */
static int read_foreign_key(void *context, const calx_value *values, size_t count, calx_error *err)
{
    later_keys *all = context;
    (void)count;
    (void)err;
    for (size_t i = 0; i < all->count; i++) {
        later_key *at = &all->keys[i];
        const calx_column *column = &at->model->columns[at->key->columns[0]];
        at->there = at->there || (is_name(all->dialect, at->model->table, &values[0]) &&
                                  is_name(all->dialect, calx_column_name(column), &values[2]) &&
                                  is_name(all->dialect, at->key->model->table, &values[3]));
    }
    return 0;
}

/* Where DDL has no transactions, a process may have ended between the tables and the foreign keys
 * that close cycles. */
static int add_missing_keys(const schema *to, const calx_model *const *models, size_t count,
                            calx_error *err)
{
    later_keys all = {.dialect = to->dialect};
    calx_buffer statements = {0};
    int code = 0;
    for (size_t i = 0; code == 0 && i < count && !to->transactional; i++)
        code = list_later_keys(&all, models[i], err);
    if (code == 0 && all.count > 0)
        code = ask(to, to->dialect->catalog->foreign_keys, 7, read_foreign_key, &all, err);
    for (size_t i = 0; i < all.count; i++)
        if (!all.keys[i].there)
            calx__ddl_add_foreign_key(to->dialect, all.keys[i].model, all.keys[i].key, &statements);
    if (code == 0 && statements.length > 0)
        code = run_all(to, &statements, CALX_ERROR_EXISTS, err);
    calx_buffer_finish(&statements);
    free(all.keys);
    return code;
}

/* Somebody else makes the same tables at this moment, and was faster. */
static bool is_collision(int code)
{
    return code == CALX_ERROR_EXISTS || code == CALX_ERROR_DEADLOCK ||
           code == CALX_ERROR_SERIALIZATION;
}

int calx_create_all(calx_engine *engine, const calx_model *const *models, size_t model_count,
                    int64_t deadline_us, calx_error *err)
{
    schema to;
    int code = schema_init(&to, engine, models, model_count, deadline_us, err);
    if (code == 0)
        code = leave_out_existing(&to, err);
    for (int attempt = 1; code == 0 && to.count > 0; attempt++) {
        calx_error own = {0};
        int made = create_missing(&to, &own);
        if (made == 0)
            break;
        if (!is_collision(made) || attempt == ATTEMPTS_MAX)
            code = fail_with(&own, err);
    }
    if (code == 0)
        code = add_missing_keys(&to, models, model_count, err);
    schema_finish(&to);
    return code;
}

/* ---- drop_all ---- */

int calx_drop_all(calx_engine *engine, const calx_model *const *models, size_t model_count,
                  int64_t deadline_us, calx_error *err)
{
    schema to;
    calx_buffer statements = {0};
    int code = schema_init(&to, engine, models, model_count, deadline_us, err);
    if (code == 0)
        code = begin(&to, err);
    if (code == 0 && to.dialect->before_drop != NULL)
        code =
            calx__connection_command(to.connection, to.dialect->before_drop, to.deadline_us, err);
    if (code == 0) {
        calx__ddl_drop_all(to.dialect, to.models, model_count, &statements);
        code = run_all(&to, &statements, CALX_ERROR_UNDEFINED, err);
    }
    if (code == 0)
        code = commit(&to, err);
    calx_buffer_finish(&statements);
    schema_finish(&to); /* which rolls back what was not committed */
    return code;
}
