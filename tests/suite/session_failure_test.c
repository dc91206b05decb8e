/* Sessions that fail: sticky errors, rollback, stale rows, refused values. */
#include "tests/suite/orm_fixture.h"

ORM_FIXTURE_MODELS

/* A session that has failed and that nothing can make worse. */
static void make_it_fail(fixture *f)
{
    assert_int_equal(calx_session_fail(f->session, CALX_ERROR_NOT_FOUND, "no %s", "todo"),
                     CALX_ERROR_NOT_FOUND);
    forget_sent(f);
}

/* ---- Sticky errors ---- */

static void after_a_failure_calls_do_nothing(void **state)
{
    fixture *f = *state;
    int32_t id = stored_todo(f, "one");
    Todo *todo = calx_get(f->session, Todo, id);
    make_it_fail(f);
    todo->title = calx_text_of("two");
    Todo_new(f->session)->title = calx_text_of("three");
    calx_session_delete(f->session, todo);
    assert_int_equal(calx_session_flush(f->session), CALX_ERROR_NOT_FOUND);
    assert_int_equal(calx_session_commit(f->session), CALX_ERROR_NOT_FOUND);
    calx_session_fail(f->session, CALX_ERROR_INVALID, "later");
    assert_null(calx_get(f->session, Todo, id));
    Todo_query *query = calx_filter(calx_query_of(f->session, Todo), EQUAL(Todo_.id, id));
    query = calx_limit(calx_order_by(query, Todo_.id), -1);
    assert_null(calx_first(query));
    assert_int_equal(calx_all(query).count, 0);
    assert_int_equal(calx_count(query), 0);
    assert_int_equal(calx_query_delete_count(query), -1);
    calx_query_delete(query);
    assert_failed(f->session, CALX_ERROR_NOT_FOUND, "no todo");
    assert_string_equal(sent(f), "");
    calx_session_rollback(f->session);
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_int_equal(stored_count(f), 1);
}

static void the_scratch_object_is_never_flushed(void **state)
{
    fixture *f = *state;
    Todo *scratch = calx_session_scratch(f->session, &Todo_model);
    scratch->title = calx_text_of("scratch");
    assert_ptr_equal(calx_object_model(scratch), &Todo_model);
    calx_session_add(f->session, scratch);
    calx_session_delete(f->session, scratch);
    assert_int_equal(calx_session_commit(f->session), 0);
    make_it_fail(f);
    Todo *todo = Todo_new(f->session);
    assert_ptr_equal(todo, scratch);
    assert_null(todo->title.data);
    assert_true(todo->order.is_null);
    todo->title = calx_text_of("after a failure");
    calx_session_rollback(f->session);
    calx_session_add(f->session, todo);
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_int_equal(stored_count(f), 0);
}

static void without_memory_nothing_is_stored(void **state)
{
    fixture *f = *state;
    Todo_new(f->session)->title = calx_text_of("never");
    assert_null(calx_arena_alloc(calx_session_arena(f->session), SIZE_MAX / 2 + 1));
    Todo *scratch = Todo_new(f->session);
    assert_ptr_equal(scratch, calx_session_scratch(f->session, &Todo_model));
    assert_int_equal(calx_session_commit(f->session), CALX_ERROR_NO_MEMORY);
    assert_null(calx_first(calx_filter_by(calx_query_of(f->session, Todo), title, "never")));
    assert_string_equal(sent(f), "");
    calx_session_rollback(f->session);
    Todo_new(f->session)->title = calx_text_of("later");
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_true(is_stored(f, "later"));
    assert_false(is_stored(f, "never"));
}

static void after_the_deadline_nothing_is_stored(void **state)
{
    fixture *f = *state;
    Todo *todo = Todo_new(f->session);
    calx_session_set_deadline(f->session, calx_now_us() - 1);
    assert_int_equal(calx_session_commit(f->session), CALX_ERROR_TIMEOUT);
    assert_int_equal(calx_session_error(f->session)->outcome, CALX_OUTCOME_NOT_DONE);
    calx_session_rollback(f->session);
    calx_session_set_deadline(f->session, CALX_NO_DEADLINE);
    assert_int_equal(stored_count(f), 0);
    calx_session_add(f->session, todo);
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_int_equal(stored_count(f), 1);
}

/* ---- Rollback ---- */

