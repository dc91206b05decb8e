/* connection.c: taking connections out of the pool and giving them back, opening, checking and
 * closing them, and their transactions. */
#include "core/engine/connection.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/engine/internal.h"

/* So long after its last use a connection that is quiet counts as alive. */
#define FRESH_US 1000000

/* ---- Opening and closing ---- */

static int open_base(calx__connection *connection, int64_t deadline_us, calx_error *err)
{
    calx_engine *engine = connection->engine;
    int64_t started_us = calx__event_start(engine);
    int status = engine->choice.driver->connection_open(
        engine->database, calx__deadline_within_ms(deadline_us, engine->options.connect_timeout_ms),
        &connection->base, err);
    connection->opened_us = connection->verified_us = calx_now_us();
    calx__event_send(engine, started_us,
                     (calx_event){.kind = CALX_EVENT_CONNECT, .error = status < 0 ? err : NULL});
    return status;
}

static int connection_open(calx_engine *engine, int64_t deadline_us, calx__connection **out,
                           calx_error *err)
{
    calx__connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL)
        return calx_error_set(err, CALX_ERROR_NO_MEMORY, "out of memory for a connection");
    connection->engine = engine;
    calx__statements_init(&connection->statements, (size_t)engine->options.statement_cache_size);
    int status = open_base(connection, deadline_us, err);
    if (status < 0)
        free(connection);
    else
        *out = connection;
    return status;
}

static void connection_close(calx__connection *connection)
{
    calx_engine *engine = connection->engine;
    int64_t started_us = calx__event_start(engine);
    calx__statements_finish(&connection->statements);
    connection->base->driver->connection_close(connection->base);
    calx__kept_finish(&connection->kept);
    free(connection->scratch);
    free(connection);
    calx__event_send(engine, started_us, (calx_event){.kind = CALX_EVENT_DISCONNECT});
}

void calx__engine_close_idle(calx_engine *engine)
{
    calx__connection *connection = calx__pool_drain(&engine->pool);
    while (connection != NULL) {
        calx__connection *next = connection->next;
        connection_close(connection);
        calx__pool_vacate(&engine->pool);
        connection = next;
    }
}

/* ---- Taking ---- */

/* One that was in use a moment ago, and has been quiet since, is alive. */
static bool is_fresh(const calx__connection *connection)
{
    const calx_driver *driver = connection->base->driver;
    return driver->connection_quiet != NULL && calx_now_us() - connection->verified_us < FRESH_US &&
           driver->connection_quiet(connection->base);
}

static int check(calx__connection *connection, int64_t deadline_us, calx_error *err)
{
    calx_engine *engine = connection->engine;
    int status = connection->base->driver->connection_check(
        connection->base, calx__deadline_within_ms(deadline_us, engine->options.connect_timeout_ms),
        err);
    if (status == 0)
        connection->verified_us = calx_now_us();
    return status;
}

/*
 * Checks one just taken from the pool. A dead one is closed and *connection becomes NULL, its slot
 * stays the caller's. The others that were idle meanwhile most likely died of the same cause: they
 * are closed unasked, since asking each could cost a timeout each. An error is only returned where
 * nothing is known of the connection, because the caller has no time left or was cancelled.
 */
static int replace_if_dead(calx__connection **connection, int64_t deadline_us, calx_error *err)
{
    calx_engine *engine = (*connection)->engine;
    calx_error failure = {0};
    if (check(*connection, deadline_us, &failure) == 0)
        return 0;
    bool known = failure.code != CALX_ERROR_CANCELLED && calx_now_us() < deadline_us;
    if (!known && !(*connection)->base->broken) {
        calx__connection_release(*connection);
        return calx_error_set(err, failure.code, "%s", failure.message);
    }
    calx__pool_drop(&engine->pool, *connection, known);
    connection_close(*connection);
    *connection = NULL;
    if (known)
        calx__engine_close_idle(engine);
    return 0;
}

/* Opens one in the slot that the caller has. */
static int open_in_slot(calx_engine *engine, int64_t deadline_us, calx__connection **out,
                        calx_error *err)
{
    int status = connection_open(engine, deadline_us, out, err);
    if (status < 0)
        calx__pool_vacate(&engine->pool);
    else
        calx__pool_adopt(&engine->pool, *out, engine->database->connections_max);
    return status;
}

/* Is an idle one to be checked before it is used? */
static bool is_doubtful(calx_engine *engine, const calx__connection *connection)
{
    return calx__pool_suspects(&engine->pool, connection) ||
           (engine->options.pool_pre_ping && !is_fresh(connection));
}

