/* driver_postgresql_connect_test.c: connecting to PostgreSQL: servers that are away, silent or
 * refuse, bad URLs, several hosts. */
#include "postgresql_fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/* A loopback port: listening, but nobody ever answers; or, closed again, nobody is there. */
static int bind_port(int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

static int open_parsed(const char *rest, int64_t deadline_us, calx_connection **out,
                       calx_error *err)
{
    char text[1024];
    calx_error parse = {0};
    calx_url *url = NULL;
    snprintf(text, sizeof text, "%s%s", form, rest);
    assert_ok(calx_url_parse(text, strlen(text), &url, &parse), &parse);
    int code = open_url(url, &default_options, deadline_us, out, err);
    calx_url_destroy(url);
    return code;
}

static void frozen_server_does_not_outlast_the_deadline(void **state)
{
    (void)state;
    int port;
    char rest[128];
    calx_connection *opened = NULL;
    calx_error err = {0};
    int fd = bind_port(&port);
    assert_int_equal(listen(fd, 4), 0);
    snprintf(rest, sizeof rest, "://u:hidden-word@127.0.0.1:%d/d", port);
    int code = open_parsed(rest, calx_deadline_in_ms(2500), &opened, &err);
    assert_true(code == CALX_ERROR_TIMEOUT || code == CALX_ERROR_UNREACHABLE);
    assert_int_equal(err.code, code);
    assert_int_equal(err.outcome, CALX_OUTCOME_NOT_DONE);
    assert_null(strstr(err.message, "hidden-word"));
    close(fd);
}

static void closed_port_is_unreachable(void **state)
{
    (void)state;
    int port;
    char rest[128];
    calx_connection *opened = NULL;
    calx_error err = {0};
    int fd = bind_port(&port); /* bound, not listening */
    snprintf(rest, sizeof rest, "://u:hidden-word@127.0.0.1:%d/d", port);
    assert_int_equal(open_parsed(rest, soon(), &opened, &err), CALX_ERROR_UNREACHABLE);
    assert_true(err.retryable);
    assert_null(strstr(err.message, "hidden-word"));
    close(fd);
}

static void unknown_role_is_denied(void **state)
{
    (void)state;
    calx_connection *opened = NULL;
    calx_error err = {0};
    calx_url *url = server_url();
    calx_url wrong = *url;
    wrong.username = "calx_nobody";
    wrong.password = "hidden-word";
    assert_int_equal(open_url(&wrong, &default_options, soon(), &opened, &err),
                     CALX_ERROR_AUTHENTICATION);
    assert_null(strstr(err.message, "hidden-word"));
    calx_url_destroy(url);
}

static void unknown_database_is_undefined(void **state)
{
    (void)state;
    calx_connection *opened = NULL;
    calx_error err = {0};
    calx_url *url = server_url();
    calx_url wrong = *url;
    wrong.database = "calx_no_such_database";
    assert_int_equal(open_url(&wrong, &default_options, soon(), &opened, &err),
                     CALX_ERROR_UNDEFINED);
    calx_url_destroy(url);
}

static void bad_query_keys_are_named_without_their_value(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        {"://u@h/d?sslmod=hidden-word", "sslmod"},
        {"://u@h/d?client_encoding=hidden-word", "client_encoding"},
        {"://u@h/d?connect_timeout=hidden-word", "connect_timeout"},
        {"://u@h/d?sslmode=hidden-word&sslmode=hidden-word", "sslmode"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        calx_connection *opened = NULL;
        calx_error err = {0};
        assert_int_equal(open_parsed(bad[i][0], soon(), &opened, &err), CALX_ERROR_URL);
        assert_non_null(strstr(err.message, bad[i][1]));
        assert_null(strstr(err.message, "hidden-word"));
    }
}

static calx_error check_query(const char *query)
{
    char text[512];
    calx_database *database = NULL;
    calx_error err = {0};
    calx_url *url = NULL;
    snprintf(text, sizeof text, "%s://u@127.0.0.1/d?%s", form, query);
    assert_ok(calx_url_parse(text, strlen(text), &url, &err), &err);
    if (create(url, &default_options, &database, &err) == 0)
        database->driver->database_destroy(database);
    calx_url_destroy(url);
    return err;
}

static void bad_values_of_the_query_are_refused_without_connecting(void **state)
{
    (void)state;
    static const char *const keys[] = {"sslmode",
                                       "target_session_attrs",
                                       "channel_binding",
                                       "gssencmode",
                                       "sslcompression",
                                       "ssl_min_protocol_version",
                                       "sslsni",
                                       "keepalives",
                                       "ssl_max_protocol_version",
                                       "keepalives_count",
                                       "keepalives_idle",
                                       "keepalives_interval",
                                       "replication",
                                       "tcp_user_timeout",
                                       "connect_timeout",
                                       "port",
                                       "hostaddr"};
    static const char *const values[] = {"hidden-word", "require,hidden-word", "99999999999", ":"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        for (size_t j = 0; j < sizeof values / sizeof *values; j++) {
            char query[128];
            char start[64];
            snprintf(query, sizeof query, "%s=%s", keys[i], values[j]);
            snprintf(start, sizeof start, "query key \"%s\": expected ", keys[i]);
            calx_error err = check_query(query);
            assert_int_equal(err.code, CALX_ERROR_URL);
            assert_int_equal(strncmp(err.message, start, strlen(start)), 0);
            assert_null(strstr(err.message, "hidden-word"));
        }
}

static void values_that_libpq_knows_are_accepted(void **state)
{
    (void)state;
    static const char *const good[] = {
        "sslmode=disable",
        "sslmode=verify-full",
        "target_session_attrs=any",
        "target_session_attrs=prefer-standby",
        "channel_binding=prefer&gssencmode=disable",
        "ssl_min_protocol_version=TLSv1&ssl_max_protocol_version=tlsv1.3",
        "sslcompression=0&sslsni=1&replication=false",
        "keepalives=1&keepalives_idle=-1&keepalives_interval=%2b5&keepalives_count=3",
        "tcp_user_timeout=2147483647&connect_timeout=0",
        "host=a,b&port=1,65535",
        "host=a,b,c&hostaddr=127.0.0.1,,::1&port=5432,,5433",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        calx_error err = check_query(good[i]);
        assert_ok((int)err.code, &err);
    }
}

/* These only libpq sees. */
static void options_that_libpq_refuses_are_the_urls_fault(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        {"://u@127.0.0.1:1/d?ssl_min_protocol_version=TLSv1.3&ssl_max_protocol_version=TLSv1.2",
         "SSL protocol version"},
        {"://u@127.0.0.1:1/d?hostaddr=127.0.0.1,127.0.0.2", "hostaddr"},
        {"://u@127.0.0.1:1/d?service=calx_no_such_service", "calx_no_such_service"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        calx_connection *opened = NULL;
        calx_error err = {0};
        assert_int_equal(open_parsed(bad[i][0], soon(), &opened, &err), CALX_ERROR_URL);
        assert_non_null(strstr(err.message, bad[i][1]));
        assert_false(err.retryable);
    }
}

static void settings_that_the_server_refuses_are_the_urls_fault(void **state)
{
    (void)state;
    static const char *const bad[] = {"-c TimeZone=nowhere", "-c calx_nothing=1",
                                      "-c max_connections=9", "-calx"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        calx_connection *opened = NULL;
        calx_error err = {0};
        calx_url *url = server_url();
        calx_url_parameter parameters[CALX_URL_PARAMETERS_MAX];
        calx_url wrong = *url;
        assert_true(url->parameter_count < CALX_URL_PARAMETERS_MAX);
        for (size_t j = 0; j < url->parameter_count; j++)
            parameters[j] = url->parameters[j];
        parameters[wrong.parameter_count++] = (calx_url_parameter){"options", bad[i]};
        wrong.parameters = parameters;
        assert_int_equal(open_url(&wrong, &default_options, soon(), &opened, &err), CALX_ERROR_URL);
        assert_false(err.retryable);
        calx_url_destroy(url);
    }
}

static void bad_mode_of_the_environment_is_not_a_server_that_is_away(void **state)
{
    (void)state;
    calx_connection *opened = NULL;
    calx_error err = {0};
    assert_int_equal(setenv("PGSSLMODE", "bogus", 1), 0);
    int code = open_parsed("://u@127.0.0.1:1/d", soon(), &opened, &err);
    unsetenv("PGSSLMODE");
    assert_int_equal(code, CALX_ERROR_URL);
    assert_non_null(strstr(err.message, "sslmode"));
}

static void hosts_and_ports_of_the_query_must_match(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "://u@/d?host=a,b,c&port=1,2",
        "://u@/d?host=a:1&host=b&port=2",
        "://u@/d?host=a:70000",
        "://u@/d?host=[::1]:0",
        "://u@a,b/d",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        calx_connection *opened = NULL;
        calx_error err = {0};
        assert_int_equal(open_parsed(bad[i], soon(), &opened, &err), CALX_ERROR_URL);
    }
}

static void ipv6_host_of_the_query_may_carry_a_port(void **state)
{
    (void)state;
    calx_connection *opened = NULL;
    calx_error err = {0};
    assert_int_equal(open_parsed("://u@/d?host=[::1]:1", soon(), &opened, &err),
                     CALX_ERROR_UNREACHABLE);
    assert_non_null(strstr(err.message, "\"::1\", port 1"));
}

/* Where the server of the URL is, as the query's host and port. */
static void server_address(const calx_url *url, char host[256], char port[8])
{
    const char *named = calx_url_parameter_get(url, "host", 0);
    const char *numbered = calx_url_parameter_get(url, "port", 0);
    snprintf(host, 256, "%s", named ? named : url->host ? url->host : "localhost");
    snprintf(port, 8, "%d", url->port == CALX_URL_NO_PORT ? 5432 : url->port);
    if (numbered)
        snprintf(port, 8, "%s", numbered);
}

static void assert_second_host_is_used(int first_port)
{
    char host[256];
    char port[8];
    char hosts[300];
    char ports[24];
    calx_connection *opened = NULL;
    calx_error err = {0};
    calx_url *url = server_url();
    server_address(url, host, port);
    snprintf(hosts, sizeof hosts, "127.0.0.1,%s", host);
    snprintf(ports, sizeof ports, "%d,%s", first_port, port);
    const calx_url_parameter parameters[] = {
        {"host", hosts}, {"port", ports}, {"connect_timeout", "2"}};
    calx_url several = *url;
    several.host = NULL;
    several.port = CALX_URL_NO_PORT;
    several.parameters = parameters;
    several.parameter_count = 3;
    assert_ok(open_url(&several, &default_options, soon(), &opened, &err), &err);
    assert_int_equal(query_integer(opened, "SELECT 1"), 1);
    close_connection(opened);
    calx_url_destroy(url);
}

static void next_host_is_tried_when_one_refuses(void **state)
{
    (void)state;
    int port;
    int fd = bind_port(&port);
    assert_second_host_is_used(port);
    close(fd);
}

static void next_host_is_tried_when_one_is_frozen(void **state)
{
    (void)state;
    int port;
    int fd = bind_port(&port);
    assert_int_equal(listen(fd, 4), 0);
    assert_second_host_is_used(port);
    close(fd);
}

static int run_group(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frozen_server_does_not_outlast_the_deadline),
        cmocka_unit_test(closed_port_is_unreachable),
        cmocka_unit_test(unknown_role_is_denied),
        cmocka_unit_test(unknown_database_is_undefined),
        cmocka_unit_test(bad_query_keys_are_named_without_their_value),
        cmocka_unit_test(bad_values_of_the_query_are_refused_without_connecting),
        cmocka_unit_test(values_that_libpq_knows_are_accepted),
        cmocka_unit_test(options_that_libpq_refuses_are_the_urls_fault),
        cmocka_unit_test(settings_that_the_server_refuses_are_the_urls_fault),
        cmocka_unit_test(bad_mode_of_the_environment_is_not_a_server_that_is_away),
        cmocka_unit_test(hosts_and_ports_of_the_query_must_match),
        cmocka_unit_test(ipv6_host_of_the_query_may_carry_a_port),
        cmocka_unit_test(next_host_is_tried_when_one_refuses),
        cmocka_unit_test(next_host_is_tried_when_one_is_frozen),
    };
    return cmocka_run_group_tests_name(form, tests, NULL, NULL);
}

int main(void)
{
    return run_forms(run_group);
}
