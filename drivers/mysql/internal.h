/* internal.h: what the files of the MySQL statement engine share. The engine runs on a MYSQL * of
 * MariaDB Connector/C, whoever opened it, and only through the library's non-blocking calls. */
#ifndef CALX_MYSQL_INTERNAL_H
#define CALX_MYSQL_INTERNAL_H

#include <mysql.h>

#include <calx/driver.h>
#include <calx/hosts.h>

/* ---- Calls (call.c) ---- */

/* One call of the client library, from its _start to the end of its last _cont. */
typedef struct calx__mysql_call {
    MYSQL *mysql;
    int64_t deadline_us;
    calx_error *err;
    int broken_off; /* why it was broken off, an error that err holds; 0 if it was not */
} calx__mysql_call;

/* Waits for what a suspended call asks for; returns what its _cont is to be told. */
int calx__mysql_call_wait(calx__mysql_call *call, int wanted);

/* Runs a call to its end. Both are whole calls of the library; continuing names `ready`. */
#define CALX__MYSQL_RUN(call, starting, continuing)                                                \
    do {                                                                                           \
        int wanted = (starting);                                                                   \
        while (wanted) {                                                                           \
            int ready = calx__mysql_call_wait((call), wanted);                                     \
            wanted = (continuing);                                                                 \
        }                                                                                          \
    } while (0)

/* ---- Errors (error.c) ---- */

/* The class of an errno, by its SQLSTATE if the errno is not in the table. */
calx_error_class calx__mysql_error_class(unsigned code, const char *sqlstate);

/* True if nothing more can be expected of a connection on which this errno was met. */
bool calx__mysql_error_breaks(unsigned code);

/* True if the server has ended the transaction when it answers with this errno. */
bool calx__mysql_error_ends_transaction(unsigned code);

/* Fills err with what the server or the library said; returns the class. */
int calx__mysql_error_set(calx_error *err, unsigned code, const char *sqlstate, const char *text);

/* ---- Database and opener (database.c, opener.c) ---- */

typedef struct calx__mysql_database {
    calx_database base;
    calx_hosts *hosts;
    calx_database_options options;
} calx__mysql_database;

static inline calx__mysql_database *calx__mysql_database_of(calx_database *base)
{
    return (calx__mysql_database *)base;
}

int calx__mysql_database_create(const calx_driver *driver, const calx_opener *opener,
                                const calx_url *url, const calx_database_options *options,
                                calx_database **out, calx_error *err);
void calx__mysql_database_destroy(calx_database *database);

extern const calx_opener calx__mysql_opener;

/* ---- The native opener's query keys (parameters.c) ---- */

/* 1 to 86400; 0 if it is not that. */
unsigned calx__mysql_seconds_parse(const char *text);

/* The slot of calx_opener: knows the keys, and the values they can have. */
bool calx__mysql_parameter_known(const calx_opener *opener, const char *name, const char *value,
                                 const char **reason);

/* Sets the options that a URL names. Not 0: out of memory. */
int calx__mysql_parameters_apply(const calx_url *url, MYSQL *mysql);

/* Any key of TLS asks for it, but `ssl=false`. */
bool calx__mysql_wants_tls(const calx_url *url);

/* ---- Connections (connection.c, transaction.c) ---- */

/* What is known of the transaction on the server. */
typedef enum calx__mysql_transaction {
    CALX__MYSQL_NONE,
    CALX__MYSQL_OPEN,
    CALX__MYSQL_DOUBTFUL, /* open, but a statement failed since: some errors end a transaction */
    CALX__MYSQL_UNDONE,   /* the server rolled it back, and nobody has called rollback yet */
    CALX__MYSQL_ENDED,    /* a statement inside ended it: DDL commits implicitly */
} calx__mysql_transaction;

typedef struct calx__mysql_connection {
    calx_connection base;
    MYSQL *mysql;
    calx_native native;
    calx__mysql_transaction transaction;
    uint64_t packet_max; /* the server's max_allowed_packet */
    bool galera;         /* a node of a cluster: being alive is not being ready */
    bool found_quiet;    /* by the pool, a moment ago: nothing was sent since */
    bool given_up;       /* broken by us: that says nothing about the server */
    size_t host;         /* which of the URL's it leads to */
} calx__mysql_connection;

static inline calx__mysql_connection *calx__mysql_connection_of(calx_connection *base)
{
    return (calx__mysql_connection *)base;
}

int calx__mysql_connection_open(calx_database *database, int64_t deadline_us, calx_connection **out,
                                calx_error *err);
void calx__mysql_connection_close(calx_connection *connection);
int calx__mysql_connection_check(calx_connection *connection, int64_t deadline_us, calx_error *err);
bool calx__mysql_connection_quiet(calx_connection *connection);

/* Begins a call: refuses it on a broken connection and after its deadline. */
int calx__mysql_call_begin(calx__mysql_connection *connection, int64_t deadline_us, calx_error *err,
                           calx__mysql_call *call);

/* Ends a call that failed: fills err from the statement (or, NULL, from the connection) and keeps
 * the connection's state. Returns the class. */
int calx__mysql_call_fail(calx__mysql_connection *connection, const calx__mysql_call *call,
                          MYSQL_STMT *statement);

/* True if a failure with this code on this connection means that something was sent and its answer
 * never came. */
bool calx__mysql_answer_lost(const calx__mysql_connection *connection, int code);

