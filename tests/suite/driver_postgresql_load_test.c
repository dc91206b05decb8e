/* Records as one stream: what COPY makes of values and errors, beside INSERT. */
#include "postgresql_fixture.h"

#include <math.h>

static calx_connection *connection;

/* ---- A table of two columns, and how a record gets there ---- */

static const char *const names[] = {"id", "a \"b"};

static void make_table(const char *type)
{
    char text[200];

    snprintf(text, sizeof text, "CREATE TABLE calx_load (id bigint PRIMARY KEY, \"a \"\"b\" %s)",
             type);
    run(connection, "DROP TABLE IF EXISTS calx_load CASCADE");
    run(connection, text);
}

static calx_sql statement_of(const char *text, const calx_kind *kinds)
{
    return (calx_sql){.text = text, .length = strlen(text), .bind_kinds = kinds, .bind_count = 2};
}

/* In the open transaction. */
static int load(const calx_kind *kinds, const calx_value *values, size_t count, calx_error *err)
{
    const calx_sql sql = statement_of("COPY calx_load (id, \"a \"\"b\") FROM STDIN", kinds);
    const calx_load records = {.sql = &sql,
                               .table = "calx_load",
                               .columns = names,
                               .values = values,
                               .record_count = count};
    int64_t rows = -1;

    int code = connection->driver->records_load(connection, &records, soon(), &rows, err);
    assert_int_equal(rows, code == 0 ? (int64_t)count : -1);
    return code;
}

static int insert(const calx_kind *kinds, const calx_value *values, calx_error *err)
{
    const calx_sql sql = statement_of("INSERT INTO calx_load VALUES ($1, $2)", kinds);
    calx_statement *statement = NULL;

    int code = connection->driver->statement_prepare(connection, &sql, soon(), &statement, err);
    if (code == 0)
        code = connection->driver->statement_execute(statement, values, soon(), err);
    connection->driver->statement_finalize(statement);
    return code;
}

/* ---- Values ---- */

/* Both ways into a column of this type: the rows are the same. */
static void assert_loads(const char *type, calx_kind kind, const calx_value *values, size_t count)
{
    const calx_kind kinds[] = {CALX_KIND_INTEGER, kind};
    calx_value *records = calloc(2 * (count + 1), sizeof *records);
    calx_error err = {0};

    assert_non_null(records);
    make_table(type);
    begin(connection);
    for (size_t i = 0; i <= count; i++) { /* the last one is NULL */
        records[2 * i] = calx_value_integer((int64_t)i);
        records[2 * i + 1] = i < count ? values[i] : calx_value_null();
        assert_ok(insert(kinds, &records[2 * i], &err), &err);
        records[2 * i] = calx_value_integer(1000 + (int64_t)i);
    }
    int code = load(kinds, records, count + 1, &err);
    assert_ok(code, &err);
    assert_int_equal(code, 0);
    int64_t same =
        query_integer(connection,
                      "SELECT count(*) FROM calx_load x JOIN calx_load y ON y.id = x.id + 1000"
                      " WHERE x.\"a \"\"b\"::text IS NOT DISTINCT FROM y.\"a \"\"b\"::text");
    if (same != (int64_t)count + 1)
        fail_msg("%s: %d rows of %zu are the same", type, (int)same, count + 1);
    rollback(connection);
    free(records);
}

#define ASSERT_LOADS(type, kind, ...)                                                              \
    assert_loads(type, CALX_KIND_##kind, (const calx_value[]){__VA_ARGS__},                        \
                 sizeof((const calx_value[]){__VA_ARGS__}) / sizeof(calx_value))
#define TEXTS                                                                                      \
    text_value(""), text_value("\\N"), text_value("\\."), text_value("a\tb\nc\rd\\e\x01"),         \
        text_value("NULL"), text_value("\xF0\x9F\x98\x80 '\"")

