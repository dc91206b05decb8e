/* failure_test.c: what failures of a request, and of its session, are over HTTP. */
#include <stdio.h>
#include <string.h>

#include <calx/model.h>

#include "tests/unit/request_support.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define NOTE(COLUMN, Model) COLUMN(Model, INTEGER, id, PRIMARY_KEY)

CALX_MODEL_DECLARE(Note, NOTE)
CALX_MODEL_DEFINE(Note, "notes", NOTE)

#define SECRET "INSERT INTO todos (title) VALUES ('x')"

static const char *header(const fixture *one, const char *name)
{
    const char *found = NULL;
    for (size_t i = 0; i < one->exchange.answer_header_count; i++) {
        if (calx_text_equal(one->exchange.answer_headers[i].name, calx_text_of(name))) {
            assert_null(found); /* no header twice */
            found = one->exchange.answer_headers[i].value.data;
        }
    }
    return found;
}

/* The answer, which is an object of two strings, and of a third one where the outcome is unknown;
 * its message lives until the next call. */
static const char *message_of(const fixture *one)
{
    static char message[1024];
    const char *error;
    const char *text;
    const calx_buffer *body = &one->exchange.answer;
    json_t *json = json_loadb(body->data, body->length, 0, NULL);
    assert_non_null(json);
    const char *outcome = json_string_value(json_object_get(json, "outcome"));
    assert_int_equal(json_object_size(json), outcome ? 3 : 2);
    assert_true(outcome == NULL || strcmp(outcome, "unknown") == 0);
    assert_int_equal(outcome != NULL, one->request.error.outcome == CALX_OUTCOME_UNKNOWN);
    assert_int_equal(json_unpack(json, "{s:s,s:s}", "error", &error, "message", &text), 0);
    assert_string_equal(error, calx__http_reason(one->exchange.status));
    snprintf(message, sizeof message, "%s", text);
    json_decref(json);
    assert_string_equal(header(one, "content-type"), "application/json");
    assert_string_equal(header(one, "cache-control"), "no-store");
    return message;
}

/* An error of a database, which has a code of its own. */
static void answer_error(fixture *one, calx_error err)
{
    calx_error_clear(&one->request.error);
    calx_error_set(&one->request.error, err.code, "%s", err.message);
    one->request.error.outcome = err.outcome;
    one->request.error.native_code = 1;
    calx__request_answer_failure(&one->request);
}

/* ---- Errors ---- */

static void failure_of_each_class_has_its_status(void **state)
{
    static const struct {
        calx_error_class code;
        int status;
    } cases[] = {
        {CALX_ERROR_INVALID, 400},     {CALX_ERROR_DATA, 400},
        {CALX_ERROR_LIMIT, 400},       {CALX_ERROR_NOT_FOUND, 404},
        {CALX_ERROR_UNIQUE, 409},      {CALX_ERROR_FOREIGN_KEY, 409},
        {CALX_ERROR_NOT_NULL, 409},    {CALX_ERROR_CHECK, 409},
        {CALX_ERROR_STALE, 409},       {CALX_ERROR_SERIALIZATION, 503},
        {CALX_ERROR_DEADLOCK, 503},    {CALX_ERROR_LOCK_TIMEOUT, 503},
        {CALX_ERROR_TIMEOUT, 503},     {CALX_ERROR_POOL_TIMEOUT, 503},
        {CALX_ERROR_CANCELLED, 503},   {CALX_ERROR_CONNECTION_LOST, 503},
        {CALX_ERROR_UNREACHABLE, 503}, {CALX_ERROR_AUTHENTICATION, 503},
        {CALX_ERROR_UNDEFINED, 503},   {CALX_ERROR_READ_ONLY, 503},
        {CALX_ERROR_IO, 503},          {CALX_ERROR_NO_MEMORY, 503},
        {CALX_ERROR_DISK_FULL, 507},   {CALX_ERROR_CORRUPT, 500},
        {CALX_ERROR_SYNTAX, 500},      {CALX_ERROR_DATABASE, 500},
        {CALX_ERROR_MISFIT, 500},      {CALX_ERROR_STATE, 500},
        {CALX_ERROR_CONFIG, 500},      {CALX_ERROR_UNSUPPORTED, 500},
    };
    fixture *one = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        answer_error(one, (calx_error){.code = cases[i].code, .message = SECRET});
        assert_int_equal(one->exchange.status, cases[i].status);
        assert_int_equal(header(one, "retry-after") != NULL, cases[i].status == 503);
    }
}

