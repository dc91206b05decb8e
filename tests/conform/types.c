/* types.c: values of every type of core, from JSON into a row and back, in and out of two sessions.
 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "core.h"

typedef struct type_case {
    const char *name;
    const char *member;
    const char *in;  /* JSON */
    const char *out; /* what comes back; NULL: the same */
} type_case;

static const type_case cases[] = {
    {"small_integer_zero", "small", "0", NULL},
    {"small_integer_largest", "small", "32767", NULL},
    {"small_integer_smallest", "small", "-32768", NULL},
    {"integer_zero", "number", "0", NULL},
    {"integer_largest", "number", "2147483647", NULL},
    {"integer_smallest", "number", "-2147483648", NULL},
    {"big_integer_zero", "big", "0", NULL},
    {"big_integer_that_no_double_holds", "big", "9007199254740993", NULL},
    {"big_integer_largest", "big", "9223372036854775807", NULL},
    {"big_integer_smallest", "big", "-9223372036854775808", NULL},
    {"boolean_true", "flag", "true", NULL},
    {"boolean_false", "flag", "false", NULL},
    {"float_half", "single", "0.5", NULL},
    {"float_24_bits", "single", "16777215.0", NULL},
    {"float_small", "single", "0.0009765625", NULL},
    {"double_tenth", "real", "0.1", NULL},
    {"double_17_digits", "real", "0.30000000000000004", NULL},
    {"double_largest", "real", "1.7976931348623157e308", NULL},
    {"double_smallest_normal", "real", "2.2250738585072014e-308", NULL},
    {"double_from_an_integer", "real", "7", "7.0"},
    {"numeric_zero", "amount", "\"0\"", "\"0.0000000000\""},
    {"numeric_tenth", "amount", "\"0.1\"", "\"0.1000000000\""},
    {"numeric_from_a_number", "amount", "12", "\"12.0000000000\""},
    {"numeric_smallest_step", "amount", "\"-0.0000000001\"", NULL},
    {"numeric_largest", "amount", "\"99999999999999999999.9999999999\"", NULL},
    {"numeric_smallest", "amount", "\"-99999999999999999999.9999999999\"", NULL},
    {"string_empty", "name", "\"\"", NULL},
    {"string_of_its_length", "name", "\"0123456789\"", NULL},
    {"string_of_ten_emoji", "name",
     "\"\\ud83d\\ude00\\ud83d\\ude00\\ud83d\\ude00\\ud83d\\ude00\\ud83d\\ude00\\ud83d\\ude00\\ud83d"
     "\\ude00\\ud83d\\ude00\\ud83d\\ude00\\ud83d\\ude00\"",
     NULL},
    {"string_blanks", "name", "\"  a  \"", NULL},
    {"text_empty", "words", "\"\"", NULL},
    {"text_controls", "words", "\"\\u0001\\n\\r\\t\\u007f\"", NULL},
    {"text_quotes", "words", "\"'\\\"`\\\\%_\"", NULL},
    {"text_last_plane", "words", "\"\\udbff\\udfff\"", NULL},
    {"binary_empty", "bytes", "\"\"", NULL},
    {"binary_nul", "bytes", "\"AA==\"", NULL},
    {"binary_ff", "bytes", "\"/w==\"", NULL},
    {"binary_many", "bytes", "\"AAECA/z9/v8=\"", NULL},
    {"date_first", "day", "\"0001-01-01\"", NULL},
    {"date_last", "day", "\"9999-12-31\"", NULL},
    {"date_leap_day", "day", "\"2024-02-29\"", NULL},
    {"date_skipped_in_1582", "day", "\"1582-10-10\"", NULL},
    {"time_midnight", "clock", "\"00:00:00\"", NULL},
    {"time_last", "clock", "\"23:59:59.999999\"", NULL},
    {"time_without_seconds", "clock", "\"12:30\"", "\"12:30:00\""},
    {"datetime_first", "moment", "\"0001-01-01T00:00:00\"", NULL},
    {"datetime_last", "moment", "\"9999-12-31T23:59:59.999999\"", NULL},
    {"datetime_microseconds", "moment", "\"2026-11-22T10:30:00.000001\"", NULL},
    {"datetime_before_epoch", "moment", "\"1969-12-31T23:59:59.999999\"", NULL},
    {"datetime_lost_by_summer_time", "moment", "\"2026-03-29T02:30:00\"", NULL},
    {"instant_first", "instant", "\"0001-01-01T00:00:00\"", NULL},
    {"instant_last", "instant", "\"9999-12-31T23:59:59.999999\"", NULL},
    {"instant_microseconds", "instant", "\"2026-11-22T10:30:00.000001\"", NULL},
    {"instant_of_another_zone", "instant", "\"2026-11-22T10:30:00+02:00\"",
     "\"2026-11-22T08:30:00\""},
    {"interval_zero", "span", "\"PT0S\"", NULL},
    {"interval_microsecond", "span", "\"PT0.000001S\"", NULL},
    {"interval_negative", "span", "\"-P1DT1H\"", NULL},
    {"interval_days", "span", "\"P400DT12H30M5S\"", NULL},
    {"uuid_nil", "uuid", "\"00000000-0000-0000-0000-000000000000\"", NULL},
    {"uuid_random", "uuid", "\"6fa459ea-ee8a-4ca4-894e-db77e160355e\"", NULL},
    {"uuid_capitals", "uuid", "\"6FA459EA-EE8A-4CA4-894E-DB77E160355E\"",
     "\"6fa459ea-ee8a-4ca4-894e-db77e160355e\""},
    {"enum_first", "grade", "\"low\"", NULL},
    {"enum_with_punctuation", "grade", "\"in between, (more or less)\"", NULL},
    {"enum_beyond_ascii", "grade", "\"\\ud83d\\ude00 {high}\"", NULL},
    {"document_object", "document", "{\"b\": [1, 2.5, null, true, {\"\": \"\\u0001\"}], \"a\": {}}",
     NULL},
    {"document_empty_object", "document", "{}", NULL},
    {"document_empty_array", "document", "[]", NULL},
    {"document_string", "document", "\"'\\\"\\\\ \\udbff\\udfff\"", NULL},
    {"document_true", "document", "true", NULL},
    {"document_largest_integer", "document", "9223372036854775807", NULL},
    {"document_whole_double", "document", "1.0", NULL},
    {"document_17_digits", "document", "-1.7759163327366439e-295", NULL},
    {"document_doubles_inside", "document", "[1.0, 1e300, 0.30000000000000004]", NULL},
    {"array_empty", "numbers", "[]", NULL},
    {"array_of_limits", "numbers", "[-2147483648, 0, 2147483647]", NULL},
    {"array_with_null", "numbers", "[null, 1, null]", NULL},
    {"text_array_empty_text", "texts", "[\"\"]", NULL},
    {"text_array_of_words_for_null", "texts", "[\"NULL\", null, \"null\"]", NULL},
    {"text_array_punctuation", "texts", "[\"{a,b}\", \"\\\"\", \"\\\\\", \"'\", \" \", \",\"]",
     NULL},
    {"text_array_last_plane", "texts", "[\"\\udbff\\udfff\"]", NULL},
    {"decimal_array_of_limits", "amounts",
     "[\"-99999999999999999999.9999999999\", \"0.0000000001\"]",
     "[\"-99999999999999999999.9999999999\", \"0.0000000001\"]"},
    {"datetime_array_of_limits", "moments",
     "[\"0001-01-01T00:00:00\", \"9999-12-31T23:59:59.999999\"]", NULL},
};

