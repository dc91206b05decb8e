/* types_fixture.h: what the tests of types share: a model with its table beside those of
 * orm_fixture.h, and its rows, stored and read again. */
#ifndef CALX_TESTS_SUITE_TYPES_FIXTURE_H
#define CALX_TESTS_SUITE_TYPES_FIXTURE_H

#include "tests/suite/orm_fixture.h"

static inline int types_setup(void **state, const calx_model *model)
{
    fixture *f = fixture_create_on(fixture_uri());
    assert_ok(f, calx_drop_all(f->engine, &model, 1, CALX_NO_DEADLINE, &f->err));
    assert_ok(f, calx_create_all(f->engine, &model, 1, CALX_NO_DEADLINE, &f->err));
    *state = f;
    return 0;
}

static inline int types_teardown(void **state, const calx_model *model)
{
    fixture *f = *state;
    calx_session_rollback(f->session);
    calx_drop_all(f->engine, &model, 1, CALX_NO_DEADLINE, NULL);
    return fixture_teardown(state);
}

/* Commits, and makes a session that knows nothing; it is destroyed with the next one. */
static inline void after_commit(fixture *f, calx_session **session)
{
    calx_session_commit(f->session);
    assert_session_ok(f->session);
    calx_session_destroy(*session);
    *session = calx_session_create(f->engine);
}

/* For a program about one model: stored(f, object, &session) is its row as it is read again, and
 * test_of(name) a test with the table. */
#define TYPES_FIXTURE(Model)                                                                       \
    static const calx_model *const models[] = {&Model##_model};                                    \
    static inline int setup(void **state)                                                          \
    {                                                                                              \
        return types_setup(state, models[0]);                                                      \
    }                                                                                              \
    static inline int teardown(void **state)                                                       \
    {                                                                                              \
        return types_teardown(state, models[0]);                                                   \
    }                                                                                              \
    static inline Model *stored(fixture *f, const Model *object, calx_session **session)           \
    {                                                                                              \
        after_commit(f, session);                                                                  \
        Model *again = calx_get(*session, Model, object->id);                                      \
        assert_session_ok(*session);                                                               \
        assert_non_null(again);                                                                    \
        return again;                                                                              \
    }

#define test_of(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
