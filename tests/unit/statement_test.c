/*
 * Statements as SQL text. The cases are the files of tests/sql: a statement, its text in
 * each dialect, and its binds; a new case is a new file. Conditions are lists, operator first.
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
#include <math.h>

#include <calx/calx.h>

#include "core/sql/statement.h"

#define TODOS(COLUMN, Model)                                                                       \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, STRING_OR_NULL, title)                                                           \
    COLUMN(Model, INTEGER_OR_NULL, order)                                                          \
    COLUMN(Model, BOOLEAN_OR_NULL, completed)

#define USERS(COLUMN, Model)                                                                       \
    COLUMN(Model, STRING, Name, PRIMARY_KEY, LENGTH(20))                                           \
    COLUMN(Model, STRING, mail, UNIQUE, LENGTH(50), NAME("e-mail"))                                \
    COLUMN(Model, BOOLEAN, quoted, NAME("a\"b"))                                                   \
    COLUMN(Model, INTEGER_OR_NULL, age, UNIQUE, NAME("age_1"))

#define POINTS(COLUMN, Model)                                                                      \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, DOUBLE, x)                                                                       \
    COLUMN(Model, DOUBLE_OR_NULL, y)

#define COUNTERS(COLUMN, Model) COLUMN(Model, INTEGER, id, PRIMARY_KEY)

CALX_MODEL_DECLARE(Todo, TODOS)
CALX_MODEL_DECLARE(User, USERS)
CALX_MODEL_DECLARE(Point, POINTS)
CALX_MODEL_DECLARE(Counter, COUNTERS)
CALX_MODEL_DEFINE(Todo, "todos", TODOS)
CALX_MODEL_DEFINE(User, "user", USERS)
CALX_MODEL_DEFINE(Point, "points", POINTS)
CALX_MODEL_DEFINE(Counter, "counters", COUNTERS)

static const calx_model *model_named(const char *name)
{
    static const struct {
        const char *name;
        const calx_model *model;
    } models[] = {{"todos", &Todo_model},
                  {"users", &User_model},
                  {"points", &Point_model},
                  {"counters", &Counter_model}};
    for (size_t i = 0; i < sizeof models / sizeof *models; i++)
        if (strcmp(models[i].name, name) == 0)
            return models[i].model;
    fail_msg("no model %s", name);
    return NULL;
}

/* ---- From a file to a statement ---- */

static const calx_column *column_named(const calx_model *model, const char *member)
{
    const calx_column *column = calx_model_column(model, member);
    if (column == NULL)
        fail_msg("no column %s", member);
    return column;
}

static calx_value value_of(const json_t *json)
{
    if (json_is_object(json) && json_object_get(json, "infinity"))
        return calx_value_double((double)INFINITY);
    if (json_is_object(json))
        return calx_value_text(calx_text_of("\xff"));
    if (json_is_null(json))
        return calx_value_null();
    if (json_is_boolean(json))
        return calx_value_boolean(json_is_true(json));
    if (json_is_integer(json))
        return calx_value_integer(json_integer_value(json));
    assert_true(json_is_string(json));
    return calx_value_text(calx_text_of(json_string_value(json)));
}

static calx_operator operator_named(const char *name)
{
    static const char *const names[] = {
#define OPERATOR_NAME(op, sql) [CALX_OPERATOR_##op] = sql,
        CALX_COMPARISONS(OPERATOR_NAME)
#undef OPERATOR_NAME
            [CALX_OPERATOR_NONE] = "none",
        [CALX_OPERATOR_AND] = "and",
        [CALX_OPERATOR_OR] = "or",
        [CALX_OPERATOR_NOT] = "not",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i] != NULL && strcmp(names[i], name) == 0)
            return (calx_operator)i;
    fail_msg("no operator %s", name);
    return CALX_OPERATOR_NONE;
}

