/*
 * session.h: the session's inside, shared by the files of orm/. Private to core.
 */
#ifndef CALX_CORE_ORM_SESSION_H
#define CALX_CORE_ORM_SESSION_H

#include <calx/session.h>
#include <calx/stream.h>

#include "core/engine/connection.h"
#include "core/orm/identity_map.h"
#include "core/orm/object.h"
#include "core/orm/undo.h"
#include "core/sql/statement.h"

/* What calx__query_create returns: the members of every Model_query (model.h), the last three for
 * the compiler only. */
typedef struct calx__typed_query {
    calx_query *query;
    const void *columns;
    void *condition;
    void *list;
    void *row;
} calx__typed_query;

/* A path along which a query loads what its objects are related to. */
typedef struct calx__load {
    const calx_relationship *path[CALX_LOAD_DEPTH_MAX];
    size_t length;
    bool joined;
    struct calx__load *next;
} calx__load;

struct calx_query {
    calx_session *session;
    calx__statement statement;
    calx__load *loads;
};

/* ---- expression.c: what is given to a query, kept in the session's memory ---- */

/*
 * A copy in which every column knows its table: what AT goes along is joined. NULL when the session
 * has failed, or fails now: out of memory, or deeper than CALX_EXPRESSION_DEPTH_MAX.
 */
const calx_expression *calx__query_keep(calx_query *query, const calx_expression *expression);

/* One condition of two, of which the first may be NULL. */
const calx_expression *calx__query_both(calx_query *query, const calx_expression *a,
                                        const calx_expression *b);

/* The clauses of the query's statement, made at the first call; never NULL. */
calx__clauses *calx__query_clauses(calx_query *query);

/* A join that is not filled in yet; NULL when the session fails: out of memory, CALX_JOINS_MAX. */
calx__join *calx__query_join_add(calx_query *query);

/* The table at the end of a relationship of the model of table `from`, joined if it is not yet. */
unsigned calx__query_table(calx_query *query, unsigned from, const calx_relationship *path,
                           bool outer);

/* A copy to which more can be added without changing the original; never NULL. */
calx_query *calx__query_copy(const calx_query *query);

/* A delete by condition that waits for the flush. */
typedef struct calx__bulk_delete {
    calx__statement statement;
    int64_t rows;                 /* after its flush: how many there were */
    const calx__object *links_of; /* rows between it and others, because it is deleted; or NULL */
    struct calx__bulk_delete *next;
} calx__bulk_delete;

/* Whose commits are they? See hold.h. */
typedef enum calx__hold {
    CALX__NOT_HELD,
    CALX__HELD,           /* nothing was written since */
    CALX__HELD_WRITTEN,   /* and not committed */
    CALX__HELD_COMMITTED, /* all that was written */
    CALX__HELD_BEHIND,    /* something was written since the last commit */
} calx__hold;

struct calx_session {
    calx_waiter *owner; /* the thread or fiber that uses it */
    calx_engine *engine;
    calx_arena arena;
    calx_arena working;   /* what statements and a flush need while they run */
    unsigned working_for; /* how many: a statement's rows may lead to another one */
    calx_error error;
    calx__connection *connection; /* held while a transaction is open */
    calx_isolation isolation;
    int64_t deadline_us;
    bool autoflush;
    bool committed; /* something: its work is not done again */
    calx__hold hold;
    bool flushing;       /* a listener's query does not begin another flush */
    calx_stream *stream; /* that is open, on the connection */
    calx__identity_map map;
    calx__undo_log undo;
    calx__extent *extents; /* all objects; the model that came last comes first */
    calx__bulk_delete *deletes;
    calx__bulk_delete **deletes_end;
    calx__relations *touched;      /* objects whose relationships the transaction has changed */
    calx__typed_query spare_typed; /* what a query is when there is no memory for one */
    calx_query spare_query;
    calx__clauses spare_clauses;
    calx__object *scratch;
    calx__session_listener listeners[2 * CALX_EVENT_LISTENERS_MAX]; /* the engine's first */
    size_t listener_count;
};

