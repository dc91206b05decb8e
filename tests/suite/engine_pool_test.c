/* The pool on a real database: waiting, limits, lost connections. */
#include "core/engine/internal.h"
#include "tests/suite/engine_fixture.h"

static fixture *reopen_with(void **state, int size, int overflow, int timeout_ms)
{
    calx_engine_options options;
    calx_engine_options_init(&options);
    options.pool_size = size;
    options.max_overflow = overflow;
    options.overflow_linger_ms = 0;
    options.pool_timeout_ms = timeout_ms;
    return fixture_reopen(state, &options);
}

/* ---- Waiting ---- */

/* Even while others are free: two threads that do so could wait for each other for ever. */
static void a_second_connection_is_refused_at_once(void **state)
{
    fixture *f = reopen_with(state, 2, 0, LONG_MS);
    calx__connection_release(acquire_elsewhere(f)); /* which is idle now */
    calx__connection *first = acquire(f);
    calx__connection *second = NULL;
    int status = calx__connection_acquire(f->engine, CALX_NO_DEADLINE, &second, &f->err);
    assert_int_equal(status, CALX_ERROR_STATE);
    assert_null(second);
    calx__connection_release(first);
}

/* An INSERT that begins and commits. */
static int insert_whole(fixture *f)
{
    calx_value name = calx_value_text(calx_text_of("whole"));
    calx_unit_statement statement = {
        .sql = insert_parent(f), .binds = &name, .rows_expected = 1, .generates_key = true};
    calx_unit unit = {.statements = &statement,
                      .statement_count = 1,
                      .begin = true,
                      .commit = true,
                      .write = true};
    return calx__engine_run(f->engine, &unit, soon(), &f->err);
}

static void a_unit_beside_a_connection_is_refused_at_once(void **state)
{
    fixture *f = reopen_with(state, 2, 0, LONG_MS);
    calx__connection *connection = acquire(f);
    assert_int_equal(insert_whole(f), CALX_ERROR_STATE);
    calx__connection_release(connection);
}

/* SQLite's writer is beside the pool: as many can be committed together as want to. */
static void whole_units_need_no_connection_where_there_is_a_writer(void **state)
{
    fixture *f = reopen_with(state, 1, 0, 50);
    calx__connection *connection = acquire_elsewhere(f);
    bool has_writer = calx_engine_can(f->engine, CALX_CAPABILITY_ONE_WRITER) &&
                      !calx_engine_can(f->engine, CALX_CAPABILITY_IN_MEMORY);
    assert_int_equal(insert_whole(f), has_writer ? 0 : CALX_ERROR_POOL_TIMEOUT);
    calx__connection_release(connection);
    assert_int_equal(ask_new(f, "SELECT count(*) FROM engine_parent"), has_writer);
}

typedef struct client {
    fixture *f;
    calx_error err;
    int rounds;
    int64_t sum;
    const calx_sql *question;
    pthread_t thread;
} client;

static void *client_main(void *argument)
{
    client *c = argument;
    for (int i = 0; i < c->rounds; i++) {
        calx__connection *connection;
        if (calx__connection_acquire(c->f->engine, soon(), &connection, &c->err) < 0)
            break;
        calx_unit_statement statement = {.sql = c->question,
                                         .rows_expected = CALX_ROWS_ANY,
                                         .row = take_integer,
                                         .context = &(int64_t){0}};
        calx_unit unit = {.statements = &statement, .statement_count = 1};
        if (calx__connection_run(connection, &unit, soon(), &c->err) == 0)
            c->sum += *(int64_t *)statement.context;
        calx__connection_release(connection);
    }
    return NULL;
}

static void client_start(client *c, fixture *f, const calx_sql *question, int rounds)
{
    *c = (client){.f = f, .question = question, .rounds = rounds};
    assert_int_equal(pthread_create(&c->thread, NULL, client_main, c), 0);
}

static bool somebody_waits(calx__pool *pool)
{
    pthread_mutex_lock(&pool->mutex);
    bool waits = pool->first != NULL;
    pthread_mutex_unlock(&pool->mutex);
    return waits;
}

static void who_waits_gets_the_connection_released(void **state)
{
    fixture *f = reopen_with(state, 1, 0, LONG_MS);
    client waiting;
    const calx_sql *question = sql(f, "SELECT 5", "", "i");
    calx__connection *connection = acquire(f);
    client_start(&waiting, f, question, 1);
    int64_t deadline_us = soon();
    while (!somebody_waits(&f->engine->pool) && calx_now_us() < deadline_us)
        calx_wait_until(calx_deadline_in_ms(1), NULL);
    calx__connection_release(connection);
    pthread_join(waiting.thread, NULL);
    assert_int_equal(waiting.err.code, CALX_OK);
    assert_int_equal(waiting.sum, 5);
    assert_int_equal(fixture_count(f, CALX_EVENT_CONNECT), 1);
}

