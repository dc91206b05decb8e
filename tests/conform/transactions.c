/* transactions.c: begin, commit, rollback, at every level of isolation. */
#include <string.h>

#include "conform.h"

#define INSERT "INSERT INTO {parent} (id) VALUES (:integer)"

static void expect_parents(conform *c, int64_t count)
{
    conform_expect_integer(c, "rows", count,
                           conform_ask(c, c->one, "SELECT count(*) FROM {parent}"));
}

static void insert(conform *c, int64_t id)
{
    conform_run(c, c->one, INSERT, INTEGER_(id));
}

/* ---- Levels ---- */

typedef struct level {
    const char *name;
    calx_isolation isolation;
    bool write;
} level;

static const level levels[] = {
    {"default_writing", CALX_ISOLATION_DEFAULT, true},
    {"default_reading", CALX_ISOLATION_DEFAULT, false},
    {"read_committed_writing", CALX_ISOLATION_READ_COMMITTED, true},
    {"read_committed_reading", CALX_ISOLATION_READ_COMMITTED, false},
    {"repeatable_read_writing", CALX_ISOLATION_REPEATABLE_READ, true},
    {"repeatable_read_reading", CALX_ISOLATION_REPEATABLE_READ, false},
    {"serializable_writing", CALX_ISOLATION_SERIALIZABLE, true},
    {"serializable_reading", CALX_ISOLATION_SERIALIZABLE, false},
};

static void begin(conform *c, const level *given)
{
    if (!conform_ok(c))
        return;
    conform_expect_true(c, "no transaction before", !c->one->in_transaction);
    conform_expect_success(
        c, "BEGIN",
        c->driver->begin(c->one, given->isolation, given->write, conform_soon(), &c->err), &c->err);
    conform_expect_true(c, "a transaction", c->one->in_transaction);
}

static void commits(conform *c, const void *data)
{
    const level *given = data;
    begin(c, given);
    conform_expect_integer(c, "read", 10, conform_ask(c, c->one, "SELECT count(*) FROM {number}"));
    if (given->write)
        insert(c, 1);
    conform_commit(c, c->one);
    conform_expect_true(c, "no transaction after", !c->one->in_transaction);
    expect_parents(c, given->write);
}

static void rolls_back(conform *c, const void *data)
{
    const level *given = data;
    begin(c, given);
    conform_expect_integer(c, "read", 10, conform_ask(c, c->one, "SELECT count(*) FROM {number}"));
    if (given->write)
        insert(c, 1);
    conform_rollback(c, c->one);
    conform_expect_true(c, "no transaction after", !c->one->in_transaction);
    expect_parents(c, 0);
}

/* ---- Rules ---- */

static void it_reads_its_own_writes(conform *c, const void *data)
{
    (void)data;
    conform_begin(c, c->one, true);
    insert(c, 1);
    expect_parents(c, 1);
    conform_run(c, c->one, "DELETE FROM {parent}");
    expect_parents(c, 0);
    insert(c, 2);
    conform_commit(c, c->one);
    expect_parents(c, 1);
}

static void an_empty_transaction_commits(conform *c, const void *data)
{
    (void)data;
    conform_begin(c, c->one, true);
    conform_commit(c, c->one);
    conform_begin(c, c->one, false);
    conform_commit(c, c->one);
    conform_expect_true(c, "no transaction after", !c->one->in_transaction);
}

static void many_follow_each_other(conform *c, const void *data)
{
    (void)data;
    for (int64_t i = 0; i < 20; i++) {
        conform_begin(c, c->one, true);
        insert(c, i);
        if (i % 2 == 0)
            conform_commit(c, c->one);
        else
            conform_rollback(c, c->one);
    }
    expect_parents(c, 10);
}

static void rollback_without_a_transaction_does_nothing(conform *c, const void *data)
{
    (void)data;
    conform_rollback(c, c->one);
    insert(c, 1);
    conform_rollback(c, c->one);
    expect_parents(c, 1);
}

static void commit_without_a_transaction_is_an_error(conform *c, const void *data)
{
    (void)data;
    int status = c->driver->commit(c->one, conform_soon(), &c->err);
    conform_expect_true(c, "not done", c->err.outcome == CALX_OUTCOME_NOT_DONE);
    conform_expect_error(c, "COMMIT", CALX_ERROR_STATE, status, &c->err);
    conform_expect_integer(c, "afterwards", 10,
                           conform_ask(c, c->one, "SELECT count(*) FROM {number}"));
}

static void a_statement_by_itself_is_committed(conform *c, const void *data)
{
    (void)data;
    insert(c, 1);
    conform_expect_true(c, "no transaction", !c->one->in_transaction);
    conform_rollback(c, c->one);
    expect_parents(c, 1);
}

static void a_failed_statement_is_undone_whole(conform *c, const void *data)
{
    (void)data;
    insert(c, 3);
    int status = conform_try_run(c, c->one, "INSERT INTO {parent} (id) VALUES (1), (2), (3), (4)");
    conform_expect_error(c, "four rows", CALX_ERROR_UNIQUE, status, &c->err);
    expect_parents(c, 1);
}

