/* Pages of a query: in any order they have the rows of the whole; plans and text of queries. */
#include "tests/suite/shop_fixture.h"

SHOP_FIXTURE_MODELS

/* ---- Orders ---- */

static Customer_query *by_id(Customer_query *query)
{
    return calx_order_by(query, Customer_.id);
}

static Customer_query *by_id_descending(Customer_query *query)
{
    return calx_order_by_descending(query, Customer_.id);
}

static Customer_query *by_name(Customer_query *query)
{
    return calx_order_by(query, Customer_.name);
}

static Customer_query *by_city(Customer_query *query)
{
    return calx_order_by(query, Customer_.city);
}

static Customer_query *by_city_descending(Customer_query *query)
{
    return calx_order_by_descending(query, Customer_.city);
}

static Customer_query *by_city_and_name(Customer_query *query)
{
    return calx_order_by(calx_order_by_descending(query, Customer_.city), Customer_.name);
}

static Customer_query *by_friend_and_city(Customer_query *query)
{
    return calx_order_by_descending(calx_order_by(query, Customer_.friend_id), Customer_.city);
}

typedef Customer_query *(*ordering)(Customer_query *query);
static const ordering orderings[] = {by_id,
                                     by_id_descending,
                                     by_name,
                                     by_city,
                                     by_city_descending,
                                     by_city_and_name,
                                     by_friend_and_city};

static Customer_query *customers(const fixture *f, ordering order)
{
    return order(calx_query_of(f->session, Customer));
}

/* Pages of so many rows, each behind the last row of the one before, have the rows of the whole. */
static void assert_pages(fixture *f, ordering order, int size, bool by_token)
{
    Customer_list whole = calx_all(calx_after(customers(f, order), NULL));
    const Customer *last = NULL;
    calx_text token = {0};
    size_t seen = 0;
    assert_int_equal(whole.count, 4);
    for (;;) {
        Customer_query *query = customers(f, order);
        query = by_token ? calx_after_token(query, token) : calx_after(query, last);
        Customer_list page = calx_all(calx_limit(query, size));
        assert_session_ok(f->session);
        for (size_t i = 0; i < page.count; i++, seen++)
            assert_ptr_equal(page.items[i], whole.items[seen]);
        if (page.count == 0)
            break;
        last = page.items[page.count - 1];
        token = calx_page_token(query, last);
    }
    assert_int_equal(seen, 4);
}

static void pages_have_the_rows_of_the_whole(void **state)
{
    fixture *f = *state;
    for (size_t i = 0; i < sizeof orderings / sizeof *orderings; i++)
        for (int size = 1; size <= 3; size++)
            for (int by_token = 0; by_token <= 1; by_token++)
                assert_pages(f, orderings[i], size, by_token);
}

static void a_filter_stays(void **state)
{
    fixture *f = *state;
    const Customer *ann = calx_get(f->session, Customer, 1);
    Customer_query *query = calx_filter_by(customers(f, by_city_descending), city, "Oslo");
    Customer_list page = calx_all(calx_after(query, ann));
    assert_session_ok(f->session);
    assert_int_equal(page.count, 0); /* by the id, too, descending */
    query = calx_filter(customers(f, by_city_and_name),
                        OR(EQUAL(Customer_.city, "Oslo"), EQUAL(Customer_.city, "Rome")));
    page = calx_all(calx_after(query, ann));
    assert_int_equal(page.count, 1);
    assert_int_equal(page.items[0]->id, 3);
}

static void a_key_of_several_columns(void **state)
{
    fixture *f = *state;
    OrderLine_query *lines =
        calx_order_by(calx_query_of(f->session, OrderLine), OrderLine_.product_id);
    const OrderLine *line = calx_first(calx_after(lines, NULL));
    assert_int_equal(line->order_id, 1);
    lines = calx_order_by(calx_query_of(f->session, OrderLine), OrderLine_.product_id);
    OrderLine_list page = calx_all(calx_after(lines, line));
    assert_session_ok(f->session);
    assert_int_equal(page.count, 3);
    assert_int_equal(page.items[0]->order_id, 2);
    assert_int_equal(page.items[0]->product_id, 1);
}

