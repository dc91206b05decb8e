/* events.c: telling listeners what happened, and the line that SQLALCHEMY_ECHO shows of it. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/engine/internal.h"

int calx_engine_listen(calx_engine *engine, calx_event_listener *listener, void *context,
                       calx_error *err)
{
    if (engine->listener_count == CALX_EVENT_LISTENERS_MAX)
        return calx_error_set(err, CALX_ERROR_LIMIT, "an engine has at most %d listeners",
                              CALX_EVENT_LISTENERS_MAX);
    engine->listeners[engine->listener_count++] = (calx__listener){listener, context};
    return 0;
}

int calx_engine_listen_to_sessions(calx_engine *engine, calx_session_listener *listener,
                                   void *context, calx_error *err)
{
    if (engine->session_listener_count == CALX_EVENT_LISTENERS_MAX)
        return calx_error_set(err, CALX_ERROR_LIMIT, "an engine has at most %d listeners",
                              CALX_EVENT_LISTENERS_MAX);
    engine->session_listeners[engine->session_listener_count++] =
        (calx__session_listener){listener, context};
    return 0;
}

const calx__session_listener *calx__engine_session_listeners(const calx_engine *engine,
                                                             size_t *count)
{
    *count = engine->session_listener_count;
    return engine->session_listeners;
}

int64_t calx__event_start(const calx_engine *engine)
{
    return engine->listener_count > 0 ? calx_now_us() : 0;
}

void calx__event_send(const calx_engine *engine, int64_t started_us, calx_event event)
{
    if (engine->listener_count == 0)
        return;
    event.engine = engine;
    event.duration_us = calx_now_us() - started_us;
    for (size_t i = 0; i < engine->listener_count; i++)
        engine->listeners[i].call(engine->listeners[i].context, &event);
}

/* ---- The line ---- */

#define VALUE_BYTES_MAX 100

static const char ellipsis[] = "\xE2\x80\xA6";

/* Text of bounded size. Pieces are written whole or not at all, so no character is cut in two;
 * after the first that has no room nothing more is. */
typedef struct line {
    char *data;
    size_t size; /* without the room for the ellipsis and the NUL */
    size_t length;
    bool full;
} line;

static void put_bytes(line *l, const char *bytes, size_t length)
{
    if (l->full || l->size - l->length < length) {
        l->full = true;
        return;
    }
    memcpy(l->data + l->length, bytes, length);
    l->length += length;
}

static void put(line *l, const char *string)
{
    put_bytes(l, string, strlen(string));
}

static void put_format(line *l, const char *format, ...) CALX_PRINTF(2, 3);

static void put_format(line *l, const char *format, ...)
{
    char piece[64];
    va_list args;
    va_start(args, format);
    vsnprintf(piece, sizeof piece, format, args);
    va_end(args);
    put(l, piece);
}

/* The bytes of the character that text begins with; 1 where it is not UTF-8. */
static size_t character_length(calx_text text)
{
    unsigned char first = (unsigned char)text.data[0];
    size_t length = first < 0xC0u ? 1 : first < 0xE0u ? 2 : first < 0xF0u ? 3 : 4;
    return length <= text.length && calx_utf8_valid(text.data, length) ? length : 1;
}

/* C0, DEL, C1, and bytes that are no character: a terminal could obey them. */
static bool is_control(const char *character, size_t length)
{
    unsigned char first = (unsigned char)character[0];
    if (length == 1)
        return first < 0x20u || first >= 0x7Fu;
    return length == 2 && first == 0xC2u && (unsigned char)character[1] < 0xA0u;
}

/* One character between quotes. A backslash is doubled so that an escape is one for certain. */
static void put_quoted_character(line *l, const char *character, size_t length)
{
    if (*character == '\'')
        put(l, "''");
    else if (*character == '\\')
        put(l, "\\\\");
    else if (*character == '\n')
        put(l, "\\n");
    else if (is_control(character, length))
        put_format(l, "\\x%02x", (unsigned char)character[length - 1]);
    else
        put_bytes(l, character, length);
}

