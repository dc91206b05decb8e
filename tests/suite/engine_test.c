/* The engine on a real database: units, transactions, prepared statements, events. */
#include "core/engine/internal.h"
#include "tests/suite/engine_fixture.h"

static calx_value text(const char *string)
{
    return calx_value_text(calx_text_of(string));
}

static int run(fixture *f, calx__connection *connection, calx_unit *unit)
{
    return calx__connection_run(connection, unit, soon(), &f->err);
}

static int64_t count_parents(fixture *f)
{
    return ask_new(f, "SELECT COUNT(*) FROM engine_parent");
}

/* One INSERT in the transaction that is open. */
static void insert_name(fixture *f, calx__connection *connection, const char *name)
{
    calx_value binds[] = {text(name)};
    calx_unit_statement insert = {.sql = insert_parent(f), .binds = binds, .rows_expected = 1};
    calx_unit unit = {.statements = &insert, .statement_count = 1};
    assert_ok(f, run(f, connection, &unit));
}

/* ---- Units ---- */

static void keys_of_earlier_statements_are_filled_in(void **state)
{
    fixture *f = *state;
    calx__connection *connection = acquire(f);
    calx_value name[] = {text("parent")};
    calx_value child[] = {calx_value_integer(7), calx_value_null()};
    calx_unit_reference reference = {.bind = 1, .statement = 1};
    const calx_sql *insert = insert_parent(f);
    calx_unit_statement statements[] = {
        {.sql = insert,
         .binds = (calx_value[]){text("other")},
         .rows_expected = 1,
         .generates_key = true},
        {.sql = insert, .binds = name, .rows_expected = 1, .generates_key = true},
        {.sql = sql(f, "INSERT INTO engine_child (n, parent_id) VALUES (@, @)", "ii", ""),
         .binds = child,
         .references = &reference,
         .reference_count = 1,
         .rows_expected = 1},
    };
    calx_unit unit = {.statements = statements,
                      .statement_count = 3,
                      .begin = true,
                      .commit = true,
                      .write = true};
    assert_ok(f, run(f, connection, &unit));
    assert_int_equal(statements[2].rows_affected, 1);
    assert_int_equal(child[1].kind, CALX_KIND_NULL); /* the caller's binds are not written to */
    assert_false(calx__connection_in_transaction(connection));
    int64_t parent = ask(f, connection,
                         sql(f,
                             "SELECT p.id FROM engine_child c JOIN engine_parent p ON p.id = "
                             "c.parent_id WHERE c.n = 7 AND p.name = 'parent'",
                             "", "i"),
                         NULL);
    assert_int_equal(parent, statements[1].generated_key);
    calx__connection_release(connection);
}

static void a_wrong_row_count_is_stale_and_rolls_back(void **state)
{
    fixture *f = *state;
    calx__connection *connection = acquire(f);
    calx_value name[] = {text("new")};
    calx_value missing[] = {calx_value_integer(-1)};
    calx_unit_statement statements[] = {
        {.sql = insert_parent(f), .binds = name, .rows_expected = 1},
        {.sql = sql(f, "UPDATE engine_parent SET name = 'x' WHERE id = @", "i", ""),
         .binds = missing,
         .rows_expected = 1},
    };
    calx_unit unit = {.statements = statements,
                      .statement_count = 2,
                      .begin = true,
                      .commit = true,
                      .write = true};
    assert_int_equal(run(f, connection, &unit), CALX_ERROR_STALE);
    assert_int_equal(f->err.code, CALX_ERROR_STALE);
    assert_int_equal(f->err.outcome, CALX_OUTCOME_NOT_DONE);
    assert_int_equal(unit.failed_statement, 1);
    assert_false(calx__connection_in_transaction(connection));
    calx__connection_release(connection);
    assert_int_equal(count_parents(f), 0);
    assert_int_equal(fixture_count(f, CALX_EVENT_COMMIT), 0);
}

static void a_refused_statement_rolls_the_unit_back(void **state)
{
    fixture *f = *state;
    calx__connection *connection = acquire(f);
    calx_value name[] = {text("twice")};
    const calx_sql *insert = insert_parent(f);
    calx_unit_statement statements[] = {
        {.sql = insert, .binds = name, .rows_expected = 1},
        {.sql = insert, .binds = name, .rows_expected = 1},
    };
    calx_unit unit = {.statements = statements,
                      .statement_count = 2,
                      .begin = true,
                      .commit = true,
                      .write = true};
    assert_int_equal(run(f, connection, &unit), CALX_ERROR_UNIQUE);
    assert_int_equal(unit.failed_statement, 1);
    calx_error_clear(&f->err);
    unit.statement_count = 1; /* connection and statement are as good as before */
    assert_ok(f, run(f, connection, &unit));
    assert_int_equal(unit.failed_statement, 1);
    calx__connection_release(connection);
    assert_int_equal(count_parents(f), 1);
}

