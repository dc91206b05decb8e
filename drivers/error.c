/* error.c: the error struct: filled once, one line, never longer than its message has room. */
#include <calx/error.h>

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* The length of the longest prefix of text that does not end inside a UTF-8 sequence. Bytes that
 * are not UTF-8 at all (a server's message in another encoding) are left as they are. */
static size_t whole_characters(const char *text, size_t length)
{
    size_t lead = length;
    while (lead > 0 && length - lead < 4 && ((unsigned char)text[lead - 1] & 0xC0u) == 0x80u)
        lead--;
    if (lead == 0)
        return length;
    unsigned char first = (unsigned char)text[lead - 1];
    size_t needed = first >= 0xF0u ? 4 : first >= 0xE0u ? 3 : first >= 0xC0u ? 2 : 1;
    size_t present = length - (lead - 1);
    return needed > present ? lead - 1 : length;
}

/* Makes one line of it: a message goes into a log, and a server's text may hold anything. */
static size_t one_line(char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (byte < 0x20u || byte == 0x7Fu)
            text[i] = ' ';
    }
    while (length > 0 && text[length - 1] == ' ')
        length--;
    return length;
}

static void message_write(char message[CALX_ERROR_MESSAGE_MAX], const char *format, va_list args)
    CALX_PRINTF(2, 0);

static void message_write(char message[CALX_ERROR_MESSAGE_MAX], const char *format, va_list args)
{
    int written = vsnprintf(message, CALX_ERROR_MESSAGE_MAX, format, args);
    size_t length = written > 0 ? (size_t)written : 0;
    if (length >= CALX_ERROR_MESSAGE_MAX)
        length = whole_characters(message, CALX_ERROR_MESSAGE_MAX - 1);
    message[one_line(message, length)] = '\0';
}

static bool class_is_retryable(calx_error_class code)
{
    switch (code) {
#define RETRYABLE(name, number, retryable, text)                                                   \
    case CALX_ERROR_##name:                                                                        \
        return retryable;
        CALX_ERROR_CLASSES(RETRYABLE)
#undef RETRYABLE
    case CALX_OK:
        break;
    }
    return false;
}

int calx_error_set(calx_error *err, calx_error_class code, const char *format, ...)
{
    if (!err || err->code != CALX_OK)
        return code;
    va_list args;
    va_start(args, format);
    message_write(err->message, format, args);
    va_end(args);
    err->code = code;
    err->retryable = class_is_retryable(code);
    return code;
}

/* "prefix: message", cut as a whole. A function of its own because the pieces need a va_list. */
static void message_join(char out[CALX_ERROR_MESSAGE_MAX], const char *format, ...)
    CALX_PRINTF(2, 3);

static void message_join(char out[CALX_ERROR_MESSAGE_MAX], const char *format, ...)
{
    va_list args;
    va_start(args, format);
    message_write(out, format, args);
    va_end(args);
}

void calx_error_prefix(calx_error *err, const char *format, ...)
{
    if (!err || err->code == CALX_OK)
        return;
    char prefix[CALX_ERROR_MESSAGE_MAX];
    char joined[CALX_ERROR_MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    message_write(prefix, format, args);
    va_end(args);
    message_join(joined, "%s: %s", prefix, err->message);
    memcpy(err->message, joined, sizeof(joined));
}

void calx_error_clear(calx_error *err)
{
    if (err)
        *err = (calx_error){0};
}

const char *calx_error_class_name(calx_error_class code)
{
    switch (code) {
#define CLASS_NAME(name, number, retryable, text)                                                  \
    case CALX_ERROR_##name:                                                                        \
        return text;
        CALX_ERROR_CLASSES(CLASS_NAME)
#undef CLASS_NAME
    case CALX_OK:
        break;
    }
    return code == CALX_OK ? "ok" : "unknown error";
}

bool calx_error_is_transient(calx_error_class code)
{
    switch (code) {
    case CALX_ERROR_SERIALIZATION:
    case CALX_ERROR_DEADLOCK:
    case CALX_ERROR_LOCK_TIMEOUT:
    case CALX_ERROR_TIMEOUT:
    case CALX_ERROR_CONNECTION_LOST:
    case CALX_ERROR_UNREACHABLE:
    case CALX_ERROR_POOL_TIMEOUT:
    case CALX_ERROR_READ_ONLY:
    case CALX_ERROR_DISK_FULL:
    case CALX_ERROR_IO:
    case CALX_ERROR_NO_MEMORY:
        return true;
    default:
        return false;
    }
}
