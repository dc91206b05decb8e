/* database.c: the database of a run: driver, connections, the lock, our tables and their rows. */
#include <stdlib.h>
#include <string.h>

#include "conform.h"

#define NUMBERS "(0), (1), (2), (3), (4), (5), (6), (7), (8), (9)"

/* In the order in which they can be made. */
static const char *const tables[] = {
    "number", "value", "item", "parent", "child", "made",
};

static const char *const creation[] = {
    "CREATE TABLE {number} (i {INTEGER} NOT NULL PRIMARY KEY){TABLE}",
    "INSERT INTO {number} (i) VALUES " NUMBERS,
    "CREATE TABLE {value} (id {INTEGER} NOT NULL PRIMARY KEY, v_boolean {BOOLEAN},"
    " v_integer {INTEGER}, v_double {DOUBLE}, v_text {TEXT}, v_blob {BLOB}, v_decimal {DECIMAL},"
    " v_datetime {DATETIME}, v_date {DATE}, v_time {TIME}, v_interval {INTERVAL},"
    " v_uuid {UUID}){TABLE}",
    "CREATE TABLE {item} (id {KEY}, name {STRING}, n {INTEGER},"
    " CONSTRAINT {item_name} UNIQUE (name)){TABLE}",
    "CREATE TABLE {parent} (id {INTEGER} NOT NULL PRIMARY KEY){TABLE}",
    "CREATE TABLE {child} (id {INTEGER} NOT NULL PRIMARY KEY, parent_id {INTEGER},"
    " title {STRING} NOT NULL, n {INTEGER}, CONSTRAINT {child_title} UNIQUE (title),"
    " CONSTRAINT {child_n} CHECK (n > 0), CONSTRAINT {child_parent} FOREIGN KEY (parent_id)"
    " REFERENCES {parent} (id)){TABLE}",
};

/* Whose rows are deleted between cases; those that refer first. */
static const char *const cleaned[] = {"child", "parent", "item", "value"};

static int command(conform *c, const char *format, const char *name, calx_error *err)
{
    calx_buffer text = {0};
    conform_statement made = {0};
    calx_buffer_append_format(&text, format, name);
    calx_buffer_append(&text, "", 1);
    int status = CALX_ERROR_INVALID;
    if (conform_template(c, text.data, &made))
        status = c->driver->command(c->one, made.sql.text, made.sql.length, conform_soon(), err);
    calx_buffer_finish(&made.text);
    calx_buffer_finish(&text);
    return status;
}

static int drop_tables(conform *c, calx_error *err)
{
    int status = 0;
    for (size_t i = sizeof tables / sizeof *tables; i > 0 && status == 0; i--)
        status = command(c, "DROP TABLE IF EXISTS {%s}", tables[i - 1], err);
    return status;
}

/* CREATE TABLE is atomic on every database, so it makes a lock. */
static int take_lock(conform *c, calx_error *err)
{
    calx_error own = {0};
    int status = 0;
    if (c->options.force)
        status = command(c, "DROP TABLE IF EXISTS {%s}", "running", &own);
    if (status == 0)
        status = command(c, "CREATE TABLE {%s} (i INTEGER)", "running", &own);
    if (status == CALX_ERROR_EXISTS)
        return calx_error_set(err, CALX_ERROR_EXISTS,
                              "the table " CONFORM_PREFIX
                              "running exists: another run is working "
                              "here, or one was killed and --force clears up after it");
    if (status < 0)
        return calx_error_set(err, own.code, "%s", own.message);
    c->locked = true;
    return 0;
}

static int create_tables(conform *c, calx_error *err)
{
    int status = take_lock(c, err);
    if (status == 0)
        status = drop_tables(c, err);
    for (size_t i = 0; i < sizeof creation / sizeof *creation && status == 0; i++)
        status = command(c, "%s", creation[i], err);
    return status;
}

static int open_first(conform *c, calx_error *err)
{
    const calx_database_options options = {
        .connect_timeout_ms = CONFORM_LONG_MS,
        .busy_timeout_ms = CONFORM_LOCK_MS,
        .statement_timeout_ms = CONFORM_LONG_MS,
        .statement_cache_size = 64,
    };
    const char *text = c->options.url;
    int status = calx_url_parse(text, strlen(text), &c->url, err);
    if (status == 0)
        status = calx_registry_find(c->url->dialect, c->url->driver, &c->choice, err);
    if (status < 0)
        return status;
    c->driver = c->choice.driver;
    c->words = conform_words_find(c->driver->dialect);
    if (c->words == NULL)
        return calx_error_set(err, CALX_ERROR_DRIVER, "there is no dialect \"%s\"",
                              c->driver->dialect);
    status = c->driver->database_create(c->driver, c->choice.opener, c->url, &options, &c->database,
                                        err);
    if (status == 0)
        status = c->driver->connection_open(c->database, conform_soon(), &c->one, err);
    return status;
}

int conform_setup(conform *c, calx_error *err)
{
    int status = open_first(c, err);
    if (status == 0)
        status = create_tables(c, err);
    return status;
}

int conform_teardown(conform *c, calx_error *err)
{
    int status = conform_engine_close(c, err);
    conform_close(c, c->two);
    if (c->locked && !c->options.keep && status == 0)
        status = drop_tables(c, err);
    if (c->locked && status == 0)
        status = command(c, "DROP TABLE IF EXISTS {%s}", "running", err);
    conform_close(c, c->one);
    if (c->database != NULL)
        c->driver->database_destroy(c->database);
    calx_url_destroy(c->url);
    return status;
}

/* ---- Between cases ---- */

static calx_connection *tidy(conform *c, calx_connection *connection, calx_error *err)
{
    if (connection == NULL)
        return NULL;
    if (!connection->broken && connection->in_transaction)
        c->driver->rollback(connection, conform_soon(), err);
    if (!connection->broken && err->code == CALX_OK)
        return connection;
    conform_close(c, connection);
    return NULL;
}

void conform_clean_connections(conform *c)
{
    calx_error err = {0};
    c->two = tidy(c, c->two, &err);
    calx_error_clear(&err);
    c->one = tidy(c, c->one, &err);
    calx_error_clear(&err);
    int status = 0;
    if (c->one == NULL)
        status = c->driver->connection_open(c->database, conform_soon(), &c->one, &err);
    if (status < 0)
        conform_differ(c, "opening a connection anew", "success", err.message);
}

static int delete_rows(conform *c, calx_error *err)
{
    int status = c->driver->begin(c->one, CALX_ISOLATION_DEFAULT, true, conform_soon(), err);
    for (size_t i = 0; status == 0 && i < sizeof cleaned / sizeof *cleaned; i++)
        status = command(c, "DELETE FROM {%s}", cleaned[i], err);
    return status == 0 ? c->driver->commit(c->one, conform_soon(), err) : status;
}

void conform_clean(conform *c)
{
    calx_error err = {0};
    conform_sessions_end(c);
    for (size_t i = 0; i < c->statement_count; i++) {
        conform_finalize(c, c->statements[i]);
        calx_buffer_finish(&c->statements[i]->text);
        free(c->statements[i]);
    }
    c->statement_count = 0;
    conform_clean_connections(c);
    int status = c->dirty && c->one != NULL ? delete_rows(c, &err) : 0;
    if (status < 0)
        conform_differ(c, "clearing up after the case", "success", err.message);
    c->dirty = false;
}
