/*
 * array.h: the C members of ARRAY and HSTORE columns. Both are lent by the user until the flush,
 * which copies them, and are replaced, not changed in place; items NULL is NULL, and an empty array
 * is not.
 *
 *     COLUMN(Model, ARRAY(INTEGER), sizes, JSON)              calx_integer_array
 *     COLUMN(Model, ARRAY_OR_NULL(STRING_OR_NULL), names)     calx_text_array
 *
 *     product->sizes = (calx_integer_array){(int32_t[]){36, 37, 38}, 3};
 */
#ifndef CALX_ARRAY_H
#define CALX_ARRAY_H

#include <calx/type.h>

#define CALX_ARRAY_ITEMS_MAX 1000000
#define CALX_HSTORE_ITEMS_MAX 10000

/* X(name of calx_NAME_array, C type of an item) */
#define CALX_ARRAYS(X)                                                                             \
    X(small_integer, int16_t)                                                                      \
    X(small_integer_or_null, calx_small_integer_or_null)                                           \
    X(integer, int32_t)                                                                            \
    X(integer_or_null, calx_integer_or_null)                                                       \
    X(big_integer, int64_t)                                                                        \
    X(big_integer_or_null, calx_big_integer_or_null)                                               \
    X(boolean, bool)                                                                               \
    X(boolean_or_null, calx_boolean_or_null)                                                       \
    X(float, float)                                                                                \
    X(float_or_null, calx_float_or_null)                                                           \
    X(double, double)                                                                              \
    X(double_or_null, calx_double_or_null)                                                         \
    X(decimal, calx_decimal)                                                                       \
    X(text, calx_text)                                                                             \
    X(date, calx_date)                                                                             \
    X(date_or_null, calx_date_or_null)                                                             \
    X(time, calx_time)                                                                             \
    X(time_or_null, calx_time_or_null)                                                             \
    X(datetime, calx_datetime)                                                                     \
    X(datetime_or_null, calx_datetime_or_null)                                                     \
    X(uuid, calx_uuid)                                                                             \
    X(uuid_or_null, calx_uuid_or_null)

#define CALX__ARRAY_DECLARE(name, type)                                                            \
    typedef struct calx_##name##_array {                                                           \
        const type *items;                                                                         \
        size_t count;                                                                              \
    } calx_##name##_array;
CALX_ARRAYS(CALX__ARRAY_DECLARE)
#undef CALX__ARRAY_DECLARE

/* One pair of an HSTORE: no two of them have the same key; a value may be NULL. */
typedef struct calx_hstore_item {
    calx_text key;
    calx_text value;
} calx_hstore_item;

typedef struct calx_hstore {
    const calx_hstore_item *items;
    size_t count;
} calx_hstore;

#endif
