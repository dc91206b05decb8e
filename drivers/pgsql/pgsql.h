/* pgsql.h: what the files of the PostgreSQL driver share. Private to drivers/pgsql. */
#ifndef CALX_PGSQL_H
#define CALX_PGSQL_H

#include <libpq-fe.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <calx/driver.h>

#include "role.h"
#include "types.h"

/* ---- Objects ---- */

typedef struct calx__pgsql_joiner calx__pgsql_joiner; /* joined.h */
typedef struct calx__pgsql_rows calx__pgsql_rows;     /* reads.h */

typedef struct calx__pgsql_database {
    calx_database base;
    calx_hosts *hosts;
    calx__pgsql_role role; /* the URL's target_session_attrs */
    calx_database_options options;
    bool unnamed; /* the URL's prepared_statements=off: nothing stays on a server (unnamed.c) */
    calx__pgsql_joiner *joiner; /* the URL's joined_commits=on; else NULL */
    pthread_mutex_t mutex;
    uint32_t timeline;       /* the highest that a primary had */
    calx__pgsql_rows *spare; /* for the next shared reads */
} calx__pgsql_database;

/* What became of a prepared statement behind our back, as the last error told. */
typedef enum calx__pgsql_plan {
    CALX__PGSQL_PLAN_VALID,
    CALX__PGSQL_PLAN_CHANGED, /* the tables below it were altered; its name still exists */
    CALX__PGSQL_PLAN_GONE,    /* the server does not know the name (DISCARD ALL, a proxy) */
} calx__pgsql_plan;

typedef struct calx__pgsql_statement calx__pgsql_statement;
typedef struct calx__pgsql_forms calx__pgsql_forms; /* unit.h */

typedef struct calx__pgsql_connection {
    calx_connection base;
    calx_native native;
    PGconn *handle;
    size_t host;       /* which of the URL's it leads to */
    uint32_t timeline; /* of the primary it was then; 0: it does not matter, or is not known */
    bool given_up;     /* broken by us: that says nothing about the server */
    char *settings;    /* the statement that each transaction begins with; NULL but in unnamed.c */
    unsigned statement_serial;      /* the number of the newest "calx_N" */
    unsigned *released;             /* numbers of statements that the server should forget */
    size_t released_count;          /* sent with the next prepare */
    size_t released_capacity;       /* at least released_count + prepared_count */
    size_t prepared_count;          /* statements with a name that the server knows or is told */
    calx__pgsql_statement *unnamed; /* whose text the server's unnamed statement holds */
    calx__pgsql_forms *forms;       /* the statements of units; NULL before the first */
    calx__pgsql_plan plan;          /* set by the last error */
    bool warned;                    /* a WARNING arrived; cleared before COMMIT */
    bool shielded;                  /* a cancellation is put off: others wait for the answer, too */
    bool cancelled;                 /* and there was one */
    char doomed[6];                 /* SQLSTATE of a FATAL message between commands, or empty */
} calx__pgsql_connection;

/* How the values of one result type become calx values. Both return false for a value that cannot
 * be represented; *scratch is room of at least what `room` asked for, moved on by what was used. */
typedef bool calx__pgsql_decode(const char *data, size_t length, char **scratch, calx_value *out);

typedef struct calx__pgsql_codec {
    Oid oid;
    const char *name;
    calx__pgsql_decode *binary; /* NULL: can only be read as text */
    calx__pgsql_decode *text;
    size_t (*room)(bool binary, const char *data, size_t length); /* NULL: none */
} calx__pgsql_codec;

/* The encoded binds of one execution, in the form libpq wants. */
typedef struct calx__pgsql_binds {
    size_t count;
    Oid *types; /* as the server inferred them */
    const char **values;
    int *lengths;
    int *formats;
    char *room;
    size_t room_size;
} calx__pgsql_binds;

struct calx__pgsql_statement {
    calx_statement base;
    unsigned number; /* of its name; 0: the unnamed statement */
    bool prepared;
    calx__pgsql_binds binds;
    const calx__pgsql_codec **codecs; /* one per result column */
    size_t codec_count;
    bool binary; /* results are asked for in binary */
    PGresult *result;
    int row;
    unsigned cursor; /* the number of its name while rows stay on the server; 0: they do not */
    int64_t rows_affected;
    char *scratch;
    size_t scratch_size;
};

