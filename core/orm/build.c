/* build.c: the works of a flush as statements of a unit, with values that were checked before
 * anything is sent. */
#include "core/orm/key.h"
#include "core/orm/unit_of_work.h"

static size_t bit_count(uint64_t bits)
{
    return (size_t)__builtin_popcountll(bits);
}

/* Which row is written: by its key and, where it has one, by the version that was loaded. */
static uint64_t matched_columns(const calx__work *work)
{
    const calx_model *model = work->object->model;
    const calx_column *version = calx_model_version(model);
    if (work->kind == CALX__INSERT)
        return 0;
    bool versioned = version != NULL && (!work->extra || work->touches);
    return calx__key_bits(model) | (versioned ? UINT64_C(1) << (version - model->columns) : 0);
}

/* The key and the version of the row as it is; those of a new one are what is being written. */
static int match_values(const calx__work *work, uint64_t matched, calx_value *out, calx_error *err)
{
    const calx__object *object = work->object;
    const void *record = object->state == CALX__PENDING ? object->record : object->snapshot;
    for (; matched != 0; matched &= matched - 1) {
        const calx_column *column = &object->model->columns[__builtin_ctzll(matched)];
        int code = column->type->encode(column, calx__member(column, record), NULL, out++, err);
        if (code < 0)
            return code;
    }
    return 0;
}

/* A work as a statement, with its binds in the order of the text: columns, then what is matched. */
static int describe(calx__unit_of_work *plan, const calx__work *work, calx__statement *out)
{
    calx_session *session = plan->session;
    bool writes = work->kind != CALX__DELETE && !work->touches;
    calx_error err = {0};
    *out = (calx__statement){.kind = work->kind,
                             .model = work->object->model,
                             .columns = work->columns,
                             .matched = matched_columns(work),
                             .limit = -1};
    size_t columns = bit_count(out->columns);
    calx_value *binds =
        calx_arena_alloc(&session->working, (columns + bit_count(out->matched)) * sizeof *binds);
    if (binds == NULL)
        return calx__session_state(session);
    out->values = binds;
    out->match = binds + columns;
    out->generates_key = work->kind == CALX__INSERT && calx__object_generates_key(work->object);
    if (writes && plan->link_count > 0 && calx__unit_of_work_settle(plan, work->object) < 0)
        return session->error.code;
    if (match_values(work, out->matched, binds + columns, &err) < 0)
        return calx__session_fail_with(session, &err);
    return columns > 0 ? calx__work_encode(plan, work, binds) : 0;
}

/* Binds whose values an earlier INSERT of the unit generates: of these columns, from the bind
 * first on, but for those that are NULL for now. references has room. */
static void refer(const calx__unit_of_work *plan, const calx__work *work, uint64_t columns,
                  size_t first, calx_unit_reference *references, size_t *count)
{
    for (size_t bind = first; columns != 0; columns &= columns - 1, bind++) {
        const calx__object *source;
        size_t source_column;
        size_t column = (size_t)__builtin_ctzll(columns);
        if (!(work->nulls >> column & 1) &&
            calx__unit_of_work_source(plan, work->object, column, &source, &source_column))
            references[(*count)++] = (calx_unit_reference){
                .bind = bind, .statement = plan->delete_count + source->place};
    }
}

static int add_references(calx__unit_of_work *plan, const calx__work *work,
                          const calx__statement *statement, calx_unit_statement *to)
{
    bool is_new = work->object->state == CALX__PENDING;
    if (work->kind == CALX__DELETE || (plan->link_count == 0 && (!is_new || !work->extra)))
        return 0;
    size_t columns = bit_count(statement->columns);
    calx_unit_reference *references = calx_arena_alloc(
        &plan->session->working, (columns + bit_count(statement->matched)) * sizeof *references);
    if (references == NULL)
        return calx__session_state(plan->session);
    refer(plan, work, statement->columns, 0, references, &to->reference_count);
    if (is_new)
        refer(plan, work, statement->matched, columns, references, &to->reference_count);
    to->references = references;
    return 0;
}

