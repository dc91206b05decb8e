/*
 * retry.h: units that are run again when the database asks for it: a serialization failure, a
 * deadlock (a certification failure of a cluster is one), or a connection that was lost before the
 * COMMIT was sent. What is unknown is never tried again: it may have been done.
 */
#ifndef CALX_RETRY_H
#define CALX_RETRY_H

#include <calx/session.h>

#define CALX_RETRIES_MAX 5          /* tries behind the first one */
#define CALX_RETRY_PAUSE_MS_FIRST 5 /* before the second try; it doubles */
#define CALX_RETRY_PAUSE_MS_MAX 250

/* Adds, changes, deletes and asks in a session that is empty each time, and does not commit. A
 * failure of the session, calx_session_fail too, ends the try. */
typedef void calx_session_work(calx_session *session, void *context);

/*
 * Runs the work in a session of its own and commits; if the database asks for it, again in another
 * one, at most CALX_RETRIES_MAX times and until deadline_us, behind a pause that grows and is never
 * the same for two. So what the work keeps in context is of its last try, and what it does
 * elsewhere happens once a try. Objects go with their session. The error is that of the last try;
 * outcome UNKNOWN: it may be committed.
 */
CALX_API int calx_session_run(calx_engine *engine, int64_t deadline_us, calx_session_work *work,
                              void *context, calx_error *err);

/* ---- For loops of one's own ---- */

/* How far it is. deadline_us is set before the first try. */
typedef struct calx_retry {
    int64_t deadline_us;
    int count; /* tries that were allowed behind the first one */
} calx_retry;

/*
 * A session has failed: may all of its work be done again, in another session? If so the pause
 * before it has passed when this returns true, without the session's transaction, which is rolled
 * back first. Never when something of the session was committed.
 */
CALX_API bool calx_retry_again(calx_retry *retry, calx_session *session);

#endif