static inline calx__pgsql_database *calx__pgsql_database_of(calx_database *database)
{
    return (calx__pgsql_database *)database;
}

static inline calx__pgsql_connection *calx__pgsql_connection_of(calx_connection *connection)
{
    return (calx__pgsql_connection *)connection;
}

static inline calx__pgsql_statement *calx__pgsql_statement_of(calx_statement *statement)
{
    return (calx__pgsql_statement *)statement;
}

static inline calx__pgsql_database *
calx__pgsql_database_under(const calx__pgsql_connection *connection)
{
    return calx__pgsql_database_of(connection->base.database);
}

/* ---- error.c ---- */

/* The class of a SQLSTATE that a running connection reported. */
calx_error_class calx__pgsql_classify(const char *sqlstate);

/* The same while connecting: what is not about the login is UNREACHABLE. */
calx_error_class calx__pgsql_classify_connect(const char *sqlstate);

/* Fills err from an error result and returns its class; marks the connection broken when it is. */
int calx__pgsql_fail(calx__pgsql_connection *connection, const PGresult *result, calx_error *err);

/* CALX_ERROR_CONNECTION_LOST with libpq's words; marks the connection broken. */
int calx__pgsql_lost(calx__pgsql_connection *connection, calx_error *err);

/* calx_error_set, with the SQLSTATE. */
int calx__pgsql_error_set(calx_error *err, calx_error_class code, const char *sqlstate,
                          const char *message);

/* True if err is there and holds no error yet: what is set next will be this call's own. */
static inline bool calx__pgsql_error_is_open(const calx_error *err)
{
    return err && err->code == CALX_OK;
}

/* True if a failure with this code on this connection means that something was sent and its answer
 * never came: a server that says that it is read-only has answered. */
static inline bool calx__pgsql_answer_lost(const calx_connection *connection, int code)
{
    return connection->broken && code != CALX_OK && code != CALX_ERROR_READ_ONLY;
}

/* ---- exchange.c ---- */

/* Asked before anything is sent: not broken, deadline not passed, the server still there. */
int calx__pgsql_ready(calx__pgsql_connection *connection, int64_t deadline_us, calx_error *err);

/* Reads what has arrived without a question; CALX_ERROR_CONNECTION_LOST if the server has left. */
int calx__pgsql_peek(calx__pgsql_connection *connection, calx_error *err);

/* Sends everything libpq has queued. After a failure the connection is broken. */
int calx__pgsql_flush(calx__pgsql_connection *connection, int64_t deadline_us, calx_error *err);

/* The next result, NULL at the end of a command. After a failure the connection is broken. */
int calx__pgsql_receive(calx__pgsql_connection *connection, int64_t deadline_us, PGresult **out,
                        calx_error *err);

/*
 * Completes a command for which a PQsend function answered `queued`: flushes, reads to the end and
 * keeps the transaction state. *out is the command's (last) result, to be PQclear'ed.
 */
int calx__pgsql_exchange(calx__pgsql_connection *connection, int queued, int64_t deadline_us,
                         PGresult **out, calx_error *err);

/* CALX_ERROR_UNSUPPORTED, and the connection is given up, if the result begins a COPY. */
int calx__pgsql_refuse_copy(calx__pgsql_connection *connection, const PGresult *result,
                            calx_error *err);

/* CALX_ERROR_SYNTAX for the answer to a text without a statement, which the server accepts. */
int calx__pgsql_refuse_empty(const PGresult *result, calx_error *err);

/* Takes over what libpq knows of the transaction after a command. */
void calx__pgsql_update_transaction(calx__pgsql_connection *connection);

/* Gives up a connection on which a command is running: the server must see that nobody listens. */
void calx__pgsql_abandon(calx__pgsql_connection *connection);

/* ---- The slots: database.c, connection.c, transaction.c, statement.c, unit.c, load.c ---- */

int calx__pgsql_database_create(const calx_driver *driver, const calx_opener *opener,
                                const calx_url *url, const calx_database_options *options,
                                calx_database **out, calx_error *err);
void calx__pgsql_database_destroy(calx_database *database);

int calx__pgsql_connection_open(calx_database *database, int64_t deadline_us, calx_connection **out,
                                calx_error *err);
