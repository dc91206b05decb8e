/* driver_sqlite_records_test.c: statements of several records, and the keys of their rows. */
#include "tests/suite/sqlite_writer_fixture.h"

#define RECORDS 3

/* One statement with three records, run by the writer; the driver may do it in one text. */
static void insert_records(fixture *self, const char *const titles[RECORDS],
                           int64_t keys[static RECORDS])
{
    static const calx_kind kinds[RECORDS] = {CALX_KIND_TEXT, CALX_KIND_TEXT, CALX_KIND_TEXT};
    static const calx_sql all = {.id = 4,
                                 .text = "INSERT INTO t (title) VALUES (?), (?), (?)",
                                 .length = sizeof "INSERT INTO t (title) VALUES (?), (?), (?)" - 1,
                                 .bind_kinds = kinds,
                                 .bind_count = RECORDS,
                                 .record_count = RECORDS,
                                 .generates_keys = true};
    calx_value titles_bound[RECORDS];
    calx_error err = {0};
    for (int i = 0; i < RECORDS; i++)
        titles_bound[i] = calx_value_text(calx_text_of(titles[i]));
    calx_unit_statement statement = {.sql = &insert_title,
                                     .record_count = RECORDS,
                                     .all = &all,
                                     .binds = titles_bound,
                                     .rows_expected = 1,
                                     .generates_key = true,
                                     .generated_keys = keys};
    calx_unit unit = {.statements = &statement,
                      .statement_count = 1,
                      .begin = true,
                      .commit = true,
                      .write = true};
    must(self->driver->unit_run(self->connection, &unit, soon(), &err), &err);
    assert_int_equal(statement.rows_affected, RECORDS);
}

static void records_have_the_keys_of_their_rows(fixture *self, const char *const titles[RECORDS])
{
    int64_t keys[RECORDS];
    insert_records(self, titles, keys);
    for (int i = 0; i < RECORDS; i++)
        assert_int_equal(keys[i], id_of_title(self, titles[i]));
}

static void records_get_the_keys_of_their_rows(void **state)
{
    fixture *self = *state;
    records_have_the_keys_of_their_rows(self, (const char *const[]){"a", "b", "c"});
    /* Behind the highest key SQLite chooses keys at random. */
    command(self->connection, "INSERT INTO t (id, title) VALUES (9223372036854775807, 'last')");
    records_have_the_keys_of_their_rows(self, (const char *const[]){"z", "y", "x"});
}

static void rows_of_triggers_are_not_taken_for_records(void **state)
{
    fixture *self = *state;
    command(self->connection,
            "CREATE TRIGGER twice AFTER INSERT ON t WHEN NEW.title NOT LIKE '% again' BEGIN"
            " INSERT INTO t (title) VALUES (NEW.title || ' again'); END");
    records_have_the_keys_of_their_rows(self, (const char *const[]){"a", "b", "c"});
    records_have_the_keys_of_their_rows(self, (const char *const[]){"d", "e", "f"});
    assert_int_equal(ask(self->connection, "SELECT count(*) FROM t"), 1 + 4 * RECORDS);
    /* As many rows as records, but of another table. */
    command(self->connection, "DROP TRIGGER twice");
    command(self->connection, "CREATE TABLE kept (title TEXT)");
    command(self->connection,
            "CREATE TRIGGER aside BEFORE INSERT ON t WHEN NEW.title = 'aside'"
            " BEGIN INSERT INTO kept VALUES (NEW.title); END");
    records_have_the_keys_of_their_rows(self, (const char *const[]){"g", "aside", "h"});
    assert_int_equal(ask(self->connection, "SELECT count(*) FROM kept"), 1);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, writer_fixture_create, fixture_destroy)
    const struct CMUnitTest tests[] = {
        CASE(records_get_the_keys_of_their_rows),
        CASE(rows_of_triggers_are_not_taken_for_records),
    };
#undef CASE
    int failed = 0;
    FIXTURE_RUN_BOTH(tests, failed);
    return failed;
}
