/* error.c: SQLite's result codes, and for the general code 1 its messages, as error classes. */
#include <string.h>

#include "drivers/sqlite3/internal.h"

typedef struct code_class {
    int code;
    calx_error_class error;
} code_class;

/* An extended code is looked for first, then its primary code. https://www.sqlite.org/rescode.html
 */
static const code_class codes[] = {
    {SQLITE_CONSTRAINT_UNIQUE, CALX_ERROR_UNIQUE},
    {SQLITE_CONSTRAINT_PRIMARYKEY, CALX_ERROR_UNIQUE},
    {SQLITE_CONSTRAINT_ROWID, CALX_ERROR_UNIQUE},
    {SQLITE_CONSTRAINT_FOREIGNKEY, CALX_ERROR_FOREIGN_KEY},
    {SQLITE_CONSTRAINT_NOTNULL, CALX_ERROR_NOT_NULL},
    {SQLITE_CONSTRAINT_CHECK, CALX_ERROR_CHECK},
    {SQLITE_CONSTRAINT_TRIGGER, CALX_ERROR_CHECK},  /* RAISE(ABORT, …) */
    {SQLITE_CONSTRAINT_DATATYPE, CALX_ERROR_CHECK}, /* a STRICT table */
    {SQLITE_CONSTRAINT, CALX_ERROR_DATABASE},
    {SQLITE_BUSY_SNAPSHOT, CALX_ERROR_SERIALIZATION},
    {SQLITE_BUSY, CALX_ERROR_LOCK_TIMEOUT},
    {SQLITE_LOCKED, CALX_ERROR_LOCK_TIMEOUT},
    {SQLITE_PROTOCOL, CALX_ERROR_LOCK_TIMEOUT},
    {SQLITE_INTERRUPT, CALX_ERROR_CANCELLED},
    {SQLITE_READONLY_DBMOVED, CALX_ERROR_CONNECTION_LOST},
    {SQLITE_READONLY, CALX_ERROR_READ_ONLY},
    {SQLITE_FULL, CALX_ERROR_DISK_FULL},
    {SQLITE_IOERR_CORRUPTFS, CALX_ERROR_CORRUPT},
    {SQLITE_IOERR_NOMEM, CALX_ERROR_NO_MEMORY},
    {SQLITE_IOERR, CALX_ERROR_IO},
    {SQLITE_CORRUPT, CALX_ERROR_CORRUPT},
    {SQLITE_NOTADB, CALX_ERROR_CORRUPT},
    {SQLITE_NOMEM, CALX_ERROR_NO_MEMORY},
    {SQLITE_CANTOPEN, CALX_ERROR_UNREACHABLE},
    {SQLITE_TOOBIG, CALX_ERROR_LIMIT},
    {SQLITE_MISMATCH, CALX_ERROR_DATA},
    {SQLITE_RANGE, CALX_ERROR_INVALID},
    {SQLITE_AUTH, CALX_ERROR_AUTHENTICATION},
    {SQLITE_PERM, CALX_ERROR_AUTHENTICATION},
    {SQLITE_MISUSE, CALX_ERROR_STATE},
};

typedef struct message_class {
    const char *part;
    calx_error_class error;
} message_class;

/* SQLITE_ERROR says nothing by its code: parts of the messages of SQLite 3.40, the first match
 * counts. Its messages are not translated. */
static const message_class messages[] = {
    {"syntax error", CALX_ERROR_SYNTAX},
    {"incomplete input", CALX_ERROR_SYNTAX},
    {"unrecognized token", CALX_ERROR_SYNTAX},
    {"no such", CALX_ERROR_UNDEFINED},
    {"has no column named", CALX_ERROR_UNDEFINED},
    {"unknown column", CALX_ERROR_UNDEFINED},
    {"already exists", CALX_ERROR_EXISTS},
    {"already another table or index", CALX_ERROR_EXISTS},
    {"duplicate column name", CALX_ERROR_EXISTS},
    {"within a transaction", CALX_ERROR_STATE},
    {"no transaction is active", CALX_ERROR_STATE},
    {"too many", CALX_ERROR_LIMIT},
    {"too large", CALX_ERROR_LIMIT},
    {"parser stack overflow", CALX_ERROR_LIMIT},
    {"integer overflow", CALX_ERROR_DATA},
    {"malformed JSON", CALX_ERROR_DATA},
};

