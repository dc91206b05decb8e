/* changes.c: what a flush has to write: which objects have changed, and what is computed when they
 * are written. */
#include "core/orm/relationship.h"

#include <string.h>

#include "core/orm/key.h"

#define WORKS_MIN 16u

/* ---- Questions ---- */

static bool is_changed(const calx__object *object)
{
    return object->state == CALX__PERSISTENT &&
           (calx__object_changes(object) != 0 || calx__relations_changes(object) != 0);
}

bool calx__session_has_changes(const calx_session *session, const calx_model *model)
{
    for (const calx__extent *extent = session->extents; extent; extent = extent->next) {
        if (model != NULL && extent->model != model)
            continue;
        if (extent->waiting > 0)
            return true;
        for (const calx__object *object = extent->first; object; object = object->next)
            if (is_changed(object))
                return true;
    }
    return false;
}

bool calx__session_has_deletes(const calx_session *session, const calx_model *model)
{
    for (const calx__bulk_delete *delete = session->deletes; delete; delete = delete->next)
        if (model == NULL || delete->statement.model == model)
            return true;
    return false;
}

static bool has_deleted(const calx_session *session)
{
    for (const calx__extent *extent = session->extents; extent; extent = extent->next)
        if (extent->deleted > 0)
            return true;
    return calx__session_has_deletes(session, NULL);
}

/* Does the database change rows of the model with those that are to be deleted? */
static bool follows_deletes(const calx_session *session, const calx_model *model)
{
    size_t count = 0;
    const calx_foreign_key *keys = model->info ? calx_model_foreign_keys(model, &count) : NULL;
    for (size_t i = 0; i < count; i++)
        if (keys[i].on_delete >= CALX_ACTION_CASCADE)
            return has_deleted(session);
    return false;
}

bool calx__session_moves_keys(const calx_session *session, const calx_model *model)
{
    const calx__extent *extent = calx__session_extent(session, model);
    return (extent != NULL && extent->waiting > 0) || calx__session_has_deletes(session, model) ||
           follows_deletes(session, model);
}

bool calx__session_is_dirty(const calx_session *session, const calx_model *model)
{
    return calx__session_has_deletes(session, model) || calx__session_has_changes(session, model) ||
           (model != NULL && follows_deletes(session, model));
}

/* ---- What is computed ---- */

static bool is_blank(const calx_column *column, const void *record, const void *blank)
{
    return column->type->equal(column, calx__member(column, record), calx__member(column, blank));
}

static int set_version(const calx_model *model, void *record, int64_t version, calx_error *err)
{
    const calx_column *column = calx_model_version(model);
    calx_value value = calx_value_integer(version);
    if (column == NULL)
        return 0;
    int code = column->type->decode(column, &value, calx__member(column, record), NULL, err);
    if (code < 0)
        calx_error_prefix(err, "column \"%s\"", column->member);
    return code;
}

static int64_t stored_version(const calx__object *object)
{
    const calx_column *column = calx_model_version(object->model);
    calx_value value = calx_value_integer(0);
    if (column != NULL)
        column->type->encode(column, calx__member(column, object->snapshot), NULL, &value, NULL);
    return value.as.integer;
}

uint64_t calx__record_complete(const calx_model *model, void *record, const void *blank,
                               uint64_t linked, bool *left_out)
{
    uint64_t columns = 0;
    bool generates = calx__record_generates_key(model, record);
    *left_out = false;
    for (size_t i = 0; i < model->column_count; i++) {
        const calx_column *column = &model->columns[i];
        bool computed = column->server_default != NULL || column->on_insert != NULL;
        bool untouched = computed && !(linked >> i & 1) && is_blank(column, record, blank);
        bool to_server = untouched && column->server_default != NULL;
        if (untouched && column->on_insert != NULL)
            column->on_insert(column, calx__member(column, record));
        if (!to_server && !(generates && column == calx_model_generated_key(model)))
            columns |= UINT64_C(1) << i;
        *left_out = *left_out || to_server;
    }
    set_version(model, record, 1, NULL); /* which every integer holds */
    return columns;
}

int calx__work_complete_insert(calx__unit_of_work *plan, calx__work *work)
{
    calx__object *object = work->object;
    uint64_t linked = calx__unit_of_work_linked(plan, object);
    bool left_out;
    work->generates_key = calx__object_generates_key(object);
    object->extent->inserts |= work->generates_key;
    work->columns = calx__record_complete(object->model, object->record, object->extent->blank,
                                          linked, &left_out);
    if (left_out)
        work->read_back = calx_arena_alloc(&plan->session->working, object->model->size);
    return calx__session_state(plan->session);
}