/* Makes the session fail with an error that was filled by something below it; nothing if it has
 * failed already. Returns the code. */
int calx__session_fail_with(calx_session *session, const calx_error *err);

/* CALX_OK, or the code of the sticky error, which includes an arena that is out of memory. */
int calx__session_state(calx_session *session);

/* Is it used by another thread or fiber than its owner? Then nothing of it may be touched. */
static inline bool calx__session_is_foreign(const calx_session *session)
{
    return session->owner != calx_waiter_current();
}

/* Calls the listeners; record is NULL for what is not about one. */
void calx__session_tell(calx_session *session, calx_session_event event, void *record);

/* What was not flushed is forgotten, and the error with it. */
void calx__session_forget(calx_session *session);

/* ---- hold.c ---- */

/* To be called before rows are written. */
void calx__hold_write(calx_session *session);

/* The commit of a session that is held. */
int calx__hold_commit(calx_session *session);

/* True: the rollback of a session that is held is done, or refused. */
bool calx__hold_rollback(calx_session *session);

/* Before the isolation level is set. */
void calx__hold_isolate(calx_session *session, calx_isolation isolation);

/* After a commit: the next get of every object asks the database. */
void calx__session_finish_transaction(calx_session *session);

/* The deadline of the next call of the database. */
int64_t calx__session_deadline(const calx_session *session);

/* The session's objects of a model; NULL when there are none. */
calx__extent *calx__session_extent(const calx_session *session, const calx_model *model);

/* The same, made where there is none; NULL when out of memory. */
calx__extent *calx__session_make_extent(calx_session *session, const calx_model *model);

/* A zeroed object of the session, transient, in its extent; NULL when out of memory. The caller
 * fills its snapshot. */
calx__object *calx__session_object_create(calx_session *session, const calx_model *model);

/* Between them session->working may be used: the last end clears it. */
void calx__session_begin_work(calx_session *session);
void calx__session_end_work(calx_session *session);

/* Text and binds of a statement, as one of a unit; in session->working. */
int calx__session_compile(calx_session *session, const calx__statement *statement,
                          calx_unit_statement *out);

/*
 * A connection to read on: that of the session, or one for this once, which the caller releases.
 * The session's transaction is begun if the isolation level asks for it.
 */
int calx__session_connect(calx_session *session, int64_t deadline_us, calx__connection **out,
                          calx_error *err);

/*
 * Runs one statement that returns rows, or counts them: on the session's transaction if one is open
 * (begun first if the isolation level asks for it), else on a connection for this once.
 */
int calx__session_read(calx_session *session, calx_unit_statement *statement);

/* Compiles and reads; what locks rows, in the session's transaction. */
typedef int calx__row_reader(void *context, const calx_value *values, size_t count,
                             calx_error *err);
int calx__session_execute(calx_session *session, const calx__statement *statement,
                          calx__row_reader *row, void *context);

/* Closes what an open stream has on the connection; nothing more is read. Accepts NULL. */
void calx__stream_end(calx_stream *stream);

/* CALX_ERROR_STATE while a stream is open: what cannot be done then. Sticky. */
int calx__stream_refuse(calx_session *session, const char *what);

/* Begins the session's transaction, to write in it, if there is none. Sticky. */
int calx__session_begin(calx_session *session);

/* The same where the statement locks rows: before it is executed. Sticky. */
int calx__session_lock_before(calx_session *session, const calx__statement *statement);

/* Runs a unit that writes, in the session's transaction, which it begins if there is none; with
 * commit it ends it. Sticky. */
int calx__session_send(calx_session *session, calx_unit *unit, bool commit);

/* Rows of the model were changed behind its objects: the next get or query loads them anew. */
void calx__session_expire_all(calx_session *session, const calx_model *model);

