/* Tables on a real database: made once, by anybody; used as they are, whoever made them. */
#include "tests/suite/orm_fixture.h"

#include <sys/wait.h>
#include <unistd.h>

ORM_FIXTURE_MODELS

#define THREADS 4

/* Models whose tables are made by others here, with other types. */
CALX_MODEL_DECLARE(Foreign, TODO)
CALX_MODEL_DEFINE(Foreign, "todos", TODO)

/* Two tables that refer to each other. */
#define HEN(COLUMN, Model)                                                                         \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, INTEGER_OR_NULL, egg_id, FOREIGN_KEY(Egg, id))
#define EGG(COLUMN, Model)                                                                         \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, INTEGER_OR_NULL, hen_id, FOREIGN_KEY(Hen, id))
CALX_MODEL_DECLARE(Hen, HEN)
CALX_MODEL_DECLARE(Egg, EGG)
CALX_MODEL_DEFINE(Hen, "suite_hens", HEN)
CALX_MODEL_DEFINE(Egg, "suite_eggs", EGG)

static const calx_model *const circle_models[] = {&Hen_model, &Egg_model};
static const calx_model *const foreign_models[] = {&Foreign_model};

/* ---- create_all, drop_all ---- */

static void tables_are_made_once(void **state)
{
    fixture *f = *state;
    int32_t id = stored_todo(f, "one");
    assert_ok(f, calx_create_all(f->engine, fixture_models, 3, CALX_NO_DEADLINE, &f->err));
    assert_ok(f, calx_create_all(f->engine, fixture_models, 3, CALX_NO_DEADLINE, &f->err));
    assert_non_null(calx_get(f->session, Todo, id));
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_ok(f, calx_drop_all(f->engine, fixture_models, 3, CALX_NO_DEADLINE, &f->err));
    assert_ok(f, calx_drop_all(f->engine, fixture_models, 3, CALX_NO_DEADLINE, &f->err));
    assert_null(calx_get(f->session, Todo, id));
    assert_failed(f->session, CALX_ERROR_UNDEFINED, "");
    assert_ok(f, calx_create_all(f->engine, fixture_models, 3, CALX_NO_DEADLINE, &f->err));
    calx_session_rollback(f->session);
    assert_null(calx_get(f->session, Todo, id));
    assert_session_ok(f->session);
}

static void *create_tables(void *context)
{
    calx_engine *engine = context;
    calx_error err = {0};
    calx_create_all(engine, fixture_models, 3, CALX_NO_DEADLINE, &err);
    return err.code == CALX_OK ? NULL : strdup(err.message);
}

static void threads_may_make_them_at_once(void **state)
{
    fixture *f = *state;
    for (int round = 0; round < 5; round++) {
        pthread_t threads[THREADS];
        assert_ok(f, calx_drop_all(f->engine, fixture_models, 3, CALX_NO_DEADLINE, &f->err));
        for (int i = 0; i < THREADS; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, create_tables, f->engine), 0);
        for (int i = 0; i < THREADS; i++) {
            void *problem = NULL;
            pthread_join(threads[i], &problem);
            if (problem != NULL)
                fail_msg("%s", (char *)problem);
        }
        assert_int_equal(stored_count(f), 0);
    }
}

/* In a process of its own. */
static void make_tables_and_exit(void)
{
    calx_engine *engine = NULL;
    int status = calx_engine_create(fixture_uri(), NULL, &engine, NULL);
    if (status == 0)
        status = calx_create_all(engine, fixture_models, 3, CALX_NO_DEADLINE, NULL);
    calx_engine_destroy(engine);
    _exit(status == 0 ? 0 : 1);
}

static void processes_may_make_them_at_once(void **state)
{
    fixture *f = *state;
    pid_t children[THREADS];
    calx_session_destroy(f->session);
    assert_ok(f, calx_drop_all(f->engine, fixture_models, 3, CALX_NO_DEADLINE, &f->err));
    calx_engine_destroy(f->engine); /* no connection is inherited */
    f->session = NULL;
    f->engine = NULL;
    fflush(NULL);
    for (int i = 0; i < THREADS; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0)
            make_tables_and_exit();
    }
    for (int i = 0; i < THREADS; i++) {
        int status = 0;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    fixture_open(f, fixture_uri());
    assert_int_equal(stored_count(f), 0);
}

