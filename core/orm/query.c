/* query.c: queries are statements of the session's arena, built step by step and run at the end. */
#include "core/orm/session.h"

void *calx__query_create(calx_session *session, const calx_model *model, const void *columns)
{
    calx__typed_query *typed = &session->spare_typed;
    calx_query *query = &session->spare_query;
    bool usable = model->info == NULL || calx_model_check(model, &session->error) == 0;
    if (usable && calx__session_state(session) == 0) {
        calx__typed_query *new_typed = calx_arena_alloc(&session->arena, sizeof *typed);
        calx_query *new_query = calx_arena_alloc(&session->arena, sizeof *query);
        if (new_typed != NULL && new_query != NULL) {
            typed = new_typed;
            query = new_query;
        }
    }
    *query = (calx_query){.session = session, .statement = {.model = model, .limit = -1}};
    typed->query = query;
    typed->columns = columns;
    return typed;
}

const calx__statement *calx__query_statement(const calx_query *query)
{
    return &query->statement;
}

const calx_model *calx__query_model(const calx_query *query)
{
    return query->statement.model;
}

void calx__query_filter(calx_query *query, calx_expression condition)
{
    const calx_expression *kept =
        condition.op == CALX_OPERATOR_NONE ? NULL : calx__query_keep(query, &condition);
    if (kept != NULL)
        query->statement.where = calx__query_both(query, query->statement.where, kept);
}

void calx__query_order_by(calx_query *query, calx_expression expression, bool descending)
{
    calx__statement *statement = &query->statement;
    const calx_expression *kept = calx__query_keep(query, &expression);
    if (kept == NULL)
        return;
    if (statement->order_count == CALX_ORDER_MAX) {
        calx_session_fail(query->session, CALX_ERROR_LIMIT, "more than %d columns to order by",
                          CALX_ORDER_MAX);
        return;
    }
    if (statement->order == NULL)
        statement->order =
            calx_arena_alloc(&query->session->arena, CALX_ORDER_MAX * sizeof *statement->order);
    if (statement->order != NULL)
        statement->order[statement->order_count++] = (calx__order){kept, descending};
}

void calx__query_limit(calx_query *query, int64_t rows)
{
    if (rows < 0)
        calx_session_fail(query->session, CALX_ERROR_INVALID, "limit is negative");
    query->statement.limit = rows;
}

void calx__query_offset(calx_query *query, int64_t rows)
{
    if (rows < 0)
        calx_session_fail(query->session, CALX_ERROR_INVALID, "offset is negative");
    query->statement.offset = rows;
}

static int read_count(void *context, const calx_value *values, size_t count, calx_error *err)
{
    (void)count;
    (void)err;
    *(int64_t *)context = values[0].kind == CALX_KIND_INTEGER ? values[0].as.integer : 0;
    return 0;
}

int64_t calx__query_count(calx_query *query)
{
    calx__statement statement = query->statement;
    statement.kind = CALX__COUNT;
    int64_t count = 0;
    int code = calx__session_flush_and_execute(query->session, &statement, read_count, &count);
    return code < 0 ? 0 : count;
}

static bool has_changes(const void *session, const calx_model *model)
{
    return calx__session_has_changes(session, model);
}

/* Databases disagree on the rest. */
int calx__query_check_rows(const calx_query *query, const char *what)
{
    const calx__statement *statement = &query->statement;
    const calx__clauses *clauses = statement->clauses;
    if (calx__session_state(query->session) < 0)
        return query->session->error.code;
    if (statement->order_count > 0 || statement->limit >= 0 || statement->offset > 0)
        return calx_session_fail(query->session, CALX_ERROR_UNSUPPORTED,
                                 "%s with order_by, limit or offset", what);
    if (clauses != NULL && (clauses->rows != NULL || clauses->group_count > 0 ||
                            clauses->having != NULL || clauses->distinct || clauses->lock))
        return calx_session_fail(query->session, CALX_ERROR_UNSUPPORTED,
                                 "%s of what are not simply the rows of a table", what);
    return 0;
}

void calx__query_delete(calx_query *query)
{
    calx_session *session = query->session;
    calx__statement statement = query->statement;
    statement.kind = CALX__DELETE;
    if (calx__query_check_rows(query, "delete") < 0)
        return;
    /* What was changed before the delete is written before it. */
    if (session->autoflush && calx__statement_reads(&statement, has_changes, session) &&
        calx_session_flush(session) < 0)
        return;
    calx__bulk_delete *delete = calx_arena_alloc(&session->arena, sizeof *delete);
    if (delete == NULL) {
        calx__session_state(session);
        return;
    }
    delete->statement = statement;
    *session->deletes_end = delete;
    session->deletes_end = &delete->next;
}

int64_t calx__query_delete_count(calx_query *query)
{
    calx_session *session = query->session;
    calx__query_delete(query);
    if (calx__session_state(session) < 0)
        return -1;
    calx__bulk_delete *delete = session->deletes;
    while (delete->next != NULL)
        delete = delete->next;
    return calx_session_flush(session) < 0 ? -1 : delete->rows;
}
