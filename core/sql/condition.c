/* condition.c: conditions as SQL text. A value is looked at first: some no database can store, or
 * can even be asked for, and what they are compared with is known. */
#include "core/sql/writer.h"

#include <calx/decimal.h>
#include <math.h>
#include <string.h>

static const char *const operators[] = {
#define OPERATOR_TEXT(name, sql) [CALX_OPERATOR_##name] = " " sql " ",
    CALX_COMPARISONS(OPERATOR_TEXT)
#undef OPERATOR_TEXT
        [CALX_OPERATOR_AND] = " AND ",
    [CALX_OPERATOR_OR] = " OR ",
};

/* What a comparison with a value comes to. */
typedef enum test {
    TEST_UNKNOWN, /* with NULL: neither true nor false */
    TEST_FALSE,   /* for every stored value; unknown where NULL is stored */
    TEST_TRUE,
    TEST_IS_NULL,
    TEST_IS_NOT_NULL,
    TEST_COMPARE,
} test;

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

static test test_of(calx_operator op, const calx_value *value)
{
    if (value->kind == CALX_KIND_NULL && op == CALX_OPERATOR_EQUAL)
        return TEST_IS_NULL;
    if (value->kind == CALX_KIND_NULL)
        return op == CALX_OPERATOR_NOT_EQUAL ? TEST_IS_NOT_NULL : TEST_UNKNOWN;
    place where = place_of(value);
    bool less = op == CALX_OPERATOR_LESS || op == CALX_OPERATOR_LESS_EQUAL;
    bool greater = op == CALX_OPERATOR_GREATER || op == CALX_OPERATOR_GREATER_EQUAL;
    if (where == INSIDE)
        return TEST_COMPARE;
    if (op == CALX_OPERATOR_NOT_EQUAL || (less && where == ABOVE) || (greater && where == BELOW))
        return TEST_TRUE;
    return TEST_FALSE;
}

/* ---- Comparisons ---- */

/* The node's own column or value as an operand. */
static calx_expression left_of(const calx_expression *condition)
{
    return condition->left ? *condition->left
                           : (calx_expression){.op = CALX_OPERATOR_COLUMN,
                                               .detail = condition->detail,
                                               .column = condition->column};
}

static calx_expression right_of(const calx_expression *condition)
{
    return condition->right
               ? *condition->right
               : (calx_expression){.op = CALX_OPERATOR_VALUE, .value = condition->value};
}

/* A comparison whose answer is known, but where NULL is stored: NULL AND false is false, NULL AND
 * true is NULL. */
static void write_known(calx__writer *to, const calx_expression *left, bool answer)
{
    if (!calx__expression_is_nullable(to, left)) {
        calx__write(to, answer ? "1 = 1" : "0 = 1");
        return;
    }
    calx__write(to, "(");
    calx__write_expression(to, left);
    calx__write(to, answer ? " IS NOT NULL OR NULL" : " IS NULL AND NULL");
    calx__write(to, ")");
}

static void write_compared(calx__writer *to, calx_operator op, const calx_expression *left,
                           const calx_expression *right)
{
    bool ordered = op != CALX_OPERATOR_EQUAL && op != CALX_OPERATOR_NOT_EQUAL;
    if (ordered)
        calx__write_ordered(to, left);
    else
        calx__write_equated(to, left);
    calx__write(to, operators[op]);
    if (ordered)
        calx__write_other_side(to, right, left);
    else
        calx__write_expression(to, right);
}

static void write_test(calx__writer *to, calx_operator op, const calx_expression *left,
                       const calx_expression *right)
{
    switch (right->op == CALX_OPERATOR_VALUE ? test_of(op, &right->value) : TEST_COMPARE) {
    case TEST_UNKNOWN:
        calx__write(to, "NULL");
        break;
    case TEST_FALSE:
        write_known(to, left, false);
        break;
    case TEST_TRUE:
        write_known(to, left, true);
        break;
    case TEST_IS_NULL:
        calx__write_expression(to, left);
        calx__write(to, " IS NULL");
        break;
    case TEST_IS_NOT_NULL:
        calx__write_expression(to, left);
        calx__write(to, " IS NOT NULL");
        break;
    case TEST_COMPARE:
        write_compared(to, op, left, right);
        break;
    }
}

static void write_comparison(calx__writer *to, const calx_expression *condition)
{
    calx_expression left = left_of(condition);
    calx_expression right = right_of(condition);
    write_test(to, condition->op, &left, &right);
}

static void write_null_test(calx__writer *to, const calx_expression *condition)
{
    calx_expression left = left_of(condition);
    calx__write_expression(to, &left);
    calx__write(to, condition->op == CALX_OPERATOR_IS_NULL ? " IS NULL" : " IS NOT NULL");
}

static bool is_plain(const calx_expression *operand)
{
    return operand->op != CALX_OPERATOR_VALUE ||
           (operand->value.kind != CALX_KIND_NULL && place_of(&operand->value) == INSIDE);
}

static void write_between(calx__writer *to, const calx_expression *condition)
{
    const calx_expression *ends = condition->list;
    if (is_plain(&ends[0]) && is_plain(&ends[1])) {
        calx__write_ordered(to, condition->left);
        calx__write(to, " BETWEEN ");
        calx__write_other_side(to, &ends[0], condition->left);
        calx__write(to, " AND ");
        calx__write_other_side(to, &ends[1], condition->left);
        return;
    }
    calx__write(to, "(");
    write_test(to, CALX_OPERATOR_GREATER_EQUAL, condition->left, &ends[0]);
    calx__write(to, " AND ");
    write_test(to, CALX_OPERATOR_LESS_EQUAL, condition->left, &ends[1]);
    calx__write(to, ")");
}

/* ---- IN ---- */

