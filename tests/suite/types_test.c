/* Every type on a real database: what goes in comes out, and what does not fit is said. */
#include "tests/suite/orm_fixture.h"

#include <float.h>
#include <math.h>

ORM_FIXTURE_MODELS

#define EMOJI "\xf0\x9f\x98\x80"

/* An object with the values that the others do not care for. */
static Every *every_new(calx_session *session)
{
    Every *every = calx_session_new(session, &Every_model);
    every->string = every->words = calx_text_of("");
    every->bytes = (calx_blob){"", 0};
    return every;
}

/* Commits, and loads the row into a session of its own. */
static Every *stored(fixture *f, const Every *every, calx_session **session)
{
    calx_session_commit(f->session);
    assert_session_ok(f->session);
    *session = calx_session_create(f->engine);
    Every *again = calx_get(*session, Every, every->id);
    assert_session_ok(*session);
    assert_non_null(again);
    return again;
}

static void null_and_zero_are_different(void **state)
{
    fixture *f = *state;
    calx_session *session;
    Every *null = stored(f, every_new(f->session), &session);
    assert_true(null->small_or_null.is_null && null->big_or_null.is_null);
    assert_true(null->flag_or_null.is_null && null->number_or_null.is_null);
    assert_true(null->moment_or_null.is_null);
    assert_null(null->string_or_null.data);
    assert_null(null->words_or_null.data);
    assert_null(null->bytes_or_null.data);
    assert_non_null(null->string.data); /* empty is not NULL */
    assert_non_null(null->bytes.data);
    assert_int_equal(null->string.length + null->words.length + null->bytes.length, 0);
    calx_session_destroy(session);
    Every *zero = every_new(f->session);
    zero->small_or_null = (calx_integer_or_null){0};
    zero->big_or_null = (calx_big_integer_or_null){0};
    zero->flag_or_null = (calx_boolean_or_null){0};
    zero->number_or_null = (calx_double_or_null){0};
    zero->moment_or_null = (calx_datetime_or_null){0};
    zero->string_or_null = zero->words_or_null = calx_text_of("");
    zero->bytes_or_null = (calx_blob){"", 0};
    zero = stored(f, zero, &session);
    assert_false(zero->small_or_null.is_null || zero->big_or_null.is_null);
    assert_false(zero->flag_or_null.is_null || zero->number_or_null.is_null);
    assert_false(zero->moment_or_null.is_null);
    assert_text(zero->string_or_null, "");
    assert_text(zero->words_or_null, "");
    assert_non_null(zero->bytes_or_null.data);
    assert_int_equal(zero->bytes_or_null.length, 0);
    calx_session_destroy(session);
}

static void integers_keep_their_limits(void **state)
{
    fixture *f = *state;
    calx_session *session;
    Every *every = every_new(f->session);
    every->id = INT64_MAX; /* keys too */
    every->small = INT32_MIN;
    every->small_or_null = (calx_integer_or_null){.value = INT32_MAX};
    every->big = INT64_MIN;
    every->big_or_null = (calx_big_integer_or_null){.value = INT64_MAX};
    every->flag = true;
    every->flag_or_null = (calx_boolean_or_null){.value = true};
    Every *again = stored(f, every, &session);
    assert_int_equal(again->id, INT64_MAX);
    assert_int_equal(again->small, INT32_MIN);
    assert_int_equal(again->small_or_null.value, INT32_MAX);
    assert_true(again->big == INT64_MIN);
    assert_true(again->big_or_null.value == INT64_MAX);
    assert_true(again->flag && again->flag_or_null.value);
    calx_session_destroy(session);
}

static void doubles_keep_all_their_digits(void **state)
{
    static const double numbers[] = {
        0.1, 1.0 / 3.0, 123456789012345678.0, DBL_MAX, -DBL_MAX, DBL_MIN, 5e-324,
        3.0, -1e100,    DBL_EPSILON};
    fixture *f = *state;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        calx_session *session;
        Every *every = every_new(f->session);
        every->number = numbers[i];
        every->number_or_null = (calx_double_or_null){.value = -numbers[i]};
        Every *again = stored(f, every, &session);
        assert_true(again->number == numbers[i]);
        assert_true(again->number_or_null.value == -numbers[i]);
        Every_query *query = calx_filter_by(calx_query_of(session, Every), number, numbers[i]);
        assert_ptr_equal(calx_first(query), again);
        calx_session_destroy(session);
    }
}

/* SQLite and MariaDB store it as 0.0; nobody may make another number of it. */
static void minus_zero_is_zero(void **state)
{
    fixture *f = *state;
    calx_session *session;
    Every *every = every_new(f->session);
    every->number = -0.0;
    Every *again = stored(f, every, &session);
    assert_true(again->number == 0.0);
    assert_true(!is_dialect(f, "postgresql") || signbit(again->number));
    assert_int_equal(calx_count(calx_filter_by(calx_query_of(session, Every), number, 0)), 1);
    calx_session_destroy(session);
}

