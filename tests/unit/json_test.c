/* JSON without a database: the parser's limits, strings, and every type in and out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <math.h>

#include <calx/json.h>

#include "core/schema/type.h"

/* ---- The parser ---- */

static int parse(const char *data, size_t length, calx_error *err)
{
    json_t *json = NULL;
    *err = (calx_error){0};
    int status = calx_json_parse((calx_text){data, length}, &json, err);
    assert_true((status == 0) == (json != NULL));
    assert_int_equal(status, err->code);
    json_decref(json);
    return status;
}

#define assert_parsed(literal)                                                                     \
    do {                                                                                           \
        calx_error problem;                                                                        \
        if (parse(literal, sizeof literal - 1, &problem) != 0)                                     \
            fail_msg("%s: %s", literal, problem.message);                                          \
    } while (0)

#define assert_refused(literal, words)                                                             \
    do {                                                                                           \
        calx_error problem;                                                                        \
        if (parse(literal, sizeof literal - 1, &problem) != CALX_ERROR_INVALID ||                  \
            strstr(problem.message, words) == NULL)                                                \
            fail_msg("%s: %d %s", literal, problem.code, problem.message);                         \
    } while (0)

static void objects_are_parsed(void **state)
{
    (void)state;
    assert_parsed("{}");
    assert_parsed(" {\"a\": [1, 2.5e3, \"\\u00e4\\ud83d\\ude00\", null, true]}\r\n");
    assert_parsed("{\"a\": \"{[\\\"{[\"}");
}

static void other_things_are_refused(void **state)
{
    (void)state;
    assert_refused("", "JSON");
    assert_refused("   ", "JSON");
    assert_refused("[]", "expected an object");
    assert_refused("1", "expected an object");
    assert_refused("null", "expected an object");
    assert_refused("{} {}", "JSON");
    assert_refused("{}x", "JSON");
    assert_refused("{\"a\": 1,}", "JSON");
    assert_refused("{'a': 1}", "JSON");
    assert_refused("{\"a\": 01}", "JSON");
    assert_refused("{\"a\": +1}", "JSON");
    assert_refused("{\"a\": NaN}", "JSON");
    assert_refused("{\"a\": Infinity}", "JSON");
    assert_refused("{\"a\": 1e999}", "JSON");
    assert_refused("{\"a\": 99999999999999999999}", "JSON");
    assert_refused("{\"a\": 1 /* one */}", "JSON");
    assert_refused("\xef\xbb\xbf{}", "JSON");
    calx_error err;
    assert_int_equal(parse(NULL, 0, &err), CALX_ERROR_INVALID);
}

static void strings_are_unicode_without_nul(void **state)
{
    (void)state;
    assert_refused("{\"a\": \"\\ud800\"}", "JSON");
    assert_refused("{\"a\": \"\\udc00\\ud800\"}", "JSON");
    assert_refused("{\"a\": \"\\u0000\"}", "JSON");
    assert_refused("{\"\\u0000\": 1}", "JSON");
    assert_refused("{\"a\": \"\xff\"}", "JSON");
    assert_refused("{\"a\": \"\xed\xa0\x80\"}", "JSON");
    assert_refused("{\"a\": \"\n\"}", "JSON");
    assert_refused("{\"a\": \"\0\"}", "JSON");
    assert_refused("{\"a\": \"", "JSON");
    assert_refused("{\"a\": \"\\", "JSON");
}

static void keys_appear_once(void **state)
{
    (void)state;
    assert_refused("{\"a\": 1, \"a\": 2}", "duplicate");
    assert_refused("{\"b\": {\"a\": 1, \"\\u0061\": 2}}", "duplicate");
}

static size_t nest(char *out, int levels)
{
    char *to = out + sprintf(out, "{\"a\":");
    memset(to, '[', (size_t)levels - 1);
    memset(to + levels - 1, ']', (size_t)levels - 1);
    to += 2 * (levels - 1);
    *to++ = '}';
    return (size_t)(to - out);
}

static void nesting_has_a_limit(void **state)
{
    static char text[300000];
    calx_error err;
    (void)state;
    assert_int_equal(parse(text, nest(text, CALX_JSON_DEPTH_MAX), &err), 0);
    assert_int_equal(parse(text, nest(text, CALX_JSON_DEPTH_MAX + 1), &err), CALX_ERROR_INVALID);
    assert_string_equal(err.message, "JSON is nested deeper than 64 levels");
    assert_int_equal(parse(text, nest(text, 100000), &err), CALX_ERROR_INVALID);
    memset(text, '[', sizeof text);
    assert_int_equal(parse(text, sizeof text, &err), CALX_ERROR_INVALID);
}

/* ---- Strings out ---- */

static void assert_written(const char *data, size_t length, const char *expected)
{
    calx_buffer out = {0};
    calx_json_write_string(&out, (calx_text){data, length});
    calx_buffer_append(&out, "", 1);
    assert_string_equal(out.data, expected);
    calx_buffer_finish(&out);
}

