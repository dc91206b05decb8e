/* hosts_test.c: the servers of a URL, and which of them is tried when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include <calx/hosts.h>
#include <calx/waiter.h>

static int create(const char *text, const char *whole, calx_hosts **out, calx_error *err)
{
    calx_url *url = NULL;
    assert_int_equal(calx_url_parse(text, strlen(text), &url, err), 0);
    int status = calx_hosts_create(url, whole, out, err);
    calx_url_destroy(url);
    return status;
}

static calx_hosts *hosts_of(const char *text)
{
    calx_hosts *hosts = NULL;
    calx_error err = {0};
    assert_int_equal(create(text, "socket", &hosts, &err), 0);
    return hosts;
}

/* "a:1 b:2": what the URLs of the servers say. */
static void assert_servers(const char *text, const char *expected)
{
    char found[512] = "";
    calx_hosts *hosts = hosts_of(text);
    for (size_t i = 0; i < calx_hosts_count(hosts); i++) {
        const calx_url *url = calx_hosts_url(hosts, i);
        size_t length = strlen(found);
        snprintf(found + length, sizeof found - length, "%s%s:%d", i > 0 ? " " : "",
                 url->host ? url->host : "-", url->port);
        assert_null(calx_url_parameter_get(url, "host", 0));
        assert_null(calx_url_parameter_get(url, "port", 0));
    }
    assert_string_equal(found, expected);
    calx_hosts_destroy(hosts);
}

static void servers_are_read_in_every_way_of_writing_them(void **state)
{
    (void)state;
    assert_servers("x://", "-:-1");
    assert_servers("x://a:1/d", "a:1");
    assert_servers("x://a/d?port=7", "a:7");
    assert_servers("x://c:9/d?host=a:1&host=b", "a:1 b:9");
    assert_servers("x:///d?host=a:1&host=b:2&key=v", "a:1 b:2");
    assert_servers("x:///d?host=a,b&port=1,2", "a:1 b:2");
    assert_servers("x:///d?host=a,b&port=1,", "a:1 b:-1");
    assert_servers("x:///d?host=a,b&port=5", "a:5 b:5");
    assert_servers("x:///d?host=[::1]:5,[::2],::3", "::1:5 ::2:-1 ::3:-1");
    assert_servers("x:///d?host=/run/a:b,,c", "/run/a:b:-1 -:-1 c:-1");
}

static void the_rest_of_the_url_goes_to_every_server(void **state)
{
    (void)state;
    calx_hosts *hosts = hosts_of("x+y://u:p@/d?host=a&key=v&host=b");
    for (size_t i = 0; i < 2; i++) {
        const calx_url *url = calx_hosts_url(hosts, i);
        assert_string_equal(url->drivername, "x+y");
        assert_string_equal(url->username, "u");
        assert_string_equal(url->password, "p");
        assert_string_equal(url->database, "d");
        assert_string_equal(calx_url_parameter_get(url, "key", 0), "v");
        assert_int_equal(url->parameter_count, 1);
    }
    calx_hosts_destroy(hosts);
}

static void a_url_with_the_key_for_it_is_left_whole(void **state)
{
    (void)state;
    calx_hosts *hosts = hosts_of("x:///d?host=a&host=b&port=1,2&socket=s");
    const calx_url *url = calx_hosts_url(hosts, 0);
    assert_int_equal(calx_hosts_count(hosts), 1);
    assert_string_equal(calx_url_parameter_get(url, "host", 0), "a,b");
    assert_string_equal(calx_url_parameter_get(url, "port", 0), "1,2");
    assert_string_equal(calx_url_parameter_get(url, "socket", 0), "s");
    calx_hosts_destroy(hosts);
}

static void what_does_not_fit_together_is_named_without_its_value(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        {"x:///d?host=hidden,b,c&port=1,2", "\"port\""},
        {"x:///d?host=hidden:1&port=2", "\"port\""},
        {"x:///d?host=hidden:70000", "\"host\""},
        {"x:///d?host=hidden:0", "\"host\""},
        {"x:///d?host=a&port=hidden", "\"port\""},
        {"x:///d?port=hidden", "\"port\""},
        {"x://hidden,b/d", "query"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        calx_hosts *hosts = NULL;
        calx_error err = {0};
        assert_int_equal(create(bad[i][0], NULL, &hosts, &err), CALX_ERROR_URL);
        assert_non_null(strstr(err.message, bad[i][1]));
        assert_null(strstr(err.message, "hidden"));
        assert_null(hosts);
    }
}

static void there_is_a_limit_to_hosts(void **state)
{
    (void)state;
    char text[256] = "x:///d?host=a";
    calx_hosts *hosts = NULL;
    calx_error err = {0};
    for (int i = 1; i < CALX_HOSTS_MAX; i++)
        strcat(text, ",a");
    calx_hosts_destroy(hosts_of(text));
    strcat(text, ",a");
    assert_int_equal(create(text, NULL, &hosts, &err), CALX_ERROR_URL);
}

/* ---- Trying ---- */

/* What each server answers, and the servers that were asked: "021". */
typedef struct attempts {
    int answers[CALX_HOSTS_MAX];
    char asked[CALX_HOSTS_MAX + 1];
    int64_t deadlines_us[CALX_HOSTS_MAX];
} attempts;

