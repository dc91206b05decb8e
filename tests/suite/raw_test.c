/* SQL of one's own, with binds by name and typed rows: the same on every database. */
#include <calx/raw.h>

#include "tests/suite/shop_fixture.h"

SHOP_FIXTURE_MODELS

/* Every kind of value, NULL among them. */
#define MIXED(COLUMN, Row)                                                                         \
    COLUMN(Row, BIG_INTEGER, id)                                                                   \
    COLUMN(Row, BOOLEAN, flag)                                                                     \
    COLUMN(Row, DOUBLE, number)                                                                    \
    COLUMN(Row, STRING_OR_NULL, string_or_null)                                                    \
    COLUMN(Row, LARGE_BINARY, bytes)                                                               \
    COLUMN(Row, DATETIME, moment)
CALX_ROW_DECLARE(Mixed, MIXED)
CALX_ROW_DEFINE(Mixed, MIXED)

static int64_t order_count(const fixture *f)
{
    return calx_count(calx_query_of(f->session, Order));
}

/* ---- Rows ---- */

static void columns_are_found_by_name(void **state)
{
    fixture *f = *state;
    Figure_list list = calx_sql_all(f->session, Figure,
                                    "SELECT 0.5 * stock AS \"real\", stock AS number, name "
                                    "FROM shop_products WHERE stock >= :least AND name <> :name "
                                    "ORDER BY stock",
                                    BIND(name, "milk"), BIND(least, 10));
    assert_session_ok(f->session);
    assert_int_equal(list.count, 2);
    assert_text(list.items[0]->name, "Teapot");
    assert_int_equal(list.items[1]->number.value, 20);
    assert_true(list.items[1]->real.value == 10);
    assert_null(strstr(sent(f), "BEGIN"));
}

static void the_first_row_or_none(void **state)
{
    fixture *f = *state;
    const char *text =
        "SELECT name, NULL AS number, NULL AS \"real\" FROM shop_customers "
        "WHERE city = :city ORDER BY name DESC";
    const Figure *found = calx_sql_first(f->session, Figure, text, BIND(city, "Oslo"));
    assert_session_ok(f->session);
    assert_text(found->name, "Carl");
    assert_true(found->number.is_null);
    assert_null(calx_sql_first(f->session, Figure, text, BIND(city, "Paris")));
    assert_session_ok(f->session);
}

static void values_of_every_kind_are_bound_and_read(void **state)
{
    fixture *f = *state;
    Every *every = Every_new(f->session);
    calx_blob bytes = {"\0\xff", 2};
    calx_datetime moment = {INT64_C(1792318512345678)};
    every->flag = true;
    every->number = 0.1;
    every->string = every->words = calx_text_of("");
    every->string_or_null = calx_text_of("\xc3\x84?:");
    every->bytes = bytes;
    every->moment = moment;
    const Mixed *read = calx_sql_first(
        f->session, Mixed,
        "SELECT id, flag, number, string_or_null, bytes, moment FROM suite_every "
        "WHERE flag = :flag AND number = :number AND string_or_null = :text AND bytes = :bytes "
        "AND moment = :moment AND big_or_null IS NULL",
        BIND(flag, (bool)true), BIND(number, 0.1), BIND(text, every->string_or_null),
        BIND(bytes, bytes), BIND(moment, moment));
    assert_session_ok(f->session);
    assert_non_null(read);
    assert_int_equal(read->id, every->id);
    assert_true(read->flag && read->number == 0.1);
    assert_text(read->string_or_null, "\xc3\x84?:");
    assert_int_equal(read->bytes.length, 2);
    assert_memory_equal(read->bytes.data, "\0\xff", 2);
    assert_int_equal(read->moment.microseconds, moment.microseconds);
}

/* Decimals on some databases, but not here. */
static void sums_and_averages_are_numbers(void **state)
{
    fixture *f = *state;
    const Figure *figure = calx_sql_first(f->session, Figure,
                                          "SELECT sum(price) AS number, avg(price) AS \"real\", "
                                          "max(:text) AS name FROM shop_orders WHERE price > 5",
                                          BIND(text, "x"));
    assert_session_ok(f->session);
    assert_int_equal(figure->number.value, 490);
    assert_true(figure->real.value == 122.5);
}

