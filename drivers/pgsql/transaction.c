/* transaction.c: begin, commit, rollback and single commands. */
#include "pgsql.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Sends a fixed text and throws away an answer that is not an error. */
static int run(calx__pgsql_connection *connection, const char *sql, int64_t deadline_us,
               calx_error *err)
{
    PGresult *result = NULL;

    int code = calx__pgsql_exchange(connection, PQsendQuery(connection->handle, sql), deadline_us,
                                    &result, err);
    PQclear(result);
    return code;
}

const char *calx__pgsql_begin_text(calx_isolation isolation)
{
    switch (isolation) {
    case CALX_ISOLATION_REPEATABLE_READ:
        return "BEGIN ISOLATION LEVEL REPEATABLE READ";
    case CALX_ISOLATION_SERIALIZABLE:
        return "BEGIN ISOLATION LEVEL SERIALIZABLE";
    case CALX_ISOLATION_DEFAULT:
    case CALX_ISOLATION_READ_COMMITTED:
        break;
    }
    return "BEGIN ISOLATION LEVEL READ COMMITTED";
}

int calx__pgsql_begin(calx_connection *base, calx_isolation isolation, bool write,
                      int64_t deadline_us, calx_error *err)
{
    calx__pgsql_connection *connection = calx__pgsql_connection_of(base);

    (void)write;
    int code = calx__pgsql_ready(connection, deadline_us, err);
    if (code)
        return code;
    if (base->in_transaction)
        return calx_error_set(err, CALX_ERROR_STATE, "a transaction is open already");
    const char *text = calx__pgsql_begin_text(isolation);
    if (!connection->settings)
        return run(connection, text, deadline_us, err);
    char *both;
    if (asprintf(&both, "%s; %s", text, connection->settings) < 0)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "no memory for a transaction");
    code = run(connection, both, deadline_us, err);
    free(both);
    return code;
}

bool calx__pgsql_is_unknown_state(const calx_error *err)
{
    return strcmp(err->sqlstate, "40003") == 0 || strcmp(err->sqlstate, "08007") == 0;
}

/* Seen with synchronous standbys: committed here, perhaps not there. */
int calx__pgsql_check_warning(const calx__pgsql_connection *connection, calx_error *err)
{
    bool open = calx__pgsql_error_is_open(err);

    if (!connection->warned)
        return 0;
    calx_error_set(err, CALX_ERROR_DATABASE, "COMMIT answered with a warning");
    if (open)
        err->outcome = CALX_OUTCOME_UNKNOWN;
    return CALX_ERROR_DATABASE;
}

int calx__pgsql_check_commit(const calx__pgsql_connection *connection, PGresult *result,
                             calx_error *err)
{
    if (strcmp(PQcmdStatus(result), "COMMIT") != 0)
        return calx_error_set(err, CALX_ERROR_DATABASE,
                              "the transaction had failed before and was rolled back");
    return calx__pgsql_check_warning(connection, err);
}

int calx__pgsql_commit(calx_connection *base, int64_t deadline_us, calx_error *err)
{
    calx__pgsql_connection *connection = calx__pgsql_connection_of(base);
    PGresult *result = NULL;

    int code = calx__pgsql_ready(connection, deadline_us, err);
    if (code)
        return code;
    if (!base->in_transaction)
        return calx_error_set(err, CALX_ERROR_STATE, "no transaction is open");
    /* A server that has already left did not see the COMMIT: then the outcome is known. */
    code = calx__pgsql_peek(connection, err);
    if (code)
        return code;
    connection->warned = false;
    bool open = calx__pgsql_error_is_open(err);
    code = calx__pgsql_exchange(connection, PQsendQuery(connection->handle, "COMMIT"), deadline_us,
                                &result, err);
    if (code == 0)
        code = calx__pgsql_check_commit(connection, result, err);
    else if (open && (base->broken || calx__pgsql_is_unknown_state(err)))
        err->outcome = CALX_OUTCOME_UNKNOWN;
    PQclear(result);
    return code;
}

int calx__pgsql_rollback(calx_connection *base, int64_t deadline_us, calx_error *err)
{
    calx__pgsql_connection *connection = calx__pgsql_connection_of(base);

    if (!base->in_transaction || base->broken)
        return 0;
    int code = calx__pgsql_ready(connection, deadline_us, err);
    if (code == 0)
        code = run(connection, "ROLLBACK", deadline_us, err);
    if (code)
        calx__pgsql_abandon(connection);
    return code;
}

int calx__pgsql_command(calx_connection *base, const char *sql, size_t length, int64_t deadline_us,
                        calx_error *err)
{
    calx__pgsql_connection *connection = calx__pgsql_connection_of(base);
    PGresult *result = NULL;
    char *text = NULL;

    int code = calx__pgsql_ready(connection, deadline_us, err);
    if (code == 0)
        code = calx__pgsql_text_copy(sql, length, &text, err);
    if (code)
        return code;
    bool open = calx__pgsql_error_is_open(err);
    bool alone = !base->in_transaction;
    /* The extended protocol refuses a second statement in the text. */
    int queued = PQsendQueryParams(connection->handle, text, 0, NULL, NULL, NULL, NULL, 0);
    code = calx__pgsql_exchange(connection, queued, deadline_us, &result, err);
    if (open && alone && calx__pgsql_answer_lost(base, code))
        err->outcome = CALX_OUTCOME_UNKNOWN;
    if (code == 0)
        code = calx__pgsql_refuse_empty(result, err);
    PQclear(result);
    free(text);
    return code;
}
