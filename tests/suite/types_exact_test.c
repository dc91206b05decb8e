/* The types beside the basic ones on a real database: small numbers, exact decimals, dates, times,
 * intervals and UUIDs, at their limits; and what a query finds by them. */
#include "tests/suite/types_fixture.h"

#include <float.h>

ORM_FIXTURE_MODELS

/* Each type in both forms. */
#define EXACT(COLUMN, Model)                                                                       \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, SMALL_INTEGER, small, JSON)                                                      \
    COLUMN(Model, SMALL_INTEGER_OR_NULL, small_or_null, JSON)                                      \
    COLUMN(Model, FLOAT, real, JSON)                                                               \
    COLUMN(Model, FLOAT_OR_NULL, real_or_null, JSON)                                               \
    COLUMN(Model, NUMERIC(30, 10), amount, JSON)                                                   \
    COLUMN(Model, NUMERIC_OR_NULL(65, 30), amount_or_null, JSON)                                   \
    COLUMN(Model, DATE, day, JSON)                                                                 \
    COLUMN(Model, DATE_OR_NULL, day_or_null, JSON)                                                 \
    COLUMN(Model, TIME, time, JSON)                                                                \
    COLUMN(Model, TIME_OR_NULL, time_or_null, JSON)                                                \
    COLUMN(Model, DATETIME, moment, JSON, TIMEZONE)                                                \
    COLUMN(Model, DATETIME_OR_NULL, moment_or_null, JSON, TIMEZONE)                                \
    COLUMN(Model, INTERVAL, span, JSON)                                                            \
    COLUMN(Model, INTERVAL_OR_NULL, span_or_null, JSON)                                            \
    COLUMN(Model, UUID, uuid, JSON)                                                                \
    COLUMN(Model, UUID_OR_NULL, uuid_or_null, JSON)

CALX_MODEL_DECLARE(Exact, EXACT)
CALX_MODEL_DEFINE(Exact, "suite_exact", EXACT)

TYPES_FIXTURE(Exact)

/* An object with what has no zero. */
static Exact *exact_new(fixture *f)
{
    Exact *exact = Exact_new(f->session);
    exact->amount = calx_decimal_of("0");
    exact->day = (calx_date){1970, 1, 1};
    return exact;
}

/* The flush refuses the object with these words. */
static void assert_refused(fixture *f, const char *words)
{
    calx_session_flush(f->session);
    assert_failed(f->session, CALX_ERROR_INVALID, words);
    calx_session_rollback(f->session);
}

static void assert_decimal(calx_decimal actual, const char *expected)
{
    assert_text((calx_text){actual.data, actual.length}, expected);
}

static void null_and_zero_are_different(void **state)
{
    fixture *f = *state;
    calx_session *session = NULL;
    Exact *null = stored(f, exact_new(f), &session);
    assert_true(null->small_or_null.is_null && null->real_or_null.is_null);
    assert_true(null->day_or_null.is_null && null->time_or_null.is_null);
    assert_true(null->moment_or_null.is_null && null->span_or_null.is_null);
    assert_true(null->uuid_or_null.is_null);
    assert_null(null->amount_or_null.data);
    assert_decimal(null->amount, "0.0000000000");
    Exact *zero = exact_new(f);
    zero->small_or_null = (calx_small_integer_or_null){0};
    zero->real_or_null = (calx_float_or_null){0};
    zero->amount_or_null = calx_decimal_of("-0");
    zero->day_or_null = (calx_date_or_null){.value = {1, 1, 1}};
    zero->time_or_null = (calx_time_or_null){0};
    zero->moment_or_null = (calx_datetime_or_null){0};
    zero->span_or_null = (calx_interval_or_null){0};
    zero->uuid_or_null = (calx_uuid_or_null){0};
    zero = stored(f, zero, &session);
    assert_false(zero->small_or_null.is_null || zero->real_or_null.is_null);
    assert_false(zero->day_or_null.is_null || zero->time_or_null.is_null);
    assert_false(zero->moment_or_null.is_null || zero->span_or_null.is_null);
    assert_false(zero->uuid_or_null.is_null);
    assert_decimal(zero->amount_or_null, "0.000000000000000000000000000000");
    calx_session_destroy(session);
}

