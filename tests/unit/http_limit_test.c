/* http_limit_test.c: what keeps a server alive: limits, deadlines, and clients that leave. */
#include "http_support.h"

/* ---- Requests that wait ---- */

static void a_full_queue_is_503_at_once(void **state)
{
    (void)state;
    calx_http_options options = default_options();
    options.threads = 1;
    options.fibers = 1;
    options.requests_waiting_max = 1;
    fixture self;
    fixture_start(&self, &options);
    int running = client_connect(&self);
    client_send(running, "GET /gate HTTP/1.1\r\n\r\n");
    fixture_await(&self, &self.running, 1);

    /* Of the next two, in whatever order they come, one waits and the other is refused. */
    int fds[] = {client_connect(&self), client_connect(&self)};
    client_send(fds[0], "GET /gate HTTP/1.1\r\n\r\n");
    client_send(fds[1], "GET /gate HTTP/1.1\r\n\r\n");
    fixture_await(&self, &self.logged, 1);
    assert_int_equal(self.log_status, 503);
    fixture_open_gate(&self);
    int refused = 0;
    for (int i = 0; i < 2; i++) {
        http_reply reply;
        client_read(fds[i], &reply);
        if (reply.status == 503) {
            refused++;
            assert_string_equal(reply.body, "{\"error\": 503}");
            assert_non_null(strstr(reply.head, "retry-after: 1\r\n"));
        } else {
            assert_string_equal(reply.body, "passed");
        }
        close(fds[i]);
    }
    assert_int_equal(refused, 1);
    http_reply reply;
    client_read(running, &reply);
    assert_string_equal(reply.body, "passed");
    close(running);
    fixture_stop(&self);
}

/* In pieces, while its first request is being handled: the loop has come across each piece when it
 * answers somebody else. */
static void what_a_client_sends_ahead_is_kept(void **state)
{
    (void)state;
    const char *pieces[] = {"GET /echo/1 HTTP/1.1\r\nX-Sent: a",
                            "b\r\n\r\nPOST /run/2 HTTP/1.1\r\nContent-Length: 4\r\n", "\r\nab",
                            "cdGET /echo/3 HTTP/1.1\r\n\r\n"};
    const char *expected[] = {"passed", "GET||/echo/1||127.0.0.1|", "POST||/run/2||127.0.0.1|abcd",
                              "GET||/echo/3||127.0.0.1|"};
    calx_http_options options = default_options();
    options.threads = 1;
    fixture self;
    http_reply reply;
    fixture_start(&self, &options);
    int fd = client_connect(&self);
    client_send(fd, "POST /gate HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc");
    fixture_await(&self, &self.running, 1);
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        client_send(fd, pieces[i]);
        client_ask(&self, "GET /hello HTTP/1.1\r\n\r\n", &reply);
    }
    fixture_open_gate(&self);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        client_read(fd, &reply);
        assert_string_equal(reply.body, expected[i]);
    }
    close(fd);
    fixture_stop(&self);
}

/* Another client of its loop may ask at any time. */
static void a_handler_is_alone_with_one_client(void **state)
{
    (void)state;
    calx_http_options options = default_options();
    options.threads = 1;
    fixture self;
    http_reply reply;
    fixture_start(&self, &options);
    int fds[] = {client_connect(&self), -1};
    client_send(fds[0], "GET /alone HTTP/1.1\r\n\r\n");
    client_read(fds[0], &reply);
    assert_string_equal(reply.body, "alone");
    fds[1] = client_connect(&self);
    client_send(fds[1], "GET /hello HTTP/1.1\r\n\r\n");
    client_read(fds[1], &reply);
    client_send(fds[0], "GET /alone HTTP/1.1\r\n\r\n");
    client_read(fds[0], &reply);
    assert_string_equal(reply.body, "not alone");
    close(fds[0]);
    close(fds[1]);
    fixture_stop(&self);
}

static void loops_answer_while_all_fibers_wait(void **state)
{
    (void)state;
    calx_http_options options = default_options();
    fixture self;
    fixture_start(&self, &options);
    int fds[2];
    for (int i = 0; i < 2; i++) {
        fds[i] = client_connect(&self);
        client_send(fds[i], "GET /gate HTTP/1.1\r\n\r\n");
    }
    fixture_await(&self, &self.running, 2);
    http_reply reply;
    client_ask(&self, "GET /hello HTTP/1.1\r\n\r\n", &reply);
    assert_string_equal(reply.body, "hello");
    fixture_open_gate(&self);
    for (int i = 0; i < 2; i++) {
        client_read(fds[i], &reply);
        assert_string_equal(reply.body, "passed");
        close(fds[i]);
    }
    fixture_stop(&self);
}

/* ---- Clients ---- */

