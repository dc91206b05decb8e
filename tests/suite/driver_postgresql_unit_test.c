/* driver_postgresql_unit_test.c: units through the PostgreSQL driver: how many round trips they
 * take, and which statements stay prepared. */
#include "postgresql_unit_fixture.h"

/* ---- Trips ---- */

static void changes_and_commit_are_one_trip(void **state)
{
    (void)state;
    work w = whole();
    calx_unit_statement *insert = add(&w, INSERT, 1, 1);
    calx_unit_statement *update = add(&w, UPDATE, 1, 1);
    calx_unit_statement *any = add(&w, "DELETE FROM calx_unit WHERE n > $1", 5, CALX_ROWS_ANY);
    assert_trips(&w, 1);
    assert_false(connection->in_transaction);
    assert_int_equal(rows(), 1);
    assert_int_equal(insert->rows_affected, 1);
    assert_int_equal(update->rows_affected, 1);
    assert_int_equal(any->rows_affected, 0);
    for (size_t i = 0; i < 2; i++)
        w.binds[i][0] = calx_value_integer(2);
    assert_trips(&w, 1); /* now all is prepared */
    assert_int_equal(rows(), 2);
    const char *count = "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'calx%'";
    assert_int_equal(query_integer(connection, count), 3);
}

/* The first time nobody knows yet whether the key is an integer. */
static void a_generated_key_and_commit_are_one_trip(void **state)
{
    (void)state;
    work w = whole();
    calx_unit_statement *insert = add_keyed(&w, INSERT_KEY, 1);
    assert_trips(&w, 2);
    assert_int_equal(insert->generated_key, 1);
    w.binds[0][0] = calx_value_integer(2);
    assert_trips(&w, 1);
    assert_int_equal(insert->generated_key, 2);
    assert_int_equal(insert->rows_affected, 1);
    assert_int_equal(rows(), 2);
}

static void a_key_that_is_no_integer_is_not_committed(void **state)
{
    (void)state;
    work w = whole();
    run(other, "CREATE TABLE calx_unit_log (id text DEFAULT '7', n bigint)");
    add_keyed(&w, "INSERT INTO calx_unit_log (n) VALUES ($1) RETURNING id", 1);
    for (int i = 0; i < 2; i++) {
        assert_fails(&w, CALX_ERROR_MISFIT, 0);
        rollback(connection);
    }
    assert_int_equal(query_integer(other, "SELECT count(*) FROM calx_unit_log"), 0);
}

static void keys_cost_a_trip_per_level(void **state)
{
    (void)state;
    work w = whole();
    add_keyed(&w, INSERT_KEY, 1);
    calx_unit_statement *parent = add_keyed(&w, INSERT_KEY, 2);
    for (size_t i = 0; i < 2; i++) {
        add(&w, "INSERT INTO calx_unit_child (parent_id) VALUES ($1)", 0, 1);
        refer(&w, i);
    }
    assert_trips(&w, 2);
    w.binds[0][0] = calx_value_integer(3);
    w.binds[1][0] = calx_value_integer(4);
    assert_trips(&w, 2);
    assert_int_equal(parent->generated_key, 4);
    assert_int_equal(query_integer(other, "SELECT sum(parent_id)::int FROM calx_unit_child"), 10);
}

typedef struct seen {
    int64_t values[3];
    size_t count;
    size_t refused; /* the row at which it says no */
} seen;

static int see(void *context, const calx_value *values, size_t count, calx_error *err)
{
    seen *s = context;
    assert_int_equal(count, 1);
    s->values[s->count++] = values[0].as.integer;
    if (s->count == s->refused)
        return calx_error_set(err, CALX_ERROR_MISFIT, "enough");
    return 0;
}