static void numbers_that_are_not_finite_are_refused(void **state)
{
    fixture *f = *state;
    Every *every = every_new(f->session);
    every->number = NAN;
    assert_int_equal(calx_session_commit(f->session), CALX_ERROR_INVALID);
    assert_failed(f->session, CALX_ERROR_INVALID, "column \"number\": not a finite number");
    calx_session_rollback(f->session);
    every->number = 0;
    every->number_or_null = (calx_double_or_null){.value = INFINITY};
    calx_session_add(f->session, every);
    assert_int_equal(calx_session_commit(f->session), CALX_ERROR_INVALID);
    assert_failed(f->session, CALX_ERROR_INVALID, "column \"number_or_null\"");
    assert_string_equal(sent(f), "");
    calx_session_rollback(f->session);
    every->number_or_null.is_null = true; /* then nobody looks at the number */
    calx_session_add(f->session, every);
    assert_int_equal(calx_session_commit(f->session), 0);
    calx_session *session = calx_session_create(f->engine);
    Every_query *query = calx_query_of(session, Every);
    assert_int_equal(calx_count(calx_filter(query, LESS(Every_.number, INFINITY))), 1);
    query = calx_query_of(session, Every);
    assert_int_equal(calx_count(calx_filter(query, GREATER(Every_.number, NAN))), 0);
    assert_session_ok(session);
    calx_session_destroy(session);
}

static void text_of_any_length_and_script(void **state)
{
    static const char words[] = "Gr\xc3\xbc\xc3\x9f" EMOJI "\n\t'\"\\%_;--";
    fixture *f = *state;
    calx_session *session;
    size_t length = 70000 * 4;
    char *long_text = malloc(length);
    for (size_t i = 0; i < length; i += 4)
        memcpy(long_text + i, EMOJI, 4);
    Every *every = every_new(f->session);
    every->string = (calx_text){long_text, length};
    every->words = (calx_text){long_text, length};
    every->string_or_null = calx_text_of("12345");
    every->words_or_null = calx_text_of(words);
    Every *again = stored(f, every, &session);
    assert_int_equal(again->string.length, length);
    assert_memory_equal(again->string.data, long_text, length);
    assert_int_equal(again->words.length, length);
    assert_memory_equal(again->words.data, long_text, length);
    assert_text(again->string_or_null, "12345");
    assert_text(again->words_or_null, words);
    assert_int_equal(
        calx_count(calx_filter_by(calx_query_of(session, Every), words_or_null, words)), 1);
    calx_session_destroy(session);
    free(long_text);
}

static void bytes_of_any_value(void **state)
{
    fixture *f = *state;
    calx_session *session;
    size_t length = 1 << 20;
    unsigned char *bytes = malloc(length);
    for (size_t i = 0; i < length; i++)
        bytes[i] = (unsigned char)(i * 7 + (i >> 8));
    Every *every = every_new(f->session);
    every->bytes = (calx_blob){bytes, length};
    every->bytes_or_null = (calx_blob){"\0'\xff", 3};
    Every *again = stored(f, every, &session);
    assert_int_equal(again->bytes.length, length);
    assert_memory_equal(again->bytes.data, bytes, length);
    assert_int_equal(again->bytes_or_null.length, 3);
    assert_memory_equal(again->bytes_or_null.data, "\0'\xff", 3);
    calx_blob wanted = {"\0'\xff", 3};
    Every_query *query = calx_query_of(session, Every);
    assert_int_equal(calx_count(calx_filter(query, EQUAL(Every_.bytes_or_null, wanted))), 1);
    wanted.length = 2;
    query = calx_query_of(session, Every);
    assert_int_equal(calx_count(calx_filter(query, LESS(Every_.bytes_or_null, wanted))), 0);
    calx_session_destroy(session);
    free(bytes);
}

static calx_datetime datetime(const char *text)
{
    calx_datetime out = {0};
    assert_true(calx_datetime_parse(calx_text_of(text), &out, NULL));
    return out;
}

static void datetimes_of_all_years_with_microseconds(void **state)
{
    static const char *const moments[] = {
        "0001-01-01 00:00:00",        "0001-01-01 00:00:00.000001", "9999-12-31 23:59:59.999999",
        "1969-12-31 23:59:59.999999", "2026-11-22 10:30:00.120000", "1582-10-10 12:00:00",
    };
    fixture *f = *state;
    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
        calx_session *session;
        calx_datetime moment = datetime(moments[i]);
        Every *every = every_new(f->session);
        every->moment = moment;
        every->moment_or_null = (calx_datetime_or_null){.value = moment};
        Every *again = stored(f, every, &session);
        assert_true(again->moment.microseconds == moment.microseconds);
        assert_true(again->moment_or_null.value.microseconds == moment.microseconds);
        Every_query *query = calx_filter_by(calx_query_of(session, Every), moment, moment);
        assert_ptr_equal(calx_first(query), again);
        calx_session_destroy(session);
    }
    calx_session *session = calx_session_create(f->engine);
    Every_query *query = calx_query_of(session, Every);
    query = calx_filter(query, LESS(Every_.moment, datetime("1970-01-01")));
    assert_int_equal(calx_count(query), 4);
    calx_session_destroy(session);
}

