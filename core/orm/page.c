/* page.c: the rows of a query behind one of them, as a condition. */
#include "core/orm/page.h"

#include <string.h>

#include "core/schema/type.h"
#include "core/sql/statement.h"

/* ---- The order ---- */

/* A column of the query's own table, or row. */
static const calx_column *own_column(const calx__order *order)
{
    const calx_expression *expression = order->expression;
    return expression->op == CALX_OPERATOR_COLUMN && expression->detail == 0 ? expression->column
                                                                             : NULL;
}

static bool is_ordered_by(const calx__statement *statement, const calx_column *column)
{
    for (size_t i = 0; i < statement->order_count; i++)
        if (own_column(&statement->order[i]) == column)
            return true;
    return false;
}

int calx__page_order(calx_query *query)
{
    calx_session *session = query->session;
    const calx__statement *statement = &query->statement;
    if (calx__session_state(session) < 0)
        return session->error.code;
    if (statement->order_count == 0)
        return calx_session_fail(session, CALX_ERROR_INVALID, "pages of a query without an order");
    if (statement->clauses != NULL && statement->clauses->group_count > 0)
        return calx_session_fail(session, CALX_ERROR_UNSUPPORTED, "pages of groups");
    bool descending = statement->order[statement->order_count - 1].descending;
    size_t count = 0;
    const uint8_t *key = statement->model->info ? calx_model_key(statement->model, &count) : NULL;
    for (size_t i = 0; i < count; i++) {
        const calx_column *column = &statement->model->columns[key[i]];
        if (!is_ordered_by(statement, column))
            calx__query_order_by(
                query, (calx_expression){.op = CALX_OPERATOR_COLUMN, .column = column}, descending);
    }
    return calx__session_state(session);
}

/* ---- The condition ---- */

/* Nodes are made where the order's are: their columns know their tables already. */
static const calx_expression *node(calx_query *query, calx_expression made)
{
    calx_expression *kept = calx_arena_alloc(&query->session->arena, sizeof *kept);
    if (kept != NULL)
        *kept = made;
    return kept;
}

static const calx_expression *compare(calx_query *query, calx_operator op,
                                      const calx_expression *left, calx_value value)
{
    const calx_expression *right =
        node(query, (calx_expression){.op = CALX_OPERATOR_VALUE, .value = value});
    return node(query, (calx_expression){.op = op, .left = left, .right = right});
}

static const calx_expression *either(calx_query *query, const calx_expression *a,
                                     const calx_expression *b)
{
    return a ? node(query, (calx_expression){.op = CALX_OPERATOR_OR, .left = a, .right = b}) : b;
}

static bool is_nullable(const calx__order *order)
{
    const calx_column *column = own_column(order);
    return column == NULL || column->nullable;
}

/* What comes behind the value by this part of the order alone; NULL: nothing does. */
static const calx_expression *behind(calx_query *query, const calx__order *order, calx_value value)
{
    const calx_expression *left = order->expression;
    const calx_expression *is_null =
        node(query, (calx_expression){.op = CALX_OPERATOR_IS_NULL, .left = left});
    if (value.kind == CALX_KIND_NULL && order->descending)
        return NULL;
    if (value.kind == CALX_KIND_NULL)
        return node(query, (calx_expression){.op = CALX_OPERATOR_IS_NOT_NULL, .left = left});
    if (!order->descending)
        return compare(query, CALX_OPERATOR_GREATER, left, value);
    const calx_expression *less = compare(query, CALX_OPERATOR_LESS, left, value);
    return is_nullable(order) ? either(query, less, is_null) : less;
}

/* By the first part alone, so that an index can tell where to begin: databases do not see it in
 * what follows. */
static void add_bound(calx_query *query, const calx__order *first, calx_value value)
{
    if (value.kind == CALX_KIND_NULL || (first->descending && is_nullable(first)))
        return;
    query->statement.where = calx__query_both(
        query, query->statement.where,
        compare(query, first->descending ? CALX_OPERATOR_LESS_EQUAL : CALX_OPERATOR_GREATER_EQUAL,
                first->expression, value));
}

