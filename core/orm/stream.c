/* stream.c: the rows of a query one by one. */
#include <calx/stream.h>

#include <stdlib.h>

#include "core/engine/cursor.h"
#include "core/orm/key.h"
#include "core/orm/session.h"

struct calx_stream {
    calx_session *session;
    calx__statement statement;
    calx__cursor cursor;
    calx_arena memory; /* of the statement's binds */
    calx_arena row;    /* of what the object points to */
    calx__object *object;
    bool begun; /* the transaction is the stream's */
};

/* ---- Opening ---- */

static int refuse_what_is_more(const calx_query *query)
{
    const calx__clauses *clauses = query->statement.clauses;
    calx_session *session = query->session;
    if (session->stream != NULL)
        return calx_session_fail(session, CALX_ERROR_STATE, "another stream is open");
    if (query->loads != NULL)
        return calx_session_fail(session, CALX_ERROR_UNSUPPORTED,
                                 "a stream loads nothing that is related: use calx_select");
    if (clauses != NULL && clauses->lock != CALX__LOCK_NONE)
        return calx_session_fail(session, CALX_ERROR_UNSUPPORTED, "a stream with FOR UPDATE");
    return calx__session_state(session);
}

/* Its rows are those of one transaction: the session's, or a stream's own. */
static int begin(calx_stream *stream, calx_error *err)
{
    calx_session *session = stream->session;
    int64_t deadline_us = calx__session_deadline(session);
    calx__connection *connection = NULL;
    int code = calx__session_connect(session, deadline_us, &connection, err);
    if (code < 0 || connection == session->connection)
        return code;
    code = calx__connection_begin(connection, session->isolation, false, deadline_us, err);
    if (code < 0) {
        calx__connection_release(connection);
        return code;
    }
    session->connection = connection;
    stream->begun = true;
    return 0;
}

/* Prepared for this once, so that nobody else gives it up. */
static int open(calx_stream *stream, calx_error *err)
{
    calx_session *session = stream->session;
    const calx_sql *sql = NULL;
    calx_value *binds = NULL;
    int code = calx__statement_compile(calx__engine_sql_cache(session->engine),
                                       calx__engine_dialect(session->engine), &stream->statement,
                                       &stream->memory, &sql, &binds, err);
    if (code == 0)
        code = begin(stream, err);
    if (code < 0)
        return code;
    calx_sql once = *sql;
    once.id = 0;
    return calx__cursor_open(session->connection, &once, binds, true,
                             calx__session_deadline(session), &stream->cursor, err);
}

static calx_stream *create(calx_session *session, const calx__statement *statement)
{
    calx_stream *stream = calloc(1, sizeof *stream);
    calx__object *object = calloc(1, sizeof *object + statement->model->size);
    if (stream == NULL || object == NULL) {
        free(stream);
        free(object);
        return NULL;
    }
    object->magic = CALX__OBJECT_MAGIC;
    object->scratch = true;
    object->session = session;
    object->model = statement->model;
    *stream = (calx_stream){.session = session, .statement = *statement, .object = object};
    return stream;
}

calx_stream *calx__stream_open(const calx_query *query)
{
    calx_session *session = query->session;
    calx_error err = {0};
    if (calx__session_state(session) < 0 || refuse_what_is_more(query) < 0 ||
        calx__session_flush_before(session, &query->statement) < 0)
        return NULL;
    calx_stream *stream = create(session, &query->statement);
    if (stream == NULL) {
        calx_session_fail(session, CALX_ERROR_NO_MEMORY, "out of memory");
        return NULL;
    }
    if (open(stream, &err) < 0) {
        calx__session_fail_with(session, &err);
        calx_stream_close(stream);
        return NULL;
    }
    session->stream = stream;
    return stream;
}

/* ---- Rows ---- */

/* One that the session holds, or a copy. */
static int read_object(calx_stream *stream, void **out, calx_error *err)
{
    calx_session *session = stream->session;
    const calx_model *model = stream->statement.model;
    const calx_value *values = stream->cursor.row;
    calx_value key[CALX_KEY_COLUMNS_MAX];
    calx__key_of_row(model, values, key);
    calx__object *held = calx__identity_map_find(&session->map, model, key);
    *out = held ? held->record : stream->object->record;
    if (held != NULL)
        return held->expired ? calx__object_load(held, values, err) : 0;
    return calx__record_decode(model, values, *out, &stream->row, err);
}

static int read_row(calx_stream *stream, void **out, calx_error *err)
{
    const calx_model *model = stream->statement.model;
    if (stream->row.blocks != NULL)
        calx_arena_clear(&stream->row);
    calx__record_clear(model, stream->object->record);
    if (model->info != NULL)
        return read_object(stream, out, err);
    *out = stream->object->record;
    return calx__statement_decode(&stream->statement, stream->cursor.row, *out, &stream->row, err);
}

void *calx_stream_next(calx_stream *stream)
{
    calx_error err = {0};
    void *record = NULL;
    if (stream == NULL || calx__session_state(stream->session) < 0 ||
        stream->cursor.connection == NULL)
        return NULL;
    int code = calx__cursor_next(&stream->cursor, calx__session_deadline(stream->session), &err);
    if (code > 0)
        code = read_row(stream, &record, &err);
    if (code == 0 && stream->row.failed)
        code = calx_error_set(&err, CALX_ERROR_NO_MEMORY, "out of memory");
    if (code < 0)
        calx__session_fail_with(stream->session, &err);
    return code < 0 ? NULL : record;
}

int calx__stream_refuse(calx_session *session, const char *what)
{
    if (session->stream != NULL)
        calx_session_fail(session, CALX_ERROR_STATE, "%s while a stream is open", what);
    return calx__session_state(session);
}

/* ---- Closing ---- */

void calx__stream_end(calx_stream *stream)
{
    if (stream == NULL)
        return;
    calx_session *session = stream->session;
    calx__cursor_close(&stream->cursor);
    if (stream->begun) {
        calx__connection_release(session->connection);
        session->connection = NULL;
    }
    stream->begun = false;
    session->stream = NULL;
}

void calx_stream_close(calx_stream *stream)
{
    if (stream == NULL || calx__session_is_foreign(stream->session))
        return;
    if (stream->cursor.connection != NULL || stream->begun)
        calx__stream_end(stream);
    calx_arena_finish(&stream->memory);
    calx_arena_finish(&stream->row);
    free(stream->object);
    free(stream);
}
