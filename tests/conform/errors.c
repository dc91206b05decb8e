/* errors.c: what goes wrong has its class, its constraint and its outcome, and harms nothing else.
 */
#include <string.h>

#include "conform.h"

typedef struct error_case {
    const char *name;
    const char *sql;
    calx_error_class error;
    const char *constraint; /* the rule's name, or table.column: either is right. NULL: any */
    const char *column;
} error_case;

#define CHILD(id, parent, title, n)                                                                \
    "INSERT INTO {child} (id, parent_id, title, n) VALUES (" id ", " parent ", " title ", " n ")"

static const error_case errors[] = {
    {"unique", CHILD("2", "1", "'a'", "1"), CALX_ERROR_UNIQUE, "child_title", "title"},
    {"unique_by_update", "UPDATE {child} SET title = 'a' WHERE id = 9", CALX_ERROR_UNIQUE,
     "child_title", "title"},
    {"unique_within_a_statement", "INSERT INTO {item} (name) VALUES ('x'), ('y'), ('x')",
     CALX_ERROR_UNIQUE, "item_name", "name"},
    {"primary_key", CHILD("1", "1", "'c'", "1"), CALX_ERROR_UNIQUE, NULL, NULL},
    {"primary_key_by_update", "UPDATE {child} SET id = 1 WHERE id = 9", CALX_ERROR_UNIQUE, NULL,
     NULL},
    {"foreign_key", CHILD("2", "77", "'c'", "1"), CALX_ERROR_FOREIGN_KEY, NULL, NULL},
    {"foreign_key_by_update", "UPDATE {child} SET parent_id = 77", CALX_ERROR_FOREIGN_KEY, NULL,
     NULL},
    {"foreign_key_by_delete", "DELETE FROM {parent} WHERE id = 1", CALX_ERROR_FOREIGN_KEY, NULL,
     NULL},
    {"foreign_key_by_parents_update", "UPDATE {parent} SET id = 2", CALX_ERROR_FOREIGN_KEY, NULL,
     NULL},
    {"not_null", CHILD("2", "1", "NULL", "1"), CALX_ERROR_NOT_NULL, NULL, "title"},
    {"not_null_left_out", "INSERT INTO {child} (id) VALUES (2)", CALX_ERROR_NOT_NULL, NULL,
     "title"},
    {"not_null_by_update", "UPDATE {child} SET title = NULL", CALX_ERROR_NOT_NULL, NULL, "title"},
    {"check", CHILD("2", "1", "'c'", "0"), CALX_ERROR_CHECK, "child_n", NULL},
    {"check_by_update", "UPDATE {child} SET n = n - 100", CALX_ERROR_CHECK, "child_n", NULL},
    {"syntax_no_verb", "SELEC 1", CALX_ERROR_SYNTAX, NULL, NULL},
    {"syntax_unfinished", "SELECT i FROM {number} WHERE", CALX_ERROR_SYNTAX, NULL, NULL},
    {"syntax_unfinished_sum", "SELECT 1 +", CALX_ERROR_SYNTAX, NULL, NULL},
    {"syntax_bracket", "SELECT (1 FROM {number}", CALX_ERROR_SYNTAX, NULL, NULL},
    {"syntax_open_quote", "SELECT 'abc FROM {number}", CALX_ERROR_SYNTAX, NULL, NULL},
    {"syntax_empty", "", CALX_ERROR_SYNTAX, NULL, NULL},
    {"syntax_two_statements", "DELETE FROM {child}; DELETE FROM {child}", CALX_ERROR_SYNTAX, NULL,
     NULL},
    {"syntax_insert", "INSERT {child} VALUES", CALX_ERROR_SYNTAX, NULL, NULL},
    {"undefined_table_in_select", "SELECT 1 FROM {nowhere}", CALX_ERROR_UNDEFINED, NULL, NULL},
    {"undefined_table_in_insert", "INSERT INTO {nowhere} (id) VALUES (1)", CALX_ERROR_UNDEFINED,
     NULL, NULL},
    {"undefined_table_in_update", "UPDATE {nowhere} SET id = 1", CALX_ERROR_UNDEFINED, NULL, NULL},
    {"undefined_table_in_delete", "DELETE FROM {nowhere}", CALX_ERROR_UNDEFINED, NULL, NULL},
    {"undefined_table_in_drop", "DROP TABLE {nowhere}", CALX_ERROR_UNDEFINED, NULL, NULL},
    {"undefined_column_in_select", "SELECT missing FROM {child}", CALX_ERROR_UNDEFINED, NULL, NULL},
    {"undefined_column_in_where", "SELECT 1 FROM {child} WHERE missing = 1", CALX_ERROR_UNDEFINED,
     NULL, NULL},
    {"undefined_column_in_insert", "INSERT INTO {child} (missing) VALUES (1)", CALX_ERROR_UNDEFINED,
     NULL, NULL},
    {"undefined_column_in_update", "UPDATE {child} SET missing = 1", CALX_ERROR_UNDEFINED, NULL,
     NULL},
    {"undefined_column_of_an_alias", "SELECT x.missing FROM {child} x", CALX_ERROR_UNDEFINED, NULL,
     NULL},
    {"existing_table", "CREATE TABLE {child} (id INTEGER)", CALX_ERROR_EXISTS, NULL, NULL},
};

