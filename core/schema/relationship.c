/* relationship.c: the check of relationships: which foreign key carries each, and what it is called
 * on the other side. */
#include <calx/relationship.h>

#include "core/schema/model.h"

#include <string.h>

static int refuse(const calx_relationship *relationship, const char *problem, const char *about,
                  calx_error *err)
{
    return calx_error_set(err, CALX_ERROR_MODEL, "model %s, relationship \"%s\": %s%s%s",
                          relationship->model->name, relationship->name, problem, about ? " " : "",
                          about ? about : "");
}

static bool has_column(const calx_foreign_key *key, size_t column)
{
    for (size_t i = 0; i < key->column_count; i++)
        if (key->columns[i] == column)
            return true;
    return false;
}

static bool refers_to_primary_key(const calx_foreign_key *key)
{
    size_t count;
    const uint8_t *primary = calx_model_key(key->model, &count);
    for (size_t i = 0; i < count; i++)
        if (memchr(key->referenced, primary[i], key->column_count) == NULL)
            return false;
    return key->column_count == count;
}

/* The one foreign key of a model that has this column and refers to that model. */
static int find_key(const calx_relationship *relationship, const calx_model *model, size_t column,
                    const calx_model *referred, const calx_foreign_key **out, calx_error *err)
{
    const char *name = model->columns[column].member;
    const calx_foreign_key *found = NULL;
    size_t count;
    const calx_foreign_key *keys = calx_model_foreign_keys(model, &count);
    for (size_t i = 0; i < count; i++) {
        if (keys[i].model != referred || !has_column(&keys[i], column))
            continue;
        if (found != NULL)
            return refuse(relationship, "ambiguous, several foreign keys have the column", name,
                          err);
        found = &keys[i];
    }
    if (found == NULL)
        return calx_error_set(err, CALX_ERROR_MODEL,
                              "model %s, relationship \"%s\": column \"%s\" of %s has no foreign "
                              "key to %s",
                              relationship->model->name, relationship->name, name, model->name,
                              referred->name);
    if (!refers_to_primary_key(found))
        return refuse(relationship,
                      "the foreign key refers to something else than the primary key "
                      "of",
                      referred->name, err);
    *out = found;
    return 0;
}

/* MANY_TO_ONE: at most one relationship of the target may say that it is the other side. */
static int find_lists(const calx_relationship *relationship, calx_error *err)
{
    const calx_model *target = relationship->target;
    size_t own = (size_t)(relationship - relationship->model->relationships);
    for (size_t i = 0; i < target->relationship_count; i++) {
        const calx_relationship *other = &target->relationships[i];
        bool has_list = other->kind == CALX_ONE_TO_MANY || other->kind == CALX_ONE_TO_ONE;
        if (!has_list || other->target != relationship->model || other->other != own)
            continue;
        if (relationship->info->other != NULL)
            return refuse(relationship, "two relationships are the other side of it, one is",
                          other->name, err);
        relationship->info->other = other;
    }
    return find_key(relationship, relationship->model, relationship->column, target,
                    &relationship->info->foreign_key, err);
}

static int find_owner(const calx_relationship *relationship, calx_error *err)
{
    const calx_model *target = relationship->target;
    const calx_relationship *other = &target->relationships[relationship->other];
    const calx_foreign_key *key = NULL;
    if (other->kind != CALX_MANY_TO_ONE || other->target != relationship->model)
        return refuse(relationship, "the other side is no MANY_TO_ONE to this model:", other->name,
                      err);
    int code = find_key(relationship, target, other->column, relationship->model, &key, err);
    if (key == NULL)
        return code;
    if (relationship->kind == CALX_ONE_TO_ONE &&
        !calx__model_is_unique(target, key->columns, key->column_count))
        return refuse(relationship, "ONE_TO_ONE, but UNIQUE is missing for the foreign key of",
                      target->name, err);
    relationship->info->other = other;
    relationship->info->foreign_key = key;
    return 0;
}

static int find_through(const calx_relationship *relationship, calx_error *err)
{
    const calx_model *through = relationship->through;
    const calx_model *target = relationship->target;
    if (relationship->column == relationship->target_column)
        return refuse(relationship, "both sides have the same column of", through->name, err);
    for (size_t i = 0; i < target->relationship_count; i++) {
        const calx_relationship *other = &target->relationships[i];
        if (other->through == through && other->target == relationship->model &&
            other->column == relationship->target_column &&
            other->target_column == relationship->column)
            relationship->info->other = other;
    }
    int code = find_key(relationship, through, relationship->column, relationship->model,
                        &relationship->info->foreign_key, err);
    return code < 0 ? code
                    : find_key(relationship, through, relationship->target_column, target,
                               &relationship->info->target_key, err);
}

static int check(const calx_relationship *relationship, calx_error *err)
{
    bool to_own = relationship->kind == CALX_ONE_TO_MANY || relationship->kind == CALX_ONE_TO_ONE;
    if (!to_own && relationship->cascade & CALX_CASCADE_DELETE_ORPHAN)
        return refuse(relationship, "DELETE_ORPHAN is for ONE_TO_MANY and ONE_TO_ONE", NULL, err);
    relationship->info->other = NULL;
    if (relationship->kind == CALX_MANY_TO_ONE)
        return find_lists(relationship, err);
    return to_own ? find_owner(relationship, err) : find_through(relationship, err);
}

int calx__model_check_relationships(const calx_model *model, calx_error *err)
{
    int code = 0;
    if (model->relationship_count > CALX_RELATIONSHIPS_MAX)
        return calx__model_refuse(model, NULL, "more than 32 relationships", err);
    for (size_t i = 0; code == 0 && i < model->relationship_count; i++)
        code = check(&model->relationships[i], err);
    return code;
}

const calx_foreign_key *calx_relationship_foreign_key(const calx_relationship *relationship)
{
    return relationship->info->foreign_key;
}

const calx_foreign_key *calx_relationship_target_key(const calx_relationship *relationship)
{
    return relationship->info->target_key;
}

const calx_relationship *calx_relationship_other(const calx_relationship *relationship)
{
    return relationship->info->other;
}
