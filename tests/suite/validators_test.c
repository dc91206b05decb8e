/* Defaults and validators of models: what a new object holds, and what is refused before it is
 * sent. */
#include "tests/suite/orm_fixture.h"

ORM_FIXTURE_MODELS

static int is_even(const calx_column *column, const void *member, calx_error *err)
{
    const calx_integer_or_null *number = member;
    (void)column;
    if (number->value % 2 == 0)
        return 0;
    return calx_error_set(err, CALX_ERROR_INVALID, "%d is not even", number->value);
}

static int refuses_silently(const calx_column *column, const void *member, calx_error *err)
{
    (void)column;
    (void)err;
    return *(const int32_t *)member == 0 ? 0 : CALX_ERROR_INVALID;
}

#define VALIDATED(COLUMN, Model)                                                                   \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, INTEGER_OR_NULL, even, JSON, VALIDATE(is_even))                                  \
    COLUMN(Model, INTEGER, zero, JSON, VALIDATE(refuses_silently))                                 \
    COLUMN(Model, INTEGER, low, JSON)                                                              \
    COLUMN(Model, INTEGER, high, JSON, DEFAULT(10))                                                \
    COLUMN(Model, STRING_OR_NULL, word, JSON, DEFAULT("none"))                                     \
    COLUMN(Model, BOOLEAN_OR_NULL, flag, DEFAULT(true))

CALX_MODEL_DECLARE(Validated, VALIDATED)

static int low_is_below_high(const Validated *object, calx_error *err)
{
    return object->low < object->high
               ? 0
               : calx_error_set(err, CALX_ERROR_INVALID, "low must be below high");
}

CALX_MODEL_DEFINE(Validated, "suite_validated", VALIDATED, VALIDATE(low_is_below_high))

static const calx_model *const validated_models[] = {&Validated_model};

static void a_new_object_has_its_defaults(void **state)
{
    fixture *f = *state;
    Validated *object = Validated_new(f->session);
    assert_int_equal(object->high, 10);
    assert_text(object->word, "none");
    assert_true(object->flag.value && !object->flag.is_null);
    assert_true(object->even.is_null);
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_text(calx_get(f->session, Validated, object->id)->word, "none");
}

static void validators_see_what_is_written(void **state)
{
    fixture *f = *state;
    Validated *object = Validated_new(f->session);
    object->even = (calx_integer_or_null){.value = 3};
    assert_int_equal(calx_session_flush(f->session), CALX_ERROR_INVALID);
    assert_failed(f->session, CALX_ERROR_INVALID, "column \"even\": 3 is not even");
    calx_session_rollback(f->session);
    object = Validated_new(f->session);
    assert_int_equal(calx_session_commit(f->session), 0);
    object->low = 10;
    assert_int_equal(calx_session_flush(f->session), CALX_ERROR_INVALID);
    assert_failed(f->session, CALX_ERROR_INVALID, "low must be below high");
    calx_session_rollback(f->session);
    object->zero = 1;
    assert_int_equal(calx_session_flush(f->session), CALX_ERROR_INVALID);
    assert_failed(f->session, CALX_ERROR_INVALID, "column \"zero\": not accepted");
}

static void json_is(fixture *f, Validated *object, const char *text, const char *words)
{
    json_t *json = NULL;
    assert_ok(f, calx_json_parse(calx_text_of(text), &json, &f->err));
    for (int way = 0; way < 2; way++) {
        calx_session_rollback(f->session);
        int code = way == 0 ? calx_json_read(f->session, object, json)
                            : calx_json_read_text(f->session, object, calx_text_of(text));
        assert_int_equal(code, words ? CALX_ERROR_INVALID : 0);
        if (words != NULL)
            assert_failed(f->session, CALX_ERROR_INVALID, words);
    }
    json_decref(json);
}

static void validators_see_what_json_sets(void **state)
{
    fixture *f = *state;
    Validated *object = Validated_new(f->session);
    assert_int_equal(calx_session_commit(f->session), 0);
    json_is(f, object, "{\"even\": 5, \"low\": 3}", "column \"even\": 5 is not even");
    assert_int_equal(object->low, 0); /* untouched */
    calx_session_rollback(f->session);
    json_is(f, object, "{\"low\": 11}", "low must be below high");
    assert_int_equal(object->low, 0);
    calx_session_rollback(f->session);
    json_is(f, object, "{\"even\": null, \"low\": 11, \"high\": 12}", NULL);
    assert_int_equal(calx_session_commit(f->session), 0);
}

static int validated_setup(void **state)
{
    fixture *f = fixture_create_on(fixture_uri());
    assert_ok(f, calx_drop_all(f->engine, validated_models, 1, CALX_NO_DEADLINE, &f->err));
    assert_ok(f, calx_create_all(f->engine, validated_models, 1, CALX_NO_DEADLINE, &f->err));
    *state = f;
    return 0;
}

static int validated_teardown(void **state)
{
    fixture *f = *state;
    calx_drop_all(f->engine, validated_models, 1, CALX_NO_DEADLINE, NULL);
    fixture_destroy(f);
    return 0;
}

#define with_table(test) cmocka_unit_test_setup_teardown(test, validated_setup, validated_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_table(a_new_object_has_its_defaults),
        with_table(validators_see_what_is_written),
        with_table(validators_see_what_json_sets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
