/* unit.h: what the files behind unit_run share: the forms of statements and the trips of a unit.
 * Private to drivers/pgsql. */
#ifndef CALX_PGSQL_UNIT_H
#define CALX_PGSQL_UNIT_H

#include "pgsql.h"

/* ---- Forms: forms.c ---- */

/*
 * How a statement of a unit is sent. Where COMMIT travels along, the server itself must refuse a
 * wrong number of rows: the client would count too late. So the statement becomes a CTE, and what
 * stands around it counts its rows and raises an error that calx__pgsql_form_refusal knows again.
 */
typedef enum calx__pgsql_form_kind {
    CALX__PGSQL_FORM_PLAIN,
    CALX__PGSQL_FORM_COUNTED, /* answers one row of no interest */
    CALX__PGSQL_FORM_KEYED, /* the same for INSERT … RETURNING: answers one row, the key first */
} calx__pgsql_form_kind;

typedef struct calx__pgsql_form calx__pgsql_form;

/* One form of one text on one connection, prepared by the trip that first needs it. */
struct calx__pgsql_form {
    calx__pgsql_statement statement; /* its sql is lent by the unit that runs */
    calx__pgsql_form *next;          /* in its bucket */
    uint64_t id;
    calx__pgsql_form_kind kind;
    int64_t rows_expected; /* part of the text; 0 in the plain form */
    uint64_t used;         /* the number of the last unit that had it */
    bool temporary;        /* unnamed, ends with its trip */
    bool queued;           /* its Prepare is on its way */
    bool described;        /* binds and columns are known: results come in binary if they can */
    bool binary;
    bool refused; /* the server does not take this form (a table with rules): use the plain one */
};

#define CALX__PGSQL_FORM_BUCKETS 64

/* A statement of the unit that runs. */
typedef struct calx__pgsql_slot {
    calx__pgsql_form *form;
    PGresult *result;
    bool prepares; /* its Prepare and Describe travel before it */
} calx__pgsql_slot;

/* What a connection keeps for its units. */
struct calx__pgsql_forms {
    calx__pgsql_form *buckets[CALX__PGSQL_FORM_BUCKETS];
    size_t count;
    uint64_t unit; /* the number of the unit that runs: its forms stay */
    calx__pgsql_slot *slots;
    size_t slot_capacity;
    calx_value *values; /* of one statement: its binds, later a row */
    size_t value_capacity;
};

/* True for INSERT, UPDATE and DELETE. */
bool calx__pgsql_changes_rows(const calx_sql *sql);

/* The form in which the server can check what the unit expects; PLAIN if there is none. */
calx__pgsql_form_kind calx__pgsql_form_wanted(const calx_unit_statement *statement);

/* The form if it is kept, else NULL. */
calx__pgsql_form *calx__pgsql_form_find(const calx__pgsql_forms *forms,
                                        const calx_unit_statement *statement,
                                        calx__pgsql_form_kind kind);

/* The same, made if it is not there. Held until calx__pgsql_form_put. */
int calx__pgsql_form_get(calx__pgsql_connection *connection, const calx_unit_statement *statement,
                         calx__pgsql_form_kind kind, calx__pgsql_form **out, calx_error *err);
void calx__pgsql_form_put(calx__pgsql_form *form);

/* The SQL to prepare, to be freed. */
int calx__pgsql_form_text(const calx__pgsql_form *form, char **out, calx_error *err);

/* True if an error says that the count was wrong; *changed gets the number of rows. */
bool calx__pgsql_form_refusal(const PGresult *error, int64_t *changed);

/* CALX_ERROR_STALE: so many rows were changed. */
int calx__pgsql_set_stale(const calx_unit_statement *statement, int64_t changed, calx_error *err);

/* Room for so many, kept for the next; false without memory. */
bool calx__pgsql_reserve_slots(calx__pgsql_forms *forms, size_t count);
bool calx__pgsql_reserve_values(calx__pgsql_forms *forms, size_t count);

/* ---- Trips: trip.c, trip_queue.c ---- */

