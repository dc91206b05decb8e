/* driver_mysql_test.c: the mariadb driver: values, statements, constraints. Trouble with the server
 * is in driver_mysql_faults_test.c. */
#include <float.h>
#include <math.h>

#include "tests/suite/mysql_fixture.h"

/* A test's server may have any default. */
#define UTF8_TEXT "LONGTEXT CHARACTER SET utf8mb4"

/* ---- Values ---- */

/* Stores a value in a column of this type and reads it back; the reader stays open for the bytes
 * that it lends. */
static calx_value round_trip(fixture *self, const char *type, calx_value in,
                             calx_statement **reader)
{
    char create[128];
    calx_sql insert = sql_of("INSERT INTO driver_t (x) VALUES (?)", 1, 0);
    static calx_sql select;
    calx_value out;
    select = sql_of("SELECT x FROM driver_t", 0, 1);
    snprintf(create, sizeof create, "CREATE TABLE driver_t (x %s)", type);
    command(self->connection, "DROP TABLE IF EXISTS driver_t");
    command(self->connection, create);
    calx_statement *writer = prepare(self->connection, &insert);
    execute(writer, &in);
    assert_false(fetch(writer, NULL));
    finalize(writer);
    *reader = prepare(self->connection, &select);
    execute(*reader, NULL);
    assert_true(fetch(*reader, &out));
    return out;
}

static void integers_come_back_whole(void **state)
{
    static const int64_t cases[] = {0, 1, -1, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        calx_statement *reader;
        calx_value out = round_trip(*state, "BIGINT", calx_value_integer(cases[i]), &reader);
        assert_int_equal(out.kind, CALX_KIND_INTEGER);
        assert_true(out.as.integer == cases[i]);
        finalize(reader);
    }
}

static void doubles_come_back_bit_by_bit(void **state)
{
    static const double cases[] = {0.1,     -0.1,    1.0 / 3,  123456789.12345678,
                                   DBL_MAX, DBL_MIN, -DBL_MAX, 0.30000000000000004};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        calx_statement *reader;
        calx_value out = round_trip(*state, "DOUBLE", calx_value_double(cases[i]), &reader);
        assert_int_equal(out.kind, CALX_KIND_DOUBLE);
        assert_memory_equal(&out.as.real, &cases[i], sizeof(double));
        finalize(reader);
    }
}

static void infinity_and_nan_are_refused_before_sending(void **state)
{
    static const double cases[] = {INFINITY, -INFINITY, NAN};
    fixture *self = *state;
    calx_sql sql = sql_of("SELECT ?", 1, 1);
    calx_statement *statement = prepare(self->connection, &sql);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        calx_value value = calx_value_double(cases[i]);
        calx_error err = {0};
        must_be(try_execute(statement, &value, &err), CALX_ERROR_INVALID, &err);
    }
    finalize(statement);
}

static void texts_come_back_byte_by_byte(void **state)
{
    static const calx_text cases[] = {
        {"", 0},        {"it's", 4},    {"\"q\"", 3},        {"\xf0\x9f\x98\x80", 4},
        {"a\0b", 3},    {"\0", 1},      {"'); DROP--", 10},  {"line\nbreak\r\t", 12},
        {"100%_\\", 6}, {"\\'\\\"", 4}, {"trailing   ", 11}, {"\xc3\xa9\xe2\x82\xac", 5},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        calx_statement *reader;
        calx_value out = round_trip(*state, UTF8_TEXT, calx_value_text(cases[i]), &reader);
        assert_int_equal(out.kind, CALX_KIND_TEXT);
        assert_non_null(out.as.text.data);
        assert_true(calx_text_equal(out.as.text, cases[i]));
        finalize(reader);
    }
}

static void a_text_of_70000_emoji_comes_back(void **state)
{
    enum { COUNT = 70000 };
    char *bytes = malloc(COUNT * 4);
    calx_statement *reader;
    assert_non_null(bytes);
    for (size_t i = 0; i < COUNT; i++)
        memcpy(bytes + i * 4, "\xf0\x9f\x98\x80", 4);
    calx_text text = {bytes, COUNT * 4};
    calx_value out = round_trip(*state, UTF8_TEXT, calx_value_text(text), &reader);
    assert_int_equal(out.kind, CALX_KIND_TEXT);
    assert_true(calx_text_equal(out.as.text, text));
    finalize(reader);
    free(bytes);
}

