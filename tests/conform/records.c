/* records.c: statements of several records: run for each of them, or for all at once where the
 * driver can. */
#include "unit.h"

static const char *const names[CONFORM_UNIT_RECORDS] = {"e", "d", "c", "b", "a"};

static void build_parents(conform *c, conform_unit *w)
{
    const calx_value ids[] = {INTEGER_(5), INTEGER_(4), INTEGER_(3), INTEGER_(2), INTEGER_(1)};
    conform_unit_parent(c, w, 5)->rows_expected = 1;
    conform_unit_records(w, 1, ids);
}

static void verify_parents(conform *c, conform_unit *w)
{
    conform_expect_integer(c, "affected", CONFORM_UNIT_RECORDS, w->statements[0].rows_affected);
    conform_expect_integer(c, "the greatest", 5,
                           conform_ask(c, c->one, "SELECT max(id) FROM {parent}"));
}

static void build_items(conform *c, conform_unit *w)
{
    conform_unit_items(c, w, false, names);
}

static void build_items_at_once(conform *c, conform_unit *w)
{
    conform_unit_items(c, w, true, names);
}

/* Each record has the key of its row. */
static void verify_items(conform *c, conform_unit *w)
{
    conform_expect_integer(c, "affected", CONFORM_UNIT_RECORDS, w->statements[0].rows_affected);
    for (size_t i = 0; i < CONFORM_UNIT_RECORDS && conform_ok(c); i++)
        conform_expect_integer(
            c, "rows with key and name", 1,
            conform_ask(c, c->one,
                        "SELECT count(*) FROM {item} WHERE id = :integer AND name = :text",
                        INTEGER_(w->keys[0][i]), TEXT_(names[i])));
}

/* Parents with the keys of the items, the last one first, but for one. */
static void refer(conform *c, conform_unit *w)
{
    const calx_value ids[] = {NULL_, NULL_, INTEGER_(-7), NULL_, NULL_};
    conform_unit_parent(c, w, 0)->rows_expected = 1;
    conform_unit_records(w, 1, ids);
    for (size_t i = 0; i < CONFORM_UNIT_RECORDS; i++)
        if (ids[i].kind == CALX_KIND_NULL)
            conform_unit_refer_to_record(w, i, 0, CONFORM_UNIT_RECORDS - 1 - i);
}

static void build_references(conform *c, conform_unit *w)
{
    build_items(c, w);
    refer(c, w);
}

static void build_references_at_once(conform *c, conform_unit *w)
{
    build_items_at_once(c, w);
    refer(c, w);
}

static void verify_references(conform *c, conform_unit *w)
{
    verify_items(c, w);
    conform_expect_integer(
        c, "parents of items", CONFORM_UNIT_RECORDS - 1,
        conform_ask(c, c->one, "SELECT count(*) FROM {parent} p, {item} i WHERE p.id = i.id"));
    conform_expect_integer(c, "the other one", 1,
                           conform_ask(c, c->one, "SELECT count(*) FROM {parent} WHERE id = -7"));
}

static void build_updates(conform *c, conform_unit *w)
{
    const calx_value binds[] = {INTEGER_(11), INTEGER_(1), INTEGER_(12), INTEGER_(2),
                                INTEGER_(13), INTEGER_(3), INTEGER_(14), INTEGER_(4),
                                INTEGER_(15), INTEGER_(5)};
    build_parents(c, w);
    conform_unit_add(c, w, "UPDATE {parent} SET id = :integer WHERE id = :integer", NULL_, NULL_)
        ->rows_expected = 1;
    conform_unit_records(w, 2, binds);
}

static void verify_updates(conform *c, conform_unit *w)
{
    conform_expect_integer(c, "affected", CONFORM_UNIT_RECORDS, w->statements[1].rows_affected);
    conform_expect_integer(c, "the smallest", 11,
                           conform_ask(c, c->one, "SELECT min(id) FROM {parent}"));
}

static void build_deletes(conform *c, conform_unit *w)
{
    const calx_value ids[] = {INTEGER_(1), INTEGER_(2), INTEGER_(77), INTEGER_(3), INTEGER_(4)};
    build_parents(c, w);
    conform_unit_add(c, w, "DELETE FROM {parent} WHERE id = :integer", NULL_, NULL_);
    conform_unit_records(w, 1, ids);
}

/* Any number of rows may be hit: one of them hits none. */
static void verify_deletes(conform *c, conform_unit *w)
{
    conform_expect_integer(c, "affected", CONFORM_UNIT_RECORDS - 1, w->statements[1].rows_affected);
    conform_expect_integer(c, "the one that is left", 5,
                           conform_ask(c, c->one, "SELECT min(id) FROM {parent}"));
}

static void build_stale(conform *c, conform_unit *w)
{
    build_deletes(c, w);
    w->statements[1].rows_expected = 1;
}

static void build_duplicate(conform *c, conform_unit *w)
{
    const calx_value ids[] = {INTEGER_(1), INTEGER_(2), INTEGER_(3), INTEGER_(2), INTEGER_(4)};
    conform_unit_item(c, w, "a");
    conform_unit_parent(c, w, 1)->rows_expected = 1;
    conform_unit_records(w, 1, ids);
}

static void build_duplicate_at_once(conform *c, conform_unit *w)
{
    static const char *const twice[] = {"a", "b", "c", "b", "d"};
    conform_unit_parent(c, w, 1);
    conform_unit_items(c, w, true, twice);
}

static const conform_unit_case cases[] = {
    {"inserts", build_parents, verify_parents, CALX_OK, 0},
    {"keys", build_items, verify_items, CALX_OK, 0},
    {"keys_at_once", build_items_at_once, verify_items, CALX_OK, 0},
    {"references", build_references, verify_references, CALX_OK, 0},
    {"references_at_once", build_references_at_once, verify_references, CALX_OK, 0},
    {"updates", build_updates, verify_updates, CALX_OK, 0},
    {"deletes", build_deletes, verify_deletes, CALX_OK, 0},
    {"stale", build_stale, conform_unit_left_nothing, CALX_ERROR_STALE, 1},
    {"duplicate", build_duplicate, conform_unit_left_nothing, CALX_ERROR_UNIQUE, 1},
    {"duplicate_at_once", build_duplicate_at_once, conform_unit_left_nothing, CALX_ERROR_UNIQUE, 1},
};

void conform_area_records(conform *c)
{
    conform_unit_cases(c, cases, sizeof cases / sizeof *cases);
}
