/* http_shutdown_test.c: the ways a server ends. Each test is over when calx__http_run returns. */
#include "http_support.h"

/* Until the port refuses connections: the server has seen its signal. */
static void await_closed_listener(const calx_http_options *options, int port)
{
    calx_http_options second = *options;
    second.port = port;
    const calx_http_handler handler = {.admit = admit, .run = run, .log = log_exchange};
    for (;;) {
        calx_http_server *server;
        if (calx__http_create(&second, &handler, &server, NULL) == 0) {
            calx__http_destroy(server);
            return;
        }
        usleep(1000);
    }
}

static void idle_connections_do_not_hold_it_up(void **state)
{
    (void)state;
    calx_http_options options = default_options();
    fixture self;
    fixture_start(&self, &options);
    int fds[8];
    for (int i = 0; i < 8; i++) {
        fds[i] = client_connect(&self);
        http_reply reply;
        client_send(fds[i], "GET /run HTTP/1.1\r\n\r\n");
        client_read(fds[i], &reply);
        assert_int_equal(reply.status, 200);
    }
    int64_t begin_us = calx_now_us();
    fixture_stop(&self);
    assert_true(calx_now_us() - begin_us < options.shutdown_timeout_ms * INT64_C(1000));
    for (int i = 0; i < 8; i++) {
        assert_true(client_sees_end(fds[i]));
        close(fds[i]);
    }
}

static void begun_requests_finish(void **state)
{
    (void)state;
    calx_http_options options = default_options();
    options.threads = 1;
    options.fibers = 1;
    fixture self;
    fixture_start(&self, &options);
    int port = calx__http_port(self.server);
    int fds[] = {client_connect(&self), client_connect(&self)};
    client_send(fds[0], "GET /gate HTTP/1.1\r\n\r\n");
    fixture_await(&self, &self.running, 1);
    client_send(fds[1], "GET /run HTTP/1.1\r\n\r\n"); /* waits in the queue, or comes late */
    kill(getpid(), SIGTERM);
    await_closed_listener(&options, port);
    fixture_open_gate(&self);
    http_reply reply;
    client_read(fds[0], &reply);
    assert_string_equal(reply.body, "passed");
    assert_non_null(strstr(reply.head, "Connection: close\r\n"));
    client_read(fds[1], &reply);
    assert_string_equal(reply.body, "GET||/run||127.0.0.1|");
    close(fds[0]);
    close(fds[1]);
    fixture_join(&self);
}

static void handlers_are_cancelled_when_the_time_is_up(void **state)
{
    (void)state;
    calx_http_options options = default_options();
    options.threads = 1;
    options.fibers = 1;
    options.shutdown_timeout_ms = 100;
    fixture self;
    fixture_start(&self, &options);
    int fds[] = {client_connect(&self), client_connect(&self)};
    for (int i = 0; i < 2; i++) {
        client_send(fds[i], "GET /wait HTTP/1.1\r\n\r\n");
        fixture_await(&self, &self.running, 1);
    }
    fixture_stop(&self);
    assert_int_equal(self.cancelled, 1);
    assert_int_equal(self.logged, 2);
    http_reply reply;
    client_read(fds[0], &reply);
    assert_string_equal(reply.body, "cancelled");
    client_read(fds[1], &reply);
    assert_string_equal(reply.body, "{\"error\": 503}");
    close(fds[0]);
    close(fds[1]);
}

static void a_second_signal_ends_the_waiting(void **state)
{
    (void)state;
    calx_http_options options = default_options();
    options.shutdown_timeout_ms = 3600 * 1000;
    fixture self;
    fixture_start(&self, &options);
    int port = calx__http_port(self.server);
    int fd = client_connect(&self);
    client_send(fd, "GET /wait HTTP/1.1\r\n\r\n");
    fixture_await(&self, &self.running, 1);
    kill(getpid(), SIGTERM);
    await_closed_listener(&options, port);
    kill(getpid(), SIGINT);
    fixture_join(&self);
    assert_int_equal(self.cancelled, 1);
    close(fd);
}

static void clients_that_do_not_read_are_cut_when_the_time_is_up(void **state)
{
    (void)state;
    calx_http_options options = default_options();
    options.shutdown_timeout_ms = 100;
    fixture self;
    fixture_start(&self, &options);
    int fd = client_connect(&self);
    client_send(fd, "GET /big HTTP/1.1\r\n\r\n");
    http_reply reply;
    client_read_head(fd, &reply);
    int slow = client_connect(&self);
    client_send(slow, "GET /hello HTTP/1.1\r\nX-Slow");
    fixture_stop(&self);
    assert_int_equal(self.logged, 1);
    close(fd);
    close(slow);
}

static void a_server_that_never_ran_can_be_destroyed(void **state)
{
    (void)state;
    calx_http_options options = default_options();
    const calx_http_handler handler = {.admit = admit, .run = run, .log = log_exchange};
    calx_http_server *server;
    assert_int_equal(calx__http_create(&options, &handler, &server, NULL), 0);
    assert_true(calx__http_port(server) > 0);
    calx__http_destroy(server);
    calx__http_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(idle_connections_do_not_hold_it_up),
        cmocka_unit_test(begun_requests_finish),
        cmocka_unit_test(handlers_are_cancelled_when_the_time_is_up),
        cmocka_unit_test(a_second_signal_ends_the_waiting),
        cmocka_unit_test(clients_that_do_not_read_are_cut_when_the_time_is_up),
        cmocka_unit_test(a_server_that_never_ran_can_be_destroyed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
