/* Every option, constraint and part of a model. */
#include "models.h"

#define STAMPED(COLUMN, Model)                                                                     \
    COLUMN(Model, DATETIME, created, SERVER_DEFAULT("CURRENT_TIMESTAMP"))                          \
    COLUMN(Model, DATETIME_OR_NULL, changed, ON_INSERT(now), ON_UPDATE(now))

#define ORDER(COLUMN, Model)                                                                       \
    COLUMN(Model, INTEGER, id, PRIMARY_KEY)                                                        \
    COLUMN(Model, INTEGER_OR_NULL, last_line)                                                      \
    COLUMN(Model, STRING, customer, FOREIGN_KEY(Person, nick), LENGTH(20), INDEX)                  \
    STAMPED(COLUMN, Model)
#define ORDER_TABLE(CONSTRAINT, Model)                                                             \
    CONSTRAINT(Model, FOREIGN_KEY_OF(OrderLine, (id, last_line), (order_id, line),                 \
                                     ON_DELETE(SET_NULL), ON_UPDATE(CASCADE)))

#define ORDER_LINE(COLUMN, Model)                                                                  \
    COLUMN(Model, INTEGER, order_id, PRIMARY_KEY, FOREIGN_KEY(Order, id, ON_DELETE(CASCADE)))      \
    COLUMN(Model, INTEGER, line, PRIMARY_KEY)                                                      \
    COLUMN(Model, STRING_OR_NULL, article, JSON, LENGTH(40), INDEX, UNIQUE, DEFAULT("none"),       \
           SERVER_DEFAULT("'none'"), NAME("article_name"), VALIDATE(is_short), ON_INSERT(now),     \
           ON_UPDATE(now))                                                                         \
    COLUMN(Model, INTEGER_OR_NULL, quantity, DEFAULT(1))                                           \
    COLUMN(Model, BOOLEAN, open, DEFAULT(true))                                                    \
    COLUMN(Model, LARGE_BINARY, bytes, DEFAULT("\x01\x02"))                                        \
    COLUMN(Model, BIG_INTEGER, version, VERSION)                                                   \
    STAMPED(COLUMN, Model)
#define ORDER_LINE_TABLE(CONSTRAINT, Model)                                                        \
    CONSTRAINT(Model, UNIQUE(order_id, article))                                                   \
    CONSTRAINT(Model, INDEX(article, line, open))                                                  \
    CONSTRAINT(Model, CHECK(quantity, "quantity > 0"))                                             \
    CONSTRAINT(Model, INDEX_WHERE(open_ones, "open", order_id))                                    \
    CONSTRAINT(Model, UNIQUE_WHERE(first, "line = 1", order_id))                                   \
    CONSTRAINT(Model, INDEX_ON(lower, "lower(article)"))                                           \
    CONSTRAINT(Model, UNIQUE_ON(lower_once, "lower(article), line"))

CALX_MODEL_DECLARE(Order, ORDER)
CALX_MODEL_DECLARE(OrderLine, ORDER_LINE)

static void now(const calx_column *column, void *member)
{
    (void)column, (void)member;
}

static int is_short(const calx_column *column, const void *member, calx_error *err)
{
    const calx_text *text = member;
    (void)column;
    return text->length < 5 ? 0 : calx_error_set(err, CALX_ERROR_INVALID, "too long");
}

static int line_is_open(const OrderLine *line, calx_error *err)
{
    return line->open ? 0 : calx_error_set(err, CALX_ERROR_INVALID, "line is not open");
}

CALX_MODEL_DEFINE(Order, "orders", ORDER, TABLE(ORDER_TABLE))
CALX_MODEL_DEFINE(OrderLine, "order_lines", ORDER_LINE, TABLE(ORDER_LINE_TABLE),
                  VALIDATE(line_is_open))