void calx__pgsql_connection_close(calx_connection *connection);
int calx__pgsql_connection_check(calx_connection *connection, int64_t deadline_us, calx_error *err);
bool calx__pgsql_connection_quiet(calx_connection *connection);

int calx__pgsql_begin(calx_connection *connection, calx_isolation isolation, bool write,
                      int64_t deadline_us, calx_error *err);
int calx__pgsql_commit(calx_connection *connection, int64_t deadline_us, calx_error *err);
int calx__pgsql_rollback(calx_connection *connection, int64_t deadline_us, calx_error *err);
int calx__pgsql_command(calx_connection *connection, const char *sql, size_t length,
                        int64_t deadline_us, calx_error *err);

int calx__pgsql_statement_prepare(calx_connection *connection, const calx_sql *sql,
                                  int64_t deadline_us, calx_statement **out, calx_error *err);
int calx__pgsql_statement_execute(calx_statement *statement, const calx_value *binds,
                                  int64_t deadline_us, calx_error *err);
int calx__pgsql_statement_open(calx_statement *statement, const calx_value *binds,
                               int64_t deadline_us, calx_error *err);
int calx__pgsql_statement_fetch(calx_statement *statement, calx_value *values, int64_t deadline_us,
                                calx_error *err);
int64_t calx__pgsql_statement_rows_affected(calx_statement *statement);
size_t calx__pgsql_statement_column_count(calx_statement *statement);
const char *calx__pgsql_statement_column_name(calx_statement *statement, size_t column);
void calx__pgsql_statement_reset(calx_statement *statement);
void calx__pgsql_statement_finalize(calx_statement *statement);

int calx__pgsql_unit_run(calx_connection *connection, calx_unit *unit, int64_t deadline_us,
                         calx_error *err);

int calx__pgsql_records_load(calx_connection *connection, const calx_load *load,
                             int64_t deadline_us, int64_t *rows_affected, calx_error *err);

/* ---- transaction.c, statement.c ---- */

/* Always explicit: default_transaction_isolation may be anything. */
const char *calx__pgsql_begin_text(calx_isolation isolation);

/* COMMIT of a failed transaction answers without an error, but its tag says ROLLBACK; a warning
 * makes its outcome unknown. */
int calx__pgsql_check_commit(const calx__pgsql_connection *connection, PGresult *result,
                             calx_error *err);
int calx__pgsql_check_warning(const calx__pgsql_connection *connection, calx_error *err);

/* True for the SQLSTATEs that say that the server itself does not know. */
bool calx__pgsql_is_unknown_state(const calx_error *err);

/* Outside a transaction a statement commits by itself: when it is lost nobody knows whether it did.
 * What begins with SELECT is taken for a read. */
bool calx__pgsql_may_write(const calx_sql *sql);

/* ---- forms.c ---- */

/* Frees what is known of the statements of units; tells the server nothing. Accepts NULL. */
void calx__pgsql_forms_destroy(calx__pgsql_forms *forms);

/* ---- prepare.c ---- */

/* Copies SQL text to a NUL-ended string, to be freed. A NUL inside is CALX_ERROR_SYNTAX. */
int calx__pgsql_text_copy(const char *sql, size_t length, char **out, calx_error *err);

/* What came back for one statement of a pipeline: to be PQclear'ed. */
typedef struct calx__pgsql_answer {
    PGresult *error; /* the first */
    PGresult *last;  /* of those that succeeded */
} calx__pgsql_answer;

/* Reads up to the last of so many Syncs; the answer is what came behind the one before it. */
int calx__pgsql_collect(calx__pgsql_connection *connection, int syncs, int64_t deadline_us,
                        calx__pgsql_answer *answer, calx_error *err);

/* Makes the server know the statement, and learns its types; one round trip. */
int calx__pgsql_prepare(calx__pgsql_statement *statement, int64_t deadline_us, calx_error *err);

/* Gives it the next name, and makes room for its release. */
int calx__pgsql_name(calx__pgsql_statement *statement, calx_error *err);

/* Takes over from a Describe what the binds and columns are. */
int calx__pgsql_read_description(calx__pgsql_statement *statement, const PGresult *description,
                                 calx_error *err);

/* Queues what the server should forget, in pipeline mode, with a Sync of its own: an error there (a
 * name that is gone) must not stop what follows. */
