/*
 * Tables as SQL text, and the order of models. The cases are the files of tests/sql/ddl: models, by
 * their tables, and what makes or drops them in each dialect, or why it is refused; a new case is a
 * new file.
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

#include "core/dialect/ddl.h"
#include "tests/sql/ddl/models.h"

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

#define EVERY(COLUMN, Model)                                                                       \
    COLUMN(Model, BIG_INTEGER, id, PRIMARY_KEY)                                                    \
    COLUMN(Model, INTEGER, small)                                                                  \
    COLUMN(Model, BIG_INTEGER_OR_NULL, big)                                                        \
    COLUMN(Model, BOOLEAN, flag)                                                                   \
    COLUMN(Model, DOUBLE_OR_NULL, number)                                                          \
    COLUMN(Model, STRING, string)                                                                  \
    COLUMN(Model, STRING_OR_NULL, limited, LENGTH(16383), NAME("short"))                           \
    COLUMN(Model, TEXT_OR_NULL, words)                                                             \
    COLUMN(Model, LARGE_BINARY, bytes)                                                             \
    COLUMN(Model, DATETIME_OR_NULL, moment)

#define STAMPS(COLUMN, Model)                                                                      \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, DATETIME, plain, SERVER_DEFAULT("current_timestamp"))                            \
    COLUMN(Model, DATETIME_OR_NULL, zoned, TIMEZONE, SERVER_DEFAULT("CURRENT_TIMESTAMP"))          \
    COLUMN(Model, INTEGER, number, SERVER_DEFAULT("1 + 1"))

CALX_MODEL_DECLARE(Stamp, STAMPS)
CALX_MODEL_DECLARE(Todo, TODOS)
CALX_MODEL_DECLARE(User, USERS)
CALX_MODEL_DECLARE(Every, EVERY)
CALX_MODEL_DEFINE(Stamp, "stamps", STAMPS)
CALX_MODEL_DEFINE(Todo, "todos", TODOS)
CALX_MODEL_DEFINE(User, "user", USERS)
CALX_MODEL_DEFINE(Every, "every", EVERY)
DDL_MODELS

#define MODELS_MAX 8

static const calx_model *model_of(const char *table)
{
    static const calx_model *const models[] = {
        &Stamp_model,    &Todo_model,  &User_model,      &Every_model,
        &Customer_model, &Order_model, &OrderLine_model, &Shipment_model,
        &Profile_model,  &Node_model,  &Long_model,      &PersonByName_model};
    for (size_t i = 0; i < sizeof models / sizeof *models; i++)
        if (strcmp(models[i]->table, table) == 0)
            return models[i];
    fail_msg("no table %s", table);
    return NULL;
}

/* ---- Cases ---- */

/* A name, or several in any order. */
static size_t read_models(const json_t *names, const calx_model **out)
{
    size_t count = json_is_string(names) ? 1 : json_array_size(names);
    assert_true(count <= MODELS_MAX);
    for (size_t i = 0; i < count; i++)
        out[i] =
            model_of(json_string_value(json_is_string(names) ? names : json_array_get(names, i)));
    assert_int_equal(calx_models_sort(out, count, NULL), 0);
    return count;
}

/* One statement, or several. */
static void assert_statements(const calx_buffer *made, const json_t *expected)
{
    size_t count = json_is_string(expected) ? 1 : json_array_size(expected);
    const char *at = made->data;
    for (size_t i = 0; i < count; i++) {
        const json_t *one = json_is_string(expected) ? expected : json_array_get(expected, i);
        if (at == made->data + made->length)
            fail_msg("nothing instead of %s", json_string_value(one));
        assert_string_equal(at, json_string_value(one));
        at += strlen(at) + 1;
    }
    if (at != made->data + made->length)
        fail_msg("too much: %s", at);
}

