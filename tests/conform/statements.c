/* statements.c: prepare, execute, fetch, reset, finalize. */
#include <string.h>

#include "conform.h"

#define MANY_STATEMENTS 200
#define MANY_RUNS 300

#define SELECT_ALL "SELECT i FROM {number} ORDER BY i"
#define SELECT_ONE "SELECT i FROM {number} WHERE i = :integer"

static void expect_rows(conform *c, conform_statement *statement, int64_t first, int64_t count)
{
    calx_value value;
    for (int64_t i = 0; i < count && conform_ok(c); i++) {
        conform_expect_true(c, "a row", conform_fetch(c, statement, &value));
        if (conform_ok(c))
            conform_expect_integer(c, "value", first + i, value.as.integer);
    }
}

static void expect_end(conform *c, conform_statement *statement)
{
    calx_value values[CONFORM_COLUMNS_MAX];
    if (conform_ok(c))
        conform_expect_true(c, "no more rows", !conform_fetch(c, statement, values));
}

static void a_query_gives_its_rows_and_ends(conform *c, const void *data)
{
    (void)data;
    conform_statement *all = conform_prepare(c, c->one, SELECT_ALL, "integer");
    conform_execute(c, all);
    expect_rows(c, all, 0, 10);
    expect_end(c, all);
    expect_end(c, all);
}

static void a_query_without_rows_ends_at_once(conform *c, const void *data)
{
    (void)data;
    conform_statement *one = conform_prepare(c, c->one, SELECT_ONE, "integer");
    conform_execute(c, one, INTEGER_(77));
    expect_end(c, one);
}

static void a_statement_knows_itself(conform *c, const void *data)
{
    (void)data;
    conform_statement *one = conform_prepare(c, c->one, SELECT_ONE, "integer");
    if (!conform_ok(c))
        return;
    conform_expect_true(c, "driver", one->handle->driver == c->driver);
    conform_expect_true(c, "connection", one->handle->connection == c->one);
    conform_expect_true(c, "text", one->handle->sql == &one->sql);
}

static void it_runs_again_with_other_values(conform *c, const void *data)
{
    (void)data;
    conform_statement *one = conform_prepare(c, c->one, SELECT_ONE, "integer");
    for (int64_t i = 0; i < 10; i++) {
        conform_execute(c, one, INTEGER_(i));
        expect_rows(c, one, i, 1);
        expect_end(c, one);
        conform_reset(c, one);
    }
}

static void it_runs_many_times(conform *c, const void *data)
{
    (void)data;
    conform_statement *insert = conform_prepare(
        c, c->one, "INSERT INTO {value} (id, v_integer) VALUES (:integer, :integer)", NULL);
    conform_begin(c, c->one, true);
    for (int64_t i = 0; i < MANY_RUNS && conform_ok(c); i++) {
        conform_execute(c, insert, INTEGER_(i), INTEGER_(i * i));
        expect_end(c, insert);
    }
    conform_expect_integer(c, "rows", MANY_RUNS,
                           conform_ask(c, c->one, "SELECT count(*) FROM {value}"));
    conform_expect_integer(c, "last", INT64_C(89401),
                           conform_ask(c, c->one, "SELECT max(v_integer) FROM {value}"));
    conform_finalize(c, insert);
    conform_rollback(c, c->one);
}

static void execute_resets_what_was_running(conform *c, const void *data)
{
    (void)data;
    conform_statement *all = conform_prepare(c, c->one, SELECT_ALL, "integer");
    for (int i = 0; i < 3; i++) {
        conform_execute(c, all);
        expect_rows(c, all, 0, 4);
    }
    expect_rows(c, all, 4, 6);
    expect_end(c, all);
}

static void reset_ends_a_run(conform *c, const void *data)
{
    (void)data;
    conform_statement *all = conform_prepare(c, c->one, SELECT_ALL, "integer");
    conform_execute(c, all);
    expect_rows(c, all, 0, 2);
    conform_reset(c, all);
    conform_reset(c, all);
    conform_execute(c, all);
    expect_rows(c, all, 0, 10);
    expect_end(c, all);
}

static void a_statement_that_never_ran_can_be_finalized(conform *c, const void *data)
{
    (void)data;
    conform_finalize(c, conform_prepare(c, c->one, SELECT_ALL, "integer"));
    conform_statement *reset = conform_prepare(c, c->one, SELECT_ALL, "integer");
    conform_reset(c, reset);
    conform_finalize(c, reset);
    conform_expect_integer(c, "afterwards", 10,
                           conform_ask(c, c->one, "SELECT count(*) FROM {number}"));
}

