/* type_hstore.c: PostgreSQL's hstore, as its text: "key"=>"value", "other"=>NULL. An object of
 * strings in JSON. */
#include "core/schema/type.h"

#include <calx/array.h>
#include <string.h>

static bool is_well_formed(calx_text text)
{
    return memchr(text.data, '\0', text.length) == NULL && calx_utf8_valid(text.data, text.length);
}

static const calx_hstore_item *find_key(const calx_hstore *hstore, size_t count, calx_text key)
{
    for (size_t i = 0; i < count; i++)
        if (calx_text_equal(hstore->items[i].key, key))
            return &hstore->items[i];
    return NULL;
}

/* ---- To text ---- */

static void write_quoted(calx_buffer *out, calx_text text)
{
    calx_buffer_append(out, "\"", 1);
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] == '"' || text.data[i] == '\\')
            calx_buffer_append(out, "\\", 1);
        calx_buffer_append(out, text.data + i, 1);
    }
    calx_buffer_append(out, "\"", 1);
}

static int write_item(const calx_hstore *hstore, size_t index, calx_buffer *out, calx_error *err)
{
    const calx_hstore_item *item = &hstore->items[index];
    if (item->key.data == NULL || !is_well_formed(item->key) ||
        (item->value.data != NULL && !is_well_formed(item->value)))
        return calx_error_set(err, CALX_ERROR_INVALID,
                              "item %zu: a key of NULL, a NUL character, or invalid UTF-8",
                              index + 1);
    if (find_key(hstore, index, item->key) != NULL)
        return calx_error_set(err, CALX_ERROR_INVALID, "item %zu: the key was there before",
                              index + 1);
    calx_buffer_append_string(out, index == 0 ? "" : ", ");
    write_quoted(out, item->key);
    calx_buffer_append(out, "=>", 2);
    if (item->value.data == NULL)
        calx_buffer_append(out, "NULL", 4);
    else
        write_quoted(out, item->value);
    return 0;
}

static int hstore_encode(const calx_column *column, const void *member, calx_arena *arena,
                         calx_value *out, calx_error *err)
{
    const calx_hstore *hstore = member;
    calx_buffer text = {0};
    int code = 0;
    if (hstore->items == NULL && !column->nullable)
        return calx__type_refuse_null(column, CALX_ERROR_NOT_NULL, err);
    if (hstore->items != NULL && hstore->count > CALX_HSTORE_ITEMS_MAX)
        return calx_error_set(err, CALX_ERROR_LIMIT, "more than %d items", CALX_HSTORE_ITEMS_MAX);
    for (size_t i = 0; code == 0 && hstore->items != NULL && i < hstore->count; i++)
        code = write_item(hstore, i, &text, err);
    calx_text copy = calx_arena_copy(arena, text.data ? text.data : "", code < 0 ? 0 : text.length);
    if (code == 0 && (text.failed || copy.data == NULL))
        code = calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    calx_buffer_finish(&text);
    if (code == 0)
        *out = hstore->items ? calx_value_text(copy) : calx_value_null();
    return code;
}

/* ---- From text ---- */

static bool read_word(calx_text *rest, const char *word)
{
    size_t length = strlen(word);
    if (rest->length < length || memcmp(rest->data, word, length) != 0)
        return false;
    rest->data += length;
    rest->length -= length;
    return true;
}

/* A quoted text, into *room, which is moved behind it. */
static bool read_quoted(calx_text *rest, char **room, calx_text *out)
{
    if (!read_word(rest, "\""))
        return false;
    char *start = *room;
    while (rest->length > 0 && *rest->data != '"') {
        if (*rest->data == '\\' && rest->length > 1)
            (void)read_word(rest, "\\");
        *(*room)++ = *rest->data++;
        rest->length--;
    }
    *out = (calx_text){start, (size_t)(*room - start)};
    return read_word(rest, "\"");
}

static bool read_item(calx_text *rest, char **room, calx_hstore_item *out)
{
    if (!read_quoted(rest, room, &out->key) || !read_word(rest, "=>"))
        return false;
    out->value = (calx_text){0};
    return read_word(rest, "NULL") || read_quoted(rest, room, &out->value);
}

/* Every pair has its arrow. */
static size_t count_at_most(calx_text text)
{
    size_t count = 1;
    for (size_t i = 1; i < text.length; i++)
        count += text.data[i - 1] == '=' && text.data[i] == '>';
    return count;
}

