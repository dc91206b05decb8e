/* shape.c: the walk over a statement that finds its shape and its binds. calx__statement_write
 * walks in the same order. */
#include "core/sql/shape.h"

#include <calx/decimal.h>
#include <math.h>
#include <string.h>

/* Where a value lies that no database can store, or that one of them cannot even be asked for. */
typedef enum place {
    INSIDE, /* among the stored ones */
    BELOW,  /* less than every stored value */
    ABOVE,
    NOWHERE, /* in no order with them */
} place;

static place place_between(int64_t number, int64_t low, int64_t high)
{
    if (number < low)
        return BELOW;
    return number > high ? ABOVE : INSIDE;
}

static place place_of(const calx_value *value)
{
    calx_decimal_parts parts;
    switch (value->kind) {
    case CALX_KIND_TEXT:
        if (memchr(value->as.text.data, '\0', value->as.text.length) != NULL ||
            !calx_utf8_valid(value->as.text.data, value->as.text.length))
            return NOWHERE;
        return INSIDE;
    case CALX_KIND_DOUBLE:
        if (isinf(value->as.real))
            return value->as.real < 0 ? BELOW : ABOVE;
        return isnan(value->as.real) ? NOWHERE : INSIDE;
    case CALX_KIND_DECIMAL:
        return calx_decimal_split(value->as.text, &parts) ? INSIDE : NOWHERE;
    case CALX_KIND_DATE:
        return calx_date_is_valid(value->as.date) ? INSIDE : NOWHERE;
    case CALX_KIND_TIME:
        return place_between(value->as.time.microseconds, 0, CALX_TIME_MAX);
    case CALX_KIND_INTERVAL:
        return place_between(value->as.interval.microseconds, CALX_DATETIME_MIN, CALX_DATETIME_MAX);
    case CALX_KIND_DATETIME:
        return place_between(value->as.datetime.microseconds, CALX_DATETIME_MIN, CALX_DATETIME_MAX);
    default:
        return INSIDE;
    }
}

static calx__test test_of_null(calx_operator op)
{
    if (op == CALX_OPERATOR_EQUAL || op == CALX_OPERATOR_IS_NULL)
        return CALX__TEST_IS_NULL;
    if (op == CALX_OPERATOR_NOT_EQUAL || op == CALX_OPERATOR_IS_NOT_NULL)
        return CALX__TEST_IS_NOT_NULL;
    return CALX__TEST_UNKNOWN;
}

calx__test calx__test_of(const calx_expression *condition)
{
    calx_operator op = condition->op;
    if (op == CALX_OPERATOR_NONE)
        return CALX__TEST_ALWAYS;
    if (condition->value.kind == CALX_KIND_NULL)
        return test_of_null(op);
    place where = place_of(&condition->value);
    bool less = op == CALX_OPERATOR_LESS || op == CALX_OPERATOR_LESS_EQUAL;
    bool greater = op == CALX_OPERATOR_GREATER || op == CALX_OPERATOR_GREATER_EQUAL;
    if (where == INSIDE)
        return CALX__TEST_COMPARE;
    if (op == CALX_OPERATOR_NOT_EQUAL || (less && where == ABOVE) || (greater && where == BELOW))
        return CALX__TEST_TRUE;
    return CALX__TEST_FALSE;
}

static void put(calx__shape *shape, const void *data, size_t length)
{
    if (length > SHAPE_MAX - shape->key_length) {
        shape->overflow = true;
        return;
    }
    memcpy(shape->key + shape->key_length, data, length);
    shape->key_length += length;
}

static void put_byte(calx__shape *shape, unsigned byte)
{
    unsigned char small = (unsigned char)byte;
    put(shape, &small, 1);
}

