/* model.c: the columns of a model, and the part of its check that looks at them. */
#include "core/schema/model.h"

#include <string.h>

#include "core/schema/type.h"

int calx__model_refuse(const calx_model *model, const calx_column *column, const char *problem,
                       calx_error *err)
{
    if (column == NULL)
        return calx_error_set(err, CALX_ERROR_MODEL, "model %s: %s", model->name, problem);
    return calx_error_set(err, CALX_ERROR_MODEL, "model %s, column \"%s\": %s", model->name,
                          column->member, problem);
}

const char *calx__name_problem(const char *name)
{
    if (name[0] == '\0')
        return "empty name";
    if (strlen(name) > CALX_NAME_MAX)
        return "name longer than 63 bytes";
    if (!calx_utf8_valid(name, strlen(name)))
        return "name that is not valid UTF-8";
    if (name[strlen(name) - 1] == ' ')
        return "name that ends with a blank (MySQL)";
    for (const char *at = name; *at != '\0'; at++)
        if ((unsigned char)*at >= 0xf0)
            return "name with a character beyond U+FFFF (MySQL)";
    return NULL;
}

static bool is_integer(const calx_column *column)
{
    return column->type->id == CALX_TYPE_INTEGER || column->type->id == CALX_TYPE_BIG_INTEGER;
}

static const char *key_problem(const calx_column *column)
{
    if (column->nullable)
        return "a primary key cannot be NULL";
    if (!calx__type_can_be_key(column))
        return "a primary key is an integer, STRING with LENGTH, DATE, DATETIME, UUID or ENUM";
    return NULL;
}

/* What is wrong with the column alone; NULL: nothing. */
static const char *column_problem(const calx_column *column)
{
    bool indexed = column->primary_key || column->unique || column->index;
    if (calx__type_problem(column) != NULL)
        return calx__type_problem(column);
    if (column->length > KEY_LENGTH_MAX && indexed)
        return "a key of more than 768 characters (MySQL)";
    if (column->primary_key && key_problem(column) != NULL)
        return key_problem(column);
    if (indexed && !calx__type_can_be_indexed(column))
        return UNLIMITED_PROBLEM;
    if (column->version && (!is_integer(column) || column->nullable))
        return "VERSION is for INTEGER and BIG_INTEGER";
    return calx__name_problem(calx_column_name(column));
}

static const char *name_twice(const calx_model *model, size_t index)
{
    const char *name = calx_column_name(&model->columns[index]);
    for (size_t i = 0; i < index; i++)
        if (strcasecmp(name, calx_column_name(&model->columns[i])) == 0)
            return "two columns of this name";
    return NULL;
}

static const char *whole_key_problem(const calx_model *model, const struct calx__model_info *info)
{
    size_t characters = 0;
    for (size_t i = 0; i < info->key_count; i++)
        characters += model->columns[info->key[i]].length;
    if (characters > KEY_LENGTH_MAX)
        return "a primary key of more than 768 characters (MySQL)";
    return info->key_count == 0 ? "no primary key" : NULL;
}

int calx__model_check_columns(const calx_model *model, struct calx__model_info *info,
                              calx_error *err)
{
    info->key_count = 0;
    info->version = NULL;
    info->unshares = false;
    for (size_t i = 0; i < model->column_count; i++) {
        const calx_column *column = &model->columns[i];
        const char *problem = name_twice(model, i);
        if (problem == NULL)
            problem = column_problem(column);
        if (column->primary_key && info->key_count == CALX_KEY_COLUMNS_MAX)
            problem = "a primary key of more than 8 columns";
        if (column->version && info->version != NULL)
            problem = "a second VERSION";
        if (problem != NULL)
            return calx__model_refuse(model, column, problem, err);
        if (column->primary_key)
            info->key[info->key_count++] = (uint8_t)i;
        if (column->version)
            info->version = column;
        info->unshares = info->unshares || column->type->unshare != NULL;
    }
    if (whole_key_problem(model, info) != NULL)
        return calx__model_refuse(model, NULL, whole_key_problem(model, info), err);
    const calx_column *key = &model->columns[info->key[0]];
    bool generated = info->key_count == 1 && is_integer(key) && key->reference.model == NULL &&
                     key->default_value == NULL && key->server_default == NULL &&
                     key->on_insert == NULL;
    info->generated_key = generated ? key : NULL;
    return 0;
}

const uint8_t *calx_model_key(const calx_model *model, size_t *count)
{
    *count = model->info->key_count;
    return model->info->key;
}

const calx_column *calx_model_primary_key(const calx_model *model)
{
    return &model->columns[model->info->key[0]];
}

const calx_column *calx_model_generated_key(const calx_model *model)
{
    return model->info->generated_key;
}

const calx_column *calx_model_version(const calx_model *model)
{
    return model->info->version;
}

const calx_column *calx_model_column(const calx_model *model, const char *member)
{
    for (size_t i = 0; i < model->column_count; i++)
        if (strcmp(model->columns[i].member, member) == 0)
            return &model->columns[i];
    return NULL;
}