static const calx_expression *condition_of(const calx_model *model, const json_t *json,
                                           calx_arena *arena)
{
    if (json == NULL)
        return NULL;
    calx_expression *made = calx_arena_alloc(arena, sizeof *made);
    made->op = operator_named(json_string_value(json_array_get(json, 0)));
    if (made->op >= CALX_OPERATOR_AND && made->op <= CALX_OPERATOR_NOT) {
        made->left = condition_of(model, json_array_get(json, 1), arena);
        made->right = condition_of(model, json_array_get(json, 2), arena);
    } else if (made->op != CALX_OPERATOR_NONE) {
        made->column = column_named(model, json_string_value(json_array_get(json, 1)));
        made->value = value_of(json_array_get(json, 2));
    }
    return made;
}

static void read_values(calx__statement *statement, const json_t *json, calx_arena *arena)
{
    const calx_model *model = statement->model;
    calx_value *values = calx_arena_alloc(arena, model->column_count * sizeof *values);
    size_t count = 0;
    for (size_t i = 0; i < model->column_count; i++) {
        const json_t *value = json_object_get(json, model->columns[i].member);
        if (value == NULL)
            continue;
        values[count++] = value_of(value);
        statement->columns |= UINT64_C(1) << i;
    }
    statement->values = values;
    statement->generates_key = statement->kind == CALX__INSERT &&
                               json_object_get(json, calx_model_primary_key(model)->member) == NULL;
}

static void read_order(calx__statement *statement, const json_t *json, calx_arena *arena)
{
    size_t count = json_array_size(json);
    calx_expression *columns = calx_arena_alloc(arena, (count + 1) * sizeof *columns);
    statement->order = calx_arena_alloc(arena, (count + 1) * sizeof *statement->order);
    for (size_t i = 0; i < count; i++) {
        const char *name = json_string_value(json_array_get(json, i));
        bool descending = name[0] == '-';
        columns[i] = (calx_expression){.op = CALX_OPERATOR_COLUMN,
                                       .column = column_named(statement->model, name + descending)};
        statement->order[statement->order_count++] = (calx__order){&columns[i], descending};
    }
}

/* False for no statement. */
static bool statement_of(const json_t *json, calx_arena *arena, calx__statement *out)
{
    static const char *const kinds[] = {[CALX__SELECT] = "select",
                                        [CALX__COUNT] = "count",
                                        [CALX__INSERT] = "insert",
                                        [CALX__UPDATE] = "update",
                                        [CALX__DELETE] = "delete"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const char *table = json_string_value(json_object_get(json, kinds[i]));
        if (table == NULL)
            continue;
        const json_t *limit = json_object_get(json, "limit");
        *out = (calx__statement){.kind = (calx__statement_kind)i,
                                 .model = model_named(table),
                                 .limit = limit ? json_integer_value(limit) : -1,
                                 .offset = json_integer_value(json_object_get(json, "offset"))};
        assert_int_equal(calx_model_check(out->model, NULL), 0);
        out->where = condition_of(out->model, json_object_get(json, "where"), arena);
        read_order(out, json_object_get(json, "order"), arena);
        read_values(out, json_object_get(json, "values"), arena);
        return true;
    }
    return false;
}

/* ---- From a statement to text ---- */

static void assert_binds(const json_t *expected, const calx_sql *sql, const calx_value *binds)
{
    assert_int_equal(sql->bind_count, json_array_size(expected));
    for (size_t i = 0; i < sql->bind_count; i++) {
        calx_value wanted = value_of(json_array_get(expected, i));
        assert_int_equal(binds[i].kind, wanted.kind);
        if (wanted.kind == CALX_KIND_TEXT)
            assert_true(calx_text_equal(binds[i].as.text, wanted.as.text));
        else if (wanted.kind == CALX_KIND_INTEGER)
            assert_int_equal(binds[i].as.integer, wanted.as.integer);
        else if (wanted.kind == CALX_KIND_BOOLEAN)
            assert_int_equal(binds[i].as.boolean, wanted.as.boolean);
        if (wanted.kind != CALX_KIND_NULL)
            assert_int_equal(sql->bind_kinds[i], wanted.kind);
        else
            assert_int_not_equal(sql->bind_kinds[i], CALX_KIND_NULL); /* the column's */
    }
}

