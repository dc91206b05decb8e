/* driver_sqlite_test.c: the sqlite3 driver: values, statements, transactions, errors of data. */
#include <float.h>
#include <math.h>

#include "tests/suite/sqlite_fixture.h"

/* Inserts one value and reads it back; the statement stays open for the lent bytes. */
static calx_value round_trip(fixture *self, calx_value in, calx_statement **reader)
{
    static const calx_sql insert = {.id = 2,
                                    .text = "INSERT INTO v (x) VALUES (?)",
                                    .length = sizeof "INSERT INTO v (x) VALUES (?)" - 1,
                                    .bind_count = 1};
    static const calx_sql select = {.id = 3,
                                    .text = "SELECT x FROM v",
                                    .length = sizeof "SELECT x FROM v" - 1,
                                    .result_count = 1};
    calx_value out;
    command(self->connection, "DROP TABLE IF EXISTS v");
    command(self->connection, "CREATE TABLE v (x)");
    calx_statement *writer = prepare(self->connection, &insert);
    execute(writer, &in);
    assert_false(fetch(writer, NULL));
    assert_int_equal(self->driver->statement_rows_affected(writer), 1);
    self->driver->statement_finalize(writer);
    *reader = prepare(self->connection, &select);
    execute(*reader, NULL);
    assert_true(fetch(*reader, &out));
    return out;
}

static void integers_come_back_whole(void **state)
{
    static const int64_t cases[] = {0, 1, -1, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN};
    fixture *self = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        calx_statement *reader;
        calx_value out = round_trip(self, calx_value_integer(cases[i]), &reader);
        assert_int_equal(out.kind, CALX_KIND_INTEGER);
        assert_true(out.as.integer == cases[i]);
        self->driver->statement_finalize(reader);
    }
}

static void doubles_come_back_bit_by_bit(void **state)
{
    static const double cases[] = {0.1,     -0.1,     DBL_MAX,   -DBL_MAX,
                                   DBL_MIN, INFINITY, -INFINITY, 4.9406564584124654e-324};
    fixture *self = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        calx_statement *reader;
        calx_value out = round_trip(self, calx_value_double(cases[i]), &reader);
        assert_int_equal(out.kind, CALX_KIND_DOUBLE);
        assert_memory_equal(&out.as.real, &cases[i], sizeof(double));
        self->driver->statement_finalize(reader);
    }
}

static void not_a_number_is_refused(void **state)
{
    fixture *self = *state;
    calx_sql sql = sql_of("SELECT ?", 1, 1);
    calx_statement *statement = prepare(self->connection, &sql);
    calx_value nan = calx_value_double(NAN);
    calx_error err = {0};
    assert_int_equal(self->driver->statement_execute(statement, &nan, soon(), &err),
                     CALX_ERROR_INVALID);
    self->driver->statement_finalize(statement);
}

static void texts_come_back_byte_by_byte(void **state)
{
    static const calx_text cases[] = {
        {"", 0},        {"it's", 4}, {"\"quoted\"", 8},  {"\xf0\x9f\x98\x80", 4},
        {"a\0b", 3},    {"\0", 1},   {"'); DROP--", 10}, {"line\nbreak\r\t", 12},
        {"100%_\\", 6},
    };
    fixture *self = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        calx_statement *reader;
        calx_value out = round_trip(self, calx_value_text(cases[i]), &reader);
        assert_int_equal(out.kind, CALX_KIND_TEXT);
        assert_true(calx_text_equal(out.as.text, cases[i]));
        self->driver->statement_finalize(reader);
    }
}

static void blobs_come_back_byte_by_byte(void **state)
{
    static const size_t sizes[] = {0, 1, 255, 1 << 20};
    fixture *self = *state;
    unsigned char *bytes = malloc(1 << 20);
    assert_non_null(bytes);
    for (size_t i = 0; i < 1 << 20; i++)
        bytes[i] = (unsigned char)(i * 7);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        calx_statement *reader;
        calx_blob in = {.data = bytes, .length = sizes[i]};
        calx_value out = round_trip(self, calx_value_blob(in), &reader);
        assert_int_equal(out.kind, CALX_KIND_BLOB);
        assert_int_equal(out.as.blob.length, in.length);
        assert_non_null(out.as.blob.data);
        assert_memory_equal(out.as.blob.data, in.data, in.length);
        self->driver->statement_finalize(reader);
    }
    free(bytes);
}

