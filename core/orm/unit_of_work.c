/* unit_of_work.c: a flush as one unit of the driver contract, in the session's transaction or in
 * one of its own. */
#include "core/orm/relationship.h"

/* Runs the unit in the session's transaction, or in one of its own. */
static int run(calx__unit_of_work *plan, bool commit)
{
    calx_session *session = plan->session;
    calx__connection *connection = session->connection;
    calx_error err = {0};
    int64_t deadline_us = calx__session_deadline(session);
    plan->unit.begin = connection == NULL;
    plan->unit.commit = commit;
    plan->unit.write = true;
    plan->unit.isolation = session->isolation;
    int code = 0;
    if (connection == NULL)
        code = calx__connection_acquire(session->engine, deadline_us, &connection, &err);
    if (code == 0)
        code = calx__connection_run(connection, &plan->unit, deadline_us, &err);
    if (plan->unit.begin && (code < 0 || commit)) {
        calx__connection_release(connection);
        connection = NULL;
    }
    session->connection = connection;
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

static void write_changes(calx__unit_of_work *plan, bool commit)
{
    calx_session *session = plan->session;
    if (calx__relations_prepare(plan) < 0)
        return;
    calx__unit_of_work_sort_links(plan);
    if (calx__unit_of_work_collect(plan) < 0)
        return;
    if (plan->work_count + plan->delete_count == 0) {
        if (commit)
            commit_alone(session);
        return;
    }
    if (calx__unit_of_work_order(plan) < 0 || calx__unit_of_work_build(plan) < 0 ||
        run(plan, commit) < 0)
        return;
    calx__unit_of_work_apply(plan, commit);
    if (commit)
        calx__session_finish_transaction(session);
}

int calx__session_write(calx_session *session, bool commit)
{
    if (calx__session_state(session) < 0)
        return session->error.code;
    calx__unit_of_work plan = {.session = session};
    calx__session_begin_work(session);
    write_changes(&plan, commit);
    calx__session_end_work(session);
    return calx__session_state(session);
}
