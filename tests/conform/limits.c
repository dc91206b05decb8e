/* limits.c: large values, deadlines, cancellation: what is much, and what takes too long. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "conform.h"

#define SHORT_MS 60
#define GIVEN_UP_MS 150

/* Ten thousand million rows: nobody finishes it. */
#define ENDLESS                                                                                    \
    "SELECT count(*) FROM {number} a, {number} b, {number} c, {number} d, {number} e, {number} f," \
    " {number} g, {number} h, {number} j, {number} k WHERE a.i + b.i + c.i + d.i + e.i + f.i + "   \
    "g.i"                                                                                          \
    " + h.i + j.i + k.i < 0"

/* ---- Large values ---- */

typedef struct size_case {
    const char *name;
    size_t size;
} size_case;

static const size_case sizes[] = {
    {"255", 255},      {"256", 256},        {"64_KiB_less_1", 65535},
    {"64_KiB", 65536}, {"1_MiB", 1u << 20}, {"5_MB", 5000000},
};

/* Bytes that do not repeat in a period that any buffer has. */
static char *make_bytes(size_t size, bool text)
{
    char *bytes = malloc(size);
    uint32_t state = 1;
    for (size_t i = 0; bytes != NULL && i < size; i++) {
        state = state * 1664525u + 1013904223u;
        bytes[i] = (char)(text ? 'a' + (state >> 24) % 26 : state >> 24);
    }
    return bytes;
}

static void insert_and_expect(conform *c, const char *insert, const char *select, const char *kind,
                              const calx_value *given)
{
    calx_value came = NULL_;
    conform_begin(c, c->one, true);
    conform_run_with(c, c->one, insert, given);
    conform_statement *reader = conform_prepare(c, c->one, select, kind);
    conform_execute(c, reader);
    conform_fetch(c, reader, &came);
    conform_expect_value(c, "read back", *given, &came);
    conform_finalize(c, reader);
    conform_rollback(c, c->one);
}

static void a_large_text_comes_back(conform *c, const void *data)
{
    size_t size = ((const size_case *)data)->size;
    char *bytes = make_bytes(size, true);
    calx_value value = calx_value_text((calx_text){bytes, size});
    insert_and_expect(c, "INSERT INTO {value} (id, v_text) VALUES (1, :text)",
                      "SELECT v_text FROM {value}", "text", &value);
    free(bytes);
}

static void a_large_blob_comes_back(conform *c, const void *data)
{
    size_t size = ((const size_case *)data)->size;
    char *bytes = make_bytes(size, false);
    calx_value value = calx_value_blob((calx_blob){bytes, size});
    insert_and_expect(c, "INSERT INTO {value} (id, v_blob) VALUES (1, :blob)",
                      "SELECT v_blob FROM {value}", "blob", &value);
    free(bytes);
}

static void sizes_change_from_row_to_row(conform *c, const void *data)
{
    (void)data;
    static const size_t lengths[] = {0, 100000, 1, 70000, 0, 3, 200000, 2};
    enum { count = sizeof lengths / sizeof *lengths };
    char *bytes = make_bytes(200000, false);
    conform_begin(c, c->one, true);
    for (size_t i = 0; i < count; i++)
        conform_run(c, c->one, "INSERT INTO {value} (id, v_blob) VALUES (:integer, :blob)",
                    INTEGER_((int64_t)i), calx_value_blob((calx_blob){bytes, lengths[i]}));
    conform_statement *reader =
        conform_prepare(c, c->one, "SELECT v_blob FROM {value} ORDER BY id", "blob");
    conform_execute(c, reader);
    for (size_t i = 0; i < count && conform_ok(c); i++) {
        calx_value came = NULL_;
        calx_value given = calx_value_blob((calx_blob){bytes, lengths[i]});
        conform_fetch(c, reader, &came);
        conform_expect_value(c, "row", given, &came);
    }
    conform_finalize(c, reader);
    conform_rollback(c, c->one);
    free(bytes);
}

static void many_rows_come_in_order(conform *c, const void *data)
{
    (void)data;
    calx_value came;
    int64_t rows = 0;
    conform_statement *reader =
        conform_prepare(c, c->one,
                        "SELECT a.i * 1000 + b.i * 100 + d.i * 10 + e.i FROM {number} a,"
                        " {number} b, {number} d, {number} e ORDER BY 1",
                        "integer");
    conform_execute(c, reader);
    while (conform_fetch(c, reader, &came) && came.as.integer == rows)
        rows++;
    conform_expect_integer(c, "rows in order", 10000, rows);
}