static void a_read_is_one_trip(void **state)
{
    (void)state;
    seen s = {.count = 0};
    work w = {.unit = {.begin = false}};
    calx_unit_statement *select =
        add(&w, "SELECT n FROM generate_series($1, $2 + 2) AS n", 5, CALX_ROWS_ANY);
    select->row = see;
    select->context = &s;
    for (int i = 0; i < 2; i++) { /* text the first time, then binary */
        s.count = 0;
        assert_trips(&w, 1);
        assert_int_equal(s.count, 3);
        assert_int_equal(s.values[0], 5);
        assert_int_equal(s.values[2], 7);
    }
}

static void a_row_callback_comes_before_commit(void **state)
{
    (void)state;
    seen s = {.refused = 2};
    work w = whole();
    add(&w, INSERT, 1, 1);
    calx_unit_statement *select = add(&w, "SELECT generate_series(1, 3)", 0, CALX_ROWS_ANY);
    select->row = see;
    select->context = &s;
    assert_fails(&w, CALX_ERROR_MISFIT, 1);
    assert_string_equal(w.err.message, "enough");
    assert_true(connection->in_transaction);
    rollback(connection);
    assert_int_equal(rows(), 0);
    s = (seen){.count = 0};
    assert_trips(&w, 2);
    assert_int_equal(s.count, 3);
    assert_int_equal(rows(), 1);
}

static void a_unit_in_an_open_transaction_leaves_it_open(void **state)
{
    (void)state;
    work w = {.unit = {.write = true}};
    add(&w, INSERT, 1, 1);
    begin(connection);
    assert_trips(&w, 1);
    assert_true(connection->in_transaction);
    assert_int_equal(rows(), 0);
    w.unit.commit = true;
    w.binds[0][0] = calx_value_integer(2);
    assert_runs(&w);
    assert_false(connection->in_transaction);
    assert_int_equal(rows(), 2);
}

static void the_isolation_level_is_the_units(void **state)
{
    (void)state;
    for (calx_isolation level = CALX_ISOLATION_DEFAULT; level <= CALX_ISOLATION_SERIALIZABLE;
         level++) {
        static const int64_t lengths[] = {14, 14, 15, 12};
        seen s = {.count = 0};
        work w = whole();
        w.unit.isolation = level;
        calx_unit_statement *select =
            add(&w, "SELECT length(current_setting('transaction_isolation'))", 0, CALX_ROWS_ANY);
        select->row = see;
        select->context = &s;
        assert_runs(&w);
        assert_int_equal(s.values[0], lengths[level]);
    }
}

static void a_unit_without_statements_commits(void **state)
{
    (void)state;
    work w = whole();
    assert_trips(&w, 1);
    w.unit.begin = false;
    assert_fails(&w, CALX_ERROR_STATE, 0);
    begin(connection);
    assert_trips(&w, 1);
    assert_false(connection->in_transaction);
}

/* Both sides send more than the sockets between them hold. */
static void a_large_unit_does_not_block_itself(void **state)
{
    (void)state;
    enum { COUNT = 300, LENGTH = 100000 };
    static char text[LENGTH];
    static calx_unit_statement statements[COUNT];
    calx_kind kind = CALX_KIND_TEXT;
    calx_error err = {0};
    memset(text, 'x', LENGTH);
    calx_value bind = calx_value_text((calx_text){text, LENGTH});
    calx_sql sql = {.id = 1,
                    .text = "SELECT $1::text",
                    .length = 15,
                    .bind_kinds = &kind,
                    .bind_count = 1,
                    .result_count = 1};
    for (size_t i = 0; i < COUNT; i++)
        statements[i] =
            (calx_unit_statement){.sql = &sql, .binds = &bind, .rows_expected = CALX_ROWS_ANY};
    calx_unit unit = {
        .statements = statements, .statement_count = COUNT, .begin = true, .commit = true};
    assert_ok(connection->driver->unit_run(connection, &unit, soon(), &err), &err);
    assert_int_equal(statements[COUNT - 1].rows_affected, 1);
}

