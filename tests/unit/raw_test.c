/* The binds of SQL text: where they are and where not, in each dialect. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/sql/raw.h"

/* What is made of a text with values for a and b (as far as they are in it): the text, or the
 * error. A text that may write has the reason before it. */
static const char *parsed_of(const char *dialect, const char *text, const calx__bind *binds,
                             size_t count)
{
    static char out[512];
    calx_arena arena = {0};
    calx_error err = {0};
    calx__raw_sql sql;
    int code = calx__raw_parse(calx__dialect_find(dialect), (calx_text){text, strlen(text)}, binds,
                               count, &arena, &sql, &err);
    assert_int_equal(code, err.code);
    if (code < 0)
        snprintf(out, sizeof out, "%s", err.message);
    else
        snprintf(out, sizeof out, "%s%s%.*s", sql.writes ? sql.writes : "", sql.writes ? ": " : "",
                 (int)sql.text.length, sql.text.data);
    for (size_t i = 0; code == 0 && i < sql.bind_count; i++)
        assert_true(sql.values[i] < count);
    calx_arena_finish(&arena);
    return out;
}

#define parsed(dialect, text, ...)                                                                 \
    parsed_of(dialect, text, (const calx__bind[]){__VA_ARGS__},                                    \
              sizeof((const calx__bind[]){__VA_ARGS__}) / sizeof(calx__bind))
#define A BIND(a, 1)
#define B BIND(b, 2)

/* The text is the same for the databases whose binds are question marks. */
static void assert_parsed(const char *text, const char *numbered, const char *marked)
{
    assert_string_equal(parsed("postgresql", text, A), numbered);
    assert_string_equal(parsed("sqlite", text, A), marked);
    assert_string_equal(parsed("mysql", text, A), marked);
}

static void a_name_becomes_the_dialects_bind(void **state)
{
    (void)state;
    assert_parsed("SELECT :a", "SELECT $1", "SELECT ?");
    assert_parsed("SELECT (:a),:a+x.y FROM t", "SELECT ($1),$1+x.y FROM t",
                  "SELECT (?),?+x.y FROM t");
    assert_string_equal(parsed("postgresql", "SELECT :b, :a, :b", A, B), "SELECT $1, $2, $1");
    assert_string_equal(parsed("sqlite", "SELECT :b, :a, :b", A, B), "SELECT ?, ?, ?");
    assert_string_equal(parsed("mysql", "SELECT :b_2", BIND(b_2, "x")), "SELECT ?");
}

static void quotes_and_comments_have_none(void **state)
{
    (void)state;
    assert_parsed("SELECT ':a', ':a'':a' , :a", "SELECT ':a', ':a'':a' , $1",
                  "SELECT ':a', ':a'':a' , ?");
    assert_parsed("SELECT \":a\"\":a\", :a", "SELECT \":a\"\":a\", $1", "SELECT \":a\"\":a\", ?");
    assert_parsed("SELECT 1 -- :a ' \n, :a", "SELECT 1 -- :a ' \n, $1", "SELECT 1 -- :a ' \n, ?");
    assert_parsed("SELECT /* :a ' */ :a /* :a", "SELECT /* :a ' */ $1 /* :a",
                  "SELECT /* :a ' */ ? /* :a");
}

static void colons_that_are_none(void **state)
{
    (void)state;
    assert_parsed("SELECT x::a, :a", "SELECT x::a, $1", "SELECT x::a, ?");
    assert_parsed("SELECT :a::text", "SELECT $1::text", "SELECT ?::text");
    assert_parsed("SELECT 12:34, x:y, z := :a, :", "SELECT 12:34, x:y, z := $1, :",
                  "SELECT 12:34, x:y, z := ?, :");
    assert_parsed("SELECT l[1:2], \\:a, :a", "SELECT l[1:2], :a, $1", "SELECT l[1:2], :a, ?");
}

