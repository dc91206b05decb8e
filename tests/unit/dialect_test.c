/* Names in each dialect, and the cache of compiled statements. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <calx/calx.h>

#include "core/dialect/dialect.h"
#include "core/sql/statement.h"

static const char *const dialects[] = {"sqlite", "postgresql", "mysql"};

#define WIDE(COLUMN, Model)                                                                        \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, INTEGER, a)                                                                      \
    COLUMN(Model, INTEGER, b)                                                                      \
    COLUMN(Model, INTEGER, c)

CALX_MODEL_DECLARE(Wide, WIDE)
CALX_MODEL_DEFINE(Wide, "wide", WIDE)

/* ---- Names ---- */

static const char *identifier(const char *dialect, const char *name)
{
    static char out[160];
    calx_buffer buffer = {0};
    calx__dialect_identifier(calx__dialect_find(dialect), name, &buffer);
    snprintf(out, sizeof out, "%.*s", (int)buffer.length, buffer.data);
    calx_buffer_finish(&buffer);
    return out;
}

static void dialects_are_found_by_name(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        assert_string_equal(calx__dialect_find(dialects[i])->name, dialects[i]);
    assert_null(calx__dialect_find("oracle"));
    assert_null(calx__dialect_find(""));
}

static void plain_names_are_left_alone(void **state)
{
    static const char *const names[] = {"todos", "a", "_a", "a_1", "x9", "a$b", "title"};
    (void)state;
    for (int i = 0; i < 3; i++)
        for (size_t j = 0; j < sizeof names / sizeof *names; j++)
            assert_string_equal(identifier(dialects[i], names[j]), names[j]);
}

static void other_names_are_quoted(void **state)
{
    static const char *const names[] = {"Todos", "1a", "$a", "a b",    "a-b",       "a.b",
                                        "order", "",   "a;", "select", "t\xc3\xa4", "where"};
    (void)state;
    for (size_t j = 0; j < sizeof names / sizeof *names; j++) {
        char expected[64];
        snprintf(expected, sizeof expected, "\"%s\"", names[j]);
        assert_string_equal(identifier("sqlite", names[j]), expected);
        assert_string_equal(identifier("postgresql", names[j]), expected);
        snprintf(expected, sizeof expected, "`%s`", names[j]);
        assert_string_equal(identifier("mysql", names[j]), expected);
    }
}

static void quotes_inside_are_doubled(void **state)
{
    (void)state;
    assert_string_equal(identifier("sqlite", "a\"b`c"), "\"a\"\"b`c\"");
    assert_string_equal(identifier("postgresql", "\""), "\"\"\"\"");
    assert_string_equal(identifier("mysql", "a\"b`c"), "`a\"b``c`");
}

/* They are searched by halving. */
static void reserved_words_are_sorted_and_all_found(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        const calx__dialect *dialect = calx__dialect_find(dialects[i]);
        assert_null(dialect->reserved[dialect->reserved_count]);
        assert_true(dialect->reserved_count > 90);
        for (size_t j = 0; j < dialect->reserved_count; j++) {
            if (j > 0 && strcmp(dialect->reserved[j - 1], dialect->reserved[j]) >= 0)
                fail_msg("%s: %s", dialects[i], dialect->reserved[j]);
            assert_int_equal(identifier(dialects[i], dialect->reserved[j])[0], dialect->quote);
        }
    }
}

/* ---- The cache ---- */

/* One of 4^n different texts: which column each of n conditions is about. */
static calx_expression *condition_number(unsigned number, int parts, calx_arena *arena)
{
    calx_expression *made = NULL;
    for (int i = 0; i < parts; i++, number /= 4) {
        calx_expression *leaf = calx_arena_alloc(arena, sizeof *leaf);
        *leaf = (calx_expression){.op = CALX_OPERATOR_EQUAL,
                                  .column = &Wide_model.columns[number % 4],
                                  .value = calx_value_integer(i)};
        calx_expression *both = calx_arena_alloc(arena, sizeof *both);
        *both = (calx_expression){.op = CALX_OPERATOR_AND, .left = made, .right = leaf};
        made = made ? both : leaf;
    }
    return made;
}

