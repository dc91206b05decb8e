/* ddl_enum.c: the types of enumerations, where they are objects of the database. */
#include "core/dialect/ddl.h"

typedef void write_enum(const calx__dialect *dialect, const calx_enumeration *enumeration,
                        calx_buffer *out);

/* The model's check allows no quotes and no backslashes in labels, and none at all in names. */
void calx__dialect_labels(const calx_enumeration *enumeration, calx_buffer *out)
{
    calx_buffer_append_string(out, "(");
    for (size_t i = 0; i < enumeration->count; i++)
        calx_buffer_append_format(out, "%s'%s'", i == 0 ? "" : ", ", enumeration->labels[i]);
    calx_buffer_append_string(out, ")");
}

/* There is no CREATE TYPE IF NOT EXISTS. */
static void create_type(const calx__dialect *dialect, const calx_enumeration *enumeration,
                        calx_buffer *out)
{
    calx_buffer_append_string(out, "DO $calx$ BEGIN IF to_regtype('");
    calx__dialect_identifier(dialect, enumeration->name, out);
    calx_buffer_append_string(out, "') IS NULL THEN CREATE TYPE ");
    calx__dialect_identifier(dialect, enumeration->name, out);
    calx_buffer_append_string(out, " AS ENUM ");
    calx__dialect_labels(enumeration, out);
    calx_buffer_append_string(out, "; END IF; END $calx$");
    calx_buffer_append(out, "", 1);
}

/* Another table may use it. */
static void drop_type(const calx__dialect *dialect, const calx_enumeration *enumeration,
                      calx_buffer *out)
{
    calx_buffer_append_string(out, "DO $calx$ BEGIN DROP TYPE IF EXISTS ");
    calx__dialect_identifier(dialect, enumeration->name, out);
    calx_buffer_append_string(
        out, "; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END $calx$");
    calx_buffer_append(out, "", 1);
}

/* Was it in an earlier column? */
static bool is_first(const calx_model *const *models, size_t model, size_t column)
{
    const calx_enumeration *wanted = models[model]->columns[column].enumeration;
    for (size_t i = 0; i <= model; i++)
        for (size_t k = 0; k < (i == model ? column : models[i]->column_count); k++)
            if (models[i]->columns[k].enumeration == wanted)
                return false;
    return true;
}

static void each_enum(const calx__dialect *dialect, const calx_model *const *models, size_t count,
                      write_enum *write, calx_buffer *out)
{
    if (!dialect->enum_is_named)
        return;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < models[i]->column_count; k++)
            if (models[i]->columns[k].enumeration != NULL && is_first(models, i, k))
                write(dialect, models[i]->columns[k].enumeration, out);
}

void calx__ddl_create_enums(const calx__dialect *dialect, const calx_model *const *models,
                            size_t count, calx_buffer *out)
{
    each_enum(dialect, models, count, create_type, out);
}

void calx__ddl_drop_enums(const calx__dialect *dialect, const calx_model *const *models,
                          size_t count, calx_buffer *out)
{
    each_enum(dialect, models, count, drop_type, out);
}
