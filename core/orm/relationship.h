/*
 * relationship.h: what the session keeps of an object's relationships. The foreign key's columns
 * are the truth of what an object refers to; beside them stands only what they cannot say: an
 * object that has no key yet. Lists are kept as they were loaded and changed. Private to core.
 */
#ifndef CALX_CORE_ORM_RELATIONSHIP_H
#define CALX_CORE_ORM_RELATIONSHIP_H

#include <calx/relationship.h>

#include "core/orm/unit_of_work.h"

/* What a foreign key refers to, where that was set in this transaction. All zero: the columns say
 * it. */
typedef struct calx__parent {
    calx__object *object;
    bool written; /* the columns say it too */
    bool none;    /* nothing, and the columns cannot say so: they are not nullable */
    bool orphan;  /* was taken out of a list that deletes its orphans */
} calx__parent;

/* The objects that refer to one. The first two members are those of every Model_list. */
typedef struct calx__list {
    void **items;
    size_t count;
    calx__object **links; /* MANY_TO_MANY: for each item the object of the model between */
    size_t capacity;
    bool loaded;  /* else it holds only what was added */
    bool lent;    /* items was given out: it is copied before an item goes */
    bool filling; /* is being loaded */
    bool kept;    /* before is what a rollback brings back */
    struct {
        void **items;
        calx__object **links;
        size_t count;
        bool loaded;
    } before;
} calx__list;

struct calx__relations {
    calx__object *object;
    calx__parent *parents; /* by foreign key of the model */
    calx__list *lists;     /* by relationship of the model; those to one use at most one item */
    calx__relations *next; /* of those that the transaction has touched */
    bool touched;
};

static inline bool calx__parent_is_awaited(const calx__parent *parent)
{
    return parent->object != NULL && !parent->written;
}

static inline bool calx__is_in_session(const calx__object *object)
{
    return object->state == CALX__PENDING || object->state == CALX__PERSISTENT;
}

/* Made at the first need; NULL when out of memory. */
calx__relations *calx__relations_of(calx__object *object);

/* Changed in this transaction: commit and rollback look at it. */
void calx__relations_touch(calx__relations *relations);

bool calx__cascades(const calx_relationship *relationship, unsigned cascade);

/* CALX_ERROR_STATE: it was not loaded. Returns the code. */
int calx__relationship_fail(const calx__object *object, const calx_relationship *relationship,
                            calx_error_class code, const char *problem);

/* ---- Parents (relationship_parent.c) ---- */

/* What the foreign key refers to, NULL for nothing; false when that is not known. */
bool calx__parent_find(const calx__object *object, const calx_foreign_key *key,
                       calx__object **parent);

/* The same, known or not: what the session holds for its columns, NULL for nothing. */
calx__object *calx__parent_held(const calx__object *object, const calx_foreign_key *key);

/* Makes it refer to an object, or to nothing, without looking at any list. */
void calx__parent_set(calx__object *object, const calx_foreign_key *key, calx__object *parent);

/* The columns are as in a new object: the key that they had is nobody's any more. */
void calx__parent_unwrite(calx__object *object, const calx_foreign_key *key);

/* calx__parent_set of a MANY_TO_ONE, with the lists of the old and of the new one. */
void calx__parent_change(calx__object *object, const calx_relationship *relationship,
                         calx__object *parent);

/* ---- Lists (relationship_list.c) ---- */

/* NULL when out of memory. */
calx__list *calx__list_of(calx__object *object, const calx_relationship *relationship);

/* Does it hold all there is? */
bool calx__list_is_loaded(const calx__object *object, const calx_relationship *relationship);

/* Index of an item; count if it is not there. */
size_t calx__list_find(const calx__list *list, const calx__object *item);

/* An item that is not there yet; link is NULL but for MANY_TO_MANY. Removing one that is not there
 * has no effect. */
void calx__list_add(calx__object *object, const calx_relationship *relationship, calx__object *item,
                    calx__object *link);
void calx__list_remove(calx__object *object, const calx_relationship *relationship,
                       const calx__object *item);

/* Appends without a look at the transaction: what was loaded. */
bool calx__list_push(calx_session *session, calx__list *list, calx__object *item,
                     calx__object *link);

/*
 * Loading: between the two what belongs to the list is pushed, in any order. What the transaction
 * has added is set aside in between, and comes behind the rest.
 */
void calx__list_begin(calx__object *owner, const calx_relationship *relationship,
                      calx__list *added);
void calx__list_end(calx__object *owner, const calx_relationship *relationship,
                    const calx__list *added);

/* Loads along the query's paths, for these objects; what is there already costs nothing. */
void calx__query_load_related(const calx_query *query, const calx__object_list *list);

/* The list, which must be loaded: else NULL, and the session fails. */
calx__list *calx__list_loaded(calx__object *object, const calx_relationship *relationship);

/* Whoever is related to an object of the session is part of it. */
void calx__relationship_save(calx__object *object, const calx_relationship *relationship,
                             calx__object *target);

/* ---- MANY_TO_MANY (relationship_link.c) ---- */

/* With the lists of both sides; adding what is there has no effect. */
void calx__link_add(calx__object *object, const calx_relationship *relationship,
                    calx__object *target);
void calx__link_remove(calx__object *object, const calx_relationship *relationship,
                       calx__object *target);

/* At a flush: what was added to lists of which neither was loaded is asked for, and not inserted
 * where it is there already. Sticky. */
int calx__links_find_stored(calx_session *session);

/* ---- What the session tells (relationship_cascade.c, relationship_flush.c) ---- */

/* What was added or deleted takes others with it. */
void calx__relations_added(calx__object *object);
void calx__relations_deleted(calx__object *object);

/* Before the changes are listed: orphans are deleted, rows of deleted objects are taken over, and
 * what refers to new objects is linked. */
int calx__relations_prepare(calx__unit_of_work *plan);

/*
 * After it, while the objects of deleted rows are still DELETED: what the database has done by ON
 * DELETE. Objects that refer to them refer to none now, or are to be asked for again, and so are
 * lists of these.
 */
void calx__relations_follow_deletes(calx_session *session);

/* The same for a model of which a condition has deleted rows: all of its objects may be gone. */
void calx__relations_follow_condition(calx_session *session, const calx_model *model);

/* After it: the columns say everything. */
void calx__relations_flushed(calx_session *session);

/* The columns that the next flush will write because of relationships, as bits. */
uint64_t calx__relations_changes(const calx__object *object);

/* After the end of a transaction, when its objects have been put right. */
void calx__relations_committed(calx_session *session);
void calx__relations_rolled_back(calx_session *session);
void calx__relations_rolled_back_to_savepoint(calx_session *session);

/* The record is what it was when it was loaded or flushed last, and so is what it refers to, with
 * the lists of both. */
void calx__relations_forget(calx__object *object);

/* Before it leaves the session: it is in nobody's list any more, and lists that held its row are to
 * be loaded anew. */
void calx__relations_expunged(calx__object *object);

/* The object was loaded anew: what refers to it is to be loaded anew, too. Only what was added in
 * this transaction stays in the lists. */
void calx__relations_expire(calx__object *object);
void calx__list_expire(calx__object *object, const calx_relationship *relationship);

/* Rows of the model were deleted, nobody knows which: lists of them do not hold any more. */
void calx__relations_expire_lists(calx_session *session, const calx_model *model);

#endif