/* a > 1 OR (a = 1 AND b > 2) OR (a = 1 AND b = 2 AND c > 3) */
static void add_condition(calx_query *query, const calx_value *values)
{
    calx__statement *statement = &query->statement;
    const calx_expression *equal = NULL;
    const calx_expression *any = NULL;
    if (statement->order_count > 1)
        add_bound(query, &statement->order[0], values[0]);
    for (size_t i = 0; i < statement->order_count; i++) {
        const calx__order *order = &statement->order[i];
        const calx_expression *more = behind(query, order, values[i]);
        if (more != NULL)
            any = either(query, any, calx__query_both(query, equal, more));
        equal = calx__query_both(query, equal,
                                 compare(query, CALX_OPERATOR_EQUAL, order->expression, values[i]));
    }
    if (any == NULL) /* in no list: false */
        any = node(query, (calx_expression){.op = CALX_OPERATOR_IN,
                                            .left = statement->order[0].expression});
    if (calx__session_state(query->session) == 0)
        statement->where = calx__query_both(query, statement->where, any);
}

/* ---- Values ---- */

/* May the values be compared? What is a number is, with what is one; C has no booleans of its own.
 */
static bool is_comparable(calx_kind wanted, const calx_value *value)
{
    bool number = value->kind == CALX_KIND_INTEGER || value->kind == CALX_KIND_DOUBLE ||
                  value->kind == CALX_KIND_DECIMAL;
    if (value->kind == CALX_KIND_NULL || wanted == CALX_KIND_NULL || value->kind == wanted)
        return true;
    return number && (wanted == CALX_KIND_INTEGER || wanted == CALX_KIND_DOUBLE ||
                      wanted == CALX_KIND_DECIMAL);
}

static calx_value as_boolean(calx_value value)
{
    bool fits = value.kind == CALX_KIND_INTEGER && (value.as.integer == 0 || value.as.integer == 1);
    return fits ? calx_value_boolean(value.as.integer == 1) : value;
}

static int keep_value(calx_query *query, size_t index, calx_value *value)
{
    calx_session *session = query->session;
    calx_kind wanted = calx__expression_kind(query->statement.order[index].expression);
    if (wanted == CALX_KIND_BOOLEAN)
        *value = as_boolean(*value);
    if (!is_comparable(wanted, value))
        return calx_session_fail(session, CALX_ERROR_INVALID, "order %zu: expected %s, got %s",
                                 index + 1, calx_kind_name(wanted), calx_kind_name(value->kind));
    if (calx_kind_is_text(value->kind))
        value->as.text =
            calx_arena_copy(&session->arena, value->as.text.data, value->as.text.length);
    else if (value->kind == CALX_KIND_BLOB) {
        calx_text bytes =
            calx_arena_copy(&session->arena, value->as.blob.data, value->as.blob.length);
        value->as.blob = (calx_blob){bytes.data, bytes.length};
    }
    return calx__session_state(session);
}

void calx__query_after_values(calx_query *query, const calx_value *values, size_t count)
{
    calx_value kept[CALX_ORDER_MAX];
    if (calx__page_order(query) < 0)
        return;
    if (count != query->statement.order_count) {
        calx_session_fail(query->session, CALX_ERROR_INVALID,
                          "the order and the key have %zu values, got %zu",
                          query->statement.order_count, count);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        kept[i] = values[i];
        if (keep_value(query, i, &kept[i]) < 0)
            return;
    }
    add_condition(query, kept);
}

/* The values of a row; lent from it, or in the arena. */
static int values_of(calx_query *query, const void *row, calx_value *out)
{
    calx_session *session = query->session;
    calx_error err = {0};
    for (size_t i = 0; i < query->statement.order_count; i++) {
        const calx_column *column = own_column(&query->statement.order[i]);
        if (column == NULL)
            return calx_session_fail(session, CALX_ERROR_UNSUPPORTED,
                                     "order %zu is none by a column of the row: its value is not "
                                     "known, calx_after_values takes it",
                                     i + 1);
        if (column->type->encode(column, calx__member(column, row), &session->arena, &out[i],
                                 &err) < 0)
            return calx__session_fail_with(session, &err);
    }
    return calx__session_state(session);
}

