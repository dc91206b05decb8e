/* load.c: many records as one stream: COPY, where that does what INSERTs of them would do. */
#include "load.h"

#include <stdlib.h>
#include <string.h>

/* ---- Will it be the same? ---- */

/*
 * What COPY passes over: rules, row security, views and their triggers; and a key that is always
 * generated, which it would take from us. The names are the catalog's own.
 */
#define TABLE                                                                                      \
    "SELECT a.attname, a.atttypid, a.attidentity <> 'a' AND c.relkind IN ('r', 'p')"               \
    " AND NOT c.relhasrules AND NOT pg_catalog.row_security_active(c.oid)"                         \
    " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid"             \
    " WHERE c.oid = CAST($1 AS regclass) AND a.attnum > 0 AND NOT a.attisdropped"

/* A parameter's value is converted to its column's type, the text of a stream is read as one: that
 * is the same where both are one type, or where they are as these. */
static bool is_same(calx_kind kind, Oid column)
{
    Oid declared = calx__pgsql_bind_type(kind);

    return declared == 0 || declared == column ||
           (declared == CALX__PGSQL_INT8 &&
            (column == CALX__PGSQL_INT4 || column == CALX__PGSQL_INT2)) ||
           (declared == CALX__PGSQL_TIMESTAMP && column == CALX__PGSQL_TIMESTAMPTZ);
}

/* False: the table has no such column, or not one that can be loaded. */
static bool find_column(const PGresult *table, const char *name, calx_kind kind, Oid *type)
{
    for (int row = 0; row < PQntuples(table); row++) {
        if (strcmp(PQgetvalue(table, row, 0), name) != 0)
            continue;
        *type = (Oid)strtoul(PQgetvalue(table, row, 1), NULL, 10);
        return *PQgetvalue(table, row, 2) == 't' && is_same(kind, *type);
    }
    return false;
}

/* The types of the columns. */
static int ask(calx__pgsql_connection *connection, const calx_load *load, Oid *types,
               int64_t deadline_us, calx_error *err)
{
    PGresult *table = NULL;

    connection->unnamed = NULL;
    int queued = PQsendQueryParams(connection->handle, TABLE, 1, NULL,
                                   (const char *const[]){load->table}, NULL, NULL, 0);
    int code = calx__pgsql_exchange(connection, queued, deadline_us, &table, err);
    for (size_t i = 0; code == 0 && i < load->sql->bind_count; i++)
        if (!find_column(table, load->columns[i], load->sql->bind_kinds[i], &types[i]))
            code = CALX_RECORDS_DECLINED;
    PQclear(table);
    return code;
}

/* ---- The stream ---- */

#define SENT_BYTES 65536 /* that are queued before what libpq could not yet send is waited for */

static void drain(calx__pgsql_connection *connection, int64_t deadline_us)
{
    PGresult *rest = NULL;

    while (!connection->base.broken &&
           calx__pgsql_receive(connection, deadline_us, &rest, NULL) == 0 && rest)
        PQclear(rest);
    calx__pgsql_update_transaction(connection);
}

/* An answer that is no invitation is the server's refusal. */
static int begin(calx__pgsql_connection *connection, const calx_sql *sql, int64_t deadline_us,
                 calx_error *err)
{
    PGresult *result = NULL;
    char *text;

    int code = calx__pgsql_text_copy(sql->text, sql->length, &text, err);
    if (code)
        return code;
    code = PQsendQuery(connection->handle, text) ? calx__pgsql_flush(connection, deadline_us, err)
                                                 : calx__pgsql_lost(connection, err);
    free(text);
    if (code == 0)
        code = calx__pgsql_receive(connection, deadline_us, &result, err);
    if (code == 0 && PQresultStatus(result) != PGRES_COPY_IN) {
        code =
            result ? calx__pgsql_fail(connection, result, err) : calx__pgsql_lost(connection, err);
        drain(connection, deadline_us);
    }
    PQclear(result);
    return code;
}

/* What the server refuses on the way it says at the end. */
static int send(calx__pgsql_connection *connection, const calx__pgsql_text *text,
                int64_t deadline_us, calx_error *err)
{
    int code = 0;

    for (size_t at = 0, size; code == 0 && at < text->length; at += size) {
        size = text->length - at < SENT_BYTES ? text->length - at : SENT_BYTES;
        int queued = PQputCopyData(connection->handle, text->data + at, (int)size);
        code = queued > 0 ? calx__pgsql_flush(connection, deadline_us, err)
                          : calx__pgsql_lost(connection, err);
    }
    return code;
}

static int stream(calx__pgsql_connection *connection, const calx_load *load,
                  const calx__pgsql_text *text, int64_t deadline_us, int64_t *rows_affected,
                  calx_error *err)
{
    PGresult *result = NULL;

    int code = begin(connection, load->sql, deadline_us, err);
    if (code == 0)
        code = send(connection, text, deadline_us, err);
    if (code)
        return code;
    int queued = PQputCopyEnd(connection->handle, NULL) > 0;
    code = calx__pgsql_exchange(connection, queued, deadline_us, &result, err);
    if (code == 0)
        *rows_affected = strtoll(PQcmdTuples(result), NULL, 10);
    PQclear(result);
    return code;
}

int calx__pgsql_records_load(calx_connection *base, const calx_load *load, int64_t deadline_us,
                             int64_t *rows_affected, calx_error *err)
{
    calx__pgsql_connection *connection = calx__pgsql_connection_of(base);
    calx__pgsql_text text = {0};
    Oid types[CALX__PGSQL_COLUMNS_MAX];

    int code = load->sql->bind_count > CALX__PGSQL_COLUMNS_MAX
                   ? CALX_RECORDS_DECLINED
                   : calx__pgsql_ready(connection, deadline_us, err);
    if (code == 0)
        code = ask(connection, load, types, deadline_us, err);
    if (code == 0)
        code = calx__pgsql_text_write(&text, load, types, err);
    if (code == 0)
        code = stream(connection, load, &text, deadline_us, rows_affected, err);
    free(text.data);
    return code;
}
