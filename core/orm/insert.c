/* insert.c: many rows of the caller's own structs: the statements of a flush, without its objects.
 */
#include "core/orm/relationship.h"

#include <string.h>

typedef struct insertion {
    calx_session *session;
    const calx_model *model;
    const char *records; /* the caller's; those of the running unit begin at first */
    char *with_keys;     /* the same, to be written; NULL: nobody wants the keys */
    const void *blank;   /* what a new record is */
    size_t first;
    size_t count;      /* of the running unit */
    uint64_t *columns; /* that each of its records writes */
    bool *generates;   /* … and whether the database makes its key, when it is inserted */
    int64_t *keys; /* those that were taken ahead instead, in the order of the records; or NULL */
    calx_value *values; /* of these columns, one record behind the other */
    calx_unit_statement *statements;
    calx_unit unit;
} insertion;

/* ---- Values ---- */

static int refuse(const insertion *made, size_t index, calx_error *err)
{
    calx_error_prefix(err, "record %zu", made->first + index);
    return calx__session_fail_with(made->session, err);
}

static int take_keys_ahead(insertion *made)
{
    size_t wanted = 0;
    made->keys = NULL;
    for (size_t i = 0; made->with_keys != NULL && i < made->count; i++)
        wanted += calx__record_generates_key(made->model,
                                             made->records + (made->first + i) * made->model->size);
    int code =
        wanted > 0 ? calx__session_take_keys(made->session, made->model, wanted, &made->keys) : 0;
    return code < 0 ? code : 0;
}

/* Computed values are set in a copy: the caller's records stay as they are. */
static int take_values(insertion *made)
{
    const calx_model *model = made->model;
    calx_arena *working = &made->session->working;
    void *copy = calx_arena_alloc(working, model->size);
    calx_value *values = made->values;
    const int64_t *key = made->keys;
    bool left_out;
    for (size_t i = 0; copy != NULL && i < made->count; i++) {
        calx_error err = {0};
        memcpy(copy, made->records + (made->first + i) * model->size, model->size);
        bool generates = calx__record_generates_key(model, copy);
        made->generates[i] = generates && key == NULL;
        if (generates && key != NULL && calx__record_set_key(model, copy, *key++, &err) < 0)
            return refuse(made, i, &err);
        made->columns[i] = calx__record_complete(model, copy, made->blank, 0, &left_out);
        if (calx__record_encode(model, copy, made->columns[i], working, values, &err) < 0)
            return refuse(made, i, &err);
        values += __builtin_popcountll(made->columns[i]);
    }
    return calx__session_state(made->session);
}

/* ---- Statements ---- */

/* How many records from here on differ in their values only. */
static size_t group_length(const insertion *made, size_t first)
{
    size_t end = first + 1;
    while (end < made->count && made->columns[end] == made->columns[first] &&
           made->generates[end] == made->generates[first])
        end++;
    return end - first;
}

static int add_group(insertion *made, size_t first, size_t count, const calx_value *values)
{
    calx_session *session = made->session;
    bool generates_key = made->with_keys != NULL && made->generates[first];
    size_t columns = (size_t)__builtin_popcountll(made->columns[first]);
    const calx__statement statement = {.kind = CALX__INSERT,
                                       .model = made->model,
                                       .columns = made->columns[first],
                                       .values = values,
                                       .generates_key = generates_key,
                                       .limit = -1};
    calx_unit_statement like = {.rows_expected = 1, .generates_key = generates_key};
    if (calx__session_compile(session, &statement, &like) < 0)
        return session->error.code;
    for (size_t length, size; count > 0; count -= length, values += length * columns) {
        length = calx__records_next(count, columns, &size);
        calx_unit_statement *to = &made->unit.statements[made->unit.statement_count++];
        *to = like;
        to->binds = values;
        if (calx__session_compile_records(session, &statement, length, size, to) < 0)
            return session->error.code;
    }
    return 0;
}

static int add_statements(insertion *made)
{
    const calx_value *values = made->values;
    made->unit = (calx_unit){.statements = made->statements};
    for (size_t i = 0, length; i < made->count; i += length) {
        length = group_length(made, i);
        if (add_group(made, i, length, values) < 0)
            return made->session->error.code;
        values += length * (size_t)__builtin_popcountll(made->columns[i]);
    }
    return 0;
}

/* ---- One stream ---- */

