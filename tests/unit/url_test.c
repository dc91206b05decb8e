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

#define TEXT_MAX (4 * CALX_URL_LENGTH_MAX)

static calx_url *parse(const char *text)
{
    calx_url *url = NULL;
    calx_error err = {0};
    if (calx_url_parse(text, strlen(text), &url, &err) != 0)
        fail_msg("%s: %s", text, err.message);
    assert_int_equal(err.code, CALX_OK);
    return url;
}

static void append(char *out, const char *part, const char *value)
{
    size_t length = strlen(out);
    if (value)
        snprintf(out + length, TEXT_MAX - length, " %s(%s)", part, value);
}

/* What was parsed, as one text: "pg user(u) host(h) port(1) query(k=v|k=w)". What is absent is not
 * there, what is empty is "user()". */
static void describe(const calx_url *url, char out[TEXT_MAX])
{
    char port[16];
    char query[TEXT_MAX] = "";
    snprintf(port, sizeof(port), "%d", url->port);
    for (size_t i = 0; i < url->parameter_count; i++) {
        size_t length = strlen(query);
        snprintf(query + length, sizeof(query) - length, "%s%s=%s", i ? "|" : "",
                 url->parameters[i].name, url->parameters[i].value);
    }
    snprintf(out, TEXT_MAX, "%s", url->drivername);
    append(out, "user", url->username);
    append(out, "password", url->password);
    append(out, "host", url->host);
    append(out, "port", url->port == CALX_URL_NO_PORT ? NULL : port);
    append(out, "database", url->database);
    append(out, "query", url->parameter_count > 0 ? query : NULL);
}

static void assert_parses(const char *text, const char *parts, const char *masked)
{
    char description[TEXT_MAX];
    calx_url *url = parse(text);
    char *printed = calx_url_format_masked(url);
    describe(url, description);
    assert_string_equal(description, parts);
    assert_string_equal(printed, masked);
    free(printed);
    calx_url_destroy(url);
}

static void assert_part(const char *text, const char *part, const char *got, const char *expected)
{
    if ((got == NULL) != (expected == NULL) || (got && strcmp(got, expected) != 0))
        fail_msg("%s: %s is %s, expected %s", text, part, got ? got : "absent",
                 expected ? expected : "absent");
}

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
    assert_parses("pg://u:p@h", "pg user(u) password(p) host(h)", "pg://u:***@h");
    assert_parses("pg://u@h", "pg user(u) host(h)", "pg://u@h");
    assert_parses("pg://u:@h", "pg user(u) password() host(h)", "pg://u:***@h");
    assert_parses("pg://:p@h", "pg user() password(p) host(h)", "pg://:***@h");
    assert_parses("pg://@h", "pg user() host(h)", "pg://@h");
    assert_parses("pg://u:p@/d", "pg user(u) password(p) database(d)", "pg://u:***@/d");
}

static void url_password_may_hold_nearly_everything_raw(void **state)
{
    (void)state;
    assert_parses("pg://u:a/b:c?d+e f#g&h=[i]@h:1/d?k=v",
                  "pg user(u) password(a/b:c?d+e f#g&h=[i]) host(h) port(1) database(d) query(k=v)",
                  "pg://u:***@h:1/d?k=v");
    assert_parses("pg://u:p%40ss@h", "pg user(u) password(p@ss) host(h)", "pg://u:***@h");
    assert_parses("pg://u:\xC3\xA4%C3%A4%25@h", "pg user(u) password(\xC3\xA4\xC3\xA4%) host(h)",
                  "pg://u:***@h");
}

static void url_user_may_hold_an_at(void **state)
{
    (void)state;
    assert_parses("pg://u@corp:p@h", "pg user(u@corp) password(p) host(h)", "pg://u%40corp:***@h");
    assert_parses("pg://u@corp@h/d", "pg user(u@corp) host(h) database(d)", "pg://u%40corp@h/d");
    assert_parses("pg://u@h:5432/d", "pg user(u) host(h) port(5432) database(d)",
                  "pg://u@h:5432/d");
}

/* The first @ after a : ends a password, wherever it stands. */
static void url_raw_at_in_the_query_ends_a_password(void **state)
{
    (void)state;
    assert_parses("pg://h:1/d?k=a@b", "pg user(h) password(1/d?k=a) host(b)", "pg://h:***@b");
    assert_parses("pg://h/d?k=a@b:c", "pg host(h) database(d) query(k=a@b:c)",
                  "pg://h/d?k=a%40b%3Ac");
}

/* ---- Rules 3 and 4: host and port ---- */

static void url_host_is_kept_as_it_is(void **state)
{
    (void)state;
    assert_parses("pg://Example.ORG", "pg host(Example.ORG)", "pg://Example.ORG");
    assert_parses("pg://a%20b/d", "pg host(a%20b) database(d)", "pg://a%20b/d");
    assert_parses("pg://h?k=v", "pg host(h) query(k=v)", "pg://h?k=v");
    assert_parses("pg://:1/d", "pg port(1) database(d)", "pg://:1/d");
    assert_parses("pg:///d", "pg database(d)", "pg:///d");
}

