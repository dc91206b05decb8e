/*
 * writer.h: the one connection through which all units of a process are written, and the queue for
 * it. Who comes when nobody leads is the leader, and sends for his group to be run: a transaction
 * begins, his unit runs, those who wait join in, all is committed; then the next in the queue
 * leads. A loop's errands are done when its turn has ended, and so, without any timer, a group has
 * all that the turn had to write. Who is alone on his thread runs it there. Nobody waits for
 * company otherwise, and nobody serves others for ever.
 */
#ifndef CALX_SQLITE3_WRITER_H
#define CALX_SQLITE3_WRITER_H

#include <pthread.h>

#include "drivers/sqlite3/unit.h"

#define CALX__SQLITE3_GROUP_UNITS_MAX 128       /* that share one transaction */
#define CALX__SQLITE3_GROUP_STATEMENTS_MAX 1024 /* after so many nobody joins any more */

/* A write-ahead log with so many pages (16 MiB of the usual ones) is emptied, as soon as its
 * readers let it be. */
#define CALX__SQLITE3_LOG_PAGES_MAX 4096

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
    calx__sqlite3_runner runner; /* its connection is opened by the next who needs it */
    int log_pages;               /* in the write-ahead log, after the last commit */
    int log_pages_max;           /* so many are too many */
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

#endif
