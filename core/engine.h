/*
 * engine.h: one database, named by a URL, and the pool of connections to it. An engine is
 * thread-safe; several of them, on different databases, live in one process.
 */
#ifndef CALX_ENGINE_H
#define CALX_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <calx/api.h>
#include <calx/driver.h>
#include <calx/error.h>
#include <calx/url.h>
#include <calx/value.h>

typedef struct calx_engine calx_engine;

/*
 * The options, also the keys of SQLALCHEMY_ENGINE_OPTIONS. Timeouts are milliseconds here.
 * X(name, default, least, most, what it is)
 */
#define CALX_ENGINE_OPTIONS(X)                                                                     \
    X(pool_size, 5, 1, 10000, "connections kept open")                                             \
    X(max_overflow, 10, 0, 10000, "connections opened beyond pool_size when all are in use")       \
    X(overflow_linger_ms, 30000, 0, 3600000, "how long those are kept, from their opening")        \
    X(pool_timeout_ms, 5000, 0, 3600000, "how long a session waits for a free connection")         \
    X(pool_pre_ping, 1, 0, 1, "check a connection when it is taken from the pool")                 \
    X(connect_timeout_ms, 5000, 1, 3600000, "how long opening a connection may take")              \
    X(busy_timeout_ms, 5000, 0, 3600000, "how long the database may wait for a lock")              \
    X(statement_timeout_ms, 30000, 0, 86400000, "how long a statement may run, 0: no limit")       \
    X(statement_cache_size, 128, 0, 10000, "prepared statements kept per connection")

typedef struct calx_engine_options {
#define CALX__ENGINE_OPTION(name, standard, least, most, text) int name;
    CALX_ENGINE_OPTIONS(CALX__ENGINE_OPTION)
#undef CALX__ENGINE_OPTION
} calx_engine_options;

/* Fills the defaults of the table above. */
CALX_API void calx_engine_options_init(calx_engine_options *options);

/*
 * Parses the URL, finds driver and dialect, and opens nothing: an unreachable database is found out
 * at the first use. options NULL: the defaults; they are copied. CALX_ERROR_URL, CALX_ERROR_DRIVER,
 * CALX_ERROR_CONFIG (an option out of its bounds). *out is destroyed by the caller.
 */
CALX_API int calx_engine_create(const char *url, const calx_engine_options *options,
                                calx_engine **out, calx_error *err);

/* Closes every connection. All sessions of the engine must have ended. Accepts NULL. */
CALX_API void calx_engine_destroy(calx_engine *engine);

/* The parsed URL, lent for the engine's life. */
CALX_API const calx_url *calx_engine_url(const calx_engine *engine);

/* "sqlite", "postgresql" or "mysql". */
CALX_API const char *calx_engine_dialect_name(const calx_engine *engine);

/* True if the driver, its opener or this database has the capability. */
CALX_API bool calx_engine_can(const calx_engine *engine, calx_capability capability);

/* Takes a connection, checks it, and gives it back: is the database there? */
CALX_API int calx_engine_check(calx_engine *engine, calx_error *err);

/* ---- Replicas ---- */

/*
 * Gives the engine a replica to read on: a server that follows its database, or several hosts of
 * which one is used at a time. Its connections are a pool of their own with the engine's options;
 * listeners that the engine has by now hear of them. Before the engine is used. What
 * calx_engine_create answers; CALX_ERROR_UNSUPPORTED where the database does not tell how far a
 * replica has come (PostgreSQL does).
 */
CALX_API int calx_engine_set_replica(calx_engine *engine, const char *url, calx_error *err);

/*
 * How far the database has come: all that was committed before this call. One round trip, on a
 * connection of the pool; 0 without a replica.
 */
CALX_API int calx_engine_position(calx_engine *engine, int64_t deadline_us, uint64_t *out,
                                  calx_error *err);

/*
 * The engine to read on: the replica's if that is known to be alive and to have come as far as
 * position, else the engine itself. Lent for the engine's life. Asks the replica at most every
 * second, or when it was not as far when it was last asked, and waits half a second at most. A
 * session on the replica sees what was committed before position, and may see less than what was
 * committed since; writing in it is CALX_ERROR_READ_ONLY.
 */
CALX_API calx_engine *calx_engine_reader(calx_engine *engine, uint64_t position,
                                         int64_t deadline_us);

/* ---- The pool ---- */

/* The pool at one moment: connections that are held, idle ones, how many there may be, and who
 * waits for one. */
typedef struct calx_pool_status {
    size_t held;
    size_t idle;
    size_t most;
    size_t waiting;
} calx_pool_status;
CALX_API calx_pool_status calx_engine_pool(calx_engine *engine);

/* ---- Events ---- */

/* X(NAME, printed name) */
#define CALX_EVENTS(X)                                                                             \
    X(CONNECT, "connect")                                                                          \
    X(DISCONNECT, "disconnect")                                                                    \
    X(BEGIN, "begin")                                                                              \
    X(COMMIT, "commit")                                                                            \
    X(ROLLBACK, "rollback")                                                                        \
    X(STATEMENT, "statement")

typedef enum calx_event_kind {
#define CALX__EVENT(name, text) CALX_EVENT_##name,
    CALX_EVENTS(CALX__EVENT)
#undef CALX__EVENT
} calx_event_kind;

/* What has just happened on a connection; lent for the call of the listener. */
typedef struct calx_event {
    calx_event_kind kind;
    const calx_engine *engine;
    const char *sql; /* STATEMENT: its text; else NULL */
    size_t sql_length;
    const calx_value *binds;
    size_t bind_count;
    int64_t rows; /* returned or affected */
    size_t units; /* COMMIT: how many units of work a transaction has committed, where they may
                     share one; told with one of them, for the others it is 0 */
    int64_t duration_us;
    const calx_error *error; /* NULL when it succeeded */
} calx_event;

typedef void calx_event_listener(void *context, const calx_event *event);

/*
 * Calls listener after every event, on the thread on which it happened; it must not use the engine.
 * Listeners are added before the engine is used. At most CALX_EVENT_LISTENERS_MAX:
 * CALX_ERROR_LIMIT.
 */
#define CALX_EVENT_LISTENERS_MAX 8
CALX_API int calx_engine_listen(calx_engine *engine, calx_event_listener *listener, void *context,
                                calx_error *err);

/*
 * Writes an event as SQLALCHEMY_ECHO shows it, one line: the text, then the binds in brackets, long
 * ones cut, bytes as their length only.
 */
CALX_API void calx_event_format(const calx_event *event, char *out, size_t out_size);

#endif
