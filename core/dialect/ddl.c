/* ddl.c: tables, constraints and indexes as statements, for every dialect alike. */
#include "core/dialect/ddl.h"

#include <string.h>
#include <strings.h>

#include "core/schema/model.h"
#include "core/schema/type.h"

static void end_statement(calx_buffer *out)
{
    calx_buffer_append(out, "", 1);
}

/* "(a, b)", each as one dialect quotes it. */
static void column_list(const calx__dialect *dialect, const calx_model *model,
                        const uint8_t *columns, size_t count, calx_buffer *out)
{
    calx_buffer_append_string(out, "(");
    for (size_t i = 0; i < count; i++) {
        calx_buffer_append_string(out, i == 0 ? "" : ", ");
        calx__dialect_identifier(dialect, calx_column_name(&model->columns[columns[i]]), out);
    }
    calx_buffer_append_string(out, ")");
}

/* ---- Columns ---- */

/* In brackets: all databases take any expression there, and none takes all of them without. */
static void server_default(const calx__dialect *dialect, const calx_column *column,
                           calx_buffer *out)
{
    const char *sql = column->server_default;
    if (strcasecmp(sql, "CURRENT_TIMESTAMP") == 0)
        sql = column->timezone ? dialect->current_timestamp_with_zone : dialect->current_timestamp;
    calx_buffer_append_format(out, " DEFAULT (%s)", sql);
}

static void column_definition(const calx__dialect *dialect, const calx_model *model,
                              const calx_column *column, calx_buffer *out)
{
    calx_buffer_append_string(out, "\n\t");
    calx__dialect_identifier(dialect, calx_column_name(column), out);
    calx_buffer_append(out, " ", 1);
    if (column == calx_model_generated_key(model)) {
        bool big = column->type->id == CALX_TYPE_BIG_INTEGER;
        calx_buffer_append_string(out, big ? dialect->generated_big_integer
                                           : dialect->generated_integer);
        return;
    }
    calx__dialect_type(dialect, column, out);
    if (column->server_default != NULL)
        server_default(dialect, column, out);
    if (!column->nullable)
        calx_buffer_append_string(out, " NOT NULL");
}

/* ---- Constraints ---- */

static void unique(const calx__dialect *dialect, const calx_model *model, const uint8_t *columns,
                   size_t count, calx_buffer *out)
{
    char name[CALX_NAME_MAX + 1];
    calx__name_write(model, "uq", NULL, columns, count, NULL, name);
    calx_buffer_append_string(out, ", \n\tCONSTRAINT ");
    calx__dialect_identifier(dialect, name, out);
    calx_buffer_append_string(out, " UNIQUE ");
    column_list(dialect, model, columns, count, out);
}

static void check(const calx__dialect *dialect, const calx_model *model,
                  const calx_constraint *constraint, calx_buffer *out)
{
    char name[CALX_NAME_MAX + 1];
    calx__constraint_name(model, constraint, name);
    calx_buffer_append_string(out, ", \n\tCONSTRAINT ");
    calx__dialect_identifier(dialect, name, out);
    calx_buffer_append_format(out, " CHECK (%s)", constraint->sql);
}

static void actions(const calx_foreign_key *key, calx_buffer *out)
{
    static const char *const words[] = {
        [CALX_ACTION_NO_ACTION] = "NO ACTION",
        [CALX_ACTION_RESTRICT] = "RESTRICT",
        [CALX_ACTION_CASCADE] = "CASCADE",
        [CALX_ACTION_SET_NULL] = "SET NULL",
    };
    if (key->on_delete != CALX_ACTION_NONE)
        calx_buffer_append_format(out, " ON DELETE %s", words[key->on_delete]);
    if (key->on_update != CALX_ACTION_NONE)
        calx_buffer_append_format(out, " ON UPDATE %s", words[key->on_update]);
}

/* condition: what the dialect says when the constraint may be there already; or "". */
static void foreign_key(const calx__dialect *dialect, const calx_model *model,
                        const calx_foreign_key *key, const char *condition, calx_buffer *out)
{
    calx_buffer_append_string(out, "CONSTRAINT ");
    calx__dialect_identifier(dialect, key->name, out);
    calx_buffer_append_format(out, " FOREIGN KEY%s", condition);
    column_list(dialect, model, key->columns, key->column_count, out);
    calx_buffer_append_string(out, " REFERENCES ");
    calx__dialect_identifier(dialect, key->model->table, out);
    calx_buffer_append_string(out, " ");
    column_list(dialect, key->model, key->referenced, key->column_count, out);
    actions(key, out);
}

bool calx__ddl_is_added_later(const calx__dialect *dialect, const calx_model *model,
                              const calx_foreign_key *key)
{
    return !dialect->refers_ahead && calx_foreign_key_is_deferred(model, key);
}