static void null_boolean_decimal_and_datetime_take_sqlites_forms(void **state)
{
    fixture *self = *state;
    calx_statement *reader;
    calx_value out = round_trip(self, calx_value_null(), &reader);
    assert_int_equal(out.kind, CALX_KIND_NULL);
    self->driver->statement_finalize(reader);

    out = round_trip(self, calx_value_boolean(true), &reader);
    assert_int_equal(out.kind, CALX_KIND_INTEGER);
    assert_int_equal(out.as.integer, 1);
    self->driver->statement_finalize(reader);

    calx_text digits = calx_text_of("12345678901234567890.123456789");
    out = round_trip(self, (calx_value){.kind = CALX_KIND_DECIMAL, .as.text = digits}, &reader);
    assert_int_equal(out.kind, CALX_KIND_TEXT);
    assert_true(calx_text_equal(out.as.text, digits));
    self->driver->statement_finalize(reader);

    calx_datetime epoch = {.microseconds = 1};
    out = round_trip(self, calx_value_datetime(epoch), &reader);
    assert_int_equal(out.kind, CALX_KIND_TEXT);
    assert_true(calx_text_equal(out.as.text, calx_text_of("1970-01-01 00:00:00.000001")));
    self->driver->statement_finalize(reader);
}

static void binds_of_a_query_may_go_away_after_execute(void **state)
{
    fixture *self = *state;
    calx_sql sql = sql_of("SELECT ? UNION ALL SELECT ?2 || ?1", 2, 1);
    calx_statement *statement = prepare(self->connection, &sql);
    char *lent = strdup("abc");
    assert_non_null(lent);
    calx_value binds[] = {calx_value_text(calx_text_of(lent)), calx_value_text(calx_text_of(lent))};
    calx_value value;
    execute(statement, binds);
    free(lent);
    assert_true(fetch(statement, &value));
    assert_true(fetch(statement, &value));
    assert_true(calx_text_equal(value.as.text, calx_text_of("abcabc")));
    assert_false(fetch(statement, &value));
    assert_false(fetch(statement, &value));
    self->driver->statement_finalize(statement);
}

static void an_insert_gives_its_key(void **state)
{
    fixture *self = *state;
    calx_sql sql = sql_of("INSERT INTO t (n) VALUES (?)", 1, 0);
    command(self->connection, "CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, n INTEGER)");
    calx_statement *statement = prepare(self->connection, &sql);
    for (int64_t i = 1; i <= 3; i++) {
        calx_value n = calx_value_integer(i * 10);
        execute(statement, &n);
        assert_false(fetch(statement, NULL));
        assert_int_equal(self->driver->statement_generated_key(statement), i);
    }
    self->driver->statement_finalize(statement);
}

static int64_t affected(fixture *self, const char *text, size_t results)
{
    calx_sql sql = sql_of(text, 0, results);
    calx_statement *statement = prepare(self->connection, &sql);
    calx_value values[2];
    execute(statement, NULL);
    while (fetch(statement, values))
        ;
    int64_t count = self->driver->statement_rows_affected(statement);
    self->driver->statement_finalize(statement);
    return count;
}

static void rows_matched_are_counted(void **state)
{
    fixture *self = *state;
    command(self->connection, "CREATE TABLE t (n INTEGER)");
    assert_int_equal(affected(self, "INSERT INTO t VALUES (1), (2), (3)", 0), 3);
    assert_int_equal(affected(self, "UPDATE t SET n = n", 0), 3);
    assert_int_equal(affected(self, "CREATE TABLE u (n)", 0), 0);
    assert_int_equal(affected(self, "SELECT n FROM t", 1), 0);
    assert_int_equal(affected(self, "UPDATE t SET n = 9 WHERE n > 5", 0), 0);
    assert_int_equal(affected(self, "/* c */ -- c\n DELETE FROM t WHERE n > 1 RETURNING n", 1), 2);
    assert_int_equal(affected(self, "WITH w AS (SELECT 1) DELETE FROM t", 0), 1);
}

static void a_statement_survives_a_changed_schema(void **state)
{
    fixture *self = *state;
    calx_sql sql = sql_of("SELECT n FROM t", 0, 1);
    calx_sql all = sql_of("SELECT * FROM t", 0, 1);
    calx_value value;
    calx_error err = {0};
    command(self->connection, "CREATE TABLE t (n INTEGER)");
    command(self->connection, "INSERT INTO t VALUES (7)");
    calx_statement *named = prepare(self->connection, &sql);
    calx_statement *star = prepare(self->connection, &all);
    command(self->connection, "ALTER TABLE t ADD COLUMN m INTEGER");
    execute(named, NULL);
    assert_true(fetch(named, &value));
    assert_int_equal(value.as.integer, 7);
    assert_int_equal(self->driver->statement_execute(star, NULL, soon(), &err),
                     CALX_ERROR_DATABASE);
    self->driver->statement_finalize(named);
    self->driver->statement_finalize(star);
}

typedef struct error_case {
    const char *sql;
    calx_error_class error;
    int native_code; /* 0: any */
    const char *constraint;
} error_case;

