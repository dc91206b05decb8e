/*
 * object.h: what stands before every object of a session: its model, its state, and its snapshot.
 * Private to core.
 */
#ifndef CALX_CORE_ORM_OBJECT_H
#define CALX_CORE_ORM_OBJECT_H

#include <assert.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>

#include <calx/driver.h>
#include <calx/model.h>
#include <calx/value.h>

typedef enum calx__object_state {
    CALX__TRANSIENT, /* not part of the session: the scratch object, a rolled back insert, a deleted
                        row */
    CALX__PENDING,   /* inserted at the next flush */
    CALX__PERSISTENT, /* has a row */
    CALX__DELETED,    /* has a row, which the next flush deletes */
} calx__object_state;

#define CALX__OBJECT_MAGIC 0xca1cu

typedef struct calx__object calx__object;
typedef struct calx__relations calx__relations; /* relationship.h */

/* The objects of one model in a session. */
typedef struct calx__extent {
    const calx_model *model;
    calx__object *first; /* in the order of their making */
    calx__object **end;
    bool is_referred; /* for the running flush: foreign keys of its works lead here */
    bool inserts;     /* and it inserts rows whose keys the database generates */
    bool is_doubted;  /* a condition has deleted rows: it is being told of */
    size_t waiting;   /* objects PENDING and DELETED: to be written whatever their columns are */
    size_t deleted;   /* those of them that are DELETED */
    void *blank;      /* the record of a new object */
    struct calx__extent *next;
} calx__extent;

/* Small, because there is one for every row: 80 bytes, the record, and the snapshot behind it. */
struct calx__object {
    unsigned magic : 16;
    calx__object_state state : 8; /* calx__object_set_state */
    bool expired : 1;             /* the next get or query of it loads it anew */
    bool key_generated : 1;       /* the primary key came from the database */
    bool scratch : 1;             /* for reading or in vain: never part of the session */
    bool made : 1;                /* by the session: no row that it does not hold refers to it */
    bool doubted : 1;             /* of a MANY_TO_MANY: its row may be there, nothing was loaded */
    union {
        uint32_t hash;  /* of its key, while it is in the identity map */
        uint32_t place; /* of its INSERT among the works of a flush, before that */
    };
    calx_session *session;
    const calx_model *model;
    calx__extent *extent;
    void *snapshot;             /* the record as it was loaded or flushed last */
    struct calx__undo *undo;    /* what it was before the open transaction; NULL: it is that */
    calx__relations *relations; /* NULL: nothing is kept of them */
    calx__object *next;         /* of the extent */
    calx__object *next_in_bucket;
    alignas(max_align_t) unsigned char record[];
};

/* The header of a record that a session made. */
static inline calx__object *calx__object_of(const void *record)
{
    calx__object *object = (calx__object *)((char *)record - offsetof(calx__object, record));
    assert(object->magic == CALX__OBJECT_MAGIC);
    return object;
}

static inline void *calx__member(const calx_column *column, const void *record)
{
    return (char *)record + column->offset;
}

/* Bytes of a column's member. */
size_t calx__member_size(const calx_column *column);

/* Moves it to another state, and keeps its extent's count. */
void calx__object_set_state(calx__object *object, calx__object_state state);

/* Zeroes a record, and makes its nullable members NULL: what a row is read into. */
void calx__record_clear(const calx_model *model, void *record);

/* Is the column as it was in the snapshot? */
bool calx__object_is_unchanged(const calx__object *object, const calx_column *column);

/* Bit i is set when columns[i] of the model has changed since the snapshot. */
uint64_t calx__object_changes(const calx__object *object);

/* What the application's validators say: of a column whose member is not NULL, of a whole record.
 */
int calx__member_validate(const calx_column *column, const void *member, calx_error *err);
int calx__record_validate(const calx_model *model, const void *record, calx_error *err);

/* Writes the member of one column into another record, and a whole record into another: what the
 * application changes in place is copied, too, into the arena. */
void calx__member_copy(const calx_column *column, void *to_record, const void *from_record,
                       calx_arena *arena);
void calx__record_copy(const calx_model *model, void *to, const void *from, calx_arena *arena);

#endif
