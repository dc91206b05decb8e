/* opener_test.c: what every driver asks about the query keys of a URL. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include <calx/driver.h>

/* Knows host, and color where it is blue; knows of depth that another opener has it. */
static bool parameter_known(const calx_opener *opener, const char *name, const char *value,
                            const char **reason)
{
    (void)opener;
    if (strcmp(name, "depth") == 0)
        *reason = "exists with test+deep:// only";
    if (strcmp(name, "color") == 0)
        return strcmp(value, "blue") == 0;
    return strcmp(name, "host") == 0;
}

static const calx_opener opener = {
    .dialect = "test", .name = "shallow", .parameter_known = parameter_known};

static int check(const char *text, calx_error *err)
{
    calx_url *url = NULL;
    assert_int_equal(calx_url_parse(text, strlen(text), &url, err), 0);
    int status = calx_opener_check_parameters(&opener, url, err);
    calx_url_destroy(url);
    return status;
}

static void assert_refused(const char *text, const char *message)
{
    calx_error err = {0};
    assert_int_equal(check(text, &err), CALX_ERROR_URL);
    assert_string_equal(err.message, message);
}

static void opener_accepts_the_keys_that_it_knows(void **state)
{
    (void)state;
    calx_error err = {0};
    assert_int_equal(check("test://h/d", &err), 0);
    assert_int_equal(check("test://?color=blue&host=a&host=b", &err), 0);
}

static void opener_names_the_key_and_the_reason_but_no_value(void **state)
{
    (void)state;
    assert_refused("test://?taste=secret", "query key \"taste\": unknown to test+shallow");
    assert_refused("test://?color=secret", "query key \"color\": unknown to test+shallow");
    assert_refused("test://?depth=7", "query key \"depth\": exists with test+deep:// only");
}

static void opener_refuses_a_key_given_twice(void **state)
{
    (void)state;
    assert_refused("test://?color=blue&color=blue", "query key \"color\": given more than once");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opener_accepts_the_keys_that_it_knows),
        cmocka_unit_test(opener_names_the_key_and_the_reason_but_no_value),
        cmocka_unit_test(opener_refuses_a_key_given_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
