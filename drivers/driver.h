/*
 * driver.h: THE contract between calx and a database. A driver is a statement engine (prepare,
 * bind, step on a native handle) and an opener (who makes that handle). Both are constant tables of
 * functions in a plug-in .so; docs/drivers.md tells how to write one.
 *
 * Rules for every slot
 *  - Returns 0 or a negative calx_error_class and fills err; outputs are untouched on failure. The
 * class, native code, SQLSTATE, constraint name and outcome are set as docs/drivers.md says. A
 * message never holds the password.
 *  - deadline_us is absolute (waiter.h). A driver never blocks in a client library when the library
 * can be asked not to: it waits through calx_wait. After the deadline it returns
 * CALX_ERROR_TIMEOUT, and marks the connection broken unless it is provably usable again.
 *  - A connection is used by one thread or fiber at a time; a database may be used by any number.
 *  - CALX_ERROR_CONNECTION_LOST and broken: the connection is only good for connection_close. A
 * driver never re-opens in silence.
 *  - A lost connection during commit has outcome UNKNOWN; before anything of the commit was sent,
 * NOT_DONE.
 */
#ifndef CALX_DRIVER_H
#define CALX_DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <calx/api.h>
#include <calx/error.h>
#include <calx/url.h>
#include <calx/value.h>
#include <calx/waiter.h>

/* Changes with every incompatible change of this header. */
#define CALX_DRIVER_ABI 4u

typedef struct calx_driver calx_driver;
typedef struct calx_opener calx_opener;

/* What a driver, opener or database can do beyond the required. X(NAME, bit, printed name) */
#define CALX_CAPABILITIES(X)                                                                       \
    X(GENERATED_KEY, 0, "generated-key")         /* statement_generated_key works after INSERT */  \
    X(TRANSACTIONAL_DDL, 1, "transactional-ddl") /* DDL can be rolled back */                      \
    X(SAVEPOINT, 2, "savepoint")                                                                   \
    X(NONBLOCKING, 3, "nonblocking") /* every wait for the database goes through the waiter */     \
    X(UNIT, 4, "unit")               /* unit_run takes a unit whole */                             \
    X(ONE_WRITER, 5, "one-writer")   /* begin with write = true takes the database's lock */       \
    X(IN_MEMORY, 6, "in-memory")                                                                   \
    X(TLS, 7, "tls")                                                                               \
    X(RECORDS, 8, "records")       /* several records at once, with the keys they generate */      \
    X(AUTOCOMMIT, 9, "autocommit") /* a statement outside a transaction is one by itself, done or  \
                                      not done, and BEGIN and COMMIT would cost round trips */     \
    X(SHARED_READS, 10, "shared-reads") /* of this database: reads_run */                          \
    X(LOAD, 11, "load")                 /* records_load */                                         \
    X(ARRAYS, 12, "arrays")             /* of this connection: statement_execute_records */

typedef enum calx_capability {
#define CALX__CAPABILITY(name, bit, text) CALX_CAPABILITY_##name = 1u << (bit),
    CALX_CAPABILITIES(CALX__CAPABILITY)
#undef CALX__CAPABILITY
} calx_capability;

/* ---- Openers ---- */

/* A live client-library handle, and what its opener needs to close it. */
typedef struct calx_native {
    void *handle; /* sqlite3 *, PGconn *, MYSQL * */
    void *owner;  /* the opener's, e.g. dbi_conn */
} calx_native;

/*
 * Opens and closes native handles for one statement engine. open receives the URL of one server
 * (hosts.h; its query keys already checked by opener->parameter_known) and must return a handle on
 * which no transaction is open; the statement engine pins the session state. Errors of connecting
 * are CALX_ERROR_UNREACHABLE (or AUTHENTICATION, UNDEFINED for an unknown database, TIMEOUT),
 * outcome NOT_DONE.
 */