/* Statements that travel together, up to one Sync. */
typedef struct calx__pgsql_trip {
    calx__pgsql_connection *connection;
    calx_unit *unit;
    calx__pgsql_slot *slots; /* one per statement of the unit */
    size_t first;
    size_t end;
    bool begin;  /* BEGIN stands before them */
    bool commit; /* COMMIT stands behind them */
    bool alone;  /* no transaction around them: the Sync commits */
    bool lone;   /* the same for one statement that stands for BEGIN, itself and COMMIT */
    int64_t deadline_us;

    /* What came of it */
    bool sent;      /* what commits was queued: from then on a loss leaves it open */
    bool answered;  /* the failure is the server's answer, so nothing was committed */
    bool committed; /* COMMIT, or a Sync that commits, was confirmed */
    size_t failed;  /* as unit->failed_statement; the server holds its answers back until the Sync,
                       so one that never came has no place: the count */
    calx__pgsql_form *refused; /* the form that the server does not take */
} calx__pgsql_trip;

/* Queues all of it up to the Sync, and sends what can be sent. *releases: the answers begin with
 * those about statements to be forgotten, and a Sync of their own. */
int calx__pgsql_trip_queue(calx__pgsql_trip *trip, bool *releases, calx_error *err);

/* Parts of that, for trips that share a transaction: into pipeline mode, and BEGIN; statements. */
int calx__pgsql_trip_queue_start(calx__pgsql_trip *trip, bool *releases, calx_error *err);
int calx__pgsql_trip_queue_statements(calx__pgsql_trip *trip, calx_error *err);

/* A text without values. */
int calx__pgsql_queue_text(calx__pgsql_connection *connection, const char *sql, calx_error *err);

/* Parts of reading. A code means that no more will come; what the server refuses is in err, its
 * first error only, and trip->answered. read_sync reads all that comes up to the next Sync. */
int calx__pgsql_trip_read_start(calx__pgsql_trip *trip, calx_error *err);
int calx__pgsql_trip_read_released(calx__pgsql_trip *trip, calx_error *err);
int calx__pgsql_trip_read_statements(calx__pgsql_trip *trip, calx_error *err);
int calx__pgsql_trip_read_commit(calx__pgsql_trip *trip, calx_error *err);
int calx__pgsql_trip_read_sync(calx__pgsql_trip *trip, calx_error *err);

/* Sends a trip and reads all answers; the results are in the slots. err->outcome is set. */
int calx__pgsql_trip_run(calx__pgsql_trip *trip, calx_error *err);

/* ---- deliver.c ---- */

/* Hands a result in the statement's own form to it; room for a row's values. */
int calx__pgsql_deliver_plain(calx__pgsql_statement *source, calx_unit_statement *statement,
                              calx_value *values, calx_error *err);

/* Hands the results in the slots of a trip that succeeded to its statements; trip->failed on
 * failure, and the outcome DONE if the trip has committed. */
int calx__pgsql_trip_deliver(calx__pgsql_trip *trip, calx_error *err);

/* ---- unit.c ---- */

/* A unit on its way over a connection. */
typedef struct calx__pgsql_run {
    calx__pgsql_connection *connection;
    calx_unit *unit;
    int64_t deadline_us;
    bool alone;                /* outside a transaction, and none is begun */
    bool plain;                /* the server did not take another form: send none */
    calx__pgsql_form *refused; /* which one */
    bool committed;            /* of the statements so far */
    bool apart;                /* not with others, where it might be */
} calx__pgsql_run;

/* Refuses what cannot be sent; nothing is. */
int calx__pgsql_check_statement(const calx_unit_statement *statement, calx_error *err);

/* Runs it in a transaction of its own, in as many trips as it needs. */
int calx__pgsql_run_alone(calx__pgsql_run *run, calx_error *err);

/* Empty slots for the statements of a unit, or of several; NULL forms are made. */
int calx__pgsql_forms_reserve(calx__pgsql_connection *connection, size_t statement_count,
                              calx_error *err);

/* Chooses the forms of a trip's statements, and whether COMMIT may travel along: trip->commit. */
int calx__pgsql_trip_plan(const calx__pgsql_run *run, calx__pgsql_trip *trip, calx_error *err);

/* What the server knows of the trip's statements is out of date, if the last error said so. */
void calx__pgsql_trip_forget_plans(calx__pgsql_trip *trip);

/* Clears the slots. */
void calx__pgsql_trip_finish(calx__pgsql_trip *trip);

#endif