static void waiting_ends_with_the_pool_timeout(void **state)
{
    fixture *f = reopen_with(state, 1, 0, 1);
    client waiting;
    const calx_sql *question = sql(f, "SELECT 5", "", "i");
    calx__connection *connection = acquire(f);
    client_start(&waiting, f, question, 1);
    pthread_join(waiting.thread, NULL);
    calx__connection_release(connection);
    assert_int_equal(waiting.err.code, CALX_ERROR_POOL_TIMEOUT);
}

static void many_threads_share_few_connections(void **state)
{
    enum { CLIENTS = 8, ROUNDS = 40 };
    fixture *f = reopen_with(state, 2, 1, LONG_MS);
    client clients[CLIENTS];
    const calx_sql *question = sql(f, "SELECT 3", "", "i");
    for (size_t i = 0; i < CLIENTS; i++)
        client_start(&clients[i], f, question, ROUNDS);
    for (size_t i = 0; i < CLIENTS; i++) {
        pthread_join(clients[i].thread, NULL);
        if (clients[i].err.code != CALX_OK)
            fail_msg("%s", clients[i].err.message);
        assert_int_equal(clients[i].sum, 3 * ROUNDS);
    }
    assert_in_range(f->open_max, 1, 3);
    assert_in_range(f->open, 1, 2);
}

static void connections_beyond_the_pool_linger(void **state)
{
    const int linger_ms[] = {0, LONG_MS};
    for (int i = 0; i < 2; i++) {
        calx_engine_options options;
        calx_engine_options_init(&options);
        options.pool_size = 1;
        options.overflow_linger_ms = linger_ms[i];
        fixture *f = fixture_reopen(state, &options);
        client other;
        calx__connection *connection = acquire(f);
        client_start(&other, f, sql(f, "SELECT 3", "", "i"), 1);
        pthread_join(other.thread, NULL);
        assert_int_equal(other.err.code, CALX_OK);
        calx__connection_release(connection);
        assert_int_equal(f->open, 1 + i);
    }
}

/* ---- Lost connections ---- */

/* What a server calls a connection; NULL where there is no server. */
static const calx_sql *own_id(fixture *f)
{
    if (strcmp(f->dialect, "postgresql") == 0)
        return sql(f, "SELECT pg_backend_pid()", "", "i");
    if (strcmp(f->dialect, "mysql") == 0)
        return sql(f, "SELECT CONNECTION_ID()", "", "i");
    return NULL;
}

/* From another engine: kills a connection and waits until the server has ended it. */
static void kill_connection(int64_t id)
{
    fixture *f = fixture_create(NULL);
    bool is_mysql = strcmp(f->dialect, "mysql") == 0;
    calx_value binds[] = {calx_value_integer(id)};
    char text[64];
    snprintf(text, sizeof text, is_mysql ? "KILL %lld" : "SELECT pg_terminate_backend(%lld)",
             (long long)id);
    calx__connection *connection = acquire(f);
    if (is_mysql) {
        command(f, connection, text);
    } else {
        calx_unit_statement statement = {.sql = sql(f, text, "", "i"),
                                         .rows_expected = CALX_ROWS_ANY};
        calx_unit unit = {.statements = &statement, .statement_count = 1};
        assert_ok(f, calx__connection_run(connection, &unit, soon(), &f->err));
    }
    const calx_sql *alive =
        sql(f,
            is_mysql ? "SELECT COUNT(*) FROM information_schema.processlist WHERE id = @"
                     : "SELECT COUNT(*) FROM pg_stat_activity WHERE pid = @",
            "i", "i");
    int64_t deadline_us = soon();
    while (ask(f, connection, alive, binds) > 0 && calx_now_us() < deadline_us)
        calx_wait_until(calx_deadline_in_ms(1), NULL);
    assert_int_equal(ask(f, connection, alive, binds), 0);
    calx__connection_release(connection);
    fixture_close(f);
}

/* A connection dies: killed by its server; for SQLite the file goes away under it. */
static void lose_connection(fixture *f, int64_t id)
{
    if (id != 0)
        kill_connection(id);
    else
        assert_int_equal(remove(calx_engine_url(f->engine)->database), 0);
}

