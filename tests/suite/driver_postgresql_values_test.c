/* driver_postgresql_values_test.c: every kind of value to a real PostgreSQL server and back. */
#include "postgresql_fixture.h"

#include <math.h>

static calx_connection *connection;

static int open_fixture(void **state)
{
    (void)state;
    connection = open_default();
    return 0;
}

static int close_fixture(void **state)
{
    (void)state;
    close_connection(connection);
    return 0;
}

/* Sends a value as $1 and reads it back as `type`, in a binary and in a text result. */
static calx_value echo(prepared *statement, const char *type, bool as_text, calx_value value,
                       calx_value *row)
{
    char text[128];
    calx_error err = {0};

    /* An interval has no binary decoder, so all columns come as text. */
    snprintf(text, sizeof text, "SELECT $1::%s%s", type, as_text ? ", interval '1 day'" : "");
    size_t columns = as_text ? 2 : 1;
    assert_ok(prepare(connection, statement, 0, text, &value, 1, columns, &err), &err);
    int code = first_row(statement, &value, soon(), row, &err);
    assert_ok(code, &err);
    assert_int_equal(code, 1);
    return row[0];
}

static void assert_echo(const char *type, calx_value value)
{
    for (int as_text = 0; as_text < 2; as_text++) {
        prepared statement;
        calx_value row[2];
        assert_same(echo(&statement, type, as_text, value, row), value);
        finalize(&statement);
    }
}

static void numbers_come_back_exactly(void **state)
{
    (void)state;
    const int64_t integers[] = {0, -1, 2147483648, INT64_MIN, INT64_MAX};
    for (size_t i = 0; i < sizeof integers / sizeof *integers; i++)
        assert_echo("bigint", calx_value_integer(integers[i]));
    const double reals[] = {0.0,       -0.0, 0.1,  1.7976931348623157e308, 4.9406564584124654e-324,
                            -INFINITY, NAN,  1e22, 123456789.12345679};
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++)
        assert_echo("double precision", calx_value_double(reals[i]));
    assert_echo("boolean", calx_value_boolean(true));
    assert_echo("boolean", calx_value_boolean(false));
}

static void decimals_keep_every_digit(void **state)
{
    (void)state;
    const char *decimals[] = {"0",
                              "0.00",
                              "-0.001",
                              "10000",
                              "0.00001",
                              "9999.9999",
                              "1000000000000.0001",
                              "-12345678901234567890.123456789",
                              "100000000000000000000000000000000000000000",
                              "NaN"};
    for (size_t i = 0; i < sizeof decimals / sizeof *decimals; i++)
        assert_echo("numeric", decimal_value(decimals[i]));
}

static void texts_come_back_exactly(void **state)
{
    (void)state;
    const char *texts[] = {"", " ", "it's \"quoted\" \\x", "\xF0\x9F\x98\x80 emoji", "a\nb\tc"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_echo("text", text_value(texts[i]));
        assert_echo("varchar", text_value(texts[i]));
    }
    assert_echo("jsonb", text_value("{\"a\": [1, null]}"));
    assert_echo("json", text_value("{\"a\":1}"));
}

static void bytes_come_back_exactly(void **state)
{
    (void)state;
    size_t size = 1 << 20;
    unsigned char *bytes = malloc(size);
    assert_non_null(bytes);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)(i * 7 + i / 256);
    assert_echo("bytea", calx_value_blob((calx_blob){bytes, size}));
    assert_echo("bytea", calx_value_blob((calx_blob){bytes, 0}));
    free(bytes);
}

static void datetimes_come_back_exactly(void **state)
{
    (void)state;
    const int64_t points[] = {CALX_DATETIME_MIN, CALX_DATETIME_MAX, 0, -1, 946684800000001};
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        assert_echo("timestamp", calx_value_datetime((calx_datetime){points[i]}));
        assert_echo("timestamptz", calx_value_datetime((calx_datetime){points[i]}));
    }
}

