/* explain.c: a query's text, and the database's plan for it. */
#include <calx/explain.h>

#include "core/engine/cursor.h"
#include "core/orm/session.h"

calx_text calx__query_sql_text(const calx_query *query)
{
    calx_session *session = query->session;
    calx_unit_statement one = {0};
    calx_text text = {0};
    calx__session_begin_work(session);
    if (calx__session_compile(session, &query->statement, &one) == 0)
        text = calx_arena_copy(&session->arena, one.sql->text, one.sql->length);
    calx__session_end_work(session);
    calx__session_state(session);
    return text;
}

/* The last column of each row is a step, or all of them. */
static int read_plan(calx_session *session, calx__cursor *cursor, calx_buffer *out, calx_error *err)
{
    int64_t deadline_us = calx__session_deadline(session);
    int code;
    while ((code = calx__cursor_next(cursor, deadline_us, err)) > 0) {
        const calx_value *step = &cursor->row[cursor->column_count - 1];
        if (!calx_kind_is_text(step->kind))
            continue;
        calx_buffer_append(out, step->as.text.data, step->as.text.length);
        calx_buffer_append_string(out, "\n");
    }
    return code;
}

static int run(calx_session *session, const calx_sql *sql, const calx_value *binds,
               calx_buffer *out, calx_error *err)
{
    calx__connection *connection = NULL;
    calx__cursor cursor = {0};
    int64_t deadline_us = calx__session_deadline(session);
    int code = calx__session_connect(session, deadline_us, &connection, err);
    if (code == 0)
        code = calx__cursor_open(connection, sql, binds, false, deadline_us, &cursor, err);
    if (code == 0)
        code = read_plan(session, &cursor, out, err);
    calx__cursor_close(&cursor);
    if (connection != session->connection)
        calx__connection_release(connection);
    return code;
}

static int explain(calx_session *session, const calx_unit_statement *one, calx_buffer *out,
                   calx_error *err)
{
    const calx__dialect *dialect = calx__engine_dialect(session->engine);
    calx_buffer text = {0};
    calx_buffer_append_string(&text, dialect->explain);
    calx_buffer_append(&text, one->sql->text, one->sql->length);
    calx_sql sql = {.text = text.data,
                    .length = text.length,
                    .bind_kinds = one->sql->bind_kinds,
                    .bind_count = one->sql->bind_count};
    int code = text.failed ? calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory")
                           : run(session, &sql, one->binds, out, err);
    calx_buffer_finish(&text);
    return code;
}

calx_text calx__query_explain(const calx_query *query)
{
    calx_session *session = query->session;
    calx_unit_statement one = {0};
    calx_buffer out = {0};
    calx_text plan = {0};
    calx_error err = {0};
    calx__session_begin_work(session);
    if (calx__session_flush_before(session, &query->statement) == 0 &&
        calx__session_compile(session, &query->statement, &one) == 0) {
        int code = explain(session, &one, &out, &err);
        if (code == 0 && out.failed)
            code = calx_error_set(&err, CALX_ERROR_NO_MEMORY, "out of memory");
        if (code < 0)
            calx__session_fail_with(session, &err);
        else
            plan = calx_arena_copy(&session->arena, out.length ? out.data : "", out.length);
    }
    calx__session_end_work(session);
    calx_buffer_finish(&out);
    calx__session_state(session);
    return plan;
}