static const calx_column keyless_columns[] = {
    {.member = "a", .type = &calx_type_integer, .offset = 0},
};
static struct calx__model_info keyless_info;
static const calx_model keyless = {.name = "Keyless",
                                   .table = "keyless",
                                   .size = 4,
                                   .columns = keyless_columns,
                                   .column_count = 1,
                                   .info = &keyless_info};

static void a_bad_model_is_refused_before_anything_is_sent(void **state)
{
    fixture *f = *state;
    const calx_model *models[] = {&Todo_model, &keyless};
    assert_int_equal(calx_create_all(f->engine, models, 2, CALX_NO_DEADLINE, &f->err),
                     CALX_ERROR_MODEL);
    assert_string_equal(f->err.message, "model Keyless: no primary key");
    assert_int_equal(calx_drop_all(f->engine, models, 2, CALX_NO_DEADLINE, NULL), CALX_ERROR_MODEL);
    assert_string_equal(sent(f), "");
    assert_non_null(calx_session_new(f->session, &keyless));
    assert_failed(f->session, CALX_ERROR_MODEL, "no primary key");
}

/* ---- Tables of others ---- */

/* What the tutorial's application makes of the same model. */
static const char *tutorial_table(const fixture *f)
{
    if (is_dialect(f, "postgresql"))
        return "CREATE TABLE todos (\n\tid SERIAL NOT NULL, \n\ttitle VARCHAR, \n\t\"order\" "
               "INTEGER, \n\tcompleted BOOLEAN, \n\tPRIMARY KEY (id)\n)";
    if (is_dialect(f, "mysql"))
        return "CREATE TABLE todos (\n\tid INTEGER NOT NULL AUTO_INCREMENT, \n\ttitle "
               "VARCHAR(255), \n\t`order` INTEGER, \n\tcompleted BOOL, \n\tPRIMARY KEY (id), "
               "\n\tCHECK (completed IN (0, 1))\n)";
    return "CREATE TABLE todos (\n\tid INTEGER NOT NULL, \n\ttitle VARCHAR, \n\t\"order\" "
           "INTEGER, \n\tcompleted BOOLEAN, \n\tPRIMARY KEY (id), \n\tCHECK (completed IN (0, "
           "1))\n)";
}

static void the_tutorials_table_is_used_as_it_is(void **state)
{
    fixture *f = *state;
    assert_ok(f, calx_drop_all(f->engine, foreign_models, 1, CALX_NO_DEADLINE, &f->err));
    command(f, tutorial_table(f));
    if (is_dialect(f, "postgresql"))
        command(f, "INSERT INTO todos (title, completed) VALUES ('theirs', true)");
    else
        command(f, "INSERT INTO todos (title, completed) VALUES ('theirs', 1)");
    assert_ok(f, calx_create_all(f->engine, foreign_models, 1, CALX_NO_DEADLINE, &f->err));
    Foreign *theirs = calx_first(calx_query_of(f->session, Foreign));
    assert_text(theirs->title, "theirs");
    assert_true(theirs->completed.value && !theirs->completed.is_null);
    assert_true(theirs->order.is_null);
    theirs->completed = (calx_boolean_or_null){.value = false};
    Foreign *ours = Foreign_new(f->session);
    ours->title = calx_text_of("Gr\xc3\xbc\xc3\x9f");
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_true(ours->id > theirs->id);
    assert_int_equal(
        calx_count(calx_filter_by(calx_query_of(f->session, Foreign), title, "Gr\xc3\xbc\xc3\x9f")),
        1);
    assert_int_equal(calx_query_delete_count(
                         calx_filter_by(calx_query_of(f->session, Foreign), completed, false)),
                     1);
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_ok(f, calx_drop_all(f->engine, foreign_models, 1, CALX_NO_DEADLINE, &f->err));
}

