/* Models in and out of JSON, with a session and a database. */
#include "tests/suite/orm_fixture.h"

ORM_FIXTURE_MODELS

/* Reads a text into an object; it is JSON. */
static int read_json(calx_session *session, void *object, const char *text)
{
    json_t *json = NULL;
    assert_int_equal(calx_json_parse(calx_text_of(text), &json, NULL), 0);
    int status = calx_json_read(session, object, json);
    json_decref(json);
    return status;
}

static void assert_json(const void *object, const char *expected)
{
    calx_buffer out = {0};
    calx_json_write(object, &out);
    calx_buffer_append(&out, "", 1);
    assert_string_equal(out.data, expected);
    calx_buffer_finish(&out);
}

/* ---- In ---- */

static void keys_set_members(void **state)
{
    fixture *f = *state;
    Todo *todo = Todo_new(f->session);
    assert_int_equal(
        read_json(f->session, todo, "{\"title\": \"a\", \"order\": 1, \"completed\": true}"), 0);
    assert_text(todo->title, "a");
    assert_int_equal(todo->order.value, 1);
    assert_true(todo->completed.value && !todo->completed.is_null);
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_true(is_stored(f, "a"));
}

static void missing_keys_leave_members(void **state)
{
    fixture *f = *state;
    Todo *todo = calx_get(f->session, Todo, stored_todo(f, "before"));
    assert_int_equal(read_json(f->session, todo, "{}"), 0);
    assert_int_equal(read_json(f->session, todo, "{\"order\": 2}"), 0);
    assert_text(todo->title, "before");
    forget_sent(f);
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_string_equal(sent(f),
                        "BEGIN\nUPDATE suite_todos SET \"order\" = ? WHERE id = ?\nCOMMIT\n");
}

static void null_sets_null(void **state)
{
    fixture *f = *state;
    Todo *todo = Todo_new(f->session);
    read_json(f->session, todo, "{\"title\": \"a\", \"order\": 1, \"completed\": true}");
    assert_int_equal(
        read_json(f->session, todo, "{\"title\": null, \"order\": null, \"completed\": null}"), 0);
    assert_null(todo->title.data);
    assert_true(todo->order.is_null && todo->completed.is_null);
}

static void keys_and_strangers_are_ignored(void **state)
{
    fixture *f = *state;
    int32_t id = stored_todo(f, "a");
    Todo *todo = calx_get(f->session, Todo, id);
    assert_int_equal(read_json(f->session, todo, "{\"id\": 99, \"url\": [1], \"Title\": \"b\"}"),
                     0);
    assert_int_equal(todo->id, id);
    assert_text(todo->title, "a");
    assert_int_equal(read_json(f->session, todo, "{\"id\": \"x\"}"), 0); /* of any type */
    Person *person = calx_session_new(f->session, &Person_model);
    assert_int_equal(read_json(f->session, person, "{\"nick\": \"n\", \"e-mail\": \"m\"}"), 0);
    assert_null(person->nick.data); /* a key, though JSON is among its options */
    assert_null(person->mail.data); /* its name in JSON is the member's */
}

/* The object is as it was, whichever column it is that is wrong. */
static void refused(fixture *f, const char *text, const char *words)
{
    int32_t id = stored_todo(f, "before");
    Todo *todo = calx_get(f->session, Todo, id);
    forget_sent(f);
    assert_int_equal(read_json(f->session, todo, text), CALX_ERROR_INVALID);
    assert_failed(f->session, CALX_ERROR_INVALID, words);
    assert_text(todo->title, "before");
    assert_true(todo->order.is_null && todo->completed.is_null);
    assert_int_equal(read_json(f->session, todo, "{\"title\": \"later\"}"), CALX_ERROR_INVALID);
    assert_text(todo->title, "before");
    assert_int_equal(calx_session_commit(f->session), CALX_ERROR_INVALID);
    assert_string_equal(sent(f), "");
    calx_session_rollback(f->session);
}

static void a_wrong_value_changes_nothing(void **state)
{
    fixture *f = *state;
    refused(f, "{\"title\": \"after\", \"order\": \"1\"}",
            "column \"order\": expected integer, got string");
    refused(f, "{\"completed\": 1, \"order\": 1, \"title\": null}",
            "column \"completed\": expected boolean, got integer");
    refused(f, "{\"title\": \"after\", \"order\": 2147483648}",
            "column \"order\": 2147483648 is out of range");
    refused(f, "{\"order\": true}", "column \"order\": expected integer, got boolean");
    refused(f, "{\"order\": 1.0}", "column \"order\": expected integer, got real number");
    refused(f, "{\"order\": 1, \"title\": [\"after\"]}",
            "column \"title\": expected string, got array");
}