static void blobs_come_back_byte_by_byte(void **state)
{
    static const size_t sizes[] = {0, 1, 255, 256, 257, 65536, 1048576, 9000001};
    fixture *self = *state;
    size_t largest = sizes[sizeof sizes / sizeof *sizes - 1];
    unsigned char *bytes = malloc(largest);
    assert_non_null(bytes);
    for (size_t i = 0; i < largest; i++)
        bytes[i] = (unsigned char)(i * 31 + i / 256);
    assert_true(ask(self->connection, "SELECT @@max_allowed_packet") > (int64_t)largest + 1000);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        calx_statement *reader;
        calx_blob blob = {bytes, sizes[i]};
        calx_value out = round_trip(self, "LONGBLOB", calx_value_blob(blob), &reader);
        assert_int_equal(out.kind, CALX_KIND_BLOB);
        assert_non_null(out.as.blob.data);
        assert_int_equal(out.as.blob.length, sizes[i]);
        assert_memory_equal(out.as.blob.data, bytes, sizes[i]);
        finalize(reader);
    }
    free(bytes);
}

static void a_value_beyond_the_packet_limit_costs_no_connection(void **state)
{
    fixture *self = *state;
    size_t length = (size_t)ask(self->connection, "SELECT @@max_allowed_packet");
    char *bytes = calloc(length, 1);
    assert_non_null(bytes);
    calx_sql sql = sql_of("SELECT LENGTH(?)", 1, 1);
    calx_statement *statement = prepare(self->connection, &sql);
    calx_value value = calx_value_blob((calx_blob){bytes, length});
    calx_error err = {0};
    must_be(try_execute(statement, &value, &err), CALX_ERROR_LIMIT, &err);
    finalize(statement);
    free(bytes);
    assert_int_equal(ask(self->connection, "SELECT 7"), 7);
}

static void datetimes_come_back_to_the_microsecond(void **state)
{
    static const char *const cases[] = {
        "1000-01-01 00:00:00.000000", "0001-01-01 00:00:00.000000", "9999-12-31 23:59:59.999999",
        "1969-12-31 23:59:59.999999", "1970-01-01 00:00:00.000000", "2000-02-29 12:34:56.000001",
        "1900-03-01 00:00:00.500000", "2026-11-22 10:30:00.123456",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        calx_statement *reader;
        calx_datetime datetime;
        char text[CALX_DATETIME_TEXT_MAX];
        assert_true(calx_datetime_parse(calx_text_of(cases[i]), &datetime, NULL));
        calx_value out = round_trip(*state, "DATETIME(6)", calx_value_datetime(datetime), &reader);
        assert_int_equal(out.kind, CALX_KIND_DATETIME);
        calx_datetime_format(out.as.datetime, ' ', text);
        assert_string_equal(text, cases[i]);
        finalize(reader);
    }
}

static void decimals_keep_every_digit(void **state)
{
    static const char digits[] = "-12345678901234567890123456789012345.123456789012345678901234567";
    calx_statement *reader;
    calx_value in = {.kind = CALX_KIND_DECIMAL, .as.text = {digits, sizeof digits - 1}};
    calx_value out = round_trip(*state, "DECIMAL(62,27)", in, &reader);
    assert_int_equal(out.kind, CALX_KIND_DECIMAL);
    assert_true(calx_text_equal(out.as.text, in.as.text));
    finalize(reader);
}

static void booleans_come_back_as_integers(void **state)
{
    for (int i = 0; i < 2; i++) {
        calx_statement *reader;
        calx_value out = round_trip(*state, "BOOL", calx_value_boolean(i == 1), &reader);
        assert_int_equal(out.kind, CALX_KIND_INTEGER);
        assert_true(out.as.integer == i);
        finalize(reader);
    }
}

static void null_comes_back_as_null(void **state)
{
    static const char *const types[] = {"BIGINT", "DOUBLE", "LONGTEXT", "LONGBLOB", "DATETIME(6)"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        calx_statement *reader;
        calx_value out = round_trip(*state, types[i], calx_value_null(), &reader);
        assert_int_equal(out.kind, CALX_KIND_NULL);
        finalize(reader);
    }
}

