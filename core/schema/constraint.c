/* constraint.c: constraints, indexes and foreign keys: their names, and the check of them. */
#include "core/schema/model.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/schema/type.h"

#define HASH_DIGITS 8u

static uint32_t name_hash(const char *name)
{
    uint32_t hash = UINT32_C(0x811c9dc5); /* FNV-1a */
    for (; *name != '\0'; name++)
        hash = (hash ^ (unsigned char)*name) * UINT32_C(0x01000193);
    return hash;
}

void calx__name_write(const calx_model *model, const char *prefix, const char *chosen,
                      const uint8_t *columns, size_t column_count, const char *referred,
                      char out[static CALX_NAME_MAX + 1])
{
    char whole[(CALX_KEY_COLUMNS_MAX + 4) * (CALX_NAME_MAX + 1)];
    size_t length = (size_t)snprintf(whole, sizeof whole, "%s_%s", prefix, model->table);
    if (chosen != NULL)
        length += (size_t)snprintf(whole + length, sizeof whole - length, "_%s", chosen);
    for (size_t i = 0; chosen == NULL && i < column_count; i++)
        length += (size_t)snprintf(whole + length, sizeof whole - length, "_%s",
                                   calx_column_name(&model->columns[columns[i]]));
    if (referred != NULL)
        length += (size_t)snprintf(whole + length, sizeof whole - length, "_%s", referred);
    if (length <= CALX_NAME_MAX) {
        memcpy(out, whole, length + 1);
        return;
    }
    size_t kept = CALX_NAME_MAX - HASH_DIGITS - 1;
    while (((unsigned char)whole[kept] & 0xc0) == 0x80)
        kept--; /* not within a character */
    uint32_t hash = name_hash(whole);
    snprintf(out, CALX_NAME_MAX + 1, "%.*s_%08" PRIx32, (int)kept, whole, hash);
}

void calx__constraint_name(const calx_model *model, const calx_constraint *constraint,
                           char out[static CALX_NAME_MAX + 1])
{
    bool unique = constraint->kind == CALX_CONSTRAINT_UNIQUE || constraint->unique;
    const char *prefix = unique ? "uq" : constraint->kind == CALX_CONSTRAINT_CHECK ? "ck" : "ix";
    calx__name_write(model, prefix, constraint->name, constraint->columns, constraint->column_count,
                     NULL, out);
}

static bool same_columns(const uint8_t *a, size_t a_count, const uint8_t *b, size_t b_count)
{
    for (size_t i = 0; i < a_count; i++)
        if (memchr(b, a[i], b_count) == NULL)
            return false;
    return a_count == b_count;
}

bool calx__model_is_unique(const calx_model *model, const uint8_t *columns, size_t count)
{
    uint8_t key[CALX_MODEL_COLUMNS_MAX] = {0};
    size_t key_count = 0;
    for (size_t i = 0; i < model->column_count; i++)
        if (model->columns[i].primary_key)
            key[key_count++] = (uint8_t)i;
    if (same_columns(columns, count, key, key_count))
        return true;
    if (count == 1 && model->columns[columns[0]].unique)
        return true;
    for (size_t i = 0; i < model->constraint_count; i++) {
        const calx_constraint *constraint = &model->constraints[i];
        if (constraint->kind == CALX_CONSTRAINT_UNIQUE &&
            same_columns(columns, count, constraint->columns, constraint->column_count))
            return true;
    }
    return false;
}

static const char *foreign_key_problem(const calx_model *model, const calx_foreign_key *key)
{
    for (size_t i = 0; i < key->column_count; i++) {
        const calx_column *column = &model->columns[key->columns[i]];
        bool sets_null =
            key->on_delete == CALX_ACTION_SET_NULL || key->on_update == CALX_ACTION_SET_NULL;
        if (key->referenced[i] >= key->model->column_count)
            return "FOREIGN_KEY to a column that is not there";
        if (column->type != key->model->columns[key->referenced[i]].type)
            return "FOREIGN_KEY to a column of another type";
        if (!calx__type_can_be_indexed(column))
            return "FOREIGN_KEY needs a type of limited length (MySQL)";
        if (sets_null && !column->nullable)
            return "SET_NULL in a column that is not nullable";
    }
    if (!calx__model_is_unique(key->model, key->referenced, key->column_count))
        return "FOREIGN_KEY to what is neither the primary key nor UNIQUE";
    return NULL;
}

static int add_foreign_key(const calx_model *model, struct calx__model_info *info,
                           const calx_foreign_key *key, calx_error *err)
{
    const char *problem = foreign_key_problem(model, key);
    if (problem == NULL && info->foreign_key_count == model->column_count)
        problem = "more foreign keys than columns";
    if (problem != NULL)
        return calx__model_refuse(model, &model->columns[key->columns[0]], problem, err);
    calx_foreign_key *added = &info->foreign_keys[info->foreign_key_count++];
    *added = *key;
    calx__name_write(model, "fk", NULL, key->columns, key->column_count, key->model->table,
                     added->name);
    return 0;
}