static void strings_are_escaped(void **state)
{
    (void)state;
    assert_written("", 0, "\"\"");
    assert_written("a\"b\\c/d", 7, "\"a\\\"b\\\\c/d\"");
    assert_written("\b\f\n\r\t", 5, "\"\\b\\f\\n\\r\\t\"");
    assert_written("\0\x01\x1f\x7f", 4, "\"\\u0000\\u0001\\u001f\\u007f\"");
    assert_written("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", 9,
                   "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"");
}

/* The scan takes sixteen bytes at a time. */
static void a_quote_is_escaped_wherever_it_stands(void **state)
{
    (void)state;
    for (size_t length = 1; length <= 50; length++)
        for (size_t at = 0; at < length; at++) {
            char text[50];
            char expected[54];
            memset(text, '~', sizeof text);
            text[at] = '"';
            snprintf(expected, sizeof expected, "\"%.*s\\\"%.*s\"", (int)at, text,
                     (int)(length - at - 1), text + at + 1);
            assert_written(text, length, expected);
        }
}

static void every_byte_among_others_is_written_as_alone(void **state)
{
    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        char text[17];
        char expected[32];
        calx_buffer alone = {0};
        memset(text, ' ', sizeof text);
        text[9] = (char)byte;
        calx_json_write_string(&alone, (calx_text){&text[9], 1});
        snprintf(expected, sizeof expected, "\"         %.*s       \"", (int)alone.length - 2,
                 alone.data + 1);
        assert_written(text, sizeof text, expected);
        calx_buffer_finish(&alone);
    }
}

#define REPLACED "\xef\xbf\xbd"

static void what_is_not_utf8_is_replaced(void **state)
{
    (void)state;
    assert_written("a\xff", 2, "\"a" REPLACED "\"");
    assert_written("\xc3", 1, "\"" REPLACED "\"");
    assert_written("\xe2\x82", 2, "\"" REPLACED REPLACED "\"");
    assert_written("\xc0\xaf", 2, "\"" REPLACED REPLACED "\"");
    assert_written("\xed\xa0\x80", 3, "\"" REPLACED REPLACED REPLACED "\"");
    assert_written(
        "\xf0\x9f\x98"
        "a",
        4, "\"" REPLACED REPLACED REPLACED "a\"");
    assert_written("\xf5\x80\x80\x80", 4, "\"" REPLACED REPLACED REPLACED REPLACED "\"");
}

/* ---- Types ---- */

static char written[256];

/* What a member reads as from JSON text, or the error's words. */
static const char *through(const calx_type *type, bool nullable, uint32_t length, const char *text)
{
    calx_column column = {.member = "c", .type = type, .nullable = nullable, .length = length};
    max_align_t member[4] = {0};
    calx_arena arena = {0};
    calx_buffer out = {0};
    calx_error err = {0};
    json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);
    assert_non_null(json);
    int status = type->json_read(&column, json, member, &arena, &err);
    assert_int_equal(status, err.code);
    if (status == 0)
        type->json_write(&column, member, &out);
    snprintf(written, sizeof written, "%.*s", status == 0 ? (int)out.length : 200,
             status == 0 ? out.data : err.message);
    json_decref(json);
    calx_buffer_finish(&out);
    calx_arena_finish(&arena);
    return written;
}

static void assert_both(const calx_type *type, const char *text, const char *expected)
{
    assert_string_equal(through(type, false, 0, text), expected);
    assert_string_equal(through(type, true, 0, text), expected);
}

static void integers_are_integers(void **state)
{
    (void)state;
    assert_both(&calx_type_integer, "2147483647", "2147483647");
    assert_both(&calx_type_integer, "-2147483648", "-2147483648");
    assert_both(&calx_type_integer, "2147483648", "2147483648 is out of range");
    assert_both(&calx_type_integer, "-2147483649", "-2147483649 is out of range");
    assert_both(&calx_type_integer, "1.0", "expected integer, got real number");
    assert_both(&calx_type_integer, "1e2", "expected integer, got real number");
    assert_both(&calx_type_integer, "true", "expected integer, got boolean");
    assert_both(&calx_type_integer, "\"1\"", "expected integer, got string");
    assert_both(&calx_type_integer, "[1]", "expected integer, got array");
    assert_both(&calx_type_big_integer, "9223372036854775807", "9223372036854775807");
    assert_both(&calx_type_big_integer, "-9223372036854775808", "-9223372036854775808");
    assert_both(&calx_type_big_integer, "{}", "expected integer, got object");
}

static void booleans_are_booleans(void **state)
{
    (void)state;
    assert_both(&calx_type_boolean, "true", "true");
    assert_both(&calx_type_boolean, "false", "false");
    assert_both(&calx_type_boolean, "0", "expected boolean, got integer");
    assert_both(&calx_type_boolean, "\"true\"", "expected boolean, got string");
}

static void doubles_are_as_short_as_they_can_be(void **state)
{
    (void)state;
    assert_both(&calx_type_double, "0.1", "0.1");
    assert_both(&calx_type_double, "0.30000000000000004", "0.30000000000000004");
    assert_both(&calx_type_double, "1", "1.0");
    assert_both(&calx_type_double, "-0.0", "-0.0");
    assert_both(&calx_type_double, "1e300", "1e+300");
    assert_both(&calx_type_double, "5e-324", "4.94065645841247e-324");
    assert_both(&calx_type_double, "1.7976931348623157e308", "1.7976931348623157e+308");
    assert_both(&calx_type_double, "\"1\"", "expected number, got string");
}