/* Keys do not come back from one. */
static bool may_load(const insertion *made)
{
    bool wants_keys = made->with_keys != NULL && made->generates[0];
    return !wants_keys && made->count >= CALX_LOAD_ROWS && made->columns[0] != 0 &&
           calx__engine_loads(made->session->engine) && group_length(made, 0) == made->count;
}

static int load(insertion *made)
{
    calx_session *session = made->session;
    calx_error err = {0};
    calx_load records = {0};
    made->unit = (calx_unit){0}; /* there are no statements to look for keys in */
    if (calx__session_begin(session) < 0)
        return session->error.code;
    calx__hold_write(session);
    int code = calx__load_compile(calx__engine_dialect(session->engine), made->model,
                                  made->columns[0], &session->working, &records, &err);
    records.values = made->values;
    records.record_count = made->count;
    if (code == 0)
        code = calx__connection_load(session->connection, &records, calx__session_deadline(session),
                                     &err);
    return code < 0 ? calx__session_fail_with(session, &err) : code;
}

/* ---- Units ---- */

static void put_keys(insertion *made)
{
    const int64_t *key = made->keys;
    for (size_t i = 0; i < made->count; i++) {
        void *to = made->with_keys + (made->first + i) * made->model->size;
        if (calx__record_generates_key(made->model, to))
            calx__record_set_key(made->model, to, *key++, NULL); /* which fitted before */
    }
}

static int take_keys(insertion *made)
{
    size_t index = 0;
    for (size_t i = 0; i < made->unit.statement_count; i++) {
        const calx_unit_statement *done = &made->unit.statements[i];
        for (size_t record = 0; record < calx_unit_record_count(done); record++, index++) {
            calx_error err = {0};
            void *to = made->with_keys + (made->first + index) * made->model->size;
            if (done->generates_key &&
                calx__record_take_key(made->model, to, done, record, &err) < 0)
                return refuse(made, index, &err);
        }
    }
    return 0;
}

static int reserve(insertion *made)
{
    calx_arena *working = &made->session->working;
    size_t values = made->count * made->model->column_count;
    made->columns = calx_arena_alloc_raw(working, made->count * sizeof *made->columns);
    made->generates = calx_arena_alloc_raw(working, made->count * sizeof *made->generates);
    made->values = calx_arena_alloc_raw(working, values * sizeof *made->values);
    made->statements = calx_arena_alloc_raw(working, made->count * sizeof *made->statements);
    return calx__session_state(made->session);
}

static int send_records(insertion *made)
{
    int code = may_load(made) ? load(made) : CALX_RECORDS_DECLINED;
    if (code == CALX_RECORDS_DECLINED) {
        code = add_statements(made);
        if (code == 0)
            code = calx__session_send(made->session, &made->unit, false);
    }
    if (code == 0 && made->keys != NULL)
        put_keys(made);
    else if (code == 0 && made->with_keys != NULL)
        code = take_keys(made);
    return code;
}

static int run_unit(insertion *made)
{
    calx_session *session = made->session;
    calx__session_begin_work(session);
    int code = reserve(made);
    if (code == 0)
        code = take_keys_ahead(made);
    if (code == 0)
        code = take_values(made);
    if (code == 0)
        code = send_records(made);
    calx__session_end_work(session);
    return code;
}

static int insert_all(insertion *made, size_t count)
{
    calx_session *session = made->session;
    if (calx_model_check(made->model, &session->error) < 0 || calx__session_state(session) < 0 ||
        calx_session_flush(session) < 0)
        return calx__session_state(session);
    const calx__extent *extent = calx__session_make_extent(session, made->model);
    if (extent == NULL)
        return calx__session_state(session);
    made->blank = extent->blank;
    for (; made->first < count; made->first += made->count) {
        size_t left = count - made->first;
        made->count = left < CALX_INSERT_ROWS ? left : CALX_INSERT_ROWS;
        if (run_unit(made) < 0)
            return session->error.code;
    }
    calx__relations_expire_lists(session, made->model);
    return 0;
}

int calx__session_insert_all(calx_session *session, const calx_model *model, const void *records,
                             size_t count)
{
    return insert_all(&(insertion){.session = session, .model = model, .records = records}, count);
}

int calx__session_insert_all_with_keys(calx_session *session, const calx_model *model,
                                       void *records, size_t count)
{
    return insert_all(
        &(insertion){.session = session, .model = model, .records = records, .with_keys = records},
        count);
}
