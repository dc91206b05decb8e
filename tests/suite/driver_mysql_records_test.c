/* driver_mysql_records_test.c: the mariadb driver: one statement for many records in one message,
 * and servers that do not take it. */
#include <math.h>

#include "tests/suite/mysql_proxy.h"

#define UPDATE_N "UPDATE driver_t SET n = ? WHERE id = ?"

#define NULL_ ((calx_value){.kind = CALX_KIND_NULL})

static calx_value integer(int64_t value)
{
    return (calx_value){.kind = CALX_KIND_INTEGER, .as.integer = value};
}

static calx_value bytes(calx_kind kind, const char *data, size_t length)
{
    return kind == CALX_KIND_BLOB ? (calx_value){.kind = kind, .as.blob = {data, length}}
                                  : (calx_value){.kind = kind, .as.text = {data, length}};
}

static calx_value text(calx_kind kind, const char *data)
{
    return bytes(kind, data, strlen(data));
}

static int execute_records(calx_statement *statement, const calx_value *binds, size_t count,
                           int64_t deadline_us, calx_error *err)
{
    const calx_driver *driver = statement->driver;
    int status = driver->statement_execute_records(statement, binds, count, deadline_us, err);
    if (status == 0)
        status = driver->statement_fetch(statement, NULL, soon(), err);
    return status;
}

/* In a transaction of its own, which it leaves open. Where nothing fails, the sum of the rows. */
static int change(fixture *self, const char *words, size_t bind_count, const calx_value *binds,
                  size_t count, calx_error *err)
{
    calx_sql sql = sql_of(words, bind_count, 0);
    must(begin(self->connection, err), err);
    calx_statement *statement = prepare(self->connection, &sql);
    int status = execute_records(statement, binds, count, soon(), err);
    if (status == 0)
        status = (int)statement->driver->statement_rows_affected(statement);
    finalize(statement);
    return status;
}

/* Rows 1 to 5 with n = 0. */
static void make_rows(fixture *self)
{
    command(self->connection, "CREATE TABLE driver_t (id INT PRIMARY KEY, n INT) ENGINE InnoDB");
    command(self->connection, "INSERT INTO driver_t VALUES (1, 0), (2, 0), (3, 0), (4, 0), (5, 0)");
}

#define SUM "SELECT CAST(COALESCE(SUM(n), 0) AS SIGNED) FROM driver_t"

/* ---- Rows ---- */

static void rows_are_counted_in_sum_as_they_are_found(void **state)
{
    fixture *self = *state;
    calx_error err = {0};
    const calx_value binds[] = {integer(7), integer(1), integer(0), integer(2), /* without effect */
                                integer(8), integer(9),                         /* gone */
                                integer(9), integer(4)};
    make_rows(self);
    assert_true(self->connection->capabilities & CALX_CAPABILITY_ARRAYS);
    assert_int_equal(change(self, UPDATE_N, 2, binds, 4, &err), 3);
    assert_int_equal(ask(self->other, SUM), 0);
    must(commit(self->connection, &err), &err);
    assert_int_equal(ask(self->other, SUM), 16);
}

static void rows_are_deleted_and_inserted(void **state)
{
    fixture *self = *state;
    calx_error err = {0};
    const calx_value ids[] = {integer(1), integer(8), integer(5)};
    const calx_value rows[] = {integer(11), integer(1), integer(12), NULL_};
    make_rows(self);
    assert_int_equal(change(self, "DELETE FROM driver_t WHERE id = ?", 1, ids, 3, &err), 2);
    must(commit(self->connection, &err), &err);
    assert_int_equal(change(self, "INSERT INTO driver_t VALUES (?, ?)", 2, rows, 2, &err), 2);
    must(commit(self->connection, &err), &err);
    assert_int_equal(ask(self->other, "SELECT CAST(SUM(id) AS SIGNED) FROM driver_t"), 32);
}

