/* When a session sends what: autoflush, deletes by condition, isolation between sessions. */
#include "tests/suite/orm_fixture.h"

ORM_FIXTURE_MODELS

/* ---- Autoflush ---- */

static void queries_flush_changes_of_their_table(void **state)
{
    fixture *f = *state;
    Todo *todo = Todo_new(f->session);
    todo->title = calx_text_of("new");
    assert_ptr_equal(calx_first(calx_query_of(f->session, Todo)), todo);
    assert_non_null(strstr(sent(f), "BEGIN\nINSERT"));
    todo->title = calx_text_of("changed");
    assert_int_equal(calx_count(calx_filter_by(calx_query_of(f->session, Todo), title, "changed")),
                     1);
    assert_int_equal(stored_count(f), 0); /* flushed, not committed */
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_int_equal(stored_count(f), 1);
}

static void queries_of_other_tables_flush_nothing(void **state)
{
    fixture *f = *state;
    Todo_new(f->session);
    assert_int_equal(calx_count(calx_query_of(f->session, Person)), 0);
    assert_null(calx_get(f->session, Person, "nobody"));
    assert_null(strstr(sent(f), "INSERT"));
    assert_null(strstr(sent(f), "BEGIN"));
}

static void autoflush_can_be_turned_off(void **state)
{
    fixture *f = *state;
    calx_session_set_autoflush(f->session, false);
    Todo_new(f->session);
    assert_int_equal(calx_count(calx_query_of(f->session, Todo)), 0);
    calx_session_set_autoflush(f->session, true);
    assert_int_equal(calx_count(calx_query_of(f->session, Todo)), 1);
}

static void a_flush_that_fails_fails_the_query(void **state)
{
    fixture *f = *state;
    Todo_new(f->session)->title = calx_text_of("\xff");
    assert_int_equal(calx_all(calx_query_of(f->session, Todo)).count, 0);
    assert_failed(f->session, CALX_ERROR_INVALID, "column \"title\"");
    assert_string_equal(sent(f), "");
}

/* Every statement of a transaction sees what the ones before it have done. */
static void reads_in_a_transaction_see_its_writes(void **state)
{
    fixture *f = *state;
    Todo *todo = Todo_new(f->session);
    assert_int_equal(calx_session_flush(f->session), 0);
    calx_session_set_autoflush(f->session, false);
    assert_int_equal(calx_count(calx_query_of(f->session, Todo)), 1);
    calx_session_delete(f->session, todo);
    assert_int_equal(calx_session_flush(f->session), 0);
    assert_int_equal(calx_count(calx_query_of(f->session, Todo)), 0);
}

/* ---- Deletes by condition ---- */

static void deletes_by_condition_are_part_of_the_unit(void **state)
{
    fixture *f = *state;
    stored_todo(f, "a");
    stored_todo(f, "b");
    forget_sent(f);
    calx_query_delete(calx_filter_by(calx_query_of(f->session, Todo), title, "a"));
    calx_query_delete(calx_filter_by(calx_query_of(f->session, Todo), title, "x"));
    assert_string_equal(sent(f), "");
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_string_equal(sent(f),
                        "BEGIN\n"
                        "DELETE FROM suite_todos WHERE title = ?\n"
                        "DELETE FROM suite_todos WHERE title = ?\n"
                        "COMMIT\n");
    assert_false(is_stored(f, "a"));
    assert_true(is_stored(f, "b"));
    forget_sent(f);
    assert_int_equal(calx_session_commit(f->session), 0); /* once only */
    assert_string_equal(sent(f), "");
}

static void deletes_by_condition_count_at_once(void **state)
{
    fixture *f = *state;
    stored_todo(f, "a");
    stored_todo(f, "a");
    stored_todo(f, "b");
    Todo_query *query = calx_filter_by(calx_query_of(f->session, Todo), title, "a");
    assert_int_equal(calx_query_delete_count(query), 2);
    assert_int_equal(calx_query_delete_count(query), 0);
    assert_int_equal(stored_count(f), 3); /* in the transaction still */
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_int_equal(stored_count(f), 1);
}

