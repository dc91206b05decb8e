/* order.c: expressions where it counts which one is larger, or equal: text by its code points,
 * decimals by their value, enumerations by the place of their labels, NULL before every value. */
#include "core/schema/type.h"
#include "core/sql/writer.h"

static const calx_enumeration *enumeration_of(const calx_expression *expression)
{
    switch (expression->op) {
    case CALX_OPERATOR_COLUMN:
        return calx__column_stored(expression->column).enumeration;
    case CALX_OPERATOR_FUNCTION:
        return calx__function_gives_first(expression) ? enumeration_of(&expression->list[0]) : NULL;
    case CALX_OPERATOR_CASE:
        return enumeration_of(&expression->list[0]);
    case CALX_OPERATOR_QUERY:
        return enumeration_of(
            calx__query_statement(expression->query)->clauses->fields[0].expression);
    case CALX_OPERATOR_WITHIN:
    case CALX_OPERATOR_OVER:
        return enumeration_of(expression->left);
    default:
        return NULL;
    }
}

bool calx__expression_is_enumerator(const calx_expression *expression)
{
    return enumeration_of(expression) != NULL;
}

static bool is_column(const calx_expression *expression)
{
    while (expression->op == CALX_OPERATOR_WITHIN)
        expression = expression->left;
    return expression->op == CALX_OPERATOR_COLUMN;
}

/* ---- Equality ---- */

void calx__check_comparable(calx__writer *to, const calx_column *column)
{
    if (calx__type_is_document(column->type) || column->type->id == CALX_TYPE_HSTORE)
        calx__write_fails(to, CALX_ERROR_UNSUPPORTED,
                          "column \"%s\" is a document: databases do not agree on which are equal",
                          calx_column_name(column));
}

/* Columns have this collation by themselves, those of rows too: their fields are written so. */
static void write_decimal_order(calx__writer *to, const calx_expression *expression)
{
    if (to->dialect->decimal_order != NULL && !is_column(expression) &&
        calx__expression_kind(expression) == CALX_KIND_DECIMAL)
        calx__write(to, to->dialect->decimal_order);
}

void calx__write_equated(calx__writer *to, const calx_expression *expression)
{
    if (expression->op == CALX_OPERATOR_COLUMN)
        calx__check_comparable(to, expression->column);
    calx__write_expression(to, expression);
    write_decimal_order(to, expression);
}

/* ---- Order ---- */

static void write_text_order(calx__writer *to, const calx_expression *expression)
{
    if (to->dialect->text_order != NULL && enumeration_of(expression) == NULL &&
        calx__expression_kind(expression) == CALX_KIND_TEXT)
        calx__write(to, to->dialect->text_order);
}

void calx__write_field(calx__writer *to, const calx_expression *expression, bool sorted)
{
    calx__write_expression(to, expression);
    write_decimal_order(to, expression);
    if (sorted)
        write_text_order(to, expression);
}

/* The place of a label in its enumeration, where the database knows only the text. */
static void write_place(calx__writer *to, const calx_expression *expression,
                        const calx_enumeration *enumeration)
{
    calx__write(to, "CASE ");
    calx__write_expression(to, expression);
    for (size_t i = 0; i < enumeration->count; i++) {
        calx__write(to, " WHEN ");
        calx__write_bind(to, calx_value_text(calx_text_of(enumeration->labels[i])), CALX_KIND_TEXT);
        calx__write(to, " THEN ");
        calx__write_number(to, (unsigned)i + 1);
    }
    calx__write(to, " END");
}

void calx__write_ordered(calx__writer *to, const calx_expression *expression)
{
    const calx_enumeration *enumeration = enumeration_of(expression);
    if (enumeration != NULL && !to->dialect->enum_is_named) {
        write_place(to, expression, enumeration);
        return;
    }
    if (calx__expression_kind(expression) == CALX_KIND_ARRAY)
        calx__write_fails(to, CALX_ERROR_UNSUPPORTED,
                          "an array is neither compared by order nor sorted");
    calx__write_equated(to, expression);
    write_text_order(to, expression);
}

void calx__write_other_side(calx__writer *to, const calx_expression *expression,
                            const calx_expression *ordered)
{
    const calx_enumeration *enumeration = enumeration_of(ordered);
    if (enumeration != NULL && !to->dialect->enum_is_named)
        write_place(to, expression, enumeration);
    else
        calx__write_expression(to, expression);
}

/* ---- ORDER BY ---- */

void calx__write_direction(calx__writer *to, const calx_expression *expression, bool descending)
{
    calx__write(to, descending ? " DESC" : "");
    if (to->dialect->nulls_sort_last && calx__expression_is_nullable(to, expression))
        calx__write(to, descending ? " NULLS LAST" : " NULLS FIRST");
}

void calx__write_sorted(calx__writer *to, const calx_expression *expression, bool descending)
{
    calx__write_ordered(to, expression);
    calx__write_direction(to, expression, descending);
}
