/* error.c: SQLSTATEs become error classes; server messages become one-line errors. */
#include "pgsql.h"

#include <stdio.h>
#include <string.h>

typedef struct rule {
    const char *prefix; /* a whole SQLSTATE, or the class it begins with */
    calx_error_class code;
} rule;

/* The first that fits counts: whole states before their class. Source: the manual's appendix A. */
static const rule rules[] = {
    {"08P01", CALX_ERROR_DATABASE}, /* a message the server did not understand */
    {"08", CALX_ERROR_CONNECTION_LOST},
    {"0A", CALX_ERROR_UNSUPPORTED},
    {"21", CALX_ERROR_DATA}, /* ON CONFLICT would touch a row twice */
    {"22", CALX_ERROR_DATA},
    {"23001", CALX_ERROR_FOREIGN_KEY},
    {"23502", CALX_ERROR_NOT_NULL},
    {"23503", CALX_ERROR_FOREIGN_KEY},
    {"23505", CALX_ERROR_UNIQUE},
    {"23P01", CALX_ERROR_UNIQUE}, /* an exclusion constraint: refused because of another row */
    {"23", CALX_ERROR_CHECK},
    {"25006", CALX_ERROR_READ_ONLY},
    {"25", CALX_ERROR_STATE},
    {"26", CALX_ERROR_UNDEFINED},
    {"28", CALX_ERROR_AUTHENTICATION},
    {"2D", CALX_ERROR_STATE},
    {"3B", CALX_ERROR_STATE}, /* no such savepoint */
    {"3D", CALX_ERROR_UNDEFINED},
    {"3F", CALX_ERROR_UNDEFINED},
    {"40002", CALX_ERROR_CHECK},
    {"40003", CALX_ERROR_DATABASE}, /* outcome unknown: not to be run again */
    {"40P01", CALX_ERROR_DEADLOCK},
    {"40", CALX_ERROR_SERIALIZATION},
    {"42501", CALX_ERROR_AUTHENTICATION},
    {"42701", CALX_ERROR_EXISTS},
    {"42703", CALX_ERROR_UNDEFINED},
    {"42704", CALX_ERROR_UNDEFINED},
    {"42710", CALX_ERROR_EXISTS},
    {"42723", CALX_ERROR_EXISTS},
    {"42883", CALX_ERROR_UNDEFINED},
    {"42P01", CALX_ERROR_UNDEFINED},
    {"42P02", CALX_ERROR_UNDEFINED},
    {"42P04", CALX_ERROR_EXISTS},
    {"42P06", CALX_ERROR_EXISTS},
    {"42P07", CALX_ERROR_EXISTS},
    {"42", CALX_ERROR_SYNTAX},
    {"44", CALX_ERROR_CHECK},
    {"53100", CALX_ERROR_DISK_FULL},
    {"53200", CALX_ERROR_NO_MEMORY},
    {"53300", CALX_ERROR_UNREACHABLE},
    {"53", CALX_ERROR_LIMIT},
    {"54", CALX_ERROR_LIMIT},
    {"55P03", CALX_ERROR_LOCK_TIMEOUT},
    {"57014", CALX_ERROR_CANCELLED},
    {"57P", CALX_ERROR_CONNECTION_LOST},
    {"58", CALX_ERROR_IO},
    {"XX001", CALX_ERROR_CORRUPT},
    {"XX002", CALX_ERROR_CORRUPT},
};

calx_error_class calx__pgsql_classify(const char *sqlstate)
{
    for (size_t i = 0; sqlstate && i < sizeof rules / sizeof *rules; i++)
        if (strncmp(sqlstate, rules[i].prefix, strlen(rules[i].prefix)) == 0)
            return rules[i].code;
    return CALX_ERROR_DATABASE;
}

/* A setting of the query key options that the server does not have, or a value that it cannot have.
 * What a role or a database sets wrong is a warning only. */
static bool is_bad_setting(const char *sqlstate)
{
    return strcmp(sqlstate, "22023") == 0 || strcmp(sqlstate, "42601") == 0 ||
           strcmp(sqlstate, "42704") == 0 || strcmp(sqlstate, "55P02") == 0;
}

calx_error_class calx__pgsql_classify_connect(const char *sqlstate)
{
    calx_error_class code = calx__pgsql_classify(sqlstate);

    if (is_bad_setting(sqlstate))
        return CALX_ERROR_URL;
    return code == CALX_ERROR_AUTHENTICATION || code == CALX_ERROR_UNDEFINED
               ? code
               : CALX_ERROR_UNREACHABLE;
}

