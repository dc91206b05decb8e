/* value_test.c: text, UTF-8 and the calendar. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <calx/value.h>

#define DAY_US INT64_C(86400000000)

static void text_null_differs_from_empty(void **state)
{
    (void)state;
    assert_null(calx_text_of(NULL).data);
    assert_non_null(calx_text_of("").data);
    assert_int_equal(calx_text_of("abc").length, 3);
    assert_true(calx_text_equal(calx_text_of(NULL), calx_text_of(NULL)));
    assert_true(calx_text_equal(calx_text_of("a"), calx_text_of("a")));
    assert_false(calx_text_equal(calx_text_of(NULL), calx_text_of("")));
    assert_false(calx_text_equal(calx_text_of(""), calx_text_of(NULL)));
    assert_false(calx_text_equal(calx_text_of("a"), calx_text_of("ab")));
    assert_false(calx_text_equal(calx_text_of("a"), calx_text_of("b")));
}

static void value_constructors_make_null_of_null_data(void **state)
{
    (void)state;
    assert_int_equal(calx_value_text(calx_text_of(NULL)).kind, CALX_KIND_NULL);
    assert_int_equal(calx_value_text(calx_text_of("")).kind, CALX_KIND_TEXT);
    assert_int_equal(calx_value_blob((calx_blob){0}).kind, CALX_KIND_NULL);
    assert_int_equal(calx_value_blob((calx_blob){.data = ""}).kind, CALX_KIND_BLOB);
}

static void kind_names_are_the_printed_ones(void **state)
{
    (void)state;
    assert_string_equal(calx_kind_name(CALX_KIND_NULL), "null");
    assert_string_equal(calx_kind_name(CALX_KIND_INTEGER), "integer");
    assert_string_equal(calx_kind_name(CALX_KIND_DATETIME), "datetime");
    assert_string_equal(calx_kind_name((calx_kind)99), "unknown kind");
}

/* ---- UTF-8 ---- */

/* Every case stands at each place of a word, so that the fast path and its end are met. */
static bool utf8_valid_everywhere(const char *bytes, size_t length, bool expected)
{
    for (size_t before = 0; before < 20; before++) {
        for (size_t after = 0; after < 20; after++) {
            /* Exactly as long as needed: a byte read too many is seen by the sanitizer. */
            size_t size = before + length + after;
            char *text = malloc(size + 1);
            memset(text, 'a', size);
            memcpy(text + before, bytes, length);
            char *exact = realloc(text, size ? size : 1);
            bool valid = calx_utf8_valid(exact, size);
            free(exact);
            if (valid != expected)
                return false;
        }
    }
    return true;
}

static void utf8_accepts_every_code_point(void **state)
{
    (void)state;
    for (uint32_t c = 0; c <= 0x10FFFF; c++) {
        unsigned char s[4];
        size_t length = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
        static const unsigned char leads[] = {0, 0, 0xC0, 0xE0, 0xF0};
        for (size_t i = length; i-- > 0;)
            s[i] = (unsigned char)((i ? 0x80u : leads[length]) | ((c >> (6 * (length - 1 - i))) &
                                                                  (i || length > 1 ? 0x3F : 0x7F)));
        bool surrogate = c >= 0xD800 && c <= 0xDFFF;
        if (calx_utf8_valid((const char *)s, length) == surrogate)
            fail_msg("U+%04X", c);
    }
}

static void utf8_accepts_well_formed_text_anywhere(void **state)
{
    (void)state;
    assert_true(utf8_valid_everywhere("", 0, true));
    assert_true(utf8_valid_everywhere("\0", 1, true));
    assert_true(utf8_valid_everywhere("\xC2\x80", 2, true));
    assert_true(utf8_valid_everywhere("\xED\x9F\xBF\xEE\x80\x80", 6, true));
    assert_true(utf8_valid_everywhere("\xF4\x8F\xBF\xBF", 4, true));
}

static void utf8_refuses_ill_formed_text_anywhere(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "\x80",             /* a continuation alone */
        "\xBF",             /* the same */
        "\xC3",             /* cut */
        "\xE2\x82",         /* cut */
        "\xF0\x9F\x98",     /* cut */
        "\xC0\xAF",         /* overlong */
        "\xC1\xBF",         /* overlong */
        "\xE0\x9F\xBF",     /* overlong */
        "\xF0\x8F\xBF\xBF", /* overlong */
        "\xED\xA0\x80",     /* a surrogate */
        "\xED\xBF\xBF",     /* a surrogate */
        "\xF4\x90\x80\x80", /* above U+10FFFF */
        "\xF5\x80\x80\x80", /* above U+10FFFF */
        "\xFE",             /* never used */
        "\xFF",             /* never used */
        "\xC3\xC3",         /* a lead where a continuation belongs */
        "\xE2\x82\x41",     /* the same */
        "\xF0\x9F\x98\xC0", /* the same */
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (!utf8_valid_everywhere(cases[i], strlen(cases[i]), false))
            fail_msg("case %zu", i);
}

/* ---- Date and time ---- */

