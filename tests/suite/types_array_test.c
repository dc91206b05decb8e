/* Arrays and hstore on a real database. */
#include "tests/suite/types_rich.h"

#include <float.h>
#include <math.h>

#define PAIRS(COLUMN, Model)                                                                       \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, HSTORE_OR_NULL, pairs, JSON)

CALX_MODEL_DECLARE(Pairs, PAIRS)
CALX_MODEL_DEFINE(Pairs, "suite_pairs", PAIRS)

static const calx_model *const pairs_models[] = {&Pairs_model};

/* ---- Arrays ---- */

static void arrays_keep_every_item(void **state)
{
    static const int32_t numbers[] = {INT32_MIN, -1, 0, INT32_MAX};
    static const calx_big_integer_or_null big[] = {
        {INT64_MIN, false}, {0, true}, {INT64_MAX, false}};
    static const double doubles[] = {0.1, 1.0 / 3, DBL_MAX, 5e-324, -1e100, 3, DBL_EPSILON};
    static const float floats[] = {0.1f, FLT_MAX, 1e-45f, -2};
    static const bool flags[] = {true, false, true};
    static const calx_date days[] = {{1, 1, 1}, {9999, 12, 31}};
    static const calx_time times[] = {{0}, {CALX_TIME_MAX}, {1}};
    static const calx_datetime moments[] = {{CALX_DATETIME_MIN}, {CALX_DATETIME_MAX}, {-1}};
    static const calx_uuid uuids[] = {{{0}}, {{255, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}}};
    const calx_decimal amounts[] = {calx_decimal_of("12345678901234567890.0123456789"),
                                    calx_decimal_of("-0.5")};
    fixture *f = *state;
    calx_session *session = NULL;
    Rich *rich = rich_new(f);
    rich->numbers = (calx_integer_array){numbers, 4};
    rich->big = (calx_big_integer_or_null_array){big, 3};
    rich->doubles = (calx_double_array){doubles, 7};
    rich->floats = (calx_float_array){floats, 4};
    rich->flags = (calx_boolean_array){flags, 3};
    rich->amounts = (calx_decimal_array){amounts, 2};
    rich->days = (calx_date_array){days, 2};
    rich->times = (calx_time_array){times, 3};
    rich->moments = (calx_datetime_array){moments, 3};
    rich->uuids = (calx_uuid_array){uuids, 2};
    rich->span = (calx_interval_or_null){.value = {-86400000001}};
    rich->bytes = (calx_blob){"\0\xff", 2};
    Rich *again = stored(f, rich, &session);
    assert_int_equal(again->numbers.count, 4);
    assert_memory_equal(again->numbers.items, numbers, sizeof numbers);
    assert_int_equal(again->big.count, 3);
    assert_true(again->big.items[0].value == INT64_MIN && again->big.items[1].is_null);
    assert_true(again->big.items[2].value == INT64_MAX);
    assert_int_equal(again->doubles.count, 7);
    assert_memory_equal(again->doubles.items, doubles, sizeof doubles);
    assert_memory_equal(again->floats.items, floats, sizeof floats);
    assert_memory_equal(again->flags.items, flags, sizeof flags);
    assert_text((calx_text){again->amounts.items[0].data, again->amounts.items[0].length},
                "12345678901234567890.0123456789");
    assert_text((calx_text){again->amounts.items[1].data, again->amounts.items[1].length},
                "-0.5000000000");
    assert_memory_equal(again->days.items, days, sizeof days);
    assert_memory_equal(again->times.items, times, sizeof times);
    assert_memory_equal(again->moments.items, moments, sizeof moments);
    assert_memory_equal(again->uuids.items, uuids, sizeof uuids);
    assert_true(again->span.value.microseconds == -86400000001);
    assert_int_equal(again->bytes.length, 2);
    assert_memory_equal(again->bytes.data, "\0\xff", 2);
    calx_session_destroy(session);
}

static void texts_of_arrays_are_never_mistaken(void **state)
{
    static const char *const texts[] = {
        "",
        "NULL",
        "null",
        "{}",
        "a,b",
        "it's \"quoted\" \\x",
        " blank ",
        "\n\t\r",
        "\x01",
        "\x1f$",
        "\\u0041",
        "\xf0\x9f\x98\x80",
        "\xef\xbf\xbf",
        "\x7f",
    };
    calx_text items[sizeof texts / sizeof *texts + 1] = {{0}};
    const size_t count = sizeof texts / sizeof *texts;
    fixture *f = *state;
    calx_session *session = NULL;
    for (size_t i = 0; i < count; i++)
        items[i] = calx_text_of(texts[i]);
    Rich *rich = rich_new(f);
    rich->texts = (calx_text_array){items, count + 1};
    Rich *again = stored(f, rich, &session);
    assert_int_equal(again->texts.count, count + 1);
    for (size_t i = 0; i < count; i++)
        assert_text(again->texts.items[i], texts[i]);
    assert_null(again->texts.items[count].data);
    calx_session_destroy(session);
}

