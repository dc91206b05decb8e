/* lone.c: which units need no BEGIN and COMMIT, because their only statement is a transaction. */
#include <string.h>
#include <strings.h>

#include "core/engine/internal.h"

static bool has_word(const calx_sql *sql, const char *word)
{
    size_t length = strlen(word);
    for (size_t i = 0; i + length <= sql->length; i++) {
        if (strncasecmp(sql->text + i, word, length) == 0)
            return true;
    }
    return false;
}

static bool begins_with(const calx_sql *sql, const char *word)
{
    return sql->length > strlen(word) && strncasecmp(sql->text, word, strlen(word)) == 0;
}

/* The count of rows is known too late to undo what it counts: it must not matter, or follow from
 * the text. */
static bool is_settled_by_text(const calx_unit_statement *statement)
{
    const calx_sql *sql = statement->sql;
    if (statement->rows_expected == CALX_ROWS_ANY)
        return begins_with(sql, "INSERT ") || begins_with(sql, "UPDATE ") ||
               begins_with(sql, "DELETE ");
    return begins_with(sql, "INSERT INTO ") && statement->rows_expected == 1 &&
           has_word(sql, "VALUES") && !has_word(sql, "SELECT") && !has_word(sql, "DUPLICATE");
}

/* A deadline that passes while the statement waits for a lock would leave its outcome open, which
 * one before COMMIT does not: the server must give up waiting well before. */
static bool is_patient(const calx_engine *engine, int64_t deadline_us)
{
    int lock_ms = engine->options.busy_timeout_ms;
    return deadline_us == CALX_NO_DEADLINE ||
           (lock_ms > 0 && calx_deadline_left_ms(deadline_us) / 2 >= lock_ms);
}

bool calx__unit_is_lone(const calx__connection *connection, const calx_unit *unit,
                        int64_t deadline_us)
{
    const calx_unit_statement *statement = unit->statements;
    return connection->base->driver->capabilities & CALX_CAPABILITY_AUTOCOMMIT && unit->begin &&
           unit->commit && unit->statement_count == 1 &&
           unit->isolation <= CALX_ISOLATION_READ_COMMITTED && statement->row == NULL &&
           calx_unit_record_count(statement) == 1 && is_settled_by_text(statement) &&
           is_patient(connection->engine, deadline_us);
}
