/* Sessions on a real database: what is written, when, and what objects hold afterwards. */
#include "tests/suite/orm_fixture.h"

ORM_FIXTURE_MODELS

/* ---- New objects, the identity map ---- */

static void new_objects_are_inserted_by_commit(void **state)
{
    fixture *f = *state;
    Todo *todo = Todo_new(f->session);
    assert_int_equal(todo->id, 0);
    assert_null(todo->title.data);
    assert_true(todo->order.is_null);
    assert_true(todo->completed.is_null);
    todo->title = calx_text_of("buy milk");
    todo->completed = (calx_boolean_or_null){.value = true};
    assert_string_equal(sent(f), "");
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_string_equal(sent(f),
                        "BEGIN\n"
                        "INSERT INTO suite_todos (title, \"order\", completed) VALUES (?, "
                        "?, ?)\n"
                        "COMMIT\n");
    assert_true(todo->id > 0);
    assert_text(todo->title, "buy milk");
    assert_true(is_stored(f, "buy milk"));
}

static void keys_are_generated_in_the_order_of_making(void **state)
{
    fixture *f = *state;
    Todo *first = Todo_new(f->session);
    Todo *second = Todo_new(f->session);
    Todo *third = Todo_new(f->session);
    assert_int_equal(calx_session_flush(f->session), 0);
    assert_true(first->id > 0 && first->id < second->id && second->id < third->id);
}

static void get_returns_the_same_object_twice(void **state)
{
    fixture *f = *state;
    int32_t id = stored_todo(f, "one");
    Todo *todo = calx_get(f->session, Todo, id);
    assert_non_null(todo);
    assert_ptr_equal(calx_get(f->session, Todo, id), todo);
    assert_ptr_equal(calx_first(calx_query_of(f->session, Todo)), todo);
    assert_string_equal(strchr(sent(f), '\n') + 1,
                        "SELECT id, title, \"order\", completed FROM suite_todos LIMIT ?\n");
    assert_null(calx_get(f->session, Todo, id + 1));
    assert_null(calx_get(f->session, Todo, INT64_MAX));
    assert_null(calx_get(f->session, Todo, UINT64_MAX));
    assert_session_ok(f->session);
}

static void new_objects_are_in_the_identity_map_after_flush(void **state)
{
    fixture *f = *state;
    Todo *todo = Todo_new(f->session);
    calx_session_flush(f->session);
    forget_sent(f);
    assert_ptr_equal(calx_get(f->session, Todo, todo->id), todo);
    assert_string_equal(sent(f), "");
}

static void two_sessions_have_objects_of_their_own(void **state)
{
    fixture *f = *state;
    int32_t id = stored_todo(f, "one");
    calx_session *other = calx_session_create(f->engine);
    assert_ptr_not_equal(calx_get(f->session, Todo, id), calx_get(other, Todo, id));
    calx_session_destroy(other);
}

/* ---- What has changed ---- */

static void only_changed_columns_are_written(void **state)
{
    fixture *f = *state;
    Todo *todo = calx_get(f->session, Todo, stored_todo(f, "before"));
    todo->title = calx_text_of("after");
    forget_sent(f);
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_string_equal(sent(f), "BEGIN\nUPDATE suite_todos SET title = ? WHERE id = ?\nCOMMIT\n");
    todo->order = (calx_integer_or_null){.value = 7};
    todo->completed = (calx_boolean_or_null){.value = false};
    forget_sent(f);
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_string_equal(
        sent(f),
        "BEGIN\nUPDATE suite_todos SET \"order\" = ?, completed = ? WHERE id = ?\nCOMMIT\n");
}

static void nothing_is_sent_when_nothing_has_changed(void **state)
{
    fixture *f = *state;
    Todo *todo = calx_get(f->session, Todo, stored_todo(f, "same"));
    char same[] = "same";
    forget_sent(f);
    todo->title = calx_text_of("other");
    todo->title = (calx_text){same, 4}; /* other bytes, the same text */
    todo->order.value = 99;             /* NULL still */
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_string_equal(sent(f), "");
}

