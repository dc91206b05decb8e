/*
 * explain.h: what becomes of a query, to be looked at: its SQL, and the database's plan for it.
 */
#ifndef CALX_EXPLAIN_H
#define CALX_EXPLAIN_H

#include <calx/query.h>

/* The query's SQL as this session would send it, in the session's memory: binds as ? or $1, their
 * values are not in it. Sends nothing. No text after a failure. */
#define calx_sql_text(typed) calx__query_sql_text((typed)->query)

/*
 * The database's plan, a line for each of its steps, in its own words: of EXPLAIN QUERY PLAN on
 * SQLite, EXPLAIN on PostgreSQL, EXPLAIN FORMAT=JSON on MariaDB and MySQL. The query is not run.
 * Flushes before as the query would.
 */
#define calx_explain(typed) calx__query_explain((typed)->query)

/* ---- What the macros expand to ---- */

CALX_API calx_text calx__query_sql_text(const calx_query *query);
CALX_API calx_text calx__query_explain(const calx_query *query);

#endif
