/* function.c: functions and windows as SQL text. */
#include "core/schema/type.h"
#include "core/sql/writer.h"

#include <calx/decimal.h>
#include <string.h>

#define GIVES_FIRST (-1)
#define GIVES_TEXT CALX_KIND_TEXT
#define GIVES_INTEGER CALX_KIND_INTEGER
#define GIVES_DOUBLE CALX_KIND_DOUBLE
#define GIVES_BOOLEAN CALX_KIND_BOOLEAN

static const struct {
    const char *sql;
    int gives;
} functions[] = {
#define FUNCTION(name, text, kind) [CALX_FUNCTION_##name] = {text, GIVES_##kind},
    CALX_FUNCTIONS(FUNCTION)
#undef FUNCTION
};

bool calx__function_gives_first(const calx_expression *function)
{
    return functions[function->detail].gives == GIVES_FIRST;
}

calx_kind calx__function_kind(const calx_expression *function)
{
    int gives = functions[function->detail].gives;
    return gives == GIVES_FIRST ? calx__expression_kind(&function->list[0]) : (calx_kind)gives;
}

/* ---- Decimals: what every database can calculate exactly ---- */

#define DECIMAL_DIGITS_MAX 65u
#define DECIMAL_FRACTION_MAX 30u
#define INTEGER_DIGITS 19u

typedef struct digits {
    unsigned whole;
    unsigned fraction;
} digits;

static digits larger(digits a, digits b)
{
    return (digits){a.whole > b.whole ? a.whole : b.whole,
                    a.fraction > b.fraction ? a.fraction : b.fraction};
}

static digits digits_of_value(const calx_value *value)
{
    calx_decimal_parts parts;
    if (value->kind != CALX_KIND_DECIMAL || !calx_decimal_split(value->as.text, &parts))
        return (digits){.whole = INTEGER_DIGITS};
    return (digits){(unsigned)parts.whole_length, (unsigned)parts.fraction_length};
}

/* The most digits that a decimal of this expression can have. */
static digits digits_of(const calx_expression *expression)
{
    calx_column column;
    digits most = {0};
    if (calx__expression_kind(expression) == CALX_KIND_INTEGER)
        return (digits){.whole = INTEGER_DIGITS};
    switch (expression->op) {
    case CALX_OPERATOR_COLUMN:
        column = calx__column_stored(expression->column);
        return (digits){column.precision - column.scale, column.scale};
    case CALX_OPERATOR_VALUE:
        return digits_of_value(&expression->value);
    case CALX_OPERATOR_QUERY:
        return digits_of(calx__query_statement(expression->query)->clauses->fields[0].expression);
    case CALX_OPERATOR_WITHIN:
    case CALX_OPERATOR_OVER:
        return digits_of(expression->left);
    default:
        break;
    }
    for (size_t i = 0; i < expression->count; i++)
        most = larger(most, digits_of(&expression->list[i]));
    if (expression->op != CALX_OPERATOR_FUNCTION)
        return most;
    if (expression->detail == CALX_FUNCTION_MULTIPLY) {
        digits a = digits_of(&expression->list[0]);
        digits b = digits_of(&expression->list[1]);
        return (digits){a.whole + b.whole, a.fraction + b.fraction};
    }
    if (expression->detail == CALX_FUNCTION_SUM || expression->detail == CALX_FUNCTION_SUM_DISTINCT)
        most.whole += INTEGER_DIGITS;
    most.whole +=
        expression->detail == CALX_FUNCTION_ADD || expression->detail == CALX_FUNCTION_SUBTRACT;
    return most;
}

static void check_digits(calx__writer *to, const calx_expression *function)
{
    digits most = digits_of(function);
    if (most.fraction > DECIMAL_FRACTION_MAX || most.whole + most.fraction > DECIMAL_DIGITS_MAX)
        calx__write_fails(to, CALX_ERROR_UNSUPPORTED,
                          "a decimal of %u digits, %u of them behind the point: %u and %u are "
                          "what every database calculates exactly",
                          most.whole + most.fraction, most.fraction, DECIMAL_DIGITS_MAX,
                          DECIMAL_FRACTION_MAX);
}

/* ---- Which function ---- */

