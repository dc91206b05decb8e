/* driver_postgresql_unnamed_test.c: prepared_statements=off: nothing stays on the server, and no
 * trip is added. That it is enough for a proxy is shown by conform/pgbouncer+libpq. */
#include "postgresql_unit_fixture.h"

static const char prepared_count[] = "SELECT count(*) FROM pg_prepared_statements";

static int open_unnamed(void **state)
{
    more_keys = "&prepared_statements=off";
    return open_fixture(state);
}

static void nothing_stays_prepared_and_trips_are_the_same(void **state)
{
    (void)state;
    work w = whole();
    add_keyed(&w, INSERT_KEY, 1);
    add(&w, UPDATE, 1, 1);
    add(&w, UPDATE, 1, 1); /* the same text, with another between its first use and its second */
    assert_trips(&w, 2);   /* whether the key is an integer is not known yet */
    w.binds[0][0] = w.binds[1][0] = w.binds[2][0] = calx_value_integer(2);
    assert_trips(&w, 1);
    assert_int_equal(rows(), 2);
    assert_int_equal(query_integer(connection, prepared_count), 0);
}

static void a_refused_row_is_told_with_its_place(void **state)
{
    (void)state;
    work w = whole();
    add(&w, INSERT, 1, 1);
    add(&w, INSERT, 1, 1);
    for (int i = 0; i < 2; i++) {
        assert_fails(&w, CALX_ERROR_UNIQUE, 1);
        rollback(connection);
    }
    assert_int_equal(rows(), 0);
}

static int take_integer(void *context, const calx_value *values, size_t count, calx_error *err)
{
    (void)err;
    assert_int_equal(count, 1);
    *(int64_t *)context = values[0].as.integer;
    return 0;
}

/* Whatever server session a proxy gives. */
static void settings_travel_with_every_transaction(void **state)
{
    (void)state;
    const char *text =
        "SELECT (current_setting('lock_timeout') = '5s'"
        " AND current_setting('client_min_messages') = 'warning')::int";
    assert_int_equal(query_integer(connection, text), 1);
    begin(connection);
    assert_int_equal(query_integer(connection, text), 1);
    rollback(connection);
    for (int begins = 0; begins < 2; begins++) {
        work w = {.unit = {.begin = begins, .commit = begins}};
        int64_t got = 0;
        calx_unit_statement *statement = add(&w, text, 0, CALX_ROWS_ANY);
        statement->row = take_integer;
        statement->context = &got;
        assert_runs(&w);
        assert_int_equal(got, 1);
    }
}

/* The server does not say so: nothing was prepared. */
static void a_column_that_was_altered_is_read_as_it_is(void **state)
{
    (void)state;
    prepared statement;
    calx_value row[1];
    calx_error err = {0};
    run(other, "INSERT INTO calx_unit (n) VALUES (7)");
    assert_ok(prepare(connection, &statement, 1, "SELECT n FROM calx_unit", NULL, 0, 1, &err),
              &err);
    assert_int_equal(first_row(&statement, NULL, soon(), row, &err), 1);
    assert_same(row[0], calx_value_integer(7));
    run(other, "ALTER TABLE calx_unit ALTER n TYPE numeric");
    assert_int_equal(first_row(&statement, NULL, soon(), row, &err), 1);
    assert_same(row[0], decimal_value("7"));
    run(other, "ALTER TABLE calx_unit ALTER n TYPE bigint[] USING ARRAY[n]");
    assert_int_equal(first_row(&statement, NULL, soon(), row, &err), CALX_ERROR_DATABASE);
    finalize(&statement);
}

static void the_key_is_on_or_off(void **state)
{
    (void)state;
    calx_error err = {0};
    calx_url *url = NULL;
    calx_database *database = NULL;
    char text[128];
    snprintf(text, sizeof text, "%s://u@h/d?prepared_statements=maybe", form);
    assert_ok(calx_url_parse(text, strlen(text), &url, &err), &err);
    assert_int_equal(create(url, &default_options, &database, &err), CALX_ERROR_URL);
    assert_string_equal(err.message, "query key \"prepared_statements\": expected one of: on, off");
    calx_url_destroy(url);
}

static int run_group(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_stays_prepared_and_trips_are_the_same, open_unnamed,
                                        close_fixture),
        cmocka_unit_test_setup_teardown(a_refused_row_is_told_with_its_place, open_unnamed,
                                        close_fixture),
        cmocka_unit_test_setup_teardown(settings_travel_with_every_transaction, open_unnamed,
                                        close_fixture),
        cmocka_unit_test_setup_teardown(a_column_that_was_altered_is_read_as_it_is, open_unnamed,
                                        close_fixture),
        cmocka_unit_test(the_key_is_on_or_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return run_forms(run_group);
}
