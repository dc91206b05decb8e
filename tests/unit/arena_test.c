/* arena_test.c: memory that is freed all at once, and what a thread keeps of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <string.h>

#include <calx/buffer.h>

#define LARGE_PIECE 100000u

static bool is_zero(const unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

/* Pieces of all kinds of sizes are zero and hold what is written to them. */
static void fill(void)
{
    calx_arena arena = {0};
    for (size_t size = 1; size <= LARGE_PIECE; size = size * 3 + 1) {
        unsigned char *piece = calx_arena_alloc(&arena, size);
        assert_non_null(piece);
        assert_int_equal((uintptr_t)piece % _Alignof(max_align_t), 0);
        assert_true(is_zero(piece, size));
        memset(piece, 0xff, size);
    }
    calx_arena_finish(&arena);
}

static void arena_gives_zeroed_memory_also_where_it_was_used_before(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        fill();
}

static void arena_cleared_is_usable_again(void **state)
{
    (void)state;
    calx_arena arena = {0};
    memset(calx_arena_alloc(&arena, LARGE_PIECE), 0xff, LARGE_PIECE);
    calx_arena_clear(&arena);
    assert_true(is_zero(calx_arena_alloc(&arena, LARGE_PIECE), LARGE_PIECE));
    calx_arena_finish(&arena);
    assert_null(arena.blocks);
}

static void arena_refuses_what_is_larger_than_memory(void **state)
{
    (void)state;
    calx_arena arena = {0};
    assert_null(calx_arena_alloc(&arena, SIZE_MAX));
    assert_true(arena.failed);
    calx_arena_finish(&arena);
}

static void *finish_elsewhere(void *arena)
{
    fill();
    calx_arena_finish(arena);
    return NULL;
}

/* What the thread keeps goes with it: a leak would be seen by the sanitizer. */
static void arena_may_be_finished_by_another_thread(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        calx_arena arena = {0};
        pthread_t thread;
        calx_text copy = calx_arena_copy(&arena, "kept", 4);
        assert_string_equal(copy.data, "kept");
        assert_int_equal(pthread_create(&thread, NULL, finish_elsewhere, &arena), 0);
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_null(arena.blocks);
    }
}

static void count(void *object)
{
    ++*(int *)object;
}

static void arena_destroys_what_it_owns_once(void **state)
{
    (void)state;
    calx_arena arena = {0};
    int destroyed = 0;
    assert_true(calx_arena_own(&arena, count, &destroyed));
    calx_arena_clear(&arena);
    assert_int_equal(destroyed, 1);
    calx_arena_finish(&arena);
    assert_int_equal(destroyed, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_gives_zeroed_memory_also_where_it_was_used_before),
        cmocka_unit_test(arena_cleared_is_usable_again),
        cmocka_unit_test(arena_refuses_what_is_larger_than_memory),
        cmocka_unit_test(arena_may_be_finished_by_another_thread),
        cmocka_unit_test(arena_destroys_what_it_owns_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
