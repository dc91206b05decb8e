/*
 * arena.c: memory in blocks of doubling size. A thread keeps some of the blocks that its arenas
 * give back: sessions come and go with requests, and the system takes its time to hand out the
 * same memory again.
 */
#include <calx/buffer.h>

#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_BLOCK_MIN 4096u
#define ARENA_BLOCK_MAX (16u * 1024u) /* of what is not asked for in one piece */

struct calx__arena_block {
    struct calx__arena_block *next;
    size_t used;
    size_t size;
    max_align_t bytes[];
};

/* ---- Kept blocks ---- */

#define KEPT_SIZES 7u                  /* ARENA_BLOCK_MIN, and six times doubled */
#define KEPT_BYTES_MAX (1024u * 1024u) /* of a thread */

/* The address sanitizer is to see what is used after its arena has ended. */
#if defined(__SANITIZE_ADDRESS__)
static const bool is_watched = true;
#elif defined(__has_feature)
static const bool is_watched = __has_feature(address_sanitizer);
#else
static const bool is_watched = false;
#endif

typedef struct kept_blocks {
    struct calx__arena_block *of_size[KEPT_SIZES];
    size_t bytes;
} kept_blocks;

static _Thread_local kept_blocks kept;
static pthread_key_t kept_key; /* frees what a thread keeps when it ends */
static pthread_once_t kept_once = PTHREAD_ONCE_INIT;
static bool kept_usable;

static void kept_free(void *of_thread)
{
    kept_blocks *blocks = of_thread;
    for (size_t i = 0; i < KEPT_SIZES; i++) {
        while (blocks->of_size[i] != NULL) {
            struct calx__arena_block *block = blocks->of_size[i];
            blocks->of_size[i] = block->next;
            free(block);
        }
    }
    blocks->bytes = 0;
}

static void kept_init(void)
{
    kept_usable = !is_watched && pthread_key_create(&kept_key, kept_free) == 0;
}

/* The threads that are left must not call what is unloaded with the library. */
__attribute__((destructor)) static void kept_finish(void)
{
    if (kept_usable)
        pthread_key_delete(kept_key);
    kept_usable = false;
    kept_free(&kept);
}

/* Which of the sizes it is; KEPT_SIZES if it is none of them. */
static size_t kept_index(size_t size)
{
    size_t index = 0;
    while (index < KEPT_SIZES && size != (size_t)ARENA_BLOCK_MIN << index)
        index++;
    return index;
}

static struct calx__arena_block *block_get(size_t size)
{
    size_t index = kept_index(size);
    struct calx__arena_block *block = index < KEPT_SIZES ? kept.of_size[index] : NULL;
    if (block == NULL)
        return malloc(sizeof *block + size);
    kept.of_size[index] = block->next;
    kept.bytes -= size;
    return block;
}

static void block_put(struct calx__arena_block *block)
{
    size_t index = kept_index(block->size);
    pthread_once(&kept_once, kept_init);
    if (!kept_usable || index == KEPT_SIZES || kept.bytes + block->size > KEPT_BYTES_MAX ||
        (kept.bytes == 0 && pthread_setspecific(kept_key, &kept) != 0)) {
        free(block);
        return;
    }
    block->next = kept.of_size[index];
    kept.of_size[index] = block;
    kept.bytes += block->size;
}

/* ---- The arena ---- */

static size_t arena_round(size_t size)
{
    size_t unit = _Alignof(max_align_t);
    return (size + unit - 1) / unit * unit;
}

/* Of a piece that is larger than a block: in a size that can be kept, if it is not larger still. */
static size_t large_block_size(size_t size)
{
    size_t block_size = ARENA_BLOCK_MAX;
    while (block_size < size && kept_index(block_size) < KEPT_SIZES)
        block_size *= 2;
    return block_size < size ? size : block_size;
}

static struct calx__arena_block *arena_grow(calx_arena *arena, size_t size)
{
    size_t block_size = arena->block_size ? arena->block_size : ARENA_BLOCK_MIN;
    arena->block_size = block_size < ARENA_BLOCK_MAX ? block_size * 2 : block_size;
    if (block_size < size)
        block_size = large_block_size(size);
    struct calx__arena_block *block = block_get(block_size);
    if (block == NULL) {
        arena->failed = true;
        return NULL;
    }
    *block = (struct calx__arena_block){.next = arena->blocks, .size = block_size};
    arena->blocks = block;
    return block;
}

/* Of a new block. Apart from what follows, which then has few registers to save. */
__attribute__((noinline)) static void *arena_alloc_grown(calx_arena *arena, size_t size)
{
    struct calx__arena_block *block = arena_grow(arena, size);
    if (block == NULL)
        return NULL;
    block->used = size;
    return block->bytes;
}

void *calx_arena_alloc_raw(calx_arena *arena, size_t size)
{
    if (size > SIZE_MAX / 2) {
        arena->failed = true;
        return NULL;
    }
    size = arena_round(size ? size : 1);
    struct calx__arena_block *block = arena->blocks;
    if (block == NULL || block->size - block->used < size)
        return arena_alloc_grown(arena, size);
    char *memory = (char *)block->bytes + block->used;
    block->used += size;
    return memory;
}

void *calx_arena_alloc(calx_arena *arena, size_t size)
{
    void *memory = calx_arena_alloc_raw(arena, size);
    return memory ? memset(memory, 0, size) : NULL;
}

calx_text calx_arena_copy(calx_arena *arena, const void *data, size_t length)
{
    char *copy = data && length < SIZE_MAX ? calx_arena_alloc_raw(arena, length + 1) : NULL;
    if (copy == NULL)
        return (calx_text){0};
    memcpy(copy, data, length);
    copy[length] = '\0';
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
        block_put(block);
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
