/* script_test.c: JSON inside a page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include <jansson.h>

#include "server/web/script.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void script_json_is_safe_inside_a_script_element(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        const char *expected;
    } cases[] = {
        {"", ""},
        {"[{\"id\":1,\"title\":null}]", "[{\"id\":1,\"title\":null}]"},
        {"[\"</script><script>\"]", "[\"\\u003c/script\\u003e\\u003cscript\\u003e\"]"},
        {"[\"<!--\",\"-->\",\"]]>\"]", "[\"\\u003c!--\",\"--\\u003e\",\"]]\\u003e\"]"},
        {"[\"&lt;\"]", "[\"\\u0026lt;\"]"},
        {"[\"a\xe2\x80\xa8\xe2\x80\xa9z\"]", "[\"a\\u2028\\u2029z\"]"},
        {"[\"\xe2\x80\xa7\xe2\x80\xaa\xe2\x81\xa8\xc3\xa9\"]",
         "[\"\xe2\x80\xa7\xe2\x80\xaa\xe2\x81\xa8\xc3\xa9\"]"},
        {"\xe2\x80", "\xe2\x80"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        calx_buffer out = {0};
        calx_buffer_append_string(&out, "<p>");
        calx_buffer_append_string(&out, cases[i].json);
        calx__script_make_safe(&out, 3);
        calx_buffer_append(&out, "", 1);
        assert_memory_equal(out.data, "<p>", 3);
        assert_string_equal(out.data + 3, cases[i].expected);
        calx_buffer_finish(&out);
    }
}

static void script_json_means_the_same(void **state)
{
    (void)state;
    static const char text[] =
        "[\"</script>\",\"<!-- & \xe2\x80\xa8 \xe2\x80\xa9\",\"\\u003c\\\\\\\"<\"]";
    calx_buffer out = {0};
    calx_buffer_append_string(&out, text);
    calx__script_make_safe(&out, 0);
    json_t *before = json_loadb(text, strlen(text), 0, NULL);
    json_t *after = json_loadb(out.data, out.length, 0, NULL);
    assert_non_null(before);
    assert_true(json_equal(before, after));
    json_decref(before);
    json_decref(after);
    calx_buffer_finish(&out);
}

static void script_json_that_grows_too_long_makes_no_whole_page(void **state)
{
    (void)state;
    calx_buffer out = {.length_max = 6};
    calx_buffer_append_string(&out, "[\"<\"]");
    calx__script_make_safe(&out, 0);
    assert_true(out.failed);
    calx_buffer_finish(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(script_json_is_safe_inside_a_script_element),
        cmocka_unit_test(script_json_means_the_same),
        cmocka_unit_test(script_json_that_grows_too_long_makes_no_whole_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
