/*
 * orm_fixture.h: what the tests of models, sessions and queries share: an engine on CALX_TEST_URI,
 * three models with their tables, and a record of everything that is sent, in words that are the
 * same for every dialect.
 */
#ifndef CALX_TESTS_SUITE_ORM_FIXTURE_H
#define CALX_TESTS_SUITE_ORM_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <ctype.h>
#include <pthread.h>

#include <calx/calx.h>
#include <calx/registry.h>

/* The tutorial's model. */
#define TODO(COLUMN, Model)                                                                        \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, STRING_OR_NULL, title, JSON)                                                     \
    COLUMN(Model, INTEGER_OR_NULL, order, JSON)                                                    \
    COLUMN(Model, BOOLEAN_OR_NULL, completed, JSON)

/* A key made by the application, a unique column, a name of its own in SQL. */
#define PERSON(COLUMN, Model)                                                                      \
    COLUMN(Model, STRING, nick, PRIMARY_KEY, LENGTH(20), JSON)                                     \
    COLUMN(Model, STRING, mail, UNIQUE, LENGTH(50), JSON, NAME("e-mail"))                          \
    COLUMN(Model, INTEGER, age, JSON)

/* Every type, nullable and not. */
#define EVERY(COLUMN, Model)                                                                       \
    COLUMN(Model, BIG_INTEGER, id, PRIMARY_KEY)                                                    \
    COLUMN(Model, INTEGER, small, JSON)                                                            \
    COLUMN(Model, INTEGER_OR_NULL, small_or_null, JSON)                                            \
    COLUMN(Model, BIG_INTEGER, big, JSON)                                                          \
    COLUMN(Model, BIG_INTEGER_OR_NULL, big_or_null, JSON)                                          \
    COLUMN(Model, BOOLEAN, flag, JSON)                                                             \
    COLUMN(Model, BOOLEAN_OR_NULL, flag_or_null, JSON)                                             \
    COLUMN(Model, DOUBLE, number, JSON)                                                            \
    COLUMN(Model, DOUBLE_OR_NULL, number_or_null, JSON)                                            \
    COLUMN(Model, STRING, string, JSON)                                                            \
    COLUMN(Model, STRING_OR_NULL, string_or_null, JSON, LENGTH(5))                                 \
    COLUMN(Model, TEXT, words, JSON)                                                               \
    COLUMN(Model, TEXT_OR_NULL, words_or_null, JSON)                                               \
    COLUMN(Model, LARGE_BINARY, bytes, JSON)                                                       \
    COLUMN(Model, LARGE_BINARY_OR_NULL, bytes_or_null, JSON)                                       \
    COLUMN(Model, DATETIME, moment, JSON)                                                          \
    COLUMN(Model, DATETIME_OR_NULL, moment_or_null, JSON)

CALX_MODEL_DECLARE(Todo, TODO)
CALX_MODEL_DECLARE(Person, PERSON)
CALX_MODEL_DECLARE(Every, EVERY)

/* In the one source file of each program. */
#define ORM_FIXTURE_MODELS                                                                         \
    CALX_MODEL_DEFINE(Todo, "suite_todos", TODO)                                                   \
    CALX_MODEL_DEFINE(Person, "suite_people", PERSON)                                              \
    CALX_MODEL_DEFINE(Every, "suite_every", EVERY)

typedef struct fixture {
    calx_engine *engine;
    calx_session *session; /* the test's first one */
    calx_error err;
    pthread_mutex_t mutex; /* events come from several threads */
    calx_buffer sent;      /* a line for each statement, BEGIN, COMMIT and ROLLBACK */
} fixture;

/* ---- What is sent ---- */

/* `a` and $1 of one dialect are "a" and ? of another. */
static inline void record_statement(calx_buffer *out, const char *sql, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        char c = sql[i] == '`' ? '"' : sql[i];
        if (c == '$')
            c = '?';
        calx_buffer_append(out, &c, 1);
        while (c == '?' && i + 1 < length && isdigit((unsigned char)sql[i + 1]))
            i++;
    }
}

static inline void fixture_record(void *context, const calx_event *event)
{
    static const char *const lines[] = {[CALX_EVENT_BEGIN] = "BEGIN\n",
                                        [CALX_EVENT_COMMIT] = "COMMIT\n",
                                        [CALX_EVENT_ROLLBACK] = "ROLLBACK\n",
                                        [CALX_EVENT_STATEMENT] = "\n"};
    fixture *f = context;
    pthread_mutex_lock(&f->mutex);
    if (event->kind == CALX_EVENT_STATEMENT)
        record_statement(&f->sent, event->sql, event->sql_length);
    if (lines[event->kind] != NULL)
        calx_buffer_append_string(&f->sent, lines[event->kind]);
    pthread_mutex_unlock(&f->mutex);
}

