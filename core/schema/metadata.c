/* metadata.c: models and what they refer to: checked together, ranked by their foreign keys. */
#include "core/schema/model.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { UNCHECKED, CHECKED };

static pthread_mutex_t checking = PTHREAD_MUTEX_INITIALIZER;

/* Some models, and all that they refer or relate to. */
typedef struct graph {
    const calx_model **models;
    size_t count;
    unsigned *ranks; /* 0: not ranked yet */
    bool *reaches;   /* [from * count + to], through models that have no rank yet */
    bool *next;      /* gets its rank in this round */
} graph;

static bool is_checked(const calx_model *model)
{
    return atomic_load_explicit(&model->info->state, memory_order_acquire) == CHECKED;
}

static size_t position(const graph *all, const calx_model *model)
{
    size_t i = 0;
    while (i < all->count && all->models[i] != model)
        i++;
    return i;
}

static int add_model(graph *all, const calx_model *model, calx_error *err)
{
    if (position(all, model) < all->count)
        return 0;
    const calx_model **grown = realloc(all->models, (all->count + 1) * sizeof(calx_model *));
    if (grown == NULL)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    all->models = grown;
    all->models[all->count++] = model;
    return 0;
}

static int check_alone(const calx_model *model, calx_error *err)
{
    const char *problem = calx__name_problem(model->table);
    if (is_checked(model))
        return 0;
    if (model->column_count > CALX_MODEL_COLUMNS_MAX)
        problem = "more than 64 columns";
    if (model->size > CALX_MODEL_SIZE_MAX)
        problem = "struct of more than 4096 bytes";
    if (problem != NULL)
        return calx__model_refuse(model, NULL, problem, err);
    int code = calx__model_check_columns(model, model->info, err);
    return code < 0 ? code : calx__model_check_constraints(model, model->info, err);
}

static int add_related(graph *all, const calx_model *model, calx_error *err)
{
    int code = 0;
    for (size_t i = 0; code == 0 && i < model->relationship_count; i++) {
        const calx_relationship *relationship = &model->relationships[i];
        code = add_model(all, relationship->target, err);
        if (code == 0 && relationship->through != NULL)
            code = add_model(all, relationship->through, err);
    }
    return code;
}

/* The models that are reached through foreign keys and relationships, each checked by itself. */
static int gather(graph *all, const calx_model *first, calx_error *err)
{
    int code = add_model(all, first, err);
    for (size_t i = 0; code == 0 && i < all->count; i++) {
        code = check_alone(all->models[i], err);
        const struct calx__model_info *info = all->models[i]->info;
        for (size_t k = 0; code == 0 && k < info->foreign_key_count; k++)
            code = add_model(all, info->foreign_keys[k].model, err);
        if (code == 0)
            code = add_related(all, all->models[i], err);
    }
    return code;
}

static void mark_reached(graph *all, size_t from, size_t at)
{
    const struct calx__model_info *info = all->models[at]->info;
    for (size_t k = 0; k < info->foreign_key_count; k++) {
        size_t to = position(all, info->foreign_keys[k].model);
        if (all->ranks[to] == 0 && !all->reaches[from * all->count + to]) {
            all->reaches[from * all->count + to] = true;
            mark_reached(all, from, to);
        }
    }
}

/* Can its row be written before those of unranked models, with NULL for what refers to them? */
static bool can_wait(const graph *all, size_t index)
{
    const calx_model *model = all->models[index];
    for (size_t k = 0; k < model->info->foreign_key_count; k++) {
        const calx_foreign_key *key = &model->info->foreign_keys[k];
        bool nullable = key->model == model || all->ranks[position(all, key->model)] != 0;
        for (size_t i = 0; i < key->column_count; i++)
            nullable |= model->columns[key->columns[i]].nullable;
        if (!nullable)
            return false;
    }
    return true;
}

/* Which of two models of a cycle comes first? */
static bool is_before(const graph *all, size_t a, size_t b)
{
    if (can_wait(all, a) != can_wait(all, b))
        return can_wait(all, a);
    int order = strcmp(all->models[a]->table, all->models[b]->table);
    return order != 0 ? order < 0 : a < b;
}

/* Is it the first of a cycle, or a cycle of its own, that refers to no other unranked model? */
static bool is_next(const graph *all, size_t index)
{
    for (size_t other = 0; other < all->count; other++) {
        if (other == index || !all->reaches[index * all->count + other])
            continue;
        if (!all->reaches[other * all->count + index] || is_before(all, other, index))
            return false;
    }
    return true;
}

/* One round after the other takes every model that waits for no other, and one of every cycle that
 * waits for none outside it. */
static void rank_all(graph *all)
{
    size_t ranked = 0;
    unsigned rank = 0;
    while (ranked < all->count) {
        rank++;
        memset(all->reaches, 0, all->count * all->count);
        for (size_t i = 0; i < all->count; i++)
            if (all->ranks[i] == 0)
                mark_reached(all, i, i);
        for (size_t i = 0; i < all->count; i++)
            all->next[i] = all->ranks[i] == 0 && is_next(all, i);
        for (size_t i = 0; i < all->count; i++) {
            if (all->next[i])
                all->ranks[i] = rank;
            ranked += all->next[i];
        }
    }
}

/* Called with the mutex held. */
static int check_with_others(graph *all, const calx_model *model, calx_error *err)
{
    int code = gather(all, model, err);
    for (size_t i = 0; code == 0 && i < all->count; i++)
        if (!is_checked(all->models[i]))
            code = calx__model_check_relationships(all->models[i], err);
    if (code < 0)
        return code;
    all->ranks = calloc(all->count, sizeof *all->ranks);
    all->reaches = calloc(all->count, all->count);
    all->next = calloc(all->count, 1);
    if (all->ranks == NULL || all->reaches == NULL || all->next == NULL)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
    rank_all(all);
    for (size_t i = 0; i < all->count; i++) {
        struct calx__model_info *info = all->models[i]->info;
        if (is_checked(all->models[i]))
            continue; /* others read it already, and its rank is the same */
        info->rank = all->ranks[i];
        atomic_store_explicit(&info->state, CHECKED, memory_order_release);
    }
    return 0;
}

int calx_model_check(const calx_model *model, calx_error *err)
{
    if (is_checked(model))
        return 0;
    graph all = {0};
    pthread_mutex_lock(&checking);
    int code = check_with_others(&all, model, err);
    pthread_mutex_unlock(&checking);
    free(all.models);
    free(all.ranks);
    free(all.reaches);
    free(all.next);
    return code;
}

unsigned calx_model_rank(const calx_model *model)
{
    return model->info->rank;
}

bool calx_foreign_key_is_deferred(const calx_model *model, const calx_foreign_key *key)
{
    return calx_model_rank(key->model) > calx_model_rank(model);
}

static int rank_compare(const void *left, const void *right)
{
    const calx_model *a = *(const calx_model *const *)left;
    const calx_model *b = *(const calx_model *const *)right;
    unsigned a_rank = calx_model_rank(a);
    unsigned b_rank = calx_model_rank(b);
    if (a_rank != b_rank)
        return a_rank < b_rank ? -1 : 1;
    return strcmp(a->table, b->table);
}

int calx_models_sort(const calx_model **models, size_t count, calx_error *err)
{
    for (size_t i = 0; i < count; i++)
        if (calx_model_check(models[i], err) < 0)
            return err ? err->code : CALX_ERROR_MODEL;
    if (count > 1)
        qsort(models, count, sizeof *models, rank_compare);
    return 0;
}