static int attempt(void *context, size_t index, int64_t deadline_us, calx_error *err)
{
    attempts *self = context;
    size_t count = strlen(self->asked);
    self->asked[count] = (char)('0' + index);
    self->asked[count + 1] = '\0';
    self->deadlines_us[index] = deadline_us;
    int answer = self->answers[index];
    return answer < 0 ? calx_error_set(err, (calx_error_class)answer, "no") : 0;
}

static int try_all(calx_hosts *hosts, attempts *self, const char *expected, calx_error *err)
{
    self->asked[0] = '\0';
    int status = calx_hosts_try(hosts, attempt, self, calx_deadline_in_ms(60000), err);
    assert_string_equal(self->asked, expected);
    return status;
}

static void the_first_that_opens_is_used_from_then_on(void **state)
{
    (void)state;
    calx_hosts *hosts = hosts_of("x:///?host=a,b,c");
    calx_error err = {0};
    attempts self = {.answers = {CALX_ERROR_UNREACHABLE, CALX_ERROR_TIMEOUT, 0}};
    assert_int_equal(try_all(hosts, &self, "012", &err), 0);
    assert_int_equal(err.code, CALX_OK);
    self.answers[0] = 0;
    assert_int_equal(try_all(hosts, &self, "2", &err), 0);
    assert_true(calx_hosts_is_current(hosts, 2));
    assert_false(calx_hosts_is_current(hosts, 0));
    calx_hosts_destroy(hosts);
}

static void a_server_that_was_left_comes_last(void **state)
{
    (void)state;
    calx_hosts *hosts = hosts_of("x:///?host=a,b,c");
    calx_error err = {0};
    attempts self = {0};
    assert_int_equal(try_all(hosts, &self, "0", &err), 0);
    calx_hosts_leave(hosts, 0);
    assert_true(calx_hosts_is_current(hosts, 0)); /* nothing better is known yet */
    assert_int_equal(try_all(hosts, &self, "1", &err), 0);
    assert_false(calx_hosts_is_current(hosts, 0));
    self.answers[1] = self.answers[2] = CALX_ERROR_UNREACHABLE;
    assert_int_equal(try_all(hosts, &self, "120", &err), 0);
    calx_hosts_destroy(hosts);
}

static void a_server_that_refuses_the_login_ends_the_search(void **state)
{
    (void)state;
    calx_hosts *hosts = hosts_of("x:///?host=a,b");
    calx_error err = {0};
    attempts self = {.answers = {CALX_ERROR_AUTHENTICATION, 0}};
    assert_int_equal(try_all(hosts, &self, "0", &err), CALX_ERROR_AUTHENTICATION);
    assert_int_equal(err.code, CALX_ERROR_AUTHENTICATION);
    calx_hosts_destroy(hosts);
}

static void the_last_failure_is_told_with_its_server(void **state)
{
    (void)state;
    calx_hosts *hosts = hosts_of("x:///?host=a:1,b:2");
    calx_error err = {0};
    attempts self = {.answers = {CALX_ERROR_UNREACHABLE, CALX_ERROR_TIMEOUT}};
    assert_int_equal(try_all(hosts, &self, "01", &err), CALX_ERROR_UNREACHABLE);
    assert_int_equal(err.code, CALX_ERROR_UNREACHABLE);
    assert_true(err.retryable);
    assert_string_equal(err.message, "host \"b\", port 2: no");
    calx_hosts_destroy(hosts);
}

static void each_gets_an_equal_share_of_what_time_is_left(void **state)
{
    (void)state;
    calx_hosts *hosts = hosts_of("x:///?host=a,b,c");
    attempts self = {.answers = {CALX_ERROR_UNREACHABLE, CALX_ERROR_UNREACHABLE, 0}};
    int64_t begun_us = calx_now_us();
    int64_t deadline_us = begun_us + 60000000;
    assert_int_equal(calx_hosts_try(hosts, attempt, &self, deadline_us, NULL), 0);
    int64_t late_us = calx_now_us() - begun_us;
    assert_in_range(self.deadlines_us[0] - begun_us, 20000000, 20000000 + late_us);
    assert_in_range(self.deadlines_us[1] - begun_us, 30000000, 30000000 + late_us);
    assert_true(self.deadlines_us[2] == deadline_us);
    assert_int_equal(calx_hosts_try(hosts, attempt, &self, CALX_NO_DEADLINE, NULL), 0);
    assert_true(self.deadlines_us[2] == CALX_NO_DEADLINE);
    assert_in_range(calx_hosts_share(hosts, deadline_us) - begun_us, 20000000, 59999999);
    calx_hosts_destroy(hosts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(servers_are_read_in_every_way_of_writing_them),
        cmocka_unit_test(the_rest_of_the_url_goes_to_every_server),
        cmocka_unit_test(a_url_with_the_key_for_it_is_left_whole),
        cmocka_unit_test(what_does_not_fit_together_is_named_without_its_value),
        cmocka_unit_test(there_is_a_limit_to_hosts),
        cmocka_unit_test(the_first_that_opens_is_used_from_then_on),
        cmocka_unit_test(a_server_that_was_left_comes_last),
        cmocka_unit_test(a_server_that_refuses_the_login_ends_the_search),
        cmocka_unit_test(the_last_failure_is_told_with_its_server),
        cmocka_unit_test(each_gets_an_equal_share_of_what_time_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
