/* connections.c: opening, checking, closing, and the state of a session that a driver pins. */
#include <string.h>
#include <time.h>

#include "conform.h"

#define MANY 10
#define CLOCK_DIFFERENCE_US (INT64_C(600) * 1000000) /* between this machine and the server */

static void a_database_knows_driver_and_opener(conform *c, const void *data)
{
    (void)data;
    conform_expect_true(c, "driver", c->database->driver == c->driver);
    conform_expect_true(c, "opener", c->database->opener == c->choice.opener);
    conform_expect_true(c, "its limit is not negative", c->database->connections_max >= 0);
}

static void expect_fresh(conform *c, const calx_connection *connection)
{
    if (!conform_ok(c))
        return;
    conform_expect_true(c, "driver", connection->driver == c->driver);
    conform_expect_true(c, "database", connection->database == c->database);
    conform_expect_true(c, "no transaction", !connection->in_transaction);
    conform_expect_true(c, "not broken", !connection->broken);
}

static void a_connection_is_fresh_when_opened(conform *c, const void *data)
{
    (void)data;
    calx_connection *connection = conform_open(c);
    expect_fresh(c, connection);
    conform_expect_integer(c, "what it sees", 10,
                           conform_ask(c, connection, "SELECT count(*) FROM {number}"));
    conform_close(c, connection);
}

static void a_live_connection_passes_its_check(conform *c, const void *data)
{
    (void)data;
    for (int i = 0; i < 2; i++)
        conform_expect_success(
            c, "check", c->driver->connection_check(c->one, conform_soon(), &c->err), &c->err);
    expect_fresh(c, c->one);
}

static void a_check_leaves_a_transaction_alone(conform *c, const void *data)
{
    (void)data;
    conform_begin(c, c->one, true);
    conform_run(c, c->one, "INSERT INTO {parent} (id) VALUES (1)");
    conform_expect_success(c, "check", c->driver->connection_check(c->one, conform_soon(), &c->err),
                           &c->err);
    conform_expect_true(c, "in a transaction", c->one->in_transaction);
    conform_rollback(c, c->one);
    conform_expect_integer(c, "rows", 0, conform_ask(c, c->one, "SELECT count(*) FROM {parent}"));
}

static void many_connections_work_side_by_side(conform *c, const void *data)
{
    (void)data;
    calx_connection *connections[MANY] = {NULL};
    for (int i = 0; i < MANY && conform_ok(c); i++)
        connections[i] = conform_open(c);
    for (int i = 0; i < MANY && conform_ok(c); i++)
        conform_expect_integer(c, "answer", i,
                               conform_ask(c, connections[i],
                                           "SELECT i FROM {number} WHERE i = :integer",
                                           INTEGER_(i)));
    for (int i = 0; i < MANY; i++)
        conform_close(c, connections[i]);
}

static void connections_can_be_opened_again_and_again(conform *c, const void *data)
{
    (void)data;
    for (int i = 0; i < MANY && conform_ok(c); i++) {
        calx_connection *connection = conform_open(c);
        expect_fresh(c, connection);
        conform_close(c, connection);
    }
}

static void closing_rolls_back(conform *c, const void *data)
{
    (void)data;
    calx_connection *connection = conform_open(c);
    conform_begin(c, connection, true);
    conform_run(c, connection, "INSERT INTO {parent} (id) VALUES (1)");
    conform_close(c, connection);
    conform_expect_integer(c, "rows", 0, conform_ask(c, c->one, "SELECT count(*) FROM {parent}"));
}

static void a_second_database_object_reaches_the_same_data(conform *c, const void *data)
{
    (void)data;
    const calx_database_options options = {.connect_timeout_ms = CONFORM_LONG_MS,
                                           .busy_timeout_ms = CONFORM_LOCK_MS};
    calx_database *database = NULL;
    calx_connection *connection = NULL;
    int status = c->driver->database_create(c->driver, c->choice.opener, c->url, &options,
                                            &database, &c->err);
    if (status == 0)
        status = c->driver->connection_open(database, conform_soon(), &connection, &c->err);
    conform_expect_success(c, "opening", status, &c->err);
    conform_expect_integer(c, "what it sees", 10,
                           conform_ask(c, connection, "SELECT count(*) FROM {number}"));
    conform_close(c, connection);
    if (database != NULL)
        c->driver->database_destroy(database);
}