void calx__query_after(calx_query *query, const void *row)
{
    calx_value values[CALX_ORDER_MAX];
    if (calx__page_order(query) < 0 || row == NULL || values_of(query, row, values) < 0)
        return;
    calx__query_after_values(query, values, query->statement.order_count);
}

/* ---- Tokens ---- */

/* Of the order: a token of another one does not fit. */
static uint32_t order_hash(const calx__statement *statement)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < statement->order_count; i++) {
        const calx__order *order = &statement->order[i];
        const char *name =
            order->expression->column ? calx_column_name(order->expression->column) : "?";
        for (const char *c = name; *c != '\0'; c++)
            hash = (hash ^ (unsigned char)*c) * 16777619u;
        hash = (hash ^ (order->descending ? 1u : 2u)) * 16777619u;
    }
    return hash;
}

calx_text calx__query_page_token(calx_query *query, const void *row)
{
    calx_session *session = query->session;
    calx_value values[CALX_ORDER_MAX];
    calx_text token = {0};
    if (calx__page_order(query) < 0 || row == NULL || values_of(query, row, values) < 0)
        return token;
    calx_buffer bytes = {.length_max = CALX_PAGE_TOKEN_MAX};
    calx_buffer text = {.length_max = CALX_PAGE_TOKEN_MAX};
    uint32_t hash = order_hash(&query->statement);
    bool known = true;
    calx_buffer_append(&bytes, &hash, sizeof hash);
    for (size_t i = 0; i < query->statement.order_count; i++)
        known = known && calx__page_value_write(&values[i], &bytes);
    calx__page_text(&bytes, &text);
    if (!known)
        calx_session_fail(session, CALX_ERROR_UNSUPPORTED, "a token with a document or an array");
    else if (bytes.failed || text.failed)
        calx_session_fail(session, CALX_ERROR_LIMIT, "a token of more than %d characters",
                          CALX_PAGE_TOKEN_MAX);
    else
        token = calx_arena_copy(&session->arena, text.data, text.length);
    calx_buffer_finish(&bytes);
    calx_buffer_finish(&text);
    calx__session_state(session);
    return token;
}

/* How many values the bytes have, all of them; none when they are no token of this order. */
static size_t read_values(const calx__statement *statement, const calx_buffer *bytes,
                          calx_value *out)
{
    uint32_t hash = order_hash(statement);
    size_t at = sizeof hash;
    size_t count = 0;
    if (bytes->length < at || memcmp(bytes->data, &hash, sizeof hash) != 0)
        return 0;
    while (at < bytes->length && count < statement->order_count) {
        size_t taken = calx__page_value_read((const unsigned char *)bytes->data + at,
                                             bytes->length - at, &out[count]);
        if (taken == 0)
            return 0;
        at += taken;
        count++;
    }
    return at == bytes->length && count == statement->order_count ? count : 0;
}

/* Could the column have it? What a client has changed need not be a label, a day, digits. */
static bool is_of_column(const calx_query *query, const calx_column *column,
                         const calx_value *value)
{
    calx_arena *arena = &query->session->arena;
    void *member = calx_session_scratch(query->session, query->statement.model);
    calx_value again;
    return column == NULL || calx__type_is_document(column->type) ||
           (column->type->decode(column, value, member, arena, NULL) == 0 &&
            column->type->encode(column, member, arena, &again, NULL) == 0);
}

static bool are_of_columns(const calx_query *query, const calx_value *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!is_of_column(query, own_column(&query->statement.order[i]), &values[i]))
            return false;
    return count > 0;
}

void calx__query_after_token(calx_query *query, calx_text token)
{
    calx_value values[CALX_ORDER_MAX];
    calx_buffer bytes = {.length_max = CALX_PAGE_TOKEN_MAX};
    if (calx__page_order(query) < 0 || token.length == 0)
        return;
    size_t count = token.length <= CALX_PAGE_TOKEN_MAX && calx__page_bytes(token, &bytes)
                       ? read_values(&query->statement, &bytes, values)
                       : 0;
    if (!are_of_columns(query, values, count))
        calx_session_fail(query->session, CALX_ERROR_INVALID, "no token of a page in this order");
    else
        calx__query_after_values(query, values, count);
    calx_buffer_finish(&bytes);
}