static void a_unit_without_commit_leaves_the_transaction_open(void **state)
{
    fixture *f = *state;
    calx__connection *connection = acquire(f);
    calx_value name[] = {text("first")};
    calx_unit_statement insert = {.sql = insert_parent(f), .binds = name, .rows_expected = 1};
    calx_unit unit = {.statements = &insert, .statement_count = 1, .begin = true, .write = true};
    assert_ok(f, run(f, connection, &unit));
    assert_true(calx__connection_in_transaction(connection));
    name[0] = text("second");
    unit.begin = false;
    unit.commit = true;
    assert_ok(f, run(f, connection, &unit));
    assert_false(calx__connection_in_transaction(connection));
    calx__connection_release(connection);
    assert_int_equal(count_parents(f), 2);
}

/* The caller owns the transaction: a failure inside leaves it for the caller's rollback. */
static void a_unit_inside_a_transaction_does_not_end_it(void **state)
{
    fixture *f = *state;
    calx__connection *connection = acquire(f);
    calx_value missing[] = {calx_value_integer(-1)};
    calx_unit_statement update = {.sql = sql(f, "DELETE FROM engine_parent WHERE id = @", "i", ""),
                                  .binds = missing,
                                  .rows_expected = 1};
    calx_unit unit = {.statements = &update, .statement_count = 1};
    assert_ok(f, calx__connection_begin(connection, CALX_ISOLATION_DEFAULT, true, soon(), &f->err));
    assert_int_equal(run(f, connection, &unit), CALX_ERROR_STALE);
    assert_true(calx__connection_in_transaction(connection));
    calx_error_clear(&f->err);
    assert_ok(f, calx__connection_rollback(connection, soon(), &f->err));
    assert_false(calx__connection_in_transaction(connection));
    calx__connection_release(connection);
}

static int refuse_second(void *context, const calx_value *values, size_t count, calx_error *err)
{
    int *rows = context;
    (void)values;
    (void)count;
    if (++*rows == 2)
        return calx_error_set(err, CALX_ERROR_MISFIT, "the second row");
    return 0;
}

static void a_row_callback_can_stop_the_unit(void **state)
{
    fixture *f = *state;
    int rows = 0;
    calx__connection *connection = acquire(f);
    calx_unit_statement select = {
        .sql = sql(f, "SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3", "", "i"),
        .rows_expected = CALX_ROWS_ANY,
        .row = refuse_second,
        .context = &rows};
    calx_unit unit = {.statements = &select, .statement_count = 1};
    assert_int_equal(run(f, connection, &unit), CALX_ERROR_MISFIT);
    assert_string_equal(f->err.message, "the second row");
    assert_int_equal(rows, 2);
    calx_error_clear(&f->err);
    rows = 2;
    assert_ok(f, run(f, connection, &unit)); /* the same statement runs again, to its end */
    assert_int_equal(rows, 5);
    calx__connection_release(connection);
}

/* ---- Prepared statements ---- */

static bool is_prepared(const calx__connection *connection, const calx_sql *wanted)
{
    for (const calx__prepared *p = connection->statements.newest; p != NULL; p = p->older) {
        if (p->sql.id == wanted->id)
            return true;
    }
    return false;
}

static void the_statement_unused_for_longest_makes_room(void **state)
{
    calx_engine_options options;
    calx_engine_options_init(&options);
    options.statement_cache_size = 2;
    fixture *f = fixture_reopen(state, &options);
    if (calx_engine_can(f->engine, CALX_CAPABILITY_UNIT))
        skip(); /* the driver takes units whole, and prepares their statements itself */
    calx__connection *connection = acquire(f);
    const calx_sql *a = sql(f, "SELECT 1", "", "i");
    const calx_sql *b = sql(f, "SELECT 2", "", "i");
    const calx_sql *c = sql(f, "SELECT 3", "", "i");
    const calx_sql *order[] = {a, b, a, c, a};
    const int64_t answers[] = {1, 2, 1, 3, 1};
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(ask(f, connection, order[i], NULL), answers[i]);
    assert_int_equal(connection->statements.count, 2);
    assert_true(is_prepared(connection, a));
    assert_false(is_prepared(connection, b));
    assert_true(is_prepared(connection, c));
    assert_int_equal(ask(f, connection, b, NULL), 2);
    calx__connection_release(connection);
}

static void a_statement_without_id_is_not_kept(void **state)
{
    fixture *f = *state;
    calx__connection *connection = acquire(f);
    calx_sql once = *sql(f, "SELECT 1", "", "i");
    once.id = 0;
    assert_int_equal(ask(f, connection, &once, NULL), 1);
    assert_int_equal(connection->statements.count, 0);
    calx__connection_release(connection);
}