static void numbers_are_what_inserts_make_of_them(void **state)
{
    (void)state;
    ASSERT_LOADS("smallint", INTEGER, calx_value_integer(-32768), calx_value_integer(7));
    ASSERT_LOADS("integer", INTEGER, calx_value_integer(INT32_MAX), calx_value_integer(-1));
    ASSERT_LOADS("bigint", INTEGER, calx_value_integer(INT64_MIN), calx_value_integer(INT64_MAX));
    ASSERT_LOADS("boolean", BOOLEAN, calx_value_boolean(true), calx_value_boolean(false));
    ASSERT_LOADS("double precision", DOUBLE, calx_value_double(-0.0), calx_value_double(0.1),
                 calx_value_double(1.7976931348623157e308), calx_value_double(-INFINITY),
                 calx_value_double(4.9406564584124654e-324), calx_value_double(NAN));
    ASSERT_LOADS("numeric", DECIMAL, decimal_value("-12345678901234567890.123456789"),
                 decimal_value("0.00"), decimal_value("NaN"));
    ASSERT_LOADS("numeric(10, 2)", DECIMAL, decimal_value("0.005"), decimal_value("-99999999"));
}

static void texts_are_what_inserts_make_of_them(void **state)
{
    (void)state;
    ASSERT_LOADS("text", TEXT, TEXTS);
    ASSERT_LOADS("varchar(12)", TEXT, TEXTS, text_value("twelve bytes          "));
    ASSERT_LOADS("char(12)", TEXT, TEXTS);
    ASSERT_LOADS("json", TEXT, text_value("{\"a\": \"\\n\\\\\"}"), text_value("null"));
    ASSERT_LOADS("jsonb", TEXT, text_value("[1, \"\\t\", {\"a\": 1.50}]"));
    ASSERT_LOADS("bytea", BLOB, calx_value_blob((calx_blob){"", 0}),
                 calx_value_blob((calx_blob){"\0\\x\xff\n", 5}));
    const calx_uuid uuid = {{0x01, 0x23, 0xab, 0xcd, 0xff, 0, 0x80, 0x7f, 1, 2, 3, 4, 5, 6, 7, 8}};
    ASSERT_LOADS("uuid", UUID, calx_value_uuid(uuid));
}

static void times_are_what_inserts_make_of_them(void **state)
{
    (void)state;
    const calx_datetime least = {CALX_DATETIME_MIN};
    const calx_datetime most = {CALX_DATETIME_MAX};
    ASSERT_LOADS("timestamp", DATETIME, calx_value_datetime(least), calx_value_datetime(most),
                 calx_value_datetime((calx_datetime){-1}));
    ASSERT_LOADS("timestamptz", DATETIME, calx_value_datetime(least), calx_value_datetime(most));
    ASSERT_LOADS("date", DATE, calx_value_date((calx_date){1, 1, 1}),
                 calx_value_date((calx_date){9999, 12, 31}));
    ASSERT_LOADS("time", TIME, calx_value_time((calx_time){CALX_TIME_MAX}),
                 calx_value_time((calx_time){1}));
    ASSERT_LOADS("interval", INTERVAL, calx_value_interval((calx_interval){CALX_DATETIME_MIN}),
                 calx_value_interval((calx_interval){CALX_DATETIME_MAX}),
                 calx_value_interval((calx_interval){-1}),
                 calx_value_interval((calx_interval){-86400000001}));
}

static calx_value array(const char *json)
{
    calx_value value = text_value(json);
    value.kind = CALX_KIND_ARRAY;
    return value;
}

static void arrays_and_labels_are_what_inserts_make_of_them(void **state)
{
    (void)state;
    ASSERT_LOADS("integer[]", ARRAY, array("[]"), array("[1,null,-3]"));
    ASSERT_LOADS("text[]", ARRAY, array("[\"\",\"NULL\",null,\"a\\tb\\n\\\"\\\\,{}\"]"));
    ASSERT_LOADS("boolean[]", ARRAY, array("[true,false]"));
    ASSERT_LOADS("jsonb", ARRAY, array("[1,\"\\\\\"]"));
    ASSERT_LOADS("text", ARRAY, array("[1,\"\\\\\"]"));
    run(connection, "DROP TYPE IF EXISTS calx_load_label CASCADE");
    run(connection, "CREATE TYPE calx_load_label AS ENUM ('a b', 'c\\d')");
    ASSERT_LOADS("calx_load_label", TEXT, text_value("a b"), text_value("c\\d"));
}

