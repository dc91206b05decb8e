/* json.c: JSON text to jansson's tree and into objects; objects straight to JSON text. */
#include <calx/json.h>

#include <string.h>

#include "core/orm/json.h"
#include "core/orm/session.h"
#include "core/schema/type.h"

/* ---- In ---- */

/* Most documents have too few brackets, wherever they are, to be nested too deep. */
static size_t bracket_count(calx_text text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.length; i++)
        count += text.data[i] == '{' || text.data[i] == '[';
    return count;
}

/* jansson's words, but for one that speaks of its own flags. */
static const char *problem_text(const json_error_t *problem)
{
    enum json_error_code code = json_error_code(problem);
    bool is_nul = code == json_error_null_character || code == json_error_null_byte_in_key;
    return is_nul ? "a NUL character in a string" : problem->text;
}

int calx__json_parse(calx_text text, int depth_max, json_t **out, calx_error *err)
{
    json_error_t problem;
    if (bracket_count(text) > (size_t)depth_max && calx__json_depth(text) > depth_max)
        return calx_error_set(err, CALX_ERROR_INVALID, "JSON is nested deeper than %d levels",
                              depth_max);
    json_t *json =
        json_loadb(text.data, text.length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &problem);
    /* As far as jansson says it: sometimes it calls it an invalid token. */
    if (json == NULL &&
        (problem.text[0] == '\0' || json_error_code(&problem) == json_error_out_of_memory))
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    if (json == NULL)
        return calx_error_set(err, CALX_ERROR_INVALID, "JSON, line %d, column %d: %s", problem.line,
                              problem.column, problem_text(&problem));
    *out = json;
    return 0;
}

int calx_json_parse(calx_text text, json_t **out, calx_error *err)
{
    json_t *json = NULL;
    int code = calx__json_parse(text, CALX_JSON_DEPTH_MAX, &json, err);
    if (code == 0 && !json_is_object(json)) {
        json_decref(json);
        return calx_error_set(err, CALX_ERROR_INVALID, "JSON: expected an object");
    }
    if (code == 0)
        *out = json;
    return code;
}

int calx__json_read_value(const calx_column *column, const json_t *json, void *member,
                          calx_arena *arena, calx_error *err)
{
    const calx_value null = calx_value_null();
    if (!json_is_null(json))
        return column->type->json_read(column, json, member, arena, err);
    if (column->nullable)
        return column->type->decode(column, &null, member, arena, err);
    if (calx__type_is_document(column->type))
        return column->type->json_read(column, json, member, arena, err);
    return calx__type_refuse_null(column, CALX_ERROR_INVALID, err);
}

static int read_member(const calx_column *column, void *record, const json_t *value,
                       calx_arena *arena, calx_error *err)
{
    void *member = calx__member(column, record);
    int code = calx__json_read_value(column, value, member, arena, err);
    if (code == 0 && !(json_is_null(value) && column->nullable))
        code = calx__member_validate(column, member, err);
    if (code < 0)
        calx_error_prefix(err, "column \"%s\"", column->member);
    return code;
}

/* The columns that JSON may set and does, then the record as a whole. */
static int read_members(const calx_model *model, void *record, const json_t *json,
                        calx_arena *arena, calx_error *err)
{
    int code = 0;
    for (size_t i = 0; code == 0 && i < model->column_count; i++) {
        const calx_column *column = &model->columns[i];
        const json_t *value =
            calx__json_sets(column) ? json_object_get(json, column->member) : NULL;
        if (value != NULL)
            code = read_member(column, record, value, arena, err);
    }
    return code < 0 ? code : calx__record_validate(model, record, err);
}

/* In the order of read_members. */
static int validate_members(const calx_model *model, const void *record, uint64_t columns,
                            calx_error *err)
{
    for (; columns != 0; columns &= columns - 1) {
        const calx_column *column = &model->columns[__builtin_ctzll(columns)];
        int code = calx__member_validate(column, calx__member(column, record), err);
        if (code < 0) {
            calx_error_prefix(err, "column \"%s\"", column->member);
            return code;
        }
    }
    return calx__record_validate(model, record, err);
}

static int read_parsed(const calx_model *model, void *record, calx_text text, calx_arena *arena,
                       calx_error *err)
{
    json_t *json = NULL;
    int code = calx_json_parse(text, &json, err);
    if (code == 0)
        code = read_members(model, record, json, arena, err);
    json_decref(json);
    return code;
}

/* From the text, or, where there is none, from the tree. */
static int read_object(calx_session *session, void *record, const calx_text *text,
                       const json_t *json)
{
    const calx_model *model = calx_object_model(record);
    calx_arena *arena = &session->arena;
    uint64_t set;
    calx_error err = {0};
    int code;
    if (calx__session_state(session) < 0)
        return session->error.code;
    void *before = calx_arena_alloc_raw(arena, model->size);
    if (before == NULL)
        return calx__session_state(session);
    memcpy(before, record, model->size);
    if (text == NULL) {
        code = read_members(model, record, json, arena, &err);
    } else if (calx__json_read_plain(model, *text, record, arena, &set)) {
        code = validate_members(model, record, set, &err);
    } else {
        memcpy(record, before, model->size);
        code = read_parsed(model, record, *text, arena, &err);
    }
    if (code == 0)
        return calx__session_state(session);
    memcpy(record, before, model->size);
    return calx__session_fail_with(session, &err);
}

int calx_json_read(calx_session *session, void *record, const json_t *json)
{
    return read_object(session, record, NULL, json);
}

int calx_json_read_text(calx_session *session, void *record, calx_text text)
{
    return read_object(session, record, &text, NULL);
}

static void release(void *json)
{
    json_decref(json);
}

json_t *calx_json_own(calx_session *session, json_t *json)
{
    if (json == NULL || calx_arena_own(&session->arena, release, json))
        return json;
    calx__session_state(session);
    return NULL;
}

/* ---- Out ---- */

/* A member's name is one of C: nothing in it is escaped. */
static void write_key(calx_buffer *out, char separator, const char *name)
{
    size_t length = strlen(name);
    char *to = calx_buffer_reserve(out, length + 4);
    if (to == NULL)
        return;
    *to++ = separator;
    *to++ = '"';
    to = mempcpy(to, name, length);
    *to++ = '"';
    *to = ':';
    out->length += length + 4;
}

/* Everything but the closing brace. */
static void write_record(const calx_model *model, const void *record, calx_buffer *out)
{
    char separator = '{';
    for (size_t i = 0; i < model->column_count; i++) {
        const calx_column *column = &model->columns[i];
        if (!calx__json_has(column))
            continue;
        write_key(out, separator, column->member);
        column->type->json_write(column, calx__member(column, record), out);
        separator = ',';
    }
}

void calx_json_write(const void *record, calx_buffer *out)
{
    write_record(calx__object_of(record)->model, record, out);
    calx_buffer_append(out, "}", 1);
}
