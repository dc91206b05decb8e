/* statement.c: prepares, executes and reads one statement. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/sqlite3/internal.h"

typedef enum statement_state {
    STATEMENT_IDLE,
    STATEMENT_FIRST_ROW, /* execute has stepped to it, fetch has not given it out */
    STATEMENT_ROWS,
    STATEMENT_DONE,
} statement_state;

typedef struct statement {
    calx_statement base;
    sqlite3_stmt *handle;
    statement_state state;
    bool counts;      /* INSERT, UPDATE, DELETE: SQLite counts its rows */
    bool reads;       /* changes nothing */
    bool opened;      /* each row has a time of its own, as if it were asked for alone */
    int64_t limit_us; /* of the run: calx__sqlite3_call_continue */
    int64_t rows_affected;
    int64_t generated_key;
    calx__sqlite3_keys *keys; /* of several records; NULL: it has one, or generates none */
} statement;

static calx__sqlite3_connection *connection_of(const statement *self)
{
    return calx__sqlite3_connection_of(self->base.connection);
}

/* ---- Preparing ---- */

/* Past blanks and comments. */
static const char *skip_space(const char *at, const char *end)
{
    while (at < end) {
        if (*at == ' ' || (*at >= '\t' && *at <= '\r')) {
            at++;
        } else if (end - at >= 2 && at[0] == '-' && at[1] == '-') {
            while (at < end && *at != '\n')
                at++;
        } else if (end - at >= 2 && at[0] == '/' && at[1] == '*') {
            const char *close = memmem(at + 2, (size_t)(end - at) - 2, "*/", 2);
            at = close ? close + 2 : end;
        } else {
            break;
        }
    }
    return at;
}

/* SQLite keeps the count of the last INSERT, UPDATE or DELETE: after DDL it is an older one's. */
bool calx__sqlite3_counts_rows(const char *sql, size_t length)
{
    static const char *const verbs[] = {"insert", "update", "delete", "replace", "with"};
    static const size_t lengths[] = {6, 6, 6, 7, 4};
    const char *end = sql + length;
    const char *at = skip_space(sql, end);
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if ((size_t)(end - at) >= lengths[i] && !strncasecmp(at, verbs[i], lengths[i]))
            return true;
    return false;
}

int calx__sqlite3_prepare(calx__sqlite3_connection *connection, const char *sql, size_t length,
                          unsigned flags, sqlite3_stmt **out, calx_error *err)
{
    if (length > INT_MAX)
        return calx_error_set(err, CALX_ERROR_LIMIT, "the statement is longer than 2 GiB");
    sqlite3_stmt *handle = NULL;
    const char *tail = NULL;
    int code = sqlite3_prepare_v3(connection->db, sql, (int)length, flags, &handle, &tail);
    if (code != SQLITE_OK)
        return calx__sqlite3_connection_error(connection, code, err);
    const char *end = sql + length;
    while (tail < end && *(tail = skip_space(tail, end)) == ';' && tail < end)
        tail++;
    if (!handle || tail < end) {
        sqlite3_finalize(handle);
        return calx_error_set(err, CALX_ERROR_SYNTAX,
                              handle ? "more than one statement" : "an empty statement");
    }
    *out = handle;
    return 0;
}

int calx__sqlite3_statement_prepare(calx_connection *base, const calx_sql *sql, int64_t deadline_us,
                                    calx_statement **out, calx_error *err)
{
    calx__sqlite3_connection *connection = calx__sqlite3_connection_of(base);
    sqlite3_stmt *handle = NULL;
    int result = calx__sqlite3_call_begin(connection, deadline_us, err);
    if (!result) {
        unsigned flags = sql->id ? SQLITE_PREPARE_PERSISTENT : 0;
        result = calx__sqlite3_prepare(connection, sql->text, sql->length, flags, &handle, err);
    }
    if (result)
        return result;
    size_t expected = (size_t)sqlite3_bind_parameter_count(handle);
    if (expected != sql->bind_count) {
        sqlite3_finalize(handle);
        return calx_error_set(err, CALX_ERROR_DATABASE, "the statement takes %zu values, not %zu",
                              expected, sql->bind_count);
    }
    statement *self = calloc(1, sizeof *self);
    calx__sqlite3_keys *keys =
        sql->generates_keys ? calx__sqlite3_keys_create(sql->record_count) : NULL;
    if (!self || (sql->generates_keys && !keys)) {
        sqlite3_finalize(handle);
        free(keys);
        free(self);
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    }
    *self = (statement){
        .base = {.driver = base->driver, .connection = base, .sql = sql},
        .handle = handle,
        .reads = sqlite3_stmt_readonly(handle) != 0,
        .counts =
            !sqlite3_stmt_readonly(handle) && calx__sqlite3_counts_rows(sql->text, sql->length),
        .keys = keys,
    };
    *out = &self->base;
    return 0;
}

/* ---- Running ---- */

static void finish_run(statement *self)
{
    calx__sqlite3_connection *connection = connection_of(self);
    self->rows_affected = self->counts ? sqlite3_changes64(connection->db) : 0;
    self->generated_key = self->counts ? sqlite3_last_insert_rowid(connection->db) : 0;
    self->state = STATEMENT_DONE;
    sqlite3_reset(self->handle); /* no lock stays behind, even if nobody resets */
}

