/* decimal.h: decimal numbers as their digits, exact and of any length. */
#ifndef CALX_DECIMAL_H
#define CALX_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>

#include <calx/api.h>
#include <calx/value.h>

/* A decimal taken apart; the digits are lent from its text. Zero has neither part. */
typedef struct calx_decimal_parts {
    bool negative;     /* never of zero */
    const char *whole; /* digits before the point, without leading zeros */
    size_t whole_length;
    const char *fraction; /* digits behind it, without trailing zeros */
    size_t fraction_length;
} calx_decimal_parts;

/* Reads "-12.50", "+7", ".5": a sign, digits, a point and digits, at least one digit. No exponent,
 * no blanks. False for anything else, *out is then untouched. */
CALX_API bool calx_decimal_split(calx_text text, calx_decimal_parts *out);

/* Less than, equal to or greater than 0, as a is to b. */
CALX_API int calx_decimal_compare(const calx_decimal_parts *a, const calx_decimal_parts *b);

/* The length of what calx_decimal_join writes. */
CALX_API size_t calx_decimal_length(const calx_decimal_parts *parts, size_t scale);

/* Writes the canonical form, "-0.50": at least scale digits behind the point, one before it. No NUL
 * behind it. Returns the length. */
CALX_API size_t calx_decimal_join(const calx_decimal_parts *parts, size_t scale, char *out);

/* ---- Calculating: for databases that have no decimals of their own ---- */

#define CALX_DECIMAL_DIGITS_MAX 130 /* of a result: 65 and 65 of a product */
#define CALX_DECIMAL_TEXT_MAX (CALX_DECIMAL_DIGITS_MAX + 3)

typedef enum calx_decimal_operation {
    CALX_DECIMAL_ADD,
    CALX_DECIMAL_SUBTRACT,
    CALX_DECIMAL_MULTIPLY,
} calx_decimal_operation;

/*
 * Writes the exact result, with as many digits behind the point as SQL gives it: those of the
 * operand that has more, of a product those of both. No NUL behind it. Returns the length; 0 where
 * an operand is no decimal, or the result has more than CALX_DECIMAL_DIGITS_MAX digits.
 */
CALX_API size_t calx_decimal_calculate(calx_decimal_operation operation, calx_text a, calx_text b,
                                       char out[CALX_DECIMAL_TEXT_MAX]);

/* Writes the decimal with scale digits behind the point, rounded half away from zero. Returns the
 * length; 0 where it is no decimal, or has more than precision digits then. */
CALX_API size_t calx_decimal_round(calx_text text, size_t precision, size_t scale,
                                   char out[CALX_DECIMAL_TEXT_MAX]);

#endif
