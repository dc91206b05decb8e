/* buffer.c: growing bytes and an arena of doubling blocks. */
#include <calx/buffer.h>

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUFFER_CAPACITY_MIN 256u
#define ARENA_BLOCK_MIN 4096u
#define ARENA_BLOCK_MAX (16u * 1024u)

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

char *calx_buffer_reserve(calx_buffer *buffer, size_t more)
{
    return reserve(buffer, more, 0);
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

struct calx__arena_block {
    struct calx__arena_block *next;
    size_t used;
    size_t size;
    max_align_t bytes[];
};

static size_t arena_round(size_t size)
{
    size_t unit = _Alignof(max_align_t);
    return (size + unit - 1) / unit * unit;
}

static struct calx__arena_block *arena_grow(calx_arena *arena, size_t size)
{
    size_t block_size = arena->block_size ? arena->block_size : ARENA_BLOCK_MIN;
    arena->block_size = block_size < ARENA_BLOCK_MAX ? block_size * 2 : block_size;
    if (block_size < size)
        block_size = size;
    struct calx__arena_block *block = malloc(sizeof *block + block_size);
    if (block == NULL) {
        arena->failed = true;
        return NULL;
    }
    *block = (struct calx__arena_block){.next = arena->blocks, .size = block_size};
    arena->blocks = block;
    return block;
}

void *calx_arena_alloc(calx_arena *arena, size_t size)
{
    if (size > SIZE_MAX / 2) {
        arena->failed = true;
        return NULL;
    }
    size = arena_round(size ? size : 1);
    struct calx__arena_block *block = arena->blocks;
    if (block == NULL || block->size - block->used < size)
        block = arena_grow(arena, size);
    if (block == NULL)
        return NULL;
    char *memory = (char *)block->bytes + block->used;
    block->used += size;
    return memset(memory, 0, size);
}

calx_text calx_arena_copy(calx_arena *arena, const void *data, size_t length)
{
    char *copy = data && length < SIZE_MAX ? calx_arena_alloc(arena, length + 1) : NULL;
    if (copy == NULL)
        return (calx_text){0};
    memcpy(copy, data, length);
    return (calx_text){copy, length};
}

char *calx_arena_format(calx_arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = length < 0 ? NULL : calx_arena_alloc(arena, (size_t)length + 1);
    if (text != NULL)
        vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

struct calx__arena_owned {
    struct calx__arena_owned *next;
    void (*destroy)(void *object);
    void *object;
};

bool calx_arena_own(calx_arena *arena, void (*destroy)(void *object), void *object)
{
    struct calx__arena_owned *owned = calx_arena_alloc(arena, sizeof *owned);
    if (owned == NULL) {
        destroy(object);
        return false;
    }
    *owned = (struct calx__arena_owned){arena->owned, destroy, object};
    arena->owned = owned;
    return true;
}

static void arena_destroy_owned(calx_arena *arena)
{
    for (const struct calx__arena_owned *owned = arena->owned; owned; owned = owned->next)
        owned->destroy(owned->object);
    arena->owned = NULL;
}

static void arena_free(struct calx__arena_block *block)
{
    while (block != NULL) {
        struct calx__arena_block *next = block->next;
        free(block);
        block = next;
    }
}

void calx_arena_clear(calx_arena *arena)
{
    arena_destroy_owned(arena);
    if (arena->blocks != NULL) {
        arena_free(arena->blocks->next);
        arena->blocks->next = NULL;
        arena->blocks->used = 0;
    }
    arena->failed = false;
}

void calx_arena_finish(calx_arena *arena)
{
    arena_destroy_owned(arena);
    arena_free(arena->blocks);
    *arena = (calx_arena){0};
}
