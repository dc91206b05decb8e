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

/* The values of a work, in the order of the text: columns, then what is matched. */
static int put_values(calx__unit_of_work *plan, const calx__work *work, uint64_t matched,
                      calx_value *binds)
{
    bool writes = work->kind != CALX__DELETE && !work->touches;
    calx_error err = {0};
    if (writes && plan->link_count > 0 && calx__unit_of_work_settle(plan, work->object) < 0)
        return plan->session->error.code;
    if (match_values(work, matched, binds + bit_count(work->columns), &err) < 0)
        return calx__session_fail_with(plan->session, &err);
    return work->columns != 0 ? calx__work_encode(plan, work, binds) : 0;
}

/* The statement of works that differ in their values only, with room for these, one record after
 * the other. */
static int describe(calx__unit_of_work *plan, const calx__work *work, size_t record_count,
                    calx__statement *out)
{
    calx_session *session = plan->session;
    *out = (calx__statement){.kind = (calx__statement_kind)work->kind,
                             .model = work->object->model,
                             .columns = work->columns,
                             .matched = matched_columns(work),
                             .generates_key = work->generates_key,
                             .limit = -1};
    size_t columns = bit_count(out->columns);
    size_t count = columns + bit_count(out->matched);
    calx_value *binds = calx_arena_alloc(&session->working, record_count * count * sizeof *binds);
    if (binds == NULL)
        return calx__session_state(session);
    out->values = binds;
    out->match = binds + columns;
    return 0;
}

/* ---- References ---- */

/* Binds whose values an earlier INSERT of the unit generates: of these columns, from the bind
 * first on, but for those that are NULL for now. */
static void refer(const calx__unit_of_work *plan, const calx__work *work, uint64_t columns,
                  size_t first, calx_unit_reference *references, size_t *count)
{
    for (size_t bind = first; columns != 0; columns &= columns - 1, bind++) {
        const calx__object *source;
        size_t source_column;
        size_t column = (size_t)__builtin_ctzll(columns);
        if (work->nulls >> column & 1 ||
            !calx__unit_of_work_source(plan, work->object, column, &source, &source_column))
            continue;
        const calx__work *insert = &plan->works[source->place];
        references[(*count)++] = (calx_unit_reference){
            .bind = bind, .statement = insert->statement, .record = insert->record};
    }
}

static bool may_refer(const calx__unit_of_work *plan, const calx__work *work)
{
    bool is_new = work->object->state == CALX__PENDING;
    return work->kind != CALX__DELETE && (plan->link_count > 0 || (is_new && work->extra));
}

/* Those of the records of a statement, in the order of its binds. */
static int add_references(calx__unit_of_work *plan, const calx__work *works, size_t count,
                          uint64_t matched, calx_unit_statement *to)
{
    size_t columns = bit_count(works->columns);
    size_t binds = columns + bit_count(matched);
    calx_unit_reference *references =
        calx_arena_alloc(&plan->session->working, count * binds * sizeof *references);
    if (references == NULL)
        return calx__session_state(plan->session);
    for (size_t i = 0; i < count; i++) {
        const calx__work *work = &works[i];
        if (!may_refer(plan, work))
            continue;
        refer(plan, work, work->columns, i * binds, references, &to->reference_count);
        if (work->object->state == CALX__PENDING)
            refer(plan, work, matched, i * binds + columns, references, &to->reference_count);
    }
    to->references = references;
    return 0;
}