/* 1: a row, 0: no more. */
static int step(statement *self, calx_error *err)
{
    calx__sqlite3_connection *connection = connection_of(self);
    connection->commits = !self->reads && !connection->base.in_transaction;
    connection->changes += !self->reads;
    self->state = STATEMENT_ROWS;
    int code = sqlite3_step(self->handle);
    self->limit_us = connection->limit_us;
    if (code == SQLITE_ROW)
        return 1;
    if (code == SQLITE_DONE) {
        finish_run(self);
        connection->base.in_transaction = !sqlite3_get_autocommit(connection->db);
        return 0;
    }
    int result = calx__sqlite3_connection_error(connection, code, err);
    calx__sqlite3_statement_reset(&self->base);
    return result;
}

static int bind_all(statement *self, const calx_value *binds, calx_error *err)
{
    const calx_sql *sql = self->base.sql;
    /* A statement without rows ends within execute, as long as its values are lent. */
    bool keep = sql->result_count > 0;
    for (size_t i = 0; i < sql->bind_count; i++) {
        int result =
            calx__sqlite3_bind(connection_of(self), self->handle, (int)i + 1, &binds[i], keep, err);
        if (result)
            return result;
    }
    return 0;
}

static int check_columns(statement *self, calx_error *err)
{
    size_t columns = (size_t)sqlite3_column_count(self->handle);
    size_t expected = self->base.sql->result_count;
    if (columns == expected)
        return 0;
    calx__sqlite3_statement_reset(&self->base);
    return calx_error_set(err, CALX_ERROR_DATABASE, "the statement gives %zu columns, not %zu",
                          columns, expected);
}

static int bind_and_step(statement *self, const calx_value *binds, calx_error *err)
{
    int result = check_columns(self, err);
    if (!result)
        result = bind_all(self, binds, err);
    if (!result)
        result = step(self, err);
    if (result != 1)
        return result;
    self->state = STATEMENT_FIRST_ROW;
    return check_columns(self, err); /* again: a changed schema has it prepared anew by the step */
}

static int insert_records(statement *self, const calx_value *binds, calx_error *err)
{
    calx__sqlite3_connection *connection = connection_of(self);
    int result = calx__sqlite3_records_begin(connection, self->keys, err);
    if (result)
        return result;
    result = bind_and_step(self, binds, err);
    return calx__sqlite3_records_end(connection, self->keys, result, self->rows_affected, err);
}

int calx__sqlite3_statement_execute(calx_statement *base, const calx_value *binds,
                                    int64_t deadline_us, calx_error *err)
{
    statement *self = (statement *)base;
    calx__sqlite3_statement_reset(base);
    int result = calx__sqlite3_call_begin(connection_of(self), deadline_us, err);
    if (result)
        return result;
    return self->keys ? insert_records(self, binds, err) : bind_and_step(self, binds, err);
}

/* SQLite makes a row when it is asked for. */
int calx__sqlite3_statement_open(calx_statement *base, const calx_value *binds, int64_t deadline_us,
                                 calx_error *err)
{
    int result = calx__sqlite3_statement_execute(base, binds, deadline_us, err);
    ((statement *)base)->opened = result == 0;
    return result;
}

int calx__sqlite3_statement_fetch(calx_statement *base, calx_value *values, int64_t deadline_us,
                                  calx_error *err)
{
    statement *self = (statement *)base;
    calx__sqlite3_connection *connection = connection_of(self);
    int result = 1;
    switch (self->state) {
    case STATEMENT_IDLE:
        return calx_error_set(err, CALX_ERROR_STATE, "the statement was not executed");
    case STATEMENT_DONE:
        return 0;
    case STATEMENT_FIRST_ROW:
        self->state = STATEMENT_ROWS;
        break;
    case STATEMENT_ROWS:
        calx__sqlite3_call_continue(connection, deadline_us, self->opened ? 0 : self->limit_us);
        result = step(self, err);
        break;
    }
    if (result <= 0)
        return result;
    for (size_t i = 0; i < base->sql->result_count; i++) {
        result = calx__sqlite3_column(connection, self->handle, (int)i, &values[i], err);
        if (result) {
            calx__sqlite3_statement_reset(base);
            return result;
        }
    }
    return 1;
}

/* ---- After a run ---- */

size_t calx__sqlite3_statement_column_count(calx_statement *base)
{
    return (size_t)sqlite3_column_count(((statement *)base)->handle);
}

const char *calx__sqlite3_statement_column_name(calx_statement *base, size_t column)
{
    const char *name = sqlite3_column_name(((statement *)base)->handle, (int)column);
    return name ? name : ""; /* out of memory */
}

int64_t calx__sqlite3_statement_rows_affected(calx_statement *base)
{
    return ((statement *)base)->rows_affected;
}

int64_t calx__sqlite3_statement_generated_key(calx_statement *base)
{
    return ((statement *)base)->generated_key;
}

const int64_t *calx__sqlite3_statement_generated_keys(calx_statement *base)
{
    return ((statement *)base)->keys->values;
}

void calx__sqlite3_statement_reset(calx_statement *base)
{
    statement *self = (statement *)base;
    if (self->state == STATEMENT_FIRST_ROW || self->state == STATEMENT_ROWS) {
        calx__sqlite3_connection *connection = connection_of(self);
        sqlite3_reset(self->handle);
        connection->base.in_transaction = !sqlite3_get_autocommit(connection->db);
    }
    self->state = STATEMENT_IDLE;
    self->opened = false;
    self->rows_affected = 0;
    self->generated_key = 0;
}

void calx__sqlite3_statement_finalize(calx_statement *base)
{
    if (!base)
        return;
    statement *self = (statement *)base;
    sqlite3_finalize(self->handle);
    free(self->keys);
    free(self);
}