static void sqlite_keeps_sqlalchemys_words(void **state)
{
    fixture *f = *state;
    if (!is_dialect(f, "sqlite"))
        skip(); /* the others keep no text of it */
    assert_ok(f, calx_drop_all(f->engine, foreign_models, 1, CALX_NO_DEADLINE, &f->err));
    assert_ok(f, calx_create_all(f->engine, foreign_models, 1, CALX_NO_DEADLINE, &f->err));
    static const char question[] = "SELECT sql FROM sqlite_master WHERE name = 'todos'";
    calx_sql sql = {.text = question, .length = sizeof question - 1, .result_count = 1};
    calx_statement *statement = NULL;
    calx_value value;
    outside o = outside_open(f);
    const calx_driver *driver = o.connection->driver;
    int64_t deadline_us = calx_deadline_in_ms(20000);
    assert_ok(f, driver->statement_prepare(o.connection, &sql, deadline_us, &statement, &f->err));
    assert_ok(f, driver->statement_execute(statement, NULL, deadline_us, &f->err));
    assert_int_equal(driver->statement_fetch(statement, &value, deadline_us, &f->err), 1);
    assert_text(value.as.text,
                "CREATE TABLE todos (\n\tid INTEGER NOT NULL, \n\ttitle VARCHAR, "
                "\n\t\"order\" INTEGER, \n\tcompleted BOOLEAN, \n\tPRIMARY KEY (id)\n)");
    driver->statement_finalize(statement);
    outside_close(&o);
    assert_ok(f, calx_drop_all(f->engine, foreign_models, 1, CALX_NO_DEADLINE, &f->err));
}

/* ---- Stored values that do not fit ---- */

static void misfit(fixture *f, const char *table, const char *insert, const char *words)
{
    calx_drop_all(f->engine, foreign_models, 1, CALX_NO_DEADLINE, NULL);
    command(f, table);
    command(f, insert);
    assert_int_equal(calx_all(calx_query_of(f->session, Foreign)).count, 0);
    assert_failed(f->session, CALX_ERROR_MISFIT, words);
    calx_session_rollback(f->session);
    assert_null(calx_get(f->session, Foreign, 7));
    assert_failed(f->session, CALX_ERROR_MISFIT, words);
    calx_session_rollback(f->session);
    calx_drop_all(f->engine, foreign_models, 1, CALX_NO_DEADLINE, NULL);
}

static void stored_values_that_do_not_fit_are_named(void **state)
{
    fixture *f = *state;
    bool mysql = is_dialect(f, "mysql");
    const char *bigger = mysql ? "CREATE TABLE todos (id INTEGER, title VARCHAR(9), `order` "
                                 "BIGINT, completed INTEGER)"
                               : "CREATE TABLE todos (id INTEGER, title VARCHAR(9), \"order\" "
                                 "BIGINT, completed INTEGER)";
    misfit(f, bigger, "INSERT INTO todos VALUES (7, 'a', 2147483648, NULL)",
           "table \"todos\", row 7, column \"order\": 2147483648 is out of range");
    misfit(f, bigger, "INSERT INTO todos VALUES (7, 'a', 1, 2)",
           "table \"todos\", row 7, column \"completed\": 2 is no boolean");
    const char *numbers = mysql ? "CREATE TABLE todos (id INTEGER, title INTEGER, `order` "
                                  "INTEGER, completed INTEGER)"
                                : "CREATE TABLE todos (id INTEGER, title INTEGER, \"order\" "
                                  "INTEGER, completed INTEGER)";
    misfit(f, numbers, "INSERT INTO todos VALUES (7, 1, 1, 1)",
           "table \"todos\", row 7, column \"title\": stored integer does not fit type String");
}

/* NULL where the model says that there is none, a row without an integer for a key. */
static void stored_null_that_does_not_fit_is_named(void **state)
{
    fixture *f = *state;
    assert_ok(f, calx_drop_all(f->engine, fixture_models, 3, CALX_NO_DEADLINE, &f->err));
    command(f, is_dialect(f, "mysql")
                   ? "CREATE TABLE suite_people (nick VARCHAR(20), `e-mail` TEXT, age INTEGER)"
                   : "CREATE TABLE suite_people (nick VARCHAR(20), \"e-mail\" TEXT, age INTEGER)");
    command(f, "INSERT INTO suite_people VALUES ('ann', 'a', 1)");
    assert_int_equal(calx_get(f->session, Person, "ann")->age, 1);
    command(f, "INSERT INTO suite_people VALUES ('bob', NULL, 1)");
    assert_int_equal(calx_all(calx_query_of(f->session, Person)).count, 0);
    assert_failed(f->session, CALX_ERROR_MISFIT,
                  "table \"suite_people\", row \"bob\", column \"e-mail\": NULL in a column that "
                  "is not nullable");
    calx_session_rollback(f->session);
    command(f, "UPDATE suite_people SET nick = NULL WHERE nick = 'bob'");
    assert_int_equal(calx_all(calx_query_of(f->session, Person)).count, 0);
    assert_failed(f->session, CALX_ERROR_MISFIT, "table \"suite_people\", column \"nick\": NULL");
}

