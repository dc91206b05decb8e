/* internal.h: what the files of the sqlite3 driver share: its database, connection and statement,
 * and how SQLite's result codes become errors. */
#ifndef CALX_SQLITE3_INTERNAL_H
#define CALX_SQLITE3_INTERNAL_H

#include <assert.h>
#include <sqlite3.h>

#include <calx/driver.h>

extern const calx_driver calx__sqlite3_driver;
extern const calx_opener calx__sqlite3_opener;

typedef struct calx__sqlite3_writer calx__sqlite3_writer;

/* What each thread with a loop reads with: reader.h. */
typedef struct calx__sqlite3_readers calx__sqlite3_readers;

typedef struct calx__sqlite3_database {
    calx_database base;
    calx_url *url; /* a copy */
    calx_database_options options;
    bool in_memory;
    _Atomic bool has_wal;         /* a connection has found it so: there may be several */
    calx__sqlite3_writer *writer; /* all units that write go through it: writer.h */
    calx__sqlite3_readers *readers;
} calx__sqlite3_database;

/* Statements that every transaction needs, prepared when first used. */
typedef enum calx__sqlite3_fixed {
    CALX__SQLITE3_BEGIN,
    CALX__SQLITE3_BEGIN_IMMEDIATE,
    CALX__SQLITE3_COMMIT,
    CALX__SQLITE3_ROLLBACK,
    CALX__SQLITE3_SAVEPOINT,
    CALX__SQLITE3_RELEASE,
    CALX__SQLITE3_ROLLBACK_TO,
    CALX__SQLITE3_SAVEPOINT_RECORDS,
    CALX__SQLITE3_RELEASE_RECORDS,
    CALX__SQLITE3_ROLLBACK_TO_RECORDS,
    CALX__SQLITE3_FIXED_COUNT,
} calx__sqlite3_fixed;

#define CALX__SQLITE3_HEADER_BYTES 48

/* What tells whether anything has been committed: wal_index.c. */
typedef struct calx__sqlite3_wal_index {
    const volatile char *header; /* in memory shared with other processes; NULL: not known yet */
    char seen[CALX__SQLITE3_HEADER_BYTES];
    bool is_seen;
} calx__sqlite3_wal_index;

typedef struct calx__sqlite3_connection {
    calx_connection base;
    calx_native native;
    sqlite3 *db; /* native.handle */
    sqlite3_stmt *fixed[CALX__SQLITE3_FIXED_COUNT];
    sqlite3_stmt *data_version; /* version.c's, prepared when first used */
    sqlite3_stmt *plain_table;
    calx__sqlite3_wal_index wal_index;
    uint32_t versions; /* how often somebody has committed between two looks at the WAL-index */
    uint32_t changes;  /* statements begun that may change something */
    bool shared;       /* units of several callers in one transaction: nobody breaks anything off */

    /* The running call: what the busy and the progress handler go by. */
    int64_t deadline_us;
    int64_t limit_us;   /* by the option statement_timeout_ms; 0 until somebody has looked at it */
    int64_t checked_us; /* when the file was last seen in its place */
    int64_t busy_until_us;
    int64_t slice_began_us;   /* when it got the thread; 0 until somebody has looked */
    bool interruptible;       /* false: a COMMIT or ROLLBACK is not broken off halfway */
    int64_t commit_us;        /* how long the last COMMIT has taken */
    bool commits;             /* COMMIT, or a statement that writes outside a transaction */
    calx_error_class stopped; /* why a handler gave up: TIMEOUT, CANCELLED, or CALX_OK */
} calx__sqlite3_connection;

static inline calx__sqlite3_connection *calx__sqlite3_connection_of(calx_connection *base)
{
    assert(base->driver == &calx__sqlite3_driver);
    return (calx__sqlite3_connection *)base;
}

/* ---- url.c ---- */

/* The file's name, without the scheme that uri=true allows; "" if there is none. Lent. */
const char *calx__sqlite3_url_path(const calx_url *url);

