/* http_request_test.c: what a request looks like to the framework, and an answer to the client. */
#include "http_support.h"

static int setup(void **state)
{
    static fixture shared;
    calx_http_options options = default_options();
    fixture_start(&shared, &options);
    *state = &shared;
    return 0;
}

static int teardown(void **state)
{
    fixture_stop(*state);
    return 0;
}

/* ---- Requests ---- */

static void get_is_answered_in_admit(void **state)
{
    http_reply reply;
    client_ask(*state, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n", &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply.body, "hello");
    assert_non_null(strstr(reply.head, "Server: calx\r\n"));
    assert_non_null(strstr(reply.head, "\r\nDate: "));
    assert_non_null(strstr(reply.head, "x-common: yes\r\n"));
}

static void post_is_answered_by_a_fiber(void **state)
{
    http_reply reply;
    client_ask(*state, "POST /run?a=%20b HTTP/1.1\r\nHost: h:1\r\nContent-Length: 4\r\n\r\nbody",
               &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply.body, "POST|h:1|/run|a=%20b|127.0.0.1|body");
}

static void path_is_decoded_and_normalized_but_not_the_query(void **state)
{
    http_reply reply;
    client_ask(*state, "GET /x/../echo/%c3%a4%2f. HTTP/1.1\r\n\r\n", &reply);
    assert_string_equal(reply.body, "GET||/echo/\xc3\xa4/||127.0.0.1|");
    client_ask(*state, "GET /echo?%41/../?b HTTP/1.1\r\n\r\n", &reply);
    assert_string_equal(reply.body, "GET||/echo|%41/../?b|127.0.0.1|");
}

static void path_keeps_nul_bytes(void **state)
{
    http_reply reply;
    client_ask(*state, "GET /echo/a%00b HTTP/1.1\r\nHost: h\r\n\r\n", &reply);
    const char expected[] = "GET|h|/echo/a\0b||127.0.0.1|";
    assert_int_equal(reply.length, sizeof expected - 1);
    assert_memory_equal(reply.body, expected, sizeof expected - 1);
}

static void absolute_form_means_its_path(void **state)
{
    http_reply reply;
    client_ask(*state, "GET http://h/echo/x?q HTTP/1.1\r\nHost: h\r\n\r\n", &reply);
    assert_string_equal(reply.body, "GET|h|/echo/x|q|127.0.0.1|");
}

static void options_of_the_server_itself(void **state)
{
    http_reply reply;
    client_ask(*state, "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", &reply);
    assert_int_equal(reply.status, 204);
    assert_int_equal(reply.length, 0);
    assert_non_null(strstr(reply.head, "allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n"));
    client_ask(*state, "GET * HTTP/1.1\r\nHost: h\r\n\r\n", &reply);
    assert_int_equal(reply.status, 400);
    client_ask(*state, "OPTIONS *x HTTP/1.1\r\nHost: h\r\n\r\n", &reply);
    assert_int_equal(reply.status, 400);
}

static void folded_headers_are_refused(void **state)
{
    http_reply reply;
    client_ask(*state, "GET /hello HTTP/1.1\r\nHost: h\r\nX-A: b\r\n c\r\n\r\n", &reply);
    assert_int_equal(reply.status, 400);
    assert_string_equal(reply.body, "{\"error\": 400}");
}

static int status_of_host(const fixture *self, const char *host)
{
    char request[256];
    snprintf(request, sizeof request, "GET /hello HTTP/1.1\r\nHost: %s\r\n\r\n", host);
    http_reply reply;
    client_ask(self, request, &reply);
    assert_string_equal(reply.body, reply.status == 200 ? "hello" : "{\"error\": 400}");
    return reply.status;
}

static void a_host_is_a_name_or_an_address_and_a_port(void **state)
{
    const char *good[] = {"",        "h",  "a-b.example:80",    "127.0.0.1:8000", "[::1]",
                          "[::1]:1", "h:", "A_b~%41!$&'()*+,;="};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_int_equal(status_of_host(*state, good[i]), 200);
    const char *bad[] = {"a b",       "a/b",   "user@h", "h\"", "<h>",  "h?q",  "h#f",    "\\",
                         "h\xc3\xa4", "h:80a", "h:1:2",  "::1", "[::1", "::1]", "[::1]x", "h[1]"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(status_of_host(*state, bad[i]), 400);
}

static void chunked_bodies_arrive_whole(void **state)
{
    http_reply reply;
    client_ask(*state,
               "POST /run HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
               "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: t\r\n\r\n",
               &reply);
    assert_string_equal(reply.body, "POST|h|/run||127.0.0.1|abcde");
}

static void expect_continue_is_answered_before_the_body(void **state)
{
    int fd = client_connect(*state);
    client_send(fd,
                "POST /run HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n"
                "Expect: 100-continue\r\n\r\n");
    http_reply reply;
    client_read(fd, &reply);
    assert_int_equal(reply.status, 100);
    client_send(fd, "ok");
    client_read(fd, &reply);
    assert_string_equal(reply.body, "POST|h|/run||127.0.0.1|ok");
    close(fd);
}

static void unknown_expectations_are_refused_in_json(void **state)
{
    http_reply reply;
    client_ask(*state, "POST /run HTTP/1.1\r\nContent-Length: 2\r\nExpect: tea\r\n\r\nok", &reply);
    assert_int_equal(reply.status, 417);
    assert_string_equal(reply.body, "{\"error\": 417}");
    assert_non_null(strstr(reply.head, "x-common: yes\r\n"));
}

static void pipelined_requests_are_answered_in_order(void **state)
{
    int fd = client_connect(*state);
    client_send(fd,
                "GET /run/1 HTTP/1.1\r\n\r\nGET /echo/2 HTTP/1.1\r\n\r\n"
                "POST /run/3 HTTP/1.1\r\nContent-Length: 1\r\n\r\n!HEAD /hello HTTP/1.1\r\n\r\n"
                "GET /echo/5 HTTP/1.1\r\n\r\n");
    const char *expected[] = {"GET||/run/1||127.0.0.1|", "GET||/echo/2||127.0.0.1|",
                              "POST||/run/3||127.0.0.1|!"};
    http_reply reply;
    for (size_t i = 0; i < 3; i++) {
        client_read(fd, &reply);
        assert_string_equal(reply.body, expected[i]);
    }
    client_read_head(fd, &reply);
    assert_int_equal(reply.length, strlen("hello"));
    client_read(fd, &reply);
    assert_string_equal(reply.body, "GET||/echo/5||127.0.0.1|");
    close(fd);
}

/* ---- Answers ---- */

static void head_announces_the_length_without_a_body(void **state)
{
    int fd = client_connect(*state);
    client_send(fd, "HEAD /big HTTP/1.1\r\nConnection: close\r\n\r\n");
    http_reply reply;
    client_read_head(fd, &reply);
    assert_int_equal(reply.status, 200);
    assert_int_equal(reply.length, BIG_LENGTH);
    assert_true(client_sees_end(fd));
    close(fd);
}

static void no_content_has_neither_body_nor_length(void **state)
{
    int fd = client_connect(*state);
    client_send(fd, "GET /empty HTTP/1.1\r\n\r\nGET /hello HTTP/1.1\r\n\r\n");
    http_reply reply;
    client_read(fd, &reply);
    assert_int_equal(reply.status, 204);
    assert_null(strcasestr(reply.head, "content-length"));
    assert_null(strcasestr(reply.head, "transfer-encoding"));
    client_read(fd, &reply);
    assert_string_equal(reply.body, "hello");
    close(fd);
}

static void an_answer_has_its_own_headers_once(void **state)
{
    http_reply reply;
    client_ask(*state, "GET /headers HTTP/1.1\r\nX-Other: a\r\nX-SENT: value\r\n\r\n", &reply);
    assert_string_equal(reply.body, "value");
    assert_non_null(strstr(reply.head, "X-Common: own\r\n"));
    assert_null(strstr(reply.head, "x-common: yes\r\n"));
    assert_null(strstr(reply.head, "x-injected"));
    assert_null(strstr(reply.head, "content-length: 3"));
}

static void http_1_0_closes_unless_asked(void **state)
{
    int fd = client_connect(*state);
    client_send(fd, "GET /hello HTTP/1.0\r\n\r\n");
    http_reply reply;
    client_read(fd, &reply);
    assert_string_equal(reply.body, "hello");
    assert_true(client_sees_end(fd));
    close(fd);
}

/* ---- The body's limit ---- */

/* A body of so many bytes; chunked or not. */
static int status_of_body(const fixture *self, size_t length, bool chunked)
{
    char request[4096];
    int head = snprintf(request, sizeof request,
                        chunked ? "POST /run HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n%zx\r\n"
                                : "POST /run HTTP/1.1\r\nContent-Length: %zu\r\n\r\n",
                        length);
    memset(request + head, 'b', length);
    snprintf(request + head + length, sizeof request - (size_t)head - length, "%s",
             chunked ? "\r\n0\r\n\r\n" : "");
    http_reply reply;
    client_ask(self, request, &reply);
    if (reply.status != 200)
        assert_string_equal(reply.body, "{\"error\": 413}");
    return reply.status;
}

static void bodies_beyond_the_limit_are_413(void **state)
{
    for (int chunked = 0; chunked < 2; chunked++) {
        assert_int_equal(status_of_body(*state, 1000, chunked), 200);
        assert_int_equal(status_of_body(*state, 1001, chunked), 413);
        assert_int_equal(status_of_body(*state, 1002, chunked), 413);
        assert_int_equal(status_of_body(*state, 3000, chunked), 413);
    }
}

/* The kernel answers bytes that nobody reads with a reset, which destroys what is on its way. */
static void a_client_that_goes_on_sending_still_reads_its_413(void **state)
{
    const size_t length = 512 * 1024;
    char *body = calloc(1, length);
    int fd = client_connect(*state);
    client_send(fd, "POST /run HTTP/1.1\r\nContent-Length: 524288\r\n\r\n");
    client_send_bytes(fd, body, length);
    free(body);
    http_reply reply;
    client_read(fd, &reply);
    assert_int_equal(reply.status, 413);
    assert_non_null(strstr(reply.head, "Connection: close\r\n"));
    assert_int_equal(recv(fd, reply.body, 1, 0), 0);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(get_is_answered_in_admit),
        cmocka_unit_test(post_is_answered_by_a_fiber),
        cmocka_unit_test(path_is_decoded_and_normalized_but_not_the_query),
        cmocka_unit_test(path_keeps_nul_bytes),
        cmocka_unit_test(absolute_form_means_its_path),
        cmocka_unit_test(options_of_the_server_itself),
        cmocka_unit_test(folded_headers_are_refused),
        cmocka_unit_test(a_host_is_a_name_or_an_address_and_a_port),
        cmocka_unit_test(chunked_bodies_arrive_whole),
        cmocka_unit_test(expect_continue_is_answered_before_the_body),
        cmocka_unit_test(unknown_expectations_are_refused_in_json),
        cmocka_unit_test(pipelined_requests_are_answered_in_order),
        cmocka_unit_test(head_announces_the_length_without_a_body),
        cmocka_unit_test(no_content_has_neither_body_nor_length),
        cmocka_unit_test(an_answer_has_its_own_headers_once),
        cmocka_unit_test(http_1_0_closes_unless_asked),
        cmocka_unit_test(bodies_beyond_the_limit_are_413),
        cmocka_unit_test(a_client_that_goes_on_sending_still_reads_its_413),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
