/*
 * page.h: where a row is in a query's order: its values there. Private to core.
 */
#ifndef CALX_CORE_ORM_PAGE_H
#define CALX_CORE_ORM_PAGE_H

#include <calx/page.h>

#include "core/orm/session.h"

/* Checks that the query has an order, and completes it by the key. Sticky. */
int calx__page_order(calx_query *query);

/*
 * A value of a token from its bytes, in the arena's memory or lent from them; how many it takes, 0
 * when it is none.
 */
size_t calx__page_value_read(const unsigned char *bytes, size_t length, calx_value *out);

/* Appends its bytes. False for a kind that has none. */
bool calx__page_value_write(const calx_value *value, calx_buffer *out);

/* base64url without padding. The text of bytes; the bytes of a text, false when it is none. */
void calx__page_text(const calx_buffer *bytes, calx_buffer *out);
bool calx__page_bytes(calx_text text, calx_buffer *out);

#endif