int calx__pgsql_error_set(calx_error *err, calx_error_class code, const char *sqlstate,
                          const char *message)
{
    bool open = calx__pgsql_error_is_open(err);

    calx_error_set(err, code, "%.*s", (int)strcspn(message, "\n"), message);
    if (open && sqlstate)
        snprintf(err->sqlstate, sizeof err->sqlstate, "%s", sqlstate);
    return code;
}

static const char *field(const PGresult *result, int code)
{
    const char *value = PQresultErrorField(result, code);

    return value ? value : "";
}

static bool is_fatal(const PGresult *result)
{
    const char *severity = field(result, PG_DIAG_SEVERITY_NONLOCALIZED);

    return strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0;
}

/* By the function that raised it: the words are translated. */
static calx__pgsql_plan plan_after(const PGresult *result, const char *sqlstate)
{
    if (strcmp(sqlstate, "26000") == 0)
        return CALX__PGSQL_PLAN_GONE;
    if (strcmp(sqlstate, "0A000") == 0 &&
        strcmp(field(result, PG_DIAG_SOURCE_FUNCTION), "RevalidateCachedQuery") == 0)
        return CALX__PGSQL_PLAN_CHANGED;
    return CALX__PGSQL_PLAN_VALID;
}

static calx_error_class classify_result(calx__pgsql_connection *connection, const PGresult *result,
                                        const char *sqlstate)
{
    calx_error_class code = calx__pgsql_classify(sqlstate);

    /* Run again as a whole, the unit prepares again and succeeds. */
    if (connection->plan != CALX__PGSQL_PLAN_VALID)
        return CALX_ERROR_SERIALIZATION;
    /* Two sessions inside CREATE TABLE IF NOT EXISTS collide in the catalog's own indexes. */
    if (code == CALX_ERROR_UNIQUE && strcmp(field(result, PG_DIAG_SCHEMA_NAME), "pg_catalog") == 0)
        return CALX_ERROR_EXISTS;
    /* statement_timeout and a cancel request share a SQLSTATE and a source function. */
    if (code == CALX_ERROR_CANCELLED &&
        strstr(field(result, PG_DIAG_MESSAGE_PRIMARY), "statement timeout"))
        return CALX_ERROR_TIMEOUT;
    return code;
}

/* A standby, or a server set to read-only: another may be the one that writes now. A transaction
 * may be read-only by its own wish, too. PostgreSQL tells since version 14. */
static bool is_read_only_server(const PGconn *handle)
{
    const char *standby = PQparameterStatus(handle, "in_hot_standby");
    const char *read_only = PQparameterStatus(handle, "default_transaction_read_only");

    return !standby || !read_only || strcmp(standby, "on") == 0 || strcmp(read_only, "on") == 0;
}

int calx__pgsql_fail(calx__pgsql_connection *connection, const PGresult *result, calx_error *err)
{
    const char *sqlstate = field(result, PG_DIAG_SQLSTATE);
    const char *message = field(result, PG_DIAG_MESSAGE_PRIMARY);
    const char *constraint = field(result, PG_DIAG_CONSTRAINT_NAME);
    bool open = calx__pgsql_error_is_open(err);

    connection->plan = plan_after(result, sqlstate);
    calx_error_class code = classify_result(connection, result, sqlstate);
    if (PQstatus(connection->handle) == CONNECTION_BAD || is_fatal(result)) {
        code = CALX_ERROR_CONNECTION_LOST;
        connection->base.broken = true;
    }
    if (code == CALX_ERROR_READ_ONLY && is_read_only_server(connection->handle))
        connection->base.broken = true;
    if (!*message)
        message = PQresultErrorMessage(result);
    calx__pgsql_error_set(err, code, sqlstate, *message ? message : "no answer");
    if (code == CALX_ERROR_NOT_NULL)
        constraint = field(result, PG_DIAG_COLUMN_NAME);
    if (open)
        snprintf(err->constraint, sizeof err->constraint, "%s", constraint);
    return code;
}

int calx__pgsql_lost(calx__pgsql_connection *connection, calx_error *err)
{
    const char *message = PQerrorMessage(connection->handle);

    connection->base.broken = true;
    return calx__pgsql_error_set(err, CALX_ERROR_CONNECTION_LOST, NULL,
                                 *message ? message : "the server closed the connection");
}