static const calx_sql *compile(calx__sql_cache *cache, const calx_expression *where,
                               calx_arena *arena)
{
    const calx_sql *sql = NULL;
    calx_value *binds = NULL;
    calx_error err = {0};
    calx__statement statement = {.model = &Wide_model, .where = where, .limit = -1};
    assert_int_equal(calx_model_check(&Wide_model, NULL), 0);
    if (calx__statement_compile(cache, calx__dialect_find("sqlite"), &statement, arena, &sql,
                                &binds, &err) < 0)
        fail_msg("%s", err.message);
    return sql;
}

static void the_same_shape_has_the_same_id(void **state)
{
    calx__sql_cache *cache = calx__sql_cache_create();
    calx_arena arena = {0};
    (void)state;
    calx_expression *first = condition_number(1, 1, &arena);
    calx_expression *second = condition_number(1, 1, &arena);
    second->value = calx_value_integer(99);
    const calx_sql *sql = compile(cache, first, &arena);
    assert_int_not_equal(sql->id, 0);
    assert_ptr_equal(compile(cache, second, &arena), sql);
    second->value = calx_value_null(); /* another text: IS NULL */
    assert_int_not_equal(compile(cache, second, &arena)->id, sql->id);
    second->value = calx_value_integer(1);
    second->op = CALX_OPERATOR_LESS;
    assert_int_not_equal(compile(cache, second, &arena)->id, sql->id);
    calx__sql_cache_destroy(cache);
    cache = calx__sql_cache_create();
    assert_int_not_equal(compile(cache, first, &arena)->id, 0);
    calx_arena_finish(&arena);
    calx__sql_cache_destroy(cache);
    calx__sql_cache_destroy(NULL);
}

static void shapes_beyond_the_limit_are_compiled_each_time(void **state)
{
    calx__sql_cache *cache = calx__sql_cache_create();
    calx_arena arena = {0};
    (void)state;
    unsigned kept = 0;
    for (unsigned i = 0; i < 1100; i++) {
        calx_expression *where = condition_number(i, 6, &arena);
        const calx_sql *sql = compile(cache, where, &arena);
        const calx_sql *again = compile(cache, where, &arena);
        assert_string_equal(sql->text, again->text);
        assert_int_equal(sql->id, again->id);
        assert_true((sql == again) == (sql->id != 0));
        kept += sql->id != 0;
    }
    assert_int_equal(kept, CALX_SQL_CACHE_MAX);
    calx__sql_cache_destroy(cache);
    calx_arena_finish(&arena);
}

/* Two statements that differ only where their shapes are too long to be told apart. */
static void long_statements_are_not_mixed_up(void **state)
{
    calx__sql_cache *cache = calx__sql_cache_create();
    calx_arena arena = {0};
    (void)state;
    calx_expression *a = condition_number(0, 150, &arena);
    calx_expression *b = condition_number(0, 150, &arena);
    calx_expression last = *a->right;
    last.column = &Wide_model.columns[1];
    a->right = &last;
    const calx_sql *first = compile(cache, a, &arena);
    const calx_sql *second = compile(cache, b, &arena);
    assert_int_equal(first->id, 0);
    assert_int_equal(first->bind_count, 150);
    assert_string_not_equal(first->text, second->text);
    calx__sql_cache_destroy(cache);
    calx_arena_finish(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dialects_are_found_by_name),
        cmocka_unit_test(plain_names_are_left_alone),
        cmocka_unit_test(other_names_are_quoted),
        cmocka_unit_test(quotes_inside_are_doubled),
        cmocka_unit_test(reserved_words_are_sorted_and_all_found),
        cmocka_unit_test(the_same_shape_has_the_same_id),
        cmocka_unit_test(shapes_beyond_the_limit_are_compiled_each_time),
        cmocka_unit_test(long_statements_are_not_mixed_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