static bool is_among_stored(const calx_value *value)
{
    return value->kind != CALX_KIND_NULL && place_of(value) == INSIDE;
}

/* Lists are filled up with their last value to 1, 2, 4, 8 … of them: so there are few texts. */
static size_t filled_up(size_t count)
{
    size_t room = 1;
    while (room < count)
        room *= 2;
    return room <= CALX_BINDS_MAX / 2 ? room : count;
}

static void write_in(calx__writer *to, const calx_expression *condition)
{
    size_t count = 0;
    const calx_value *last = NULL;
    for (size_t i = 0; i < condition->count; i++)
        count += is_among_stored(&condition->values[i]);
    if (count == 0) {
        calx__write(to, "0 = 1");
        return;
    }
    calx__write_equated(to, condition->left);
    calx__write(to, " IN (");
    for (size_t i = 0; i < condition->count && to->code == 0; i++) {
        const calx_value *value = &condition->values[i];
        if (!is_among_stored(value))
            continue;
        calx__write(to, last ? ", " : "");
        calx__write_bind(to, *value, value->kind);
        last = value;
    }
    for (size_t i = count; i < filled_up(count) && to->code == 0; i++) {
        calx__write(to, ", ");
        calx__write_bind(to, *last, last->kind);
    }
    calx__write(to, ")");
}

static void write_in_query(calx__writer *to, const calx_expression *condition)
{
    const calx__statement *statement = calx__query_statement(condition->query);
    bool limited = statement->limit >= 0 || statement->offset > 0; /* MariaDB 10.11 refuses that */
    calx__write_equated(to, condition->left);
    calx__write(to, limited ? " IN (SELECT * FROM (" : " IN (");
    calx__write_subquery(to, statement);
    calx__write(to, limited ? ") AS limited)" : ")");
}

static void write_exists(calx__writer *to, const calx_expression *condition)
{
    calx__write(to, "EXISTS (");
    calx__write_subquery(to, calx__query_statement(condition->query));
    calx__write(to, ")");
}

/* ---- LIKE ---- */

static void write_like(calx__writer *to, const calx_expression *condition)
{
    calx_value pattern = condition->right->value;
    if (pattern.kind == CALX_KIND_NULL) {
        calx__write(to, "NULL");
        return;
    }
    if (place_of(&pattern) != INSIDE) {
        write_known(to, condition->left, false);
        return;
    }
    if (to->text == NULL && calx__pattern_translate(condition->detail, to->dialect->like_is_glob,
                                                    &pattern.as.text, to->arena) < 0)
        calx__write_fails(to, CALX_ERROR_NO_MEMORY, "out of memory");
    bool like = condition->op == CALX_OPERATOR_LIKE;
    calx_expression operands[] = {*condition->left, {.op = CALX_OPERATOR_VALUE, .value = pattern}};
    calx_expression function = {.op = CALX_OPERATOR_FUNCTION,
                                .detail = like ? CALX_FUNCTION_LIKE : CALX_FUNCTION_LIKE_ANY_CASE,
                                .list = operands,
                                .count = 2};
    calx__write_expression(to, &function);
}

/* ---- AND, OR, NOT ---- */

/* NOT takes whatever follows in brackets. */
static bool in_brackets(const calx_expression *condition, calx_operator within)
{
    bool both = condition->op == CALX_OPERATOR_AND || condition->op == CALX_OPERATOR_OR;
    return within == CALX_OPERATOR_NOT ||
           (within != CALX_OPERATOR_NONE && both && condition->op != within);
}

void calx__write_condition_within(calx__writer *to, const calx_expression *condition,
                                  calx_operator within)
{
    bool brackets = in_brackets(condition, within);
    if (brackets && to->brackets == 0) {
        calx__write_fails(to, CALX_ERROR_LIMIT, "condition is nested deeper than %d levels",
                          CALX_BRACKETS_MAX);
        return;
    }
    if (brackets) {
        to->brackets--;
        calx__write(to, "(");
    }
    calx__write_condition(to, condition);
    if (brackets) {
        to->brackets++;
        calx__write(to, ")");
    }
}

static void write_one(calx__writer *to, const calx_expression *condition)
{
    switch (condition->op) {
    case CALX_OPERATOR_NONE:
        calx__write(to, "1 = 1");
        break;
    case CALX_OPERATOR_AND:
    case CALX_OPERATOR_OR:
        calx__write_condition_within(to, condition->left, condition->op);
        calx__write(to, operators[condition->op]);
        calx__write_condition_within(to, condition->right, condition->op);
        break;
    case CALX_OPERATOR_NOT:
        calx__write(to, "NOT ");
        calx__write_condition_within(to, condition->left, condition->op);
        break;
    case CALX_OPERATOR_IS_NULL:
    case CALX_OPERATOR_IS_NOT_NULL:
        write_null_test(to, condition);
        break;
    case CALX_OPERATOR_IN:
        write_in(to, condition);
        break;
    case CALX_OPERATOR_IN_QUERY:
        write_in_query(to, condition);
        break;
    case CALX_OPERATOR_BETWEEN:
        write_between(to, condition);
        break;
    case CALX_OPERATOR_LIKE:
    case CALX_OPERATOR_LIKE_ANY_CASE:
        write_like(to, condition);
        break;
    case CALX_OPERATOR_EXISTS:
        write_exists(to, condition);
        break;
    default:
        write_comparison(to, condition);
    }
}

void calx__write_condition(calx__writer *to, const calx_expression *condition)
{
    if (to->depth == 0) {
        calx__write_fails(to, CALX_ERROR_LIMIT, "condition is nested deeper than %d levels",
                          CALX_EXPRESSION_DEPTH_MAX);
        return;
    }
    to->depth--;
    write_one(to, condition);
    to->depth++;
}