static int add_reference(const calx_model *model, size_t column, struct calx__model_info *info,
                         calx_error *err)
{
    const calx_reference *reference = &model->columns[column].reference;
    calx_foreign_key key = {
        .model = reference->model,
        .column_count = 1,
        .columns = {(uint8_t)column},
        .referenced = {(uint8_t)reference->column},
        .on_delete = reference->on_delete,
        .on_update = reference->on_update,
    };
    return add_foreign_key(model, info, &key, err);
}

static int add_table_reference(const calx_model *model, const calx_constraint *constraint,
                               struct calx__model_info *info, calx_error *err)
{
    calx_foreign_key key = {
        .model = constraint->model,
        .column_count = constraint->column_count,
        .on_delete = constraint->on_delete,
        .on_update = constraint->on_update,
    };
    if (constraint->column_count != constraint->referenced_count)
        return calx__model_refuse(model, &model->columns[constraint->columns[0]],
                                  "FOREIGN_KEY_OF with lists of different lengths", err);
    memcpy(key.columns, constraint->columns, sizeof key.columns);
    memcpy(key.referenced, constraint->referenced, sizeof key.referenced);
    return add_foreign_key(model, info, &key, err);
}

/* What is wrong with an entry of the table's list, but for foreign keys; NULL: nothing. */
static const char *constraint_problem(const calx_model *model, const calx_constraint *constraint)
{
    size_t characters = 0;
    for (size_t i = 0; i < constraint->column_count; i++) {
        characters += model->columns[constraint->columns[i]].length;
        if (memchr(constraint->columns, constraint->columns[i], i) != NULL)
            return "a constraint names a column twice";
    }
    if (characters > KEY_LENGTH_MAX)
        return "a constraint of columns of more than 768 characters (MySQL)";
    if (constraint->sql != NULL && constraint->sql[0] == '\0')
        return "a constraint without a condition";
    return NULL;
}

/* The column of a UNIQUE or INDEX that MySQL could not put into an index; NULL: none. */
static const calx_column *unlimited_column(const calx_model *model,
                                           const calx_constraint *constraint)
{
    if (constraint->kind == CALX_CONSTRAINT_FOREIGN_KEY)
        return NULL;
    for (size_t i = 0; i < constraint->column_count; i++) {
        const calx_column *column = &model->columns[constraint->columns[i]];
        if (!calx__type_can_be_indexed(column))
            return column;
    }
    return NULL;
}

/* The name of one of the model's uniques, indexes, checks and foreign keys; false: there is none at
 * this place. */
static bool name_at(const calx_model *model, size_t place, char out[static CALX_NAME_MAX + 1])
{
    const calx_column *column = &model->columns[place / 2];
    uint8_t columns[] = {(uint8_t)(place / 2)};
    if (place < 2 * model->column_count) {
        bool unique = place % 2 == 0;
        calx__name_write(model, unique ? "uq" : "ix", NULL, columns, 1, NULL, out);
        return unique ? column->unique : column->index;
    }
    place -= 2 * model->column_count;
    if (place < model->constraint_count) {
        calx__constraint_name(model, &model->constraints[place], out);
        return model->constraints[place].kind != CALX_CONSTRAINT_FOREIGN_KEY;
    }
    memcpy(out, model->info->foreign_keys[place - model->constraint_count].name, CALX_NAME_MAX + 1);
    return true;
}

static int check_names(const calx_model *model, calx_error *err)
{
    char name[CALX_NAME_MAX + 1];
    char other[CALX_NAME_MAX + 1];
    size_t count =
        2 * model->column_count + model->constraint_count + model->info->foreign_key_count;
    for (size_t i = 0; i < count; i++) {
        if (!name_at(model, i, name))
            continue;
        for (size_t k = 0; k < i; k++)
            if (name_at(model, k, other) && strcasecmp(name, other) == 0)
                return calx_error_set(err, CALX_ERROR_MODEL,
                                      "model %s: two constraints of the name \"%s\"", model->name,
                                      name);
    }
    return 0;
}

int calx__model_check_constraints(const calx_model *model, struct calx__model_info *info,
                                  calx_error *err)
{
    int code = 0;
    info->foreign_key_count = 0;
    for (size_t i = 0; code == 0 && i < model->column_count; i++)
        if (model->columns[i].reference.model != NULL)
            code = add_reference(model, i, info, err);
    for (size_t i = 0; code == 0 && i < model->constraint_count; i++) {
        const char *problem = constraint_problem(model, &model->constraints[i]);
        const calx_column *unlimited = unlimited_column(model, &model->constraints[i]);
        if (problem != NULL)
            code = calx__model_refuse(model, NULL, problem, err);
        else if (unlimited != NULL)
            code = calx__model_refuse(model, unlimited, UNLIMITED_PROBLEM, err);
        else if (model->constraints[i].kind == CALX_CONSTRAINT_FOREIGN_KEY)
            code = add_table_reference(model, &model->constraints[i], info, err);
    }
    return code < 0 ? code : check_names(model, err);
}

const calx_foreign_key *calx_model_foreign_keys(const calx_model *model, size_t *count)
{
    *count = model->info->foreign_key_count;
    return model->info->foreign_keys;
}