static void constraints(const calx__dialect *dialect, const calx_model *model, calx_buffer *out)
{
    size_t count;
    const uint8_t *key = calx_model_key(model, &count);
    calx_buffer_append_string(out, "\n\tPRIMARY KEY ");
    column_list(dialect, model, key, count, out);
    for (size_t i = 0; i < model->column_count; i++)
        if (model->columns[i].unique)
            unique(dialect, model, (uint8_t[]){(uint8_t)i}, 1, out);
    for (size_t i = 0; i < model->constraint_count; i++) {
        const calx_constraint *constraint = &model->constraints[i];
        if (constraint->kind == CALX_CONSTRAINT_UNIQUE)
            unique(dialect, model, constraint->columns, constraint->column_count, out);
        else if (constraint->kind == CALX_CONSTRAINT_CHECK)
            check(dialect, model, constraint, out);
    }
    const calx_foreign_key *keys = calx_model_foreign_keys(model, &count);
    for (size_t i = 0; i < count; i++) {
        if (calx__ddl_is_added_later(dialect, model, &keys[i]))
            continue;
        calx_buffer_append_string(out, ", \n\t");
        foreign_key(dialect, model, &keys[i], "", out);
    }
}

/* ---- Indexes ---- */

/* The index of a column's option, in the form of an entry of the table's list. */
static calx_constraint index_of_column(size_t column)
{
    return (calx_constraint){
        .kind = CALX_CONSTRAINT_INDEX, .columns = {(uint8_t)column}, .column_count = 1};
}

static void create_index(const calx__dialect *dialect, const calx_model *model,
                         const calx_constraint *index, calx_buffer *out)
{
    char name[CALX_NAME_MAX + 1];
    calx__constraint_name(model, index, name);
    calx_buffer_append_string(out, index->unique ? "CREATE UNIQUE INDEX " : "CREATE INDEX ");
    calx__dialect_identifier(dialect, name, out);
    calx_buffer_append_string(out, " ON ");
    calx__dialect_identifier(dialect, model->table, out);
    calx_buffer_append_string(out, " ");
    if (index->sql != NULL)
        calx_buffer_append_format(out, "(%s)", index->sql);
    else
        column_list(dialect, model, index->columns, index->column_count, out);
    if (index->where != NULL)
        calx_buffer_append_format(out, " WHERE %s", index->where);
    end_statement(out);
}

/*
 * A database without partial indexes gets a hidden column for each one of the index, NULL in the
 * rows that are left out: NULL is unlike every other, so these rows are never in each other's way.
 */
static void hidden_column_name(const calx_model *model, const calx_constraint *index, size_t column,
                               char out[static CALX_NAME_MAX + 1])
{
    calx__name_write(model, index->unique ? "uq" : "ix", index->name, NULL, 0,
                     calx_column_name(&model->columns[index->columns[column]]), out);
}

static void hidden_columns(const calx__dialect *dialect, const calx_model *model,
                           const calx_constraint *index, calx_buffer *out)
{
    char name[CALX_NAME_MAX + 1];
    for (size_t i = 0; i < index->column_count; i++) {
        const calx_column *column = &model->columns[index->columns[i]];
        hidden_column_name(model, index, i, name);
        calx_buffer_append_string(out, ", \n\t");
        calx__dialect_identifier(dialect, name, out);
        calx_buffer_append_string(out, " ");
        calx__dialect_type(dialect, column, out);
        calx_buffer_append_format(out, " GENERATED ALWAYS AS (CASE WHEN (%s) THEN ", index->where);
        calx__dialect_identifier(dialect, calx_column_name(column), out);
        calx_buffer_append_format(out, " END) VIRTUAL%s", dialect->invisible);
    }
}

static void index_in_table(const calx__dialect *dialect, const calx_model *model,
                           const calx_constraint *index, calx_buffer *out)
{
    char name[CALX_NAME_MAX + 1];
    if (index->where != NULL)
        hidden_columns(dialect, model, index, out);
    calx__constraint_name(model, index, name);
    calx_buffer_append_string(out, index->unique ? ", \n\tUNIQUE INDEX " : ", \n\tINDEX ");
    calx__dialect_identifier(dialect, name, out);
    calx_buffer_append_string(out, " ");
    if (index->where == NULL) {
        column_list(dialect, model, index->columns, index->column_count, out);
        return;
    }
    for (size_t i = 0; i < index->column_count; i++) {
        hidden_column_name(model, index, i, name);
        calx_buffer_append_string(out, i == 0 ? "(" : ", ");
        calx__dialect_identifier(dialect, name, out);
    }
    calx_buffer_append_string(out, ")");
}

typedef void write_index(const calx__dialect *dialect, const calx_model *model,
                         const calx_constraint *index, calx_buffer *out);