static void errors_have_their_class_code_and_constraint(void **state)
{
    static const error_case cases[] = {
        {"INSERT INTO c VALUES (2, 'a', 1, 1)", CALX_ERROR_UNIQUE, 2067, "c.title"},
        {"INSERT INTO c VALUES (1, 'b', 1, 1)", CALX_ERROR_UNIQUE, 1555, "c.id"},
        {"INSERT INTO c VALUES (2, 'b', 9, 1)", CALX_ERROR_FOREIGN_KEY, 787, ""},
        {"INSERT INTO c VALUES (2, NULL, 1, 1)", CALX_ERROR_NOT_NULL, 1299, "c.title"},
        {"INSERT INTO c VALUES (2, 'b', 1, -1)", CALX_ERROR_CHECK, 275, "positive"},
        {"INSERT INTO c (id) VALUES ('text')", CALX_ERROR_DATA, 20, ""},
        {"SELEC 1", CALX_ERROR_SYNTAX, 1, ""},
        {"SELECT 1 +", CALX_ERROR_SYNTAX, 1, ""},
        {"", CALX_ERROR_SYNTAX, 0, ""},
        {"SELECT 1; SELECT 2", CALX_ERROR_SYNTAX, 0, ""},
        {"DELETE FROM nowhere", CALX_ERROR_UNDEFINED, 1, ""},
        {"UPDATE c SET missing = 1", CALX_ERROR_UNDEFINED, 1, ""},
        {"INSERT INTO c (missing) VALUES (1)", CALX_ERROR_UNDEFINED, 1, ""},
        {"CREATE TABLE c (x)", CALX_ERROR_EXISTS, 1, ""},
        {"SELECT zeroblob(2000000000)", CALX_ERROR_LIMIT, 18, ""},
        {"COMMIT", CALX_ERROR_STATE, 1, ""},
    };
    fixture *self = *state;
    command(self->connection, "CREATE TABLE p (id INTEGER PRIMARY KEY)");
    command(self->connection,
            "CREATE TABLE c (id INTEGER PRIMARY KEY, title TEXT NOT NULL UNIQUE,"
            " p INTEGER REFERENCES p, n INTEGER,"
            " CONSTRAINT positive CHECK (n > 0))");
    command(self->connection, "INSERT INTO p VALUES (1)");
    command(self->connection, "INSERT INTO c VALUES (1, 'a', 1, 1);");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        calx_error err = {0};
        int status = try_command(self->connection, cases[i].sql, soon(), &err);
        print_message("%s: %s\n", cases[i].sql, err.message);
        assert_int_equal(status, cases[i].error);
        assert_int_equal(err.code, cases[i].error);
        assert_int_equal(err.outcome, CALX_OUTCOME_NOT_DONE);
        assert_string_equal(err.constraint, cases[i].constraint);
        if (cases[i].native_code)
            assert_int_equal(err.native_code, cases[i].native_code);
    }
    assert_int_equal(ask(self->connection, "SELECT count(*) FROM c"), 1);
}

static void a_statement_with_the_wrong_shape_is_refused(void **state)
{
    fixture *self = *state;
    calx_sql binds = sql_of("SELECT ?", 2, 1);
    calx_sql columns = sql_of("INSERT INTO t VALUES (1) RETURNING n", 0, 0);
    calx_statement *statement = NULL;
    calx_error err = {0};
    command(self->connection, "CREATE TABLE t (n)");
    assert_int_equal(
        self->driver->statement_prepare(self->connection, &binds, soon(), &statement, &err),
        CALX_ERROR_DATABASE);
    calx_error_clear(&err);
    statement = prepare(self->connection, &columns);
    assert_int_equal(self->driver->statement_execute(statement, NULL, soon(), &err),
                     CALX_ERROR_DATABASE);
    self->driver->statement_finalize(statement);
    assert_int_equal(ask(self->connection, "SELECT count(*) FROM t"), 0);
}

static void transactions_commit_and_roll_back(void **state)
{
    fixture *self = *state;
    calx_connection *connection = self->connection;
    calx_error err = {0};
    command(connection, "CREATE TABLE t (n)");
    must(self->driver->rollback(connection, soon(), &err), &err);

    must(self->driver->begin(connection, CALX_ISOLATION_DEFAULT, true, soon(), &err), &err);
    assert_true(connection->in_transaction);
    command(connection, "INSERT INTO t VALUES (1)");
    must(self->driver->rollback(connection, soon(), &err), &err);
    assert_false(connection->in_transaction);
    assert_int_equal(ask(connection, "SELECT count(*) FROM t"), 0);

    must(self->driver->begin(connection, CALX_ISOLATION_SERIALIZABLE, false, soon(), &err), &err);
    command(connection, "SAVEPOINT s");
    command(connection, "INSERT INTO t VALUES (1)");
    command(connection, "ROLLBACK TO s");
    command(connection, "INSERT INTO t VALUES (2)");
    must(self->driver->commit(connection, soon(), &err), &err);
    assert_false(connection->in_transaction);
    assert_int_equal(ask(connection, "SELECT n FROM t"), 2);
    assert_int_equal(self->driver->commit(connection, soon(), &err), CALX_ERROR_STATE);
    assert_int_equal(err.outcome, CALX_OUTCOME_NOT_DONE);
}

