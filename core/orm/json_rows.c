/* json_rows.c: the rows of a query straight to JSON text, or what was kept of it the last time. */
#include <string.h>

#include "core/engine/kept.h"
#include "core/orm/json.h"
#include "core/orm/session.h"
#include "core/schema/type.h"

/* A member of the JSON object of each row. */
typedef struct row_member {
    const calx_column *column;
    size_t value; /* its place in the row; NOT_READ: it has the value of a new record */
    calx_text
        key; /* what separates it, or its row, from the one before; its name in quotes, a colon */
} row_member;

#define NOT_READ SIZE_MAX

typedef struct row_writer {
    const calx__statement *statement;
    row_member *members;
    size_t member_count;
    calx__object *object; /* one for all rows: what stands before a record */
    calx_arena bytes;     /* of one row */
    calx_buffer *out;
    calx_json_member_writer *each;
    void *context;
    calx__json_finisher *finish; /* NULL: the text stays as it is */
    calx__lent *lent;            /* empty; NULL: what was kept is copied */
    size_t from;                 /* where the rows begin */
    bool any;
} row_writer;

/* Most rows are not decoded: their values are written as they come. */
static int write_members(row_writer *to, const calx_value *values, bool decoded, calx_error *err)
{
    for (size_t i = 0; i < to->member_count; i++) {
        const row_member *member = &to->members[i];
        size_t skipped = !to->any; /* the comma before the first row */
        calx_buffer_append(to->out, member->key.data + skipped, member->key.length - skipped);
        to->any = true;
        if (member->value != NOT_READ &&
            calx__column_json_write(member->column, &values[member->value], to->out))
            continue;
        void *record = to->object->record;
        int code =
            decoded ? 0 : calx__statement_decode(to->statement, values, record, &to->bytes, err);
        if (code < 0)
            return code;
        decoded = true;
        member->column->type->json_write(member->column, calx__member(member->column, record),
                                         to->out);
    }
    return 0;
}

static int write_row(void *context, const calx_value *values, size_t count, calx_error *err)
{
    row_writer *to = context;
    void *record = to->object->record;
    int code = 0;
    (void)count;
    calx_arena_clear(&to->bytes);
    if (to->each != NULL)
        code = calx__statement_decode(to->statement, values, record, &to->bytes, err);
    if (code == 0)
        code = write_members(to, values, to->each != NULL, err);
    if (code < 0)
        return code;
    if (to->each != NULL)
        to->each(to->context, to->statement->model, record, to->out);
    calx_buffer_append(to->out, "}", 1);
    return to->out->failed ? calx_error_set(err, CALX_ERROR_LIMIT, "answer is too large") : 0;
}

static size_t place_of(const calx__statement *statement, const calx_column *column)
{
    const calx__clauses *clauses = statement->clauses;
    if (clauses == NULL || clauses->fields == NULL)
        return (size_t)(column - statement->model->columns);
    for (size_t i = 0; i < clauses->field_count; i++)
        if (clauses->fields[i].column == column)
            return i;
    return NOT_READ;
}

static int list_members(calx_session *session, row_writer *to)
{
    const calx_model *model = to->statement->model;
    to->members = calx_arena_alloc(&session->working, model->column_count * sizeof *to->members);
    for (size_t i = 0; to->members != NULL && i < model->column_count; i++) {
        const calx_column *column = &model->columns[i];
        if (!calx__json_has(column))
            continue;
        const char *key = calx_arena_format(
            &session->working, "%s\"%s\":", to->member_count ? "," : ",{", column->member);
        if (key == NULL)
            break;
        to->members[to->member_count++] =
            (row_member){column, place_of(to->statement, column), {key, strlen(key)}};
    }
    return calx__session_state(session);
}

/*
 * Rows that are the same whenever nothing of the database has changed: of one table, read outside a
 * transaction, without binds (which would have to be compared), and without anything in the text
 * that a function may hide behind.
 */