struct calx_opener {
    uint32_t abi;        /* CALX_DRIVER_ABI */
    const char *name;    /* "dbi", "sqlite3": what stands after the + of a URL */
    const char *dialect; /* "sqlite" */
    const char
        *engine; /* the name of the driver whose statement engine runs on the handle: "sqlite3" */
    const char
        *version; /* of the client library or of libdbi's driver, as text; printed by `drivers` */
    uint32_t capabilities; /* CALX_CAPABILITY_TLS … that depend on who opens */
    /* True if this query key is understood. *reason (may be left NULL) gets a static sentence when
     * a key exists with another opener only. */
    bool (*parameter_known)(const calx_opener *opener, const char *name, const char *value,
                            const char **reason);
    int (*open)(const calx_opener *opener, const calx_url *url, int64_t deadline_us,
                calx_native *out, calx_error *err);
    void (*close)(const calx_opener *opener, calx_native *native);
};

/*
 * For database_create: CALX_ERROR_URL if the opener does not know a key of the query or its value,
 * or if a key other than host and port stands there twice. Names the key, never a value.
 */
CALX_API int calx_opener_check_parameters(const calx_opener *opener, const calx_url *url,
                                          calx_error *err);

/* ---- Statements ---- */

#define CALX_BINDS_MAX                                                                             \
    32766 /* the smallest limit of the three: SQLite's SQLITE_MAX_VARIABLE_NUMBER */

/*
 * SQL text in the dialect's own form ("?" or "$1") with the kinds of its binds and of its result
 * columns; lives as long as it is prepared. result_kinds says what the reader will ask for, as a
 * hint (binary or text form on the wire): values keep their natural kind.
 */
typedef struct calx_sql {
    uint64_t id; /* the same id is the same text for the life of the process; 0: not cached */
    const char *text;
    size_t length;
    const calx_kind *bind_kinds; /* the column's kind also where the value is NULL */
    size_t bind_count;
    const calx_kind *result_kinds;
    size_t result_count; /* 0: returns no rows */
    size_t record_count; /* an INSERT of so many records; 0: anything else */
    bool generates_keys; /* and each record generates a key, which is wanted */
} calx_sql;

/* What the concrete structs begin with. */
typedef struct calx_database {
    const calx_driver *driver;
    const calx_opener *opener;
    uint32_t capabilities; /* of this database alone: IN_MEMORY */
    int connections_max;   /* 0: no limit of its own; 1: everything goes through one connection
                              (in-memory, not WAL) */
} calx_database;

typedef struct calx_connection {
    const calx_driver *driver;
    calx_database *database;
    uint32_t capabilities; /* of its server: RECORDS, ARRAYS */
    bool in_transaction;   /* kept by the driver: a transaction is open on the server as far as is
                              known */
    bool broken;           /* set by the driver: close it */
} calx_connection;

typedef struct calx_statement {
    const calx_driver *driver;
    calx_connection *connection;
    const calx_sql *sql;
} calx_statement;

typedef enum calx_isolation {
    CALX_ISOLATION_DEFAULT, /* READ COMMITTED at least; on SQLite a snapshot */
    CALX_ISOLATION_READ_COMMITTED,
    CALX_ISOLATION_REPEATABLE_READ,
    CALX_ISOLATION_SERIALIZABLE,
} calx_isolation;

/* ---- Units ---- */

#define CALX_ROWS_ANY (-1)

/* "The value of bind `bind` is the key that record `record` of statement `statement` of this unit
 * generated." */
typedef struct calx_unit_reference {
    size_t bind; /* among those of all records */
    size_t statement;
    size_t record;
} calx_unit_reference;

/*
 * One statement, or the same for several records: it is run once for each of them, or once for all
 * where the driver has a way to do that (rows_expected then counts in sum, which is the same
 * because no two records are of one row).
 */
