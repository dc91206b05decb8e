/* Commits that wait for who holds the session: calx_session_hold. */
#include "tests/suite/orm_fixture.h"

ORM_FIXTURE_MODELS

static Todo *add_todo(fixture *f, const char *title)
{
    Todo *todo = Todo_new(f->session);
    todo->title = calx_text_of(title);
    return todo;
}

/* A row of the holder's own, flushed, and then somebody else's turn. */
static Todo *begin_hold(fixture *f)
{
    Todo *own = add_todo(f, "own");
    assert_int_equal(calx_session_flush(f->session), 0);
    calx_session_hold(f->session);
    return own;
}

static int64_t count_title(fixture *f, const char *title)
{
    return calx_count(calx_filter_by(calx_query_of(f->session, Todo), title, title));
}

static void a_held_commit_waits_for_the_holder(void **state)
{
    fixture *f = *state;
    Todo *own = begin_hold(f);
    Todo *todo = add_todo(f, "first");
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_true(todo->id > 0);
    add_todo(f, "second");
    forget_sent(f);
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_null(strstr(sent(f), "COMMIT"));
    todo->title = calx_text_of("never committed");
    assert_int_equal(calx_session_let_go(f->session), 0);
    own->title = calx_text_of("done");
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_int_equal(stored_count(f), 3);
    assert_int_equal(count_title(f, "first") + count_title(f, "second") + count_title(f, "done"),
                     3);
}

static void a_held_commit_can_still_be_rolled_back_by_the_holder(void **state)
{
    fixture *f = *state;
    begin_hold(f);
    add_todo(f, "first");
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_int_equal(calx_session_let_go(f->session), 0);
    calx_session_rollback(f->session);
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_int_equal(stored_count(f), 0);
}

static void what_was_not_committed_is_undone_when_the_session_is_let_go(void **state)
{
    fixture *f = *state;
    Todo *own = begin_hold(f);
    add_todo(f, "flushed");
    assert_int_equal(calx_session_flush(f->session), 0);
    add_todo(f, "pending");
    assert_int_equal(calx_session_let_go(f->session), 0);
    calx_session_add(f->session, own);
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_int_equal(stored_count(f), 1);
    assert_int_equal(count_title(f, "own"), 1);
}

/* A todo whose commit waits for the holder. */
static Todo *commit_held(fixture *f)
{
    begin_hold(f);
    Todo *todo = add_todo(f, "first");
    assert_int_equal(calx_session_commit(f->session), 0);
    return todo;
}

static void what_is_flushed_behind_a_held_commit_is_an_error(void **state)
{
    fixture *f = *state;
    Todo *todo = commit_held(f);
    todo->title = calx_text_of("behind");
    assert_int_equal(calx_session_flush(f->session), 0);
    assert_int_equal(calx_session_let_go(f->session), CALX_ERROR_STATE);
    assert_int_equal(calx_session_commit(f->session), CALX_ERROR_STATE);
    calx_session_rollback(f->session);
    assert_int_equal(stored_count(f), 0);
}

static void a_rollback_forgets_what_was_not_flushed_behind_a_held_commit(void **state)
{
    fixture *f = *state;
    Todo *todo = commit_held(f);
    todo->title = calx_text_of("pending");
    calx_session_rollback(f->session);
    assert_int_equal(todo->title.length, strlen("first"));
    assert_int_equal(calx_session_let_go(f->session), 0);
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_int_equal(count_title(f, "first"), 1);
    assert_int_equal(stored_count(f), 2);
}

static void a_rollback_that_a_held_commit_would_be_lost_by_is_refused(void **state)
{
    fixture *f = *state;
    Todo *todo = commit_held(f);
    todo->title = calx_text_of("behind");
    assert_int_equal(calx_session_flush(f->session), 0);
    calx_session_rollback(f->session);
    assert_int_equal(calx_session_let_go(f->session), CALX_ERROR_STATE);
    calx_session_rollback(f->session);
    assert_int_equal(stored_count(f), 0);
}

static void a_held_commit_ends_savepoints(void **state)
{
    fixture *f = *state;
    begin_hold(f);
    assert_int_equal(calx_session_begin_nested(f->session), 0);
    add_todo(f, "nested");
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_int_equal(calx_session_rollback_nested(f->session), CALX_ERROR_STATE);
    calx_session_rollback(f->session);
    assert_int_equal(calx_session_let_go(f->session), CALX_ERROR_STATE);
    calx_session_rollback(f->session);
    begin_hold(f);
    assert_int_equal(calx_session_begin_nested(f->session), 0);
    add_todo(f, "nested");
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_int_equal(calx_session_let_go(f->session), 0);
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_int_equal(stored_count(f), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_tables(a_held_commit_waits_for_the_holder),
        with_tables(a_held_commit_can_still_be_rolled_back_by_the_holder),
        with_tables(what_was_not_committed_is_undone_when_the_session_is_let_go),
        with_tables(what_is_flushed_behind_a_held_commit_is_an_error),
        with_tables(a_rollback_forgets_what_was_not_flushed_behind_a_held_commit),
        with_tables(a_rollback_that_a_held_commit_would_be_lost_by_is_refused),
        with_tables(a_held_commit_ends_savepoints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
