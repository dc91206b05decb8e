/* relationship_link.c: MANY_TO_MANY: the objects of the model between. */
#include "core/orm/key.h"
#include "core/orm/relationship.h"

/* The item of a MANY_TO_MANY in the list of either side; NULL if it is in none of them. */
static calx__object *find_link(calx__object *object, const calx_relationship *relationship,
                               calx__object *target)
{
    const calx_relationship *other = calx_relationship_other(relationship);
    const calx__list *list = calx__list_of(object, relationship);
    size_t at = list ? calx__list_find(list, target) : 0;
    if (list != NULL && at < list->count)
        return list->links[at];
    list = other ? calx__list_of(target, other) : NULL;
    at = list ? calx__list_find(list, object) : 0;
    return list != NULL && at < list->count ? list->links[at] : NULL;
}

void calx__link_add(calx__object *object, const calx_relationship *relationship,
                    calx__object *target)
{
    const calx_relationship *other = calx_relationship_other(relationship);
    if (find_link(object, relationship, target) != NULL)
        return;
    calx__relationship_save(object, relationship, target);
    void *record = calx_session_new(object->session, relationship->through);
    calx__object *link = calx__object_of(record);
    if (calx__session_state(object->session) < 0)
        return;
    if (!calx__is_in_session(object) || !calx__is_in_session(target))
        calx_session_delete(object->session, record); /* it comes with the later one of them */
    link->doubted = !calx__list_is_loaded(object, relationship) &&
                    !(other != NULL && calx__list_is_loaded(target, other));
    calx__parent_set(link, calx_relationship_foreign_key(relationship), object);
    calx__parent_set(link, calx_relationship_target_key(relationship), target);
    calx__list_add(object, relationship, target, link);
    if (other != NULL)
        calx__list_add(target, other, object, link);
}

void calx__link_remove(calx__object *object, const calx_relationship *relationship,
                       calx__object *target)
{
    const calx_relationship *other = calx_relationship_other(relationship);
    calx__object *link = find_link(object, relationship, target);
    if (link == NULL) {
        if (calx__list_loaded(object, relationship) != NULL)
            calx__relationship_fail(object, relationship, CALX_ERROR_INVALID,
                                    "the object is not there");
        return;
    }
    calx_session_delete(object->session, link->record);
    calx__list_remove(object, relationship, target);
    if (other != NULL)
        calx__list_remove(target, other, object);
}

/* ---- Rows that may be there already ---- */

/* Its foreign keys, as bits; 0 where one of them refers to a new row: then it is new, too. */
static uint64_t known_columns(const calx__object *link)
{
    size_t count;
    const calx_foreign_key *keys = calx_model_foreign_keys(link->model, &count);
    uint64_t columns = 0;
    for (size_t i = 0; i < count; i++) {
        const calx__parent *parent = &link->relations->parents[i];
        if (calx__parent_is_awaited(parent))
            return 0;
        columns |= parent->object != NULL ? calx__foreign_key_bits(&keys[i]) : 0;
    }
    return columns;
}

typedef struct finder {
    calx_session *session;
    const calx_model *model;
    calx__object *found;
} finder;

static int find_row(void *context, const calx_value *values, size_t count, calx_error *err)
{
    finder *f = context;
    calx__object *object;
    (void)count;
    int code = calx__object_of_row(f->session, f->model, values, &object, err);
    if (code == 0 && object->state == CALX__PERSISTENT)
        f->found = object;
    return code;
}

/* The object of the row between the same two; NULL if there is none that stays. */
static calx__object *find_stored(const calx__object *link)
{
    calx_session *session = link->session;
    const calx_model *model = link->model;
    calx_value values[CALX_MODEL_COLUMNS_MAX];
    finder f = {.session = session, .model = model};
    calx__statement statement = {
        .model = model, .matched = known_columns(link), .match = values, .limit = -1};
    size_t next = 0;
    if (statement.matched == 0 || calx__session_has_deletes(session, model))
        return NULL;
    for (size_t i = 0; i < model->column_count; i++) {
        const calx_column *column = &model->columns[i];
        if (statement.matched >> i & 1)
            column->type->encode(column, calx__member(column, link->record), &session->working,
                                 &values[next++], &session->error);
    }
    calx__session_execute(session, &statement, find_row, &f);
    return f.found;
}

/* The lists of what it is between have the other one. */
static void replace(const calx__object *link, calx__object *stored)
{
    size_t count;
    calx_model_foreign_keys(link->model, &count);
    for (size_t i = 0; i < count; i++) {
        calx__object *side = link->relations->parents[i].object;
        for (size_t r = 0; side != NULL && r < side->model->relationship_count; r++) {
            const calx_relationship *relationship = &side->model->relationships[r];
            calx__list *list =
                relationship->through == link->model ? calx__list_of(side, relationship) : NULL;
            for (size_t at = 0; list != NULL && at < list->count; at++)
                if (list->links[at] == link)
                    list->links[at] = stored;
        }
    }
}

int calx__links_find_stored(calx_session *session)
{
    for (calx__relations *at = session->touched; at; at = at->next) {
        calx__object *link = at->object;
        if (!link->doubted || link->state != CALX__PENDING)
            continue;
        calx__object *stored = find_stored(link);
        link->doubted = false;
        if (stored == NULL)
            continue;
        replace(link, stored);
        calx__object_set_state(link, CALX__TRANSIENT);
    }
    return calx__session_state(session);
}