typedef struct calx_unit_statement {
    const calx_sql *sql;
    size_t record_count;     /* 0 and 1: one */
    const calx_sql *all;     /* an INSERT of all records in one text; NULL: there is none */
    const calx_value *binds; /* sql->bind_count for each record; alive until the unit has run */
    const calx_unit_reference *references; /* in the order of binds, to earlier statements */
    size_t reference_count;
    int64_t rows_expected; /* of a record: CALX_ROWS_ANY, or the unit fails with CALX_ERROR_STALE */
    bool generates_key; /* an INSERT: with CALX_CAPABILITY_GENERATED_KEY from the driver, else from
                           the first column of its first row */
    /* Called for each row of the result, values lent for the call; a negative return fails the
     * unit. Never parks. May be NULL. */
    int (*row)(void *context, const calx_value *values, size_t count, calx_error *err);
    void *context;
    int64_t rows_affected;   /* out */
    int64_t generated_key;   /* out: of one record */
    int64_t *generated_keys; /* out: of several, room for record_count; the caller's */
} calx_unit_statement;

static inline size_t calx_unit_record_count(const calx_unit_statement *statement)
{
    return statement->record_count > 1 ? statement->record_count : 1;
}

/* The key that one of its records has generated. */
static inline int64_t calx_unit_generated_key(const calx_unit_statement *statement, size_t record)
{
    return statement->record_count > 1 ? statement->generated_keys[record]
                                       : statement->generated_key;
}

/* What a flush, or a read outside a transaction, sends: everything or nothing. */
typedef struct calx_unit {
    calx_unit_statement *statements;
    size_t statement_count;
    bool begin;  /* open a transaction first */
    bool commit; /* and commit it at the end */
    bool write;  /* the transaction will write */
    calx_isolation isolation;
    size_t failed_statement; /* out: the index of the statement that failed; statement_count: BEGIN
                                or COMMIT did */
    size_t group_size;       /* out, where units share transactions: how many the one had that has
                                committed this unit; told of one of them, for the others it is 0 */
} calx_unit;

/*
 * The binds of all records of a statement of the unit, with the keys that earlier statements have
 * generated, into room for sql->bind_count values for each.
 */
CALX_API void calx_unit_complete_binds(const calx_unit *unit, const calx_unit_statement *statement,
                                       calx_value *binds);

#define CALX_READS_MAX 60 /* that share a connection's trip */

/* A statement that only reads, and what became of it among those of others. */
typedef struct calx_read {
    const calx_unit_statement *statement; /* lent up to the first wait of reads_run */
    void *rows;                           /* out: what came, the driver's until read_finish */
    bool again; /* out: nothing is known of it because of others: it is to be run by itself */
    int code;   /* out: its own failure */
    calx_error error;
} calx_read;

/* Many records of one shape as one stream. Lent for the call. */
typedef struct calx_load {
    const calx_sql *sql; /* what begins it, in the dialect's words; the binds are a record's */
    const char *table;   /* as an identifier: quoted where it has to be */
    const char *const *columns; /* the names of the binds' columns, as they are */
    const calx_value *values;   /* sql->bind_count for each record */
    size_t record_count;
} calx_load;

/* What unit_run may return besides 0 and errors. */
#define CALX_UNIT_DECLINED 1

/* What statement_execute may, of a text with a record_count: nothing is done, because the keys
 * could not be told apart, or because it would be too much at once; the records are to be inserted
 * one by one. And what records_load may. */
#define CALX_RECORDS_DECLINED 1

/* ---- The driver ---- */

typedef struct calx_database_options {
    int connect_timeout_ms;
    int busy_timeout_ms;      /* how long a lock may be waited for inside the database */
    int statement_timeout_ms; /* the longest a statement may run on the server; 0: none */
    int statement_cache_size; /* how many statements unit_run may keep prepared on a connection */
} calx_database_options;

struct calx_driver {
    uint32_t abi;        /* CALX_DRIVER_ABI */
    const char *name;    /* "sqlite3", "libpq", "mariadb" */
    const char *dialect; /* "sqlite", "postgresql", "mysql": which SQL it wants */
    const char *version; /* of the client library */
    uint32_t capabilities;
    const calx_opener *opener; /* the native opener: `dialect+name://` */