static void empty_arrays_are_not_null(void **state)
{
    fixture *f = *state;
    calx_session *session = NULL;
    Rich *rich = rich_new(f);
    rich->texts = (calx_text_array){(calx_text[1]){{0}}, 0};
    Rich *again = stored(f, rich, &session);
    assert_non_null(again->texts.items);
    assert_int_equal(again->texts.count, 0);
    assert_null(again->doubles.items);
    calx_session_destroy(session);
    assert_int_equal(count_of(f, IS_NULL(Rich_.doubles)), 1);
    assert_int_equal(count_of(f, IS_NOT_NULL(Rich_.texts)), 1);
    rich_new(f)->numbers = (calx_integer_array){0};
    calx_session_flush(f->session);
    assert_failed(f->session, CALX_ERROR_NOT_NULL, "column \"numbers\"");
}

static void bad_items_are_named(void **state)
{
    fixture *f = *state;
    rich_new(f)->doubles = (calx_double_array){(double[]){1, (double)INFINITY}, 2};
    calx_session_flush(f->session);
    assert_failed(f->session, CALX_ERROR_INVALID,
                  "column \"doubles\": item 2: not a finite number");
    calx_session_rollback(f->session);
    rich_new(f)->amounts = (calx_decimal_array){(calx_decimal[]){calx_decimal_of("x")}, 1};
    calx_session_flush(f->session);
    assert_failed(f->session, CALX_ERROR_INVALID, "column \"amounts\"");
}

static void arrays_are_lent_until_the_flush(void **state)
{
    fixture *f = *state;
    int32_t numbers[] = {1, 2, 3};
    Rich *rich = rich_new(f);
    rich->numbers = (calx_integer_array){numbers, 3};
    assert_int_equal(calx_session_commit(f->session), 0);
    numbers[0] = 9;
    assert_int_equal(rich->numbers.items[0], 1);
    forget_sent(f);
    rich->numbers = (calx_integer_array){(int32_t[]){1, 2, 3}, 3};
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_string_equal(sent(f), "");
}

/* ---- hstore ---- */

static void hstore_keeps_its_pairs_where_there_is_one(void **state)
{
    const calx_hstore_item items[] = {
        {calx_text_of("a"), calx_text_of("1")},
        {calx_text_of(""), calx_text_of("")},
        {calx_text_of("it's \"quoted\" \\ =>"), calx_text_of("a, \"b\"=>c")},
        {calx_text_of("null"), {0}},
        {calx_text_of("NULL"), calx_text_of("NULL")},
    };
    fixture *f = *state;
    if (!is_dialect(f, "postgresql")) {
        calx_create_all(f->engine, pairs_models, 1, CALX_NO_DEADLINE, &f->err);
        assert_int_equal(f->err.code, CALX_ERROR_UNSUPPORTED);
        assert_non_null(strstr(f->err.message, "model Pairs, column \"pairs\""));
        return;
    }
    command(f, "CREATE EXTENSION IF NOT EXISTS hstore");
    assert_ok(f, calx_drop_all(f->engine, pairs_models, 1, CALX_NO_DEADLINE, &f->err));
    assert_ok(f, calx_create_all(f->engine, pairs_models, 1, CALX_NO_DEADLINE, &f->err));
    Pairs *pairs = Pairs_new(f->session);
    pairs->pairs = (calx_hstore){items, 5};
    Pairs *null = Pairs_new(f->session);
    assert_int_equal(calx_session_commit(f->session), 0);
    calx_session *session = calx_session_create(f->engine);
    Pairs *again = calx_get(session, Pairs, pairs->id);
    assert_session_ok(session);
    assert_int_equal(again->pairs.count, 5);
    assert_true(calx_type_hstore.equal(&Pairs_model.columns[1], &again->pairs, &pairs->pairs));
    assert_null(((Pairs *)calx_get(session, Pairs, null->id))->pairs.items);
    calx_session_destroy(session);
    pairs->pairs = (calx_hstore){(calx_hstore_item[]){items[0], items[0]}, 2};
    calx_session_flush(f->session);
    assert_failed(f->session, CALX_ERROR_INVALID, "item 2: the key was there before");
    calx_session_rollback(f->session);
    assert_ok(f, calx_drop_all(f->engine, pairs_models, 1, CALX_NO_DEADLINE, &f->err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_of(arrays_keep_every_item),
        test_of(texts_of_arrays_are_never_mistaken),
        test_of(empty_arrays_are_not_null),
        test_of(bad_items_are_named),
        test_of(arrays_are_lent_until_the_flush),
        test_of(hstore_keeps_its_pairs_where_there_is_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
