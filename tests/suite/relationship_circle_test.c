/* Rows that refer to each other, and to themselves: written and deleted by one flush. */
#include <calx/transfer.h>

#include "tests/suite/orm_fixture.h"

#define KNIGHT(COLUMN, Model)                                                                      \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, INTEGER_OR_NULL, friend_id, FOREIGN_KEY(Knight, id))                             \
    COLUMN(Model, INTEGER, castle_id, FOREIGN_KEY(Castle, id))
#define KNIGHT_RELATIONSHIPS(RELATIONSHIP, Model)                                                  \
    RELATIONSHIP(Model, MANY_TO_ONE, companion, Knight, friend_id)                                 \
    RELATIONSHIP(Model, MANY_TO_ONE, castle, Castle, castle_id)

#define CASTLE(COLUMN, Model)                                                                      \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, INTEGER_OR_NULL, lord_id, FOREIGN_KEY(Knight, id, ON_DELETE(SET_NULL)))
#define CASTLE_RELATIONSHIPS(RELATIONSHIP, Model)                                                  \
    RELATIONSHIP(Model, MANY_TO_ONE, lord, Knight, lord_id)

#define TWIN(COLUMN, Model)                                                                        \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, INTEGER, sister_id, FOREIGN_KEY(Twin, id))
#define TWIN_RELATIONSHIPS(RELATIONSHIP, Model)                                                    \
    RELATIONSHIP(Model, MANY_TO_ONE, sister, Twin, sister_id)

CALX_MODEL_DECLARE(Knight, KNIGHT, RELATIONSHIPS(KNIGHT_RELATIONSHIPS))
CALX_MODEL_DECLARE(Castle, CASTLE, RELATIONSHIPS(CASTLE_RELATIONSHIPS))
CALX_MODEL_DECLARE(Twin, TWIN, RELATIONSHIPS(TWIN_RELATIONSHIPS))
ORM_FIXTURE_MODELS
CALX_MODEL_DEFINE(Knight, "circle_knights", KNIGHT, RELATIONSHIPS(KNIGHT_RELATIONSHIPS))
CALX_MODEL_DEFINE(Castle, "circle_castles", CASTLE, RELATIONSHIPS(CASTLE_RELATIONSHIPS))
CALX_MODEL_DEFINE(Twin, "circle_twins", TWIN, RELATIONSHIPS(TWIN_RELATIONSHIPS))

static const calx_model *const models[] = {&Knight_model, &Castle_model, &Twin_model};
#define MODELS (sizeof models / sizeof *models)

static int setup(void **state)
{
    fixture *f = fixture_create_on(fixture_uri());
    assert_ok(f, calx_drop_all(f->engine, models, MODELS, CALX_NO_DEADLINE, &f->err));
    assert_ok(f, calx_create_all(f->engine, models, MODELS, CALX_NO_DEADLINE, &f->err));
    forget_sent(f);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    calx_session_destroy(f->session);
    f->session = NULL;
    calx_drop_all(f->engine, models, MODELS, CALX_NO_DEADLINE, NULL);
    fixture_destroy(f);
    return 0;
}

static void commit(fixture *f)
{
    calx_session_commit(f->session);
    assert_session_ok(f->session);
}

static Knight *knight_of(fixture *f, Castle *castle)
{
    Knight *knight = Knight_new(f->session);
    calx_relate(knight, castle, castle);
    return knight;
}

static void a_new_row_may_refer_to_itself(void **state)
{
    fixture *f = *state;
    Knight *alone = knight_of(f, Castle_new(f->session));
    calx_relate(alone, companion, alone);
    commit(f);
    assert_int_not_equal(alone->id, 0);
    assert_int_equal(alone->friend_id.value, alone->id);
    calx_session *other = calx_session_create(f->engine);
    assert_int_equal(calx_get(other, Knight, alone->id)->friend_id.value, alone->id);
    calx_session_destroy(other);
    calx_session_delete(f->session, alone);
    commit(f);
    assert_int_equal(calx_count(calx_query_of(f->session, Knight)), 0);
}