static void each_type_has_its_natural_kind(void **state)
{
    static const struct {
        const char *sql;
        calx_kind kind;
        const char *text; /* of an integer: its digits */
    } cases[] = {
        {"SELECT CAST(9223372036854775807 AS UNSIGNED)", CALX_KIND_INTEGER, "9223372036854775807"},
        {"SELECT b'1000000001'", CALX_KIND_BLOB, "\x02\x01"},
        {"SELECT DATE '2026-11-22'", CALX_KIND_DATETIME, "2026-11-22 00:00:00.000000"},
        {"SELECT TIME '-12:34:56'", CALX_KIND_TEXT, "-12:34:56"},
        {"SELECT TIME '12:34:56.789'", CALX_KIND_TEXT, "12:34:56.789"},
        {"SELECT CAST(1.50 AS DECIMAL(5,2))", CALX_KIND_DECIMAL, "1.50"},
        {"SELECT JSON_OBJECT('a', 1)", CALX_KIND_TEXT, "{\"a\": 1}"},
        {"SELECT 'x'", CALX_KIND_TEXT, "x"},
        {"SELECT BINARY 'x'", CALX_KIND_BLOB, "x"},
        {"SELECT COUNT(*) FROM DUAL", CALX_KIND_INTEGER, "1"},
        {"SELECT NULL", CALX_KIND_NULL, ""},
    };
    fixture *self = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        calx_sql sql = sql_of(cases[i].sql, 0, 1);
        calx_statement *statement = prepare(self->connection, &sql);
        calx_value value;
        char text[64] = "";
        execute(statement, NULL);
        assert_true(fetch(statement, &value));
        if (value.kind != cases[i].kind)
            fail_msg("%s: %s", cases[i].sql, calx_kind_name(value.kind));
        if (value.kind == CALX_KIND_INTEGER)
            snprintf(text, sizeof text, "%lld", (long long)value.as.integer);
        else if (value.kind == CALX_KIND_DATETIME)
            calx_datetime_format(value.as.datetime, ' ', text);
        else if (value.kind != CALX_KIND_NULL)
            memcpy(text, value.as.text.data, value.as.text.length);
        assert_string_equal(text, cases[i].text);
        finalize(statement);
    }
}

static void bit_and_year_are_integers(void **state)
{
    fixture *self = *state;
    command(self->connection, "CREATE TABLE driver_t (a BIT(1), b BIT(63), c YEAR, d FLOAT)");
    command(self->connection, "INSERT INTO driver_t VALUES (1, 0x7FFFFFFFFFFFFFFF, 2155, 0.1)");
    assert_true(ask(self->connection, "SELECT a FROM driver_t") == 1);
    assert_true(ask(self->connection, "SELECT b FROM driver_t") == INT64_MAX);
    assert_true(ask(self->connection, "SELECT c FROM driver_t") == 2155);
    calx_sql sql = sql_of("SELECT d FROM driver_t", 0, 1);
    calx_statement *statement = prepare(self->connection, &sql);
    calx_value value;
    execute(statement, NULL);
    assert_true(fetch(statement, &value));
    assert_int_equal(value.kind, CALX_KIND_DOUBLE);
    assert_true(value.as.real == (double)0.1f);
    finalize(statement);
}

/* Fetching the only row of a query fails with MISFIT, and names the column. */
static void expect_misfit(calx_connection *connection, const char *text, const char *column)
{
    calx_sql sql = sql_of(text, 0, 1);
    calx_statement *statement = prepare(connection, &sql);
    calx_value value;
    calx_error err = {0};
    execute(statement, NULL);
    must_be(statement->driver->statement_fetch(statement, &value, soon(), &err), CALX_ERROR_MISFIT,
            &err);
    assert_non_null(strstr(err.message, column));
    finalize(statement);
}

static void stored_values_that_fit_nothing_are_named(void **state)
{
    fixture *self = *state;
    command(self->other, "SET sql_mode = ''");
    command(self->other,
            "CREATE TABLE driver_t (a BIGINT UNSIGNED, b DATETIME, c DATE, d BIT(64))");
    command(self->other,
            "INSERT INTO driver_t VALUES (9223372036854775808, '0000-00-00 00:00:00', "
            "'2026-00-10', 0x8000000000000000)");
    expect_misfit(self->connection, "SELECT a FROM driver_t", "\"a\"");
    expect_misfit(self->connection, "SELECT b FROM driver_t", "\"b\"");
    expect_misfit(self->connection, "SELECT c FROM driver_t", "\"c\"");
    expect_misfit(self->connection, "SELECT d FROM driver_t", "\"d\"");
}

