/*
 * cursor.h: one statement whose rows are taken one after the other, and its columns by their names.
 * Units (connection.h) hand all rows out at once. Private to core.
 */
#ifndef CALX_CORE_ENGINE_CURSOR_H
#define CALX_CORE_ENGINE_CURSOR_H

#include "core/engine/connection.h"

struct calx__prepared;

typedef struct calx__cursor {
    calx__connection *connection; /* NULL: it is not open */
    struct calx__prepared *prepared;
    calx_value *row; /* the values of the row, lent until the next call */
    size_t column_count;
    int64_t rows;          /* that were taken */
    int64_t rows_affected; /* known after the last row */
    int64_t started_us;
    const calx_value *binds; /* the caller's */
    bool failed;
} calx__cursor;

/*
 * Prepares and executes it. The connection and the binds are the cursor's until it is closed. sql's
 * id has to be 0. sql->result_kinds NULL: it has whatever columns it has (CALX_ERROR_UNSUPPORTED
 * when the driver does not tell them); else it has to have sql->result_count. streams: rows stay
 * in the database until they are asked for, as far as the driver can; a transaction is open.
 */
int calx__cursor_open(calx__connection *connection, const calx_sql *sql, const calx_value *binds,
                      bool streams, int64_t deadline_us, calx__cursor *out, calx_error *err);

/* 1: there is a row; 0: there are no more. */
int calx__cursor_next(calx__cursor *cursor, int64_t deadline_us, calx_error *err);

/* The name of a column, lent until the next call. */
const char *calx__cursor_column(const calx__cursor *cursor, size_t column);

/* Ends it, also before its last row. Does nothing to one that is not open. */
void calx__cursor_close(calx__cursor *cursor);

#endif
