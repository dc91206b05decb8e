/*
 * fiber.c: changing stacks, and telling the sanitizers. A stack is entered once by swapcontext,
 * which asks the kernel about signals each time; from then on by _longjmp, which does not. The
 * sanitizers take a _longjmp for the end of frames: under them it is swapcontext always.
 */
#undef _FORTIFY_SOURCE /* its longjmp refuses to enter a deeper frame, as another stack seems to   \
                          be */
#include "server/http/fiber.h"

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define WITH_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ADDRESS_SANITIZER 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define WITH_THREAD_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WITH_THREAD_SANITIZER 1
#endif
#endif

#ifdef WITH_ADDRESS_SANITIZER
#include <sanitizer/common_interface_defs.h>
#define START_SWITCH(keep, bottom, size) __sanitizer_start_switch_fiber((keep), (bottom), (size))
#define FINISH_SWITCH(kept, bottom, size) __sanitizer_finish_switch_fiber((kept), (bottom), (size))
#else
#define START_SWITCH(keep, bottom, size) ((void)(bottom), (void)(size))
#define FINISH_SWITCH(kept, bottom, size) ((void)0)
#endif

#ifdef WITH_THREAD_SANITIZER
#include <sanitizer/tsan_interface.h>
#define FIBER_CREATE() __tsan_create_fiber(0)
#define FIBER_DESTROY(fiber) __tsan_destroy_fiber(fiber)
#define FIBER_CURRENT() __tsan_get_current_fiber()
#define FIBER_SWITCH(fiber) __tsan_switch_to_fiber((fiber), 0)
#else
#define FIBER_CREATE() NULL
#define FIBER_DESTROY(fiber) ((void)(fiber))
#define FIBER_CURRENT() NULL
#define FIBER_SWITCH(fiber) ((void)(fiber))
#endif

static size_t guard_bytes(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

static char *stack_of(const calx__fiber *fiber)
{
    return fiber->memory + guard_bytes();
}

/* The first frame, for the life of the stack: one call after the other. makecontext passes integers
 * only. */
static void fiber_main(unsigned high, unsigned low)
{
    calx__fiber *fiber = (calx__fiber *)((uintptr_t)high << 16 << 16 | low);
    FINISH_SWITCH(NULL, &fiber->caller_stack, &fiber->caller_stack_bytes);
    for (;;) {
        fiber->call(fiber->argument);
        fiber->finished = true;
        calx__fiber_leave(fiber);
    }
}

bool calx__fiber_init(calx__fiber *fiber)
{
    size_t bytes = guard_bytes() + CALX__FIBER_STACK_BYTES;
    char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (memory == MAP_FAILED)
        return false;
    if (mprotect(memory, guard_bytes(), PROT_NONE) != 0) {
        munmap(memory, bytes);
        return false;
    }
    fiber->memory = memory;
    fiber->thread_sanitizer_fiber = FIBER_CREATE();
    uintptr_t self = (uintptr_t)fiber;
    getcontext(&fiber->own);
    fiber->own.uc_stack.ss_sp = stack_of(fiber);
    fiber->own.uc_stack.ss_size = CALX__FIBER_STACK_BYTES;
    fiber->own.uc_link = NULL;
    makecontext(&fiber->own, (void (*)(void))fiber_main, 2, (unsigned)(self >> 16 >> 16),
                (unsigned)self);
    return true;
}

void calx__fiber_finish(calx__fiber *fiber)
{
    if (fiber->memory == NULL)
        return;
    munmap(fiber->memory, guard_bytes() + CALX__FIBER_STACK_BYTES);
    FIBER_DESTROY(fiber->thread_sanitizer_fiber);
    fiber->memory = NULL;
}

#if defined(WITH_ADDRESS_SANITIZER) || defined(WITH_THREAD_SANITIZER)
static void enter(calx__fiber *fiber)
{
    swapcontext(&fiber->caller, &fiber->own);
}

static void leave(calx__fiber *fiber)
{
    swapcontext(&fiber->own, &fiber->caller);
}
#else
static void enter(calx__fiber *fiber)
{
    if (_setjmp(fiber->caller_place) != 0)
        return;
    if (fiber->entered)
        _longjmp(fiber->own_place, 1);
    fiber->entered = true;
    setcontext(&fiber->own);
}

static void leave(calx__fiber *fiber)
{
    if (_setjmp(fiber->own_place) == 0)
        _longjmp(fiber->caller_place, 1);
}
#endif

void calx__fiber_resume(calx__fiber *fiber)
{
    fiber->thread_sanitizer_caller = FIBER_CURRENT();
    START_SWITCH(&fiber->caller_fake_stack, stack_of(fiber), CALX__FIBER_STACK_BYTES);
    FIBER_SWITCH(fiber->thread_sanitizer_fiber);
    enter(fiber);
    FINISH_SWITCH(fiber->caller_fake_stack, NULL, NULL);
}

void calx__fiber_begin(calx__fiber *fiber, void (*call)(void *argument), void *argument)
{
    fiber->call = call;
    fiber->argument = argument;
    fiber->finished = false;
    calx__fiber_resume(fiber);
}

void calx__fiber_leave(calx__fiber *fiber)
{
    START_SWITCH(&fiber->fake_stack, fiber->caller_stack, fiber->caller_stack_bytes);
    FIBER_SWITCH(fiber->thread_sanitizer_caller);
    leave(fiber);
    FINISH_SWITCH(fiber->fake_stack, &fiber->caller_stack, &fiber->caller_stack_bytes);
}
