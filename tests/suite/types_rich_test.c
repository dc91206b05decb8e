/* Enumerations, JSON documents and types of the application on a real database. */
#include "tests/suite/types_rich.h"

/* ---- Enumerations ---- */

static void enumerations_are_stored_by_their_labels(void **state)
{
    fixture *f = *state;
    calx_session *session = NULL;
    Rich *rich = rich_new(f);
    assert_int_equal(rich->status, Status_IN_WORK);
    rich->status = Status_CLOSED;
    Rich *again = stored(f, rich, &session);
    assert_int_equal(again->status, Status_CLOSED);
    assert_true(again->status_or_null.is_null);
    rich->status_or_null = (Status_or_null){.value = Status_OPEN};
    again = stored(f, rich, &session);
    assert_false(again->status_or_null.is_null);
    assert_int_equal(again->status_or_null.value, Status_OPEN);
    calx_session_destroy(session);
    Status closed = Status_CLOSED;
    assert_int_equal(count_of(f, EQUAL(Rich_.status, closed)), 1);
    assert_int_equal(count_of(f, EQUAL(Rich_.status, Status_OPEN)), 0);
    assert_int_equal(count_of(f, NOT_EQUAL(Rich_.status_or_null, Status_CLOSED)), 1);
    assert_int_equal(count_of(f, EQUAL(Rich_.status, (Status)7)), 0);
}

static void a_value_beyond_the_enumeration_is_refused(void **state)
{
    fixture *f = *state;
    rich_new(f)->status = (Status)3;
    calx_session_flush(f->session);
    assert_failed(f->session, CALX_ERROR_INVALID,
                  "column \"status\": 3 is no value of the enumeration");
}

static void an_unknown_label_does_not_fit(void **state)
{
    fixture *f = *state;
    Rich *rich = rich_new(f);
    calx_session_commit(f->session);
    assert_session_ok(f->session);
    if (is_dialect(f, "sqlite")) { /* the others refuse it */
        command(f, "UPDATE suite_rich SET status = 'lost'");
        calx_get(f->session, Rich, rich->id);
        assert_failed(f->session, CALX_ERROR_MISFIT, "no label of the enumeration");
    }
}

static void tables_that_share_an_enumeration_are_made_and_dropped_in_any_order(void **state)
{
    fixture *f = *state;
    for (int i = 0; i < 2; i++)
        assert_ok(f, calx_create_all(f->engine, models, 1, CALX_NO_DEADLINE, &f->err));
    for (int i = 0; i < 2; i++)
        assert_ok(f, calx_drop_all(f->engine, models, 1, CALX_NO_DEADLINE, &f->err));
    assert_ok(f, calx_create_all(f->engine, models, 1, CALX_NO_DEADLINE, &f->err));
}

/* ---- JSON documents ---- */

static void documents_come_back_as_they_were(void **state)
{
    static const char *const texts[] = {
        "{\"a\": [1, 2.5, null, true, {\"b\": \"\\u0001 \xf0\x9f\x98\x80\"}], \"\": {}}",
        "[]",
        "{}",
        "\"text\"",
        "true",
        "null",
        "9223372036854775807",
        "-0.1",
        "[1.0, 1e300, 123456789.123456789]",
        "1.0",
        "1e300",
        "-1.7759163327366439e-295",
    };
    fixture *f = *state;
    calx_session *session = NULL;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        Rich *rich = rich_new(f);
        json_t *json = json_loads(texts[i], JSON_DECODE_ANY, NULL);
        rich->document = calx_json_own(f->session, json);
        Rich *again = stored(f, rich, &session);
        assert_non_null(again->document);
        assert_true(json_equal(again->document, json));
    }
    Rich *null = stored(f, rich_new(f), &session);
    assert_null(null->document);
    calx_session_destroy(session);
}

#define PLAIN(COLUMN, Model)                                                                       \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, JSON_DOCUMENT, document, JSON)

