/* unnamed.h: running statements where nothing may stay prepared on a server. Private to
 * drivers/pgsql. */
#ifndef CALX_PGSQL_UNNAMED_H
#define CALX_PGSQL_UNNAMED_H

#include "pgsql.h"

/* Since PostgreSQL 14: a server that is busy looks now and then whether its client is still there,
 * so that a statement we gave up does not run on. */
#define CALX__PGSQL_CHECK_VERSION 140000
#define CALX__PGSQL_CHECK_MS 2000

/* Where nothing stays on a server: makes connection->settings. */
int calx__pgsql_settings_create(calx__pgsql_connection *connection, calx_error *err);

/* Queues, in pipeline mode, a statement whose types are known, with its text and encoded binds. */
bool calx__pgsql_queue_unnamed(calx__pgsql_connection *connection, const char *text,
                               const calx__pgsql_binds *binds, bool binary);

/* Runs a statement whose types are known, with its encoded binds: its text travels along. The
 * result is the statement's. */
int calx__pgsql_run_unnamed(calx__pgsql_statement *statement, int64_t deadline_us, calx_error *err);

/* Takes the types of the statement's result from the result itself: without a prepared statement
 * the server does not tell when they have changed. */
int calx__pgsql_read_types(calx__pgsql_statement *statement, calx_error *err);

#endif