/* What a client sent is wrong in its own words only; all other messages are for the log. */
static void failure_shows_no_message_of_the_database(void **state)
{
    static const calx_error_class codes[] = {
#define CODE(name, code, retryable, text) CALX_ERROR_##name,
        CALX_ERROR_CLASSES(CODE)
#undef CODE
    };
    fixture *one = *state;
    for (size_t i = 0; i < COUNT(codes); i++) {
        bool own = codes[i] == CALX_ERROR_INVALID || codes[i] == CALX_ERROR_NOT_FOUND;
        answer_error(one, (calx_error){.code = codes[i], .message = SECRET});
        assert_int_equal(strstr(message_of(one), "INSERT") != NULL, own);
    }
}

static void failure_of_unknown_outcome_asks_nobody_to_try_again(void **state)
{
    fixture *one = *state;
    answer_error(one, (calx_error){.code = CALX_ERROR_CONNECTION_LOST,
                                   .outcome = CALX_OUTCOME_UNKNOWN,
                                   .message = SECRET});
    assert_int_equal(one->exchange.status, 503);
    assert_null(header(one, "retry-after"));
    assert_non_null(strstr(message_of(one), "whether it is stored is not known"));
}

static void failure_of_a_session_is_answered(void **state)
{
    fixture *one = *state;
    calx_session_fail(one->request.session, CALX_ERROR_UNIQUE, "%s", SECRET);
    calx__request_answer_failure(&one->request);
    assert_int_equal(one->exchange.status, 409);
    assert_string_equal(message_of(one), "a row with this value is there already");
}

static void failure_for_want_of_a_value_names_the_column(void **state)
{
    fixture *one = *state;
    calx_session_fail(one->request.session, CALX_ERROR_NOT_NULL, "column \"title\": NULL");
    calx__request_answer_failure(&one->request);
    assert_int_equal(one->exchange.status, 400);
    assert_string_equal(message_of(one), "column \"title\": NULL");
}

static void failure_drops_what_was_answered_before(void **state)
{
    fixture *one = *state;
    calx_reply_empty(&one->request);
    assert_int_equal(one->exchange.answer.length, 2);
    calx_request_fail(&one->request, 422, "no");
    calx__request_answer_failure(&one->request);
    assert_int_equal(one->exchange.status, 422);
    assert_string_equal(message_of(one), "no");
}

static void failure_of_an_answer_without_room_is_our_own(void **state)
{
    fixture *one = *state;
    one->exchange.answer.length_max = 500;
    calx_buffer_reserve(&one->exchange.answer, 501);
    answer_error(one, (calx_error){.code = CALX_ERROR_LIMIT, .message = SECRET});
    assert_int_equal(one->exchange.status, 500);
    assert_string_equal(message_of(one), "the answer is too large");
}

static void failure_message_may_hold_anything(void **state)
{
    fixture *one = *state;
    answer_error(one, (calx_error){.code = CALX_ERROR_INVALID, .message = "\"</\\\xff\xc3\xa9"});
    assert_string_equal(message_of(one), "\"</\\\xef\xbf\xbd\xc3\xa9");
}

/* ---- Requests ---- */

static void request_fail_keeps_the_first_failure(void **state)
{
    fixture *one = *state;
    calx_request_fail(&one->request, 404, "there is no %s %d", "todo", 7);
    calx_request_fail(&one->request, 503, "later");
    calx_reply_empty(&one->request);
    calx__request_answer_failure(&one->request);
    assert_int_equal(one->exchange.status, 404);
    assert_string_equal(message_of(one), "there is no todo 7");
}

