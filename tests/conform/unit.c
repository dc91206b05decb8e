/* unit.c: builds units, and runs them as an engine does. */
#include <stdlib.h>

#include "unit.h"

conform_unit *conform_unit_create(conform *c)
{
    conform_unit *w = calloc(1, sizeof *w);
    if (w == NULL)
        conform_differ(c, "the unit", "memory", "none");
    else
        w->unit = (calx_unit){.begin = true, .commit = true, .write = true};
    return w;
}

calx_unit_statement *conform_unit_add(conform *c, conform_unit *w, const char *pattern,
                                      calx_value first, calx_value second)
{
    static uint64_t ids = UINT64_C(1) << 41; /* beyond those of other statements */
    conform_statement *template = &w->templates[w->count];
    calx_unit_statement *statement = &w->statements[w->count];
    conform_template(c, pattern, template);
    template->sql.id = ++ids;
    template->sql.result_kinds = template->result_kinds;
    w->binds[w->count][0] = first;
    w->binds[w->count][1] = second;
    *statement = (calx_unit_statement){.sql = &template->sql,
                                       .binds = w->binds[w->count],
                                       .references = w->references[w->count],
                                       .rows_expected = CALX_ROWS_ANY};
    w->unit.statement_count = ++w->count;
    return statement;
}

calx_unit_statement *conform_unit_parent(conform *c, conform_unit *w, int64_t id)
{
    return conform_unit_add(c, w, "INSERT INTO {parent} (id) VALUES (:integer)", INTEGER_(id),
                            NULL_);
}

calx_unit_statement *conform_unit_item(conform *c, conform_unit *w, const char *name)
{
    bool in_row = !(c->driver->capabilities & CALX_CAPABILITY_GENERATED_KEY);
    calx_unit_statement *statement =
        conform_unit_add(c, w,
                         in_row ? "INSERT INTO {item} (name) VALUES (:text) RETURNING id"
                                : "INSERT INTO {item} (name) VALUES (:text)",
                         TEXT_(name), NULL_);
    conform_statement *template = &w->templates[w->count - 1];
    template->sql.result_count = in_row;
    template->result_kinds[0] = CALX_KIND_INTEGER;
    statement->generates_key = true;
    return statement;
}

calx_unit_statement *conform_unit_records(conform_unit *w, size_t bind_count,
                                          const calx_value *binds)
{
    calx_unit_statement *last = &w->statements[w->count - 1];
    for (size_t i = 0; i < bind_count * CONFORM_UNIT_RECORDS; i++)
        w->binds[w->count - 1][i] = binds[i];
    last->record_count = CONFORM_UNIT_RECORDS;
    last->generated_keys = w->keys[w->count - 1];
    return last;
}

calx_unit_statement *conform_unit_items(conform *c, conform_unit *w, bool all,
                                        const char *const *names)
{
    calx_value binds[CONFORM_UNIT_RECORDS];
    for (size_t i = 0; i < CONFORM_UNIT_RECORDS; i++)
        binds[i] = TEXT_(names[i]);
    conform_unit_item(c, w, names[0])->rows_expected = 1;
    calx_unit_statement *statement = conform_unit_records(w, 1, binds);
    if (!all)
        return statement;
    bool in_rows = c->driver->statement_generated_keys == NULL;
    const char *pattern =
        "INSERT INTO {item} (name) VALUES (:text), (:text), (:text), (:text), (:text)";
    const char *returning =
        "INSERT INTO {item} (name) VALUES (:text), (:text), (:text), (:text), (:text) RETURNING id";
    conform_template(c, in_rows ? returning : pattern, &w->all);
    w->all.sql.id = w->templates[w->count - 1].sql.id + (UINT64_C(1) << 40);
    w->all.sql.record_count = CONFORM_UNIT_RECORDS;
    w->all.sql.generates_keys = true;
    w->all.sql.result_count = in_rows;
    w->all.sql.result_kinds = w->all.result_kinds;
    w->all.result_kinds[0] = CALX_KIND_INTEGER;
    statement->all = &w->all.sql;
    return statement;
}

void conform_unit_refer_to_record(conform_unit *w, size_t bind, size_t statement, size_t record)
{
    calx_unit_statement *last = &w->statements[w->count - 1];
    w->references[w->count - 1][last->reference_count++] =
        (calx_unit_reference){.bind = bind, .statement = statement, .record = record};
}

void conform_unit_refer(conform_unit *w, size_t bind, size_t statement)
{
    conform_unit_refer_to_record(w, bind, statement, 0);
}

calx_unit_statement *conform_unit_query(conform *c, conform_unit *w, const char *pattern,
                                        int (*row)(void *, const calx_value *, size_t,
                                                   calx_error *))
{
    calx_unit_statement *statement = conform_unit_add(c, w, pattern, NULL_, NULL_);
    conform_statement *template = &w->templates[w->count - 1];
    template->sql.result_count = 1;
    template->result_kinds[0] = CALX_KIND_INTEGER;
    statement->row = row;
    statement->context = c;
    return statement;
}

/* ---- Running, statement by statement, as an engine does for a driver without units ---- */

/* A run of one text: for one record, or for all of them. */
typedef struct run {
    calx_unit_statement *statement;
    const calx_sql *sql;
    int64_t *keys;
    size_t key_count;
    bool array; /* the text of one, for all of them */
} run;

