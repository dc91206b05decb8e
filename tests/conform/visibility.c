/* visibility.c: two connections on the same data: what one sees of the other, and who waits. */
#include "conform.h"

#define COUNT_ROWS "SELECT count(*) FROM {parent}"
#define ONES "SELECT count(*) FROM {item} WHERE n = 1"
#define INSERT "INSERT INTO {parent} (id) VALUES (:integer)"

static void uncommitted_rows_are_not_seen(conform *c, const void *data)
{
    (void)data;
    conform_begin(c, c->one, true);
    conform_run(c, c->one, INSERT, INTEGER_(1));
    conform_expect_integer(c, "the other sees", 0, conform_ask(c, conform_second(c), COUNT_ROWS));
    conform_commit(c, c->one);
    conform_expect_integer(c, "then", 1, conform_ask(c, c->two, COUNT_ROWS));
}

static void uncommitted_changes_are_not_seen(conform *c, const void *data)
{
    (void)data;
    conform_run(c, c->one, "INSERT INTO {item} (name, n) VALUES ('a', 1)");
    conform_begin(c, c->one, true);
    conform_run(c, c->one, "UPDATE {item} SET n = 2");
    conform_expect_integer(c, "the other sees", 1,
                           conform_ask(c, conform_second(c), "SELECT n FROM {item}"));
    conform_rollback(c, c->one);
    conform_expect_integer(c, "then", 1, conform_ask(c, c->two, "SELECT n FROM {item}"));
}

static void uncommitted_deletes_are_not_seen(conform *c, const void *data)
{
    (void)data;
    conform_run(c, c->one, INSERT, INTEGER_(1));
    conform_begin(c, c->one, true);
    conform_run(c, c->one, "DELETE FROM {parent}");
    conform_expect_integer(c, "the other sees", 1, conform_ask(c, conform_second(c), COUNT_ROWS));
    conform_commit(c, c->one);
    conform_expect_integer(c, "then", 0, conform_ask(c, c->two, COUNT_ROWS));
}

static void what_was_rolled_back_is_never_seen(conform *c, const void *data)
{
    (void)data;
    conform_begin(c, c->one, true);
    conform_run(c, c->one, INSERT, INTEGER_(1));
    conform_rollback(c, c->one);
    conform_expect_integer(c, "the other sees", 0, conform_ask(c, conform_second(c), COUNT_ROWS));
}

static void a_statement_by_itself_is_seen_at_once(conform *c, const void *data)
{
    (void)data;
    conform_second(c);
    for (int64_t i = 1; i <= 5; i++) {
        conform_run(c, c->one, INSERT, INTEGER_(i));
        conform_expect_integer(c, "the other sees", i, conform_ask(c, c->two, COUNT_ROWS));
    }
}

static void a_new_table_is_seen(conform *c, const void *data)
{
    (void)data;
    conform_second(c);
    conform_command(c, c->one, "CREATE TABLE {made} (id {INTEGER}){TABLE}");
    conform_expect_integer(c, "rows", 0, conform_ask(c, c->two, "SELECT count(*) FROM {made}"));
    conform_command(c, c->two, "DROP TABLE {made}");
    conform_expect_error(c, "asking", CALX_ERROR_UNDEFINED,
                         conform_try_run(c, c->one, "DELETE FROM {made}"), &c->err);
}

/* ---- Snapshots ---- */

static void begin_at(conform *c, calx_connection *connection, calx_isolation isolation, bool write)
{
    if (conform_ok(c))
        conform_expect_success(
            c, "BEGIN", c->driver->begin(connection, isolation, write, conform_soon(), &c->err),
            &c->err);
}

static void a_repeatable_read_sees_one_moment(conform *c, const void *data)
{
    (void)data;
    conform_second(c);
    begin_at(c, c->one, CALX_ISOLATION_REPEATABLE_READ, false);
    conform_expect_integer(c, "first", 0, conform_ask(c, c->one, COUNT_ROWS));
    conform_run(c, c->two, INSERT, INTEGER_(1));
    conform_expect_integer(c, "again", 0, conform_ask(c, c->one, COUNT_ROWS));
    conform_commit(c, c->one);
    conform_expect_integer(c, "afterwards", 1, conform_ask(c, c->one, COUNT_ROWS));
}

static int read_and_write(conform *c, calx_connection *connection, const char *update)
{
    calx_value value;
    conform_statement *query = NULL;
    int status = conform_try_prepare(c, connection, ONES, "integer", &query);
    if (status == 0)
        status = conform_try_execute(c, query, NULL);
    if (status == 0)
        status = c->driver->statement_fetch(query->handle, &value, conform_soon(), &c->err);
    conform_finalize(c, query);
    if (status >= 0)
        status = conform_try_run(c, connection, update);
    if (status == 0)
        status = c->driver->commit(connection, conform_soon(), &c->err);
    return status;
}

/* Reads and decides, and nobody may have changed it meanwhile. */
static void serializable_keeps_writers_apart(conform *c, const void *data)
{
    (void)data;
    conform_run(c, c->one, "INSERT INTO {item} (name, n) VALUES ('a', 1), ('b', 1)");
    conform_second(c);
    begin_at(c, c->one, CALX_ISOLATION_SERIALIZABLE, true);
    conform_expect_integer(c, "ones", 2, conform_ask(c, c->one, ONES));
    c->dirty = true;
    if (!conform_ok(c))
        return;
    int status =
        c->driver->begin(c->two, CALX_ISOLATION_SERIALIZABLE, true, conform_soon(), &c->err);
    if (status == 0)
        status = read_and_write(c, c->two, "UPDATE {item} SET n = 2 WHERE name = 'b'");
    bool refused = status < 0;
    bool again = c->err.retryable;
    calx_error_clear(&c->err);
    c->driver->rollback(c->two, conform_soon(), NULL);
    status = conform_try_run(c, c->one, "UPDATE {item} SET n = 2 WHERE name = 'a'");
    if (status == 0)
        status = c->driver->commit(c->one, conform_soon(), &c->err);
    conform_expect_true(c, "one of them was refused", (status < 0) != refused);
    conform_expect_true(c, "and may try again", again || c->err.retryable);
    calx_error_clear(&c->err);
}