    /* Makes the object that the engine's connections share; opens nothing yet. Checks what can be
       checked without the database (a SQLite URL with a host, an unknown query key: CALX_ERROR_URL;
       the message never quotes a value of the URL's user, password or query). The URL and the
       options are lent for the call only: calx_url_copy keeps a URL. */
    int (*database_create)(const calx_driver *driver, const calx_opener *opener,
                           const calx_url *url, const calx_database_options *options,
                           calx_database **out, calx_error *err);
    void (*database_destroy)(calx_database *database); /* after its last connection was closed */

    /* Opens through the opener and pins the session state (docs/drivers.md). */
    int (*connection_open)(calx_database *database, int64_t deadline_us, calx_connection **out,
                           calx_error *err);
    void (*connection_close)(
        calx_connection
            *connection); /* after its last statement was finalized; never waits for the server */
    /* Is it still alive? One round trip at most. CALX_ERROR_CONNECTION_LOST if not. Never re-opens.
     */
    int (*connection_check)(calx_connection *connection, int64_t deadline_us, calx_error *err);

    /* write: the transaction will write (SQLite: BEGIN IMMEDIATE). */
    int (*begin)(calx_connection *connection, calx_isolation isolation, bool write,
                 int64_t deadline_us, calx_error *err);
    /* Success only if the server really committed. err->outcome on failure: NOT_DONE or UNKNOWN;
       afterwards the connection is either out of the transaction, or broken, or in_transaction (the
       caller rolls back). */
    int (*commit)(calx_connection *connection, int64_t deadline_us, calx_error *err);
    /* Afterwards no transaction is open, or the connection is broken. Without an open transaction
     * it does nothing. */
    int (*rollback)(calx_connection *connection, int64_t deadline_us, calx_error *err);

    /* One statement without values and rows: DDL, SAVEPOINT. */
    int (*command)(calx_connection *connection, const char *sql, size_t length, int64_t deadline_us,
                   calx_error *err);

    int (*statement_prepare)(calx_connection *connection, const calx_sql *sql, int64_t deadline_us,
                             calx_statement **out, calx_error *err);
    /* Starts it with sql->bind_count values, lent for the call. Implicitly resets an earlier run.
     */
    int (*statement_execute)(calx_statement *statement, const calx_value *binds,
                             int64_t deadline_us, calx_error *err);
    /* 1: values[0 … result_count) hold a row, bytes lent until the next call on this statement. 0:
       no more rows. A column count that differs from sql->result_count is CALX_ERROR_DATABASE.
       Statements without rows may be completed here or in execute: callers always call it. */
    int (*statement_fetch)(calx_statement *statement, calx_value *values, int64_t deadline_us,
                           calx_error *err);
    /* After fetch returned 0: rows matched by INSERT, UPDATE, DELETE (found rows, also on MySQL).
     */
    int64_t (*statement_rows_affected)(calx_statement *statement);
    int64_t (*statement_generated_key)(
        calx_statement *statement); /* NULL without CALX_CAPABILITY_GENERATED_KEY */
    /* Of a text with generates_keys, in the order of its records. NULL without
     * CALX_CAPABILITY_RECORDS, and where such texts return the keys as their rows. */
    const int64_t *(*statement_generated_keys)(calx_statement *statement);
    /* Ends the run: no cursor, lock or result stays behind; the statement can be executed again. */
    void (*statement_reset)(calx_statement *statement);
    void (*statement_finalize)(calx_statement *statement);

    /* Optional (CALX_CAPABILITY_UNIT): runs a unit in as few round trips as its dependencies allow;
     * its statements have one record each where the driver is without CALX_CAPABILITY_RECORDS.
     * CALX_UNIT_DECLINED, and nothing is done: the engine runs this one statement by statement, as
     * it does all of them where the slot is NULL. After a failure the connection is as after
     * commit: out of the transaction, or broken, or in_transaction (the caller rolls back). */
    int (*unit_run)(calx_connection *connection, calx_unit *unit, int64_t deadline_us,
                    calx_error *err);

