/* Savepoints, single objects, events, and who may use a session. */
#include "tests/suite/orm_fixture.h"

ORM_FIXTURE_MODELS

static Todo *new_todo(calx_session *session, const char *title)
{
    Todo *todo = Todo_new(session);
    todo->title = calx_text_of(title);
    return todo;
}

/* ---- Savepoints ---- */

static void a_savepoint_undoes_what_came_after_it(void **state)
{
    fixture *f = *state;
    calx_session *session = f->session;
    int32_t gone = stored_todo(f, "gone");
    Todo *kept = new_todo(session, "kept");
    assert_int_equal(calx_session_begin_nested(session), 0);
    kept->title = calx_text_of("changed");
    Todo *added = new_todo(session, "added");
    Todo *deleted = calx_get(session, Todo, gone);
    calx_session_delete(session, deleted);
    assert_int_equal(calx_session_flush(session), 0);
    int32_t added_id = added->id;
    assert_int_equal(calx_session_rollback_nested(session), 0);
    assert_text(kept->title, "kept");
    assert_int_equal(added->id, 0);
    assert_ptr_equal(calx_get(session, Todo, gone), deleted);
    assert_null(calx_get(session, Todo, added_id));
    assert_int_equal(calx_session_commit(session), 0);
    assert_int_equal(stored_count(f), 2);
    assert_true(is_stored(f, "kept"));
}

static void a_released_savepoint_is_part_of_the_transaction(void **state)
{
    fixture *f = *state;
    calx_session *session = f->session;
    assert_int_equal(calx_session_begin_nested(session), 0);
    Todo *todo = new_todo(session, "inside");
    assert_int_equal(calx_session_release(session), 0);
    assert_true(todo->id != 0);
    assert_int_equal(calx_session_commit(session), 0);
    assert_true(is_stored(f, "inside"));
}

static void savepoints_nest(void **state)
{
    fixture *f = *state;
    calx_session *session = f->session;
    Todo *todo = new_todo(session, "0");
    static const char *const titles[] = {"1", "2", "3", "4", "5"};
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(calx_session_begin_nested(session), 0);
        todo->title = calx_text_of(titles[i]);
    }
    assert_int_equal(calx_session_rollback_nested(session), 0);
    assert_text(todo->title, "4");
    assert_int_equal(calx_session_release(session), 0);
    assert_text(todo->title, "4");
    assert_int_equal(calx_session_rollback_nested(session), 0);
    assert_text(todo->title, "2");
    assert_int_equal(calx_session_commit(session), 0);
    assert_true(is_stored(f, "2"));
}

static void a_failure_ends_with_its_savepoint(void **state)
{
    fixture *f = *state;
    calx_session *session = f->session;
    new_todo(session, "before");
    assert_int_equal(calx_session_begin_nested(session), 0);
    for (int i = 0; i < 2; i++) {
        Person *person = Person_new(session);
        person->nick = calx_text_of(i ? "b" : "a");
        person->mail = calx_text_of("same@example");
    }
    assert_true(calx_session_flush(session) < 0);
    assert_failed(session, CALX_ERROR_UNIQUE, "");
    assert_int_equal(calx_session_rollback_nested(session), 0);
    assert_session_ok(session);
    assert_int_equal(calx_session_commit(session), 0);
    assert_true(is_stored(f, "before"));
}

static void a_rollback_undoes_released_savepoints_too(void **state)
{
    fixture *f = *state;
    int32_t id = stored_todo(f, "stored");
    Todo *todo = calx_get(f->session, Todo, id);
    assert_int_equal(calx_session_begin_nested(f->session), 0);
    todo->title = calx_text_of("changed");
    assert_int_equal(calx_session_release(f->session), 0);
    calx_session_rollback(f->session);
    assert_text(todo->title, "stored");
    assert_true(is_stored(f, "stored"));
}

static void without_a_savepoint_nothing_is_released(void **state)
{
    fixture *f = *state;
    assert_int_equal(calx_session_release(f->session), CALX_ERROR_STATE);
    calx_session_rollback(f->session);
    assert_int_equal(calx_session_rollback_nested(f->session), CALX_ERROR_STATE);
}

/* ---- Single objects ---- */

static void change_outside(fixture *f, int32_t id, const char *title)
{
    calx_session *other = calx_session_create(f->engine);
    calx_get(other, Todo, id)->title = calx_text_of(title);
    calx_session_commit(other);
    assert_session_ok(other);
    calx_session_destroy(other);
}

