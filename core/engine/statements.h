/*
 * statements.h: the prepared statements of one connection, found by calx_sql.id. The one that was
 * not used for the longest time makes room for a new one. One statement is in use at a time.
 */
#ifndef CALX_CORE_ENGINE_STATEMENTS_H
#define CALX_CORE_ENGINE_STATEMENTS_H

#include <calx/driver.h>

typedef struct calx__prepared {
    calx_statement *statement;
    calx_sql sql; /* a copy: the caller's may go while the statement stays prepared */
    struct calx__prepared *chain;
    struct calx__prepared *newer;
    struct calx__prepared *older;
    bool cached;
} calx__prepared;

typedef struct calx__statements {
    size_t limit;
    size_t count;
    size_t bucket_count; /* a power of two */
    calx__prepared **buckets;
    calx__prepared *newest;
    calx__prepared *oldest;
} calx__statements;

/* limit 0 keeps nothing. */
void calx__statements_init(calx__statements *statements, size_t limit);

/* Finalizes all of them. */
void calx__statements_finish(calx__statements *statements);

/* Finds or prepares it; *out is given back with calx__statements_put. */
int calx__statements_get(calx__statements *statements, calx_connection *connection,
                         const calx_sql *sql, int64_t deadline_us, calx__prepared **out,
                         calx_error *err);

/* Ends its run. keep false: it is finalized, as those with id 0 always are. */
void calx__statements_put(calx__statements *statements, calx__prepared *prepared, bool keep);

#endif
