/*
 * type.h: the types of columns. A type says which C member holds its values, how they become values
 * of the driver contract and back, and how they are written as JSON. Facts once, by X-macro; the
 * dialects say what each is called in DDL.
 */
#ifndef CALX_TYPE_H
#define CALX_TYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <calx/api.h>
#include <calx/buffer.h>
#include <calx/error.h>
#include <calx/value.h>

typedef struct calx_type calx_type;
typedef struct calx_column calx_column;
typedef struct json_t json_t; /* jansson's */

/* The nullable C members. Text, bytes: data NULL is NULL. */
typedef struct calx_integer_or_null {
    int32_t value;
    bool is_null;
} calx_integer_or_null;

typedef struct calx_big_integer_or_null {
    int64_t value;
    bool is_null;
} calx_big_integer_or_null;

typedef struct calx_small_integer_or_null {
    int16_t value;
    bool is_null;
} calx_small_integer_or_null;

typedef struct calx_boolean_or_null {
    bool value;
    bool is_null;
} calx_boolean_or_null;

typedef struct calx_float_or_null {
    float value;
    bool is_null;
} calx_float_or_null;

typedef struct calx_double_or_null {
    double value;
    bool is_null;
} calx_double_or_null;

typedef struct calx_datetime_or_null {
    calx_datetime value;
    bool is_null;
} calx_datetime_or_null;

typedef struct calx_date_or_null {
    calx_date value;
    bool is_null;
} calx_date_or_null;

typedef struct calx_time_or_null {
    calx_time value;
    bool is_null;
} calx_time_or_null;

typedef struct calx_interval_or_null {
    calx_interval value;
    bool is_null;
} calx_interval_or_null;

typedef struct calx_uuid_or_null {
    calx_uuid value;
    bool is_null;
} calx_uuid_or_null;

/*
 * A decimal number as its digits: "-12.50". Never NUL-ended; data NULL is NULL. What the column's
 * precision and scale cannot hold exactly is refused, nothing is rounded; after a flush it has as
 * many digits behind the point as the column.
 */
typedef struct calx_decimal {
    const char *data;
    size_t length;
} calx_decimal;

/* The decimal of a NUL-ended string, lent; NULL gives NULL. */
static inline calx_decimal calx_decimal_of(const char *string)
{
    calx_text text = calx_text_of(string);
    return (calx_decimal){text.data, text.length};
}

/* Levels of a JSON_DOCUMENT that a flush stores: MariaDB knows no more (10.11, JSON_VALID). */
#define CALX_DOCUMENT_DEPTH_MAX 31

/*
 * X(NAME, name of calx_type_NAME)
 */
#define CALX_TYPES(X)                                                                              \
    X(SMALL_INTEGER, small_integer)                                                                \
    X(INTEGER, integer)                                                                            \
    X(BIG_INTEGER, big_integer)                                                                    \
    X(BOOLEAN, boolean)                                                                            \
    X(FLOAT, float)                                                                                \
    X(DOUBLE, double)                                                                              \
    X(NUMERIC, numeric)                                                                            \
    X(STRING, string)                                                                              \
    X(TEXT, text)                                                                                  \
    X(LARGE_BINARY, large_binary)                                                                  \
    X(DATE, date)                                                                                  \
    X(TIME, time)                                                                                  \
    X(DATETIME, datetime)                                                                          \
    X(INTERVAL, interval)                                                                          \
    X(UUID, uuid)                                                                                  \
    X(JSON_DOCUMENT, json_document)                                                                \
    X(ENUM, enum)                                                                                  \
    X(ARRAY, array)                                                                                \
    X(HSTORE, hstore)

typedef enum calx_type_id {
#define CALX__TYPE_ID(name, lower) CALX_TYPE_##name,
    CALX_TYPES(CALX__TYPE_ID)
#undef CALX__TYPE_ID
        CALX_TYPE_CUSTOM, /* of the application: custom.h */
    CALX_TYPE_COUNT
} calx_type_id;

/*
 * Members are reached by pointer (they are aligned); nullable ones have the C member of
 * NAME_OR_NULL. Messages begin with what is wrong, the caller puts the column's name before them.
 */
struct calx_type {
    calx_type_id id;
    const char *name; /* "Integer", as people write it */
    calx_kind kind;   /* of its binds */
    size_t size;      /* of the C member */
    size_t size_or_null;

    /* Of a custom type (custom.h): the column it is stored as, and the way there and back. */
    const calx_column *stored;
    int (*to_stored)(const void *member, void *stored, calx_arena *arena, calx_error *err);
    int (*from_stored)(const void *stored, void *member, calx_arena *arena, calx_error *err);

    /* Member to bind: lends its bytes, or puts them into the arena. CALX_ERROR_INVALID for what
       must not be sent (NUL or invalid UTF-8 in text, a double that is not finite, more characters
       than the column's length), CALX_ERROR_NOT_NULL for NULL in a column that is not nullable. */
    int (*encode)(const calx_column *column, const void *member, calx_arena *arena, calx_value *out,
                  calx_error *err);
    /* Stored value to member; bytes are copied into the arena. CALX_ERROR_MISFIT when it does not
     * fit, never truncated. */
    int (*decode)(const calx_column *column, const calx_value *value, void *member,
                  calx_arena *arena, calx_error *err);
    /* The same value? Compares bytes for text and blobs. */
    bool (*equal)(const calx_column *column, const void *a, const void *b);
    /* Makes what the member points to the arena's: until here the user has lent it. NULL for types
     * without pointers. */
    int (*keep)(const calx_column *column, void *member, calx_arena *arena, calx_error *err);
    /* Makes the member independent of the one it was copied from, where what it points to is
     * changed in place. NULL for types whose members are replaced only. */
    int (*unshare)(const calx_column *column, void *member, calx_arena *arena, calx_error *err);
    /* Appends the member as JSON: valid for every value. */
    void (*json_write)(const calx_column *column, const void *member, calx_buffer *out);
    /* JSON to member; json is a jansson json_t, never JSON null. CALX_ERROR_INVALID: "expected
     * integer, got string". */
    int (*json_read)(const calx_column *column, const void *json, void *member, calx_arena *arena,
                     calx_error *err);
};

#define CALX__TYPE_DECLARE(name, lower) extern CALX_API const calx_type calx_type_##lower;
CALX_TYPES(CALX__TYPE_DECLARE)
#undef CALX__TYPE_DECLARE

#endif
