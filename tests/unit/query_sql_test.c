/*
 * Queries as SQL text. Each is written once, in C (the headers of tests/sql/query); the file of its
 * name beside it has, for each dialect, the statements that it sends or why it is refused, and
 * their binds, together or for each dialect where they differ. A failure prints what the file would
 * have to say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <glob.h>
#include <jansson.h>

#include <calx/registry.h>

#include "tests/sql/query/changes.h"
#include "tests/sql/query/expressions.h"
#include "tests/sql/query/tables.h"
#include "tests/unit/query_sql_driver.h"

QUERY_MODELS

static const char *const dialects[] = {"sqlite", "postgresql", "mysql"};

#define DIALECTS (sizeof dialects / sizeof *dialects)

typedef struct query_case {
    const char *name;
    void (*run)(calx_session *session);
} query_case;

static const query_case cases[] = {
#define CASE_OF(query) {#query, query},
    EXPRESSION_QUERIES(CASE_OF) TABLE_QUERIES(CASE_OF) CHANGE_QUERIES(CASE_OF)
#undef CASE_OF
};

/* ---- What a query sends ---- */

typedef struct sent {
    json_t *texts;
    json_t *binds; /* a list for each text */
} sent;

static json_t *json_of(const calx_value *value)
{
    char time[CALX_DATETIME_TEXT_MAX];
    switch (value->kind) {
    case CALX_KIND_NULL:
        return json_null();
    case CALX_KIND_BOOLEAN:
        return json_boolean(value->as.boolean);
    case CALX_KIND_INTEGER:
        return json_integer(value->as.integer);
    case CALX_KIND_DOUBLE:
        return json_real(value->as.real);
    case CALX_KIND_TEXT:
        return json_stringn(value->as.text.data, value->as.text.length);
    case CALX_KIND_DECIMAL:
        return json_pack("{ss%}", "decimal", value->as.text.data, value->as.text.length);
    case CALX_KIND_DATETIME:
        calx_datetime_format(value->as.datetime, ' ', time);
        return json_pack("{ss}", "datetime", time);
    default:
        fail_msg("a bind of kind %s", calx_kind_name(value->kind));
        return NULL;
    }
}

static void take(void *context, const calx_event *event)
{
    sent *to = context;
    if (event->kind != CALX_EVENT_STATEMENT)
        return;
    json_t *binds = json_array();
    for (size_t i = 0; i < event->bind_count; i++)
        json_array_append_new(binds, json_of(&event->binds[i]));
    json_array_append_new(to->texts, json_stringn(event->sql, event->sql_length));
    json_array_append_new(to->binds, binds);
}

/* Its texts and binds, or why there are none. */
static json_t *run_in(const query_case *query, const char *dialect)
{
    char url[64];
    calx_engine *engine = NULL;
    sent to = {json_array(), json_array()};
    snprintf(url, sizeof url, "%s+nothing://", dialect);
    assert_int_equal(calx_engine_create(url, NULL, &engine, NULL), 0);
    assert_int_equal(calx_engine_listen(engine, take, &to, NULL), 0);
    calx_session *session = calx_session_create(engine);
    query->run(session);
    const calx_error *err = calx_session_error(session);
    json_t *found = json_pack("{s:o, s:o}", "texts", to.texts, "binds", to.binds);
    if (json_array_size(to.texts) == 0) {
        assert_non_null(err);
        json_object_set_new(found, "texts",
                            json_pack("{s:s}", calx_error_class_name(err->code), err->message));
    }
    calx_session_destroy(session);
    calx_engine_destroy(engine);
    return found;
}

/* ---- What its file says ---- */

/* A file says once what is the same in every dialect. */
static json_t *file_of(json_t *const found[DIALECTS])
{
    json_t *file = json_object();
    json_t *binds = json_object();
    json_t *first = NULL;
    bool same = true;
    for (size_t i = 0; i < DIALECTS; i++) {
        json_t *texts = json_object_get(found[i], "texts");
        json_t *own = json_object_get(found[i], "binds");
        json_object_set(file, dialects[i], texts);
        if (json_is_object(texts))
            continue;
        first = first ? first : own;
        same = same && json_equal(first, own);
        json_object_set(binds, dialects[i], own);
    }
    if (first != NULL)
        json_object_set(file, "binds", same ? first : binds);
    json_decref(binds);
    return file;
}

static void assert_case(const query_case *query)
{
    char path[128];
    json_t *found[DIALECTS];
    snprintf(path, sizeof path, "tests/sql/query/%s.json", query->name);
    for (size_t i = 0; i < DIALECTS; i++)
        found[i] = run_in(query, dialects[i]);
    json_t *made = file_of(found);
    json_t *expected = json_load_file(path, JSON_DECODE_ANY, NULL);
    if (expected == NULL || !json_equal(made, expected)) {
        char *text = json_dumps(made, JSON_INDENT(4));
        printf("%s is not\n%s\n", path, text);
        free(text);
        fail();
    }
    json_decref(expected);
    json_decref(made);
    for (size_t i = 0; i < DIALECTS; i++)
        json_decref(found[i]);
}

static void query_has_the_text_of_its_file(void **state)
{
    assert_case(*state);
}

static void every_file_has_a_query(void **state)
{
    glob_t files;
    (void)state;
    assert_int_equal(glob("tests/sql/query/*.json", 0, NULL, &files), 0);
    assert_int_equal(files.gl_pathc, sizeof cases / sizeof *cases);
    globfree(&files);
}

int main(void)
{
    struct CMUnitTest tests[sizeof cases / sizeof *cases + 1] = {
        cmocka_unit_test(every_file_has_a_query)};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        tests[i + 1] = (struct CMUnitTest){.name = cases[i].name,
                                           .test_func = query_has_the_text_of_its_file,
                                           .initial_state = (void *)&cases[i]};
    if (calx_registry_add(&nothing_plugin, NULL) < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