static void a_models_rows_are_its_objects(void **state)
{
    fixture *f = *state;
    Product *tea = calx_get(f->session, Product, 1);
    Product_list list =
        calx_sql_all(f->session, Product, "SELECT * FROM shop_products WHERE id <= :id ORDER BY id",
                     BIND(id, 2));
    assert_session_ok(f->session);
    assert_int_equal(list.count, 2);
    assert_ptr_equal(list.items[0], tea);
    list.items[1]->stock = 99;
    assert_int_equal(calx_count(calx_filter_by(calx_query_of(f->session, Product), stock, 99)), 1);
}

static void what_was_changed_is_flushed_before(void **state)
{
    fixture *f = *state;
    Customer *ann = calx_get(f->session, Customer, 1);
    ann->name = calx_text_of("Anna");
    assert_int_equal(
        calx_sql_all(f->session, Customer, "SELECT * FROM shop_customers WHERE name = 'Anna'")
            .count,
        1);
    calx_session_set_autoflush(f->session, false);
    ann->name = calx_text_of("Annette");
    assert_int_equal(
        calx_sql_all(f->session, Customer, "SELECT * FROM shop_customers WHERE name = 'Annette'")
            .count,
        0);
    assert_session_ok(f->session);
}

/* ---- Changes ---- */

static void changes_are_counted_and_wait_for_the_commit(void **state)
{
    fixture *f = *state;
    int64_t rows =
        calx_sql_execute(f->session, "UPDATE shop_orders SET price = price + :more WHERE id < :id",
                         BIND(more, 1), BIND(id, 4));
    assert_session_ok(f->session);
    assert_int_equal(rows, 3);
    assert_non_null(strstr(sent(f), "BEGIN"));
    assert_null(strstr(sent(f), "COMMIT"));
    assert_int_equal(calx_sql_execute(f->session, "DELETE FROM shop_orders WHERE id = 99"), 0);
    calx_session_rollback(f->session);
    assert_int_equal(calx_first(calx_order_by(calx_query_of(f->session, Order), Order_.id))->price,
                     100);
}

static void changes_are_committed(void **state)
{
    fixture *f = *state;
    calx_sql_execute(f->session,
                     "INSERT INTO suite_people (nick, \"e-mail\", age) "
                     "VALUES (:nick, :mail, 30)",
                     BIND(nick, "raw"), BIND(mail, "raw@example.org"));
    calx_session_commit(f->session);
    assert_session_ok(f->session);
    calx_session *other = calx_session_create(f->engine);
    assert_non_null(calx_get(other, Person, "raw"));
    calx_session_destroy(other);
}

/* As in SQLAlchemy: nobody knows what the text has changed. */
static void objects_know_nothing_of_changes_until_they_are_expired(void **state)
{
    fixture *f = *state;
    Product *tea = calx_get(f->session, Product, 1);
    assert_int_equal(calx_sql_execute(f->session, "UPDATE shop_products SET stock = 5"), 4);
    assert_int_equal(tea->stock, 0);
    calx_session_refresh(f->session, tea);
    assert_int_equal(tea->stock, 5);
    assert_session_ok(f->session);
}

static void changed_rows_are_given(void **state)
{
    fixture *f = *state;
    OrderLine_list list = calx_sql_execute_all(f->session, OrderLine,
                                               "INSERT INTO shop_lines (order_id, product_id) "
                                               "VALUES (:order, 3) RETURNING product_id, order_id",
                                               BIND(order, 5));
    assert_session_ok(f->session);
    assert_int_equal(list.count, 1);
    assert_ptr_equal(list.items[0], calx_get(f->session, OrderLine, 5, 3));
    calx_session_rollback(f->session);
    assert_int_equal(calx_count(calx_query_of(f->session, OrderLine)), 4);
}

