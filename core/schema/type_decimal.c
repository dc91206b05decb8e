/* type_decimal.c: Numeric, exact; a string in JSON. */
#include "core/schema/type.h"

#include <calx/decimal.h>
#include <stdio.h>
#include <stdlib.h>

static calx_text text_of(const void *member)
{
    const calx_decimal *decimal = member;
    return (calx_text){decimal->data, decimal->length};
}

/* CALX_ERROR_INVALID for what the column cannot hold exactly. */
static int decimal_split(const calx_column *column, calx_text text, calx_decimal_parts *out,
                         calx_error *err)
{
    if (!calx_decimal_split(text, out))
        return calx_error_set(err, CALX_ERROR_INVALID, "expected decimal digits");
    if (out->whole_length > (size_t)(column->precision - column->scale))
        return calx_error_set(err, CALX_ERROR_INVALID, "more than %d digits before the point",
                              column->precision - column->scale);
    if (out->fraction_length > column->scale)
        return calx_error_set(err, CALX_ERROR_INVALID, "more than %d digits behind the point",
                              column->scale);
    return 0;
}

/* The canonical form, in the arena. */
static int decimal_make(const calx_column *column, calx_text text, calx_arena *arena,
                        calx_decimal *out, calx_error *err)
{
    calx_decimal_parts parts;
    int code = decimal_split(column, text, &parts, err);
    if (code < 0)
        return code;
    char *data = calx_arena_alloc(arena, calx_decimal_length(&parts, column->scale));
    if (data == NULL)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    *out = (calx_decimal){data, calx_decimal_join(&parts, column->scale, data)};
    return 0;
}

static int decimal_encode(const calx_column *column, const void *member, calx_arena *arena,
                          calx_value *out, calx_error *err)
{
    calx_text text = text_of(member);
    calx_decimal decimal = {0};
    if (text.data == NULL && !column->nullable)
        return calx__type_refuse_null(column, CALX_ERROR_NOT_NULL, err);
    int code = text.data ? decimal_make(column, text, arena, &decimal, err) : 0;
    if (code < 0)
        return code;
    *out = (calx_value){.kind = text.data ? CALX_KIND_DECIMAL : CALX_KIND_NULL,
                        .as.text = {decimal.data, decimal.length}};
    return 0;
}

/* SQLite keeps what others have written as a number: a whole one is exact. */
static int decimal_decode(const calx_column *column, const calx_value *value, void *member,
                          calx_arena *arena, calx_error *err)
{
    char digits[32];
    calx_text text = {0};
    calx_decimal decimal = {0};
    if (value->kind == CALX_KIND_NULL && !column->nullable)
        return calx__type_refuse_null(column, CALX_ERROR_MISFIT, err);
    if (value->kind == CALX_KIND_DECIMAL || value->kind == CALX_KIND_TEXT)
        text = value->as.text;
    else if (value->kind == CALX_KIND_INTEGER)
        text = (calx_text){digits,
                           (size_t)snprintf(digits, sizeof digits, "%" PRId64, value->as.integer)};
    else if (value->kind != CALX_KIND_NULL)
        return calx__type_misfit(column, value, err);
    int code = text.data ? decimal_make(column, text, arena, &decimal, err) : 0;
    if (code == CALX_ERROR_INVALID)
        return calx__type_stored_misfit(err);
    if (code == 0)
        *(calx_decimal *)member = decimal;
    return code;
}

/* By value: "1.5" is "1.50". */
static bool decimal_equal(const calx_column *column, const void *a, const void *b)
{
    calx_text left = text_of(a);
    calx_text right = text_of(b);
    calx_decimal_parts left_parts;
    calx_decimal_parts right_parts;
    (void)column;
    if (calx_text_equal(left, right))
        return true;
    return calx_decimal_split(left, &left_parts) && calx_decimal_split(right, &right_parts) &&
           calx_decimal_compare(&left_parts, &right_parts) == 0;
}

static int decimal_keep(const calx_column *column, void *member, calx_arena *arena, calx_error *err)
{
    calx_text text = text_of(member);
    return text.data ? decimal_make(column, text, arena, member, err) : 0;
}

static void decimal_json_write(const calx_column *column, const void *member, calx_buffer *out)
{
    calx_text text = text_of(member);
    (void)column;
    if (text.data == NULL)
        calx_buffer_append(out, "null", 4);
    else
        calx_json_write_string(out, text);
}

/* Fifteen digits of a double are the decimal that was written; with more of them it must come as a
 * string. */
static bool decimal_of_real(double real, char *out, size_t size)
{
    snprintf(out, size, "%.15g", real);
    calx__make_point(out);
    return strtod(out, NULL) == real;
}

static int decimal_json_read(const calx_column *column, const void *json, void *member,
                             calx_arena *arena, calx_error *err)
{
    char digits[40];
    calx_text text = {json_string_value(json), json_string_length(json)};
    if (json_is_integer((const json_t *)json))
        snprintf(digits, sizeof digits, "%" JSON_INTEGER_FORMAT, json_integer_value(json));
    else if (json_is_real((const json_t *)json) &&
             !decimal_of_real(json_real_value(json), digits, sizeof digits))
        return calx_error_set(err, CALX_ERROR_INVALID,
                              "a number of so many digits must be a string");
    else if (!json_is_string((const json_t *)json) && !json_is_real((const json_t *)json))
        return calx__type_json_mismatch("decimal number", json, err);
    if (text.data == NULL)
        text = calx_text_of(digits);
    return decimal_make(column, text, arena, member, err);
}

const calx_type calx_type_numeric = {
    .id = CALX_TYPE_NUMERIC,
    .name = "Numeric",
    .kind = CALX_KIND_DECIMAL,
    .size = sizeof(calx_decimal),
    .size_or_null = sizeof(calx_decimal),
    .encode = decimal_encode,
    .decode = decimal_decode,
    .equal = decimal_equal,
    .keep = decimal_keep,
    .json_write = decimal_json_write,
    .json_read = decimal_json_read,
};
