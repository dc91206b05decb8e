/* replica.c: which requests read on the replica. A client that has written carries how far the
 * database had come by then in a cookie, and reads on the replica when that has come as far. */
#include "server/web/replica.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "server/web/log.h"

#define COOKIE "calx_position"
#define DIGITS 16

/* What is no position is the highest there can be: it leads to the database itself. */
static uint64_t position_of(calx_text value)
{
    char digits[DIGITS + 1] = "";
    if (value.length != DIGITS || !calx__is_lower_hex(value))
        return UINT64_MAX;
    memcpy(digits, value.data, DIGITS);
    return strtoull(digits, NULL, 16);
}

/* A client sends the cookie once; of several the highest counts. 0 without one. */
static uint64_t position_in(calx_text cookies)
{
    static const char name[] = COOKIE "=";
    uint64_t highest = 0;
    const char *end = cookies.data + cookies.length;
    for (const char *at = cookies.data; at != NULL && at < end;) {
        const char *stop = memchr(at, ';', (size_t)(end - at));
        stop = stop != NULL ? stop : end;
        while (at < stop && *at == ' ')
            at++;
        size_t length = (size_t)(stop - at);
        if (length >= strlen(name) && memcmp(at, name, strlen(name)) == 0) {
            calx_text value = {at + strlen(name), length - strlen(name)};
            uint64_t position = position_of(value);
            highest = position > highest ? position : highest;
        }
        at = stop < end ? stop + 1 : end;
    }
    return highest;
}

calx_engine *calx__request_engine(calx_request *request)
{
    calx_engine *engine = request->app->engine;
    if (!request->match.route->on_replica || request->replica_failed)
        return engine;
    uint64_t position = position_in(calx__http_header(request->exchange, "cookie"));
    return calx_engine_reader(engine, position, request->exchange->deadline_us);
}

bool calx__request_leaves_replica(calx_request *request)
{
    const calx_error *err = request->session ? calx_session_error(request->session) : NULL;
    if (err == NULL || calx_session_engine(request->session) == request->app->engine)
        return false;
    request->replica_failed = calx_error_is_transient(err->code) ||
                              err->code == CALX_ERROR_READ_ONLY ||
                              err->code == CALX_ERROR_UNDEFINED;
    return request->replica_failed;
}

void calx__request_answer_position(calx_request *request)
{
    calx_http_exchange *exchange = request->exchange;
    uint64_t position = UINT64_MAX; /* not known: this client reads on the database itself */
    if (!request->app->has_replica || calx__http_is_read(exchange))
        return;
    calx_engine_position(request->app->engine, exchange->deadline_us, &position, NULL);
    const char *cookie = calx_arena_format(
        exchange->arena, COOKIE "=%016" PRIx64 "; Path=/; HttpOnly; SameSite=Lax", position);
    if (cookie != NULL)
        calx__http_answer_header(exchange, "set-cookie", cookie);
}
