/* json.c: JSON text to jansson's tree and into objects; records straight to JSON text. */
#include <calx/json.h>

#include <string.h>

#include "core/engine/kept.h"
#include "core/orm/json.h"
#include "core/orm/session.h"
#include "core/schema/type.h"

/* ---- In ---- */

/* Most documents have too few brackets, wherever they are, to be nested too deep. */
static size_t bracket_count(calx_text text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.length; i++)
        count += text.data[i] == '{' || text.data[i] == '[';
    return count;
}

/* jansson's words, but for one that speaks of its own flags. */
static const char *problem_text(const json_error_t *problem)
{
    enum json_error_code code = json_error_code(problem);
    bool is_nul = code == json_error_null_character || code == json_error_null_byte_in_key;
    return is_nul ? "a NUL character in a string" : problem->text;
}

int calx__json_parse(calx_text text, int depth_max, json_t **out, calx_error *err)
{
    json_error_t problem;
    if (bracket_count(text) > (size_t)depth_max && calx__json_depth(text) > depth_max)
        return calx_error_set(err, CALX_ERROR_INVALID, "JSON is nested deeper than %d levels",
                              depth_max);
    json_t *json =
        json_loadb(text.data, text.length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &problem);
    /* As far as jansson says it: sometimes it calls it an invalid token. */
    if (json == NULL &&
        (problem.text[0] == '\0' || json_error_code(&problem) == json_error_out_of_memory))
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    if (json == NULL)
        return calx_error_set(err, CALX_ERROR_INVALID, "JSON, line %d, column %d: %s", problem.line,
                              problem.column, problem_text(&problem));
    *out = json;
    return 0;
}

int calx_json_parse(calx_text text, json_t **out, calx_error *err)
{
    json_t *json = NULL;
    int code = calx__json_parse(text, CALX_JSON_DEPTH_MAX, &json, err);
    if (code == 0 && !json_is_object(json)) {
        json_decref(json);
        return calx_error_set(err, CALX_ERROR_INVALID, "JSON: expected an object");
    }
    if (code == 0)
        *out = json;
    return code;
}

int calx__json_read_value(const calx_column *column, const json_t *json, void *member,
                          calx_arena *arena, calx_error *err)
{
    const calx_value null = calx_value_null();
    if (!json_is_null(json))
        return column->type->json_read(column, json, member, arena, err);
    if (column->nullable)
        return column->type->decode(column, &null, member, arena, err);
    if (calx__type_is_document(column->type))
        return column->type->json_read(column, json, member, arena, err);
    return calx__type_refuse_null(column, CALX_ERROR_INVALID, err);
}

static int read_member(const calx_column *column, void *record, const json_t *value,
                       calx_arena *arena, calx_error *err)
{
    void *member = calx__member(column, record);
    int code = calx__json_read_value(column, value, member, arena, err);
    if (code == 0 && !(json_is_null(value) && column->nullable))
        code = calx__member_validate(column, member, err);
    if (code < 0)
        calx_error_prefix(err, "column \"%s\"", column->member);
    return code;
}

/* The columns that JSON may set and does, then the record as a whole. */
static int read_members(const calx_model *model, void *record, const json_t *json,
                        calx_arena *arena, calx_error *err)
{
    int code = 0;
    for (size_t i = 0; code == 0 && i < model->column_count; i++) {
        const calx_column *column = &model->columns[i];
        const json_t *value =
            calx__json_sets(column) ? json_object_get(json, column->member) : NULL;
        if (value != NULL)
            code = read_member(column, record, value, arena, err);
    }
    return code < 0 ? code : calx__record_validate(model, record, err);
}

/* In the order of read_members. */
static int validate_members(const calx_model *model, const void *record, uint64_t columns,
                            calx_error *err)
{
    for (; columns != 0; columns &= columns - 1) {
        const calx_column *column = &model->columns[__builtin_ctzll(columns)];
        int code = calx__member_validate(column, calx__member(column, record), err);
        if (code < 0) {
            calx_error_prefix(err, "column \"%s\"", column->member);
            return code;
        }
    }
    return calx__record_validate(model, record, err);
}

static int read_parsed(const calx_model *model, void *record, calx_text text, calx_arena *arena,
                       calx_error *err)
{
    json_t *json = NULL;
    int code = calx_json_parse(text, &json, err);
    if (code == 0)
        code = read_members(model, record, json, arena, err);
    json_decref(json);
    return code;
}

/* From the text, or, where there is none, from the tree. */
static int read_object(calx_session *session, void *record, const calx_text *text,
                       const json_t *json)
{
    const calx_model *model = calx_object_model(record);
    calx_arena *arena = &session->arena;
    uint64_t set;
    calx_error err = {0};
    int code;
    if (calx__session_state(session) < 0)
        return session->error.code;
    void *before = calx_arena_alloc_raw(arena, model->size);
    if (before == NULL)
        return calx__session_state(session);
    memcpy(before, record, model->size);
    if (text == NULL) {
        code = read_members(model, record, json, arena, &err);
    } else if (calx__json_read_plain(model, *text, record, arena, &set)) {
        code = validate_members(model, record, set, &err);
    } else {
        memcpy(record, before, model->size);
        code = read_parsed(model, record, *text, arena, &err);
    }
    if (code == 0)
        return calx__session_state(session);
    memcpy(record, before, model->size);
    return calx__session_fail_with(session, &err);
}

