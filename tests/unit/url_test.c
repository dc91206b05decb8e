/* url_test.c: each rule of docs/urls.md, as text in and parts out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <calx/url.h>

#define NONE CALX_URL_NO_PORT

/* NULL means absent. The query is written "key=value|key=value", decoded. */
typedef struct url_case {
    const char *text;
    const char *drivername;
    const char *username;
    const char *password;
    const char *host;
    int port;
    const char *database;
    const char *query;
    const char *masked; /* NULL: the same as text */
} url_case;

static calx_url *parse(const char *text)
{
    calx_url *url = NULL;
    calx_error err = {0};
    if (calx_url_parse(text, strlen(text), &url, &err) != 0)
        fail_msg("%s: %s", text, err.message);
    assert_int_equal(err.code, CALX_OK);
    return url;
}

static void assert_part(const char *text, const char *part, const char *got, const char *expected)
{
    if ((got == NULL) != (expected == NULL) || (got && strcmp(got, expected) != 0))
        fail_msg("%s: %s is %s, expected %s", text, part, got ? got : "absent",
                 expected ? expected : "absent");
}

static void query_text(const calx_url *url, char *out, size_t size)
{
    out[0] = '\0';
    for (size_t i = 0; i < url->parameter_count; i++) {
        size_t length = strlen(out);
        snprintf(out + length, size - length, "%s%s=%s", i ? "|" : "", url->parameters[i].name,
                 url->parameters[i].value);
    }
}

static void assert_case(const url_case *c)
{
    char query[1024];
    calx_url *url = parse(c->text);
    assert_part(c->text, "drivername", url->drivername, c->drivername);
    assert_part(c->text, "username", url->username, c->username);
    assert_part(c->text, "password", url->password, c->password);
    assert_part(c->text, "host", url->host, c->host);
    assert_part(c->text, "database", url->database, c->database);
    query_text(url, query, sizeof(query));
    assert_part(c->text, "query", query, c->query ? c->query : "");
    if (url->port != c->port)
        fail_msg("%s: port %d", c->text, url->port);
    char *masked = calx_url_format_masked(url);
    assert_part(c->text, "masked form", masked, c->masked ? c->masked : c->text);
    free(masked);
    calx_url_destroy(url);
}

#define ASSERT_CASES(...)                                                                          \
    do {                                                                                           \
        const url_case cases[] = {__VA_ARGS__};                                                    \
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)                              \
            assert_case(&cases[i]);                                                                \
    } while (0)

static void assert_refused(const char *text, size_t length, calx_error_class code,
                           const char *message)
{
    calx_url *url = (calx_url *)&length;
    calx_error err = {0};
    if (calx_url_parse(text, length, &url, &err) != (int)code)
        fail_msg("%s: not refused so", text);
    assert_ptr_equal(url, &length);
    assert_int_equal(err.code, code);
    if (!strstr(err.message, message))
        fail_msg("%s: %s", text, err.message);
}

static void assert_bad(const char *text, const char *message)
{
    assert_refused(text, strlen(text), CALX_ERROR_URL, message);
}

/* ---- Rule 1: the name ---- */

