/* model.c: the check of a model, and its columns. */
#include <calx/model.h>

#include <stdatomic.h>
#include <string.h>

/* The smallest limits of the three. */
#define NAME_MAX_BYTES 63u  /* PostgreSQL */
#define LENGTH_MAX 16383u   /* characters of a VARCHAR: MySQL, 65,535 bytes */
#define KEY_LENGTH_MAX 768u /* characters of an indexed one: InnoDB, 3072 bytes */

enum { UNCHECKED, CHECKED };

static int refuse(const calx_model *model, const calx_column *column, const char *problem,
                  calx_error *err)
{
    if (column == NULL)
        return calx_error_set(err, CALX_ERROR_MODEL, "model %s: %s", model->name, problem);
    return calx_error_set(err, CALX_ERROR_MODEL, "model %s, column \"%s\": %s", model->name,
                          column->member, problem);
}

static const char *name_problem(const char *name)
{
    if (name[0] == '\0')
        return "empty name";
    if (strlen(name) > NAME_MAX_BYTES)
        return "name longer than 63 bytes";
    return calx_utf8_valid(name, strlen(name)) ? NULL : "name that is not valid UTF-8";
}

/* What is wrong with the column alone; NULL: nothing. */
static const char *column_problem(const calx_column *column)
{
    calx_type_id type = column->type->id;
    bool short_text = type == CALX_TYPE_STRING && column->length > 0;
    if (column->length > 0 && type != CALX_TYPE_STRING)
        return "LENGTH is for STRING";
    if (column->length > LENGTH_MAX)
        return "LENGTH of more than 16383 characters (MySQL), use TEXT";
    if (column->length > KEY_LENGTH_MAX && (column->primary_key || column->unique))
        return "a key of more than 768 characters (MySQL)";
    if (column->primary_key && column->nullable)
        return "a primary key cannot be NULL";
    if (column->primary_key && type != CALX_TYPE_INTEGER && type != CALX_TYPE_BIG_INTEGER &&
        !short_text)
        return "a primary key is INTEGER, BIG_INTEGER or STRING with LENGTH";
    if (column->unique && (type == CALX_TYPE_TEXT || type == CALX_TYPE_LARGE_BINARY ||
                           (type == CALX_TYPE_STRING && !short_text)))
        return "UNIQUE needs a type of limited length (MySQL)";
    return name_problem(calx_column_name(column));
}

static int check_columns(const calx_model *model, size_t *primary_key, calx_error *err)
{
    size_t keys = 0;
    for (size_t i = 0; i < model->column_count; i++) {
        const calx_column *column = &model->columns[i];
        const char *problem = column_problem(column);
        for (size_t j = 0; j < i; j++)
            if (strcasecmp(calx_column_name(column), calx_column_name(&model->columns[j])) == 0)
                problem = "two columns of this name";
        if (problem != NULL)
            return refuse(model, column, problem, err);
        if (column->primary_key) {
            *primary_key = i;
            keys++;
        }
    }
    if (keys != 1)
        return refuse(model, NULL, keys ? "more than one primary key" : "no primary key", err);
    return 0;
}

int calx_model_check(const calx_model *model, calx_error *err)
{
    if (atomic_load_explicit(&model->info->state, memory_order_acquire) == CHECKED)
        return 0;
    size_t primary_key = 0;
    if (model->column_count > CALX_MODEL_COLUMNS_MAX)
        return refuse(model, NULL, "more than 64 columns", err);
    if (model->size > CALX_MODEL_SIZE_MAX)
        return refuse(model, NULL, "struct of more than 4096 bytes", err);
    if (name_problem(model->table) != NULL)
        return refuse(model, NULL, name_problem(model->table), err);
    int code = check_columns(model, &primary_key, err);
    if (code < 0)
        return code;
    /* Threads that check at the same time find the same. */
    atomic_store_explicit(&model->info->primary_key, primary_key, memory_order_relaxed);
    atomic_store_explicit(&model->info->state, CHECKED, memory_order_release);
    return 0;
}

const calx_column *calx_model_primary_key(const calx_model *model)
{
    return &model->columns[atomic_load_explicit(&model->info->primary_key, memory_order_relaxed)];
}

const calx_column *calx_model_column(const calx_model *model, const char *member)
{
    for (size_t i = 0; i < model->column_count; i++)
        if (strcmp(model->columns[i].member, member) == 0)
            return &model->columns[i];
    return NULL;
}
