/*
 * Rows written as JSON may be kept and used again (SQLite): never after anything has changed,
 * whoever has changed it. Where nothing is kept the same must be true.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <calx/calx.h>

#define KEPT_ITEM(COLUMN, Model)                                                                   \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, STRING, name, LENGTH(40), JSON)

CALX_MODEL_DECLARE(KeptItem, KEPT_ITEM)
CALX_MODEL_DEFINE(KeptItem, "kept_items", KEPT_ITEM)

/* The same rows, read from a view. */
CALX_MODEL_DECLARE(KeptView, KEPT_ITEM)
CALX_MODEL_DEFINE(KeptView, "kept_view", KEPT_ITEM)

static const calx_model *const models[] = {&KeptItem_model};

typedef struct fixture {
    calx_engine *engine;
    int statements;
    char written[1024];
} fixture;

static void count_statement(void *context, const calx_event *event)
{
    if (event->kind == CALX_EVENT_STATEMENT)
        ((fixture *)context)->statements++;
}

static calx_engine *engine_open(void)
{
    calx_engine *engine = NULL;
    calx_error err = {0};
    if (calx_engine_create(getenv("CALX_TEST_URI"), NULL, &engine, &err) < 0)
        fail_msg("%s", err.message);
    return engine;
}

static bool is_kept(const fixture *f)
{
    return strcmp(calx_engine_dialect_name(f->engine), "sqlite") == 0;
}

static void add(calx_engine *engine, const char *name)
{
    calx_session *session = calx_session_create(engine);
    KeptItem_new(session)->name = calx_text_of(name);
    assert_int_equal(calx_session_commit(session), 0);
    calx_session_destroy(session);
}

static const char *write_in(fixture *f, calx_session *session)
{
    calx_buffer out = {0};
    f->statements = 0;
    assert_int_equal(
        calx_json_write_all(calx_order_by(calx_query_of(session, KeptItem), KeptItem_.id), &out,
                            NULL, NULL),
        0);
    assert_true(out.length < sizeof f->written);
    memcpy(f->written, out.data, out.length);
    f->written[out.length] = '\0';
    calx_buffer_finish(&out);
    return f->written;
}

static const char *write_anew(fixture *f)
{
    calx_session *session = calx_session_create(f->engine);
    write_in(f, session);
    calx_session_destroy(session);
    return f->written;
}

/* Twice, so that whatever can be kept is. */
static void keep(fixture *f, const char *expected)
{
    assert_string_equal(write_anew(f), expected);
    assert_string_equal(write_anew(f), expected);
    assert_int_equal(f->statements, is_kept(f) ? 0 : 1);
}

/* MariaDB commits by itself when it meets DDL, and refuses the session's own commit then. */
static void command(const fixture *f, const char *sql)
{
    calx_session *session = calx_session_create(f->engine);
    bool committed = strcmp(calx_engine_dialect_name(f->engine), "mysql") == 0 && sql[0] != 'U';
    assert_true(calx_sql_execute(session, sql) >= 0);
    assert_true(calx_session_commit(session) == 0 || committed);
    calx_session_destroy(session);
}

/* Also one that a test has left behind: a table below a view is not dropped. */
static void drop_view(const fixture *f)
{
    command(f, "DROP VIEW IF EXISTS kept_view");
}

static int setup(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    calx_error err = {0};
    f->engine = engine_open();
    drop_view(f);
    if (calx_drop_all(f->engine, models, 1, CALX_NO_DEADLINE, &err) < 0 ||
        calx_create_all(f->engine, models, 1, CALX_NO_DEADLINE, &err) < 0)
        fail_msg("%s", err.message);
    calx_engine_listen(f->engine, count_statement, f, &err);
    add(f->engine, "a");
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    drop_view(f);
    calx_drop_all(f->engine, models, 1, CALX_NO_DEADLINE, NULL);
    calx_engine_destroy(f->engine);
    free(f);
    return 0;
}

#define ONE "[{\"id\":1,\"name\":\"a\"}]"
#define TWO "[{\"id\":1,\"name\":\"a\"},{\"id\":2,\"name\":\"b\"}]"

static void rows_are_written_anew_after_a_commit(void **state)
{
    fixture *f = *state;
    keep(f, ONE);
    add(f->engine, "b");
    keep(f, TWO);
}

static void another_engine_is_noticed(void **state)
{
    fixture *f = *state;
    keep(f, ONE);
    calx_engine *other = engine_open();
    add(other, "b");
    calx_engine_destroy(other);
    keep(f, TWO);
}