/* Refused before anything is sent: by calx_json_read or by the flush. */
static const type_case refused[] = {
    {"small_integer_too_large", "small", "32768", NULL},
    {"small_integer_too_small", "small", "-32769", NULL},
    {"integer_too_large", "number", "2147483648", NULL},
    {"integer_with_a_fraction", "number", "1.5", NULL},
    {"integer_from_text", "number", "\"1\"", NULL},
    {"boolean_from_number", "flag", "1", NULL},
    {"float_too_large", "single", "1e39", NULL},
    {"double_from_text", "real", "\"0.1\"", NULL},
    {"numeric_with_too_many_digits", "amount", "\"100000000000000000000\"", NULL},
    {"numeric_with_too_fine_a_step", "amount", "\"0.00000000001\"", NULL},
    {"numeric_from_words", "amount", "\"ten\"", NULL},
    {"string_too_long", "name", "\"0123456789a\"", NULL},
    {"binary_that_is_not_base64", "bytes", "\"!\"", NULL},
    {"date_that_does_not_exist", "day", "\"2026-02-30\"", NULL},
    {"date_with_a_time", "day", "\"2026-02-03T10:00:00\"", NULL},
    {"time_beyond_the_day", "clock", "\"24:00:00\"", NULL},
    {"datetime_that_does_not_exist", "moment", "\"2026-13-01T00:00:00\"", NULL},
    {"datetime_with_seven_digits", "moment", "\"2026-11-22T10:30:00.0000001\"", NULL},
    {"interval_of_months", "span", "\"P1M\"", NULL},
    {"uuid_too_short", "uuid", "\"6fa459ea\"", NULL},
    {"enum_without_such_a_label", "grade", "\"LOW\"", NULL},
    {"array_of_another_type", "numbers", "[\"1\"]", NULL},
    {"array_in_an_array", "numbers", "[[1]]", NULL},
    {"array_item_too_large", "numbers", "[2147483648]", NULL},
    {"decimal_array_too_fine", "amounts", "[\"0.00000000001\"]", NULL},
};