/* ---- Errors ---- */

/* The third of the records cannot be stored: both ways say the same of it. */
static void assert_refused(const char *type, calx_value bad, calx_error_class expected)
{
    const calx_kind kinds[] = {CALX_KIND_INTEGER,
                               bad.kind == CALX_KIND_NULL ? CALX_KIND_TEXT : bad.kind};
    calx_value good = bad.kind == CALX_KIND_INTEGER ? calx_value_integer(1) : text_value("1");
    const calx_value records[] = {calx_value_integer(1), good, calx_value_integer(2), good,
                                  calx_value_integer(3), bad};
    calx_error inserted = {0};
    calx_error loaded = {0};

    make_table(type);
    begin(connection);
    insert(kinds, records, &inserted);
    assert_int_equal(insert(kinds, &records[4], &inserted), expected);
    rollback(connection);
    begin(connection);
    assert_int_equal(load(kinds, records, 3, &loaded), expected);
    assert_int_equal(loaded.code, inserted.code);
    assert_int_equal(loaded.outcome, inserted.outcome);
    assert_string_equal(loaded.sqlstate, inserted.sqlstate);
    assert_string_equal(loaded.constraint, inserted.constraint);
    assert_true(connection->in_transaction);
    assert_false(connection->broken);
    rollback(connection);
    assert_int_equal(query_integer(connection, "SELECT count(*) FROM calx_load"), 0);
}

static void errors_are_those_of_inserts(void **state)
{
    (void)state;
    assert_refused("text NOT NULL", calx_value_null(), CALX_ERROR_NOT_NULL);
    assert_refused("varchar(3)", text_value("1234"), CALX_ERROR_DATA);
    assert_refused("integer", calx_value_integer(INT64_MAX), CALX_ERROR_DATA);
    assert_refused("jsonb", text_value("{"), CALX_ERROR_DATA);
    assert_refused("text", text_value("\xff"), CALX_ERROR_DATA);
    assert_refused("bigint CHECK (\"a \"\"b\" < 5)", calx_value_integer(5), CALX_ERROR_CHECK);
    assert_refused("bigint REFERENCES calx_load", calx_value_integer(5), CALX_ERROR_FOREIGN_KEY);
}

static void a_key_that_is_there_is_refused(void **state)
{
    (void)state;
    const calx_kind kinds[] = {CALX_KIND_INTEGER, CALX_KIND_INTEGER};
    const calx_value records[] = {calx_value_integer(1), calx_value_integer(1),
                                  calx_value_integer(1), calx_value_integer(2)};
    calx_error err = {0};
    make_table("bigint");
    begin(connection);
    assert_int_equal(load(kinds, records, 2, &err), CALX_ERROR_UNIQUE);
    assert_string_equal(err.constraint, "calx_load_pkey");
    rollback(connection);
}

static void a_table_that_is_missing_is_undefined(void **state)
{
    (void)state;
    const calx_kind kinds[] = {CALX_KIND_INTEGER, CALX_KIND_INTEGER};
    const calx_value record[] = {calx_value_integer(1), calx_value_integer(1)};
    calx_error err = {0};
    run(connection, "DROP TABLE IF EXISTS calx_load CASCADE");
    begin(connection);
    assert_int_equal(load(kinds, record, 1, &err), CALX_ERROR_UNDEFINED);
    rollback(connection);
}

/* ---- Where it would not be the same ---- */

static void assert_declined(calx_kind kind)
{
    const calx_kind kinds[] = {CALX_KIND_INTEGER, kind};
    const calx_value record[] = {calx_value_integer(1), calx_value_null()};
    calx_error err = {0};
    begin(connection);
    assert_int_equal(load(kinds, record, 1, &err), CALX_RECORDS_DECLINED);
    assert_int_equal(err.code, CALX_OK);
    assert_int_equal(query_integer(connection, "SELECT 1"), 1);
    rollback(connection);
}

