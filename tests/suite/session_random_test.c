/*
 * Random work in a session, beside a plain model of what it must come to. A seed gives one sequence
 * of steps on a small library; after each end of a transaction the database, read by a session of
 * its own, and the session's objects must be what the plain model says, and now and then in
 * between.
 *
 * CALX_RANDOM_SEEDS: how many sequences (a few by default); CALX_RANDOM_SEED: the first of them.
 */
#include "tests/suite/session_random_steps.h"

RANDOM_MODELS

#define STEPS 120

typedef void step(library *l);

/* ---- Steps of the transaction ---- */

static void commit_all(library *l)
{
    calx_session_commit(l->session);
    check_session_ok(l);
    l->unclear = false;
    l->committed = l->now;
    l->depth = 0;
    check_database(l);
    check_either_way(l);
}

/* Another session, which has loaded all objects and nothing of what they are related to. */
static void begin_anew(library *l)
{
    commit_all(l);
    calx_session *old = l->session;
    l->session = calx_session_create(l->engine);
    calx_session_set_autoflush(l->session, l->autoflush);
    for (int kind = 0; kind < KINDS; kind++)
        for (int slot = 0; slot < SLOTS; slot++) {
            row *at = &l->now.rows[kind][slot];
            at->object = at->exists ? get(l, kind, at->object) : NULL;
        }
    l->committed = l->now;
    calx_session_destroy(old);
}

static void roll_all_back(library *l)
{
    calx_session_rollback(l->session);
    l->now = l->committed;
    l->depth = 0;
    l->unclear = false;
    check_database(l);
    check_either_way(l);
}

/* Another object stands for the row from now on. */
static void expunge_label(library *l)
{
    int slot = any_slot(l, LABEL);
    if (slot == NONE || has_label_links(l, slot))
        return;
    commit_all(l); /* no rollback brings the old one back */
    calx_session_expunge(l->session, object_at(l, LABEL, slot));
    void *again = calx_get(l->session, Label, words[slot]);
    check(l, again != NULL && again != object_at(l, LABEL, slot), "expunged label");
    l->now.rows[LABEL][slot].object = l->committed.rows[LABEL][slot].object = again;
}

static void begin_nested(library *l)
{
    if (l->depth == DEPTH_MAX)
        return;
    calx_session_begin_nested(l->session);
    l->saved[l->depth++] = l->now;
}

static void release(library *l)
{
    if (l->depth == 0)
        return;
    calx_session_release(l->session);
    l->depth--;
}

static void roll_back_nested(library *l)
{
    if (l->depth == 0)
        return;
    calx_session_rollback_nested(l->session);
    l->now = l->saved[--l->depth];
    l->unclear = false;
    check_either_way(l);
}

/* A flush that the database refuses, and what is done about it. */
static void fail_a_flush(library *l)
{
    int taken = any_slot(l, LABEL);
    if (taken == NONE)
        return;
    flush(l);
    change_value(l);
    set_sequel(l);
    add_book(l);
    Label *twice = Label_new(l->session);
    twice->word = calx_text_of(words[taken]);
    check(l, calx_session_flush(l->session) == CALX_ERROR_UNIQUE, "two labels of one word");
    if (l->depth > 0 && pick(l, 2) == 0)
        roll_back_nested(l);
    else
        roll_all_back(l);
}

/* Somebody else is faster. */
static void lose_a_race(library *l)
{
    commit_all(l);
    int slot = any_slot(l, AUTHOR);
    if (slot == NONE)
        return;
    Author *author = object_at(l, AUTHOR, slot);
    calx_get(l->session, Author, author->id);
    calx_session *other = calx_session_create(l->engine);
    Author *theirs = calx_get(other, Author, author->id);
    int rank = theirs->rank + 1;
    theirs->rank = rank;
    calx_session_commit(other);
    assert_session_ok(other);
    calx_session_destroy(other);
    l->committed.rows[AUTHOR][slot].value = rank;
    author->rank += 2;
    add_book(l);
    check(l, calx_session_flush(l->session) == CALX_ERROR_STALE, "the race is lost");
    calx_session_rollback(l->session);
    calx_get(l->session, Author, author->id);
    roll_all_back(l);
}

static void look(library *l)
{
    int kind = (int)pick(l, KINDS);
    int slot = any_slot(l, kind);
    if (slot != NONE)
        check_object(l, kind, slot);
}

static void look_at_all(library *l)
{
    flush(l);
    check_session(l);
}

static void remember(library *l)
{
    if (!l->unclear)
        check_memory(l);
}

static void count(library *l)
{
    int books = 0;
    for (int slot = 0; slot < SLOTS; slot++)
        books += l->now.rows[BOOK][slot].exists;
    if (!l->autoflush)
        flush(l);
    check(l, calx_count(calx_query_of(l->session, Book)) == books, "number of books");
}

/* ---- Sequences ---- */

#define STEP(weight, function)                                                                     \
    {                                                                                              \
        weight, #function, function                                                                \
    }
static const struct {
    unsigned weight;
    const char *name;
    step *run;
} steps[] = {
    STEP(4, add_author),
    STEP(6, add_book),
    STEP(4, add_label),
    STEP(6, add_chapter),
    STEP(8, change_value),
    STEP(2, change_and_forget),
    STEP(2, merge_author),
    STEP(2, merge_label),
    STEP(1, expunge_label),
    STEP(5, move_book),
    STEP(3, take_book_away),
    STEP(5, set_sequel),
    STEP(7, stick_label),
    STEP(3, tear_chapter_out),
    STEP(2, delete_author),
    STEP(3, delete_book),
    STEP(2, delete_label),
    STEP(2, delete_chapter),
    STEP(1, delete_long_chapters),
    STEP(4, flush),
    STEP(4, commit_all),
    STEP(3, roll_all_back),
    STEP(4, begin_nested),
    STEP(2, release),
    STEP(3, roll_back_nested),
    STEP(1, fail_a_flush),
    STEP(1, lose_a_race),
    STEP(5, look),
    STEP(2, look_at_all),
    STEP(6, remember),
    STEP(2, begin_anew),
    STEP(2, count),
};
#define STEP_KINDS (sizeof steps / sizeof *steps)

static void take_a_step(library *l)
{
    unsigned all = 0;
    for (size_t i = 0; i < STEP_KINDS; i++)
        all += steps[i].weight;
    unsigned at = pick(l, all);
    size_t chosen = 0;
    while (at >= steps[chosen].weight)
        at -= steps[chosen++].weight;
    l->step++;
    l->doing = steps[chosen].name;
    if (getenv("CALX_RANDOM_TRACE") != NULL)
        fprintf(stderr, "%d %s\n", l->step, l->doing);
    steps[chosen].run(l);
    check_session_ok(l);
}

static uint64_t from_environment(const char *name, uint64_t otherwise)
{
    const char *value = getenv(name);
    return value ? strtoull(value, NULL, 10) : otherwise;
}

static void a_session_is_what_the_plain_model_says(void **state)
{
    library *l = *state;
    uint64_t first = from_environment("CALX_RANDOM_SEED", 1);
    uint64_t seeds = from_environment("CALX_RANDOM_SEEDS", 3);
    for (uint64_t seed = first; seed < first + seeds; seed++) {
        begin_sequence(l, seed);
        while (l->step < STEPS)
            take_a_step(l);
        commit_all(l);
        end_sequence(l);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_session_is_what_the_plain_model_says)};
    return cmocka_run_group_tests(tests, library_open, library_close);
}