static bool may_be_kept(const calx_session *session, const row_writer *to, const calx_sql *sql)
{
    return to->each == NULL && to->statement->clauses == NULL && session->connection == NULL &&
           session->isolation <= CALX_ISOLATION_READ_COMMITTED && sql->id != 0 &&
           sql->bind_count == 0 && memchr(sql->text, '(', sql->length) == NULL &&
           memmem(sql->text, sql->length, "CURRENT_", strlen("CURRENT_")) == NULL;
}

static calx_text rows_of(const row_writer *to)
{
    return (calx_text){to->out->data + to->from, to->out->length - to->from};
}

static void finish(row_writer *to)
{
    if (to->finish != NULL && !to->out->failed)
        to->finish(to->out, to->from);
}

static void use_again(row_writer *to, calx__shared *kept)
{
    if (to->lent != NULL) {
        *to->lent = (calx__lent){calx__shared_hold(kept), to->out->length};
        return;
    }
    calx_text text = calx__shared_text(kept);
    calx_buffer_append(to->out, text.data, text.length);
}

static int read_or_reuse(calx_session *session, calx_unit_statement *one, row_writer *to)
{
    calx_error err = {0};
    calx__connection *connection = NULL;
    int64_t deadline_us = calx__session_deadline(session);
    calx_unit unit = {.statements = one, .statement_count = 1, .isolation = session->isolation};
    one->rows_expected = CALX_ROWS_ANY;
    int code = calx__session_connect(session, deadline_us, &connection, &err);
    calx__shared *kept =
        code == 0 ? calx__kept_find(connection, one->sql, to->finish, deadline_us) : NULL;
    if (kept != NULL) {
        use_again(to, kept);
    } else if (code == 0) {
        const char *table = to->statement->model->table;
        uint64_t version = calx__kept_version(connection, table, deadline_us);
        code = list_members(session, to);
        if (code == 0)
            code = calx__connection_run(connection, &unit, deadline_us, &err);
        if (code == 0) {
            finish(to);
            calx__kept_put(connection, one->sql, to->finish, version, rows_of(to), deadline_us);
        }
    }
    calx__connection_release(connection);
    return code < 0 ? calx__session_fail_with(session, &err) : calx__session_state(session);
}

static int read_anew(calx_session *session, calx_unit_statement *one, row_writer *to)
{
    int code = list_members(session, to);
    if (code == 0)
        code = calx__session_read(session, one);
    if (code == 0)
        finish(to);
    return code;
}

static int read_rows(calx_session *session, row_writer *to)
{
    calx_unit_statement one = {.row = write_row, .context = to};
    int code = calx__session_flush_before(session, to->statement);
    calx__session_begin_work(session);
    if (code == 0)
        code = calx__session_compile(session, to->statement, &one);
    if (code == 0)
        code = may_be_kept(session, to, one.sql) ? read_or_reuse(session, &one, to)
                                                 : read_anew(session, &one, to);
    calx__session_end_work(session);
    return code;
}

static void take_back(row_writer *to, size_t start)
{
    to->out->length = start;
    if (to->lent != NULL) {
        calx__shared_release(to->lent->text);
        to->lent->text = NULL;
    }
}

int calx__json_write_all(calx_query *query, calx_buffer *out, calx_json_member_writer *each,
                         void *context, calx__json_finisher *finisher, calx__lent *lent)
{
    calx_session *session = query->session;
    size_t start = out->length;
    if (calx__session_state(session) < 0)
        return session->error.code;
    row_writer to = {.statement = &query->statement,
                     .out = out,
                     .each = each,
                     .context = context,
                     .finish = finisher,
                     .lent = lent != NULL && lent->text == NULL ? lent : NULL};
    to.object = calx__session_object_create(session, query->statement.model);
    if (to.object == NULL)
        return calx__session_state(session);
    calx_buffer_append(out, "[", 1);
    to.from = out->length;
    int code = read_rows(session, &to);
    calx_buffer_append(out, "]", 1);
    calx_arena_finish(&to.bytes);
    if (code == 0 && out->failed)
        code = calx_session_fail(session, CALX_ERROR_LIMIT, "answer is too large");
    if (code < 0)
        take_back(&to, start);
    return code;
}