static void url_name_is_dialect_and_driver(void **state)
{
    (void)state;
    static const char *const cases[][4] = {
        {"sqlite://", "sqlite", "sqlite", NULL},
        {"postgresql+libpq://", "postgresql+libpq", "postgresql", "libpq"},
        {"PostgreSQL+libPQ://", "PostgreSQL+libPQ", "PostgreSQL", "libPQ"},
        {"my_sql2+a_1://", "my_sql2+a_1", "my_sql2", "a_1"},
        {"a+b+c://", "a+b+c", "a", "b+c"},
        {"a+://", "a+", "a", ""},
        {"+b://", "+b", "", "b"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        calx_url *url = parse(cases[i][0]);
        assert_part(cases[i][0], "drivername", url->drivername, cases[i][1]);
        assert_part(cases[i][0], "dialect", url->dialect, cases[i][2]);
        assert_part(cases[i][0], "driver", url->driver, cases[i][3]);
        calx_url_destroy(url);
    }
}

static void url_without_a_name_is_refused(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",           "todos.db",   "://h/d",  "sqlite",     "sqlite:",     "sqlite:/",
        "sqlite:/x",  "my-sql://h", "a.b://h", " sqlite://", "sql ite://h", "\xC3\xA4://h",
        "/sqlite://",
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_bad(cases[i], "must begin with");
}

/* ---- Rule 2: user and password ---- */

static void url_user_and_password(void **state)
{
    (void)state;
    ASSERT_CASES(
        {.text = "pg://u:p@h",
         .drivername = "pg",
         .username = "u",
         .password = "p",
         .host = "h",
         .port = NONE,
         .masked = "pg://u:***@h"},
        {.text = "pg://u@h", .drivername = "pg", .username = "u", .host = "h", .port = NONE},
        {.text = "pg://u:@h",
         .drivername = "pg",
         .username = "u",
         .password = "",
         .host = "h",
         .port = NONE,
         .masked = "pg://u:***@h"},
        {.text = "pg://:p@h",
         .drivername = "pg",
         .username = "",
         .password = "p",
         .host = "h",
         .port = NONE,
         .masked = "pg://:***@h"},
        {.text = "pg://@h", .drivername = "pg", .username = "", .host = "h", .port = NONE},
        {.text = "pg://u:p@/d",
         .drivername = "pg",
         .username = "u",
         .password = "p",
         .port = NONE,
         .database = "d",
         .masked = "pg://u:***@/d"});
}

static void url_password_may_hold_nearly_everything_raw(void **state)
{
    (void)state;
    ASSERT_CASES({.text = "pg://u:a/b:c?d+e f#g&h=[i]@h:1/d?k=v",
                  .drivername = "pg",
                  .username = "u",
                  .password = "a/b:c?d+e f#g&h=[i]",
                  .host = "h",
                  .port = 1,
                  .database = "d",
                  .query = "k=v",
                  .masked = "pg://u:***@h:1/d?k=v"},
                 {.text = "pg://u:p%40ss@h",
                  .drivername = "pg",
                  .username = "u",
                  .password = "p@ss",
                  .host = "h",
                  .port = NONE,
                  .masked = "pg://u:***@h"},
                 {.text = "pg://u:\xC3\xA4%C3%A4%25@h",
                  .drivername = "pg",
                  .username = "u",
                  .password = "\xC3\xA4\xC3\xA4%",
                  .host = "h",
                  .port = NONE,
                  .masked = "pg://u:***@h"});
}

static void url_user_may_hold_an_at(void **state)
{
    (void)state;
    ASSERT_CASES({.text = "pg://u@corp:p@h",
                  .drivername = "pg",
                  .username = "u@corp",
                  .password = "p",
                  .host = "h",
                  .port = NONE,
                  .masked = "pg://u%40corp:***@h"},
                 {.text = "pg://u@corp@h/d",
                  .drivername = "pg",
                  .username = "u@corp",
                  .host = "h",
                  .port = NONE,
                  .database = "d",
                  .masked = "pg://u%40corp@h/d"},
                 {.text = "pg://u@h:5432/d",
                  .drivername = "pg",
                  .username = "u",
                  .host = "h",
                  .port = 5432,
                  .database = "d"});
}

/* The first @ after a : ends a password, wherever it stands. */
static void url_raw_at_in_the_query_ends_a_password(void **state)
{
    (void)state;
    ASSERT_CASES({.text = "pg://h:1/d?k=a@b",
                  .drivername = "pg",
                  .username = "h",
                  .password = "1/d?k=a",
                  .host = "b",
                  .port = NONE,
                  .masked = "pg://h:***@b"},
                 {.text = "pg://h/d?k=a@b:c",
                  .drivername = "pg",
                  .host = "h",
                  .port = NONE,
                  .database = "d",
                  .query = "k=a@b:c",
                  .masked = "pg://h/d?k=a%40b%3Ac"});
}

/* ---- Rules 3 and 4: host and port ---- */

static void url_host_is_kept_as_it_is(void **state)
{
    (void)state;
    ASSERT_CASES(
        {.text = "pg://Example.ORG", .drivername = "pg", .host = "Example.ORG", .port = NONE},
        {.text = "pg://a%20b/d",
         .drivername = "pg",
         .host = "a%20b",
         .port = NONE,
         .database = "d"},
        {.text = "pg://h?k=v", .drivername = "pg", .host = "h", .port = NONE, .query = "k=v"},
        {.text = "pg://:1/d", .drivername = "pg", .port = 1, .database = "d"},
        {.text = "pg:///d", .drivername = "pg", .port = NONE, .database = "d"});
}

static void url_ipv6_stands_in_brackets(void **state)
{
    (void)state;
    ASSERT_CASES(
        {.text = "pg://[::1]", .drivername = "pg", .host = "::1", .port = NONE},
        {.text = "pg://u:p@[fe80::1%eth0]:5432/d",
         .drivername = "pg",
         .username = "u",
         .password = "p",
         .host = "fe80::1%eth0",
         .port = 5432,
         .database = "d",
         .masked = "pg://u:***@[fe80::1%eth0]:5432/d"},
        {.text = "pg://[::1]?k=v", .drivername = "pg", .host = "::1", .port = NONE, .query = "k=v"},
        {.text = "pg://[v1]/d",
         .drivername = "pg",
         .host = "v1",
         .port = NONE,
         .database = "d",
         .masked = "pg://v1/d"});
    static const char *const cases[] = {"pg://[",       "pg://[]",     "pg://[::1",
                                        "pg://[::1/d]", "pg://[::1]x", "pg://[::1]]:1",
                                        "pg://[::1?]"};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_bad(cases[i], "[brackets]");
}

static void url_host_holds_no_at_and_no_control_character(void **state)
{
    (void)state;
    assert_bad("pg://u:p@ss@h/d", "%40");
    assert_bad("pg://u:p@[::1@x]/d", "%40");
    assert_bad("pg://h\n/d", "control character");
    assert_bad("pg://h\x7F", "control character");
}

static void url_port_is_a_number(void **state)
{
    (void)state;
    ASSERT_CASES({.text = "pg://h:5432", .drivername = "pg", .host = "h", .port = 5432},
                 {.text = "pg://h:0/", .drivername = "pg", .host = "h", .port = 0, .database = ""},
                 {.text = "pg://h:65535?k=v",
                  .drivername = "pg",
                  .host = "h",
                  .port = 65535,
                  .query = "k=v"},
                 {.text = "pg://h:00080",
                  .drivername = "pg",
                  .host = "h",
                  .port = 80,
                  .masked = "pg://h:80"});
    static const char *const cases[] = {
        "pg://h:",      "pg://h:/d",
        "pg://h:?k=v",  "pg://h:x",
        "pg://h:1x/d",  "pg://h:-1",
        "pg://h:+1",    "pg://h:1_0",
        "pg://h:65536", "pg://h:99999999999999999999/d",
        "pg://h: 1",    "pg://h:1 ",
        "pg://a:1:2/d", "pg://a:1,b:2/d",
        "pg://h:%31",   "pg://h:\xD9\xA1",
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_bad(cases[i], "port");
}

/* ---- Rules 5 and 6: database, decoding ---- */

static void url_database_absent_differs_from_empty(void **state)
{
    (void)state;
    ASSERT_CASES({.text = "pg://h", .drivername = "pg", .host = "h", .port = NONE},
                 {.text = "pg://h/", .drivername = "pg", .host = "h", .port = NONE, .database = ""},
                 {.text = "pg://", .drivername = "pg", .port = NONE},
                 {.text = "pg:///", .drivername = "pg", .port = NONE, .database = ""});
}

static void url_database_is_everything_up_to_the_query(void **state)
{
    (void)state;
    ASSERT_CASES({.text = "pg://h/a/b@c:d#e?k=v",
                  .drivername = "pg",
                  .host = "h",
                  .port = NONE,
                  .database = "a/b@c:d#e",
                  .query = "k=v",
                  .masked = "pg://h/a/b%40c%3Ad%23e?k=v"},
                 {.text = "pg://h/a%3Fb%2Fc",
                  .drivername = "pg",
                  .host = "h",
                  .port = NONE,
                  .database = "a?b/c",
                  .masked = "pg://h/a%3Fb/c"},
                 {.text = "pg://h/[x]",
                  .drivername = "pg",
                  .host = "h",
                  .port = NONE,
                  .database = "[x]",
                  .masked = "pg://h/%5Bx%5D"});
}

static void url_sqlite_forms(void **state)
{
    (void)state;
    ASSERT_CASES(
        {.text = "sqlite://", .drivername = "sqlite", .port = NONE},
        {.text = "sqlite:///", .drivername = "sqlite", .port = NONE, .database = ""},
        {.text = "sqlite:///:memory:",
         .drivername = "sqlite",
         .port = NONE,
         .database = ":memory:",
         .masked = "sqlite:///%3Amemory%3A"},
        {.text = "sqlite:///todos.db",
         .drivername = "sqlite",
         .port = NONE,
         .database = "todos.db"},
        {.text = "sqlite:////var/lib/todos.db",
         .drivername = "sqlite",
         .port = NONE,
         .database = "/var/lib/todos.db"},
        {.text = "sqlite:///a@b.db",
         .drivername = "sqlite",
         .port = NONE,
         .database = "a@b.db",
         .masked = "sqlite:///a%40b.db"},
        {.text = "sqlite://todos.db", .drivername = "sqlite", .host = "todos.db", .port = NONE});
}

static void url_parts_are_decoded_once(void **state)
{
    (void)state;
    ASSERT_CASES({.text = "pg://a%2525+b:c+%2B@h/d+%20",
                  .drivername = "pg",
                  .username = "a%25+b",
                  .password = "c++",
                  .host = "h",
                  .port = NONE,
                  .database = "d+ ",
                  .masked = "pg://a%2525+b:***@h/d+ "},
                 {.text = "pg://%3a%2F%40@h",
                  .drivername = "pg",
                  .username = ":/@",
                  .host = "h",
                  .port = NONE,
                  .masked = "pg://%3A%2F%40@h"});
}

static void url_broken_escape_stays_as_it_is(void **state)
{
    (void)state;
    ASSERT_CASES({.text = "pg://%:%zz@h/%4?k=%",
                  .drivername = "pg",
                  .username = "%",
                  .password = "%zz",
                  .host = "h",
                  .port = NONE,
                  .database = "%4",
                  .query = "k=%",
                  .masked = "pg://%25:***@h/%254?k=%25"},
                 {.text = "pg://%%41@h",
                  .drivername = "pg",
                  .username = "%A",
                  .host = "h",
                  .port = NONE,
                  .masked = "pg://%25A@h"});
}

static void url_nul_and_ill_formed_text_are_refused(void **state)
{
    (void)state;
    assert_bad("pg://a%00b@h", "%00 in the user");
    assert_bad("pg://a:%00@h", "%00 in the password");
    assert_bad("pg://h/%00", "%00 in the database name");
    assert_bad("pg://h?k=%00", "%00 in the query");
    assert_bad("pg://h?%00=v", "%00 in the query");
    assert_bad("pg://%FF@h", "the user is not UTF-8");
    assert_bad("pg://u:%C3@h", "the password is not UTF-8");
    assert_bad("pg://h/%ED%A0%80", "the database name is not UTF-8");
    assert_bad("pg://h?k=%FF", "the query is not UTF-8");
    assert_bad("pg://h/\xFF", "not UTF-8");
    assert_refused("pg://h/a\0b", 10, CALX_ERROR_URL, "NUL");
}

/* ---- Rules 7 and 8: the query ---- */

static void url_query_is_decoded_as_a_form(void **state)
{
    (void)state;
    ASSERT_CASES({.text = "pg://h/d?a+b=c+d%2Be&%6B=%76",
                  .drivername = "pg",
                  .host = "h",
                  .port = NONE,
                  .database = "d",
                  .query = "a b=c d+e|k=v",
                  .masked = "pg://h/d?a+b=c+d%2Be&k=v"},
                 {.text = "pg://?a=1;b=2",
                  .drivername = "pg",
                  .port = NONE,
                  .query = "a=1;b=2",
                  .masked = "pg://?a=1%3Bb%3D2"},
                 {.text = "pg://?a=x?y&b=z=w",
                  .drivername = "pg",
                  .port = NONE,
                  .query = "a=x?y|b=z=w",
                  .masked = "pg://?a=x%3Fy&b=z%3Dw"},
                 {.text = "pg://?=v", .drivername = "pg", .port = NONE, .query = "=v"},
                 {.text = "pg://h?k=%26%3D",
                  .drivername = "pg",
                  .host = "h",
                  .port = NONE,
                  .query = "k=&="});
}

static void url_query_pairs_without_a_value_are_dropped(void **state)
{
    (void)state;
    ASSERT_CASES({.text = "pg://?", .drivername = "pg", .port = NONE, .masked = "pg://"},
                 {.text = "pg:///?username",
                  .drivername = "pg",
                  .port = NONE,
                  .database = "",
                  .masked = "pg:///"},
                 {.text = "pg://?a=&b&&c=1&",
                  .drivername = "pg",
                  .port = NONE,
                  .query = "c=1",
                  .masked = "pg://?c=1"});
}

static void url_query_keeps_repeated_keys_in_order(void **state)
{
    (void)state;
    calx_url *url = parse("pg:///d?host=b:1&x=y&host=a:2&port=1,");
    assert_int_equal(url->parameter_count, 4);
    assert_string_equal(calx_url_parameter_get(url, "host", 0), "b:1");
    assert_string_equal(calx_url_parameter_get(url, "host", 1), "a:2");
    assert_null(calx_url_parameter_get(url, "host", 2));
    assert_null(calx_url_parameter_get(url, "HOST", 0));
    assert_string_equal(calx_url_parameter_get(url, "port", 0), "1,");
    calx_url_destroy(url);
}

/* ---- Limits ---- */

static void url_limits_are_refused_one_beyond(void **state)
{
    (void)state;
    char text[CALX_URL_LENGTH_MAX + 2] = "pg://h/";
    memset(text + strlen(text), 'd', CALX_URL_LENGTH_MAX + 1 - strlen(text));
    assert_refused(text, CALX_URL_LENGTH_MAX + 1, CALX_ERROR_LIMIT, "longer than");
    text[CALX_URL_LENGTH_MAX] = '\0';
    calx_url *url = parse(text);
    assert_int_equal(strlen(url->database), CALX_URL_LENGTH_MAX - 7);
    calx_url_destroy(url);

    strcpy(text, "pg://h/?dropped=");
    for (int i = 0; i < CALX_URL_PARAMETERS_MAX; i++)
        strcat(text, "&k=v");
    url = parse(text);
    assert_int_equal(url->parameter_count, CALX_URL_PARAMETERS_MAX);
    calx_url_destroy(url);
    strcat(text, "&k=v");
    assert_refused(text, strlen(text), CALX_ERROR_LIMIT, "keys in the query");
}

static void url_of_escapes_only_fits_its_masked_form(void **state)
{
    (void)state;
    char text[CALX_URL_LENGTH_MAX + 1] = "pg://";
    memset(text + 5, '%', 4000);
    strcpy(text + 4005, "@h?k=");
    memset(text + strlen(text), '%', 4000);
    calx_url *url = parse(text);
    char *masked = calx_url_format_masked(url);
    assert_int_equal(strlen(masked), 3 * 8000 + strlen("pg://@h?k="));
    free(masked);
    calx_url_destroy(url);
}

static void url_destroy_accepts_null(void **state)
{
    (void)state;
    calx_url_destroy(NULL);
}

/* ---- Secrets ---- */

static void url_masked_hides_secret_keys_of_the_query(void **state)
{
    (void)state;
    ASSERT_CASES({.text = "pg://h?password=geheim&sslpassword=a&passfile=b&Passwd=c&sslmode=d",
                  .drivername = "pg",
                  .host = "h",
                  .port = NONE,
                  .query = "password=geheim|sslpassword=a|passfile=b|Passwd=c|sslmode=d",
                  .masked = "pg://h?password=***&sslpassword=***&passfile=***&Passwd=***"
                            "&sslmode=d"});
    assert_true(calx_url_parameter_is_secret("password"));
    assert_true(calx_url_parameter_is_secret("tls_passphrase"));
    assert_true(calx_url_parameter_is_secret("oauth_client_secret"));
    assert_false(calx_url_parameter_is_secret("host"));
    assert_false(calx_url_parameter_is_secret("sslkey"));
    assert_false(calx_url_parameter_is_secret(""));
}

/* Whatever is wrong with a URL, its message is the same for any password of the same shape. */
static void url_errors_do_not_depend_on_the_password(void **state)
{
    (void)state;
    static const char *const forms[] = {
        "pg//u:%s@h",      "pg://u:%s",          "pg://h:1:%s",       "pg://u:x@%s@h",
        "pg://u:%s%%00@h", "pg://u:%s%%FF@h",    "pg://u:x@%s\x7F",   "pg://u:x@[%s",
        "pg://u:x@h:%s/d", "pg://u:x@h:1%s?k=v", "pg://h/d?k=%s%%00", "pg-%s://h",
        "pg://u:%s@h:x",   "pg://%s%%00@h",      "pg://h/%s%%FF",
    };
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        static const char *const secrets[] = {"geheim", "hush99"};
        calx_error errors[2] = {0};
        for (size_t j = 0; j < 2; j++) {
            char text[64];
            calx_url *url;
/* The forms above are constants. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
            snprintf(text, sizeof(text), forms[i], secrets[j]);
#pragma GCC diagnostic pop
            if (calx_url_parse(text, strlen(text), &url, &errors[j]) == 0)
                fail_msg("%s: accepted", text);
        }
        assert_string_equal(errors[0].message, errors[1].message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(url_name_is_dialect_and_driver),
        cmocka_unit_test(url_without_a_name_is_refused),
        cmocka_unit_test(url_user_and_password),
        cmocka_unit_test(url_password_may_hold_nearly_everything_raw),
        cmocka_unit_test(url_user_may_hold_an_at),
        cmocka_unit_test(url_raw_at_in_the_query_ends_a_password),
        cmocka_unit_test(url_host_is_kept_as_it_is),
        cmocka_unit_test(url_ipv6_stands_in_brackets),
        cmocka_unit_test(url_host_holds_no_at_and_no_control_character),
        cmocka_unit_test(url_port_is_a_number),
        cmocka_unit_test(url_database_absent_differs_from_empty),
        cmocka_unit_test(url_database_is_everything_up_to_the_query),
        cmocka_unit_test(url_sqlite_forms),
        cmocka_unit_test(url_parts_are_decoded_once),
        cmocka_unit_test(url_broken_escape_stays_as_it_is),
        cmocka_unit_test(url_nul_and_ill_formed_text_are_refused),
        cmocka_unit_test(url_query_is_decoded_as_a_form),
        cmocka_unit_test(url_query_pairs_without_a_value_are_dropped),
        cmocka_unit_test(url_query_keeps_repeated_keys_in_order),
        cmocka_unit_test(url_limits_are_refused_one_beyond),
        cmocka_unit_test(url_of_escapes_only_fits_its_masked_form),
        cmocka_unit_test(url_destroy_accepts_null),
        cmocka_unit_test(url_masked_hides_secret_keys_of_the_query),
        cmocka_unit_test(url_errors_do_not_depend_on_the_password),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