static void add_in_another_process(void)
{
    pid_t child = fork();
    if (child == 0) {
        /* A program of its own: SQLite's connections do not survive a fork. */
        execl(program_invocation_name, "kept_test", "add", (char *)NULL);
        _exit(127);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void another_process_is_noticed(void **state)
{
    fixture *f = *state;
    keep(f, ONE);
    add_in_another_process();
    keep(f, TWO);
}

static void an_open_transaction_sees_its_own_changes_and_others_do_not(void **state)
{
    fixture *f = *state;
    keep(f, ONE);
    calx_session *session = calx_session_create(f->engine);
    KeptItem_new(session)->name = calx_text_of("b");
    assert_string_equal(write_in(f, session), TWO); /* flushed, not committed */
    calx_session_rollback(session);
    calx_session_destroy(session);
    keep(f, ONE);
}

static void a_commit_of_several_flushes_is_noticed(void **state)
{
    fixture *f = *state;
    keep(f, ONE);
    calx_session *session = calx_session_create(f->engine);
    KeptItem_new(session)->name = calx_text_of("b");
    assert_int_equal(calx_session_flush(session), 0);
    assert_int_equal(calx_session_commit(session), 0);
    calx_session_destroy(session);
    keep(f, TWO);
}

static void a_table_made_anew_is_noticed(void **state)
{
    fixture *f = *state;
    keep(f, ONE);
    assert_int_equal(calx_drop_all(f->engine, models, 1, CALX_NO_DEADLINE, NULL), 0);
    assert_int_equal(calx_create_all(f->engine, models, 1, CALX_NO_DEADLINE, NULL), 0);
    keep(f, "[]");
}

static void rows_with_binds_are_read(void **state)
{
    fixture *f = *state;
    for (int i = 0; i < 2; i++) {
        calx_session *session = calx_session_create(f->engine);
        calx_buffer out = {0};
        f->statements = 0;
        assert_int_equal(calx_json_write_all(
                             calx_filter(calx_query_of(session, KeptItem), EQUAL(KeptItem_.id, 1)),
                             &out, NULL, NULL),
                         0);
        assert_int_equal(f->statements, 1);
        calx_buffer_finish(&out);
        calx_session_destroy(session);
    }
}

/* ---- A view: what it shows may depend on anything, so nothing of it is kept ---- */

static const char *write_view(fixture *f)
{
    calx_session *session = calx_session_create(f->engine);
    calx_buffer out = {0};
    f->statements = 0;
    assert_int_equal(
        calx_json_write_all(calx_order_by(calx_query_of(session, KeptView), KeptView_.id), &out,
                            NULL, NULL),
        0);
    snprintf(f->written, sizeof f->written, "%.*s", (int)out.length, out.data);
    assert_int_equal(f->statements, 1);
    calx_buffer_finish(&out);
    calx_session_destroy(session);
    return f->written;
}

static void assert_view(fixture *f, const char *expected)
{
    assert_string_equal(write_view(f), expected);
    assert_string_equal(write_view(f), expected);
}

static void a_view_shows_what_its_table_holds(void **state)
{
    fixture *f = *state;
    command(f, "CREATE VIEW kept_view AS SELECT id, name FROM kept_items");
    assert_view(f, ONE);
    add_in_another_process();
    assert_view(f, TWO);
    command(f, "UPDATE kept_items SET name = 'c' WHERE id = 2");
    assert_view(f, "[{\"id\":1,\"name\":\"a\"},{\"id\":2,\"name\":\"c\"}]");
    drop_view(f);
    command(f, "CREATE VIEW kept_view AS SELECT id, name FROM kept_items WHERE id = 1");
    assert_view(f, ONE);
}

static int add_as_other_process(void)
{
    calx_engine *engine = engine_open();
    add(engine, "b");
    calx_engine_destroy(engine);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(rows_are_written_anew_after_a_commit),
        TEST(another_engine_is_noticed),
        TEST(another_process_is_noticed),
        TEST(an_open_transaction_sees_its_own_changes_and_others_do_not),
        TEST(a_commit_of_several_flushes_is_noticed),
        TEST(a_table_made_anew_is_noticed),
        TEST(rows_with_binds_are_read),
        TEST(a_view_shows_what_its_table_holds),
    };
    if (argc > 1 && strcmp(argv[1], "add") == 0)
        return add_as_other_process();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
