/* load.h: the text of a stream of records. Private to drivers/pgsql. */
#ifndef CALX_PGSQL_LOAD_H
#define CALX_PGSQL_LOAD_H

#include "pgsql.h"

#define CALX__PGSQL_COLUMNS_MAX 1600 /* of a table, the server's own limit */

/* The server takes no line of more than 1 GiB, and bytes double on the way. */
#define CALX__PGSQL_LINE_MAX (64u * 1024u * 1024u)

typedef struct calx__pgsql_text {
    char *data; /* to be freed */
    size_t length;
} calx__pgsql_text;

/* All records in COPY's text format, for columns of these types. Refuses what a statement refuses;
 * CALX_RECORDS_DECLINED: a record is too long for a line. */
int calx__pgsql_text_write(calx__pgsql_text *text, const calx_load *load, const Oid *types,
                           calx_error *err);

#endif