int calx_json_read(calx_session *session, void *record, const json_t *json)
{
    return read_object(session, record, NULL, json);
}

int calx_json_read_text(calx_session *session, void *record, calx_text text)
{
    return read_object(session, record, &text, NULL);
}

static void release(void *json)
{
    json_decref(json);
}

json_t *calx_json_own(calx_session *session, json_t *json)
{
    if (json == NULL || calx_arena_own(&session->arena, release, json))
        return json;
    calx__session_state(session);
    return NULL;
}

/* ---- Out ---- */

/* A member's name is one of C: nothing in it is escaped. */
static void write_key(calx_buffer *out, char separator, const char *name)
{
    size_t length = strlen(name);
    char *to = calx_buffer_reserve(out, length + 4);
    if (to == NULL)
        return;
    *to++ = separator;
    *to++ = '"';
    to = mempcpy(to, name, length);
    *to++ = '"';
    *to = ':';
    out->length += length + 4;
}

static bool is_written(const calx_column *column)
{
    return column->json || column->primary_key;
}

/* Everything but the closing brace. */
static void write_record(const calx_model *model, const void *record, calx_buffer *out)
{
    char separator = '{';
    for (size_t i = 0; i < model->column_count; i++) {
        const calx_column *column = &model->columns[i];
        if (!is_written(column))
            continue;
        write_key(out, separator, column->member);
        column->type->json_write(column, calx__member(column, record), out);
        separator = ',';
    }
}

void calx_json_write(const void *record, calx_buffer *out)
{
    write_record(calx__object_of(record)->model, record, out);
    calx_buffer_append(out, "}", 1);
}

/* A member of the JSON object of each row. */
typedef struct row_member {
    const calx_column *column;
    size_t value;  /* its place in the row; NOT_READ: it has the value of a new record */
    calx_text key; /* the separator before it, its name in quotes, a colon */
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
    bool any;
} row_writer;

/* Most rows are not decoded: their values are written as they come. */
static int write_members(row_writer *to, const calx_value *values, bool decoded, calx_error *err)
{
    for (size_t i = 0; i < to->member_count; i++) {
        const row_member *member = &to->members[i];
        calx_buffer_append(to->out, member->key.data, member->key.length);
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
    if (to->any)
        calx_buffer_append(to->out, ",", 1);
    to->any = true;
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
        if (!is_written(column))
            continue;
        const char *key = calx_arena_format(
            &session->working, "%c\"%s\":", to->member_count ? ',' : '{', column->member);
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

static int read_or_reuse(calx_session *session, calx_unit_statement *one, row_writer *to)
{
    calx_error err = {0};
    calx__connection *connection = NULL;
    int64_t deadline_us = calx__session_deadline(session);
    calx_unit unit = {.statements = one, .statement_count = 1, .isolation = session->isolation};
    one->rows_expected = CALX_ROWS_ANY;
    int code = calx__session_connect(session, deadline_us, &connection, &err);
    if (code == 0 && !calx__kept_append(connection, one->sql, to->out, deadline_us)) {
        const char *table = to->statement->model->table;
        size_t from = to->out->length;
        uint64_t version = calx__kept_version(connection, table, deadline_us);
        code = calx__connection_run(connection, &unit, deadline_us, &err);
        if (code == 0)
            calx__kept_put(connection, one->sql, version,
                           (calx_text){to->out->data + from, to->out->length - from}, deadline_us);
    }
    calx__connection_release(connection);
    return code < 0 ? calx__session_fail_with(session, &err) : calx__session_state(session);
}

static int read_rows(calx_session *session, row_writer *to)
{
    calx_unit_statement one = {.row = write_row, .context = to};
    int code = calx__session_flush_before(session, to->statement);
    calx__session_begin_work(session);
    if (code == 0)
        code = list_members(session, to);
    if (code == 0)
        code = calx__session_compile(session, to->statement, &one);
    if (code == 0)
        code = may_be_kept(session, to, one.sql) ? read_or_reuse(session, &one, to)
                                                 : calx__session_read(session, &one);
    calx__session_end_work(session);
    return code;
}

int calx__json_write_all(calx_query *query, calx_buffer *out, calx_json_member_writer *each,
                         void *context)
{
    calx_session *session = query->session;
    size_t start = out->length;
    if (calx__session_state(session) < 0)
        return session->error.code;
    row_writer to = {.statement = &query->statement, .out = out, .each = each, .context = context};
    to.object = calx__session_object_create(session, query->statement.model);
    if (to.object == NULL)
        return calx__session_state(session);
    calx_buffer_append(out, "[", 1);
    int code = read_rows(session, &to);
    calx_buffer_append(out, "]", 1);
    calx_arena_finish(&to.bytes);
    if (code == 0 && out->failed)
        code = calx_session_fail(session, CALX_ERROR_LIMIT, "answer is too large");
    if (code < 0)
        out->length = start;
    return code;
}