static inline void forget_sent(fixture *f)
{
    pthread_mutex_lock(&f->mutex);
    calx_buffer_clear(&f->sent);
    pthread_mutex_unlock(&f->mutex);
}

/* What was sent since it was forgotten last, as one string; the RETURNING of one dialect left out.
 */
static inline const char *sent(fixture *f)
{
    static const char returning[] = " RETURNING id";
    calx_buffer_append(&f->sent, "", 1);
    for (char *at; (at = strstr(f->sent.data, returning)) != NULL;)
        memmove(at, at + sizeof returning - 1, strlen(at + sizeof returning - 1) + 1);
    f->sent.length = strlen(f->sent.data);
    return f->sent.data;
}

/* ---- Engine, tables, sessions ---- */

static inline const char *fixture_uri(void)
{
    const char *uri = getenv("CALX_TEST_URI");
    if (uri == NULL)
        fail_msg("CALX_TEST_URI is not set: run this program through tests/suite/with-uri");
    return uri;
}

#define assert_ok(f, status)                                                                       \
    do {                                                                                           \
        if ((status) < 0)                                                                          \
            fail_msg("%s: %s", calx_error_class_name((f)->err.code), (f)->err.message);            \
    } while (0)

static inline void assert_session_ok(const calx_session *session)
{
    const calx_error *err = calx_session_error(session);
    if (err != NULL)
        fail_msg("%s: %s", calx_error_class_name(err->code), err->message);
}

/* The session has failed in this way, and says these words. */
static inline void assert_failed(const calx_session *session, calx_error_class code,
                                 const char *words)
{
    const calx_error *err = calx_session_error(session);
    if (err == NULL)
        fail_msg("the session has not failed");
    else if (err->code != code || strstr(err->message, words) == NULL)
        fail_msg("%s: %s", calx_error_class_name(err->code), err->message);
}

static inline void assert_text(calx_text actual, const char *expected)
{
    assert_non_null(actual.data);
    assert_int_equal(actual.length, strlen(expected));
    assert_memory_equal(actual.data, expected, actual.length);
}

static inline bool is_dialect(const fixture *f, const char *name)
{
    return strcmp(calx_engine_dialect_name(f->engine), name) == 0;
}

/* A connection beside the engine, by the contract of drivers: for what models do not say. */
typedef struct outside {
    calx_url *url;
    calx_database *database;
    calx_connection *connection;
} outside;

static inline outside outside_open(fixture *f)
{
    outside o = {0};
    const char *uri = fixture_uri();
    calx_driver_choice choice;
    calx_database_options options = {
        .connect_timeout_ms = 20000, .busy_timeout_ms = 20000, .statement_timeout_ms = 20000};
    int64_t deadline_us = calx_deadline_in_ms(20000);
    assert_ok(f, calx_url_parse(uri, strlen(uri), &o.url, &f->err));
    assert_ok(f, calx_registry_find(o.url->dialect, o.url->driver, &choice, &f->err));
    assert_ok(f, choice.driver->database_create(choice.driver, choice.opener, o.url, &options,
                                                &o.database, &f->err));
    assert_ok(f, choice.driver->connection_open(o.database, deadline_us, &o.connection, &f->err));
    return o;
}

static inline void outside_close(outside *o)
{
    o->connection->driver->connection_close(o->connection);
    o->database->driver->database_destroy(o->database);
    calx_url_destroy(o->url);
}

/* One statement in the database's own words. */
static inline void command(fixture *f, const char *sql)
{
    outside o = outside_open(f);
    assert_ok(f, o.connection->driver->command(o.connection, sql, strlen(sql),
                                               calx_deadline_in_ms(20000), &f->err));
    outside_close(&o);
}

