/* pocket.h: what the files of the driver "pocket" share: SQLite in memory, one connection, a
 * statement engine without frills. */
#ifndef POCKET_H
#define POCKET_H

#include <sqlite3.h>

#include <calx/driver.h>

typedef struct pocket_connection {
    calx_connection base;
    calx_native native;
    sqlite3 *db;
    /* The running call: what the progress handler goes by. */
    int64_t deadline_us;
    bool ends;                /* COMMIT or ROLLBACK, which is not broken off */
    calx_error_class stopped; /* by the handler: TIMEOUT, CANCELLED, or CALX_OK */
} pocket_connection;

typedef struct pocket_statement {
    calx_statement base;
    sqlite3_stmt *handle;
    enum { POCKET_IDLE, POCKET_ROW, POCKET_ROWS, POCKET_DONE } state; /* ROW: not handed out yet */
    int64_t rows_affected;
    int64_t generated_key;
} pocket_statement;

/* connection.c */
int pocket_connection_open(calx_database *database, int64_t deadline_us, calx_connection **out,
                           calx_error *err);
void pocket_connection_close(calx_connection *connection);
int pocket_connection_check(calx_connection *connection, int64_t deadline_us, calx_error *err);
int pocket_begin(calx_connection *connection, calx_isolation isolation, bool write,
                 int64_t deadline_us, calx_error *err);
int pocket_commit(calx_connection *connection, int64_t deadline_us, calx_error *err);
int pocket_rollback(calx_connection *connection, int64_t deadline_us, calx_error *err);
int pocket_command(calx_connection *connection, const char *sql, size_t length, int64_t deadline_us,
                   calx_error *err);

/* Begins a call: CALX_ERROR_TIMEOUT if its time is over already. */
int pocket_call(pocket_connection *connection, int64_t deadline_us, calx_error *err);

/* Prepares the one statement that the text holds. */
int pocket_prepare(pocket_connection *connection, const char *sql, size_t length,
                   sqlite3_stmt **out, calx_error *err);

/* statement.c */
int pocket_statement_prepare(calx_connection *connection, const calx_sql *sql, int64_t deadline_us,
                             calx_statement **out, calx_error *err);
int pocket_statement_execute(calx_statement *statement, const calx_value *binds,
                             int64_t deadline_us, calx_error *err);
int pocket_statement_fetch(calx_statement *statement, calx_value *values, int64_t deadline_us,
                           calx_error *err);
int64_t pocket_statement_rows_affected(calx_statement *statement);
int64_t pocket_statement_generated_key(calx_statement *statement);
void pocket_statement_reset(calx_statement *statement);
void pocket_statement_finalize(calx_statement *statement);

/* value.c */

/* Binds a value at a place (from 1) in SQLAlchemy's form; SQLite's code. */
int pocket_bind(sqlite3_stmt *handle, int place, const calx_value *value);

/* A column (from 0) of the row, in its natural kind; bytes are lent until the next step. */
calx_value pocket_column(sqlite3_stmt *handle, int column);

/* decimal.c */

/* What the dialect asks of decimals: a collation, sum() and avg(). SQLite's code. */
int pocket_decimals(sqlite3 *db);

/* error.c */

/* Fills err from SQLite's code and message; keeps in_transaction. */
int pocket_error(pocket_connection *connection, int code, calx_error *err);

#endif
