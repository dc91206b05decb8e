/* work.c: what clients do: purchases at one go and in steps, and rings of a till. */
#include <stdio.h>

#include "faults.h"

#define TRIES_MAX 4
#define TRIES_AT_THE_END_MAX 100

static void add_line(calx_session *session, int64_t key, int number)
{
    PurchaseLine *line = PurchaseLine_new(session);
    line->purchase = key;
    line->line = number;
}

/* All in one unit. */
static void buy_at_once(calx_session *session, int64_t key)
{
    Purchase *purchase = Purchase_new(session);
    purchase->key = key;
    purchase->buyer = calx_text_of("at once");
    add_line(session, key, 1);
    add_line(session, key, 2);
}

/* A transaction of several flushes, with queries and a savepoint in it. */
static void buy_in_steps(calx_session *session, int64_t key)
{
    Purchase *purchase = Purchase_new(session);
    purchase->key = key;
    purchase->buyer = calx_text_of("in steps");
    calx_session_flush(session);
    add_line(session, key, 1);
    calx_count(calx_filter_by(calx_query_of(session, PurchaseLine), purchase, key));
    calx_session_begin_nested(session);
    add_line(session, key, 2);
    calx_session_release(session);
    purchase->buyer = calx_text_of("in steps, paid");
}

/* Read, and written as it was read: locked in between. */
static void ring(calx_session *session, int64_t till)
{
    Till *found =
        calx_first(calx_for_update(calx_filter_by(calx_query_of(session, Till), id, till)));
    if (found != NULL)
        found->rung++;
}

typedef void piece(calx_session *session, int64_t key);

/* Ends the piece: the session may have failed on the way. */
static known finish(calx_session *session, memo *notes)
{
    if (calx_session_commit(session) == 0)
        return KNOWN_DONE;
    notes->err = *calx_session_error(session);
    known result = KNOWN_NOT_DONE;
    if (notes->err.outcome == CALX_OUTCOME_UNKNOWN)
        result = KNOWN_NOTHING;
    calx_session_rollback(session);
    return result;
}

/* Not done: once more, in the same session or in a new one. Unknown: never again. */
static known try(calx_engine *engine, piece *does, int64_t key, int most, memo *notes)
{
    known result = KNOWN_NOT_DONE;
    calx_session *session = calx_session_create(engine);
    for (int i = 0; i < most && result == KNOWN_NOT_DONE; i++) {
        if (i % 2 == 1) {
            calx_session_destroy(session);
            session = calx_session_create(engine);
        }
        does(session, key);
        result = finish(session, notes);
    }
    calx_session_destroy(session);
    return result;
}

void work(calx_engine *engine, memo *notes)
{
    for (int i = 0; i < PURCHASES; i++) {
        piece *does = i % 2 ? buy_in_steps : buy_at_once;
        notes->purchases[i] = try(engine, does, notes->first_key + i, TRIES_MAX, notes);
    }
    for (int i = 0; i < RINGS; i++)
        notes->rings[try(engine, ring, notes->first_key, TRIES_MAX, notes)]++;
    /* Whatever happened: it works again. */
    known last = try(engine, ring, notes->first_key, TRIES_AT_THE_END_MAX, notes);
    notes->rings[last]++;
    notes->stuck = last == KNOWN_NOT_DONE;
}