/* ---- Statements ---- */

static void values_of_every_length_share_a_buffer(void **state)
{
    static const int64_t lengths[] = {10, 1000, 300000, 0, 5, 70000, 256, 255};
    fixture *self = *state;
    calx_sql sql = sql_of("SELECT REPEAT('ab', ?) UNION ALL SELECT REPEAT('c', ?)", 2, 1);
    calx_statement *statement = prepare(self->connection, &sql);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        calx_value binds[] = {calx_value_integer(lengths[i]), calx_value_integer(lengths[i] + 1)};
        calx_value value;
        execute(statement, binds);
        assert_true(fetch(statement, &value));
        assert_int_equal(value.as.text.length, lengths[i] * 2);
        for (size_t at = 0; at < value.as.text.length; at++)
            assert_true(value.as.text.data[at] == "ab"[at % 2]);
        assert_true(fetch(statement, &value));
        assert_int_equal(value.as.text.length, lengths[i] + 1);
        assert_true(value.as.text.data[value.as.text.length - 1] == 'c');
        assert_false(fetch(statement, &value));
    }
    finalize(statement);
}

static void two_results_can_be_read_by_turns(void **state)
{
    fixture *self = *state;
    calx_sql sql = sql_of("SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3", 0, 1);
    calx_statement *first = prepare(self->connection, &sql);
    calx_statement *second = prepare(self->connection, &sql);
    calx_value value;
    execute(first, NULL);
    assert_true(fetch(first, &value));
    execute(second, NULL);
    for (int64_t i = 1; i <= 3; i++) {
        assert_true(fetch(second, &value));
        assert_true(value.as.integer == i);
    }
    assert_false(fetch(second, &value));
    assert_true(fetch(first, &value));
    assert_true(value.as.integer == 2);
    second->driver->statement_reset(first);
    execute(first, NULL);
    assert_true(fetch(first, &value));
    assert_true(value.as.integer == 1);
    finalize(first);
    finalize(second);
}

static void rows_matched_are_counted_and_keys_are_told(void **state)
{
    fixture *self = *state;
    command(self->connection,
            "CREATE TABLE driver_t (id BIGINT PRIMARY KEY AUTO_INCREMENT, n INT)");
    calx_sql sql = sql_of("INSERT INTO driver_t (n) VALUES (?)", 1, 0);
    calx_statement *insert = prepare(self->connection, &sql);
    for (int64_t i = 1; i <= 3; i++) {
        calx_value value = calx_value_integer(7);
        execute(insert, &value);
        assert_false(fetch(insert, NULL));
        assert_true(insert->driver->statement_rows_affected(insert) == 1);
        assert_true(insert->driver->statement_generated_key(insert) == i);
    }
    finalize(insert);
    calx_sql same = sql_of("UPDATE driver_t SET n = 7 WHERE id >= ?", 1, 0);
    calx_statement *update = prepare(self->connection, &same);
    calx_value two = calx_value_integer(2);
    execute(update, &two);
    assert_false(fetch(update, NULL));
    assert_true(update->driver->statement_rows_affected(update) == 2);
    finalize(update);
}

static void a_call_leaves_nothing_behind(void **state)
{
    fixture *self = *state;
    command(self->connection, "DROP PROCEDURE IF EXISTS driver_p");
    command(self->connection,
            "CREATE PROCEDURE driver_p() BEGIN SELECT 1 UNION ALL SELECT 2; SELECT 'x'; END");
    command(self->connection, "CALL driver_p()");
    calx_sql sql = sql_of("CALL driver_p()", 0, 1);
    calx_statement *statement = prepare(self->connection, &sql);
    calx_value value;
    for (int i = 0; i < 3; i++) {
        execute(statement, NULL);
        assert_true(fetch(statement, &value));
        assert_true(value.as.integer == 1);
        if (i != 1) {
            assert_true(fetch(statement, &value));
            assert_false(fetch(statement, &value));
        }
        statement->driver->statement_reset(statement);
        assert_int_equal(ask(self->connection, "SELECT 5"), 5);
    }
    finalize(statement);
    command(self->connection, "DROP PROCEDURE driver_p");
}

