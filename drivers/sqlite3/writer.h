/*
 * writer.h: the one connection through which all units of a process are written, and the queue for
 * it. Who comes when nobody leads is the leader, and sends for his group to be run: a transaction
 * begins, his unit runs, those who wait join in, all is committed; then the next in the queue
 * leads. A loop's errands are done when its turn has ended, and so, without any timer, a group has
 * all that the turn had to write. Nobody waits for company otherwise, and nobody serves others for
 * ever.
 */
#ifndef CALX_SQLITE3_WRITER_H
#define CALX_SQLITE3_WRITER_H

#include <pthread.h>

#include "drivers/sqlite3/internal.h"

#define CALX__SQLITE3_GROUP_UNITS_MAX 128       /* that share one transaction */
#define CALX__SQLITE3_GROUP_STATEMENTS_MAX 1024 /* after so many nobody joins any more */

/* ---- cache.c: the writer's prepared statements ---- */

#define CALX__SQLITE3_CACHE_SETS 32u /* a power of two */
#define CALX__SQLITE3_CACHE_WAYS 4u  /* in each set the one not used for longest makes room */

typedef struct calx__sqlite3_cached {
    calx_statement *statement; /* NULL: free */
    calx_sql sql;              /* only its numbers live on: the caller's text may go */
    uint64_t used;
} calx__sqlite3_cached;

typedef struct calx__sqlite3_cache {
    uint64_t clock;
    calx__sqlite3_cached entries[CALX__SQLITE3_CACHE_SETS][CALX__SQLITE3_CACHE_WAYS];
} calx__sqlite3_cache;

/* Finds or prepares it; *out is given back with calx__sqlite3_cache_put. */
int calx__sqlite3_cache_get(calx__sqlite3_cache *cache, calx_connection *connection,
                            const calx_sql *sql, int64_t deadline_us, calx_statement **out,
                            calx_error *err);

/* Ends its run. keep false: it is finalized, as those with id 0 always are. */
void calx__sqlite3_cache_put(calx__sqlite3_cache *cache, calx_statement *statement, bool keep);

/* Finalizes all of them. */
void calx__sqlite3_cache_clear(calx__sqlite3_cache *cache);

/* ---- writer.c: the queue ---- */

typedef enum calx__sqlite3_turn_state {
    CALX__SQLITE3_TURN_WAITS, /* in the queue */
    CALX__SQLITE3_TURN_LEADS, /* is to send for its group */
    CALX__SQLITE3_TURN_RUNS,  /* in a group */
    CALX__SQLITE3_TURN_DONE,
} calx__sqlite3_turn_state;

/* A unit on its way, on the stack of the thread or fiber that wants it done. */
typedef struct calx__sqlite3_turn {
    calx__sqlite3_writer *writer;
    calx_errand errand; /* the leader's: to run the group */
    calx_unit *unit;
    int64_t deadline_us;
    int64_t lock_until_us; /* how long it waits for the others, in this process and elsewhere */
    bool shares;           /* may be in one transaction with others */
    bool again;            /* the group's verdict: not done, to be run once more, by itself */
    int status;
    calx_error err;
    /* The queue's, under its mutex. */
    calx_parking parking;
    calx__sqlite3_turn_state state;
    struct calx__sqlite3_turn *next;
} calx__sqlite3_turn;

struct calx__sqlite3_writer {
    calx_database *database;
    pthread_mutex_t mutex; /* of the queue; never held while anything is waited for */
    calx__sqlite3_turn *first;
    calx__sqlite3_turn *last;
    bool led;
    /* Of whoever runs a group. */
    calx__sqlite3_connection *connection; /* NULL: opened by the next who needs it */
    calx__sqlite3_cache cache;
    calx_value *scratch; /* unit.c: completed binds, then the values of a row */
    size_t scratch_count;
};

int calx__sqlite3_writer_create(calx_database *database, calx__sqlite3_writer **out,
                                calx_error *err);

/* Nobody may be in the queue any more. Accepts NULL. */
void calx__sqlite3_writer_destroy(calx__sqlite3_writer *writer);

/* Runs a unit that begins, writes and commits; as unit_run of driver.h. */
int calx__sqlite3_writer_run(calx__sqlite3_writer *writer, calx_unit *unit, int64_t deadline_us,
                             calx_error *err);

/* For the leader: takes the first in the queue if it may share the transaction, else NULL. */
calx__sqlite3_turn *calx__sqlite3_writer_take(calx__sqlite3_writer *writer);

/* ---- group.c: units in one transaction ---- */

typedef struct calx__sqlite3_group {
    calx__sqlite3_writer *writer;
    size_t count;
    size_t statement_count;
    calx__sqlite3_turn *members[CALX__SQLITE3_GROUP_UNITS_MAX]; /* the leader's comes first */
} calx__sqlite3_group;

/* Runs the leader's unit and those that join; afterwards each member has its status and error, or
 * is to be run again. The writer's connection is out of the transaction, or closed. */
void calx__sqlite3_group_run(calx__sqlite3_group *group, calx__sqlite3_turn *leader);

/* ---- unit.c ---- */

/* Runs the statements of a unit on the writer's connection, in the transaction that is open. */
int calx__sqlite3_unit_statements(calx__sqlite3_writer *writer, calx_unit *unit,
                                  int64_t deadline_us, calx_error *err);

/*
 * True for a unit that may have others beside it: changes of rows only, because a statement like
 * COMMIT would end the transaction for all; and without row callbacks, because it may have to run a
 * second time, and they belong on the caller's own thread.
 */
bool calx__sqlite3_unit_shares(const calx_unit *unit);

#endif