static void a_client_that_leaves_does_not_hurt_its_handler(void **state)
{
    (void)state;
    calx_http_options options = default_options();
    fixture self;
    fixture_start(&self, &options);
    int fd = client_connect(&self);
    client_send(fd, "GET /gate HTTP/1.1\r\n\r\n");
    fixture_await(&self, &self.running, 1);
    const struct linger reset = {.l_onoff = 1};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close(fd);
    fixture_open_gate(&self);
    fixture_await(&self, &self.logged, 1);
    assert_int_equal(self.log_status, 200);
    http_reply reply;
    client_ask(&self, "GET /hello HTTP/1.1\r\n\r\n", &reply);
    assert_string_equal(reply.body, "hello");
    fixture_stop(&self);
}

static void a_client_that_leaves_amid_its_answer_is_logged_with_less(void **state)
{
    (void)state;
    calx_http_options options = default_options();
    fixture self;
    fixture_start(&self, &options);
    int fd = client_connect(&self);
    client_send(fd, "GET /big HTTP/1.1\r\n\r\n");
    http_reply reply;
    client_read_head(fd, &reply);
    assert_int_equal(reply.status, 200);
    close(fd); /* with unread bytes: a reset */
    fixture_await(&self, &self.logged, 1);
    assert_true(self.log_sent < BIG_LENGTH);
    fixture_stop(&self);
}

static void large_answers_arrive_whole_and_are_logged(void **state)
{
    (void)state;
    calx_http_options options = default_options();
    options.write_timeout_ms = 5000; /* does not hit a client that reads */
    fixture self;
    fixture_start(&self, &options);
    int fd = client_connect(&self);
    client_send(fd, "GET /big HTTP/1.1\r\n\r\n");
    http_reply reply;
    client_read_head(fd, &reply);
    char *body = malloc(BIG_LENGTH);
    assert_int_equal(recv(fd, body, BIG_LENGTH, MSG_WAITALL), BIG_LENGTH);
    assert_true(body[0] == 'x' && memcmp(body, body + 1, BIG_LENGTH - 1) == 0);
    free(body);
    fixture_await(&self, &self.logged, 1);
    assert_int_equal(self.log_sent, BIG_LENGTH);
    close(fd);
    fixture_stop(&self);
}

static void a_client_that_never_reads_is_cut(void **state)
{
    (void)state;
    calx_http_options options = default_options();
    options.write_timeout_ms = 200;
    fixture self;
    fixture_start(&self, &options);
    int fd = client_connect(&self);
    client_send(fd, "GET /big HTTP/1.1\r\n\r\n");
    fixture_await(&self, &self.logged, 1);
    assert_true(self.log_sent < BIG_LENGTH);
    close(fd);
    fixture_stop(&self);
}

/* No answer is large, but they pile up. The only connection allowed must come free again. */
static void a_client_that_only_asks_is_cut(void **state)
{
    (void)state;
    calx_http_options options = default_options();
    options.write_timeout_ms = 200;
    options.request_timeout_ms = 3600 * 1000;
    options.connections_max = 1;
    fixture self;
    fixture_start(&self, &options);
    int fd = client_connect(&self);
    for (size_t asked = 0; asked < BIG_LENGTH; asked += PAGE_LENGTH)
        client_send(fd, "GET /page HTTP/1.1\r\n\r\n");
    http_reply reply;
    do
        client_ask(&self, "GET /hello HTTP/1.1\r\n\r\n", &reply);
    while (reply.status == 503);
    assert_string_equal(reply.body, "hello");
    close(fd);
    fixture_stop(&self);
    assert_true(self.logged < (int)(BIG_LENGTH / PAGE_LENGTH));
}

/* ---- Time and connections ---- */

static void slow_heads_and_bodies_and_idle_connections_are_closed(void **state)
{
    (void)state;
    calx_http_options options = default_options();
    options.request_timeout_ms = 1000; /* enough for a request on a busy machine */
    fixture self;
    fixture_start(&self, &options);
    const char *beginnings[] = {"", "GET /hello HTTP/1.1\r\nX-Slow",
                                "POST /run HTTP/1.1\r\nContent-Length: 5\r\n\r\nab"};
    int fds[3];
    for (size_t i = 0; i < 3; i++) {
        fds[i] = client_connect(&self);
        client_send(fds[i], beginnings[i]);
    }
    for (size_t i = 0; i < 3; i++) {
        assert_true(client_sees_end(fds[i]));
        close(fds[i]);
    }
    int fd = client_connect(&self);
    client_send(fd, "GET /hello HTTP/1.1\r\n\r\n");
    http_reply reply;
    client_read(fd, &reply);
    assert_string_equal(reply.body, "hello");
    assert_true(client_sees_end(fd));
    close(fd);
    fixture_stop(&self);
}