static void a_value_can_become_null_and_null_a_value(void **state)
{
    fixture *f = *state;
    int32_t id = stored_todo(f, "one");
    Todo *todo = calx_get(f->session, Todo, id);
    todo->title = (calx_text){0};
    todo->order = (calx_integer_or_null){.value = 0};
    assert_int_equal(calx_session_commit(f->session), 0);
    calx_session *other = calx_session_create(f->engine);
    Todo *again = calx_get(other, Todo, id);
    assert_null(again->title.data);
    assert_false(again->order.is_null);
    assert_int_equal(again->order.value, 0);
    calx_session_destroy(other);
}

static void a_primary_key_cannot_be_changed(void **state)
{
    fixture *f = *state;
    Todo *todo = calx_get(f->session, Todo, stored_todo(f, "one"));
    todo->id++;
    forget_sent(f);
    assert_int_equal(calx_session_commit(f->session), CALX_ERROR_INVALID);
    assert_failed(f->session, CALX_ERROR_INVALID, "column \"id\"");
    assert_string_equal(sent(f), "");
}

static void lent_text_is_copied_at_flush(void **state)
{
    fixture *f = *state;
    char title[] = "mine";
    Todo *todo = Todo_new(f->session);
    todo->title = (calx_text){title, 4};
    assert_int_equal(calx_session_flush(f->session), 0);
    memset(title, 'x', sizeof title);
    assert_text(todo->title, "mine");
    todo->title = (calx_text){title, 2};
    assert_int_equal(calx_session_flush(f->session), 0);
    memset(title, 'y', sizeof title);
    assert_text(todo->title, "xx");
    forget_sent(f);
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_string_equal(sent(f), "COMMIT\n");
    assert_true(is_stored(f, "xx"));
}

/* ---- Loading anew ---- */

static void the_next_get_after_commit_loads_anew(void **state)
{
    fixture *f = *state;
    int32_t id = stored_todo(f, "before");
    Todo *todo = calx_get(f->session, Todo, id);
    assert_int_equal(calx_session_commit(f->session), 0);
    calx_session *other = calx_session_create(f->engine);
    ((Todo *)calx_get(other, Todo, id))->title = calx_text_of("after");
    assert_int_equal(calx_session_commit(other), 0);
    calx_session_destroy(other);
    assert_text(todo->title, "before"); /* valid, as it was */
    assert_ptr_equal(calx_get(f->session, Todo, id), todo);
    assert_text(todo->title, "after");
}

static void loading_never_overwrites_changed_columns(void **state)
{
    fixture *f = *state;
    int32_t id = stored_todo(f, "before");
    Todo *todo = calx_get(f->session, Todo, id);
    calx_session_commit(f->session);
    command(f, "UPDATE suite_todos SET title = 'theirs', completed = NULL");
    todo->order = (calx_integer_or_null){.value = 5};
    calx_session_set_autoflush(f->session, false);
    assert_ptr_equal(calx_get(f->session, Todo, id), todo);
    assert_text(todo->title, "theirs");
    assert_int_equal(todo->order.value, 5);
    forget_sent(f);
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_string_equal(sent(f),
                        "BEGIN\nUPDATE suite_todos SET \"order\" = ? WHERE id = ?\nCOMMIT\n");
}

static void get_of_a_row_that_is_gone_forgets_the_object(void **state)
{
    fixture *f = *state;
    int32_t id = stored_todo(f, "one");
    assert_non_null(calx_get(f->session, Todo, id));
    calx_session_commit(f->session);
    command(f, "DELETE FROM suite_todos");
    assert_null(calx_get(f->session, Todo, id));
    assert_null(calx_get(f->session, Todo, id));
    assert_int_equal(calx_session_commit(f->session), 0);
}

/* ---- Delete, add ---- */

