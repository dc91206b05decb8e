/*
 * undo.h: what objects were before an open transaction wrote their rows, so that a rollback, to a
 * savepoint or of all, makes them that again. Private to this folder.
 */
#ifndef CALX_CORE_ORM_UNDO_H
#define CALX_CORE_ORM_UNDO_H

#include "core/orm/object.h"

/* An object as it was at a savepoint (level 1 and more), or when the transaction began (0). */
struct calx__undo {
    calx__object *object;
    bool key_generated;
    unsigned level;
    void *snapshot;             /* NULL: it had no row */
    struct calx__undo *earlier; /* of the session */
    struct calx__undo *older;   /* of the object */
};

/* Zero-initialised is empty. */
typedef struct calx__undo_log {
    struct calx__undo *latest;
    calx_arena memory;
    unsigned level; /* how many savepoints are open */
} calx__undo_log;

/* Before a change of an object that comes of a transaction which stays open: keeps what it is,
 * unless that is kept for this level already. False when out of memory. */
bool calx__undo_keep(calx__undo_log *log, calx__object *object);

/* Makes everything what it was when this level began: 0, all. The levels above end. */
void calx__undo_restore(calx__undo_log *log, unsigned level);

/* The changes of the last level become part of the one before it. */
void calx__undo_release(calx__undo_log *log);

/* Nothing is to be restored any more. */
void calx__undo_clear(calx__undo_log *log);

#endif