/* ---- Locks ---- */

static void a_lock_is_not_waited_for_without_end(conform *c, const void *data)
{
    (void)data;
    conform_run(c, c->one, "INSERT INTO {item} (name, n) VALUES ('a', 1)");
    conform_second(c);
    conform_begin(c, c->one, true);
    conform_run(c, c->one, "UPDATE {item} SET n = 2");
    if (!conform_ok(c))
        return;
    int status = c->driver->begin(c->two, CALX_ISOLATION_DEFAULT, true, conform_soon(), &c->err);
    if (status == 0)
        status = conform_try_run(c, c->two, "UPDATE {item} SET n = 3");
    conform_expect_true(c, "worth trying again", c->err.retryable);
    conform_expect_error(c, "the other's update", CALX_ERROR_LOCK_TIMEOUT, status, &c->err);
    conform_rollback(c, c->two);
    conform_commit(c, c->one);
    conform_run(c, c->two, "UPDATE {item} SET n = n + 10");
    conform_expect_integer(c, "at the end", 12, conform_ask(c, c->one, "SELECT n FROM {item}"));
}

static void readers_do_not_wait_for_a_writer(conform *c, const void *data)
{
    (void)data;
    conform_run(c, c->one, "INSERT INTO {item} (name, n) VALUES ('a', 1)");
    conform_second(c);
    conform_begin(c, c->one, true);
    conform_run(c, c->one, "UPDATE {item} SET n = 2");
    conform_begin(c, c->two, false);
    conform_expect_integer(c, "read", 1, conform_ask(c, c->two, "SELECT n FROM {item}"));
    conform_commit(c, c->two);
    conform_commit(c, c->one);
}

static void a_writer_does_not_wait_for_readers(conform *c, const void *data)
{
    (void)data;
    calx_value value;
    conform_second(c);
    conform_begin(c, c->two, false);
    conform_statement *query =
        conform_prepare(c, c->two, "SELECT i FROM {number} ORDER BY i", "integer");
    conform_execute(c, query);
    conform_fetch(c, query, &value);
    conform_run(c, c->one, INSERT, INTEGER_(1));
    conform_expect_true(c, "the reader goes on", conform_fetch(c, query, &value));
    conform_finalize(c, query);
    conform_rollback(c, c->two);
    conform_expect_integer(c, "rows", 1, conform_ask(c, c->one, COUNT_ROWS));
}

static void they_write_in_turns(conform *c, const void *data)
{
    (void)data;
    conform_second(c);
    for (int64_t i = 0; i < 6; i++) {
        calx_connection *connection = i % 2 == 0 ? c->one : c->two;
        conform_begin(c, connection, true);
        conform_run(c, connection, INSERT, INTEGER_(i));
        conform_commit(c, connection);
    }
    conform_expect_integer(c, "rows", 6, conform_ask(c, c->two, COUNT_ROWS));
}

static void the_same_key_of_both_is_refused_once(conform *c, const void *data)
{
    (void)data;
    conform_second(c);
    conform_run(c, c->one, INSERT, INTEGER_(1));
    conform_expect_error(c, "the other's", CALX_ERROR_UNIQUE,
                         conform_try_run(c, c->two, INSERT, INTEGER_(1)), &c->err);
    conform_expect_integer(c, "rows", 1, conform_ask(c, c->two, COUNT_ROWS));
}

static void a_deleted_parent_is_missed_by_the_other(conform *c, const void *data)
{
    (void)data;
    conform_second(c);
    conform_run(c, c->one, INSERT, INTEGER_(1));
    conform_run(c, c->two, "DELETE FROM {parent} WHERE id = 1");
    conform_expect_error(
        c, "a child", CALX_ERROR_FOREIGN_KEY,
        conform_try_run(c, c->one, "INSERT INTO {child} (id, parent_id, title) VALUES (1, 1, 'a')"),
        &c->err);
}

void conform_area_visibility(conform *c)
{
    const unsigned needs = CONFORM_TWO_CONNECTIONS;
    CONFORM_CASE(c, needs, uncommitted_rows_are_not_seen);
    CONFORM_CASE(c, needs, uncommitted_changes_are_not_seen);
    CONFORM_CASE(c, needs, uncommitted_deletes_are_not_seen);
    CONFORM_CASE(c, needs, what_was_rolled_back_is_never_seen);
    CONFORM_CASE(c, needs, a_statement_by_itself_is_seen_at_once);
    CONFORM_CASE(c, needs, a_new_table_is_seen);
    CONFORM_CASE(c, needs, a_repeatable_read_sees_one_moment);
    CONFORM_CASE(c, needs, serializable_keeps_writers_apart);
    CONFORM_CASE(c, needs, a_lock_is_not_waited_for_without_end);
    CONFORM_CASE(c, needs, readers_do_not_wait_for_a_writer);
    CONFORM_CASE(c, needs, a_writer_does_not_wait_for_readers);
    CONFORM_CASE(c, needs, they_write_in_turns);
    CONFORM_CASE(c, needs, the_same_key_of_both_is_refused_once);
    CONFORM_CASE(c, needs, a_deleted_parent_is_missed_by_the_other);
}