static bool parse(const char *text, int64_t *us, int32_t *offset)
{
    calx_datetime datetime = {0};
    bool parsed = calx_datetime_parse(calx_text_of(text), &datetime, offset);
    *us = datetime.microseconds;
    return parsed;
}

static void assert_parses(const char *text, int64_t expected_us, int32_t expected_offset)
{
    int64_t us;
    int32_t offset = -1;
    if (!parse(text, &us, &offset))
        fail_msg("%s: refused", text);
    if (us != expected_us || offset != expected_offset)
        fail_msg("%s: %lld %d", text, (long long)us, offset);
}

static void assert_refused(const char *text)
{
    calx_datetime datetime = {.microseconds = 42};
    int32_t offset = 42;
    if (calx_datetime_parse(calx_text_of(text), &datetime, &offset))
        fail_msg("%s: accepted", text);
    assert_int_equal(datetime.microseconds, 42);
    assert_int_equal(offset, 42);
}

static void datetime_parse_reads_every_form(void **state)
{
    (void)state;
    assert_parses("1970-01-01", 0, 0);
    assert_parses("1970-01-02", DAY_US, 0);
    assert_parses("1969-12-31 23:59:59.999999", -1, 0);
    assert_parses("1970-01-01 00:00", 0, 0);
    assert_parses("1970-01-01T01:02", INT64_C(3720000000), 0);
    assert_parses("1970-01-01T01:02:03", INT64_C(3723000000), 0);
    assert_parses("1970-01-01T01:02:03.4", INT64_C(3723400000), 0);
    assert_parses("1970-01-01T01:02:03.000004", INT64_C(3723000004), 0);
    assert_parses("2026-11-22 10:30:00.000000", INT64_C(1795343400000000), 0);
    assert_parses("0001-01-01", CALX_DATETIME_MIN, 0);
    assert_parses("9999-12-31 23:59:59.999999", CALX_DATETIME_MAX, 0);
}

static void datetime_parse_reads_offsets(void **state)
{
    (void)state;
    assert_parses("1970-01-01T00:00Z", 0, 0);
    assert_parses("1970-01-01 00:00:00+00", 0, 0);
    assert_parses("1970-01-01 00:00:00-00:00", 0, 0);
    assert_parses("1970-01-01 02:00:00+02", 0, 7200);
    assert_parses("1970-01-01 05:45:00+05:45", 0, 20700);
    assert_parses("1969-12-31 19:00:00.5-05:00", 500000, -18000);
    assert_parses("1970-01-01 00:19:32+00:19:32", 0, 1172);
    assert_parses("9999-12-31 23:59:59+23:59:59", CALX_DATETIME_MAX - 999999 - 86399000000, 86399);
    int64_t us;
    assert_true(parse("1970-01-01T00:00Z", &us, NULL));
}

static void datetime_parse_refuses_what_is_not_of_the_form(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "1970",
        "1970-1-1",
        "1970-01-01 ",
        "1970-01-01T",
        "1970-01-01t00:00",
        "1970-01-01 00",
        "1970-01-01 0:00",
        "1970-01-01 00:0",
        "1970-01-01 00:00:",
        "1970-01-01 00:00:0",
        "1970-01-01 00:00:00.",
        "1970-01-01 00:00:00.1234567",
        "1970-01-01 00:00:00,5",
        "1970-01-01 00:00.5",
        "1970-01-01 24:00",
        "1970-01-01 00:60",
        "1970-01-01 00:00:60",
        "1970-01-01Z",
        "1970-01-01+01",
        "1970-01-01 00:00z",
        "1970-01-01 00:00ZZ",
        "1970-01-01 00:00 Z",
        "1970-01-01 00:00+",
        "1970-01-01 00:00+1",
        "1970-01-01 00:00+0100",
        "1970-01-01 00:00+24",
        "1970-01-01 00:00+01:60",
        "1970-01-01 00:00+01:00:60",
        "1970-01-01 00:00+01:",
        "1970-01-01 00:00+-1",
        " 1970-01-01",
        "-970-01-01",
        "+970-01-01",
        "1970-00-01",
        "1970-13-01",
        "1970-01-00",
        "1970-01-32",
        "1970-04-31",
        "1970-02-29",
        "1900-02-29",
        "2000-02-30",
        "0000-01-01",
        "12026-01-01",
        "1970/01/01",
        "infinity",
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_refused(cases[i]);
    calx_datetime datetime;
    assert_false(calx_datetime_parse(calx_text_of(NULL), &datetime, NULL));
    assert_false(
        calx_datetime_parse((calx_text){.data = "1970-01-01\0", .length = 11}, &datetime, NULL));
}

static void datetime_parse_refuses_what_an_offset_moves_out_of_range(void **state)
{
    (void)state;
    assert_refused("0001-01-01 00:00:00+00:00:01");
    assert_refused("9999-12-31 23:59:59.999999-00:00:01");
    assert_parses("0001-01-01 00:00:01+00:00:01", CALX_DATETIME_MIN, 1);
}

