/* key.c: primary keys as values. */
#include "core/orm/key.h"

#include <stdalign.h>
#include <string.h>

#include "core/orm/object.h"

#define KEY_MEMBER_MAX 32u /* bytes of a C member that can be part of a key */

void calx__key_of_record(const calx_model *model, const void *record, calx_value *out)
{
    size_t count;
    const uint8_t *key = calx_model_key(model, &count);
    for (size_t i = 0; i < count; i++) {
        const calx_column *column = &model->columns[key[i]];
        out[i] = calx_value_null();
        column->type->encode(column, calx__member(column, record), NULL, &out[i], NULL);
    }
}

bool calx__key_referred(const calx_model *model, const calx_foreign_key *key, const void *record,
                        calx_value *out)
{
    size_t count;
    const uint8_t *primary = calx_model_key(key->model, &count);
    for (size_t i = 0; i < count; i++) {
        const uint8_t *at = memchr(key->referenced, primary[i], key->column_count);
        if (at == NULL)
            return false;
        const calx_column *column = &model->columns[key->columns[at - key->referenced]];
        if (column->type->encode(column, calx__member(column, record), NULL, &out[i], NULL) < 0 ||
            out[i].kind == CALX_KIND_NULL)
            return false;
    }
    return true;
}

/* A value that does not fit stays as it is: the row is refused when it is decoded. */
static void convert(const calx_column *column, calx_value *value)
{
    alignas(max_align_t) char member[KEY_MEMBER_MAX] = {0};
    calx_value converted;
    if (column->type->size <= sizeof member &&
        column->type->decode(column, value, member, NULL, NULL) == 0 &&
        column->type->encode(column, member, NULL, &converted, NULL) == 0)
        *value = converted;
}

void calx__key_of_row(const calx_model *model, const calx_value *row, calx_value *out)
{
    size_t count;
    const uint8_t *key = calx_model_key(model, &count);
    for (size_t i = 0; i < count; i++) {
        const calx_column *column = &model->columns[key[i]];
        out[i] = row[key[i]];
        if (out[i].kind != column->type->kind)
            convert(column, &out[i]);
    }
}

uint64_t calx__key_bits(const calx_model *model)
{
    size_t count;
    const uint8_t *key = calx_model_key(model, &count);
    uint64_t bits = 0;
    for (size_t i = 0; i < count; i++)
        bits |= UINT64_C(1) << key[i];
    return bits;
}

uint64_t calx__foreign_key_bits(const calx_foreign_key *key)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < key->column_count; i++)
        bits |= UINT64_C(1) << key->columns[i];
    return bits;
}

static uint64_t mix(uint64_t hash)
{
    hash ^= hash >> 32;
    hash *= UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ (hash >> 29);
}

static uint64_t bytes_hash(const void *bytes, size_t length)
{
    const unsigned char *at = bytes;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ at[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static int64_t day_number(calx_date date)
{
    return (int64_t)date.year * 512 + date.month * 32 + date.day;
}

static uint64_t value_hash(const calx_value *value)
{
    switch (value->kind) {
    case CALX_KIND_INTEGER:
        return (uint64_t)value->as.integer;
    case CALX_KIND_TEXT:
        return bytes_hash(value->as.text.data, value->as.text.length);
    case CALX_KIND_UUID:
        return bytes_hash(value->as.uuid.bytes, sizeof value->as.uuid.bytes);
    case CALX_KIND_DATE:
        return (uint64_t)day_number(value->as.date);
    default:
        return value->kind == CALX_KIND_DATETIME ? (uint64_t)value->as.datetime.microseconds : 0;
    }
}

uint32_t calx__key_hash(const calx_model *model, const calx_value *key)
{
    size_t count;
    calx_model_key(model, &count);
    uint64_t hash = (uint64_t)(uintptr_t)model;
    for (size_t i = 0; i < count; i++)
        hash = mix(hash ^ mix(value_hash(&key[i])));
    return (uint32_t)hash;
}

static int integer_compare(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

static int text_compare(calx_text a, calx_text b)
{
    size_t length = a.length < b.length ? a.length : b.length;
    int order = length > 0 ? memcmp(a.data, b.data, length) : 0;
    return order != 0 ? order : integer_compare((int64_t)a.length, (int64_t)b.length);
}

static int value_compare(const calx_value *a, const calx_value *b)
{
    if (a->kind != b->kind)
        return integer_compare(a->kind, b->kind);
    switch (a->kind) {
    case CALX_KIND_INTEGER:
        return integer_compare(a->as.integer, b->as.integer);
    case CALX_KIND_TEXT:
        return text_compare(a->as.text, b->as.text);
    case CALX_KIND_UUID:
        return memcmp(a->as.uuid.bytes, b->as.uuid.bytes, sizeof a->as.uuid.bytes);
    case CALX_KIND_DATE:
        return integer_compare(day_number(a->as.date), day_number(b->as.date));
    case CALX_KIND_DATETIME:
        return integer_compare(a->as.datetime.microseconds, b->as.datetime.microseconds);
    default:
        return 0;
    }
}

int calx__key_compare(const calx_model *model, const calx_value *a, const calx_value *b)
{
    size_t count;
    int order = 0;
    calx_model_key(model, &count);
    for (size_t i = 0; order == 0 && i < count; i++)
        order = value_compare(&a[i], &b[i]);
    return order;
}