static void doubles_that_json_does_not_know_are_null(void **state)
{
    calx_column column = {.type = &calx_type_double};
    double numbers[] = {NAN, INFINITY, -INFINITY};
    (void)state;
    for (int i = 0; i < 3; i++) {
        calx_buffer out = {0};
        calx_type_double.json_write(&column, &numbers[i], &out);
        assert_int_equal(out.length, 4);
        assert_memory_equal(out.data, "null", 4);
        calx_buffer_finish(&out);
    }
}

static void text_is_checked_as_for_the_database(void **state)
{
    (void)state;
    assert_both(&calx_type_string, "\"a\\u00e4\"", "\"a\xc3\xa4\"");
    assert_both(&calx_type_text, "\"\"", "\"\"");
    assert_both(&calx_type_text, "1", "expected string, got integer");
    assert_string_equal(through(&calx_type_string, true, 2, "\"\\u00e4\\u00e4\""),
                        "\"\xc3\xa4\xc3\xa4\"");
    assert_string_equal(through(&calx_type_string, true, 2, "\"abc\""), "more than 2 characters");
}

static void bytes_are_base64(void **state)
{
    (void)state;
    assert_both(&calx_type_large_binary, "\"\"", "\"\"");
    assert_both(&calx_type_large_binary, "\"AA==\"", "\"AA==\"");
    assert_both(&calx_type_large_binary, "\"AP8=\"", "\"AP8=\"");
    assert_both(&calx_type_large_binary, "\"AP8+\"", "\"AP8+\"");
    static const char *const wrong[] = {"\"A\"",    "\"AA=A\"", "\"A===\"",    "\"====\"",
                                        "\"AP8-\"", "\"AP8 \"", "\" AP8\"",    "\"AA==AA==\"",
                                        "\"AP8*\"", "\"=AAA\"", "\"AAAA\\n\"", "\"AAAAA\""};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_both(&calx_type_large_binary, wrong[i], "expected base64");
    assert_both(&calx_type_large_binary, "1", "expected string (base64), got integer");
}

static void long_bytes_are_one_base64(void **state)
{
    static unsigned char bytes[10000];
    calx_column column = {.type = &calx_type_large_binary};
    (void)state;
    for (size_t length = 9210; length < 9222; length++) {
        calx_blob blob = {bytes, length};
        calx_blob again = {0};
        calx_buffer out = {0};
        calx_arena arena = {0};
        memset(bytes, (int)length, length);
        calx_type_large_binary.json_write(&column, &blob, &out);
        json_t *json = json_loadb(out.data, out.length, JSON_DECODE_ANY, NULL);
        assert_non_null(json);
        assert_int_equal(calx_type_large_binary.json_read(&column, json, &again, &arena, NULL), 0);
        assert_int_equal(again.length, length);
        assert_memory_equal(again.data, bytes, length);
        json_decref(json);
        calx_buffer_finish(&out);
        calx_arena_finish(&arena);
    }
}

static void datetimes_are_iso_8601(void **state)
{
    (void)state;
    assert_both(&calx_type_datetime, "\"2026-11-22T10:30:00\"", "\"2026-11-22T10:30:00\"");
    assert_both(&calx_type_datetime, "\"2026-11-22\"", "\"2026-11-22T00:00:00\"");
    assert_both(&calx_type_datetime, "\"2026-11-22T10:30:00.5+02:00\"",
                "\"2026-11-22T08:30:00.500000\"");
    assert_both(&calx_type_datetime, "\"0001-01-01 00:00:00.000001\"",
                "\"0001-01-01T00:00:00.000001\"");
    assert_both(&calx_type_datetime, "\"2026-02-29\"", "expected a date and time as in ISO 8601");
    assert_both(&calx_type_datetime, "\"\"", "expected a date and time as in ISO 8601");
    assert_both(&calx_type_datetime, "0", "expected string (date and time), got integer");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_are_parsed),
        cmocka_unit_test(other_things_are_refused),
        cmocka_unit_test(strings_are_unicode_without_nul),
        cmocka_unit_test(keys_appear_once),
        cmocka_unit_test(nesting_has_a_limit),
        cmocka_unit_test(strings_are_escaped),
        cmocka_unit_test(a_quote_is_escaped_wherever_it_stands),
        cmocka_unit_test(every_byte_among_others_is_written_as_alone),
        cmocka_unit_test(what_is_not_utf8_is_replaced),
        cmocka_unit_test(integers_are_integers),
        cmocka_unit_test(booleans_are_booleans),
        cmocka_unit_test(doubles_are_as_short_as_they_can_be),
        cmocka_unit_test(doubles_that_json_does_not_know_are_null),
        cmocka_unit_test(text_is_checked_as_for_the_database),
        cmocka_unit_test(bytes_are_base64),
        cmocka_unit_test(long_bytes_are_one_base64),
        cmocka_unit_test(datetimes_are_iso_8601),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
