/* What makes a model usable, what the lists expand to, and the memory of core. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <calx/calx.h>

#define PERSON(COLUMN, Model)                                                                      \
    COLUMN(Model, STRING, nick, PRIMARY_KEY, LENGTH(20), JSON, NAME("nick name"), UNIQUE)          \
    COLUMN(Model, INTEGER_OR_NULL, age)                                                            \
    COLUMN(Model, DATETIME, born, JSON)

CALX_MODEL_DECLARE(Person, PERSON)
CALX_MODEL_DEFINE(Person, "people", PERSON)

/* A list may be shared by several models. */
CALX_MODEL_DECLARE(Pet, PERSON)
CALX_MODEL_DEFINE(Pet, "pets", PERSON)

static void a_list_becomes_a_model(void **state)
{
    (void)state;
    assert_int_equal(calx_model_check(&Person_model, NULL), 0);
    assert_string_equal(Person_model.name, "Person");
    assert_string_equal(Person_model.table, "people");
    assert_int_equal(Person_model.size, sizeof(Person));
    assert_int_equal(Person_model.column_count, 3);
    const calx_column *nick = calx_model_column(&Person_model, "nick");
    assert_ptr_equal(nick, Person_.nick.expression.column);
    assert_ptr_equal(nick, calx_model_primary_key(&Person_model));
    assert_ptr_equal(nick->type, &calx_type_string);
    assert_int_equal(nick->length, 20);
    assert_true(nick->primary_key && nick->json && nick->unique && !nick->nullable);
    assert_string_equal(calx_column_name(nick), "nick name");
    const calx_column *age = calx_model_column(&Person_model, "age");
    assert_true(age->nullable && !age->json && !age->unique && !age->primary_key);
    assert_string_equal(calx_column_name(age), "age");
    assert_int_equal(age->offset, offsetof(Person, age));
    assert_null(calx_model_column(&Person_model, "nick name"));
    assert_ptr_not_equal(Pet_.nick.expression.column, Person_.nick.expression.column);
}

static void types_say_what_they_are(void **state)
{
    static const calx_type *const types[] = {
#define TYPE(name, lower) &calx_type_##lower,
        CALX_TYPES(TYPE)
#undef TYPE
    };
    (void)state;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        assert_int_equal(types[i]->id, i);
        assert_true(types[i]->size > 0 && types[i]->size <= types[i]->size_or_null);
        assert_true(types[i]->name[0] >= 'A' && types[i]->name[0] <= 'Z');
    }
}

/* ---- Bad models ---- */

static void assert_bad(const calx_column *columns, size_t count, const char *words)
{
    struct calx__model_info info = {0};
    calx_model model = {.name = "Bad",
                        .table = "bad",
                        .size = 64,
                        .columns = columns,
                        .column_count = count,
                        .info = &info};
    calx_error err = {0};
    assert_int_equal(calx_model_check(&model, &err), CALX_ERROR_MODEL);
    assert_string_equal(err.message, words);
    assert_int_equal(calx_model_check(&model, NULL), CALX_ERROR_MODEL); /* again */
}

#define KEY                                                                                        \
    {                                                                                              \
        .member = "id", .type = &calx_type_integer, .primary_key = true                            \
    }
#define assert_bad_column(words, ...) assert_bad((calx_column[]){KEY, {__VA_ARGS__}}, 2, words)

static void some_column_is_the_primary_key(void **state)
{
    (void)state;
    assert_bad((calx_column[]){{.member = "a", .type = &calx_type_text}}, 1,
               "model Bad: no primary key");
    assert_bad_column("model Bad, column \"a\": a primary key cannot be NULL", .member = "a",
                      .type = &calx_type_integer, .primary_key = true, .nullable = true);
    const char *types =
        "model Bad, column \"a\": a primary key is an integer, STRING with LENGTH, "
        "DATE, DATETIME, UUID or ENUM";
    assert_bad_column(types, .member = "a", .type = &calx_type_string, .primary_key = true);
    assert_bad_column(types, .member = "a", .type = &calx_type_text, .primary_key = true);
    assert_bad_column(types, .member = "a", .type = &calx_type_double, .primary_key = true);
    assert_bad_column(types, .member = "a", .type = &calx_type_json_document, .primary_key = true);
}

static void names_are_different_and_not_too_long(void **state)
{
    static char long_name[65];
    (void)state;
    memset(long_name, 'a', 64);
    assert_bad_column("model Bad, column \"ID\": two columns of this name", .member = "ID",
                      .type = &calx_type_integer);
    assert_bad_column("model Bad, column \"a\": two columns of this name", .member = "a",
                      .sql_name = "id", .type = &calx_type_integer);
    assert_bad_column("model Bad, column \"a\": name longer than 63 bytes", .member = "a",
                      .sql_name = long_name, .type = &calx_type_integer);
    assert_bad_column("model Bad, column \"a\": empty name", .member = "a", .sql_name = "",
                      .type = &calx_type_integer);
    assert_bad_column("model Bad, column \"a\": name that ends with a blank (MySQL)", .member = "a",
                      .sql_name = "a ", .type = &calx_type_integer);
    assert_bad_column("model Bad, column \"a\": name with a character beyond U+FFFF (MySQL)",
                      .member = "a", .sql_name = "\xf0\x9f\x98\x80", .type = &calx_type_integer);
    assert_bad_column("model Bad, column \"a\": name that is not valid UTF-8", .member = "a",
                      .sql_name = "\xff", .type = &calx_type_integer);
}

