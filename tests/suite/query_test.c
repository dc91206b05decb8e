/* Queries on a real database: conditions, NULL, order, limits, counts. */
#include "tests/suite/orm_fixture.h"

ORM_FIXTURE_MODELS

/* Four rows: order 1, 2, 3 and NULL; titles a, B, "a " and NULL. */
static void store_four(fixture *f)
{
    static const char *const titles[] = {"a", "B", "a ", NULL};
    for (int i = 0; i < 4; i++) {
        Todo *todo = Todo_new(f->session);
        todo->title = calx_text_of(titles[i]);
        todo->order = (calx_integer_or_null){.value = i + 1, .is_null = i == 3};
        todo->completed = (calx_boolean_or_null){.value = i == 0, .is_null = i == 3};
    }
    calx_session_commit(f->session);
    assert_session_ok(f->session);
    forget_sent(f);
}

/* The orders of the rows for which the condition is true, as digits, "-" for NULL. */
static const char *orders_where(fixture *f, Todo_condition condition)
{
    static char out[16];
    size_t length = 0;
    Todo_query *query = calx_filter(calx_query_of(f->session, Todo), condition);
    Todo_list list = calx_all(calx_order_by(query, Todo_.id));
    assert_session_ok(f->session);
    assert_int_equal(calx_count(query), list.count);
    for (size_t i = 0; i < list.count; i++)
        out[length++] =
            list.items[i]->order.is_null ? '-' : (char)('0' + list.items[i]->order.value);
    out[length] = '\0';
    return out;
}

#define assert_where(f, condition, expected)                                                       \
    assert_string_equal(orders_where(f, condition), expected)

/* ---- Conditions ---- */

static void integers_are_compared(void **state)
{
    fixture *f = *state;
    store_four(f);
    assert_where(f, EQUAL(Todo_.order, 2), "2");
    assert_where(f, NOT_EQUAL(Todo_.order, 2), "13");
    assert_where(f, LESS(Todo_.order, 2), "1");
    assert_where(f, LESS_EQUAL(Todo_.order, 2L), "12");
    assert_where(f, GREATER(Todo_.order, (short)2), "3");
    assert_where(f, GREATER_EQUAL(Todo_.order, 2u), "23");
    calx_integer_or_null two = {.value = 2};
    assert_where(f, EQUAL(Todo_.order, two), "2");
}

static void an_integer_out_of_range_is_equal_to_nothing(void **state)
{
    fixture *f = *state;
    store_four(f);
    assert_where(f, EQUAL(Todo_.order, INT64_MAX), "");
    assert_where(f, EQUAL(Todo_.order, INT64_C(4294967297)), "");
    assert_where(f, LESS(Todo_.order, INT64_C(4294967297)), "123");
    assert_where(f, GREATER(Todo_.order, INT64_MIN), "123");
    assert_where(f, EQUAL(Todo_.order, UINT64_MAX), "");
    assert_where(f, NOT_EQUAL(Todo_.order, UINT64_MAX), "123");
    assert_where(f, LESS(Todo_.order, UINT64_MAX), "123");
    assert_where(f, GREATER(Todo_.order, UINT64_MAX), "");
    assert_where(f, NOT(GREATER(Todo_.order, UINT64_MAX)), "123");
    assert_where(f, NOT(LESS(Todo_.order, UINT64_MAX)), "");
}

static void the_largest_integer_is_not_the_next_one(void **state)
{
    fixture *f = *state;
    Every *every = calx_session_new(f->session, &Every_model);
    every->big = INT64_MAX;
    every->string = every->words = calx_text_of("");
    every->bytes = (calx_blob){"", 0};
    assert_int_equal(calx_session_commit(f->session), 0);
    uint64_t next = (uint64_t)INT64_MAX + 1;
    assert_int_equal(calx_count(calx_filter_by(calx_query_of(f->session, Every), big, next)), 0);
    assert_int_equal(calx_count(calx_filter_by(calx_query_of(f->session, Every), big, INT64_MAX)),
                     1);
}

static void booleans_are_compared(void **state)
{
    fixture *f = *state;
    store_four(f);
    assert_where(f, EQUAL(Todo_.completed, true), "1");
    assert_where(f, EQUAL(Todo_.completed, false), "23");
    assert_where(f, NOT_EQUAL(Todo_.completed, true), "23");
    assert_where(f, LESS(Todo_.completed, true), "23");
}

