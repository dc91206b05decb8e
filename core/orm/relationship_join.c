/* relationship_join.c: objects of a query with what they are related to in the same rows, by outer
 * joins. What a join would make wrong is left to relationship_load.c, which comes after. */
#include <stdlib.h>
#include <string.h>

#include "core/orm/key.h"
#include "core/orm/relationship.h"

/* One relationship that is joined. Its columns are in the rows from a place on, those of the model
 * between before them. */
typedef struct step {
    const calx_relationship *relationship;
    size_t from; /* the step whose objects are its owners, from 1; 0: the query's own */
    unsigned table;
    size_t through_at;
    size_t at;
} step;

/* A list that is being filled, and what it has besides. */
typedef struct filled {
    calx__object *owner;
    const calx_relationship *relationship;
    calx__list added;
    struct filled *next;
} filled;

typedef struct place {
    calx__object *object;
    size_t row;
} place;

typedef struct joined {
    calx_session *session;
    calx_query *query; /* a copy, with joins and fields */
    step steps[CALX_JOINS_MAX];
    size_t step_count;
    size_t field_count;
    filled *lists;
    place *places; /* malloc's: the query's own object of each row */
    size_t row_count;
    size_t row_capacity;
} joined;

/* ---- The statement ---- */

static bool can_join(const calx_query *query)
{
    const calx__clauses *clauses = query->statement.clauses;
    return clauses == NULL ||
           (!clauses->distinct && clauses->lock == CALX__LOCK_NONE && clauses->rows == NULL &&
            clauses->fields == NULL && clauses->group_count == 0);
}

/* A limit counts rows, not objects. */
static bool is_limited(const calx_query *query)
{
    return query->statement.limit >= 0 || query->statement.offset > 0;
}

static size_t find_step(const joined *all, size_t from, const calx_relationship *relationship)
{
    for (size_t i = 0; i < all->step_count; i++)
        if (all->steps[i].from == from && all->steps[i].relationship == relationship)
            return i + 1;
    return 0;
}

/* Joins one more relationship; 0 if that is left to a statement of its own. */
static size_t add_step(joined *all, size_t from, const calx_relationship *relationship)
{
    size_t found = find_step(all, from, relationship);
    bool is_list = calx_relationship_is_list(relationship);
    if (found > 0 || all->step_count == CALX_JOINS_MAX || (is_list && is_limited(all->query)))
        return found;
    const calx__clauses *clauses = calx__query_clauses(all->query);
    unsigned joins = clauses->join_count;
    unsigned owner = from > 0 ? all->steps[from - 1].table : 0;
    unsigned table = calx__query_table(all->query, owner, relationship, true);
    /* A join of the query's own may leave some of a list out. */
    if (table == 0 || (is_list && clauses->join_count == joins))
        return 0;
    step *made = &all->steps[all->step_count++];
    *made = (step){.relationship = relationship, .from = from, .table = table};
    made->through_at = all->field_count;
    made->at = made->through_at + (relationship->through ? relationship->through->column_count : 0);
    all->field_count = made->at + relationship->target->column_count;
    return all->step_count;
}

static void add_fields(calx__field *fields, calx_expression *columns, const calx_model *model,
                       unsigned table)
{
    for (size_t i = 0; i < model->column_count; i++) {
        const calx_column *column = &model->columns[i];
        columns[i] =
            (calx_expression){.op = CALX_OPERATOR_COLUMN, .detail = table, .column = column};
        fields[i] = (calx__field){.column = column, .expression = &columns[i]};
    }
}

static int select_fields(joined *all)
{
    calx_session *session = all->session;
    calx__field *fields = calx_arena_alloc(&session->working, all->field_count * sizeof *fields);
    calx_expression *columns =
        calx_arena_alloc(&session->working, all->field_count * sizeof *columns);
    if (fields == NULL || columns == NULL)
        return calx__session_state(session);
    add_fields(fields, columns, all->query->statement.model, 0);
    for (size_t i = 0; i < all->step_count; i++) {
        const step *at = &all->steps[i];
        const calx_relationship *relationship = at->relationship;
        if (relationship->through != NULL)
            add_fields(&fields[at->through_at], &columns[at->through_at], relationship->through,
                       at->table - 1);
        add_fields(&fields[at->at], &columns[at->at], relationship->target, at->table);
    }
    calx__query_clauses(all->query)->fields = fields;
    calx__query_clauses(all->query)->field_count = all->field_count;
    return calx__session_state(session);
}

/* ---- The rows ---- */

/* The object of some of a row's columns; NULL where the outer join has found none. */
static int object_at(calx_session *session, const calx_model *model, const calx_value *values,
                     calx__object **out, calx_error *err)
{
    *out = NULL;
    if (values[calx_model_primary_key(model) - model->columns].kind == CALX_KIND_NULL)
        return 0;
    return calx__object_of_row(session, model, values, out, err);
}

