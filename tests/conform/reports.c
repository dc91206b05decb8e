/* reports.c: queries of more than one table: joins, groups, aggregates, windows, subqueries,
 * unions. */
#include <stdio.h>

#include "core.h"

/* Three authors, the last without books, and a book without author; four articles. */
static void store(conform *c, calx_session *session)
{
    static const char *const names[] = {"ann", "bob", "cid"};
    static const char *const titles[] = {"a", "b", "c", "d"};
    static const int authors[] = {0, 0, 1, -1};
    static const char *const articles[] = {"bread", "milk", "salt", "tea"};
    static const char *const prices[] = {"2.05", "0.10", NULL, "3.20"};
    static const int stocks[] = {0, 5, 5, 8};
    Author *made[3];
    for (int i = 0; i < 3; i++) {
        made[i] = Author_new(session);
        made[i]->name = calx_text_of(names[i]);
    }
    for (int i = 0; i < 4; i++) {
        Book *book = Book_new(session);
        book->title = calx_text_of(titles[i]);
        if (authors[i] >= 0)
            calx_relate(book, author, made[authors[i]]);
        Article *article = Article_new(session);
        article->name = calx_text_of(articles[i]);
        article->price = calx_decimal_of(prices[i]);
        article->stock = stocks[i];
    }
    calx_session_flush(session);
    conform_expect_sound(c, "making rows", session);
}

static calx_session *filled(conform *c)
{
    calx_session *session = conform_session(c);
    if (session != NULL)
        store(c, session);
    return session;
}

/* "ann 2, bob 1": the rows, with the fields that are not NULL. */
static void expect_figures(conform *c, const char *expected, Figure_query *query)
{
    calx_buffer out = {0};
    Figure_list list = calx_all(query);
    for (size_t i = 0; i < list.count; i++) {
        const Figure *figure = list.items[i];
        calx_buffer_append_string(&out, i > 0 ? "," : "");
        if (figure->name.data != NULL)
            calx_buffer_append_format(&out, " %.*s", (int)figure->name.length, figure->name.data);
        if (figure->amount.data != NULL)
            calx_buffer_append_format(&out, " %.*s", (int)figure->amount.length,
                                      figure->amount.data);
        if (!figure->number.is_null)
            calx_buffer_append_format(&out, " %lld", (long long)figure->number.value);
    }
    calx_buffer_append(&out, "", 1);
    conform_expect_string(c, "rows", expected, out.data);
    calx_buffer_finish(&out);
}

static Book_query *books(calx_session *session)
{
    return calx_order_by(calx_query_of(session, Book), Book_.title);
}

static Article_query *articles(calx_session *session)
{
    return calx_order_by(calx_query_of(session, Article), Article_.name);
}

