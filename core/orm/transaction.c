/* transaction.c: savepoints and rollbacks, and what they make of objects. */
#include "core/orm/relationship.h"

#include <stdio.h>
#include <string.h>

#define SAVEPOINT_MAX 40u /* bytes of a command */

/* "SAVEPOINT calx_2": counted, so that each database knows which one is meant. */
static int command(calx_session *session, const char *words, unsigned level, calx_error *err)
{
    char sql[SAVEPOINT_MAX];
    snprintf(sql, sizeof sql, "%s calx_%u", words, level);
    return calx__connection_command(session->connection, sql, calx__session_deadline(session), err);
}

int calx__session_begin(calx_session *session)
{
    calx_error err = {0};
    int64_t deadline_us = calx__session_deadline(session);
    calx__connection *connection = NULL;
    if (calx__stream_refuse(session, "a transaction begun") < 0)
        return session->error.code;
    if (session->connection != NULL)
        return 0;
    int code = calx__connection_acquire(session->engine, deadline_us, &connection, &err);
    if (code == 0)
        code = calx__connection_begin(connection, session->isolation, true, deadline_us, &err);
    if (code == 0)
        session->connection = connection;
    else
        calx__connection_release(connection);
    return code < 0 ? calx__session_fail_with(session, &err) : 0;
}

int calx_session_begin_nested(calx_session *session)
{
    calx_error err = {0};
    int code = calx_session_flush(session);
    if (code < 0)
        return code;
    if (calx__session_begin(session) < 0)
        return session->error.code;
    if (command(session, "SAVEPOINT", session->undo.level + 1, &err) < 0)
        return calx__session_fail_with(session, &err);
    session->undo.level++;
    return 0;
}

int calx_session_release(calx_session *session)
{
    calx_error err = {0};
    if (!calx__session_is_foreign(session) && session->undo.level == 0)
        return calx_session_fail(session, CALX_ERROR_STATE, "there is no savepoint to release");
    int code = calx_session_flush(session);
    if (code < 0)
        return code;
    if (command(session, "RELEASE SAVEPOINT", session->undo.level, &err) < 0)
        return calx__session_fail_with(session, &err);
    calx__undo_release(&session->undo);
    return 0;
}

void calx__session_forget(calx_session *session)
{
    for (calx__extent *extent = session->extents; extent; extent = extent->next) {
        for (calx__object *object = extent->first; object; object = object->next) {
            if (object->state == CALX__DELETED)
                calx__object_set_state(object, CALX__PERSISTENT);
            else if (object->state == CALX__PENDING)
                calx__object_set_state(object, CALX__TRANSIENT);
            if (object->state != CALX__PERSISTENT)
                continue;
            calx__record_copy(object->model, object->record, object->snapshot,
                              &object->session->arena);
            object->expired = true;
        }
    }
    session->deletes = NULL;
    session->deletes_end = &session->deletes;
    session->arena.failed = false;
    session->working.failed = false;
    session->undo.memory.failed = false;
    calx_error_clear(&session->error);
}

int calx_session_rollback_nested(calx_session *session)
{
    calx_error err = {0};
    unsigned level = session->undo.level;
    if (calx__session_is_foreign(session))
        return CALX_ERROR_STATE;
    if (level == 0)
        return calx_session_fail(session, CALX_ERROR_STATE, "there is no savepoint to go back to");
    if (!calx__connection_in_transaction(session->connection))
        return calx_session_fail(session, CALX_ERROR_STATE,
                                 "the transaction is gone, and its savepoints with it");
    if (command(session, "ROLLBACK TO SAVEPOINT", level, &err) < 0 ||
        command(session, "RELEASE SAVEPOINT", level, &err) < 0)
        return calx__session_fail_with(session, &err);
    calx__undo_restore(&session->undo, level);
    calx__session_forget(session);
    calx__relations_rolled_back_to_savepoint(session);
    return 0;
}

void calx_session_rollback(calx_session *session)
{
    if (calx__session_is_foreign(session) || calx__hold_rollback(session))
        return;
    calx__session_tell(session, CALX_SESSION_BEFORE_ROLLBACK, NULL);
    calx__stream_end(session->stream);
    /* Which rolls back, in a time of its own: the session's may be over. */
    calx__connection_release(session->connection);
    session->connection = NULL;
    calx__undo_restore(&session->undo, 0);
    calx__session_forget(session);
    calx__relations_rolled_back(session);
    calx__session_tell(session, CALX_SESSION_AFTER_ROLLBACK, NULL);
}

void calx__session_finish_transaction(calx_session *session)
{
    session->committed = true;
    calx__connection_release(session->connection);
    session->connection = NULL;
    session->undo.level = 0;
    calx__undo_clear(&session->undo);
    for (calx__extent *extent = session->extents; extent; extent = extent->next)
        for (calx__object *object = extent->first; object; object = object->next)
            object->expired = object->state == CALX__PERSISTENT;
    calx__relations_committed(session);
}
