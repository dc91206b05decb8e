/* hold.c: commits that only flush, while somebody holds the session. */
#include <calx/hold.h>

#include "core/orm/relationship.h"

void calx_session_hold(calx_session *session)
{
    session->hold = CALX__HELD;
}

/* Called before rows are written. */
void calx__hold_write(calx_session *session)
{
    if (session->hold == CALX__HELD)
        session->hold = CALX__HELD_WRITTEN;
    else if (session->hold == CALX__HELD_COMMITTED)
        session->hold = CALX__HELD_BEHIND;
}

/* As a commit does, it ends all savepoints. */
int calx__hold_commit(calx_session *session)
{
    int code = calx__session_write(session, false);
    while (code == 0 && session->undo.level > 0)
        code = calx_session_release(session);
    if (code == 0)
        session->hold = CALX__HELD_COMMITTED;
    return code;
}

/* A failure may have ended the transaction, and what it held with it: then so does the rollback, or
 * the commit that it has no way back to is not made. */
bool calx__hold_rollback(calx_session *session)
{
    bool intact = session->error.code == CALX_OK;
    if (session->hold == CALX__NOT_HELD || session->hold == CALX__HELD_WRITTEN ||
        (session->hold == CALX__HELD && !intact)) {
        session->hold = session->hold ? CALX__HELD : CALX__NOT_HELD;
        return false;
    }
    if (session->hold == CALX__HELD_BEHIND || !intact) {
        calx_session_fail(session, CALX_ERROR_STATE, "rolled back behind a commit that is held");
        return true;
    }
    calx__session_forget(session);
    calx__relations_rolled_back_to_savepoint(session);
    return true;
}

/* The transaction begins anew with the next statement. */
void calx__hold_isolate(calx_session *session, calx_isolation isolation)
{
    if (session->hold != CALX__HELD || session->connection == NULL ||
        isolation == session->isolation)
        return;
    calx__connection_release(session->connection);
    session->connection = NULL;
    calx__undo_restore(&session->undo, 0);
}

int calx_session_let_go(calx_session *session)
{
    calx__hold hold = session->hold;
    session->hold = CALX__NOT_HELD;
    if (calx__session_state(session) < 0)
        return session->error.code;
    if (hold == CALX__HELD_BEHIND)
        return calx_session_fail(session, CALX_ERROR_STATE,
                                 "rows were written behind the last commit, and never committed");
    if (hold == CALX__HELD_WRITTEN) {
        calx_session_rollback(session);
    } else {
        calx__session_forget(session);
        calx__relations_rolled_back_to_savepoint(session);
    }
    return 0;
}