/* The reference that waits does not keep the others from being known. */
static void rows_in_a_circle_refer_to_other_new_rows(void **state)
{
    fixture *f = *state;
    Castle *north = Castle_new(f->session);
    Castle *south = Castle_new(f->session);
    Knight *ann = knight_of(f, north);
    Knight *bob = knight_of(f, south);
    calx_relate(ann, companion, bob);
    calx_relate(bob, companion, ann);
    calx_relate(north, lord, bob);
    commit(f);
    calx_session *other = calx_session_create(f->engine);
    const Knight *stored_ann = calx_get(other, Knight, ann->id);
    const Knight *stored_bob = calx_get(other, Knight, bob->id);
    assert_session_ok(other);
    assert_int_equal(stored_ann->friend_id.value, bob->id);
    assert_int_equal(stored_bob->friend_id.value, ann->id);
    assert_int_equal(stored_ann->castle_id, north->id);
    assert_int_equal(stored_bob->castle_id, south->id);
    assert_int_equal(calx_get(other, Castle, north->id)->lord_id.value, bob->id);
    assert_true(calx_get(other, Castle, south->id)->lord_id.is_null);
    calx_session_destroy(other);
    calx_session_delete(f->session, north);
    calx_session_delete(f->session, south);
    calx_session_delete(f->session, ann);
    calx_session_delete(f->session, bob);
    commit(f);
    assert_int_equal(calx_count(calx_query_of(f->session, Knight)), 0);
    assert_int_equal(calx_count(calx_query_of(f->session, Castle)), 0);
}

static void a_circle_that_cannot_be_cut_is_refused(void **state)
{
    fixture *f = *state;
    Twin *one = Twin_new(f->session);
    Twin *two = Twin_new(f->session);
    calx_relate(one, sister, two);
    calx_relate(two, sister, one);
    calx_session_flush(f->session);
    assert_failed(f->session, CALX_ERROR_NOT_NULL, "column \"sister_id\"");
    assert_string_equal(sent(f), "");
    calx_session_rollback(f->session);
    Twin *alone = Twin_new(f->session);
    calx_relate(alone, sister, alone);
    calx_session_flush(f->session);
    assert_failed(f->session, CALX_ERROR_NOT_NULL, "column \"sister_id\"");
}

/* The session's own objects know what the database does by ON DELETE. */
static void a_castle_has_no_lord_when_he_is_deleted(void **state)
{
    fixture *f = *state;
    Castle *north = Castle_new(f->session);
    Castle *south = Castle_new(f->session);
    Knight *ann = knight_of(f, south);
    calx_relate(north, lord, ann);
    commit(f);
    calx_load_for(north, Castle_.lord);
    calx_session_delete(f->session, ann);
    calx_session_flush(f->session);
    assert_session_ok(f->session);
    assert_true(north->lord_id.is_null);
    assert_null(calx_related(north, lord));
    assert_ptr_equal(calx_get(f->session, Castle, north->id), north);
    calx_session_rollback(f->session);
    assert_int_equal(north->lord_id.value, ann->id);
    assert_ptr_equal(calx_related(north, lord), ann);
    forget_sent(f);
    commit(f);
    assert_string_equal(sent(f), "");
}

/* They must not be NULL, and no order of the rows would do. */
static void a_circle_is_copied(void **state)
{
    fixture *f = *state;
    static const int32_t sisters[] = {2, 3, 1, 4, 1};
    calx_engine *source;
    assert_ok(f, calx_engine_create("sqlite://", NULL, &source, &f->err));
    assert_ok(f, calx_create_all(source, models, MODELS, CALX_NO_DEADLINE, &f->err));
    calx_session *session = calx_session_create(source);
    for (int32_t i = 1; i <= 5; i++) {
        Twin *twin = Twin_new(session);
        twin->id = i;
        twin->sister_id = i;
    }
    calx_session_flush(session);
    for (int32_t i = 1; i <= 5; i++)
        calx_get(session, Twin, i)->sister_id = sisters[i - 1];
    calx_session_commit(session);
    assert_session_ok(session);
    calx_session_destroy(session);
    assert_ok(f, calx_copy_all(source, f->engine, models, MODELS, (calx_transfer_watcher){0}, NULL,
                               &f->err));
    for (int32_t i = 1; i <= 5; i++)
        assert_int_equal(calx_get(f->session, Twin, i)->sister_id, sisters[i - 1]);
    calx_engine_destroy(source);
}

#define in_the_circle(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_the_circle(a_new_row_may_refer_to_itself),
        in_the_circle(rows_in_a_circle_refer_to_other_new_rows),
        in_the_circle(a_circle_that_cannot_be_cut_is_refused),
        in_the_circle(a_castle_has_no_lord_when_he_is_deleted),
        in_the_circle(a_circle_is_copied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