static void rollback_undoes_what_was_flushed(void **state)
{
    fixture *f = *state;
    int32_t id = stored_todo(f, "before");
    Todo *todo = calx_get(f->session, Todo, id);
    todo->title = calx_text_of("flushed");
    assert_int_equal(calx_session_flush(f->session), 0);
    todo->title = calx_text_of("flushed again");
    assert_int_equal(calx_session_flush(f->session), 0);
    todo->title = calx_text_of("changed");
    todo->order = (calx_integer_or_null){.value = 1};
    forget_sent(f);
    calx_session_rollback(f->session);
    assert_string_equal(sent(f), "ROLLBACK\n");
    assert_text(todo->title, "before");
    assert_true(todo->order.is_null);
    assert_ptr_equal(calx_get(f->session, Todo, id), todo);
    assert_text(todo->title, "before");
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_true(is_stored(f, "before"));
}

static void a_commit_after_a_flush_is_what_rollback_goes_back_to(void **state)
{
    fixture *f = *state;
    Todo *todo = calx_get(f->session, Todo, stored_todo(f, "one"));
    todo->title = calx_text_of("two");
    assert_int_equal(calx_session_flush(f->session), 0);
    assert_int_equal(calx_session_commit(f->session), 0);
    todo->title = calx_text_of("three");
    calx_session_rollback(f->session);
    assert_text(todo->title, "two");
}

static void new_objects_leave_by_rollback_and_can_be_added_again(void **state)
{
    fixture *f = *state;
    Todo *flushed = Todo_new(f->session);
    flushed->title = calx_text_of("flushed");
    assert_int_equal(calx_session_flush(f->session), 0);
    int32_t id = flushed->id;
    Todo *pending = Todo_new(f->session);
    pending->title = calx_text_of("pending");
    calx_session_rollback(f->session);
    assert_int_equal(flushed->id, 0);
    assert_text(flushed->title, "flushed");
    assert_text(pending->title, "pending");
    assert_null(calx_get(f->session, Todo, id));
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_int_equal(stored_count(f), 0);
    calx_session_add(f->session, flushed);
    calx_session_add(f->session, pending);
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_true(flushed->id > 0 && pending->id > flushed->id);
    assert_true(is_stored(f, "flushed") && is_stored(f, "pending"));
}

static void rollback_brings_deleted_objects_back(void **state)
{
    fixture *f = *state;
    int32_t flushed_id = stored_todo(f, "flushed");
    int32_t marked_id = stored_todo(f, "marked");
    Todo *flushed = calx_get(f->session, Todo, flushed_id);
    Todo *marked = calx_get(f->session, Todo, marked_id);
    calx_session_delete(f->session, flushed);
    assert_int_equal(calx_session_flush(f->session), 0);
    assert_null(calx_get(f->session, Todo, flushed_id));
    calx_session_delete(f->session, marked);
    calx_session_rollback(f->session);
    assert_ptr_equal(calx_get(f->session, Todo, flushed_id), flushed);
    assert_ptr_equal(calx_get(f->session, Todo, marked_id), marked);
    flushed->order = (calx_integer_or_null){.value = 1};
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_int_equal(stored_count(f), 2);
}

/* Deleted, added again, under another key too: before the transaction it was there. */
static void rollback_brings_back_what_was_deleted_and_added(void **state)
{
    fixture *f = *state;
    int32_t id = stored_todo(f, "old");
    for (int32_t key = id; key <= id + 1; key++) {
        Todo *todo = calx_get(f->session, Todo, id);
        calx_session_delete(f->session, todo);
        assert_int_equal(calx_session_flush(f->session), 0);
        todo->id = key;
        todo->title = calx_text_of("new");
        calx_session_add(f->session, todo);
        assert_int_equal(calx_session_flush(f->session), 0);
        assert_ptr_equal(calx_get(f->session, Todo, key), todo);
        calx_session_rollback(f->session);
        assert_ptr_equal(calx_get(f->session, Todo, id), todo);
        assert_int_equal(todo->id, id);
        assert_text(todo->title, "old");
    }
}