/* True for a database that lives in memory: no name, ":memory:", or mode=memory. */
bool calx__sqlite3_url_in_memory(const calx_url *url);

/* CALX_ERROR_URL for a URL with a host or a user, for an unknown query key, a bad `timeout`.
 * *busy_timeout_ms is changed where the URL names one. */
int calx__sqlite3_url_check(const calx_opener *opener, const calx_url *url, int *busy_timeout_ms,
                            calx_error *err);

/* ---- error.c ---- */

/* Fills err from an (extended) result code and SQLite's message; db may be NULL. */
int calx__sqlite3_error(sqlite3 *db, int code, calx_error *err);

/* The same for a call on a connection: keeps in_transaction, tells a timeout from a cancellation,
 * and judges what an input/output error means for the outcome. */
int calx__sqlite3_connection_error(calx__sqlite3_connection *connection, int code, calx_error *err);

/* ---- unlock.c ---- */

/* Of all SQLite in the process: an unlock that fails does not stop others for ever. */
void calx__sqlite3_unlock_install(void);

/* ---- wait.c ---- */

/* How long a statement, or a COMMIT, may have the thread for itself. */
#define CALX__SQLITE3_SLICE_US 2000

/* Installs the busy and the progress handler. */
void calx__sqlite3_wait_install(calx__sqlite3_connection *connection);

/* Starts a call: CALX_ERROR_TIMEOUT if its deadline has passed already. */
int calx__sqlite3_call_begin(calx__sqlite3_connection *connection, int64_t deadline_us,
                             calx_error *err);

/* Goes on with a statement that gives rows: its limit counts from its beginning. No clock is read,
 * the progress handler does that. */
void calx__sqlite3_call_continue(calx__sqlite3_connection *connection, int64_t deadline_us,
                                 int64_t limit_us);

/* ---- connection.c ---- */

int calx__sqlite3_connection_open(calx_database *database, int64_t deadline_us,
                                  calx_connection **out, calx_error *err);
void calx__sqlite3_connection_close(calx_connection *connection);
bool calx__sqlite3_connection_quiet(calx_connection *connection);
int calx__sqlite3_connection_check(calx_connection *connection, int64_t deadline_us,
                                   calx_error *err);

/* ---- transaction.c ---- */

/* Runs one of the fixed statements within a call that has begun. */
int calx__sqlite3_fixed_run(calx__sqlite3_connection *connection, calx__sqlite3_fixed which,
                            calx_error *err);

int calx__sqlite3_begin(calx_connection *connection, calx_isolation isolation, bool write,
                        int64_t deadline_us, calx_error *err);
int calx__sqlite3_commit(calx_connection *connection, int64_t deadline_us, calx_error *err);

/* May a COMMIT hold up this thread? If nobody else waits for it, and as long as the disk is quick.
 */
bool calx__sqlite3_commits_in_place(const calx__sqlite3_connection *connection);
int calx__sqlite3_rollback(calx_connection *connection, int64_t deadline_us, calx_error *err);
int calx__sqlite3_command(calx_connection *connection, const char *sql, size_t length,
                          int64_t deadline_us, calx_error *err);

/* ---- statement.c ---- */

/* True for INSERT, UPDATE, DELETE, REPLACE and WITH, by the text's first word. */
bool calx__sqlite3_counts_rows(const char *sql, size_t length);

/* Prepares exactly one statement; flags are sqlite3_prepare_v3's. */
int calx__sqlite3_prepare(calx__sqlite3_connection *connection, const char *sql, size_t length,
                          unsigned flags, sqlite3_stmt **out, calx_error *err);

int calx__sqlite3_statement_prepare(calx_connection *connection, const calx_sql *sql,
                                    int64_t deadline_us, calx_statement **out, calx_error *err);
int calx__sqlite3_statement_execute(calx_statement *statement, const calx_value *binds,
                                    int64_t deadline_us, calx_error *err);
