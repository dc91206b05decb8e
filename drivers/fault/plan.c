/* plan.c: which call fails, and how: a function of the seed and the call's number alone, so that a
 * run can be repeated. */
#include <inttypes.h>

#include "drivers/fault/internal.h"

#define DELAY_MS_MAX 3u

const char *calx__fault_kind_name(calx__fault_kind kind)
{
    static const char *const kind_names[] = {
#define NAME(name, text) [CALX__FAULT_##name] = (text),
        CALX__FAULT_KINDS(NAME)
#undef NAME
    };
    return kind_names[kind];
}

static const char *const point_names[] = {
#define NAME(name, text, kinds) [CALX__FAULT_AT_##name] = (text),
    CALX__FAULT_POINTS(NAME)
#undef NAME
};

static const unsigned point_kinds[] = {
#define KINDS(name, text, kinds) [CALX__FAULT_AT_##name] = (kinds),
    CALX__FAULT_POINTS(KINDS)
#undef KINDS
};

/* splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014). */
static uint64_t draw(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* One of the kinds whose bits are set; at least one is. */
static calx__fault_kind draw_kind(unsigned kinds, uint64_t *state)
{
    int left = (int)(draw(state) % (uint64_t)__builtin_popcount(kinds));
    int kind = 0;
    while ((kinds & (1u << kind)) == 0 || left-- > 0)
        kind++;
    return (calx__fault_kind)kind;
}

static bool is_due(calx__fault_database *database, uint64_t call, uint64_t *state)
{
    const calx__fault_options *options = &database->options;
    if (options->at != 0)
        return call == options->at;
    if (options->every == 0 || draw(state) % options->every != 0)
        return false;
    return options->most == 0 || atomic_load(&database->failures) < options->most;
}

static void print(const calx__fault_database *database, calx__fault_point point,
                  const calx__fault *fault)
{
    const char *more = "";
    if (fault->kind == CALX__FAULT_REFUSED)
        more = calx_error_class_name(fault->refusal);
    else if (fault->kind == CALX__FAULT_CUT_INSIDE)
        more = fault->stored ? "stored" : "not stored";
    fprintf(database->log, "fault: seed %" PRIu64 ", call %" PRIu64 ", %s: %s%s%s\n",
            database->options.seed, fault->call, point_names[point],
            calx__fault_kind_name(fault->kind), more[0] ? ", " : "", more);
    fflush(database->log);
}

calx__fault calx__fault_decide(calx__fault_database *database, calx__fault_point point)
{
    static const calx_error_class refusals[] = {CALX_ERROR_SERIALIZATION, CALX_ERROR_DEADLOCK,
                                                CALX_ERROR_LOCK_TIMEOUT};
    uint64_t call = atomic_fetch_add(&database->calls, 1) + 1;
    uint64_t state = database->options.seed ^ (call * UINT64_C(0xff51afd7ed558ccd));
    unsigned kinds = point_kinds[point] & database->options.kinds;
    calx__fault fault = {.kind = CALX__FAULT_NONE, .call = call};
    if (kinds == 0 || !is_due(database, call, &state))
        return fault;
    atomic_fetch_add(&database->failures, 1);
    fault.kind = draw_kind(kinds, &state);
    fault.refusal = refusals[draw(&state) % (sizeof refusals / sizeof *refusals)];
    fault.stored = fault.kind == CALX__FAULT_CUT_AFTER || draw(&state) % 2 == 0;
    fault.delay_ms = (int)(1 + draw(&state) % DELAY_MS_MAX);
    print(database, point, &fault);
    return fault;
}
