/* reads.h: reads of several sessions in one trip: the slots of driver.h. Private to drivers/pgsql.
 */
#ifndef CALX_PGSQL_READS_H
#define CALX_PGSQL_READS_H

#include "pgsql.h"

void calx__pgsql_reads_run(calx_connection *connection, calx_read *reads, size_t count,
                           int64_t deadline_us);
int calx__pgsql_read_deliver(calx_database *database, calx_read *read,
                             calx_unit_statement *statement, calx_error *err);
void calx__pgsql_read_finish(calx_database *database, calx_read *read);

/* Frees a list of them. Accepts NULL. */
void calx__pgsql_rows_destroy(calx__pgsql_rows *rows);

#endif
