/*
 * fiber.h: a call with a stack of its own, which can leave off and be gone on with. A fiber stays
 * on the thread that made it. Knows nothing of loops and waiting: see scheduler.c. Private to
 * http/.
 */
#ifndef CALX_SERVER_HTTP_FIBER_H
#define CALX_SERVER_HTTP_FIBER_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <ucontext.h>

/* Bytes of a stack; only what is touched is memory. Below it lies a page that must not be. */
#define CALX__FIBER_STACK_BYTES ((size_t)256 * 1024)

typedef struct calx__fiber {
    void (*call)(void *argument);
    void *argument;
    bool finished; /* its call has returned */
    char *memory;  /* guard page and stack; NULL before the first call */
    ucontext_t own;
    ucontext_t caller;
    jmp_buf own_place;
    jmp_buf caller_place;
    bool entered; /* own_place is one: its stack has been on before */
    /* For the sanitizers, which must be told of every change of stacks. */
    void *fake_stack;
    void *caller_fake_stack;
    const void *caller_stack;
    size_t caller_stack_bytes;
    void *thread_sanitizer_fiber;
    void *thread_sanitizer_caller;
} calx__fiber;

/* Gives a zeroed fiber its stack. False when out of memory. */
bool calx__fiber_init(calx__fiber *fiber);

/* It must not be inside a call. */
void calx__fiber_finish(calx__fiber *fiber);

/* Begins a call, up to its end or its first calx__fiber_leave. */
void calx__fiber_begin(calx__fiber *fiber, void (*call)(void *argument), void *argument);

/* Goes on behind calx__fiber_leave, up to the end or the next one. */
void calx__fiber_resume(calx__fiber *fiber);

/* On the fiber itself: back to whoever began or resumed it. */
void calx__fiber_leave(calx__fiber *fiber);

#endif