static void datetimes_beyond_the_calendar_are_refused(void **state)
{
    fixture *f = *state;
    calx_datetime after = {CALX_DATETIME_MAX + 1};
    calx_datetime before = {CALX_DATETIME_MIN - 1};
    Every *every = every_new(f->session);
    every->moment = after;
    assert_int_equal(calx_session_commit(f->session), CALX_ERROR_INVALID);
    assert_failed(f->session, CALX_ERROR_INVALID, "column \"moment\": not in the years 1 to 9999");
    assert_string_equal(sent(f), "");
    calx_session_rollback(f->session);
    every->moment = (calx_datetime){CALX_DATETIME_MAX};
    every->moment_or_null = (calx_datetime_or_null){.value = before, .is_null = true};
    calx_session_add(f->session, every);
    assert_int_equal(calx_session_commit(f->session), 0);
    calx_session *session = calx_session_create(f->engine);
#define ITEMS_IN(condition) calx_count(calx_filter(calx_query_of(session, Every), condition))
    assert_int_equal(ITEMS_IN(EQUAL(Every_.moment, after)), 0);
    assert_int_equal(ITEMS_IN(LESS(Every_.moment, after)), 1);
    assert_int_equal(ITEMS_IN(GREATER_EQUAL(Every_.moment, after)), 0);
    assert_int_equal(ITEMS_IN(GREATER(Every_.moment, before)), 1);
    assert_int_equal(ITEMS_IN(LESS(Every_.moment, before)), 0);
#undef ITEMS_IN
    assert_session_ok(session);
    calx_session_destroy(session);
}

static void nothing_is_written_after_a_round_trip(void **state)
{
    fixture *f = *state;
    Every *every = every_new(f->session);
    every->number = 0.1;
    every->moment = datetime("2026-11-22 10:30:00.123456");
    every->bytes = (calx_blob){"\0", 1};
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_ptr_equal(calx_first(calx_query_of(f->session, Every)), every);
    forget_sent(f);
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_string_equal(sent(f), "");
}

/* ---- Many ---- */

#define MANY 6

/* Where they travel together NULL and values of any length stand side by side; the first one has
 * no values, big_or_null no value in any. */
static void change(Every *every, int i)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
    bool null = i % 3 == 0;
    every->small_or_null = (calx_integer_or_null){.value = null ? 0 : i, .is_null = null};
    every->big_or_null = (calx_big_integer_or_null){.is_null = true};
    every->number_or_null = (calx_double_or_null){.value = null ? 0 : i / 8.0, .is_null = null};
    every->flag_or_null = (calx_boolean_or_null){.value = !null && i % 2, .is_null = null};
    every->moment_or_null.is_null = null;
    every->moment_or_null.value = (calx_datetime){null ? 0 : i * INT64_C(86400000001)};
    every->words_or_null = null ? (calx_text){0} : (calx_text){letters, (size_t)i};
    every->bytes_or_null = null ? (calx_blob){0} : (calx_blob){letters + 1, (size_t)i - 1};
    every->words = (calx_text){letters, (size_t)i + 1};
}

static void assert_changed(const Every *every, int i)
{
    Every expected = *every;
    change(&expected, i);
    for (size_t column = 0; column < Every_model.column_count; column++) {
        const calx_column *of = &Every_model.columns[column];
        assert_true(of->type->equal(of, (const char *)every + of->offset,
                                    (const char *)&expected + of->offset));
    }
}

static void many_rows_change_each_as_it_should(void **state)
{
    fixture *f = *state;
    Every *rows[MANY];
    calx_session *session = calx_session_create(f->engine);
    for (int i = 0; i < MANY; i++) {
        rows[i] = every_new(f->session);
        change(rows[i], 20 + i % 2); /* so that all columns change in every row */
        rows[i]->small_or_null = (calx_integer_or_null){.value = -1};
        rows[i]->big_or_null = (calx_big_integer_or_null){.value = -1};
        rows[i]->moment_or_null = (calx_datetime_or_null){.value = {-1}};
    }
    assert_int_equal(calx_session_commit(f->session), 0);
    for (int i = 0; i < MANY; i++)
        change(calx_get(f->session, Every, rows[i]->id), i);
    calx_session_commit(f->session);
    assert_session_ok(f->session);
    for (int i = 0; i < MANY; i++)
        assert_changed(calx_get(session, Every, rows[i]->id), i);
    calx_session_destroy(session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_tables(null_and_zero_are_different),
        with_tables(integers_keep_their_limits),
        with_tables(doubles_keep_all_their_digits),
        with_tables(minus_zero_is_zero),
        with_tables(numbers_that_are_not_finite_are_refused),
        with_tables(text_of_any_length_and_script),
        with_tables(bytes_of_any_value),
        with_tables(datetimes_of_all_years_with_microseconds),
        with_tables(datetimes_beyond_the_calendar_are_refused),
        with_tables(nothing_is_written_after_a_round_trip),
        with_tables(many_rows_change_each_as_it_should),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
