/* units.c: units of work, each tried twice: as the driver takes it, and statement by statement. */
#include "unit.h"

static void try_unit(conform *c, const conform_unit_case *given, bool whole)
{
    conform_unit *w = conform_unit_create(c);
    if (w == NULL)
        return;
    given->build(c, w);
    int status = conform_unit_run(c, w, whole);
    if (given->error == CALX_OK) {
        conform_expect_success(c, "the unit", status, &c->err);
        conform_expect_true(c, "no transaction is left",
                            c->one->in_transaction == !w->unit.commit || !w->unit.begin);
    } else {
        conform_expect_true(c, "not done", c->err.outcome == CALX_OUTCOME_NOT_DONE);
        conform_expect_error(c, "the unit", given->error, status, &c->err);
        conform_expect_integer(c, "the statement that failed", (int64_t)given->failed_statement,
                               (int64_t)w->unit.failed_statement);
        conform_rollback(c, c->one);
    }
    if (given->verify != NULL && conform_ok(c))
        given->verify(c, w);
    conform_unit_destroy(w);
}

static void as_a_whole(conform *c, const void *data)
{
    try_unit(c, data, true);
}

static void one_by_one(conform *c, const void *data)
{
    try_unit(c, data, false);
}

void conform_unit_cases(conform *c, const conform_unit_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        conform_case(c, 0, as_a_whole, &cases[i], "%s", cases[i].name);
    for (size_t i = 0; i < count; i++)
        conform_case(c, 0, one_by_one, &cases[i], "%s_one_by_one", cases[i].name);
}

/* ---- What is built, and what is seen afterwards ---- */

static void expect_count(conform *c, const char *query, int64_t rows)
{
    conform_expect_integer(c, "rows", rows, conform_ask(c, c->one, query));
}

void conform_unit_left_nothing(conform *c, conform_unit *w)
{
    (void)w;
    expect_count(c, "SELECT count(*) FROM {parent}", 0);
    conform_begin(c, c->one, true);
    conform_run(c, c->one, "INSERT INTO {parent} (id) VALUES (1)");
    conform_commit(c, c->one);
}

static void build_nothing(conform *c, conform_unit *w)
{
    (void)c;
    (void)w;
}

static void build_one(conform *c, conform_unit *w)
{
    conform_unit_parent(c, w, 1);
}

static void verify_one(conform *c, conform_unit *w)
{
    conform_expect_integer(c, "affected", 1, w->statements[0].rows_affected);
    expect_count(c, "SELECT count(*) FROM {parent}", 1);
}

static void build_changes(conform *c, conform_unit *w)
{
    for (int64_t i = 1; i <= 5; i++)
        conform_unit_parent(c, w, i)->rows_expected = 1;
    conform_unit_add(c, w, "UPDATE {parent} SET id = id + 100 WHERE id > :integer", INTEGER_(3),
                     NULL_)
        ->rows_expected = 2;
    conform_unit_add(c, w, "DELETE FROM {parent} WHERE id < :integer", INTEGER_(3), NULL_)
        ->rows_expected = 2;
    conform_unit_add(c, w, "DELETE FROM {parent} WHERE id = :integer", INTEGER_(77), NULL_);
}

static void verify_changes(conform *c, conform_unit *w)
{
    static const int64_t affected[] = {1, 1, 1, 1, 1, 2, 2, 0};
    for (size_t i = 0; i < 8; i++)
        conform_expect_integer(c, "affected", affected[i], w->statements[i].rows_affected);
    expect_count(c, "SELECT count(*) FROM {parent}", 3);
    expect_count(c, "SELECT max(id) FROM {parent}", 105);
}

static void build_many(conform *c, conform_unit *w)
{
    for (int64_t i = 0; i < CONFORM_UNIT_STATEMENTS_MAX; i++)
        conform_unit_parent(c, w, i)->rows_expected = 1;
}

static void verify_many(conform *c, conform_unit *w)
{
    (void)w;
    expect_count(c, "SELECT count(*) FROM {parent}", CONFORM_UNIT_STATEMENTS_MAX);
}