static bool any_may_refer(const calx__unit_of_work *plan, const calx__work *works, size_t count)
{
    bool any = plan->link_count > 0;
    for (size_t i = 0; !any && i < count; i++)
        any = works[i].extra && may_refer(plan, &works[i]);
    return any;
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

/* ---- Works of one statement ---- */

/* Do they differ in their values only? Those of different levels may refer to each other. */
static bool same_shape(const calx__work *a, const calx__work *b)
{
    return a->kind == b->kind && a->object->model == b->object->model && a->columns == b->columns &&
           a->touches == b->touches && a->extra == b->extra &&
           a->generates_key == b->generates_key && a->phase == b->phase && a->level == b->level;
}

/* How many works from here on are of one shape. */
static size_t group_length(const calx__unit_of_work *plan, size_t first)
{
    size_t end = first + 1;
    while (end < plan->work_count && same_shape(&plan->works[first], &plan->works[end]))
        end++;
    return end - first;
}

/* How many of the works that are left the next statement takes, and in which size. */
static size_t next_records(const calx__work *work, size_t left, size_t *size)
{
    size_t columns = work->kind == CALX__INSERT ? bit_count(work->columns) : 0;
    return calx__records_next(left, columns, size);
}

static size_t count_statements(const calx__unit_of_work *plan)
{
    size_t sum = plan->delete_count;
    size_t size;
    for (size_t i = 0, length; i < plan->work_count; i += length) {
        length = group_length(plan, i);
        for (size_t left = length; left > 0; sum++)
            left -= next_records(&plan->works[i], left, &size);
    }
    for (size_t i = 0; i < plan->work_count; i++)
        sum += plan->works[i].read_back != NULL;
    return sum;
}

static calx_unit_statement *next_statement(calx__unit_of_work *plan)
{
    return &plan->unit.statements[plan->unit.statement_count++];
}

int calx__session_compile_records(calx_session *session, const calx__statement *statement,
                                  size_t count, size_t size, calx_unit_statement *to)
{
    calx_engine *engine = session->engine;
    calx_error err = {0};
    int code = 0;
    to->record_count = count;
    if (size < CALX__RECORDS_SIZES)
        code = calx__statement_compile_records(calx__engine_sql_cache(engine),
                                               calx__engine_dialect(engine), statement, to->sql,
                                               size, &to->all, &err);
    if (code < 0)
        return calx__session_fail_with(session, &err);
    if (to->generates_key && count > 1)
        to->generated_keys =
            calx_arena_alloc(&session->working, count * sizeof *to->generated_keys);
    return calx__session_state(session);
}

/* One statement for so many works of one shape; `like` has its text and their values. */
static int add_statement(calx__unit_of_work *plan, calx__work *works, size_t count, size_t size,
                         const calx__statement *statement, const calx_unit_statement *like)
{
    calx_session *session = plan->session;
    calx_unit_statement *to = next_statement(plan);
    *to = *like;
    for (size_t i = 0; i < count; i++) {
        works[i].statement = (uint32_t)(plan->unit.statement_count - 1);
        works[i].record = (uint32_t)i;
    }
    if (calx__session_compile_records(session, statement, count, size, to) < 0)
        return session->error.code;
    return any_may_refer(plan, works, count)
               ? add_references(plan, works, count, statement->matched, to)
               : 0;
}

static int add_group(calx__unit_of_work *plan, calx__work *works, size_t count)
{
    calx_session *session = plan->session;
    calx__statement statement;
    calx_unit_statement like = {.rows_expected = rows_expected(session, works),
                                .generates_key = works->generates_key};
    if (describe(plan, works, count, &statement) < 0)
        return session->error.code;
    size_t binds = bit_count(statement.columns) + bit_count(statement.matched);
    calx_value *values = (calx_value *)statement.values;
    for (size_t i = 0; i < count; i++)
        if (put_values(plan, &works[i], statement.matched, values + i * binds) < 0)
            return session->error.code;
    if (calx__session_compile(session, &statement, &like) < 0)
        return session->error.code;
    size_t length;
    size_t size;
    for (size_t i = 0; i < count; i += length) {
        length = next_records(works, count - i, &size);
        like.binds = values + i * binds;
        if (add_statement(plan, works + i, length, size, &statement, &like) < 0)
            return session->error.code;
    }
    return 0;
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
    if (describe(plan, &like, 1, &statement) < 0 ||
        put_values(plan, &like, statement.matched, (calx_value *)statement.match) < 0 ||
        calx__session_compile(session, &statement, to) < 0)
        return session->error.code;
    *reader = (read_back){.session = session, .work = work};
    to->binds = statement.match;
    to->rows_expected = CALX_ROWS_ANY;
    to->row = read_row;
    to->context = reader;
    return add_references(plan, &like, 1, statement.matched, to);
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
    plan->unit.statements =
        calx_arena_alloc(&session->working, count_statements(plan) * sizeof *plan->unit.statements);
    if (plan->unit.statements == NULL)
        return calx__session_state(session);
    if (add_deletes(plan) < 0)
        return session->error.code;
    for (size_t i = 0, length; i < plan->work_count; i += length) {
        length = group_length(plan, i);
        if (add_group(plan, &plan->works[i], length) < 0)
            return session->error.code;
    }
    for (size_t i = 0; i < plan->work_count; i++)
        if (plan->works[i].read_back != NULL && add_read_back(plan, &plan->works[i]) < 0)
            return session->error.code;
    return 0;
}
