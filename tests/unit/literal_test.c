/* literal_test.c: Python literals, as text in and a value out; what is none is refused with a
 * reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "server/web/literal.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

/* What was read, written again: one text for every spelling of a value. */
static void assert_reads(const char *text, const char *written)
{
    calx_buffer out = {0};
    json_t *value = calx__literal_read_whole(text);
    if (!value)
        fail_msg("%s: it is refused", text);
    calx__literal_write(value, &out);
    calx_buffer_append(&out, "", 1);
    assert_false(out.failed);
    if (strcmp(out.data, written) != 0)
        fail_msg("%s: read as %s, not %s", text, out.data, written);
    json_decref(value);
    calx_buffer_finish(&out);
}

typedef struct reading {
    const char *text;
    const char *written;
} reading;

static void assert_all_read(const reading *readings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_reads(readings[i].text, readings[i].written);
        assert_reads(readings[i].written, readings[i].written);
    }
}

static void literal_reads_text(void **state)
{
    static const reading readings[] = {
        {"'a'", "'a'"},
        {"\"a\"", "'a'"},
        {"''", "''"},
        {"'it\\'s'", "\"it's\""},
        {"\"it's\"", "\"it's\""},
        {"'\"\\''", "'\"\\''"},
        {"'a#b'", "'a#b'"},
        {"'\\n\\r\\t\\\\'", "'\\n\\r\\t\\\\'"},
        {"'\\a\\b\\f\\v'", "'\\x07\\x08\\x0c\\x0b'"},
        {"'\\x41\\101\\u0041\\U00000041'", "'AAAA'"},
        {"'\\7z\\1018'", "'\\x07zA8'"},
        {"'\\xe9\\u20ac\\U0001f600'", "'\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80'"},
        {"'\xC3\xA9'", "'\xC3\xA9'"},
        {"'\\q\\.'", "'\\\\q\\\\.'"},
        {"'a\\\nb'", "'ab'"},
        {"r'\\n\\''", "\"\\\\n\\\\'\""},
        {"R'a' u'b' U\"c\"", "'abc'"},
        {"'a' \"b\"'c'", "'abc'"},
        {"'''a'b\n\"c'''", "'a\\'b\\n\"c'"},
        {"\"\"\"a\"\"\"", "'a'"},
        {"''''''", "''"},
    };
    (void)state;
    assert_all_read(readings, ROWS(readings));
}

static void literal_reads_numbers(void **state)
{
    static const reading readings[] = {
        {"0", "0"},
        {"00", "0"},
        {"8000", "8000"},
        {"-1", "-1"},
        {"+1", "1"},
        {"- 1", "-1"},
        {"-0", "0"},
        {"1_000_000", "1000000"},
        {"0x1F41", "8001"},
        {"0o17", "15"},
        {"0B101", "5"},
        {"-0x10", "-16"},
        {"9223372036854775807", "9223372036854775807"},
        {"-9223372036854775808", "-9223372036854775808"},
        {"2.5", "2.5"},
        {".5", "0.5"},
        {"1.", "1.0"},
        {"-1.25", "-1.25"},
        {"1e3", "1000.0"},
        {"1_0.0_1", "10.01"},
        {"25E-1", "2.5"},
    };
    (void)state;
    assert_all_read(readings, ROWS(readings));
}

static void literal_reads_constants_and_containers(void **state)
{
    static const reading readings[] = {
        {"True", "True"},
        {"False", "False"},
        {"None", "None"},
        {"[]", "[]"},
        {"()", "[]"},
        {"{}", "{}"},
        {"[1, 'a', None]", "[1, 'a', None]"},
        {"[1,\n  2, # two\n\n  3,\n]", "[1, 2, 3]"},
        {"(1,)", "[1]"},
        {"(1, 2)", "[1, 2]"},
        {"('a'\n 'b')", "'ab'"},
        {"((8000))", "8000"},
        {"{'a': 1, \"b\": [True]}", "{'a': 1, 'b': [True]}"},
        {"{ 'a' : { } , }", "{'a': {}}"},
        {"{'a': 1, 'a': 2}", "{'a': 2}"},
        {"{'a' 'b': 1}", "{'ab': 1}"},
        {"  True  # yes", "True"},
    };
    (void)state;
    assert_all_read(readings, ROWS(readings));
}