static void small_numbers_keep_their_limits(void **state)
{
    static const float reals[] = {0.1f,   1.0f / 3.0f, FLT_MAX, -FLT_MAX, FLT_MIN,
                                  1e-45f, 16777216.0f, -2.5f,   0.0f};
    fixture *f = *state;
    calx_session *session = NULL;
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++) {
        Exact *exact = exact_new(f);
        exact->small = i % 2 ? INT16_MIN : INT16_MAX;
        exact->small_or_null.is_null = false;
        exact->small_or_null.value = i % 2 ? INT16_MAX : INT16_MIN;
        exact->real = reals[i];
        exact->real_or_null = (calx_float_or_null){.value = -reals[i]};
        Exact *again = stored(f, exact, &session);
        assert_int_equal(again->small, exact->small);
        assert_int_equal(again->small_or_null.value, exact->small_or_null.value);
        assert_true(again->real == reals[i] && again->real_or_null.value == -reals[i]);
        assert_int_equal(
            calx_count(calx_filter(calx_query_of(session, Exact), EQUAL(Exact_.real, reals[i]))),
            1);
    }
    calx_session_destroy(session);
}

static void decimals_keep_every_digit(void **state)
{
    static const struct {
        const char *in;
        const char *out;
    } amounts[] = {
        {"12345678901234567890.0123456789", "12345678901234567890.0123456789"},
        {"-99999999999999999999.9999999999", "-99999999999999999999.9999999999"},
        {"0.0000000001", "0.0000000001"},
        {"-.5", "-0.5000000000"},
        {"+007.10", "7.1000000000"},
        {"-0.000", "0.0000000000"},
        {"9007199254740993", "9007199254740993.0000000000"},
    };
    static const char widest[] =
        "-98765432109876543210987654321098765."
        "012345678901234567890123456789";
    fixture *f = *state;
    calx_session *session = NULL;
    for (size_t i = 0; i < sizeof amounts / sizeof *amounts; i++) {
        Exact *exact = exact_new(f);
        exact->amount = calx_decimal_of(amounts[i].in);
        exact->amount_or_null = calx_decimal_of(widest);
        Exact *again = stored(f, exact, &session);
        assert_decimal(again->amount, amounts[i].out);
        assert_decimal(exact->amount, amounts[i].out); /* as written, after the flush */
        assert_decimal(again->amount_or_null, widest);
    }
    calx_session_destroy(session);
}

static void decimals_that_do_not_fit_are_refused(void **state)
{
    static const char *const amounts[][2] = {
        {"0.00000000001", "column \"amount\": more than 10 digits behind the point"},
        {"100000000000000000000", "column \"amount\": more than 20 digits before the point"},
        {"1e3", "expected decimal digits"},
        {"", "expected decimal digits"},
        {"NaN", "expected decimal digits"},
        {" 1", "expected decimal digits"},
        {".", "expected decimal digits"},
    };
    fixture *f = *state;
    for (size_t i = 0; i < sizeof amounts / sizeof *amounts; i++) {
        exact_new(f)->amount = calx_decimal_of(amounts[i][0]);
        assert_refused(f, amounts[i][1]);
    }
    exact_new(f)->amount = (calx_decimal){0};
    calx_session_flush(f->session);
    assert_failed(f->session, CALX_ERROR_NOT_NULL, "column \"amount\"");
}

static void the_same_amount_is_not_written_again(void **state)
{
    fixture *f = *state;
    Exact *exact = exact_new(f);
    exact->amount = calx_decimal_of("1.5");
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_ptr_equal(calx_first(calx_query_of(f->session, Exact)), exact);
    exact->amount = calx_decimal_of("1.50");
    forget_sent(f);
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_string_equal(sent(f), "");
}

static void decimals_are_compared_and_ordered_by_value(void **state)
{
    static const char *const amounts[] = {"-10", "-9.5", "0", "2", "10.25", "100"};
    fixture *f = *state;
    for (size_t i = 6; i > 0; i--)
        exact_new(f)->amount = calx_decimal_of(amounts[i - 1]);
    assert_int_equal(calx_session_commit(f->session), 0);
    Exact_list list = calx_all(calx_order_by(calx_query_of(f->session, Exact), Exact_.amount));
    assert_int_equal(list.count, 6);
    for (size_t i = 0; i < 6; i++) {
        calx_decimal wanted = calx_decimal_of(amounts[i]);
#define ITEMS_IN(condition) calx_count(calx_filter(calx_query_of(f->session, Exact), (condition)))
        assert_int_equal(list.items[i]->id, 6 - (int)i);
        assert_int_equal(ITEMS_IN(EQUAL(Exact_.amount, wanted)), 1);
        assert_int_equal(ITEMS_IN(LESS(Exact_.amount, wanted)), i);
        assert_int_equal(ITEMS_IN(GREATER_EQUAL(Exact_.amount, wanted)), 6 - i);
    }
    assert_int_equal(ITEMS_IN(EQUAL(Exact_.amount, "10.250")), 1);
    assert_int_equal(ITEMS_IN(EQUAL(Exact_.amount, 2)), 1);
    assert_int_equal(ITEMS_IN(GREATER(Exact_.amount, -9)), 4);
    assert_int_equal(ITEMS_IN(EQUAL(Exact_.amount, "two")), 0);
    assert_session_ok(f->session);
}

