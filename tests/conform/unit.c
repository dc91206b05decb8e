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

void conform_unit_refer(conform_unit *w, size_t bind, size_t statement)
{
    calx_unit_statement *last = &w->statements[w->count - 1];
    w->references[w->count - 1][0] = (calx_unit_reference){.bind = bind, .statement = statement};
    last->reference_count = 1;
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

static int fetch_all(conform *c, calx_unit_statement *statement, calx_statement *handle)
{
    calx_value values[CONFORM_COLUMNS_MAX];
    size_t count = statement->sql->result_count;
    for (;;) {
        int status = c->driver->statement_fetch(handle, values, conform_soon(), &c->err);
        if (status <= 0)
            return status;
        if (statement->generates_key)
            statement->generated_key = values[0].as.integer;
        if (statement->row != NULL)
            status = statement->row(statement->context, values, count, &c->err);
        if (status < 0)
            return status;
    }
}

static int run_statement(conform *c, const calx_unit *unit, calx_unit_statement *statement)
{
    calx_value binds[3];
    calx_statement *handle = NULL;
    calx_unit_complete_binds(unit, statement, binds);
    int status =
        c->driver->statement_prepare(c->one, statement->sql, conform_soon(), &handle, &c->err);
    if (status < 0)
        return status;
    status = c->driver->statement_execute(handle, binds, conform_soon(), &c->err);
    if (status == 0)
        status = fetch_all(c, statement, handle);
    statement->rows_affected = status == 0 ? c->driver->statement_rows_affected(handle) : 0;
    if (status == 0 && statement->generates_key && statement->sql->result_count == 0)
        statement->generated_key = c->driver->statement_generated_key(handle);
    c->driver->statement_finalize(handle);
    if (status == 0 && statement->rows_expected != CALX_ROWS_ANY &&
        statement->rows_expected != statement->rows_affected)
        status = calx_error_set(&c->err, CALX_ERROR_STALE, "another number of rows");
    return status;
}

static int run_one_by_one(conform *c, calx_unit *unit)
{
    int status = 0;
    unit->failed_statement = unit->statement_count;
    if (unit->begin)
        status = c->driver->begin(c->one, unit->isolation, unit->write, conform_soon(), &c->err);
    for (size_t i = 0; i < unit->statement_count && status == 0; i++) {
        status = run_statement(c, unit, &unit->statements[i]);
        if (status < 0)
            unit->failed_statement = i;
    }
    if (status == 0 && unit->commit)
        status = c->driver->commit(c->one, conform_soon(), &c->err);
    return status;
}

int conform_unit_run(conform *c, conform_unit *w, bool whole)
{
    int status = CALX_UNIT_DECLINED;
    w->unit.statements = w->statements;
    w->unit.failed_statement = w->count;
    c->dirty = true;
    if (!conform_ok(c))
        return CALX_ERROR_INVALID;
    if (whole && c->driver->unit_run != NULL)
        status = c->driver->unit_run(c->one, &w->unit, conform_soon(), &c->err);
    if (status == CALX_UNIT_DECLINED)
        status = run_one_by_one(c, &w->unit);
    return status;
}

void conform_unit_destroy(conform_unit *w)
{
    if (w == NULL)
        return;
    for (size_t i = 0; i < w->count; i++)
        calx_buffer_finish(&w->templates[i].text);
    free(w);
}
