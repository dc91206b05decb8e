/*
 * joined.h: the URL's joined_commits=on: units of several requests in one transaction, and the
 * queue for it. Who comes when nobody leads is the leader and runs its unit on its own connection;
 * those who come meanwhile wait, and share the next transaction, which the first of them leads.
 * Nobody waits for company. Private to drivers/pgsql.
 */
#ifndef CALX_PGSQL_JOINED_H
#define CALX_PGSQL_JOINED_H

#include <pthread.h>

#include "unit.h"

#define CALX__PGSQL_JOINED_UNITS_MAX 60 /* the server keeps 64 subtransactions at hand */
#define CALX__PGSQL_JOINED_STATEMENTS_MAX 1024
#define CALX__PGSQL_JOINED_CAUTIOUS 16 /* groups with savepoints after one without has failed */

typedef enum calx__pgsql_turn_state {
    CALX__PGSQL_TURN_WAITS, /* in the queue */
    CALX__PGSQL_TURN_LEADS,
    CALX__PGSQL_TURN_RUNS, /* in another's group */
    CALX__PGSQL_TURN_DONE,
} calx__pgsql_turn_state;

/* The slot of driver.h: who waits for a group needs no connection, which is the joiner's own. */
int calx__pgsql_database_unit_run(calx_database *database, calx_unit *unit, int64_t deadline_us,
                                  calx_error *err);

/* A unit on its way, on the stack of the thread or fiber that wants it done. */
typedef struct calx__pgsql_turn {
    calx__pgsql_run *run; /* of its own connection */
    bool again;           /* the group's verdict: not done, to be run by itself */
    int status;
    calx_error err;
    /* The queue's, under its mutex. */
    calx_parking parking;
    calx__pgsql_turn_state state;
    struct calx__pgsql_turn *next;
} calx__pgsql_turn;

struct calx__pgsql_joiner {
    pthread_mutex_t mutex; /* never held while anything is waited for */
    calx__pgsql_turn *first;
    calx__pgsql_turn *last;
    bool led;
    calx_database *database;
    calx_connection *own; /* of units that come without one: the leader's; NULL before the first */
    int64_t used_us;      /* when it was, the last time */
    int cautious;         /* so many groups to come are sent with savepoints: the leader's */
};

/* ---- joined.c ---- */

int calx__pgsql_joiner_create(calx_database *database, calx__pgsql_joiner **out, calx_error *err);

/* Nobody may be in the queue any more. Accepts NULL. */
void calx__pgsql_joiner_destroy(calx__pgsql_joiner *joiner);

/* Runs a unit, in one transaction with others if there are some. *again: it was not done, and is to
 * be run by itself, which tells what is wrong with it. */
int calx__pgsql_join(calx__pgsql_joiner *joiner, calx__pgsql_run *run, bool *again,
                     calx_error *err);

/* ---- joint.c ---- */

typedef struct calx__pgsql_joint {
    size_t count;
    calx__pgsql_turn *members[CALX__PGSQL_JOINED_UNITS_MAX]; /* the leader comes first */
    bool savepoints;                                         /* from the beginning */
    bool failed;                                             /* out: one of them did, at least */
} calx__pgsql_joint;

/* True for a unit that may have others beside it: one trip of changes of rows, which only the
 * server can find fault with. Its forms on the run's connection are known by then. */
bool calx__pgsql_may_join(const calx__pgsql_run *run);

/* The same, as far as its text tells: a connection is yet to come. */
bool calx__pgsql_is_joinable(const calx_unit *unit);

/* Runs the members' units in one transaction on the leader's connection; afterwards each has its
 * status and error, or is to be run again. */
void calx__pgsql_joint_run(calx__pgsql_joint *joint);

#endif