static void connections_beyond_the_limit_are_refused_at_once(void **state)
{
    (void)state;
    calx_http_options options = default_options();
    options.connections_max = 2;
    fixture self;
    fixture_start(&self, &options);
    int fds[2];
    http_reply reply;
    for (int i = 0; i < 2; i++) {
        fds[i] = client_connect(&self);
        client_send(fds[i], "GET /hello HTTP/1.1\r\n\r\n");
        client_read(fds[i], &reply);
        assert_int_equal(reply.status, 200);
    }
    for (int i = 0; i < 3; i++) {
        int fd = client_connect(&self);
        client_send(fd, "POST /run HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello");
        client_read(fd, &reply);
        assert_int_equal(reply.status, 503);
        assert_non_null(strstr(reply.head, "Retry-After: 1"));
        assert_true(client_sees_end(fd));
        close(fd);
    }
    client_send(fds[1], "GET /hello HTTP/1.1\r\n\r\n");
    client_read(fds[1], &reply);
    assert_int_equal(reply.status, 200);
    close(fds[0]);
    do
        client_ask(&self, "GET /hello HTTP/1.1\r\n\r\n", &reply);
    while (reply.status == 503);
    assert_string_equal(reply.body, "hello");
    close(fds[1]);
    fixture_stop(&self);
}

static void another_address_has_room_when_the_first_has_none(void **state)
{
    (void)state;
    calx_http_options options = default_options();
    options.connections_max = 1;
    options.operations_host = "127.0.0.1";
    fixture self;
    fixture_start(&self, &options);
    int fd = client_connect(&self);
    http_reply reply;
    client_send(fd, "GET /hello HTTP/1.1\r\n\r\n");
    client_read(fd, &reply);
    assert_int_equal(reply.status, 200);
    int other = client_connect_port(calx__http_operations_port(self.server));
    client_send(other, "GET /hello HTTP/1.1\r\n\r\n");
    client_read(other, &reply);
    assert_int_equal(reply.status, 200);
    assert_int_equal(calx__http_load(self.server).connections, 2);
    close(other);
    close(fd);
    fixture_stop(&self);
}

/* ---- Addresses ---- */

static void a_port_in_use_is_named(void **state)
{
    (void)state;
    calx_http_options options = default_options();
    fixture self;
    fixture_start(&self, &options);
    options.port = calx__http_port(self.server);
    calx_http_server *second;
    calx_error err = {0};
    const calx_http_handler handler = {.admit = admit, .run = run, .log = log_exchange};
    assert_int_equal(calx__http_create(&options, &handler, &second, &err), CALX_ERROR_CONFIG);
    char expected[64];
    snprintf(expected, sizeof expected, "port %d of 127.0.0.1 is in use", options.port);
    assert_string_equal(err.message, expected);
    fixture_stop(&self);
}

static void an_unknown_host_is_named(void **state)
{
    (void)state;
    calx_http_options options = default_options();
    options.host = "300.1.1.1.invalid";
    calx_http_server *server;
    calx_error err = {0};
    const calx_http_handler handler = {.admit = admit, .run = run, .log = log_exchange};
    assert_int_equal(calx__http_create(&options, &handler, &server, &err), CALX_ERROR_CONFIG);
    assert_non_null(strstr(err.message, "host 300.1.1.1.invalid: "));
}

static void every_address_means_both_families(void **state)
{
    (void)state;
    calx_http_options options = default_options();
    options.host = "::";
    fixture self;
    fixture_start(&self, &options);
    http_reply reply;
    client_ask(&self, "GET /echo HTTP/1.1\r\n\r\n", &reply);
    assert_string_equal(reply.body, "GET||/echo||127.0.0.1|");
    fixture_stop(&self);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_queue_is_503_at_once),
        cmocka_unit_test(what_a_client_sends_ahead_is_kept),
        cmocka_unit_test(a_handler_is_alone_with_one_client),
        cmocka_unit_test(loops_answer_while_all_fibers_wait),
        cmocka_unit_test(a_client_that_leaves_does_not_hurt_its_handler),
        cmocka_unit_test(a_client_that_leaves_amid_its_answer_is_logged_with_less),
        cmocka_unit_test(large_answers_arrive_whole_and_are_logged),
        cmocka_unit_test(a_client_that_never_reads_is_cut),
        cmocka_unit_test(a_client_that_only_asks_is_cut),
        cmocka_unit_test(slow_heads_and_bodies_and_idle_connections_are_closed),
        cmocka_unit_test(connections_beyond_the_limit_are_refused_at_once),
        cmocka_unit_test(another_address_has_room_when_the_first_has_none),
        cmocka_unit_test(a_port_in_use_is_named),
        cmocka_unit_test(an_unknown_host_is_named),
        cmocka_unit_test(every_address_means_both_families),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