static void dates_times_intervals_and_uuids_come_back_exactly(void **state)
{
    (void)state;
    const calx_date dates[] = {{1, 1, 1}, {9999, 12, 31}, {2000, 2, 29}, {1970, 1, 1}};
    const int64_t spans[] = {CALX_DATETIME_MIN, CALX_DATETIME_MAX, 0, -1, 86400000001};
    const int64_t times[] = {0, CALX_TIME_MAX, 1};
    const calx_uuid uuid = {{0x01, 0x23, 0xab, 0xcd, 0xff, 0, 0x80, 0x7f, 1, 2, 3, 4, 5, 6, 7, 8}};
    for (size_t i = 0; i < sizeof dates / sizeof *dates; i++)
        assert_echo("date", calx_value_date(dates[i]));
    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++)
        assert_echo("interval", calx_value_interval((calx_interval){spans[i]}));
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        assert_echo("time", calx_value_time((calx_time){times[i]}));
    assert_echo("uuid", calx_value_uuid(uuid));
}

static void null_is_null_for_every_kind(void **state)
{
    (void)state;
    const char *types[] = {"boolean", "bigint", "text", "bytea",    "timestamp",
                           "numeric", "date",   "time", "interval", "uuid"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        assert_echo(types[i], calx_value_null());
}

static void narrow_types_are_widened(void **state)
{
    (void)state;
    assert_constant(connection, "SELECT '-32768'::smallint", calx_value_integer(-32768));
    assert_constant(connection, "SELECT '-2147483648'::int", calx_value_integer(INT32_MIN));
    assert_constant(connection, "SELECT 4294967295::oid", calx_value_integer(4294967295));
    assert_echo("real", calx_value_double((double)0.1f));
    assert_constant(connection, "SELECT date '1970-01-02'",
                    calx_value_date((calx_date){1970, 1, 2}));
    assert_constant(connection, "SELECT 'ab'::char(4)", text_value("ab  "));
    assert_constant(connection, "SELECT interval '90 minutes'",
                    calx_value_interval((calx_interval){5400000000}));
    assert_constant(connection, "SELECT timestamptz '2000-01-01 02:00+02'",
                    calx_value_datetime((calx_datetime){946684800000000}));
}

static void points_outside_our_years_do_not_fit(void **state)
{
    (void)state;
    const char *texts[] = {
        "SELECT 'infinity'::timestamp AS due",
        "SELECT '-infinity'::timestamptz AS due",
        "SELECT 'infinity'::date AS due",
        "SELECT timestamp '0001-12-31 BC' AS due",
        "SELECT timestamp '10000-01-01' AS due",
        "SELECT date '10000-01-01' AS due",
        "SELECT time '24:00' AS due",
        "SELECT interval '1 month' AS due",
        "SELECT interval '9000 years' AS due",
        "SELECT interval '9000000 days' AS due",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        prepared statement;
        calx_value row[1];
        calx_error err = {0};
        assert_int_equal(read_constant(connection, texts[i], &statement, row, &err),
                         CALX_ERROR_MISFIT);
        assert_non_null(strstr(err.message, "due"));
        finalize(&statement);
    }
}

static int run_group(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_come_back_exactly),
        cmocka_unit_test(decimals_keep_every_digit),
        cmocka_unit_test(texts_come_back_exactly),
        cmocka_unit_test(bytes_come_back_exactly),
        cmocka_unit_test(datetimes_come_back_exactly),
        cmocka_unit_test(dates_times_intervals_and_uuids_come_back_exactly),
        cmocka_unit_test(null_is_null_for_every_kind),
        cmocka_unit_test(narrow_types_are_widened),
        cmocka_unit_test(points_outside_our_years_do_not_fit),
    };
    return cmocka_run_group_tests_name(form, tests, open_fixture, close_fixture);
}

int main(void)
{
    return run_forms(run_group);
}