static void refresh_loads_a_row_again(void **state)
{
    fixture *f = *state;
    Todo *todo = calx_get(f->session, Todo, stored_todo(f, "old"));
    change_outside(f, todo->id, "new");
    assert_ptr_equal(calx_get(f->session, Todo, todo->id), todo);
    assert_text(todo->title, "old");
    todo->order = (calx_integer_or_null){.value = 3};
    assert_int_equal(calx_session_refresh(f->session, todo), 0);
    assert_text(todo->title, "new");
    assert_true(todo->order.is_null);
}

static void refresh_of_a_row_that_is_gone_fails(void **state)
{
    fixture *f = *state;
    Todo *todo = calx_get(f->session, Todo, stored_todo(f, "old"));
    command(f, "DELETE FROM suite_todos");
    assert_int_equal(calx_session_refresh(f->session, todo), CALX_ERROR_STALE);
}

static void refresh_of_a_new_object_fails(void **state)
{
    fixture *f = *state;
    Todo *todo = Todo_new(f->session);
    assert_int_equal(calx_session_refresh(f->session, todo), CALX_ERROR_STATE);
}

/* The row was deleted, made and loaded again by another object, and all of that undone. */
static void a_rollback_leaves_one_object_for_a_row(void **state)
{
    fixture *f = *state;
    int32_t id = stored_todo(f, "first");
    Todo *todo = calx_get(f->session, Todo, id);
    calx_query_delete(calx_filter_by(calx_query_of(f->session, Todo), id, id));
    assert_null(calx_get(f->session, Todo, id));
    Todo *again = Todo_new(f->session);
    again->id = id;
    calx_session_flush(f->session);
    calx_session_expunge(f->session, again);
    Todo *loaded = calx_get(f->session, Todo, id);
    assert_non_null(loaded);
    calx_session_rollback(f->session);
    assert_ptr_equal(calx_get(f->session, Todo, id), todo);
    loaded->title = calx_text_of("of nobody");
    calx_session_commit(f->session);
    assert_session_ok(f->session);
    assert_true(is_stored(f, "first"));
}

static void expired_objects_are_loaded_by_the_next_get(void **state)
{
    fixture *f = *state;
    Todo *todo = calx_get(f->session, Todo, stored_todo(f, "old"));
    todo->title = calx_text_of("never written");
    change_outside(f, todo->id, "new");
    calx_session_expire(f->session, todo);
    assert_text(todo->title, "old");
    assert_ptr_equal(calx_get(f->session, Todo, todo->id), todo);
    assert_text(todo->title, "new");
}

static void expunged_objects_are_not_written(void **state)
{
    fixture *f = *state;
    Todo *todo = calx_get(f->session, Todo, stored_todo(f, "old"));
    todo->title = calx_text_of("changed");
    calx_session_expunge(f->session, todo);
    calx_session_commit(f->session);
    assert_true(is_stored(f, "old"));
    assert_ptr_not_equal(calx_get(f->session, Todo, todo->id), todo);
}

static void merge_brings_values_from_outside(void **state)
{
    fixture *f = *state;
    int32_t id = stored_todo(f, "old");
    Todo loose = {.id = id, .title = calx_text_of("merged")};
    Todo *todo = calx_session_merge(f->session, Todo, &loose);
    assert_ptr_equal(calx_get(f->session, Todo, id), todo);
    Todo unknown = {.id = id + 100, .title = calx_text_of("made")};
    calx_session_merge(f->session, Todo, &unknown);
    calx_session_commit(f->session);
    assert_session_ok(f->session);
    assert_true(is_stored(f, "merged"));
    assert_true(is_stored(f, "made"));
}

/* ---- Events ---- */

typedef struct told {
    char text[256];
    const char *refuses;
} told;

static void tell(void *context, calx_session *session, calx_session_event event, void *object)
{
    static const char words[] =
        "Ff"
        "Ii"
        "Uu"
        "Dd"
        "Cc"
        "Rr";
    told *to = context;
    assert_int_equal(event >= CALX_SESSION_BEFORE_INSERT && event <= CALX_SESSION_AFTER_DELETE,
                     object != NULL);
    to->text[strlen(to->text)] = words[event];
    if (event == CALX_SESSION_BEFORE_INSERT)
        ((Todo *)object)->order = (calx_integer_or_null){.value = 7};
    if (to->refuses && words[event] == *to->refuses)
        calx_session_fail(session, CALX_ERROR_INVALID, "refused");
}