static void a_commit_that_is_refused_leaves_the_transaction_to_roll_back(void **state)
{
    fixture *self = *state;
    calx_error err = {0};
    command(self->connection, "CREATE TABLE p (id INTEGER PRIMARY KEY)");
    command(self->connection,
            "CREATE TABLE c (p INTEGER REFERENCES p DEFERRABLE INITIALLY DEFERRED)");
    must(self->driver->begin(self->connection, CALX_ISOLATION_DEFAULT, true, soon(), &err), &err);
    command(self->connection, "INSERT INTO c VALUES (5)");
    assert_int_equal(self->driver->commit(self->connection, soon(), &err), CALX_ERROR_FOREIGN_KEY);
    assert_int_equal(err.outcome, CALX_OUTCOME_NOT_DONE);
    assert_true(self->connection->in_transaction);
    calx_error_clear(&err);
    must(self->driver->rollback(self->connection, soon(), &err), &err);
    assert_int_equal(ask(self->connection, "SELECT count(*) FROM c"), 0);
}

static void an_error_that_ends_the_transaction_is_noticed(void **state)
{
    fixture *self = *state;
    calx_error err = {0};
    command(self->connection, "CREATE TABLE t (n INTEGER UNIQUE ON CONFLICT ROLLBACK)");
    must(self->driver->begin(self->connection, CALX_ISOLATION_DEFAULT, true, soon(), &err), &err);
    command(self->connection, "INSERT INTO t VALUES (1)");
    assert_int_equal(try_command(self->connection, "INSERT INTO t VALUES (1)", soon(), &err),
                     CALX_ERROR_UNIQUE);
    assert_false(self->connection->in_transaction);
}

static void a_full_database_undoes_the_statement(void **state)
{
    fixture *self = *state;
    calx_error err = {0};
    command(self->connection, "CREATE TABLE t (b)");
    command(self->connection, "PRAGMA max_page_count = 10");
    assert_int_equal(
        try_command(self->connection, "INSERT INTO t VALUES (zeroblob(100000))", soon(), &err),
        CALX_ERROR_DISK_FULL);
    assert_int_equal(err.outcome, CALX_OUTCOME_NOT_DONE);
    assert_int_equal(ask(self->connection, "SELECT count(*) FROM t"), 0);
}

static void the_session_state_is_pinned(void **state)
{
    fixture *self = *state;
    assert_int_equal(ask(self->connection, "PRAGMA foreign_keys"), 1);
    assert_int_equal(ask(self->connection, "PRAGMA synchronous"), 2);
    assert_int_equal(ask(self->connection, "PRAGMA journal_size_limit"), 64 << 20);
    calx_sql sql = sql_of("PRAGMA journal_mode", 0, 1);
    calx_statement *statement = prepare(self->connection, &sql);
    calx_value value;
    execute(statement, NULL);
    assert_true(fetch(statement, &value));
    assert_true(calx_text_equal(value.as.text, calx_text_of("wal")));
    self->driver->statement_finalize(statement);
    assert_int_equal(self->database->connections_max, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_create, fixture_destroy)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(integers_come_back_whole),
        TEST(doubles_come_back_bit_by_bit),
        TEST(not_a_number_is_refused),
        TEST(texts_come_back_byte_by_byte),
        TEST(blobs_come_back_byte_by_byte),
        TEST(null_boolean_decimal_and_datetime_take_sqlites_forms),
        TEST(binds_of_a_query_may_go_away_after_execute),
        TEST(an_insert_gives_its_key),
        TEST(rows_matched_are_counted),
        TEST(a_statement_survives_a_changed_schema),
        TEST(errors_have_their_class_code_and_constraint),
        TEST(a_statement_with_the_wrong_shape_is_refused),
        TEST(transactions_commit_and_roll_back),
        TEST(a_commit_that_is_refused_leaves_the_transaction_to_roll_back),
        TEST(an_error_that_ends_the_transaction_is_noticed),
        TEST(a_full_database_undoes_the_statement),
        TEST(the_session_state_is_pinned),
    };
    int failed = 0;
    FIXTURE_RUN_BOTH(tests, failed);
    return failed;
}
