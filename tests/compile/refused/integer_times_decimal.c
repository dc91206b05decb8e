/* gcc: the_value_does_not_have_the_type_of_the_column */
/* clang: the_value_does_not_have_the_type_of_the_column */
#include <calx/calx.h>

#define LINE(COLUMN, Model)                                                                        \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, INTEGER, quantity)                                                               \
    COLUMN(Model, NUMERIC(10, 2), price)

CALX_MODEL_DECLARE(Line, LINE)

void program(Line_query *lines);

void program(Line_query *lines)
{
    calx_order_by(lines, MULTIPLY(Line_.quantity, Line_.price));
}
