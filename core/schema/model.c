/* model.c: the columns of a model, and the part of its check that looks at them. */
#include "core/schema/model.h"

#include <string.h>

/* The smallest limits of the three. */
#define LENGTH_MAX 16383u /* characters of a VARCHAR: MySQL, 65,535 bytes */
#define PRECISION_MAX 65u /* digits of a NUMERIC: MySQL */
#define SCALE_MAX 30u     /* those behind the point: MySQL */

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
    return calx_utf8_valid(name, strlen(name)) ? NULL : "name that is not valid UTF-8";
}

static bool is_integer(const calx_column *column)
{
    return column->type->id == CALX_TYPE_INTEGER || column->type->id == CALX_TYPE_BIG_INTEGER;
}

/* Can it stand in an index? What has no limit cannot, on MySQL. */
static bool can_be_indexed(const calx_column *column)
{
    calx_type_id type = column->type->id;
    return type != CALX_TYPE_TEXT && type != CALX_TYPE_LARGE_BINARY &&
           (type != CALX_TYPE_STRING || column->length > 0);
}

static const char *key_problem(const calx_column *column)
{
    if (column->nullable)
        return "a primary key cannot be NULL";
    if (!is_integer(column) && (column->type->id != CALX_TYPE_STRING || column->length == 0))
        return "a primary key is INTEGER, BIG_INTEGER or STRING with LENGTH";
    return NULL;
}

/* What is wrong with the column alone; NULL: nothing. */
static const char *column_problem(const calx_column *column)
{
    bool indexed = column->primary_key || column->unique || column->index;
    if (column->length > 0 && column->type->id != CALX_TYPE_STRING)
        return "LENGTH is for STRING";
    calx_type_id type = column->type->id;
    if (column->timezone && type != CALX_TYPE_DATETIME)
        return "TIMEZONE is for DATETIME";
    if (type == CALX_TYPE_NUMERIC && (column->precision < 1 || column->precision > PRECISION_MAX))
        return "NUMERIC of 1 to 65 digits (MySQL)";
    if (type == CALX_TYPE_NUMERIC &&
        (column->scale > SCALE_MAX || column->scale > column->precision))
        return "NUMERIC with at most 30 digits behind the point (MySQL), none more than it has";
    if (column->length > LENGTH_MAX)
        return "LENGTH of more than 16383 characters (MySQL), use TEXT";
    if (column->length > KEY_LENGTH_MAX && indexed)
        return "a key of more than 768 characters (MySQL)";
    if (column->primary_key && key_problem(column) != NULL)
        return key_problem(column);
    if (indexed && !can_be_indexed(column))
        return "UNIQUE and INDEX need a type of limited length (MySQL)";
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

int calx__model_check_columns(const calx_model *model, struct calx__model_info *info,
                              calx_error *err)
{
    info->key_count = 0;
    info->version = NULL;
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
    }
    if (info->key_count == 0)
        return calx__model_refuse(model, NULL, "no primary key", err);
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
