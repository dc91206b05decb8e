/*
 * kept.h: what a statement's rows were written as, kept by the connection that read them for as
 * long as it can prove that they are the same (table_version of driver.h). Private to core.
 */
#ifndef CALX_CORE_ENGINE_KEPT_H
#define CALX_CORE_ENGINE_KEPT_H

#include <calx/buffer.h>
#include <calx/driver.h>
#include <calx/json.h>

#define CALX__KEPT_MAX 4u                         /* statements of a connection */
#define CALX__KEPT_BYTES_MAX ((size_t)256 * 1024) /* of each */

typedef struct calx__kept_rows {
    uint64_t sql_id;             /* 0: free */
    calx__json_finisher *finish; /* … and what was made of them; or NULL */
    uint64_t version;            /* of the table when they were read */
    uint64_t used;
    calx__shared *bytes;
} calx__kept_rows;

typedef struct calx__kept {
    uint64_t clock;
    calx__kept_rows rows[CALX__KEPT_MAX];
} calx__kept;

struct calx__connection;

/* The table's version as this connection sees it; 0 if there is no telling. */
uint64_t calx__kept_version(struct calx__connection *connection, const char *table,
                            int64_t deadline_us);

/* What was kept for a statement without binds, and finished so; NULL if nothing is, or it has
 * changed. The connection's. */
calx__shared *calx__kept_find(struct calx__connection *connection, const calx_sql *sql,
                              calx__json_finisher *finish, int64_t deadline_us);

/* Keeps what its rows were written as, if the version is still what it was before they were read,
 * and it is small enough. */
void calx__kept_put(struct calx__connection *connection, const calx_sql *sql,
                    calx__json_finisher *finish, uint64_t version, calx_text bytes,
                    int64_t deadline_us);

void calx__kept_finish(calx__kept *kept);

#endif