/* ---- JSON ---- */

/* {member: text}, as an application would get it. */
static void read_member(conform *c, calx_session *session, Kind *kind, const type_case *given)
{
    calx_buffer text = {0};
    json_t *json = NULL;
    calx_buffer_append_format(&text, "{\"%s\": %s}", given->member, given->in);
    int status = calx_json_parse((calx_text){text.data, text.length}, &json, &c->err);
    if (status == 0)
        calx_json_read(session, kind, json);
    conform_expect_success(c, "parsing JSON", status, &c->err);
    json_decref(json);
    calx_buffer_finish(&text);
}

/* The member of the object's JSON, in jansson's words; freed by the caller. */
static char *written_member(const Kind *kind, const char *member)
{
    calx_buffer text = {0};
    calx_json_write(kind, &text);
    json_t *all = json_loadb(text.data, text.length, 0, NULL);
    char *written = json_dumps(json_object_get(all, member), JSON_ENCODE_ANY);
    json_decref(all);
    calx_buffer_finish(&text);
    return written;
}

static void expect_member(conform *c, const char *what, const Kind *kind, const type_case *given)
{
    if (!conform_ok(c))
        return;
    json_t *json = json_loads(given->out ? given->out : given->in, JSON_DECODE_ANY, NULL);
    char *expected = json_dumps(json, JSON_ENCODE_ANY);
    char *came = kind != NULL ? written_member(kind, given->member) : NULL;
    conform_expect_string(c, what, expected ? expected : "(no JSON)", came);
    free(expected);
    free(came);
    json_decref(json);
}

/* ---- Cases ---- */

static void comes_back(conform *c, const void *data)
{
    const type_case *given = data;
    calx_session *session = conform_session(c);
    if (!conform_ok(c))
        return;
    Kind *kind = Kind_new(session);
    read_member(c, session, kind, given);
    conform_expect_committed(c, session);
    expect_member(c, "in the session that wrote it", kind, given);
    calx_session *other = conform_session(c);
    expect_member(c, "in another session", calx_get(other, Kind, kind->id), given);
    conform_expect_sound(c, "reading it", other);
}

static void is_refused(conform *c, const void *data)
{
    const type_case *given = data;
    calx_session *session = conform_session(c);
    if (!conform_ok(c))
        return;
    Kind *kind = Kind_new(session);
    read_member(c, session, kind, given);
    calx_session_commit(session);
    conform_expect_failed(c, "writing it", CALX_ERROR_INVALID, session);
    conform_expect_integer(c, "rows", 0, calx_count(calx_query_of(session, Kind)));
}

/* A value becomes NULL, and NULL is not the type's zero. */
static void becomes_null(conform *c, const void *data)
{
    const type_case *given = data;
    const type_case null = {given->name, given->member, "null", NULL};
    calx_session *session = conform_session(c);
    if (!conform_ok(c))
        return;
    Kind *kind = Kind_new(session);
    expect_member(c, "new", kind, &null);
    read_member(c, session, kind, given);
    conform_expect_committed(c, session);
    read_member(c, session, kind, &null);
    conform_expect_committed(c, session);
    expect_member(c, "in another session", calx_get(conform_session(c), Kind, kind->id), &null);
}

static void nothing_changes_by_a_round_trip(conform *c, const void *data)
{
    (void)data;
    calx_session *session = conform_session(c);
    if (!conform_ok(c))
        return;
    Kind *kind = Kind_new(session);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        read_member(c, session, kind, &cases[i]);
    conform_expect_committed(c, session);
    calx_buffer texts[2] = {{0}, {0}};
    calx_json_write(kind, &texts[0]);
    const Kind *again = calx_get(conform_session(c), Kind, kind->id);
    if (again != NULL)
        calx_json_write(again, &texts[1]);
    conform_expect_true(c, "the same JSON",
                        texts[0].length == texts[1].length &&
                            memcmp(texts[0].data, texts[1].data, texts[0].length) == 0);
    calx_buffer_finish(&texts[0]);
    calx_buffer_finish(&texts[1]);
}

void conform_area_types(conform *c)
{
    const char *last = "";
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        conform_case(c, 0, comes_back, &cases[i], "%s", cases[i].name);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        conform_case(c, 0, is_refused, &refused[i], "%s_is_refused", refused[i].name);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (strcmp(cases[i].member, last) != 0)
            conform_case(c, 0, becomes_null, &cases[i], "%s_becomes_null", cases[i].member);
        last = cases[i].member;
    }
    CONFORM_CASE(c, 0, nothing_changes_by_a_round_trip);
}
