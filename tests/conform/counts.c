/* counts.c: rows affected, and the keys that the database generates. */
#include "conform.h"

/* ---- Rows: matched, not only changed ---- */

typedef struct count_case {
    const char *name;
    const char *sql;
    int64_t rows;
} count_case;

static const count_case counts[] = {
    {"insert_one", "INSERT INTO {parent} (id) VALUES (11)", 1},
    {"insert_three", "INSERT INTO {parent} (id) VALUES (11), (12), (13)", 3},
    {"insert_of_a_query", "INSERT INTO {parent} (id) SELECT i + 100 FROM {number}", 10},
    {"insert_of_an_empty_query", "INSERT INTO {parent} (id) SELECT i FROM {number} WHERE i > 77",
     0},
    {"update_all", "UPDATE {item} SET n = n + 1", 5},
    {"update_one", "UPDATE {item} SET n = 9 WHERE name = 'b'", 1},
    {"update_to_the_same", "UPDATE {item} SET n = n", 5},
    {"update_none", "UPDATE {item} SET n = 1 WHERE name = 'nobody'", 0},
    {"update_to_null", "UPDATE {item} SET n = NULL WHERE n > 3", 2},
    {"update_with_a_subquery",
     "UPDATE {item} SET n = (SELECT max(i) FROM {number}) WHERE n IN (1, 2)", 2},
    {"delete_one", "DELETE FROM {item} WHERE name = 'a'", 1},
    {"delete_some", "DELETE FROM {item} WHERE n >= 2", 4},
    {"delete_none", "DELETE FROM {item} WHERE n > 77", 0},
    {"delete_all", "DELETE FROM {item}", 5},
    {"after_a_comment", "/* a comment */ DELETE FROM {item} WHERE n = 1", 1},
    {"after_a_line_comment", "-- a comment\nDELETE FROM {item} WHERE n = 1", 1},
    {"with_a_semicolon", "DELETE FROM {item} WHERE n = 1;", 1},
    {"in_small_letters", "delete from {item} where n = 1", 1},
};

static void five_items(conform *c)
{
    conform_run(c, c->one,
                "INSERT INTO {item} (name, n) VALUES ('a', 1), ('b', 2), ('c', 3), ('d', 4),"
                " ('e', 5)");
}

static void rows_are_counted(conform *c, const void *data)
{
    const count_case *given = data;
    conform_begin(c, c->one, true);
    five_items(c);
    conform_expect_integer(c, "rows", given->rows, conform_run(c, c->one, given->sql));
    conform_rollback(c, c->one);
}

static void rows_are_counted_outside_a_transaction(conform *c, const void *data)
{
    const count_case *given = data;
    five_items(c);
    conform_expect_integer(c, "rows", given->rows, conform_run(c, c->one, given->sql));
}

static void each_run_has_its_own_count(conform *c, const void *data)
{
    (void)data;
    five_items(c);
    conform_statement *update =
        conform_prepare(c, c->one, "UPDATE {item} SET n = n WHERE n >= :integer", NULL);
    for (int64_t n = 1; n <= 6 && conform_ok(c); n++) {
        conform_execute(c, update, INTEGER_(n));
        conform_fetch(c, update, NULL);
        conform_expect_integer(c, "rows", 6 - n,
                               c->driver->statement_rows_affected(update->handle));
        conform_reset(c, update);
    }
}

/* ---- Keys ---- */

/* Inserts an item, by the driver's way to the key. */
static int64_t insert_item(conform *c, conform_statement *insert, const char *name)
{
    calx_value value = NULL_;
    bool in_row = insert != NULL && insert->sql.result_count > 0;
    conform_execute(c, insert, TEXT_(name));
    bool row = conform_fetch(c, insert, &value);
    if (!conform_ok(c))
        return -1;
    if (row)
        conform_fetch(c, insert, &value);
    if (in_row)
        return row && value.kind == CALX_KIND_INTEGER ? value.as.integer : -1;
    return c->driver->statement_generated_key(insert->handle);
}

