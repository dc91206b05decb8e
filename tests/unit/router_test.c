/* router_test.c: patterns, paths and methods. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "server/web/router.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define PATH(literal)                                                                              \
    (calx_text)                                                                                    \
    {                                                                                              \
        (literal), sizeof(literal) - 1                                                             \
    }

static void handler(calx_request *request)
{
    (void)request;
}

static void add(calx_router *router, const char *methods, const char *pattern)
{
    calx_error err = {0};
    assert_int_equal(
        calx__router_add(router,
                         &(calx_route){.methods = methods, .pattern = pattern, .handler = handler},
                         &err),
        0);
}

static int setup(void **state)
{
    calx_router *router = calx__router_create();
    assert_non_null(router);
    add(router, "GET", "/");
    add(router, "GET", "/todos/");
    add(router, "POST", "/todos/");
    add(router, "GET", "/todos/<int:id>");
    add(router, "PUT PATCH", "/todos/<int:number>");
    add(router, "DELETE", "/todos/<int:id>");
    add(router, "GET", "/lists/<int:list>/todos/<int:todo>.json");
    add(router, "PATCH", "/only");
    *state = router;
    return 0;
}

static int teardown(void **state)
{
    calx__router_destroy(*state);
    return 0;
}

static calx_route_match match(const calx_router *router, const char *method, const char *path)
{
    return calx__router_match(router, calx_text_of(method), calx_text_of(path));
}

/* ---- Paths ---- */

