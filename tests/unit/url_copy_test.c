/* url_copy_test.c: a copy of a URL has every part, and outlives the original. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include <calx/url.h>

/* Parses, copies, and destroys the original: what the copy still shared with it would be gone. */
static calx_url *copy_of(const char *text)
{
    calx_url *url = NULL;
    calx_url *copy = NULL;
    calx_error err = {0};
    assert_int_equal(calx_url_parse(text, strlen(text), &url, &err), 0);
    assert_int_equal(calx_url_copy(url, &copy, &err), 0);
    memset((void *)(uintptr_t)url->drivername, 'x', strlen(url->drivername));
    calx_url_destroy(url);
    return copy;
}

static void url_copy_has_every_part(void **state)
{
    (void)state;
    calx_url *copy = copy_of("pg+libpq://user:pass@host:5432/name?host=a&host=b&timeout=3");
    assert_string_equal(copy->drivername, "pg+libpq");
    assert_string_equal(copy->dialect, "pg");
    assert_string_equal(copy->driver, "libpq");
    assert_string_equal(copy->username, "user");
    assert_string_equal(copy->password, "pass");
    assert_string_equal(copy->host, "host");
    assert_int_equal(copy->port, 5432);
    assert_string_equal(copy->database, "name");
    assert_int_equal(copy->parameter_count, 3);
    assert_string_equal(calx_url_parameter_get(copy, "host", 1), "b");
    assert_string_equal(calx_url_parameter_get(copy, "timeout", 0), "3");
    calx_url_destroy(copy);
}

static void url_copy_keeps_absent_and_empty_apart(void **state)
{
    (void)state;
    calx_url *copy = copy_of("pg://user:@/");
    assert_null(copy->driver);
    assert_null(copy->host);
    assert_int_equal(copy->port, CALX_URL_NO_PORT);
    assert_string_equal(copy->password, "");
    assert_string_equal(copy->database, "");
    assert_int_equal(copy->parameter_count, 0);
    calx_url_destroy(copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(url_copy_has_every_part),
        cmocka_unit_test(url_copy_keeps_absent_and_empty_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