static void url_ipv6_stands_in_brackets(void **state)
{
    (void)state;
    assert_parses("pg://[::1]", "pg host(::1)", "pg://[::1]");
    assert_parses("pg://u:p@[fe80::1%eth0]:5432/d",
                  "pg user(u) password(p) host(fe80::1%eth0) port(5432) database(d)",
                  "pg://u:***@[fe80::1%eth0]:5432/d");
    assert_parses("pg://[::1]?k=v", "pg host(::1) query(k=v)", "pg://[::1]?k=v");
    assert_parses("pg://[v1]/d", "pg host(v1) database(d)", "pg://v1/d");
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
    assert_parses("pg://h:5432", "pg host(h) port(5432)", "pg://h:5432");
    assert_parses("pg://h:0/", "pg host(h) port(0) database()", "pg://h:0/");
    assert_parses("pg://h:65535?k=v", "pg host(h) port(65535) query(k=v)", "pg://h:65535?k=v");
    assert_parses("pg://h:00080", "pg host(h) port(80)", "pg://h:80");
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
    assert_parses("pg://h", "pg host(h)", "pg://h");
    assert_parses("pg://h/", "pg host(h) database()", "pg://h/");
    assert_parses("pg://", "pg", "pg://");
    assert_parses("pg:///", "pg database()", "pg:///");
}

static void url_database_is_everything_up_to_the_query(void **state)
{
    (void)state;
    assert_parses("pg://h/a/b@c:d#e?k=v", "pg host(h) database(a/b@c:d#e) query(k=v)",
                  "pg://h/a/b%40c:d%23e?k=v");
    assert_parses("pg://h/a%3Fb%2Fc", "pg host(h) database(a?b/c)", "pg://h/a%3Fb/c");
    assert_parses("pg://h/[x]", "pg host(h) database([x])", "pg://h/%5Bx%5D");
}

static void url_sqlite_forms(void **state)
{
    (void)state;
    assert_parses("sqlite://", "sqlite", "sqlite://");
    assert_parses("sqlite:///", "sqlite database()", "sqlite:///");
    assert_parses("sqlite:///:memory:", "sqlite database(:memory:)", "sqlite:///:memory:");
    assert_parses("sqlite:///todos.db", "sqlite database(todos.db)", "sqlite:///todos.db");
    assert_parses("sqlite:////var/lib/todos.db", "sqlite database(/var/lib/todos.db)",
                  "sqlite:////var/lib/todos.db");
    assert_parses("sqlite:///a@b.db", "sqlite database(a@b.db)", "sqlite:///a%40b.db");
    assert_parses("sqlite://todos.db", "sqlite host(todos.db)", "sqlite://todos.db");
}

static void url_parts_are_decoded_once(void **state)
{
    (void)state;
    assert_parses("pg://a%2525+b:c+%2B@h/d+%20",
                  "pg user(a%25+b) password(c++) host(h) database(d+ )", "pg://a%2525+b:***@h/d+ ");
    assert_parses("pg://%3a%2F%40@h", "pg user(:/@) host(h)", "pg://%3A%2F%40@h");
}

static void url_broken_escape_stays_as_it_is(void **state)
{
    (void)state;
    assert_parses("pg://%:%zz@h/%4?k=%", "pg user(%) password(%zz) host(h) database(%4) query(k=%)",
                  "pg://%25:***@h/%254?k=%25");
    assert_parses("pg://%%41@h", "pg user(%A) host(h)", "pg://%25A@h");
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
    assert_parses("pg://h/d?a+b=c+d%2Be&%6B=%76", "pg host(h) database(d) query(a b=c d+e|k=v)",
                  "pg://h/d?a+b=c+d%2Be&k=v");
    assert_parses("pg://?a=1;b=2", "pg query(a=1;b=2)", "pg://?a=1%3Bb%3D2");
    assert_parses("pg://?a=x?y&b=z=w", "pg query(a=x?y|b=z=w)", "pg://?a=x%3Fy&b=z%3Dw");
    assert_parses("pg://?=v", "pg query(=v)", "pg://?=v");
    assert_parses("pg://h?k=%26%3D", "pg host(h) query(k=&=)", "pg://h?k=%26%3D");
}

static void url_query_pairs_without_a_value_are_dropped(void **state)
{
    (void)state;
    assert_parses("pg://?", "pg", "pg://");
    assert_parses("pg:///?username", "pg database()", "pg:///");
    assert_parses("pg://?a=&b&&c=1&", "pg query(c=1)", "pg://?c=1");
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

static void url_destroy_accepts_null(void **state)
{
    (void)state;
    calx_url_destroy(NULL);
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
        cmocka_unit_test(url_destroy_accepts_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