static int complete_update(calx__unit_of_work *plan, calx__work *work)
{
    calx__object *object = work->object;
    const calx_model *model = object->model;
    uint64_t key = calx__key_bits(model) & work->columns;
    calx_error err = {0};
    for (size_t i = 0; i < model->column_count; i++) {
        const calx_column *column = &model->columns[i];
        if (key >> i & 1)
            return calx_session_fail(plan->session, CALX_ERROR_INVALID,
                                     "column \"%s\": a primary key cannot be changed",
                                     column->member);
        if (column->on_update != NULL && !(work->columns >> i & 1)) {
            column->on_update(column, calx__member(column, object->record));
            work->columns |= UINT64_C(1) << i;
        }
        if (column->version)
            work->columns |= UINT64_C(1) << i;
    }
    /* An INTEGER may have come to its end. */
    int code = set_version(model, object->record, stored_version(object) + 1, &err);
    return code < 0 ? calx__session_fail_with(plan->session, &err) : 0;
}

/* ---- The list ---- */

calx__work *calx__unit_of_work_add(calx__unit_of_work *plan, const calx__work *work)
{
    if (plan->work_count == plan->work_capacity) {
        size_t bigger = plan->work_capacity ? plan->work_capacity * 2 : WORKS_MIN;
        if (bigger < plan->works_expected)
            bigger = plan->works_expected;
        calx__work *works = calx_arena_alloc(&plan->session->working, bigger * sizeof *works);
        if (works == NULL)
            return NULL;
        if (plan->work_count > 0)
            memcpy(works, plan->works, plan->work_count * sizeof *works);
        plan->works = works;
        plan->work_capacity = bigger;
    }
    calx__work *added = &plan->works[plan->work_count];
    *added = *work;
    added->sequence = (uint32_t)plan->work_count++;
    return added;
}

/* A new row's key, as far as it is known: a linked column is not. */
static const calx_value *key_of(calx__unit_of_work *plan, const calx__work *work)
{
    static const calx_value unknown[CALX_KEY_COLUMNS_MAX]; /* NULL, all of them */
    const calx_model *model = work->object->model;
    bool is_new = work->kind == CALX__INSERT;
    size_t count;
    if (is_new && calx__object_generates_key(work->object))
        return unknown;
    const uint8_t *columns = calx_model_key(model, &count);
    calx_value *key = calx_arena_alloc(&plan->session->working, count * sizeof *key);
    if (key == NULL)
        return NULL;
    calx__key_of_record(model, is_new ? work->object->record : work->object->snapshot, key);
    uint64_t linked =
        is_new && plan->link_count > 0 ? calx__unit_of_work_linked(plan, work->object) : 0;
    for (size_t i = 0; i < count; i++)
        if (linked >> columns[i] & 1)
            key[i] = calx_value_null();
    return key;
}

static bool find_work(const calx__unit_of_work *plan, calx__object *object, calx__work *out)
{
    *out = (calx__work){.object = object};
    if (object->state == CALX__PENDING) {
        out->kind = CALX__INSERT;
    } else if (object->state == CALX__DELETED) {
        out->kind = CALX__DELETE;
    } else if (object->state == CALX__PERSISTENT) {
        out->kind = CALX__UPDATE;
        out->columns = calx__object_changes(object);
        if (plan->link_count > 0)
            out->columns |= calx__unit_of_work_linked(plan, object);
        return out->columns != 0;
    } else {
        return false;
    }
    return true;
}

/* Listeners may change the object before its values are taken. False: it has no changes left. */
static bool tell_before(calx__unit_of_work *plan, calx__work *work)
{
    static const calx_session_event events[] = {
        [CALX__INSERT] = CALX_SESSION_BEFORE_INSERT,
        [CALX__UPDATE] = CALX_SESSION_BEFORE_UPDATE,
        [CALX__DELETE] = CALX_SESSION_BEFORE_DELETE,
    };
    calx__session_tell(plan->session, events[work->kind], work->object->record);
    return find_work(plan, work->object, work);
}

static int collect_extent(calx__unit_of_work *plan, calx__extent *extent)
{
    calx__work work;
    extent->inserts = false;
    for (calx__object *object = extent->first; object; object = object->next) {
        if (!find_work(plan, object, &work) || (plan->listened && !tell_before(plan, &work)))
            continue;
        int code = calx__session_state(plan->session);
        if (code == 0 && work.kind == CALX__INSERT)
            code = calx__work_complete_insert(plan, &work);
        else if (code == 0 && work.kind == CALX__UPDATE)
            code = complete_update(plan, &work);
        if (code < 0)
            return code;
        work.key = key_of(plan, &work);
        if (calx__unit_of_work_add(plan, &work) == NULL)
            return calx__session_state(plan->session);
    }
    return 0;
}

int calx__unit_of_work_collect(calx__unit_of_work *plan)
{
    calx_session *session = plan->session;
    for (calx__extent *extent = session->extents; extent; extent = extent->next)
        plan->works_expected += extent->waiting;
    for (calx__extent *extent = session->extents; extent; extent = extent->next)
        if (collect_extent(plan, extent) < 0)
            return session->error.code;
    for (calx__bulk_delete *delete = session->deletes; delete; delete = delete->next)
        plan->delete_count++;
    return calx__session_state(session);
}
