/* text.c: statements as SQL text, for every dialect. */
#include "core/sql/shape.h"

static const char *const operators[] = {
#define OPERATOR_TEXT(name, sql) [CALX_OPERATOR_##name] = " " sql " ",
    CALX_COMPARISONS(OPERATOR_TEXT)
#undef OPERATOR_TEXT
        [CALX_OPERATOR_AND] = " AND ",
    [CALX_OPERATOR_OR] = " OR ",
};

typedef struct writer {
    const calx__dialect *dialect;
    calx_buffer *out;
    unsigned binds;
} writer;

static void write(writer *to, const char *text)
{
    calx_buffer_append_string(to->out, text);
}

static void write_bind(writer *to)
{
    to->binds++;
    if (to->dialect->numbered_binds)
        calx_buffer_append_format(to->out, "$%u", to->binds);
    else
        write(to, "?");
}

static void write_column(writer *to, const calx_column *column)
{
    calx__dialect_identifier(to->dialect, calx_column_name(column), to->out);
}

static void write_table(writer *to, const calx__statement *statement)
{
    calx__dialect_identifier(to->dialect, statement->model->table, to->out);
}

/* A comparison whose answer is known, but where NULL is stored: NULL AND false is false, NULL AND
 * true is NULL. */
static void write_known(writer *to, const calx_column *column, const char *answer,
                        const char *answer_of_nullable)
{
    if (!column->nullable) {
        write(to, answer);
        return;
    }
    write(to, "(");
    write_column(to, column);
    write(to, answer_of_nullable);
    write(to, ")");
}

static void write_test(writer *to, const calx_expression *condition)
{
    switch (calx__test_of(condition)) {
    case CALX__TEST_ALWAYS:
        write(to, "1 = 1");
        break;
    case CALX__TEST_UNKNOWN:
        write(to, "NULL");
        break;
    case CALX__TEST_FALSE:
        write_known(to, condition->column, "0 = 1", " IS NULL AND NULL");
        break;
    case CALX__TEST_TRUE:
        write_known(to, condition->column, "1 = 1", " IS NOT NULL OR NULL");
        break;
    case CALX__TEST_IS_NULL:
        write_column(to, condition->column);
        write(to, " IS NULL");
        break;
    case CALX__TEST_IS_NOT_NULL:
        write_column(to, condition->column);
        write(to, " IS NOT NULL");
        break;
    case CALX__TEST_COMPARE:
        write_column(to, condition->column);
        write(to, operators[condition->op]);
        write_bind(to);
        break;
    }
}

static void write_condition(writer *to, const calx_expression *condition);

static void write_part(writer *to, const calx_expression *condition, calx_operator within)
{
    bool brackets = calx__in_brackets(condition, within);
    if (brackets)
        write(to, "(");
    write_condition(to, condition);
    if (brackets)
        write(to, ")");
}

static void write_condition(writer *to, const calx_expression *condition)
{
    if (condition->op == CALX_OPERATOR_NOT) {
        write(to, "NOT ");
        write_part(to, condition->left, condition->op);
    } else if (condition->left != NULL) {
        write_part(to, condition->left, condition->op);
        write(to, operators[condition->op]);
        write_part(to, condition->right, condition->op);
    } else {
        write_test(to, condition);
    }
}

static void write_where(writer *to, const calx__statement *statement)
{
    const char *separator = " WHERE ";
    for (size_t i = 0; i < statement->model->column_count; i++) {
        if (statement->matched >> i & 1) {
            write(to, separator);
            write_column(to, &statement->model->columns[i]);
            write(to, operators[CALX_OPERATOR_EQUAL]);
            write_bind(to);
            separator = operators[CALX_OPERATOR_AND];
        }
    }
    if (statement->where == NULL)
        return;
    write(to, separator);
    if (statement->matched != 0)
        write_part(to, statement->where, CALX_OPERATOR_AND);
    else
        write_condition(to, statement->where);
}