/* Its row was deleted by a condition, another object took its key; rollback undoes both. */
static void rollback_brings_back_what_a_condition_deleted(void **state)
{
    fixture *f = *state;
    int32_t id = stored_todo(f, "old");
    Todo *old = calx_get(f->session, Todo, id);
    calx_query_delete(calx_query_of(f->session, Todo));
    Todo *taker = Todo_new(f->session);
    taker->id = id;
    assert_int_equal(calx_session_flush(f->session), 0);
    assert_ptr_equal(calx_get(f->session, Todo, id), taker);
    calx_session_rollback(f->session);
    assert_ptr_equal(calx_get(f->session, Todo, id), old);
    assert_text(old->title, "old");
    calx_query_delete(calx_query_of(f->session, Todo));
    assert_null(calx_get(f->session, Todo, id));
    calx_session_rollback(f->session);
    assert_ptr_equal(calx_get(f->session, Todo, id), old);
}

static void destroy_rolls_back(void **state)
{
    fixture *f = *state;
    calx_session *other = calx_session_create(f->engine);
    Todo_new(other)->title = calx_text_of("never");
    assert_int_equal(calx_session_flush(other), 0);
    calx_session_destroy(other);
    calx_session_destroy(NULL);
    assert_int_equal(stored_count(f), 0);
}

/* The deadline of the request is over; giving the connection back is not the request's work. */
static void rollback_works_after_the_deadline(void **state)
{
    fixture *f = *state;
    Todo_new(f->session)->title = calx_text_of("never");
    assert_int_equal(calx_session_flush(f->session), 0);
    calx_session_set_deadline(f->session, calx_now_us() - 1);
    calx_session_rollback(f->session);
    calx_session_set_deadline(f->session, CALX_NO_DEADLINE);
    forget_sent(f);
    assert_int_equal(calx_count(calx_query_of(f->session, Todo)), 0);
    assert_session_ok(f->session);
}

/* ---- Stale rows ---- */

static void an_update_of_a_row_that_is_gone_is_stale(void **state)
{
    fixture *f = *state;
    Todo *todo = calx_get(f->session, Todo, stored_todo(f, "one"));
    command(f, "DELETE FROM suite_todos");
    Todo_new(f->session)->title = calx_text_of("new");
    todo->title = calx_text_of("two");
    assert_int_equal(calx_session_commit(f->session), CALX_ERROR_STALE);
    assert_int_equal(calx_session_error(f->session)->outcome, CALX_OUTCOME_NOT_DONE);
    assert_int_equal(stored_count(f), 0); /* nothing of the unit */
    calx_session_rollback(f->session);
    assert_int_equal(calx_session_commit(f->session), 0);
}

static void a_delete_of_a_row_that_is_gone_is_stale(void **state)
{
    fixture *f = *state;
    Todo *todo = calx_get(f->session, Todo, stored_todo(f, "one"));
    command(f, "DELETE FROM suite_todos");
    Todo_new(f->session)->title = calx_text_of("new");
    calx_session_delete(f->session, todo);
    assert_int_equal(calx_session_commit(f->session), CALX_ERROR_STALE);
    assert_int_equal(stored_count(f), 0);
    calx_session_rollback(f->session);
    assert_null(calx_get(f->session, Todo, todo->id));
    assert_session_ok(f->session);
}

/* An UPDATE to what is stored already finds its row, on MySQL too. */
static void an_update_without_effect_is_not_stale(void **state)
{
    fixture *f = *state;
    Todo *todo = calx_get(f->session, Todo, stored_todo(f, "one"));
    command(f, "UPDATE suite_todos SET title = 'two'");
    todo->title = calx_text_of("two");
    assert_int_equal(calx_session_commit(f->session), 0);
}

static void a_condition_and_an_object_may_delete_the_same_row(void **state)
{
    fixture *f = *state;
    Todo *todo = calx_get(f->session, Todo, stored_todo(f, "one"));
    calx_query_delete(calx_query_of(f->session, Todo));
    calx_session_delete(f->session, todo);
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_int_equal(stored_count(f), 0);
}

/* ---- What the database refuses ---- */

