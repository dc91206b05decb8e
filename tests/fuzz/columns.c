/* columns.c: a model with a column of every type, which reads whatever a driver hands on. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <calx/calx.h>

#include "core/schema/type.h"
#include "tests/fuzz/columns.h"

#define STATE(VALUE, Enum) VALUE(Enum, OPEN, "open") VALUE(Enum, IN_WORK, "in work")

CALX_ENUM_DECLARE(State, STATE)
CALX_ENUM_DEFINE(State, "states", STATE)

#define EVERY(COLUMN, Model)                                                                       \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, SMALL_INTEGER_OR_NULL, small)                                                    \
    COLUMN(Model, INTEGER_OR_NULL, number)                                                         \
    COLUMN(Model, BIG_INTEGER_OR_NULL, big)                                                        \
    COLUMN(Model, BIG_INTEGER, count)                                                              \
    COLUMN(Model, BOOLEAN_OR_NULL, flag)                                                           \
    COLUMN(Model, BOOLEAN, truth)                                                                  \
    COLUMN(Model, FLOAT_OR_NULL, narrow)                                                           \
    COLUMN(Model, DOUBLE_OR_NULL, wide)                                                            \
    COLUMN(Model, NUMERIC_OR_NULL(12, 4), amount)                                                  \
    COLUMN(Model, STRING_OR_NULL, word, LENGTH(8))                                                 \
    COLUMN(Model, TEXT_OR_NULL, note)                                                              \
    COLUMN(Model, LARGE_BINARY_OR_NULL, image)                                                     \
    COLUMN(Model, DATE_OR_NULL, day)                                                               \
    COLUMN(Model, TIME_OR_NULL, hour)                                                              \
    COLUMN(Model, DATETIME_OR_NULL, moment)                                                        \
    COLUMN(Model, DATETIME_OR_NULL, instant, TIMEZONE)                                             \
    COLUMN(Model, INTERVAL_OR_NULL, span)                                                          \
    COLUMN(Model, UUID_OR_NULL, uuid)                                                              \
    COLUMN(Model, JSON_DOCUMENT_OR_NULL, document)                                                 \
    COLUMN(Model, JSON_DOCUMENT, settings)                                                         \
    COLUMN(Model, ENUM_OR_NULL(State), state)                                                      \
    COLUMN(Model, HSTORE_OR_NULL, pairs)                                                           \
    COLUMN(Model, ARRAY_OR_NULL(BOOLEAN_OR_NULL), flags)                                           \
    COLUMN(Model, ARRAY_OR_NULL(INTEGER), numbers)                                                 \
    COLUMN(Model, ARRAY_OR_NULL(BIG_INTEGER_OR_NULL), bigs)                                        \
    COLUMN(Model, ARRAY_OR_NULL(FLOAT), narrows)                                                   \
    COLUMN(Model, ARRAY_OR_NULL(DOUBLE_OR_NULL), wides)                                            \
    COLUMN(Model, ARRAY_OR_NULL(NUMERIC(12, 4)), amounts)                                          \
    COLUMN(Model, ARRAY_OR_NULL(STRING_OR_NULL), words)                                            \
    COLUMN(Model, ARRAY_OR_NULL(DATE_OR_NULL), days)                                               \
    COLUMN(Model, ARRAY_OR_NULL(TIME), hours)                                                      \
    COLUMN(Model, ARRAY_OR_NULL(DATETIME), moments)                                                \
    COLUMN(Model, ARRAY_OR_NULL(UUID_OR_NULL), uuids)

CALX_MODEL_DECLARE(Every, EVERY)
CALX_MODEL_DEFINE(Every, "every", EVERY)

static void *member_of(Every *record, const calx_column *column)
{
    return (char *)record + column->offset;
}

static void check_json(const calx_column *column, const calx_value *value, const void *member,
                       bool valid, calx_arena *arena)
{
    Every again;
    calx_buffer text = {0};
    calx_buffer shortly = {0};
    calx_record_init(&Every_model, &again);
    column->type->json_write(column, member, &text);
    json_error_t err;
    json_t *json = json_loadb(text.data, text.length, JSON_DECODE_ANY | JSON_ALLOW_NUL, &err);
    assert(!text.failed);
    /* jansson has no keys with a NUL; a session sends none. */
    assert(json || (!valid && json_error_code(&err) == json_error_null_byte_in_key));
    if (calx__column_json_write(column, value, &shortly))
        assert(shortly.length == text.length && memcmp(shortly.data, text.data, text.length) == 0);
    if (valid && !json_is_null(json)) {
        void *read = member_of(&again, column);
        assert(column->type->json_read(column, json, read, arena, NULL) == 0);
        assert(column->type->equal(column, member, read));
    }
    json_decref(json);
    calx_buffer_finish(&text);
    calx_buffer_finish(&shortly);
}

/* Is the member one that a session would send? What a database holds need not be. */
static bool check_bind(const calx_column *column, const void *member, calx_arena *arena)
{
    Every again;
    calx_value bind;
    calx_error err = {0};
    calx_record_init(&Every_model, &again);
    if (column->type->encode(column, member, arena, &bind, &err) != 0) {
        assert(err.code == CALX_ERROR_INVALID);
        return false;
    }
    void *read = member_of(&again, column);
    assert(column->type->decode(column, &bind, read, arena, NULL) == 0);
    assert(column->type->equal(column, member, read));
    return true;
}

static void check_column(const calx_column *column, const calx_value *value)
{
    Every record;
    Every same;
    calx_arena arena = {0};
    calx_error err = {0};
    calx_record_init(&Every_model, &record);
    calx_record_init(&Every_model, &same);
    void *member = member_of(&record, column);
    int code = column->type->decode(column, value, member, &arena, &err);
    assert(code == (int)err.code);
    assert(code == calx__column_decode(column, value, member_of(&same, column), &arena, NULL));
    if (code == 0) {
        bool valid = check_bind(column, member, &arena);
        assert(!valid || column->type->equal(column, member, member_of(&same, column)));
        check_json(column, value, member, valid, &arena);
    } else {
        assert(code == CALX_ERROR_MISFIT && err.message[0] != '\0');
    }
    calx_arena_finish(&arena);
}

/* As a driver may hand it on: what is said of each kind in value.h, but for text that need not be
 * UTF-8. */
static void check_kind(const calx_value *value)
{
    if (value->kind == CALX_KIND_DATETIME)
        assert(value->as.datetime.microseconds >= CALX_DATETIME_MIN &&
               value->as.datetime.microseconds <= CALX_DATETIME_MAX);
    if (value->kind == CALX_KIND_DATE)
        assert(calx_date_is_valid(value->as.date));
    if (value->kind == CALX_KIND_TIME)
        assert(value->as.time.microseconds >= 0 && value->as.time.microseconds <= CALX_TIME_MAX);
    if (value->kind == CALX_KIND_INTERVAL)
        assert(value->as.interval.microseconds >= CALX_DATETIME_MIN &&
               value->as.interval.microseconds <= CALX_DATETIME_MAX);
    if (calx_kind_is_text(value->kind))
        assert(value->as.text.data != NULL);
}

void check_value(const calx_value *value)
{
    check_kind(value);
    for (size_t i = 0; i < Every_model.column_count; i++)
        check_column(&Every_model.columns[i], value);
}
