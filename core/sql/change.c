/* change.c: INSERT, UPDATE, DELETE. */
#include "core/schema/type.h"
#include "core/sql/writer.h"

#include <assert.h>

static bool has_bit(uint64_t bits, size_t i)
{
    return bits >> i & 1;
}

/* The columns of the bits as a list. */
static void write_columns(calx__writer *to, const calx_model *model, uint64_t columns)
{
    const char *separator = "";
    for (size_t i = 0; i < model->column_count; i++) {
        if (has_bit(columns, i)) {
            calx__write(to, separator);
            calx__write_name(to, calx_column_name(&model->columns[i]));
            separator = ", ";
        }
    }
}

/* One row of VALUES. */
static void write_row(calx__writer *to, const calx__statement *statement, const calx_value *values)
{
    const calx_model *model = statement->model;
    const char *separator = "(";
    for (size_t i = 0; i < model->column_count; i++) {
        if (has_bit(statement->columns, i)) {
            calx__write(to, separator);
            calx__write_bind(to, *values++, calx__column_kind(&model->columns[i]));
            separator = ", ";
        }
    }
    calx__write(to, ")");
}

/* ---- INSERT ---- */

static void write_assignments(calx__writer *to, const calx__clauses *clauses);

/* What becomes of a row that is there already. Its columns are named with their table: the new
 * row's have the same names. */
static void write_conflict(calx__writer *to, const calx__statement *statement)
{
    const calx__scope *before = to->scope;
    calx__scope scope = {.statement = statement, .qualified = true};
    assert(to->dialect->on_conflict != NULL);
    calx__write(to, to->dialect->on_conflict);
    write_columns(to, statement->model, statement->clauses->conflict);
    calx__write(to, ") DO UPDATE");
    to->scope = &scope;
    write_assignments(to, statement->clauses);
    to->scope = before;
}

bool calx__insert_returns_keys(const calx__dialect *dialect, const calx__statement *statement)
{
    const calx__clauses *clauses = statement->clauses;
    if (!statement->generates_key)
        return false;
    bool several = clauses != NULL && clauses->records != NULL;
    return dialect->insert_returning || (several && dialect->records_returning);
}

void calx__write_insert(calx__writer *to, const calx__statement *statement)
{
    const calx__clauses *clauses = statement->clauses;
    size_t records = clauses && clauses->records ? clauses->record_count : 1;
    const calx_value *values = clauses && clauses->records ? clauses->records : statement->values;
    calx__write(to, "INSERT INTO ");
    calx__write_name(to, statement->model->table);
    if (statement->columns == 0) {
        calx__write(to, " ");
        calx__write(to, to->dialect->insert_default);
    } else {
        calx__write(to, " (");
        write_columns(to, statement->model, statement->columns);
        calx__write(to, ") VALUES ");
        for (size_t i = 0; i < records && to->code == 0; i++) {
            calx__write(to, i == 0 ? "" : ", ");
            write_row(to, statement, values + i * (size_t)__builtin_popcountll(statement->columns));
        }
    }
    if (clauses != NULL && clauses->conflict != 0)
        write_conflict(to, statement);
    if (calx__insert_returns_keys(to->dialect, statement)) {
        calx__write(to, " RETURNING ");
        calx__write_name(to, calx_column_name(calx_model_primary_key(statement->model)));
    }
}

/* ---- UPDATE ---- */

static bool reads(const calx_expression *expression, const calx_column *column);

static bool subquery_reads(const calx__statement *statement, const calx_column *column)
{
    const calx__clauses *clauses = calx__clauses_of(statement);
    bool found = reads(statement->where, column) || reads(clauses->having, column);
    for (size_t i = 0; clauses->fields != NULL && i < clauses->field_count; i++)
        found = found || reads(clauses->fields[i].expression, column);
    return found;
}

/* Does the expression read the column? */
static bool reads(const calx_expression *expression, const calx_column *column)
{
    if (expression == NULL)
        return false;
    if (expression->column == column || reads(expression->left, column) ||
        reads(expression->right, column))
        return true;
    if (expression->query != NULL &&
        subquery_reads(calx__query_statement(expression->query), column))
        return true;
    for (size_t i = 0; expression->list != NULL && i < expression->count; i++)
        if (reads(&expression->list[i], column))
            return true;
    return false;
}

/* Where assignments are done one after the other, one whose column is still to be read waits. */
static bool waits(const calx__writer *to, const calx__clauses *clauses, uint64_t done, size_t index)
{
    const calx_column *column = clauses->assignments[index].column;
    for (size_t i = 0; to->dialect->assigns_in_turn && i < clauses->assignment_count; i++)
        if (i != index && !has_bit(done, i) && reads(clauses->assignments[i].expression, column))
            return true;
    return false;
}

/* What is calculated gets the digits of its column; values have them already. */
static void write_assigned(calx__writer *to, const calx__assignment *assignment)
{
    const char *fit = to->dialect->decimal_fit;
    calx_column column = calx__column_stored(assignment->column);
    if (fit == NULL || column.type->id != CALX_TYPE_NUMERIC ||
        assignment->expression->op == CALX_OPERATOR_VALUE) {
        calx__write_expression(to, assignment->expression);
        return;
    }
    calx__write(to, fit);
    calx__write_expression(to, assignment->expression);
    calx__write(to, ", ");
    calx__write_number(to, column.precision);
    calx__write(to, ", ");
    calx__write_number(to, column.scale);
    calx__write(to, ")");
}

static void write_assignments(calx__writer *to, const calx__clauses *clauses)
{
    uint64_t done = 0;
    for (size_t written = 0; written < clauses->assignment_count; written++) {
        size_t next = 0;
        while (next < clauses->assignment_count &&
               (has_bit(done, next) || waits(to, clauses, done, next)))
            next++;
        if (next == clauses->assignment_count) {
            calx__write_fails(to, CALX_ERROR_UNSUPPORTED,
                              "%s assigns one after the other: columns cannot take each other's "
                              "values",
                              to->dialect->name);
            return;
        }
        done |= UINT64_C(1) << next;
        calx__write(to, written == 0 ? " SET " : ", ");
        calx__write_name(to, calx_column_name(clauses->assignments[next].column));
        calx__write(to, " = ");
        write_assigned(to, &clauses->assignments[next]);
    }
}

void calx__write_update(calx__writer *to, const calx__statement *statement)
{
    const calx_model *model = statement->model;
    calx__write(to, "UPDATE ");
    calx__write_name(to, model->table);
    const char *separator = " SET ";
    const calx_value *values = statement->values;
    if (statement->clauses != NULL)
        write_assignments(to, statement->clauses);
    for (size_t i = 0; i < model->column_count; i++) {
        if (has_bit(statement->columns, i)) {
            calx__write(to, separator);
            calx__write_name(to, calx_column_name(&model->columns[i]));
            calx__write(to, " = ");
            calx__write_bind(to, *values++, calx__column_kind(&model->columns[i]));
            separator = ", ";
        }
    }
    calx__write_where(to, statement);
}

void calx__write_delete(calx__writer *to, const calx__statement *statement)
{
    calx__write(to, "DELETE FROM ");
    calx__write_name(to, statement->model->table);
    calx__write_where(to, statement);
}