static void finalizing_in_the_middle_leaves_nothing(conform *c, const void *data)
{
    (void)data;
    conform_statement *all = conform_prepare(c, c->one, SELECT_ALL, "integer");
    conform_execute(c, all);
    expect_rows(c, all, 0, 1);
    conform_finalize(c, all);
    conform_run(c, c->one, "INSERT INTO {parent} (id) VALUES (1)");
    conform_expect_integer(c, "rows", 1, conform_ask(c, c->one, "SELECT count(*) FROM {parent}"));
}

static void many_statements_are_open_at_once(conform *c, const void *data)
{
    (void)data;
    conform_statement *statements[MANY_STATEMENTS];
    for (size_t i = 0; i < MANY_STATEMENTS && conform_ok(c); i++)
        statements[i] = conform_prepare(c, c->one, SELECT_ONE, "integer");
    for (size_t i = 0; i < MANY_STATEMENTS && conform_ok(c); i++) {
        conform_execute(c, statements[i], INTEGER_((int64_t)i % 10));
        expect_rows(c, statements[i], (int64_t)i % 10, 1);
    }
}

static void two_queries_are_read_in_turns(conform *c, const void *data)
{
    (void)data;
    conform_statement *first = conform_prepare(c, c->one, SELECT_ALL, "integer");
    conform_statement *second = conform_prepare(c, c->one, SELECT_ALL, "integer");
    conform_execute(c, first);
    conform_execute(c, second);
    for (int64_t i = 0; i < 10; i++) {
        expect_rows(c, first, i, 1);
        expect_rows(c, second, i, 1);
    }
    expect_end(c, first);
    expect_end(c, second);
}

static void one_writes_while_another_is_read(conform *c, const void *data)
{
    (void)data;
    conform_statement *all = conform_prepare(c, c->one, SELECT_ALL, "integer");
    conform_begin(c, c->one, true);
    conform_execute(c, all);
    for (int64_t i = 0; i < 10; i++) {
        expect_rows(c, all, i, 1);
        conform_run(c, c->one, "INSERT INTO {parent} (id) VALUES (:integer)", INTEGER_(i));
    }
    expect_end(c, all);
    conform_expect_integer(c, "rows", 10, conform_ask(c, c->one, "SELECT count(*) FROM {parent}"));
    conform_rollback(c, c->one);
}

static void binds_are_lent_for_the_call_only(conform *c, const void *data)
{
    (void)data;
    char lent[] = "abcabcabc";
    calx_value value = TEXT_(lent);
    calx_value came;
    conform_begin(c, c->one, true);
    conform_run(c, c->one, "INSERT INTO {value} (id, v_text) VALUES (1, 'abcabcabc')");
    conform_statement *query = conform_prepare(
        c, c->one, "SELECT v_text FROM {value} WHERE v_text = :text ORDER BY id", "text");
    conform_execute_with(c, query, &value);
    memset(lent, 'x', sizeof lent - 1);
    conform_expect_true(c, "a row", conform_fetch(c, query, &came));
    if (conform_ok(c))
        conform_expect_value(c, "its value", TEXT_("abcabcabc"), &came);
    conform_rollback(c, c->one);
}

static void a_row_stays_until_the_next_call(conform *c, const void *data)
{
    (void)data;
    calx_value came;
    conform_begin(c, c->one, true);
    conform_run(c, c->one, "INSERT INTO {value} (id, v_text) VALUES (1, 'one'), (2, 'two')");
    conform_statement *query =
        conform_prepare(c, c->one, "SELECT v_text FROM {value} ORDER BY id", "text");
    conform_statement *other = conform_prepare(c, c->one, SELECT_ALL, "integer");
    conform_execute(c, query);
    conform_expect_true(c, "a row", conform_fetch(c, query, &came));
    conform_execute(c, other);
    expect_rows(c, other, 0, 5);
    conform_finalize(c, other);
    if (conform_ok(c))
        conform_expect_value(c, "its value", TEXT_("one"), &came);
    conform_rollback(c, c->one);
}

static void the_same_place_twice(conform *c, const void *data)
{
    (void)data;
    conform_expect_integer(c, "answer", 3,
                           conform_ask(c, c->one,
                                       "SELECT count(*) FROM {number} WHERE i BETWEEN :integer AND "
                                       ":integer AND i <> :integer",
                                       INTEGER_(2), INTEGER_(5), INTEGER_(3)));
}

static void names_are_no_binds(conform *c, const void *data)
{
    (void)data;
    conform_expect_integer(c, "question marks in a text", 1,
                           conform_ask(c, c->one,
                                       "SELECT count(*) FROM {number} WHERE i = :integer AND "
                                       "'? $1 ?' = :text",
                                       INTEGER_(1), TEXT_("? $1 ?")));
}

