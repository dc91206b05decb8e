/*
 * reads.h: single reads outside a transaction. Where the database can
 * (CALX_CAPABILITY_SHARED_READS) those of the fibers of one thread share connections: who comes
 * when nobody is on the way leads, and reads on a connection as ever; those who come meanwhile wait
 * for its end, unless it is slow, and then share the next round trip, which the first of them
 * leads. Nobody waits for company. Private to core.
 */
#ifndef CALX_CORE_ENGINE_READS_H
#define CALX_CORE_ENGINE_READS_H

#include <pthread.h>

#include <calx/engine.h>

#define CALX__READ_LINES 16     /* of an engine: threads have them by turns */
#define CALX__READ_WAIT_MS 25   /* a trip that takes longer is slow: the next one does not wait */
#define CALX__READ_ROWS_MAX 100 /* who had more the last time goes alone */
#define CALX__READ_LONG_MAX 64  /* statements that are remembered for that */

typedef struct calx__read_turn calx__read_turn;

typedef struct calx__read_line {
    pthread_mutex_t mutex;
    calx__read_turn *leader; /* of the newest trip; NULL: none is under way */
    pthread_t thread;        /* of those in it, while it is led */
    int64_t sent_us;         /* when that trip went out; 0: its leader has no connection yet */
    calx__read_turn *first;
    calx__read_turn *last;
    uint64_t long_ids[CALX__READ_LONG_MAX];
} calx__read_line;

/* The lines of an engine; NULL when out of memory. */
calx__read_line *calx__read_lines_create(void);

/* Nobody may be in them. Accepts NULL. */
void calx__read_lines_destroy(calx__read_line *lines);

/*
 * Runs a statement that only reads, at READ COMMITTED, and calls its row for each row: on this
 * thread or fiber. Errors as calx__connection_acquire and calx__connection_run.
 */
int calx__engine_read(calx_engine *engine, calx_unit_statement *statement, int64_t deadline_us,
                      calx_error *err);

#endif