static void rows_made_after_the_delete_survive_it(void **state)
{
    fixture *f = *state;
    Todo *held = calx_get(f->session, Todo, stored_todo(f, "held"));
    Todo_new(f->session)->title = calx_text_of("made before");
    calx_query_delete(calx_query_of(f->session, Todo));
    Todo *after = Todo_new(f->session);
    after->title = calx_text_of("made after");
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_ptr_equal(calx_first(calx_query_of(f->session, Todo)), after);
    assert_int_equal(stored_count(f), 1);
    assert_text(held->title, "held");
}

static void deleted_rows_are_not_found_any_more(void **state)
{
    fixture *f = *state;
    int32_t id = stored_todo(f, "one");
    int32_t other_id = stored_todo(f, "other");
    assert_non_null(calx_get(f->session, Todo, id));
    Todo *other = calx_get(f->session, Todo, other_id);
    calx_query_delete(calx_filter(calx_query_of(f->session, Todo), EQUAL(Todo_.id, id)));
    assert_null(calx_get(f->session, Todo, id));
    assert_ptr_equal(calx_get(f->session, Todo, other_id), other);
    calx_session_rollback(f->session);
    assert_non_null(calx_get(f->session, Todo, id));
}

static void a_rollback_forgets_deletes_by_condition(void **state)
{
    fixture *f = *state;
    stored_todo(f, "one");
    calx_query_delete(calx_query_of(f->session, Todo));
    calx_session_rollback(f->session);
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_int_equal(stored_count(f), 1);
}

static void deletes_take_a_condition_only(void **state)
{
    fixture *f = *state;
    calx_query_delete(calx_limit(calx_query_of(f->session, Todo), 1));
    assert_failed(f->session, CALX_ERROR_UNSUPPORTED, "delete with");
    calx_session_rollback(f->session);
    calx_query_delete(calx_order_by(calx_query_of(f->session, Todo), Todo_.id));
    assert_failed(f->session, CALX_ERROR_UNSUPPORTED, "delete with");
    calx_session_rollback(f->session);
    assert_int_equal(calx_query_delete_count(calx_offset(calx_query_of(f->session, Todo), 1)), -1);
    assert_failed(f->session, CALX_ERROR_UNSUPPORTED, "delete with");
}

/* ---- Between sessions ---- */

static void uncommitted_rows_are_invisible_to_others(void **state)
{
    fixture *f = *state;
    Todo_new(f->session)->title = calx_text_of("mine");
    assert_int_equal(calx_session_flush(f->session), 0);
    assert_int_equal(stored_count(f), 0);
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_int_equal(stored_count(f), 1);
}

typedef struct writer {
    calx_engine *engine;
    int status;
} writer;

static void *write_theirs(void *context)
{
    writer *w = context;
    calx_session *session = calx_session_create(w->engine);
    calx_session_set_deadline(session, calx_deadline_in_ms(300));
    Todo_new(session)->title = calx_text_of("theirs");
    w->status = calx_session_commit(session);
    calx_session_destroy(session);
    return NULL;
}

/* A serializable transaction that has read waits for nobody's write to be seen: what others commit
 * meanwhile is not in it, or they have to wait. */
static void serializable_reads_stay_the_same(void **state)
{
    fixture *f = *state;
    calx_session_set_isolation(f->session, CALX_ISOLATION_SERIALIZABLE);
    assert_int_equal(calx_count(calx_query_of(f->session, Todo)), 0);
    assert_string_equal(sent(f), "BEGIN\nSELECT count(*) FROM suite_todos\n");
    writer other = {.engine = f->engine};
    in_another_thread(write_theirs, &other);
    assert_true(other.status == 0 || other.status == CALX_ERROR_LOCK_TIMEOUT ||
                other.status == CALX_ERROR_TIMEOUT);
    forget_sent(f);
    assert_int_equal(calx_count(calx_query_of(f->session, Todo)), 0);
    assert_string_equal(sent(f), "SELECT count(*) FROM suite_todos\n");
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_int_equal(stored_count(f), other.status == 0 ? 1 : 0);
}

