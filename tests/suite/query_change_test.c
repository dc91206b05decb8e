/* Rows locked by a query on a real database: the same on all of them. */
#include "tests/suite/shop_fixture.h"

SHOP_FIXTURE_MODELS

#define ROUNDS 8 /* of each of two threads */

static Product_query *product(calx_session *session, int id)
{
    return calx_filter_by(calx_query_of(session, Product), id, id);
}

/* ---- What others can do ---- */

typedef struct other {
    calx_engine *engine;
    calx_error_class code; /* what became of it */
    size_t count;
    int first; /* the id of the first row */
} other;

static void other_ends(other *o, calx_session *session)
{
    o->code = calx_session_error(session) ? calx_session_error(session)->code : CALX_OK;
    calx_session_destroy(session);
}

/* SQLite's lock is the database's: there the other waits, not for long. */
static void *lock_first(void *context)
{
    other *o = context;
    calx_session *session = calx_session_create(o->engine);
    Product_query *query = product(session, 1);
    if (strcmp(calx_engine_dialect_name(o->engine), "sqlite") == 0) {
        calx_session_set_deadline(session, calx_deadline_in_ms(30));
        calx_first(calx_for_update(query));
    } else {
        calx_first(calx_for_update_nowait(query));
    }
    other_ends(o, session);
    return NULL;
}

static bool others_can_lock(fixture *f)
{
    other o = {.engine = f->engine};
    in_another_thread(lock_first, &o);
    if (o.code != CALX_OK && o.code != CALX_ERROR_TIMEOUT)
        assert_int_equal(o.code, CALX_ERROR_LOCK_TIMEOUT);
    return o.code == CALX_OK;
}

static void *skip_locked(void *context)
{
    other *o = context;
    calx_session *session = calx_session_create(o->engine);
    Product_list list = calx_all(
        calx_for_update_skip_locked(calx_order_by(calx_query_of(session, Product), Product_.id)));
    o->count = list.count;
    o->first = list.count > 0 ? list.items[0]->id : 0;
    other_ends(o, session);
    return NULL;
}

static void *set_stock(void *context)
{
    other *o = context;
    calx_session *session = calx_session_create(o->engine);
    Product *first = calx_get(session, Product, 1);
    first->stock = o->first;
    calx_session_commit(session);
    other_ends(o, session);
    return NULL;
}

static void others_set_stock(fixture *f, int stock)
{
    other o = {.engine = f->engine, .first = stock};
    in_another_thread(set_stock, &o);
    assert_int_equal(o.code, CALX_OK);
}

/* ---- Locks ---- */

static void a_locked_row_is_kept_from_others(void **state)
{
    fixture *f = *state;
    Product *first = calx_first(calx_for_update(product(f->session, 1)));
    assert_session_ok(f->session);
    assert_text(first->name, "tea");
    assert_false(others_can_lock(f));
    calx_session_rollback(f->session);
    assert_true(others_can_lock(f));
}

static void a_transaction_that_has_read_can_lock(void **state)
{
    fixture *f = *state;
    calx_session_set_isolation(f->session, CALX_ISOLATION_REPEATABLE_READ);
    assert_int_equal(calx_count(calx_query_of(f->session, Product)), 4);
    calx_first(calx_for_update(product(f->session, 1)));
    assert_session_ok(f->session);
    assert_false(others_can_lock(f));
}

static void locked_rows_are_skipped(void **state)
{
    fixture *f = *state;
    other o = {.engine = f->engine};
    calx_first(calx_for_update(product(f->session, 1)));
    assert_session_ok(f->session);
    in_another_thread(skip_locked, &o);
    if (is_dialect(f, "sqlite")) {
        assert_int_equal(o.code, CALX_ERROR_UNSUPPORTED);
        calx_session_rollback(f->session);
        calx_first(calx_for_update_nowait(product(f->session, 1)));
        assert_failed(f->session, CALX_ERROR_UNSUPPORTED,
                      "sqlite does not lock single rows: FOR UPDATE NOWAIT");
        return;
    }
    assert_int_equal(o.code, CALX_OK);
    assert_int_equal(o.count, 3);
    assert_int_equal(o.first, 2);
}