static void one_that_is_refused_fails_them_all(void **state)
{
    fixture *self = *state;
    calx_error err = {0};
    const calx_value binds[] = {integer(11), integer(1),  integer(5),
                                integer(2),  integer(13), integer(3)};
    make_rows(self);
    must_be(change(self, "UPDATE driver_t SET id = ? WHERE id = ?", 2, binds, 3, &err),
            CALX_ERROR_UNIQUE, &err);
    assert_true(self->connection->in_transaction);
    calx_error_clear(&err);
    must(rollback(self->connection, &err), &err);
    assert_int_equal(ask(self->connection, "SELECT CAST(SUM(id) AS SIGNED) FROM driver_t"), 15);
}

/* A statement can run for one record before and after it ran for many. */
static void one_and_many_take_turns(void **state)
{
    fixture *self = *state;
    calx_error err = {0};
    calx_sql sql = sql_of(UPDATE_N, 2, 0);
    const calx_value binds[] = {NULL_, integer(1), integer(2), integer(2), integer(3), integer(3)};
    make_rows(self);
    must(begin(self->connection, &err), &err);
    calx_statement *statement = prepare(self->connection, &sql);
    for (int i = 0; i < 3; i++) {
        execute(statement, binds + 2);
        assert_false(fetch(statement, NULL));
        assert_int_equal(statement->driver->statement_rows_affected(statement), 1);
        must(execute_records(statement, binds, 3, soon(), &err), &err);
        assert_int_equal(statement->driver->statement_rows_affected(statement), 3);
    }
    finalize(statement);
    assert_int_equal(ask(self->connection, SUM), 5);
    must(rollback(self->connection, &err), &err);
}

/* ---- Values ---- */

#define COLUMNS 9

/* What is stored of a record, and what was sent. */
static void expect_record(calx_connection *connection, int64_t id, const calx_value *sent)
{
    calx_sql sql = sql_of(
        "SELECT COUNT(*) FROM driver_t WHERE id = ? AND i <=> ? AND d <=> ? AND "
        "c <=> ? AND s <=> CAST(? AS CHAR) AND b <=> ? AND day <=> ? AND t <=> ? "
        "AND moment <=> ? AND nothing <=> ?",
        1 + COLUMNS, 1);
    calx_value binds[1 + COLUMNS] = {integer(id)};
    calx_value count;
    memcpy(binds + 1, sent, COLUMNS * sizeof *binds);
    calx_statement *statement = prepare(connection, &sql);
    execute(statement, binds);
    assert_true(fetch(statement, &count));
    assert_int_equal(count.as.integer, 1);
    finalize(statement);
}

/* The first has none, the last has all; one column has none at all. */
static void values_of_all_kinds_stand_beside_null(void **state)
{
    fixture *self = *state;
    calx_error err = {0};
    const calx_value day = {.kind = CALX_KIND_DATE, .as.date = {2024, 2, 29}};
    const calx_value noon = {.kind = CALX_KIND_TIME, .as.time = {INT64_C(43200000001)}};
    const calx_value moment = {.kind = CALX_KIND_DATETIME, .as.datetime = {INT64_C(-1)}};
    const calx_value real = {.kind = CALX_KIND_DOUBLE, .as.real = 0.1};
    const calx_value records[][COLUMNS + 1] = {
        {NULL_, NULL_, NULL_, NULL_, NULL_, NULL_, NULL_, NULL_, NULL_, integer(1)},
        {integer(-1), NULL_, text(CALX_KIND_DECIMAL, "-12345678901234567890.0000000001"),
         text(CALX_KIND_TEXT, ""), bytes(CALX_KIND_BLOB, "\0\xff", 2), NULL_, noon, NULL_, NULL_,
         integer(2)},
        {integer(INT64_MIN), real, text(CALX_KIND_DECIMAL, "0"), NULL_,
         bytes(CALX_KIND_BLOB, "", 0), day, NULL_, moment, NULL_, integer(3)},
        {integer(INT64_MAX), real, text(CALX_KIND_DECIMAL, "1.5"),
         text(CALX_KIND_TEXT, "\xf0\x9f\x98\x80 '"), bytes(CALX_KIND_BLOB, "'\\", 2), day, noon,
         moment, NULL_, integer(4)},
    };
    command(self->connection,
            "CREATE TABLE driver_t (id INT PRIMARY KEY, i BIGINT, d DOUBLE, c DECIMAL(40, 10), "
            "s VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, b BLOB, day DATE, t TIME(6), "
            "moment DATETIME(6), nothing INT) ENGINE InnoDB");
    command(self->connection,
            "INSERT INTO driver_t (id, i, s, nothing) VALUES (1, 0, '', 0), "
            "(2, 0, '', 0), (3, 0, '', 0), (4, 0, '', 0)");
    assert_int_equal(change(self,
                            "UPDATE driver_t SET i = ?, d = ?, c = ?, s = ?, b = ?, day = ?, "
                            "t = ?, moment = ?, nothing = ? WHERE id = ?",
                            COLUMNS + 1, records[0], 4, &err),
                     4);
    for (int64_t i = 0; i < 4; i++)
        expect_record(self->connection, i + 1, records[i]);
    must(commit(self->connection, &err), &err);
}