/* Two transactions of one thread could wait for each other for ever. */
static void a_thread_has_one_transaction_of_an_engine(void **state)
{
    fixture *f = *state;
    calx_session *other = calx_session_create(f->engine);
    Todo_new(f->session);
    assert_int_equal(calx_session_flush(f->session), 0);
    assert_int_equal(calx_count(calx_query_of(other, Todo)), 0);
    assert_failed(other, CALX_ERROR_STATE, "a transaction is open here already");
    calx_session_rollback(other);
    Todo_new(other);
    assert_int_equal(calx_session_commit(other), CALX_ERROR_STATE);
    calx_session_rollback(other);
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_int_equal(calx_count(calx_query_of(other, Todo)), 1);
    assert_session_ok(other);
    calx_session_destroy(other);
}

static void engines_have_a_transaction_each(void **state)
{
    fixture *f = *state;
    calx_engine *mine = f->engine;
    Todo_new(f->session);
    assert_int_equal(calx_session_flush(f->session), 0);
    fixture_open(f, fixture_uri());
    calx_session *other = calx_session_create(f->engine);
    assert_int_equal(calx_count(calx_query_of(other, Todo)), 0);
    assert_session_ok(other);
    calx_session_destroy(other);
    calx_engine_destroy(f->engine);
    f->engine = mine;
}

/* ---- Many of one shape ---- */

#define MANY 5

/* Their titles are "a" to "e". */
static void load_many(fixture *f, Todo **todos)
{
    for (size_t i = 0; i < MANY; i++) {
        char title[] = {(char)('a' + i), '\0'};
        todos[i] = calx_get(f->session, Todo, stored_todo(f, title));
    }
    forget_sent(f);
}

static void record_key(void *context, const calx_event *event)
{
    char key[32];
    if (event->kind != CALX_EVENT_STATEMENT || event->bind_count == 0 || event->error != NULL)
        return;
    snprintf(key, sizeof key, "%d ", (int)event->binds[event->bind_count - 1].as.integer);
    calx_buffer_append_string(context, key);
    assert_int_equal(event->rows, 1);
}

/* However many of them share a trip. */
static void many_changes_are_told_one_by_one_in_their_order(void **state)
{
    fixture *f = *state;
    Todo *todos[MANY];
    calx_buffer keys = {0};
    calx_buffer expected = {0};
    load_many(f, todos);
    assert_ok(f, calx_engine_listen(f->engine, record_key, &keys, &f->err));
    for (size_t i = 0; i < MANY; i++) {
        char key[32];
        todos[i]->title = calx_text_of("changed");
        snprintf(key, sizeof key, "%d ", todos[i]->id);
        calx_buffer_append_string(&expected, key);
    }
    calx_session_commit(f->session);
    assert_session_ok(f->session);
    assert_int_equal(keys.length, expected.length);
    assert_memory_equal(keys.data, expected.data, keys.length);
    assert_non_null(strstr(sent(f),
                           "BEGIN\n"
                           "UPDATE suite_todos SET title = ? WHERE id = ?\n"
                           "UPDATE suite_todos SET title = ? WHERE id = ?\n"));
    calx_buffer_finish(&keys);
    calx_buffer_finish(&expected);
}

static void one_that_is_gone_among_many_changes_is_stale(void **state)
{
    fixture *f = *state;
    Todo *todos[MANY];
    load_many(f, todos);
    command(f, "DELETE FROM suite_todos WHERE title = 'c'");
    for (size_t i = 0; i < MANY; i++)
        todos[i]->title = calx_text_of("changed");
    assert_int_equal(calx_session_commit(f->session), CALX_ERROR_STALE);
    assert_failed(f->session, CALX_ERROR_STALE, "expected to change 1 rows, changed 0");
    assert_int_equal(calx_session_error(f->session)->outcome, CALX_OUTCOME_NOT_DONE);
    assert_false(is_stored(f, "changed"));
    calx_session_rollback(f->session);
    for (size_t i = 0; i < MANY; i++)
        todos[i]->title = calx_text_of(i == 2 ? "c" : "changed");
    calx_session_commit(f->session);
    assert_session_ok(f->session);
    assert_false(is_stored(f, "a"));
}