int calx__connection_acquire_checked(calx_engine *engine, bool always, int64_t deadline_us,
                                     calx__connection **out, calx_error *err)
{
    calx_error ignored = {0};
    calx__connection *connection = NULL;
    err = err ? err : &ignored;
    int64_t turn_us = calx__deadline_within_ms(deadline_us, engine->options.pool_timeout_ms);
    int status = calx__pool_take(&engine->pool, turn_us, &connection, err);
    if (status < 0)
        return status;
    if (connection != NULL && (always || is_doubtful(engine, connection)))
        status = replace_if_dead(&connection, deadline_us, err);
    if (status == 0 && connection == NULL)
        status = open_in_slot(engine, deadline_us, &connection, err);
    if (status == 0)
        *out = connection;
    return status;
}

int calx__connection_acquire(calx_engine *engine, int64_t deadline_us, calx__connection **out,
                             calx_error *err)
{
    return calx__connection_acquire_checked(engine, false, deadline_us, out, err);
}

void calx__connection_take_over(calx__connection *connection)
{
    calx__pool_take_over(&connection->engine->pool, connection);
}

void calx__connection_release(calx__connection *connection)
{
    if (connection == NULL)
        return;
    calx_engine *engine = connection->engine;
    const calx_connection *base = connection->base;
    if (base->in_transaction && !base->broken) {
        int64_t deadline_us = calx_deadline_in_ms(engine->options.connect_timeout_ms);
        calx__connection_rollback(connection, deadline_us, NULL);
    }
    if (!base->broken && !base->in_transaction) {
        connection->verified_us = calx_now_us();
        int64_t age_us = connection->verified_us - connection->opened_us;
        bool lingers = age_us < (int64_t)engine->options.overflow_linger_ms * 1000;
        if (calx__pool_give(&engine->pool, connection, lingers))
            return;
    } else {
        calx__pool_drop(&engine->pool, connection, base->broken);
    }
    connection_close(connection);
    calx__pool_vacate(&engine->pool);
}

/* ---- Transactions ---- */

bool calx__connection_in_transaction(const calx__connection *connection)
{
    return connection->base->in_transaction;
}

int calx__connection_begin(calx__connection *connection, calx_isolation isolation, bool write,
                           int64_t deadline_us, calx_error *err)
{
    calx_error ignored = {0};
    calx_connection *base = connection->base;
    assert(!base->in_transaction);
    err = err ? err : &ignored;
    int64_t started_us = calx__event_start(connection->engine);
    int status = base->driver->begin(base, isolation, write, deadline_us, err);
    calx__event_send(connection->engine, started_us,
                     (calx_event){.kind = CALX_EVENT_BEGIN, .error = status < 0 ? err : NULL});
    return status;
}

int calx__connection_commit(calx__connection *connection, int64_t deadline_us, calx_error *err)
{
    calx_error ignored = {0};
    calx_connection *base = connection->base;
    err = err ? err : &ignored;
    int64_t started_us = calx__event_start(connection->engine);
    calx_waiter *waiter = calx_waiter_current();
    waiter->committing = true;
    int status = base->driver->commit(base, deadline_us, err);
    waiter->committing = false;
    calx__event_send(connection->engine, started_us,
                     (calx_event){.kind = CALX_EVENT_COMMIT, .error = status < 0 ? err : NULL});
    return status;
}

int calx__connection_rollback(calx__connection *connection, int64_t deadline_us, calx_error *err)
{
    calx_error ignored = {0};
    calx_connection *base = connection->base;
    err = err ? err : &ignored;
    int64_t started_us = calx__event_start(connection->engine);
    int status = base->driver->rollback(base, deadline_us, err);
    calx__event_send(connection->engine, started_us,
                     (calx_event){.kind = CALX_EVENT_ROLLBACK, .error = status < 0 ? err : NULL});
    return status;
}

int calx__connection_command(calx__connection *connection, const char *sql, int64_t deadline_us,
                             calx_error *err)
{
    calx_error ignored = {0};
    calx_connection *base = connection->base;
    size_t length = strlen(sql);
    err = err ? err : &ignored;
    int64_t started_us = calx__event_start(connection->engine);
    int status = base->driver->command(base, sql, length, deadline_us, err);
    calx__event_send(connection->engine, started_us,
                     (calx_event){.kind = CALX_EVENT_STATEMENT,
                                  .sql = sql,
                                  .sql_length = length,
                                  .error = status < 0 ? err : NULL});
    return status;
}
