/* savepoints.c: parts of a transaction, undone by themselves, by the slot for commands. */
#include "conform.h"

static void insert(conform *c, int64_t id)
{
    conform_run(c, c->one, "INSERT INTO {parent} (id) VALUES (:integer)", INTEGER_(id));
}

static void expect_after_commit(conform *c, int64_t rows)
{
    conform_commit(c, c->one);
    conform_expect_integer(c, "rows", rows,
                           conform_ask(c, c->one, "SELECT count(*) FROM {parent}"));
}

/* What commands leave of the rows 1, 2, 3 … that are inserted after each; '+' sets a savepoint, '-'
 * rolls back to the newest, '/' releases it, '.' inserts a row. */
typedef struct savepoint_case {
    const char *name;
    const char *steps;
    int64_t rows;
} savepoint_case;

static const savepoint_case cases[] = {
    {"released", ".+./.", 3},
    {"rolled_back", ".+.-.", 2},
    {"rolled_back_twice", ".+.-.-.", 2},
    {"rolled_back_and_released", ".+..-/.", 2},
    {"nothing_inside", ".+/.", 2},
    {"at_the_beginning", "+..-.", 1},
    {"nested_inner_rolled_back", ".+.+.-/./.", 4},
    {"nested_outer_rolled_back", ".+.+./.-.", 2},
    {"nested_inner_rolled_back_twice", ".+.+.-.-.", 3},
    {"nested_both_rolled_back", ".+.+.-/.-.", 2},
    {"three_deep", ".+.+.+.-/-/-/.", 2},
    {"side_by_side", ".+./+.-/+./.", 4},
    {"left_open", ".+.+.", 3},
};

static void step(conform *c, char which, int *depth, int64_t *id)
{
    static const char *const set[] = {"SAVEPOINT a", "SAVEPOINT b", "SAVEPOINT c"};
    static const char *const back[] = {"ROLLBACK TO SAVEPOINT a", "ROLLBACK TO SAVEPOINT b",
                                       "ROLLBACK TO SAVEPOINT c"};
    static const char *const release[] = {"RELEASE SAVEPOINT a", "RELEASE SAVEPOINT b",
                                          "RELEASE SAVEPOINT c"};
    if (which == '.')
        insert(c, ++*id);
    else if (which == '+')
        conform_command(c, c->one, set[(*depth)++]);
    else if (which == '-')
        conform_command(c, c->one, back[*depth - 1]);
    else
        conform_command(c, c->one, release[--*depth]);
}

static void leaves_its_rows(conform *c, const void *data)
{
    const savepoint_case *given = data;
    int depth = 0;
    int64_t id = 0;
    conform_begin(c, c->one, true);
    for (const char *at = given->steps; *at != '\0'; at++)
        step(c, *at, &depth, &id);
    conform_expect_true(c, "in a transaction", c->one->in_transaction);
    expect_after_commit(c, given->rows);
}

static void a_rollback_undoes_all(conform *c, const void *data)
{
    const savepoint_case *given = data;
    int depth = 0;
    int64_t id = 0;
    conform_begin(c, c->one, true);
    for (const char *at = given->steps; *at != '\0'; at++)
        step(c, *at, &depth, &id);
    conform_rollback(c, c->one);
    conform_expect_integer(c, "rows", 0, conform_ask(c, c->one, "SELECT count(*) FROM {parent}"));
}

static void an_error_is_undone_by_its_savepoint(conform *c, const void *data)
{
    (void)data;
    conform_begin(c, c->one, true);
    insert(c, 1);
    for (int i = 0; i < 3; i++) {
        conform_command(c, c->one, "SAVEPOINT a");
        insert(c, 2);
        conform_expect_error(c, "the same key", CALX_ERROR_UNIQUE,
                             conform_try_run(c, c->one, "INSERT INTO {parent} (id) VALUES (1)"),
                             &c->err);
        conform_command(c, c->one, "ROLLBACK TO SAVEPOINT a");
        conform_command(c, c->one, "RELEASE SAVEPOINT a");
    }
    insert(c, 3);
    expect_after_commit(c, 2);
}

static void a_syntax_error_is_undone_by_its_savepoint(conform *c, const void *data)
{
    (void)data;
    conform_begin(c, c->one, true);
    insert(c, 1);
    conform_command(c, c->one, "SAVEPOINT a");
    conform_expect_error(c, "no SQL", CALX_ERROR_SYNTAX, conform_try_run(c, c->one, "SELEC 1"),
                         &c->err);
    conform_command(c, c->one, "ROLLBACK TO SAVEPOINT a");
    insert(c, 2);
    expect_after_commit(c, 2);
}

static void an_unknown_savepoint_is_an_error(conform *c, const void *data)
{
    (void)data;
    conform_begin(c, c->one, true);
    insert(c, 1);
    int status = conform_try_command(c, c->one, data);
    conform_expect_true(c, "an error", status < 0 && status == (int)c->err.code);
    calx_error_clear(&c->err);
    conform_rollback(c, c->one);
    conform_expect_integer(c, "rows", 0, conform_ask(c, c->one, "SELECT count(*) FROM {parent}"));
}

static void a_statement_outlives_a_savepoint(conform *c, const void *data)
{
    (void)data;
    conform_statement *statement =
        conform_prepare(c, c->one, "INSERT INTO {parent} (id) VALUES (:integer)", NULL);
    conform_begin(c, c->one, true);
    for (int64_t i = 0; i < 4; i++) {
        conform_command(c, c->one, "SAVEPOINT a");
        conform_execute(c, statement, INTEGER_(i));
        conform_fetch(c, statement, NULL);
        conform_reset(c, statement);
        if (i % 2 == 0)
            conform_command(c, c->one, "ROLLBACK TO SAVEPOINT a");
        conform_command(c, c->one, "RELEASE SAVEPOINT a");
    }
    expect_after_commit(c, 2);
}

void conform_area_savepoints(conform *c)
{
    const unsigned needs = CONFORM_SAVEPOINTS;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        conform_case(c, needs, leaves_its_rows, &cases[i], "%s", cases[i].name);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        conform_case(c, needs, a_rollback_undoes_all, &cases[i], "%s_then_all_rolled_back",
                     cases[i].name);
    CONFORM_CASE(c, needs, an_error_is_undone_by_its_savepoint);
    CONFORM_CASE(c, needs, a_syntax_error_is_undone_by_its_savepoint);
    conform_case(c, needs, an_unknown_savepoint_is_an_error, "ROLLBACK TO SAVEPOINT nobody",
                 "rolling_back_to_an_unknown_one_is_an_error");
    conform_case(c, needs, an_unknown_savepoint_is_an_error, "RELEASE SAVEPOINT nobody",
                 "releasing_an_unknown_one_is_an_error");
    CONFORM_CASE(c, needs, a_statement_outlives_a_savepoint);
}