static void fill(conform *c)
{
    conform_begin(c, c->one, true);
    conform_run(c, c->one, "INSERT INTO {parent} (id) VALUES (1)");
    conform_run(c, c->one, CHILD("1", "1", "'a'", "1"));
    conform_run(c, c->one, CHILD("9", "1", "'b'", "9"));
    conform_commit(c, c->one);
}

static void expect_unharmed(conform *c)
{
    conform_expect_true(c, "the connection is not broken", !c->one->broken);
    conform_expect_integer(c, "children", 2,
                           conform_ask(c, c->one, "SELECT count(*) FROM {child}"));
    conform_expect_integer(c, "their numbers", 9,
                           conform_ask(c, c->one, "SELECT max(n) FROM {child}"));
    conform_expect_integer(c, "parents", 1,
                           conform_ask(c, c->one, "SELECT count(*) FROM {parent}"));
}

/* The name that the error carries is the rule's or the column's, where there is one to know. */
static void expect_constraint(conform *c, const error_case *given)
{
    const char *came = c->err.constraint;
    if (given->constraint == NULL && given->column == NULL)
        return;
    bool rule = given->constraint != NULL &&
                strncmp(came, CONFORM_PREFIX, strlen(CONFORM_PREFIX)) == 0 &&
                strcmp(came + strlen(CONFORM_PREFIX), given->constraint) == 0;
    const char *point = strrchr(came, '.');
    bool column = given->column != NULL && strcmp(point ? point + 1 : came, given->column) == 0;
    if (!rule && !column)
        conform_differ(c, "the name of the constraint",
                       given->constraint ? given->constraint : given->column, came);
}

static void has_its_class(conform *c, const void *data)
{
    const error_case *given = data;
    fill(c);
    int status = conform_try_run(c, c->one, given->sql);
    expect_constraint(c, given);
    conform_expect_true(c, "not done", c->err.outcome == CALX_OUTCOME_NOT_DONE);
    conform_expect_true(c, "not worth trying again", !c->err.retryable);
    conform_expect_error(c, "the statement", given->error, status, &c->err);
    expect_unharmed(c);
}

/* It may end a transaction, even where it fails. */
static bool is_ddl(const error_case *given)
{
    return strncmp(given->sql, "CREATE", 6) == 0 || strncmp(given->sql, "DROP", 4) == 0;
}

/* The same inside a transaction, whose other work goes with it. */
static void is_rolled_back_with_its_transaction(conform *c, const void *data)
{
    const error_case *given = data;
    fill(c);
    conform_begin(c, c->one, true);
    conform_run(c, c->one, "UPDATE {child} SET n = 50");
    int status = conform_try_run(c, c->one, given->sql);
    conform_expect_error(c, "the statement", given->error, status, &c->err);
    conform_rollback(c, c->one);
    conform_expect_true(c, "no transaction", !c->one->in_transaction);
    expect_unharmed(c);
}

/* ---- By the slot for commands ---- */

static void a_command_has_its_class(conform *c, const void *data)
{
    const error_case *given = data;
    fill(c);
    int status = conform_try_command(c, c->one, given->sql);
    conform_expect_error(c, "the command", given->error, status, &c->err);
    expect_unharmed(c);
}