CALX_MODEL_DECLARE(Plain, PLAIN)
CALX_MODEL_DEFINE(Plain, "suite_plain", PLAIN)

static void assert_document(calx_session *session, int32_t id, json_t *expected)
{
    Plain *plain = calx_get(session, Plain, id);
    assert_session_ok(session);
    assert_non_null(plain);
    assert_true(json_equal(plain->document, expected));
    json_decref(expected);
}

/* In a column JSON, as SQLAlchemy makes it, SQLite makes numbers of documents. */
static void documents_of_other_programs_are_read(void **state)
{
    fixture *f = *state;
    if (!is_dialect(f, "sqlite"))
        return;
    command(f, "DROP TABLE IF EXISTS suite_plain");
    command(f, "CREATE TABLE suite_plain (id INTEGER PRIMARY KEY, document JSON)");
    command(f, "INSERT INTO suite_plain VALUES (1, '7'), (2, '0.5'), (3, '[1.0]'), (4, 'null')");
    assert_document(f->session, 1, json_integer(7));
    assert_document(f->session, 2, json_real(0.5));
    assert_document(f->session, 3, json_pack("[f]", 1.0));
    assert_document(f->session, 4, json_null());
    command(f, "DROP TABLE suite_plain");
}

/* Where there is no NULL, JSON's null is a document. */
static void null_is_a_document_where_nothing_else_is_null(void **state)
{
    static const calx_model *const plain_models[] = {&Plain_model};
    fixture *f = *state;
    json_t *json;
    assert_ok(f, calx_create_all(f->engine, plain_models, 1, CALX_NO_DEADLINE, &f->err));
    assert_ok(f, calx_json_parse(calx_text_of("{\"document\": null}"), &json, &f->err));
    Plain *plain = Plain_new(f->session);
    calx_json_read(f->session, plain, json);
    calx_session_commit(f->session);
    assert_session_ok(f->session);
    calx_session *session = calx_session_create(f->engine);
    assert_document(session, plain->id, json_null());
    calx_session_destroy(session);
    Rich *rich = rich_new(f);
    calx_json_read(f->session, rich, json);
    json_decref(json);
    assert_session_ok(f->session);
    assert_null(rich->document);
    assert_ok(f, calx_drop_all(f->engine, plain_models, 1, CALX_NO_DEADLINE, &f->err));
}

static void a_document_changed_in_place_is_written(void **state)
{
    fixture *f = *state;
    calx_session *session = NULL;
    Rich *rich = rich_new(f);
    json_t *json = json_pack("{s:[i]}", "list", 1);
    rich->document = json;
    assert_int_equal(calx_session_commit(f->session), 0);
    json_decref(json); /* lent until the flush */
    json_array_append_new(json_object_get(rich->document, "list"), json_integer(2));
    Rich *again = stored(f, rich, &session);
    assert_int_equal(json_array_size(json_object_get(again->document, "list")), 2);
    json_object_set_new(again->document, "loaded", json_true());
    assert_int_equal(calx_session_flush(session), 0);
    calx_session_rollback(session);
    assert_null(json_object_get(again->document, "loaded")); /* as the row was */
    again = calx_get(session, Rich, rich->id);
    json_object_set_new(again->document, "loaded", json_true());
    assert_int_equal(calx_session_commit(session), 0);
    Rich *third = stored(f, rich, &session);
    assert_true(json_is_true(json_object_get(third->document, "loaded")));
    calx_session_destroy(session);
    forget_sent(f);
    assert_int_equal(calx_session_commit(f->session), 0);
    assert_string_equal(sent(f), "");
}

/* ---- Types of the application ---- */