static void decimals_are_added_exactly(void **state)
{
    static const char *const amounts[] = {"0.1", "0.2", "-99999999999999999999.9999999999",
                                          "12345678901234567890", "9"};
    fixture *f = *state;
    for (size_t i = 0; i < sizeof amounts / sizeof *amounts; i++)
        exact_new(f)->amount = calx_decimal_of(amounts[i]);
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_selected(f, "SELECT sum(amount) FROM suite_exact", "-87654321098765432100.6999999999");
    assert_selected(f, "SELECT min(amount) FROM suite_exact", "-99999999999999999999.9999999999");
    assert_selected(f, "SELECT max(amount) FROM suite_exact", "12345678901234567890.0000000000");
    assert_selected(f, "SELECT sum(amount) FROM suite_exact WHERE id < 3", "0.3000000000");
    assert_selected(f,
                    "SELECT sum(amount) OVER (ORDER BY id ROWS 1 PRECEDING) FROM suite_exact"
                    " ORDER BY id DESC LIMIT 1",
                    "12345678901234567899.0000000000");
}

/* What SQLite's own functions did before they learned decimals. */
static void other_sums_of_sqlite_are_as_ever(void **state)
{
    fixture *f = *state;
    if (!is_dialect(f, "sqlite"))
        return;
    assert_selected(f, "SELECT avg(a) FROM (SELECT '1.00' AS a UNION ALL SELECT '1.01')",
                    "1.005000");
    assert_selected(f,
                    "SELECT avg(a) FROM (SELECT '-2' AS a UNION ALL SELECT 0 UNION ALL SELECT 0)",
                    "-0.6667");
    assert_selected(f, "SELECT sum(9223372036854775807)", "9223372036854775807");
    assert_selected(f, "SELECT sum(a) FROM (SELECT -9223372036854775807 AS a UNION ALL SELECT -1)",
                    "-9223372036854775808");
    assert_selected(f, "SELECT sum(a) FROM (SELECT 1 AS a UNION ALL SELECT 0.5)", "1.5");
    assert_selected(f, "SELECT avg(a) FROM (SELECT 1 AS a UNION ALL SELECT 2)", "1.5");
    assert_selected(f, "SELECT sum(a) FROM (SELECT 'x' AS a UNION ALL SELECT '3')", "3");
    assert_selected(f,
                    "SELECT count(*) FROM (SELECT sum(a) AS s FROM (SELECT NULL AS a))"
                    " WHERE s IS NULL",
                    "1");
}

static void dates_and_times_of_all_years(void **state)
{
    static const struct {
        calx_date day;
        int64_t time;
        int64_t span;
    } values[] = {
        {{1, 1, 1}, 0, CALX_DATETIME_MIN},
        {{9999, 12, 31}, CALX_TIME_MAX, CALX_DATETIME_MAX},
        {{2024, 2, 29}, 1, -1},
        {{1969, 12, 31}, 3723000004, 86399999999},
        {{1900, 2, 28}, 43200000000, -86400000000},
        {{2000, 1, 1}, 999999, 90061000001},
    };
    fixture *f = *state;
    calx_session *session = NULL;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        Exact *exact = exact_new(f);
        exact->day = values[i].day;
        exact->time.microseconds = values[i].time;
        exact->moment.microseconds = values[i].span;
        exact->span.microseconds = values[i].span;
        exact->day_or_null = (calx_date_or_null){.value = values[i].day};
        exact->time_or_null = (calx_time_or_null){.value = {values[i].time}};
        exact->span_or_null = (calx_interval_or_null){.value = {values[i].span}};
        Exact *again = stored(f, exact, &session);
        assert_memory_equal(&again->day, &values[i].day, sizeof again->day);
        assert_memory_equal(&again->day_or_null.value, &values[i].day, sizeof again->day);
        assert_true(again->time.microseconds == values[i].time);
        assert_true(again->moment.microseconds == values[i].span);
        assert_true(again->span.microseconds == values[i].span);
        assert_true(again->span_or_null.value.microseconds == values[i].span);
        Exact_query *query = calx_filter_by(calx_query_of(session, Exact), day, values[i].day);
        calx_filter_by(query, time, exact->time);
        calx_filter_by(query, span, exact->span);
        calx_filter_by(query, moment, exact->moment);
        assert_int_equal(calx_count(query), 1);
        assert_session_ok(session);
    }
    calx_session_destroy(session);
}