static void a_long_statement_is_taken(conform *c, const void *data)
{
    (void)data;
    calx_buffer text = {0};
    calx_buffer_append_string(&text, "SELECT count(*) FROM {number} WHERE i IN (0");
    for (int i = 1; i < 5000; i++)
        calx_buffer_append_format(&text, ", %d", i);
    calx_buffer_append(&text, ")", 2);
    conform_expect_integer(c, "rows", 10, conform_ask(c, c->one, text.data));
    calx_buffer_finish(&text);
}

/* ---- Deadlines: absolute, and never in vain ---- */

static void a_passed_deadline_begins_nothing(conform *c, const void *data)
{
    (void)data;
    int64_t passed = calx_now_us() - 1;
    int status = c->driver->begin(c->one, CALX_ISOLATION_DEFAULT, true, passed, &c->err);
    conform_expect_error(c, "BEGIN", CALX_ERROR_TIMEOUT, status, &c->err);
    conform_expect_true(c, "no transaction, or broken", !c->one->in_transaction || c->one->broken);
}

static void a_passed_deadline_runs_no_command(conform *c, const void *data)
{
    (void)data;
    static const char sql[] = "DELETE FROM " CONFORM_PREFIX "parent";
    conform_run(c, c->one, "INSERT INTO {parent} (id) VALUES (1)");
    int status = c->driver->command(c->one, sql, sizeof sql - 1, calx_now_us() - 1, &c->err);
    conform_expect_true(c, "not done", c->err.outcome == CALX_OUTCOME_NOT_DONE);
    conform_expect_error(c, "the command", CALX_ERROR_TIMEOUT, status, &c->err);
    conform_clean_connections(c);
    conform_expect_integer(c, "rows", 1, conform_ask(c, c->one, "SELECT count(*) FROM {parent}"));
}

static void a_passed_deadline_executes_nothing(conform *c, const void *data)
{
    (void)data;
    conform_run(c, c->one, "INSERT INTO {parent} (id) VALUES (1)");
    conform_statement *statement = conform_prepare(c, c->one, "DELETE FROM {parent}", NULL);
    if (!conform_ok(c))
        return;
    int status = c->driver->statement_execute(statement->handle, NULL, calx_now_us() - 1, &c->err);
    conform_expect_true(c, "not done", c->err.outcome == CALX_OUTCOME_NOT_DONE);
    conform_expect_error(c, "the statement", CALX_ERROR_TIMEOUT, status, &c->err);
    conform_finalize(c, statement);
    conform_clean_connections(c);
    conform_expect_integer(c, "rows", 1, conform_ask(c, c->one, "SELECT count(*) FROM {parent}"));
}

static void a_passed_deadline_commits_nothing(conform *c, const void *data)
{
    (void)data;
    conform_begin(c, c->one, true);
    conform_run(c, c->one, "INSERT INTO {parent} (id) VALUES (1)");
    if (!conform_ok(c))
        return;
    c->dirty = true;
    int status = c->driver->commit(c->one, calx_now_us() - 1, &c->err);
    conform_expect_true(c, "not done", c->err.outcome == CALX_OUTCOME_NOT_DONE);
    conform_expect_error(c, "COMMIT", CALX_ERROR_TIMEOUT, status, &c->err);
    conform_clean_connections(c);
    conform_expect_integer(c, "rows", 0, conform_ask(c, c->one, "SELECT count(*) FROM {parent}"));
}

/* ---- Statements that do not end by themselves ---- */

/* A connection whose server goes on for a short while only after it was given up, when locks of the
 * statement would be in the way of others. */
typedef struct impatient {
    calx_database *database;
    calx_connection *connection;
} impatient;

