/* encode.c: what the objects of a flush hold, as values that were checked. */
#include "core/orm/key.h"
#include "core/orm/unit_of_work.h"
#include "core/schema/type.h"

bool calx__record_generates_key(const calx_model *model, const void *record)
{
    const calx_column *key = calx_model_generated_key(model);
    calx_value value;
    if (key == NULL)
        return false;
    calx__key_of_record(model, record, &value);
    return value.kind == CALX_KIND_INTEGER && value.as.integer == 0;
}

bool calx__object_generates_key(const calx__object *object)
{
    return calx__record_generates_key(object->model, object->record);
}

/* What is stored deeper already is read and copied as it is. */
static bool is_too_deep(const calx_column *column, const calx_value *value)
{
    return column->type->id == CALX_TYPE_JSON_DOCUMENT && value->kind == CALX_KIND_TEXT &&
           calx__json_depth(value->as.text) > CALX_DOCUMENT_DEPTH_MAX;
}

static int take_value(const calx_column *column, const void *member, calx_arena *arena,
                      calx_value *out, calx_error *err)
{
    int code = column->type->encode(column, member, arena, out, err);
    if (code == 0 && is_too_deep(column, out))
        return calx_error_set(err, CALX_ERROR_INVALID, "a document nested deeper than %d levels",
                              CALX_DOCUMENT_DEPTH_MAX);
    if (code == 0 && out->kind != CALX_KIND_NULL)
        code = calx__member_validate(column, member, err);
    return code;
}

/* Bytes that were lent by the user until now are the session's from here on. */
static int keep_value(calx_session *session, const calx_column *column, void *member,
                      calx_value *out, calx_error *err)
{
    const calx_type *type = column->type;
    int code = type->keep ? type->keep(column, member, &session->arena, err) : 0;
    return code == 0 ? take_value(column, member, &session->working, out, err) : code;
}

int calx__record_encode(const calx_model *model, const void *record, uint64_t columns,
                        calx_arena *arena, calx_value *values, calx_error *err)
{
    for (; columns != 0; columns &= columns - 1) {
        const calx_column *column = &model->columns[__builtin_ctzll(columns)];
        int code = take_value(column, calx__member(column, record), arena, values++, err);
        if (code < 0) {
            calx_error_prefix(err, "column \"%s\"", column->member);
            return code;
        }
    }
    return calx__record_validate(model, record, err);
}

int calx__work_encode(calx__unit_of_work *plan, const calx__work *work, calx_value *values)
{
    const calx__object *object = work->object;
    const calx_model *model = object->model;
    void *record = work->touches ? object->snapshot : (void *)object->record;
    calx_error err = {0};
    for (size_t i = 0; i < model->column_count; i++) {
        const calx_column *column = &model->columns[i];
        if (!(work->columns >> i & 1))
            continue;
        *values = calx_value_null();
        if (!(work->nulls >> i & 1) &&
            keep_value(plan->session, column, calx__member(column, record), values, &err) < 0) {
            calx_error_prefix(&err, "column \"%s\"", column->member);
            return calx__session_fail_with(plan->session, &err);
        }
        values++;
    }
    if (!work->extra && calx__record_validate(model, object->record, &err) < 0)
        return calx__session_fail_with(plan->session, &err);
    return 0;
}
