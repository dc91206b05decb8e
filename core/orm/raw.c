/* raw.c: SQL of the user's own, run in a session. */
#include "core/sql/raw.h"

#include <jansson.h>
#include <string.h>

#include "core/engine/cursor.h"
#include "core/orm/session.h"
#include "core/schema/type.h"

/* A text while it is run. */
typedef struct run {
    calx_session *session;
    calx__raw_sql sql;
    calx_value *binds;
    calx_kind *kinds;
    calx__cursor cursor;
    calx__connection *connection;
    calx_error err;
} run;

/* ---- Before ---- */

/* Nobody knows which tables it is about: all that was changed is flushed. */
static int flush_all(calx_session *session)
{
    if (calx__session_state(session) == 0 && session->autoflush &&
        calx__session_is_dirty(session, NULL))
        calx_session_flush(session);
    return calx__session_state(session);
}

static int parse(run *r, const calx__raw *raw, bool reads)
{
    calx_session *session = r->session;
    calx_arena *arena = &session->working;
    calx_text text = {raw->text, strlen(raw->text)};
    const calx__dialect *dialect = calx__engine_dialect(session->engine);
    if (calx__raw_parse(dialect, text, raw->binds, raw->bind_count, arena, &r->sql, &r->err) < 0)
        return calx__session_fail_with(session, &r->err);
    if (reads && r->sql.writes != NULL)
        return calx_session_fail(session, CALX_ERROR_INVALID,
                                 "no text that only reads, %s: use calx_sql_execute_all",
                                 r->sql.writes);
    size_t count = r->sql.bind_count;
    r->binds = calx_arena_alloc(arena, (count + 1) * sizeof *r->binds);
    r->kinds = calx_arena_alloc(arena, (count + 1) * sizeof *r->kinds);
    for (size_t i = 0; calx__session_state(session) == 0 && i < count; i++) {
        r->binds[i] = raw->binds[r->sql.values[i]].value;
        r->kinds[i] = r->binds[i].kind;
    }
    return calx__session_state(session);
}

static int connect(run *r, bool reads)
{
    calx_session *session = r->session;
    int64_t deadline_us = calx__session_deadline(session);
    if (reads && calx__session_connect(session, deadline_us, &r->connection, &r->err) < 0)
        return calx__session_fail_with(session, &r->err);
    if (!reads && calx__session_begin(session) == 0) {
        calx__hold_write(session);
        r->connection = session->connection;
    }
    return calx__session_state(session);
}

static int start(run *r, const calx__raw *raw, bool reads)
{
    calx_session *session = r->session;
    if (flush_all(session) < 0 || parse(r, raw, reads) < 0)
        return session->error.code;
    calx_sql sql = {.text = r->sql.text.data,
                    .length = r->sql.text.length,
                    .bind_kinds = r->kinds,
                    .bind_count = r->sql.bind_count};
    if (connect(r, reads) < 0)
        return session->error.code;
    int code = calx__cursor_open(r->connection, &sql, r->binds, false,
                                 calx__session_deadline(session), &r->cursor, &r->err);
    return code < 0 ? calx__session_fail_with(session, &r->err) : 0;
}

static void end(run *r)
{
    calx__cursor_close(&r->cursor);
    if (r->connection != r->session->connection)
        calx__connection_release(r->connection);
    calx__session_end_work(r->session);
}

/* ---- Columns ---- */

/* Where each column of the model is in the result. */
typedef struct places {
    size_t *columns;
    calx_value *values; /* of a row, in the model's order */
} places;

static int find_place(const run *r, const calx_model *row, size_t column, size_t *out)
{
    const char *name = calx_column_name(&row->columns[column]);
    bool found = false;
    for (size_t i = 0; i < r->cursor.column_count; i++) {
        if (strcmp(calx__cursor_column(&r->cursor, i), name) != 0)
            continue;
        if (found)
            return calx_session_fail(r->session, CALX_ERROR_INVALID,
                                     "row %s: the result has two columns \"%s\"", row->name, name);
        found = true;
        *out = i;
    }
    if (!found)
        return calx_session_fail(r->session, CALX_ERROR_INVALID,
                                 "row %s: the result has no column \"%s\"", row->name, name);
    return 0;
}

static int refuse_others(const run *r, const calx_model *row)
{
    for (size_t i = 0; i < r->cursor.column_count; i++) {
        const char *name = calx__cursor_column(&r->cursor, i);
        size_t at = 0;
        while (at < row->column_count && strcmp(calx_column_name(&row->columns[at]), name) != 0)
            at++;
        if (at == row->column_count)
            return calx_session_fail(r->session, CALX_ERROR_INVALID,
                                     "row %s: it has no column \"%.100s\", the result has",
                                     row->name, name);
    }
    return 0;
}