static int bind(calx__shape *shape, const calx_value *value, calx_error *err)
{
    if (shape->bind_count == CALX_BINDS_MAX)
        return calx_error_set(err, CALX_ERROR_LIMIT, "more than %d values in a statement",
                              CALX_BINDS_MAX);
    if (shape->bind_count == shape->bind_capacity) {
        size_t capacity = shape->bind_capacity ? shape->bind_capacity * 2 : 8;
        calx_value *binds = calx_arena_alloc(shape->arena, capacity * sizeof *binds);
        if (binds == NULL)
            return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
        if (shape->bind_count > 0)
            memcpy(binds, shape->binds, shape->bind_count * sizeof *binds);
        shape->binds = binds;
        shape->bind_capacity = capacity;
    }
    shape->binds[shape->bind_count++] = *value;
    return 0;
}

static int walk_condition(calx__shape *shape, const calx_expression *condition, int depth,
                          int brackets, calx_error *err);

static int walk_part(calx__shape *shape, const calx_expression *condition, calx_operator within,
                     int depth, int brackets, calx_error *err)
{
    if (condition == NULL)
        return 0;
    return walk_condition(shape, condition, depth - 1,
                          brackets - calx__in_brackets(condition, within), err);
}

static int walk_condition(calx__shape *shape, const calx_expression *condition, int depth,
                          int brackets, calx_error *err)
{
    if (depth == 0 || brackets < 0)
        return calx_error_set(err, CALX_ERROR_LIMIT, "condition is nested deeper than %d levels",
                              depth == 0 ? CALX_EXPRESSION_DEPTH_MAX : CALX_BRACKETS_MAX);
    calx_operator op = condition->op;
    put_byte(shape, op);
    if (condition->left != NULL) {
        int code = walk_part(shape, condition->left, op, depth, brackets, err);
        return code < 0 ? code : walk_part(shape, condition->right, op, depth, brackets, err);
    }
    calx__test test = calx__test_of(condition);
    put(shape, &condition->column, sizeof condition->column);
    put_byte(shape, test);
    put_byte(shape, condition->value.kind);
    return test == CALX__TEST_COMPARE ? bind(shape, &condition->value, err) : 0;
}

/* One value for each bit. */
static int walk_values(calx__shape *shape, uint64_t columns, const calx_value *values,
                       calx_error *err)
{
    int code = 0;
    put(shape, &columns, sizeof columns);
    for (; code == 0 && columns != 0; columns &= columns - 1)
        code = bind(shape, values++, err);
    return code;
}

int calx__shape_make(calx__shape *shape, const calx__statement *statement, calx_arena *arena,
                     calx_error *err)
{
    shape->key_length = 0;
    shape->overflow = false;
    shape->binds = NULL;
    shape->bind_count = 0;
    shape->bind_capacity = 0;
    shape->arena = arena;
    put_byte(shape, statement->kind);
    put_byte(shape, statement->generates_key);
    put(shape, &statement->model, sizeof statement->model);
    int code = walk_values(shape, statement->columns, statement->values, err);
    if (code == 0)
        code = walk_values(shape, statement->matched, statement->match, err);
    put_byte(shape, statement->where != NULL);
    if (code == 0 && statement->where != NULL)
        code = walk_condition(shape, statement->where, CALX_EXPRESSION_DEPTH_MAX, CALX_BRACKETS_MAX,
                              err);
    for (size_t i = 0; i < statement->order_count; i++) {
        put(shape, &statement->order[i].column, sizeof statement->order[i].column);
        put_byte(shape, statement->order[i].descending);
    }
    put_byte(shape, statement->limit >= 0);
    put_byte(shape, statement->offset > 0);
    if (code == 0 && statement->limit >= 0)
        code = bind(shape, &(calx_value){.kind = CALX_KIND_INTEGER, .as.integer = statement->limit},
                    err);
    if (code == 0 && statement->offset > 0)
        code = bind(shape,
                    &(calx_value){.kind = CALX_KIND_INTEGER, .as.integer = statement->offset}, err);
    return code;
}
