/* driver_mysql_values_test.c: the mariadb driver: values of every kind, to the server and back. */
#include <float.h>
#include <math.h>

#include "tests/suite/mysql_fixture.h"

/* A test's server may have any default. */
#define UTF8_TEXT "LONGTEXT CHARACTER SET utf8mb4"

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
        {"SELECT DATE '2026-11-22'", CALX_KIND_DATE, "2026-11-22"},
        {"SELECT TIMESTAMP '2026-11-22 01:02:03'", CALX_KIND_DATETIME,
         "2026-11-22 01:02:03.000000"},
        {"SELECT TIME '-12:34:56'", CALX_KIND_INTERVAL, "-45296000000"},
        {"SELECT TIME '12:34:56.789'", CALX_KIND_TIME, "12:34:56.789000"},
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
        else if (value.kind == CALX_KIND_DATE)
            calx_date_format(value.as.date, text);
        else if (value.kind == CALX_KIND_TIME)
            calx_time_format(value.as.time, true, text);
        else if (value.kind == CALX_KIND_INTERVAL)
            snprintf(text, sizeof text, "%lld", (long long)value.as.interval.microseconds);
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
    command(self->other, "SET sql_mode = 'ALLOW_INVALID_DATES'");
    command(self->other,
            "CREATE TABLE driver_t (a BIGINT UNSIGNED, b DATETIME, c DATE, d BIT(64), e DATE)");
    command(self->other,
            "INSERT INTO driver_t VALUES (9223372036854775808, '0000-00-00 00:00:00', "
            "'2026-00-10', 0x8000000000000000, '2026-02-30')");
    expect_misfit(self->connection, "SELECT a FROM driver_t", "\"a\"");
    expect_misfit(self->connection, "SELECT b FROM driver_t", "\"b\"");
    expect_misfit(self->connection, "SELECT c FROM driver_t", "\"c\"");
    expect_misfit(self->connection, "SELECT d FROM driver_t", "\"d\"");
    expect_misfit(self->connection, "SELECT e FROM driver_t", "\"e\"");
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
    };
    return fixture_run_both(tests);
}
