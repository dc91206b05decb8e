/* body_fuzz.c: a body changes an object as it says, or not at all, the same from its text as from
 * its tree; what is written is JSON that reads back as the same object. No database: the session is
 * never flushed. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include <calx/calx.h>

#define ENTRY(COLUMN, Model)                                                                       \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, STRING_OR_NULL, title, LENGTH(40), JSON)                                         \
    COLUMN(Model, INTEGER_OR_NULL, order, JSON)                                                    \
    COLUMN(Model, BOOLEAN_OR_NULL, completed, JSON)                                                \
    COLUMN(Model, BIG_INTEGER, count, JSON)                                                        \
    COLUMN(Model, DOUBLE_OR_NULL, weight, JSON)                                                    \
    COLUMN(Model, TEXT, note, JSON)                                                                \
    COLUMN(Model, LARGE_BINARY_OR_NULL, image, JSON)                                               \
    COLUMN(Model, DATETIME_OR_NULL, due, JSON)                                                     \
    COLUMN(Model, STRING_OR_NULL, secret)

CALX_MODEL_DECLARE(Entry, ENTRY)
CALX_MODEL_DEFINE(Entry, "entries", ENTRY)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static Entry *make_entry(calx_session *session)
{
    Entry *entry = Entry_new(session);
    entry->id = 7;
    entry->title = calx_text_of("before");
    entry->order = (calx_integer_or_null){.value = -1};
    entry->count = INT64_MIN;
    entry->note = calx_text_of("note");
    entry->secret = calx_text_of("secret");
    assert(calx_session_error(session) == NULL);
    return entry;
}

static json_t *written(const Entry *entry, calx_buffer *out)
{
    calx_json_write(entry, out);
    assert(!out->failed);
    json_t *json = json_loadb(out->data, out->length, JSON_REJECT_DUPLICATES, NULL);
    assert(json);
    return json;
}

/* Columns whose JSON has one form only say what the body said. */
static void check_column(const char *name, const json_t *body, const json_t *before,
                         const json_t *after)
{
    const json_t *asked = json_object_get(body, name);
    const json_t *is = json_object_get(after, name);
    assert(is);
    if (asked == NULL)
        assert(json_equal(is, json_object_get(before, name)));
    else if (strcmp(name, "weight") == 0 && json_is_number(asked))
        assert(json_number_value(is) == json_number_value(asked));
    else if (!json_is_string(asked) || strcmp(name, "title") == 0 || strcmp(name, "note") == 0)
        assert(json_equal(is, asked));
}

static void check_read(calx_session *session, const Entry *entry, const json_t *body,
                       const json_t *before)
{
    calx_buffer first = {0};
    calx_buffer second = {0};
    json_t *after = written(entry, &first);
    for (size_t i = 0; i < Entry_model.column_count; i++)
        if (Entry_model.columns[i].json)
            check_column(Entry_model.columns[i].member, body, before, after);
    assert(entry->id == 7 && json_integer_value(json_object_get(after, "id")) == 7);
    assert(calx_text_equal(entry->secret, calx_text_of("secret")));
    assert(json_object_get(after, "secret") == NULL);

    Entry *copy = make_entry(session);
    assert(calx_json_read(session, copy, after) == 0);
    json_decref(written(copy, &second));
    assert(first.length == second.length && memcmp(first.data, second.data, first.length) == 0);
    json_decref(after);
    calx_buffer_finish(&first);
    calx_buffer_finish(&second);
}

static void check_body(const json_t *body)
{
    calx_session *session = calx_session_create(NULL);
    calx_buffer out = {0};
    assert(session);
    Entry *entry = make_entry(session);
    const Entry kept = *entry;
    json_t *before = written(entry, &out);
    if (calx_json_read(session, entry, body) == 0) {
        check_read(session, entry, body, before);
    } else {
        const calx_error *err = calx_session_error(session);
        assert(err && err->code == CALX_ERROR_INVALID);
        assert(strncmp(err->message, "column \"", strlen("column \"")) == 0);
        assert(memcmp(&kept, entry, sizeof(kept)) == 0);
    }
    json_decref(before);
    calx_buffer_finish(&out);
    calx_session_destroy(session);
}

/* Text to object without a tree in between: whatever it is, with the same end. */
static void check_text(calx_text text, const json_t *body, const calx_error *refused)
{
    calx_session *sessions[] = {calx_session_create(NULL), calx_session_create(NULL)};
    calx_buffer out[2] = {{0}};
    assert(sessions[0] && sessions[1]);
    Entry *entries[] = {make_entry(sessions[0]), make_entry(sessions[1])};
    int code = calx_json_read_text(sessions[0], entries[0], text);
    if (body == NULL)
        calx_session_fail(sessions[1], refused->code, "%s", refused->message);
    else
        calx_json_read(sessions[1], entries[1], body);
    const calx_error *got = calx_session_error(sessions[0]);
    const calx_error *expected = calx_session_error(sessions[1]);
    assert((got == NULL) == (code == 0) && (got == NULL) == (expected == NULL));
    assert(got == NULL ||
           (got->code == expected->code && strcmp(got->message, expected->message) == 0));
    for (int i = 0; i < 2; i++)
        json_decref(written(entries[i], &out[i]));
    assert(out[0].length == out[1].length && memcmp(out[0].data, out[1].data, out[0].length) == 0);
    for (int i = 0; i < 2; i++) {
        calx_buffer_finish(&out[i]);
        calx_session_destroy(sessions[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *body = NULL;
    calx_error err = {0};
    const calx_text text = {size > 0 ? (const char *)data : "", size};
    int code = calx_json_parse(text, &body, &err);
    assert(code == (int)err.code);
    check_text(text, body, &err);
    if (code == 0)
        check_body(body);
    else
        assert(code == CALX_ERROR_INVALID && body == NULL && err.message[0] != '\0');
    json_decref(body);
    return 0;
}
