/* expression.c: conditions and expressions become part of a query: copied, with the tables they
 * need. */
#include "core/orm/session.h"
#include "core/schema/type.h"

#include <inttypes.h>
#include <string.h>

calx__clauses *calx__query_clauses(calx_query *query)
{
    if (query->statement.clauses == NULL)
        query->statement.clauses =
            calx_arena_alloc(&query->session->arena, sizeof *query->statement.clauses);
    if (query->statement.clauses == NULL) { /* the session has failed: nothing is run */
        query->session->spare_clauses = (calx__clauses){0};
        query->statement.clauses = &query->session->spare_clauses;
    }
    return query->statement.clauses;
}

static void copy_joins(calx_arena *arena, calx__clauses *clauses)
{
    for (calx__join **at = &clauses->joins; *at != NULL; at = &(*at)->next) {
        calx__join *copy = calx_arena_alloc(arena, sizeof *copy);
        if (copy == NULL)
            return;
        *copy = **at;
        *at = copy;
    }
}

calx_query *calx__query_copy(const calx_query *query)
{
    calx_session *session = query->session;
    calx_query *copy = calx_arena_alloc(&session->arena, sizeof *copy);
    if (copy == NULL)
        return &session->spare_query;
    *copy = *query;
    if (query->statement.clauses != NULL) {
        copy->statement.clauses = NULL;
        *calx__query_clauses(copy) = *query->statement.clauses;
        copy_joins(&session->arena, copy->statement.clauses);
    }
    if (query->statement.order != NULL) {
        copy->statement.order =
            calx_arena_alloc(&session->arena, CALX_ORDER_MAX * sizeof *copy->statement.order);
        if (copy->statement.order != NULL)
            memcpy(copy->statement.order, query->statement.order,
                   CALX_ORDER_MAX * sizeof *copy->statement.order);
    }
    return copy;
}

/* ---- Joins ---- */

calx__join *calx__query_join_add(calx_query *query)
{
    calx__clauses *clauses = calx__query_clauses(query);
    calx__join *join = calx_arena_alloc(&query->session->arena, sizeof *join);
    if (join == NULL)
        return NULL;
    if (clauses->join_count == CALX_JOINS_MAX) {
        calx_session_fail(query->session, CALX_ERROR_LIMIT, "more than %d joins", CALX_JOINS_MAX);
        return NULL;
    }
    calx__join **end = &clauses->joins;
    while (*end != NULL)
        end = &(*end)->next;
    *end = join;
    clauses->join_count++;
    return join;
}

/* Joins `other`, whose columns of the key are equal to the own ones of `from`; which side has the
 * foreign key is told by `forwards`. */
static unsigned join_by_key(calx_query *query, unsigned from, const calx_model *own,
                            const calx_model *other, const calx_foreign_key *key, bool forwards)
{
    calx__join *join = calx__query_join_add(query);
    if (join == NULL)
        return 0;
    join->model = other;
    join->from = from;
    join->column_count = key->column_count;
    for (size_t i = 0; i < key->column_count; i++) {
        join->own[i] = &own->columns[forwards ? key->columns[i] : key->referenced[i]];
        join->other[i] = &other->columns[forwards ? key->referenced[i] : key->columns[i]];
    }
    return query->statement.clauses->join_count;
}

static unsigned find_table(const calx_query *query, unsigned from, const calx_relationship *path)
{
    unsigned table = 1;
    const calx__clauses *clauses = query->statement.clauses;
    for (const calx__join *join = clauses ? clauses->joins : NULL; join; join = join->next, table++)
        if (join->along == path && join->along_from == from)
            return table;
    return 0;
}

static calx__join *join_of(const calx_query *query, unsigned table)
{
    calx__join *join = query->statement.clauses->joins;
    for (unsigned i = 1; i < table; i++)
        join = join->next;
    return join;
}