static void rows_of_ones_own_have_pages(void **state)
{
    fixture *f = *state;
    Order_query *groups = calx_group_by(calx_query_of(f->session, Order), Order_.customer_id);
    Figure_query *sums = calx_select(groups, Figure, FIELD(number, Order_.customer_id),
                                     FIELD(real, AVERAGE(Order_.price)));
    sums = calx_order_by(calx_order_by_descending(sums, Figure_.real), Figure_.number);
    Figure_list whole = calx_all(sums);
    assert_int_equal(whole.count, 4);
    Figure_list page = calx_all(calx_after(sums, whole.items[1]));
    assert_session_ok(f->session);
    assert_int_equal(page.count, 2);
    assert_int_equal(page.items[0]->number.value, 3);
    assert_true(page.items[1]->number.is_null);
}

static void values_are_those_of_any_order(void **state)
{
    fixture *f = *state;
    Order_query *query =
        calx_order_by(calx_query_of(f->session, Order), AT(Order_.customer, Customer_.name));
    Order_list page = calx_all(calx_after_values(query, "Ann", 1));
    assert_session_ok(f->session);
    assert_int_equal(page.count, 3);
    assert_int_equal(page.items[0]->id, 2);
    assert_int_equal(page.items[1]->id, 4); /* Carl */
    query = calx_order_by(calx_query_of(f->session, Order), Order_.paid);
    page = calx_all(calx_after_values(query, false, 4));
    assert_session_ok(f->session);
    assert_int_equal(page.count, 3);
}

/* ---- Errors ---- */

static void what_has_no_pages(void **state)
{
    fixture *f = *state;
    Order *order = calx_get(f->session, Order, 1);
    calx_after(calx_query_of(f->session, Order), order);
    assert_failed(f->session, CALX_ERROR_INVALID, "pages of a query without an order");
    calx_session_rollback(f->session);
    calx_after(calx_order_by(calx_query_of(f->session, Order), ADD(Order_.price, 1)), order);
    assert_failed(f->session, CALX_ERROR_UNSUPPORTED, "order 1 is none by a column of the row");
    calx_session_rollback(f->session);
    calx_after(
        calx_order_by(calx_group_by(calx_query_of(f->session, Order), Order_.price), Order_.price),
        order);
    assert_failed(f->session, CALX_ERROR_UNSUPPORTED, "pages of groups");
    calx_session_rollback(f->session);
    calx_after_values(customers(f, by_city), "Oslo");
    assert_failed(f->session, CALX_ERROR_INVALID, "the order and the key have 2 values, got 1");
    calx_session_rollback(f->session);
    calx_after_values(customers(f, by_city), 5, 5);
    assert_failed(f->session, CALX_ERROR_INVALID, "order 1: expected text, got integer");
}

static void tokens_are_checked(void **state)
{
    fixture *f = *state;
    const Customer *ann = calx_get(f->session, Customer, 1);
    calx_text token = calx_page_token(customers(f, by_city), ann);
    assert_session_ok(f->session);
    assert_true(token.length > 0 && strspn(token.data,
                                           "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmno"
                                           "pqrstuvwxyz0123456789-_") == token.length);
    calx_text bad[] = {calx_text_of("x"),
                       calx_text_of("not a token"),
                       calx_text_of("AAAA"),
                       {token.data, token.length - 1},
                       {token.data + 4, token.length - 4},
                       {token.data, 8}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(calx_all(calx_after_token(customers(f, by_city), bad[i])).count, 0);
        assert_failed(f->session, CALX_ERROR_INVALID, "no token of a page in this order");
        calx_session_rollback(f->session);
    }
    calx_after_token(customers(f, by_city_descending), token);
    assert_failed(f->session, CALX_ERROR_INVALID, "no token of a page in this order");
    calx_session_rollback(f->session);
    calx_after_token(customers(f, by_name), token);
    assert_failed(f->session, CALX_ERROR_INVALID, "no token of a page in this order");
}

