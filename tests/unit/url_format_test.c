/* url_format_test.c: printed URLs and error messages keep secrets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <calx/url.h>

static calx_url *parse(const char *text)
{
    calx_url *url = NULL;
    calx_error err = {0};
    if (calx_url_parse(text, strlen(text), &url, &err) != 0)
        fail_msg("%s: %s", text, err.message);
    assert_int_equal(err.code, CALX_OK);
    return url;
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

static void assert_prints(const char *text, const char *expected)
{
    calx_url *url = parse(text);
    char *printed = calx_url_format_masked(url);
    assert_string_equal(printed, expected);
    free(printed);
    calx_url_destroy(url);
}

static void url_masked_hides_secret_keys_of_the_query(void **state)
{
    (void)state;
    assert_prints("pg://h?password=geheim&sslpassword=a&passfile=b&Passwd=c&sslmode=d",
                  "pg://h?password=***&sslpassword=***&passfile=***&Passwd=***&sslmode=d");
    assert_prints("mysql://h?tls_passphrase=a+b%26c", "mysql://h?tls_passphrase=***");
}

static void url_masked_hides_each_password_alike(void **state)
{
    (void)state;
    assert_prints("pg://u:geheim@h", "pg://u:***@h");
    assert_prints("pg://u:@h", "pg://u:***@h");
    assert_prints("pg://u:***@h", "pg://u:***@h");
    assert_prints("pg://u@h", "pg://u@h");
}

static void url_parameter_is_secret_by_its_name(void **state)
{
    (void)state;
    assert_true(calx_url_parameter_is_secret("password"));
    assert_true(calx_url_parameter_is_secret("SSLPassword"));
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
        cmocka_unit_test(url_of_escapes_only_fits_its_masked_form),
        cmocka_unit_test(url_masked_hides_secret_keys_of_the_query),
        cmocka_unit_test(url_masked_hides_each_password_alike),
        cmocka_unit_test(url_parameter_is_secret_by_its_name),
        cmocka_unit_test(url_errors_do_not_depend_on_the_password),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