static void datetime_parse_knows_leap_years(void **state)
{
    (void)state;
    assert_parses("2000-02-29", INT64_C(951782400000000), 0);
    assert_parses("2024-02-29", INT64_C(1709164800000000), 0);
    assert_parses("2000-03-01", INT64_C(951868800000000), 0);
}

static void assert_formats(int64_t us, char separator, const char *expected)
{
    char text[CALX_DATETIME_TEXT_MAX];
    size_t length = calx_datetime_format((calx_datetime){us}, separator, text);
    assert_string_equal(text, expected);
    assert_int_equal(length, strlen(expected));
}

static void datetime_format_writes_both_forms(void **state)
{
    (void)state;
    assert_formats(INT64_C(1795343400000000), ' ', "2026-11-22 10:30:00.000000");
    assert_formats(INT64_C(1795343400000000), 'T', "2026-11-22T10:30:00");
    assert_formats(INT64_C(1795343400000001), 'T', "2026-11-22T10:30:00.000001");
    assert_formats(-1, ' ', "1969-12-31 23:59:59.999999");
    assert_formats(CALX_DATETIME_MIN, 'T', "0001-01-01T00:00:00");
    assert_formats(CALX_DATETIME_MAX, 'T', "9999-12-31T23:59:59.999999");
}

/* The C library's gmtime_r is the other opinion. */
static void datetime_join_is_the_inverse_of_split(void **state)
{
    (void)state;
    static const int64_t times[] = {CALX_DATETIME_MIN, -1, 0, 951782400000000, CALX_DATETIME_MAX};
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        calx_datetime_parts parts;
        calx_datetime back = {0};
        calx_datetime_split((calx_datetime){times[i]}, &parts);
        assert_true(calx_datetime_join(&parts, &back));
        assert_int_equal(back.microseconds, times[i]);
    }
    calx_datetime_parts last;
    calx_datetime_split((calx_datetime){CALX_DATETIME_MAX}, &last);
    assert_int_equal(last.year * 10000 + last.month * 100 + last.day, 99991231);
    assert_int_equal(last.hour * 10000 + last.minute * 100 + last.second, 235959);
    assert_int_equal(last.microsecond, 999999);
}

static void datetime_join_refuses_what_does_not_exist(void **state)
{
    (void)state;
    static const calx_datetime_parts refused[] = {
        {0, 1, 1, 0, 0, 0, 0},     {10000, 1, 1, 0, 0, 0, 0}, {2026, 0, 1, 0, 0, 0, 0},
        {2026, 13, 1, 0, 0, 0, 0}, {2026, 1, 0, 0, 0, 0, 0},  {2026, 2, 29, 0, 0, 0, 0},
        {2026, 1, 1, 24, 0, 0, 0}, {2026, 1, 1, 0, 60, 0, 0}, {2026, 1, 1, 0, 0, 60, 0},
        {2026, 1, 1, -1, 0, 0, 0}, {2026, 1, 1, 0, 0, 0, -1}, {2026, 1, 1, 0, 0, 0, 1000000},
    };
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        calx_datetime untouched = {42};
        assert_false(calx_datetime_join(&refused[i], &untouched));
        assert_int_equal(untouched.microseconds, 42);
    }
}

static void datetime_agrees_with_the_c_library_on_every_day(void **state)
{
    (void)state;
    for (int64_t us = CALX_DATETIME_MIN + 1; us < CALX_DATETIME_MAX; us += DAY_US) {
        char ours[CALX_DATETIME_TEXT_MAX];
        calx_datetime_format((calx_datetime){us}, ' ', ours);
        time_t seconds = (time_t)((us - 1) / 1000000);
        struct tm parts;
        gmtime_r(&seconds, &parts);
        int year = parts.tm_year + 1900;
        int number = (year * 100 + parts.tm_mon + 1) * 100 + parts.tm_mday;
        int ours_number = atoi(ours) * 10000 + atoi(ours + 5) * 100 + atoi(ours + 8);
        calx_datetime back;
        if (number != ours_number || !calx_datetime_parse(calx_text_of(ours), &back, NULL) ||
            back.microseconds != us)
            fail_msg("%s", ours);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_null_differs_from_empty),
        cmocka_unit_test(value_constructors_make_null_of_null_data),
        cmocka_unit_test(kind_names_are_the_printed_ones),
        cmocka_unit_test(utf8_accepts_every_code_point),
        cmocka_unit_test(utf8_accepts_well_formed_text_anywhere),
        cmocka_unit_test(utf8_refuses_ill_formed_text_anywhere),
        cmocka_unit_test(datetime_parse_reads_every_form),
        cmocka_unit_test(datetime_parse_reads_offsets),
        cmocka_unit_test(datetime_parse_refuses_what_is_not_of_the_form),
        cmocka_unit_test(datetime_parse_refuses_what_an_offset_moves_out_of_range),
        cmocka_unit_test(datetime_parse_knows_leap_years),
        cmocka_unit_test(datetime_format_writes_both_forms),
        cmocka_unit_test(datetime_join_is_the_inverse_of_split),
        cmocka_unit_test(datetime_join_refuses_what_does_not_exist),
        cmocka_unit_test(datetime_agrees_with_the_c_library_on_every_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
