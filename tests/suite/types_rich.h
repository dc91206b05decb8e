/* types_rich.h: what the tests of the richer types share: a model that has them, and its table. */
#ifndef CALX_TESTS_SUITE_TYPES_RICH_H
#define CALX_TESTS_SUITE_TYPES_RICH_H

#include "tests/suite/types_fixture.h"

ORM_FIXTURE_MODELS

#define STATUS(VALUE, Enum)                                                                        \
    VALUE(Enum, OPEN, "open")                                                                      \
    VALUE(Enum, IN_WORK, "in work")                                                                \
    VALUE(Enum, CLOSED,                                                                            \
          "geschlo\xc3\x9f"                                                                        \
          "en")

CALX_ENUM_DECLARE(Status, STATUS)
CALX_ENUM_DEFINE(Status, "suite_status", STATUS)

/* Cents, stored as a decimal; a word, stored as text in capitals. */
typedef struct Money {
    int64_t cents;
} Money;
typedef struct Word {
    const char *letters;
} Word;
CALX_CUSTOM_DECLARE(Money)
CALX_CUSTOM_DECLARE(Word)

static inline int money_encode(const Money *from, calx_decimal *to, calx_arena *arena,
                               calx_error *err)
{
    int64_t cents = from->cents < 0 ? -from->cents : from->cents;
    const char *text = calx_arena_format(arena, "%s%lld.%02lld", from->cents < 0 ? "-" : "",
                                         (long long)(cents / 100), (long long)(cents % 100));
    if (text == NULL)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    *to = calx_decimal_of(text);
    return 0;
}

static inline int money_decode(const calx_decimal *from, Money *to, calx_arena *arena,
                               calx_error *err)
{
    (void)arena;
    (void)err;
    bool negative = from->data[0] == '-';
    int64_t cents = 0;
    for (size_t i = negative; i < from->length; i++)
        if (from->data[i] != '.')
            cents = cents * 10 + (from->data[i] - '0');
    to->cents = negative ? -cents : cents;
    return 0;
}

static inline int word_encode(const Word *from, calx_text *to, calx_arena *arena, calx_error *err)
{
    if (from->letters == NULL)
        return calx_error_set(err, CALX_ERROR_INVALID, "a word without letters");
    calx_text text = calx_arena_copy(arena, from->letters, strlen(from->letters));
    for (size_t i = 0; text.data != NULL && i < text.length; i++)
        ((char *)(uintptr_t)text.data)[i] = (char)toupper((unsigned char)text.data[i]);
    *to = text;
    return 0;
}

static inline int word_decode(const calx_text *from, Word *to, calx_arena *arena, calx_error *err)
{
    if (from->length > 0 && from->data[0] == '!')
        return calx_error_set(err, CALX_ERROR_INVALID, "no word begins with !");
    char *copy = (char *)(uintptr_t)calx_arena_copy(arena, from->data, from->length).data;
    for (size_t i = 0; copy != NULL && i < from->length; i++)
        copy[i] = (char)tolower((unsigned char)copy[i]);
    to->letters = copy;
    return copy ? 0 : calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
}

CALX_CUSTOM_DEFINE(Money, NUMERIC(18, 2), money_encode, money_decode)
CALX_CUSTOM_DEFINE(Word, STRING, word_encode, word_decode)

#define RICH(COLUMN, Model)                                                                        \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, ENUM(Status), status, JSON, DEFAULT(Status_IN_WORK), INDEX)                      \
    COLUMN(Model, ENUM_OR_NULL(Status), status_or_null, JSON)                                      \
    COLUMN(Model, JSON_DOCUMENT_OR_NULL, document, JSON)                                           \
    COLUMN(Model, CUSTOM(Money), price, JSON)                                                      \
    COLUMN(Model, CUSTOM_OR_NULL(Money), price_or_null, JSON)                                      \
    COLUMN(Model, CUSTOM_OR_NULL(Word), word, JSON, LENGTH(20))                                    \
    COLUMN(Model, ARRAY(INTEGER), numbers, JSON)                                                   \
    COLUMN(Model, ARRAY_OR_NULL(STRING_OR_NULL), texts, JSON)                                      \
    COLUMN(Model, ARRAY_OR_NULL(BIG_INTEGER_OR_NULL), big, JSON)                                   \
    COLUMN(Model, ARRAY_OR_NULL(DOUBLE), doubles, JSON)                                            \
    COLUMN(Model, ARRAY_OR_NULL(FLOAT), floats, JSON)                                              \
    COLUMN(Model, ARRAY_OR_NULL(BOOLEAN), flags, JSON)                                             \
    COLUMN(Model, ARRAY_OR_NULL(NUMERIC(30, 10)), amounts, JSON)                                   \
    COLUMN(Model, ARRAY_OR_NULL(DATE), days, JSON)                                                 \
    COLUMN(Model, ARRAY_OR_NULL(TIME), times, JSON)                                                \
    COLUMN(Model, ARRAY_OR_NULL(DATETIME), moments, JSON)                                          \
    COLUMN(Model, ARRAY_OR_NULL(UUID), uuids, JSON)                                                \
    COLUMN(Model, INTERVAL_OR_NULL, span)                                                          \
    COLUMN(Model, LARGE_BINARY_OR_NULL, bytes)

CALX_MODEL_DECLARE(Rich, RICH)
CALX_MODEL_DEFINE(Rich, "suite_rich", RICH)

TYPES_FIXTURE(Rich)

static inline Rich *rich_new(fixture *f)
{
    static const int32_t none[1];
    Rich *rich = Rich_new(f->session);
    rich->numbers = (calx_integer_array){none, 0};
    return rich;
}

static inline int64_t count_of(fixture *f, Rich_condition condition)
{
    int64_t count = calx_count(calx_filter(calx_query_of(f->session, Rich), condition));
    assert_session_ok(f->session);
    return count;
}

#endif