/* The one value of a statement, as its digits. */
static inline void assert_selected(fixture *f, const char *text, const char *expected)
{
    outside o = outside_open(f);
    const calx_driver *driver = o.connection->driver;
    const calx_kind kinds[] = {CALX_KIND_DECIMAL};
    calx_sql sql = {.text = text, .length = strlen(text), .result_kinds = kinds, .result_count = 1};
    calx_statement *statement;
    calx_value value;
    char digits[64];
    int64_t deadline_us = calx_deadline_in_ms(20000);
    assert_ok(f, driver->statement_prepare(o.connection, &sql, deadline_us, &statement, &f->err));
    assert_ok(f, driver->statement_execute(statement, NULL, deadline_us, &f->err));
    assert_int_equal(driver->statement_fetch(statement, &value, deadline_us, &f->err), 1);
    if (value.kind == CALX_KIND_INTEGER)
        value.as.text.length =
            (size_t)snprintf(digits, sizeof digits, "%lld", (long long)value.as.integer);
    else if (value.kind == CALX_KIND_DOUBLE)
        value.as.text.length = (size_t)snprintf(digits, sizeof digits, "%g", value.as.real);
    else
        assert_true(calx_kind_is_text(value.kind));
    if (!calx_kind_is_text(value.kind))
        value.as.text.data = digits;
    assert_text(value.as.text, expected);
    driver->statement_finalize(statement);
    outside_close(&o);
}

static const calx_model *const fixture_models[] = {&Todo_model, &Person_model, &Every_model};

/* A first connection under valgrind may take longer than the default allows. */
static inline void fixture_open(fixture *f, const char *uri)
{
    calx_engine_options options;
    calx_engine_options_init(&options);
    options.connect_timeout_ms = 20000;
    assert_ok(f, calx_engine_create(uri, &options, &f->engine, &f->err));
}

static inline fixture *fixture_create_on(const char *uri)
{
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    pthread_mutex_init(&f->mutex, NULL);
    fixture_open(f, uri);
    assert_ok(f, calx_engine_listen(f->engine, fixture_record, f, &f->err));
    assert_ok(f, calx_drop_all(f->engine, fixture_models, 3, CALX_NO_DEADLINE, &f->err));
    assert_ok(f, calx_create_all(f->engine, fixture_models, 3, CALX_NO_DEADLINE, &f->err));
    f->session = calx_session_create(f->engine);
    assert_non_null(f->session);
    forget_sent(f);
    return f;
}

static inline void fixture_destroy(fixture *f)
{
    calx_session_destroy(f->session);
    calx_drop_all(f->engine, fixture_models, 3, CALX_NO_DEADLINE, NULL);
    calx_engine_destroy(f->engine);
    calx_buffer_finish(&f->sent);
    pthread_mutex_destroy(&f->mutex);
    free(f);
}

static inline int fixture_setup(void **state)
{
    *state = fixture_create_on(fixture_uri());
    return 0;
}

static inline int fixture_teardown(void **state)
{
    fixture_destroy(*state);
    return 0;
}

/* A test with tables and a session of its own. */
#define with_tables(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

/* A todo that is committed; the session is a passing one. */
static inline int32_t stored_todo(fixture *f, const char *title)
{
    calx_session *session = calx_session_create(f->engine);
    Todo *todo = Todo_new(session);
    todo->title = calx_text_of(title);
    calx_session_commit(session);
    assert_session_ok(session);
    int32_t id = todo->id;
    calx_session_destroy(session);
    forget_sent(f);
    return id;
}

/* ---- What others see ---- */

/* In a thread of its own: one holds one connection of an engine at a time. */
static inline void in_another_thread(void *(*run)(void *), void *context)
{
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, run, context), 0);
    pthread_join(thread, NULL);
}

typedef struct fixture_question {
    calx_engine *engine;
    const char *title; /* NULL: any */
    int64_t count;
    calx_error err;
} fixture_question;

static inline void *fixture_answer(void *context)
{
    fixture_question *question = context;
    calx_session *session = calx_session_create(question->engine);
    Todo_query *query = calx_query_of(session, Todo);
    if (question->title != NULL)
        query = calx_filter_by(query, title, question->title);
    question->count = calx_count(query);
    if (calx_session_error(session) != NULL)
        question->err = *calx_session_error(session);
    calx_session_destroy(session);
    return NULL;
}

static inline int64_t stored_with(fixture *f, const char *title)
{
    fixture_question question = {.engine = f->engine, .title = title};
    in_another_thread(fixture_answer, &question);
    assert_string_equal(question.err.message, "");
    return question.count;
}

/* How many rows there are, for everybody to see. */
static inline int64_t stored_count(fixture *f)
{
    return stored_with(f, NULL);
}

/* Is there a row with this title, for everybody to see? */
static inline bool is_stored(fixture *f, const char *title)
{
    return stored_with(f, title) > 0;
}

#endif