/* X(name of the case, its rows, query of the session) */
#define REPORTS(X)                                                                                 \
    X(a_path_joins_its_table, " ann, ann, bob",                                                    \
      calx_select(books(session), Figure, FIELD(name, AT(Book_.author, Author_.name))))            \
    X(an_outer_join_keeps_rows, " ann, ann, bob,",                                                 \
      calx_select(calx_outer_join(books(session), Book_.author), Figure,                           \
                  FIELD(name, AT(Book_.author, Author_.name))))                                    \
    X(a_joined_column_is_a_condition, " a, b",                                                     \
      calx_select(calx_filter(books(session), EQUAL(AT(Book_.author, Author_.name), "ann")),       \
                  Figure, FIELD(name, Book_.title)))                                               \
    X(a_list_joins_many_rows, " ann, ann, bob",                                                    \
      calx_select(                                                                                 \
          calx_order_by(calx_join(calx_query_of(session, Author), Author_.books), Author_.name),   \
          Figure, FIELD(name, Author_.name)))                                                      \
    X(rows_are_grouped, " ann 2, bob 1",                                                           \
      calx_select(calx_order_by(                                                                   \
                      calx_group_by(calx_query_of(session, Book), AT(Book_.author, Author_.name)), \
                      AT(Book_.author, Author_.name)),                                             \
                  Figure, FIELD(name, AT(Book_.author, Author_.name)),                             \
                  FIELD(number, COUNT(Book_.id))))                                                 \
    X(groups_have_a_condition, " ann 2",                                                           \
      calx_select(                                                                                 \
          calx_having(calx_group_by(calx_query_of(session, Book), AT(Book_.author, Author_.name)), \
                      GREATER(COUNT_ALL(Book), 1)),                                                \
          Figure, FIELD(name, AT(Book_.author, Author_.name)), FIELD(number, COUNT_ALL(Book))))    \
    X(null_is_a_group, " 1",                                                                       \
      calx_select(calx_filter(calx_group_by(calx_query_of(session, Book), Book_.author_id),        \
                              IS_NULL(Book_.author_id)),                                           \
                  Figure, FIELD(number, COUNT_ALL(Book))))                                         \
    X(decimals_are_added_exactly, " 5.350000",                                                     \
      calx_select(calx_query_of(session, Article), Figure, FIELD(amount, SUM(Article_.price))))    \
    X(the_least_decimal, " 0.100000",                                                              \
      calx_select(calx_query_of(session, Article), Figure,                                         \
                  FIELD(amount, MINIMUM(Article_.price))))                                         \
    X(the_greatest_decimal, " 3.200000",                                                           \
      calx_select(calx_query_of(session, Article), Figure,                                         \
                  FIELD(amount, MAXIMUM(Article_.price))))                                         \
    X(integers_are_added, " 18",                                                                   \
      calx_select(calx_query_of(session, Article), Figure, FIELD(number, SUM(Article_.stock))))    \
    X(null_is_not_counted, " 3",                                                                   \
      calx_select(calx_query_of(session, Article), Figure, FIELD(number, COUNT(Article_.price))))  \
    X(decimals_add_and_subtract, " 2.150000, 0.200000,, 3.300000",                                 \
      calx_select(articles(session), Figure,                                                       \
                  FIELD(amount, SUBTRACT(ADD(Article_.price, "1.10"), 1))))                        \
    X(decimals_multiply, " 2.152500, 0.105000,, 3.360000",                                         \
      calx_select(articles(session), Figure, FIELD(amount, MULTIPLY(Article_.price, "1.05"))))     \
    X(decimals_change_their_sign, " 2.050000, 0.100000,, 3.200000",                                \
      calx_select(articles(session), Figure, FIELD(amount, ABSOLUTE(NEGATE(Article_.price)))))     \
    X(null_decimals_are_replaced, " 2.050000, 0.100000, 0.500000, 3.200000",                       \
      calx_select(articles(session), Figure, FIELD(amount, COALESCE(Article_.price, "0.5"))))      \
    X(calculated_decimals_are_equal, " bread",                                                     \
      calx_select(calx_filter(articles(session), EQUAL(MULTIPLY(Article_.price, 2), "4.100")),     \
                  Figure, FIELD(name, Article_.name)))                                             \
    X(calculated_decimals_are_compared, " milk, bread",                                            \
      calx_select(                                                                                 \
          calx_order_by_descending(calx_filter(calx_query_of(session, Article),                    \
                                               LESS(MULTIPLY(Article_.price, "0.50"), "1.6")),     \
                                   Article_.stock),                                                \
          Figure, FIELD(name, Article_.name)))                                                     \
    X(calculated_decimals_lie_between, " bread, tea",                                              \
      calx_select(calx_filter(articles(session), BETWEEN(ADD(Article_.price, 10), "12.050", 14)),  \
                  Figure, FIELD(name, Article_.name)))                                             \
    X(calculated_decimals_have_an_order, " salt, tea, bread, milk",                                \
      calx_select(calx_order_by(calx_query_of(session, Article), MULTIPLY(Article_.price, -10)),   \
                  Figure, FIELD(name, Article_.name)))                                             \
    X(calculated_decimals_are_added, " 6.420000",                                                  \
      calx_select(calx_query_of(session, Article), Figure,                                         \
                  FIELD(amount, SUM(MULTIPLY(Article_.price, "1.2")))))                            \
    X(sums_of_decimals_are_calculated_with, " 4.350000",                                           \
      calx_select(calx_query_of(session, Article), Figure,                                         \
                  FIELD(amount, SUBTRACT(SUM(Article_.price), 1))))                                \
    X(the_least_calculated_decimal, " -3.200000",                                                  \
      calx_select(calx_query_of(session, Article), Figure,                                         \
                  FIELD(amount, MINIMUM(NEGATE(Article_.price)))))                                 \
    X(groups_of_calculated_decimals, " 1, 0.000000 3",                                             \
      calx_select(calx_order_by(                                                                   \
                      calx_group_by(calx_query_of(session, Article), MULTIPLY(Article_.price, 0)), \
                      MULTIPLY(Article_.price, 0)),                                                \
                  Figure, FIELD(amount, MULTIPLY(Article_.price, 0)),                              \
                  FIELD(number, COUNT_ALL(Article))))                                              \
    X(a_sum_of_decimals_is_a_condition, " 5",                                                      \
      calx_select(calx_having(calx_group_by(calx_query_of(session, Article), Article_.stock),      \
                              LESS(SUM(Article_.price), "2.0500")),                                \
                  Figure, FIELD(number, Article_.stock)))                                          \
    X(each_decimal_is_added_once, " 5.350000 13",                                                  \
      calx_select(calx_query_of(session, Article), Figure,                                         \
                  FIELD(amount, SUM_DISTINCT(Article_.price)),                                     \
                  FIELD(number, SUM_DISTINCT(Article_.stock))))                                    \
    X(each_value_is_counted_once, " 3",                                                            \
      calx_select(calx_query_of(session, Article), Figure,                                         \
                  FIELD(number, COUNT_DISTINCT(Article_.stock))))                                  \
    X(a_sum_of_nothing_is_null, "",                                                                \
      calx_select(calx_filter_by(calx_query_of(session, Article), name, "none"), Figure,           \
                  FIELD(amount, SUM(Article_.price))))                                             \
    X(a_count_of_nothing_is_zero, " 0",                                                            \
      calx_select(calx_filter_by(calx_query_of(session, Article), name, "none"), Figure,           \
                  FIELD(number, COUNT_ALL(Article))))                                              \
    X(rows_come_once, " 0, 5, 8",                                                                  \
      calx_order_by(calx_select(calx_distinct(calx_query_of(session, Article)), Figure,            \
                                FIELD(number, Article_.stock)),                                    \
                    Figure_.number))                                                               \
    X(rows_are_numbered, " bread 4, milk 3, salt 2, tea 1",                                        \
      calx_select(articles(session), Figure, FIELD(name, Article_.name),                           \
                  FIELD(number, OVER(ROW_NUMBER(Article), NO_PARTITION,                            \
                                     ORDERED_BY(DESCENDING(Article_.name))))))                     \
    X(rows_have_ranks, " bread 1, milk 2, salt 2, tea 4",                                          \
      calx_select(articles(session), Figure, FIELD(name, Article_.name),                           \
                  FIELD(number, OVER(RANK(Article), NO_PARTITION, ORDERED_BY(Article_.stock)))))   \
    X(decimals_are_added_in_windows,                                                               \
      " bread 2.050000, milk 2.150000, salt 2.150000, tea 5.350000",                               \
      calx_select(                                                                                 \
          articles(session), Figure, FIELD(name, Article_.name),                                   \
          FIELD(amount, OVER(SUM(Article_.price), NO_PARTITION, ORDERED_BY(Article_.name)))))      \
    X(windows_have_partitions, " bread 2.050000, milk 0.100000, salt 0.100000, tea 3.200000",      \
      calx_select(                                                                                 \
          articles(session), Figure, FIELD(name, Article_.name),                                   \
          FIELD(amount, OVER(SUM(Article_.price), PARTITION_BY(Article_.stock), NO_ORDER))))       \
    X(the_row_before, ", 0, 5, 5",                                                                 \
      calx_select(                                                                                 \
          articles(session), Figure,                                                               \
          FIELD(number, OVER(LAG(Article_.stock), NO_PARTITION, ORDERED_BY(Article_.name)))))      \
    X(queries_are_put_together, " bread, cid, milk, salt, tea",                                    \
      calx_order_by(                                                                               \
          calx_union(                                                                              \
              calx_select(calx_query_of(session, Article), Figure, FIELD(name, Article_.name)),    \
              calx_select(calx_filter_by(calx_query_of(session, Author), name, "cid"), Figure,     \
                          FIELD(name, Author_.name))),                                             \
          Figure_.name))