static void router_match_finds_the_route_of_method_and_path(void **state)
{
    static const struct {
        const char *method;
        const char *path;
        const char *pattern; /* NULL: none */
        bool path_known;
    } cases[] = {
        {"GET", "/", "/", true},
        {"GET", "/todos/", "/todos/", true},
        {"POST", "/todos/", "/todos/", true},
        {"GET", "/todos/1", "/todos/<int:id>", true},
        {"PUT", "/todos/1", "/todos/<int:number>", true},
        {"PATCH", "/todos/1", "/todos/<int:number>", true},
        {"DELETE", "/todos/1", "/todos/<int:id>", true},
        {"HEAD", "/", "/", true},
        {"HEAD", "/todos/1", "/todos/<int:id>", true},
        {"HEAD", "/only", NULL, true},
        {"DELETE", "/todos/", NULL, true},
        {"OPTIONS", "/todos/", NULL, true},
        {"BREW", "/todos/", NULL, true},
        {"get", "/todos/", NULL, true},
        {"", "/todos/", NULL, true},
        {"PUT PATCH", "/todos/1", NULL, true},
        {"GET ", "/", NULL, true},
        {"PATCHES", "/only", NULL, true},
        {"PATC", "/only", NULL, true},
        {"GET", "", NULL, false},
        {"GET", "//", NULL, false},
        {"GET", "/todos", NULL, false},
        {"GET", "/Todos/", NULL, false},
        {"GET", "/todos//", NULL, false},
        {"GET", "/todos/1/", NULL, false},
        {"GET", "/xtodos/", NULL, false},
        {"GET", "/todos/<int:id>", NULL, false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        calx_route_match found = match(*state, cases[i].method, cases[i].path);
        print_message("%s %s\n", cases[i].method, cases[i].path);
        assert_int_equal(found.path_known, cases[i].path_known);
        assert_int_equal(found.route != NULL, cases[i].pattern != NULL);
        if (found.route != NULL)
            assert_string_equal(found.route->pattern, cases[i].pattern);
    }
}

static void router_match_reads_integers_that_fit(void **state)
{
    static const struct {
        const char *path;
        int64_t value;
    } cases[] = {
        {"/todos/0", 0},
        {"/todos/7", 7},
        {"/todos/007", 7},
        {"/todos/2147483648", 2147483648},
        {"/todos/9223372036854775807", INT64_MAX},
        {"/todos/00000000000000000000000000000000000000000042", 42},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        calx_route_match found = match(*state, "GET", cases[i].path);
        print_message("%s\n", cases[i].path);
        assert_non_null(found.route);
        assert_int_equal(found.count, 1);
        assert_int_equal(found.name_lengths[0], 2);
        assert_memory_equal(found.names[0], "id", 2);
        assert_true(found.values[0] == cases[i].value);
    }
}

static void router_match_refuses_what_is_no_integer(void **state)
{
    static const calx_text paths[] = {
        PATH("/todos/-1"),
        PATH("/todos/+1"),
        PATH("/todos/ 1"),
        PATH("/todos/1 "),
        PATH("/todos/1\t"),
        PATH("/todos/1\n"),
        PATH("/todos/1\0"),
        PATH("/todos/\0"),
        PATH("/todos/1\0.json"),
        PATH("/todos/1/2"), /* from 1%2f2 */
        PATH("/todos//1"),
        PATH("/todos/1.0"),
        PATH("/todos/1e0"),
        PATH("/todos/0x1"),
        PATH("/todos/1_0"),
        PATH("/todos/1;a"),
        PATH("/todos/x"),
        PATH("/todos/\xd9\xa1"),     /* ARABIC-INDIC DIGIT ONE */
        PATH("/todos/\xef\xbc\x91"), /* FULLWIDTH DIGIT ONE */
        PATH("/todos/\xc2\xb9"),     /* SUPERSCRIPT ONE */
        PATH("/todos/\xb1"),
        PATH("/todos/9223372036854775808"),
        PATH("/todos/18446744073709551617"),
        PATH("/todos/99999999999999999999999999"),
    };
    for (size_t i = 0; i < COUNT(paths); i++) {
        calx_route_match found = calx__router_match(*state, calx_text_of("GET"), paths[i]);
        print_message("%s\n", paths[i].data);
        assert_null(found.route);
        assert_false(found.path_known);
    }
}

static void router_match_reads_several_parameters(void **state)
{
    calx_route_match found = match(*state, "GET", "/lists/12/todos/34.json");
    assert_non_null(found.route);
    assert_int_equal(found.count, 2);
    assert_memory_equal(found.names[0], "list", found.name_lengths[0]);
    assert_memory_equal(found.names[1], "todo", found.name_lengths[1]);
    assert_int_equal(found.values[0], 12);
    assert_int_equal(found.values[1], 34);
    assert_false(match(*state, "GET", "/lists/12/todos/34.jso").path_known);
    assert_false(match(*state, "GET", "/lists/12/todos/34.jsonx").path_known);
    assert_false(match(*state, "GET", "/lists//todos/34.json").path_known);
}

static void router_match_prefers_the_route_that_was_added_first(void **state)
{
    (void)state;
    calx_router *router = calx__router_create();
    add(router, "GET", "/todos/1");
    add(router, "GET PUT", "/todos/<int:id>");
    assert_string_equal(match(router, "GET", "/todos/1").route->pattern, "/todos/1");
    assert_string_equal(match(router, "PUT", "/todos/1").route->pattern, "/todos/<int:id>");
    assert_string_equal(match(router, "GET", "/todos/2").route->pattern, "/todos/<int:id>");
    calx__router_destroy(router);
}

static void router_allow_lists_the_methods_of_a_path(void **state)
{
    static const struct {
        const char *path;
        const char *allow;
    } cases[] = {
        {"/", "GET, HEAD, OPTIONS"},
        {"/todos/", "GET, HEAD, POST, OPTIONS"},
        {"/todos/1", "GET, HEAD, PUT, PATCH, DELETE, OPTIONS"},
        {"/only", "PATCH, OPTIONS"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        calx_buffer out = {0};
        calx__router_allow(*state, calx_text_of(cases[i].path), &out);
        assert_int_equal(out.length, strlen(cases[i].allow));
        assert_memory_equal(out.data, cases[i].allow, out.length);
        calx_buffer_finish(&out);
    }
}

/* ---- Patterns ---- */

static void router_add_refuses_bad_declarations(void **state)
{
    static const struct {
        const char *methods;
        const char *pattern;
        const char *message;
    } cases[] = {
        {"GET", "", "route \"\": does not begin with /"},
        {"GET", "new", "route \"new\": does not begin with /"},
        {"GET", "/<", "route \"/<\": a parameter is written <int:name>"},
        {"GET", "/<int:id", "route \"/<int:id\": a parameter is written <int:name>"},
        {"GET", "/<id>", "route \"/<id>\": a parameter is written <int:name>"},
        {"GET", "/<str:id>", "route \"/<str:id>\": a parameter is written <int:name>"},
        {"GET", "/<int:>", "route \"/<int:>\": a parameter is written <int:name>"},
        {"GET", "/<int:1>", "route \"/<int:1>\": a parameter is written <int:name>"},
        {"GET", "/<int:a b>", "route \"/<int:a b>\": a parameter is written <int:name>"},
        {"GET", "/<int:a<int:b>>", "route \"/<int:a<int:b>>\": a parameter is written <int:name>"},
        {"GET", "/a>b", "route \"/a>b\": > without <"},
        {"GET", "/<int:a>>", "route \"/<int:a>>\": > without <"},
        {"GET", "/<int:a>/<int:a>", "route \"/<int:a>/<int:a>\": two parameters of one name"},
        {"GET", "/<int:a><int:b>",
         "route \"/<int:a><int:b>\": a parameter and more digits cannot be told apart"},
        {"GET", "/<int:a>0",
         "route \"/<int:a>0\": a parameter and more digits cannot be told apart"},
        {"", "/new", "route \"/new\": no method"},
        {"  ", "/new", "route \"/new\": no method"},
        {"BREW", "/new", "route \"/new\": a method is GET, POST, PUT, PATCH or DELETE"},
        {"get", "/new", "route \"/new\": a method is GET, POST, PUT, PATCH or DELETE"},
        {"GET,POST", "/new", "route \"/new\": a method is GET, POST, PUT, PATCH or DELETE"},
        {"HEAD", "/new", "route \"/new\": a method is GET, POST, PUT, PATCH or DELETE"},
        {"OPTIONS", "/new", "route \"/new\": a method is GET, POST, PUT, PATCH or DELETE"},
        {"GET POST GET", "/new", "route \"/new\": a method is there twice"},
        {"GET", "/todos/", "route \"/todos/\": is there already with this method"},
        {"DELETE POST", "/todos/", "route \"/todos/\": is there already with this method"},
        {"GET", "/todos/<int:x>", "route \"/todos/<int:x>\": is there already with this method"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        calx_error err = {0};
        int code = calx__router_add(*state,
                                    &(calx_route){.methods = cases[i].methods,
                                                  .pattern = cases[i].pattern,
                                                  .handler = handler},
                                    &err);
        assert_int_equal(code, CALX_ERROR_CONFIG);
        assert_string_equal(err.message, cases[i].message);
    }
    assert_null(match(*state, "GET", "/new").route);
}

static void router_add_takes_as_many_parameters_as_the_limit(void **state)
{
    (void)state;
    calx_router *router = calx__router_create();
    calx_error err = {0};
    add(router, "GET", "/<int:a>/<int:b>/<int:c>/<int:d>/<int:e>/<int:f>/<int:g>/<int:h>");
    calx_route_match found = match(router, "GET", "/1/2/3/4/5/6/7/8");
    assert_int_equal(found.count, CALX_ROUTE_PARAMETERS_MAX);
    assert_int_equal(found.values[7], 8);
    assert_int_equal(
        calx__router_add(
            router,
            &(calx_route){
                .methods = "GET",
                .pattern =
                    "/<int:a>/<int:b>/<int:c>/<int:d>/<int:e>/<int:f>/<int:g>/<int:h>/<int:i>",
                .handler = handler},
            &err),
        CALX_ERROR_CONFIG);
    assert_non_null(strstr(err.message, "too many parameters"));
    calx__router_destroy(router);
}

static void router_add_has_a_limit_of_routes(void **state)
{
    (void)state;
    static char patterns[CALX_APP_ROUTES_MAX][16];
    calx_router *router = calx__router_create();
    calx_error err = {0};
    for (int i = 0; i < CALX_APP_ROUTES_MAX; i++) {
        snprintf(patterns[i], sizeof patterns[i], "/%d", i);
        add(router, "GET", patterns[i]);
    }
    assert_int_equal(
        calx__router_add(
            router, &(calx_route){.methods = "GET", .pattern = "/more", .handler = handler}, &err),
        CALX_ERROR_LIMIT);
    assert_string_equal(match(router, "GET", "/255").route->pattern, "/255");
    calx__router_destroy(router);
}

static void router_at_gives_the_routes_in_order(void **state)
{
    assert_string_equal(calx__router_at(*state, 0)->pattern, "/");
    assert_string_equal(calx__router_at(*state, 4)->methods, "PUT PATCH");
    assert_ptr_equal(calx__router_at(*state, 4)->handler, handler);
    assert_string_equal(calx__router_at(*state, 7)->pattern, "/only");
    assert_null(calx__router_at(*state, 8));
    calx__router_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(router_match_finds_the_route_of_method_and_path),
        cmocka_unit_test(router_match_reads_integers_that_fit),
        cmocka_unit_test(router_match_refuses_what_is_no_integer),
        cmocka_unit_test(router_match_reads_several_parameters),
        cmocka_unit_test(router_match_prefers_the_route_that_was_added_first),
        cmocka_unit_test(router_allow_lists_the_methods_of_a_path),
        cmocka_unit_test(router_add_refuses_bad_declarations),
        cmocka_unit_test(router_add_takes_as_many_parameters_as_the_limit),
        cmocka_unit_test(router_add_has_a_limit_of_routes),
        cmocka_unit_test(router_at_gives_the_routes_in_order),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
