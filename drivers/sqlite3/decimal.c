/* decimal.c: exact decimals in SQLite, which has none: they are text, compared by value, and added
 * digit by digit. */
#include <string.h>

#include <calx/decimal.h>

#include "drivers/sqlite3/internal.h"

#define COLLATION "calx_decimal"

/* ---- Comparing ---- */

/* As memcmp orders it; the shorter one first. */
static int compare_bytes(calx_text a, calx_text b)
{
    int order = memcmp(a.data, b.data, a.length < b.length ? a.length : b.length);
    if (order == 0 && a.length != b.length)
        order = a.length < b.length ? -1 : 1;
    return order;
}

/* Text that is no number comes after all numbers: an order must be whole. */
static int collate(void *unused, int a_length, const void *a_data, int b_length, const void *b_data)
{
    calx_text a = {a_data, (size_t)a_length};
    calx_text b = {b_data, (size_t)b_length};
    calx_decimal_parts a_parts;
    calx_decimal_parts b_parts;
    (void)unused;
    bool a_is_number = calx_decimal_split(a, &a_parts);
    bool b_is_number = calx_decimal_split(b, &b_parts);
    if (a_is_number && b_is_number)
        return calx_decimal_compare(&a_parts, &b_parts);
    if (a_is_number != b_is_number)
        return a_is_number ? -1 : 1;
    return compare_bytes(a, b);
}

/* ---- Adding: limbs of nine digits, the smallest first, each with a sign of its own ---- */

#define LIMB INT64_C(1000000000)
#define LIMB_DIGITS 9u
#define FRACTION_LIMBS 4u
#define LIMBS 16u
#define FRACTION_DIGITS (FRACTION_LIMBS * LIMB_DIGITS)
#define WHOLE_DIGITS_MAX 90u /* the rest is for the carry of many rows */
#define DIGITS (LIMBS * LIMB_DIGITS)
#define TEXT_SIZE (DIGITS + 4)

/* Digits that avg() gives behind those of its values: as many as MySQL. */
#define AVERAGE_DIGITS 4u

/* What sum() and avg() keep. Zeroed by SQLite. */
typedef struct total {
    int64_t limbs[LIMBS];
    int64_t rows;     /* that are not NULL */
    int64_t decimals; /* of them, text */
    int64_t reals;    /* of them, REAL, or text that is no decimal */
    double real;      /* the sum of all, as good as doubles are */
    size_t scale;     /* the most digits behind a point */
} total;

/* A digit's place counts from the point: 0 is that of ones, -1 that of tenths. */
static void add_digit(total *to, int place, int64_t digit)
{
    static const int64_t powers[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000};
    unsigned index = (unsigned)(place + (int)FRACTION_DIGITS);
    to->limbs[index / LIMB_DIGITS] += digit * powers[index % LIMB_DIGITS];
}

static bool add_text(total *to, calx_text text, int sign)
{
    calx_decimal_parts parts;
    if (!calx_decimal_split(text, &parts) || parts.whole_length > WHOLE_DIGITS_MAX ||
        parts.fraction_length > FRACTION_DIGITS)
        return false;
    if (parts.negative)
        sign = -sign;
    for (size_t i = 0; i < parts.whole_length; i++)
        add_digit(to, (int)(parts.whole_length - 1 - i), sign * (parts.whole[i] - '0'));
    for (size_t i = 0; i < parts.fraction_length; i++)
        add_digit(to, -1 - (int)i, sign * (parts.fraction[i] - '0'));
    const char *point = memchr(text.data, '.', text.length);
    size_t scale = point ? (size_t)(text.data + text.length - point) - 1 : 0;
    if (scale > to->scale)
        to->scale = scale < FRACTION_DIGITS ? scale : FRACTION_DIGITS;
    return true;
}

static void add_integer(total *to, int64_t number, int sign)
{
    for (unsigned i = FRACTION_LIMBS; number != 0; i++, number /= LIMB)
        to->limbs[i] += sign * (number % LIMB);
}

/* sign -1 takes a row of a window away again. */
static void add(total *to, sqlite3_value *value, int sign)
{
    int type = sqlite3_value_type(value);
    calx_text text = {0};
    if (type == SQLITE_NULL)
        return;
    if (type == SQLITE_TEXT)
        text.data = (const char *)sqlite3_value_text(value);
    if (text.data != NULL)
        text.length = (size_t)sqlite3_value_bytes(value);
    to->rows += sign;
    to->real += sign * sqlite3_value_double(value);
    if (type == SQLITE_INTEGER)
        add_integer(to, sqlite3_value_int64(value), sign);
    else if (text.data != NULL && add_text(to, text, sign))
        to->decimals += sign;
    else
        to->reals += sign;
}

/* ---- The results ---- */

/* Brings every limb between 0 and LIMB; true: the number was negative, and is now without its
 * sign. */
static bool normalise(int64_t limbs[LIMBS])
{
    bool negative = false;
    for (;;) {
        int64_t carry = 0;
        for (unsigned i = 0; i < LIMBS; i++) {
            int64_t limb = limbs[i] + carry;
            carry = limb / LIMB - (limb % LIMB < 0);
            limbs[i] = limb - carry * LIMB;
        }
        if (carry >= 0)
            return negative;
        negative = true;
        limbs[LIMBS - 1] += carry * LIMB;
        for (unsigned i = 0; i < LIMBS; i++)
            limbs[i] = -limbs[i];
    }
}

