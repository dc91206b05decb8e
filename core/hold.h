/*
 * hold.h: commits that wait for the caller of those who commit. A server runs a handler, or a queue
 * a task, in a session that it holds: what they commit is only flushed, and comes to be in one
 * transaction with rows of the caller's own (this request is answered, this task is done), or not
 * at all.
 */
#ifndef CALX_HOLD_H
#define CALX_HOLD_H

#include <calx/session.h>

/*
 * From now on calx_session_commit flushes and leaves the transaction open, until
 * calx_session_let_go. What the caller has flushed before belongs to him.
 *
 * calx_session_rollback undoes what was not committed; behind a commit it can do so only while
 * nothing was flushed since and nothing has failed: else the session stays failed
 * (CALX_ERROR_STATE, or what it had failed of), for the transaction has no way back to that commit.
 * Before any commit it may end the transaction with the caller's rows, and so does another
 * isolation level before anything was written: their objects are not part of the session any more
 * then (calx_session_add).
 */
CALX_API void calx_session_hold(calx_session *session);

/*
 * Commits are commits again. What was committed meanwhile is flushed still, and what was not is
 * undone; without any commit, so is what the caller has flushed. CALX_ERROR_STATE if something was
 * flushed behind the last commit, and never committed: nothing can be committed then.
 */
CALX_API int calx_session_let_go(calx_session *session);

#endif
