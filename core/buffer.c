/* buffer.c: growing bytes. */
#include <calx/buffer.h>

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUFFER_CAPACITY_MIN 256u

static bool buffer_fits(const calx_buffer *buffer, size_t more)
{
    if (more > SIZE_MAX / 2 - buffer->length)
        return false;
    return buffer->length_max == 0 || buffer->length + more <= buffer->length_max;
}

/* Room for so many more bytes, and for some beyond the limit that are not kept. */
static char *reserve(calx_buffer *buffer, size_t more, size_t beyond)
{
    if (buffer->failed || !buffer_fits(buffer, more)) {
        buffer->failed = true;
        return NULL;
    }
    size_t needed = buffer->length + more + beyond;
    if (buffer->data == NULL || buffer->capacity < needed) {
        size_t capacity = buffer->capacity ? buffer->capacity * 2 : BUFFER_CAPACITY_MIN;
        if (capacity < needed)
            capacity = needed;
        char *data = realloc(buffer->data, capacity);
        if (data == NULL) {
            buffer->failed = true;
            return NULL;
        }
        buffer->data = data;
        buffer->capacity = capacity;
    }
    return buffer->data + buffer->length;
}

/* Most of what is appended fits where the bytes are, and below the limit. */
static inline bool has_room(const calx_buffer *buffer, size_t more)
{
    return more < buffer->capacity - buffer->length && !buffer->failed &&
           (buffer->length_max == 0 || buffer->capacity <= buffer->length_max);
}

char *calx_buffer_reserve(calx_buffer *buffer, size_t more)
{
    return has_room(buffer, more) ? buffer->data + buffer->length : reserve(buffer, more, 0);
}

void calx_buffer_append(calx_buffer *buffer, const void *data, size_t length)
{
    if (length == 0)
        return;
    char *to = calx_buffer_reserve(buffer, length);
    if (to != NULL) {
        memcpy(to, data, length);
        buffer->length += length;
    }
}

void calx_buffer_append_string(calx_buffer *buffer, const char *string)
{
    calx_buffer_append(buffer, string, strlen(string));
}

void calx_buffer_append_integer(calx_buffer *buffer, int64_t value)
{
    char digits[20]; /* of INT64_MIN with its sign */
    char *end = digits + sizeof digits;
    char *at = end;
    uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;
    do {
        *--at = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (value < 0)
        *--at = '-';
    calx_buffer_append(buffer, at, (size_t)(end - at));
}

void calx_buffer_append_format(calx_buffer *buffer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *to = length < 0 ? NULL : reserve(buffer, (size_t)length, 1); /* printf's NUL */
    if (to != NULL) {
        vsnprintf(to, (size_t)length + 1, format, again);
        buffer->length += (size_t)length;
    }
    va_end(again);
}

void calx_buffer_clear(calx_buffer *buffer)
{
    buffer->length = 0;
    buffer->failed = false;
}

void calx_buffer_finish(calx_buffer *buffer)
{
    free(buffer->data);
    *buffer = (calx_buffer){.length_max = buffer->length_max};
}