unsigned calx__query_table(calx_query *query, unsigned from, const calx_relationship *path,
                           bool outer)
{
    unsigned table = find_table(query, from, path);
    if (table > 0 || calx_model_check(path->model, &query->session->error) < 0)
        return table;
    const calx_foreign_key *key = calx_relationship_foreign_key(path);
    unsigned between = from;
    outer = outer || (from > 0 && join_of(query, from)->outer);
    if (path->kind == CALX_MANY_TO_MANY)
        between = join_by_key(query, from, path->model, path->through, key, false);
    if (path->kind == CALX_MANY_TO_MANY)
        table = join_by_key(query, between, path->through, path->target,
                            calx_relationship_target_key(path), true);
    else
        table = join_by_key(query, from, path->model, path->target, key,
                            path->kind == CALX_MANY_TO_ONE);
    if (calx__session_state(query->session) < 0)
        return 0;
    join_of(query, table)->along = path;
    join_of(query, table)->along_from = from;
    join_of(query, table)->outer = outer;
    if (between != from)
        join_of(query, between)->outer = outer;
    return table;
}

/* ---- Copies ---- */

typedef struct copier {
    calx_query *query;
    calx_arena *arena;
    unsigned table; /* of the columns, or CALX__TABLE_WITHIN */
    int depth;
} copier;

static bool copy_node(copier *to, const calx_expression *from, calx_expression *out);

static const calx_expression *copy_list(copier *to, const calx_expression *from, size_t count)
{
    calx_expression *copies = calx_arena_alloc(to->arena, (count + 1) * sizeof *copies);
    for (size_t i = 0; copies != NULL && i < count; i++)
        if (!copy_node(to, &from[i], &copies[i]))
            return NULL;
    return copies;
}

static bool copy_value(copier *to, calx_value *value)
{
    calx_text bytes = {0};
    if (value->kind == CALX_KIND_TEXT || value->kind == CALX_KIND_DECIMAL ||
        value->kind == CALX_KIND_ARRAY) {
        bytes = calx_arena_copy(to->arena, value->as.text.data, value->as.text.length);
        value->as.text = bytes;
    } else if (value->kind == CALX_KIND_BLOB) {
        bytes = calx_arena_copy(to->arena, value->as.blob.data, value->as.blob.length);
        value->as.blob = (calx_blob){bytes.data, bytes.length};
    } else {
        return true;
    }
    return bytes.data != NULL;
}

static bool copy_values(copier *to, const calx_expression *from, calx_expression *out)
{
    calx_value *values = calx_arena_alloc(to->arena, (from->count + 1) * sizeof *values);
    for (size_t i = 0; values != NULL && i < from->count; i++) {
        values[i] = from->values[i];
        if (!copy_value(to, &values[i]))
            return false;
    }
    out->values = values;
    return values != NULL;
}

/* ---- Whole numbers among decimals ---- */

/* SQLite compares a number with digits as text by their types. */
static bool make_decimal(copier *to, calx_value *value)
{
    char digits[32];
    int length = snprintf(digits, sizeof digits, "%" PRId64, value->as.integer);
    *value = (calx_value){.kind = CALX_KIND_DECIMAL,
                          .as.text = calx_arena_copy(to->arena, digits, (size_t)length)};
    return value->as.text.data != NULL;
}

static bool make_decimals(copier *to, const calx_expression *nodes, size_t count)
{
    calx_expression *copies = (calx_expression *)nodes; /* this copier's own */
    for (size_t i = 0; nodes != NULL && i < count; i++)
        if (copies[i].op == CALX_OPERATOR_VALUE && copies[i].value.kind == CALX_KIND_INTEGER &&
            !make_decimal(to, &copies[i].value))
            return false;
    return true;
}

/* Operands that are whole numbers where the first one is a decimal. */
static bool match_decimals(copier *to, const calx_expression *node)
{
    bool chooses = node->op == CALX_OPERATOR_FUNCTION || node->op == CALX_OPERATOR_CASE;
    const calx_expression *first = chooses ? node->list : node->left;
    if (first == NULL || node->op == CALX_OPERATOR_OVER ||
        calx__expression_kind(first) != CALX_KIND_DECIMAL)
        return true;
    calx_value *values = (calx_value *)node->values;
    for (size_t i = 0; values != NULL && i < node->count; i++)
        if (values[i].kind == CALX_KIND_INTEGER && !make_decimal(to, &values[i]))
            return false;
    return make_decimals(to, node->right, 1) && make_decimals(to, node->list, node->count);
}

