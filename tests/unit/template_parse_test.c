/* template_parse_test.c: mistakes in templates, and templates from files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/web/template.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void template_parse_names_file_and_line_of_a_mistake(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *message;
    } cases[] = {
        {"{{", "page.html:1: tag is not closed"},
        {"a\n{{b", "page.html:2: tag is not closed"},
        {"{{{a}}", "page.html:1: tag is not closed"},
        {"{{}}", "page.html:1: tag without a name"},
        {"{{ }}", "page.html:1: tag without a name"},
        {"{{{}}}", "page.html:1: tag without a name"},
        {"{{#}}{{/}}", "page.html:1: tag without a name"},
        {"{{a b}}", "page.html:1: not a name: \"a b\""},
        {"{{a.b}}", "page.html:1: not a name: \"a.b\""},
        {"{{{a.b}}}", "page.html:1: not a name: \"a.b\""},
        {"{{##a}}", "page.html:1: not a name: \"#a\""},
        {"\n\n{{#a}}\nx\n", "page.html:3: section is not closed: \"a\""},
        {"{{#a}}\n{{^b}}\n{{/b}}\n", "page.html:1: section is not closed: \"a\""},
        {"\n{{/a}}", "page.html:2: no section is open for the end of \"a\""},
        {"{{#a}}\n{{/b}}", "page.html:2: another section is open at the end of \"b\""},
        {"{{#a}}{{#b}}{{/a}}{{/b}}", "page.html:1: another section is open at the end of \"a\""},
        {"{{>part}}", "page.html:1: partials and other delimiters are not supported: \"part\""},
        {"{{=<% %>=}}", "page.html:1: partials and other delimiters are not supported: \"<% %>=\""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        calx_template *template = NULL;
        calx_error err = {0};
        assert_int_equal(calx__template_parse("page.html", cases[i].text, strlen(cases[i].text),
                                              &template, &err),
                         CALX_ERROR_CONFIG);
        assert_null(template);
        assert_string_equal(err.message, cases[i].message);
    }
}

static void template_parse_refuses_a_nul_in_a_name(void **state)
{
    (void)state;
    calx_template *template = NULL;
    calx_error err = {0};
    assert_int_equal(calx__template_parse("page.html", "{{\0a}}", 6, &template, &err),
                     CALX_ERROR_CONFIG);
    assert_null(template);
}

static void template_load_reads_the_file_of_a_folder(void **state)
{
    (void)state;
    char folder[] = "/tmp/calx-template-XXXXXX";
    char path[sizeof folder + sizeof "/page.html"];
    calx_template *template = NULL;
    calx_error err = {0};
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/page.html", folder);
    assert_int_equal(calx__template_load(folder, "page.html", &template, &err), CALX_ERROR_CONFIG);
    assert_non_null(strstr(err.message, path));
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("\n{{oops", file);
    fclose(file);
    calx_error_clear(&err);
    assert_int_equal(calx__template_load(folder, "page.html", &template, &err), CALX_ERROR_CONFIG);
    assert_string_equal(err.message, "page.html:2: tag is not closed");
    assert_int_equal(truncate(path, 0), 0);
    calx_error_clear(&err);
    assert_int_equal(calx__template_load(folder, "page.html", &template, &err), 0);
    calx__template_destroy(template);
    calx__template_destroy(NULL);
    unlink(path);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(template_parse_names_file_and_line_of_a_mistake),
        cmocka_unit_test(template_parse_refuses_a_nul_in_a_name),
        cmocka_unit_test(template_load_reads_the_file_of_a_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
