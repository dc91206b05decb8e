/*
 * unit_of_work.h: one flush, shared by the files that make changes of rows of what deletes and
 * inserts them (takeover.c), find its changes (changes.c), order them (order.c), resolve what
 * refers to new rows (links.c), make values (encode.c) and statements of them (build.c), send them
 * (unit_of_work.c) and take over what was written (written.c). Private to this folder.
 */
#ifndef CALX_CORE_ORM_UNIT_OF_WORK_H
#define CALX_CORE_ORM_UNIT_OF_WORK_H

#include "core/orm/session.h"

/* When a work is done. Within a phase: by table, referred to before referring, but for deletes. */
typedef enum calx__phase {
    CALX__PHASE_ROWS,           /* inserts, updates, deletes that nothing can refer to */
    CALX__PHASE_AFTER_INSERTS,  /* updates that refer to rows that come later than they: cycles */
    CALX__PHASE_BEFORE_DELETES, /* updates that take such a reference away */
    CALX__PHASE_DELETES,        /* referring before referred to */
} calx__phase;

/* What is written of one object. There may be many: no more than a cache line. */
typedef struct calx__work {
    calx__object *object;
    uint8_t kind;           /* calx__statement_kind */
    uint8_t phase;          /* calx__phase */
    bool extra : 1;         /* a second one for its object: the first stands for what is written */
    bool touches : 1;       /* changes nothing: makes sure that the row is there, and stays */
    bool postponed : 1;     /* until the inserts are done */
    bool generates_key : 1; /* an INSERT that leaves the key to the database */
    uint32_t level;         /* how many works of its table must come before, one after the other */
    uint32_t sequence;      /* objects of one table without a key keep the order of their making */
    uint32_t statement;     /* of the unit, in which it is … */
    uint32_t record;        /* … this one */
    uint64_t columns;       /* that are written: bit i is columns[i] of the model */
    uint64_t nulls;         /* of these, those that become NULL whatever the object holds */
    const calx_value *key;  /* one value for each of its columns; NULL where it is not known yet */
    void *read_back;        /* a record for what the server has set; or NULL */
} calx__work;

/* "These columns of the object take the key of a new object", which is perhaps not known yet. */
typedef struct calx__link {
    calx__object *object;
    const calx_foreign_key *key; /* of the object's model */
    calx__object *target;
} calx__link;

typedef struct calx__unit_of_work {
    calx_session *session;
    bool listened; /* there are listeners to be told */
    calx__link *links;
    size_t link_count;
    size_t link_capacity;
    calx__work *works;
    size_t work_count;
    size_t work_capacity;
    size_t works_expected; /* at least so many */
    size_t sorted_count;   /* works that are in order; those behind were added since */
    size_t
        delete_count; /* deletes by condition come first: they were asked for before the changes */
    calx_unit unit;
} calx__unit_of_work;

/* ---- links.c ---- */

/*
 * For relationships, before the changes are listed: the foreign key of the object takes the key of
 * the target; NULL sets it NULL. The object is written if that changes it. Where the target is new
 * its row comes first, and a key that the database generates travels as a reference of the unit
 * (calx_unit_reference). Sticky.
 */
int calx__unit_of_work_link(calx__unit_of_work *plan, calx__object *object,
                            const calx_foreign_key *key, calx__object *target);

/* No more links: from here on they are found by their object. */
void calx__unit_of_work_sort_links(calx__unit_of_work *plan);

/* The link for this column of an object; NULL if there is none. *at: which of the key's columns. */
const calx__link *calx__unit_of_work_link_of(const calx__unit_of_work *plan,
                                             const calx__object *object, size_t column, size_t *at);

/* The columns that links set, as bits. */
uint64_t calx__unit_of_work_linked(const calx__unit_of_work *plan, const calx__object *object);

/*
 * Follows links to where the value of a column comes from: *source's column. True when that is a
 * key that its INSERT will generate.
 */
bool calx__unit_of_work_source(const calx__unit_of_work *plan, const calx__object *object,
                               size_t column, const calx__object **source, size_t *source_column);

/* Writes the values of an object's links into its record; their sources have them by now. */
int calx__unit_of_work_settle(calx__unit_of_work *plan, calx__object *object);

/* ---- takeover.c ---- */

/* Before anything is linked: new objects take over the rows of their keys that are to be deleted.
 * Sticky. */
int calx__session_take_over(calx_session *session);

/* ---- changes.c ---- */

/* Lists what has changed, in no order, with the values that are computed at a flush. */
int calx__unit_of_work_collect(calx__unit_of_work *plan);

/*
 * The columns of an INSERT of the record, with what is computed set in it: all but a key that is
 * generated, and what is left to the server (*left_out), because it is as in the blank record.
 * linked: columns whose values are still to come.
 */
uint64_t calx__record_complete(const calx_model *model, void *record, const void *blank,
                               uint64_t linked, bool *left_out);

/* The same for an object; what is left to the server is read back. */
int calx__work_complete_insert(calx__unit_of_work *plan, calx__work *work);

/* One more work, at the end; NULL when out of memory. */
calx__work *calx__unit_of_work_add(calx__unit_of_work *plan, const calx__work *work);

/* ---- keys_ahead.c ---- */

/* From so many on that is worth a trip. */
#define CALX__KEYS_AHEAD_MIN 32u

/*
 * So many keys of new rows, in *out, in session->working. CALX_RECORDS_DECLINED, and *out stays as
 * it is: there are none ahead, the rows get theirs when they are inserted. Sticky.
 */
int calx__session_take_keys(calx_session *session, const calx_model *model, size_t count,
                            int64_t **out);

/* The same for the listed works: from then on their keys are given ones. */
int calx__unit_of_work_take_keys(calx__unit_of_work *plan);

/* ---- order.c ---- */

/* Puts the works in order, and adds those that break cycles. */
int calx__unit_of_work_order(calx__unit_of_work *plan);

/* ---- encode.c ---- */

/* Is the key of a new row left to the database? An integer that is 0. */
bool calx__record_generates_key(const calx_model *model, const void *record);
bool calx__object_generates_key(const calx__object *object);

/* The values of these columns, one for each bit, with bytes that the record lends; refused ones
 * name their column. */
int calx__record_encode(const calx_model *model, const void *record, uint64_t columns,
                        calx_arena *arena, calx_value *values, calx_error *err);

/* The values of a work's columns, one for each bit; refused ones name their column, and nothing has
 * been sent yet. */
int calx__work_encode(calx__unit_of_work *plan, const calx__work *work, calx_value *values);

/* ---- build.c ---- */

/* Makes it a statement for so many records, as calx__records_next says: with the text for all of
 * them, where there is one, and room for their keys, in session->working. */
int calx__session_compile_records(calx_session *session, const calx__statement *statement,
                                  size_t count, size_t size, calx_unit_statement *to);

/* The statements of the works, in plan->unit; the deletes by condition stand before them. */
int calx__unit_of_work_build(calx__unit_of_work *plan);

/* ---- written.c ---- */

/* Sets a key that was generated; an INTEGER may have come to its end. */
int calx__record_set_key(const calx_model *model, void *record, int64_t key, calx_error *err);

/* Sets the key that one of the records of an INSERT has generated. */
int calx__record_take_key(const calx_model *model, void *record, const calx_unit_statement *done,
                          size_t index, calx_error *err);

/* What was sent is what the objects are now. */
void calx__unit_of_work_apply(calx__unit_of_work *plan, bool commit);

#endif
