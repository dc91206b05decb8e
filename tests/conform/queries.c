/* queries.c: which rows a condition means, and in which order they come. */
#include <string.h>

#include "core.h"

/*
 * Ten rows, a to j; those at 3 and 7 are NULL in every column but their name. A row is told by its
 * name.
 */
static const char *const words[] = {"Apple", "apple", "banana", NULL,  "cherry",
                                    "",      "100%",  NULL,     "a_b", "\xc3\x84pfel"};
static const char *const amounts[] = {"1", "2.5", "10", NULL, "-3", "0", "9", NULL, "100", "2.50"};

static void fill(conform *c, calx_session *session)
{
    static const char names[] = "abcdefghij";
    for (int i = 0; i < 10; i++) {
        bool empty = i == 3 || i == 7;
        Kind *kind = Kind_new(session);
        kind->name = (calx_text){&names[i], 1};
        kind->words = calx_text_of(empty ? NULL : words[i]);
        kind->amount = calx_decimal_of(empty ? NULL : amounts[i]);
        kind->number = (calx_integer_or_null){.value = i * i - 20, .is_null = empty};
        kind->big = (calx_big_integer_or_null){.value = INT64_MAX - i, .is_null = empty};
        kind->flag = (calx_boolean_or_null){.value = i % 2 == 0, .is_null = empty};
        kind->real = (calx_double_or_null){.value = i / 4.0 - 1, .is_null = empty};
        kind->moment =
            (calx_datetime_or_null){.value = {(i - 5) * INT64_C(1000001)}, .is_null = empty};
        kind->day = (calx_date_or_null){.value = {2020 + i % 4, 1 + i, 28}, .is_null = empty};
    }
    calx_session_flush(session);
    conform_expect_sound(c, "making rows", session);
}

static void expect_names(conform *c, const char *what, const char *expected, Kind_list list)
{
    char names[32] = "";
    for (size_t i = 0; i < list.count && i < sizeof names - 1; i++)
        names[i] = list.items[i]->name.data[0];
    conform_expect_string(c, what, expected, names);
}

/* A session with the rows, which go when it ends. */
static calx_session *filled(conform *c)
{
    calx_session *session = conform_session(c);
    if (session != NULL)
        fill(c, session);
    return session;
}