/* ---- After a deadline: nothing is begun ---- */

static void a_passed_deadline_opens_nothing(conform *c, const void *data)
{
    (void)data;
    calx_connection *connection = NULL;
    int status = c->driver->connection_open(c->database, calx_now_us() - 1, &connection, &c->err);
    conform_expect_error(c, "opening", CALX_ERROR_TIMEOUT, status, &c->err);
    conform_expect_true(c, "the output is untouched", connection == NULL);
}

/* ---- The state of a session ---- */

static void text_is_utf8(conform *c, const void *data)
{
    (void)data;
    conform_expect_integer(c, "one character", 1,
                           conform_ask(c, c->one,
                                       "SELECT count(*) FROM {number} WHERE i = 1 AND "
                                       ":text LIKE '_'",
                                       TEXT_("\xf0\x9f\x98\x80")));
}

static void double_quotes_are_for_names(conform *c, const void *data)
{
    (void)data;
    conform_expect_integer(c, "answer", 9,
                           conform_ask(c, c->one, "SELECT max(\"i\") FROM {number}"));
}

static void backslashes_are_backslashes(conform *c, const void *data)
{
    (void)data;
    conform_expect_integer(
        c, "answer", 1,
        conform_ask(c, c->one, "SELECT count(*) FROM {number} WHERE i = 1 AND :text = :text",
                    TEXT_("\\n"), TEXT_("\\n")));
}

static bool read_clock(conform *c, conform_statement *statement, calx_datetime *out)
{
    calx_value value;
    conform_execute(c, statement);
    if (!conform_fetch(c, statement, &value))
        return false;
    if (value.kind != CALX_KIND_TEXT)
        *out = value.as.datetime;
    return value.kind == CALX_KIND_DATETIME ||
           (value.kind == CALX_KIND_TEXT && calx_datetime_parse(value.as.text, out, NULL));
}

static void the_clock_is_utc(conform *c, const void *data)
{
    (void)data;
    calx_datetime clock = {0};
    int64_t now = (int64_t)time(NULL) * 1000000;
    conform_expect_true(
        c, "a time",
        read_clock(c, conform_prepare(c, c->one, "SELECT CURRENT_TIMESTAMP", "datetime"), &clock));
    int64_t difference = clock.microseconds - now;
    conform_expect_true(c, "in UTC",
                        difference > -CLOCK_DIFFERENCE_US && difference < CLOCK_DIFFERENCE_US);
}

void conform_area_connections(conform *c)
{
    CONFORM_CASE(c, 0, a_database_knows_driver_and_opener);
    CONFORM_CASE(c, CONFORM_TWO_CONNECTIONS, a_connection_is_fresh_when_opened);
    CONFORM_CASE(c, 0, a_live_connection_passes_its_check);
    CONFORM_CASE(c, 0, a_check_leaves_a_transaction_alone);
    CONFORM_CASE(c, CONFORM_TWO_CONNECTIONS, many_connections_work_side_by_side);
    CONFORM_CASE(c, CONFORM_TWO_CONNECTIONS, connections_can_be_opened_again_and_again);
    CONFORM_CASE(c, CONFORM_TWO_CONNECTIONS, closing_rolls_back);
    CONFORM_CASE(c, CONFORM_TWO_CONNECTIONS, a_second_database_object_reaches_the_same_data);
    CONFORM_CASE(c, CONFORM_TWO_CONNECTIONS, a_passed_deadline_opens_nothing);
    CONFORM_CASE(c, 0, text_is_utf8);
    CONFORM_CASE(c, 0, double_quotes_are_for_names);
    CONFORM_CASE(c, 0, backslashes_are_backslashes);
    CONFORM_CASE(c, 0, the_clock_is_utc);
}
