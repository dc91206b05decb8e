/* How an event looks as a line: calx_event_format. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <calx/engine.h>

static calx_event statement(const char *sql, const calx_value *binds, size_t bind_count)
{
    return (calx_event){.kind = CALX_EVENT_STATEMENT,
                        .sql = sql,
                        .sql_length = strlen(sql),
                        .binds = binds,
                        .bind_count = bind_count};
}

static void assert_line(const calx_event *event, const char *expected)
{
    char line[512];
    memset(line, '#', sizeof line);
    calx_event_format(event, line, sizeof line);
    assert_string_equal(line, expected);
}

static void assert_value(calx_value value, const char *expected)
{
    calx_event event = statement("", &value, 1);
    assert_line(&event, expected);
}

static calx_value text(const char *string)
{
    return calx_value_text(calx_text_of(string));
}

static void transactions_are_single_words(void **state)
{
    (void)state;
    assert_line(&(calx_event){.kind = CALX_EVENT_BEGIN}, "BEGIN");
    assert_line(&(calx_event){.kind = CALX_EVENT_COMMIT}, "COMMIT");
    assert_line(&(calx_event){.kind = CALX_EVENT_ROLLBACK}, "ROLLBACK");
    assert_line(&(calx_event){.kind = CALX_EVENT_CONNECT}, "CONNECT");
}

static void a_failure_is_named_by_its_class(void **state)
{
    (void)state;
    calx_error error = {0};
    calx_error_set(&error, CALX_ERROR_DEADLOCK, "details stay out");
    assert_line(&(calx_event){.kind = CALX_EVENT_COMMIT, .error = &error}, "COMMIT (deadlock)");
}

static void binds_follow_the_text_in_brackets(void **state)
{
    (void)state;
    calx_value binds[] = {calx_value_integer(3), text("title"), calx_value_null()};
    calx_event event = statement("SELECT ? + ?, ?", binds, 3);
    assert_line(&event, "SELECT ? + ?, ? [3, 'title', NULL]");
    event = statement("SELECT 1", NULL, 0);
    assert_line(&event, "SELECT 1");
}

static void every_kind_has_its_form(void **state)
{
    (void)state;
    assert_value(calx_value_boolean(true), " [true]");
    assert_value(calx_value_integer(INT64_MIN), " [-9223372036854775808]");
    assert_value(calx_value_double(0.1), " [0.1]");
    assert_value(calx_value_double(0.1 + 0.2), " [0.30000000000000004]");
    assert_value(calx_value_blob((calx_blob){"\0\1\2", 3}), " [<3 bytes>]");
    assert_value(calx_value_datetime((calx_datetime){1}), " ['1970-01-01 00:00:00.000001']");
    calx_value decimal = text("1.50");
    decimal.kind = CALX_KIND_DECIMAL;
    assert_value(decimal, " ['1.50']");
}

static void quotes_are_doubled_and_controls_escaped(void **state)
{
    (void)state;
    assert_value(text("it's"), " ['it''s']");
    assert_value(text("a\nb\x1b[2J\x7f"), " ['a\\nb\\x1b[2J\\x7f']");
    assert_value(text("C:\\n"), " ['C:\\\\n']");
    assert_value(text("\xC2\x9B"), " ['\\x9b']");
    assert_value(text("\xC3\xA9\xFF"), " ['\xC3\xA9\\xff']");
    assert_value(calx_value_text((calx_text){"a\0b", 3}), " ['a\\x00b']");
}

static void a_statement_stays_on_one_line(void **state)
{
    (void)state;
    calx_event event = statement("SELECT 1\n\tFROM x", NULL, 0);
    assert_line(&event, "SELECT 1  FROM x");
}

static void long_text_is_cut_between_characters(void **state)
{
    (void)state;
    char value[200];
    char expected[300];
    memset(value, 'a', sizeof value);
    memcpy(value + 99, "\xC3\xA9", 2); /* its second byte would be the 101st */
    snprintf(expected, sizeof expected, " ['%.99s'\xE2\x80\xA6]", value);
    assert_value(calx_value_text((calx_text){value, 150}), expected);
    snprintf(expected, sizeof expected, " ['%.99s']", value);
    assert_value(calx_value_text((calx_text){value, 99}), expected);
}

/* Whatever room there is, the line fits, ends with NUL, and is whole characters. */
static void a_line_never_exceeds_its_room(void **state)
{
    (void)state;
    calx_value binds[] = {text("\xE2\x82\xAC\xE2\x82\xAC"), calx_value_integer(12345)};
    calx_event event = statement("SELECT \xC3\xA9", binds, 2);
    const char *whole = "SELECT \xC3\xA9 ['\xE2\x82\xAC\xE2\x82\xAC', 12345]";
    for (size_t size = 0; size < strlen(whole) + 8; size++) {
        char *line = malloc(size + 1);
        memset(line, '#', size + 1);
        calx_event_format(&event, line, size);
        assert_int_equal(line[size], '#');
        if (size > 0) {
            size_t length = strnlen(line, size);
            assert_true(length < size);
            assert_true(calx_utf8_valid(line, length));
        }
        if (size > strlen(whole) + 3)
            assert_string_equal(line, whole);
        free(line);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transactions_are_single_words),
        cmocka_unit_test(a_failure_is_named_by_its_class),
        cmocka_unit_test(binds_follow_the_text_in_brackets),
        cmocka_unit_test(every_kind_has_its_form),
        cmocka_unit_test(quotes_are_doubled_and_controls_escaped),
        cmocka_unit_test(a_statement_stays_on_one_line),
        cmocka_unit_test(long_text_is_cut_between_characters),
        cmocka_unit_test(a_line_never_exceeds_its_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