static void divide(int64_t limbs[LIMBS], int64_t divisor)
{
    __extension__ __int128 rest = 0;
    for (unsigned i = LIMBS; i > 0; i--) {
        rest = rest * LIMB + limbs[i - 1];
        limbs[i - 1] = (int64_t)(rest / divisor);
        rest %= divisor;
    }
}

/* All digits of a normalised number, the largest first, rounded to scale digits behind the point.
 */
static void write_digits(const int64_t limbs[LIMBS], size_t scale, char digits[DIGITS])
{
    for (unsigned i = 0; i < LIMBS; i++) {
        int64_t limb = limbs[i];
        for (unsigned k = 0; k < LIMB_DIGITS; k++, limb /= 10)
            digits[DIGITS - 1 - i * LIMB_DIGITS - k] = (char)('0' + limb % 10);
    }
    size_t end = DIGITS - FRACTION_DIGITS + scale;
    if (end < DIGITS && digits[end] >= '5')
        for (size_t i = end; i > 0 && ++digits[i - 1] > '9'; i--)
            digits[i - 1] = '0';
}

static void give_decimal(sqlite3_context *context, const total *from, int64_t divisor, size_t scale)
{
    int64_t limbs[LIMBS];
    char digits[DIGITS];
    char padded[TEXT_SIZE];
    char text[TEXT_SIZE];
    calx_decimal_parts parts;
    memcpy(limbs, from->limbs, sizeof limbs);
    char *end = padded;
    if (normalise(limbs))
        *end++ = '-';
    divide(limbs, divisor);
    scale = scale < FRACTION_DIGITS ? scale : FRACTION_DIGITS;
    write_digits(limbs, scale, digits);
    end = mempcpy(end, digits, DIGITS - FRACTION_DIGITS);
    *end++ = '.';
    end = mempcpy(end, digits + DIGITS - FRACTION_DIGITS, scale);
    (void)calx_decimal_split((calx_text){padded, (size_t)(end - padded)}, &parts);
    size_t length = calx_decimal_join(&parts, scale, text);
    sqlite3_result_text(context, text, (int)length, SQLITE_TRANSIENT);
}

/* Of integers alone: an integer, or SQLite's own error. */
static void give_integer(sqlite3_context *context, const total *from)
{
    int64_t limbs[LIMBS];
    int64_t sum = 0;
    bool overflow = false;
    memcpy(limbs, from->limbs, sizeof limbs);
    bool negative = normalise(limbs);
    for (unsigned i = LIMBS; i > FRACTION_LIMBS; i--) {
        int64_t limb = negative ? -limbs[i - 1] : limbs[i - 1];
        overflow = overflow || __builtin_mul_overflow(sum, LIMB, &sum) ||
                   __builtin_add_overflow(sum, limb, &sum);
    }
    if (overflow)
        sqlite3_result_error(context, "integer overflow", -1);
    else
        sqlite3_result_int64(context, sum);
}

static const total *total_of(sqlite3_context *context)
{
    const total *from = sqlite3_aggregate_context(context, 0);
    return from != NULL && from->rows > 0 ? from : NULL;
}

static void step(sqlite3_context *context, int count, sqlite3_value **values)
{
    total *to = sqlite3_aggregate_context(context, sizeof *to);
    (void)count;
    if (to == NULL)
        sqlite3_result_error_nomem(context);
    else
        add(to, values[0], 1);
}

static void step_back(sqlite3_context *context, int count, sqlite3_value **values)
{
    total *to = sqlite3_aggregate_context(context, 0);
    (void)count;
    if (to != NULL)
        add(to, values[0], -1);
}

static void give_sum(sqlite3_context *context)
{
    const total *from = total_of(context);
    if (from == NULL)
        sqlite3_result_null(context);
    else if (from->reals > 0)
        sqlite3_result_double(context, from->real);
    else if (from->decimals > 0)
        give_decimal(context, from, 1, from->scale);
    else
        give_integer(context, from);
}

static void give_average(sqlite3_context *context)
{
    const total *from = total_of(context);
    if (from == NULL)
        sqlite3_result_null(context);
    else if (from->decimals > 0 && from->reals == 0)
        give_decimal(context, from, from->rows, from->scale + AVERAGE_DIGITS);
    else
        sqlite3_result_double(context, from->real / (double)from->rows);
}

int calx__sqlite3_decimal_install(calx__sqlite3_connection *connection, calx_error *err)
{
    const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
    sqlite3 *db = connection->db;
    int code = sqlite3_create_collation_v2(db, COLLATION, SQLITE_UTF8, NULL, collate, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_create_window_function(db, "sum", 1, flags, NULL, step, give_sum, give_sum,
                                              step_back, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_create_window_function(db, "avg", 1, flags, NULL, step, give_average,
                                              give_average, step_back, NULL);
    if (code == SQLITE_OK)
        code = calx__sqlite3_decimal_functions_install(db);
    return code == SQLITE_OK ? 0 : calx__sqlite3_connection_error(connection, code, err);
}