/* ---- Text and plan ---- */

#define COLUMNS "SELECT id, name, city, friend_id FROM shop_customers"

static void assert_text_of(const fixture *f, Customer_query *query, const char *expected)
{
    calx_text text = calx_sql_text(query);
    calx_buffer plain = {0};
    assert_session_ok(f->session);
    record_statement(&plain, text.data, text.length);
    calx_buffer_append(&plain, "", 1);
    /* How text and NULL are ordered is the dialect's, and tested with it. */
    static const char *const ours[] = {" COLLATE \"C\"", " COLLATE utf8mb4_bin", " NULLS FIRST",
                                       " NULLS LAST"};
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        for (char *at; (at = strstr(plain.data, ours[i])) != NULL;)
            memmove(at, at + strlen(ours[i]), strlen(at + strlen(ours[i])) + 1);
    assert_string_equal(plain.data, expected);
    calx_buffer_finish(&plain);
}

static void the_text_of_a_page(void **state)
{
    fixture *f = *state;
    const Customer *ann = calx_get(f->session, Customer, 1);
    const Customer *nobody = calx_get(f->session, Customer, 4);
    forget_sent(f);
    assert_text_of(f, calx_after(customers(f, by_id), NULL), COLUMNS " ORDER BY id");
    assert_text_of(f, calx_after(customers(f, by_id), ann), COLUMNS " WHERE id > ? ORDER BY id");
    assert_text_of(f, calx_after(customers(f, by_city), ann),
                   COLUMNS
                   " WHERE city >= ? AND (city > ? OR (city = ? AND id > ?))"
                   " ORDER BY city, id");
    assert_text_of(f, calx_after(customers(f, by_city), nobody),
                   COLUMNS
                   " WHERE city IS NOT NULL OR (city IS NULL AND id > ?)"
                   " ORDER BY city, id");
    assert_text_of(f, calx_after(customers(f, by_city_descending), ann),
                   COLUMNS
                   " WHERE city < ? OR city IS NULL OR (city = ? AND id < ?)"
                   " ORDER BY city DESC, id DESC");
    assert_text_of(f, calx_after(customers(f, by_city_descending), nobody),
                   COLUMNS " WHERE city IS NULL AND id < ? ORDER BY city DESC, id DESC");
    assert_string_equal(sent(f), "");
}

static void the_plan_of_a_query(void **state)
{
    fixture *f = *state;
    calx_text plan = calx_explain(calx_filter(customers(f, by_city), EQUAL(Customer_.id, 3)));
    assert_session_ok(f->session);
    assert_non_null(plan.data);
    assert_true(plan.length > 0 && plan.data[plan.length - 1] == '\n');
    assert_non_null(strstr(plan.data, "shop_customers"));
    assert_null(strstr(sent(f), "BEGIN"));
    plan = calx_explain(
        calx_filter(calx_query_of(f->session, Customer), EQUAL(WITHIN(Customer, Product_.id), 1)));
    assert_null(plan.data);
    assert_failed(f->session, CALX_ERROR_INVALID, "column \"id\" is of a table");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_shop(pages_have_the_rows_of_the_whole),
        with_shop(a_filter_stays),
        with_shop(a_key_of_several_columns),
        with_shop(rows_of_ones_own_have_pages),
        with_shop(values_are_those_of_any_order),
        with_shop(what_has_no_pages),
        with_shop(tokens_are_checked),
        with_shop(the_text_of_a_page),
        with_shop(the_plan_of_a_query),
    };
    return cmocka_run_group_tests(tests, shop_open, shop_close);
}