static void a_locked_row_is_read_anew(void **state)
{
    fixture *f = *state;
    Product *first = calx_get(f->session, Product, 1);
    others_set_stock(f, 77);
    assert_ptr_equal(calx_first(product(f->session, 1)), first);
    assert_int_equal(first->stock, 0);
    assert_ptr_equal(calx_first(calx_for_update(product(f->session, 1))), first);
    assert_session_ok(f->session);
    assert_int_equal(first->stock, 77);
    calx_session_rollback(f->session);
    others_set_stock(f, 0);
}

static void what_was_changed_and_not_flushed_stays(void **state)
{
    fixture *f = *state;
    calx_session_set_autoflush(f->session, false);
    Product *first = calx_get(f->session, Product, 1);
    others_set_stock(f, 77);
    first->least = 3;
    calx_first(calx_for_update(product(f->session, 1)));
    assert_int_equal(first->stock, 77);
    assert_int_equal(first->least, 3);
    calx_session_rollback(f->session);
    others_set_stock(f, 0);
}

/* With a join it is the query's own rows that are locked; rows of one's own can be locked too. */
static void joins_and_rows_are_locked(void **state)
{
    fixture *f = *state;
    Product_query *joined =
        calx_filter(calx_query_of(f->session, Product), EQUAL(AT(Product_.orders, Order_.id), 1));
    assert_int_equal(calx_all(calx_for_update(calx_order_by(joined, Product_.id))).count, 2);
    assert_session_ok(f->session);
    assert_false(others_can_lock(f));
    calx_session_rollback(f->session);
    assert_figures(
        f, calx_select(calx_for_update(product(f->session, 1)), Figure, FIELD(name, Product_.name)),
        "tea");
    assert_false(others_can_lock(f));
}

static void what_has_no_rows_of_its_own_is_not_locked(void **state)
{
    fixture *f = *state;
    calx_count(calx_for_update(calx_query_of(f->session, Product)));
    assert_failed(f->session, CALX_ERROR_UNSUPPORTED, "FOR UPDATE of a count");
    calx_session_rollback(f->session);
    calx_all(calx_for_update(calx_distinct(calx_query_of(f->session, Product))));
    assert_failed(f->session, CALX_ERROR_UNSUPPORTED, "FOR UPDATE of rows that are not those");
    calx_session_rollback(f->session);
    calx_all(
        calx_filter(calx_query_of(f->session, Product),
                    IN_QUERY(Product_.id, calx_for_update(product(f->session, 1)), Product_.id)));
    assert_failed(f->session, CALX_ERROR_UNSUPPORTED, "FOR UPDATE in a query that is a part");
    calx_session_rollback(f->session);
    Figure_query *rows =
        calx_select(calx_for_update(product(f->session, 1)), Figure, FIELD(name, Product_.name));
    calx_all(calx_filter_by(rows, name, "tea"));
    assert_failed(f->session, CALX_ERROR_UNSUPPORTED, "FOR UPDATE in a query that is a part");
}

/* Each reads what the other has written, and none is lost. */
static void *count_up(void *context)
{
    other *o = context;
    calx_session *session = calx_session_create(o->engine);
    for (int i = 0; i < ROUNDS; i++) {
        Product *first = calx_first(calx_for_update(product(session, 1)));
        if (first == NULL)
            break;
        first->stock++;
        calx_session_commit(session);
    }
    other_ends(o, session);
    return NULL;
}

static void no_change_under_a_lock_is_lost(void **state)
{
    fixture *f = *state;
    other others[2] = {{.engine = f->engine}, {.engine = f->engine}};
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count_up, &others[i]), 0);
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(others[i].code, CALX_OK);
    }
    Product *first = calx_get(f->session, Product, 1);
    assert_int_equal(first->stock, 2 * ROUNDS);
    others_set_stock(f, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_shop(a_locked_row_is_kept_from_others),
        with_shop(a_transaction_that_has_read_can_lock),
        with_shop(locked_rows_are_skipped),
        with_shop(a_locked_row_is_read_anew),
        with_shop(what_was_changed_and_not_flushed_stays),
        with_shop(joins_and_rows_are_locked),
        with_shop(what_has_no_rows_of_its_own_is_not_locked),
        with_shop(no_change_under_a_lock_is_lost),
    };
    return cmocka_run_group_tests(tests, shop_open, shop_close);
}
