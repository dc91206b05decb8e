/* count.c: what is stored, against what was acknowledged. */
#include <stdio.h>

#include "faults.h"

static void complain(const memo *notes, const char *what, int64_t key)
{
    fprintf(stderr, "seed %llu: %s %lld; the last failure was: %s\n",
            (unsigned long long)notes->seed, what, (long long)key, notes->err.message);
}

static int64_t stored(calx_session *session, int64_t key)
{
    return calx_count(calx_filter_by(calx_query_of(session, Purchase), key, key));
}

static int64_t lines(calx_session *session, int64_t key)
{
    return calx_count(calx_filter_by(calx_query_of(session, PurchaseLine), purchase, key));
}

static bool count_purchase(calx_session *session, const memo *notes, int index, totals *sums)
{
    int64_t key = notes->first_key + index;
    known what = notes->purchases[index];
    int64_t rows = stored(session, key);
    int64_t parts = lines(session, key);
    sums->acknowledged += what == KNOWN_DONE;
    sums->refused += what == KNOWN_NOT_DONE;
    sums->unknown += what == KNOWN_NOTHING;
    if (parts != 2 * rows) {
        sums->half++;
        complain(notes, "half written is purchase", key);
    } else if (what == KNOWN_DONE && rows == 0) {
        sums->lost++;
        complain(notes, "acknowledged and lost is purchase", key);
    } else if (what == KNOWN_NOT_DONE && rows > 0) {
        sums->twice++; /* a second try would do it again */
        complain(notes, "refused and stored is purchase", key);
    } else {
        return true;
    }
    return false;
}

static bool count_rings(calx_session *session, const memo *notes, totals *sums)
{
    const Till *till = calx_get(session, Till, notes->first_key);
    int done = notes->rings[KNOWN_DONE];
    int unknown = notes->rings[KNOWN_NOTHING];
    sums->acknowledged += done;
    sums->refused += notes->rings[KNOWN_NOT_DONE];
    sums->unknown += unknown;
    if (till == NULL || till->rung < done) {
        sums->lost++;
        complain(notes, "acknowledged and lost are rings of till", notes->first_key);
    } else if (till->rung > done + unknown) {
        sums->twice++;
        complain(notes, "twice rung is till", notes->first_key);
    } else {
        return true;
    }
    return false;
}

bool count(calx_engine *engine, const memo *notes, totals *sums)
{
    calx_session *session = calx_session_create(engine);
    bool good = !notes->stuck;
    sums->stuck += notes->stuck;
    for (int i = 0; i < PURCHASES; i++)
        good &= count_purchase(session, notes, i, sums);
    good &= count_rings(session, notes, sums);
    const calx_error *err = calx_session_error(session);
    if (err != NULL)
        fprintf(stderr, "seed %llu: cannot be counted: %s\n", (unsigned long long)notes->seed,
                err->message);
    good &= err == NULL;
    calx_session_destroy(session);
    return good;
}