/* The list of an owner, when it is for us to fill. */
static calx__list *list_to_fill(joined *all, calx__object *owner,
                                const calx_relationship *relationship)
{
    calx__list *list = calx__list_of(owner, relationship);
    if (list == NULL || list->filling)
        return list;
    if (calx__list_is_loaded(owner, relationship))
        return NULL;
    filled *begun = calx_arena_alloc(&all->session->working, sizeof *begun);
    if (begun == NULL)
        return NULL;
    *begun = (filled){.owner = owner, .relationship = relationship, .next = all->lists};
    all->lists = begun;
    calx__list_begin(owner, relationship, &begun->added);
    return list;
}

static void fill(joined *all, const step *at, calx__object *owner, calx__object *item,
                 calx__object *link)
{
    calx__list *list = list_to_fill(all, owner, at->relationship);
    calx__object *parent = NULL;
    if (list == NULL || item == NULL || calx__list_find(list, item) < list->count)
        return;
    const calx__object *child = link ? link : item;
    calx__parent_find(child, calx_relationship_foreign_key(at->relationship), &parent);
    if (calx__is_in_session(child) && parent == owner)
        calx__list_push(all->session, list, item, link);
}

static int take_step(joined *all, const step *at, const calx_value *values, calx__object *owner,
                     calx__object **out, calx_error *err)
{
    const calx_relationship *relationship = at->relationship;
    calx__object *link = NULL;
    int code = object_at(all->session, relationship->target, &values[at->at], out, err);
    if (code == 0 && relationship->through != NULL)
        code = object_at(all->session, relationship->through, &values[at->through_at], &link, err);
    if (code == 0 && relationship->kind != CALX_MANY_TO_ONE)
        fill(all, at, owner, *out, link);
    return code;
}

static int take_place(joined *all, calx__object *object, calx_error *err)
{
    if (all->row_count == all->row_capacity) {
        size_t capacity = all->row_capacity ? all->row_capacity * 2 : 64;
        place *places = realloc(all->places, capacity * sizeof *places);
        if (places == NULL)
            return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory");
        all->places = places;
        all->row_capacity = capacity;
    }
    all->places[all->row_count] = (place){.object = object, .row = all->row_count};
    all->row_count++;
    return 0;
}

static int read_row(void *context, const calx_value *values, size_t count, calx_error *err)
{
    joined *all = context;
    calx__object *objects[CALX_JOINS_MAX + 1] = {NULL};
    int code =
        calx__object_of_row(all->session, all->query->statement.model, values, &objects[0], err);
    (void)count;
    if (code == 0)
        code = take_place(all, objects[0], err);
    for (size_t i = 0; code == 0 && i < all->step_count; i++) {
        calx__object *owner = objects[all->steps[i].from];
        if (owner != NULL)
            code = take_step(all, &all->steps[i], values, owner, &objects[i + 1], err);
    }
    return code;
}

/* ---- The objects ---- */

static int by_object(const void *left, const void *right)
{
    const place *a = left;
    const place *b = right;
    if (a->object != b->object)
        return (uintptr_t)a->object < (uintptr_t)b->object ? -1 : 1;
    return a->row < b->row ? -1 : a->row > b->row;
}

static int by_row(const void *left, const void *right)
{
    const place *a = left;
    const place *b = right;
    return a->row < b->row ? -1 : a->row > b->row;
}

/* Each object once, where its first row was. */
static calx__object_list take_objects(joined *all)
{
    calx__object_list list = {0};
    size_t count = 0;
    if (all->row_count > 1)
        qsort(all->places, all->row_count, sizeof *all->places, by_object);
    for (size_t i = 0; i < all->row_count; i++)
        if (count == 0 || all->places[i].object != all->places[count - 1].object)
            all->places[count++] = all->places[i];
    if (count > 1)
        qsort(all->places, count, sizeof *all->places, by_row);
    if (count > 0)
        list.items = calx_arena_alloc(&all->session->arena, count * sizeof *list.items);
    for (size_t i = 0; list.items != NULL && i < count; i++)
        list.items[list.count++] = all->places[i].object->record;
    return list;
}

static int run(joined *all)
{
    calx_session *session = all->session;
    if (select_fields(all) < 0)
        return session->error.code;
    return calx__session_flush_and_execute(session, &all->query->statement, read_row, all);
}

static void join_paths(joined *all, const calx_query *query)
{
    for (const calx__load *load = query->loads; load; load = load->next) {
        size_t from = 0;
        for (size_t i = 0; load->joined && i < load->length; i++) {
            from = add_step(all, from, load->path[i]);
            if (from == 0)
                break;
        }
    }
}

calx__object_list calx__query_objects(const calx_query *query)
{
    calx_session *session = query->session;
    calx__object_list list = {0};
    joined all = {.session = session, .field_count = query->statement.model->column_count};
    calx__session_begin_work(session);
    if (query->loads != NULL && can_join(query) && calx__session_state(session) == 0) {
        all.query = calx__query_copy(query);
        join_paths(&all, query);
    }
    if (all.step_count == 0) {
        list = calx__session_load(session, &query->statement);
    } else if (run(&all) == 0) {
        list = take_objects(&all);
    }
    for (const filled *at = all.lists; at; at = at->next)
        calx__list_end(at->owner, at->relationship, &at->added);
    free(all.places);
    calx__session_end_work(session);
    calx__query_load_related(query, &list);
    return list;
}