/* An object's row may have been deleted by a condition of the same flush, or by what that led to.
 */
static int64_t rows_expected(const calx_session *session, const calx__work *work)
{
    size_t foreign_keys;
    const calx_model *model = work->object->model;
    calx_model_foreign_keys(model, &foreign_keys);
    bool either = work->kind == CALX__DELETE &&
                  calx__session_has_deletes(session, foreign_keys > 0 ? NULL : model);
    return either ? CALX_ROWS_ANY : 1;
}

static bool same_text(const calx__statement *a, const calx__statement *b)
{
    return a->kind == b->kind && a->model == b->model && a->columns == b->columns &&
           a->matched == b->matched && a->generates_key == b->generates_key;
}

static calx_unit_statement *next_statement(calx__unit_of_work *plan)
{
    return &plan->unit.statements[plan->unit.statement_count++];
}

static int add_work(calx__unit_of_work *plan, const calx__work *work, calx__statement *before)
{
    calx_unit_statement *to = next_statement(plan);
    calx__statement statement;
    if (describe(plan, work, &statement) < 0)
        return plan->session->error.code;
    if (same_text(&statement, before))
        to->sql = (to - 1)->sql;
    else if (calx__session_compile(plan->session, &statement, to) < 0)
        return plan->session->error.code;
    to->binds = statement.values;
    to->rows_expected = rows_expected(plan->session, work);
    to->generates_key = statement.generates_key;
    *before = statement;
    return add_references(plan, work, &statement, to);
}

/* ---- What the server has set ---- */

typedef struct read_back {
    calx_session *session;
    const calx__work *work;
} read_back;

static int read_row(void *context, const calx_value *values, size_t count, calx_error *err)
{
    const read_back *reader = context;
    (void)count;
    return calx__record_decode(reader->work->object->model, values, reader->work->read_back,
                               &reader->session->arena, err);
}

/* By its key, after all that is written. */
static int add_read_back(calx__unit_of_work *plan, const calx__work *work)
{
    calx_session *session = plan->session;
    calx_unit_statement *to = next_statement(plan);
    calx__work like = {.object = work->object, .kind = CALX__SELECT, .extra = true};
    calx__statement statement;
    read_back *reader = calx_arena_alloc(&session->working, sizeof *reader);
    if (reader == NULL)
        return calx__session_state(session);
    if (describe(plan, &like, &statement) < 0 || calx__session_compile(session, &statement, to) < 0)
        return session->error.code;
    *reader = (read_back){.session = session, .work = work};
    to->binds = statement.match;
    to->rows_expected = CALX_ROWS_ANY;
    to->row = read_row;
    to->context = reader;
    return add_references(plan, &like, &statement, to);
}

/* ---- The unit ---- */

static int add_deletes(calx__unit_of_work *plan)
{
    calx_session *session = plan->session;
    for (calx__bulk_delete *delete = session->deletes; delete; delete = delete->next) {
        calx_unit_statement *to = next_statement(plan);
        to->rows_expected = CALX_ROWS_ANY;
        if (calx__session_compile(session, &delete->statement, to) < 0)
            return session->error.code;
    }
    return 0;
}

int calx__unit_of_work_build(calx__unit_of_work *plan)
{
    calx_session *session = plan->session;
    calx__statement before = {0};
    size_t capacity = plan->delete_count + plan->work_count;
    for (size_t i = 0; i < plan->work_count; i++)
        capacity += plan->works[i].read_back != NULL;
    plan->unit.statements =
        calx_arena_alloc(&session->working, capacity * sizeof *plan->unit.statements);
    if (plan->unit.statements == NULL)
        return calx__session_state(session);
    if (add_deletes(plan) < 0)
        return session->error.code;
    for (size_t i = 0; i < plan->work_count; i++)
        if (add_work(plan, &plan->works[i], &before) < 0)
            return session->error.code;
    for (size_t i = 0; i < plan->work_count; i++)
        if (plan->works[i].read_back != NULL && add_read_back(plan, &plan->works[i]) < 0)
            return session->error.code;
    return 0;
}