static void literal_says_why_it_refuses(void **state)
{
    static const struct {
        const char *text;
        const char *problem;
    } refusals[] = {
        {"", "expected text"},
        {"true", "capital"},
        {"NONE", "capital"},
        {"null", "capital"},
        {"os.environ['HOME']", "expected text"},
        {"open('x')", "expected text"},
        {"sqlite://", "expected text"},
        {"\xC3\xA9", "expected text"},
        {"'open", "not closed"},
        {"'open\nclosed'", "not closed"},
        {"'open\\", "not closed"},
        {"'open\\'", "not closed"},
        {"r'open\\", "not closed"},
        {"'''open''", "not closed"},
        {"'a' 'open", "not closed"},
        {"b'a'", "prefix"},
        {"f'a'", "prefix"},
        {"rb'a'", "prefix"},
        {"'\\0'", "NUL"},
        {"'\\x00'", "NUL"},
        {"'\\x4'", "too few digits"},
        {"'\\u12'", "too few digits"},
        {"'\\ud800'", "no character"},
        {"'\\U00110000'", "no character"},
        {"'\\N{DASH}'", "not supported"},
        {"007", "begins with 0"},
        {"0x", "without digits"},
        {"9223372036854775808", "64 bits"},
        {"-9223372036854775809", "64 bits"},
        {"0xFFFFFFFFFFFFFFFFF", "64 bits"},
        {"1e999", "too large"},
        {"11111111112222222222333333333344444444445555555555666666666677777", "too long"},
        {"-", "sign without"},
        {"--1", "sign without"},
        {"-True", "sign without"},
        {"[1", "not closed"},
        {"[1 2]", "comma"},
        {"[,]", "expected text"},
        {"{'a': 1", "not closed"},
        {"{'a'", "not closed"},
        {"{'a'}", "colon"},
        {"{1: 2}", "key of a dict"},
        {"{'a': }", "expected text"},
        {"(1]", "comma or a closing bracket"},
        {"[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]", "too many brackets"},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(refusals); i++) {
        calx_literal_reader reader = {.at = refusals[i].text, .line = 1};
        if (calx__literal_read(&reader))
            fail_msg("%s: it is read", refusals[i].text);
        if (!strstr(reader.problem, refusals[i].problem))
            fail_msg("%s: %s", refusals[i].text, reader.problem);
    }
}

static void literal_allows_brackets_up_to_the_limit(void **state)
{
    (void)state;
    assert_reads("[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]", "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]");
}

static void literal_stops_behind_the_value_and_counts_lines(void **state)
{
    calx_literal_reader reader = {.at = "[1,\n2] x", .line = 3};
    (void)state;
    json_t *value = calx__literal_read(&reader);
    assert_non_null(value);
    assert_int_equal(reader.line, 4);
    assert_string_equal(reader.at, " x");
    json_decref(value);
}

static void literal_read_whole_refuses_what_follows(void **state)
{
    static const char *const texts[] = {"1 2",   "8000x", "127.0.0.1", "1+1",  "'a'.upper()",
                                        "True,", "[1]]",  "0b12",      "1__0", "1_"};
    (void)state;
    for (size_t i = 0; i < ROWS(texts); i++)
        if (calx__literal_read_whole(texts[i]))
            fail_msg("%s: it is read", texts[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(literal_reads_text),
        cmocka_unit_test(literal_reads_numbers),
        cmocka_unit_test(literal_reads_constants_and_containers),
        cmocka_unit_test(literal_says_why_it_refuses),
        cmocka_unit_test(literal_allows_brackets_up_to_the_limit),
        cmocka_unit_test(literal_stops_behind_the_value_and_counts_lines),
        cmocka_unit_test(literal_read_whole_refuses_what_follows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
