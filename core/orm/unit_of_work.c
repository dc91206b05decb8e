/* unit_of_work.c: a flush as one unit of the driver contract, in the session's transaction or in
 * one of its own. */
#include "core/orm/relationship.h"

/* The session's transaction, if its first unit succeeds. */
static int begin_with(calx_session *session, calx_unit *unit, int64_t deadline_us, calx_error *err)
{
    calx__connection *connection = NULL;
    int code = calx__connection_acquire(session->engine, deadline_us, &connection, err);
    if (code == 0)
        code = calx__connection_run(connection, unit, deadline_us, err);
    if (code == 0)
        session->connection = connection;
    else
        calx__connection_release(connection);
    return code;
}

int calx__session_send(calx_session *session, calx_unit *unit, bool commit)
{
    calx__connection *connection = session->connection;
    calx_error err = {0};
    int64_t deadline_us = calx__session_deadline(session);
    if (calx__stream_refuse(session, "a change") < 0)
        return session->error.code;
    calx__hold_write(session);
    unit->begin = connection == NULL;
    unit->commit = commit;
    unit->write = true;
    unit->isolation = session->isolation;
    int code = 0;
    if (unit->begin && commit)
        code = calx__engine_run(session->engine, unit, deadline_us, &err);
    else if (unit->begin)
        code = begin_with(session, unit, deadline_us, &err);
    else
        code = calx__connection_run(connection, unit, deadline_us, &err);
    return code < 0 ? calx__session_fail_with(session, &err) : 0;
}

static int commit_alone(calx_session *session)
{
    calx_error err = {0};
    if (session->connection != NULL &&
        calx__connection_commit(session->connection, calx__session_deadline(session), &err) < 0)
        return calx__session_fail_with(session, &err);
    calx__session_finish_transaction(session);
    return 0;
}

/* Listeners are told of each object once, of its first work. */
static void tell_what_was_written(const calx__unit_of_work *plan)
{
    static const calx_session_event events[] = {
        [CALX__INSERT] = CALX_SESSION_AFTER_INSERT,
        [CALX__UPDATE] = CALX_SESSION_AFTER_UPDATE,
        [CALX__DELETE] = CALX_SESSION_AFTER_DELETE,
    };
    for (size_t i = 0; i < plan->work_count; i++)
        if (!plan->works[i].extra)
            calx__session_tell(plan->session, events[plan->works[i].kind],
                               plan->works[i].object->record);
    calx__session_tell(plan->session, CALX_SESSION_AFTER_FLUSH, NULL);
}

static void write_changes(calx__unit_of_work *plan, bool commit)
{
    calx_session *session = plan->session;
    if (calx__relations_prepare(plan) < 0)
        return;
    calx__unit_of_work_sort_links(plan);
    if (calx__unit_of_work_collect(plan) < 0 || calx__unit_of_work_take_keys(plan) < 0)
        return;
    if (plan->work_count + plan->delete_count == 0) {
        if (commit)
            commit_alone(session);
        return;
    }
    if (calx__unit_of_work_order(plan) < 0 || calx__unit_of_work_build(plan) < 0 ||
        calx__session_send(session, &plan->unit, commit) < 0)
        return;
    calx__unit_of_work_apply(plan, commit);
    if (commit)
        calx__session_finish_transaction(session);
    if (plan->listened)
        tell_what_was_written(plan);
}

int calx__session_write(calx_session *session, bool commit)
{
    int code = calx__session_state(session);
    if (code < 0)
        return code;
    if (session->flushing && commit)
        return calx_session_fail(session, CALX_ERROR_STATE, "commit within a flush");
    if (session->flushing)
        return 0;
    if (calx__stream_refuse(session, commit ? "commit" : "flush") < 0)
        return session->error.code;
    calx__unit_of_work plan = {.session = session, .listened = session->listener_count > 0};
    session->flushing = true;
    calx__session_begin_work(session);
    if (plan.listened && commit)
        calx__session_tell(session, CALX_SESSION_BEFORE_COMMIT, NULL);
    if (plan.listened && calx__session_is_dirty(session, NULL))
        calx__session_tell(session, CALX_SESSION_BEFORE_FLUSH, NULL);
    if (calx__session_state(session) == 0)
        write_changes(&plan, commit);
    calx__session_end_work(session);
    session->flushing = false;
    if (plan.listened && commit && session->error.code == CALX_OK)
        calx__session_tell(session, CALX_SESSION_AFTER_COMMIT, NULL);
    return calx__session_state(session);
}