static void one_that_is_gone_among_many_deletes_is_stale(void **state)
{
    fixture *f = *state;
    Todo *todos[MANY];
    load_many(f, todos);
    command(f, "DELETE FROM suite_todos WHERE title = 'c'");
    for (size_t i = 0; i < MANY; i++)
        calx_session_delete(f->session, todos[i]);
    assert_int_equal(calx_session_commit(f->session), CALX_ERROR_STALE);
    assert_failed(f->session, CALX_ERROR_STALE, "expected to change 1 rows, changed 0");
    assert_int_equal(stored_count(f), MANY - 1);
    calx_session_rollback(f->session);
    for (size_t i = 0; i < MANY; i++)
        if (i != 2)
            calx_session_delete(f->session, todos[i]);
    calx_session_commit(f->session);
    assert_session_ok(f->session);
    assert_int_equal(stored_count(f), 0);
}

/* Found is what counts, not changed. */
static void one_without_effect_among_many_changes_is_not_stale(void **state)
{
    fixture *f = *state;
    Todo *todos[MANY];
    load_many(f, todos);
    command(f, "UPDATE suite_todos SET title = 'changed' WHERE title < 'd'");
    for (size_t i = 0; i < MANY; i++)
        todos[i]->title = calx_text_of("changed");
    calx_session_commit(f->session);
    assert_session_ok(f->session);
    assert_int_equal(calx_count(calx_filter_by(calx_query_of(f->session, Todo), title, "changed")),
                     MANY);
}

/* ---- In memory ---- */

/* One connection for everybody: a transaction has it alone, so nobody reads what is uncommitted. */
static void sessions_share_a_database_in_memory(void **state)
{
    if (strncmp(fixture_uri(), "sqlite", 6) != 0)
        skip(); /* no other database is in memory */
    fixture *f = fixture_create_on("sqlite://");
    (void)state;
    fixture_question others = {.engine = f->engine};
    pthread_t thread;
    Todo_new(f->session);
    assert_int_equal(calx_session_flush(f->session), 0);
    assert_int_equal(pthread_create(&thread, NULL, fixture_answer, &others), 0);
    Todo_new(f->session);
    assert_int_equal(calx_session_commit(f->session), 0);
    pthread_join(thread, NULL);
    assert_int_equal(others.count, 2);
    fixture_destroy(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_tables(queries_flush_changes_of_their_table),
        with_tables(queries_of_other_tables_flush_nothing),
        with_tables(autoflush_can_be_turned_off),
        with_tables(a_flush_that_fails_fails_the_query),
        with_tables(reads_in_a_transaction_see_its_writes),
        with_tables(deletes_by_condition_are_part_of_the_unit),
        with_tables(deletes_by_condition_count_at_once),
        with_tables(rows_made_after_the_delete_survive_it),
        with_tables(deleted_rows_are_not_found_any_more),
        with_tables(a_rollback_forgets_deletes_by_condition),
        with_tables(deletes_take_a_condition_only),
        with_tables(uncommitted_rows_are_invisible_to_others),
        with_tables(serializable_reads_stay_the_same),
        with_tables(a_thread_has_one_transaction_of_an_engine),
        with_tables(engines_have_a_transaction_each),
        with_tables(many_changes_are_told_one_by_one_in_their_order),
        with_tables(one_that_is_gone_among_many_changes_is_stale),
        with_tables(one_that_is_gone_among_many_deletes_is_stale),
        with_tables(one_without_effect_among_many_changes_is_not_stale),
        cmocka_unit_test(sessions_share_a_database_in_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