static void expect_declined(fixture *self, const calx_value *binds, size_t count)
{
    calx_error err = {0};
    assert_int_equal(change(self, UPDATE_N, 2, binds, count, &err), CALX_RECORDS_DECLINED);
    assert_int_equal(err.code, CALX_OK);
    assert_int_equal(ask(self->connection, SUM), 0);
    must(rollback(self->connection, &err), &err);
}

/* Then the engine sends them one by one, and the error is that of one. */
static void what_cannot_go_together_is_declined_with_nothing_done(void **state)
{
    fixture *self = *state;
    size_t longest = (size_t)ask(self->connection, "SELECT @@max_allowed_packet");
    char *digits = calloc(longest, 1);
    assert_non_null(digits);
    const calx_value infinite = {.kind = CALX_KIND_DOUBLE, .as.real = HUGE_VAL};
    const calx_value kinds[] = {integer(1), integer(1), text(CALX_KIND_TEXT, "2"), integer(2)};
    const calx_value no_number[] = {integer(1), integer(1), infinite, integer(2)};
    const calx_value too_long[] = {bytes(CALX_KIND_TEXT, "1", 1), integer(1),
                                   bytes(CALX_KIND_TEXT, digits, longest), integer(2)};
    make_rows(self);
    expect_declined(self, kinds, 2);
    expect_declined(self, no_number, 2);
    expect_declined(self, too_long, 2);
    free(digits);
}

/* As many messages as it takes. */
static void records_longer_than_a_message_share_several(void **state)
{
    fixture *self = *state;
    calx_error err = {0};
    size_t longest = (size_t)ask(self->connection, "SELECT @@max_allowed_packet");
    size_t length = longest * 2 / 5;
    char *data = calloc(length, 1);
    calx_value binds[10];
    assert_non_null(data);
    for (int i = 0; i < 5; i++) {
        binds[2 * i] = bytes(CALX_KIND_BLOB, data, i == 4 ? 1 : length);
        binds[2 * i + 1] = integer(i == 3 ? 77 : i + 1);
    }
    make_rows(self);
    assert_int_equal(
        change(self, "UPDATE driver_t SET n = n + LENGTH(?) WHERE id = ?", 2, binds, 5, &err), 4);
    assert_int_equal(ask(self->connection, SUM), (int64_t)(3 * length) + 1);
    must(rollback(self->connection, &err), &err);
    free(data);
}

static void more_records_than_a_message_takes_share_several(void **state)
{
    fixture *self = *state;
    calx_error err = {0};
    enum { COUNT = 2500 };
    static calx_value binds[2 * COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        binds[2 * i] = integer(1);
        binds[2 * i + 1] = integer((int64_t)(i % 6)); /* there is no 0 */
    }
    make_rows(self);
    assert_int_equal(
        change(self, "UPDATE driver_t SET n = n + ? WHERE id = ?", 2, binds, COUNT, &err),
        COUNT - (COUNT + 5) / 6);
    assert_int_equal(ask(self->connection, SUM), COUNT - (COUNT + 5) / 6);
    must(rollback(self->connection, &err), &err);
}

/* ---- Connections that are lost ---- */

