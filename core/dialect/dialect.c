/* dialect.c: names and DDL, for every dialect alike. */
#include "core/dialect/dialects.h"

#include <stdlib.h>
#include <string.h>

static const calx__dialect *const dialects[] = {
    &calx__dialect_sqlite,
    &calx__dialect_postgresql,
    &calx__dialect_mysql,
};

const calx__dialect *calx__dialect_find(const char *name)
{
    for (size_t i = 0; i < sizeof dialects / sizeof *dialects; i++)
        if (strcmp(dialects[i]->name, name) == 0)
            return dialects[i];
    return NULL;
}

static int word_compare(const void *key, const void *element)
{
    return strcmp(key, *(const char *const *)element);
}

/* As SQLAlchemy: lower case, not in any locale, and nothing that one database folds or refuses. */
static bool needs_quotes(const calx__dialect *dialect, const char *name)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz_0123456789$";
    if (strspn(name, plain) != strlen(name) || strchr("0123456789$", name[0]) != NULL)
        return true;
    return bsearch(name, dialect->reserved, dialect->reserved_count, sizeof *dialect->reserved,
                   word_compare) != NULL;
}

void calx__dialect_identifier(const calx__dialect *dialect, const char *name, calx_buffer *out)
{
    if (!needs_quotes(dialect, name)) {
        calx_buffer_append_string(out, name);
        return;
    }
    calx_buffer_append(out, &dialect->quote, 1);
    for (const char *at = name; *at != '\0'; at++) {
        if (*at == dialect->quote)
            calx_buffer_append(out, at, 1);
        calx_buffer_append(out, at, 1);
    }
    calx_buffer_append(out, &dialect->quote, 1);
}

static void column_type(const calx__dialect *dialect, const calx_column *column, calx_buffer *out)
{
    calx_type_id type = column->type->id;
    if (column->length > 0)
        calx_buffer_append_format(out, "VARCHAR(%u)", column->length);
    else
        calx_buffer_append_string(out, column->timezone ? dialect->datetime_with_zone
                                                        : dialect->types[type]);
    if (type == CALX_TYPE_NUMERIC && dialect->numeric_has_scale)
        calx_buffer_append_format(out, "(%u, %u)", column->precision, column->scale);
    if (!column->nullable)
        calx_buffer_append_string(out, " NOT NULL");
}

static void column_definition(const calx__dialect *dialect, const calx_model *model,
                              const calx_column *column, calx_buffer *out)
{
    calx_buffer_append_string(out, "\n\t");
    calx__dialect_identifier(dialect, calx_column_name(column), out);
    calx_buffer_append(out, " ", 1);
    bool generated = column == calx_model_generated_key(model);
    if (generated && column->type->id == CALX_TYPE_INTEGER)
        calx_buffer_append_string(out, dialect->generated_integer);
    else if (generated && column->type->id == CALX_TYPE_BIG_INTEGER)
        calx_buffer_append_string(out, dialect->generated_big_integer);
    else
        column_type(dialect, column, out);
    calx_buffer_append_string(out, ", ");
}

static void constraint(const calx__dialect *dialect, const calx_model *model, const char *kind,
                       const uint8_t *columns, size_t count, calx_buffer *out)
{
    calx_buffer_append_format(out, "\n\t%s (", kind);
    for (size_t i = 0; i < count; i++) {
        calx_buffer_append_string(out, i == 0 ? "" : ", ");
        calx__dialect_identifier(dialect, calx_column_name(&model->columns[columns[i]]), out);
    }
    calx_buffer_append_string(out, ")");
}

/* Layout and blanks are SQLAlchemy's, so that a schema made by either reads the same. */
void calx__dialect_create_table(const calx__dialect *dialect, const calx_model *model,
                                calx_buffer *out)
{
    calx_buffer_append_string(out, "CREATE TABLE IF NOT EXISTS ");
    calx__dialect_identifier(dialect, model->table, out);
    calx_buffer_append_string(out, " (");
    for (size_t i = 0; i < model->column_count; i++)
        column_definition(dialect, model, &model->columns[i], out);
    size_t key_count;
    const uint8_t *key = calx_model_key(model, &key_count);
    constraint(dialect, model, "PRIMARY KEY", key, key_count, out);
    for (size_t i = 0; i < model->column_count; i++) {
        if (model->columns[i].unique) {
            calx_buffer_append_string(out, ", ");
            constraint(dialect, model, "UNIQUE", (uint8_t[]){(uint8_t)i}, 1, out);
        }
    }
    calx_buffer_append_string(out, "\n)");
    calx_buffer_append_string(out, dialect->table_options);
}

void calx__dialect_drop_table(const calx__dialect *dialect, const calx_model *model,
                              calx_buffer *out)
{
    calx_buffer_append_string(out, "DROP TABLE IF EXISTS ");
    calx__dialect_identifier(dialect, model->table, out);
}
