/*
 * custom.h: types of the application's own: a C type, and a pair of functions between it and the C
 * member of another type, which says how it is stored, compared and written as JSON.
 *
 *     typedef struct Money {
 *         int64_t cents;
 *     } Money;
 *     CALX_CUSTOM_DECLARE(Money)                                               in a header
 *
 *     static int money_encode(const Money *from, calx_decimal *to, calx_arena *arena,
 *                             calx_error *err);
 *     static int money_decode(const calx_decimal *from, Money *to, calx_arena *arena,
 *                             calx_error *err);
 *     CALX_CUSTOM_DEFINE(Money, NUMERIC(12, 2), money_encode, money_decode)    in one source file
 *
 *     COLUMN(Model, CUSTOM(Money), price, JSON)       and CUSTOM_OR_NULL(Money): Money_or_null
 *
 * Both functions return 0 or a negative class, and fill err: CALX_ERROR_INVALID for a value that
 * has no place on the other side. What they make of pointers belongs into the arena. Encoding and
 * decoding again must give the same value. NULL never comes to them.
 */
#ifndef CALX_CUSTOM_H
#define CALX_CUSTOM_H

#include <calx/type_macros.h>

typedef struct calx_session calx_session;

/* The room for a member of the type below. */
#define CALX_CUSTOM_STORED_MAX 32

/* The value as a query compares it: EQUAL(Product_.price, Money_value(session, price)). One that
 * cannot be encoded equals nothing. Bytes are in the session's arena. */
CALX_API calx_value calx__custom_value(calx_session *session, const calx_type *type,
                                       const void *value);

/* The functions of every custom type. */
CALX_API int calx__custom_encode(const calx_column *column, const void *member, calx_arena *arena,
                                 calx_value *out, calx_error *err);
CALX_API int calx__custom_decode(const calx_column *column, const calx_value *value, void *member,
                                 calx_arena *arena, calx_error *err);
CALX_API bool calx__custom_equal(const calx_column *column, const void *a, const void *b);
CALX_API int calx__custom_keep(const calx_column *column, void *member, calx_arena *arena,
                               calx_error *err);
CALX_API void calx__custom_json_write(const calx_column *column, const void *member,
                                      calx_buffer *out);
CALX_API int calx__custom_json_read(const calx_column *column, const void *json, void *member,
                                    calx_arena *arena, calx_error *err);

#define CALX_CUSTOM_DECLARE(Name)                                                                  \
    typedef struct Name##_or_null {                                                                \
        Name value;                                                                                \
        bool is_null;                                                                              \
    } Name##_or_null;                                                                              \
    extern const calx_type Name##_type;                                                            \
    __attribute__((unused)) static inline calx_value Name##_value(calx_session *session,           \
                                                                  Name value)                      \
    {                                                                                              \
        return calx__custom_value(session, &Name##_type, &value);                                  \
    }

#define CALX_CUSTOM_DEFINE(Name, STORED, encode_function, decode_function)                         \
    _Static_assert(sizeof(CALX__MEMBER_##STORED) <= CALX_CUSTOM_STORED_MAX,                        \
                   #STORED ": too large");                                                         \
    static const calx_column Name##__stored = {.member = #Name, CALX__TYPE_##STORED};              \
    static int Name##__encode(const void *from, void *to, calx_arena *arena, calx_error *err)      \
    {                                                                                              \
        return encode_function((const Name *)from, (CALX__MEMBER_##STORED *)to, arena, err);       \
    }                                                                                              \
    static int Name##__decode(const void *from, void *to, calx_arena *arena, calx_error *err)      \
    {                                                                                              \
        return decode_function((const CALX__MEMBER_##STORED *)from, (Name *)to, arena, err);       \
    }                                                                                              \
    const calx_type Name##_type = {                                                                \
        .id = CALX_TYPE_CUSTOM,                                                                    \
        .name = #Name,                                                                             \
        .size = sizeof(Name),                                                                      \
        .size_or_null = sizeof(Name##_or_null),                                                    \
        .stored = &Name##__stored,                                                                 \
        .to_stored = Name##__encode,                                                               \
        .from_stored = Name##__decode,                                                             \
        .encode = calx__custom_encode,                                                             \
        .decode = calx__custom_decode,                                                             \
        .equal = calx__custom_equal,                                                               \
        .keep = calx__custom_keep,                                                                 \
        .json_write = calx__custom_json_write,                                                     \
        .json_read = calx__custom_json_read,                                                       \
    };

#endif
