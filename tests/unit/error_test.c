/* error_test.c: the error struct. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include <calx/error.h>
#include <calx/value.h>

static void error_set_returns_its_code_and_fills_the_error(void **state)
{
    (void)state;
    calx_error err = {0};
    int status = calx_error_set(&err, CALX_ERROR_UNIQUE, "row %d of \"%s\"", 7, "todos");
    assert_int_equal(status, CALX_ERROR_UNIQUE);
    assert_int_equal(err.code, CALX_ERROR_UNIQUE);
    assert_string_equal(err.message, "row 7 of \"todos\"");
    assert_int_equal(err.outcome, CALX_OUTCOME_NOT_DONE);
}

static void error_set_accepts_null(void **state)
{
    (void)state;
    assert_int_equal(calx_error_set(NULL, CALX_ERROR_IO, "x"), CALX_ERROR_IO);
    calx_error_prefix(NULL, "x");
    calx_error_clear(NULL);
}

static void error_set_keeps_the_first_error(void **state)
{
    (void)state;
    calx_error err = {0};
    calx_error_set(&err, CALX_ERROR_DEADLOCK, "first");
    assert_int_equal(calx_error_set(&err, CALX_ERROR_IO, "second"), CALX_ERROR_IO);
    assert_int_equal(err.code, CALX_ERROR_DEADLOCK);
    assert_string_equal(err.message, "first");
}

static void error_retryable_follows_from_the_class(void **state)
{
    (void)state;
    calx_error err = {0};
    calx_error_set(&err, CALX_ERROR_SERIALIZATION, "x");
    assert_true(err.retryable);
    calx_error_clear(&err);
    assert_false(err.retryable);
    calx_error_set(&err, CALX_ERROR_TIMEOUT, "x");
    assert_false(err.retryable);
}

static void error_message_is_one_line(void **state)
{
    (void)state;
    calx_error err = {0};
    calx_error_set(&err, CALX_ERROR_DATABASE, "ERROR:  a\r\nDETAIL:\tb\x1b[31m\v\n\n");
    assert_string_equal(err.message, "ERROR:  a  DETAIL: b [31m");
}

static void error_message_is_cut_between_characters(void **state)
{
    (void)state;
    const char *const characters[] = {"a", "\xC3\xA4", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"};
    for (size_t i = 0; i < 4; i++) {
        for (size_t shift = 0; shift < 4; shift++) {
            char text[3 * CALX_ERROR_MESSAGE_MAX] = "";
            memset(text, '-', shift);
            while (strlen(text) < 2 * CALX_ERROR_MESSAGE_MAX)
                strcat(text, characters[i]);
            calx_error err = {0};
            calx_error_set(&err, CALX_ERROR_DATABASE, "%s", text);
            size_t length = strlen(err.message);
            assert_true(length < CALX_ERROR_MESSAGE_MAX);
            assert_true(length + strlen(characters[i]) >= CALX_ERROR_MESSAGE_MAX);
            assert_true(calx_utf8_valid(err.message, length));
            assert_memory_equal(err.message, text, length);
        }
    }
}

static void error_message_that_fits_exactly_is_not_cut(void **state)
{
    (void)state;
    char text[CALX_ERROR_MESSAGE_MAX];
    memset(text, 'x', sizeof(text) - 3);
    strcpy(text + sizeof(text) - 3, "\xC3\xA4");
    calx_error err = {0};
    calx_error_set(&err, CALX_ERROR_DATABASE, "%s", text);
    assert_string_equal(err.message, text);
}

static void error_message_in_another_encoding_survives(void **state)
{
    (void)state;
    char text[2 * CALX_ERROR_MESSAGE_MAX];
    memset(text, 0x80, sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    calx_error err = {0};
    calx_error_set(&err, CALX_ERROR_DATABASE, "%s", text);
    assert_true(strlen(err.message) > CALX_ERROR_MESSAGE_MAX - 8);
}

static void error_prefix_stands_before_the_message(void **state)
{
    (void)state;
    calx_error err = {0};
    calx_error_prefix(&err, "nothing yet");
    assert_string_equal(err.message, "");
    calx_error_set(&err, CALX_ERROR_MISFIT, "too big");
    calx_error_prefix(&err, "column \"%s\"", "order");
    calx_error_prefix(&err, "row %d", 3);
    assert_string_equal(err.message, "row 3: column \"order\": too big");
    assert_int_equal(err.code, CALX_ERROR_MISFIT);
}

static void error_prefix_on_a_full_message_stays_in_its_room(void **state)
{
    (void)state;
    char text[CALX_ERROR_MESSAGE_MAX];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    calx_error err = {0};
    calx_error_set(&err, CALX_ERROR_MISFIT, "%s", text);
    calx_error_prefix(&err, "row");
    assert_memory_equal(err.message, "row: xxx", 8);
    assert_int_equal(strlen(err.message), CALX_ERROR_MESSAGE_MAX - 1);
}

static void error_clear_makes_room_for_the_next(void **state)
{
    (void)state;
    const calx_error none = {0};
    calx_error err = {0};
    calx_error_set(&err, CALX_ERROR_IO, "x");
    err.outcome = CALX_OUTCOME_UNKNOWN;
    err.native_code = 5;
    calx_error_clear(&err);
    assert_memory_equal(&err, &none, sizeof(err));
}

static void error_class_names_are_the_printed_ones(void **state)
{
    (void)state;
    assert_string_equal(calx_error_class_name(CALX_OK), "ok");
    assert_string_equal(calx_error_class_name(CALX_ERROR_UNIQUE), "unique constraint");
    assert_string_equal(calx_error_class_name(CALX_ERROR_MODEL), "bad model");
    assert_string_equal(calx_error_class_name((calx_error_class)-999), "unknown error");
}

static void error_is_transient_when_the_database_may_come_back(void **state)
{
    (void)state;
    assert_true(calx_error_is_transient(CALX_ERROR_LOCK_TIMEOUT));
    assert_true(calx_error_is_transient(CALX_ERROR_UNREACHABLE));
    assert_true(calx_error_is_transient(CALX_ERROR_DISK_FULL));
    assert_true(calx_error_is_transient(CALX_ERROR_POOL_TIMEOUT));
    assert_false(calx_error_is_transient(CALX_OK));
    assert_false(calx_error_is_transient(CALX_ERROR_UNIQUE));
    assert_false(calx_error_is_transient(CALX_ERROR_SYNTAX));
    assert_false(calx_error_is_transient(CALX_ERROR_URL));
}

/* A class that says "run it again" without being one that passes would be a contradiction. */
static void error_every_retryable_class_is_transient(void **state)
{
    (void)state;
#define CHECK(name, code, retryable, text)                                                         \
    if (retryable)                                                                                 \
        assert_true(calx_error_is_transient(CALX_ERROR_##name));
    CALX_ERROR_CLASSES(CHECK)
#undef CHECK
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(error_set_returns_its_code_and_fills_the_error),
        cmocka_unit_test(error_set_accepts_null),
        cmocka_unit_test(error_set_keeps_the_first_error),
        cmocka_unit_test(error_retryable_follows_from_the_class),
        cmocka_unit_test(error_message_is_one_line),
        cmocka_unit_test(error_message_is_cut_between_characters),
        cmocka_unit_test(error_message_that_fits_exactly_is_not_cut),
        cmocka_unit_test(error_message_in_another_encoding_survives),
        cmocka_unit_test(error_prefix_stands_before_the_message),
        cmocka_unit_test(error_prefix_on_a_full_message_stays_in_its_room),
        cmocka_unit_test(error_clear_makes_room_for_the_next),
        cmocka_unit_test(error_class_names_are_the_printed_ones),
        cmocka_unit_test(error_is_transient_when_the_database_may_come_back),
        cmocka_unit_test(error_every_retryable_class_is_transient),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