/* Makes it an UPDATE that sets these columns, and those that are computed when a row is written.
 * Sticky. */
int calx__query_assign(calx_query *query, const calx__set *sets, size_t count);

/* Makes it one that changes nothing: the column takes its own value. */
int calx__query_assign_itself(calx_query *query, const calx_column *column);

/* Does the query say which rows, and nothing else? Else it cannot be changed by, and the session
 * fails. */
int calx__query_check_rows(const calx_query *query, const char *what);

/* Flushes if autoflush is on and there are changes to this model's table. */
int calx__session_flush_for(calx_session *session, const calx_model *model);

/* The same if there are changes to any table that the statement reads. */
int calx__session_flush_before(calx_session *session, const calx__statement *statement);

/* Executes after such a flush. */
int calx__session_flush_and_execute(calx_session *session, const calx__statement *statement,
                                    calx__row_reader *row, void *context);

/* What every Model_list is. */
typedef struct calx__object_list {
    void **items;
    size_t count;
} calx__object_list;

/* The objects of a SELECT's rows, in the arena, after a flush as above. Empty after a failure. */
calx__object_list calx__session_load(calx_session *session, const calx__statement *statement);

/* A copy of the list itself, in the arena; an empty one when out of memory. */
calx__object_list *calx__object_list_keep(calx_session *session, const calx__object_list *list);

/* Objects, or records of a row's model, as rows give them. */
typedef struct calx__collection {
    calx_session *session;
    const calx__statement *statement; /* its model and fields say what the rows have */
    void **items;                     /* malloc's, until their number is known */
    size_t count;
    size_t capacity;
} calx__collection;

/* A calx__row_reader. */
int calx__collect_row(void *context, const calx_value *values, size_t count, calx_error *err);

/* What was collected, in the arena; empty when the session has failed. */
calx__object_list calx__collection_finish(calx__collection *collection);

/* The same for a query, with what it loads along its paths. */
calx__object_list calx__query_objects(const calx_query *query);

/* Part of the session again, or not any more; without what it is related to. */
void calx__object_add(calx__object *object);
void calx__object_delete(calx__object *object);

/* A rollback does not touch the object any more. */
void calx__undo_forget(calx__object *object);

/* Its row is gone: by the open transaction, whose rollback brings both back, if it has deleted it.
 */
void calx__object_lose_row(calx__object *object);

/* The object of a row: the one that the session holds, or a new one. */
int calx__object_of_row(calx_session *session, const calx_model *model, const calx_value *values,
                        calx__object **out, calx_error *err);

/* Fills an object from a row of its model's columns: what was not changed by the user becomes what
 * is stored. */
int calx__object_load(calx__object *object, const calx_value *values, calx_error *err);

/* Decodes a whole row into a record; an error names table, row and column. */
int calx__record_decode(const calx_model *model, const calx_value *values, void *record,
                        calx_arena *arena, calx_error *err);

/* ---- rows.c: results that are not objects ---- */

/* Decodes a row of a SELECT: of its fields if it has any, else of the model's columns. */
int calx__statement_decode(const calx__statement *statement, const calx_value *values, void *record,
                           calx_arena *arena, calx_error *err);

/* The same into a new record of the session. */
int calx__row_create(calx_session *session, const calx__statement *statement,
                     const calx_value *values, void **out, calx_error *err);

/* Flushes; with commit true the transaction ends with it. Sticky. */
int calx__session_write(calx_session *session, bool commit);

/* Are there objects of this model (NULL: of any) to write, deletes by condition, or either? */
bool calx__session_has_changes(const calx_session *session, const calx_model *model);
bool calx__session_has_deletes(const calx_session *session, const calx_model *model);
bool calx__session_is_dirty(const calx_session *session, const calx_model *model);

/* Would a flush change which rows of this model there are, or do so by what the database passes on?
 * Looks at no object. */
bool calx__session_moves_keys(const calx_session *session, const calx_model *model);

#endif