#define REPORT_FUNCTION(title, rows, query)                                                        \
    static void title(conform *c, const void *data)                                                \
    {                                                                                              \
        (void)data;                                                                                \
        calx_session *session = filled(c);                                                         \
        if (!conform_ok(c))                                                                        \
            return;                                                                                \
        expect_figures(c, rows, query);                                                            \
        conform_expect_sound(c, "asking", session);                                                \
    }
REPORTS(REPORT_FUNCTION)

static void subqueries_look_outside(conform *c, const void *data)
{
    (void)data;
    calx_session *session = filled(c);
    if (!conform_ok(c))
        return;
    Book_query *own =
        calx_filter(calx_query_of(session, Book), EQUAL(Book_.author_id, WITHIN(Book, Author_.id)));
    Author_query *authors = calx_order_by(calx_query_of(session, Author), Author_.name);
    expect_figures(c, " cid",
                   calx_select(calx_filter(authors, NOT(EXISTS(Author, own))), Figure,
                               FIELD(name, Author_.name)));
    authors = calx_order_by(calx_query_of(session, Author), Author_.name);
    expect_figures(c, " ann 2, bob 1, cid 0",
                   calx_select(authors, Figure, FIELD(name, Author_.name),
                               FIELD(number, SUBQUERY(Author, own, COUNT_ALL(Book)))));
    conform_expect_sound(c, "asking", session);
}

void conform_area_reports(conform *c)
{
#define REPORT_CASE(title, rows, query) CONFORM_CASE(c, 0, title);
    REPORTS(REPORT_CASE)
#undef REPORT_CASE
    CONFORM_CASE(c, 0, subqueries_look_outside);
}