static void a_statement_survives_alter_table(void **state)
{
    fixture *self = *state;
    command(self->connection, "CREATE TABLE driver_t (x INT)");
    command(self->connection, "INSERT INTO driver_t VALUES (42)");
    calx_sql sql = sql_of("SELECT x FROM driver_t", 0, 1);
    calx_statement *statement = prepare(self->connection, &sql);
    calx_value value;
    execute(statement, NULL);
    assert_true(fetch(statement, &value));
    assert_int_equal(value.kind, CALX_KIND_INTEGER);
    statement->driver->statement_reset(statement);
    command(self->other, "ALTER TABLE driver_t MODIFY x VARCHAR(400), ADD y INT");
    execute(statement, NULL);
    assert_true(fetch(statement, &value));
    assert_int_equal(value.kind, CALX_KIND_TEXT);
    assert_true(calx_text_equal(value.as.text, calx_text_of("42")));
    finalize(statement);
}

static void a_column_more_is_an_error_and_not_a_confusion(void **state)
{
    fixture *self = *state;
    command(self->connection, "CREATE TABLE driver_t (x INT)");
    command(self->connection, "INSERT INTO driver_t VALUES (42)");
    calx_sql sql = sql_of("SELECT * FROM driver_t", 0, 1);
    calx_statement *statement = prepare(self->connection, &sql);
    calx_value values[2];
    execute(statement, NULL);
    assert_true(fetch(statement, values));
    command(self->other, "ALTER TABLE driver_t ADD y INT");
    for (int i = 0; i < 2; i++) {
        calx_error err = {0};
        int status = try_execute(statement, NULL, &err);
        if (status == 0)
            status = statement->driver->statement_fetch(statement, values, soon(), &err);
        must_be(status, CALX_ERROR_DATABASE, &err);
        assert_int_equal(ask(self->connection, "SELECT 5"), 5);
    }
    command(self->other, "ALTER TABLE driver_t DROP y");
    execute(statement, NULL);
    assert_true(fetch(statement, values));
    assert_true(values[0].as.integer == 42);
    finalize(statement);
}

static void a_wrong_number_of_values_is_refused(void **state)
{
    fixture *self = *state;
    calx_sql sql = sql_of("SELECT ?, ?", 1, 2);
    calx_statement *statement = NULL;
    calx_error err = {0};
    must_be(self->connection->driver->statement_prepare(self->connection, &sql, soon(), &statement,
                                                        &err),
            CALX_ERROR_INVALID, &err);
    assert_null(statement);
}

/* ---- Errors ---- */

static void errors_have_their_class_and_constraint(void **state)
{
    static const struct {
        const char *sql;
        calx_error_class class;
        const char *constraint;
    } cases[] = {
        {"INSERT INTO driver_t VALUES (1, 'a', 1)", CALX_ERROR_UNIQUE, "PRIMARY"},
        {"INSERT INTO driver_t VALUES (2, ' for key ''fake''', 1)", CALX_ERROR_UNIQUE, "t_name"},
        {"INSERT INTO driver_child VALUES (9)", CALX_ERROR_FOREIGN_KEY, "child_parent"},
        {"DELETE FROM driver_t", CALX_ERROR_FOREIGN_KEY, "child_parent"},
        {"INSERT INTO driver_t VALUES (3, NULL, 1)", CALX_ERROR_NOT_NULL, ""},
        {"INSERT INTO driver_t (id, n) VALUES (3, 1)", CALX_ERROR_NOT_NULL, ""},
        {"INSERT INTO driver_t VALUES (3, 'c', -1)", CALX_ERROR_CHECK, "n_positive"},
        {"INSERT INTO driver_t VALUES (3, REPEAT('x', 99), 1)", CALX_ERROR_DATA, ""},
        {"INSERT INTO driver_t VALUES (3, 'c', 99999999999)", CALX_ERROR_DATA, ""},
        {"INSERT INTO driver_t VALUES (3, 'c', 'x')", CALX_ERROR_DATA, ""},
        {"INSERT INTO driver_t VALUES (3, 'c', 1 / 0)", CALX_ERROR_DATA, ""},
        {"SELEC 1", CALX_ERROR_SYNTAX, ""},
        {"SELECT * FROM driver_absent", CALX_ERROR_UNDEFINED, ""},
        {"UPDATE driver_t SET absent = 1", CALX_ERROR_UNDEFINED, ""},
        {"DROP TABLE driver_absent", CALX_ERROR_UNDEFINED, ""},
        {"CREATE TABLE driver_t (x INT)", CALX_ERROR_EXISTS, ""},
        {"SIGNAL SQLSTATE '45000'", CALX_ERROR_DATABASE, ""},
    };
    fixture *self = *state;
    command(self->connection,
            "CREATE TABLE driver_t (id INT PRIMARY KEY, name VARCHAR(50) NOT NULL, "
            "n INT, CONSTRAINT t_name UNIQUE (name), "
            "CONSTRAINT n_positive CHECK (n > 0))");
    command(self->connection,
            "CREATE TABLE driver_child (p INT, CONSTRAINT child_parent FOREIGN KEY "
            "(p) REFERENCES driver_t (id))");
    command(self->connection, "INSERT INTO driver_t VALUES (1, ' for key ''fake''', 1)");
    command(self->connection, "INSERT INTO driver_child VALUES (1)");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        calx_error err = {0};
        int status = try_run(self->connection, cases[i].sql, &err);
        if (status != (int)cases[i].class)
            fail_msg("%s: %s: %s", cases[i].sql, calx_error_class_name((calx_error_class)status),
                     err.message);
        if (strcmp(err.constraint, cases[i].constraint) != 0)
            fail_msg("\"%s\" in: %s", err.constraint, err.message);
        assert_true(err.native_code > 0);
        assert_int_equal(strlen(err.sqlstate), 5);
        assert_int_equal(err.outcome, CALX_OUTCOME_NOT_DONE);
        assert_false(self->connection->broken);
    }
}

