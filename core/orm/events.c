/* events.c: telling listeners what a session does. */
#include "core/orm/session.h"

int calx_session_listen(calx_session *session, calx_session_listener *listener, void *context)
{
    if (calx__session_state(session) < 0)
        return session->error.code;
    if (session->listener_count == sizeof session->listeners / sizeof *session->listeners)
        return calx_session_fail(session, CALX_ERROR_LIMIT, "a session has at most %zu listeners",
                                 sizeof session->listeners / sizeof *session->listeners);
    session->listeners[session->listener_count++] =
        (calx__session_listener){.call = listener, .context = context};
    return 0;
}

void calx__session_tell(calx_session *session, calx_session_event event, void *record)
{
    for (size_t i = 0; i < session->listener_count; i++)
        session->listeners[i].call(session->listeners[i].context, session, event, record);
}