static void what_inserts_would_do_otherwise_is_declined(void **state)
{
    (void)state;
    make_table("double precision");
    assert_declined(CALX_KIND_INTEGER); /* it would be converted */
    make_table("bigint GENERATED ALWAYS AS IDENTITY");
    assert_declined(CALX_KIND_INTEGER);
    make_table("bigint");
    run(connection, "CREATE RULE r AS ON INSERT TO calx_load DO INSTEAD NOTHING");
    assert_declined(CALX_KIND_INTEGER);
    make_table("bigint");
    run(connection, "ALTER TABLE calx_load RENAME TO calx_load_table");
    run(connection, "CREATE VIEW calx_load AS SELECT * FROM calx_load_table");
    assert_declined(CALX_KIND_INTEGER);
    run(connection, "DROP TABLE calx_load_table CASCADE");
    run(connection, "CREATE TABLE calx_load (id bigint)"); /* an INSERT tells what is missing */
    assert_declined(CALX_KIND_INTEGER);
}

static void values_that_cannot_be_sent_are_refused_before(void **state)
{
    (void)state;
    const calx_kind texts[] = {CALX_KIND_INTEGER, CALX_KIND_TEXT};
    const calx_kind arrays[] = {CALX_KIND_INTEGER, CALX_KIND_ARRAY};
    const calx_value nul[] = {calx_value_integer(1), calx_value_text((calx_text){"a\0b", 3})};
    const calx_value object[] = {calx_value_integer(1), array("{}")};
    calx_error err = {0};
    make_table("text[]");
    begin(connection);
    assert_int_equal(load(texts, nul, 1, &err), CALX_ERROR_DATA);
    assert_string_equal(err.sqlstate, "22021");
    calx_error_clear(&err);
    assert_int_equal(load(arrays, object, 1, &err), CALX_ERROR_INVALID);
    assert_int_equal(query_integer(connection, "SELECT count(*) FROM calx_load"), 0);
    rollback(connection);
}

/* ---- Loss ---- */

static void a_lost_server_leaves_nothing(void **state)
{
    (void)state;
    const calx_kind kinds[] = {CALX_KIND_INTEGER, CALX_KIND_INTEGER};
    const calx_value record[] = {calx_value_integer(1), calx_value_integer(1)};
    calx_connection *before = connection;
    calx_error err = {0};
    make_table("bigint");
    connection = open_default();
    begin(connection);
    kill_backend(before, backend_of(connection));
    assert_int_equal(load(kinds, record, 1, &err), CALX_ERROR_CONNECTION_LOST);
    assert_int_equal(err.outcome, CALX_OUTCOME_NOT_DONE);
    assert_true(connection->broken);
    close_connection(connection);
    connection = before;
    assert_int_equal(query_integer(connection, "SELECT count(*) FROM calx_load"), 0);
}

static int open_fixture(void **state)
{
    (void)state;
    connection = open_default();
    return 0;
}

static int close_fixture(void **state)
{
    (void)state;
    run(connection, "DROP TABLE IF EXISTS calx_load CASCADE");
    run(connection, "DROP TYPE IF EXISTS calx_load_label");
    close_connection(connection);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_what_inserts_make_of_them),
        cmocka_unit_test(texts_are_what_inserts_make_of_them),
        cmocka_unit_test(times_are_what_inserts_make_of_them),
        cmocka_unit_test(arrays_and_labels_are_what_inserts_make_of_them),
        cmocka_unit_test(errors_are_those_of_inserts),
        cmocka_unit_test(a_key_that_is_there_is_refused),
        cmocka_unit_test(a_table_that_is_missing_is_undefined),
        cmocka_unit_test(what_inserts_would_do_otherwise_is_declined),
        cmocka_unit_test(values_that_cannot_be_sent_are_refused_before),
        cmocka_unit_test(a_lost_server_leaves_nothing),
    };
    form = "postgresql+libpq"; /* who opens makes no difference here */
    return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
