/* trace.c: which request a line of the log is about: its id, and the trace that it is part of. */
#include "server/web/log.h"

#include <ctype.h>
#include <string.h>
#include <sys/random.h>

#include <calx/waiter.h>

#define ID_HEADER "x-request-id"

/* ---- Ids ---- */

static bool is_id(calx_text text)
{
    if (text.length == 0 || text.length > CALX_REQUEST_ID_MAX)
        return false;
    for (size_t i = 0; i < text.length; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (!isalnum(c) && (c == '\0' || strchr("-_.:+/=", c) == NULL))
            return false;
    }
    return true;
}

/* Counted from a random number, one a thread, and mixed so that neighbours look different: the
 * finalizer of splitmix64. Ids tell lines apart, they are no secrets. */
static uint64_t next_number(void)
{
    static _Thread_local uint64_t state;
    if (state == 0 && getrandom(&state, sizeof state, GRND_NONBLOCK) != sizeof state)
        state = (uint64_t)calx_now_us() ^ (uint64_t)(uintptr_t)&state;
    uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

calx_text calx__request_id(calx_http_exchange *exchange)
{
    if (exchange->id.data == NULL)
        exchange->id = calx__http_header(exchange, ID_HEADER);
    if (exchange->id.data == NULL || !is_id(exchange->id)) {
        char *made =
            calx_arena_format(exchange->arena, "%016llx", (unsigned long long)next_number());
        exchange->id = made ? calx_text_of(made) : (calx_text){0};
    }
    return exchange->id;
}

void calx__request_answer_id(calx_http_exchange *exchange)
{
    if (exchange->id.data == NULL && calx__http_header(exchange, ID_HEADER).data == NULL)
        return;
    calx_text id = calx__request_id(exchange);
    if (id.data != NULL)
        calx__http_answer_header(exchange, ID_HEADER, id.data);
}

/* ---- Traces ---- */

#define TRACE_AT 3
#define TRACE_LENGTH 32
#define TRACEPARENT_LENGTH 55 /* of version 00: "00-" trace-id "-" parent-id "-" flags */

bool calx__is_lower_hex(calx_text text)
{
    for (size_t i = 0; i < text.length; i++)
        if (!isdigit((unsigned char)text.data[i]) && (text.data[i] < 'a' || text.data[i] > 'f'))
            return false;
    return true;
}

calx_text calx__request_trace(const calx_http_exchange *exchange)
{
    calx_text parent = calx__http_header(exchange, "traceparent");
    if (parent.length < TRACEPARENT_LENGTH || parent.data[2] != '-' ||
        parent.data[TRACE_AT + TRACE_LENGTH] != '-')
        return (calx_text){0};
    calx_text trace = {parent.data + TRACE_AT, TRACE_LENGTH};
    return calx__is_lower_hex(trace) ? trace : (calx_text){0};
}