static void build_same_statement(conform *c, conform_unit *w)
{
    for (int64_t i = 0; i < 20; i++) {
        conform_unit_parent(c, w, i)->rows_expected = 1;
        w->statements[i].sql = w->statements[0].sql;
    }
}

static void verify_same_statement(conform *c, conform_unit *w)
{
    (void)w;
    expect_count(c, "SELECT count(*) FROM {parent}", 20);
    expect_count(c, "SELECT max(id) FROM {parent}", 19);
}

/* ---- Keys ---- */

static void build_key(conform *c, conform_unit *w)
{
    conform_unit_item(c, w, "a");
}

static void verify_key(conform *c, conform_unit *w)
{
    conform_expect_integer(c, "rows with the key", 1,
                           conform_ask(c, c->one, "SELECT count(*) FROM {item} WHERE id = :integer",
                                       INTEGER_(w->statements[0].generated_key)));
}

static void build_reference(conform *c, conform_unit *w)
{
    conform_unit_item(c, w, "a");
    conform_unit_parent(c, w, 0);
    conform_unit_refer(w, 0, 0);
}

static void verify_reference(conform *c, conform_unit *w)
{
    verify_key(c, w);
    expect_count(c, "SELECT count(*) FROM {parent} p, {item} i WHERE p.id = i.id", 1);
}

static void build_levels(conform *c, conform_unit *w)
{
    conform_unit_item(c, w, "a");
    conform_unit_item(c, w, "b");
    conform_unit_parent(c, w, 0);
    conform_unit_refer(w, 0, 1);
    conform_unit_add(c, w, "INSERT INTO {child} (id, parent_id, title) VALUES (7, :integer, :text)",
                     NULL_, TEXT_("t"));
    conform_unit_refer(w, 0, 1);
    conform_unit_add(c, w, "UPDATE {item} SET n = 5 WHERE id = :integer", NULL_, NULL_)
        ->rows_expected = 1;
    conform_unit_refer(w, 0, 0);
}

static void verify_levels(conform *c, conform_unit *w)
{
    (void)w;
    expect_count(c,
                 "SELECT count(*) FROM {child} c, {parent} p, {item} i WHERE c.parent_id = p.id"
                 " AND p.id = i.id AND i.name = 'b'",
                 1);
    expect_count(c, "SELECT n FROM {item} WHERE name = 'a'", 5);
}

/* ---- Rows ---- */

static int see_row(void *context, const calx_value *values, size_t count, calx_error *err)
{
    conform *c = context;
    (void)err;
    conform_expect_integer(c, "columns", 1, (int64_t)count);
    conform_expect_value(c, "row", INTEGER_(values[0].as.integer), &values[0]);
    return 0;
}

static int refuse_row(void *context, const calx_value *values, size_t count, calx_error *err)
{
    (void)context;
    (void)values;
    (void)count;
    return calx_error_set(err, CALX_ERROR_MISFIT, "not what was expected");
}

static void build_reading(conform *c, conform_unit *w)
{
    w->unit.begin = w->unit.commit = w->unit.write = false;
    conform_unit_query(c, w, "SELECT i FROM {number} ORDER BY i", see_row);
    conform_unit_query(c, w, "SELECT i FROM {number} WHERE i > 77", see_row);
    conform_unit_query(c, w, "SELECT count(*) FROM {number}", see_row);
}

static void build_reading_in_a_transaction(conform *c, conform_unit *w)
{
    build_reading(c, w);
    w->unit.begin = w->unit.commit = true;
    w->unit.isolation = CALX_ISOLATION_REPEATABLE_READ;
}

static void build_reading_own_writes(conform *c, conform_unit *w)
{
    conform_unit_parent(c, w, 5);
    conform_unit_query(c, w, "SELECT id FROM {parent}", see_row);
    conform_unit_add(c, w, "UPDATE {parent} SET id = 6", NULL_, NULL_);
    conform_unit_query(c, w, "SELECT id FROM {parent}", see_row);
}