static void put_quoted(line *l, calx_text text)
{
    size_t at = 0;
    put(l, "'");
    while (at < text.length && !l->full) {
        calx_text rest = {text.data + at, text.length - at};
        size_t length = character_length(rest);
        if (at + length > VALUE_BYTES_MAX)
            break;
        put_quoted_character(l, rest.data, length);
        at += length;
    }
    put(l, "'");
    if (at < text.length)
        put(l, ellipsis);
}

/* A statement's text: control characters become blanks, so that it is one line. */
static void put_sql(line *l, calx_text text)
{
    for (size_t at = 0; at < text.length && !l->full;) {
        calx_text rest = {text.data + at, text.length - at};
        size_t length = character_length(rest);
        if (is_control(rest.data, length))
            put(l, " ");
        else
            put_bytes(l, rest.data, length);
        at += length;
    }
}

/* The shortest of two forms that reads back as the same number. */
static void put_double(line *l, double real)
{
    char text[32];
    snprintf(text, sizeof text, "%.15g", real);
    if (strtod(text, NULL) != real)
        snprintf(text, sizeof text, "%.17g", real);
    put(l, text);
}

static void put_datetime(line *l, calx_datetime datetime)
{
    char text[CALX_DATETIME_TEXT_MAX];
    calx_datetime_format(datetime, ' ', text);
    put(l, "'");
    put(l, text);
    put(l, "'");
}

static void put_value(line *l, const calx_value *value)
{
    char text[CALX_DATETIME_TEXT_MAX];
    switch (value->kind) {
    case CALX_KIND_NULL:
        put(l, "NULL");
        break;
    case CALX_KIND_BOOLEAN:
        put(l, value->as.boolean ? "true" : "false");
        break;
    case CALX_KIND_INTEGER:
        put_format(l, "%" PRId64, value->as.integer);
        break;
    case CALX_KIND_DOUBLE:
        put_double(l, value->as.real);
        break;
    case CALX_KIND_TEXT:
    case CALX_KIND_DECIMAL:
    case CALX_KIND_ARRAY:
        put_quoted(l, value->as.text);
        break;
    case CALX_KIND_BLOB:
        put_format(l, "<%zu bytes>", value->as.blob.length);
        break;
    case CALX_KIND_DATETIME:
        put_datetime(l, value->as.datetime);
        break;
    case CALX_KIND_DATE:
        calx_date_format(value->as.date, text);
        put(l, text);
        break;
    case CALX_KIND_TIME:
        calx_time_format(value->as.time, false, text);
        put(l, text);
        break;
    case CALX_KIND_INTERVAL:
        put_format(l, "%" PRId64 " us", value->as.interval.microseconds);
        break;
    case CALX_KIND_UUID:
        calx_uuid_format(value->as.uuid, true, text);
        put(l, text);
        break;
    }
}

static void put_binds(line *l, const calx_event *event)
{
    if (event->bind_count == 0)
        return;
    put(l, " [");
    for (size_t i = 0; i < event->bind_count && !l->full; i++) {
        if (i > 0)
            put(l, ", ");
        put_value(l, &event->binds[i]);
    }
    put(l, "]");
}

static void put_event(line *l, const calx_event *event)
{
    static const char *const words[] = {
#define WORD(name, text) [CALX_EVENT_##name] = #name,
        CALX_EVENTS(WORD)
#undef WORD
    };
    if (event->sql != NULL)
        put_sql(l, (calx_text){event->sql, event->sql_length});
    else
        put(l, words[event->kind]);
    put_binds(l, event);
    if (event->error != NULL)
        put_format(l, " (%s)", calx_error_class_name(event->error->code));
}

void calx_event_format(const calx_event *event, char *out, size_t out_size)
{
    size_t tail = sizeof ellipsis; /* with its NUL */
    if (out_size == 0)
        return;
    line l = {.data = out, .size = out_size > tail ? out_size - tail : 0};
    put_event(&l, event);
    if (l.full && out_size >= tail) {
        memcpy(out + l.length, ellipsis, tail - 1);
        l.length += tail - 1;
    }
    out[l.length] = '\0';
}