static calx_error_class classify_message(const char *message)
{
    for (size_t i = 0; i < sizeof messages / sizeof *messages; i++)
        if (strstr(message, messages[i].part))
            return messages[i].error;
    return CALX_ERROR_DATABASE;
}

static calx_error_class classify(int code, const char *message)
{
    for (int wanted = code;; wanted &= 0xff) {
        for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
            if (codes[i].code == wanted)
                return codes[i].error;
        if (wanted == (wanted & 0xff))
            return classify_message(message);
    }
}

/* "UNIQUE constraint failed: todos.title", "CHECK constraint failed: title_not_empty": what stands
 * behind the colon is all that SQLite knows of the constraint. */
static void name_constraint(const char *message, calx_error *err)
{
    static const char mark[] = "constraint failed: ";
    const char *name = strstr(message, mark);
    if (!name)
        return;
    name += sizeof mark - 1;
    size_t length = strnlen(name, sizeof err->constraint - 1);
    while (name[length] && length && ((unsigned char)name[length] & 0xc0) == 0x80)
        length--; /* not in the middle of a character */
    memcpy(err->constraint, name, length);
    err->constraint[length] = '\0';
}

int calx__sqlite3_error(sqlite3 *db, int code, calx_error *err)
{
    /* The handle's message belongs to its last failure, which need not be this one. */
    bool own = db && (sqlite3_errcode(db) & 0xff) == (code & 0xff);
    const char *message = own ? sqlite3_errmsg(db) : sqlite3_errstr(code);
    calx_error_class error = classify(code, message);
    if (err && !err->code) {
        err->native_code = code;
        if ((code & 0xff) == SQLITE_CONSTRAINT)
            name_constraint(message, err);
    }
    int system = own && ((code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN)
                     ? sqlite3_system_errno(db)
                     : 0;
    if (system) {
        char buffer[128];
        return calx_error_set(err, error, "%s (%s)", message,
                              strerror_r(system, buffer, sizeof buffer));
    }
    return calx_error_set(err, error, "%s", message);
}

/* For a failure that is told here and not by SQLite. */
static int stopped(calx_error_class error, int code, const char *message, calx_error *err)
{
    if (err && !err->code)
        err->native_code = code;
    return calx_error_set(err, error, "%s", message);
}

int calx__sqlite3_connection_error(calx__sqlite3_connection *connection, int code, calx_error *err)
{
    int primary = code & 0xff;
    connection->base.in_transaction = !sqlite3_get_autocommit(connection->db);
    /* Whether the commit reached the disk, only the recovery by a new connection tells: with
     * fdatasync failing in COMMIT the row was absent, and there after a restart. */
    if (primary == SQLITE_IOERR && connection->commits) {
        connection->base.broken = true;
        if (err && !err->code)
            err->outcome = CALX_OUTCOME_UNKNOWN;
    }
    if (primary == SQLITE_INTERRUPT && connection->stopped == CALX_ERROR_TIMEOUT)
        return stopped(CALX_ERROR_TIMEOUT, code, "the deadline passed, SQLite was stopped", err);
    if (primary == SQLITE_BUSY && connection->stopped == CALX_ERROR_CANCELLED)
        return stopped(CALX_ERROR_CANCELLED, code, "cancelled while waiting for a lock", err);
    int result = calx__sqlite3_error(connection->db, code, err);
    if (result == CALX_ERROR_CONNECTION_LOST)
        connection->base.broken = true;
    return result;
}