/* X(name of the case, the rows it means, condition) */
#define CONDITIONS(X)                                                                              \
    X(integer_equal, "e", EQUAL(Kind_.number, -4))                                                 \
    X(integer_not_equal, "abcfgij", NOT_EQUAL(Kind_.number, -4))                                   \
    X(integer_less, "abc", LESS(Kind_.number, -11))                                                \
    X(integer_less_equal, "abce", LESS_EQUAL(Kind_.number, -4))                                    \
    X(integer_greater, "gij", GREATER(Kind_.number, 5))                                            \
    X(integer_greater_equal, "fgij", GREATER_EQUAL(Kind_.number, 5))                               \
    X(integer_beyond_its_column, "abcefgij", LESS(Kind_.number, INT64_MAX))                        \
    X(integer_that_none_has, "", EQUAL(Kind_.number, 77))                                          \
    X(big_integer_largest, "a", EQUAL(Kind_.big, INT64_MAX))                                       \
    X(big_integer_next_to_it, "b", EQUAL(Kind_.big, INT64_MAX - 1))                                \
    X(boolean_true,                                                                                \
      "aceg"                                                                                       \
      "i",                                                                                         \
      EQUAL(Kind_.flag, true))                                                                     \
    X(boolean_false, "bfj", EQUAL(Kind_.flag, false))                                              \
    X(boolean_not_equal, "bfj", NOT_EQUAL(Kind_.flag, true))                                       \
    X(double_equal, "c", EQUAL(Kind_.real, -0.5))                                                  \
    X(double_less, "abc", LESS(Kind_.real, -0.25))                                                 \
    X(decimal_equal, "bj", EQUAL(Kind_.amount, "2.5"))                                             \
    X(decimal_equal_with_zeros, "bj", EQUAL(Kind_.amount, "2.500"))                                \
    X(decimal_less, "abefj", LESS(Kind_.amount, "9"))                                              \
    X(decimal_greater_as_a_number, "ci", GREATER(Kind_.amount, "9"))                               \
    X(text_equal, "a", EQUAL(Kind_.words, "Apple"))                                                \
    X(text_equal_in_small_letters, "b", EQUAL(Kind_.words, "apple"))                               \
    X(text_equal_umlaut, "j", EQUAL(Kind_.words, "\xc3\x84pfel"))                                  \
    X(text_empty_is_not_null, "f", EQUAL(Kind_.words, ""))                                         \
    X(text_less_by_code_points, "afg", LESS(Kind_.words, "a"))                                     \
    X(text_greater_by_code_points, "j", GREATER(Kind_.words, "z"))                                 \
    X(text_with_wildcards_is_itself, "g", EQUAL(Kind_.words, "100%"))                              \
    X(datetime_equal, "f", EQUAL(Kind_.moment, ((calx_datetime){0})))                              \
    X(datetime_before_epoch, "abce", LESS(Kind_.moment, ((calx_datetime){0})))                     \
    X(date_equal, "c", EQUAL(Kind_.day, ((calx_date){2022, 3, 28})))                               \
    X(date_greater, "cg", GREATER(Kind_.day, ((calx_date){2022, 1, 1})))                           \
    X(is_null, "dh", IS_NULL(Kind_.words))                                                         \
    X(is_not_null, "abcefgij", IS_NOT_NULL(Kind_.words))                                           \
    X(both, "ace", AND(EQUAL(Kind_.flag, true), LESS(Kind_.number, 0)))                            \
    X(either, "abcefgij", OR(EQUAL(Kind_.flag, true), EQUAL(Kind_.flag, false)))                   \
    X(neither, "bfj", NOT(EQUAL(Kind_.flag, true)))                                                \
    X(not_not, "acegi", NOT(NOT(EQUAL(Kind_.flag, true))))                                         \
    X(null_is_not_true, "", AND(IS_NULL(Kind_.flag), EQUAL(Kind_.flag, true)))                     \
    X(null_or_true, "acdeghi", OR(IS_NULL(Kind_.flag), EQUAL(Kind_.flag, true)))                   \
    X(brackets, "bf",                                                                              \
      AND(OR(EQUAL(Kind_.name, "b"), EQUAL(Kind_.name, "f")),                                      \
          OR(EQUAL(Kind_.flag, false), IS_NULL(Kind_.flag))))                                      \
    X(not_both, "abfgij", NOT(AND(EQUAL(Kind_.flag, true), BETWEEN_(-16, -4))))

#define BETWEEN_(low, high) AND(GREATER_EQUAL(Kind_.number, low), LESS_EQUAL(Kind_.number, high))

#define CONDITION_FUNCTION(title, rows, condition)                                                 \
    static void where_##title(conform *c, const void *data)                                        \
    {                                                                                              \
        (void)data;                                                                                \
        calx_session *session = filled(c);                                                         \
        if (!conform_ok(c))                                                                        \
            return;                                                                                \
        Kind_query *query = calx_filter(calx_query_of(session, Kind), condition);                  \
        expect_names(c, "rows", rows, calx_all(calx_order_by(query, Kind_.name)));                 \
        query = calx_filter(calx_query_of(session, Kind), condition);                              \
        conform_expect_integer(c, "counted", (int64_t)strlen(rows), calx_count(query));            \
        conform_expect_sound(c, "asking", session);                                                \
    }
CONDITIONS(CONDITION_FUNCTION)

/* ---- Order: NULL first, then as the type says ---- */

#define ORDERS(X)                                                                                  \
    X(integer, "dhabcefgij", number)                                                               \
    X(big_integer, "dhjigfecba", big)                                                              \
    X(double, "dhabcefgij", real)                                                                  \
    X(decimal, "dhefabjgci", amount)                                                               \
    X(boolean, "dhbfjacegi", flag)                                                                 \
    X(text, "dhfgaibcej", words)                                                                   \
    X(datetime, "dhabcefgij", moment)                                                              \
    X(date, "dhaeibfjcg", day)