static void types_of_the_application_come_back(void **state)
{
    fixture *f = *state;
    calx_session *session = NULL;
    char letters[] = "milk";
    Rich *rich = rich_new(f);
    rich->price.cents = -123456789012345678;
    rich->price_or_null = (Money_or_null){.value = {5}};
    rich->word = (Word_or_null){.value = {letters}};
    Rich *again = stored(f, rich, &session);
    letters[0] = 's'; /* lent until the flush */
    assert_true(again->price.cents == -123456789012345678);
    assert_false(again->price_or_null.is_null || again->word.is_null);
    assert_int_equal(again->price_or_null.value.cents, 5);
    assert_string_equal(again->word.value.letters, "milk");
    assert_string_equal(rich->word.value.letters, "milk");
    assert_int_equal(count_of(f, EQUAL(Rich_.word, Word_value(f->session, (Word){"Milk"}))), 1);
    assert_int_equal(count_of(f, LESS(Rich_.price_or_null, Money_value(f->session, (Money){6}))),
                     1);
    assert_int_equal(count_of(f, EQUAL(Rich_.word, Word_value(f->session, (Word){NULL}))), 0);
    rich->word.is_null = true;
    assert_true(stored(f, rich, &session)->word.is_null);
    calx_session_destroy(session);
}

static void what_a_type_refuses_is_an_error_of_the_column(void **state)
{
    fixture *f = *state;
    Rich *rich = rich_new(f);
    rich->word = (Word_or_null){.value = {NULL}};
    calx_session_flush(f->session);
    assert_failed(f->session, CALX_ERROR_INVALID, "column \"word\": a word without letters");
    calx_session_rollback(f->session);
    rich_new(f)->word = (Word_or_null){.value = {"a word of more than twenty letters"}};
    calx_session_flush(f->session);
    assert_failed(f->session, CALX_ERROR_INVALID, "column \"word\": more than 20 characters");
    calx_session_rollback(f->session);
    rich = rich_new(f);
    rich->word = (Word_or_null){.value = {"!"}}; /* which does not come back */
    calx_session_flush(f->session);
    assert_failed(f->session, CALX_ERROR_INVALID, "column \"word\": no word begins with !");
}

/* ---- JSON in and out ---- */

static void json_out_and_in_is_the_same(void **state)
{
    static const char text[] =
        "{\"id\":1,\"status\":\"open\",\"status_or_null\":\"in "
        "work\",\"document\":{\"a\":[1,null]},"
        "\"price\":\"1.05\",\"price_or_null\":null,\"word\":\"MILK\",\"numbers\":[1,2],"
        "\"texts\":[\"a\",null],\"big\":[9007199254740993,null],\"doubles\":[0.1],\"floats\":[0.1],"
        "\"flags\":[true],\"amounts\":[\"1.5000000000\"],\"days\":[\"2026-11-22\"],"
        "\"times\":[\"10:30:00\"],\"moments\":[\"2026-11-22T10:30:00.000001\"],"
        "\"uuids\":[\"00112233-4455-6677-8899-aabbccddeeff\"]}";
    fixture *f = *state;
    json_t *json;
    assert_ok(f, calx_json_parse(calx_text_of(text), &json, &f->err));
    Rich *rich = Rich_new(f->session);
    assert_int_equal(calx_json_read(f->session, rich, json), 0);
    json_decref(json);
    calx_session *session = NULL;
    Rich *again = stored(f, rich, &session);
    calx_buffer out = {0};
    calx_json_write(again, &out);
    assert_text((calx_text){out.data, out.length}, text);
    calx_buffer_finish(&out);
    calx_session_destroy(session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_of(enumerations_are_stored_by_their_labels),
        test_of(a_value_beyond_the_enumeration_is_refused),
        test_of(an_unknown_label_does_not_fit),
        test_of(tables_that_share_an_enumeration_are_made_and_dropped_in_any_order),
        test_of(documents_come_back_as_they_were),
        test_of(documents_of_other_programs_are_read),
        test_of(null_is_a_document_where_nothing_else_is_null),
        test_of(a_document_changed_in_place_is_written),
        test_of(types_of_the_application_come_back),
        test_of(what_a_type_refuses_is_an_error_of_the_column),
        test_of(json_out_and_in_is_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