static void lengths_are_what_every_database_takes(void **state)
{
    (void)state;
    assert_bad_column("model Bad, column \"a\": LENGTH is for STRING", .member = "a",
                      .type = &calx_type_text, .length = 5);
    assert_bad_column(
        "model Bad, column \"a\": LENGTH of more than 16383 characters (MySQL), use "
        "TEXT",
        .member = "a", .type = &calx_type_string, .length = 16384);
    assert_bad_column("model Bad, column \"a\": a key of more than 768 characters (MySQL)",
                      .member = "a", .type = &calx_type_string, .length = 769, .unique = true);
    assert_bad_column(
        "model Bad, column \"a\": UNIQUE and INDEX need a type of limited length (MySQL)",
        .member = "a", .type = &calx_type_string, .unique = true);
    assert_bad_column(
        "model Bad, column \"a\": UNIQUE and INDEX need a type of limited length (MySQL)",
        .member = "a", .type = &calx_type_large_binary, .unique = true);
}

/* A model that MySQL would refuse when its table is made: not of one column alone. */
static void assert_bad_table(const char *words, const calx_column *columns,
                             const calx_constraint *constraint)
{
    struct calx__model_info info = {0};
    calx_foreign_key keys[3];
    calx_model model = {.name = "Bad",
                        .table = "bad",
                        .size = 64,
                        .columns = columns,
                        .column_count = 3,
                        .constraints = constraint,
                        .constraint_count = constraint != NULL,
                        .info = &info};
    calx_error err = {0};
    info.foreign_keys = keys;
    assert_int_equal(calx_model_check(&model, &err), CALX_ERROR_MODEL);
    assert_string_equal(err.message, words);
}

static void what_no_index_of_mysql_takes_is_refused_in_the_list_of_the_table(void **state)
{
    static const calx_column columns[] = {
        KEY, {.member = "a", .type = &calx_type_integer}, {.member = "b", .type = &calx_type_text}};
    static const calx_column bytes[] = {KEY,
                                        {.member = "a", .type = &calx_type_integer},
                                        {.member = "b", .type = &calx_type_large_binary}};
    static const calx_constraint index = {
        .kind = CALX_CONSTRAINT_INDEX, .columns = {1, 2}, .column_count = 2};
    static const calx_constraint unique = {
        .kind = CALX_CONSTRAINT_UNIQUE, .columns = {2}, .column_count = 1};
    static const calx_constraint some = {.kind = CALX_CONSTRAINT_INDEX,
                                         .name = "some",
                                         .where = "a = 1",
                                         .columns = {2},
                                         .column_count = 1};
    const char *words =
        "model Bad, column \"b\": UNIQUE and INDEX need a type of limited length (MySQL)";
    (void)state;
    assert_bad_table(words, columns, &index);
    assert_bad_table(words, columns, &unique);
    assert_bad_table(words, bytes, &unique);
    assert_bad_table(words, columns, &some);
}

static void what_no_key_of_mysql_takes_is_refused(void **state)
{
    const calx_column text = {.member = "a", .type = &calx_type_string, .length = 700};
    calx_column long_key[] = {KEY, text, text};
    calx_column reference[] = {KEY,
                               {.member = "a", .type = &calx_type_integer},
                               {.member = "b",
                                .type = &calx_type_string,
                                .reference = {.model = &Person_model, .column = Person__nick}}};
    (void)state;
    long_key[1].primary_key = long_key[2].primary_key = true;
    long_key[2].member = "b";
    assert_bad_table("model Bad: a primary key of more than 768 characters (MySQL)", long_key,
                     NULL);
    assert_bad_table("model Bad, column \"b\": FOREIGN_KEY needs a type of limited length (MySQL)",
                     reference, NULL);
}

static void labels_are_what_every_database_keeps(void **state)
{
    const calx_enumeration blank = {
        .name = "odd", .labels = (const char *const[]){"a", "b "}, .count = 2};
    const calx_enumeration quote = {
        .name = "odd", .labels = (const char *const[]){"it's"}, .count = 1};
    const calx_enumeration twice = {
        .name = "odd", .labels = (const char *const[]){"a", "a"}, .count = 2};
    (void)state;
    assert_bad_column(
        "model Bad, column \"a\": a label does not end with a blank (MySQL forgets it)",
        .member = "a", .type = &calx_type_enum, .enumeration = &blank);
    assert_bad_column(
        "model Bad, column \"a\": a label holds no quotes, backslashes and control characters",
        .member = "a", .type = &calx_type_enum, .enumeration = &quote);
    assert_bad_column("model Bad, column \"a\": two values of one label", .member = "a",
                      .type = &calx_type_enum, .enumeration = &twice);
}