static conform_statement *prepare_item(conform *c)
{
    bool in_row = !(c->driver->capabilities & CALX_CAPABILITY_GENERATED_KEY);
    return conform_prepare(c, c->one,
                           in_row ? "INSERT INTO {item} (name) VALUES (:text) RETURNING id"
                                  : "INSERT INTO {item} (name) VALUES (:text)",
                           in_row ? "integer" : NULL);
}

static void expect_name(conform *c, int64_t key, const char *name)
{
    conform_expect_integer(
        c, "rows with key and name", 1,
        conform_ask(c, c->one, "SELECT count(*) FROM {item} WHERE id = :integer AND name = :text",
                    INTEGER_(key), TEXT_(name)));
}

static void an_insert_gives_the_key_it_generated(conform *c, const void *data)
{
    (void)data;
    int64_t key = insert_item(c, prepare_item(c), "a");
    conform_expect_true(c, "positive", key > 0);
    expect_name(c, key, "a");
}

static void keys_ascend(conform *c, const void *data)
{
    (void)data;
    int64_t previous = 0;
    conform_statement *insert = prepare_item(c);
    for (int i = 0; i < 5 && conform_ok(c); i++) {
        char name[] = {(char)('a' + i), '\0'};
        int64_t key = insert_item(c, insert, name);
        conform_expect_true(c, "ascending", key > previous);
        expect_name(c, key, name);
        previous = key;
    }
}

static void a_given_key_is_kept(conform *c, const void *data)
{
    (void)data;
    conform_run(c, c->one, "INSERT INTO {item} (id, name) VALUES (1000000, 'a')");
    expect_name(c, 1000000, "a");
}

static void a_key_is_the_inserts_own(conform *c, const void *data)
{
    (void)data;
    conform_statement *first = prepare_item(c);
    int64_t key = insert_item(c, first, "a");
    conform_run(c, c->one, "UPDATE {item} SET n = 1");
    conform_run(c, c->one, "INSERT INTO {parent} (id) VALUES (77)");
    int64_t next = insert_item(c, first, "b");
    conform_expect_true(c, "not that of another table", next > key && next != 77);
    expect_name(c, next, "b");
}

static void a_key_lives_through_a_rollback_to_another(conform *c, const void *data)
{
    (void)data;
    conform_begin(c, c->one, true);
    conform_statement *insert = prepare_item(c);
    insert_item(c, insert, "lost");
    conform_rollback(c, c->one);
    int64_t key = insert_item(c, insert, "kept");
    expect_name(c, key, "kept");
    conform_expect_integer(c, "rows", 1, conform_ask(c, c->one, "SELECT count(*) FROM {item}"));
}

static void an_insert_of_defaults_only_gives_its_key(conform *c, const void *data)
{
    (void)data;
    int64_t key = insert_item(c, prepare_item(c), NULL);
    conform_expect_integer(c, "rows with this key and no name", 1,
                           conform_ask(c, c->one,
                                       "SELECT count(*) FROM {item} WHERE id = :integer AND "
                                       "name IS NULL",
                                       INTEGER_(key)));
}

void conform_area_counts(conform *c)
{
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        conform_case(c, 0, rows_are_counted, &counts[i], "rows_of_%s", counts[i].name);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        conform_case(c, 0, rows_are_counted_outside_a_transaction, &counts[i],
                     "rows_of_%s_by_itself", counts[i].name);
    CONFORM_CASE(c, 0, each_run_has_its_own_count);
    CONFORM_CASE(c, 0, an_insert_gives_the_key_it_generated);
    CONFORM_CASE(c, 0, keys_ascend);
    CONFORM_CASE(c, 0, a_given_key_is_kept);
    CONFORM_CASE(c, 0, a_key_is_the_inserts_own);
    CONFORM_CASE(c, 0, a_key_lives_through_a_rollback_to_another);
    CONFORM_CASE(c, 0, an_insert_of_defaults_only_gives_its_key);
}
