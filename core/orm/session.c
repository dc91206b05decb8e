/* session.c: the life of a session and of its objects. */
#include "core/orm/relationship.h"

#include <stdarg.h>
#include <stdio.h>

/* Of a session's memory: the session, its scratch object, and a few objects. */
#define FIRST_BLOCK ((size_t)8 * 1024)
_Static_assert(sizeof(calx_session) + sizeof(calx__object) + CALX_MODEL_SIZE_MAX < FIRST_BLOCK,
               "a session fits its first block");

static void listen_as_engine(calx_session *session)
{
    if (session->engine == NULL)
        return;
    const calx__session_listener *listeners =
        calx__engine_session_listeners(session->engine, &session->listener_count);
    for (size_t i = 0; i < session->listener_count; i++)
        session->listeners[i] = listeners[i];
}

/* A session lives in its own arena: a thread that opens one after another asks the system for no
 * memory. The scratch object is cleared when it is asked for. */
calx_session *calx_session_create(calx_engine *engine)
{
    calx_arena arena = {.block_size = FIRST_BLOCK};
    calx_session *session = calx_arena_alloc_raw(&arena, sizeof *session);
    calx__object *scratch =
        session ? calx_arena_alloc_raw(&arena, sizeof *scratch + CALX_MODEL_SIZE_MAX) : NULL;
    if (scratch == NULL) {
        calx_arena_finish(&arena);
        return NULL;
    }
    *scratch = (calx__object){.magic = CALX__OBJECT_MAGIC, .scratch = true, .session = session};
    *session = (calx_session){
        .engine = engine,
        .arena = arena,
        .owner = calx_waiter_current(),
        .scratch = scratch,
        .deadline_us = CALX_NO_DEADLINE,
        .autoflush = true,
        .deletes_end = &session->deletes,
        .spare_query.session = session,
        .spare_typed.query = &session->spare_query,
    };
    listen_as_engine(session);
    return session;
}

void calx_session_destroy(calx_session *session)
{
    if (session == NULL)
        return;
    calx__stream_end(session->stream);
    calx__connection_release(session->connection);
    calx__identity_map_finish(&session->map);
    calx_arena_finish(&session->working);
    calx_arena_finish(&session->undo.memory);
    calx_arena arena = session->arena;
    calx_arena_finish(&arena);
}

void calx_session_set_deadline(calx_session *session, int64_t deadline_us)
{
    session->deadline_us = deadline_us;
}

void calx_session_set_isolation(calx_session *session, calx_isolation isolation)
{
    calx__hold_isolate(session, isolation);
    session->isolation = isolation;
}

void calx_session_set_autoflush(calx_session *session, bool autoflush)
{
    session->autoflush = autoflush;
}

calx_engine *calx_session_engine(const calx_session *session)
{
    return session->engine;
}

calx_arena *calx_session_arena(calx_session *session)
{
    return &session->arena;
}

void calx_session_adopt(calx_session *session)
{
    session->owner = calx_waiter_current();
    if (session->connection != NULL)
        calx__connection_take_over(session->connection);
}

const calx_error *calx_session_error(const calx_session *session)
{
    static const calx_error foreign = {.code = CALX_ERROR_STATE,
                                       .message = "the session is used by another thread or fiber"};
    if (calx__session_is_foreign(session))
        return &foreign;
    return session->error.code ? &session->error : NULL;
}

int calx_session_fail(calx_session *session, calx_error_class code, const char *format, ...)
{
    char message[CALX_ERROR_MESSAGE_MAX];
    va_list arguments;
    if (calx__session_is_foreign(session))
        return CALX_ERROR_STATE;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    return calx_error_set(&session->error, code, "%s", message);
}

int calx__session_fail_with(calx_session *session, const calx_error *err)
{
    if (session->error.code == CALX_OK)
        session->error = *err;
    return session->error.code;
}

int calx__session_state(calx_session *session)
{
    if (calx__session_is_foreign(session))
        return CALX_ERROR_STATE;
    if (session->arena.failed || session->working.failed)
        calx_error_set(&session->error, CALX_ERROR_NO_MEMORY, "out of memory");
    return session->error.code;
}

/* Without a deadline of the caller a statement has its own limit, and the time to find out that the
 * server has stopped keeping it. */
int64_t calx__session_deadline(const calx_session *session)
{
    if (session->deadline_us != CALX_NO_DEADLINE)
        return session->deadline_us;
    const calx_engine_options *options = calx__engine_options(session->engine);
    int limit_ms = options->statement_timeout_ms;
    return limit_ms ? calx_deadline_in_ms((int64_t)limit_ms + options->connect_timeout_ms)
                    : CALX_NO_DEADLINE;
}

void *calx_session_scratch(calx_session *session, const calx_model *model)
{
    session->scratch->model = model;
    calx__record_clear(model, session->scratch->record);
    return session->scratch->record;
}

int calx_session_flush(calx_session *session)
{
    return calx__session_write(session, false);
}

int calx_session_commit(calx_session *session)
{
    return session->hold ? calx__hold_commit(session) : calx__session_write(session, true);
}