static int fetch_all(conform *c, const run *r, calx_statement *handle)
{
    calx_value values[CONFORM_COLUMNS_MAX];
    calx_unit_statement *statement = r->statement;
    for (size_t row = 0;; row++) {
        int status = c->driver->statement_fetch(handle, values, conform_soon(), &c->err);
        if (status <= 0)
            return status;
        if (statement->generates_key && row < r->key_count)
            r->keys[row] = values[0].as.integer;
        if (statement->row != NULL)
            status = statement->row(statement->context, values, r->sql->result_count, &c->err);
        if (status < 0)
            return status;
    }
}

/* The keys that do not come as rows. */
static void take_keys(const conform *c, const run *r, calx_statement *handle)
{
    if (!r->statement->generates_key || r->sql->result_count > 0)
        return;
    for (size_t i = 0; i < r->key_count; i++)
        r->keys[i] = r->sql->record_count > 0 ? c->driver->statement_generated_keys(handle)[i]
                                              : c->driver->statement_generated_key(handle);
}

static int run_text(conform *c, const run *r, const calx_value *binds)
{
    calx_unit_statement *statement = r->statement;
    calx_statement *handle = NULL;
    int64_t affected = 0;
    int status = c->driver->statement_prepare(c->one, r->sql, conform_soon(), &handle, &c->err);
    if (status < 0)
        return status;
    status = r->array ? c->driver->statement_execute_records(handle, binds, r->key_count,
                                                             conform_soon(), &c->err)
                      : c->driver->statement_execute(handle, binds, conform_soon(), &c->err);
    if (status == 0)
        status = fetch_all(c, r, handle);
    if (status == 0) {
        affected = c->driver->statement_rows_affected(handle);
        take_keys(c, r, handle);
    }
    c->driver->statement_finalize(handle);
    statement->rows_affected += affected;
    int64_t expected = statement->rows_expected * (int64_t)r->key_count;
    if (status == 0 && statement->rows_expected != CALX_ROWS_ANY && expected != affected)
        status = calx_error_set(&c->err, CALX_ERROR_STALE, "another number of rows");
    return status;
}

static bool takes_all(const conform *c, const calx_unit_statement *statement)
{
    uint32_t can = c->driver->capabilities | c->one->capabilities;
    return statement->all != NULL && (!statement->generates_key || can & CALX_CAPABILITY_RECORDS);
}

static bool takes_array(const conform *c, const calx_unit_statement *statement)
{
    return c->one->capabilities & CALX_CAPABILITY_ARRAYS && c->one->in_transaction &&
           statement->record_count > 1 && !statement->generates_key;
}

static int run_statement(conform *c, const calx_unit *unit, calx_unit_statement *statement,
                         bool whole)
{
    calx_value binds[2 * CONFORM_UNIT_RECORDS];
    size_t records = calx_unit_record_count(statement);
    int64_t *keys = records > 1 ? statement->generated_keys : &statement->generated_key;
    int status = CALX_RECORDS_DECLINED;
    statement->rows_affected = 0;
    calx_unit_complete_binds(unit, statement, binds);
    if (takes_all(c, statement))
        status = run_text(c, &(run){statement, statement->all, keys, records, false}, binds);
    else if (whole && takes_array(c, statement))
        status = run_text(c, &(run){statement, statement->sql, keys, records, true}, binds);
    if (status != CALX_RECORDS_DECLINED)
        return status;
    status = 0;
    for (size_t i = 0; i < records && status == 0; i++) {
        const run one = {statement, statement->sql, keys ? keys + i : NULL, 1, false};
        status = run_text(c, &one, binds + i * statement->sql->bind_count);
    }
    return status;
}

static int run_one_by_one(conform *c, calx_unit *unit, bool whole)
{
    int status = 0;
    unit->failed_statement = unit->statement_count;
    if (unit->begin)
        status = c->driver->begin(c->one, unit->isolation, unit->write, conform_soon(), &c->err);
    for (size_t i = 0; i < unit->statement_count && status == 0; i++) {
        status = run_statement(c, unit, &unit->statements[i], whole);
        if (status < 0)
            unit->failed_statement = i;
    }
    if (status == 0 && unit->commit)
        status = c->driver->commit(c->one, conform_soon(), &c->err);
    return status;
}

/* One record of a statement only, where the driver does not say that it knows more. */
static bool takes_unit(const conform *c, const calx_unit *unit)
{
    bool records = c->driver->capabilities & CALX_CAPABILITY_RECORDS;
    for (size_t i = 0; i < unit->statement_count && !records; i++)
        if (calx_unit_record_count(&unit->statements[i]) > 1)
            return false;
    return c->driver->unit_run != NULL;
}

int conform_unit_run(conform *c, conform_unit *w, bool whole)
{
    int status = CALX_UNIT_DECLINED;
    w->unit.statements = w->statements;
    w->unit.failed_statement = w->count;
    c->dirty = true;
    if (!conform_ok(c))
        return CALX_ERROR_INVALID;
    if (whole && takes_unit(c, &w->unit))
        status = c->driver->unit_run(c->one, &w->unit, conform_soon(), &c->err);
    if (status == CALX_UNIT_DECLINED)
        status = run_one_by_one(c, &w->unit, whole);
    return status;
}

void conform_unit_destroy(conform_unit *w)
{
    if (w == NULL)
        return;
    for (size_t i = 0; i < w->count; i++)
        calx_buffer_finish(&w->templates[i].text);
    calx_buffer_finish(&w->all.text);
    free(w);
}