static void deleted_objects_lose_their_row(void **state)
{
    fixture *f = *state;
    int32_t id = stored_todo(f, "one");
    Todo *todo = calx_get(f->session, Todo, id);
    calx_session_delete(f->session, todo);
    forget_sent(f);
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_string_equal(sent(f), "BEGIN\nDELETE FROM suite_todos WHERE id = ?\nCOMMIT\n");
    assert_text(todo->title, "one"); /* valid until the session ends */
    assert_null(calx_get(f->session, Todo, id));
    assert_int_equal(stored_count(f), 0);
}

static void a_deleted_new_object_is_not_inserted(void **state)
{
    fixture *f = *state;
    calx_session_delete(f->session, Todo_new(f->session));
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_string_equal(sent(f), "");
}

static void add_takes_a_delete_back(void **state)
{
    fixture *f = *state;
    Todo *todo = calx_get(f->session, Todo, stored_todo(f, "one"));
    forget_sent(f);
    calx_session_delete(f->session, todo);
    calx_session_add(f->session, todo);
    calx_session_add(f->session, todo);
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_string_equal(sent(f), "");
}

static void add_stores_a_deleted_object_again(void **state)
{
    fixture *f = *state;
    int32_t id = stored_todo(f, "one");
    Todo *todo = calx_get(f->session, Todo, id);
    calx_session_delete(f->session, todo);
    assert_int_equal(calx_session_commit(f->session), 0);
    calx_session_add(f->session, todo);
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_int_equal(todo->id, id);
    assert_ptr_equal(calx_get(f->session, Todo, id), todo);
    assert_true(is_stored(f, "one"));
}

/* ---- Keys ---- */

static void keys_may_be_given(void **state)
{
    fixture *f = *state;
    Todo *todo = Todo_new(f->session);
    todo->id = 1000;
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_int_equal(todo->id, 1000);
    assert_ptr_equal(calx_get(f->session, Todo, 1000), todo);
    Todo *same = Todo_new(f->session);
    same->id = 1000;
    assert_int_equal(calx_session_commit(f->session), CALX_ERROR_UNIQUE);
    calx_session_rollback(f->session);
    assert_int_equal(same->id, 1000); /* not the database's: it stays */
}

static void keys_may_be_text(void **state)
{
    fixture *f = *state;
    char nick[] = "ann";
    Person *ann = calx_session_new(f->session, &Person_model);
    *ann = (Person){.nick = {nick, 3}, .mail = calx_text_of("ann@example.org"), .age = 30};
    assert_int_equal(calx_session_commit(f->session), 0);
    memset(nick, 'x', 3);
    assert_ptr_equal(calx_get(f->session, Person, "ann"), ann);
    assert_null(calx_get(f->session, Person, "Ann"));
    assert_null(calx_get(f->session, Person, "ann "));
    ann->age = 31;
    forget_sent(f);
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_string_equal(sent(f), "BEGIN\nUPDATE suite_people SET age = ? WHERE nick = ?\nCOMMIT\n");
    calx_session_delete(f->session, ann);
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_null(calx_get(f->session, Person, calx_text_of("ann")));
}

/* ---- The order of a flush ---- */

static void flush_writes_by_table_and_key_new_rows_last(void **state)
{
    fixture *f = *state;
    int32_t first = stored_todo(f, "first");
    int32_t second = stored_todo(f, "second");
    int32_t third = stored_todo(f, "third");
    Todo *later = calx_get(f->session, Todo, third);
    Todo *earlier = calx_get(f->session, Todo, second);
    Todo *gone = calx_get(f->session, Todo, first);
    Todo_new(f->session)->title = calx_text_of("new");
    Person *person = calx_session_new(f->session, &Person_model);
    *person = (Person){.nick = calx_text_of("b"), .mail = calx_text_of("b"), .age = 1};
    person = calx_session_new(f->session, &Person_model);
    *person = (Person){.nick = calx_text_of("a"), .mail = calx_text_of("a"), .age = 1};
    calx_session_delete(f->session, gone);
    later->order = (calx_integer_or_null){.value = 3};
    earlier->title = calx_text_of("2");
    forget_sent(f);
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_string_equal(sent(f),
                        "BEGIN\n"
                        "INSERT INTO suite_people (nick, \"e-mail\", age) VALUES (?, ?, ?)\n"
                        "INSERT INTO suite_people (nick, \"e-mail\", age) VALUES (?, ?, ?)\n"
                        "DELETE FROM suite_todos WHERE id = ?\n"
                        "UPDATE suite_todos SET title = ? WHERE id = ?\n"
                        "UPDATE suite_todos SET \"order\" = ? WHERE id = ?\n"
                        "INSERT INTO suite_todos (title, \"order\", completed) VALUES (?, ?, ?)\n"
                        "COMMIT\n");
}

