/* decimal.c: decimal numbers between text and digits. */
#include <calx/decimal.h>

#include <string.h>

static size_t count_digits(const char *at, const char *end)
{
    size_t count = 0;
    while (at + count < end && at[count] >= '0' && at[count] <= '9')
        count++;
    return count;
}

bool calx_decimal_split(calx_text text, calx_decimal_parts *out)
{
    if (!text.data || text.length == 0)
        return false;
    const char *at = text.data;
    const char *end = at + text.length;
    calx_decimal_parts parts = {.negative = *at == '-'};
    if (*at == '-' || *at == '+')
        at++;
    parts.whole = at;
    parts.whole_length = count_digits(at, end);
    at += parts.whole_length;
    size_t digits = parts.whole_length;
    if (at < end && *at == '.') {
        parts.fraction = ++at;
        parts.fraction_length = count_digits(at, end);
        at += parts.fraction_length;
        digits += parts.fraction_length;
    }
    if (at != end || digits == 0)
        return false;
    for (; parts.whole_length > 0 && *parts.whole == '0'; parts.whole_length--)
        parts.whole++;
    while (parts.fraction_length > 0 && parts.fraction[parts.fraction_length - 1] == '0')
        parts.fraction_length--;
    parts.negative = parts.negative && parts.whole_length + parts.fraction_length > 0;
    *out = parts;
    return true;
}

/* Of two numbers without their signs. */
static int compare_sizes(const calx_decimal_parts *a, const calx_decimal_parts *b)
{
    if (a->whole_length != b->whole_length)
        return a->whole_length < b->whole_length ? -1 : 1;
    int order = a->whole_length > 0 ? memcmp(a->whole, b->whole, a->whole_length) : 0;
    size_t common =
        a->fraction_length < b->fraction_length ? a->fraction_length : b->fraction_length;
    if (order == 0 && common > 0)
        order = memcmp(a->fraction, b->fraction, common);
    if (order == 0 && a->fraction_length != b->fraction_length)
        order = a->fraction_length < b->fraction_length ? -1 : 1;
    return order;
}

int calx_decimal_compare(const calx_decimal_parts *a, const calx_decimal_parts *b)
{
    if (a->negative != b->negative)
        return a->negative ? -1 : 1;
    return a->negative ? compare_sizes(b, a) : compare_sizes(a, b);
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

size_t calx_decimal_length(const calx_decimal_parts *parts, size_t scale)
{
    size_t fraction = larger(parts->fraction_length, scale);
    return parts->negative + larger(parts->whole_length, 1) + (fraction > 0 ? 1 + fraction : 0);
}

size_t calx_decimal_join(const calx_decimal_parts *parts, size_t scale, char *out)
{
    char *end = out;
    if (parts->negative)
        *end++ = '-';
    if (parts->whole_length > 0)
        end = mempcpy(end, parts->whole, parts->whole_length);
    else
        *end++ = '0';
    size_t fraction = larger(parts->fraction_length, scale);
    if (fraction > 0) {
        *end++ = '.';
        if (parts->fraction_length > 0)
            memcpy(end, parts->fraction, parts->fraction_length);
        memset(end + parts->fraction_length, '0', fraction - parts->fraction_length);
        end += fraction;
    }
    return (size_t)(end - out);
}
