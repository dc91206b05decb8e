/*
 * unit_of_work.h: one flush, shared by the files that find its changes (changes.c), send them
 * (unit_of_work.c) and take over what was written (written.c). Private to this folder.
 */
#ifndef CALX_CORE_ORM_UNIT_OF_WORK_H
#define CALX_CORE_ORM_UNIT_OF_WORK_H

#include "core/orm/session.h"

/* One object that is to be written. */
typedef struct calx__work {
    calx__object *object;
    calx__statement_kind kind;
    size_t sequence; /* objects of one table without a key keep the order of their making */
    uint64_t changes;
    calx_value key;
} calx__work;

typedef struct calx__unit_of_work {
    calx_session *session;
    calx__work *works;
    size_t work_count;
    size_t
        delete_count; /* deletes by condition come first: they were asked for before the changes */
    calx_unit unit;
} calx__unit_of_work;

/* Is the key left to the database? An integer that is 0. */
bool calx__key_is_generated(const calx_value *key);

/* Lists what has changed, in order. */
int calx__unit_of_work_collect(calx__unit_of_work *plan);

/* What was sent is what the objects are now. */
void calx__unit_of_work_apply(calx__unit_of_work *plan, bool commit);

/* After a commit the next get of every object asks the database. */
void calx__session_finish_transaction(calx_session *session);

#endif
