/* decimal.c: exact decimals, which SQLite has not: text, compared by value and added digit by
 * digit. The dialect asks for the collation calx_decimal, for sum() and avg() that know such text,
 * and for functions that calculate with it. */
#include <string.h>

#include <calx/decimal.h>

#include "pocket.h"

static int compare(void *unused, int a_length, const void *a, int b_length, const void *b)
{
    calx_decimal_parts parts[2];
    (void)unused;
    bool a_is_number = calx_decimal_split((calx_text){a, (size_t)a_length}, &parts[0]);
    bool b_is_number = calx_decimal_split((calx_text){b, (size_t)b_length}, &parts[1]);
    if (a_is_number && b_is_number)
        return calx_decimal_compare(&parts[0], &parts[1]);
    if (a_is_number != b_is_number)
        return a_is_number ? -1 : 1;
    int order = memcmp(a, b, (size_t)(a_length < b_length ? a_length : b_length));
    return order != 0 ? order : a_length - b_length;
}

/* ---- Adding ---- */

#define WHOLE 80 /* places before the point, and behind it */
#define FRACTION 40
#define AVERAGE_DIGITS 4 /* that avg() gives behind those of its values */

/* Zeroed by SQLite. */
typedef struct total {
    int64_t
        digits[WHOLE + FRACTION]; /* of each place, the largest first; with signs, not carried */
    int64_t rows;                 /* that are not NULL */
    int64_t decimals;             /* of them, decimal text */
    int64_t reals;                /* of them, neither that nor integers */
    int64_t integer;              /* the sum of the integers */
    double real;                  /* the sum of all */
    size_t scale;                 /* the most digits behind a point */
} total;

static bool add_decimal(total *to, calx_text text, int sign)
{
    calx_decimal_parts parts;
    if (!calx_decimal_split(text, &parts) || parts.whole_length > WHOLE / 2 ||
        parts.fraction_length > FRACTION - AVERAGE_DIGITS - 1)
        return false;
    if (parts.negative)
        sign = -sign;
    for (size_t i = 0; i < parts.whole_length; i++)
        to->digits[WHOLE - parts.whole_length + i] += sign * (parts.whole[i] - '0');
    for (size_t i = 0; i < parts.fraction_length; i++)
        to->digits[WHOLE + i] += sign * (parts.fraction[i] - '0');
    const char *point = memchr(text.data, '.', text.length);
    size_t scale = point != NULL ? (size_t)(text.data + text.length - point) - 1 : 0;
    if (scale > to->scale && scale <= FRACTION - AVERAGE_DIGITS - 1)
        to->scale = scale;
    return true;
}