static void null_needs_a_nullable_column(void **state)
{
    fixture *f = *state;
    Person *person = calx_session_new(f->session, &Person_model);
    assert_int_equal(read_json(f->session, person, "{\"age\": 5, \"mail\": null}"),
                     CALX_ERROR_INVALID);
    assert_failed(f->session, CALX_ERROR_INVALID,
                  "column \"mail\": NULL in a column that is not nullable");
    assert_int_equal(person->age, 0);
    calx_session_rollback(f->session);
    assert_int_equal(read_json(f->session, person, "{\"age\": null}"), CALX_ERROR_INVALID);
    assert_failed(f->session, CALX_ERROR_INVALID, "column \"age\"");
}

/* What comes of a text: the object as JSON, or the error. */
static void read_both_ways(fixture *f, const char *text)
{
    calx_buffer outcomes[2] = {{0}};
    for (int way = 0; way < 2; way++) {
        Todo *todo = Todo_new(f->session);
        json_t *json = NULL;
        calx_error err = {0};
        if (way == 0)
            calx_json_read_text(f->session, todo, calx_text_of(text));
        else if (calx_json_parse(calx_text_of(text), &json, &err) == 0)
            calx_json_read(f->session, todo, json);
        else
            calx_session_fail(f->session, err.code, "%s", err.message);
        json_decref(json);
        const calx_error *failure = calx_session_error(f->session);
        if (failure != NULL)
            calx_buffer_append_format(&outcomes[way], "%d %s ", failure->code, failure->message);
        calx_json_write(todo, &outcomes[way]);
        calx_buffer_append(&outcomes[way], "", 1);
        calx_session_rollback(f->session);
    }
    assert_string_equal(outcomes[0].data, outcomes[1].data);
    calx_buffer_finish(&outcomes[0]);
    calx_buffer_finish(&outcomes[1]);
}

