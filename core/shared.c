/* shared.c: bytes with several holders. */
#include <calx/buffer.h>

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct calx__shared {
    _Atomic size_t holders;
    size_t length;
    char bytes[];
};

calx__shared *calx__shared_create(calx_text text)
{
    calx__shared *shared = malloc(sizeof *shared + text.length);
    if (shared == NULL)
        return NULL;
    shared->holders = 1;
    shared->length = text.length;
    if (text.length > 0)
        memcpy(shared->bytes, text.data, text.length);
    return shared;
}

calx__shared *calx__shared_hold(calx__shared *shared)
{
    atomic_fetch_add_explicit(&shared->holders, 1, memory_order_relaxed);
    return shared;
}

void calx__shared_release(calx__shared *shared)
{
    if (shared != NULL && atomic_fetch_sub_explicit(&shared->holders, 1, memory_order_acq_rel) == 1)
        free(shared);
}

calx_text calx__shared_text(const calx__shared *shared)
{
    return shared != NULL ? (calx_text){shared->bytes, shared->length} : (calx_text){0};
}