static void a_unique_violation_is_not_done_and_over_after_rollback(void **state)
{
    fixture *f = *state;
    Person *one = calx_session_new(f->session, &Person_model);
    *one = (Person){.nick = calx_text_of("a"), .mail = calx_text_of("same"), .age = 1};
    assert_int_equal(calx_session_commit(f->session), 0);
    Person *two = calx_session_new(f->session, &Person_model);
    *two = (Person){.nick = calx_text_of("b"), .mail = calx_text_of("same"), .age = 1};
    Todo_new(f->session)->title = calx_text_of("with it");
    assert_int_equal(calx_session_commit(f->session), CALX_ERROR_UNIQUE);
    assert_int_equal(calx_session_error(f->session)->outcome, CALX_OUTCOME_NOT_DONE);
    calx_session_rollback(f->session);
    assert_null(calx_session_error(f->session));
    assert_int_equal(stored_count(f), 0);
    two->mail = calx_text_of("other");
    calx_session_add(f->session, two);
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_int_equal(calx_count(calx_query_of(f->session, Person)), 2);
}

/* ---- What is refused before anything is sent ---- */

/* The value stands in the way of everything, and only this column is named. */
static void refused(fixture *f, calx_error_class code, const char *words)
{
    forget_sent(f);
    Todo_new(f->session)->title = calx_text_of("with it");
    assert_int_equal(calx_session_commit(f->session), code);
    assert_failed(f->session, code, words);
    assert_int_equal(calx_session_error(f->session)->outcome, CALX_OUTCOME_NOT_DONE);
    assert_string_equal(sent(f), "");
    calx_session_rollback(f->session);
}

static void text_that_no_database_takes_is_refused(void **state)
{
    fixture *f = *state;
    Todo_new(f->session)->title = (calx_text){"a\0b", 3};
    refused(f, CALX_ERROR_INVALID, "column \"title\": text with a NUL");
    Todo_new(f->session)->title = calx_text_of("a\xff");
    refused(f, CALX_ERROR_INVALID, "column \"title\": text that is not valid UTF-8");
    Todo *todo = calx_get(f->session, Todo, stored_todo(f, "one"));
    todo->title = calx_text_of("\xed\xa0\x80");
    refused(f, CALX_ERROR_INVALID, "column \"title\"");
    assert_text(todo->title, "one");
}

static void text_longer_than_its_column_is_refused(void **state)
{
    fixture *f = *state;
    Person *person = calx_session_new(f->session, &Person_model);
    *person = (Person){.nick = calx_text_of("123456789012345678901"), .mail = calx_text_of("m")};
    refused(f, CALX_ERROR_INVALID, "column \"nick\": more than 20 characters");
    person->nick = calx_text_of("1234567890123456789\xf0\x9f\x98\x80"); /* 20 characters */
    calx_session_add(f->session, person);
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_ptr_equal(calx_get(f->session, Person, person->nick), person);
}

static void null_where_it_cannot_be_is_refused(void **state)
{
    fixture *f = *state;
    Person *person = calx_session_new(f->session, &Person_model);
    person->nick = calx_text_of("nick");
    refused(f, CALX_ERROR_NOT_NULL, "column \"mail\": NULL");
    person->nick = (calx_text){0};
    person->mail = calx_text_of("mail");
    calx_session_add(f->session, person);
    refused(f, CALX_ERROR_NOT_NULL, "column \"nick\": NULL");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_tables(after_a_failure_calls_do_nothing),
        with_tables(the_scratch_object_is_never_flushed),
        with_tables(without_memory_nothing_is_stored),
        with_tables(after_the_deadline_nothing_is_stored),
        with_tables(rollback_undoes_what_was_flushed),
        with_tables(a_commit_after_a_flush_is_what_rollback_goes_back_to),
        with_tables(new_objects_leave_by_rollback_and_can_be_added_again),
        with_tables(rollback_brings_deleted_objects_back),
        with_tables(rollback_brings_back_what_was_deleted_and_added),
        with_tables(rollback_brings_back_what_a_condition_deleted),
        with_tables(destroy_rolls_back),
        with_tables(rollback_works_after_the_deadline),
        with_tables(an_update_of_a_row_that_is_gone_is_stale),
        with_tables(a_delete_of_a_row_that_is_gone_is_stale),
        with_tables(an_update_without_effect_is_not_stale),
        with_tables(a_condition_and_an_object_may_delete_the_same_row),
        with_tables(a_unique_violation_is_not_done_and_over_after_rollback),
        with_tables(text_that_no_database_takes_is_refused),
        with_tables(text_longer_than_its_column_is_refused),
        with_tables(null_where_it_cannot_be_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