/* The tables that calx makes compare text by its bytes, on every database. */
static void text_is_compared_with_case_and_blanks(void **state)
{
    fixture *f = *state;
    store_four(f);
    assert_where(f, EQUAL(Todo_.title, "a"), "1");
    assert_where(f, EQUAL(Todo_.title, "A"), "");
    assert_where(f, EQUAL(Todo_.title, "a "), "3");
    assert_where(f, EQUAL(Todo_.title, "b"), "");
    assert_where(f, EQUAL(Todo_.title, calx_text_of("B")), "2");
    assert_where(f, NOT_EQUAL(Todo_.title, "a"), "23");
    assert_where(f, GREATER(Todo_.title, "a"), "3");
    assert_where(f, EQUAL(Todo_.title, ""), "");
    assert_where(f, GREATER_EQUAL(Todo_.title, ""), "123");
}

static void text_that_cannot_be_stored_is_equal_to_nothing(void **state)
{
    fixture *f = *state;
    calx_text nul = {"a\0", 2};
    store_four(f);
    assert_where(f, EQUAL(Todo_.title, nul), "");
    assert_where(f, EQUAL(Todo_.title, "\xff"), "");
    assert_where(f, NOT_EQUAL(Todo_.title, nul), "123");
    assert_where(f, NOT(EQUAL(Todo_.title, nul)), "123");
    assert_where(f, LESS(Todo_.title, "\xff"), "");
    assert_null(calx_get(f->session, Person, "\xff"));
    assert_session_ok(f->session);
}

static void values_are_never_sql(void **state)
{
    fixture *f = *state;
    store_four(f);
    assert_where(f, EQUAL(Todo_.title, "' OR 1 = 1 --"), "");
    assert_where(f, EQUAL(Todo_.title, "\\' OR 1 = 1 -- "), "");
}

/* ---- NULL ---- */

static void null_is_neither_true_nor_false(void **state)
{
    fixture *f = *state;
    store_four(f);
    calx_integer_or_null null = {.is_null = true};
    calx_text no_text = {0};
    assert_where(f, IS_NULL(Todo_.order), "-");
    assert_where(f, IS_NOT_NULL(Todo_.order), "123");
    assert_where(f, EQUAL(Todo_.order, null), "-");
    assert_where(f, NOT_EQUAL(Todo_.order, null), "123");
    assert_where(f, EQUAL(Todo_.title, no_text), "-");
    assert_where(f, EQUAL(Todo_.title, (const char *)NULL), "-");
    assert_where(f, LESS(Todo_.order, null), "");
    assert_where(f, NOT(LESS(Todo_.order, null)), "");
    assert_where(f, NOT(EQUAL(Todo_.order, 2)), "13");
    assert_where(f, NOT(EQUAL(Todo_.order, null)), "123");
    assert_where(f, OR(EQUAL(Todo_.order, 1), LESS(Todo_.order, null)), "1");
}

/* ---- AND, OR, NOT ---- */

static void conditions_nest_as_they_are_written(void **state)
{
    fixture *f = *state;
    store_four(f);
    assert_where(f, AND(GREATER(Todo_.order, 1), LESS(Todo_.order, 3)), "2");
    assert_where(f, OR(EQUAL(Todo_.order, 1), IS_NULL(Todo_.title)), "1-");
    assert_where(f, AND(OR(EQUAL(Todo_.order, 1), EQUAL(Todo_.order, 2)), NOT_EQUAL(Todo_.id, -1)),
                 "12");
    assert_where(f, OR(EQUAL(Todo_.order, 1), AND(EQUAL(Todo_.order, 2), EQUAL(Todo_.title, "x"))),
                 "1");
    assert_where(f, NOT(OR(EQUAL(Todo_.order, 1), EQUAL(Todo_.order, 3))), "2");
    assert_where(f, NOT(NOT(EQUAL(Todo_.order, 3))), "3");
    assert_where(f, AND(NOT(EQUAL(Todo_.order, 1)), EQUAL(Todo_.title, "B")), "2");
}

