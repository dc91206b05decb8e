/* error.c: SQLite's codes as classes. */
#include <stdio.h>
#include <string.h>

#include "pocket.h"

static const struct {
    int code;
    calx_error_class class;
} codes[] = {
    {SQLITE_CONSTRAINT_UNIQUE, CALX_ERROR_UNIQUE},
    {SQLITE_CONSTRAINT_PRIMARYKEY, CALX_ERROR_UNIQUE},
    {SQLITE_CONSTRAINT_ROWID, CALX_ERROR_UNIQUE},
    {SQLITE_CONSTRAINT_FOREIGNKEY, CALX_ERROR_FOREIGN_KEY},
    {SQLITE_CONSTRAINT_NOTNULL, CALX_ERROR_NOT_NULL},
    {SQLITE_CONSTRAINT_CHECK, CALX_ERROR_CHECK},
    {SQLITE_CONSTRAINT_TRIGGER, CALX_ERROR_CHECK},
    {SQLITE_MISMATCH, CALX_ERROR_DATA},
    {SQLITE_TOOBIG, CALX_ERROR_LIMIT},
    {SQLITE_NOMEM, CALX_ERROR_NO_MEMORY},
    {SQLITE_FULL, CALX_ERROR_DISK_FULL},
};

/* What code 1 means is in the message only. */
static const struct {
    const char *part;
    calx_error_class class;
} messages[] = {
    {"syntax error", CALX_ERROR_SYNTAX},
    {"incomplete input", CALX_ERROR_SYNTAX},
    {"unrecognized token", CALX_ERROR_SYNTAX},
    {"no such", CALX_ERROR_UNDEFINED},
    {"has no column", CALX_ERROR_UNDEFINED},
    {"already exists", CALX_ERROR_EXISTS},
    {"duplicate column", CALX_ERROR_EXISTS},
    {"transaction", CALX_ERROR_STATE},
    {"too many", CALX_ERROR_LIMIT},
    {"overflow", CALX_ERROR_DATA},
};

static calx_error_class classify(int code, const char *message)
{
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i].code == code || codes[i].code == (code & 0xff))
            return codes[i].class;
    for (size_t i = 0; code == SQLITE_ERROR && i < sizeof messages / sizeof *messages; i++)
        if (strstr(message, messages[i].part))
            return messages[i].class;
    return CALX_ERROR_DATABASE;
}

int pocket_error(pocket_connection *connection, int code, calx_error *err)
{
    static const char mark[] = "constraint failed: ";
    const char *message = sqlite3_errmsg(connection->db);
    connection->base.in_transaction = !sqlite3_get_autocommit(connection->db);
    if ((code & 0xff) == SQLITE_INTERRUPT && connection->stopped != CALX_OK)
        return calx_error_set(err, connection->stopped, "SQLite was stopped");
    if (err && !err->code) {
        const char *name = strstr(message, mark);
        err->native_code = code;
        if (name)
            snprintf(err->constraint, sizeof err->constraint, "%s", name + sizeof mark - 1);
    }
    return calx_error_set(err, classify(code, message), "%s", message);
}
