/* json_fuzz.c: every text is parsed or refused in a sentence; what is parsed is read into each
 * type, and what a type writes is JSON that it reads as the same value. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include <calx/json.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const calx_type *const types[] = {
#define TYPE(name, lower) &calx_type_##lower,
    CALX_TYPES(TYPE)
#undef TYPE
};

/* The JSON of a member, read back by jansson. */
static json_t *written(const calx_column *column, const void *member, calx_buffer *out)
{
    calx_buffer_clear(out);
    column->type->json_write(column, member, out);
    assert(!out->failed);
    json_t *json = json_loadb(out->data, out->length, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    assert(json != NULL);
    return json;
}

static const calx_enumeration colours = {
    .name = "colour", .labels = (const char *const[]){"red", "green", ""}, .count = 3};

static const calx_column item = {.member = "i", .type = &calx_type_text, .nullable = true};

static void check_type(const calx_type *type, bool nullable, const json_t *value, calx_buffer *out)
{
    calx_column column = {.member = "c",
                          .type = type,
                          .nullable = nullable,
                          .precision = 30,
                          .scale = 10,
                          .element = &item,
                          .enumeration = &colours};
    max_align_t member[2] = {0};
    max_align_t again[2] = {0};
    calx_arena arena = {0};
    calx_error err = {0};
    if (type->json_read(&column, value, member, &arena, &err) < 0) {
        assert(err.code == CALX_ERROR_INVALID && err.message[0] != '\0');
    } else {
        json_t *json = written(&column, member, out);
        assert(type->json_read(&column, json, again, &arena, NULL) == 0);
        assert(type->equal(&column, member, again));
        json_decref(json);
    }
    calx_arena_finish(&arena);
}

static void check_object(const json_t *object)
{
    calx_buffer out = {0};
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value)
    {
        for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
            if (json_is_null(value))
                continue;
            check_type(types[i], false, value, &out);
            check_type(types[i], true, value, &out);
        }
    }
    calx_buffer_finish(&out);
}

/* Any bytes at all become a JSON string. */
static void check_string(calx_text text)
{
    calx_buffer out = {0};
    calx_json_write_string(&out, text);
    assert(!out.failed);
    json_t *json = json_loadb(out.data, out.length, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    assert(json_is_string(json));
    if (calx_utf8_valid(text.data, text.length)) {
        assert(json_string_length(json) == text.length);
        assert(text.length == 0 || memcmp(json_string_value(json), text.data, text.length) == 0);
    }
    json_decref(json);
    calx_buffer_finish(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    calx_text text = {.data = size > 0 ? (const char *)data : "", .length = size};
    json_t *json = NULL;
    calx_error err = {0};
    if (calx_json_parse(text, &json, &err) == 0)
        check_object(json);
    else
        assert(err.code == CALX_ERROR_INVALID && err.message[0] != '\0' && json == NULL);
    json_decref(json);
    check_string(text);
    return 0;
}