static void build_row_refused(conform *c, conform_unit *w)
{
    conform_unit_parent(c, w, 1);
    conform_unit_query(c, w, "SELECT i FROM {number}", refuse_row);
    conform_unit_parent(c, w, 2);
}

/* ---- Kinds ---- */

static void build_null(conform *c, conform_unit *w)
{
    conform_unit_add(c, w, "INSERT INTO {value} (id, v_text) VALUES (:integer, :text)", INTEGER_(1),
                     NULL_);
    conform_unit_add(c, w, "INSERT INTO {value} (id, v_blob) VALUES (:integer, :blob)", INTEGER_(2),
                     NULL_);
    conform_unit_add(c, w, "INSERT INTO {value} (id, v_datetime) VALUES (:integer, :datetime)",
                     INTEGER_(3), NULL_);
    conform_unit_add(c, w, "INSERT INTO {value} (id, v_double) VALUES (:integer, :double)",
                     INTEGER_(4), calx_value_double(0.5));
    conform_unit_add(c, w, "INSERT INTO {value} (id, v_boolean) VALUES (:integer, :boolean)",
                     INTEGER_(5), calx_value_boolean(true));
}

static void verify_null(conform *c, conform_unit *w)
{
    (void)w;
    expect_count(c, "SELECT count(*) FROM {value}", 5);
    expect_count(c, "SELECT count(*) FROM {value} WHERE v_double > 0.4 OR v_boolean", 2);
}

/* ---- What fails ---- */

static void build_stale_update(conform *c, conform_unit *w)
{
    conform_unit_parent(c, w, 1);
    conform_unit_add(c, w, "UPDATE {parent} SET id = 9 WHERE id = :integer", INTEGER_(77), NULL_)
        ->rows_expected = 1;
    conform_unit_parent(c, w, 2);
}

static void build_stale_delete(conform *c, conform_unit *w)
{
    conform_unit_parent(c, w, 1);
    conform_unit_add(c, w, "DELETE FROM {parent} WHERE id = :integer", INTEGER_(77), NULL_)
        ->rows_expected = 1;
}

static void build_too_many(conform *c, conform_unit *w)
{
    conform_unit_parent(c, w, 1);
    conform_unit_parent(c, w, 2);
    conform_unit_add(c, w, "DELETE FROM {parent}", NULL_, NULL_)->rows_expected = 1;
}

static void build_duplicate(conform *c, conform_unit *w)
{
    conform_unit_parent(c, w, 1);
    conform_unit_parent(c, w, 2);
    conform_unit_parent(c, w, 1);
    conform_unit_parent(c, w, 3);
}

static void build_first_fails(conform *c, conform_unit *w)
{
    conform_unit_add(c, w, "INSERT INTO {child} (id) VALUES (1)", NULL_, NULL_);
    conform_unit_parent(c, w, 1);
}

static void build_orphan(conform *c, conform_unit *w)
{
    conform_unit_parent(c, w, 1);
    conform_unit_add(c, w, "INSERT INTO {child} (id, parent_id, title) VALUES (1, :integer, :text)",
                     INTEGER_(77), TEXT_("a"));
}

static void build_bad_check(conform *c, conform_unit *w)
{
    conform_unit_parent(c, w, 1);
    conform_unit_add(c, w, "INSERT INTO {child} (id, title, n) VALUES (1, :text, :integer)",
                     TEXT_("a"), INTEGER_(-1));
}

static void build_syntax(conform *c, conform_unit *w)
{
    conform_unit_parent(c, w, 1);
    conform_unit_add(c, w, "SELEC 1", NULL_, NULL_);
}

static void build_undefined(conform *c, conform_unit *w)
{
    conform_unit_parent(c, w, 1);
    conform_unit_add(c, w, "INSERT INTO {nowhere} (id) VALUES (1)", NULL_, NULL_);
}