/* Functions that another one stands for when their values are integers, or decimals. */
static const struct {
    calx_function integers;
    calx_function decimals;
} others[CALX_FUNCTION_COUNT_OF] = {
    [CALX_FUNCTION_ADD] = {.decimals = CALX_FUNCTION_ADD_DECIMALS},
    [CALX_FUNCTION_SUBTRACT] = {.decimals = CALX_FUNCTION_SUBTRACT_DECIMALS},
    [CALX_FUNCTION_MULTIPLY] = {.decimals = CALX_FUNCTION_MULTIPLY_DECIMALS},
    [CALX_FUNCTION_NEGATE] = {.decimals = CALX_FUNCTION_NEGATE_DECIMALS},
    [CALX_FUNCTION_ABSOLUTE] = {.decimals = CALX_FUNCTION_ABSOLUTE_DECIMALS},
    [CALX_FUNCTION_DIVIDE] = {.integers = CALX_FUNCTION_DIVIDE_INTEGERS},
    [CALX_FUNCTION_SUM] = {.integers = CALX_FUNCTION_SUM_INTEGERS},
    [CALX_FUNCTION_SUM_DISTINCT] = {.integers = CALX_FUNCTION_SUM_DISTINCT_INTEGERS},
    [CALX_FUNCTION_AVERAGE] = {.decimals = CALX_FUNCTION_AVERAGE_DECIMALS},
    [CALX_FUNCTION_AVERAGE_DISTINCT] = {.decimals = CALX_FUNCTION_AVERAGE_DISTINCT_DECIMALS},
};

static calx_function function_of(const calx_expression *function)
{
    calx_function name = (calx_function)function->detail;
    calx_kind kind =
        function->count > 0 ? calx__expression_kind(&function->list[0]) : CALX_KIND_NULL;
    if (kind == CALX_KIND_INTEGER && others[name].integers != 0)
        return others[name].integers;
    if (kind == CALX_KIND_DECIMAL && others[name].decimals != 0)
        return others[name].decimals;
    return name;
}

/* Of numbers: not of what a type of the application's own is stored as. */
static bool is_of_numbers(calx_function name)
{
    return name < CALX_FUNCTION_CONCATENATE || name == CALX_FUNCTION_ABSOLUTE ||
           name == CALX_FUNCTION_ABSOLUTE_DECIMALS ||
           (name >= CALX_FUNCTION_SUM && name <= CALX_FUNCTION_AVERAGE_DISTINCT_DECIMALS);
}

/* Which characters are before the first one, each database sees in its own way. */
static void check_substring(calx__writer *to, const calx_expression *function)
{
    int64_t first = function->list[1].value.as.integer;
    int64_t characters = function->list[2].value.as.integer;
    if (first < 1 || characters < 0)
        calx__write_fails(to, CALX_ERROR_UNSUPPORTED,
                          "SUBSTRING of %lld characters from %lld on: the first one is 1",
                          (long long)characters, (long long)first);
}

static void check_function(calx__writer *to, const calx_expression *function, calx_function name)
{
    if (name == CALX_FUNCTION_SUBSTRING)
        check_substring(to, function);
    if (!is_of_numbers(name))
        return;
    calx_kind kind = calx__expression_kind(&function->list[0]);
    if (kind != CALX_KIND_INTEGER && kind != CALX_KIND_DOUBLE && kind != CALX_KIND_DECIMAL &&
        kind != CALX_KIND_NULL)
        calx__write_fails(to, CALX_ERROR_UNSUPPORTED, "arithmetic of values that are stored as %s",
                          calx_kind_name(kind));
    else if (kind == CALX_KIND_DOUBLE && name == CALX_FUNCTION_MODULO)
        calx__write_fails(to, CALX_ERROR_UNSUPPORTED,
                          "the rest of doubles: not every database calculates it");
    else if (kind == CALX_KIND_DECIMAL &&
             (name == CALX_FUNCTION_DIVIDE || name == CALX_FUNCTION_MODULO))
        calx__write_fails(to, CALX_ERROR_UNSUPPORTED,
                          "division of decimals: each database rounds it in its own way");
    else if (kind == CALX_KIND_DECIMAL && name < CALX_FUNCTION_CONCATENATE)
        check_digits(to, function);
}

/* ---- Text ---- */

static bool is_open(const calx_expression *expression)
{
    return expression->op == CALX_OPERATOR_FUNCTION &&
           expression->detail <= CALX_FUNCTION_CONCATENATE;
}

/* Where a database calculates in the column's own type, a small one is made 64 bits wide. */
static bool is_widened(const calx__writer *to, calx_function function,
                       const calx_expression *operand)
{
    return to->dialect->wide_integer != NULL && function <= CALX_FUNCTION_ABSOLUTE &&
           operand->op == CALX_OPERATOR_COLUMN &&
           calx__column_kind(operand->column) == CALX_KIND_INTEGER &&
           operand->column->type->id != CALX_TYPE_BIG_INTEGER;
}

