/* The extremes of types without a fixed size: 16 MiB, every plane of Unicode, labels that are not
 * words, and empty values beside NULL. */
#include "tests/suite/types_fixture.h"

#include <jansson.h>

ORM_FIXTURE_MODELS

#define LARGE ((size_t)16 * 1024 * 1024)

#define ODD(VALUE, Enum)                                                                           \
    VALUE(Enum, BLANK, " a  b")                                                                    \
    VALUE(Enum, COMMA, "a,b;(c) {d} %_?$1 :x --")                                                  \
    VALUE(Enum, FALSE_, "false")                                                                   \
    VALUE(Enum, NULL_, "NULL")                                                                     \
    VALUE(Enum, PLANE, "\xf4\x8f\xbf\xbf\xc3\xa4")                                                 \
    VALUE(Enum, LONGEST, "123456789012345678901234567890123456789012345678901234567890123")

CALX_ENUM_DECLARE(Odd, ODD)
CALX_ENUM_DEFINE(Odd, "suite_odd", ODD)

#define EXTREME(COLUMN, Model)                                                                     \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, TEXT_OR_NULL, words, JSON)                                                       \
    COLUMN(Model, LARGE_BINARY_OR_NULL, bytes, JSON)                                               \
    COLUMN(Model, JSON_DOCUMENT_OR_NULL, document, JSON)                                           \
    COLUMN(Model, ENUM_OR_NULL(Odd), odd, JSON)                                                    \
    COLUMN(Model, ARRAY_OR_NULL(STRING), texts, JSON)

CALX_MODEL_DECLARE(Extreme, EXTREME)
CALX_MODEL_DEFINE(Extreme, "suite_extreme", EXTREME)

TYPES_FIXTURE(Extreme)

/* In a row each: one statement of all would be more than MariaDB takes at once by default. */
static void sixteen_mebibytes(void **state)
{
    fixture *f = *state;
    calx_session *session = NULL;
    char *large = malloc(LARGE);
    for (size_t i = 0; i < LARGE; i++)
        large[i] = (char)(' ' + i % 90 + (i % 90 >= 2) + (i % 90 >= 59));
    Extreme *text = Extreme_new(f->session);
    text->words = (calx_text){large, LARGE};
    Extreme *again = stored(f, text, &session);
    assert_int_equal(again->words.length, LARGE);
    assert_memory_equal(again->words.data, large, LARGE);
    Extreme *document = Extreme_new(f->session);
    document->document = calx_json_own(f->session, json_stringn(large, LARGE - 2));
    again = stored(f, document, &session);
    assert_true(json_equal(again->document, document->document));
    for (size_t i = 0; i < LARGE; i++)
        large[i] = (char)(i * 7 + (i >> 8));
    Extreme *bytes = Extreme_new(f->session);
    bytes->bytes = (calx_blob){large, LARGE};
    again = stored(f, bytes, &session);
    assert_int_equal(again->bytes.length, LARGE);
    assert_memory_equal(again->bytes.data, large, LARGE);
    calx_session_destroy(session);
    free(large);
}

static size_t write_utf8(uint32_t point, char *out)
{
    if (point < 0x10000) {
        out[0] = (char)(0xe0 | point >> 12);
        out[1] = (char)(0x80 | (point >> 6 & 0x3f));
        out[2] = (char)(0x80 | (point & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | point >> 18);
    out[1] = (char)(0x80 | (point >> 12 & 0x3f));
    out[2] = (char)(0x80 | (point >> 6 & 0x3f));
    out[3] = (char)(0x80 | (point & 0x3f));
    return 4;
}

/* The first and the last character of each of the 17 planes. */
static void every_plane(void **state)
{
    fixture *f = *state;
    calx_session *session = NULL;
    char all[256];
    calx_text texts[34];
    size_t length = 0;
    for (uint32_t i = 0; i < 34; i++) {
        uint32_t point = (i / 2) << 16 | (i % 2 ? 0xffff : i == 0 ? 0x0800 : 0);
        size_t bytes = write_utf8(point, all + length);
        texts[i] = (calx_text){all + length, bytes};
        length += bytes;
    }
    Extreme *extreme = Extreme_new(f->session);
    extreme->words = (calx_text){all, length};
    extreme->texts = (calx_text_array){texts, 34};
    extreme->document = calx_json_own(f->session, json_stringn(all, length));
    Extreme *again = stored(f, extreme, &session);
    assert_int_equal(again->words.length, length);
    assert_memory_equal(again->words.data, all, length);
    assert_true(json_equal(again->document, extreme->document));
    assert_int_equal(again->texts.count, 34);
    for (size_t i = 0; i < 34; i++)
        assert_true(calx_text_equal(again->texts.items[i], texts[i]));
    calx_session_destroy(session);
}

static void labels_that_are_not_words(void **state)
{
    fixture *f = *state;
    calx_session *session = NULL;
    for (int i = Odd_BLANK; i <= Odd_LONGEST; i++) {
        Extreme *extreme = Extreme_new(f->session);
        extreme->odd = (Odd_or_null){.value = (Odd)i};
        Extreme *again = stored(f, extreme, &session);
        assert_false(again->odd.is_null);
        assert_int_equal(again->odd.value, i);
        assert_int_equal(
            calx_count(calx_filter(calx_query_of(session, Extreme), EQUAL(Extreme_.odd, (Odd)i))),
            1);
    }
    calx_session_destroy(session);
}

static void empty_is_not_null(void **state)
{
    fixture *f = *state;
    calx_session *session = NULL;
    const Extreme *null = stored(f, Extreme_new(f->session), &session);
    assert_true(null->words.data == NULL && null->bytes.data == NULL && null->document == NULL);
    assert_true(null->odd.is_null && null->texts.items == NULL);
    Extreme *empty = Extreme_new(f->session);
    empty->words = calx_text_of("");
    empty->bytes = (calx_blob){"", 0};
    empty->document = calx_json_own(f->session, json_string(""));
    empty->texts = (calx_text_array){(calx_text[]){{0}}, 0};
    const Extreme *again = stored(f, empty, &session);
    assert_non_null(again->words.data);
    assert_non_null(again->bytes.data);
    assert_non_null(again->texts.items);
    assert_int_equal(again->words.length + again->bytes.length + again->texts.count, 0);
    assert_true(json_equal(again->document, empty->document));
    calx_session_destroy(session);
}

/* So many arrays, one within the other. */
static json_t *nested(int levels)
{
    json_t *json = json_array();
    while (--levels > 0)
        json = json_pack("[o]", json);
    return json;
}

static void documents_may_be_so_deep_and_no_deeper(void **state)
{
    fixture *f = *state;
    calx_session *session = NULL;
    Extreme *extreme = Extreme_new(f->session);
    extreme->document = calx_json_own(f->session, nested(CALX_DOCUMENT_DEPTH_MAX));
    assert_true(json_equal(stored(f, extreme, &session)->document, extreme->document));
    extreme->document = calx_json_own(f->session, nested(CALX_DOCUMENT_DEPTH_MAX + 1));
    calx_session_commit(f->session);
    assert_failed(f->session, CALX_ERROR_INVALID,
                  "column \"document\": a document nested deeper than 31 levels");
    calx_session_destroy(session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_of(sixteen_mebibytes),
        test_of(every_plane),
        test_of(labels_that_are_not_words),
        test_of(empty_is_not_null),
        test_of(documents_may_be_so_deep_and_no_deeper),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