static void build_failed_reference(conform *c, conform_unit *w)
{
    conform_unit_item(c, w, "a");
    conform_unit_parent(c, w, 0);
    conform_unit_refer(w, 0, 0);
    conform_unit_item(c, w, "a");
    conform_unit_parent(c, w, 0);
    conform_unit_refer(w, 0, 2);
}

static const conform_unit_case cases[] = {
    {"nothing", build_nothing, conform_unit_left_nothing, CALX_OK, 0},
    {"one_insert", build_one, verify_one, CALX_OK, 0},
    {"changes_with_counts", build_changes, verify_changes, CALX_OK, 0},
    {"many_statements", build_many, verify_many, CALX_OK, 0},
    {"one_statement_many_times", build_same_statement, verify_same_statement, CALX_OK, 0},
    {"generated_key", build_key, verify_key, CALX_OK, 0},
    {"reference_to_a_key", build_reference, verify_reference, CALX_OK, 0},
    {"levels_of_keys", build_levels, verify_levels, CALX_OK, 0},
    {"reading", build_reading, NULL, CALX_OK, 0},
    {"reading_in_a_transaction", build_reading_in_a_transaction, NULL, CALX_OK, 0},
    {"reading_own_writes", build_reading_own_writes, NULL, CALX_OK, 0},
    {"kinds_and_nulls", build_null, verify_null, CALX_OK, 0},
    {"row_refused", build_row_refused, conform_unit_left_nothing, CALX_ERROR_MISFIT, 1},
    {"stale_update", build_stale_update, conform_unit_left_nothing, CALX_ERROR_STALE, 1},
    {"stale_delete", build_stale_delete, conform_unit_left_nothing, CALX_ERROR_STALE, 1},
    {"too_many_rows", build_too_many, conform_unit_left_nothing, CALX_ERROR_STALE, 2},
    {"duplicate_key", build_duplicate, conform_unit_left_nothing, CALX_ERROR_UNIQUE, 2},
    {"first_statement_fails", build_first_fails, conform_unit_left_nothing, CALX_ERROR_NOT_NULL, 0},
    {"orphan", build_orphan, conform_unit_left_nothing, CALX_ERROR_FOREIGN_KEY, 1},
    {"check", build_bad_check, conform_unit_left_nothing, CALX_ERROR_CHECK, 1},
    {"syntax", build_syntax, conform_unit_left_nothing, CALX_ERROR_SYNTAX, 1},
    {"undefined_table", build_undefined, conform_unit_left_nothing, CALX_ERROR_UNDEFINED, 1},
    {"duplicate_behind_a_reference", build_failed_reference, conform_unit_left_nothing,
     CALX_ERROR_UNIQUE, 2},
};

/* ---- In several parts ---- */

static void a_unit_may_leave_its_transaction_open(conform *c, const void *data)
{
    const bool *whole = data;
    static const struct {
        bool begin;
        bool commit;
    } parts[] = {{true, false}, {false, false}, {false, true}};
    for (int64_t i = 0; i < 3 && conform_ok(c); i++) {
        conform_unit *w = conform_unit_create(c);
        if (w == NULL)
            return;
        w->unit.begin = parts[i].begin;
        w->unit.commit = parts[i].commit;
        conform_unit_parent(c, w, i);
        conform_expect_success(c, "the unit", conform_unit_run(c, w, *whole), &c->err);
        conform_expect_true(c, "a transaction as asked",
                            c->one->in_transaction == !parts[i].commit);
        conform_unit_destroy(w);
    }
    expect_count(c, "SELECT count(*) FROM {parent}", 3);
}

void conform_area_units(conform *c)
{
    static const bool whole[] = {true, false};
    conform_unit_cases(c, cases, sizeof cases / sizeof *cases);
    conform_case(c, 0, a_unit_may_leave_its_transaction_open, &whole[0],
                 "a_unit_may_leave_its_transaction_open");
    conform_case(c, 0, a_unit_may_leave_its_transaction_open, &whole[1],
                 "a_unit_may_leave_its_transaction_open_one_by_one");
}