static void postgresqls_quotes(void **state)
{
    (void)state;
    assert_string_equal(parsed("postgresql", "SELECT E'\\':a', :a", A), "SELECT E'\\':a', $1");
    assert_string_equal(parsed("postgresql", "SELECT '\\', :a", A), "SELECT '\\', $1");
    assert_string_equal(parsed("postgresql", "SELECT $$:a'$$, $t$ $$ :a $t$, :a", A),
                        "SELECT $$:a'$$, $t$ $$ :a $t$, $1");
    assert_string_equal(parsed("postgresql", "SELECT a$b$, :a, c$b$", A), "SELECT a$b$, $1, c$b$");
    assert_string_equal(parsed("postgresql", "SELECT /* /* */ :a */ :a", A),
                        "SELECT /* /* */ :a */ $1");
    assert_string_equal(parsed("postgresql", "SELECT x ? 'y', x # 5, :a", A),
                        "SELECT x ? 'y', x # 5, $1");
    assert_string_equal(parsed("postgresql", "SELECT $1, :a", A),
                        "a bind is written as :name, not as $");
}

static void sqlites_quotes(void **state)
{
    (void)state;
    assert_string_equal(parsed("sqlite", "SELECT [:a], `:a```, :a", A), "SELECT [:a], `:a```, ?");
    assert_string_equal(parsed("sqlite", "SELECT /* /* */ :a", A), "SELECT /* /* */ ?");
    assert_string_equal(parsed("sqlite", "SELECT '\\', :a --:a", A), "SELECT '\\', ? --:a");
    assert_string_equal(parsed("sqlite", "SELECT :a, ?1", A),
                        "a bind is written as :name, not as ?");
}

static void mysqls_quotes(void **state)
{
    (void)state;
    assert_string_equal(parsed("mysql", "SELECT '\\':a', `:a`, :a", A), "SELECT '\\':a', `:a`, ?");
    assert_string_equal(parsed("mysql", "SELECT 1 # :a\n, :a --\t:a", A),
                        "SELECT 1 # :a\n, ? --\t:a");
    assert_string_equal(parsed("mysql", "SELECT 5--:a", A), "SELECT 5--?");
    assert_string_equal(parsed("mysql", "SELECT 1 /*!50000 + :a */", A),
                        "SELECT 1 /*!50000 + ? */");
    assert_string_equal(parsed("mysql", "SELECT [:a]", A), "SELECT [?]");
}

static void binds_and_values_belong_together(void **state)
{
    (void)state;
    assert_string_equal(parsed("sqlite", "SELECT :c", A), "bind \"c\": it has no value");
    assert_string_equal(parsed("sqlite", "SELECT :aa", A), "bind \"aa\": it has no value");
    assert_string_equal(parsed("sqlite", "SELECT ':b', :a", A, B),
                        "bind \"b\": it is not in the text");
    assert_string_equal(parsed("sqlite", "SELECT :a", A, A), "bind \"a\": it has two values");
}

static void a_text_that_may_write_is_noticed(void **state)
{
    (void)state;
    static const char *const reading[] = {
        "SELECT :a, 'DELETE', \"update\", t.update -- INSERT",
        "(select :a) UNION (VALUES (1))",
        "WITH x AS (SELECT :a) TABLE x",
        "EXPLAIN SELECT updated, :a FROM deletes",
    };
    static const char *const writing[][2] = {
        {"DELETE FROM t WHERE x = :a", "it begins with DELETE"},
        {"with d as (delete from t returning x) select :a", "it has delete"},
        {"SELECT x FROM t WHERE x = :a FOR UPDATE", "it has UPDATE"},
        {"SELECT :a INTO y", "it has INTO"},
        {"EXPLAIN ANALYZE INSERT INTO t VALUES (:a)", "it has INSERT"},
        {"call f(:a)", "it begins with call"},
    };
    for (size_t i = 0; i < sizeof reading / sizeof *reading; i++)
        assert_null(strstr(parsed("postgresql", reading[i], A), "it "));
    for (size_t i = 0; i < sizeof writing / sizeof *writing; i++)
        assert_memory_equal(parsed("mysql", writing[i][0], A), writing[i][1],
                            strlen(writing[i][1]));
    assert_non_null(strstr(parsed("mysql", "/*!DROP TABLE t*/ SELECT :a", A), "begins with DROP"));
    assert_non_null(
        strstr(parsed("mysql", "/*!50000DROP TABLE t*/ SELECT :a", A), "begins with DROP"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_becomes_the_dialects_bind),
        cmocka_unit_test(quotes_and_comments_have_none),
        cmocka_unit_test(colons_that_are_none),
        cmocka_unit_test(postgresqls_quotes),
        cmocka_unit_test(sqlites_quotes),
        cmocka_unit_test(mysqls_quotes),
        cmocka_unit_test(binds_and_values_belong_together),
        cmocka_unit_test(a_text_that_may_write_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