static int find_places(const run *r, const calx_model *row, places *out)
{
    calx_arena *arena = &r->session->working;
    out->columns = calx_arena_alloc(arena, row->column_count * sizeof *out->columns);
    out->values = calx_arena_alloc(arena, row->column_count * sizeof *out->values);
    int code = calx__session_state(r->session);
    for (size_t i = 0; code == 0 && i < row->column_count; i++)
        code = find_place(r, row, i, &out->columns[i]);
    return code < 0 ? code : refuse_others(r, row);
}

/* A row as a query of all its columns would have it. */
static int describe(calx_session *session, const calx_model *row, calx__statement *out,
                    calx__clauses *clauses)
{
    *out = (calx__statement){.model = row, .limit = -1};
    if (row->info != NULL)
        return calx_model_check(row, &session->error);
    calx__field *fields = calx_arena_alloc(&session->working, row->column_count * sizeof *fields);
    for (size_t i = 0; fields != NULL && i < row->column_count; i++)
        fields[i].column = &row->columns[i];
    *clauses = (calx__clauses){.fields = fields, .field_count = row->column_count};
    out->clauses = clauses;
    return calx__session_state(session);
}

/* ---- Rows ---- */

/* A sum or an average is a decimal on some databases: where the row has an integer or a double it
 * becomes one; an integer only if it is one. By jansson, since strtod goes by the locale. */
static calx_value number_for(const calx_column *column, calx_value value)
{
    calx_kind kind = calx__column_kind(column);
    calx_text digits = value.as.text;
    json_error_t ignored;
    if (value.kind != CALX_KIND_DECIMAL || (kind != CALX_KIND_INTEGER && kind != CALX_KIND_DOUBLE))
        return value;
    size_t flags = JSON_DECODE_ANY | (kind == CALX_KIND_DOUBLE ? JSON_DECODE_INT_AS_REAL : 0);
    json_t *number = json_loadb(digits.data, digits.length, flags, &ignored);
    if (kind == CALX_KIND_DOUBLE && json_is_real(number))
        value = calx_value_double(json_real_value(number));
    else if (kind == CALX_KIND_INTEGER && json_is_integer(number))
        value = calx_value_integer(json_integer_value(number));
    json_decref(number);
    return value;
}

static int read_rows(run *r, calx__collection *to, const places *from, size_t limit)
{
    const calx_model *row = to->statement->model;
    int64_t deadline_us = calx__session_deadline(r->session);
    int code = 0;
    while (to->count < limit && (code = calx__cursor_next(&r->cursor, deadline_us, &r->err)) > 0) {
        for (size_t i = 0; i < row->column_count; i++)
            from->values[i] = number_for(&row->columns[i], r->cursor.row[from->columns[i]]);
        code = calx__collect_row(to, from->values, row->column_count, &r->err);
        if (code < 0)
            break;
    }
    return code < 0 ? calx__session_fail_with(r->session, &r->err) : 0;
}

static calx__object_list read_list(calx_session *session, const calx_model *row, bool reads,
                                   const calx__raw *raw, size_t limit)
{
    run r = {.session = session};
    calx__statement statement;
    calx__clauses clauses;
    places from;
    calx__collection rows = {.session = session, .statement = &statement};
    calx__session_begin_work(session);
    if (start(&r, raw, reads) == 0 && describe(session, row, &statement, &clauses) == 0 &&
        find_places(&r, row, &from) == 0)
        read_rows(&r, &rows, &from, limit);
    end(&r);
    return calx__collection_finish(&rows);
}

void *calx__raw_all(calx_session *session, const calx_model *row, bool reads, calx__raw raw)
{
    calx__object_list list = read_list(session, row, reads, &raw, SIZE_MAX);
    return calx__object_list_keep(session, &list);
}

void *calx__raw_first(calx_session *session, const calx_model *row, calx__raw raw)
{
    calx__object_list list = read_list(session, row, true, &raw, 1);
    return list.count > 0 ? list.items[0] : NULL;
}

int64_t calx__raw_execute(calx_session *session, calx__raw raw)
{
    run r = {.session = session};
    int64_t rows = -1;
    calx__session_begin_work(session);
    if (start(&r, &raw, false) == 0) {
        if (r.cursor.column_count > 0)
            calx_session_fail(session, CALX_ERROR_INVALID,
                              "the text gives rows: use calx_sql_execute_all");
        else if (calx__cursor_next(&r.cursor, calx__session_deadline(session), &r.err) < 0)
            calx__session_fail_with(session, &r.err);
        else
            rows = r.cursor.rows_affected;
    }
    end(&r);
    return rows;
}
