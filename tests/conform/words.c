/* words.c: what the dialects call things, and the templates in which the cases are written. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "conform.h"

/* {TABLE} ends a CREATE TABLE: text is compared by its code points, without padding, on every
 * database. */
static const char *const sqlite_words[] = {
    "KEY",      "INTEGER NOT NULL PRIMARY KEY",
    "INTEGER",  "BIGINT",
    "BOOLEAN",  "BOOLEAN",
    "DOUBLE",   "DOUBLE",
    "STRING",   "VARCHAR(100)",
    "TEXT",     "TEXT",
    "BLOB",     "BLOB",
    "DECIMAL",  "TEXT COLLATE calx_decimal",
    "DATETIME", "DATETIME",
    "DATE",     "DATE",
    "TIME",     "TIME",
    "INTERVAL", "DATETIME",
    "UUID",     "CHAR(32)",
    "TABLE",    "",
    NULL,
};

static const char *const postgresql_words[] = {
    "KEY",      "SERIAL NOT NULL PRIMARY KEY",
    "INTEGER",  "BIGINT",
    "BOOLEAN",  "BOOLEAN",
    "DOUBLE",   "DOUBLE PRECISION",
    "STRING",   "VARCHAR(100)",
    "TEXT",     "TEXT",
    "BLOB",     "BYTEA",
    "DECIMAL",  "NUMERIC(30, 10)",
    "DATETIME", "TIMESTAMP WITHOUT TIME ZONE",
    "DATE",     "DATE",
    "TIME",     "TIME WITHOUT TIME ZONE",
    "INTERVAL", "INTERVAL",
    "UUID",     "UUID",
    "TABLE",    "",
    NULL,
};

static const char *const mysql_words[] = {
    "KEY",
    "INTEGER NOT NULL AUTO_INCREMENT PRIMARY KEY",
    "INTEGER",
    "BIGINT",
    "BOOLEAN",
    "BOOL",
    "DOUBLE",
    "DOUBLE",
    "STRING",
    "VARCHAR(100)",
    "TEXT",
    "LONGTEXT",
    "BLOB",
    "LONGBLOB",
    "DECIMAL",
    "NUMERIC(30, 10)",
    "DATETIME",
    "DATETIME(6)",
    "DATE",
    "DATE",
    "TIME",
    "TIME(6)",
    "INTERVAL",
    "DATETIME(6)",
    "UUID",
    "CHAR(32)",
    "TABLE",
    " DEFAULT CHARACTER SET utf8mb4"
    " /*M!100201 COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */",
    NULL,
};

static const conform_words dialects[] = {
    {"sqlite", false, sqlite_words},
    {"postgresql", true, postgresql_words},
    {"mysql", false, mysql_words},
};

const conform_words *conform_words_find(const char *dialect)
{
    for (size_t i = 0; i < sizeof dialects / sizeof *dialects; i++)
        if (strcmp(dialects[i].dialect, dialect) == 0)
            return &dialects[i];
    return NULL;
}

/* ---- Templates ---- */

static const char *word_find(const conform *c, const char *name, size_t length)
{
    for (const char *const *at = c->words->words; *at != NULL; at += 2)
        if (strlen(at[0]) == length && memcmp(at[0], name, length) == 0)
            return at[1];
    return NULL;
}

/* {item} or {KEY}, after the brace. Returns what follows, NULL when it is bad. */
static const char *append_word(const conform *c, const char *at, calx_buffer *out)
{
    size_t length = strcspn(at, "}");
    if (islower((unsigned char)*at)) {
        calx_buffer_append_format(out, CONFORM_PREFIX "%.*s", (int)length, at);
    } else {
        const char *word = word_find(c, at, length);
        if (word == NULL)
            return NULL;
        calx_buffer_append_string(out, word);
    }
    return at[length] == '}' ? at + length + 1 : NULL;
}

bool conform_kind_find(const char *name, size_t length, calx_kind *out)
{
#define KIND(kind, text)                                                                           \
    if (sizeof text - 1 == length && memcmp(text, name, length) == 0) {                            \
        *out = CALX_KIND_##kind;                                                                   \
        return true;                                                                               \
    }
    CALX_KINDS(KIND)
#undef KIND
    return false;
}

/* :integer, after the colon. */
static const char *append_bind(const conform *c, const char *at, conform_statement *out)
{
    size_t length = 0;
    while (isalpha((unsigned char)at[length]))
        length++;
    if (out->sql.bind_count == CONFORM_BINDS_MAX ||
        !conform_kind_find(at, length, &out->bind_kinds[out->sql.bind_count]))
        return NULL;
    out->sql.bind_count++;
    if (c->words->numbered_binds)
        calx_buffer_append_format(&out->text, "$%zu", out->sql.bind_count);
    else
        calx_buffer_append(&out->text, "?", 1);
    return at + length;
}

bool conform_template(conform *c, const char *pattern, conform_statement *out)
{
    const char *at = pattern;
    while (at != NULL && *at != '\0') {
        size_t plain = strcspn(at, "{:");
        calx_buffer_append(&out->text, at, plain);
        at += plain;
        if (*at == '{')
            at = append_word(c, at + 1, &out->text);
        else if (*at == ':')
            at = append_bind(c, at + 1, out);
    }
    if (at == NULL || out->text.failed) {
        conform_differ(c, "the statement of the case", "a template", pattern);
        return false;
    }
    out->sql.text = out->text.data ? out->text.data : "";
    out->sql.length = out->text.length;
    out->sql.bind_kinds = out->bind_kinds;
    return true;
}