static void listeners_are_told_before_and_after(void **state)
{
    fixture *f = *state;
    told to = {.refuses = NULL};
    assert_int_equal(calx_session_listen(f->session, tell, &to), 0);
    Todo *todo = new_todo(f->session, "a");
    calx_session_commit(f->session);
    assert_string_equal(to.text, "CFIifc");
    assert_int_equal(calx_get(f->session, Todo, todo->id)->order.value, 7);
    todo->title = calx_text_of("b");
    calx_session_flush(f->session);
    calx_session_delete(f->session, todo);
    calx_session_flush(f->session);
    calx_session_rollback(f->session);
    assert_string_equal(to.text, "CFIifcFUufFDdfRr");
    assert_session_ok(f->session);
}

static void a_listener_stops_what_it_refuses(void **state)
{
    fixture *f = *state;
    told to = {.refuses = "I"};
    assert_int_equal(calx_session_listen(f->session, tell, &to), 0);
    new_todo(f->session, "a");
    assert_int_equal(calx_session_commit(f->session), CALX_ERROR_INVALID);
    assert_string_equal(to.text, "CFI");
    assert_null(strstr(sent(f), "INSERT"));
}

static void listeners_of_an_engine_are_told_of_every_session(void **state)
{
    fixture *f = *state;
    told to = {.refuses = NULL};
    assert_ok(f, calx_engine_listen_to_sessions(f->engine, tell, &to, &f->err));
    stored_todo(f, "a");
    assert_string_equal(to.text, "CFIifc");
}

/* ---- Whose it is ---- */

static void *use_elsewhere(void *context)
{
    fixture *f = context;
    assert_null(calx_get(f->session, Todo, 1));
    assert_int_equal(calx_session_commit(f->session), CALX_ERROR_STATE);
    assert_failed(f->session, CALX_ERROR_STATE, "another thread");
    return NULL;
}

static void *adopt(void *context)
{
    fixture *f = context;
    calx_session_adopt(f->session);
    assert_non_null(calx_first(calx_query_of(f->session, Todo)));
    return NULL;
}

static void another_thread_is_refused_until_it_adopts_the_session(void **state)
{
    fixture *f = *state;
    new_todo(f->session, "a");
    in_another_thread(use_elsewhere, f);
    assert_session_ok(f->session);
    assert_int_equal(calx_session_commit(f->session), 0);
    in_another_thread(adopt, f);
    assert_failed(f->session, CALX_ERROR_STATE, "another thread");
    calx_session_adopt(f->session);
    assert_session_ok(f->session);
}

/* The thread before has none any more, and can begin another. */
static void an_adopted_session_brings_its_transaction(void **state)
{
    fixture *f = *state;
    calx_session *other = calx_session_create(f->engine);
    new_todo(f->session, "a");
    assert_int_equal(calx_session_flush(f->session), 0);
    in_another_thread(adopt, f);
    assert_int_equal(calx_count(calx_query_of(other, Todo)), 0);
    assert_session_ok(other);
    calx_session_adopt(f->session);
    calx_count(calx_query_of(other, Todo));
    assert_failed(other, CALX_ERROR_STATE, "a transaction is open here already");
    assert_int_equal(calx_session_commit(f->session), 0);
    calx_session_destroy(other);
    assert_int_equal(stored_count(f), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_tables(a_savepoint_undoes_what_came_after_it),
        with_tables(a_released_savepoint_is_part_of_the_transaction),
        with_tables(savepoints_nest),
        with_tables(a_failure_ends_with_its_savepoint),
        with_tables(a_rollback_undoes_released_savepoints_too),
        with_tables(without_a_savepoint_nothing_is_released),
        with_tables(refresh_loads_a_row_again),
        with_tables(refresh_of_a_row_that_is_gone_fails),
        with_tables(refresh_of_a_new_object_fails),
        with_tables(a_rollback_leaves_one_object_for_a_row),
        with_tables(expired_objects_are_loaded_by_the_next_get),
        with_tables(expunged_objects_are_not_written),
        with_tables(merge_brings_values_from_outside),
        with_tables(listeners_are_told_before_and_after),
        with_tables(a_listener_stops_what_it_refuses),
        with_tables(listeners_of_an_engine_are_told_of_every_session),
        with_tables(another_thread_is_refused_until_it_adopts_the_session),
        with_tables(an_adopted_session_brings_its_transaction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