static impatient impatient_open(conform *c)
{
    const calx_database_options options = {
        .connect_timeout_ms = CONFORM_LONG_MS,
        .busy_timeout_ms = CONFORM_LOCK_MS,
        .statement_timeout_ms = GIVEN_UP_MS,
    };
    impatient opened = {.connection = c->one};
    if (c->database->connections_max == 1)
        return opened; /* nobody else is there */
    int status = c->driver->database_create(c->driver, c->choice.opener, c->url, &options,
                                            &opened.database, &c->err);
    if (status == 0)
        status = c->driver->connection_open(opened.database, conform_soon(), &opened.connection,
                                            &c->err);
    conform_expect_success(c, "opening a connection", status, &c->err);
    return opened;
}

/* After it the connection is usable, or says that it is broken. */
static void impatient_close(conform *c, impatient *opened)
{
    if (opened->database == NULL) {
        conform_clean_connections(c);
    } else {
        conform_rollback_unless_broken(c, opened->connection);
        conform_close(c, opened->connection);
        c->driver->database_destroy(opened->database);
    }
    conform_expect_integer(c, "afterwards", 10,
                           conform_ask(c, c->one, "SELECT count(*) FROM {number}"));
}

/* Starts it and reads on, until the deadline or the waiter ends it. */
static int run_endless(conform *c, calx_connection *connection, bool cancel, int64_t deadline_us)
{
    calx_value value;
    calx_waiter *waiter = calx_waiter_current();
    conform_statement *statement = conform_prepare(c, connection, ENDLESS, "integer");
    if (!conform_ok(c))
        return 0;
    atomic_store(&waiter->cancelled, cancel);
    int status = c->driver->statement_execute(statement->handle, NULL, deadline_us, &c->err);
    if (status == 0)
        status = c->driver->statement_fetch(statement->handle, &value, deadline_us, &c->err);
    atomic_store(&waiter->cancelled, false);
    conform_finalize(c, statement);
    return status;
}

static void an_endless_statement_ends_at_its_deadline(conform *c, const void *data)
{
    (void)data;
    impatient opened = impatient_open(c);
    int64_t deadline_us = calx_deadline_in_ms(SHORT_MS);
    int status = run_endless(c, opened.connection, false, deadline_us);
    conform_expect_true(c, "not before its deadline", calx_now_us() >= deadline_us);
    conform_expect_error(c, "the statement", CALX_ERROR_TIMEOUT, status, &c->err);
    impatient_close(c, &opened);
}

static void an_endless_statement_ends_in_a_transaction(conform *c, const void *data)
{
    (void)data;
    impatient opened = impatient_open(c);
    conform_begin(c, opened.connection, true);
    conform_run(c, opened.connection, "INSERT INTO {parent} (id) VALUES (1)");
    int status = run_endless(c, opened.connection, false, calx_deadline_in_ms(SHORT_MS));
    conform_expect_error(c, "the statement", CALX_ERROR_TIMEOUT, status, &c->err);
    impatient_close(c, &opened);
    conform_expect_integer(c, "rows", 0, conform_ask(c, c->one, "SELECT count(*) FROM {parent}"));
}

static void a_cancelled_waiter_ends_a_statement(conform *c, const void *data)
{
    (void)data;
    impatient opened = impatient_open(c);
    int status = run_endless(c, opened.connection, true, conform_soon());
    conform_expect_error(c, "the statement", CALX_ERROR_CANCELLED, status, &c->err);
    impatient_close(c, &opened);
}

void conform_area_limits(conform *c)
{
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        conform_case(c, 0, a_large_text_comes_back, &sizes[i], "text_of_%s", sizes[i].name);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        conform_case(c, 0, a_large_blob_comes_back, &sizes[i], "blob_of_%s", sizes[i].name);
    CONFORM_CASE(c, 0, sizes_change_from_row_to_row);
    CONFORM_CASE(c, 0, many_rows_come_in_order);
    CONFORM_CASE(c, 0, a_long_statement_is_taken);
    CONFORM_CASE(c, 0, a_passed_deadline_begins_nothing);
    CONFORM_CASE(c, 0, a_passed_deadline_runs_no_command);
    CONFORM_CASE(c, 0, a_passed_deadline_executes_nothing);
    CONFORM_CASE(c, 0, a_passed_deadline_commits_nothing);
    CONFORM_CASE(c, 0, an_endless_statement_ends_at_its_deadline);
    CONFORM_CASE(c, 0, an_endless_statement_ends_in_a_transaction);
    CONFORM_CASE(c, 0, a_cancelled_waiter_ends_a_statement);
}