/* What a path leads to is an expression of the table that is joined for it. */
static bool copy_at(copier *to, const calx_expression *from, calx_expression *out)
{
    unsigned before = to->table;
    if (before == CALX__TABLE_WITHIN) {
        calx_session_fail(to->query->session, CALX_ERROR_UNSUPPORTED, "AT inside of WITHIN");
        return false;
    }
    to->table = calx__query_table(to->query, before, from->relationship, false);
    bool copied = to->table > 0 && copy_node(to, from->left, out);
    to->table = before;
    return copied;
}

static bool copy_operands(copier *to, const calx_expression *from, calx_expression *out)
{
    if (from->left != NULL && (out->left = copy_list(to, from->left, 1)) == NULL)
        return false;
    if (from->right != NULL && (out->right = copy_list(to, from->right, 1)) == NULL)
        return false;
    if (from->values != NULL)
        return copy_values(to, from, out);
    return from->list == NULL || (out->list = copy_list(to, from->list, from->count)) != NULL;
}

/* A comparison of a column with a value needs no other nodes. */
static bool is_leaf(const calx_expression *from)
{
    return from->op >= CALX_OPERATOR_EQUAL && from->op <= CALX_OPERATOR_GREATER_EQUAL &&
           from->left != NULL && from->left->op == CALX_OPERATOR_COLUMN && from->right != NULL &&
           from->right->op == CALX_OPERATOR_VALUE;
}

static bool copy_one(copier *to, const calx_expression *from, calx_expression *out)
{
    if (from->op == CALX_OPERATOR_AT)
        return copy_at(to, from, out);
    *out = *from;
    if (is_leaf(from)) {
        *out = (calx_expression){.op = from->op,
                                 .detail = to->table,
                                 .column = from->left->column,
                                 .value = from->right->value};
        return out->value.kind == CALX_KIND_INTEGER &&
                       calx__column_kind(out->column) == CALX_KIND_DECIMAL
                   ? make_decimal(to, &out->value)
                   : copy_value(to, &out->value);
    }
    if (from->column != NULL)
        out->detail = to->table;
    if (from->query != NULL)
        calx__query_clauses(to->query)->has_subqueries = true;
    unsigned before = to->table;
    if (from->op == CALX_OPERATOR_WITHIN)
        to->table = CALX__TABLE_WITHIN;
    bool copied =
        copy_operands(to, from, out) && copy_value(to, &out->value) && match_decimals(to, out);
    to->table = before;
    return copied;
}

static bool copy_node(copier *to, const calx_expression *from, calx_expression *out)
{
    if (to->depth == 0) {
        calx_session_fail(to->query->session, CALX_ERROR_LIMIT,
                          "condition is nested deeper than %d levels", CALX_EXPRESSION_DEPTH_MAX);
        return false;
    }
    to->depth--;
    bool copied = copy_one(to, from, out);
    to->depth++;
    return copied;
}

const calx_expression *calx__query_keep(calx_query *query, const calx_expression *expression)
{
    calx_session *session = query->session;
    if (calx__session_state(session) < 0)
        return NULL;
    copier to = {.query = query, .arena = &session->arena, .depth = CALX_EXPRESSION_DEPTH_MAX};
    const calx_expression *copy = copy_list(&to, expression, 1);
    return calx__session_state(session) < 0 ? NULL : copy;
}

const calx_expression *calx__query_both(calx_query *query, const calx_expression *a,
                                        const calx_expression *b)
{
    if (a == NULL)
        return b;
    calx_expression *both = calx_arena_alloc(&query->session->arena, sizeof *both);
    if (both == NULL)
        return a;
    *both = (calx_expression){.op = CALX_OPERATOR_AND, .left = a, .right = b};
    return both;
}

calx_value *calx__values_create(calx_session *session, size_t count)
{
    return calx_arena_alloc(&session->arena, (count + 1) * sizeof(calx_value));
}