static void request_fail_makes_the_session_fail(void **state)
{
    fixture *one = *state;
    calx_request_fail(&one->request, 403, "not yours");
    assert_non_null(calx_session_error(one->request.session));
    assert_true(calx_session_commit(one->request.session) < 0);
    calx__request_answer_failure(&one->request);
    assert_int_equal(one->exchange.status, 403);
}

static void request_fail_does_not_hide_the_failure_of_the_session(void **state)
{
    fixture *one = *state;
    calx_session_fail(one->request.session, CALX_ERROR_UNREACHABLE, "%s", SECRET);
    calx_request_fail(&one->request, 404, "there is no such todo");
    calx__request_answer_failure(&one->request);
    assert_int_equal(one->exchange.status, 503);
}

static void request_read_json_asks_for_json(void **state)
{
    static const struct {
        const char *type; /* NULL: no such header */
        int status;
    } cases[] = {
        {NULL, 415},
        {"", 415},
        {"text/plain", 415},
        {"text/plain; application/json", 415},
        {"application/x-www-form-urlencoded", 415},
        {"application/jsonp", 415},
        {"json", 415},
        {"+json", 415},
        /* these are read, and their body is no JSON */
        {"application/json", 400},
        {"Application/JSON", 400},
        {"application/json;charset=utf-8", 400},
        {"application/json \t; charset=utf-8", 400},
        {"application/merge-patch+json", 400},
    };
    fixture *one = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        calx_http_header sent = {calx_text_of("content-type"),
                                 calx_text_of(cases[i].type ? cases[i].type : "")};
        one->exchange.headers = &sent;
        one->exchange.header_count = cases[i].type != NULL;
        calx_session_rollback(one->request.session);
        one->request.failed_status = 0;
        calx_request_read_json(&one->request, Note_new(one->request.session));
        calx__request_answer_failure(&one->request);
        assert_int_equal(one->exchange.status, cases[i].status);
    }
}

static void request_origin_is_what_the_client_called_the_server(void **state)
{
    static const struct {
        const char *authority;
        const char *host;
        const char *origin;
    } cases[] = {
        {"example.org", "HOST='127.0.0.1'", "https://example.org"},
        {"[::1]:8000", "HOST='127.0.0.1'", "https://[::1]:8000"},
        {"", "HOST='127.0.0.1'", "https://127.0.0.1:8001"},
        {"", "HOST='::1'", "https://[::1]:8001"},
    };
    fixture *one = *state;
    one->app.port = 8001;
    one->exchange.scheme = calx_text_of("https");
    for (size_t i = 0; i < COUNT(cases); i++) {
        calx_error err = {0};
        one->exchange.authority = calx_text_of(cases[i].authority);
        assert_int_equal(calx__config_set(one->app.config, cases[i].host, &err), 0);
        one->request.origin = NULL;
        assert_string_equal(calx_request_origin(&one->request), cases[i].origin);
        assert_ptr_equal(calx_request_origin(&one->request), one->request.origin);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(failure_of_each_class_has_its_status),
        TEST(failure_shows_no_message_of_the_database),
        TEST(failure_of_unknown_outcome_asks_nobody_to_try_again),
        TEST(failure_of_a_session_is_answered),
        TEST(failure_for_want_of_a_value_names_the_column),
        TEST(failure_drops_what_was_answered_before),
        TEST(failure_of_an_answer_without_room_is_our_own),
        TEST(failure_message_may_hold_anything),
        TEST(request_fail_keeps_the_first_failure),
        TEST(request_fail_makes_the_session_fail),
        TEST(request_fail_does_not_hide_the_failure_of_the_session),
        TEST(request_read_json_asks_for_json),
        TEST(request_origin_is_what_the_client_called_the_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