static void a_connection_that_died_idle_is_replaced(void **state)
{
    fixture *f = *state;
    const calx_sql *question = own_id(f);
    calx__connection *held[3];
    for (size_t i = 0; i < 3; i++)
        held[i] = acquire_elsewhere(f);
    int64_t id = question ? ask(f, held[0], question, NULL) : 0;
    for (size_t i = 3; i-- > 0;)
        calx__connection_release(held[i]); /* the one that dies is the next to be taken */
    lose_connection(f, id);
    assert_int_equal(ask_new(f, "SELECT 1"), 1);
    assert_int_equal(fixture_count(f, CALX_EVENT_CONNECT), 4);
    assert_int_equal(fixture_count(f, CALX_EVENT_DISCONNECT), 3); /* the others are not trusted */
    assert_ok(f, calx_engine_check(f->engine, &f->err));
}

static void a_transaction_is_not_continued_on_a_new_connection(void **state)
{
    fixture *f = *state;
    const calx_sql *question = own_id(f);
    if (question == NULL)
        skip(); /* SQLite: there is no server that could end a connection in use */
    calx__connection *connection = acquire(f);
    int64_t id = ask(f, connection, question, NULL);
    calx_value name[] = {calx_value_text(calx_text_of("lost"))};
    calx_unit_statement insert = {
        .sql = insert_parent(f), .binds = name, .rows_expected = CALX_ROWS_ANY};
    calx_unit unit = {.statements = &insert, .statement_count = 1, .begin = true, .write = true};
    assert_ok(f, calx__connection_run(connection, &unit, soon(), &f->err));
    kill_connection(id);
    unit.begin = false;
    unit.commit = true;
    assert_int_equal(calx__connection_run(connection, &unit, soon(), &f->err),
                     CALX_ERROR_CONNECTION_LOST);
    assert_int_equal(f->err.outcome, CALX_OUTCOME_NOT_DONE);
    calx__connection_release(connection);
    calx_error_clear(&f->err);
    assert_int_equal(fixture_count(f, CALX_EVENT_DISCONNECT), 1);
    assert_int_equal(ask_new(f, "SELECT COUNT(*) FROM engine_parent"), 0);
}

/* With the check turned off, one lost connection still makes the others suspect. */
static void without_checks_one_loss_warns_of_the_others(void **state)
{
    calx_engine_options options;
    calx_engine_options_init(&options);
    options.pool_pre_ping = 0;
    fixture *f = fixture_reopen(state, &options);
    const calx_sql *question = own_id(f);
    if (question == NULL)
        skip(); /* SQLite: there is no server that could end a connection in use */
    calx__connection *first = acquire_elsewhere(f);
    calx__connection *second = acquire_elsewhere(f);
    int64_t ids[] = {ask(f, first, question, NULL), ask(f, second, question, NULL)};
    calx__connection_release(second);
    kill_connection(ids[0]);
    kill_connection(ids[1]);
    assert_true(calx__connection_command(first, "SELECT 1", soon(), &f->err) < 0);
    calx_error_clear(&f->err);
    calx__connection_release(first);
    assert_int_equal(ask_new(f, "SELECT 1"), 1);
}

/* ---- A database that is not there ---- */

static void an_unreachable_database_gives_its_slot_back(void **state)
{
    fixture *f = *state;
    char url[256];
    calx_engine *away;
    calx_engine_options options;
    calx_engine_options_init(&options);
    options.pool_size = 1;
    options.max_overflow = 0;
    options.pool_timeout_ms = 0;
    const char *where =
        strcmp(f->dialect, "sqlite") == 0 ? "/no/such/folder/x.db" : "nobody@127.0.0.1:1/none";
    snprintf(url, sizeof url, "%s://%s%s", calx_engine_url(f->engine)->drivername,
             *where == '/' ? "/" : "", where);
    assert_ok(f, calx_engine_create(url, &options, &away, &f->err));
    for (int i = 0; i < 3; i++) {
        assert_int_equal(calx_engine_check(away, &f->err), CALX_ERROR_UNREACHABLE);
        assert_int_equal(f->err.code, CALX_ERROR_UNREACHABLE);
        assert_int_equal(f->err.outcome, CALX_OUTCOME_NOT_DONE);
        calx_error_clear(&f->err);
    }
    calx_engine_destroy(away);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_second_connection_is_refused_at_once),
        TEST(a_unit_beside_a_connection_is_refused_at_once),
        TEST(whole_units_need_no_connection_where_there_is_a_writer),
        TEST(who_waits_gets_the_connection_released),
        TEST(waiting_ends_with_the_pool_timeout),
        TEST(many_threads_share_few_connections),
        TEST(connections_beyond_the_pool_linger),
        TEST(a_connection_that_died_idle_is_replaced),
        TEST(a_transaction_is_not_continued_on_a_new_connection),
        TEST(without_checks_one_loss_warns_of_the_others),
        TEST(an_unreachable_database_gives_its_slot_back),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
