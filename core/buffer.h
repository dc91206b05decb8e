/*
 * buffer.h: bytes that grow, and an arena. Both are sticky: after a failed allocation they keep
 * what they have, and failed is set.
 */
#ifndef CALX_BUFFER_H
#define CALX_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <calx/api.h>
#include <calx/value.h>

/* Zero-initialised is empty. data is the buffer's (calx_buffer_finish frees it) and moves with
 * every append. Not NUL-ended. */
typedef struct calx_buffer {
    char *data;
    size_t length;
    size_t capacity;
    size_t length_max; /* 0: no limit but memory; beyond it appends fail */
    bool failed;       /* something was not appended */
} calx_buffer;

/* Makes room for so many more bytes and returns where they go (length is not moved); NULL when
 * failed. */
CALX_API char *calx_buffer_reserve(calx_buffer *buffer, size_t more);

/* Appends so many bytes. */
CALX_API void calx_buffer_append(calx_buffer *buffer, const void *data, size_t length);

/* Appends a NUL-ended string, without its NUL. */
CALX_API void calx_buffer_append_string(calx_buffer *buffer, const char *string);

/* Appends an integer in decimal digits. */
CALX_API void calx_buffer_append_integer(calx_buffer *buffer, int64_t value);

/* Appends what printf would write. */
CALX_API void calx_buffer_append_format(calx_buffer *buffer, const char *format, ...)
    CALX_PRINTF(2, 3);

/* Empties it and keeps the memory. */
CALX_API void calx_buffer_clear(calx_buffer *buffer);

/* Frees the memory; the buffer is empty again. */
CALX_API void calx_buffer_finish(calx_buffer *buffer);

/* Memory that is freed all at once. Zero-initialised is empty; used by one thread at a time. */
typedef struct calx_arena {
    struct calx__arena_block *blocks;
    size_t block_size; /* of the next block; 0: the default, 4 KiB, doubling up to 16 KiB */
    bool failed;
    struct calx__arena_owned *owned;
} calx_arena;

/* Zeroed memory aligned for any type, alive until the arena is cleared or finished. NULL when out
 * of memory (failed is set). */
CALX_API void *calx_arena_alloc(calx_arena *arena, size_t size);

/* The same, but the memory holds whatever it held before. */
CALX_API void *calx_arena_alloc_raw(calx_arena *arena, size_t size);

/* A copy with a NUL behind it (not counted); data NULL when out of memory or when data is NULL. */
CALX_API calx_text calx_arena_copy(calx_arena *arena, const void *data, size_t length);

/* printf into the arena; NULL when out of memory. */
CALX_API char *calx_arena_format(calx_arena *arena, const char *format, ...) CALX_PRINTF(2, 3);

/* Takes an object, which destroy frees when the arena is cleared or finished. False when out of
 * memory (failed is set): it is freed at once. */
CALX_API bool calx_arena_own(calx_arena *arena, void (*destroy)(void *object), void *object);

/* Forgets everything and keeps one block for the next use. */
CALX_API void calx_arena_clear(calx_arena *arena);

/* Frees everything. */
CALX_API void calx_arena_finish(calx_arena *arena);

/*
 * Bytes that never change and have several holders, in any threads; the last one that releases them
 * frees them. create copies, and returns NULL when out of memory; release accepts NULL, and the
 * text of NULL is empty.
 */
typedef struct calx__shared calx__shared;
CALX_API calx__shared *calx__shared_create(calx_text text);
CALX_API calx__shared *calx__shared_hold(calx__shared *shared);
CALX_API void calx__shared_release(calx__shared *shared);
CALX_API calx_text calx__shared_text(const calx__shared *shared);

/* Bytes that belong into a buffer at this place, but are lent instead of being copied. The holder
 * releases them. NULL: none. */
typedef struct calx__lent {
    calx__shared *text;
    size_t at;
} calx__lent;

#endif
