/* literal_number.c: Python's integers and real numbers. */
#include <ctype.h>
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "server/web/literal_private.h"

/* A number without its sign and without underscores. */
typedef struct number {
    char text[CALX_LITERAL_NUMBER_MAX + 1];
    size_t length;
    int base;
    bool real;
} number;

static bool fail(calx_literal_reader *reader, const char *problem)
{
    reader->problem = problem;
    return false;
}

static bool is_decimal(char c)
{
    return c >= '0' && c <= '9';
}

bool calx__literal_number_begins(const calx_literal_reader *reader)
{
    const char *at = reader->at;
    return is_decimal(at[0]) || at[0] == '+' || at[0] == '-' || (at[0] == '.' && is_decimal(at[1]));
}

/* ---- Collecting ---- */

static bool take(calx_literal_reader *reader, number *n)
{
    if (n->length == CALX_LITERAL_NUMBER_MAX)
        return fail(reader, "a number that is too long");
    n->text[n->length++] = *reader->at++;
    n->text[n->length] = '\0';
    return true;
}

static bool is_digit(char c, int base)
{
    return base == 16 ? isxdigit((unsigned char)c) != 0 : c >= '0' && c < '0' + base;
}

/* Digits, with single underscores between them. */
static bool take_digits(calx_literal_reader *reader, number *n)
{
    bool after_digit = false;
    for (;;) {
        if (after_digit && *reader->at == '_' && is_digit(reader->at[1], n->base))
            reader->at++;
        if (!is_digit(*reader->at, n->base))
            return true;
        if (!take(reader, n))
            return false;
        after_digit = true;
    }
}

static bool take_fraction(calx_literal_reader *reader, number *n)
{
    if (*reader->at == '.') {
        n->real = true;
        if (!take(reader, n) || !take_digits(reader, n))
            return false;
    }
    const char *at = reader->at;
    if ((at[0] == 'e' || at[0] == 'E') &&
        (is_decimal(at[1]) || ((at[1] == '+' || at[1] == '-') && is_decimal(at[2])))) {
        n->real = true;
        return take(reader, n) && take(reader, n) && take_digits(reader, n);
    }
    return true;
}

static int base_of_prefix(const char *at)
{
    if (at[0] != '0' || at[1] == '\0')
        return 10;
    char c = (char)tolower((unsigned char)at[1]);
    return c == 'x' ? 16 : c == 'o' ? 8 : c == 'b' ? 2 : 10;
}

static bool collect(calx_literal_reader *reader, number *n)
{
    n->base = base_of_prefix(reader->at);
    if (n->base != 10)
        reader->at += 2;
    if (!take_digits(reader, n) || (n->base == 10 && !take_fraction(reader, n)))
        return false;
    return n->length > 0 || fail(reader, "a number without digits");
}

/* ---- Converting ---- */

static json_t *made(calx_literal_reader *reader, json_t *value)
{
    if (!value)
        reader->problem = "out of memory";
    return value;
}

static json_t *convert_integer(calx_literal_reader *reader, const number *n, bool negative)
{
    if (n->base == 10 && n->text[0] == '0' && strspn(n->text, "0") != n->length) {
        reader->problem = "a number that begins with 0; octal ones begin with 0o";
        return NULL;
    }
    errno = 0;
    unsigned long long magnitude = strtoull(n->text, NULL, n->base);
    unsigned long long most = (unsigned long long)INT64_MAX + (negative ? 1 : 0);
    if (errno == ERANGE || magnitude > most) {
        reader->problem = "a number beyond 64 bits";
        return NULL;
    }
    /* two steps: the least integer has no positive counterpart */
    int64_t value = (int64_t)(magnitude > 0 && negative ? magnitude - 1 : magnitude);
    return made(reader, json_integer(magnitude > 0 && negative ? -value - 1 : value));
}

/* The program's locale must not decide what the decimal point is. */
static json_t *convert_real(calx_literal_reader *reader, const number *n, bool negative)
{
    locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!plain)
        return made(reader, NULL);
    double value = strtod_l(n->text, NULL, plain);
    freelocale(plain);
    if (!isfinite(value)) {
        reader->problem = "a number that is too large";
        return NULL;
    }
    return made(reader, json_real(negative ? -value : value));
}

json_t *calx__literal_read_number(calx_literal_reader *reader)
{
    number n = {0};
    bool negative = *reader->at == '-';
    if (*reader->at == '-' || *reader->at == '+')
        reader->at++;
    calx__literal_skip_blanks(reader);
    if (!calx__literal_number_begins(reader) || *reader->at == '-' || *reader->at == '+') {
        reader->problem = "a sign without a number";
        return NULL;
    }
    if (!collect(reader, &n))
        return NULL;
    return n.real ? convert_real(reader, &n, negative) : convert_integer(reader, &n, negative);
}