bool calx__pgsql_queue_released(calx__pgsql_connection *connection);

/* The server may forget the statement; it is told later. Never fails. */
void calx__pgsql_release(calx__pgsql_statement *statement);

/* The server has forgotten it already. */
void calx__pgsql_forget(calx__pgsql_statement *statement);

#define CALX__PGSQL_NAME_MAX 24

/* "calx_7", or "" for the unnamed statement. */
void calx__pgsql_statement_name(unsigned number, char out[CALX__PGSQL_NAME_MAX]);

/* ---- bind.c ---- */

int calx__pgsql_binds_init(calx__pgsql_binds *binds, const calx_sql *sql, calx_error *err);
void calx__pgsql_binds_finish(calx__pgsql_binds *binds);

/* The type to declare for a bind of this kind; 0: the server infers it. */
Oid calx__pgsql_bind_type(calx_kind kind);

/* Refuses values that cannot be encoded, before anything is sent. */
int calx__pgsql_binds_check(const calx_sql *sql, const calx_value *values, calx_error *err);

/* Encodes; the values' own bytes are pointed to where the form allows. */
int calx__pgsql_binds_encode(calx__pgsql_binds *binds, const calx_sql *sql,
                             const calx_value *values, calx_error *err);

/* Text and bytes that are not there are NULL, too. */
bool calx__pgsql_is_null(const calx_value *value);

/* Does it become a literal of the server's own? A JSON array stays one where the column is JSON or
 * text. */
bool calx__pgsql_is_array(const calx_value *value, Oid type);

/* ---- text.c ---- */

#define CALX__PGSQL_NUMBER_TEXT_MAX 40

/* A value that is neither text nor bytes, as the server's types read it. Returns the length,
 * without the NUL it writes. */
size_t calx__pgsql_value_text(const calx_value *value, char *out);

/* ---- decode.c, numeric.c ---- */

/* Never NULL: unknown types are read as text. */
const calx__pgsql_codec *calx__pgsql_codec_find(Oid oid);

/* Decodes the statement's row `row`. CALX_ERROR_MISFIT names the column. */
int calx__pgsql_decode_row(calx__pgsql_statement *statement, int row, calx_value *values,
                           calx_error *err);

/* Room for the digits of a binary numeric, and the digits: exact, with its display scale. */
size_t calx__pgsql_numeric_room(const char *data, size_t length);
bool calx__pgsql_numeric_decode(const char *data, size_t length, char **scratch, calx_value *out);

/* Intervals (interval.c): days and microseconds. One of months has no fixed length and does not
 * fit; nor does one beyond what calx_interval holds. The text form is IntervalStyle postgres. */
bool calx__pgsql_interval_binary(const char *data, size_t length, char **scratch, calx_value *out);
bool calx__pgsql_interval_text(const char *data, size_t length, char **scratch, calx_value *out);

/* Arrays (array.c). A JSON array as the server's literal, which is not longer; 0 where it is no
 * array of numbers, strings, booleans and nulls. */
size_t calx__pgsql_array_encode(const char *json, size_t length, char *out);
size_t calx__pgsql_array_room(bool binary, const char *data, size_t length);
bool calx__pgsql_array_of_text(const char *data, size_t length, char **scratch, calx_value *out);
bool calx__pgsql_array_of_numbers(const char *data, size_t length, char **scratch, calx_value *out);
bool calx__pgsql_array_of_bools(const char *data, size_t length, char **scratch, calx_value *out);

/* ---- Numbers in network order ---- */

static inline uint64_t calx__pgsql_read(const char *data, size_t bytes)
{
    uint64_t number = 0;
    for (size_t i = 0; i < bytes; i++)
        number = number << 8 | (unsigned char)data[i];
    return number;
}

static inline void calx__pgsql_write(char *out, uint64_t number, size_t bytes)
{
    for (size_t i = bytes; i > 0; i--, number >>= 8)
        out[i - 1] = (char)(number & 0xff);
}

/* From 1970-01-01 to 2000-01-01, PostgreSQL's own day zero. */
#define CALX__PGSQL_EPOCH_US INT64_C(946684800000000)
#define CALX__PGSQL_EPOCH_DAYS 10957
#define CALX__PGSQL_DAY_US INT64_C(86400000000)

#endif
