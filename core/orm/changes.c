/* changes.c: what a flush has to write: which objects have changed, in an order that is the same
 * for every session. */
#include "core/orm/unit_of_work.h"

#include <stdlib.h>
#include <string.h>

#define WORKS_MIN 16u

static bool object_work(const calx__object *object, calx__work *out)
{
    *out = (calx__work){.object = (calx__object *)object};
    if (object->state == CALX__PENDING) {
        out->kind = CALX__INSERT;
    } else if (object->state == CALX__DELETED) {
        out->kind = CALX__DELETE;
    } else if (object->state == CALX__PERSISTENT) {
        out->kind = CALX__UPDATE;
        out->changes = calx__object_changes(object);
        return out->changes != 0;
    } else {
        return false;
    }
    return true;
}

bool calx__session_has_changes(const calx_session *session, const calx_model *model)
{
    calx__work unused;
    for (const calx__extent *extent = session->extents; extent; extent = extent->next) {
        if (model != NULL && extent->model != model)
            continue;
        if (extent->waiting > 0)
            return true;
        for (const calx__object *object = extent->first; object; object = object->next)
            if (object_work(object, &unused))
                return true;
    }
    return false;
}

bool calx__session_moves_keys(const calx_session *session, const calx_model *model)
{
    const calx__extent *extent = calx__session_extent(session, model);
    return (extent != NULL && extent->waiting > 0) || calx__session_has_deletes(session, model);
}

bool calx__session_has_deletes(const calx_session *session, const calx_model *model)
{
    for (const calx__bulk_delete *delete = session->deletes; delete; delete = delete->next)
        if (model == NULL || delete->statement.model == model)
            return true;
    return false;
}

bool calx__session_is_dirty(const calx_session *session, const calx_model *model)
{
    return calx__session_has_deletes(session, model) || calx__session_has_changes(session, model);
}

static int key_compare(const calx_value *a, const calx_value *b)
{
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->kind == CALX_KIND_INTEGER)
        return a->as.integer < b->as.integer ? -1 : a->as.integer > b->as.integer;
    if (a->kind != CALX_KIND_TEXT)
        return 0;
    size_t length = a->as.text.length < b->as.text.length ? a->as.text.length : b->as.text.length;
    int order = memcmp(a->as.text.data, b->as.text.data, length);
    if (order != 0)
        return order;
    return a->as.text.length < b->as.text.length ? -1 : a->as.text.length > b->as.text.length;
}

/*
 * By table and key: sessions that lock the same rows lock them in the same order. New rows come
 * after those that exist: SQLite gives the key of a row that somebody else has deleted to the next
 * one that is inserted, and an update or delete meant for the old one would hit it.
 */
static int work_compare(const void *left, const void *right)
{
    const calx__work *a = left;
    const calx__work *b = right;
    bool a_inserts = a->kind == CALX__INSERT;
    bool b_inserts = b->kind == CALX__INSERT;
    int order = strcmp(a->object->model->table, b->object->model->table);
    if (order == 0 && a_inserts != b_inserts)
        return a_inserts ? 1 : -1;
    if (order == 0)
        order = key_compare(&a->key, &b->key);
    if (order == 0)
        order = a->sequence < b->sequence ? -1 : 1;
    return order;
}

bool calx__key_is_generated(const calx_value *key)
{
    return key->kind == CALX_KIND_INTEGER && key->as.integer == 0;
}

static int list_work(calx__unit_of_work *plan, calx__work *one, size_t *capacity)
{
    calx_session *session = plan->session;
    if (plan->work_count == *capacity) {
        size_t bigger = *capacity ? *capacity * 2 : WORKS_MIN;
        calx__work *works = calx_arena_alloc(&session->arena, bigger * sizeof *works);
        if (works == NULL)
            return calx__session_state(session);
        if (plan->work_count > 0)
            memcpy(works, plan->works, plan->work_count * sizeof *works);
        plan->works = works;
        *capacity = bigger;
    }
    const calx__object *object = one->object;
    one->sequence = plan->work_count;
    one->key = calx__record_key(object->model,
                                one->kind == CALX__INSERT ? object->record : object->snapshot);
    plan->works[plan->work_count++] = *one;
    return 0;
}

int calx__unit_of_work_collect(calx__unit_of_work *plan)
{
    calx_session *session = plan->session;
    size_t capacity = 0;
    calx__work one;
    for (calx__extent *extent = session->extents; extent; extent = extent->next)
        for (calx__object *object = extent->first; object; object = object->next)
            if (object_work(object, &one) && list_work(plan, &one, &capacity) < 0)
                return session->error.code;
    if (plan->work_count > 1)
        qsort(plan->works, plan->work_count, sizeof *plan->works, work_compare);
    for (calx__bulk_delete *delete = session->deletes; delete; delete = delete->next)
        plan->delete_count++;
    return 0;
}