static void a_thousand_objects_are_one_commit(void **state)
{
    fixture *f = *state;
    Todo *todos[1000];
    for (int i = 0; i < 1000; i++) {
        todos[i] = Todo_new(f->session);
        todos[i]->order = (calx_integer_or_null){.value = i};
    }
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_int_equal(stored_count(f), 1000);
    for (int i = 0; i < 1000; i++) {
        assert_ptr_equal(calx_get(f->session, Todo, todos[i]->id), todos[i]);
        assert_int_equal(todos[i]->order.value, i);
        todos[i]->order.value = -i;
    }
    assert_int_equal(calx_session_commit(f->session), 0);
    Todo_list list = calx_all(calx_order_by(calx_query_of(f->session, Todo), Todo_.order));
    assert_int_equal(list.count, 1000);
    assert_int_equal(list.items[0]->order.value, -999);
    assert_ptr_equal(list.items[999], todos[0]);
}

/* More together than MySQL takes in one message. */
static void large_objects_need_not_go_together(void **state)
{
    enum { COUNT = 8, SIZE = 17 << 20 };
    fixture *f = *state;
    Every *objects[COUNT];
    char *bytes = calloc(1, SIZE / COUNT);
    assert_non_null(bytes);
    for (int i = 0; i < COUNT; i++) {
        objects[i] = Every_new(f->session);
        objects[i]->string = objects[i]->words = calx_text_of("x");
        objects[i]->bytes = (calx_blob){.data = bytes, .length = SIZE / COUNT};
        objects[i]->small = i;
    }
    assert_int_equal(calx_session_commit(f->session), 0);
    free(bytes);
    Every *last = calx_get(f->session, Every, objects[COUNT - 1]->id);
    assert_ptr_equal(last, objects[COUNT - 1]);
    assert_int_equal(last->small, COUNT - 1);
    assert_int_equal(last->bytes.length, SIZE / COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_tables(new_objects_are_inserted_by_commit),
        with_tables(keys_are_generated_in_the_order_of_making),
        with_tables(get_returns_the_same_object_twice),
        with_tables(new_objects_are_in_the_identity_map_after_flush),
        with_tables(two_sessions_have_objects_of_their_own),
        with_tables(only_changed_columns_are_written),
        with_tables(nothing_is_sent_when_nothing_has_changed),
        with_tables(a_value_can_become_null_and_null_a_value),
        with_tables(a_primary_key_cannot_be_changed),
        with_tables(lent_text_is_copied_at_flush),
        with_tables(the_next_get_after_commit_loads_anew),
        with_tables(loading_never_overwrites_changed_columns),
        with_tables(get_of_a_row_that_is_gone_forgets_the_object),
        with_tables(deleted_objects_lose_their_row),
        with_tables(a_deleted_new_object_is_not_inserted),
        with_tables(add_takes_a_delete_back),
        with_tables(add_stores_a_deleted_object_again),
        with_tables(keys_may_be_given),
        with_tables(keys_may_be_text),
        with_tables(flush_writes_by_table_and_key_new_rows_last),
        with_tables(a_thousand_objects_are_one_commit),
        with_tables(large_objects_need_not_go_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
