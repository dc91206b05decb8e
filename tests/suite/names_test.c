/* Names that are not words: in DDL, statements, the catalogue, and what is copied. */
#include <calx/reflection.h>
#include <calx/transfer.h>

#include "tests/suite/orm_fixture.h"

ORM_FIXTURE_MODELS

#define LONGEST "a_name_of_63_bytes_is_the_longest_one_that_every_database_takes"

/* Quotes of all dialects, blanks, reserved words, upper case, binds, comments, other letters. */
#define ODD(COLUMN, Model)                                                                         \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY, NAME("the \"Key\""))                                   \
    COLUMN(Model, STRING, word, LENGTH(20), UNIQUE, NAME("select"))                                \
    COLUMN(Model, STRING, apostrophe, LENGTH(20), INDEX, NAME("it's `so`"))                        \
    COLUMN(Model, INTEGER, upper, NAME("UPPER Case"))                                              \
    COLUMN(Model, INTEGER, bind, NAME("a?:b$1-- %s"))                                              \
    COLUMN(Model, INTEGER, umlaut, NAME("\xc3\xbc\xe2\x82\xac [\\]/*"))                            \
    COLUMN(Model, INTEGER, longest, NAME(LONGEST), SERVER_DEFAULT("7"))                            \
    COLUMN(Model, INTEGER_OR_NULL, friend_id, NAME(" friend"), FOREIGN_KEY(Odd, id))               \
    COLUMN(Model, ENUM(Mood), mood, NAME("order"))
#define ODD_TABLE(CONSTRAINT, Model)                                                               \
    CONSTRAINT(Model, UNIQUE(word, upper, longest))                                                \
    CONSTRAINT(Model, INDEX_WHERE(some, "1 = 1", bind, umlaut))

#define LONG(COLUMN, Model)                                                                        \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, INTEGER, odd_id, NAME(LONGEST), FOREIGN_KEY(Odd, id))

#define MOOD(VALUE, Enum) VALUE(Enum, GOOD, "good") VALUE(Enum, BAD, "bad")

CALX_ENUM_DECLARE(Mood, MOOD)
CALX_MODEL_DECLARE(Odd, ODD)
CALX_MODEL_DECLARE(Long, LONG)
CALX_ENUM_DEFINE(Mood, "suite_mood", MOOD)
CALX_MODEL_DEFINE(Odd, "Table \"of\" `odd` it's; --?$1 \xc3\xa4", ODD, TABLE(ODD_TABLE))
CALX_MODEL_DEFINE(Long, LONGEST, LONG)

static const calx_model *const models[] = {&Odd_model, &Long_model};

static int setup(void **state)
{
    fixture *f = fixture_create_on(fixture_uri());
    *state = f;
    assert_ok(f, calx_drop_all(f->engine, models, 2, CALX_NO_DEADLINE, &f->err));
    assert_ok(f, calx_create_all(f->engine, models, 2, CALX_NO_DEADLINE, &f->err));
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    calx_session_rollback(f->session);
    assert_ok(f, calx_drop_all(f->engine, models, 2, CALX_NO_DEADLINE, &f->err));
    fixture_destroy(f);
    return 0;
}

static Odd *odd_new(calx_session *session, const char *word)
{
    Odd *odd = Odd_new(session);
    odd->word = odd->apostrophe = calx_text_of(word);
    return odd;
}

