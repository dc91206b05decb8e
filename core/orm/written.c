/* written.c: after a flush: what was sent is what the objects are now. */
#include "core/orm/key.h"
#include "core/orm/relationship.h"

#include <string.h>

/* Another object that still stands for this key: its row was deleted by a condition before. */
static void displace(calx_session *session, calx__object *object)
{
    calx_value key[CALX_KEY_COLUMNS_MAX];
    calx__key_of_record(object->model, object->snapshot, key);
    calx__object *other = calx__identity_map_find(&session->map, object->model, key);
    if (other != NULL)
        calx__object_lose_row(other);
}

/* For a rollback, if there can be one. */
static void keep(calx_session *session, calx__object *object, bool commit)
{
    if (!commit && !calx__undo_keep(&session->undo, object))
        calx_session_fail(session, CALX_ERROR_NO_MEMORY, "out of memory");
}

/* What was written is the new snapshot. */
static void apply_update(calx_session *session, calx__object *object, bool commit)
{
    keep(session, object, commit);
    calx__record_copy(object->model, object->snapshot, object->record, &session->arena);
}

int calx__record_set_key(const calx_model *model, void *record, int64_t key, calx_error *err)
{
    const calx_column *column = calx_model_generated_key(model);
    calx_value value = calx_value_integer(key);
    int code = column->type->decode(column, &value, calx__member(column, record), NULL, err);
    if (code < 0)
        calx_error_prefix(err, "generated key of table \"%s\"", model->table);
    return code;
}

int calx__record_take_key(const calx_model *model, void *record, const calx_unit_statement *done,
                          size_t index, calx_error *err)
{
    return calx__record_set_key(model, record, calx_unit_generated_key(done, index), err);
}

/* What the database has made of a new row: its key, and what was left to it. */
static int take_generated(const calx__work *work, const calx_unit_statement *done, bool commit,
                          calx_error *err)
{
    calx__object *object = work->object;
    keep(object->session, object, commit);
    err->outcome = commit ? CALX_OUTCOME_DONE : CALX_OUTCOME_NOT_DONE;
    if (work->read_back != NULL)
        memcpy(object->record, work->read_back, object->model->size);
    object->key_generated = object->key_generated || done->generates_key;
    return done->generates_key
               ? calx__record_take_key(object->model, object->record, done, work->record, err)
               : 0;
}

static void take_all_generated(calx__unit_of_work *plan, bool commit)
{
    for (size_t i = 0; i < plan->work_count; i++) {
        const calx__work *work = &plan->works[i];
        calx_error err = {0};
        if (work->kind != CALX__INSERT ||
            take_generated(work, &plan->unit.statements[work->statement], commit, &err) == 0)
            continue;
        calx__session_fail_with(plan->session, &err);
        calx__object_set_state(work->object, CALX__TRANSIENT);
    }
}

static void apply_insert(calx_session *session, calx__object *object)
{
    if (object->state != CALX__PENDING)
        return; /* its key did not fit */
    calx__record_copy(object->model, object->snapshot, object->record, &session->arena);
    calx__object_set_state(object, CALX__PERSISTENT);
    object->expired = false;
    displace(session, object);
    if (!calx__identity_map_add(&session->map, object))
        calx_session_fail(session, CALX_ERROR_NO_MEMORY, "out of memory");
}

static void apply_deletes(calx__unit_of_work *plan)
{
    calx_session *session = plan->session;
    const calx_unit_statement *done = plan->unit.statements;
    for (calx__bulk_delete *delete = session->deletes; delete; delete = delete->next) {
        delete->rows = done++->rows_affected;
        calx__relations_follow_condition(session, delete->statement.model);
    }
    session->deletes = NULL;
    session->deletes_end = &session->deletes;
}

/* First, because a new row may have got the key of a deleted one. */
static void apply_deleted(calx__unit_of_work *plan)
{
    bool any = false;
    for (size_t i = 0; !any && i < plan->work_count; i++)
        any = plan->works[i].kind == CALX__DELETE;
    if (any)
        calx__relations_follow_deletes(plan->session);
    for (size_t i = 0; any && i < plan->work_count; i++)
        if (plan->works[i].kind == CALX__DELETE)
            calx__object_lose_row(plan->works[i].object);
}

static void apply_written(calx__unit_of_work *plan, bool commit)
{
    for (size_t i = 0; i < plan->work_count; i++) {
        const calx__work *work = &plan->works[i];
        if (work->kind == CALX__INSERT)
            apply_insert(plan->session, work->object);
        else if (work->kind == CALX__UPDATE && !work->extra)
            apply_update(plan->session, work->object, commit);
    }
}

void calx__unit_of_work_apply(calx__unit_of_work *plan, bool commit)
{
    calx_session *session = plan->session;
    apply_deletes(plan);
    take_all_generated(plan, commit);
    for (size_t i = 0; plan->link_count > 0 && i < plan->work_count; i++)
        if (plan->works[i].kind != CALX__DELETE)
            calx__unit_of_work_settle(plan, plan->works[i].object);
    apply_deleted(plan);
    apply_written(plan, commit);
    calx__relations_flushed(session);
}
