/* links.c: foreign keys that take the key of a row which the same flush inserts. */
#include "core/orm/unit_of_work.h"

#include <stdlib.h>
#include <string.h>

#include "core/orm/key.h"

#define LINKS_MIN 16u

/* From one record's column to another's, which may differ in being nullable. */
static int copy_value(calx_session *session, const calx_column *from, const void *from_record,
                      const calx_column *to, void *to_record)
{
    calx_error err = {0};
    calx_value value = calx_value_null();
    int code = 0;
    if (from_record != NULL)
        code = from->type->encode(from, calx__member(from, from_record), &session->working, &value,
                                  &err);
    if (code == 0)
        code = to->type->decode(to, &value, calx__member(to, to_record), &session->arena, &err);
    if (code == 0)
        return 0;
    if (value.kind == CALX_KIND_NULL)
        return calx_session_fail(session, CALX_ERROR_NOT_NULL,
                                 "column \"%s\": must not be NULL: its object is related to none",
                                 to->member);
    calx_error_prefix(&err, "column \"%s\"", to->member);
    return calx__session_fail_with(session, &err);
}

static int add_link(calx__unit_of_work *plan, const calx__link *link)
{
    calx_session *session = plan->session;
    if (plan->link_count == plan->link_capacity) {
        size_t bigger = plan->link_capacity ? plan->link_capacity * 2 : LINKS_MIN;
        calx__link *links = calx_arena_alloc(&session->working, bigger * sizeof *links);
        if (links == NULL)
            return calx__session_state(session);
        if (plan->link_count > 0)
            memcpy(links, plan->links, plan->link_count * sizeof *links);
        plan->links = links;
        plan->link_capacity = bigger;
    }
    plan->links[plan->link_count++] = *link;
    return 0;
}

int calx__unit_of_work_link(calx__unit_of_work *plan, calx__object *object,
                            const calx_foreign_key *key, calx__object *target)
{
    calx_session *session = plan->session;
    if (calx__session_state(session) < 0)
        return session->error.code;
    if (target != NULL && target->state == CALX__PENDING)
        return add_link(plan, &(calx__link){.object = object, .key = key, .target = target});
    for (size_t i = 0; i < key->column_count; i++)
        if (copy_value(session, &key->model->columns[key->referenced[i]],
                       target ? target->record : NULL, &object->model->columns[key->columns[i]],
                       object->record) < 0)
            return session->error.code;
    return 0;
}

static int link_compare(const void *left, const void *right)
{
    const calx__link *a = left;
    const calx__link *b = right;
    return a->object < b->object ? -1 : a->object > b->object;
}

void calx__unit_of_work_sort_links(calx__unit_of_work *plan)
{
    if (plan->link_count > 1)
        qsort(plan->links, plan->link_count, sizeof *plan->links, link_compare);
}

/* The first link of an object, or where it would stand. */
static size_t first_link(const calx__unit_of_work *plan, const calx__object *object)
{
    size_t low = 0;
    size_t high = plan->link_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (plan->links[middle].object < object)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const calx__link *calx__unit_of_work_link_of(const calx__unit_of_work *plan,
                                             const calx__object *object, size_t column, size_t *at)
{
    for (size_t i = first_link(plan, object);
         i < plan->link_count && plan->links[i].object == object; i++) {
        const calx_foreign_key *key = plan->links[i].key;
        for (*at = 0; *at < key->column_count; ++*at)
            if (key->columns[*at] == column)
                return &plan->links[i];
    }
    return NULL;
}

uint64_t calx__unit_of_work_linked(const calx__unit_of_work *plan, const calx__object *object)
{
    uint64_t columns = 0;
    for (size_t i = first_link(plan, object);
         i < plan->link_count && plan->links[i].object == object; i++)
        columns |= calx__foreign_key_bits(plan->links[i].key);
    return columns;
}

bool calx__unit_of_work_source(const calx__unit_of_work *plan, const calx__object *object,
                               size_t column, const calx__object **source, size_t *source_column)
{
    size_t at;
    size_t steps = 0; /* a key that refers to itself in a circle has no source */
    const calx__link *link = calx__unit_of_work_link_of(plan, object, column, &at);
    for (; link != NULL && steps <= plan->link_count; steps++) {
        object = link->target;
        column = link->key->referenced[at];
        link = calx__unit_of_work_link_of(plan, object, column, &at);
    }
    *source = object;
    *source_column = column;
    return object->state == CALX__PENDING && calx__object_generates_key(object) &&
           &object->model->columns[column] == calx_model_generated_key(object->model);
}

int calx__unit_of_work_settle(calx__unit_of_work *plan, calx__object *object)
{
    uint64_t linked = plan->link_count > 0 ? calx__unit_of_work_linked(plan, object) : 0;
    for (size_t i = 0; linked != 0; i++, linked >>= 1) {
        const calx__object *source;
        size_t column;
        if (!(linked & 1))
            continue;
        calx__unit_of_work_source(plan, object, i, &source, &column);
        if (copy_value(plan->session, &source->model->columns[column], source->record,
                       &object->model->columns[i], object->record) < 0)
            return plan->session->error.code;
    }
    return 0;
}
