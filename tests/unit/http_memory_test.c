/* http_memory_test.c: the memory of all answers together, while clients do not take them. */
#include "http_support.h"

static void start_with_room_for(fixture *self, size_t answers_bytes_max)
{
    calx_http_options options = default_options();
    options.answers_bytes_max = answers_bytes_max;
    fixture_start(self, &options);
}

/* Returns the connection of a client that has its answer's head and takes no more. */
static int client_that_does_not_read(const fixture *self)
{
    int fd = client_connect(self);
    client_send(fd, "GET /big HTTP/1.1\r\n\r\n");
    http_reply reply;
    client_read_head(fd, &reply);
    assert_int_equal(reply.status, 200);
    return fd;
}

static int status_of(const fixture *self, const char *request)
{
    int fd = client_connect(self);
    client_send(fd, request);
    http_reply reply;
    client_read_head(fd, &reply);
    close(fd);
    return reply.status;
}

static void clients_that_do_not_read_leave_no_room_for_others(void **state)
{
    (void)state;
    fixture self;
    start_with_room_for(&self, 2 * BIG_LENGTH + PAGE_LENGTH);
    int fds[] = {client_that_does_not_read(&self), client_that_does_not_read(&self)};
    int fd = client_connect(&self);
    http_reply reply;
    for (int i = 0; i < 3; i++) { /* a refused answer takes no room */
        client_send(fd, "GET /big HTTP/1.1\r\n\r\n");
        client_read(fd, &reply);
        assert_int_equal(reply.status, 503);
        assert_string_equal(reply.body, "{\"error\": 503}");
        assert_non_null(strstr(reply.head, "retry-after: 1\r\n"));
    }
    client_send(fd, "GET /hello HTTP/1.1\r\n\r\n");
    client_read(fd, &reply);
    assert_string_equal(reply.body, "hello");
    close(fd);
    close(fds[0]);
    close(fds[1]);
    fixture_stop(&self);
}

static void room_comes_back_when_clients_leave(void **state)
{
    (void)state;
    fixture self;
    start_with_room_for(&self, 2 * BIG_LENGTH);
    for (int round = 0; round < 3; round++) {
        int fds[] = {client_that_does_not_read(&self), client_that_does_not_read(&self)};
        assert_int_equal(status_of(&self, "GET /big HTTP/1.1\r\n\r\n"), 503);
        close(fds[0]);
        close(fds[1]);
        fixture_await(&self, &self.logged, 3 * (round + 1));
    }
    fixture_stop(&self);
}

static void room_comes_back_when_an_answer_was_read(void **state)
{
    (void)state;
    fixture self;
    start_with_room_for(&self, BIG_LENGTH);
    char *body = malloc(BIG_LENGTH);
    int fd = client_connect(&self);
    for (int i = 0; i < 3; i++) {
        http_reply reply;
        client_send(fd, "GET /big HTTP/1.1\r\n\r\n");
        client_read_head(fd, &reply);
        assert_int_equal(reply.status, 200);
        assert_int_equal(recv(fd, body, BIG_LENGTH, MSG_WAITALL), BIG_LENGTH);
    }
    free(body);
    close(fd);
    fixture_stop(&self);
}

/* It has run: 503 with Retry-After would make its client do everything once more. */
static void a_post_without_room_is_not_asked_to_try_again(void **state)
{
    (void)state;
    fixture self;
    start_with_room_for(&self, BIG_LENGTH - 1);
    http_reply reply;
    client_ask(&self, "POST /big HTTP/1.1\r\nContent-Length: 0\r\n\r\n", &reply);
    assert_int_equal(reply.status, 500);
    assert_string_equal(reply.body, "{\"error\": 500}");
    assert_null(strstr(reply.head, "retry-after"));
    fixture_stop(&self);
}

static void small_answers_need_no_room(void **state)
{
    (void)state;
    fixture self;
    start_with_room_for(&self, 0);
    assert_int_equal(status_of(&self, "HEAD /page HTTP/1.1\r\n\r\n"), 200);
    assert_int_equal(status_of(&self, "GET /page HTTP/1.1\r\n\r\n"), 200);
    assert_int_equal(status_of(&self, "GET /big HTTP/1.1\r\n\r\n"), 503);
    fixture_stop(&self);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clients_that_do_not_read_leave_no_room_for_others),
        cmocka_unit_test(room_comes_back_when_clients_leave),
        cmocka_unit_test(room_comes_back_when_an_answer_was_read),
        cmocka_unit_test(a_post_without_room_is_not_asked_to_try_again),
        cmocka_unit_test(small_answers_need_no_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
