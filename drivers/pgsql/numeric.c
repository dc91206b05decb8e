/* numeric.c: the binary form of numeric: groups of four decimal digits, a weight, a sign and a
 * display scale (numeric_send in the server's numeric.c). */
#include "pgsql.h"

#include <string.h>

#define HEADER 8
#define GROUP 4
#define WORD_MAX 10 /* "-Infinity" */

enum sign {
    POSITIVE = 0x0000,
    NEGATIVE = 0x4000,
    NOT_A_NUMBER = 0xC000,
    POSITIVE_INFINITY = 0xD000,
    NEGATIVE_INFINITY = 0xF000,
};

typedef struct numeric {
    int group_count;
    int weight; /* the power of 10000 of the first group */
    unsigned sign;
    int scale; /* digits after the point */
    const char *groups;
} numeric;

static bool read_numeric(const char *data, size_t length, numeric *out)
{
    if (length < HEADER)
        return false;
    *out = (numeric){
        .group_count = (int)calx__pgsql_read(data, 2),
        .weight = (int16_t)calx__pgsql_read(data + 2, 2),
        .sign = (unsigned)calx__pgsql_read(data + 4, 2),
        .scale = (int)calx__pgsql_read(data + 6, 2),
        .groups = data + HEADER,
    };
    return length == HEADER + (size_t)out->group_count * 2;
}

size_t calx__pgsql_numeric_room(const char *data, size_t length)
{
    numeric number;

    if (!read_numeric(data, length, &number))
        return 0;
    size_t whole = number.weight < 0 ? 1 : ((size_t)number.weight + 1) * GROUP;
    return WORD_MAX + whole + (size_t)number.scale + GROUP;
}

/* The four digits that stand for 10000 to the power of `power`; groups not sent are zero. */
static void write_group(const numeric *number, int power, char out[GROUP])
{
    int index = number->weight - power;
    unsigned group = 0;

    if (index >= 0 && index < number->group_count)
        group = (unsigned)calx__pgsql_read(number->groups + 2 * (size_t)index, 2);
    for (int i = GROUP - 1; i >= 0; i--, group /= 10)
        out[i] = (char)('0' + group % 10);
}

static char *write_whole(const numeric *number, char *out)
{
    char *start = out;
    char group[GROUP];

    for (int power = number->weight; power >= 0; power--) {
        write_group(number, power, group);
        for (int i = 0; i < GROUP; i++)
            if (out != start || group[i] != '0')
                *out++ = group[i];
    }
    if (out == start)
        *out++ = '0';
    return out;
}

static char *write_fraction(const numeric *number, char *out)
{
    if (number->scale == 0)
        return out;
    *out++ = '.';
    char *end = out + number->scale;
    for (int power = -1; out < end; power--, out += GROUP)
        write_group(number, power, out); /* may write past the end: room has a group to spare */
    return end;
}

static const char *word_of(unsigned sign)
{
    switch (sign) {
    case NOT_A_NUMBER:
        return "NaN";
    case POSITIVE_INFINITY:
        return "Infinity";
    case NEGATIVE_INFINITY:
        return "-Infinity";
    default:
        return NULL;
    }
}

bool calx__pgsql_numeric_decode(const char *data, size_t length, char **scratch, calx_value *out)
{
    numeric number;

    if (!read_numeric(data, length, &number))
        return false;
    char *start = *scratch;
    char *end = start;
    const char *word = word_of(number.sign);
    if (word) {
        end = stpcpy(start, word);
    } else {
        if (number.sign == NEGATIVE)
            *end++ = '-';
        end = write_fraction(&number, write_whole(&number, end));
    }
    out->kind = CALX_KIND_DECIMAL;
    out->as.text = (calx_text){start, (size_t)(end - start)};
    *scratch = end;
    return true;
}