static void indexes(const calx__dialect *dialect, const calx_model *model, write_index *write,
                    calx_buffer *out)
{
    for (size_t i = 0; i < model->column_count; i++) {
        calx_constraint index = index_of_column(i);
        if (model->columns[i].index)
            write(dialect, model, &index, out);
    }
    for (size_t i = 0; i < model->constraint_count; i++)
        if (model->constraints[i].kind == CALX_CONSTRAINT_INDEX)
            write(dialect, model, &model->constraints[i], out);
}

int calx__ddl_check(const calx__dialect *dialect, const calx_model *model, calx_error *err)
{
    for (size_t i = 0; i < model->column_count; i++) {
        calx_column column = calx__column_stored(&model->columns[i]);
        if (dialect->types[column.type->id] == NULL)
            return calx_error_set(err, CALX_ERROR_UNSUPPORTED,
                                  "model %s, column \"%s\": %s has no type %s", model->name,
                                  column.member, dialect->name, column.type->name);
    }
    for (size_t i = 0; i < model->constraint_count; i++) {
        const calx_constraint *index = &model->constraints[i];
        if (index->kind != CALX_CONSTRAINT_INDEX || index->sql == NULL ||
            dialect->expression_indexes)
            continue;
        char name[CALX_NAME_MAX + 1];
        calx__constraint_name(model, index, name);
        return calx_error_set(err, CALX_ERROR_UNSUPPORTED,
                              "model %s, index \"%s\": %s has no indexes on expressions",
                              model->name, name, dialect->name);
    }
    return 0;
}

/* ---- Tables ---- */

/* Layout and blanks are SQLAlchemy's, so that a schema made by either reads the same. */
static void create_table(const calx__dialect *dialect, const calx_model *model, calx_buffer *out)
{
    calx_buffer_append_string(out, "CREATE TABLE IF NOT EXISTS ");
    calx__dialect_identifier(dialect, model->table, out);
    calx_buffer_append_string(out, " (");
    for (size_t i = 0; i < model->column_count; i++) {
        column_definition(dialect, model, &model->columns[i], out);
        calx_buffer_append_string(out, ", ");
    }
    constraints(dialect, model, out);
    if (dialect->indexes_in_table)
        indexes(dialect, model, index_in_table, out);
    calx_buffer_append_string(out, "\n)");
    calx_buffer_append_string(out, dialect->table_options);
    end_statement(out);
    if (!dialect->indexes_in_table)
        indexes(dialect, model, create_index, out);
}

void calx__ddl_add_foreign_key(const calx__dialect *dialect, const calx_model *model,
                               const calx_foreign_key *key, calx_buffer *out)
{
    calx_buffer_append_string(out, "ALTER TABLE ");
    calx__dialect_identifier(dialect, model->table, out);
    calx_buffer_append_string(out, " ADD ");
    foreign_key(dialect, model, key, dialect->if_not_exists, out);
    end_statement(out);
}

void calx__ddl_create_all(const calx__dialect *dialect, const calx_model *const *models,
                          size_t count, calx_buffer *out)
{
    calx__ddl_create_enums(dialect, models, count, out);
    for (size_t i = 0; i < count; i++)
        create_table(dialect, models[i], out);
    for (size_t i = 0; i < count; i++) {
        size_t key_count;
        const calx_foreign_key *keys = calx_model_foreign_keys(models[i], &key_count);
        for (size_t k = 0; k < key_count; k++) {
            if (calx__ddl_is_added_later(dialect, models[i], &keys[k]))
                calx__ddl_add_foreign_key(dialect, models[i], &keys[k], out);
        }
    }
}

void calx__ddl_drop_all(const calx__dialect *dialect, const calx_model *const *models, size_t count,
                        calx_buffer *out)
{
    for (size_t i = count; i > 0; i--) {
        size_t key_count;
        const calx_foreign_key *keys = calx_model_foreign_keys(models[i - 1], &key_count);
        for (size_t k = 0; k < key_count; k++) {
            if (!calx__ddl_is_added_later(dialect, models[i - 1], &keys[k]))
                continue;
            calx_buffer_append_string(out, dialect->alter_if_exists);
            calx__dialect_identifier(dialect, models[i - 1]->table, out);
            calx_buffer_append_string(out, dialect->drop_foreign_key);
            calx__dialect_identifier(dialect, keys[k].name, out);
            end_statement(out);
        }
    }
    for (size_t i = count; i > 0; i--) {
        calx_buffer_append_string(out, "DROP TABLE IF EXISTS ");
        calx__dialect_identifier(dialect, models[i - 1]->table, out);
        end_statement(out);
    }
    calx__ddl_drop_enums(dialect, models, count, out);
}