/* Asked before something is sent that commits: an idle connection has nothing to read, what there
 * is can only be the server's farewell. CALX_ERROR_CONNECTION_LOST then. */
int calx__mysql_peek(calx__mysql_connection *connection, calx_error *err);

/* Gives a connection up: the server rolls back when it sees the socket closed. */
void calx__mysql_break(calx__mysql_connection *connection);

/* Ends a call that succeeded: the server has told whether a transaction is open. */
void calx__mysql_call_done(calx__mysql_connection *connection);

/* Sends text and calls row (may be NULL) for each row of its first result, whose cells are
 * NUL-ended; later results are read and thrown away. */
typedef void calx__mysql_row(void *context, MYSQL_ROW row);
int calx__mysql_query(calx__mysql_connection *connection, const char *sql, size_t length,
                      calx__mysql_row *row, void *context, int64_t deadline_us, calx_error *err);

int calx__mysql_begin(calx_connection *connection, calx_isolation isolation, bool write,
                      int64_t deadline_us, calx_error *err);
int calx__mysql_commit(calx_connection *connection, int64_t deadline_us, calx_error *err);
int calx__mysql_rollback(calx_connection *connection, int64_t deadline_us, calx_error *err);
int calx__mysql_command(calx_connection *connection, const char *sql, size_t length,
                        int64_t deadline_us, calx_error *err);

/* ---- Statements (statement.c, bind.c, column.c) ---- */

/* A value on its way to the server, where it is not lent by the caller. */
typedef union calx__mysql_bind_storage {
    int64_t integer;
    double real;
    signed char boolean;
    MYSQL_TIME time;
    char uuid[CALX_UUID_TEXT_MAX];
} calx__mysql_bind_storage;

/* One column of a result, and the buffer into which the library writes its value. */
typedef struct calx__mysql_column {
    calx_kind kind; /* of what the server sends */
    bool bits;      /* a BIT: big-endian bytes that become an integer */
    my_bool is_null;
    my_bool is_cut; /* the value is longer than the buffer */
    unsigned long length;
    calx__mysql_bind_storage storage;
    char *buffer; /* for what has no fixed size */
    size_t capacity;
} calx__mysql_column;

typedef struct calx__mysql_statement {
    calx_statement base;
    MYSQL_STMT *handle;
    MYSQL_BIND *parameters;
    const calx_value *records; /* of this run's message, whose types parameters has; NULL: one */
    calx__mysql_bind_storage *storage; /* one for each parameter */
    MYSQL_BIND *results;
    calx__mysql_column *columns;
    size_t column_count;    /* of the last run's first result; 0: it has none */
    size_t column_capacity; /* of results and columns */
    bool running;           /* a result may have to be freed or drained */
    bool opened;            /* its rows stay on the server */
    bool rebind;            /* a buffer has moved */
    bool outdated;          /* must be prepared again before its next run */
    int64_t rows_affected;
    int64_t generated_key;
} calx__mysql_statement;

static inline calx__mysql_statement *calx__mysql_statement_of(calx_statement *base)
{
    return (calx__mysql_statement *)base;
}

int calx__mysql_statement_prepare(calx_connection *connection, const calx_sql *sql,
                                  int64_t deadline_us, calx_statement **out, calx_error *err);
int calx__mysql_statement_execute(calx_statement *statement, const calx_value *binds,
                                  int64_t deadline_us, calx_error *err);
int calx__mysql_statement_execute_records(calx_statement *statement, const calx_value *values,
                                          size_t count, int64_t deadline_us, calx_error *err);
int calx__mysql_statement_open(calx_statement *statement, const calx_value *binds,
                               int64_t deadline_us, calx_error *err);
int calx__mysql_statement_fetch(calx_statement *statement, calx_value *values, int64_t deadline_us,
                                calx_error *err);
int64_t calx__mysql_statement_rows_affected(calx_statement *statement);
int64_t calx__mysql_statement_generated_key(calx_statement *statement);
size_t calx__mysql_statement_column_count(calx_statement *statement);
const char *calx__mysql_statement_column_name(calx_statement *statement, size_t column);
void calx__mysql_statement_reset(calx_statement *statement);
void calx__mysql_statement_finalize(calx_statement *statement);

/* One value into the library's form; what it points to are the value's own bytes, or the storage.
 */
void calx__mysql_value_bind(MYSQL_BIND *bind, calx__mysql_bind_storage *storage,
                            const calx_value *value);

/* The most that they take in a packet. */
uint64_t calx__mysql_packet_size(const calx_value *values, size_t count);

/* Hands the values of a record, or the types of several, to the library. CALX_ERROR_LIMIT if the
 * server would refuse so long a message, which costs the connection. */
int calx__mysql_bind(calx__mysql_statement *statement, const calx_value *values, calx_error *err);

/* Makes room for the columns of the result that the statement has, and binds it. */
int calx__mysql_columns_bind(calx__mysql_statement *statement, calx_error *err);

/* Turns the row that was fetched into values, reading longer ones again into longer buffers. */
int calx__mysql_columns_read(calx__mysql_statement *statement, calx_value *values, calx_error *err);

/* Gives back what long values took. */
void calx__mysql_columns_shrink(calx__mysql_statement *statement);

/* Frees columns and results. */
void calx__mysql_columns_finish(calx__mysql_statement *statement);

#endif