static void no_condition_is_everything(void **state)
{
    fixture *f = *state;
    store_four(f);
    Todo_condition none = {0};
    assert_where(f, none, "123-");
    assert_where(f, AND(none, EQUAL(Todo_.order, 1)), "1");
    assert_where(f, OR(none, EQUAL(Todo_.order, 1)), "123-");
    assert_where(f, NOT(none), "");
}

static void filters_add_up(void **state)
{
    fixture *f = *state;
    store_four(f);
    Todo_query *query = calx_query_of(f->session, Todo);
    query = calx_filter(query, OR(EQUAL(Todo_.order, 1), EQUAL(Todo_.order, 2)));
    query = calx_filter_by(calx_filter_by(query, completed, false), title, "B");
    assert_int_equal(calx_count(query), 1);
    assert_int_equal(calx_first(query)->order.value, 2);
    assert_ptr_equal(calx__query_model(query->query), &Todo_model);
}

/* The value is copied: a query may be run after what it was made of is gone. */
static void values_are_copied_by_filter(void **state)
{
    fixture *f = *state;
    char title[] = "B";
    store_four(f);
    Todo_query *query = calx_filter_by(calx_query_of(f->session, Todo), title, title);
    title[0] = 'x';
    assert_int_equal(calx_count(query), 1);
}

/* "a = 1 AND NOT (a = 1 OR NOT (…))": the costliest form for SQLite's parser. */
static Todo_query *nested(fixture *f, int brackets)
{
    static calx_expression parts[64][2];
    Todo_condition leaf = EQUAL(Todo_.order, 1);
    Todo_condition condition = leaf;
    for (int i = 0; i < brackets; i++) {
        parts[i][0] = condition.expression;
        parts[i][1] = (calx_expression){.op = CALX_OPERATOR_NOT, .left = &parts[i][0]};
        condition.expression = (calx_expression){.op = i % 2 ? CALX_OPERATOR_OR : CALX_OPERATOR_AND,
                                                 .left = &leaf.expression,
                                                 .right = &parts[i][1]};
    }
    return calx_limit(calx_filter(calx_query_of(f->session, Todo), condition), 10);
}

static void deep_conditions_are_refused(void **state)
{
    fixture *f = *state;
    store_four(f);
    assert_int_equal(calx_count(nested(f, 20)), 3);
    assert_session_ok(f->session);
    calx_count(nested(f, 21));
    assert_failed(f->session, CALX_ERROR_LIMIT, "condition is nested deeper than 20 levels");
}

static void two_hundred_filters_are_enough(void **state)
{
    fixture *f = *state;
    store_four(f);
    Todo_query *query = calx_query_of(f->session, Todo);
    for (int i = 0; i < 200; i++)
        query = calx_filter(query, NOT_EQUAL(Todo_.order, i + 10));
    assert_int_equal(calx_count(query), 3);
    assert_session_ok(f->session);
    query = calx_filter(query, NOT_EQUAL(Todo_.order, 0));
    assert_int_equal(calx_count(query), 0);
    assert_failed(f->session, CALX_ERROR_LIMIT, "condition is nested deeper than 200 levels");
}

/* ---- Order, limit, offset ---- */

static const char *orders_of(fixture *f, Todo_query *query)
{
    static char out[16];
    Todo_list list = calx_all(query);
    assert_session_ok(f->session);
    for (size_t i = 0; i < list.count; i++)
        out[i] = list.items[i]->order.is_null ? '-' : (char)('0' + list.items[i]->order.value);
    out[list.count] = '\0';
    return out;
}

static void null_comes_first_on_every_database(void **state)
{
    fixture *f = *state;
    store_four(f);
    Todo_query *up = calx_order_by(calx_query_of(f->session, Todo), Todo_.order);
    Todo_query *down = calx_order_by_descending(calx_query_of(f->session, Todo), Todo_.order);
    assert_string_equal(orders_of(f, up), "-123");
    assert_string_equal(orders_of(f, down), "321-");
}

static void a_second_column_orders_within_the_first(void **state)
{
    fixture *f = *state;
    store_four(f);
    Todo_query *query = calx_order_by(calx_query_of(f->session, Todo), Todo_.completed);
    query = calx_order_by_descending(query, Todo_.order);
    assert_string_equal(orders_of(f, query), "-321");
    for (int i = 2; i < 16; i++)
        query = calx_order_by(query, Todo_.id);
    assert_string_equal(orders_of(f, query), "-321");
    query = calx_order_by(query, Todo_.id);
    assert_failed(f->session, CALX_ERROR_LIMIT, "more than 16 columns");
}