static void a_model_has_at_most_64_columns(void **state)
{
    static calx_column columns[65] = {KEY};
    static char names[65][4];
    (void)state;
    for (int i = 1; i < 65; i++) {
        snprintf(names[i], sizeof names[i], "c%d", i);
        columns[i] = (calx_column){.member = names[i], .type = &calx_type_integer};
    }
    assert_bad(columns, 65, "model Bad: more than 64 columns");
    struct calx__model_info info = {0};
    calx_model model = {.name = "Good",
                        .table = "good",
                        .size = 64 * 4,
                        .columns = columns,
                        .column_count = 64,
                        .info = &info};
    assert_int_equal(calx_model_check(&model, NULL), 0);
}

/* ---- Memory ---- */

static void a_buffer_has_a_limit(void **state)
{
    calx_buffer buffer = {.length_max = 5};
    (void)state;
    calx_buffer_append(&buffer, "abcde", 5);
    assert_false(buffer.failed);
    calx_buffer_append(&buffer, "", 0);
    assert_false(buffer.failed);
    calx_buffer_append(&buffer, "f", 1);
    assert_true(buffer.failed);
    assert_int_equal(buffer.length, 5);
    calx_buffer_clear(&buffer);
    assert_false(buffer.failed);
    calx_buffer_append_format(&buffer, "%s%d", "abc", 12); /* exactly as much as there may be */
    assert_false(buffer.failed);
    assert_int_equal(buffer.length, 5);
    assert_memory_equal(buffer.data, "abc12", 5);
    calx_buffer_append_format(&buffer, "%d", 1);
    assert_true(buffer.failed);
    assert_int_equal(buffer.length, 5);
    assert_null(calx_buffer_reserve(&buffer, 1));
    calx_buffer_finish(&buffer);
    assert_null(buffer.data);
    assert_int_equal(buffer.length_max, 5);
}

static void a_buffer_cannot_be_asked_for_everything(void **state)
{
    calx_buffer buffer = {0};
    calx_arena arena = {0};
    (void)state;
    calx_buffer_append_string(&buffer, "abc");
    assert_null(calx_buffer_reserve(&buffer, SIZE_MAX - 1));
    assert_true(buffer.failed);
    assert_memory_equal(buffer.data, "abc", 3);
    calx_buffer_finish(&buffer);
    assert_null(calx_arena_alloc(&arena, SIZE_MAX - 5));
    assert_true(arena.failed);
    assert_null(calx_arena_copy(&arena, "x", SIZE_MAX).data);
    assert_non_null(calx_arena_alloc(&arena, 5));
    calx_arena_finish(&arena);
}

static void an_arena_is_zeroed_and_aligned(void **state)
{
    calx_arena arena = {.block_size = 64};
    (void)state;
    for (int round = 0; round < 2; round++) {
        for (size_t size = 0; size < 3000; size += 7) {
            unsigned char *memory = calx_arena_alloc(&arena, size);
            assert_int_equal((uintptr_t)memory % _Alignof(max_align_t), 0);
            for (size_t i = 0; i < size; i++)
                assert_int_equal(memory[i], 0);
            memset(memory, 0xff, size);
        }
        calx_arena_clear(&arena);
    }
    assert_string_equal(calx_arena_format(&arena, "%s-%d", "a", 1), "a-1");
    calx_text copy = calx_arena_copy(&arena, "a\0b", 3);
    assert_int_equal(copy.length, 3);
    assert_memory_equal(copy.data, "a\0b", 4); /* with a NUL behind it */
    assert_null(calx_arena_copy(&arena, NULL, 0).data);
    assert_non_null(calx_arena_copy(&arena, "", 0).data);
    assert_false(arena.failed);
    calx_arena_finish(&arena);
    calx_arena_finish(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_becomes_a_model),
        cmocka_unit_test(types_say_what_they_are),
        cmocka_unit_test(some_column_is_the_primary_key),
        cmocka_unit_test(names_are_different_and_not_too_long),
        cmocka_unit_test(lengths_are_what_every_database_takes),
        cmocka_unit_test(what_no_index_of_mysql_takes_is_refused_in_the_list_of_the_table),
        cmocka_unit_test(what_no_key_of_mysql_takes_is_refused),
        cmocka_unit_test(labels_are_what_every_database_keeps),
        cmocka_unit_test(a_model_has_at_most_64_columns),
        cmocka_unit_test(a_buffer_has_a_limit),
        cmocka_unit_test(a_buffer_cannot_be_asked_for_everything),
        cmocka_unit_test(an_arena_is_zeroed_and_aligned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