static void assert_statement(const calx__dialect *dialect, const json_t *json, const char *expected)
{
    calx_arena arena = {0};
    calx__statement statement;
    const calx_sql *sql = NULL;
    const calx_sql *again = NULL;
    calx_value *binds = NULL;
    calx__sql_cache *cache = calx__sql_cache_create();
    assert_true(statement_of(json, &arena, &statement));
    assert_int_equal(
        calx__statement_compile(cache, dialect, &statement, &arena, &sql, &binds, NULL), 0);
    assert_string_equal(sql->text, expected);
    assert_int_equal(sql->length, strlen(expected));
    assert_binds(json_object_get(json, "binds"), sql, binds);
    assert_int_equal(
        calx__statement_compile(cache, dialect, &statement, &arena, &again, &binds, NULL), 0);
    assert_ptr_equal(again, sql); /* compiled once per shape */
    calx__sql_cache_destroy(cache);
    calx_arena_finish(&arena);
}

/* One file, in one dialect. */
static void assert_case(const char *path, const char *dialect_name)
{
    json_error_t problem;
    json_t *json = json_load_file(path, 0, &problem);
    if (json == NULL)
        fail_msg("%s:%d: %s", path, problem.line, problem.text);
    const char *expected = json_string_value(json_object_get(json, dialect_name));
    const calx__dialect *dialect = calx__dialect_find(dialect_name);
    assert_non_null(expected);
    assert_non_null(dialect);
    assert_statement(dialect, json, expected);
    json_decref(json);
}

static void every_case_of(void **state)
{
    const char *dialect = *state;
    glob_t files;
    assert_int_equal(glob("tests/sql/*.json", 0, NULL, &files), 0);
    assert_true(files.gl_pathc > 20);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        print_message("%s\n", files.gl_pathv[i]);
        assert_case(files.gl_pathv[i], dialect);
    }
    globfree(&files);
}

/* The bytes that a value's member leaves over are anything. */
static calx_expression value_over(int garbage, calx_kind kind, int64_t integer)
{
    calx_expression expression = {.op = CALX_OPERATOR_VALUE};
    memset(&expression.value, garbage, sizeof expression.value);
    expression.value.kind = kind;
    expression.value.utc_offset = 0;
    switch (kind) {
    case CALX_KIND_BOOLEAN:
        expression.value.as.boolean = integer != 0;
        break;
    case CALX_KIND_DOUBLE:
        expression.value.as.real = (double)integer;
        break;
    case CALX_KIND_TEXT:
    case CALX_KIND_DECIMAL:
    case CALX_KIND_ARRAY:
    case CALX_KIND_BLOB:
        expression.value.as.text = calx_text_of(integer ? "1" : "0");
        break;
    case CALX_KIND_DATE:
        calx_date_from_days(integer, &expression.value.as.date);
        break;
    case CALX_KIND_UUID:
        memset(&expression.value.as.uuid, (int)integer, sizeof expression.value.as.uuid);
        break;
    default: /* they begin with their only number */
        expression.value.as.integer = integer;
    }
    return expression;
}

static void values_are_equal_by_what_they_hold(void **state)
{
    (void)state;
    for (calx_kind kind = CALX_KIND_BOOLEAN; kind <= CALX_KIND_ARRAY; kind++) {
        calx_expression one = value_over(0x55, kind, 1), same = value_over(0xaa, kind, 1);
        calx_expression other = value_over(0x55, kind, 0);
        print_message("%s\n", calx_kind_name(kind));
        assert_true(calx__expression_equal(&one, &same));
        assert_false(calx__expression_equal(&one, &other));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_equal_by_what_they_hold),
        {"sqlite", every_case_of, NULL, NULL, (char[]){"sqlite"}},
        {"postgresql", every_case_of, NULL, NULL, (char[]){"postgresql"}},
        {"mysql", every_case_of, NULL, NULL, (char[]){"mysql"}},
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