/* ---- Statements go on after an error ---- */

static void a_statement_runs_again_after_its_error(conform *c, const void *data)
{
    (void)data;
    fill(c);
    conform_statement *insert = conform_prepare(
        c, c->one, "INSERT INTO {child} (id, title) VALUES (:integer, :text)", NULL);
    calx_value wrong[] = {INTEGER_(2), TEXT_("a")};
    for (int i = 0; i < 3 && conform_ok(c); i++) {
        int status = conform_try_execute(c, insert, wrong);
        if (status == 0)
            status = c->driver->statement_fetch(insert->handle, NULL, conform_soon(), &c->err);
        conform_expect_error(c, "the same title", CALX_ERROR_UNIQUE, status, &c->err);
        conform_reset(c, insert);
    }
    conform_execute(c, insert, INTEGER_(2), TEXT_("c"));
    conform_fetch(c, insert, NULL);
    conform_expect_integer(c, "children", 3,
                           conform_ask(c, c->one, "SELECT count(*) FROM {child}"));
}

static void other_statements_outlive_an_error(conform *c, const void *data)
{
    (void)data;
    calx_value value = NULL_;
    conform_statement *query =
        conform_prepare(c, c->one, "SELECT i FROM {number} ORDER BY i", "integer");
    conform_execute(c, query);
    conform_fetch(c, query, &value);
    conform_expect_error(c, "a bad statement", CALX_ERROR_SYNTAX,
                         conform_try_run(c, c->one, "SELEC 1"), &c->err);
    conform_reset(c, query);
    conform_execute(c, query);
    conform_expect_true(c, "a row", conform_fetch(c, query, &value));
    conform_expect_integer(c, "its value", 0, value.as.integer);
}

static void the_first_error_wins(conform *c, const void *data)
{
    (void)data;
    calx_error_set(&c->err, CALX_ERROR_STALE, "an earlier one");
    int status = conform_try_run(c, c->one, "SELEC 1");
    conform_expect_integer(c, "what the call returned", CALX_ERROR_SYNTAX, status);
    conform_expect_string(c, "what the error still says", "an earlier one", c->err.message);
    calx_error_clear(&c->err);
}

static void nobody_has_to_ask_for_the_error(conform *c, const void *data)
{
    (void)data;
    int status = c->driver->command(c->one, "SELEC 1", 7, conform_soon(), NULL);
    conform_expect_integer(c, "what the call returned", CALX_ERROR_SYNTAX, status);
    conform_expect_integer(c, "afterwards", 10,
                           conform_ask(c, c->one, "SELECT count(*) FROM {number}"));
}

static void data_of_another_kind_is_refused_or_kept_whole(conform *c, const void *data)
{
    (void)data;
    conform_begin(c, c->one, true);
    calx_value binds[] = {INTEGER_(1), TEXT_("no number")};
    int status = conform_try_run_with(
        c, c->one, "INSERT INTO {value} (id, v_integer) VALUES (:integer, :text)", binds);
    conform_expect_true(c, "no error but that of data", status == 0 || status == CALX_ERROR_DATA);
    calx_error_clear(&c->err);
    conform_rollback(c, c->one);
}

void conform_area_errors(conform *c)
{
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        conform_case(c, 0, has_its_class, &errors[i], "%s", errors[i].name);
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (!is_ddl(&errors[i]))
            conform_case(c, 0, is_rolled_back_with_its_transaction, &errors[i],
                         "%s_in_a_transaction", errors[i].name);
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (strncmp(errors[i].sql, "SELECT", 6) != 0)
            conform_case(c, 0, a_command_has_its_class, &errors[i], "%s_by_command",
                         errors[i].name);
    CONFORM_CASE(c, 0, a_statement_runs_again_after_its_error);
    CONFORM_CASE(c, 0, other_statements_outlive_an_error);
    CONFORM_CASE(c, 0, the_first_error_wins);
    CONFORM_CASE(c, 0, nobody_has_to_ask_for_the_error);
    CONFORM_CASE(c, 0, data_of_another_kind_is_refused_or_kept_whole);
}
