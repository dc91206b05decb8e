/*
 * page.h: pages of a query, each beginning behind the last row of the one before. Unlike an offset
 * it costs the same for every page, and rows that come or go in between shift nothing.
 *
 *     Order_query *query = calx_order_by_descending(calx_query_of(session, Order), Order_.placed);
 *     Order_list page = calx_all(calx_limit(calx_after_token(query, token), 20));
 *     calx_text next = calx_page_token(query, page.items[page.count - 1]);
 *
 * The order may have several columns, ascending and descending; NULL comes before every value, as
 * in every order. Rows that are equal in it are ordered by the primary key, in the direction of the
 * last column: the first page has to have that order, too, by calx_after with NULL or by an empty
 * token. A Row of calx_select has no key: its order has to tell all rows apart.
 *
 * CALX_ERROR_INVALID: the query has no order. CALX_ERROR_UNSUPPORTED: it has groups (calx_select
 * makes rows of them, which have pages).
 */
#ifndef CALX_PAGE_H
#define CALX_PAGE_H

#include <calx/query.h>

/* The rows behind this one, which need not be stored any more; NULL: all, in an order that can be
 * continued. Takes the query and returns it. CALX_ERROR_UNSUPPORTED: an order by more than columns
 * of the query's own. */
#define calx_after(typed, row) CALX__AFTER(CALX__UNIQUE, typed, row)

/* The same with the values of the row: of what is ordered by, in its order, then of the columns of
 * the key that are not among it. CALX_ERROR_INVALID: too few, too many, or of another type. */
#define calx_after_values(typed, ...) CALX__AFTER_VALUES(CALX__UNIQUE, typed, __VA_ARGS__)

#define CALX_PAGE_TOKEN_MAX 4096 /* characters of a token */

/*
 * Where a row is in the order, as letters, digits, - and _ (base64url), in the session's memory.
 * Who has it can read the values in it, and make one: it says where a page begins, and nothing of
 * who may see it. CALX_ERROR_LIMIT: longer than CALX_PAGE_TOKEN_MAX.
 */
#define calx_page_token(typed, row) CALX__PAGE_TOKEN(CALX__UNIQUE, typed, row)

/* The rows behind that one: calx_after with the values of a token. Empty text: from the beginning.
 * CALX_ERROR_INVALID: it is no token, or one of another order. */
#define calx_after_token(typed, token)                                                             \
    CALX__CALL(CALX__UNIQUE, typed, calx__query_after_token, token)

/* ---- What the macros expand to ---- */

CALX_API void calx__query_after(calx_query *query, const void *row);
CALX_API void calx__query_after_values(calx_query *query, const calx_value *values, size_t count);
CALX_API void calx__query_after_token(calx_query *query, calx_text token);
CALX_API calx_text calx__query_page_token(calx_query *query, const void *row);

extern const struct the_object_is_not_a_row_of_the_query
    *const the_object_is_not_a_row_of_the_query;

#define CALX__ROW_OF(query_name, object)                                                           \
    ((void)sizeof(*_Generic((object), __typeof__(query_name->row)                                  \
                            : (char *)0, const __typeof__(*query_name->row) *                      \
                            : (char *)0, void *                                                    \
                            : (char *)0, default                                                   \
                            : the_object_is_not_a_row_of_the_query)),                              \
     (object))

#define CALX__AFTER(name, typed, object)                                                           \
    __extension__({                                                                                \
        __auto_type name = (typed);                                                                \
        calx__query_after(name->query, CALX__ROW_OF(name, object));                                \
        name;                                                                                      \
    })

#define CALX__AFTER_VALUES(name, typed, ...)                                                       \
    __extension__({                                                                                \
        __auto_type name = (typed);                                                                \
        calx__query_after_values(name->query, CALX__KEY(__VA_ARGS__));                             \
        name;                                                                                      \
    })

#define CALX__PAGE_TOKEN(name, typed, object)                                                      \
    __extension__({                                                                                \
        __auto_type name = (typed);                                                                \
        calx__query_page_token(name->query, CALX__ROW_OF(name, object));                           \
    })

#endif