static void the_first_error_wins(void **state)
{
    fixture *self = *state;
    calx_error err = {0};
    calx_error_set(&err, CALX_ERROR_STALE, "first");
    assert_int_equal(try_command(self->connection, "SELEC 1", &err), CALX_ERROR_SYNTAX);
    assert_int_equal(err.code, CALX_ERROR_STALE);
    assert_int_equal(err.native_code, 0);
    assert_string_equal(err.message, "first");
}

static void the_session_is_pinned(void **state)
{
    static const char *const conditions[] = {
        "@@character_set_client = 'utf8mb4' AND @@character_set_results = 'utf8mb4'",
        "@@character_set_connection = 'utf8mb4'",
        "@@time_zone = '+00:00'",
        "@@autocommit = 1",
        "FIND_IN_SET('STRICT_TRANS_TABLES', @@sql_mode) AND FIND_IN_SET('ANSI_QUOTES', @@sql_mode)",
        "FIND_IN_SET('NO_ZERO_DATE', @@sql_mode) AND FIND_IN_SET('NO_ZERO_IN_DATE', @@sql_mode)",
        "@@innodb_lock_wait_timeout = 1 AND @@lock_wait_timeout = 1",
        "@@tx_isolation = 'READ-COMMITTED'",
    };
    fixture *self = *state;
    for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++) {
        char text[256];
        snprintf(text, sizeof text, "SELECT (%s) <> 0", conditions[i]);
        if (ask(self->connection, text) != 1)
            fail_msg("not so: %s", conditions[i]);
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(integers_come_back_whole),
        CASE(doubles_come_back_bit_by_bit),
        CASE(infinity_and_nan_are_refused_before_sending),
        CASE(texts_come_back_byte_by_byte),
        CASE(a_text_of_70000_emoji_comes_back),
        CASE(blobs_come_back_byte_by_byte),
        CASE(a_value_beyond_the_packet_limit_costs_no_connection),
        CASE(datetimes_come_back_to_the_microsecond),
        CASE(decimals_keep_every_digit),
        CASE(booleans_come_back_as_integers),
        CASE(null_comes_back_as_null),
        CASE(each_type_has_its_natural_kind),
        CASE(bit_and_year_are_integers),
        CASE(stored_values_that_fit_nothing_are_named),
        CASE(values_of_every_length_share_a_buffer),
        CASE(two_results_can_be_read_by_turns),
        CASE(rows_matched_are_counted_and_keys_are_told),
        CASE(a_call_leaves_nothing_behind),
        CASE(a_statement_survives_alter_table),
        CASE(a_column_more_is_an_error_and_not_a_confusion),
        CASE(a_wrong_number_of_values_is_refused),
        CASE(errors_have_their_class_and_constraint),
        CASE(the_first_error_wins),
        CASE(the_session_is_pinned),
    };
    return fixture_run_both(tests);
}