/* A model that a dialect refuses has an object instead of statements: the error's message. */
static void assert_refused(const calx__dialect *dialect, const calx_model *const *models,
                           size_t count, const char *message)
{
    calx_error err = {0};
    for (size_t i = 0; i < count && err.code == CALX_OK; i++)
        calx__ddl_check(dialect, models[i], &err);
    assert_int_equal(err.code, CALX_ERROR_UNSUPPORTED);
    assert_string_equal(err.message, message);
}

static void assert_made(const calx__dialect *dialect, const json_t *json, const json_t *expected)
{
    const json_t *create = json_object_get(json, "create");
    const calx_model *models[MODELS_MAX];
    size_t count = read_models(create ? create : json_object_get(json, "drop"), models);
    calx_buffer made = {0};
    if (json_is_object(expected)) {
        const json_t *message = json_object_get(expected, "unsupported");
        assert_refused(dialect, models, count, json_string_value(message));
        return;
    }
    for (size_t i = 0; i < count; i++)
        assert_int_equal(calx__ddl_check(dialect, models[i], NULL), 0);
    if (create != NULL)
        calx__ddl_create_all(dialect, models, count, &made);
    else
        calx__ddl_drop_all(dialect, models, count, &made);
    assert_statements(&made, expected);
    calx_buffer_finish(&made);
}

static void every_case_of(void **state)
{
    const char *dialect_name = *state;
    const calx__dialect *dialect = calx__dialect_find(dialect_name);
    glob_t files;
    assert_non_null(dialect);
    assert_int_equal(glob("tests/sql/ddl/*.json", 0, NULL, &files), 0);
    assert_true(files.gl_pathc > 10);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        json_error_t problem;
        json_t *json = json_load_file(files.gl_pathv[i], 0, &problem);
        print_message("%s\n", files.gl_pathv[i]);
        if (json == NULL)
            fail_msg("line %d: %s", problem.line, problem.text);
        assert_non_null(json_object_get(json, dialect_name));
        assert_made(dialect, json, json_object_get(json, dialect_name));
        json_decref(json);
    }
    globfree(&files);
}

/* ---- Models that are refused on every database ---- */

#define BAD(COLUMN, Model)                                                                         \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, INTEGER, node, INDEX, FOREIGN_KEY(Node, id))                                     \
    COLUMN(Model, STRING, a, LENGTH(500))                                                          \
    COLUMN(Model, STRING, b, LENGTH(500))
#define TWICE(CONSTRAINT, Model) CONSTRAINT(Model, UNIQUE(node, node))
#define LONG_KEY(CONSTRAINT, Model) CONSTRAINT(Model, INDEX(a, b))
#define SAME_NAME(CONSTRAINT, Model) CONSTRAINT(Model, INDEX(node))
#define NO_CONDITION(CONSTRAINT, Model) CONSTRAINT(Model, CHECK(nothing, ""))
#define OTHER_TYPE(CONSTRAINT, Model) CONSTRAINT(Model, FOREIGN_KEY_OF(Node, (a), (id)))
#define NOT_UNIQUE(CONSTRAINT, Model) CONSTRAINT(Model, FOREIGN_KEY_OF(Node, (node), (parent)))
#define UNEQUAL(CONSTRAINT, Model) CONSTRAINT(Model, FOREIGN_KEY_OF(Node, (node, id), (id)))
#define NOT_NULLABLE(CONSTRAINT, Model)                                                            \
    CONSTRAINT(Model, FOREIGN_KEY_OF(Node, (id), (id), ON_DELETE(SET_NULL)))

