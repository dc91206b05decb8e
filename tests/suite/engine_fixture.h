/*
 * engine_fixture.h: what the engine's tests share: an engine on CALX_TEST_URI with two tables, its
 * events on record, and statements in the dialect's own words.
 */
#ifndef CALX_TESTS_SUITE_ENGINE_FIXTURE_H
#define CALX_TESTS_SUITE_ENGINE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>

#include "core/dialect/dialect.h"
#include "core/engine/internal.h"

#define EVENTS_MAX 256
#define SQL_MAX 16
#define LONG_MS 20000

typedef struct fixture_sql {
    calx_sql sql;
    char text[256];
    calx_kind kinds[8];
} fixture_sql;

typedef struct fixture {
    calx_engine *engine;
    const char *dialect;
    calx_error err;
    pthread_mutex_t mutex; /* events come from several threads */
    calx_event_kind events[EVENTS_MAX];
    size_t event_count;
    int open;
    int open_max;
    fixture_sql statements[SQL_MAX];
    size_t sql_count;
} fixture;

static inline void fixture_record(void *context, const calx_event *event)
{
    fixture *f = context;
    pthread_mutex_lock(&f->mutex);
    if (f->event_count < EVENTS_MAX)
        f->events[f->event_count++] = event->kind;
    if (event->kind == CALX_EVENT_CONNECT && event->error == NULL)
        f->open++;
    if (event->kind == CALX_EVENT_DISCONNECT)
        f->open--;
    if (f->open > f->open_max)
        f->open_max = f->open;
    pthread_mutex_unlock(&f->mutex);
}

static inline int fixture_count(fixture *f, calx_event_kind kind)
{
    int count = 0;
    pthread_mutex_lock(&f->mutex);
    for (size_t i = 0; i < f->event_count; i++)
        count += f->events[i] == kind;
    pthread_mutex_unlock(&f->mutex);
    return count;
}

static inline const char *fixture_uri(void)
{
    const char *uri = getenv("CALX_TEST_URI");
    if (uri == NULL)
        fail_msg("CALX_TEST_URI is not set: run this program through tests/suite/with-uri");
    return uri;
}

/* Fails the test with the error's own words. */
#define assert_ok(f, status)                                                                       \
    do {                                                                                           \
        if ((status) < 0)                                                                          \
            fail_msg("%s: %s", calx_error_class_name((f)->err.code), (f)->err.message);            \
    } while (0)

static inline int64_t soon(void)
{
    return calx_deadline_in_ms(LONG_MS);
}

static inline calx__connection *acquire(fixture *f)
{
    calx__connection *connection = NULL;
    assert_ok(f, calx__connection_acquire(f->engine, soon(), &connection, &f->err));
    return connection;
}

/* Held by another thread, as the pool sees it. */
static inline calx__connection *acquire_elsewhere(fixture *f)
{
    static calx_waiter elsewhere;
    calx__connection *connection = acquire(f);
    pthread_mutex_lock(&f->engine->pool.mutex);
    connection->holder = &elsewhere;
    pthread_mutex_unlock(&f->engine->pool.mutex);
    return connection;
}

static inline void command(fixture *f, calx__connection *connection, const char *sql)
{
    assert_ok(f, calx__connection_command(connection, sql, soon(), &f->err));
}

/*
 * A statement with an id of its own, alive until the fixture ends. Every @ of pattern becomes the
 * dialect's placeholder of a bind; binds and results are letters: i integer, t text.
 */
static inline const calx_sql *sql(fixture *f, const char *pattern, const char *binds,
                                  const char *results)
{
    static uint64_t ids = 1000;
    fixture_sql *made = &f->statements[f->sql_count++];
    char *to = made->text;
    int place = 0;
    assert_true(f->sql_count <= SQL_MAX && strlen(pattern) < sizeof made->text / 2);
    for (const char *from = pattern; *from != '\0'; from++) {
        if (*from != '@')
            *to++ = *from;
        else if (calx__engine_dialect(f->engine)->numbered_binds)
            to += sprintf(to, "$%d", ++place);
        else
            *to++ = '?';
    }
    *to = '\0';
    size_t bind_count = strlen(binds);
    size_t result_count = strlen(results);
    for (size_t i = 0; i < bind_count + result_count; i++) {
        char letter = i < bind_count ? binds[i] : results[i - bind_count];
        made->kinds[i] = letter == 'i' ? CALX_KIND_INTEGER : CALX_KIND_TEXT;
    }
    made->sql = (calx_sql){.id = ++ids,
                           .text = made->text,
                           .length = strlen(made->text),
                           .bind_kinds = made->kinds,
                           .bind_count = bind_count,
                           .result_kinds = made->kinds + bind_count,
                           .result_count = result_count};
    return &made->sql;
}