/* ---- Errors ---- */

static void columns_have_to_be_those_of_the_row(void **state)
{
    fixture *f = *state;
    static const char *const texts[][2] = {
        {"SELECT 1 AS number, 'x' AS name", "row Figure: the result has no column \"real\""},
        {"SELECT 1 AS number, 'x' AS name, 2 AS \"real\", 3 AS more",
         "row Figure: it has no column \"more\", the result has"},
        {"SELECT 1 AS number, 'x' AS name, 2 AS \"real\", 3 AS number",
         "row Figure: the result has two columns \"number\""},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_int_equal(calx_sql_all(f->session, Figure, texts[i][0]).count, 0);
        assert_failed(f->session, CALX_ERROR_INVALID, texts[i][1]);
        calx_session_rollback(f->session);
    }
    calx_sql_all(f->session, Figure, "SELECT 'word' AS number, 'x' AS name, 2 AS \"real\"");
    assert_failed(f->session, CALX_ERROR_MISFIT, "row \"Figure\", column \"number\"");
}

static void binds_have_to_be_those_of_the_text(void **state)
{
    fixture *f = *state;
    calx_sql_all(f->session, Product, "SELECT * FROM shop_products WHERE id = :id");
    assert_failed(f->session, CALX_ERROR_INVALID, "bind \"id\": it has no value");
    calx_session_rollback(f->session);
    assert_int_equal(
        calx_sql_execute(f->session, "DELETE FROM shop_orders WHERE id = ':id'", BIND(id, 1)), -1);
    assert_failed(f->session, CALX_ERROR_INVALID, "bind \"id\": it is not in the text");
    assert_null(strstr(sent(f), "shop"));
}

static void a_read_that_may_write_is_refused(void **state)
{
    fixture *f = *state;
    calx_sql_all(f->session, Order, "DELETE FROM shop_orders RETURNING *");
    assert_failed(f->session, CALX_ERROR_INVALID,
                  "no text that only reads, it begins with DELETE: use calx_sql_execute_all");
    calx_session_rollback(f->session);
    assert_int_equal(order_count(f), 5);
    assert_int_equal(calx_sql_execute(f->session, "SELECT 1"), -1);
    assert_failed(f->session, CALX_ERROR_INVALID, "the text gives rows");
}

static void what_the_database_refuses_is_an_error(void **state)
{
    fixture *f = *state;
    calx_sql_all(f->session, Figure, "SELECT name FROM shop_nothing");
    assert_int_equal(calx_session_error(f->session)->code, CALX_ERROR_UNDEFINED);
    calx_session_rollback(f->session);
    calx_sql_all(f->session, Figure, "SELECT name FORM shop_products");
    assert_int_equal(calx_session_error(f->session)->code, CALX_ERROR_SYNTAX);
    calx_session_rollback(f->session);
    calx_sql_execute(f->session, "INSERT INTO shop_products VALUES (9, :name, 0, 0, 0)",
                     BIND(name, "tea"));
    assert_int_equal(calx_session_error(f->session)->code, CALX_ERROR_UNIQUE);
    calx_session_rollback(f->session);
    assert_int_equal(order_count(f), 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_shop(columns_are_found_by_name),
        with_shop(the_first_row_or_none),
        with_shop(values_of_every_kind_are_bound_and_read),
        with_shop(sums_and_averages_are_numbers),
        with_shop(a_models_rows_are_its_objects),
        with_shop(what_was_changed_is_flushed_before),
        with_shop(changes_are_counted_and_wait_for_the_commit),
        with_shop(changes_are_committed),
        with_shop(objects_know_nothing_of_changes_until_they_are_expired),
        with_shop(changed_rows_are_given),
        with_shop(columns_have_to_be_those_of_the_row),
        with_shop(binds_have_to_be_those_of_the_text),
        with_shop(a_read_that_may_write_is_refused),
        with_shop(what_the_database_refuses_is_an_error),
    };
    return cmocka_run_group_tests(tests, shop_open, shop_close);
}