/* sign -1 takes a row of a window away again. */
static void add(total *to, sqlite3_value *value, int sign)
{
    int type = sqlite3_value_type(value);
    if (type == SQLITE_NULL)
        return;
    to->rows += sign;
    to->real += sign * sqlite3_value_double(value);
    const char *text = type == SQLITE_FLOAT ? NULL : (const char *)sqlite3_value_text(value);
    if (type == SQLITE_INTEGER)
        to->integer += sign * sqlite3_value_int64(value);
    if (text == NULL ||
        !add_decimal(to, (calx_text){text, (size_t)sqlite3_value_bytes(value)}, sign))
        to->reals += sign;
    else if (type == SQLITE_TEXT)
        to->decimals += sign;
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

/* ---- Results ---- */

/* Brings every digit between 0 and 9; true: the number was negative, and is now without sign. */
static bool carry(int64_t *digits)
{
    int64_t over = 0;
    for (size_t i = WHOLE + FRACTION; i-- > 0;) {
        int64_t digit = digits[i] + over;
        over = digit / 10 - (digit % 10 < 0);
        digits[i] = digit - over * 10;
    }
    if (over == 0)
        return false;
    for (size_t i = 0; i < WHOLE + FRACTION; i++)
        digits[i] = -digits[i];
    digits[0] -= over * 10;
    carry(digits);
    return true;
}

/* The number divided, rounded to so many digits behind the point. */
static void give_decimal(sqlite3_context *context, const total *from, int64_t divisor, size_t scale)
{
    int64_t digits[WHOLE + FRACTION];
    char padded[WHOLE + FRACTION + 2];
    char text[WHOLE + FRACTION + 4];
    calx_decimal_parts parts;
    int64_t rest = 0;
    memcpy(digits, from->digits, sizeof digits);
    bool negative = carry(digits);
    for (size_t i = 0; i < WHOLE + FRACTION; i++) {
        rest = rest * 10 + digits[i];
        digits[i] = rest / divisor;
        rest %= divisor;
    }
    digits[WHOLE + scale - 1] += digits[WHOLE + scale] >= 5;
    carry(digits);
    padded[0] = negative ? '-' : '+';
    for (size_t i = 0; i < WHOLE + scale; i++)
        padded[1 + i + (i >= WHOLE)] = (char)('0' + digits[i]);
    padded[1 + WHOLE] = '.';
    (void)calx_decimal_split((calx_text){padded, WHOLE + scale + 2}, &parts);
    size_t length = calx_decimal_join(&parts, scale, text);
    sqlite3_result_text(context, text, (int)length, SQLITE_TRANSIENT);
}

static void give_sum(sqlite3_context *context)
{
    const total *from = sqlite3_aggregate_context(context, 0);
    if (from == NULL || from->rows == 0)
        sqlite3_result_null(context);
    else if (from->reals > 0)
        sqlite3_result_double(context, from->real);
    else if (from->decimals > 0)
        give_decimal(context, from, 1, from->scale);
    else
        sqlite3_result_int64(context, from->integer);
}

static void give_average(sqlite3_context *context)
{
    const total *from = sqlite3_aggregate_context(context, 0);
    if (from == NULL || from->rows == 0)
        sqlite3_result_null(context);
    else if (from->reals == 0 && from->decimals > 0)
        give_decimal(context, from, from->rows, from->scale + AVERAGE_DIGITS);
    else
        sqlite3_result_double(context, from->real / (double)from->rows);
}

/* ---- Functions ---- */

static void give_text(sqlite3_context *context, const char *text, size_t length)
{
    if (length == 0)
        sqlite3_result_error_code(context, SQLITE_MISMATCH);
    else
        sqlite3_result_text(context, text, (int)length, SQLITE_TRANSIENT);
}

static calx_text text_of(sqlite3_value *value)
{
    const char *text = (const char *)sqlite3_value_text(value);
    return (calx_text){text, (size_t)sqlite3_value_bytes(value)};
}

/* Of NULL it is NULL: that is what a function gives which does nothing. */
static void calculate(sqlite3_context *context, int count, sqlite3_value **values)
{
    const calx_decimal_operation *operation = sqlite3_user_data(context);
    char out[CALX_DECIMAL_TEXT_MAX];
    calx_text a = text_of(values[0]);
    calx_text b = text_of(values[1]);
    (void)count;
    if (a.data != NULL && b.data != NULL)
        give_text(context, out, calx_decimal_calculate(*operation, a, b, out));
}

static void fit(sqlite3_context *context, int count, sqlite3_value **values)
{
    char out[CALX_DECIMAL_TEXT_MAX];
    calx_text text = text_of(values[0]);
    (void)count;
    if (text.data != NULL)
        give_text(context, out,
                  calx_decimal_round(text, (size_t)sqlite3_value_int(values[1]),
                                     (size_t)sqlite3_value_int(values[2]), out));
}

static int add_function(sqlite3 *db, const char *name, calx_decimal_operation operation)
{
    static const calx_decimal_operation operations[] = {CALX_DECIMAL_ADD, CALX_DECIMAL_SUBTRACT,
                                                        CALX_DECIMAL_MULTIPLY};
    return sqlite3_create_function_v2(db, name, 2, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
                                      (void *)&operations[operation], calculate, NULL, NULL, NULL);
}

static int add_functions(sqlite3 *db)
{
    int code = add_function(db, "calx_decimal_add", CALX_DECIMAL_ADD);
    if (code == SQLITE_OK)
        code = add_function(db, "calx_decimal_subtract", CALX_DECIMAL_SUBTRACT);
    if (code == SQLITE_OK)
        code = add_function(db, "calx_decimal_multiply", CALX_DECIMAL_MULTIPLY);
    if (code == SQLITE_OK)
        code = sqlite3_create_function_v2(db, "calx_decimal_fit", 3,
                                          SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, fit, NULL, NULL,
                                          NULL);
    return code;
}

int pocket_decimals(sqlite3 *db)
{
    const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC;
    int code = sqlite3_create_collation_v2(db, "calx_decimal", SQLITE_UTF8, NULL, compare, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_create_window_function(db, "sum", 1, flags, NULL, step, give_sum, give_sum,
                                              step_back, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_create_window_function(db, "avg", 1, flags, NULL, step, give_average,
                                              give_average, step_back, NULL);
    if (code == SQLITE_OK)
        code = add_functions(db);
    return code;
}
