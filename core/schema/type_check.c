/* type_check.c: what is wrong with the type of a column, by the smallest limits of the three. */
#include "core/schema/type.h"

#include <string.h>

#define LENGTH_MAX 16383u /* characters of a VARCHAR: MySQL, 65,535 bytes */
#define PRECISION_MAX 65u /* digits of a NUMERIC: MySQL */
#define SCALE_MAX 30u     /* those behind the point: MySQL */

bool calx__type_can_be_indexed(const calx_column *column)
{
    calx_column stored = calx__column_stored(column);
    switch (stored.type->id) {
    case CALX_TYPE_TEXT:
    case CALX_TYPE_LARGE_BINARY:
    case CALX_TYPE_JSON_DOCUMENT:
    case CALX_TYPE_ARRAY:
    case CALX_TYPE_HSTORE:
        return false;
    case CALX_TYPE_STRING:
        return stored.length > 0;
    default:
        return true;
    }
}

bool calx__type_can_be_key(const calx_column *column)
{
    switch (column->type->id) {
    case CALX_TYPE_SMALL_INTEGER:
    case CALX_TYPE_INTEGER:
    case CALX_TYPE_BIG_INTEGER:
    case CALX_TYPE_DATE:
    case CALX_TYPE_DATETIME:
    case CALX_TYPE_UUID:
    case CALX_TYPE_ENUM:
        return true;
    default:
        return column->type->id == CALX_TYPE_STRING && column->length > 0;
    }
}

static const char *label_problem(const calx_enumeration *enumeration, size_t index)
{
    const char *label = enumeration->labels[index];
    size_t length = strlen(label);
    if (length < 1 || length > CALX_LABEL_MAX || !calx_utf8_valid(label, length))
        return "a label has 1 to 63 bytes of UTF-8";
    for (size_t i = 0; i < length; i++)
        if (strchr("'\"`\\", label[i]) != NULL || (unsigned char)label[i] < ' ')
            return "a label holds no quotes, backslashes and control characters";
    if (label[length - 1] == ' ')
        return "a label does not end with a blank (MySQL forgets it)";
    for (size_t i = 0; i < index; i++)
        if (strcmp(label, enumeration->labels[i]) == 0)
            return "two values of one label";
    return NULL;
}

static const char *enum_problem(const calx_enumeration *enumeration)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
    const char *problem = NULL;
    size_t length = strlen(enumeration->name);
    if (length < 1 || length > CALX_LABEL_MAX || strspn(enumeration->name, plain) != length)
        return "an enumeration's name has 1 to 63 small letters, digits and _";
    for (size_t i = 0; problem == NULL && i < enumeration->count; i++)
        problem = label_problem(enumeration, i);
    return problem;
}

static const char *numeric_problem(const calx_column *column)
{
    if (column->precision < 1 || column->precision > PRECISION_MAX)
        return "NUMERIC of 1 to 65 digits (MySQL)";
    if (column->scale > SCALE_MAX || column->scale > column->precision)
        return "NUMERIC with at most 30 digits behind the point (MySQL), none more than it has";
    return NULL;
}

const char *calx__type_problem(const calx_column *column)
{
    calx_column stored = calx__column_stored(column);
    calx_type_id type = stored.type->id;
    if (stored.length > 0 && type != CALX_TYPE_STRING)
        return "LENGTH is for STRING";
    if (stored.length > LENGTH_MAX)
        return "LENGTH of more than 16383 characters (MySQL), use TEXT";
    if (column->timezone && type != CALX_TYPE_DATETIME)
        return "TIMEZONE is for DATETIME";
    if (type == CALX_TYPE_NUMERIC)
        return numeric_problem(&stored);
    if (type == CALX_TYPE_ENUM)
        return enum_problem(stored.enumeration);
    return type == CALX_TYPE_ARRAY ? calx__type_problem(stored.element) : NULL;
}