static void fourteen_columns(conform *c, const void *data)
{
    (void)data;
    calx_value values[14];
    conform_statement *wide = conform_prepare(
        c, c->one,
        "SELECT i, i + 1, i + 2, i + 3, i + 4, i + 5, i + 6, i + 7, i + 8, i + 9, i + 10, i + 11,"
        " i + 12, i + 13 FROM {number} WHERE i = 5",
        "integer integer integer integer integer integer integer integer integer integer integer "
        "integer integer integer");
    conform_execute(c, wide);
    conform_expect_true(c, "a row", conform_fetch(c, wide, values));
    for (size_t i = 0; i < 14 && conform_ok(c); i++)
        conform_expect_value(c, "column", INTEGER_(5 + (int64_t)i), &values[i]);
}

/* ---- The shape of a statement ---- */

static void more_columns_than_said_are_refused(conform *c, const void *data)
{
    (void)data;
    calx_value values[4];
    conform_statement *wide =
        conform_prepare(c, c->one, "SELECT i, i FROM {number} ORDER BY i", "integer");
    int status = conform_try_execute(c, wide, NULL);
    if (status == 0 && conform_ok(c))
        status = c->driver->statement_fetch(wide->handle, values, conform_soon(), &c->err);
    conform_expect_error(c, "running it", CALX_ERROR_DATABASE, status, &c->err);
    conform_finalize(c, wide);
    conform_expect_integer(c, "afterwards", 10,
                           conform_ask(c, c->one, "SELECT count(*) FROM {number}"));
}

static void columns_where_none_were_said_are_refused(conform *c, const void *data)
{
    (void)data;
    calx_value values[4];
    conform_statement *query = conform_prepare(c, c->one, SELECT_ALL, NULL);
    int status = conform_try_execute(c, query, NULL);
    if (status == 0 && conform_ok(c))
        status = c->driver->statement_fetch(query->handle, values, conform_soon(), &c->err);
    conform_expect_error(c, "running it", CALX_ERROR_DATABASE, status, &c->err);
}

/* ---- Schema changes under a prepared statement ---- */

static void a_statement_outlives_a_new_column(conform *c, const void *data)
{
    (void)data;
    conform_command(c, c->one, "CREATE TABLE {made} (id {INTEGER}){TABLE}");
    conform_run(c, c->one, "INSERT INTO {made} (id) VALUES (7)");
    conform_statement *query = conform_prepare(c, c->one, "SELECT id FROM {made}", "integer");
    conform_execute(c, query);
    expect_rows(c, query, 7, 1);
    conform_reset(c, query);
    conform_command(c, c->one, "ALTER TABLE {made} ADD COLUMN more {INTEGER}");
    conform_execute(c, query);
    expect_rows(c, query, 7, 1);
    conform_finalize(c, query);
    conform_command(c, c->one, "DROP TABLE {made}");
}

static void a_statement_of_a_dropped_table_fails(conform *c, const void *data)
{
    (void)data;
    conform_command(c, c->one, "CREATE TABLE {made} (id {INTEGER}){TABLE}");
    conform_statement *query = conform_prepare(c, c->one, "SELECT id FROM {made}", "integer");
    conform_execute(c, query);
    expect_end(c, query);
    conform_reset(c, query);
    conform_command(c, c->one, "DROP TABLE {made}");
    conform_expect_error(c, "running it", CALX_ERROR_UNDEFINED, conform_try_execute(c, query, NULL),
                         &c->err);
}

void conform_area_statements(conform *c)
{
    CONFORM_CASE(c, 0, a_query_gives_its_rows_and_ends);
    CONFORM_CASE(c, 0, a_query_without_rows_ends_at_once);
    CONFORM_CASE(c, 0, a_statement_knows_itself);
    CONFORM_CASE(c, 0, it_runs_again_with_other_values);
    CONFORM_CASE(c, 0, it_runs_many_times);
    CONFORM_CASE(c, 0, execute_resets_what_was_running);
    CONFORM_CASE(c, 0, reset_ends_a_run);
    CONFORM_CASE(c, 0, a_statement_that_never_ran_can_be_finalized);
    CONFORM_CASE(c, 0, finalizing_in_the_middle_leaves_nothing);
    CONFORM_CASE(c, 0, many_statements_are_open_at_once);
    CONFORM_CASE(c, 0, two_queries_are_read_in_turns);
    CONFORM_CASE(c, 0, one_writes_while_another_is_read);
    CONFORM_CASE(c, 0, binds_are_lent_for_the_call_only);
    CONFORM_CASE(c, 0, a_row_stays_until_the_next_call);
    CONFORM_CASE(c, 0, the_same_place_twice);
    CONFORM_CASE(c, 0, names_are_no_binds);
    CONFORM_CASE(c, 0, fourteen_columns);
    CONFORM_CASE(c, 0, more_columns_than_said_are_refused);
    CONFORM_CASE(c, 0, columns_where_none_were_said_are_refused);
    CONFORM_CASE(c, 0, a_statement_outlives_a_new_column);
    CONFORM_CASE(c, 0, a_statement_of_a_dropped_table_fails);
}
