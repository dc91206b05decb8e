/* run.c: a unit of work that is tried again. */
#include <calx/retry.h>

#include "core/orm/session.h"

/* ---- Whether, and when ---- */

static bool asks_for_another_try(const calx_error *err)
{
    if (err->outcome != CALX_OUTCOME_NOT_DONE)
        return false;
    return err->code == CALX_ERROR_SERIALIZATION || err->code == CALX_ERROR_DEADLOCK ||
           err->code == CALX_ERROR_CONNECTION_LOST;
}

/* Half of it at least, and the rest by chance, so that two which have met do not meet again. The
 * last bits of the time are as good as any chance. */
static int64_t pause_us(int count)
{
    int64_t most_us = CALX_RETRY_PAUSE_MS_FIRST * INT64_C(1000) << count;
    if (most_us > CALX_RETRY_PAUSE_MS_MAX * INT64_C(1000))
        most_us = CALX_RETRY_PAUSE_MS_MAX * INT64_C(1000);
    uint64_t mixed = (uint64_t)calx_now_us() * UINT64_C(0x9E3779B97F4A7C15);
    return most_us / 2 + (int64_t)(mixed >> 33) % (most_us / 2);
}

/* Its transaction may be open still: it ends before the pause, or its locks would outlast it. */
bool calx_retry_again(calx_retry *retry, calx_session *session)
{
    const calx_error *failure = calx_session_error(session);
    if (failure == NULL || session->committed || !asks_for_another_try(failure) ||
        retry->count == CALX_RETRIES_MAX)
        return false;
    int64_t resume_us = calx_now_us() + pause_us(retry->count);
    if (resume_us >= retry->deadline_us)
        return false;
    retry->count++;
    calx__connection_release(session->connection);
    session->connection = NULL;
    calx_error ignored = {0};
    return calx_wait_until(resume_us, &ignored) == 0;
}

/* ---- The run ---- */

static int try_once(calx_session *session, calx_session_work *work, void *context)
{
    work(session, context);
    const calx_error *failure = calx_session_error(session);
    return failure != NULL ? failure->code : calx_session_commit(session);
}

int calx_session_run(calx_engine *engine, int64_t deadline_us, calx_session_work *work,
                     void *context, calx_error *err)
{
    calx_retry retry = {.deadline_us = deadline_us};
    for (;;) {
        calx_session *session = calx_session_create(engine);
        if (session == NULL)
            return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory for a session");
        calx_session_set_deadline(session, deadline_us);
        int code = try_once(session, work, context);
        bool again = code < 0 && calx_retry_again(&retry, session);
        if (code < 0 && !again && err != NULL)
            *err = *calx_session_error(session);
        calx_session_destroy(session);
        if (!again)
            return code;
    }
}