static inline int take_integer(void *context, const calx_value *values, size_t count,
                               calx_error *err)
{
    (void)err;
    assert_int_equal(count, 1);
    assert_int_equal(values[0].kind, CALX_KIND_INTEGER);
    *(int64_t *)context = values[0].as.integer;
    return 0;
}

/* The one integer that a statement answers. */
static inline int64_t ask(fixture *f, calx__connection *connection, const calx_sql *question,
                          const calx_value *binds)
{
    int64_t answer = INT64_MIN;
    calx_unit_statement statement = {.sql = question,
                                     .binds = binds,
                                     .rows_expected = CALX_ROWS_ANY,
                                     .row = take_integer,
                                     .context = &answer};
    calx_unit unit = {.statements = &statement, .statement_count = 1};
    assert_ok(f, calx__connection_run(connection, &unit, soon(), &f->err));
    return answer;
}

static inline int64_t ask_new(fixture *f, const char *question)
{
    calx__connection *connection = acquire(f);
    int64_t answer = ask(f, connection, sql(f, question, "", "i"), NULL);
    calx__connection_release(connection);
    return answer;
}

/* The words of an INSERT whose generated key is wanted. */
static inline const calx_sql *insert_parent(fixture *f)
{
    if (calx_engine_can(f->engine, CALX_CAPABILITY_GENERATED_KEY))
        return sql(f, "INSERT INTO engine_parent (name) VALUES (@)", "t", "");
    return sql(f, "INSERT INTO engine_parent (name) VALUES (@) RETURNING id", "t", "i");
}

static inline void create_tables(fixture *f)
{
    const char *key = strcmp(f->dialect, "postgresql") == 0 ? "SERIAL PRIMARY KEY"
                      : strcmp(f->dialect, "mysql") == 0    ? "INTEGER AUTO_INCREMENT PRIMARY KEY"
                                                            : "INTEGER PRIMARY KEY";
    char text[256];
    calx__connection *connection = acquire(f);
    command(f, connection, "DROP TABLE IF EXISTS engine_child");
    command(f, connection, "DROP TABLE IF EXISTS engine_parent");
    snprintf(text, sizeof text, "CREATE TABLE engine_parent (id %s, name VARCHAR(100) UNIQUE)",
             key);
    command(f, connection, text);
    snprintf(text, sizeof text,
             "CREATE TABLE engine_child (id %s, parent_id INTEGER NOT NULL, n INTEGER)", key);
    command(f, connection, text);
    calx__connection_release(connection);
}

/* Opens the engine; listens from the first connection on. A first connection under valgrind may
 * take longer than the default allows. */
static inline void fixture_open(fixture *f, const calx_engine_options *options)
{
    calx_engine_options own;
    calx_engine_options_init(&own);
    if (options != NULL)
        own = *options;
    own.connect_timeout_ms = LONG_MS;
    assert_ok(f, calx_engine_create(fixture_uri(), &own, &f->engine, &f->err));
    f->dialect = calx_engine_dialect_name(f->engine);
    assert_ok(f, calx_engine_listen(f->engine, fixture_record, f, &f->err));
}

static inline void fixture_close(fixture *f)
{
    calx_engine_destroy(f->engine);
    assert_int_equal(f->open, 0); /* what was opened was closed */
    pthread_mutex_destroy(&f->mutex);
    free(f);
}

static inline fixture *fixture_create(const calx_engine_options *options)
{
    fixture *f = calloc(1, sizeof *f);
    pthread_mutex_init(&f->mutex, NULL);
    fixture_open(f, options);
    return f;
}

/* The tables are made by an engine of their own, so that a test's engine has no connection yet. */
static inline void tables_make(bool create)
{
    fixture *f = fixture_create(NULL);
    if (create) {
        create_tables(f);
    } else {
        calx__connection *connection = acquire(f);
        command(f, connection, "DROP TABLE IF EXISTS engine_child");
        command(f, connection, "DROP TABLE IF EXISTS engine_parent");
        calx__connection_release(connection);
    }
    fixture_close(f);
}

static inline int fixture_setup(void **state)
{
    tables_make(true);
    *state = fixture_create(NULL);
    return 0;
}

static inline int fixture_teardown(void **state)
{
    fixture_close(*state);
    tables_make(false);
    return 0;
}

/* Exchanges the test's engine for one with other options. */
static inline fixture *fixture_reopen(void **state, const calx_engine_options *options)
{
    fixture_close(*state);
    *state = fixture_create(options);
    return *state;
}

#endif