static void after_an_error_rollback_clears_the_way(conform *c, const void *data)
{
    (void)data;
    insert(c, 1);
    for (int i = 0; i < 3; i++) {
        conform_begin(c, c->one, true);
        insert(c, 2);
        conform_expect_error(c, "the same key", CALX_ERROR_UNIQUE,
                             conform_try_run(c, c->one, INSERT, INTEGER_(1)), &c->err);
        conform_rollback(c, c->one);
        expect_parents(c, 1);
    }
    conform_begin(c, c->one, true);
    insert(c, 2);
    conform_commit(c, c->one);
    expect_parents(c, 2);
}

/* Whatever is done with the rest, the transaction is over and nothing claims too much. */
static void commit_after_an_error_tells_the_truth(conform *c, const void *data)
{
    (void)data;
    insert(c, 1);
    conform_begin(c, c->one, true);
    insert(c, 2);
    conform_expect_error(c, "the same key", CALX_ERROR_UNIQUE,
                         conform_try_run(c, c->one, INSERT, INTEGER_(1)), &c->err);
    c->dirty = true;
    int status = conform_ok(c) ? c->driver->commit(c->one, conform_soon(), &c->err) : 0;
    bool done = status == 0;
    conform_expect_true(c, "an error says not done",
                        done || c->err.outcome == CALX_OUTCOME_NOT_DONE);
    calx_error_clear(&c->err);
    conform_rollback(c, c->one);
    int64_t rows = conform_ask(c, c->one, "SELECT count(*) FROM {parent}");
    conform_expect_true(c, "what it said is so", rows == (done ? 2 : 1));
}

static void a_statement_outlives_its_transaction(conform *c, const void *data)
{
    (void)data;
    conform_statement *statement = conform_prepare(c, c->one, INSERT, NULL);
    for (int64_t i = 0; i < 6; i++) {
        conform_begin(c, c->one, true);
        conform_execute(c, statement, INTEGER_(i));
        conform_fetch(c, statement, NULL);
        conform_reset(c, statement);
        if (i % 3 == 0)
            conform_rollback(c, c->one);
        else
            conform_commit(c, c->one);
    }
    expect_parents(c, 4);
}

static void rollback_ends_what_is_read(conform *c, const void *data)
{
    (void)data;
    calx_value value;
    conform_begin(c, c->one, true);
    insert(c, 1);
    conform_statement *query =
        conform_prepare(c, c->one, "SELECT i FROM {number} ORDER BY i", "integer");
    conform_execute(c, query);
    conform_fetch(c, query, &value);
    conform_reset(c, query);
    conform_rollback(c, c->one);
    conform_execute(c, query);
    conform_expect_true(c, "a row", conform_fetch(c, query, &value));
    expect_parents(c, 0);
}

static void tables_come_and_go_by_commands(conform *c, const void *data)
{
    (void)data;
    conform_command(c, c->one, "CREATE TABLE {made} (id {INTEGER}){TABLE}");
    conform_expect_integer(c, "rows", 0, conform_ask(c, c->one, "SELECT count(*) FROM {made}"));
    conform_command(c, c->one, "DROP TABLE {made}");
    conform_expect_error(c, "asking", CALX_ERROR_UNDEFINED,
                         conform_try_run(c, c->one, "DELETE FROM {made}"), &c->err);
}

static void ddl_is_rolled_back_where_promised(conform *c, const void *data)
{
    (void)data;
    bool promised = calx_driver_choice_can(&c->choice, CALX_CAPABILITY_TRANSACTIONAL_DDL) ||
                    (c->one->database->capabilities & CALX_CAPABILITY_TRANSACTIONAL_DDL) != 0;
    if (promised)
        conform_begin(c, c->one, true);
    conform_command(c, c->one, "CREATE TABLE {made} (id {INTEGER}){TABLE}");
    if (promised)
        conform_rollback(c, c->one);
    else
        conform_command(c, c->one, "DROP TABLE {made}");
    conform_expect_error(c, "asking", CALX_ERROR_UNDEFINED,
                         conform_try_run(c, c->one, "DELETE FROM {made}"), &c->err);
}

void conform_area_transactions(conform *c)
{
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        conform_case(c, 0, commits, &levels[i], "%s_commits", levels[i].name);
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        conform_case(c, 0, rolls_back, &levels[i], "%s_rolls_back", levels[i].name);
    CONFORM_CASE(c, 0, it_reads_its_own_writes);
    CONFORM_CASE(c, 0, an_empty_transaction_commits);
    CONFORM_CASE(c, 0, many_follow_each_other);
    CONFORM_CASE(c, 0, rollback_without_a_transaction_does_nothing);
    CONFORM_CASE(c, 0, commit_without_a_transaction_is_an_error);
    CONFORM_CASE(c, 0, a_statement_by_itself_is_committed);
    CONFORM_CASE(c, 0, a_failed_statement_is_undone_whole);
    CONFORM_CASE(c, 0, after_an_error_rollback_clears_the_way);
    CONFORM_CASE(c, 0, commit_after_an_error_tells_the_truth);
    CONFORM_CASE(c, 0, a_statement_outlives_its_transaction);
    CONFORM_CASE(c, 0, rollback_ends_what_is_read);
    CONFORM_CASE(c, 0, tables_come_and_go_by_commands);
    CONFORM_CASE(c, 0, ddl_is_rolled_back_where_promised);
}