static bool is_refused(calx_session *session)
{
    calx_session_flush(session);
    const calx_error *err = calx_session_error(session);
    bool refused = err != NULL && err->code == CALX_ERROR_FOREIGN_KEY;
    calx_session_rollback(session);
    return refused;
}

/* Neither refers to what is not there. */
static void assert_circle_is_closed(fixture *f)
{
    Hen_new(f->session)->egg_id = (calx_integer_or_null){.value = 77};
    assert_true(is_refused(f->session));
    Egg_new(f->session)->hen_id = (calx_integer_or_null){.value = 77};
    assert_true(is_refused(f->session));
}

/* Without transactions for DDL a process may have ended before the last foreign key. */
static void what_was_cut_short_is_completed(void **state)
{
    fixture *f = *state;
    size_t count;
    const calx_foreign_key *key = calx_model_foreign_keys(&Hen_model, &count);
    calx_drop_all(f->engine, circle_models, 2, CALX_NO_DEADLINE, NULL);
    assert_ok(f, calx_create_all(f->engine, circle_models, 2, CALX_NO_DEADLINE, &f->err));
    if (!calx_engine_can(f->engine, CALX_CAPABILITY_TRANSACTIONAL_DDL)) {
        command(f, calx_foreign_key_is_deferred(&Hen_model, key)
                       ? "ALTER TABLE suite_hens DROP FOREIGN KEY fk_suite_hens_egg_id_suite_eggs"
                       : "ALTER TABLE suite_eggs DROP FOREIGN KEY fk_suite_eggs_hen_id_suite_hens");
        assert_ok(f, calx_create_all(f->engine, circle_models, 2, CALX_NO_DEADLINE, &f->err));
    }
    assert_circle_is_closed(f);
    assert_ok(f, calx_create_all(f->engine, circle_models, 2, CALX_NO_DEADLINE, &f->err));
    calx_drop_all(f->engine, circle_models, 2, CALX_NO_DEADLINE, NULL);
}

/* The same database, which is told not to count on transactions for DDL. */
static void tables_are_made_one_by_one_where_the_url_says_so(void **state)
{
    fixture *f = *state;
    const char *uri = getenv("CALX_TEST_URI");
    char text[CALX_URL_LENGTH_MAX];
    calx_engine *engine = NULL;
    if (strncmp(uri, "postgresql", strlen("postgresql")) != 0)
        skip(); /* the others have no such key */
    snprintf(text, sizeof text, "%s%ctransactional_ddl=off", uri, strchr(uri, '?') ? '&' : '?');
    calx_drop_all(f->engine, circle_models, 2, CALX_NO_DEADLINE, NULL);
    assert_ok(f, calx_engine_create(text, NULL, &engine, &f->err));
    assert_false(calx_engine_can(engine, CALX_CAPABILITY_TRANSACTIONAL_DDL));
    assert_ok(f, calx_create_all(engine, circle_models, 2, CALX_NO_DEADLINE, &f->err));
    command(f, "DROP TABLE suite_hens CASCADE");
    assert_ok(f, calx_create_all(engine, circle_models, 2, CALX_NO_DEADLINE, &f->err));
    assert_circle_is_closed(f);
    assert_ok(f, calx_drop_all(engine, circle_models, 2, CALX_NO_DEADLINE, &f->err));
    calx_engine_destroy(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_tables(tables_are_made_once),
        with_tables(threads_may_make_them_at_once),
        with_tables(processes_may_make_them_at_once),
        with_tables(what_was_cut_short_is_completed),
        with_tables(tables_are_made_one_by_one_where_the_url_says_so),
        with_tables(a_bad_model_is_refused_before_anything_is_sent),
        with_tables(the_tutorials_table_is_used_as_it_is),
        with_tables(sqlite_keeps_sqlalchemys_words),
        with_tables(stored_values_that_do_not_fit_are_named),
        with_tables(stored_null_that_does_not_fit_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
