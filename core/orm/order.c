/*
 * order.c: the order in which a flush writes: the same for every session, so that those that write
 * the same rows lock them in the same order, and one that foreign keys allow.
 *
 * By table (calx_model_rank: referred to before referring), then key. New rows come after those
 * that exist. Deletes stand there, too, where nothing in the flush can refer to their rows; else
 * they come last, in the opposite order. References that no order satisfies are written by a second
 * statement: NULL first, and then the key; or NULL, and then the row is deleted.
 */
#include "core/orm/unit_of_work.h"

#include <stdlib.h>
#include <string.h>

#include "core/orm/key.h"

static int integer_compare(size_t a, size_t b)
{
    return a < b ? -1 : a > b;
}

static int table_compare(const calx_model *a, const calx_model *b)
{
    if (a == b)
        return 0;
    int order = integer_compare(calx_model_rank(a), calx_model_rank(b));
    return order != 0 ? order : strcmp(a->table, b->table);
}

/* By everything but the level: what is found by its key is found so. */
static int place_compare(const calx__work *a, const calx__work *b)
{
    int order = integer_compare(a->phase, b->phase);
    if (order != 0)
        return order;
    order = table_compare(a->object->model, b->object->model);
    if (order != 0)
        return a->phase == CALX__PHASE_DELETES ? -order : order;
    return integer_compare(a->kind == CALX__INSERT, b->kind == CALX__INSERT);
}

static int key_compare(const calx__work *a, const calx__work *b)
{
    int order = calx__key_compare(a->object->model, a->key, b->key);
    return order != 0 ? order : integer_compare(a->sequence, b->sequence);
}

/* SQLite gives the key of a row that somebody else has deleted to the next one that is inserted: an
 * update or delete meant for the old one, after the insert, would hit the new one. */
static int work_compare(const void *left, const void *right)
{
    const calx__work *a = left;
    const calx__work *b = right;
    int order = place_compare(a, b);
    if (order == 0)
        order = integer_compare(a->level, b->level);
    return order != 0 ? order : key_compare(a, b);
}

static bool is_sorted(const calx__unit_of_work *plan)
{
    for (size_t i = 1; i < plan->work_count; i++)
        if (work_compare(&plan->works[i - 1], &plan->works[i]) > 0)
            return false;
    return true;
}

/* New objects of one table are in order as they were made. */
static void sort(calx__unit_of_work *plan)
{
    if (!is_sorted(plan))
        qsort(plan->works, plan->work_count, sizeof *plan->works, work_compare);
    plan->sorted_count = plan->work_count;
}

/* ---- Deletes ---- */

/* Marks the models that others of the flush refer to, or their own rows. */
static void mark_referred(calx__unit_of_work *plan)
{
    const calx_model *last = NULL;
    for (calx__extent *extent = plan->session->extents; extent; extent = extent->next)
        extent->is_referred = false;
    for (size_t i = 0; i < plan->work_count; i++) {
        const calx_model *model = plan->works[i].object->model;
        size_t count;
        const calx_foreign_key *keys = calx_model_foreign_keys(model, &count);
        for (size_t k = 0; model != last && k < count; k++) {
            calx__extent *extent = calx__session_extent(plan->session, keys[k].model);
            if (extent != NULL)
                extent->is_referred = true;
        }
        last = model;
    }
}

/*
 * A delete that must wait for others: in its place it makes sure that the row is there, and keeps
 * it, because a new row could get the same key meanwhile. Where a delete by condition may have
 * taken the row, nothing can be made sure of, and the delete stays.
 */
static int move_deletes(calx__unit_of_work *plan)
{
    size_t count = plan->work_count;
    for (size_t i = 0; i < count; i++) {
        calx__work work = plan->works[i];
        calx__extent *extent = work.object->extent;
        if (work.kind != CALX__DELETE || !extent->is_referred ||
            calx__session_has_deletes(plan->session, extent->model))
            continue;
        plan->works[i].phase = CALX__PHASE_DELETES;
        work.kind = CALX__UPDATE;
        work.columns = calx__key_bits(extent->model);
        work.touches = true;
        work.extra = true;
        if (extent->inserts && calx__unit_of_work_add(plan, &work) == NULL)
            return calx__session_state(plan->session);
    }
    return 0;
}