/* X(Model, its second list, the error's message) */
#define BAD_MODELS(X)                                                                              \
    X(Twice, TWICE, "model Twice: a constraint names a column twice")                              \
    X(LongKey, LONG_KEY,                                                                           \
      "model LongKey: a constraint of columns of more than 768 characters (MySQL)")                \
    X(SameName, SAME_NAME, "model SameName: two constraints of the name \"ix_bad_node\"")          \
    X(NoCondition, NO_CONDITION, "model NoCondition: a constraint without a condition")            \
    X(OtherType, OTHER_TYPE,                                                                       \
      "model OtherType, column \"a\": FOREIGN_KEY to a column of another type")                    \
    X(NotUnique, NOT_UNIQUE,                                                                       \
      "model NotUnique, column \"node\": FOREIGN_KEY to what is neither the primary key nor "      \
      "UNIQUE")                                                                                    \
    X(Unequal, UNEQUAL,                                                                            \
      "model Unequal, column \"node\": FOREIGN_KEY_OF with lists of different lengths")            \
    X(NotNullable, NOT_NULLABLE,                                                                   \
      "model NotNullable, column \"id\": SET_NULL in a column that is not nullable")

#define BAD_MODEL(Model, LIST, message)                                                            \
    CALX_MODEL_DECLARE(Model, BAD)                                                                 \
    CALX_MODEL_DEFINE(Model, "bad", BAD, TABLE(LIST))
BAD_MODELS(BAD_MODEL)

static void bad_constraints_are_named(void **state)
{
    static const struct {
        const calx_model *model;
        const char *message;
    } bad[] = {
#define BAD_ENTRY(Model, LIST, message) {&Model##_model, message},
        BAD_MODELS(BAD_ENTRY)
#undef BAD_ENTRY
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        calx_error err = {0};
        assert_int_equal(calx_model_check(bad[i].model, &err), CALX_ERROR_MODEL);
        assert_string_equal(err.message, bad[i].message);
    }
}

/* ---- Order ---- */

static void models_are_sorted_by_what_they_refer_to(void **state)
{
    const calx_model *models[] = {&Shipment_model, &Profile_model,  &OrderLine_model,
                                  &Order_model,    &Customer_model, &Node_model};
    const calx_model *const sorted[] = {&Customer_model, &Node_model,      &Order_model,
                                        &Profile_model,  &OrderLine_model, &Shipment_model};
    (void)state;
    assert_int_equal(calx_models_sort(models, 6, NULL), 0);
    for (size_t i = 0; i < 6; i++)
        assert_string_equal(models[i]->name, sorted[i]->name);
    /* The order of two does not depend on the others. */
    const calx_model *two[] = {&OrderLine_model, &Node_model};
    assert_int_equal(calx_models_sort(two, 2, NULL), 0);
    assert_ptr_equal(two[0], &Node_model);
    assert_int_equal(calx_models_sort(NULL, 0, NULL), 0);
}

/* The customer's last order may be NULL for a while, the order's customer may not. */
static void a_cycle_is_cut_where_null_may_be(void **state)
{
    size_t count;
    (void)state;
    assert_int_equal(calx_model_check(&Order_model, NULL), 0);
    const calx_foreign_key *keys = calx_model_foreign_keys(&Customer_model, &count);
    assert_int_equal(count, 1);
    assert_ptr_equal(keys[0].model, &Order_model);
    assert_true(calx_foreign_key_is_deferred(&Customer_model, &keys[0]));
    keys = calx_model_foreign_keys(&Order_model, &count);
    assert_int_equal(count, 1);
    assert_false(calx_foreign_key_is_deferred(&Order_model, &keys[0]));
    keys = calx_model_foreign_keys(&Node_model, &count);
    assert_int_equal(count, 1);
    assert_false(calx_foreign_key_is_deferred(&Node_model, &keys[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"sqlite", every_case_of, NULL, NULL, (char[]){"sqlite"}},
        {"postgresql", every_case_of, NULL, NULL, (char[]){"postgresql"}},
        {"mysql", every_case_of, NULL, NULL, (char[]){"mysql"}},
        cmocka_unit_test(bad_constraints_are_named),
        cmocka_unit_test(models_are_sorted_by_what_they_refer_to),
        cmocka_unit_test(a_cycle_is_cut_where_null_may_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