/* NULL sorts before every value, also where the database would put it last. */
static void write_order(writer *to, const calx__statement *statement)
{
    for (size_t i = 0; i < statement->order_count; i++) {
        const calx__order *order = &statement->order[i];
        write(to, i == 0 ? " ORDER BY " : ", ");
        write_column(to, order->column);
        if (order->descending)
            write(to, " DESC");
        if (to->dialect->nulls_sort_last && order->column->nullable)
            write(to, order->descending ? " NULLS LAST" : " NULLS FIRST");
    }
}

static void write_limit(writer *to, const calx__statement *statement)
{
    if (statement->limit >= 0) {
        write(to, " LIMIT ");
        write_bind(to);
    } else if (statement->offset > 0) {
        write(to, " LIMIT ");
        write(to, to->dialect->limit_all);
    }
    if (statement->offset > 0) {
        write(to, " OFFSET ");
        write_bind(to);
    }
}

static void write_from(writer *to, const calx__statement *statement)
{
    write(to, " FROM ");
    write_table(to, statement);
    write_where(to, statement);
}

static void write_select(writer *to, const calx__statement *statement)
{
    write(to, "SELECT ");
    for (size_t i = 0; i < statement->model->column_count; i++) {
        if (i > 0)
            write(to, ", ");
        write_column(to, &statement->model->columns[i]);
    }
    write_from(to, statement);
    write_order(to, statement);
    write_limit(to, statement);
}

static void write_count(writer *to, const calx__statement *statement)
{
    bool bounded = statement->limit >= 0 || statement->offset > 0;
    write(to, bounded ? "SELECT count(*) FROM (SELECT 1 AS one" : "SELECT count(*)");
    write_from(to, statement);
    if (bounded) {
        write_limit(to, statement);
        write(to, ") AS counted");
    }
}

static void write_insert(writer *to, const calx__statement *statement)
{
    const calx_model *model = statement->model;
    write(to, "INSERT INTO ");
    write_table(to, statement);
    const char *separator = " (";
    for (size_t i = 0; i < model->column_count; i++) {
        if (statement->columns >> i & 1) {
            write(to, separator);
            write_column(to, &model->columns[i]);
            separator = ", ";
        }
    }
    if (statement->columns == 0) {
        write(to, " ");
        write(to, to->dialect->insert_default);
    } else {
        separator = ") VALUES (";
        for (size_t i = 0; i < model->column_count; i++) {
            if (statement->columns >> i & 1) {
                write(to, separator);
                write_bind(to);
                separator = ", ";
            }
        }
        write(to, ")");
    }
    if (statement->generates_key && to->dialect->insert_returning) {
        write(to, " RETURNING ");
        write_column(to, calx_model_primary_key(model));
    }
}

static void write_update(writer *to, const calx__statement *statement)
{
    write(to, "UPDATE ");
    write_table(to, statement);
    const char *separator = " SET ";
    for (size_t i = 0; i < statement->model->column_count; i++) {
        if (statement->columns >> i & 1) {
            write(to, separator);
            write_column(to, &statement->model->columns[i]);
            write(to, " = ");
            write_bind(to);
            separator = ", ";
        }
    }
    write_where(to, statement);
}

static void write_delete(writer *to, const calx__statement *statement)
{
    write(to, "DELETE");
    write_from(to, statement);
}

void calx__statement_write(const calx__dialect *dialect, const calx__statement *statement,
                           calx_buffer *out)
{
    static void (*const writers[])(writer * to, const calx__statement *statement) = {
        [CALX__SELECT] = write_select, [CALX__COUNT] = write_count,   [CALX__INSERT] = write_insert,
        [CALX__UPDATE] = write_update, [CALX__DELETE] = write_delete,
    };
    writer to = {.dialect = dialect, .out = out};
    writers[statement->kind](&to, statement);
}