static bool is_of_distinct(calx_function function)
{
    return function == CALX_FUNCTION_COUNT_DISTINCT || function == CALX_FUNCTION_SUM_DISTINCT ||
           function == CALX_FUNCTION_SUM_DISTINCT_INTEGERS ||
           function == CALX_FUNCTION_AVERAGE_DISTINCT ||
           function == CALX_FUNCTION_AVERAGE_DISTINCT_DECIMALS;
}

/* Does it look at which operands are equal? */
static bool equates(calx_function function)
{
    return is_of_distinct(function) || function == CALX_FUNCTION_NULL_IF;
}

static bool orders(calx_function function)
{
    return function == CALX_FUNCTION_MINIMUM || function == CALX_FUNCTION_MAXIMUM;
}

static void write_operand(calx__writer *to, calx_function function, const calx_expression *operand)
{
    if (is_widened(to, function, operand)) {
        calx__write(to, "CAST(");
        calx__write_expression(to, operand);
        calx__write(to, to->dialect->wide_integer);
    } else if (is_open(operand) && function <= CALX_FUNCTION_CONCATENATE) {
        calx__write(to, "(");
        calx__write_expression(to, operand);
        calx__write(to, ")");
    } else if (equates(function)) {
        calx__write_equated(to, operand);
    } else if (orders(function)) {
        calx__write_ordered(to, operand);
    } else {
        calx__write_expression(to, operand);
    }
}

static void write_list(calx__writer *to, const char *before, const calx_expression *list,
                       size_t count, bool sorted)
{
    for (size_t i = 0; i < count; i++) {
        bool descending = list[i].op == CALX_OPERATOR_DESCENDING;
        calx__write(to, i == 0 ? before : ", ");
        if (sorted)
            calx__write_sorted(to, descending ? list[i].left : &list[i], descending);
        else
            calx__write_equated(to, &list[i]);
    }
}

static void write_window(calx__writer *to, const calx_expression *over)
{
    const calx_expression *order = over->right;
    calx__write(to, " OVER (");
    write_list(to, "PARTITION BY ", over->list, over->count, false);
    write_list(to, over->count > 0 ? " ORDER BY " : "ORDER BY ", order->list, order->count, true);
    calx__write(to, ")");
}

static void write_piece(calx__writer *to, const char *piece, size_t length)
{
    if (to->text != NULL)
        calx_buffer_append(to->text, piece, length);
}

/* The text of the function, with operands in the place of {1}, {2}, {3}, and its window in that of
 * {0}, or at the end. */
void calx__write_function(calx__writer *to, const calx_expression *function,
                          const calx_expression *over)
{
    calx_function name = function_of(function);
    const char *text = to->dialect->functions[name];
    check_function(to, function, name);
    if (over == NULL && name >= CALX_FUNCTION_ROW_NUMBER && name <= CALX_FUNCTION_LEAD)
        calx__write_fails(to, CALX_ERROR_INVALID, "%s without OVER", functions[name].sql);
    if (text == NULL)
        text = functions[name].sql;
    calx__write_decision(to, (uintptr_t)text);
    bool has_place = strstr(text, "{0}") != NULL;
    for (const char *open; (open = strchr(text, '{')) != NULL; text = open + 3) {
        write_piece(to, text, (size_t)(open - text));
        if (open[1] != '0')
            write_operand(to, name, &function->list[open[1] - '1']);
        else if (over != NULL)
            write_window(to, over);
    }
    write_piece(to, text, strlen(text));
    if (over != NULL && !has_place)
        write_window(to, over);
}

void calx__write_over(calx__writer *to, const calx_expression *over)
{
    const calx_expression *function = over->left;
    calx_function name = (calx_function)function->detail;
    if (function->op != CALX_OPERATOR_FUNCTION || name < CALX_FUNCTION_COUNT ||
        name > CALX_FUNCTION_LEAD)
        calx__write_fails(to, CALX_ERROR_INVALID,
                          "OVER of what is neither an aggregate nor a function of windows");
    else if (is_of_distinct(name))
        calx__write_fails(to, CALX_ERROR_UNSUPPORTED, "an aggregate of DISTINCT values with OVER");
    else
        calx__write_function(to, function, over);
}