int calx__sqlite3_statement_open(calx_statement *statement, const calx_value *binds,
                                 int64_t deadline_us, calx_error *err);
int calx__sqlite3_statement_fetch(calx_statement *statement, calx_value *values,
                                  int64_t deadline_us, calx_error *err);
int64_t calx__sqlite3_statement_rows_affected(calx_statement *statement);
int64_t calx__sqlite3_statement_generated_key(calx_statement *statement);
size_t calx__sqlite3_statement_column_count(calx_statement *statement);
const char *calx__sqlite3_statement_column_name(calx_statement *statement, size_t column);
const int64_t *calx__sqlite3_statement_generated_keys(calx_statement *statement);
void calx__sqlite3_statement_reset(calx_statement *statement);
void calx__sqlite3_statement_finalize(calx_statement *statement);

/* ---- records.c ---- */

/* The keys of an INSERT of several records: all rows that the statement has inserted, also by
 * triggers, into whatever table. */
typedef struct calx__sqlite3_keys {
    size_t record_count;
    size_t inserted;
    bool ambiguous; /* once it was: the records of such a statement go one by one */
    int64_t values[];
} calx__sqlite3_keys;

/* NULL when out of memory; freed by free. */
calx__sqlite3_keys *calx__sqlite3_keys_create(size_t record_count);

/*
 * Around the run of such a statement, within a call: begin returns 0, negative, or
 * CALX_RECORDS_DECLINED; end gets the run's result and how many rows it has changed, and returns
 * what the run's result is with the keys in mind.
 */
int calx__sqlite3_records_begin(calx__sqlite3_connection *connection, calx__sqlite3_keys *keys,
                                calx_error *err);
int calx__sqlite3_records_end(calx__sqlite3_connection *connection, calx__sqlite3_keys *keys,
                              int result, int64_t changed, calx_error *err);

/* ---- unit.c ---- */

int calx__sqlite3_database_unit_run(calx_database *database, calx_unit *unit, int64_t deadline_us,
                                    calx_error *err);
int calx__sqlite3_unit_run(calx_connection *connection, calx_unit *unit, int64_t deadline_us,
                           calx_error *err);

/* ---- wal_index.c ---- */

/* Remembers how it is now. False where that cannot be told: while it is being written, without
 * one, and before the connection has read for the first time. */
bool calx__sqlite3_wal_index_look(calx__sqlite3_connection *connection);

/* Has nothing been committed since then? False when in doubt. */
bool calx__sqlite3_wal_index_is_as_seen(const calx__sqlite3_connection *connection);

/* ---- version.c ---- */

int calx__sqlite3_table_version(calx_connection *connection, const char *table, int64_t deadline_us,
                                uint64_t *out, calx_error *err);

/* ---- decimal.c ---- */

/* Teaches SQLite exact decimals kept as text: the collation calx_decimal, by value, and sum() and
 * avg() that stay exact where their values are such text. */
int calx__sqlite3_decimal_install(calx__sqlite3_connection *connection, calx_error *err);

/* ---- decimal_functions.c ---- */

/* calx_decimal_add(a, b), calx_decimal_subtract, calx_decimal_multiply: exact. calx_decimal_fit(a,
 * precision, scale): as a column of NUMERIC stores it. */
int calx__sqlite3_decimal_functions_install(sqlite3 *db);

/* ---- value.c ---- */

/* Binds a value at a place (from 1). keep: the bytes do not outlive the call, SQLite copies them.
 */
int calx__sqlite3_bind(calx__sqlite3_connection *connection, sqlite3_stmt *handle, int place,
                       const calx_value *value, bool keep, calx_error *err);

/* Reads a column (from 0) of the current row; the bytes are lent until the next step. */
int calx__sqlite3_column(calx__sqlite3_connection *connection, sqlite3_stmt *handle, int column,
                         calx_value *out, calx_error *err);

#endif
