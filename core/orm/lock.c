/* lock.c: queries that lock the rows they read. */
#include "core/orm/session.h"

void calx__query_lock(calx_query *query, calx__lock how)
{
    if (calx__session_state(query->session) == 0)
        calx__query_clauses(query)->lock = how;
}

/* A write of no row: the transaction has perhaps only read until now, and where rows are not locked
 * only one that writes has the database's lock. */
static int take_database(calx_session *session, const calx_model *model)
{
    const calx_expression column = {.op = CALX_OPERATOR_COLUMN, .column = &model->columns[0]};
    const calx_expression never = {.op = CALX_OPERATOR_IN, .left = &column};
    const calx__statement nothing = {
        .kind = CALX__DELETE, .model = model, .where = &never, .limit = -1};
    return calx__session_execute(session, &nothing, NULL, NULL);
}

int calx__session_lock_before(calx_session *session, const calx__statement *statement)
{
    const calx__statement *reads = calx__statement_outermost(statement);
    bool was_open = session->connection != NULL;
    if (calx__session_state(session) < 0 || reads->clauses == NULL ||
        reads->clauses->lock == CALX__LOCK_NONE || calx__session_begin(session) < 0)
        return calx__session_state(session);
    if (was_open && !calx__engine_dialect(session->engine)->locks_rows)
        return take_database(session, reads->model);
    return 0;
}