/* ---- References between rows of the flush ---- */

/* The work of this place whose key is that; NULL if there is none. */
static calx__work *find(calx__unit_of_work *plan, const calx__work *like)
{
    size_t low = 0;
    size_t high = plan->sorted_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        calx__work *at = &plan->works[middle];
        int order = place_compare(at, like);
        if (order == 0)
            order = calx__key_compare(like->object->model, at->key, like->key);
        if (order == 0)
            return at;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* The work whose row this one refers to: its insert, or, for a delete, its delete. */
static calx__work *target_of(calx__unit_of_work *plan, const calx__work *work,
                             const calx_foreign_key *key)
{
    calx_value values[CALX_KEY_COLUMNS_MAX];
    bool deletes = work->kind == CALX__DELETE;
    size_t at;
    calx__extent *extent = calx__session_extent(plan->session, key->model);
    const calx__link *link =
        deletes ? NULL : calx__unit_of_work_link_of(plan, work->object, key->columns[0], &at);
    if (link != NULL)
        return &plan->works[link->target->place];
    if (extent == NULL || extent->first == NULL ||
        !calx__key_referred(work->object->model, key,
                            deletes ? work->object->snapshot : work->object->record, values))
        return NULL;
    calx__work like = {.object = extent->first,
                       .kind = deletes ? CALX__DELETE : CALX__INSERT,
                       .phase = deletes ? CALX__PHASE_DELETES : CALX__PHASE_ROWS,
                       .key = values};
    return find(plan, &like);
}

static bool can_be_null(const calx_model *model, const calx_foreign_key *key)
{
    for (size_t i = 0; i < key->column_count; i++)
        if (!model->columns[key->columns[i]].nullable)
            return false;
    return true;
}

/* Is it the key of a row that is inserted with it, and will be generated? */
static bool awaits_key(const calx__unit_of_work *plan, const calx__work *work,
                       const calx_foreign_key *key)
{
    const calx__object *source;
    size_t source_column;
    for (size_t i = 0; i < key->column_count; i++)
        if (calx__unit_of_work_source(plan, work->object, key->columns[i], &source, &source_column))
            return true;
    return false;
}

/* The reference is written apart from its row. */
static int set_apart(calx__unit_of_work *plan, size_t index, const calx_foreign_key *key)
{
    calx__work *work = &plan->works[index];
    calx__work apart = *work;
    uint64_t columns = calx__foreign_key_bits(key);
    if (work->kind == CALX__UPDATE) {
        work->postponed = true;
        return 0;
    }
    if (!can_be_null(work->object->model, key)) {
        if (work->kind == CALX__INSERT && awaits_key(plan, work, key))
            return calx_session_fail(
                plan->session, CALX_ERROR_NOT_NULL,
                "column \"%s\": new rows refer to each other, so it must be able to be NULL",
                work->object->model->columns[key->columns[0]].member);
        return 0; /* the database may yet take it */
    }
    apart.kind = CALX__UPDATE;
    apart.generates_key = false;
    apart.extra = true;
    apart.read_back = NULL;
    apart.columns = columns;
    if (work->kind == CALX__INSERT) {
        apart.phase = CALX__PHASE_AFTER_INSERTS;
        work->nulls |= columns;
    } else {
        apart.phase = CALX__PHASE_BEFORE_DELETES;
        apart.nulls = columns;
    }
    calx__work *added = calx__unit_of_work_add(plan, &apart);
    return added ? 0 : calx__session_state(plan->session);
}

/* ---- Levels ---- */

/* A walk along references within one table, without recursion: a fiber's stack is small. */
typedef struct walk {
    size_t up; /* whence it came; SIZE_MAX: from nowhere */
    size_t next_key;
    enum { UNSEEN, OPEN, DONE } state;
} walk;

/* Looks at the next reference of a work. *target: where to go first; SIZE_MAX: nowhere. */
static int look_at_key(calx__unit_of_work *plan, walk *walks, size_t index, size_t *target)
{
    const calx_model *model = plan->works[index].object->model;
    size_t count;
    const calx_foreign_key *keys = calx_model_foreign_keys(model, &count);
    const calx_foreign_key *key = &keys[walks[index].next_key++];
    bool within = key->model == model;
    *target = SIZE_MAX;
    if (!within && !calx_foreign_key_is_deferred(model, key))
        return 0;
    calx__work *work = target_of(plan, &plan->works[index], key);
    size_t found = work ? (size_t)(work - plan->works) : SIZE_MAX;
    /* A row may refer to itself by a key that is known; but InnoDB does not delete one that does.
     */
    if (work == NULL ||
        (found == index && work->kind != CALX__DELETE && !awaits_key(plan, work, key)))
        return 0;
    if (!within || plan->works[index].kind == CALX__UPDATE || walks[found].state == OPEN)
        return set_apart(plan, index, key);
    if (walks[found].state == DONE) {
        if (plan->works[index].level <= plan->works[found].level)
            plan->works[index].level = plan->works[found].level + 1;
        return 0;
    }
    walks[index].next_key--; /* again when it is done */
    *target = found;
    return 0;
}

static int walk_from(calx__unit_of_work *plan, walk *walks, size_t index)
{
    walks[index] = (walk){.up = SIZE_MAX, .state = OPEN};
    while (index != SIZE_MAX) {
        size_t count;
        size_t target = SIZE_MAX;
        calx_model_foreign_keys(plan->works[index].object->model, &count);
        if (walks[index].next_key == count) {
            walks[index].state = DONE;
            index = walks[index].up;
            continue;
        }
        if (look_at_key(plan, walks, index, &target) < 0)
            return plan->session->error.code;
        if (target != SIZE_MAX) {
            walks[target] = (walk){.up = index, .state = OPEN};
            index = target;
        }
    }
    return 0;
}

/* Does the model have references that rank alone does not order? */
static bool refers_within(const calx_model *model)
{
    size_t count;
    const calx_foreign_key *keys = calx_model_foreign_keys(model, &count);
    for (size_t i = 0; i < count; i++)
        if (keys[i].model == model || calx_foreign_key_is_deferred(model, &keys[i]))
            return true;
    return false;
}

/* Who refers to another row of its table comes after it, or, of deletes, before it. */
static int find_levels(calx__unit_of_work *plan)
{
    size_t count = plan->work_count;
    walk *walks = calx_arena_alloc(&plan->session->working, count * sizeof *walks);
    if (walks == NULL)
        return calx__session_state(plan->session);
    for (size_t i = 0; i < count; i++)
        if (walks[i].state == UNSEEN && !plan->works[i].extra &&
            refers_within(plan->works[i].object->model) && walk_from(plan, walks, i) < 0)
            return plan->session->error.code;
    unsigned deepest = 0;
    for (size_t i = 0; i < count; i++)
        if (plan->works[i].level > deepest)
            deepest = plan->works[i].level;
    for (size_t i = 0; i < count; i++) {
        if (plan->works[i].phase == CALX__PHASE_DELETES)
            plan->works[i].level = deepest - plan->works[i].level;
        if (plan->works[i].postponed)
            plan->works[i].phase = CALX__PHASE_AFTER_INSERTS;
    }
    return 0;
}

static void keep_places(calx__unit_of_work *plan)
{
    for (size_t i = 0; i < plan->work_count; i++)
        if (!plan->works[i].extra && plan->works[i].kind == CALX__INSERT)
            plan->works[i].object->place = (uint32_t)i;
}

int calx__unit_of_work_order(calx__unit_of_work *plan)
{
    bool within = false;
    for (size_t i = 0; !within && i < plan->work_count; i++)
        within = refers_within(plan->works[i].object->model);
    mark_referred(plan);
    if (move_deletes(plan) < 0)
        return plan->session->error.code;
    sort(plan);
    keep_places(plan);
    if (within) {
        if (find_levels(plan) < 0)
            return plan->session->error.code;
        sort(plan);
        keep_places(plan);
    }
    return calx__session_state(plan->session);
}
