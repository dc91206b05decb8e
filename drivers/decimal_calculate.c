/* decimal_calculate.c: exact arithmetic of decimals, digit by digit, as at school. */
#include <calx/decimal.h>

#include <string.h>

/* Digits, the smallest first, of which scale stand behind the point. */
typedef struct number {
    bool negative;
    size_t count;
    size_t scale;
    unsigned char digits[CALX_DECIMAL_DIGITS_MAX + 2]; /* zero from count on */
} number;

static size_t digits_behind_point(calx_text text)
{
    const char *point = memchr(text.data, '.', text.length);
    return point ? (size_t)(text.data + text.length - point) - 1 : 0;
}

static bool read_number(calx_text text, number *out)
{
    calx_decimal_parts parts;
    if (!calx_decimal_split(text, &parts))
        return false;
    *out = (number){.negative = parts.negative, .scale = digits_behind_point(text)};
    out->count = parts.whole_length + out->scale;
    if (out->count > CALX_DECIMAL_DIGITS_MAX)
        return false;
    for (size_t i = 0; i < parts.fraction_length; i++)
        out->digits[out->scale - 1 - i] = (unsigned char)(parts.fraction[i] - '0');
    for (size_t i = 0; i < parts.whole_length; i++)
        out->digits[out->count - 1 - i] = (unsigned char)(parts.whole[i] - '0');
    return true;
}

static size_t write_number(const number *from, char *out)
{
    char digits[CALX_DECIMAL_TEXT_MAX + 2];
    calx_decimal_parts parts;
    char *end = digits;
    if (from->negative)
        *end++ = '-';
    for (size_t i = from->count; i > from->scale; i--)
        *end++ = (char)('0' + from->digits[i - 1]);
    *end++ = '.';
    for (size_t i = from->scale; i > 0; i--)
        *end++ = (char)('0' + from->digits[i - 1]);
    if (end - digits == 1 + from->negative) /* a zero without digits */
        *end++ = '0';
    (void)calx_decimal_split((calx_text){digits, (size_t)(end - digits)}, &parts);
    return calx_decimal_join(&parts, from->scale, out);
}

/* More zeros behind the point. False where there is no room for them. */
static bool widen(number *it, size_t scale)
{
    size_t more = scale - it->scale;
    if (it->count + more > CALX_DECIMAL_DIGITS_MAX)
        return false;
    memmove(it->digits + more, it->digits, it->count);
    memset(it->digits, 0, more);
    it->count += more;
    it->scale = scale;
    return true;
}

/* Is the number, without its sign, less than the other one of the same scale? */
static bool is_smaller(const number *a, const number *b)
{
    for (size_t i = sizeof a->digits; i > 0; i--)
        if (a->digits[i - 1] != b->digits[i - 1])
            return a->digits[i - 1] < b->digits[i - 1];
    return false;
}

/* Without signs, of the same scale; sign -1 needs a larger first one. */
static void add_digits(const number *a, const number *b, int sign, number *out)
{
    int carry = 0;
    out->count = (a->count > b->count ? a->count : b->count) + 1;
    out->scale = a->scale;
    for (size_t i = 0; i < out->count; i++) {
        int digit = a->digits[i] + sign * b->digits[i] + carry;
        carry = digit > 9 ? 1 : digit < 0 ? -1 : 0;
        out->digits[i] = (unsigned char)(digit - 10 * carry);
    }
}

static bool add(number *a, number *b, number *out)
{
    if (!widen(a, a->scale > b->scale ? a->scale : b->scale) || !widen(b, a->scale))
        return false;
    bool swapped = a->negative != b->negative && is_smaller(a, b);
    const number *larger = swapped ? b : a;
    const number *smaller = swapped ? a : b;
    out->negative = larger->negative;
    add_digits(larger, smaller, a->negative == b->negative ? 1 : -1, out);
    return true;
}

static bool multiply(const number *a, const number *b, number *out)
{
    unsigned sums[CALX_DECIMAL_DIGITS_MAX + 1] = {0};
    unsigned carry = 0;
    out->negative = a->negative != b->negative;
    out->count = a->count + b->count;
    out->scale = a->scale + b->scale;
    if (out->count > CALX_DECIMAL_DIGITS_MAX)
        return false;
    for (size_t i = 0; i < a->count; i++)
        for (size_t j = 0; j < b->count; j++)
            sums[i + j] += (unsigned)a->digits[i] * b->digits[j];
    for (size_t i = 0; i < out->count; i++) {
        carry += sums[i];
        out->digits[i] = (unsigned char)(carry % 10);
        carry /= 10;
    }
    return true;
}

size_t calx_decimal_calculate(calx_decimal_operation operation, calx_text a, calx_text b,
                              char out[CALX_DECIMAL_TEXT_MAX])
{
    number left;
    number right;
    number result = {0};
    if (!read_number(a, &left) || !read_number(b, &right))
        return 0;
    if (operation == CALX_DECIMAL_SUBTRACT)
        right.negative = !right.negative;
    bool done = operation == CALX_DECIMAL_MULTIPLY ? multiply(&left, &right, &result)
                                                   : add(&left, &right, &result);
    if (!done)
        return 0;
    while (result.count > result.scale && result.digits[result.count - 1] == 0)
        result.count--;
    return result.count <= CALX_DECIMAL_DIGITS_MAX ? write_number(&result, out) : 0;
}

/* Takes digits away behind the point. */
static void narrow(number *it, size_t scale)
{
    static const number one = {.count = 1, .digits = {1}};
    size_t fewer = it->scale - scale;
    bool up = it->digits[fewer - 1] >= 5;
    number whole = *it;
    it->count = it->count > fewer ? it->count - fewer : 0;
    it->scale = scale;
    memset(it->digits, 0, sizeof it->digits);
    memcpy(it->digits, whole.digits + fewer, it->count);
    whole = *it;
    if (up)
        add_digits(&whole, &one, 1, it);
    it->scale = scale;
}

size_t calx_decimal_round(calx_text text, size_t precision, size_t scale,
                          char out[CALX_DECIMAL_TEXT_MAX])
{
    number it;
    if (!read_number(text, &it))
        return 0;
    if (it.scale > scale)
        narrow(&it, scale);
    else if (!widen(&it, scale))
        return 0;
    while (it.count > it.scale && it.digits[it.count - 1] == 0)
        it.count--;
    return it.count <= precision ? write_number(&it, out) : 0;
}
