/* type_array.c: Array: a JSON array on its way to the driver, which makes PostgreSQL's own of it,
 * and where the database has none. */
#include "core/schema/type.h"

#include <calx/array.h>
#include <string.h>

/* What every array's member is. */
typedef struct array {
    const void *items;
    size_t count;
} array;

static size_t item_size(const calx_column *column)
{
    const calx_column *element = column->element;
    return element->nullable ? element->type->size_or_null : element->type->size;
}

static const void *item_at(const calx_column *column, const array *of, size_t index)
{
    return (const char *)of->items + index * item_size(column);
}

/* Each item must be one that the database can store. */
static int check_items(const calx_column *column, const array *of, calx_arena *arena,
                       calx_error *err)
{
    calx_value unused;
    if (of->count > CALX_ARRAY_ITEMS_MAX)
        return calx_error_set(err, CALX_ERROR_LIMIT, "more than %d items", CALX_ARRAY_ITEMS_MAX);
    for (size_t i = 0; i < of->count; i++) {
        int code = column->element->type->encode(column->element, item_at(column, of, i), arena,
                                                 &unused, err);
        if (code < 0) {
            calx_error_prefix(err, "item %zu", i + 1);
            return code;
        }
    }
    return 0;
}

static void array_json_write(const calx_column *column, const void *member, calx_buffer *out)
{
    const array *of = member;
    if (of->items == NULL) {
        calx_buffer_append(out, "null", 4);
        return;
    }
    calx_buffer_append(out, "[", 1);
    for (size_t i = 0; i < of->count; i++) {
        calx_buffer_append_string(out, i == 0 ? "" : ",");
        column->element->type->json_write(column->element, item_at(column, of, i), out);
    }
    calx_buffer_append(out, "]", 1);
}

static int array_encode(const calx_column *column, const void *member, calx_arena *arena,
                        calx_value *out, calx_error *err)
{
    const array *of = member;
    if (of->items == NULL && !column->nullable)
        return calx__type_refuse_null(column, CALX_ERROR_NOT_NULL, err);
    if (of->items == NULL) {
        *out = calx_value_null();
        return 0;
    }
    int code = check_items(column, of, arena, err);
    if (code < 0)
        return code;
    calx_buffer text = {0};
    array_json_write(column, member, &text);
    *out = calx_value_text(calx_arena_copy(arena, text.data, text.length));
    bool failed = text.failed || out->kind == CALX_KIND_NULL;
    calx_buffer_finish(&text);
    if (failed)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    out->kind = CALX_KIND_ARRAY;
    return 0;
}

/* NULL where the items may be NULL; the others as the element reads them. */
static int read_item(const calx_column *element, const json_t *json, void *item, calx_arena *arena,
                     calx_error *err)
{
    const calx_value null = calx_value_null();
    if (!json_is_null(json))
        return element->type->json_read(element, json, item, arena, err);
    if (!element->nullable)
        return calx__type_refuse_null(element, CALX_ERROR_INVALID, err);
    return element->type->decode(element, &null, item, arena, err);
}

static int array_json_read(const calx_column *column, const void *json, void *member,
                           calx_arena *arena, calx_error *err)
{
    if (!json_is_array((const json_t *)json))
        return calx__type_json_mismatch("array", json, err);
    size_t count = json_array_size(json);
    if (count > CALX_ARRAY_ITEMS_MAX)
        return calx_error_set(err, CALX_ERROR_INVALID, "more than %d items", CALX_ARRAY_ITEMS_MAX);
    char *items = calx_arena_alloc(arena, count * item_size(column));
    if (items == NULL)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    for (size_t i = 0; i < count; i++) {
        int code = read_item(column->element, json_array_get(json, i),
                             items + i * item_size(column), arena, err);
        if (code < 0) {
            calx_error_prefix(err, "item %zu", i + 1);
            return code;
        }
    }
    *(array *)member = (array){items, count};
    return 0;
}

static int array_decode(const calx_column *column, const calx_value *value, void *member,
                        calx_arena *arena, calx_error *err)
{
    if (value->kind == CALX_KIND_NULL && !column->nullable)
        return calx__type_refuse_null(column, CALX_ERROR_MISFIT, err);
    if (value->kind == CALX_KIND_NULL) {
        *(array *)member = (array){0};
        return 0;
    }
    if (value->kind != CALX_KIND_ARRAY && value->kind != CALX_KIND_TEXT)
        return calx__type_misfit(column, value, err);
    json_t *json = json_loadb(value->as.text.data, value->as.text.length, JSON_DECODE_ANY, NULL);
    if (json == NULL)
        return calx_error_set(err, CALX_ERROR_MISFIT, "stored text is no JSON array");
    int code = array_json_read(column, json, member, arena, err);
    json_decref(json);
    return code == CALX_ERROR_INVALID ? calx__type_stored_misfit(err) : code;
}

static bool array_equal(const calx_column *column, const void *a, const void *b)
{
    const array *left = a;
    const array *right = b;
    if (left->items == NULL || right->items == NULL)
        return left->items == right->items;
    if (left->count != right->count)
        return false;
    for (size_t i = 0; i < left->count; i++)
        if (!column->element->type->equal(column->element, item_at(column, left, i),
                                          item_at(column, right, i)))
            return false;
    return true;
}

static int array_keep(const calx_column *column, void *member, calx_arena *arena, calx_error *err)
{
    array *of = member;
    const calx_column *element = column->element;
    if (of->items == NULL || of->count > CALX_ARRAY_ITEMS_MAX)
        return 0;
    char *items = calx_arena_alloc(arena, of->count * item_size(column));
    if (items == NULL)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    memcpy(items, of->items, of->count * item_size(column));
    for (size_t i = 0; element->type->keep != NULL && i < of->count; i++) {
        int code = element->type->keep(element, items + i * item_size(column), arena, err);
        if (code < 0)
            return code;
    }
    of->items = items;
    return 0;
}

const calx_type calx_type_array = {
    .id = CALX_TYPE_ARRAY,
    .name = "Array",
    .kind = CALX_KIND_ARRAY,
    .size = sizeof(array),
    .size_or_null = sizeof(array),
    .encode = array_encode,
    .decode = array_decode,
    .equal = array_equal,
    .keep = array_keep,
    .json_write = array_json_write,
    .json_read = array_json_read,
};