    /* Optional: is there no sign, without asking the server, that the connection is lost (nothing
     * to read on its socket, say)? The pool believes it of a connection that was in use a moment
     * ago; others are checked by connection_check. */
    bool (*connection_quiet)(calx_connection *connection);

    /* Optional, both or none: the columns of a statement's rows, once it was executed; the name is
     * lent until the next call on it. The count is asked for before, too, and becomes
     * sql->result_count if that was not known; 0 then stands for a server that tells it later.
     * Without these slots rows of the user's own SQL are CALX_ERROR_UNSUPPORTED. */
    size_t (*statement_column_count)(calx_statement *statement);
    const char *(*statement_column_name)(calx_statement *statement, size_t column);

    /* Optional: statement_execute for more rows than memory should hold. A transaction is open, and
     * stays so until the last row or the reset; statement_fetch asks the server for some rows at a
     * time, and other statements run on the connection in between. NULL: statement_execute. */
    int (*statement_open)(calx_statement *statement, const calx_value *binds, int64_t deadline_us,
                          calx_error *err);

    /* Optional: a number for what this connection can read. As long as it gives the same one
     * nothing has changed, whoever writes and whatever, schema and all; once it has changed it
     * never comes back. 0: there is no telling, as within a transaction, or (table is not NULL)
     * when the rows of this table may depend on something else, as those of a view may. */
    int (*table_version)(calx_connection *connection, const char *table, int64_t deadline_us,
                         uint64_t *out, calx_error *err);

    /* Optional: unit_run on connections of the database's own, for a unit that begins, writes and
     * commits, so that more can wait to be committed together than the pool has connections; or
     * does none of that, but reads. */
    int (*database_unit_run)(calx_database *database, calx_unit *unit, int64_t deadline_us,
                             calx_error *err);
    /* Optional, all or none; used where the database has CALX_CAPABILITY_SHARED_READS: runs single
     * SELECTs of several sessions, outside a transaction and at READ COMMITTED, in one round trip.
     * Each read of those (CALX_READS_MAX at most) gets rows, or a failure of its own, or is to be
     * run again because of a neighbour's, or because the deadline has passed, which is that of
     * whoever calls. That one's cancellation waits for the end, for the others' sake. */
    void (*reads_run)(calx_connection *connection, calx_read *reads, size_t count,
                      int64_t deadline_us);
    /* Then for each read that has rows, by any thread or fiber: calls statement->row for each of
     * them and sets rows_affected to their number. */
    int (*read_deliver)(calx_database *database, calx_read *read, calx_unit_statement *statement,
                        calx_error *err);
    /* Gives the rows back. Accepts a read without. */
    void (*read_finish)(calx_database *database, calx_read *read);

    /* Optional (CALX_CAPABILITY_LOAD): inserts many records as one stream, in an open transaction:
     * with the results, and the errors, that INSERTs of them have. *rows_affected gets the number
     * of rows. CALX_RECORDS_DECLINED, and nothing is done: it could not be the same, or it is too
     * much at once. */
    int (*records_load)(calx_connection *connection, const calx_load *load, int64_t deadline_us,
                        int64_t *rows_affected, calx_error *err);
    /* Optional, of connections with CALX_CAPABILITY_ARRAYS: statement_execute for each record, at
     * one go in an open transaction; rows_affected is the sum. Declines as above. */
    int (*statement_execute_records)(calx_statement *statement, const calx_value *binds,
                                     size_t record_count, int64_t deadline_us, calx_error *err);
};

/* What a plug-in exports as CALX_PLUGIN_SYMBOL. Arrays end with NULL and may be NULL. */
typedef struct calx_plugin {
    uint32_t abi; /* CALX_DRIVER_ABI; checked before anything else is read */
    const char *name;
    const calx_driver *const *drivers;
    const calx_opener *const *openers; /* openers beyond the drivers' own */
} calx_plugin;

#define CALX_PLUGIN_SYMBOL "calx_plugin_entry"
#define CALX_PLUGIN_EXPORT CALX_API const calx_plugin calx_plugin_entry

#endif