static void text_reads_as_its_tree(void **state)
{
    static const char *const texts[] = {
        " { \"title\" : \"a\" ,\r\n\t\"order\":-12,\"completed\":false } \n",
        "{\"title\":\"\xc3\xa4\",\"order\":0,\"completed\":true}",
        "{\"title\":null,\"order\":null}",
        "{\"order\":-0,\"title\":\"\"}",
        "{\"order\":2147483647}",
        "{\"order\":-2147483649}",
        "{\"order\":123456789012345678}",
        "{\"order\":1234567890123456789}",
        "{\"order\":1e2}",
        "{\"order\":01}",
        "{\"order\":-}",
        "{\"order\":1,\"order\":1}",
        "{\"order\":1,}",
        "{\"order\":1",
        "{\"order\":1}}",
        "{,}",
        "{}",
        "",
        "[1]",
        "{\"order\":nul}",
        "{\"completed\":truer}",
        "{\"title\":\"a\\n\\u00e4\"}",
        "{\"title\":\"a\nb\"}",
        "{\"title\":\"\xff\"}",
        "{\"title\":\"a}",
        "{\"t\\u0069tle\":\"a\"}",
        "{\"id\":7,\"title\":\"a\"}",
        "{\"id\":7,\"id\":8}",
        "{\"other\":{\"title\":1},\"title\":\"a\"}",
        "{\"title\":1}",
        "{\"completed\":0}",
        "{\"order\":\"1\",\"title\":2}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        read_both_ways(*state, texts[i]);
}

/* ---- Out ---- */

static void objects_are_written_in_the_models_order(void **state)
{
    fixture *f = *state;
    Todo *todo = Todo_new(f->session);
    assert_json(todo, "{\"id\":0,\"title\":null,\"order\":null,\"completed\":null}");
    todo->id = 3;
    todo->title = calx_text_of("\"</script>\n");
    todo->order = (calx_integer_or_null){.value = -1};
    todo->completed = (calx_boolean_or_null){.value = false};
    assert_json(todo, "{\"id\":3,\"title\":\"\\\"</script>\\n\",\"order\":-1,\"completed\":false}");
    Person person_like = {.nick = calx_text_of("n"), .mail = calx_text_of("m"), .age = 2};
    Person *person = calx_session_new(f->session, &Person_model);
    *person = person_like;
    assert_json(person, "{\"nick\":\"n\",\"mail\":\"m\",\"age\":2}");
}

static void what_is_written_reads_the_same(void **state)
{
    fixture *f = *state;
    Every *every = calx_session_new(f->session, &Every_model);
    const char *text =
        "{\"id\":0,\"small\":-5,\"small_or_null\":5,\"big\":9223372036854775807,"
        "\"big_or_null\":-9223372036854775808,\"flag\":true,\"flag_or_null\":false,"
        "\"number\":0.1,\"number_or_null\":-1.5e-07,\"string\":\"\\u0001\xc3\xa4\","
        "\"string_or_null\":\"12345\",\"words\":\"\",\"words_or_null\":\"w\","
        "\"bytes\":\"AAH/\",\"bytes_or_null\":\"\",\"moment\":\"2026-11-22T10:30:00\","
        "\"moment_or_null\":\"0001-01-01T00:00:00.000001\"}";
    assert_int_equal(read_json(f->session, every, text), 0);
    assert_json(every, text);
    assert_int_equal(calx_session_commit(f->session), 0);
    every->id = 0; /* as the text has it; the next get finds the row by another session */
    assert_json(every, text);
}

static void append_url(void *context, const calx_model *model, const void *record, calx_buffer *out)
{
    assert_ptr_equal(model, &Todo_model);
    calx_buffer_append_format(out, ",\"url\":\"%s/%d\"", (const char *)context,
                              ((const Todo *)record)->id);
}

static void assert_all(Todo_query *query, calx_json_member_writer *each, void *context,
                       const char *expected)
{
    calx_buffer out = {0};
    calx_buffer_append_string(&out, "> ");
    assert_int_equal(calx_json_write_all(query, &out, each, context), 0);
    calx_buffer_append(&out, "", 1);
    assert_string_equal(out.data + 2, expected);
    calx_buffer_finish(&out);
}

static void queries_are_written_row_by_row(void **state)
{
    fixture *f = *state;
    char expected[256];
    Todo_query *query = calx_order_by(calx_query_of(f->session, Todo), Todo_.id);
    assert_all(query, NULL, NULL, "[]");
    int32_t first = stored_todo(f, "a");
    Todo *second = Todo_new(f->session); /* pending: flushed before */
    second->order = (calx_integer_or_null){.value = 2};
    assert_int_equal(calx_session_flush(f->session), 0);
    snprintf(expected, sizeof expected,
             "[{\"id\":%d,\"title\":\"a\",\"order\":null,\"completed\":null,\"url\":\"x/%d\"},"
             "{\"id\":%d,\"title\":null,\"order\":2,\"completed\":null,\"url\":\"x/%d\"}]",
             first, first, second->id, second->id);
    assert_all(query, append_url, "x", expected);
    second->order.value = 3;
    assert_all(calx_filter_by(calx_query_of(f->session, Todo), order, 4), NULL, NULL, "[]");
    query = calx_filter_by(calx_query_of(f->session, Todo), order, 3);
    snprintf(expected, sizeof expected,
             "[{\"id\":%d,\"title\":null,\"order\":3,\"completed\":null}]", second->id);
    assert_all(query, NULL, NULL, expected);
}

/* Rows become JSON without being objects in between: the text is the same. */
static void rows_are_written_as_their_objects_are(void **state)
{
    fixture *f = *state;
    static const int32_t orders[] = {0, -1, 10, INT32_MAX, INT32_MIN};
    calx_buffer expected = {0};
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        Todo *todo = Todo_new(f->session);
        todo->title =
            i == 4 ? (calx_text){0} : calx_text_of("a \"title\" longer than a block: \xc3\xa4");
        todo->order = (calx_integer_or_null){.value = orders[i], .is_null = i == 2};
        todo->completed = (calx_boolean_or_null){.value = i % 2, .is_null = i == 3};
        assert_int_equal(calx_session_flush(f->session), 0);
        calx_buffer_append_string(&expected, i > 0 ? "," : "[");
        calx_json_write(todo, &expected);
    }
    calx_buffer_append(&expected, "]", 2);
    assert_all(calx_order_by(calx_query_of(f->session, Todo), Todo_.id), NULL, NULL, expected.data);
    calx_buffer_finish(&expected);
}

