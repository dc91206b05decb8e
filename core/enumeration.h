/*
 * enumeration.h: the values of an ENUM column: a C enumeration, and the labels that the database
 * stores.
 *
 *     #define STATUS(VALUE, Enum)              \
 *         VALUE(Enum, OPEN, "open")            \
 *         VALUE(Enum, CLOSED, "closed")
 *
 *     CALX_ENUM_DECLARE(Status, STATUS)             in a header: enum Status, Status_OPEN …
 *     CALX_ENUM_DEFINE(Status, "status", STATUS)    in one source file
 *
 *     COLUMN(Model, ENUM(Status), status, JSON, DEFAULT(Status_OPEN))
 *
 * The name is that of PostgreSQL's type. A label has 1 to 63 bytes of UTF-8, without quotes,
 * backslashes and control characters, and without a blank at its end. Queries order an
 * enumeration as it is declared.
 */
#ifndef CALX_ENUMERATION_H
#define CALX_ENUMERATION_H

#include <calx/api.h>
#include <calx/value.h>

#define CALX_LABEL_MAX 63

typedef struct calx_enumeration {
    const char *name;
    const char *const *labels;
    size_t count;
} calx_enumeration;

/* The label of a value as text; a value beyond the enumeration becomes one that equals nothing. */
CALX_API calx_value calx__value_of_enumerator(const calx_enumeration *enumeration, unsigned value);

#define CALX_ENUM_DECLARE(Enum, LIST)                                                              \
    typedef enum Enum { LIST(CALX__ENUMERATOR, Enum) } Enum;                                       \
    enum { Enum##__count = 0 LIST(CALX__ENUMERATOR_COUNT, Enum) };                                 \
    typedef struct Enum##_or_null {                                                                \
        Enum value;                                                                                \
        bool is_null;                                                                              \
    } Enum##_or_null;                                                                              \
    extern const calx_enumeration Enum##_enumeration;                                              \
    typedef calx_value Enum##__values(Enum value);                                                 \
    __attribute__((unused)) static inline calx_value Enum##__value(Enum value)                     \
    {                                                                                              \
        return calx__value_of_enumerator(&Enum##_enumeration, (unsigned)value);                    \
    }

#define CALX_ENUM_DEFINE(Enum, type_name, LIST)                                                    \
    const calx_enumeration Enum##_enumeration = {                                                  \
        .name = (type_name),                                                                       \
        .labels = (const char *const[]){LIST(CALX__ENUMERATOR_LABEL, Enum)},                       \
        .count = Enum##__count,                                                                    \
    };

#define CALX__ENUMERATOR(Enum, name, label) Enum##_##name,
#define CALX__ENUMERATOR_COUNT(Enum, name, label) +1
#define CALX__ENUMERATOR_LABEL(Enum, name, label) label,

#endif
