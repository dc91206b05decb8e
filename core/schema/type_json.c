/* type_json.c: a JSON document: jansson's tree in C, text in the database. */
#include "core/schema/type.h"

static json_t *document_of(const void *member)
{
    return *(json_t *const *)member;
}

static void release(void *json)
{
    json_decref(json);
}

/* The arena has this reference from now on, also when there is no memory for that. */
static int own(calx_arena *arena, json_t *json, calx_error *err)
{
    if (json != NULL && calx_arena_own(arena, release, json))
        return 0;
    return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
}

static int append_text(const char *data, size_t length, void *out)
{
    calx_buffer_append(out, data, length);
    return ((calx_buffer *)out)->failed ? -1 : 0;
}

int calx__json_depth(calx_text text)
{
    int depth = 0;
    int deepest = 0;
    bool in_string = false;
    for (size_t i = 0; i < text.length; i++) {
        char c = text.data[i];
        if (in_string && c == '\\')
            i++;
        else if (c == '"')
            in_string = !in_string;
        else if (!in_string && (c == '{' || c == '['))
            deepest = ++depth > deepest ? depth : deepest;
        else if (!in_string && (c == '}' || c == ']'))
            depth--;
    }
    return deepest;
}

static int json_encode(const calx_column *column, const void *member, calx_arena *arena,
                       calx_value *out, calx_error *err)
{
    json_t *json = document_of(member);
    if (json == NULL && !column->nullable)
        return calx__type_refuse_null(column, CALX_ERROR_NOT_NULL, err);
    if (json == NULL) {
        *out = calx_value_null();
        return 0;
    }
    calx_buffer text = {0};
    int status = json_dump_callback(json, append_text, &text, JSON_ENCODE_ANY);
    bool no_memory = text.failed;
    if (status == 0)
        *out = calx_value_text(calx_arena_copy(arena, text.data, text.length));
    calx_buffer_finish(&text);
    if (no_memory || arena->failed)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    if (status != 0)
        return calx_error_set(err, CALX_ERROR_INVALID, "a document that cannot be written as JSON");
    return 0;
}

/* A column JSON of SQLite, as others make it, keeps a document that is a number as one. */
static json_t *document_of_value(const calx_value *value)
{
    if (value->kind == CALX_KIND_INTEGER)
        return json_integer(value->as.integer);
    if (value->kind == CALX_KIND_DOUBLE)
        return json_real(value->as.real);
    return json_loadb(value->as.text.data, value->as.text.length, JSON_DECODE_ANY | JSON_ALLOW_NUL,
                      NULL);
}

static int json_decode_value(const calx_column *column, const calx_value *value, void *member,
                             calx_arena *arena, calx_error *err)
{
    if (value->kind == CALX_KIND_NULL && !column->nullable)
        return calx__type_refuse_null(column, CALX_ERROR_MISFIT, err);
    if (value->kind == CALX_KIND_NULL) {
        *(json_t **)member = NULL;
        return 0;
    }
    if (value->kind != CALX_KIND_TEXT && value->kind != CALX_KIND_INTEGER &&
        value->kind != CALX_KIND_DOUBLE)
        return calx__type_misfit(column, value, err);
    json_t *json = document_of_value(value);
    if (json == NULL)
        return calx_error_set(err, CALX_ERROR_MISFIT, "stored text is no JSON");
    int code = own(arena, json, err);
    if (code == 0)
        *(json_t **)member = json;
    return code;
}

static bool json_equal_members(const calx_column *column, const void *a, const void *b)
{
    json_t *left = document_of(a);
    json_t *right = document_of(b);
    (void)column;
    return left == right || (left != NULL && right != NULL && json_equal(left, right));
}

static int json_keep(const calx_column *column, void *member, calx_arena *arena, calx_error *err)
{
    json_t *json = document_of(member);
    (void)column;
    return json == NULL ? 0 : own(arena, json_incref(json), err);
}

static int json_unshare(const calx_column *column, void *member, calx_arena *arena, calx_error *err)
{
    json_t *json = document_of(member);
    (void)column;
    if (json == NULL)
        return 0;
    json_t *copy = json_deep_copy(json);
    int code = own(arena, copy, err);
    if (code == 0)
        *(json_t **)member = copy;
    return code;
}

static void json_write(const calx_column *column, const void *member, calx_buffer *out)
{
    json_t *json = document_of(member);
    size_t start = out->length;
    (void)column;
    if (json == NULL ||
        json_dump_callback(json, append_text, out, JSON_ENCODE_ANY | JSON_COMPACT) != 0) {
        out->length = start;
        calx_buffer_append(out, "null", 4);
    }
}

static int json_read(const calx_column *column, const void *json, void *member, calx_arena *arena,
                     calx_error *err)
{
    json_t *copy = json_deep_copy(json);
    (void)column;
    int code = own(arena, copy, err);
    if (code == 0)
        *(json_t **)member = copy;
    return code;
}

const calx_type calx_type_json_document = {
    .id = CALX_TYPE_JSON_DOCUMENT,
    .name = "Json",
    .kind = CALX_KIND_TEXT,
    .size = sizeof(json_t *),
    .size_or_null = sizeof(json_t *),
    .encode = json_encode,
    .decode = json_decode_value,
    .equal = json_equal_members,
    .keep = json_keep,
    .unshare = json_unshare,
    .json_write = json_write,
    .json_read = json_read,
};