static void times_beyond_the_calendar_are_refused(void **state)
{
    static const calx_date days[] = {{0, 0, 0}, {2023, 2, 29}, {10000, 1, 1}, {2023, 13, 1}};
    fixture *f = *state;
    for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
        exact_new(f)->day = days[i];
        assert_refused(f, "column \"day\": no date of the years 1 to 9999");
    }
    exact_new(f)->time.microseconds = CALX_TIME_MAX + 1;
    assert_refused(f, "column \"time\": no time of day");
    exact_new(f)->time.microseconds = -1;
    assert_refused(f, "column \"time\": no time of day");
    exact_new(f)->span.microseconds = CALX_DATETIME_MAX + 1;
    assert_refused(f, "column \"span\"");
}

static void uuids_keep_every_bit(void **state)
{
    fixture *f = *state;
    calx_session *session = NULL;
    Exact *exact = exact_new(f);
    for (size_t i = 0; i < 16; i++)
        exact->uuid.bytes[i] = (unsigned char)(0xf0 + i);
    exact->uuid_or_null = (calx_uuid_or_null){.value = exact->uuid};
    exact->uuid_or_null.value.bytes[0] = 0;
    Exact *again = stored(f, exact, &session);
    assert_memory_equal(&again->uuid, &exact->uuid, sizeof again->uuid);
    assert_memory_equal(&again->uuid_or_null.value, &exact->uuid_or_null.value, 16);
    assert_int_equal(calx_count(calx_filter_by(calx_query_of(session, Exact), uuid, exact->uuid)),
                     1);
    assert_int_equal(
        calx_count(calx_filter_by(calx_query_of(session, Exact), uuid_or_null, exact->uuid)), 0);
    assert_session_ok(session);
    calx_session_destroy(session);
}

static void json_out_and_in_is_the_same(void **state)
{
    static const char text[] =
        "{\"id\":1,\"small\":-32768,\"small_or_null\":null,\"real\":0.1,\"real_or_null\":null,"
        "\"amount\":\"-12.5000000000\",\"amount_or_null\":null,\"day\":\"2026-11-22\","
        "\"day_or_null\":null,\"time\":\"10:30:00.000001\",\"time_or_null\":null,"
        "\"moment\":\"2026-11-22T10:30:00\",\"moment_or_null\":null,\"span\":\"-P1DT2H3M4."
        "500000S\","
        "\"span_or_null\":null,\"uuid\":\"00112233-4455-6677-8899-aabbccddeeff\","
        "\"uuid_or_null\":null}";
    fixture *f = *state;
    json_t *json;
    assert_ok(f, calx_json_parse(calx_text_of(text), &json, &f->err));
    Exact *exact = Exact_new(f->session);
    assert_int_equal(calx_json_read(f->session, exact, json), 0);
    json_decref(json);
    calx_session *session = NULL;
    Exact *again = stored(f, exact, &session);
    calx_buffer out = {0};
    calx_json_write(again, &out);
    assert_text((calx_text){out.data, out.length}, text);
    calx_buffer_finish(&out);
    calx_session_destroy(session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_of(null_and_zero_are_different),
        test_of(small_numbers_keep_their_limits),
        test_of(decimals_keep_every_digit),
        test_of(decimals_that_do_not_fit_are_refused),
        test_of(the_same_amount_is_not_written_again),
        test_of(decimals_are_compared_and_ordered_by_value),
        test_of(decimals_are_added_exactly),
        test_of(other_sums_of_sqlite_are_as_ever),
        test_of(dates_and_times_of_all_years),
        test_of(times_beyond_the_calendar_are_refused),
        test_of(uuids_keep_every_bit),
        test_of(json_out_and_in_is_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