static void rows_are_written_and_read(void **state)
{
    fixture *f = *state;
    static const char *const words[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"};
    Odd *first = odd_new(f->session, "first");
    for (int i = 0; i < 12; i++)
        odd_new(f->session, words[i])->bind = i;
    calx_session_flush(f->session);
    assert_int_equal(first->longest, 7);
    Long_new(f->session)->odd_id = first->id;
    first->upper = 5;
    first->umlaut = 6;
    first->mood = Mood_BAD;
    first->friend_id = (calx_integer_or_null){.value = first->id};
    calx_session_commit(f->session);
    assert_session_ok(f->session);
    Odd_query *query = calx_filter(calx_query_of(f->session, Odd),
                                   AND(EQUAL(Odd_.mood, Mood_BAD), EQUAL(Odd_.umlaut, 6)));
    assert_int_equal(calx_query_update(query, SET(Odd_.upper, ADD(Odd_.upper, Odd_.longest))), 1);
    assert_ptr_equal(calx_first(calx_order_by(query, Odd_.bind)), first);
    Odd *again = odd_new(f->session, "a");
    again = calx_upsert(f->session, Odd, again, ON(Odd_.word), UPDATE(Odd_.apostrophe));
    assert_session_ok(f->session);
    assert_int_equal(again->bind, 0);
    calx_session_commit(f->session);
    assert_int_equal(calx_get(f->session, Odd, first->id)->upper, 12);
    calx_query_delete(calx_filter(calx_query_of(f->session, Odd), LESS(Odd_.upper, 5)));
    calx_session_commit(f->session);
    assert_session_ok(f->session);
    assert_int_equal(calx_count(calx_query_of(f->session, Odd)), 1);
    odd_new(f->session, "first");
    calx_session_flush(f->session);
    assert_failed(f->session, CALX_ERROR_UNIQUE, "");
}

static void the_catalogue_has_the_same_names(void **state)
{
    fixture *f = *state;
    calx_arena arena = {0};
    calx_reflection all;
    assert_ok(f, calx_reflect(f->engine, &arena, CALX_NO_DEADLINE, &all, &f->err));
    const calx_reflected_table *table = calx_reflection_table(&all, Odd_model.table);
    assert_non_null(table);
    for (size_t i = 0; i < Odd_model.column_count; i++)
        assert_non_null(
            calx_reflected_table_column(table, calx_column_name(&Odd_model.columns[i])));
    assert_string_equal(table->primary_key.columns[0], "the \"Key\"");
    assert_int_equal(table->unique_count, 2);
    assert_int_equal(table->index_count, 2);
    assert_int_equal(table->foreign_key_count, 1);
    assert_string_equal(table->foreign_keys[0].columns[0], " friend");
    assert_string_equal(table->foreign_keys[0].referred_table, Odd_model.table);
    table = calx_reflection_table(&all, LONGEST);
    assert_non_null(table);
    assert_string_equal(table->foreign_keys[0].columns[0], LONGEST);
    calx_arena_finish(&arena);
}

/* Keys that come after the copy are behind those that were copied. */
static void rows_are_copied(void **state)
{
    fixture *f = *state;
    calx_engine *source;
    assert_ok(f, calx_engine_create("sqlite://", NULL, &source, &f->err));
    assert_ok(f, calx_create_all(source, models, 2, CALX_NO_DEADLINE, &f->err));
    calx_session *session = calx_session_create(source);
    Odd *first = odd_new(session, "first");
    first->id = 40;
    odd_new(session, "second")->friend_id = (calx_integer_or_null){.value = 40};
    Long *line = Long_new(session);
    line->odd_id = 40;
    line->id = 70;
    calx_session_commit(session);
    assert_session_ok(session);
    calx_session_destroy(session);
    assert_ok(
        f, calx_copy_all(source, f->engine, models, 2, (calx_transfer_watcher){0}, NULL, &f->err));
    Odd *odd = odd_new(f->session, "third");
    line = Long_new(f->session);
    line->odd_id = 40;
    calx_session_commit(f->session);
    assert_session_ok(f->session);
    assert_int_equal(odd->id, 42);
    assert_int_equal(line->id, 71);
    calx_engine_destroy(source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rows_are_written_and_read, setup, teardown),
        cmocka_unit_test_setup_teardown(the_catalogue_has_the_same_names, setup, teardown),
        cmocka_unit_test_setup_teardown(rows_are_copied, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