/* PostgreSQL refuses a prepared statement whose result has changed its type: once, not for ever. */
static void a_statement_survives_a_change_of_its_table(void **state)
{
    fixture *f = *state;
    int rows = 2;
    calx__connection *connection = acquire(f);
    command(f, connection, "INSERT INTO engine_child (parent_id, n) VALUES (1, 5)");
    calx_unit_statement select = {.sql = sql(f, "SELECT n FROM engine_child", "", "i"),
                                  .rows_expected = CALX_ROWS_ANY,
                                  .row = refuse_second,
                                  .context = &rows};
    calx_unit unit = {.statements = &select, .statement_count = 1};
    assert_ok(f, run(f, connection, &unit));
    command(f, connection, "DROP TABLE engine_child");
    command(f, connection, "CREATE TABLE engine_child (parent_id INTEGER, n VARCHAR(10))");
    command(f, connection, "INSERT INTO engine_child (parent_id, n) VALUES (1, 'five')");
    if (run(f, connection, &unit) < 0)
        calx_error_clear(&f->err);
    assert_ok(f, run(f, connection, &unit));
    calx__connection_release(connection);
}

/* ---- Connections and transactions ---- */

static void release_rolls_an_open_transaction_back(void **state)
{
    fixture *f = *state;
    calx__connection *connection = acquire(f);
    assert_ok(f, calx__connection_begin(connection, CALX_ISOLATION_DEFAULT, true, soon(), &f->err));
    insert_name(f, connection, "forgotten");
    calx__connection_release(connection);
    assert_int_equal(fixture_count(f, CALX_EVENT_ROLLBACK), 1);
    assert_int_equal(fixture_count(f, CALX_EVENT_DISCONNECT), 0);
    assert_int_equal(count_parents(f), 0);
}

static void events_come_in_the_order_of_what_happened(void **state)
{
    fixture *f = *state;
    calx__connection *connection = acquire(f);
    assert_ok(f, calx__connection_begin(connection, CALX_ISOLATION_DEFAULT, true, soon(), &f->err));
    insert_name(f, connection, "a");
    assert_ok(f, calx__connection_commit(connection, soon(), &f->err));
    assert_ok(f,
              calx__connection_begin(connection, CALX_ISOLATION_DEFAULT, false, soon(), &f->err));
    assert_ok(f, calx__connection_rollback(connection, soon(), &f->err));
    calx__connection_release(connection);
    const calx_event_kind expected[] = {CALX_EVENT_CONNECT, CALX_EVENT_BEGIN, CALX_EVENT_STATEMENT,
                                        CALX_EVENT_COMMIT,  CALX_EVENT_BEGIN, CALX_EVENT_ROLLBACK};
    assert_int_equal(f->event_count, 6);
    assert_memory_equal(f->events, expected, sizeof expected);
}

static void the_number_of_listeners_is_bounded(void **state)
{
    fixture *f = *state;
    for (int i = 1; i < CALX_EVENT_LISTENERS_MAX; i++)
        assert_ok(f, calx_engine_listen(f->engine, fixture_record, f, &f->err));
    assert_int_equal(calx_engine_listen(f->engine, fixture_record, f, &f->err), CALX_ERROR_LIMIT);
}

static void engines_on_several_databases_live_together(void **state)
{
    fixture *f = *state;
    fixture memory = {.mutex = PTHREAD_MUTEX_INITIALIZER};
    assert_ok(&memory, calx_engine_create("sqlite+sqlite3://", NULL, &memory.engine, &memory.err));
    calx__connection *one = acquire(f);
    calx__connection *other = acquire(&memory);
    command(&memory, other, "CREATE TABLE engine_parent (id INTEGER PRIMARY KEY)");
    command(&memory, other, "INSERT INTO engine_parent DEFAULT VALUES");
    calx__connection_release(other);
    calx__connection_release(one);
    /* An in-memory database lives as long as its engine, though nobody holds its connection. */
    assert_int_equal(ask_new(&memory, "SELECT COUNT(*) FROM engine_parent"), 1);
    assert_int_equal(count_parents(f), 0);
    assert_true(calx_engine_can(memory.engine, CALX_CAPABILITY_IN_MEMORY));
    assert_false(calx_engine_can(f->engine, CALX_CAPABILITY_IN_MEMORY));
    calx_engine_destroy(memory.engine);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(keys_of_earlier_statements_are_filled_in),
        TEST(a_wrong_row_count_is_stale_and_rolls_back),
        TEST(a_refused_statement_rolls_the_unit_back),
        TEST(a_unit_without_commit_leaves_the_transaction_open),
        TEST(a_unit_inside_a_transaction_does_not_end_it),
        TEST(a_row_callback_can_stop_the_unit),
        TEST(the_statement_unused_for_longest_makes_room),
        TEST(a_statement_without_id_is_not_kept),
        TEST(a_statement_survives_a_change_of_its_table),
        TEST(release_rolls_an_open_transaction_back),
        TEST(events_come_in_the_order_of_what_happened),
        TEST(the_number_of_listeners_is_bounded),
        TEST(engines_on_several_databases_live_together),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