static Todo_query *ordered(fixture *f)
{
    return calx_order_by(calx_query_of(f->session, Todo), Todo_.id);
}

static void limit_and_offset_cut_rows(void **state)
{
    fixture *f = *state;
    store_four(f);
    assert_string_equal(orders_of(f, calx_limit(ordered(f), 2)), "12");
    assert_string_equal(orders_of(f, calx_limit(ordered(f), 0)), "");
    assert_string_equal(orders_of(f, calx_limit(ordered(f), INT64_MAX)), "123-");
    assert_string_equal(orders_of(f, calx_offset(ordered(f), 2)), "3-");
    assert_string_equal(orders_of(f, calx_offset(ordered(f), 0)), "123-");
    assert_string_equal(orders_of(f, calx_offset(ordered(f), 4)), "");
    assert_string_equal(orders_of(f, calx_offset(calx_limit(ordered(f), 2), 1)), "23");
    assert_string_equal(orders_of(f, calx_offset(calx_limit(ordered(f), 0), 1)), "");
    assert_int_equal(calx_count(calx_limit(ordered(f), 3)), 3);
    assert_int_equal(calx_count(calx_limit(ordered(f), 0)), 0);
    assert_int_equal(calx_count(calx_offset(ordered(f), 3)), 1);
    assert_int_equal(calx_count(calx_limit(calx_offset(ordered(f), 1), 2)), 2);
}

static void negative_limits_and_offsets_are_errors(void **state)
{
    fixture *f = *state;
    assert_int_equal(calx_all(calx_limit(ordered(f), -1)).count, 0);
    assert_failed(f->session, CALX_ERROR_INVALID, "limit is negative");
    calx_session_rollback(f->session);
    assert_int_equal(calx_count(calx_offset(ordered(f), -1)), 0);
    assert_failed(f->session, CALX_ERROR_INVALID, "offset is negative");
}

static void first_is_the_first_or_nothing(void **state)
{
    fixture *f = *state;
    assert_null(calx_first(ordered(f)));
    store_four(f);
    Todo_query *last = calx_order_by_descending(calx_query_of(f->session, Todo), Todo_.id);
    assert_true(calx_first(last)->order.is_null);
    assert_int_equal(calx_first(calx_offset(ordered(f), 1))->order.value, 2);
    assert_null(calx_first(calx_limit(ordered(f), 0)));
    assert_int_equal(calx_all(last).count, 4); /* first did not change the query */
}

static void get_of_a_value_that_is_no_key(void **state)
{
    fixture *f = *state;
    store_four(f);
    forget_sent(f);
    assert_null(calx_get(f->session, Todo, (const char *)NULL));
    assert_null(calx_get(f->session, Todo, 1.0));
    assert_session_ok(f->session);
    assert_string_equal(sent(f), "");
    assert_null(calx_get(f->session, Todo, "1"));
    assert_failed(f->session, CALX_ERROR_INVALID, "column \"id\": expected integer, got text");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_tables(integers_are_compared),
        with_tables(an_integer_out_of_range_is_equal_to_nothing),
        with_tables(the_largest_integer_is_not_the_next_one),
        with_tables(booleans_are_compared),
        with_tables(text_is_compared_with_case_and_blanks),
        with_tables(text_that_cannot_be_stored_is_equal_to_nothing),
        with_tables(values_are_never_sql),
        with_tables(null_is_neither_true_nor_false),
        with_tables(conditions_nest_as_they_are_written),
        with_tables(no_condition_is_everything),
        with_tables(filters_add_up),
        with_tables(values_are_copied_by_filter),
        with_tables(deep_conditions_are_refused),
        with_tables(two_hundred_filters_are_enough),
        with_tables(null_comes_first_on_every_database),
        with_tables(a_second_column_orders_within_the_first),
        with_tables(limit_and_offset_cut_rows),
        with_tables(negative_limits_and_offsets_are_errors),
        with_tables(first_is_the_first_or_nothing),
        with_tables(get_of_a_value_that_is_no_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
