/* writer.c: pieces of text, or of the key that stands for them. */
#include "core/sql/writer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void calx__writer_init(calx__writer *to, const calx__dialect *dialect, calx_buffer *text,
                       calx_arena *arena, calx_error *err)
{
    to->dialect = dialect;
    to->text = text;
    to->kinds = (calx_buffer){0};
    to->key_count = 0; /* the key itself is not cleared: it is large */
    to->overflow = false;
    to->binds = NULL;
    to->bind_count = 0;
    to->bind_capacity = 0;
    to->arena = arena;
    to->outermost = NULL;
    to->recursive = NULL;
    to->scope = NULL;
    to->table_count = 0;
    to->depth = CALX_EXPRESSION_DEPTH_MAX;
    to->brackets = CALX_BRACKETS_MAX;
    to->err = err;
    to->code = 0;
}

void calx__write_decision(calx__writer *to, uintptr_t word)
{
    if (to->text != NULL)
        return;
    if (to->key_count == CALX__KEY_WORDS_MAX)
        to->overflow = true;
    else
        to->key[to->key_count++] = word;
}

void calx__write(calx__writer *to, const char *text)
{
    if (to->text != NULL)
        calx_buffer_append_string(to->text, text);
    else
        calx__write_decision(to, (uintptr_t)text);
}

void calx__write_number(calx__writer *to, unsigned number)
{
    if (to->text != NULL)
        calx_buffer_append_format(to->text, "%u", number);
    else
        calx__write_decision(to, number);
}

void calx__write_name(calx__writer *to, const char *name)
{
    if (to->text != NULL)
        calx__dialect_identifier(to->dialect, name, to->text);
    else
        calx__write_decision(to, (uintptr_t)name);
}

static void keep_bind(calx__writer *to, calx_value value)
{
    if (to->bind_count == CALX_BINDS_MAX) {
        calx__write_fails(to, CALX_ERROR_LIMIT, "more than %d values in a statement",
                          CALX_BINDS_MAX);
        return;
    }
    if (to->bind_count == to->bind_capacity) {
        size_t capacity = to->bind_capacity ? to->bind_capacity * 2 : 8;
        calx_value *binds = calx_arena_alloc(to->arena, capacity * sizeof *binds);
        if (binds == NULL) {
            calx__write_fails(to, CALX_ERROR_NO_MEMORY, "out of memory");
            return;
        }
        if (to->bind_count > 0)
            memcpy(binds, to->binds, to->bind_count * sizeof *binds);
        to->binds = binds;
        to->bind_capacity = capacity;
    }
    to->binds[to->bind_count++] = value;
}

void calx__write_bind(calx__writer *to, calx_value value, calx_kind kind)
{
    if (to->text == NULL) {
        calx__write_decision(to, kind);
        keep_bind(to, value);
        return;
    }
    calx_buffer_append(&to->kinds, &kind, sizeof kind);
    to->bind_count++;
    if (to->dialect->numbered_binds)
        calx_buffer_append_format(to->text, "$%zu", to->bind_count);
    else
        calx_buffer_append_string(to->text, "?");
}

void calx__write_fails(calx__writer *to, calx_error_class code, const char *format, ...)
{
    if (to->code < 0)
        return;
    char message[CALX_ERROR_MESSAGE_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    to->code = calx_error_set(to->err, code, "%s", message);
}