/* SQLite stores values of any type. */
static void a_stored_value_that_does_not_fit_is_no_json(void **state)
{
    static const char *const stored[] = {"\"order\") VALUES ('x'", "\"order\") VALUES (2147483648",
                                         "completed) VALUES (2", "title) VALUES (x'00'"};
    fixture *f = *state;
    if (!is_dialect(f, "sqlite"))
        skip(); /* the others refuse them */
    for (size_t i = 0; i < sizeof stored / sizeof *stored; i++) {
        char sql[128];
        calx_buffer out = {0};
        snprintf(sql, sizeof sql, "INSERT INTO suite_todos (%s)", stored[i]);
        command(f, "DELETE FROM suite_todos");
        command(f, sql);
        assert_int_equal(calx_json_write_all(calx_query_of(f->session, Todo), &out, NULL, NULL),
                         CALX_ERROR_MISFIT);
        assert_int_equal(out.length, 0);
        calx_session_rollback(f->session);
        calx_buffer_finish(&out);
    }
}

static void a_buffer_that_is_full_fails_the_session(void **state)
{
    fixture *f = *state;
    size_t whole = 0;
    stored_todo(f, "a");
    stored_todo(f, "b");
    calx_buffer probe = {0};
    assert_int_equal(calx_json_write_all(calx_query_of(f->session, Todo), &probe, NULL, NULL), 0);
    whole = probe.length;
    calx_buffer_finish(&probe);
    for (size_t room = 1; room < whole; room++) {
        calx_buffer out = {.length_max = room};
        Todo_query *query = calx_query_of(f->session, Todo);
        assert_int_equal(calx_json_write_all(query, &out, NULL, NULL), CALX_ERROR_LIMIT);
        assert_int_equal(out.length, 0);
        assert_failed(f->session, CALX_ERROR_LIMIT, "too large");
        calx_session_rollback(f->session);
        calx_buffer_finish(&out);
    }
    calx_buffer out = {.length_max = whole + 1};
    assert_int_equal(calx_json_write_all(calx_query_of(f->session, Todo), &out, NULL, NULL), 0);
    assert_int_equal(out.length, whole);
    calx_buffer_finish(&out);
}

static void a_failed_session_writes_nothing(void **state)
{
    fixture *f = *state;
    calx_buffer out = {0};
    calx_session_fail(f->session, CALX_ERROR_NOT_FOUND, "nothing");
    forget_sent(f);
    assert_int_equal(calx_json_write_all(calx_query_of(f->session, Todo), &out, NULL, NULL),
                     CALX_ERROR_NOT_FOUND);
    assert_int_equal(out.length, 0);
    assert_string_equal(sent(f), "");
    calx_buffer_finish(&out);
}

/* SQLite stores text of any bytes. */
static void stored_text_that_is_not_utf8_is_replaced(void **state)
{
    fixture *f = *state;
    if (!is_dialect(f, "sqlite"))
        skip(); /* the others refuse it */
    command(f, "INSERT INTO suite_todos (id, title) VALUES (1, CAST(x'61ff62' AS TEXT))");
    assert_all(calx_query_of(f->session, Todo), NULL, NULL,
               "[{\"id\":1,\"title\":\"a\xef\xbf\xbd"
               "b\",\"order\":null,\"completed\":null}]");
    assert_json(calx_get(f->session, Todo, 1),
                "{\"id\":1,\"title\":\"a\xef\xbf\xbd"
                "b\",\"order\":null,\"completed\":null}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_tables(keys_set_members),
        with_tables(missing_keys_leave_members),
        with_tables(null_sets_null),
        with_tables(keys_and_strangers_are_ignored),
        with_tables(a_wrong_value_changes_nothing),
        with_tables(null_needs_a_nullable_column),
        with_tables(text_reads_as_its_tree),
        with_tables(objects_are_written_in_the_models_order),
        with_tables(what_is_written_reads_the_same),
        with_tables(queries_are_written_row_by_row),
        with_tables(rows_are_written_as_their_objects_are),
        with_tables(a_stored_value_that_does_not_fit_is_no_json),
        with_tables(a_buffer_that_is_full_fails_the_session),
        with_tables(a_failed_session_writes_nothing),
        with_tables(stored_text_that_is_not_utf8_is_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
