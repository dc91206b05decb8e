/* version_test.c: the version of a row as ETag, and what If-Match makes of it. */
#include <string.h>

#include "tests/unit/request_support.h"

#define NOTE(COLUMN, Model)                                                                        \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, INTEGER, version, VERSION)

#define PLAIN(COLUMN, Model) COLUMN(Model, INTEGER, id, PRIMARY_KEY)

CALX_MODEL_DECLARE(Note, NOTE)
CALX_MODEL_DECLARE(Plain, PLAIN)
CALX_MODEL_DEFINE(Note, "notes", NOTE)
CALX_MODEL_DEFINE(Plain, "plain", PLAIN)

static void ask_for(fixture *one, const char *tags)
{
    static calx_http_header condition;
    condition = (calx_http_header){.name = calx_text_of("if-match"), .value = calx_text_of(tags)};
    one->exchange.headers = &condition;
    one->exchange.header_count = 1;
}

static Note *note_of_version(fixture *one, int32_t version)
{
    Note *note = Note_new(one->request.session);
    note->version = version;
    return note;
}

static const char *tag(const fixture *one)
{
    for (size_t i = 0; i < one->exchange.answer_header_count; i++)
        if (calx_text_equal(one->exchange.answer_headers[i].name, calx_text_of("etag")))
            return one->exchange.answer_headers[i].value.data;
    return NULL;
}

/* The status that a check of version 3 against this header leads to. */
static int status_for(fixture *one, const char *tags)
{
    ask_for(one, tags);
    one->request.failed_status = 0;
    calx__request_check_version(&one->request, note_of_version(one, 3));
    calx_session_rollback(one->request.session);
    return one->request.failed_status;
}

static void replies_have_the_version_as_etag(void **state)
{
    fixture *one = *state;
    calx_reply(&one->request, note_of_version(one, 3));
    assert_string_equal(tag(one), "\"3\"");
    calx_reply(&one->request, Plain_new(one->request.session));
    assert_null(tag(one));
}

static void the_version_that_is_there_is_accepted(void **state)
{
    fixture *one = *state;
    assert_int_equal(status_for(one, "\"3\""), 0);
    assert_int_equal(status_for(one, "*"), 0);
    assert_int_equal(status_for(one, "\"1\", \"3\" "), 0);
}

static void another_version_is_412(void **state)
{
    fixture *one = *state;
    assert_int_equal(status_for(one, "\"2\""), 412);
    assert_int_equal(status_for(one, "\"33\""), 412);
    assert_int_equal(status_for(one, "3"), 412);
    assert_int_equal(status_for(one, "W/\"3\""), 412);
    assert_int_equal(status_for(one, "\"1\",\"2\""), 412);
    assert_int_equal(status_for(one, ""), 412);
}

static void models_without_a_version_have_no_condition(void **state)
{
    fixture *one = *state;
    ask_for(one, "\"2\"");
    calx__request_check_version(&one->request, Plain_new(one->request.session));
    assert_int_equal(one->request.failed_status, 0);
}

static void a_stale_commit_is_409_and_412_for_who_asked(void **state)
{
    fixture *one = *state;
    calx_session_fail(one->request.session, CALX_ERROR_STALE, "changed");
    calx__request_answer_failure(&one->request);
    assert_int_equal(one->exchange.status, 409);
    ask_for(one, "\"3\"");
    calx__request_answer_failure(&one->request);
    assert_int_equal(one->exchange.status, 412);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(replies_have_the_version_as_etag),
        TEST(the_version_that_is_there_is_accepted),
        TEST(another_version_is_412),
        TEST(models_without_a_version_have_no_condition),
        TEST(a_stale_commit_is_409_and_412_for_who_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
