/* object.c: records of models, column by column. */
#include "core/orm/object.h"

#include <string.h>

size_t calx__member_size(const calx_column *column)
{
    return column->nullable ? column->type->size_or_null : column->type->size;
}

void calx__record_clear(const calx_model *model, void *record)
{
    memset(record, 0, model->size);
    const calx_value null = calx_value_null();
    for (size_t i = 0; i < model->column_count; i++) {
        const calx_column *column = &model->columns[i];
        if (column->nullable)
            column->type->decode(column, &null, calx__member(column, record), NULL, NULL);
    }
}

void calx_record_init(const calx_model *model, void *record)
{
    calx__record_clear(model, record);
    for (size_t i = 0; i < model->column_count; i++) {
        const calx_column *column = &model->columns[i];
        if (column->default_value != NULL)
            memcpy(calx__member(column, record), column->default_value, calx__member_size(column));
    }
}

static bool waits(calx__object_state state)
{
    return state == CALX__PENDING || state == CALX__DELETED;
}

void calx__object_set_state(calx__object *object, calx__object_state state)
{
    object->extent->waiting += waits(state);
    object->extent->waiting -= waits(object->state);
    object->extent->deleted += state == CALX__DELETED;
    object->extent->deleted -= object->state == CALX__DELETED;
    object->state = state;
}

bool calx__object_is_unchanged(const calx__object *object, const calx_column *column)
{
    return column->type->equal(column, calx__member(column, object->record),
                               calx__member(column, object->snapshot));
}

uint64_t calx__object_changes(const calx__object *object)
{
    uint64_t changes = 0;
    /* Most objects have not been touched. What differs in padding only is found equal below. */
    if (memcmp(object->record, object->snapshot, object->model->size) == 0)
        return 0;
    for (size_t i = 0; i < object->model->column_count; i++)
        if (!calx__object_is_unchanged(object, &object->model->columns[i]))
            changes |= UINT64_C(1) << i;
    return changes;
}

/* Out of memory is the arena's to remember. */
static void unshare(const calx_column *column, void *record, calx_arena *arena)
{
    if (column->type->unshare != NULL)
        column->type->unshare(column, calx__member(column, record), arena, NULL);
}

void calx__member_copy(const calx_column *column, void *to_record, const void *from_record,
                       calx_arena *arena)
{
    memcpy(calx__member(column, to_record), calx__member(column, from_record),
           calx__member_size(column));
    unshare(column, to_record, arena);
}

void calx__record_copy(const calx_model *model, void *to, const void *from, calx_arena *arena)
{
    memcpy(to, from, model->size);
    for (size_t i = 0; model->info->unshares && i < model->column_count; i++)
        unshare(&model->columns[i], to, arena);
}

static int refused(int code, calx_error *err)
{
    if (code < 0 && err->code == CALX_OK)
        calx_error_set(err, code, "not accepted");
    return code < 0 ? code : 0;
}

int calx__member_validate(const calx_column *column, const void *member, calx_error *err)
{
    return column->validate == NULL ? 0 : refused(column->validate(column, member, err), err);
}

int calx__record_validate(const calx_model *model, const void *record, calx_error *err)
{
    return model->validate == NULL ? 0 : refused(model->validate(record, err), err);
}