/* The third record waits for a lock when the deadline passes. */
static void a_connection_cut_in_the_middle_leaves_nothing(void **state)
{
    fixture *self = *state;
    calx_error err = {0};
    calx_sql sql = sql_of(UPDATE_N, 2, 0);
    const calx_value binds[] = {integer(1), integer(1), integer(2), integer(2),
                                integer(3), integer(3), integer(4), integer(4)};
    make_rows(self);
    must(begin(self->other, &err), &err);
    command(self->other, "UPDATE driver_t SET n = 0 WHERE id = 3");
    must(begin(self->connection, &err), &err);
    calx_statement *statement = prepare(self->connection, &sql);
    must_be(execute_records(statement, binds, 4, calx_deadline_in_ms(100), &err),
            CALX_ERROR_TIMEOUT, &err);
    assert_int_equal(err.outcome, CALX_OUTCOME_NOT_DONE);
    assert_true(self->connection->broken);
    assert_false(self->connection->in_transaction);
    finalize(statement);
    calx_error_clear(&err);
    must(rollback(self->other, &err), &err);
    command(self->other, "UPDATE driver_t SET n = n"); /* waits until it is rolled back */
    assert_int_equal(ask(self->other, SUM), 0);
}

/* ---- Servers that do not take it ---- */

/* Of the greeting: a header, the protocol's version, the server's with a NUL behind it; then the
 * connection's id (4), a scramble (8), a zero, the lower capabilities (2), character set and status
 * (3), the upper capabilities (2), a length, six zeros and what MariaDB can beyond MySQL (4)
 * (https://mariadb.com/kb/en/connection/#initial-handshake-packet). */
#define VERSION_AT 5
#define CAPABILITIES_AT (4 + 8 + 1) /* behind the version's NUL */
#define EXTENDED_AT (CAPABILITIES_AT + 2 + 3 + 2 + 1 + 6)

/* NULL where it is not what it was thought to be: then the test fails. */
static char *behind_version(char *packet, size_t length)
{
    char *nul = memchr(packet + VERSION_AT, '\0', length - VERSION_AT);
    return nul && nul + 1 + EXTENDED_AT + 4 <= packet + length ? nul + 1 : NULL;
}

/* A proxy that knows less than the MariaDB behind it. */
static void as_proxy(char *packet, size_t length)
{
    char *rest = behind_version(packet, length);
    if (rest)
        memset(rest + EXTENDED_AT, 0, 4);
}

static void as_mysql(char *packet, size_t length)
{
    static const char version[] = "8.0.36-";
    char *rest = behind_version(packet, length);
    if (!rest)
        return;
    memset(packet + VERSION_AT, '0', (size_t)(rest - 1 - packet - VERSION_AT));
    memcpy(packet + VERSION_AT, version, sizeof version - 1);
    rest[CAPABILITIES_AT] |= 1; /* CLIENT_MYSQL */
    memset(rest + EXTENDED_AT, 0, 4);
}

/* The engine then sends each record by itself. */
static void expect_no_arrays(void (*greeting)(char *, size_t))
{
    proxy middle = {.greeting = greeting};
    calx_database *database = proxy_start(&middle);
    calx_connection *connection = open_connection(database);
    assert_int_equal(connection->capabilities & CALX_CAPABILITY_ARRAYS, 0);
    assert_int_equal(ask(connection, "SELECT 5"), 5);
    database->driver->connection_close(connection);
    proxy_stop(&middle, database);
}

static void a_server_that_does_not_offer_it_is_not_asked(void **state)
{
    (void)state;
    expect_no_arrays(as_proxy);
    expect_no_arrays(as_mysql);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(rows_are_counted_in_sum_as_they_are_found),
        CASE(rows_are_deleted_and_inserted),
        CASE(one_that_is_refused_fails_them_all),
        CASE(one_and_many_take_turns),
        CASE(values_of_all_kinds_stand_beside_null),
        CASE(what_cannot_go_together_is_declined_with_nothing_done),
        CASE(records_longer_than_a_message_share_several),
        CASE(more_records_than_a_message_takes_share_several),
        CASE(a_connection_cut_in_the_middle_leaves_nothing),
        CASE(a_server_that_does_not_offer_it_is_not_asked),
    };
    return fixture_run_both(tests);
}