#define ORDER_FUNCTION(type, rows, member)                                                         \
    static void order_by_##type(conform *c, const void *data)                                      \
    {                                                                                              \
        (void)data;                                                                                \
        char back[32] = "";                                                                        \
        calx_session *session = filled(c);                                                         \
        if (!conform_ok(c))                                                                        \
            return;                                                                                \
        Kind_query *query = calx_order_by(calx_query_of(session, Kind), Kind_.member);             \
        expect_names(c, "ascending", rows, calx_all(calx_order_by(query, Kind_.name)));            \
        for (size_t i = 0; i < strlen(rows); i++)                                                  \
            back[i] = rows[strlen(rows) - 1 - i];                                                  \
        query = calx_order_by_descending(calx_query_of(session, Kind), Kind_.member);              \
        expect_names(c, "descending", back,                                                        \
                     calx_all(calx_order_by_descending(query, Kind_.name)));                       \
    }
ORDERS(ORDER_FUNCTION)

/* ---- Parts ---- */

typedef struct part {
    const char *name;
    int64_t limit; /* -1: none */
    int64_t offset;
    const char *rows;
} part;

static const part parts[] = {
    {"limit_3", 3, 0, "abc"},
    {"limit_0", 0, 0, ""},
    {"limit_beyond_the_end", 50, 0, "abcdefghij"},
    {"offset_7", -1, 7, "hij"},
    {"offset_0", -1, 0, "abcdefghij"},
    {"offset_beyond_the_end", -1, 50, ""},
    {"limit_3_offset_4", 3, 4, "efg"},
    {"limit_3_offset_9", 3, 9, "j"},
};

static Kind_query *part_query(calx_session *session, const part *given)
{
    Kind_query *query = calx_order_by(calx_query_of(session, Kind), Kind_.name);
    if (given->limit >= 0)
        query = calx_limit(query, given->limit);
    return given->offset > 0 ? calx_offset(query, given->offset) : query;
}

static void gives_a_part(conform *c, const void *data)
{
    const part *given = data;
    calx_session *session = filled(c);
    if (!conform_ok(c))
        return;
    expect_names(c, "rows", given->rows, calx_all(part_query(session, given)));
    conform_expect_integer(c, "counted", (int64_t)strlen(given->rows),
                           calx_count(part_query(session, given)));
    const Kind *first = calx_first(part_query(session, given));
    conform_expect_true(c, "the first",
                        first == NULL ? given->rows[0] == '\0'
                                      : first->name.data[0] == given->rows[0]);
    conform_expect_sound(c, "asking", session);
}

static void deletes_what_it_means(conform *c, const void *data)
{
    (void)data;
    calx_session *session = filled(c);
    if (!conform_ok(c))
        return;
    Kind_query *query = calx_filter(calx_query_of(session, Kind), EQUAL(Kind_.flag, true));
    conform_expect_integer(c, "deleted", 5, calx_query_delete_count(query));
    conform_expect_committed(c, session);
    query = calx_order_by(calx_query_of(conform_session(c), Kind), Kind_.name);
    expect_names(c, "left", "bdfhj", calx_all(query));
}

void conform_area_queries(conform *c)
{
#define CONDITION_CASE(name, rows, condition)                                                      \
    conform_case(c, 0, where_##name, NULL, "where_%s", #name);
    CONDITIONS(CONDITION_CASE)
#undef CONDITION_CASE
#define ORDER_CASE(type, rows, member)                                                             \
    conform_case(c, 0, order_by_##type, NULL, "order_by_%s", #type);
    ORDERS(ORDER_CASE)
#undef ORDER_CASE
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        conform_case(c, 0, gives_a_part, &parts[i], "%s", parts[i].name);
    CONFORM_CASE(c, 0, deletes_what_it_means);
}