/* ---- Prepared statements ---- */

static const char count_prepared[] =
    "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'calx%'";

static void only_so_many_statements_stay_prepared(void **state)
{
    (void)state;
    const char *const texts[] = {INSERT, UPDATE, "DELETE FROM calx_unit WHERE n = $1"};
    close_proxy();
    open_through_proxy(2, LOCK_TIMEOUT_MS);
    for (int i = 0; i < 9; i++) {
        work w = whole();
        add(&w, texts[i % 3], i / 3, 1);
        assert_runs(&w);
        assert_true(query_integer(connection, count_prepared) <= 2);
    }
    work w = whole(); /* more than fit: the others are not kept */
    for (int i = 0; i < 3; i++)
        add(&w, texts[i], 1, 1);
    assert_trips(&w, 2); /* one Sync is for what the server forgets */
    assert_runs(&w);
    assert_int_equal(query_integer(connection, count_prepared), 2);
}

static void without_a_cache_nothing_stays_prepared(void **state)
{
    (void)state;
    close_proxy();
    open_through_proxy(0, LOCK_TIMEOUT_MS);
    work w = whole();
    calx_unit_statement *insert = add_keyed(&w, INSERT_KEY, 1);
    assert_trips(&w, 2);
    w.binds[0][0] = calx_value_integer(2);
    assert_trips(&w, 2);
    assert_int_equal(insert->generated_key, 2);
    assert_int_equal(query_integer(connection, count_prepared), 0);
}

static void text_without_an_id_is_not_kept(void **state)
{
    (void)state;
    work w = whole();
    add(&w, INSERT, 1, 1);
    add(&w, UPDATE, 1, 1);
    w.sql[0].id = w.sql[1].id = 0;
    assert_trips(&w, 1);
    w.binds[0][0] = w.binds[1][0] = calx_value_integer(2);
    assert_trips(&w, 1);
    assert_int_equal(query_integer(connection, count_prepared), 0);
}

static void outdated_plans_are_made_anew(void **state)
{
    (void)state;
    work w = whole();
    add(&w, "SELECT t FROM calx_unit", 0, CALX_ROWS_ANY);
    add(&w, INSERT, 1, 1);
    assert_runs(&w);
    run(connection, "ALTER TABLE calx_unit ALTER t TYPE int USING 0");
    w.binds[1][0] = calx_value_integer(2);
    assert_runs(&w);
    run(connection, "DISCARD ALL");
    w.binds[1][0] = calx_value_integer(3);
    assert_runs(&w);
    assert_int_equal(rows(), 3);
    run(connection, "DISCARD ALL");
    begin(connection);
    w.unit.begin = w.unit.commit = false;
    w.binds[1][0] = calx_value_integer(4);
    assert_fails(&w, CALX_ERROR_SERIALIZATION, 0);
    rollback(connection);
    begin(connection);
    assert_runs(&w);
    rollback(connection);
}

static int run_group(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
    const struct CMUnitTest tests[] = {
        TEST(changes_and_commit_are_one_trip),
        TEST(a_generated_key_and_commit_are_one_trip),
        TEST(a_key_that_is_no_integer_is_not_committed),
        TEST(keys_cost_a_trip_per_level),
        TEST(a_read_is_one_trip),
        TEST(a_row_callback_comes_before_commit),
        TEST(a_unit_in_an_open_transaction_leaves_it_open),
        TEST(the_isolation_level_is_the_units),
        TEST(a_unit_without_statements_commits),
        TEST(a_large_unit_does_not_block_itself),
        TEST(only_so_many_statements_stay_prepared),
        TEST(without_a_cache_nothing_stays_prepared),
        TEST(text_without_an_id_is_not_kept),
        TEST(outdated_plans_are_made_anew),
    };
#undef TEST
    return cmocka_run_group_tests_name(form, tests, NULL, NULL);
}

int main(void)
{
    return run_forms(run_group);
}