static bool hstore_read(calx_text text, calx_arena *arena, calx_hstore *out)
{
    calx_hstore_item *items = calx_arena_alloc(arena, count_at_most(text) * sizeof *items);
    char *room = calx_arena_alloc(arena, text.length);
    size_t count = 0;
    while (items != NULL && room != NULL && text.length > 0) {
        if ((count > 0 && !read_word(&text, ", ")) || !read_item(&text, &room, &items[count++]))
            return false;
    }
    *out = (calx_hstore){items, count};
    return items != NULL && room != NULL;
}

static int hstore_decode(const calx_column *column, const calx_value *value, void *member,
                         calx_arena *arena, calx_error *err)
{
    calx_hstore hstore = {0};
    if (value->kind == CALX_KIND_NULL && !column->nullable)
        return calx__type_refuse_null(column, CALX_ERROR_MISFIT, err);
    if (value->kind != CALX_KIND_NULL && value->kind != CALX_KIND_TEXT)
        return calx__type_misfit(column, value, err);
    if (value->kind == CALX_KIND_TEXT && !hstore_read(value->as.text, arena, &hstore))
        return calx_error_set(err, CALX_ERROR_MISFIT, "stored text is no hstore");
    *(calx_hstore *)member = hstore;
    return 0;
}

/* ---- The rest ---- */

/* In any order: the server has one of its own. */
static bool hstore_equal(const calx_column *column, const void *a, const void *b)
{
    const calx_hstore *left = a;
    const calx_hstore *right = b;
    (void)column;
    if (left->items == NULL || right->items == NULL)
        return left->items == right->items;
    if (left->count != right->count)
        return false;
    for (size_t i = 0; i < left->count; i++) {
        const calx_hstore_item *other = find_key(right, right->count, left->items[i].key);
        if (other == NULL || !calx_text_equal(left->items[i].value, other->value))
            return false;
    }
    return true;
}

static int hstore_keep(const calx_column *column, void *member, calx_arena *arena, calx_error *err)
{
    calx_hstore *hstore = member;
    (void)column;
    if (hstore->items == NULL)
        return 0;
    calx_hstore_item *items = calx_arena_alloc(arena, hstore->count * sizeof *items);
    for (size_t i = 0; items != NULL && i < hstore->count; i++) {
        const calx_hstore_item *from = &hstore->items[i];
        items[i].key = calx_arena_copy(arena, from->key.data, from->key.length);
        items[i].value = calx_arena_copy(arena, from->value.data, from->value.length);
    }
    if (items == NULL || arena->failed)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    hstore->items = items;
    return 0;
}

static void hstore_json_write(const calx_column *column, const void *member, calx_buffer *out)
{
    const calx_hstore *hstore = member;
    (void)column;
    if (hstore->items == NULL) {
        calx_buffer_append(out, "null", 4);
        return;
    }
    calx_buffer_append(out, "{", 1);
    for (size_t i = 0; i < hstore->count; i++) {
        const calx_hstore_item *item = &hstore->items[i];
        calx_buffer_append_string(out, i == 0 ? "" : ",");
        calx_json_write_string(out, item->key);
        calx_buffer_append(out, ":", 1);
        if (item->value.data == NULL)
            calx_buffer_append(out, "null", 4);
        else
            calx_json_write_string(out, item->value);
    }
    calx_buffer_append(out, "}", 1);
}

static int hstore_json_read(const calx_column *column, const void *json, void *member,
                            calx_arena *arena, calx_error *err)
{
    json_t *object = (json_t *)(uintptr_t)json;
    const char *key;
    json_t *value;
    (void)column;
    if (!json_is_object(object))
        return calx__type_json_mismatch("object of strings", object, err);
    size_t count = 0;
    calx_hstore_item *items = calx_arena_alloc(arena, json_object_size(object) * sizeof *items);
    json_object_foreach(object, key, value)
    {
        if (!json_is_string(value) && !json_is_null(value))
            return calx__type_json_mismatch("object of strings", value, err);
        if (items == NULL || arena->failed)
            break;
        items[count].key = calx_arena_copy(arena, key, strlen(key));
        items[count++].value =
            calx_arena_copy(arena, json_string_value(value), json_string_length(value));
    }
    if (items == NULL || arena->failed)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    *(calx_hstore *)member = (calx_hstore){items, count};
    return 0;
}

const calx_type calx_type_hstore = {
    .id = CALX_TYPE_HSTORE,
    .name = "Hstore",
    .kind = CALX_KIND_TEXT,
    .size = sizeof(calx_hstore),
    .size_or_null = sizeof(calx_hstore),
    .encode = hstore_encode,
    .decode = hstore_decode,
    .equal = hstore_equal,
    .keep = hstore_keep,
    .json_write = hstore_json_write,
    .json_read = hstore_json_read,
};
